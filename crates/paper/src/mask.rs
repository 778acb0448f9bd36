//! What identifies a person in free text, masked before the text leaves the house.

/// The text with telephone, identity and card numbers and mail addresses masked.
pub fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        if word == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        out.push_str(&masked_word(&rest[..word]));
        rest = &rest[word..];
    }
    out
}

fn is_part(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '@' | '.' | '_' | '-' | '+')
}

fn masked_word(word: &str) -> String {
    if let Some((name, host)) = word.split_once('@').filter(|(name, host)| !name.is_empty() && host.contains('.')) {
        return format!("{}***@{host}", &name[..1]);
    }
    let mut out = String::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            out.push(first);
            rest = &rest[1..];
            continue;
        }
        let mut digits = &rest[..end];
        if end == 17 && rest[end..].starts_with(['X', 'x']) {
            digits = &rest[..=end];
        }
        out.push_str(&masked_digits(digits));
        rest = &rest[digits.len()..];
    }
    out
}

/// Mobile numbers have eleven digits, identity numbers fifteen or eighteen, card numbers up to nineteen.
fn masked_digits(digits: &str) -> String {
    let stars = |from: usize, to: usize| {
        format!("{}{}{}", &digits[..from], "*".repeat(digits.len() - from - to), &digits[digits.len() - to..])
    };
    match digits.len() {
        11 if digits.starts_with('1') => stars(3, 4),
        13 if digits.starts_with("861") => stars(5, 4),
        15..=19 => stars(4, 4),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn numbers_of_people_are_masked_and_amounts_are_not() {
        let cases = [
            ("请退到13812345678，谢谢", "请退到138****5678，谢谢"),
            ("身份证11010519491231002X本人", "身份证1101**********002X本人"),
            ("卡号6222021234567890123", "卡号6222***********0123"),
            ("zhang.san@example.com 退¥95.00", "z***@example.com 退¥95.00"),
            ("订单261122ABCDEFGHJK，2026-11-22", "订单261122ABCDEFGHJK，2026-11-22"),
            ("电话+8613812345678", "电话+86138****5678"),
            ("", ""),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked, "{text}");
        }
    }
}
