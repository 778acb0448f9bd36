//! What can be measured about an uploaded file: findings, never verdicts (S03).
//!
//! [`inspect`] finds out what a file is, refuses by name what must not be kept, and measures what a reviewer should
//! see. [`Index`] finds the same picture in another case. [`show`] draws a picture anew without its hidden metadata,
//! with what identifies people blacked out. No IO, no clock: bytes and times are arguments.
//!
//! # How a picture is known again
//!
//! Screens of one app look alike, and honest people send them every day; only a few figures tell two payments apart.
//! A hash of the whole picture cannot see that. So a picture is brought to a frame of fixed width and kept as
//!
//! - **marks**: up to 384 places that stand out, each with 32 bits of the strip of about eight figures around it. They
//!   lead to candidates. A mark that more than [`COMMON`] pictures share belongs to the app and is forgotten, so what
//!   remains are the marks of amounts, times and numbers;
//! - **tiles**: sixteen bits for each square of 8 × 8 frame pixels that shows something. The fresh picture is laid over
//!   a candidate where their marks agree, moved until it fits, and compared square by square. It is the same picture
//!   if at most 12 squares in a thousand contradict: a compressed, scaled or cut copy contradicts nearly nowhere,
//!   another payment on the same screen wherever a figure differs.
//!
//! Not found are copies turned, mirrored or photographed at a slant, cuts of more than a tenth on the shorter side
//! (cutting only the longer side may take half), and pictures in which figures were changed: those contradict.
//!
//! Fingerprints keep enough to make out large writing: treat and erase them like the pictures.

mod codes;
mod container;
mod decode;
mod display;
mod findings;
mod fingerprint;
mod index;
mod inspect;
mod kind;
mod likeness;
mod marks;
mod metadata;
mod pdf;
mod postings;
mod raster;
mod refused;
pub mod samples;
mod stored;
mod tiles;

pub use codes::leads_to;
pub use display::{Rect, Show, Shown, show};
pub use findings::{
    Finding, ImpossibleDate, LEAST_CONTRAST, LEAST_SHARPNESS, LEAST_SIDE, LEAST_TAIL, MOST_OF_ONE_COLOUR,
};
pub use fingerprint::{Fingerprint, Match, Probe};
pub use index::{Index, likeness};
pub use inspect::{Inspected, Picture, inspect};
pub use kind::Kind;
pub use likeness::Likeness;
pub use marks::Mark;
pub use metadata::Metadata;
pub use postings::COMMON;
pub use refused::{Limits, Refused};
pub use tiles::Tiles;
