//! Decoding under limits: what the header declares is checked before a pixel is unpacked.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::container::Container;
use crate::kind::Kind;
use crate::refused::{Limits, Refused};
use image::error::{ImageError, LimitErrorKind};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

/// Runs foreign decoding code; should it panic on a malformed file, the file is at fault, not the server.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

pub(crate) fn decode(
    kind: Kind,
    bytes: &[u8],
    container: &Container<'_>,
    limits: &Limits,
) -> Result<DynamicImage, Refused> {
    let broken = if container.complete { Refused::Unreadable } else { Refused::Truncated };
    let outcome = guarded(|| decode_unguarded(kind, bytes, container, limits));
    match outcome {
        Some(Err(Refused::Unreadable)) | None => Err(broken),
        Some(outcome) => outcome,
    }
}

fn decode_unguarded(
    kind: Kind,
    bytes: &[u8],
    container: &Container<'_>,
    limits: &Limits,
) -> Result<DynamicImage, Refused> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Webp => ImageFormat::WebP,
        Kind::Pdf | Kind::Text => return Err(Refused::Unreadable),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.memory);
    reader.limits(bounds);
    let decoder = reader.into_decoder().map_err(|error| refused(&error, limits))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > limits.side || pixels > limits.pixels {
        return Err(Refused::TooManyPixels { width, height, most: limits.pixels });
    }
    if pixels == 0 {
        return Err(Refused::Unreadable);
    }
    // A progressive JPEG keeps two bytes for each of three colours until its last pass.
    let passes = if container.progressive { pixels * 6 } else { 0 };
    let needed = decoder.total_bytes() + passes;
    if needed > limits.memory {
        return Err(Refused::TooMuchMemory { bytes: needed, most: limits.memory });
    }
    DynamicImage::from_decoder(decoder).map_err(|error| refused(&error, limits))
}

fn refused(error: &ImageError, limits: &Limits) -> Refused {
    match error {
        ImageError::Limits(limit) if !matches!(limit.kind(), LimitErrorKind::Unsupported { .. }) => {
            Refused::TooMuchMemory { bytes: limits.memory + 1, most: limits.memory }
        }
        _ => Refused::Unreadable,
    }
}
