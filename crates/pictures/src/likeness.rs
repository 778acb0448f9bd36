//! Is a fresh picture the same as a stored one? Laid over it, it must agree everywhere, not only in most places.
//!
//! Two screenshots of one app agree in nearly everything: what differs are a few figures. So nothing is gained by a
//! score over the whole. What decides is the share of squares that *contradict*, and pictures of two payments
//! contradict each other wherever a number differs.

use crate::raster::Sums;
use crate::tiles::{self, SIDE, Seen, Tile, Tiles};

/// Squares whose agreement is below this contradict.
const AGREES: f32 = 0.4;
/// Fewer squares than this prove nothing.
const LEAST_COMPARED: u32 = 40;
/// Most contradicting squares among a thousand.
const MOST_CONTRADICTED: u32 = 12;
/// The least part of the smaller picture's content that must lie in both, in a thousand.
const LEAST_SHARED: u32 = 500;
const SAMPLE: usize = 72;
/// A square laid to the pixel agrees at least so much.
const CLOSE: f32 = 0.9;
/// Laid nearly right, a copy agrees at least so much on the whole.
const NEARLY: f32 = 0.3;
/// With so many contradictions nothing more needs to be measured.
const ENOUGH: u32 = 1 + tiles::MOST as u32 * MOST_CONTRADICTED / 1000;
/// Within this many frame pixels two marks say the same about where a picture lies.
const NEAR: f32 = 6.0;
const LEAST_VOTES: usize = 4;

/// Where a fresh picture lies on a stored one: stored = zoom × fresh + shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    pub(crate) zoom: f32,
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// A mark of the fresh picture that looks like one of the stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) fresh: (f32, f32),
    pub(crate) stored: (f32, f32),
    pub(crate) zoom: f32,
}

/// What was measured between a fresh picture and a stored one.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Likeness {
    /// Squares that could be compared.
    pub compared: u32,
    /// Those among them that show something else.
    pub contradicted: u32,
    /// Share of the stored picture's content that lies in the fresh one, in a thousand.
    pub shared: u32,
    /// How much the fresh picture is zoomed against the stored one, in a thousand.
    pub zoom: u32,
}

impl Likeness {
    /// The same picture, perhaps compressed again, scaled or cut.
    pub fn is_same(&self) -> bool {
        self.compared >= LEAST_COMPARED
            && self.shared >= LEAST_SHARED
            && self.contradicted * 1000 <= self.compared * MOST_CONTRADICTED
    }
}

/// Where most pairs agree that the fresh picture lies.
pub(crate) fn fit(pairs: &[Pair]) -> Option<Pose> {
    let guess = |pair: &Pair| Pose {
        zoom: pair.zoom,
        x: pair.stored.0 - pair.zoom * pair.fresh.0,
        y: pair.stored.1 - pair.zoom * pair.fresh.1,
    };
    let supports = |pose: &Pose, pair: &Pair| {
        (pair.stored.0 - pose.zoom * pair.fresh.0 - pose.x).abs() < NEAR
            && (pair.stored.1 - pose.zoom * pair.fresh.1 - pose.y).abs() < NEAR
    };
    let votes = |pose: &Pose| pairs.iter().filter(|pair| supports(pose, pair)).count();
    let step = pairs.len().div_ceil(48).max(1);
    let best = pairs.iter().step_by(step).map(guess).max_by_key(|pose| votes(pose))?;
    let inside: Vec<&Pair> = pairs.iter().filter(|pair| supports(&best, pair)).collect();
    if inside.len() < LEAST_VOTES {
        return None;
    }
    Some(straighten(&inside, best.zoom))
}

/// Least squares: one zoom for both directions, and the shift.
fn straighten(pairs: &[&Pair], zoom: f32) -> Pose {
    let count = pairs.len() as f32;
    let mean = |value: fn(&Pair) -> f32| pairs.iter().map(|pair| value(pair)).sum::<f32>() / count;
    let fresh = (mean(|pair| pair.fresh.0), mean(|pair| pair.fresh.1));
    let stored = (mean(|pair| pair.stored.0), mean(|pair| pair.stored.1));
    let (mut both, mut own) = (0.0, 0.0);
    for pair in pairs {
        let (x, y) = (pair.fresh.0 - fresh.0, pair.fresh.1 - fresh.1);
        both += x * (pair.stored.0 - stored.0) + y * (pair.stored.1 - stored.1);
        own += x * x + y * y;
    }
    // Pairs close together say nothing about the zoom.
    let zoom = if own < 4000.0 { zoom } else { (both / own).clamp(zoom * 0.97, zoom * 1.03) };
    Pose { zoom, x: stored.0 - zoom * fresh.0, y: stored.1 - zoom * fresh.1 }
}

/// Lays the fresh picture over the stored one and compares them square by square.
pub(crate) fn compare(fresh: &Sums, stored: &Tiles, pose: Pose) -> Likeness {
    let kept = stored.places();
    let step = kept.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<Tile> = kept.iter().copied().skip(step / 2).step_by(step).collect();
    let at_first = agreement(fresh, &sample, pose);
    let pose = if at_first < NEARLY || lies_well(fresh, &sample, pose) {
        pose
    } else {
        settle(fresh, &sample, pose, at_first)
    };
    tally(fresh, stored, &kept, pose)
}

/// Most squares fit closely, so moving would not bring the others to fit.
fn lies_well(fresh: &Sums, sample: &[Tile], pose: Pose) -> bool {
    let close = sample.iter().filter(|tile| {
        let (corner, side) = place(pose, tile.column, tile.row);
        matches!(tiles::compare(fresh, **tile, corner, side), Seen::Agreement(agreement) if agreement > CLOSE)
    });
    close.count() * 10 >= sample.len() * 7
}

fn place(pose: Pose, column: u16, row: u16) -> ((f32, f32), f32) {
    let corner = |tile: u16, shift: f32| (f32::from(tile) * SIDE as f32 - shift) / pose.zoom;
    ((corner(column, pose.x), corner(row, pose.y)), SIDE as f32 / pose.zoom)
}

fn agreement(fresh: &Sums, sample: &[Tile], pose: Pose) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    for tile in sample {
        let (corner, side) = place(pose, tile.column, tile.row);
        if let Seen::Agreement(agreement) = tiles::compare(fresh, *tile, corner, side) {
            sum += agreement;
            count += 1.0;
        }
    }
    if count < 8.0 { -1.0 } else { sum / count }
}

/// Moves and zooms in small steps about the middle of the picture as long as it fits better.
fn settle(fresh: &Sums, sample: &[Tile], mut pose: Pose, mut best: f32) -> Pose {
    let middle = (fresh.width as f32 / 2.0, fresh.height as f32 / 2.0);
    let moved = |pose: Pose, zoom: f32, x: f32, y: f32| Pose {
        zoom: pose.zoom + zoom,
        x: pose.x + x - zoom * middle.0,
        y: pose.y + y - zoom * middle.1,
    };
    for (shift, zoom) in [(2.0, 0.006), (1.0, 0.003), (0.5, 0.0015), (0.25, 0.0008)] {
        if best > 0.96 {
            break;
        }
        for _ in 0..3 {
            let before = best;
            for (zoom, x, y) in [
                (0.0, shift, 0.0),
                (0.0, -shift, 0.0),
                (0.0, 0.0, shift),
                (0.0, 0.0, -shift),
                (zoom, 0.0, 0.0),
                (-zoom, 0.0, 0.0),
            ] {
                let next = moved(pose, zoom, x, y);
                let fits = agreement(fresh, sample, next);
                if fits > best {
                    (best, pose) = (fits, next);
                }
            }
            if best <= before {
                break;
            }
        }
    }
    pose
}

fn tally(fresh: &Sums, stored: &Tiles, kept: &[Tile], pose: Pose) -> Likeness {
    let (mut compared, mut contradicted) = (0, 0);
    for tile in kept {
        let (corner, side) = place(pose, tile.column, tile.row);
        if let Seen::Agreement(agreement) = tiles::compare(fresh, *tile, corner, side) {
            compared += 1;
            contradicted += u32::from(agreement < AGREES);
        }
        if contradicted > ENOUGH {
            break;
        }
    }
    let shared = compared * 1000 / (kept.len() as u32).max(1);
    let mut likeness = Likeness { compared, contradicted, shared, zoom: (pose.zoom * 1000.0) as u32 };
    if likeness.is_same() {
        // Where the stored picture shows nothing the fresh one must show nothing either.
        let step = usize::from(stored.step);
        let extra = (0..usize::from(stored.columns) * usize::from(stored.rows))
            .filter(|&at| !stored.shows(at))
            .filter(|at| {
                let columns = usize::from(stored.columns);
                let (corner, side) = place(pose, (at % columns) as u16, (at / columns) as u16);
                tiles::surely_shows(fresh, corner, side) == Some(true)
            })
            .count();
        likeness.contradicted += (extra / step) as u32;
    }
    likeness
}
