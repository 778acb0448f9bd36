use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    Instant::parse_shanghai(text).expect("a time")
}

/// The instant of 24:00 of a day.
fn end(day: &str) -> Instant {
    at(day).plus_days(1)
}

fn official() -> &'static Calendar {
    Calendar::builtin()
}

#[test]
fn working_days_per_year() {
    for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
        let days = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
        let statuses: Vec<Day> = days.map(|day| official().is_working_day(day)).collect();
        assert_eq!(statuses.iter().filter(|day| day.working).count(), expected, "{year}");
        assert!(statuses.iter().all(|day| !day.provisional), "{year}");
    }
    assert_eq!(official().last_official_year(), Some(2026));
}

#[test]
fn days_that_are_easily_got_wrong() {
    let working = |y, m, d| official().is_working_day(date(y, m, d)).working;
    assert!(working(2024, 2, 9), "the eve of 2024 was a working day");
    assert!(working(2026, 3, 8) == working(2026, 3, 7), "8 March 2026 is an ordinary Sunday");
    assert!(!working(2026, 5, 4) && working(2026, 6, 1));
    assert!(working(2026, 10, 10), "make-up Saturday");
    assert!(working(2026, 2, 14) && working(2026, 2, 28));
    let new_year = official().is_working_day(date(2027, 1, 1));
    assert_eq!(new_year, Day { working: false, provisional: true });
    let unknown = official().is_working_day(date(2031, 1, 1));
    assert_eq!(unknown, Day { working: true, provisional: true });
}

/// P07: hours run through the holiday; the last instant is in time, the next one is not.
#[test]
fn p07_seller_hours_run_through_holidays() {
    let due = official().hours_after(at("2026-09-30 18:00:00"), 24);
    assert!(due.is_in_time(at("2026-10-01 18:00:00")));
    assert!(due.is_over(at("2026-10-01 18:00:00").plus_micros(1)));
    assert_eq!(due.to_string(), "2026-10-01 18:00:00");
}

/// P08: objection one second before the end; review is due on 8 May although 3–5 May are holidays.
#[test]
fn p08_objection_in_time_then_review() {
    let objected = at("2026-05-04 07:59:59");
    assert!(official().hours_after(at("2026-05-03 08:00:00"), 24).is_in_time(objected));
    assert_eq!(official().working_days_after(objected, 3).too_late_from, end("2026-05-08"));
}

/// P09: the holiday is skipped and make-up Saturday 10 October counts.
#[test]
fn p09_review_over_national_day() {
    let due = official().working_days_after(at("2026-09-30 17:00"), 3);
    assert_eq!(due.too_late_from, end("2026-10-10"));
    assert_eq!(due.to_string(), "2026-10-10 23:59:59");
    assert!(!due.provisional);
}

/// P10 and P11: seven working days over the Spring Festival, to the second.
#[test]
fn p10_p11_appeal_over_spring_festival() {
    let due = official().working_days_after(at("2026-02-13 09:00"), 7);
    assert!(due.is_in_time(at("2026-03-02 23:59:59")));
    assert!(due.is_over(at("2026-03-03 00:00:00")));
}

/// P12: a window ending on a holiday moves to the next working day.
#[test]
fn p12_window_ends_on_a_holiday() {
    let window = official().natural_days_after(at("2026-04-27 21:30"), 7);
    assert!(window.is_in_time(at("2026-05-06 22:00")));
    assert_eq!(window.too_late_from, end("2026-05-06"));
}

/// P13: the day of completion does not count.
#[test]
fn p13_window_to_the_second() {
    let window = official().natural_days_after(at("2026-03-01 00:00:01"), 15);
    assert!(window.is_in_time(at("2026-03-16 23:59:59")));
    assert!(window.is_over(at("2026-03-16 23:59:59").plus_seconds(1)));
}

/// P27: Dragon Boat Festival lies between.
#[test]
fn p27_supplement_over_dragon_boat_festival() {
    let due = official().working_days_after(at("2026-06-18 10:00"), 3);
    assert_eq!(due.too_late_from, at("2026-06-25 00:00:00"));
}

/// P28: a complaint over the Spring Festival of 2025, with make-up Sunday 26 January.
#[test]
fn p28_complaint_over_spring_festival() {
    let due = official().working_days_after(at("2025-01-24 12:00"), 5);
    assert_eq!(due.too_late_from, end("2025-02-07"));
}

/// P30: seven working days over Labour Day.
#[test]
fn p30_agency_answer() {
    let received = at("2026-04-30 10:00");
    assert_eq!(official().working_days_after(received, 7).too_late_from, end("2026-05-13"));
}

#[test]
fn seven_working_days_over_national_day() {
    let due = official().working_days_after(at("2026-09-30 00:00"), 7);
    assert_eq!(due.too_late_from, end("2026-10-15"));
}

/// P01: Tuesday's wallet refund is typically there by Thursday.
#[test]
fn p01_typical_arrival() {
    assert_eq!(official().working_days_after(at("2026-03-10 10:05"), 2).too_late_from, end("2026-03-12"));
}

#[test]
fn a_deadline_into_an_unpublished_year_is_provisional() {
    let late = at("2026-12-29 10:00");
    assert!(!official().working_days_after(late, 2).provisional);
    assert!(official().working_days_after(late, 3).provisional);
    assert!(official().natural_days_after(late, 15).provisional);
    assert!(!official().hours_after(late, 24 * 30).provisional);
}

#[test]
fn stored_form_is_short() {
    let due = official().hours_after(Instant(0), 1);
    let text = serde_json::to_string(&due).expect("plain data");
    assert_eq!(text, r#"{"too_late_from":3600000001,"calendar":"cn-2026.1"}"#);
    assert_eq!(serde_json::from_str::<Deadline>(&text).expect("own text"), due);
}

/// A year with one thing replaced, and the complaint about it.
#[test]
fn faulty_calendars_are_refused() {
    let good = r#"{"version":"x","years":[{"year":2026,"status":"official","notice":"n","holidays":[
        {"zh":"元旦","en":"New Year","from":"2026-01-01","to":"2026-01-03"}],"make_up_working_days":["2026-01-04"],"working_days":260}]}"#;
    Calendar::load(good).expect("good");
    for (from, to, complaint) in [
        (r#""version":"x""#, r#""version":"""#, "needs a version"),
        ("260", "261", "its dates make 260"),
        (r#","working_days":260"#, "", "states its number"),
        (r#""official""#, r#""provisional""#, "cannot know"),
        (r#""to":"2026-01-03""#, r#""to":"2025-12-31""#, "begin before it ends"),
        (r#""2026-01-04""#, r#""2026-01-05""#, "2026-01-05 must be a Saturday"),
        (r#""2026-01-04""#, r#""2026-01-03""#, "2026-01-03 must be a Saturday"),
        (r#""2026-01-04""#, r#""2026-01-04","2026-01-04""#, "listed twice"),
        (r#""2026-01-04""#, r#""2026-02-30""#, "calendar: "),
        (r#""notice":"n""#, r#""notice":" ""#, "text of its notice"),
        (r#""year":2026,"#, r#""year":2026,"guess":1,"#, "unknown field"),
    ] {
        let error = Calendar::load(&good.replacen(from, to, 1)).expect_err(complaint).to_string();
        assert!(error.contains(complaint), "{error}");
    }
}

/// The rules once more, in the most naive way: walk from day to day and ask the lists.
mod naive {
    use super::*;

    fn ranges(year: i16) -> Vec<((i8, i8), (i8, i8))> {
        match year {
            2024 => vec![
                ((1, 1), (1, 1)),
                ((2, 10), (2, 17)),
                ((4, 4), (4, 6)),
                ((5, 1), (5, 5)),
                ((6, 10), (6, 10)),
                ((9, 15), (9, 17)),
                ((10, 1), (10, 7)),
            ],
            2025 => vec![
                ((1, 1), (1, 1)),
                ((1, 28), (2, 4)),
                ((4, 4), (4, 6)),
                ((5, 1), (5, 5)),
                ((5, 31), (6, 2)),
                ((10, 1), (10, 8)),
            ],
            2026 => vec![
                ((1, 1), (1, 3)),
                ((2, 15), (2, 23)),
                ((4, 4), (4, 6)),
                ((5, 1), (5, 5)),
                ((6, 19), (6, 21)),
                ((9, 25), (9, 27)),
                ((10, 1), (10, 7)),
            ],
            2027 => vec![
                ((1, 1), (1, 1)),
                ((2, 5), (2, 8)),
                ((4, 5), (4, 5)),
                ((5, 1), (5, 2)),
                ((6, 9), (6, 9)),
                ((9, 15), (9, 15)),
                ((10, 1), (10, 3)),
            ],
            _ => vec![],
        }
    }

    fn make_up(year: i16) -> &'static [(i8, i8)] {
        match year {
            2024 => &[(2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)],
            2025 => &[(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)],
            2026 => &[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)],
            _ => &[],
        }
    }

    pub fn is_working(day: Date) -> bool {
        let key = (day.month(), day.day());
        if make_up(day.year()).contains(&key) {
            return true;
        }
        let holiday = ranges(day.year()).iter().any(|(from, to)| *from <= key && key <= *to);
        !holiday && day.weekday().to_monday_one_offset() <= 5
    }

    pub fn is_published(day: Date) -> bool {
        (2024..=2026).contains(&day.year())
    }
}

proptest! {
    #[test]
    fn agrees_with_the_naive_day(offset in 0..1826_i64) {
        let day = date(2024, 1, 1).checked_add(offset.days()).expect("in range");
        let expected = Day { working: naive::is_working(day), provisional: !naive::is_published(day) };
        prop_assert_eq!(official().is_working_day(day), expected);
    }

    /// Working days: exactly `n` of them lie after the start day and before the deadline, and its last day is one.
    #[test]
    fn working_days_agree_with_counting(seconds in 0..94_608_000_i64, n in 1..40_u32) {
        let start = at("2024-01-01").plus_seconds(seconds);
        let due = official().working_days_after(start, n);
        let last = due.last_instant().date();
        let days: Vec<Date> = start.date().tomorrow().expect("in range").series(1.day()).take_while(|day| *day <= last).collect();
        prop_assert_eq!(days.iter().filter(|day| naive::is_working(**day)).count(), n as usize);
        prop_assert!(naive::is_working(last));
        prop_assert_eq!(due.provisional, days.iter().any(|day| !naive::is_published(*day)));
        prop_assert_eq!(due.too_late_from, Instant::start_of(last.tomorrow().expect("in range")));
    }

    /// Natural days: not before day `n`, on a working day, and only rest days in between.
    #[test]
    fn natural_days_agree_with_counting(seconds in 0..94_608_000_i64, n in 0..400_u32) {
        let start = at("2024-01-01").plus_seconds(seconds);
        let due = official().natural_days_after(start, n);
        let last = due.last_instant().date();
        let nominal = start.date().checked_add(i64::from(n).days()).expect("in range");
        prop_assert!(last >= nominal && naive::is_working(last));
        let skipped = nominal.series(1.day()).take_while(|day| *day < last);
        prop_assert!(skipped.into_iter().all(|day| !naive::is_working(day)));
    }

    /// A longer time never ends earlier, and a later start neither.
    #[test]
    fn deadlines_are_monotone(seconds in 0..94_608_000_i64, later in 0..1_000_000_i64, n in 0..40_u32) {
        let start = at("2024-01-01").plus_seconds(seconds);
        for count in [Calendar::working_days_after, Calendar::natural_days_after, Calendar::hours_after] {
            let due = count(official(), start, n).too_late_from;
            prop_assert!(due <= count(official(), start, n + 1).too_late_from);
            prop_assert!(due <= count(official(), start.plus_seconds(later), n).too_late_from);
            prop_assert!(due > start);
        }
    }

    #[test]
    fn any_instant_has_deadlines(micros in any::<i64>(), n in any::<u32>()) {
        let start = Instant(micros);
        let _ = (official().hours_after(start, n), official().natural_days_after(start, n));
        let _ = official().working_days_after(start, n % 1000);
    }
}

/// A year can be added after the last one, or its text replaced; nothing else changes.
#[test]
fn one_more_year() {
    let year = |number: i16, days: usize| {
        format!(
            r#"{{"year": {number}, "status": "official", "notice": "n", "holidays": [], "make_up_working_days": [],
                 "working_days": {days}}}"#
        )
    };
    let start = Instant::from_shanghai(2026, 12, 30, 17, 0, 0);
    assert!(Calendar::builtin().working_days_after(start, 3).provisional);
    let with = Calendar::builtin().with_year(&year(2027, 261)).unwrap();
    let due = with.working_days_after(start, 3);
    assert_eq!((due.provisional, due.to_string().as_str()), (false, "2027-01-04 23:59:59"));
    assert_eq!((with.last_official_year(), due.calendar.as_str()), (Some(2027), "cn-2026.1+2027"));
    assert_eq!(
        with.working_days_after(Instant::from_shanghai(2026, 9, 30, 17, 0, 0), 3).to_string(),
        "2026-10-10 23:59:59"
    );
    assert!(with.with_year(&year(2028, 260)).is_ok());
    for (json, why) in [
        (year(2029, 261), "calendar: year 2029: years must follow each other"),
        (year(2028, 261), "calendar: year 2028: says 261 working days, its dates make 260"),
    ] {
        assert_eq!(with.with_year(&json).unwrap_err().to_string(), why);
    }
    assert!(with.with_year("{}").is_err());
}
