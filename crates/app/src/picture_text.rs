//! What a program reads in the picture of a receipt, against the platform's own record (S03). Programs misread: what
//! differs is a finding that says what was read, and hints at nothing.

use crate::stated::{amounts, is_same_number, numbers, paid_at, total};
use serde_json::{Value, json};
use std::fmt;
use std::io;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// Clocks differ, and a receipt shows the minute only.
const MOST_APART_MINUTES: i64 = 10;
/// Shorter runs of letters and figures are no number of an order or a payment.
const LEAST_NUMBER: usize = 16;
/// Numbers of one screen.
const MOST_NUMBERS: usize = 8;

/// Reads the text in a picture that this program drew itself: what was uploaded never gets there as it came.
pub trait PictureReader: Send + Sync + fmt::Debug {
    /// The text, line by line.
    ///
    /// # Errors
    /// When it cannot be read, or not in the time and room there is.
    fn read(&self, picture: &[u8]) -> io::Result<String>;
}

/// What was read and is not on record: `what`, `stated`, `record`. Nothing where nothing of a kind was read, or one of
/// several fits.
pub(crate) fn differences(text: &str, file: &OrderFile) -> Vec<Value> {
    let mut found = Vec::new();
    let read = read_amounts(text);
    if let Some(first) = read.first().filter(|_| !read.iter().any(|minor| amounts(file).any(|known| known == *minor))) {
        let (stated, record) = (Money::new(*first, file.currency), Money::new(total(file), file.currency));
        found.push(json!({ "what": "amount", "stated": stated.to_string(), "record": record.to_string() }));
    }
    let read = read_numbers(text);
    let known = |number: &&String| numbers(file).any(|known| is_same_number(&folded(&known), &folded(number)));
    if let Some(first) = read.first().filter(|_| !read.iter().any(|number| known(&number))) {
        found.push(json!({ "what": "number", "stated": first, "record": file.order }));
    }
    let read = read_times(text);
    let paid: Vec<Instant> = paid_at(file).collect();
    let near = |at: &Instant| paid.iter().any(|paid| paid.micros_since(*at).abs() <= MOST_APART_MINUTES * 60_000_000);
    if let (Some(first), Some(record)) = (read.first(), paid.first())
        && !read.iter().any(near)
    {
        found.push(json!({ "what": "time", "stated": first.minute_text(), "record": record.minute_text() }));
    }
    found
}

/// Amounts with two decimals, those after a currency sign first.
fn read_amounts(text: &str) -> Vec<i64> {
    let (mut signed, mut plain) = (Vec::new(), Vec::new());
    let signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < signs.len() {
        let end = at + signs[at..].iter().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).count();
        let run: String = signs[at..end].iter().filter(|c| **c != ',').collect();
        let before = at.checked_sub(1).map(|before| signs[before]);
        if let Some((whole, cents)) = run.split_once('.')
            && cents.len() == 2
            && (1..=9).contains(&whole.len())
            && !matches!(before, Some('.' | ':'))
            && let Ok(minor) = format!("{whole}{cents}").parse()
        {
            if matches!(before, Some('¥' | '￥' | '-' | '−' | '羊')) {
                signed.push(minor)
            } else {
                plain.push(minor)
            }
        }
        at = end.max(at + 1);
    }
    signed.extend(plain);
    signed
}

/// A number without the difference between signs that are read for each other.
fn folded(number: &str) -> String {
    number
        .chars()
        .map(|c| {
            if c == 'O' {
                '0'
            } else if c == 'I' {
                '1'
            } else {
                c
            }
        })
        .collect()
}

/// Runs of capital letters and figures that are long enough; screens break them into groups.
fn read_numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for line in text.lines() {
        let joined: String = line.chars().filter(|c| *c != ' ').collect();
        let runs = joined.split(|c: char| !(c.is_ascii_digit() || c.is_ascii_uppercase()));
        let long = runs.filter(|run| run.len() >= LEAST_NUMBER && run.bytes().any(|b| b.is_ascii_digit()));
        numbers.extend(long.map(str::to_owned));
    }
    numbers.truncate(MOST_NUMBERS);
    numbers
}

/// Dates with a time of day: `2026-03-10 10:05`, `2026年3月10日 10:05:30`, `2026/3/10 10:05`.
fn read_times(text: &str) -> Vec<Instant> {
    let mut parts: Vec<u32> = Vec::new();
    let mut times = Vec::new();
    for line in text.lines() {
        parts.clear();
        parts.extend(line.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok()));
        for five in parts.windows(5) {
            let [year, month, day, hour, minute] = [five[0], five[1], five[2], five[3], five[4]];
            if (2000..2100).contains(&year) {
                let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}");
                times.extend(Instant::parse_shanghai(&text));
            }
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_numbers_and_times_are_found_as_screens_show_them() {
        assert_eq!(read_amounts("支付成功 ¥95.00 优惠 5.00"), [9500, 500]);
        assert_eq!(read_amounts("-1,234.50\n12:30"), [123_450]);
        assert!(read_amounts("版本 1.2.34，时间 10:05，编号 95").is_empty());
        assert_eq!(read_numbers("商户单号 YL00 2603 10AB CDEF GHJK R1\n手机 13800000000"), ["YL00260310ABCDEFGHJKR1"]);
        let at = |text| Instant::parse_shanghai(text).unwrap();
        for text in ["2026-03-10 10:05", "2026年3月10日 10:05:30", "2026/3/10 10:05", "支付时间：2026.03.10 10:05"]
        {
            assert_eq!(read_times(text), [at("2026-03-10 10:05")], "{text}");
        }
        assert!(read_times("2026-13-45 99:99").is_empty());
    }
}
