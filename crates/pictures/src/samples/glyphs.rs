//! Writing for practice pictures: figures drawn from strokes, and signs that look like Chinese but mean nothing.

use std::collections::HashMap;

/// How a template writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    /// Thickness of a stroke in parts of the height.
    pub(super) weight: f32,
    /// Width of a figure in parts of the height.
    pub(super) width: f32,
    /// How far the top leans to the right, in parts of the height.
    pub(super) slant: f32,
    /// Room between figures in parts of the height.
    pub(super) gap: f32,
}

/// A drawn sign: how much ink each pixel has.
#[derive(Debug)]
pub(super) struct Glyph {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) ink: Vec<u8>,
}

type Point = (f32, f32);
type Stroke = Vec<Point>;

/// Drawn signs of one face by sign and height.
pub(super) struct Glyphs {
    face: Face,
    drawn: HashMap<(char, u32), Glyph>,
}

impl Glyphs {
    pub(super) fn new(face: Face) -> Self {
        Self { face, drawn: HashMap::new() }
    }

    /// How far the next sign stands from the beginning of this one.
    pub(super) fn advance(&self, sign: char, height: u32) -> i64 {
        let width = self.width(sign) + if sign.is_ascii() { self.face.gap } else { 0.12 };
        (width * height as f32) as i64
    }

    fn width(&self, sign: char) -> f32 {
        match sign {
            '.' | ':' | ' ' => self.face.width * 0.45,
            _ if sign.is_ascii() || sign == '¥' => self.face.width,
            _ => 1.0,
        }
    }

    pub(super) fn glyph(&mut self, sign: char, height: u32) -> &Glyph {
        let width = self.width(sign);
        let face = self.face;
        self.drawn.entry((sign, height)).or_insert_with(|| draw(sign, height, width, face))
    }
}

fn draw(sign: char, height: u32, width: f32, face: Face) -> Glyph {
    let tall = height as f32;
    let edge = 2.0 + face.weight * tall;
    let lean = face.slant * tall;
    let glyph_width = (width * tall + lean.abs() + 2.0 * edge) as usize;
    let glyph_height = (tall + 2.0 * edge) as usize;
    let half = (face.weight * tall / 2.0).max(0.6);
    let lines: Vec<(Point, Point)> = strokes(sign)
        .iter()
        .flat_map(|stroke| stroke.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())
        .map(|(a, b)| {
            let place = |(x, y): Point| (edge + x * width * tall + (1.0 - y) * lean, edge + y * tall);
            (place(a), place(b))
        })
        .collect();
    let mut ink = vec![0; glyph_width * glyph_height];
    for &(a, b) in &lines {
        let reach = half + 1.0;
        let columns =
            ((a.0.min(b.0) - reach).max(0.0) as usize)..((a.0.max(b.0) + reach) as usize + 1).min(glyph_width);
        let rows = ((a.1.min(b.1) - reach).max(0.0) as usize)..((a.1.max(b.1) + reach) as usize + 1).min(glyph_height);
        for y in rows {
            for x in columns.clone() {
                let away = distance((x as f32 + 0.5, y as f32 + 0.5), a, b);
                let cover = ((half - away + 0.5).clamp(0.0, 1.0) * 255.0) as u8;
                let place = &mut ink[y * glyph_width + x];
                *place = (*place).max(cover);
            }
        }
    }
    Glyph { width: glyph_width, height: glyph_height, ink }
}

fn distance(point: Point, a: Point, b: Point) -> f32 {
    let (along, up) = (b.0 - a.0, b.1 - a.1);
    let length = along * along + up * up;
    let part =
        if length < 1e-6 { 0.0 } else { (((point.0 - a.0) * along + (point.1 - a.1) * up) / length).clamp(0.0, 1.0) };
    let (x, y) = (point.0 - a.0 - part * along, point.1 - a.1 - part * up);
    (x * x + y * y).sqrt()
}

fn ring(x: f32, y: f32, across: f32, down: f32) -> Stroke {
    (0..=20)
        .map(|step| {
            let (sine, cosine) = (step as f32 * std::f32::consts::TAU / 20.0).sin_cos();
            (x + across * cosine, y + down * sine)
        })
        .collect()
}

fn strokes(sign: char) -> Vec<Stroke> {
    match sign {
        '0' => vec![ring(0.5, 0.5, 0.48, 0.5)],
        '1' => vec![vec![(0.22, 0.2), (0.55, 0.0), (0.55, 1.0)]],
        '2' => vec![vec![
            (0.05, 0.25),
            (0.15, 0.08),
            (0.4, 0.0),
            (0.65, 0.0),
            (0.9, 0.12),
            (0.95, 0.3),
            (0.85, 0.48),
            (0.05, 1.0),
            (0.98, 1.0),
        ]],
        '3' => vec![
            vec![(0.05, 0.15), (0.25, 0.02), (0.6, 0.0), (0.88, 0.12), (0.9, 0.32), (0.75, 0.45), (0.4, 0.48)],
            vec![(0.75, 0.47), (0.95, 0.62), (0.95, 0.82), (0.75, 0.97), (0.35, 1.0), (0.05, 0.87)],
        ],
        '4' => vec![vec![(0.75, 1.0), (0.75, 0.0), (0.02, 0.7), (1.0, 0.7)]],
        '5' => vec![vec![
            (0.9, 0.0),
            (0.2, 0.0),
            (0.12, 0.45),
            (0.4, 0.37),
            (0.7, 0.4),
            (0.93, 0.57),
            (0.95, 0.75),
            (0.8, 0.95),
            (0.45, 1.0),
            (0.05, 0.88),
        ]],
        '6' => vec![ring(0.5, 0.67, 0.45, 0.33), vec![(0.8, 0.02), (0.4, 0.15), (0.1, 0.5), (0.05, 0.68)]],
        '7' => vec![vec![(0.02, 0.0), (0.98, 0.0), (0.4, 1.0)]],
        '8' => vec![ring(0.5, 0.25, 0.4, 0.25), ring(0.5, 0.73, 0.47, 0.27)],
        '9' => vec![ring(0.5, 0.33, 0.45, 0.33), vec![(0.95, 0.33), (0.9, 0.6), (0.6, 0.9), (0.25, 1.0)]],
        '.' => vec![vec![(0.4, 0.96), (0.45, 0.97)]],
        ':' => vec![vec![(0.4, 0.3), (0.45, 0.31)], vec![(0.4, 0.8), (0.45, 0.81)]],
        '-' => vec![vec![(0.1, 0.55), (0.9, 0.55)]],
        '/' => vec![vec![(0.1, 1.0), (0.9, 0.0)]],
        '¥' => vec![
            vec![(0.0, 0.0), (0.5, 0.45), (1.0, 0.0)],
            vec![(0.5, 0.45), (0.5, 1.0)],
            vec![(0.1, 0.55), (0.9, 0.55)],
            vec![(0.1, 0.75), (0.9, 0.75)],
        ],
        ' ' => Vec::new(),
        other => made_up(other),
    }
}

/// A sign of a few strokes, always the same for the same character.
fn made_up(sign: char) -> Vec<Stroke> {
    let mut chance = super::Chance::new(u64::from(u32::from(sign)) * 0x1_0001);
    let mut part = |low: u64, high: u64| (low + chance.below(high - low + 1)) as f32 / 10.0;
    let mut strokes = Vec::new();
    for row in [0.05, 0.5, 0.95] {
        if part(0, 9) < 0.7 {
            strokes.push(vec![(part(0, 3), row), (part(7, 10), row)]);
        }
    }
    for column in [0.2, 0.55, 0.85] {
        if part(0, 9) < 0.6 {
            strokes.push(vec![(column, part(0, 4)), (column, part(6, 10))]);
        }
    }
    strokes.push(vec![(part(3, 6), part(0, 3)), (part(0, 2), part(6, 10))]);
    strokes.push(vec![(part(4, 6), part(3, 5)), (part(8, 10), part(7, 10))]);
    if part(0, 9) < 0.4 {
        let (left, top) = (part(1, 4), part(2, 5));
        strokes.push(vec![(left, top), (left + 0.4, top), (left + 0.4, top + 0.35), (left, top + 0.35), (left, top)]);
    }
    strokes
}
