//! Marks: short strips of a picture, each reduced to 32 bits, by which candidates are found.
//!
//! A mark sits where a spot stands out (a figure, the end of a stroke, a leaf), so that it sits at the same place of a
//! copy however the copy was cut. Its key tells the signs of 32 fixed projections of the strip of about eight figures
//! around it: pictures of one screen share the marks of the screen, not those of their amounts and numbers.

use crate::raster::Sums;

const COLUMNS: usize = 18;
const ROWS: usize = 3;
const CELLS: usize = COLUMNS * ROWS;
const CELL_WIDTH: f32 = 3.5;
const CELL_HEIGHT: f32 = 4.0;
const BITS: usize = 32;
const MOST: usize = 384;
const LEAST_SPOT: f32 = 6.0;
const LEAST_DEVIATION: f32 = 5.0;
const REACH: usize = 3;
const INNER: usize = 2;
const OUTER: usize = 6;
const AROUND: usize = 14;

/// How far copies may be zoomed against each other, in steps: a picture cut to nine tenths fills the frame again.
pub(crate) const ZOOMS: [f32; 9] = [1.0, 0.9, 0.924, 0.949, 0.974, 1.027, 1.054, 1.082, 1.111];

/// A key and where in the frame it sits (centre of the strip, in quarters of a pixel).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Signs of the projections.
    pub key: u32,
    /// From the left, in quarters of a frame pixel.
    pub x: u16,
    /// From the top, in quarters of a frame pixel.
    pub y: u16,
}

/// A spot, before it is looked at more closely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) x: f32,
    pub(crate) y: f32,
    strength: f32,
}

/// Is a key among the quarter that is kept and looked up? A copy has the same key or none, so both sides agree.
pub(crate) fn is_kept(key: u32) -> bool {
    key.wrapping_mul(0x9E37_79B9) >> 30 == 0
}

/// What to look up for one spot at one zoom: the key, and the bits most likely to differ in a copy, worst first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) key: u32,
    pub(crate) doubtful: [u8; 4],
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// The spots that stand out most, at most [`MOST`].
pub(crate) fn spots(sums: &Sums) -> Vec<Spot> {
    let (width, height) = (sums.width, sums.height);
    if width <= 2 * OUTER + 2 || height <= 2 * OUTER + 2 {
        return Vec::new();
    }
    let response = responses(sums);
    let at = |x: usize, y: usize| response[y * width + x];
    let mut spots = Vec::new();
    for y in OUTER + 1..height - OUTER - 1 {
        for x in OUTER + 1..width - OUTER - 1 {
            let value = at(x, y);
            if value.abs() < LEAST_SPOT || !is_peak(&response, width, height, x, y) {
                continue;
            }
            let spread = local_deviation(sums, x, y);
            let peak = |before: f32, after: f32| {
                let bend = before + after - 2.0 * value;
                if bend.abs() < 1e-3 { 0.0 } else { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) }
            };
            spots.push(Spot {
                x: x as f32 + 0.5 + peak(at(x - 1, y), at(x + 1, y)),
                y: y as f32 + 0.5 + peak(at(x, y - 1), at(x, y + 1)),
                strength: value.abs() / (spread + 8.0),
            });
        }
    }
    spots.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    spots.truncate(MOST);
    spots
}

fn responses(sums: &Sums) -> Vec<f32> {
    let (width, height) = (sums.width, sums.height);
    let mut response = vec![0.0; width * height];
    for y in OUTER..height - OUTER {
        for x in OUTER..width - OUTER {
            let inner = sums.mean(x - INNER, y - INNER, x + INNER + 1, y + INNER + 1);
            let outer = sums.mean(x - OUTER, y - OUTER, x + OUTER + 1, y + OUTER + 1);
            response[y * width + x] = inner - outer;
        }
    }
    response
}

/// Nothing of the same sign stands out more within reach; of equals the first counts.
fn is_peak(response: &[f32], width: usize, height: usize, x: usize, y: usize) -> bool {
    let value = response[y * width + x];
    let sign = value.signum();
    for near_y in y - REACH..=(y + REACH).min(height - 1) {
        for near_x in x - REACH..=(x + REACH).min(width - 1) {
            let near = response[near_y * width + near_x] * sign;
            let before = (near_y, near_x) < (y, x);
            if near > value * sign || (before && near == value * sign) {
                return false;
            }
        }
    }
    true
}

/// How much the surroundings vary, from the means of a coarse grid.
fn local_deviation(sums: &Sums, x: usize, y: usize) -> f32 {
    let left = x.saturating_sub(AROUND);
    let top = y.saturating_sub(AROUND);
    let right = (x + AROUND).min(sums.width);
    let bottom = (y + AROUND).min(sums.height);
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for cell_y in (top..bottom.saturating_sub(3)).step_by(4) {
        for cell_x in (left..right.saturating_sub(3)).step_by(4) {
            let mean = sums.mean(cell_x, cell_y, cell_x + 4, cell_y + 4);
            sum += mean;
            squares += mean * mean;
            count += 1.0;
        }
    }
    if count == 0.0 { 0.0 } else { (squares / count - (sum / count) * (sum / count)).max(0.0).sqrt() }
}

/// What to look up for the spots, when one pixel of this frame is `zoom` pixels of the other.
pub(crate) fn looks(sums: &Sums, spots: &[Spot], zoom: f32) -> Vec<Look> {
    let directions = directions();
    let cell = (CELL_WIDTH / zoom, CELL_HEIGHT / zoom);
    let mut looks = Vec::with_capacity(spots.len());
    for spot in spots {
        let corner = (spot.x - cell.0 * COLUMNS as f32 / 2.0, spot.y - cell.1 * ROWS as f32 / 2.0);
        let Some(cells) = sums.grid::<COLUMNS, ROWS>(corner, cell) else { continue };
        let mut strip = [0.0; CELLS];
        strip.iter_mut().zip(cells.as_flattened()).for_each(|(into, value)| *into = *value);
        let mean = strip.iter().sum::<f32>() / CELLS as f32;
        strip.iter_mut().for_each(|value| *value -= mean);
        let deviation = (strip.iter().map(|value| value * value).sum::<f32>() / CELLS as f32).sqrt();
        if deviation < LEAST_DEVIATION {
            continue;
        }
        let mut projected = [0.0_f32; BITS];
        for (projected, direction) in projected.iter_mut().zip(&directions) {
            *projected = direction.iter().zip(&strip).map(|(a, b)| a * b).sum();
        }
        let key = (0..BITS).filter(|&bit| projected[bit] > 0.0).fold(0, |key, bit| key | 1 << bit);
        looks.push(Look { key, doubtful: most_doubtful(&projected), x: spot.x, y: spot.y });
    }
    looks
}

fn most_doubtful(projected: &[f32; BITS]) -> [u8; 4] {
    let mut order: [u8; BITS] = std::array::from_fn(|bit| bit as u8);
    order.select_nth_unstable_by(3, |&a, &b| {
        projected[usize::from(a)].abs().total_cmp(&projected[usize::from(b)].abs())
    });
    let mut first = [order[0], order[1], order[2], order[3]];
    first.sort_by(|&a, &b| projected[usize::from(a)].abs().total_cmp(&projected[usize::from(b)].abs()));
    first
}

/// The marks kept of a picture.
pub(crate) fn marks(looks: &[Look]) -> Vec<Mark> {
    let quarters = |at: f32| (at * 4.0 + 0.5) as u16;
    let kept = looks.iter().filter(|look| is_kept(look.key));
    kept.map(|look| Mark { key: look.key, x: quarters(look.x), y: quarters(look.y) }).collect()
}

/// Fixed directions, drawn once from a fixed seed: keys stored today must mean the same for ever.
fn directions() -> [[f32; CELLS]; BITS] {
    let mut state = 0x5975_616E_6C75_0001_u64;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut directions = [[0.0; CELLS]; BITS];
    for direction in &mut directions {
        for value in direction.iter_mut() {
            // Eight bits of chance added up: near enough to a bell curve, and without a float function.
            *value = (next() & 0xFF).count_ones() as f32 - 4.0;
        }
    }
    directions
}
