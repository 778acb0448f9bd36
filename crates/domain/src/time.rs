//! Points in time: microseconds since 1970 UTC, read as Asia/Shanghai (R1). Nothing here reads a clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// The zone in which every date is reckoned. Taken from the data inside the program, so that no server's own zone
/// files can move a deadline.
static SHANGHAI: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZoneDatabase::bundled().get("Asia/Shanghai").expect("the bundled zone data holds Asia/Shanghai")
});

/// A point in time, in microseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// The point `micros` microseconds after 1970 UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970 UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// A date and time of day in Shanghai, for literals.
    ///
    /// # Panics
    /// When there is no such date or time of day. Text from outside goes through [`Instant::parse_shanghai`].
    pub fn from_shanghai(year: i16, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> Self {
        let local = DateTime::new(year, month, day, hour, minute, second, 0).expect("a date and time that exists");
        Self::from_local(local)
    }

    /// Reads `2026-11-22 10:00:00`, `2026-11-22T10:00` or `2026-11-22` (its first instant) as Shanghai time.
    pub fn parse_shanghai(text: &str) -> Option<Self> {
        text.parse::<DateTime>().ok().map(Self::from_local)
    }

    /// The first instant of a day in Shanghai.
    pub fn start_of(date: Date) -> Self {
        Self::from_local(date.into())
    }

    /// The date in Shanghai.
    pub fn date(self) -> Date {
        self.local().date()
    }

    /// Date and time of day in Shanghai.
    pub fn local(self) -> DateTime {
        SHANGHAI.to_datetime(self.nearest())
    }

    /// `2026-11-22` in Shanghai.
    pub fn date_text(self) -> String {
        let mut text = self.plain_text(' ');
        text.truncate("2026-11-22".len());
        text
    }

    /// `2026-11-22 10:00` in Shanghai.
    pub fn minute_text(self) -> String {
        let mut text = self.plain_text(' ');
        text.truncate("2026-11-22 10:00".len());
        text
    }

    /// `2026-11-22T10:00:00+08:00`: what programs are told.
    pub fn to_rfc3339(self) -> String {
        let mut text = self.plain_text('T');
        let offset = SHANGHAI.to_offset(self.nearest()).seconds();
        let (sign, offset) = (if offset < 0 { '-' } else { '+' }, offset.abs());
        text.push(sign);
        push_digits(&mut text, offset / 3600, 2);
        text.push(':');
        push_digits(&mut text, offset / 60 % 60, 2);
        text
    }

    /// `2026-11-22 10:00:00` in Shanghai, with whatever stands between date and time of day. The texts of a page are made of
    /// dozens of these, by hand in a tenth of the time of a general formatter.
    fn plain_text(self, between: char) -> String {
        let local = self.local();
        let mut text = String::with_capacity("2026-11-22T10:00:00+08:00".len());
        let parts = [local.month(), local.day(), local.hour(), local.minute(), local.second()];
        push_digits(&mut text, i32::from(local.year()), 4);
        for (before, part) in ['-', '-', between, ':', ':'].into_iter().zip(parts) {
            text.push(before);
            push_digits(&mut text, i32::from(part), 2);
        }
        text
    }

    fn nearest(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(match self.0 < 0 {
            true => Timestamp::MIN,
            false => Timestamp::MAX,
        })
    }

    /// Later by microseconds; stays at the end of time instead of overflowing.
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Later by seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Later by minutes.
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_seconds(minutes.saturating_mul(60))
    }

    /// Later by hours.
    pub const fn plus_hours(self, hours: i64) -> Self {
        self.plus_seconds(hours.saturating_mul(3600))
    }

    /// Later by days of 24 hours.
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_hours(days.saturating_mul(24))
    }

    /// Microseconds since an earlier point; negative if it is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn from_local(local: DateTime) -> Self {
        // Only the last hours of the year 9999 and their like in the past have no timestamp.
        let nearest = SHANGHAI.to_timestamp(local).unwrap_or(match local.year() < 0 {
            true => Timestamp::MIN,
            false => Timestamp::MAX,
        });
        Self(nearest.as_microsecond())
    }
}

/// `2026-11-22 10:00:00` in Shanghai.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain_text(' '))
    }
}

/// A number with at least so many digits.
fn push_digits(text: &mut String, number: i32, digits: u32) {
    if number < 0 {
        text.push('-');
    }
    let number = number.unsigned_abs();
    for place in (0..digits).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        text.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_shanghai_time() {
        let instant = Instant::from_shanghai(2026, 11, 22, 10, 0, 0);
        assert_eq!(instant.micros(), 1_795_312_800_000_000);
        assert_eq!(instant.to_string(), "2026-11-22 10:00:00");
        assert_eq!(instant.date_text(), "2026-11-22");
        assert_eq!(instant.minute_text(), "2026-11-22 10:00");
        assert_eq!(instant.to_rfc3339(), "2026-11-22T10:00:00+08:00");
        assert_eq!(instant.plus_hours(14).plus_micros(-1).to_string(), "2026-11-22 23:59:59");
        assert_eq!(instant.plus_hours(14), Instant::start_of(jiff::civil::date(2026, 11, 23)));
    }

    proptest::proptest! {
        #[test]
        fn texts_are_those_of_a_general_formatter(micros in 0_i64..253_402_000_000_000_000) {
            let instant = Instant(micros);
            let zoned = Timestamp::from_microsecond(micros).unwrap().to_zoned(SHANGHAI.clone());
            let told = |format: &str| zoned.strftime(format).to_string();
            proptest::prop_assert_eq!(instant.to_rfc3339(), told("%Y-%m-%dT%H:%M:%S%:z"));
            proptest::prop_assert_eq!(instant.to_string(), told("%Y-%m-%d %H:%M:%S"));
            proptest::prop_assert_eq!(instant.minute_text(), told("%Y-%m-%d %H:%M"));
            proptest::prop_assert_eq!(instant.date_text(), told("%Y-%m-%d"));
        }
    }

    #[test]
    fn reads_shanghai_time() {
        let instant = Instant::from_shanghai(2026, 11, 22, 10, 0, 0);
        assert_eq!(Instant::parse_shanghai("2026-11-22 10:00:00"), Some(instant));
        assert_eq!(Instant::parse_shanghai("2026-11-22T10:00"), Some(instant));
        assert_eq!(Instant::parse_shanghai("2026-11-22"), Some(instant.plus_hours(-10)));
        for junk in ["", "2026-02-30", "22.11.2026", "2026-11-22 25:00:00"] {
            assert_eq!(Instant::parse_shanghai(junk), None, "{junk:?}");
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for edge in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX].map(Instant) {
            let _ = (edge.to_string(), edge.to_rfc3339(), edge.date(), edge.plus_days(i64::MAX), edge.plus_days(-1));
            let _ = Instant::start_of(edge.date());
        }
    }
}
