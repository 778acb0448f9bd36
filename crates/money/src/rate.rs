use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Currency, Money, MoneyError};

/// A share in hundredths of a per cent, from nothing (0) to everything (10 000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct BasisPoints(u32);

impl BasisPoints {
    /// No share at all.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const WHOLE: Self = Self(10_000);

    /// A share of at most the whole.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] above 10 000.
    pub const fn new(basis_points: u32) -> Result<Self, MoneyError> {
        if basis_points > Self::WHOLE.0 {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Self(basis_points))
    }

    /// The number of basis points.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// No share at all?
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<u32> for BasisPoints {
    type Error = MoneyError;

    fn try_from(basis_points: u32) -> Result<Self, MoneyError> {
        Self::new(basis_points)
    }
}

impl From<BasisPoints> for u32 {
    fn from(share: BasisPoints) -> Self {
        share.0
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole}%"),
            _ if rest % 10 == 0 => write!(f, "{whole}.{}%", rest / 10),
            _ => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

/// The fee of `share` on `amount`, rounded down to the minor unit (R10).
#[must_use]
pub fn fee_floor(amount: Money, share: BasisPoints) -> Money {
    let fee = (i128::from(amount.minor()) * i128::from(share.0)).div_euclid(10_000);
    let fee = i64::try_from(fee).expect("a share of at most the whole fits where the whole fits");
    amount.with_minor(fee)
}

/// `amount × numerator / denominator`, rounded up to the minor unit (R11: paid × missing /
/// promised).
///
/// # Errors
/// [`MoneyError::OutOfRange`] unless 0 ≤ numerator ≤ denominator and the denominator is
/// positive; [`MoneyError::Negative`] for a negative amount.
pub fn ratio_ceil(amount: Money, numerator: i64, denominator: i64) -> Result<Money, MoneyError> {
    if denominator <= 0 || !(0..=denominator).contains(&numerator) {
        return Err(MoneyError::OutOfRange);
    }
    if amount.is_negative() {
        return Err(MoneyError::Negative);
    }
    let product = i128::from(amount.minor()) * i128::from(numerator);
    let denominator = i128::from(denominator);
    let ceiled = (product + denominator - 1) / denominator;
    let minor = i64::try_from(ceiled).map_err(|_| MoneyError::Overflow)?;
    Ok(amount.with_minor(minor))
}

/// The price of one whole unit of a currency in whole units of another, in steps of 10⁻⁸.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Rate {
    scaled: i64,
}

impl Rate {
    /// How many steps make a rate of one.
    pub const SCALE: i64 = 100_000_000;
    /// Both currencies are worth the same.
    pub const ONE: Self = Self { scaled: Self::SCALE };

    /// A rate of `scaled` × 10⁻⁸.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] unless it is positive.
    pub const fn from_scaled(scaled: i64) -> Result<Self, MoneyError> {
        if scaled <= 0 {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Self { scaled })
    }

    /// The rate in steps of 10⁻⁸.
    #[must_use]
    pub const fn scaled(self) -> i64 {
        self.scaled
    }

    /// Reads a plain decimal such as `7.2500`, at most eight decimals.
    ///
    /// # Errors
    /// Names what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err(MoneyError::NotANumber);
        }
        if decimals.len() > 8 {
            return Err(MoneyError::TooPrecise { allowed: 8 });
        }
        let whole: i64 = whole.parse().map_err(|_| MoneyError::Overflow)?;
        let decimals: i64 = format!("{decimals:0<8}").parse().map_err(|_| MoneyError::NotANumber)?;
        let scaled =
            whole.checked_mul(Self::SCALE).and_then(|whole| whole.checked_add(decimals)).ok_or(MoneyError::Overflow)?;
        Self::from_scaled(scaled)
    }

    /// The amount in currency `to`, rounded half up (away from zero for a negative amount), R28.
    ///
    /// # Errors
    /// On overflow.
    pub fn convert(self, amount: Money, to: Currency) -> Result<Money, MoneyError> {
        let from = i128::from(amount.currency().scale()) * i128::from(Self::SCALE);
        let product = (i128::from(amount.minor()) * i128::from(self.scaled))
            .checked_mul(i128::from(to.scale()))
            .ok_or(MoneyError::Overflow)?;
        let magnitude =
            product.abs().checked_mul(2).and_then(|doubled| doubled.checked_add(from)).ok_or(MoneyError::Overflow)?
                / (2 * from);
        let minor = i64::try_from(magnitude * product.signum()).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::new(minor, to))
    }
}

impl TryFrom<i64> for Rate {
    type Error = MoneyError;

    fn try_from(scaled: i64) -> Result<Self, MoneyError> {
        Self::from_scaled(scaled)
    }
}

impl From<Rate> for i64 {
    fn from(rate: Rate) -> Self {
        rate.scaled
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.scaled / Self::SCALE, self.scaled % Self::SCALE);
        let decimals = format!("{rest:08}");
        let kept = decimals.trim_end_matches('0').len().max(4);
        write!(f, "{whole}.{}", &decimals[..kept])
    }
}
