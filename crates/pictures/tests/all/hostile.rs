//! Files made to do harm: refused by name, never a panic, never much memory.

use crate::{jpeg, look, noon, png, rgb, screen, with_chunk};
use image::{DynamicImage, RgbImage};
use proptest::prelude::*;
use std::sync::LazyLock;
use yuanlu_pictures::samples::photograph;
use yuanlu_pictures::{Limits, Refused, Show, inspect, show};

fn refused(bytes: &[u8]) -> &'static str {
    look(bytes).map(|inspected| inspected.findings).unwrap_err().code()
}

/// A PNG header that declares a size, with nothing to speak of behind it.
fn declaring(width: u32, height: u32) -> Vec<u8> {
    let tiny = png(&rgb(RgbImage::new(1, 1)));
    let mut head = width.to_be_bytes().to_vec();
    head.extend(height.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let chunk = with_chunk(&tiny[..33], b"IHDR", &head);
    let mut out = tiny[..8].to_vec();
    out.extend(&chunk[33..]);
    out.extend(&tiny[33..]);
    out
}

#[test]
fn bombs_are_refused_by_their_header() {
    let refusal = look(&declaring(100_000, 100_000)).map(|inspected| inspected.findings);
    assert_eq!(refusal, Err(Refused::TooManyPixels { width: 100_000, height: 100_000, most: 40_000_000 }));
    assert_eq!(refused(&declaring(50_000, 2)), "too_many_pixels");
    assert_eq!(refused(&declaring(u32::MAX, 1)), "too_much_memory");
    assert_eq!(refused(&declaring(0, 5)), "unreadable");

    // Five megabytes of white, in a file of a few kilobytes: allowed, unless the budget says otherwise.
    let white = png(&rgb(RgbImage::from_pixel(1500, 1200, image::Rgb([255, 255, 255]))));
    assert!(white.len() < 50_000);
    assert!(look(&white).is_ok());
    let tight = Limits { memory: 1 << 20, ..Limits::default() };
    let refusal = inspect(&white, None, noon(), &tight).map(|inspected| inspected.findings);
    assert!(matches!(refusal, Err(Refused::TooMuchMemory { most: 1_048_576, .. })), "{refusal:?}");
    assert!(matches!(show(&white, &Show::default(), &tight), Err(Refused::TooMuchMemory { .. })));

    // A text chunk that would unpack to a gigabyte is not unpacked.
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b'a'; 64 << 20], 6);
    let mut body = b"Software\0\0".to_vec();
    body.extend(packed);
    let inspected = look(&with_chunk(&png(&screen(0, 0)), b"zTXt", &body)).unwrap();
    assert_eq!(inspected.picture.unwrap().metadata.software, []);
}

#[test]
fn two_types_in_one_file_are_refused() {
    let picture = jpeg(&screen(0, 0), 70);
    let behind = |tail: &[u8]| [&picture, tail].concat();
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend([0; 40]);
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 18]);
    for tail in [&zip[..], b"<script>alert(1)</script>", b"MZ\x90\0\x03\0\0\0\x04\0\0\0", b"%PDF-1.4\n", b"#!/bin/sh\n"]
    {
        assert_eq!(refused(&behind(tail)), "polyglot", "{}", String::from_utf8_lossy(tail));
    }
    assert_eq!(refused(&with_chunk(&png(&screen(0, 0)), b"tEXt", b"Comment\0<sCript>x")), "polyglot");
    assert_eq!(refused(&with_chunk(&png(&screen(0, 0)), b"tEXt", b"Comment\0%PDF-1.4")), "polyglot");
    // What telephones append is part of the trade.
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    film.extend([7; 500]);
    assert!(look(&behind(&film)).is_ok());
    assert!(look(&behind(&picture)).is_ok());
}

#[test]
fn incomplete_pictures_are_named_so() {
    let whole = png(&rgb(photograph(600, 400, 1)));
    assert_eq!(refused(&whole[..whole.len() / 2]), "truncated");
    let whole = jpeg(&rgb(photograph(600, 400, 1)), 80);
    assert_eq!(refused(&whole[..200]), "truncated");
    let mut webp = Vec::new();
    let picture = rgb(photograph(600, 400, 1));
    picture.write_to(&mut std::io::Cursor::new(&mut webp), image::ImageFormat::WebP).unwrap();
    assert!(look(&webp).is_ok());
    assert_eq!(refused(&webp[..webp.len() / 2]), "truncated");
    assert_eq!(refused(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), "truncated");
}

#[test]
fn every_form_of_pixel_is_read() {
    let picture = screen(1, 1).thumbnail(300, 700);
    for form in [
        DynamicImage::ImageLuma8(picture.to_luma8()),
        DynamicImage::ImageLumaA8(picture.to_luma_alpha8()),
        DynamicImage::ImageRgba8(picture.to_rgba8()),
        DynamicImage::ImageRgb16(picture.to_rgb16()),
        DynamicImage::ImageLuma16(picture.to_luma16()),
        DynamicImage::ImageRgba16(picture.to_rgba16()),
    ] {
        let color = form.color();
        assert!(look(&png(&form)).is_ok(), "{color:?}");
    }
    for (width, height) in [(1, 1), (1, 4000), (4000, 1), (17, 9), (2, 3)] {
        let thin = rgb(photograph(width, height, 3));
        assert!(look(&png(&thin)).is_ok(), "{width}×{height}");
        assert!(look(&jpeg(&thin, 80)).is_ok(), "{width}×{height}");
    }
}

static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let small = screen(0, 1).thumbnail(120, 200);
    let mut webp = Vec::new();
    small.write_to(&mut std::io::Cursor::new(&mut webp), image::ImageFormat::WebP).unwrap();
    let mut body = b"Exif\0\0".to_vec();
    body.extend(crate::exif(6, &[(0x0131, "GIMP"), (0x0132, "2026:01:01 00:00:00")]));
    let pdf = b"%PDF-1.7\n1 0 obj << /Type /ObjStm /Filter /FlateDecode >>\nstream\nxx\nendstream\n%%EOF\n".to_vec();
    vec![png(&small), crate::with_segment(&jpeg(&small, 60), 0xE1, &body), webp, pdf]
});

fn tight() -> Limits {
    Limits { pixels: 4_000_000, memory: 16 << 20, ..Limits::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..4000), head in 0..5_usize) {
        let heads: [&[u8]; 5] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-"];
        let bytes = [heads[head], &bytes].concat();
        let _ = inspect(&bytes, Some("image/png"), noon(), &tight());
        let _ = show(&bytes, &Show::default(), &tight());
    }

    #[test]
    fn damaged_files_are_answered(
        seed in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        end in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = SEEDS[seed].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(inspected) = inspect(&bytes, None, noon(), &tight()) {
            for finding in inspected.findings {
                prop_assert!(!finding.code().is_empty());
            }
            if let Some(picture) = inspected.picture {
                prop_assert!(u64::from(picture.width) * u64::from(picture.height) <= tight().pixels);
            }
        }
        let _ = show(&bytes, &Show { longest: Some(50), ..Show::default() }, &tight());
    }
}
