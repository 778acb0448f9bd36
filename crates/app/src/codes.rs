//! Reading codes from lines and CSV.

use crate::errors::{AppError, Result};
use std::collections::BTreeSet;
use yuanlu_blobs::Secret;

const MOST_CODES: usize = 10_000;
const LEAST_CODE: usize = 4;
const MOST_CODE: usize = 128;

/// Codes by line, and the lines that hold none.
pub(crate) struct ReadCodes {
    pub(crate) codes: Vec<(u32, Secret<String>)>,
    pub(crate) bad_lines: Vec<u32>,
}

pub(crate) fn read_codes(text: &str) -> Result<ReadCodes> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(AppError::invalid("codes", "required"));
    }
    if text.lines().count() > MOST_CODES {
        return Err(AppError::invalid("codes", "too_large"));
    }
    let mut read = ReadCodes { codes: Vec::new(), bad_lines: Vec::new() };
    for (number, line) in (1u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match first_cell(line) {
            Some(code) if number == 1 && is_heading(&code) => {}
            Some(code) if is_code(&code) => read.codes.push((number, Secret::new(code))),
            Some(_) | None => read.bad_lines.push(number),
        }
    }
    Ok(read)
}

/// The first cell of a line of CSV. Codes hold no line breaks, so a line is a record. Most lines quote nothing, and making a
/// reader takes longer than all else that is done with a code.
fn first_cell(line: &str) -> Option<String> {
    if !line.contains('"') {
        return line.split(',').next().map(|cell| cell.trim().to_owned());
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(256).from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    record.get(0).map(|cell| cell.trim().to_owned())
}

fn is_heading(text: &str) -> bool {
    let headings = BTreeSet::from(["code", "card", "key", "卡密", "兑换码", "激活码"]);
    headings.contains(text.to_lowercase().as_str())
}

fn is_code(text: &str) -> bool {
    (LEAST_CODE..=MOST_CODE).contains(&text.chars().count())
        && text.chars().all(|c| !c.is_control())
        && text.chars().filter(|c| c.is_alphanumeric()).count() >= LEAST_CODE
}

/// How codes are compared: without case, spaces and dashes, so that no code is loaded twice in another dress.
pub(crate) fn folded(code: &str) -> Secret<String> {
    let plain = code.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.'));
    Secret::new(plain.flat_map(char::to_uppercase).collect())
}

/// The text with these codes hidden but for their last four characters, however they are spaced or written.
pub(crate) fn without_codes(text: &str, codes: &[Secret<String>]) -> String {
    let mut out = text.to_owned();
    for code in codes {
        let wanted: Vec<char> = folded(code.expose()).expose().chars().collect();
        let last4: String = wanted[wanted.len().saturating_sub(4)..].iter().collect();
        let written: Vec<(usize, char)> = out
            .char_indices()
            .filter(|(_, c)| !c.is_whitespace() && !matches!(c, '-' | '_' | '.'))
            .map(|(at, c)| (at, c.to_uppercase().next().unwrap_or(c)))
            .collect();
        let found = written
            .windows(wanted.len().max(1))
            .filter(|window| window.iter().map(|(_, c)| *c).eq(wanted.iter().copied()));
        let spans: Vec<(usize, usize)> = found.filter_map(|w| Some((w.first()?.0, w.last()?.0))).collect();
        for (from, to) in spans.into_iter().rev() {
            let end = to + out[to..].chars().next().map_or(0, char::len_utf8);
            if out.get(from..end).is_some() {
                out.replace_range(from..end, &format!("****{last4}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_code_is_hidden_however_it_is_written() {
        let codes = [Secret::new("STAR-0001-ABCD-WXYZ".to_owned()), Secret::new("8888".to_owned())];
        let hidden = |text: &str| without_codes(text, &codes);
        assert_eq!(hidden("卡密 star 0001abcd-wxyz 不能用"), "卡密 ****WXYZ 不能用");
        assert_eq!(hidden("STAR-0001-ABCD-WXYZSTAR-0001-ABCD-WXYZ"), "****WXYZ****WXYZ");
        assert_eq!(hidden("STAR-0001-ABCD-WXY"), "STAR-0001-ABCD-WXY");
        assert_eq!(without_codes("好", &codes[..0]), "好");
    }

    use super::*;

    #[test]
    fn codes_are_read_from_lines_and_csv() {
        let read = read_codes("\u{feff}卡密,面值\nABCD-1234,100\n\nxy\n\"EFGH 5678\",50\n").unwrap();
        let codes: Vec<_> = read.codes.iter().map(|(line, code)| (*line, code.expose().as_str())).collect();
        assert_eq!(codes, [(2, "ABCD-1234"), (5, "EFGH 5678")]);
        assert_eq!(read.bad_lines, [4]);
        let old = read_codes("ABCD-1234\rEFGH-5678").unwrap();
        assert_eq!((old.codes.len(), old.bad_lines), (0, vec![1]), "line ends that are none hide no codes");
        let cells = [" AB CD ,\"a, b\"", "\" AB CD \",x", "AB CD", "\"AB CD"].map(first_cell);
        assert!(cells.iter().all(|cell| cell.as_deref() == Some("AB CD")), "{cells:?}");
        assert!(read_codes(" \n").is_err());
        assert_eq!(folded("abcd-12 34").expose(), folded("ABCD1234").expose());
    }
}
