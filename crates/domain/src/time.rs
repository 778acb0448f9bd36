//! Points in time: microseconds since 1970 UTC, read as Asia/Shanghai (R1). Nothing here reads a clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
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
        let at = self.nearest();
        SHANGHAI.to_offset(at).to_datetime(at)
    }

    /// `2026-11-22` in Shanghai.
    pub fn date_text(self) -> String {
        first(&self.plain_text(b' '), "2026-11-22".len())
    }

    /// `2026-11-22 10:00` in Shanghai.
    pub fn minute_text(self) -> String {
        first(&self.plain_text(b' '), "2026-11-22 10:00".len())
    }

    /// `2026-11-22T10:00:00+08:00`: what programs are told.
    pub fn to_rfc3339(self) -> InstantText {
        let mut text = self.plain_text(b'T');
        let offset = SHANGHAI.to_offset(self.nearest()).seconds();
        let minutes = offset.unsigned_abs() / 60;
        text.push(if offset < 0 { b'-' } else { b'+' });
        text.push_two(minutes / 60);
        text.push(b':');
        text.push_two(minutes % 60);
        text
    }

    /// `2026-11-22 10:00:00` in Shanghai, with whatever stands between date and time of day. The texts of a page are made of
    /// dozens of these, by hand in a tenth of the time of a general formatter.
    fn plain_text(self, between: u8) -> InstantText {
        let local = self.local();
        let mut text = InstantText { bytes: [0; LONGEST], length: 0 };
        if local.year() < 0 {
            text.push(b'-');
        }
        let year = u32::from(local.year().unsigned_abs());
        text.push_two(year / 100);
        text.push_two(year % 100);
        let parts = [local.month(), local.day(), local.hour(), local.minute(), local.second()];
        for (before, part) in [b'-', b'-', between, b':', b':'].into_iter().zip(parts) {
            text.push(before);
            text.push_two(part.unsigned_abs().into());
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
        f.write_str(&self.plain_text(b' '))
    }
}

const LONGEST: usize = "-9999-12-31T23:59:59+08:00".len();

/// An instant as text. Answers are full of them, so it takes nothing from the heap.
#[derive(Clone, Copy)]
pub struct InstantText {
    bytes: [u8; LONGEST],
    length: usize,
}

impl InstantText {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    /// The last two digits of a number.
    fn push_two(&mut self, number: u32) {
        self.push(b'0' + (number / 10 % 10) as u8);
        self.push(b'0' + (number % 10) as u8);
    }
}

impl Deref for InstantText {
    type Target = str;

    fn deref(&self) -> &str {
        self.bytes.get(..self.length).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }
}

impl fmt::Display for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

fn first(text: &str, length: usize) -> String {
    text.get(..length).unwrap_or(text).to_owned()
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
        assert_eq!(&*instant.to_rfc3339(), "2026-11-22T10:00:00+08:00");
        assert_eq!(instant.plus_hours(14).plus_micros(-1).to_string(), "2026-11-22 23:59:59");
        assert_eq!(instant.plus_hours(14), Instant::start_of(jiff::civil::date(2026, 11, 23)));
    }

    proptest::proptest! {
        #[test]
        fn texts_are_those_of_a_general_formatter(micros in 0_i64..253_402_000_000_000_000) {
            let instant = Instant(micros);
            let zoned = Timestamp::from_microsecond(micros).unwrap().to_zoned(SHANGHAI.clone());
            let told = |format: &str| zoned.strftime(format).to_string();
            proptest::prop_assert_eq!(&*instant.to_rfc3339(), told("%Y-%m-%dT%H:%M:%S%:z"));
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
