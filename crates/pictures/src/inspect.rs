//! The way of an upload: type, limits, pixels, findings.

use crate::codes;
use crate::container;
use crate::decode::decode;
use crate::findings::{self, Finding};
use crate::fingerprint::{Probe, frame_size};
use crate::kind::{self, Kind};
use crate::metadata::{self, Metadata};
use crate::pdf;
use crate::raster::Grey;
use crate::refused::{Limits, Refused};
use image::DynamicImage;
use jiff::civil::DateTime;
use ring::digest::{Context, SHA256};

/// Shorter side at which sharpness is measured and QR codes are read; smaller pictures are not enlarged.
const READING: usize = 900;
/// Longer side for the same: very long screenshots are read coarser.
const READING_LONGEST: usize = 3600;
/// A picture whose lower half is missing shows too little to be taken.
const MOST_MISSING: u32 = 500;

/// A file that is taken.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What it is.
    pub kind: Kind,
    /// What was measured that somebody should see.
    pub findings: Vec<Finding>,
    /// What only pictures have.
    pub picture: Option<Picture>,
}

/// What was read from a picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Width, upright.
    pub width: u32,
    /// Height, upright.
    pub height: u32,
    /// What stood beside the pixels.
    pub metadata: Metadata,
    /// Texts of the QR codes in it.
    pub codes: Vec<String>,
    /// To look for the same picture elsewhere.
    pub probe: Probe,
}

/// Measures an uploaded file. `declared` is the media type it came under, `at` the civil time of the upload.
///
/// Time and memory are bounded by the limits: nothing is unpacked that declares more than they allow.
pub fn inspect(bytes: &[u8], declared: Option<&str>, at: DateTime, limits: &Limits) -> Result<Inspected, Refused> {
    let kind = kind::sniff(bytes, limits)?;
    let mut findings = Vec::new();
    if let Some(declared) = declared.filter(|declared| !kind.agrees(declared)) {
        let declared = declared.chars().filter(|sign| !sign.is_control()).take(80).collect();
        findings.push(Finding::NotAsDeclared { declared, found: kind.media_type().to_owned() });
    }
    let picture = match kind {
        Kind::Text => None,
        Kind::Pdf => {
            pdf::check(bytes)?;
            None
        }
        Kind::Jpeg | Kind::Png | Kind::Webp => Some(inspect_picture(kind, bytes, at, limits, &mut findings)?),
    };
    Ok(Inspected { kind, findings, picture })
}

fn inspect_picture(
    kind: Kind,
    bytes: &[u8],
    at: DateTime,
    limits: &Limits,
    findings: &mut Vec<Finding>,
) -> Result<Picture, Refused> {
    let container = container::walk(kind, bytes);
    if let Some(refused) = kind::hidden(kind, bytes, &container) {
        return Err(refused);
    }
    let decoded = decode(kind, bytes, &container, limits)?;
    let (orientation, metadata) = metadata::read(&container);
    let size = (decoded.width() as usize, decoded.height() as usize);
    let content = content_digest(&decoded);
    let (width, height) = frame_size(size.0, size.1);
    let frame = Grey::resampled(&decoded, width, height).oriented(orientation);
    let (width, height) = reading_size(size.0, size.1);
    let reading = Grey::resampled(&decoded, width, height).oriented(orientation);
    drop(decoded);

    let upright = (reading.width <= reading.height) == (size.0 <= size.1);
    let (width, height) = if upright { size } else { (size.1, size.0) };
    let (width, height) = (width as u32, height as u32);
    let of_pixels = findings::of_pixels(&reading, (width, height), !container.complete);
    let gone = |finding: &Finding| matches!(finding, Finding::CutOff { tail, .. } if *tail >= MOST_MISSING);
    if of_pixels.iter().any(gone) {
        return Err(Refused::Truncated);
    }
    findings.extend(of_pixels);
    findings.extend(findings::of_metadata(&metadata, at));
    let codes = codes::read(&reading);
    if codes.is_none() {
        findings.push(Finding::TooManyCodes);
    }
    let codes = codes.unwrap_or_default();
    Ok(Picture { width, height, metadata, codes, probe: Probe::of(&frame, content) })
}

fn reading_size(width: usize, height: usize) -> (usize, usize) {
    let (short, long) = (width.min(height), width.max(height));
    let factor = (READING as f64 / short as f64).min(READING_LONGEST as f64 / long as f64).min(1.0);
    let scaled = |side: usize| ((side as f64 * factor) as usize).max(1);
    (scaled(width), scaled(height))
}

/// SHA-256 over form and pixels, so that the same picture in another file is known to the last pixel.
fn content_digest(picture: &DynamicImage) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(&picture.width().to_be_bytes());
    context.update(&picture.height().to_be_bytes());
    context.update(&[picture.color().channel_count(), picture.color().bytes_per_pixel()]);
    context.update(picture.as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}
