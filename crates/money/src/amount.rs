use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

use crate::{Currency, MoneyError};

/// An amount in the minor unit of one currency (fen, cent, yen).
///
/// There is deliberately no `+`, no `<` and no `Ord`: two currencies could meet, so adding and
/// comparing answer with a `Result`.
///
/// ```
/// use yuanlu_money::{Currency, Money};
/// let paid = Money::parse("99.99", Currency::Cny)?;
/// let fee = Money::cny(499);
/// assert_eq!(paid.checked_sub(fee)?.to_string(), "95.00");
/// # Ok::<(), yuanlu_money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of `minor` units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// An amount in fen.
    #[must_use]
    pub const fn cny(fen: i64) -> Self {
        Self::new(fen, Currency::Cny)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The same currency, another number of minor units.
    #[must_use]
    pub const fn with_minor(self, minor: i64) -> Self {
        Self::new(minor, self.currency)
    }

    /// More than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Exactly nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum of both.
    ///
    /// # Errors
    /// On overflow or two currencies.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// What is left after `other` is taken away; may be negative.
    ///
    /// # Errors
    /// On overflow or two currencies.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// `count` times the amount.
    ///
    /// # Errors
    /// On overflow.
    pub fn checked_mul(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(self.with_minor(minor))
    }

    /// The sum of many amounts, `zero(currency)` for none.
    ///
    /// # Errors
    /// On overflow or a foreign currency.
    pub fn sum(amounts: impl IntoIterator<Item = Self>, currency: Currency) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Which of the two is larger.
    ///
    /// # Errors
    /// On two currencies.
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The smaller of the two.
    ///
    /// # Errors
    /// On two currencies.
    pub fn min(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(self.with_minor(self.minor.min(other.minor)))
    }

    /// The larger of the two.
    ///
    /// # Errors
    /// On two currencies.
    pub fn max(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(self.with_minor(self.minor.max(other.minor)))
    }

    /// Reads a plain decimal number: ASCII digits, at most one point with digits on both sides,
    /// no more decimals than the currency has; no sign, no separators, no spaces.
    ///
    /// # Errors
    /// Names what is wrong with the text.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        if text.starts_with('-') {
            return Err(MoneyError::Negative);
        }
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(MoneyError::NotANumber),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) {
            return Err(MoneyError::NotANumber);
        }
        let exponent = currency.exponent();
        let missing =
            (exponent as usize).checked_sub(decimals.len()).ok_or(MoneyError::TooPrecise { allowed: exponent })?;
        let zeros = std::iter::repeat_n(b'0', missing);
        whole
            .bytes()
            .chain(decimals.bytes())
            .chain(zeros)
            .try_fold(0_i64, |minor, byte| minor.checked_mul(10)?.checked_add(i64::from(byte - b'0')))
            .map(|minor| Self::new(minor, currency))
            .ok_or(MoneyError::Overflow)
    }

    /// The amount with its sign in front: `¥12.34`.
    #[must_use]
    pub fn with_symbol(self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        let symbol = self.currency.symbol();
        format!("{sign}{symbol}{}", Digits(self))
    }

    fn combine(self, other: Self, operation: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(self.with_minor(minor))
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        Digits(*self).fmt(f)
    }
}

/// The amount without its sign.
struct Digits(Money);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.0.currency.exponent() as usize;
        let mut left = self.0.minor.unsigned_abs();
        // The longest is 19 digits and the point, written from the end.
        let mut text = [b'0'; 24];
        let mut at = text.len();
        let mut digits = 0;
        while left > 0 || digits <= exponent {
            if digits == exponent && exponent > 0 {
                at -= 1;
                text[at] = b'.';
            }
            at -= 1;
            text[at] = b'0' + (left % 10) as u8;
            left /= 10;
            digits += 1;
        }
        f.write_str(str::from_utf8(&text[at..]).map_err(|_| fmt::Error)?)
    }
}
