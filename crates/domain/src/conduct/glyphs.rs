//! A text as people read it: one form for full-width, circled and small letters, and nothing for what cannot be seen.

use std::ops::Range;

/// A character as read, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    c: char,
    from: usize,
    to: usize,
}

#[cfg(test)]
thread_local! {
    /// How often a character was looked at.
    pub(super) static LOOKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// A text as people read it.
#[derive(Debug)]
pub(super) struct Glyphs(Vec<Glyph>);

impl Glyphs {
    pub(super) fn of(text: &str) -> Self {
        let visible = text.char_indices().filter(|(_, c)| !is_invisible(*c));
        Self(visible.map(|(from, c)| Glyph { c: folded(c), from, to: from + c.len_utf8() }).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The character there; a line break beyond either end.
    pub(super) fn at(&self, i: usize) -> char {
        #[cfg(test)]
        LOOKS.with(|looks| looks.set(looks.get() + 1));
        self.0.get(i).map_or('\n', |glyph| glyph.c)
    }

    /// The character before.
    pub(super) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or('\n', |i| self.at(i))
    }

    /// Bytes of the text that glyphs `from..to` stand for.
    pub(super) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.0.get(from).map_or(0, |glyph| glyph.from);
        let end = to.checked_sub(1).and_then(|last| self.0.get(last)).map_or(start, |glyph| glyph.to);
        start..end.max(start)
    }

    /// Where a word ends that begins here. Blanks between Chinese characters are passed over; words in Latin letters
    /// begin and end where their letters do.
    pub(super) fn word(&self, start: usize, word: &str) -> Option<usize> {
        let first = word.chars().next()?;
        if self.at(start) != first || joined(self.before(start), first) {
            return None;
        }
        self.tail(start, word)
    }

    /// Like [`Glyphs::word`], also right after a figure: `6pm`, `24h`.
    pub(super) fn unit(&self, start: usize, words: &[&str]) -> Option<usize> {
        let after_letter = self.before(start).is_ascii_alphabetic() && self.at(start).is_ascii_alphabetic();
        words.iter().filter_map(|word| self.tail(start, word)).max().filter(|_| !after_letter)
    }

    fn tail(&self, start: usize, word: &str) -> Option<usize> {
        let (mut i, mut last) = (start, '\n');
        for wanted in word.chars() {
            if !wanted.is_ascii() && !last.is_ascii() && self.at(i) == ' ' {
                i += 1;
            }
            if self.at(i) != wanted || i >= self.len() {
                return None;
            }
            (i, last) = (i + 1, wanted);
        }
        (!joined(last, self.at(i))).then_some(i)
    }

    /// The longest of these words that begins here.
    pub(super) fn any(&self, start: usize, words: &[&str]) -> Option<usize> {
        words.iter().filter_map(|word| self.word(start, word)).max()
    }

    /// Whether one of these words lies wholly within `from..to`.
    pub(super) fn holds(&self, from: usize, to: usize, words: &[&str]) -> bool {
        (from..to.min(self.len())).any(|i| self.any(i, words).is_some_and(|end| end <= to))
    }

    /// What stands in the last `reach` glyphs before `i` of the same sentence: where that begins.
    pub(super) fn back(&self, i: usize, reach: usize) -> usize {
        let from = i.saturating_sub(reach);
        (from..i).rev().find(|k| ends_sentence(self.at(*k))).map_or(from, |end| end + 1)
    }
}

/// Whether two characters belong to one word in Latin letters.
fn joined(one: char, next: char) -> bool {
    one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric()
}

/// Where sentences end.
pub(super) fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '!' | '？' | '?' | '；' | ';' | '\n' | '\r' | '…')
}

/// A digit, in whatever dress: `8`, `八`, `捌`.
pub(super) fn digit(c: char) -> Option<u8> {
    Some(match c {
        '0'..='9' => u8::try_from(u32::from(c) - u32::from('0')).unwrap_or(0),
        '零' | '〇' | '○' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '贰' | '貳' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn folded(c: char) -> char {
    let code = u32::from(c);
    let moved = |base: u32, to: char| char::from_u32(code - base + u32::from(to)).unwrap_or(c);
    match c {
        '\u{3000}' | '\u{a0}' | '\t' => ' ',
        '➕' | '✚' | '﹢' => '+',
        '！' | '？' | '；' => c,
        '\u{ff01}'..='\u{ff5e}' => moved(0xff01, '!').to_ascii_lowercase(),
        '⓪' => '0',
        '①'..='⑨' => moved(0x2460, '1'),
        '❶'..='❾' => moved(0x2776, '1'),
        'Ⓐ'..='Ⓩ' => moved(0x24b6, 'a'),
        'ⓐ'..='ⓩ' => moved(0x24d0, 'a'),
        '\u{1d7ce}'..='\u{1d7ff}' => char::from_u32((code - 0x1d7ce) % 10 + u32::from('0')).unwrap_or(c),
        '\u{2164}' | '\u{2174}' | 'ν' => 'v',
        _ => c.to_ascii_lowercase(),
    }
}

/// Blanks without width, joiners, and what makes a digit a key cap.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}')
}
