//! Fingerprints as bytes of a row.

use crate::fingerprint::Fingerprint;
use crate::marks::Mark;
use crate::tiles::Tiles;

/// The way of writing; another number would be another way.
const VERSION: u8 = 1;

impl Tiles {
    /// As bytes: version, columns, rows, step, one bit a square, two bytes a kept square.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for number in [self.columns, self.rows, self.step] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(&self.shown);
        bytes.extend(self.codes.iter().flat_map(|code| code.to_be_bytes()));
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; none for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[version, head @ ..], rest) = bytes.split_first_chunk::<7>()?;
        if version != VERSION {
            return None;
        }
        let number = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
        let (columns, rows, step) = (number(0), number(2), number(4));
        let squares = usize::from(columns) * usize::from(rows);
        let (shown, codes) = rest.split_at_checked(squares.div_ceil(8))?;
        let codes: Vec<u16> = codes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let tiles = Self { columns, rows, step, shown: shown.to_vec(), codes };
        let padding = (squares..tiles.shown.len() * 8).any(|at| tiles.shows(at));
        let kept = step > 0 && tiles.codes.len() == tiles.shown().div_ceil(usize::from(step));
        (kept && !padding && bytes.len() == 7 + tiles.shown.len() + 2 * tiles.codes.len()).then_some(tiles)
    }
}

impl Fingerprint {
    /// As bytes: digest, number of marks, eight bytes a mark, tiles.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.content.to_vec();
        bytes.extend((self.marks.len() as u16).to_be_bytes());
        for mark in &self.marks {
            bytes.extend(mark.key.to_be_bytes());
            bytes.extend(mark.x.to_be_bytes());
            bytes.extend(mark.y.to_be_bytes());
        }
        bytes.extend(self.tiles.to_bytes());
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; none for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&content, rest) = bytes.split_first_chunk::<32>()?;
        let (&count, rest) = rest.split_first_chunk::<2>()?;
        let (marks, tiles) = rest.split_at_checked(8 * usize::from(u16::from_be_bytes(count)))?;
        let mark = |row: &[u8]| Mark {
            key: u32::from_be_bytes([row[0], row[1], row[2], row[3]]),
            x: u16::from_be_bytes([row[4], row[5]]),
            y: u16::from_be_bytes([row[6], row[7]]),
        };
        Some(Self { content, marks: marks.chunks_exact(8).map(mark).collect(), tiles: Tiles::from_bytes(tiles)? })
    }
}
