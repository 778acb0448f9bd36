//! Practice pictures: payment screenshots of twenty apps that do not exist, and photographs of nothing.
//!
//! Screens of one template differ only in what a payment differs in: amount, time, numbers, the clock and the battery
//! at the top. Tests and the benchmark measure with them how many honest people would be accused.

mod glyphs;
mod screens;

pub use screens::{Payment, TEMPLATES, screenshot};

use image::{Rgb, RgbImage};

/// Chance from a seed: the same seed draws the same pictures.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance that follows from a number.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x0070_6963_7475_7265)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, end: u64) -> u64 {
        self.any() % end.max(1)
    }

    /// So many figures.
    pub fn figures(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}

/// A picture such as a camera takes: soft light, edges, and the grain of a sensor.
pub fn photograph(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut chance = Chance::new(seed);
    let things: Vec<[f32; 7]> = (0..60)
        .map(|_| {
            let mut part = || chance.below(1000) as f32 / 1000.0;
            [part(), part(), 0.01 + 0.15 * part(), 0.01 + 0.15 * part(), part(), part(), part()]
        })
        .collect();
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let (right, down) = (x as f32 / width as f32, y as f32 / height as f32);
        Rgb([(90.0 + 100.0 * right) as u8, (80.0 + 90.0 * down) as u8, (140.0 - 60.0 * right * down) as u8])
    });
    for [x, y, across, down, red, green, blue] in things {
        let left = ((x - across) * width as f32).max(0.0) as u32;
        let top = ((y - down) * height as f32).max(0.0) as u32;
        for row in top..(((y + down) * height as f32) as u32).min(height) {
            for column in left..(((x + across) * width as f32) as u32).min(width) {
                let from = ((column as f32 / width as f32 - x) / across, (row as f32 / height as f32 - y) / down);
                let away = from.0 * from.0 + from.1 * from.1;
                if away < 1.0 {
                    let light = 1.0 - 0.5 * away;
                    picture.put_pixel(column, row, Rgb([red, green, blue].map(|part| (255.0 * part * light) as u8)));
                }
            }
        }
    }
    for pixel in picture.pixels_mut() {
        let grain = chance.any();
        pixel.0.iter_mut().enumerate().for_each(|(channel, value)| {
            let noise = (grain >> (8 * channel) & 7) as u8;
            *value = value.saturating_add(noise).saturating_sub(3);
        });
    }
    picture
}
