//! Forms and the text that is signed of them.

use std::collections::BTreeMap;

/// The fields of a query or a posted form, decoded.
pub(crate) fn fields(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                std::str::from_utf8(&pair).ok().and_then(|d| u8::from_str_radix(d, 16).ok()).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A form of these fields.
pub(crate) fn encoded(fields: &BTreeMap<String, String>) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => form.push(char::from(byte)),
                b' ' => form.push('+'),
                byte => form.push_str(&format!("%{byte:02x}")),
            }
        }
    }
    form
}

/// What is signed: fields that are not empty, by name, but these.
pub(crate) fn signed_text(fields: &BTreeMap<String, String>, but: &[&str]) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(name, value)| !value.is_empty() && !but.contains(&name.as_str())) {
        if !text.is_empty() {
            text += "&";
        }
        text += &format!("{name}={value}");
    }
    text
}

/// Fen of `12.34`.
pub(crate) fn fen(text: &str) -> Option<i64> {
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = rest.len() <= 2 && rest.bytes().all(|b| b.is_ascii_digit()) && !yuan.starts_with(['+', '-']);
    let cents = format!("{rest:0<2}").parse::<i64>().ok().filter(|_| digits)?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// `12.34` of fen; negative sums have a sign.
pub(crate) fn yuan(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}
