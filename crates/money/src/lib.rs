//! Amounts of money: integer minor units with a currency, rates, fees and splits.
//!
//! Nothing here rounds silently, wraps or uses a float: every operation that can leave the
//! range of `i64` or mix two currencies answers with a [`MoneyError`]. Where an amount has to
//! be rounded, the name of the function says which way.

mod amount;
mod currency;
mod error;
mod rate;
mod split;

pub use amount::Money;
pub use currency::Currency;
pub use error::MoneyError;
pub use rate::{BasisPoints, Rate, fee_floor, ratio_ceil};
pub use split::{split_by, split_cumulative};
