//! Reading what people typed. Every face refuses the same way.

use crate::errors::{AppError, Result};
use crate::inputs::Page;
use yuanlu_money::{Currency, Money, MoneyError};
use yuanlu_storage::order_file::Cursor;

/// The largest amount of one input, in minor units: a hundred million yuan.
const MOST_MINOR: i64 = 10_000_000_000;

/// A text of `least` to `most` characters, without control characters but line breaks and tabs.
pub(crate) fn words(field: &'static str, text: &str, least: usize, most: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(AppError::invalid(field, "unreadable"));
    }
    match length {
        0 if least > 0 => Err(AppError::invalid(field, "required")),
        n if n < least => Err(AppError::invalid(field, "too_short")),
        n if n > most => Err(AppError::invalid(field, "too_long")),
        _ => Ok(text.replace("\r\n", "\n")),
    }
}

/// A text on one line.
pub(crate) fn line(field: &'static str, text: &str, least: usize, most: usize) -> Result<String> {
    let text = words(field, text, least, most)?;
    if text.contains(['\n', '\r', '\t']) { Err(AppError::invalid(field, "unreadable")) } else { Ok(text) }
}

/// An amount above zero.
pub(crate) fn amount(field: &'static str, text: &str, currency: Currency) -> Result<Money> {
    let money = amount_or_zero(field, text, currency)?;
    if money.is_positive() { Ok(money) } else { Err(AppError::invalid(field, "not_positive")) }
}

/// An amount of zero or more (T16).
pub(crate) fn amount_or_zero(field: &'static str, text: &str, currency: Currency) -> Result<Money> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::invalid(field, "required"));
    }
    // `USD 13.99` says its currency; plain numbers are in the one that is expected.
    let (said, text) = written(text);
    if said.is_some_and(|said| Currency::parse(said) != Ok(currency)) {
        return Err(AppError::invalid(field, "wrong_currency"));
    }
    let money = Money::parse(text, currency).map_err(|error| {
        AppError::invalid(
            field,
            match error {
                MoneyError::TooPrecise { .. } => "too_many_decimals",
                MoneyError::Negative => "not_positive",
                MoneyError::Overflow => "too_large",
                _ => "not_a_number",
            },
        )
    })?;
    if money.minor() > MOST_MINOR { Err(AppError::invalid(field, "too_large")) } else { Ok(money) }
}

/// An amount above zero in the currency it says, or in this one.
pub(crate) fn amount_in_any(field: &'static str, text: &str, otherwise: Currency) -> Result<Money> {
    let currency = match written(text.trim()) {
        (Some(said), _) => Currency::parse(said).map_err(|_| AppError::invalid(field, "wrong_currency"))?,
        (None, _) => otherwise,
    };
    amount(field, text, currency)
}

/// The currency before an amount, where one stands there, and the amount.
fn written(text: &str) -> (Option<&str>, &str) {
    match text.split_once(' ') {
        Some((code, amount)) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) => {
            (Some(code), amount.trim_start())
        }
        _ => (None, text),
    }
}

/// Absent and empty are the same.
pub(crate) fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A login name: 3 to 64 letters, digits and `._@+-`, in lower case.
pub(crate) fn login(text: &str) -> Result<String> {
    let login = line("login", text, 3, 64)?.to_lowercase();
    if login.chars().all(|c| c.is_alphanumeric() || "._@+-".contains(c)) {
        Ok(login)
    } else {
        Err(AppError::invalid("login", "unreadable"))
    }
}

/// Where a list by time and id goes on.
pub(crate) fn cursor(page: &Page) -> Result<Cursor> {
    match page.cursor.as_deref() {
        None | Some("") => Ok(Cursor::start()),
        Some(text) => {
            let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
            let (at, id) = parts.ok_or(AppError::invalid("cursor", "unreadable"))?;
            Ok(Cursor { at, id })
        }
    }
}

pub(crate) fn cursor_text(at: i64, id: &str) -> String {
    format!("{at}.{id}")
}

/// Cuts a list, read one row too far, to its page; answers the cursor of the last row where there is more.
pub(crate) fn cut<T>(rows: &mut Vec<T>, page: &Page, cursor: impl Fn(&T) -> String) -> Option<String> {
    let most = page.rows() as usize;
    let more = rows.len() > most;
    rows.truncate(most);
    rows.last().filter(|_| more).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_that_says_its_currency_must_say_the_one_that_is_wanted() {
        assert_eq!(amount("amount", "CNY 1.00", Currency::Cny), Ok(Money::new(100, Currency::Cny)));
        let wrong = Err(AppError::invalid("amount", "wrong_currency"));
        assert_eq!(amount("amount", "USD 1.00", Currency::Cny), wrong);
        assert_eq!(amount_in_any("price", "USD 13.99", Currency::Cny), Ok(Money::new(1399, Currency::Usd)));
        assert_eq!(amount_in_any("price", "13.99", Currency::Cny), Ok(Money::new(1399, Currency::Cny)));
        assert_eq!(amount_in_any("price", "XXX 1", Currency::Cny), Err(AppError::invalid("price", "wrong_currency")));
    }

    #[test]
    fn amounts_are_refused_with_a_reason() {
        let code = |text: &str| match amount("amount", text, Currency::Cny) {
            Err(AppError::Invalid { code, .. }) => code,
            other => panic!("{other:?}"),
        };
        for (text, expected) in [
            ("", "required"),
            ("0", "not_positive"),
            ("0.00", "not_positive"),
            ("-1", "not_positive"),
            ("1.234", "too_many_decimals"),
            ("1e3", "not_a_number"),
            ("NaN", "not_a_number"),
            ("１２", "not_a_number"),
            ("1,000", "not_a_number"),
            ("100000000.01", "too_large"),
            ("99999999999999999999", "too_large"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
        assert_eq!(amount("amount", " 12.3 ", Currency::Cny).unwrap(), Money::new(1230, Currency::Cny));
    }

    #[test]
    fn names_are_folded_and_plain() {
        assert_eq!(login(" Zhang.San@example.com ").unwrap(), "zhang.san@example.com");
        assert_eq!(login("张三丰").unwrap(), "张三丰");
        for bad in ["ab", "a b c", "a\u{0}bc", "<script>"] {
            assert!(login(bad).is_err(), "{bad:?}");
        }
    }
}
