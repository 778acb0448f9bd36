//! Files as people (and others) send them.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod accuracy;
mod display;
mod hostile;
mod quality;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use jiff::civil::{DateTime, date};
use std::io::Cursor;
use yuanlu_pictures::samples::{Chance, Payment, screenshot};
use yuanlu_pictures::{Inspected, Limits, Refused, inspect};

fn noon() -> DateTime {
    date(2026, 11, 20).at(12, 0, 0, 0)
}

fn look(bytes: &[u8]) -> Result<Inspected, Refused> {
    inspect(bytes, None, noon(), &Limits::default())
}

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    look(bytes).unwrap().findings.iter().map(yuanlu_pictures::Finding::code).collect()
}

fn screen(template: u64, seed: u64) -> DynamicImage {
    DynamicImage::ImageRgb8(screenshot(template, &Payment::new(&mut Chance::new(seed))))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    encoded(picture, ImageFormat::Png)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality)).unwrap();
    bytes
}

fn rgb(picture: RgbImage) -> DynamicImage {
    DynamicImage::ImageRgb8(picture)
}

/// A PNG chunk put behind the header.
fn with_chunk(png: &[u8], name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut named = name.to_vec();
    named.extend(body);
    let mut out = png[..33].to_vec();
    out.extend((body.len() as u32).to_be_bytes());
    out.extend(&named);
    out.extend(checksum(&named).to_be_bytes());
    out.extend(&png[33..]);
    out
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

/// A JPEG segment put behind the start marker.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8, 0xFF, marker];
    out.extend((body.len() as u16 + 2).to_be_bytes());
    out.extend(body);
    out.extend(&jpeg[2..]);
    out
}

/// An EXIF block with ASCII fields and an orientation.
fn exif(orientation: u16, fields: &[(u16, &str)]) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let count = fields.len() as u16 + 1;
    tiff.extend(count.to_be_bytes());
    let mut values = Vec::new();
    let begin = 8 + 2 + 12 * u32::from(count) + 4;
    for (tag, text) in fields {
        let text = format!("{text}\0\0\0\0");
        tiff.extend(tag.to_be_bytes());
        tiff.extend([0, 2]);
        tiff.extend((text.len() as u32).to_be_bytes());
        tiff.extend((begin + values.len() as u32).to_be_bytes());
        values.extend(text.bytes());
    }
    tiff.extend(0x0112_u16.to_be_bytes());
    tiff.extend([0, 3, 0, 0, 0, 1]);
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0, 0]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(values);
    tiff
}
