//! Hours in which a person wants to be left alone.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use yuanlu_domain::time::Instant;

/// The zone of people who name none.
pub const ZONE: &str = "Asia/Shanghai";
const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// Quiet hours of every day, from a minute of the day to another, which may be of the next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    from: u16,
    until: u16,
    zone: String,
}

impl Quiet {
    /// Quiet hours; `None` when there are none, or the zone or a minute does not exist.
    pub fn new(from: u16, until: u16, zone: &str) -> Option<Self> {
        let known = TimeZone::get(zone).is_ok() && from < MINUTES_OF_A_DAY && until < MINUTES_OF_A_DAY;
        (known && from != until).then(|| Self { from, until, zone: zone.to_owned() })
    }

    /// The first minute of the day.
    pub fn from(&self) -> u16 {
        self.from
    }

    /// The first minute after it.
    pub fn until(&self) -> u16 {
        self.until
    }

    /// The zone.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The first instant from `now` on at which he may be disturbed.
    pub fn not_before(&self, now: Instant) -> Instant {
        let Some(local) = self.local(now) else { return now };
        if !self.covers(minute(&local)) {
            return now;
        }
        let today = minute(&local) < self.until;
        let date = if today { local.date() } else { local.date().tomorrow().unwrap_or(local.date()) };
        let (hour, rest) = (self.until / 60, self.until % 60);
        let time = Time::new(hour as i8, rest as i8, 0, 0).unwrap_or_default();
        let end = date.to_datetime(time).to_zoned(local.time_zone().clone());
        // Where a clock is put back, the end may come twice; the first one counts.
        end.map_or(now, |end| Instant::from_micros(end.timestamp().as_microsecond()).max(now))
    }

    /// Whether an instant lies in them.
    pub fn is_quiet(&self, at: Instant) -> bool {
        self.local(at).is_some_and(|local| self.covers(minute(&local)))
    }

    fn covers(&self, minute: u16) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }

    fn local(&self, at: Instant) -> Option<Zoned> {
        let zone = TimeZone::get(&self.zone).ok()?;
        Some(Timestamp::from_microsecond(at.micros()).ok()?.to_zoned(zone))
    }
}

fn minute(local: &Zoned) -> u16 {
    local.hour().unsigned_abs() as u16 * 60 + local.minute().unsigned_abs() as u16
}

/// A minute of the day as people write it: `22:30`.
pub fn read_minute(text: &str) -> Option<u16> {
    let (hour, rest) = text.trim().split_once(':')?;
    let (hour, rest): (u16, u16) = (hour.parse().ok()?, rest.get(..2)?.parse().ok()?);
    (hour < 24 && rest < 60).then_some(hour * 60 + rest)
}

/// The same the other way round.
pub fn minute_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        Instant::from_micros(text.parse::<Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn a_night_ends_in_the_morning() {
        let night = Quiet::new(22 * 60, 8 * 60, ZONE).unwrap();
        // 23:30 in Shanghai is 15:30 UTC; 08:00 there is midnight UTC.
        assert_eq!(night.not_before(at("2026-03-01T15:30:00Z")), at("2026-03-02T00:00:00Z"));
        assert_eq!(night.not_before(at("2026-03-01T20:00:00Z")), at("2026-03-02T00:00:00Z"));
        assert_eq!(night.not_before(at("2026-03-02T00:00:00Z")), at("2026-03-02T00:00:00Z"));
        assert_eq!(night.not_before(at("2026-03-02T13:59:59Z")), at("2026-03-02T13:59:59Z"));
        let noon = Quiet::new(12 * 60, 14 * 60, "Europe/Berlin").unwrap();
        assert_eq!(noon.not_before(at("2026-07-01T10:30:00Z")), at("2026-07-01T12:00:00Z"), "summer time");
        assert_eq!(noon.not_before(at("2026-12-01T11:30:00Z")), at("2026-12-01T13:00:00Z"), "winter time");
        assert_eq!(Quiet::new(60, 60, ZONE), None);
        assert_eq!(Quiet::new(0, 1440, ZONE), None);
        assert_eq!(Quiet::new(0, 60, "Moon/Crater"), None);
        assert_eq!((read_minute("22:30"), read_minute("24:00"), read_minute("7")), (Some(1350), None, None));
        assert_eq!(minute_text(485), "08:05");
    }

    proptest! {
        #[test]
        fn a_delayed_message_comes_after_the_quiet_and_within_a_day(
            from in 0..1440u16,
            until in 0..1440u16,
            // 2020 to 2035, years with and without summer time.
            seconds in 1_577_836_800i64..2_051_222_400,
            zone in prop::sample::select(vec![ZONE, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        ) {
            let now = Instant::from_micros(seconds * 1_000_000);
            let Some(quiet) = Quiet::new(from, until, zone) else { return Ok(()) };
            let then = quiet.not_before(now);
            prop_assert!(then >= now);
            prop_assert!(then.micros_since(now) <= 25 * 3_600_000_000);
            prop_assert_eq!(quiet.is_quiet(now), then != now || (quiet.is_quiet(now) && zone != ZONE));
            if zone == ZONE {
                // Without summer time nothing is in doubt.
                prop_assert!(!quiet.is_quiet(then));
                prop_assert_eq!(quiet.not_before(then), then);
            }
        }
    }
}
