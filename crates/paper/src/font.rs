//! The font of the PDF: Noto Sans SC, cut to the characters of GBK, under the SIL Open Font License (`font/OFL.txt`).

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

/// The font file.
pub(crate) const DATA: &[u8] = include_bytes!("../font/NotoSansSC-GBK.otf");
/// Stands where the font has no character.
const GETA: char = '〓';

/// Characters and their widths.
pub(crate) struct Face {
    characters: skrifa::charmap::Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    em: f32,
}

impl Face {
    pub(crate) fn new() -> Option<Self> {
        let font = FontRef::new(DATA).ok()?;
        let em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        Some(Self {
            characters: font.charmap(),
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
            em,
        })
    }

    /// The number of a character and its width in ems; that of the geta mark where the font has none.
    pub(crate) fn glyph(&self, character: char) -> (u32, f32) {
        let shown = if character == '\u{a0}' { ' ' } else { character };
        let found = self.characters.map(shown).or_else(|| self.characters.map(GETA)).unwrap_or_default();
        (found.to_u32(), self.metrics.advance_width(found).unwrap_or(self.em) / self.em)
    }

    pub(crate) fn width(&self, text: &str) -> f32 {
        text.chars().map(|character| self.glyph(character).1).sum()
    }
}

/// Cuts a text into lines no wider than `most` ems. Chinese breaks anywhere but before closing and after opening marks;
/// words and numbers stay whole unless they alone are too long.
pub(crate) fn lines(face: &Face, text: &str, most: f32) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut width = 0.0;
        for piece in pieces(paragraph) {
            let wide = face.width(piece.trim_end());
            if width + wide > most && !line.is_empty() {
                out.push(std::mem::take(&mut line).trim_end().to_owned());
                width = 0.0;
            }
            if wide <= most {
                let piece = if line.is_empty() { piece.trim_start() } else { piece };
                line.push_str(piece);
                width += face.width(piece);
                continue;
            }
            for character in piece.chars() {
                let wide = face.glyph(character).1;
                if width + wide > most {
                    out.push(std::mem::take(&mut line));
                    width = 0.0;
                }
                line.push(character);
                width += wide;
            }
        }
        out.push(line.trim_end().to_owned());
    }
    out
}

/// A text in pieces that may stand at the end of a line.
fn pieces(text: &str) -> Vec<&str> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let mut cuts = vec![0];
    for pair in characters.windows(2) {
        let ((_, before), (at, after)) = (pair[0], pair[1]);
        let within_word = is_word(before) && is_word(after);
        if !(within_word || NOT_FIRST.contains(after) || NOT_LAST.contains(before) || after == ' ') {
            cuts.push(at);
        }
    }
    cuts.push(text.len());
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).filter(|piece| !piece.is_empty()).collect()
}

const NOT_FIRST: &str = "，。、；：？！）】》〉」』”’…—·～％%)]},.;:!?";
const NOT_LAST: &str = "（【《〈「『“‘¥￥$([{#";

fn is_word(character: char) -> bool {
    character.is_ascii_graphic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_names_and_sentences_is_in_the_font() {
        let face = Face::new().unwrap();
        let geta = face.glyph('〓').0;
        for character in "退款凭证¥95.00（手续费）喆堃祎昇：2026-03-10 10:00，卡号***1234 “”…—→☆①".chars()
        {
            assert_ne!(face.glyph(character).0, geta, "{character}");
        }
        assert_eq!(face.glyph('🙂').0, geta, "what the font lacks is seen to be missing");
        assert!((face.width("退款") - 2.0).abs() < 0.001);
    }

    #[test]
    fn chinese_breaks_anywhere_but_not_before_a_full_stop() {
        let face = Face::new().unwrap();
        assert_eq!(lines(&face, "退款已经到账。", 6.0), ["退款已经到", "账。"]);
        assert_eq!(lines(&face, "订单YL7K2已退", 5.0), ["订单YL7K2", "已退"]);
        assert_eq!(
            lines(&face, "共（三）件", 3.1),
            ["共", "（三）", "件"].map(str::to_owned).to_vec(),
            "marks stay with their word"
        );
        assert_eq!(lines(&face, "一\n\n二", 9.0), ["一", "", "二"]);
        let long = "a".repeat(40);
        assert!(lines(&face, &long, 6.0).len() > 1 && lines(&face, &long, 6.0).concat() == long);
    }
}
