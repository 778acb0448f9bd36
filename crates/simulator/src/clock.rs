//! Times as they are written in China.

use crate::bank::SECOND;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, offset};
use jiff::{Timestamp, Zoned};

fn zoned(at: i64) -> Zoned {
    Timestamp::from_microsecond(at).unwrap_or_default().to_zoned(TimeZone::fixed(offset(8)))
}

/// `2026-11-22T10:00:00+08:00`.
pub(crate) fn rfc3339(at: i64) -> String {
    zoned(at).strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// `2026-11-22 10:00:00`.
pub(crate) fn written(at: i64) -> String {
    zoned(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads an RFC 3339 time.
pub(crate) fn from_rfc3339(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// The first instant of a day (`2026-11-22`) and of the next one.
pub(crate) fn day(text: &str) -> Option<(i64, i64)> {
    let start = |date: Date| Some(DateTime::from(date).to_zoned(TimeZone::fixed(offset(8))).ok()?.timestamp());
    let date: Date = text.parse().ok()?;
    Some((start(date)?.as_microsecond(), start(date.tomorrow().ok()?)?.as_microsecond()))
}

/// Whole seconds since 1970.
pub(crate) fn seconds(at: i64) -> i64 {
    at.div_euclid(SECOND)
}
