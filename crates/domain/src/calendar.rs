//! Working days and deadlines by the statutory Chinese calendar, which is data with a version (R1–R4).

use crate::time::Instant;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// The calendar that comes with the program.
static BUILTIN: LazyLock<Calendar> = LazyLock::new(|| {
    Calendar::load(include_str!("../data/calendar.json")).expect("the calendar inside the program is valid")
});

/// Until when something is in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The first instant that is too late.
    pub too_late_from: Instant,
    /// Counted over a year whose calendar is not published yet: shown as such, and no adverse step rests on it (R3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The calendar that made it.
    pub calendar: String,
}

impl Deadline {
    /// Whether an act at `now` is in time.
    pub fn is_in_time(&self, now: Instant) -> bool {
        now < self.too_late_from
    }

    /// Whether the time is over at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        !self.is_in_time(now)
    }

    /// The last instant that is in time. A day's 24:00 reads as its 23:59:59.
    pub fn last_instant(&self) -> Instant {
        self.too_late_from.plus_micros(-1)
    }
}

/// The last instant that is in time, in Shanghai.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.last_instant().fmt(f)
    }
}

/// What the calendar says about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whether it is a working day.
    pub working: bool,
    /// Whether that may still change, since the year's calendar is not published yet.
    pub provisional: bool,
}

/// Which days are working days, year by year.
#[derive(Clone, Debug)]
pub struct Calendar {
    version: String,
    years: BTreeMap<i16, Year>,
}

#[derive(Clone, Debug)]
struct Year {
    provisional: bool,
    notice: String,
    /// One per day of the year, from 1 January.
    working: Vec<bool>,
}

impl Calendar {
    /// The calendar that comes with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads and checks a calendar.
    ///
    /// # Errors
    /// Names the first thing that is wrong, with its year.
    pub fn load(json: &str) -> Result<Self, CalendarError> {
        let file: File = serde_json::from_str(json).map_err(|error| CalendarError(error.to_string()))?;
        if file.version.is_empty() || file.years.is_empty() {
            return Err(CalendarError("needs a version and at least one year".into()));
        }
        let mut years = BTreeMap::new();
        for year in file.years {
            let number = year.year;
            let checked = year.check().map_err(|what| CalendarError(format!("year {number}: {what}")))?;
            let follows = years.last_key_value().is_none_or(|(last, _)| number == last + 1);
            if !follows {
                return Err(CalendarError(format!("year {number}: years must follow each other")));
            }
            years.insert(number, checked);
        }
        Ok(Self { version: file.version, years })
    }

    /// The same with one more year, or with another text of a year it has; `json` is one year as in a calendar.
    ///
    /// # Errors
    /// Names the first thing that is wrong.
    pub fn with_year(&self, json: &str) -> Result<Self, CalendarError> {
        let year: YearFile = serde_json::from_str(json).map_err(|error| CalendarError(error.to_string()))?;
        let number = year.year;
        let checked = year.check().map_err(|what| CalendarError(format!("year {number}: {what}")))?;
        let mut with = self.clone();
        with.years.insert(number, checked);
        let (first, last) = (with.years.keys().next(), with.years.keys().next_back());
        if first.zip(last).is_some_and(|(first, last)| usize::from(last.abs_diff(*first)) >= with.years.len()) {
            return Err(CalendarError(format!("year {number}: years must follow each other")));
        }
        with.version = format!("{}+{number}", self.version);
        Ok(with)
    }

    /// Stored with every deadline.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The last year whose calendar is published.
    pub fn last_official_year(&self) -> Option<i16> {
        self.years.iter().rev().find(|(_, year)| !year.provisional).map(|(number, _)| *number)
    }

    /// The text of the notice a year rests on.
    pub fn notice(&self, year: i16) -> Option<&str> {
        self.years.get(&year).map(|year| year.notice.as_str())
    }

    /// Whether a day is a working day. Years without data count Monday to Friday, provisionally.
    pub fn is_working_day(&self, date: Date) -> Day {
        let known = self.years.get(&date.year());
        let listed = known.and_then(|year| year.working.get(date.day_of_year() as usize - 1));
        Day {
            working: listed.copied().unwrap_or(!is_weekend(date)),
            provisional: known.is_none_or(|year| year.provisional),
        }
    }

    /// On a rest day, when the next working day begins.
    pub fn next_working_day(&self, now: Instant) -> Option<Instant> {
        let mut day = now.date();
        if self.is_working_day(day).working {
            return None;
        }
        while !self.is_working_day(day).working {
            day = day.tomorrow().ok()?;
        }
        Some(Instant::start_of(day))
    }

    /// `hours` full hours, through rest days; the last instant itself is in time (R2).
    pub fn hours_after(&self, start: Instant, hours: u32) -> Deadline {
        self.deadline(start.plus_hours(i64::from(hours)).plus_micros(1), false)
    }

    /// The start day excluded, until 24:00 of the `days`-th working day (R3).
    pub fn working_days_after(&self, start: Instant, days: u32) -> Deadline {
        let mut last = start.date();
        let mut provisional = false;
        let mut left = days;
        while left > 0 {
            let Ok(next) = last.tomorrow() else { break };
            let day = self.is_working_day(next);
            provisional |= day.provisional;
            left -= u32::from(day.working);
            last = next;
        }
        self.end_of(last, provisional)
    }

    /// The start day excluded, until 24:00 of the `days`-th day, or of the next working day after it if that day is
    /// a rest day (R4).
    pub fn natural_days_after(&self, start: Instant, days: u32) -> Deadline {
        let span = jiff::Span::new().try_days(days);
        let mut last = span.and_then(|span| start.date().checked_add(span)).unwrap_or(Date::MAX);
        let mut day = self.is_working_day(last);
        let mut provisional = day.provisional;
        while !day.working {
            let Ok(next) = last.tomorrow() else { break };
            last = next;
            day = self.is_working_day(last);
            provisional |= day.provisional;
        }
        self.end_of(last, provisional)
    }

    /// The start day excluded, until 24:00 of the `days`-th day, be it a rest day or not: for plans, not for rights.
    pub fn plain_days_after(&self, start: Instant, days: u32) -> Deadline {
        let span = jiff::Span::new().try_days(days);
        self.end_of(span.and_then(|span| start.date().checked_add(span)).unwrap_or(Date::MAX), false)
    }

    fn end_of(&self, date: Date, provisional: bool) -> Deadline {
        self.deadline(Instant::start_of(date.tomorrow().unwrap_or(Date::MAX)), provisional)
    }

    fn deadline(&self, too_late_from: Instant, provisional: bool) -> Deadline {
        Deadline { too_late_from, provisional, calendar: self.version.clone() }
    }
}

/// Why a calendar is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarError(String);

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calendar: {}", self.0)
    }
}

impl std::error::Error for CalendarError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    years: Vec<YearFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i16,
    status: Status,
    notice: String,
    holidays: Vec<Holiday>,
    make_up_working_days: Vec<Date>,
    /// The count published for the year, against typing errors.
    working_days: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Official,
    Provisional,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    zh: String,
    en: String,
    from: Date,
    to: Date,
}

impl YearFile {
    fn check(self) -> Result<Year, String> {
        if self.notice.trim().is_empty() {
            return Err("needs the text of its notice".into());
        }
        let rest = self.rest_days()?;
        let made_up = self.made_up_days(&rest)?;
        let first = Date::new(self.year, 1, 1).map_err(|error| error.to_string())?;
        let working: Vec<bool> = first
            .series(1.day())
            .take_while(|date| date.year() == self.year)
            .map(|date| made_up.contains(&date) || !(is_weekend(date) || rest.contains(&date)))
            .collect();
        let counted = working.iter().filter(|working| **working).count();
        match (self.status, self.working_days) {
            (Status::Official, Some(said)) if said != counted => {
                Err(format!("says {said} working days, its dates make {counted}"))
            }
            (Status::Official, None) => Err("an official year states its number of working days".into()),
            (Status::Provisional, Some(_)) => Err("a provisional year cannot know its number of working days".into()),
            _ => Ok(Year { provisional: self.status == Status::Provisional, notice: self.notice, working }),
        }
    }

    fn rest_days(&self) -> Result<BTreeSet<Date>, String> {
        let mut rest = BTreeSet::new();
        for Holiday { zh, en, from, to } in &self.holidays {
            let named = format!("holiday `{zh}` ({en})");
            if from > to || from.year() != self.year || to.year() != self.year {
                return Err(format!("{named} must begin before it ends, inside the year"));
            }
            for date in from.series(1.day()).take_while(|date| date <= to) {
                if !rest.insert(date) {
                    return Err(format!("{named} overlaps another on {date}"));
                }
            }
        }
        Ok(rest)
    }

    fn made_up_days(&self, rest: &BTreeSet<Date>) -> Result<BTreeSet<Date>, String> {
        let mut made_up = BTreeSet::new();
        for date in &self.make_up_working_days {
            if date.year() != self.year || !is_weekend(*date) || rest.contains(date) {
                return Err(format!("make-up day {date} must be a Saturday or Sunday of the year outside of holidays"));
            }
            if !made_up.insert(*date) {
                return Err(format!("make-up day {date} is listed twice"));
            }
        }
        Ok(made_up)
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests;
