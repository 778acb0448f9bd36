//! What leaves the house and can be checked elsewhere: certificates, evidence packages, the proofs that go with them, and
//! the PDF they are printed as.
//!
//! Everything here is a function of what it is given: no IO but into a given writer, no clock, no database, no keys of its
//! own. What is signed is canonical JSON after a line that says what it is, so that no signature can stand for another.

pub mod canonical;
pub mod certificate;
pub mod finding;
mod font;
pub mod hash;
mod mask;
pub mod merkle;
pub mod package;
pub mod proof;
pub mod seal;
pub mod sheet;
pub mod stamp;
pub mod zip;

pub use finding::{Finding, Report};
pub use mask::mask;
pub use sheet::Sheet;

/// The page that checks packages and certificates anywhere, without a network.
pub const CHECK_PAGE: &str = include_str!("../page/verify.html");
