use std::fmt;

use crate::Currency;

/// Why an amount could not be computed or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// The result does not fit into 64 bits.
    Overflow,
    /// Two amounts of different currencies met.
    CurrencyMismatch {
        /// The currency of the left operand.
        left: Currency,
        /// The currency of the right operand.
        right: Currency,
    },
    /// The text is not a plain decimal number.
    NotANumber,
    /// The text or value is negative where only zero and more makes sense.
    Negative,
    /// The text has more decimals than the currency.
    TooPrecise {
        /// How many decimals the currency has.
        allowed: u32,
    },
    /// The currency code is not one of those handled.
    UnknownCurrency,
    /// A share, fee or rate lies outside of its meaningful range.
    OutOfRange,
    /// There is nothing to split by: every weight is zero.
    NoWeight,
    /// More is to be handed back than the tenders hold.
    ExceedsTenders,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("amount is too large"),
            Self::CurrencyMismatch { left, right } => {
                write!(f, "amounts of different currencies: {left} and {right}")
            }
            Self::NotANumber => f.write_str("not an amount: write digits such as `12.34`"),
            Self::Negative => f.write_str("amount is negative"),
            Self::TooPrecise { allowed: 0 } => f.write_str("this currency has no decimals"),
            Self::TooPrecise { allowed } => write!(f, "at most {allowed} decimals are allowed"),
            Self::UnknownCurrency => f.write_str("unknown currency"),
            Self::OutOfRange => f.write_str("share or rate is out of range"),
            Self::NoWeight => f.write_str("nothing to split by: all weights are zero"),
            Self::ExceedsTenders => f.write_str("more than the tenders hold"),
        }
    }
}

impl std::error::Error for MoneyError {}
