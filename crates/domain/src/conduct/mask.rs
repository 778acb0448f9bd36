//! A buyer who copies his code into a message shows it to everybody who reads along.

use super::glyphs::Glyphs;
use super::{Found, WarningKind};
use std::borrow::Cow;

/// No code is longer than this, its separators included.
const MOST_CODE: usize = 160;

/// The text with every code hidden that ends like one of `tails`, the last characters of the order's codes. Of a hidden
/// code only the tail is left.
pub fn mask_codes<'t>(text: &'t str, tails: &[&str]) -> Cow<'t, str> {
    let glyphs = Glyphs::of(text);
    let tails: Vec<String> =
        tails.iter().filter(|tail| tail.chars().count() >= 2).map(|tail| tail.to_ascii_lowercase()).collect();
    let (mut out, mut written, mut i) = (String::new(), 0, 0);
    while i < glyphs.len() {
        let ends_here = glyphs.at(i).is_ascii_alphanumeric() && !glyphs.at(i + 1).is_ascii_alphanumeric();
        if ends_here
            && let Some((start, tail)) = tails.iter().find_map(|tail| Some((code(&glyphs, i, tail)?, tail)))
            && let span = glyphs.span(start, i + 1)
            && span.start >= written
        {
            out.push_str(&text[written..span.start]);
            out.push_str("****");
            out.push_str(&tail.to_ascii_uppercase());
            written = span.end;
        }
        i += 1;
    }
    match written {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(out + &text[written..]),
    }
}

/// The text with every way to reach a person hidden: numbers, accounts, addresses, links. What everybody may read shows
/// nobody's.
pub fn mask_contacts(text: &str, found: &Found) -> String {
    let (mut out, mut written) = (String::with_capacity(text.len()), 0);
    for warning in &found.warnings {
        let contact = matches!(
            warning.kind,
            WarningKind::Phone | WarningKind::Messenger | WarningKind::Email | WarningKind::Link | WarningKind::Payment
        );
        if contact && warning.span.start >= written {
            out.push_str(&text[written..warning.span.start]);
            out.push_str("****");
            written = warning.span.end;
        }
    }
    out + &text[written..]
}

/// Where a code begins that ends at `last` with this tail; codes show at most half of themselves.
fn code(glyphs: &Glyphs, last: usize, tail: &str) -> Option<usize> {
    let mut wanted = tail.chars().rev().peekable();
    let (mut start, mut length, mut group) = (last + 1, 0, 0);
    while let Some(i) = start.checked_sub(1).filter(|i| last - i < MOST_CODE) {
        let c = glyphs.at(i);
        if c.is_ascii_alphanumeric() {
            if wanted.next_if(|next| *next != c).is_some() {
                return None;
            }
            wanted.next();
            (length, group, start) = (length + 1, group + 1, i);
        } else if matches!(c, '-' | '_' | '.' | ' ') && group > 0 && belongs(glyphs, i, c) {
            (start, group) = (i, 0);
        } else {
            break;
        }
    }
    while start <= last && !glyphs.at(start).is_ascii_alphanumeric() {
        start += 1;
    }
    (wanted.peek().is_none() && length >= 6.max(2 * tail.chars().count())).then_some(start)
}

/// Whether what stands before a separator is part of the code. After a blank, words are not.
fn belongs(glyphs: &Glyphs, separator: usize, c: char) -> bool {
    let mut i = separator;
    let (mut letters, mut digits) = (0, 0);
    while let Some(before) = i.checked_sub(1).filter(|b| glyphs.at(*b).is_ascii_alphanumeric() && separator - b <= 32) {
        match glyphs.at(before).is_ascii_digit() {
            true => digits += 1,
            false => letters += 1,
        }
        i = before;
    }
    match c {
        ' ' => digits > 0 && (3..=8).contains(&(letters + digits)),
        _ => letters + digits > 0,
    }
}
