use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::MoneyError;

/// The currencies an order can be priced in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Chinese yuan, counted in fen.
    Cny,
    /// United States dollar.
    Usd,
    /// Euro.
    Eur,
    /// Hong Kong dollar.
    Hkd,
    /// Japanese yen, which has no minor unit.
    Jpy,
}

impl Currency {
    /// Every currency, in a fixed order.
    pub const ALL: [Self; 5] = [Self::Cny, Self::Usd, Self::Eur, Self::Hkd, Self::Jpy];

    /// The ISO 4217 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Hkd => "HKD",
            Self::Jpy => "JPY",
        }
    }

    /// The sign written before an amount.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Cny => "¥",
            Self::Usd => "US$",
            Self::Eur => "€",
            Self::Hkd => "HK$",
            Self::Jpy => "JP¥",
        }
    }

    /// The number of decimals.
    #[must_use]
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Cny | Self::Usd | Self::Eur | Self::Hkd => 2,
            Self::Jpy => 0,
        }
    }

    /// How many minor units make one whole unit.
    #[must_use]
    pub const fn scale(self) -> i64 {
        10_i64.pow(self.exponent())
    }

    /// Reads an ISO 4217 code in capital letters.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for any other text.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        Self::ALL.into_iter().find(|currency| currency.code() == code).ok_or(MoneyError::UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Self::parse(code)
    }
}
