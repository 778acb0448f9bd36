//! What others get to see.

use crate::{exif, jpeg, look, png, rgb, screen, with_chunk, with_segment};
use image::{DynamicImage, Rgb, RgbImage, RgbaImage};
use yuanlu_pictures::{Limits, Rect, Refused, Show, show};

fn shown(bytes: &[u8], how: &Show) -> (DynamicImage, Vec<u8>) {
    let shown = show(bytes, how, &Limits::default()).unwrap();
    let picture = image::load_from_memory(&shown.bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (shown.width, shown.height));
    (picture, shown.bytes)
}

#[test]
fn nothing_hidden_is_passed_on() {
    let secret = b"Exif\0\0SECRET-PLACE-31.2304";
    let mut bytes = with_segment(&jpeg(&screen(0, 1), 80), 0xE1, secret);
    bytes.extend(b"SECRET-TRAILER");
    let (_, out) = shown(&bytes, &Show::default());
    assert!(!out.windows(6).any(|window| window == b"SECRET"));
    let bytes = with_chunk(&png(&screen(0, 1)), b"tEXt", b"Author\0SECRET");
    let (picture, out) = shown(&bytes, &Show::default());
    assert!(!out.windows(6).any(|window| window == b"SECRET"));
    assert_eq!(picture.to_rgb8(), screen(0, 1).to_rgb8(), "a screen keeps every pixel");
}

#[test]
fn pictures_are_turned_upright() {
    let mut picture = RgbImage::from_pixel(400, 300, Rgb([255, 255, 255]));
    (0..100).for_each(|x| (0..100).for_each(|y| picture.put_pixel(x, y, Rgb([200, 0, 0]))));
    let mut body = b"Exif\0\0".to_vec();
    body.extend(exif(6, &[]));
    let bytes = with_segment(&jpeg(&rgb(picture), 95), 0xE1, &body);
    let (upright, _) = shown(&bytes, &Show::default());
    assert_eq!((upright.width(), upright.height()), (300, 400));
    let corner = upright.to_rgb8()[(290, 10)];
    assert!(corner.0[0] > 150 && corner.0[1] < 60, "{corner:?}");
    let inspected = look(&bytes).unwrap().picture.unwrap();
    assert_eq!((inspected.width, inspected.height), (300, 400));
}

#[test]
fn blacked_out_is_black_in_every_size() {
    let bytes = png(&rgb(RgbImage::from_pixel(800, 600, Rgb([240, 200, 180]))));
    let far = Rect { x: 700, y: 500, width: u32::MAX, height: u32::MAX };
    let outside = Rect { x: 5000, y: 5000, width: 3, height: 3 };
    let how = Show { longest: None, blacked_out: vec![Rect { x: 10, y: 20, width: 100, height: 50 }, far, outside] };
    let picture = shown(&bytes, &how).0.to_rgb8();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let inside = ((10..110).contains(&x) && (20..70).contains(&y)) || (x >= 700 && y >= 500);
        assert_eq!(pixel.0 == [0, 0, 0], inside, "{x}, {y}");
    }
    let (small, _) = shown(&bytes, &Show { longest: Some(200), ..how });
    assert_eq!((small.width(), small.height()), (200, 150));
    assert_eq!(small.to_rgb8()[(199, 149)].0, [0, 0, 0]);
}

#[test]
fn what_is_no_picture_is_not_shown() {
    let refused = show(b"plain words", &Show::default(), &Limits::default()).unwrap_err();
    assert_eq!(refused, Refused::UnsupportedType { found: "text/plain".into() });
    let clear = RgbaImage::from_pixel(40, 40, image::Rgba([0, 0, 0, 0]));
    let (flat, _) = shown(&png(&DynamicImage::ImageRgba8(clear)), &Show::default());
    assert_eq!(flat.to_rgb8()[(5, 5)].0, [255, 255, 255], "transparent is seen on white");
}
