//! Pictures as others may see them: without hidden metadata, upright, and with what identifies blacked out.

use std::io::Cursor;

use crate::container::{self, Container};
use crate::decode::decode;
use crate::kind::{self, Kind};
use crate::metadata;
use crate::refused::{Limits, Refused};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, Rgb, RgbImage};

const QUALITY: u8 = 88;

/// A rectangle of the upright picture, in its own pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rect {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// How a picture is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// Longer side at most; larger pictures are made smaller. None keeps the size.
    pub longest: Option<u32>,
    /// Blacked out before anything else is done with the picture.
    pub blacked_out: Vec<Rect>,
}

/// A picture drawn anew from its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Media type of the bytes.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Draws a picture anew: nothing of the file is kept but its pixels, turned upright.
///
/// A screen stays PNG, everything else becomes JPEG. Where it is transparent it is seen on white.
pub fn show(bytes: &[u8], show: &Show, limits: &Limits) -> Result<Shown, Refused> {
    let kind = kind::sniff(bytes, limits)?;
    if !kind.is_picture() {
        return Err(Refused::UnsupportedType { found: kind.media_type().to_owned() });
    }
    let container: Container<'_> = container::walk(kind, bytes);
    let mut picture = decode(kind, bytes, &container, limits)?;
    picture.apply_orientation(metadata::read(&container).0);
    let mut picture = on_white(picture);
    for rect in &show.blacked_out {
        black_out(&mut picture, *rect);
    }
    let picture = match show.longest.filter(|&longest| longest > 0) {
        Some(longest) if picture.width().max(picture.height()) > longest => {
            DynamicImage::ImageRgb8(picture).thumbnail(longest, longest).into_rgb8()
        }
        _ => picture,
    };
    let (width, height) = picture.dimensions();
    let mut out = Vec::new();
    let media_type = if kind == Kind::Png {
        picture.write_with_encoder(PngEncoder::new(Cursor::new(&mut out))).map_err(|_| Refused::Unreadable)?;
        Kind::Png.media_type()
    } else {
        let encoder = JpegEncoder::new_with_quality(Cursor::new(&mut out), QUALITY);
        picture.write_with_encoder(encoder).map_err(|_| Refused::Unreadable)?;
        Kind::Jpeg.media_type()
    };
    Ok(Shown { media_type, bytes: out, width, height })
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (width, height) = picture.dimensions();
    let mut flat = RgbImage::new(width, height);
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let alpha = u32::from(from.0[3]);
        let blend = |value: u8| ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([blend(from.0[0]), blend(from.0[1]), blend(from.0[2])]);
    }
    flat
}

fn black_out(picture: &mut RgbImage, rect: Rect) {
    let right = rect.x.saturating_add(rect.width).min(picture.width());
    let bottom = rect.y.saturating_add(rect.height).min(picture.height());
    for y in rect.y.min(bottom)..bottom {
        for x in rect.x.min(right)..right {
            picture.put_pixel(x, y, Rgb([0, 0, 0]));
        }
    }
}
