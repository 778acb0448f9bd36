//! What foreign currencies were worth in the books' currency, day by day (R28).

use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::rate::DayRate;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Rate};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "day_rate",
    columns: &[text("currency"), text("day"), int("rate"), text("source"), text("entered_by"), int("entered_at")],
    key: "currency, day",
    large_rows: false,
    indexes: &[],
    since: 3,
}];

crate::statements! {
    PUT = "insert into day_rate (currency, day, rate, source, entered_by, entered_at) values ($1, $2, $3, $4, $5, $6) \
           on conflict (currency, day) do update set rate = excluded.rate, source = excluded.source, \
           entered_by = excluded.entered_by, entered_at = excluded.entered_at";
    LATEST = "select day, rate, source from day_rate where currency = $1 and day >= $2 and day <= $3 \
              order by day desc limit 1";
    LIST = "select currency, day, rate, source from day_rate order by day desc, currency limit $1";
}

/// Writes the rate of a day, in place of what was there.
pub fn put(tx: &Tx<'_>, currency: Currency, rate: &DayRate, by: &AccountId, now: Instant) -> Result<()> {
    let args = params![currency.code(), rate.day.to_string(), rate.rate.scaled(), &rate.source, by, now];
    tx.execute_one(&PUT, &args)
}

/// The rate of the last day, from `oldest` to `today`, for which there is one. Days are `2026-12-31`.
pub fn latest(db: &impl Read, currency: Currency, oldest: &str, today: &str) -> Result<Option<DayRate>> {
    db.query_one(&LATEST, &params![currency.code(), oldest, today], |row| day_rate(row, 0))
}

/// The newest rates.
pub fn list(db: &impl Read, most: i64) -> Result<Vec<(Currency, DayRate)>> {
    db.query(&LIST, &params![most], |row| Ok((row.code(0, |code| Currency::parse(code).ok())?, day_rate(row, 1)?)))
}

fn day_rate(row: &crate::Row<'_>, first: usize) -> Result<DayRate> {
    Ok(DayRate {
        day: row.code(first, |text| text.parse().ok())?,
        rate: Rate::from_scaled(row.int(first + 1)?).map_err(|_| StorageError::inconsistent("day_rate", "rate"))?,
        source: row.text(first + 2)?,
    })
}
