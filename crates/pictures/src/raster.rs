//! Grey pictures, brought to one size, and sums over their rectangles.

use image::DynamicImage;
use image::metadata::Orientation;

/// A picture without colour, one byte a pixel, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    /// Shrinks (or, if need be, grows) a picture to a size by averaging areas. Transparency is seen on white.
    pub(crate) fn resampled(source: &DynamicImage, width: usize, height: usize) -> Self {
        let (from_width, from_height) = (source.width() as usize, source.height() as usize);
        let mut across = Across::new(from_width, width);
        let mut line = vec![0; from_width];
        let mut pixels = Vec::with_capacity(width * height);
        let step = from_height as f64 / height as f64;
        let mut sum = vec![0_f32; width];
        let mut at = 0;
        let mut shrunk = vec![0_f32; width];
        let mut shrunk_of = usize::MAX;
        for row in 0..height {
            let (from, to) = (row as f64 * step, (row + 1) as f64 * step);
            sum.fill(0.0);
            at = at.max(from as usize);
            while at < from_height && (at as f64) < to {
                if shrunk_of != at {
                    grey_row(source, at, &mut line);
                    across.average(&line, &mut shrunk);
                    shrunk_of = at;
                }
                let share = ((to.min((at + 1) as f64) - from.max(at as f64)) / step) as f32;
                sum.iter_mut().zip(&shrunk).for_each(|(sum, value)| *sum += share * value);
                if (at + 1) as f64 > to {
                    break;
                }
                at += 1;
            }
            pixels.extend(sum.iter().map(|&value| (value + 0.5) as u8));
        }
        Self { width, height, pixels }
    }

    /// Turns and mirrors as the camera said.
    pub(crate) fn oriented(self, orientation: Orientation) -> Self {
        let (width, height) = (self.width, self.height);
        let turned = matches!(
            orientation,
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
        );
        let (to_width, to_height) = if turned { (height, width) } else { (width, height) };
        let source = |x: usize, y: usize| match orientation {
            Orientation::NoTransforms => (x, y),
            Orientation::FlipHorizontal => (width - 1 - x, y),
            Orientation::FlipVertical => (x, height - 1 - y),
            Orientation::Rotate180 => (width - 1 - x, height - 1 - y),
            Orientation::Rotate90 => (y, height - 1 - x),
            Orientation::Rotate270 => (width - 1 - y, x),
            Orientation::Rotate90FlipH => (y, x),
            Orientation::Rotate270FlipH => (width - 1 - y, height - 1 - x),
        };
        let pixels = (0..to_height)
            .flat_map(|y| (0..to_width).map(move |x| (x, y)))
            .map(|(x, y)| {
                let (x, y) = source(x, y);
                self.pixels[y * width + x]
            })
            .collect();
        Self { width: to_width, height: to_height, pixels }
    }

    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }
}

/// Averages one row into fewer (or more) columns.
struct Across {
    edges: Vec<(usize, f32)>,
    sums: Vec<u32>,
    step: f32,
}

impl Across {
    fn new(from: usize, to: usize) -> Self {
        let step = from as f64 / to as f64;
        let edge = |column: usize| {
            let at = (column as f64 * step).min(from as f64);
            let whole = (at as usize).min(from - 1);
            (whole, (at - whole as f64) as f32)
        };
        Self { edges: (0..=to).map(edge).collect(), sums: vec![0; from + 1], step: step as f32 }
    }

    fn average(&mut self, line: &[u8], out: &mut [f32]) {
        let mut sum = 0;
        for (place, &value) in self.sums[1..].iter_mut().zip(line) {
            sum += u32::from(value);
            *place = sum;
        }
        for (out, edges) in out.iter_mut().zip(self.edges.windows(2)) {
            let ((left, left_part), (right, right_part)) = (edges[0], edges[1]);
            let between = (self.sums[right] - self.sums[left]) as f32;
            let area = between + right_part * f32::from(line[right]) - left_part * f32::from(line[left]);
            *out = (area / self.step).max(0.0);
        }
    }
}

fn grey(red: u8, green: u8, blue: u8) -> u8 {
    ((77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8) as u8
}

fn on_white(value: u8, alpha: u8) -> u8 {
    255 - ((255 - u32::from(value)) * u32::from(alpha) / 255) as u8
}

fn grey_row(source: &DynamicImage, y: usize, out: &mut [u8]) {
    let width = out.len();
    match source {
        DynamicImage::ImageLuma8(picture) => out.copy_from_slice(&picture.as_raw()[y * width..(y + 1) * width]),
        DynamicImage::ImageLumaA8(picture) => {
            let line = &picture.as_raw()[2 * y * width..2 * (y + 1) * width];
            out.iter_mut().zip(line.chunks_exact(2)).for_each(|(out, pixel)| *out = on_white(pixel[0], pixel[1]));
        }
        DynamicImage::ImageRgb8(picture) => {
            let line = &picture.as_raw()[3 * y * width..3 * (y + 1) * width];
            out.iter_mut().zip(line.chunks_exact(3)).for_each(|(out, pixel)| *out = grey(pixel[0], pixel[1], pixel[2]));
        }
        DynamicImage::ImageRgba8(picture) => {
            let line = &picture.as_raw()[4 * y * width..4 * (y + 1) * width];
            out.iter_mut().zip(line.chunks_exact(4)).for_each(|(out, pixel)| {
                *out = on_white(grey(pixel[0], pixel[1], pixel[2]), pixel[3]);
            });
        }
        other => {
            use image::GenericImageView;
            out.iter_mut().enumerate().for_each(|(x, out)| {
                let [red, green, blue, alpha] = other.get_pixel(x as u32, y as u32).0;
                *out = on_white(grey(red, green, blue), alpha);
            });
        }
    }
}

/// Sums over every rectangle from the upper left corner, so that the sum of any rectangle takes four look-ups.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) width: usize,
    pub(crate) height: usize,
    sums: Vec<u32>,
}

impl Sums {
    pub(crate) fn of(picture: &Grey) -> Self {
        let stride = picture.width + 1;
        let mut sums = vec![0; stride * (picture.height + 1)];
        for y in 0..picture.height {
            let mut line = 0;
            for (x, &value) in picture.row(y).iter().enumerate() {
                line += u32::from(value);
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + line;
            }
        }
        Self { width: picture.width, height: picture.height, sums }
    }

    /// The mean of a rectangle of whole pixels.
    pub(crate) fn mean(&self, left: usize, top: usize, right: usize, bottom: usize) -> f32 {
        let stride = self.width + 1;
        let upper = self.sums[top * stride + right] - self.sums[top * stride + left];
        let lower = self.sums[bottom * stride + right] - self.sums[bottom * stride + left];
        (lower - upper) as f32 / ((right - left) * (bottom - top)) as f32
    }

    /// Mean of each cell of a grid that may lie between the pixels; none if it sticks out of the picture.
    pub(crate) fn grid<const COLUMNS: usize, const ROWS: usize>(
        &self,
        (left, top): (f32, f32),
        (cell_width, cell_height): (f32, f32),
    ) -> Option<[[f32; COLUMNS]; ROWS]> {
        let right = left + cell_width * COLUMNS as f32;
        let bottom = top + cell_height * ROWS as f32;
        if left < 0.0 || top < 0.0 || right > self.width as f32 || bottom > self.height as f32 {
            return None;
        }
        let stride = self.width + 1;
        let place = |at: f32, most: usize| {
            let whole = (at as usize).min(most - 1);
            (whole, f64::from(at - whole as f32))
        };
        let columns: [(usize, f64); 40] = std::array::from_fn(|column| {
            if column <= COLUMNS { place(left + cell_width * column as f32, self.width) } else { (0, 0.0) }
        });
        let line = |row: usize, into: &mut [f64; 40]| {
            let (y, down) = place(top + cell_height * row as f32, self.height);
            let (upper, lower) = (&self.sums[y * stride..], &self.sums[(y + 1) * stride..]);
            for (into, &(x, over)) in into.iter_mut().zip(&columns[..=COLUMNS]) {
                let above = f64::from(upper[x]) * (1.0 - over) + f64::from(upper[x + 1]) * over;
                let below = f64::from(lower[x]) * (1.0 - over) + f64::from(lower[x + 1]) * over;
                *into = above * (1.0 - down) + below * down;
            }
        };
        let (mut above, mut below) = ([0.0; 40], [0.0; 40]);
        line(0, &mut above);
        let area = 1.0 / f64::from(cell_width * cell_height);
        let mut cells = [[0.0; COLUMNS]; ROWS];
        for (row, cells) in cells.iter_mut().enumerate() {
            line(row + 1, &mut below);
            for (column, cell) in cells.iter_mut().enumerate() {
                let sum = below[column + 1] - above[column + 1] - below[column] + above[column];
                *cell = (sum * area) as f32;
            }
            std::mem::swap(&mut above, &mut below);
        }
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    fn ramp(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageLuma8(GrayImage::from_fn(width, height, |x, y| Luma([(x * 7 + y * 3) as u8 % 200])))
    }

    #[test]
    fn areas_are_averaged() {
        let flat = DynamicImage::ImageLuma8(GrayImage::from_pixel(101, 57, Luma([93])));
        for (width, height) in [(101, 57), (50, 20), (7, 3), (203, 111), (1, 1)] {
            assert!(Grey::resampled(&flat, width, height).pixels.iter().all(|&value| value == 93), "{width}×{height}");
        }
        let ramp = ramp(64, 48);
        assert_eq!(Grey::resampled(&ramp, 64, 48).pixels, ramp.to_luma8().into_raw());
        let half = Grey::resampled(&ramp, 32, 24);
        let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(x, y): (u32, u32)| u32::from(ramp.to_luma8()[(x, y)].0[0]));
        assert_eq!(u32::from(half.pixels[0]), (four.iter().sum::<u32>() + 2) / 4);
    }

    #[test]
    fn sums_give_means_also_between_pixels() {
        let picture = Grey::resampled(&ramp(40, 30), 40, 30);
        let sums = Sums::of(&picture);
        let direct: u32 =
            (5..9).flat_map(|y| (3..13).map(move |x| (x, y))).map(|(x, y)| u32::from(picture.row(y)[x])).sum();
        assert!((sums.mean(3, 5, 13, 9) - direct as f32 / 40.0).abs() < 1e-3);
        let cells = sums.grid::<2, 1>((3.0, 5.0), (5.0, 4.0)).unwrap();
        assert!(((cells[0][0] + cells[0][1]) / 2.0 - direct as f32 / 40.0).abs() < 1e-3);
        let between = sums.grid::<1, 1>((3.5, 5.0), (1.0, 1.0)).unwrap()[0][0];
        assert!((between - f32::midpoint(f32::from(picture.row(5)[3]), f32::from(picture.row(5)[4]))).abs() < 1e-3);
        assert_eq!(sums.grid::<2, 2>((38.5, 0.0), (1.0, 1.0)), None);
    }

    #[test]
    fn turning_follows_the_library() {
        let picture = ramp(5, 3);
        for code in 1..=8 {
            let orientation = Orientation::from_exif(code).unwrap();
            let mut turned = picture.clone();
            turned.apply_orientation(orientation);
            let expected = turned.to_luma8();
            let own = Grey::resampled(&picture, 5, 3).oriented(orientation);
            assert_eq!(
                (own.width as u32, own.height as u32, &own.pixels),
                (expected.width(), expected.height(), expected.as_raw())
            );
        }
    }
}
