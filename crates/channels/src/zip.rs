//! As much of ZIP as bills need: the files inside, stored or deflated, checked by CRC.

use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::{Cursor, Read};

/// A file in an archive.
pub(crate) struct Entry<'a> {
    /// Its name, in whatever encoding.
    pub(crate) name: &'a [u8],
    method: u16,
    crc: u32,
    size: usize,
    packed: &'a [u8],
}

const END: &[u8] = b"PK\x05\x06";
const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// A bill that is larger unpacked is none.
const MOST_BYTES: usize = 4 << 30;

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// The files of an archive, by its directory; `None` when it is none or was cut off.
pub(crate) fn entries(archive: &[u8]) -> Option<Vec<Entry<'_>>> {
    let end = archive.windows(4).rposition(|window| window == END)?;
    archive.get(end..end + 22)?;
    let count = u16_at(archive, end + 10)?;
    let mut at = u32_at(archive, end + 16)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let head = archive.get(at..).filter(|head| head.starts_with(CENTRAL))?;
        let (name, extra, comment) = (u16_at(head, 28)?, u16_at(head, 30)?, u16_at(head, 32)?);
        let local = archive.get(u32_at(head, 42)?..).filter(|local| local.starts_with(LOCAL))?;
        let data = 30 + u16_at(local, 26)? + u16_at(local, 28)?;
        found.push(Entry {
            name: head.get(46..46 + name)?,
            method: u16::try_from(u16_at(head, 10)?).ok()?,
            crc: u32::try_from(u32_at(head, 16)?).ok()?,
            size: u32_at(head, 24)?,
            packed: local.get(data..data.checked_add(u32_at(head, 20)?)?)?,
        });
        at += 46 + name + extra + comment;
    }
    Some(found)
}

impl<'a> Entry<'a> {
    /// Its content as a stream, which fails at the end if length or CRC are wrong.
    pub(crate) fn read(&self) -> Option<Box<dyn Read + 'a>> {
        let inner: Box<dyn Read + 'a> = match self.method {
            0 => Box::new(Cursor::new(self.packed)),
            8 => Box::new(DeflateDecoder::new(self.packed)),
            _ => return None,
        };
        (self.size <= MOST_BYTES).then(|| -> Box<dyn Read + 'a> {
            Box::new(Checked { inner, crc: Crc::new(), expected: self.crc, left: self.size })
        })
    }
}

struct Checked<'a> {
    inner: Box<dyn Read + 'a>,
    crc: Crc,
    expected: u32,
    left: usize,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        let left = self.left.checked_sub(read).ok_or_else(|| std::io::Error::other("longer than it says"))?;
        self.left = left;
        if read == 0 && !buffer.is_empty() && (left > 0 || self.crc.sum() != self.expected) {
            return Err(std::io::Error::other("cut off or changed"));
        }
        Ok(read)
    }
}
