//! Findings: what is measured, and that good pictures are left alone.

use crate::{codes, exif, jpeg, look, noon, png, rgb, screen, with_chunk, with_segment};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use yuanlu_pictures::samples::{TEMPLATES, photograph};
use yuanlu_pictures::{Finding, Limits, inspect, leads_to};

#[test]
fn good_pictures_have_no_findings() {
    for template in 0..TEMPLATES {
        let picture = screen(template, 77);
        assert_eq!(codes(&png(&picture)), [""; 0], "template {template}");
        if template % 5 == 4 {
            assert_eq!(codes(&jpeg(&picture, 50)), [""; 0], "template {template}");
        }
    }
    for seed in 0..4 {
        assert_eq!(codes(&jpeg(&rgb(photograph(1600, 1200, seed)), 85)), [""; 0], "photograph {seed}");
    }
}

#[test]
fn soft_pictures_are_blurred() {
    for template in (0..TEMPLATES).step_by(6) {
        let blurred = screen(template, 5).blur(7.0);
        assert!(codes(&jpeg(&blurred, 85)).contains(&"blurred"), "template {template}");
    }
    for seed in 0..2 {
        let blurred = rgb(photograph(1600, 1200, seed)).blur(9.0);
        assert!(codes(&jpeg(&blurred, 85)).contains(&"blurred"), "photograph {seed}");
    }
}

#[test]
fn small_pale_and_empty_pictures_are_named_with_their_figures() {
    let small = screen(0, 1).thumbnail(280, 280);
    let Finding::TooSmall { height: 280, least: 300, .. } = look(&png(&small)).unwrap().findings[0] else { panic!() };

    let pale = GrayImage::from_fn(800, 800, |x, y| Luma([200 + (x * y % 20) as u8]));
    let findings = look(&png(&DynamicImage::ImageLuma8(pale))).unwrap().findings;
    assert!(matches!(findings[..], [Finding::LowContrast { levels: 10..20, least: 40 }]), "{findings:?}");

    let mut empty = RgbImage::from_pixel(900, 900, Rgb([250, 250, 250]));
    (0..20).for_each(|x| empty.put_pixel(x, 5, Rgb([0, 0, 0])));
    let findings = look(&png(&rgb(empty))).unwrap().findings;
    assert!(matches!(findings[..], [Finding::NearlyOneColour { share: 998..=1000 }]), "{findings:?}");
}

#[test]
fn a_missing_end_is_seen() {
    let whole = jpeg(&rgb(photograph(1200, 900, 4)), 85);
    let findings = look(&whole[..whole.len() * 3 / 4]).unwrap().findings;
    let cut_off = findings.iter().find(|finding| finding.code() == "cut_off");
    assert!(matches!(cut_off, Some(Finding::CutOff { end_missing: true, .. })), "{findings:?}");

    let mut black = photograph(1200, 900, 4);
    (0..1200).for_each(|x| (700..900).for_each(|y| black.put_pixel(x, y, Rgb([0, 0, 0]))));
    let findings = look(&png(&rgb(black))).unwrap().findings;
    let cut_off = findings.iter().find(|finding| finding.code() == "cut_off");
    assert!(matches!(cut_off, Some(Finding::CutOff { end_missing: false, tail: 200..=225 })), "{findings:?}");
}

#[test]
fn what_stands_beside_the_pixels_is_read() {
    let picture = jpeg(&screen(2, 2), 80);
    let fields =
        [(0x010F, "HUAWEI"), (0x0110, "Mate50"), (0x0131, "Adobe Photoshop 25.0"), (0x0132, "2031:01:01 00:00:00")];
    let mut body = b"Exif\0\0".to_vec();
    body.extend(exif(1, &fields));
    let inspected = look(&with_segment(&picture, 0xE1, &body)).unwrap();
    let codes: Vec<_> = inspected.findings.iter().map(Finding::code).collect();
    assert_eq!(codes, ["editing_software", "impossible_date"]);
    assert_eq!(inspected.picture.unwrap().metadata.camera.as_deref(), Some("HUAWEI Mate50"));

    let mut xmp = b"http://ns.adobe.com/xap/1.0/\0".to_vec();
    xmp.extend(br#"<x:xmpmeta><a xmp:CreatorTool="Canva" b="trainedAlgorithmicMedia"/></x:xmpmeta>"#);
    assert_eq!(crate::codes(&with_segment(&picture, 0xE1, &xmp)), ["editing_software", "labelled_generated"]);

    let png = png(&screen(2, 2));
    assert_eq!(crate::codes(&with_chunk(&png, b"tEXt", b"Software\0GIMP 2.10")), ["editing_software"]);
    assert_eq!(crate::codes(&with_chunk(&png, b"tEXt", b"Software\0Android 14")), [""; 0]);
    assert_eq!(crate::codes(&with_chunk(&png, b"iTXt", b"AIGC\0\0\0\0\0{\"Label\":\"1\"}")), ["labelled_generated"]);
}

#[test]
fn the_declared_type_is_compared() {
    let bytes = png(&screen(0, 3));
    let findings = |declared| inspect(&bytes, declared, noon(), &Limits::default()).unwrap().findings;
    assert_eq!(findings(None), []);
    assert_eq!(findings(Some("image/png")), []);
    let expected = Finding::NotAsDeclared { declared: "image/jpeg".into(), found: "image/png".into() };
    assert_eq!(findings(Some("image/jpeg")), [expected]);
    let text = inspect("聊天记录：你好".as_bytes(), Some("application/pdf"), noon(), &Limits::default()).unwrap();
    assert_eq!(text.findings.len(), 1);
    assert!(text.picture.is_none());
}

#[test]
fn codes_in_pictures_are_read() {
    let link = "https://pay.elsewhere.example/t?id=42";
    let modules = qrcode::QrCode::new(link).unwrap();
    let (side, dots) = (modules.width(), modules.to_colors());
    let mut picture = screen(1, 9).into_rgb8();
    let (left, top, scale) = (180, 1300, 9);
    for y in 0..(side + 8) * scale {
        for x in 0..(side + 8) * scale {
            let (column, row) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
            let dark = column < side && row < side && dots[row * side + column] == qrcode::Color::Dark;
            let colour = if dark { Rgb([10, 10, 10]) } else { Rgb([255, 255, 255]) };
            picture.put_pixel((left + x) as u32, (top + y) as u32, colour);
        }
    }
    let read = look(&jpeg(&rgb(picture), 70)).unwrap().picture.unwrap().codes;
    assert_eq!(read, [link]);
    assert_eq!(leads_to(&read[0]).as_deref(), Some("pay.elsewhere.example"));
}
