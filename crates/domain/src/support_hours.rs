//! When support answers people (客服时间): from when until when, on which days, and how long an answer may take within that.

use crate::calendar::{Calendar, Deadline};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

const MINUTES_OF_A_DAY: u16 = 24 * 60;
/// Days looked ahead for the next open hour; no rest is that long.
const LOOK_AHEAD: usize = 60;

/// The hours of support. Whoever asks outside of them is told when somebody is there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportHours {
    /// Minute of the day from which somebody is there.
    pub opens_minute: u16,
    /// Minute of the day from which nobody is there any more.
    pub closes_minute: u16,
    /// Only on working days.
    pub working_days_only: bool,
    /// Minutes within the hours in which a question is answered.
    pub answer_minutes: u32,
    /// Hours after which a conversation ends in which whoever asked says nothing more.
    pub idle_hours: u32,
}

impl Default for SupportHours {
    fn default() -> Self {
        Self {
            opens_minute: 9 * 60,
            closes_minute: 21 * 60,
            working_days_only: false,
            answer_minutes: 30,
            idle_hours: 24,
        }
    }
}

impl SupportHours {
    /// The name of what is not as it must be: the day must have an open hour, and every wait an end.
    pub fn wrong(&self) -> Option<&'static str> {
        match self {
            Self { opens_minute, .. } if *opens_minute >= MINUTES_OF_A_DAY => Some("opens"),
            Self { opens_minute, closes_minute, .. }
                if closes_minute <= opens_minute || *closes_minute > MINUTES_OF_A_DAY =>
            {
                Some("closes")
            }
            Self { answer_minutes, .. } if !(1..=24 * 60).contains(answer_minutes) => Some("answer_minutes"),
            Self { idle_hours, .. } if !(1..=24 * 14).contains(idle_hours) => Some("idle_hours"),
            _ => None,
        }
    }

    /// Whether somebody is there.
    pub fn is_open(&self, calendar: &Calendar, now: Instant) -> bool {
        self.spans(calendar, now).next().is_some_and(|(from, _, _)| from <= now)
    }

    /// When somebody is there next; now, if somebody is.
    pub fn opens_at(&self, calendar: &Calendar, now: Instant) -> Option<Instant> {
        self.spans(calendar, now).next().map(|(from, _, _)| from.max(now))
    }

    /// Until when a question that is asked now is answered: only open hours count.
    pub fn answer_due(&self, calendar: &Calendar, now: Instant) -> Deadline {
        self.due_after(calendar, now, self.answer_minutes)
    }

    /// Until when it is answered after administrators were told so often that it was not: each time they have twice as long
    /// before they are told again, at most sixteen times as long as the first answer takes. Nobody reads a notice that comes
    /// every half hour.
    pub fn reminder_due(&self, calendar: &Calendar, now: Instant, told: u32) -> Deadline {
        self.due_after(calendar, now, self.answer_minutes << told.min(4))
    }

    fn due_after(&self, calendar: &Calendar, now: Instant, minutes: u32) -> Deadline {
        let mut left = i64::from(minutes) * 60_000_000;
        let mut last = now;
        let mut provisional = false;
        for (from, until, uncertain) in self.spans(calendar, now) {
            let from = from.max(now);
            provisional |= uncertain;
            last = until;
            let open = until.micros_since(from);
            if left <= open {
                last = from.plus_micros(left);
                break;
            }
            left -= open;
        }
        Deadline { too_late_from: last.plus_micros(1), provisional, calendar: calendar.version().to_owned() }
    }

    /// Until when whoever asked may go on.
    pub fn idle_until(&self, calendar: &Calendar, now: Instant) -> Deadline {
        calendar.hours_after(now, self.idle_hours)
    }

    /// Open spans that are not over, soonest first, and whether the calendar may still move them.
    fn spans<'a>(
        &'a self,
        calendar: &'a Calendar,
        now: Instant,
    ) -> impl Iterator<Item = (Instant, Instant, bool)> + 'a {
        let days = std::iter::successors(Some(now.date()), |day| day.tomorrow().ok()).take(LOOK_AHEAD);
        days.filter_map(move |date| {
            let day = calendar.is_working_day(date);
            if self.working_days_only && !day.working {
                return None;
            }
            let start = Instant::start_of(date);
            let (from, until) = (self.opens_minute, self.closes_minute);
            let span = (start.plus_minutes(from.into()), start.plus_minutes(until.into()));
            (now < span.1).then_some((span.0, span.1, self.working_days_only && day.provisional))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i8, hour: i8, minute: i8) -> Instant {
        Instant::from_shanghai(2026, 3, day, hour, minute, 0)
    }

    #[test]
    fn only_open_hours_count() {
        let calendar = Calendar::builtin();
        let hours = SupportHours { working_days_only: true, ..SupportHours::default() };
        // Friday 13 March 2026: asked at 20:50, twenty minutes are left for Monday.
        for (asked, opens, due) in [
            (at(10, 10, 0), at(10, 10, 0), at(10, 10, 30)),
            (at(10, 3, 0), at(10, 9, 0), at(10, 9, 30)),
            (at(10, 21, 0), at(11, 9, 0), at(11, 9, 30)),
            (at(13, 20, 50), at(13, 20, 50), at(16, 9, 20)),
            (at(14, 12, 0), at(16, 9, 0), at(16, 9, 30)),
        ] {
            assert_eq!(hours.opens_at(calendar, asked), Some(opens), "{asked}");
            assert_eq!(hours.is_open(calendar, asked), opens == asked, "{asked}");
            assert_eq!(hours.answer_due(calendar, asked).last_instant(), due, "{asked}");
        }
        let daily = SupportHours::default();
        assert_eq!(daily.answer_due(calendar, at(14, 12, 0)).last_instant(), at(14, 12, 30));
        assert_eq!(daily.idle_until(calendar, at(14, 12, 0)).last_instant(), at(15, 12, 0));
        for (told, due) in [(0, at(14, 12, 30)), (1, at(14, 13, 0)), (4, at(14, 20, 0)), (40, at(14, 20, 0))] {
            assert_eq!(daily.reminder_due(calendar, at(14, 12, 0), told).last_instant(), due, "{told}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let usual = SupportHours::default();
        assert_eq!(usual.wrong(), None);
        assert_eq!(SupportHours { opens_minute: 1440, ..usual.clone() }.wrong(), Some("opens"));
        assert_eq!(SupportHours { closes_minute: 540, ..usual.clone() }.wrong(), Some("closes"));
        assert_eq!(SupportHours { closes_minute: 1441, ..usual.clone() }.wrong(), Some("closes"));
        assert_eq!(SupportHours { answer_minutes: 0, ..usual.clone() }.wrong(), Some("answer_minutes"));
        assert_eq!(SupportHours { idle_hours: 400, ..usual }.wrong(), Some("idle_hours"));
    }
}
