//! Tiles: what a stored picture looked like, closely enough to say that another is not it.
//!
//! The frame is cut into squares of eight pixels, about one and a half small figures wide. Of each square that shows
//! something sixteen bits are kept: which of its 4 × 4 cells is lighter than the whole. A fresh picture, still at hand
//! in full, is laid over them at any scale and place, so nothing has to fall on the same grid.

use crate::raster::Sums;

pub(crate) const SIDE: usize = 8;
/// So many squares are kept of one picture at most.
pub(crate) const MOST: usize = 512;
/// A square that varies less than this shows nothing.
pub(crate) const LEAST_DEVIATION: f32 = 5.0;
/// A square shows surely something, or surely nothing, this much away from [`LEAST_DEVIATION`].
const SURELY: f32 = 2.5;

/// The kept squares of one picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiles {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    /// Only every `step`th square that shows something has its bits kept.
    pub(crate) step: u16,
    /// One bit a square: does it show something?
    pub(crate) shown: Vec<u8>,
    /// The bits of the kept squares in order.
    pub(crate) codes: Vec<u16>,
}

/// One square with its kept bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    pub(crate) column: u16,
    pub(crate) row: u16,
    pub(crate) code: u16,
}

/// How a fresh picture looks at the place of a kept square.
pub(crate) enum Seen {
    /// Not in the picture.
    Outside,
    /// 1 is the same, about 0 unrelated.
    Agreement(f32),
}

impl Tiles {
    pub(crate) fn of(sums: &Sums) -> Self {
        let (columns, rows) = (sums.width / SIDE, sums.height / SIDE);
        let mut shown = vec![0; (columns * rows).div_ceil(8)];
        let mut all = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let corner = ((column * SIDE) as f32, (row * SIDE) as f32);
                let Some(cells) = sums.grid::<4, 4>(corner, (2.0, 2.0)) else { continue };
                let (mean, deviation) = mean_and_deviation(&cells);
                if deviation >= LEAST_DEVIATION {
                    let at = row * columns + column;
                    shown[at / 8] |= 1 << (at % 8);
                    all.push(code(&cells, mean));
                }
            }
        }
        let step = all.len().div_ceil(MOST).max(1);
        let codes = all.into_iter().step_by(step).collect();
        Self { columns: columns as u16, rows: rows as u16, step: step as u16, shown, codes }
    }

    /// How many squares show something.
    pub fn shown(&self) -> usize {
        self.shown.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    /// How many squares have their bits kept.
    pub fn kept(&self) -> usize {
        self.codes.len()
    }

    pub(crate) fn shows(&self, at: usize) -> bool {
        self.shown[at / 8] & (1 << (at % 8)) != 0
    }

    /// The kept squares with their places.
    pub(crate) fn places(&self) -> Vec<Tile> {
        let columns = usize::from(self.columns);
        (0..columns * usize::from(self.rows))
            .filter(|&at| self.shows(at))
            .step_by(usize::from(self.step))
            .zip(&self.codes)
            .map(|(at, &code)| Tile { column: (at % columns) as u16, row: (at / columns) as u16, code })
            .collect()
    }
}

fn mean_and_deviation(cells: &[[f32; 4]; 4]) -> (f32, f32) {
    let mean = cells.as_flattened().iter().sum::<f32>() / 16.0;
    let squares = cells.as_flattened().iter().map(|cell| (cell - mean) * (cell - mean)).sum::<f32>();
    (mean, (squares / 16.0).sqrt())
}

fn code(cells: &[[f32; 4]; 4], mean: f32) -> u16 {
    cells.as_flattened().iter().enumerate().fold(0, |code, (bit, &cell)| code | u16::from(cell > mean) << bit)
}

/// Compares a kept square with what the fresh picture shows at a place of side `side`.
///
/// Each cell counts by how far it is from the mean, so that cells which could fall either way say little.
pub(crate) fn compare(sums: &Sums, tile: Tile, corner: (f32, f32), side: f32) -> Seen {
    let Some(cells) = sums.grid::<4, 4>(corner, (side / 4.0, side / 4.0)) else { return Seen::Outside };
    let (mean, deviation) = mean_and_deviation(&cells);
    if deviation < LEAST_DEVIATION / SURELY {
        return Seen::Agreement(0.0);
    }
    let (mut agreed, mut all) = (0.0, 0.0);
    for (bit, cell) in cells.as_flattened().iter().enumerate() {
        let away = cell - mean;
        all += away.abs();
        agreed += if tile.code & (1 << bit) != 0 { away } else { -away };
    }
    Seen::Agreement(agreed / all)
}

/// Does the fresh picture surely show something at this place?
pub(crate) fn surely_shows(sums: &Sums, corner: (f32, f32), side: f32) -> Option<bool> {
    let cells = sums.grid::<4, 4>(corner, (side / 4.0, side / 4.0))?;
    Some(mean_and_deviation(&cells).1 > LEAST_DEVIATION * SURELY)
}
