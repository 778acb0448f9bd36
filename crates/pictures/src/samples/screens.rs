//! Payment screens of twenty templates.

use super::Chance;
use super::glyphs::{Face, Glyphs};
use image::{Rgb, RgbImage};

/// How many templates there are.
pub const TEMPLATES: u64 = 20;

/// What differs between two screens of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// As printed, without the currency sign.
    pub amount: String,
    /// Number of the order at the payer's app.
    pub number: String,
    /// Number of the order at the merchant.
    pub merchant_number: String,
    /// Date and time as printed.
    pub time: String,
    /// The clock in the status bar.
    pub clock: String,
    /// Charge of the battery in percent.
    pub battery: u64,
    /// Which of the shop's goods.
    pub goods: u64,
    /// Last figures of the bank card.
    pub card: String,
}

impl Payment {
    /// A payment by chance; two are the same with a chance of about one in 10^20.
    pub fn new(chance: &mut Chance) -> Self {
        let (month, day) = (1 + chance.below(12), 1 + chance.below(28));
        let (hour, minute, second) = (chance.below(24), chance.below(60), chance.below(60));
        let amount = format!("{}.{:02}", 1 + chance.below(500), chance.below(100));
        Self {
            amount,
            number: format!("2026{month:02}{day:02}{}", chance.figures(20)),
            merchant_number: chance.figures(18),
            time: format!("2026-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            clock: format!("{hour:02}:{:02}", (minute + 1 + chance.below(9)) % 60),
            battery: 10 + chance.below(90),
            goods: chance.below(6),
            card: chance.figures(4),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Row {
    Number,
    MerchantNumber,
    Time,
    Goods,
    Card,
    Shop,
    State,
}

struct Style {
    size: (u32, u32),
    ground: Rgb<u8>,
    head: Rgb<u8>,
    ink: Rgb<u8>,
    pale: Rgb<u8>,
    accent: Rgb<u8>,
    text: u32,
    amount: u32,
    margin: i64,
    pitch: i64,
    centred: bool,
    icon: i64,
    rules: bool,
    face: Face,
    rows: Vec<Row>,
    words: u64,
}

fn style(template: u64) -> Style {
    let mut chance = Chance::new(0xA11 + template * 977);
    let dark = template % 7 == 6;
    let tint = |chance: &mut Chance, low: u64, span: u64| Rgb([(); 3].map(|()| (low + chance.below(span)) as u8));
    let size = [(1080, 2340), (1080, 2400), (1170, 2532), (750, 1624), (720, 1600)][(template % 5) as usize];
    let unit = size.0 as f32 / 1080.0;
    let scaled = |value: u64| (value as f32 * unit) as u32;
    let mut rows = vec![Row::Time, Row::Goods, Row::State, Row::Shop, Row::Card];
    // Three apps show no number at all: there only amount, time and card tell two payments apart.
    if template < 17 {
        rows.push(Row::Number);
    }
    if template.is_multiple_of(3) && template < 17 {
        rows.push(Row::MerchantNumber);
    }
    for last in (1..rows.len()).rev() {
        rows.swap(last, chance.below(last as u64 + 1) as usize);
    }
    Style {
        size,
        ground: if dark { Rgb([18, 18, 20]) } else { tint(&mut chance, 240, 16) },
        head: tint(&mut chance, if dark { 20 } else { 60 }, if dark { 30 } else { 190 }),
        ink: if dark { Rgb([230, 230, 230]) } else { tint(&mut chance, 10, 40) },
        pale: if dark { Rgb([150, 150, 155]) } else { tint(&mut chance, 115, 40) },
        accent: tint(&mut chance, 30, 200),
        text: scaled(30 + chance.below(12)),
        amount: scaled(64 + chance.below(50)),
        margin: i64::from(scaled(38 + chance.below(40))),
        pitch: i64::from(scaled(84 + chance.below(40))),
        centred: chance.below(3) > 0,
        icon: i64::from(scaled(40 + chance.below(50))),
        rules: chance.below(2) == 0,
        face: Face {
            weight: 0.09 + chance.below(7) as f32 / 100.0,
            width: 0.48 + chance.below(12) as f32 / 100.0,
            slant: if template % 6 == 5 { 0.15 } else { 0.0 },
            gap: 0.11 + chance.below(6) as f32 / 100.0,
        },
        rows,
        words: 0x4E00 + template * 131,
    }
}

struct Canvas {
    picture: RgbImage,
    glyphs: Glyphs,
}

impl Canvas {
    fn fill(&mut self, left: i64, top: i64, width: i64, height: i64, colour: Rgb<u8>) {
        let (right, bottom) = (i64::from(self.picture.width()), i64::from(self.picture.height()));
        for y in top.max(0)..(top + height).min(bottom) {
            for x in left.max(0)..(left + width).min(right) {
                self.picture.put_pixel(x as u32, y as u32, colour);
            }
        }
    }

    fn disc(&mut self, x: i64, y: i64, radius: i64, colour: Rgb<u8>) {
        for down in -radius..=radius {
            let across = ((radius * radius - down * down) as f32).sqrt() as i64;
            self.fill(x - across, y + down, 2 * across, 1, colour);
        }
    }

    fn width(&self, text: &str, height: u32) -> i64 {
        text.chars().map(|sign| self.glyphs.advance(sign, height)).sum()
    }

    fn write(&mut self, text: &str, left: i64, top: i64, height: u32, colour: Rgb<u8>) {
        let mut at = left;
        for sign in text.chars() {
            let glyph = self.glyphs.glyph(sign, height);
            for row in 0..glyph.height {
                for column in 0..glyph.width {
                    let ink = u32::from(glyph.ink[row * glyph.width + column]);
                    let (x, y) = (at + column as i64, top + row as i64);
                    let inside =
                        x >= 0 && y >= 0 && x < i64::from(self.picture.width()) && y < i64::from(self.picture.height());
                    if ink == 0 || !inside {
                        continue;
                    }
                    let pixel = self.picture.get_pixel_mut(x as u32, y as u32);
                    for (value, own) in pixel.0.iter_mut().zip(colour.0) {
                        *value = ((u32::from(*value) * (255 - ink) + u32::from(own) * ink) / 255) as u8;
                    }
                }
            }
            at += self.glyphs.advance(sign, height);
        }
    }

    fn write_right(&mut self, text: &str, right: i64, top: i64, height: u32, colour: Rgb<u8>) {
        self.write(text, right - self.width(text, height), top, height, colour);
    }
}

/// Signs of a template's own wording.
fn words(style: &Style, place: u64, count: u64) -> String {
    (0..count).filter_map(|sign| char::from_u32((style.words + place * 17 + sign) as u32)).collect()
}

/// Draws the screen of a payment in one of the [`TEMPLATES`].
pub fn screenshot(template: u64, payment: &Payment) -> RgbImage {
    let style = style(template % TEMPLATES);
    let (width, height) = (i64::from(style.size.0), i64::from(style.size.1));
    let picture = RgbImage::from_pixel(style.size.0, style.size.1, style.ground);
    let mut canvas = Canvas { picture, glyphs: Glyphs::new(style.face) };
    let head = height / 14;
    let light = Rgb([250, 250, 250]);
    canvas.fill(0, 0, width, head * 2, style.head);
    let small = style.text * 3 / 4;
    canvas.write(&payment.clock, style.margin, head / 3, small, light);
    let battery = width - style.margin - 60;
    canvas.fill(battery, head / 3, 60, i64::from(small), Rgb([200, 200, 200]));
    canvas.fill(battery + 4, head / 3 + 4, 52 * payment.battery as i64 / 100, i64::from(small) - 8, Rgb([40, 40, 40]));
    let title = words(&style, 0, 4);
    canvas.write(&title, (width - canvas.width(&title, style.text)) / 2, head + head / 4, style.text, light);

    let mut top = head * 2 + style.pitch;
    let centre = if style.centred { width / 2 } else { style.margin + style.icon };
    canvas.disc(centre, top + style.icon, style.icon, style.accent);
    canvas.disc(centre, top + style.icon, style.icon / 2, light);
    top += 2 * style.icon + style.pitch / 3;
    let shop = words(&style, 1, 6);
    let amount = format!("¥{}", payment.amount);
    for (text, size, colour) in [(shop, style.text, style.ink), (amount, style.amount, style.ink)] {
        let left = if style.centred { (width - canvas.width(&text, size)) / 2 } else { style.margin };
        canvas.write(&text, left, top, size, colour);
        top += i64::from(size) + style.pitch / 2;
    }
    for (number, row) in style.rows.iter().enumerate() {
        if style.rules {
            canvas.fill(style.margin, top - style.pitch / 4, width - 2 * style.margin, 2, style.pale);
        }
        canvas.write(&words(&style, 2 + number as u64, 4), style.margin, top, style.text, style.pale);
        let value = match row {
            Row::Number => payment.number.clone(),
            Row::MerchantNumber => payment.merchant_number.clone(),
            Row::Time => payment.time.clone(),
            Row::Goods => words(&style, 20 + payment.goods, 7),
            Row::Card => format!("{}{}", words(&style, 12, 5), payment.card),
            Row::Shop => words(&style, 13, 8),
            Row::State => words(&style, 14, 4),
        };
        canvas.write_right(&value, width - style.margin, top, style.text, style.ink);
        top += style.pitch;
    }
    for (column, place) in [15, 16, 17].into_iter().enumerate() {
        let left = width * (1 + 2 * column as i64) / 6;
        canvas.disc(left, height - 2 * head, style.icon / 2, style.pale);
        let text = words(&style, place, 3);
        canvas.write(&text, left - canvas.width(&text, small) / 2, height - head, small, style.pale);
    }
    canvas.picture
}
