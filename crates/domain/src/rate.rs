//! Rates between the currency of an order and the currency of the books (R28).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money, MoneyError, Rate};

/// The currency in which the platform keeps its books.
pub const BOOKS: Currency = Currency::Cny;

/// For how many days a rate may stand in for the day's own: holidays have none.
pub const MOST_DAYS_OLD: i32 = 10;

/// What one unit of a foreign currency was worth in the books' currency on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRate {
    /// The rate.
    pub rate: Rate,
    /// The day it was published for.
    pub day: Date,
    /// Who published it, in a word or two.
    pub source: String,
}

impl DayRate {
    /// An amount in the books' currency, rounded half up.
    ///
    /// # Errors
    /// On overflow.
    pub fn value(&self, amount: Money) -> Result<i64, MoneyError> {
        self.rate.convert(amount, BOOKS).map(|money| money.minor())
    }
}
