//! Printed pages: headings, paragraphs, tables and a QR code on A4, in Chinese and English.
//!
//! The pages are laid out first and drawn at the end, when their number is known.

use crate::font::{DATA, Face, lines};
use krilla::Document;
use krilla::color::rgb;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt;

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 54.0;
const FOOT: f32 = 40.0;
const TEXT: f32 = 10.0;
const LEADING: f32 = 1.55;
const LABEL_SHARE: f32 = 0.26;

const INK: [u8; 3] = [24, 28, 36];
const PALE: [u8; 3] = [96, 104, 118];
const LINE: [u8; 3] = [206, 211, 220];
const BAND: [u8; 3] = [243, 245, 248];
const ACCENT: [u8; 3] = [16, 94, 82];

/// Why no PDF came of it.
#[derive(Debug)]
pub struct PrintError(String);

impl fmt::Display for PrintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the PDF could not be written: {}", self.0)
    }
}

impl std::error::Error for PrintError {}

/// A QR code as a picture for pages; none when the text is too long for one.
pub fn qr_svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width();
    let mut path = String::new();
    for (y, line) in code.to_colors().chunks(side).enumerate() {
        for (x, _) in line.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
        }
    }
    let size = side + 8;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" width=\"160\" height=\"160\" \
         shape-rendering=\"crispEdges\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

enum Op {
    Text { x: f32, y: f32, size: f32, ink: [u8; 3], text: String },
    Box { x: f32, y: f32, w: f32, h: f32, ink: [u8; 3] },
}

/// Pages being laid out.
pub struct Sheet {
    face: Face,
    pages: Vec<Vec<Op>>,
    y: f32,
    title: String,
    foot: String,
    attached: Option<(String, Vec<u8>)>,
}

impl Sheet {
    /// Empty pages with this title; `foot` stands at the end of each.
    ///
    /// # Errors
    /// Never, unless the font inside the program is broken.
    pub fn new(title: &str, foot: &str) -> Result<Self, PrintError> {
        let face = Face::new().ok_or_else(|| PrintError("the font cannot be read".to_owned()))?;
        let (title, foot) = (title.to_owned(), foot.to_owned());
        Ok(Self { face, pages: vec![Vec::new()], y: MARGIN, title, foot, attached: None })
    }

    /// The large title, with a line under it.
    pub fn title(&mut self, text: &str, under: &str) {
        self.put(text, MARGIN, WIDTH - 2.0 * MARGIN, 22.0, ACCENT);
        self.put(under, MARGIN, WIDTH - 2.0 * MARGIN, TEXT, PALE);
        self.y += 6.0;
        self.rule();
    }

    /// A heading; it stays with what follows.
    pub fn heading(&mut self, text: &str) {
        self.y += 12.0;
        self.keep(64.0);
        self.bar(MARGIN, self.y + 2.0, 3.0, 15.0, ACCENT);
        self.put(text, MARGIN + 10.0, WIDTH - 2.0 * MARGIN - 10.0, 13.0, INK);
        self.y += 3.0;
    }

    /// A smaller heading.
    pub fn subheading(&mut self, text: &str) {
        self.y += 6.0;
        self.keep(48.0);
        self.put(text, MARGIN, WIDTH - 2.0 * MARGIN, 11.0, ACCENT);
    }

    /// A paragraph.
    pub fn text(&mut self, text: &str) {
        self.put(text, MARGIN, WIDTH - 2.0 * MARGIN, TEXT, INK);
        self.y += 3.0;
    }

    /// A paragraph in small, pale letters.
    pub fn note(&mut self, text: &str) {
        self.put(text, MARGIN, WIDTH - 2.0 * MARGIN, 8.5, PALE);
        self.y += 2.0;
    }

    /// A name and its value.
    pub fn row(&mut self, name: &str, value: &str) {
        self.cells(&[(name, LABEL_SHARE, PALE), (value, 1.0 - LABEL_SHARE, INK)], TEXT);
    }

    /// A table: shares of the width and names of its columns, then its rows.
    pub fn table(&mut self, columns: &[(&str, f32)], rows: &[Vec<String>]) {
        self.y += 2.0;
        self.keep(60.0);
        let head: Vec<_> = columns.iter().map(|(name, share)| (*name, *share, PALE)).collect();
        let top = self.y;
        self.bar(MARGIN, top, WIDTH - 2.0 * MARGIN, 17.0, BAND);
        self.cells(&head, 9.0);
        for row in rows {
            let cells: Vec<_> =
                row.iter().zip(columns).map(|(text, (_, share))| (text.as_str(), *share, INK)).collect();
            self.cells(&cells, 9.0);
            self.bar(MARGIN, self.y - 1.0, WIDTH - 2.0 * MARGIN, 0.5, LINE);
        }
        self.y += 4.0;
    }

    /// A thin line across.
    pub fn rule(&mut self) {
        self.bar(MARGIN, self.y, WIDTH - 2.0 * MARGIN, 0.8, LINE);
        self.y += 8.0;
    }

    /// A new page.
    pub fn page_break(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// A QR code with lines of text beside it.
    ///
    /// # Errors
    /// When the text is too long for a QR code.
    pub fn qr(&mut self, link: &str, beside: &[&str]) -> Result<(), PrintError> {
        let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(|e| PrintError(e.to_string()))?;
        let side = code.width();
        let (size, cells) = (110.0, code.to_colors());
        self.keep(size + 16.0);
        #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules a side")]
        let (cell, at) = (size / side as f32, |n: usize| n as f32);
        for (row, line) in cells.chunks(side).enumerate() {
            let mut column = 0;
            for run in line.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    let (x, y) = (MARGIN + at(column) * cell, self.y + at(row) * cell);
                    self.bar(x, y, at(run.len()) * cell, cell, [0, 0, 0]);
                }
                column += run.len();
            }
        }
        let (top, left) = (self.y, MARGIN + size + 18.0);
        for line in beside {
            self.put(line, left, WIDTH - MARGIN - left, 9.5, INK);
        }
        self.y = self.y.max(top + size) + 10.0;
        Ok(())
    }

    /// Puts a file inside the PDF.
    pub fn attach(&mut self, name: &str, json: String) {
        self.attached = Some((name.to_owned(), json.into_bytes()));
    }

    /// The PDF.
    ///
    /// # Errors
    /// When krilla refuses, which it has no reason to.
    pub fn print(self) -> Result<Vec<u8>, PrintError> {
        let font = Font::new(DATA.into(), 0).ok_or_else(|| PrintError("the font cannot be read".to_owned()))?;
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(self.title.clone()).language("zh-CN".to_owned()));
        let count = self.pages.len();
        for (number, ops) in (1..).zip(&self.pages) {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PrintError("no page".to_owned()))?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            let foot = format!("{}　{number} / {count}", self.foot);
            for (row, line) in (0u8..).zip(lines(&self.face, &foot, (WIDTH - 2.0 * MARGIN) / 8.0)) {
                let y = HEIGHT - FOOT + 8.0 + f32::from(row) * 10.0;
                draw_text(&mut surface, &self.face, &font, (MARGIN, y), 8.0, PALE, &line);
            }
            for op in ops {
                match op {
                    Op::Text { x, y, size, ink, text } => {
                        draw_text(&mut surface, &self.face, &font, (*x, *y), *size, *ink, text);
                    }
                    Op::Box { x, y, w, h, ink } => draw_box(&mut surface, (*x, *y, *w, *h), *ink),
                }
            }
            surface.finish();
            page.finish();
        }
        if let Some((name, data)) = self.attached {
            document.embed_file(EmbeddedFile {
                path: name,
                mime_type: MimeType::new("application/json"),
                description: Some("The signed data of this document".to_owned()),
                association_kind: AssociationKind::Data,
                data: data.into(),
                modification_date: None,
                compress: Some(false),
                location: None,
            });
        }
        document.finish().map_err(|error| PrintError(format!("{error:?}")))
    }

    /// Lines of text from the left edge down; goes on to a new page where this one ends.
    fn put(&mut self, text: &str, x: f32, width: f32, size: f32, ink: [u8; 3]) {
        for line in lines(&self.face, text, width / size) {
            self.keep(size * LEADING);
            let y = self.y + size * 1.15;
            self.op(Op::Text { x, y, size, ink, text: line });
            self.y += size * LEADING;
        }
    }

    /// Cells side by side, as high as the highest; a row that does not fit on the page begins on the next.
    fn cells(&mut self, cells: &[(&str, f32, [u8; 3])], size: f32) {
        let full = WIDTH - 2.0 * MARGIN;
        let cut: Vec<Vec<String>> =
            cells.iter().map(|(text, share, _)| lines(&self.face, text, (full * share - 8.0) / size)).collect();
        let rows = cut.iter().map(Vec::len).max().unwrap_or(0);
        if rows < 40 {
            #[expect(clippy::cast_precision_loss, reason = "fewer than forty")]
            self.keep(rows as f32 * size * LEADING + 3.0);
        }
        for row in 0..rows {
            self.keep(size * LEADING);
            let (y, mut x) = (self.y + size * 1.15, MARGIN + 4.0);
            for ((_, share, ink), lines) in cells.iter().zip(&cut) {
                if let Some(line) = lines.get(row).filter(|line| !line.is_empty()) {
                    self.op(Op::Text { x, y, size, ink: *ink, text: line.clone() });
                }
                x += full * share;
            }
            self.y += size * LEADING;
        }
        self.y += 3.0;
    }

    /// A new page unless so much still fits.
    fn keep(&mut self, height: f32) {
        if self.y + height > HEIGHT - FOOT - 14.0 {
            self.page_break();
        }
    }

    fn bar(&mut self, x: f32, y: f32, w: f32, h: f32, ink: [u8; 3]) {
        self.op(Op::Box { x, y, w, h, ink });
    }

    fn op(&mut self, op: Op) {
        if let Some(page) = self.pages.last_mut() {
            page.push(op);
        }
    }
}

fn fill(surface: &mut Surface<'_>, ink: [u8; 3]) {
    let [r, g, b] = ink;
    let paint = rgb::Color::new(r, g, b).into();
    surface.set_fill(Some(Fill { paint, opacity: NormalizedF32::ONE, rule: Default::default() }));
}

fn draw_box(surface: &mut Surface<'_>, (x, y, w, h): (f32, f32, f32, f32), ink: [u8; 3]) {
    let Some(rect) = Rect::from_xywh(x, y, w, h) else { return };
    fill(surface, ink);
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn draw_text(
    surface: &mut Surface<'_>,
    face: &Face,
    font: &Font,
    (x, y): (f32, f32),
    size: f32,
    ink: [u8; 3],
    text: &str,
) {
    let glyph = |(at, character): (usize, char)| {
        let (number, width) = face.glyph(character);
        KrillaGlyph::new(GlyphId::new(number), width, 0.0, 0.0, 0.0, at..at + character.len_utf8(), None)
    };
    let glyphs: Vec<KrillaGlyph> = text.char_indices().map(glyph).collect();
    fill(surface, ink);
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font.clone(), text, size, false);
}
