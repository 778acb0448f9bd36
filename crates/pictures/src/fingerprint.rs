//! Fingerprints, and the fresh picture that is compared with stored ones.

use crate::likeness::Likeness;
use crate::marks::{self, Look, Mark, ZOOMS};
use crate::raster::{Grey, Sums};
use crate::tiles::Tiles;

/// Shorter side of the frame every picture is brought to, in pixels.
pub(crate) const FRAME: usize = 384;
/// Longer side of the frame at most: long screenshots are made smaller than others.
const LONGEST: usize = 2304;

/// What is kept of a picture to know it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 over size and pixels, whatever file they came in.
    pub content: [u8; 32],
    /// Keys with places, by which candidates are found.
    pub marks: Vec<Mark>,
    /// The squares by which a candidate is confirmed or dropped.
    pub tiles: Tiles,
}

/// A fresh picture, with what is needed to look for it.
#[derive(Clone, Debug)]
pub struct Probe {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) sums: Sums,
    pub(crate) looks: Vec<Vec<Look>>,
}

/// The size of the frame for a picture of this size.
pub(crate) fn frame_size(width: usize, height: usize) -> (usize, usize) {
    let (short, long) = (width.min(height).max(1), width.max(height).max(1));
    let long_side = (long * FRAME / short).max(FRAME);
    let (short_side, long_side) =
        if long_side > LONGEST { ((short * LONGEST / long).max(1), LONGEST) } else { (FRAME, long_side) };
    if width <= height { (short_side, long_side) } else { (long_side, short_side) }
}

impl Probe {
    pub(crate) fn of(frame: &Grey, content: [u8; 32]) -> Self {
        let sums = Sums::of(frame);
        let spots = marks::spots(&sums);
        let looks: Vec<Vec<Look>> = ZOOMS.iter().map(|&zoom| marks::looks(&sums, &spots, zoom)).collect();
        let fingerprint = Fingerprint { content, marks: marks::marks(&looks[0]), tiles: Tiles::of(&sums) };
        Self { fingerprint, sums, looks }
    }

    /// What to keep of this picture.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

/// A stored picture that is the same as the fresh one.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<Id> {
    /// The stored picture.
    pub id: Id,
    /// The same pixels, not only the same picture.
    pub exact: bool,
    /// What was measured.
    pub likeness: Likeness,
}
