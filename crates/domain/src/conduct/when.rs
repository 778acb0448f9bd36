//! Times that a text speaks of: `24 小时内`, `今晚8点前`, `by Friday`.

use super::Reading;
use super::glyphs::{Glyphs, digit};
use crate::time::Instant;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

const AT_ONCE: &[&str] = &["马上", "立刻", "立即", "这就", "right away", "immediately", "at once", "right now"];

/// A time that is spoken of.
pub(super) struct Time {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) until: Option<Instant>,
}

pub(super) fn times(glyphs: &Glyphs, from: usize, to: usize, reading: &Reading<'_>) -> Vec<Time> {
    let (mut found, mut i) = (Vec::new(), from);
    while i < to {
        match time(glyphs, i, reading).filter(|(end, _)| *end <= to) {
            Some((end, until)) => {
                // What is over was reported, not promised.
                if until.is_none_or(|until| until > reading.now) {
                    found.push(Time { from: i, to: end, until });
                }
                i = end;
            }
            None => i += 1,
        }
    }
    found
}

/// A time that begins here: its end, and the first instant after it.
fn time(glyphs: &Glyphs, i: usize, reading: &Reading<'_>) -> Option<(usize, Option<Instant>)> {
    if let Some(end) = glyphs.any(i, AT_ONCE) {
        return Some((end, None));
    }
    span_of_time(glyphs, i, reading).or_else(|| moment(glyphs, i, reading))
}

/// `24 小时内`, `3 个工作日`, `within two days`.
fn span_of_time(glyphs: &Glyphs, i: usize, reading: &Reading<'_>) -> Option<(usize, Option<Instant>)> {
    if is_numeral(glyphs.before(i)) || glyphs.before(i) == '.' {
        return None;
    }
    let (after, n) = count(glyphs, i)?;
    let unit = blanks(glyphs, after);
    type Until = fn(&Reading<'_>, u32) -> Instant;
    let units: [(&[&str], Until); 6] = [
        (&["分钟", "minutes", "minute", "min", "mins"], |r, n| r.now.plus_minutes(i64::from(n))),
        (&["小时", "个小时", "个钟", "钟头", "hours", "hour", "h", "hrs"], |r, n| {
            r.now.plus_hours(i64::from(n))
        }),
        (&["个工作日", "工作日", "working days", "working day", "business days", "business day"], |r, n| {
            r.calendar.working_days_after(r.now, n).too_late_from
        }),
        (&["天", "日内", "自然日", "days", "day"], |r, n| day_after(r.now, i64::from(n))),
        (&["周", "个星期", "星期", "weeks", "week"], |r, n| day_after(r.now, 7 * i64::from(n))),
        (&["秒", "seconds"], |r, n| r.now.plus_seconds(i64::from(n))),
    ];
    let (end, until) = units.iter().find_map(|(words, until)| Some((glyphs.unit(unit, words)?, until(reading, n))))?;
    // "2 小时前" is over, "24 小时客服" a length of service.
    if matches!(glyphs.at(blanks(glyphs, end)), '前' | '客' | '在')
        || glyphs.any(blanks(glyphs, end), &["ago"]).is_some()
    {
        return None;
    }
    let half = glyphs.word(i, "半").is_some();
    let until = if half { reading.now.plus_micros(until.micros_since(reading.now) / 2) } else { until };
    let tail = glyphs.any(end, &["之内", "以内", "内", "左右"]).unwrap_or(end);
    Some((tail, Some(until)))
}

/// `今晚8点前`, `明天`, `周五`, `11月25日 18:00`, `by tomorrow 6pm`, `before 18:00`.
fn moment(glyphs: &Glyphs, i: usize, reading: &Reading<'_>) -> Option<(usize, Option<Instant>)> {
    let today = reading.now.date();
    let (after_day, day, evening) = match day(glyphs, i, today) {
        Some((end, date, evening)) => (end, Some(date), evening),
        None => (i, None, false),
    };
    let k = blanks(glyphs, after_day);
    let (k, evening) = part_of_day(glyphs, k).map_or((k, evening), |(end, late)| (end, evening || late));
    let clock = clock(glyphs, blanks(glyphs, k), day.is_some() || k > i);
    if day.is_none() && clock.is_none() {
        return None;
    }
    let date = day.unwrap_or(today);
    let end = clock.map_or(if day.is_some() { k.max(after_day) } else { i }, |(end, _, _)| end);
    if matches!(glyphs.at(end), ':' | '：') {
        return None;
    }
    let until = match clock {
        None => Some(Instant::start_of(date.tomorrow().unwrap_or(Date::MAX))),
        Some((_, hour, minute)) => {
            let hour = if evening && hour < 12 { hour + 12 } else { hour };
            let at = |date: Date, hour: u32| {
                Instant::start_of(date).plus_hours(i64::from(hour)).plus_minutes(i64::from(minute))
            };
            match day {
                Some(date) => Some(at(date, hour)),
                // "8 点前": the next time it is eight.
                None => [at(date, hour), at(date, hour.saturating_add(12)), at(date.tomorrow().unwrap_or(date), hour)]
                    .into_iter()
                    .enumerate()
                    .find(|(n, at)| *at > reading.now && (*n != 1 || hour < 12))
                    .map(|(_, at)| at),
            }
        }
    };
    let tail = glyphs.any(end, &["之前", "以前", "前"]).unwrap_or(end);
    (end > i).then_some((tail, until))
}

/// A day: its end, its date, and whether its evening is meant.
fn day(glyphs: &Glyphs, i: usize, today: Date) -> Option<(usize, Date, bool)> {
    let named: [(&[&str], i64, bool); 7] = [
        (&["今晚", "今夜", "tonight", "by tonight"], 0, true),
        (&["今天", "今日", "当天", "today", "by today", "end of the day"], 0, false),
        (&["明晚", "tomorrow night", "tomorrow evening"], 1, true),
        (&["大后天"], 3, false),
        (&["后天", "the day after tomorrow"], 2, false),
        (&["明早", "明天", "明日", "tomorrow", "by tomorrow"], 1, false),
        (&["后天之内"], 2, false),
    ];
    let plus = |days: i64| today.checked_add(days.days()).ok();
    if let Some((end, days, evening)) = named.iter().find_map(|(words, d, e)| Some((glyphs.any(i, words)?, *d, *e))) {
        return Some((end, plus(days)?, evening));
    }
    if let Some((end, weekday, week)) = weekday(glyphs, i) {
        let ahead =
            i64::from((weekday.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7));
        let from_monday = i64::from(weekday.to_monday_zero_offset() - today.weekday().to_monday_zero_offset());
        return Some((end, plus(if week > 0 { from_monday + 7 * week } else { ahead })?, false));
    }
    date(glyphs, i, today).map(|(end, date)| (end, date, false))
}

/// A day of the week, and how many weeks ahead it is named to be.
fn weekday(glyphs: &Glyphs, i: usize) -> Option<(usize, Weekday, i64)> {
    const LATIN: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    if let Some(found) = LATIN.iter().find_map(|(name, day)| Some((glyphs.word(i, name)?, *day, 0))) {
        return Some(found);
    }
    let next = glyphs.any(i, &["下周", "下星期", "下礼拜"]);
    let start = next.or_else(|| glyphs.any(i, &["本周", "这周", "周", "星期", "礼拜"]))?;
    let day = match glyphs.at(start) {
        '一' | '1' => Weekday::Monday,
        '二' | '2' => Weekday::Tuesday,
        '三' | '3' => Weekday::Wednesday,
        '四' | '4' => Weekday::Thursday,
        '五' | '5' => Weekday::Friday,
        '六' | '6' => Weekday::Saturday,
        '日' | '天' | '7' => Weekday::Sunday,
        _ => return None,
    };
    Some((start + 1, day, i64::from(next.is_some())))
}

/// `11月25日`, `11-25`, `2026-11-25`: the next such day.
fn date(glyphs: &Glyphs, i: usize, today: Date) -> Option<(usize, Date)> {
    if is_numeral(glyphs.before(i)) || glyphs.before(i).is_ascii_alphanumeric() {
        return None;
    }
    let (end, first) = plain(glyphs, i)?;
    let separator = glyphs.at(end);
    if (2000..=2200).contains(&first) && matches!(separator, '-' | '/' | '年' | '.') {
        let (end, month) = plain(glyphs, end + 1)?;
        let (end, day) = plain(glyphs, end + 1).filter(|_| matches!(glyphs.at(end), '-' | '/' | '月' | '.'))?;
        let date = Date::new(i16::try_from(first).ok()?, small(month)?, small(day)?).ok()?;
        return Some((glyphs.any(end, &["日", "号"]).unwrap_or(end), date));
    }
    if separator != '月' {
        return None;
    }
    let (end, day) = plain(glyphs, end + 1)?;
    let end = glyphs.any(end, &["日", "号"])?;
    let this = Date::new(today.year(), small(first)?, small(day)?).ok()?;
    let next = if this < today { Date::new(today.year() + 1, small(first)?, small(day)?).ok()? } else { this };
    Some((end, next))
}

fn small(n: u32) -> Option<i8> {
    i8::try_from(n).ok()
}

/// A part of the day, and whether its hours count from noon.
fn part_of_day(glyphs: &Glyphs, i: usize) -> Option<(usize, bool)> {
    let late = glyphs.any(i, &["晚上", "下午", "傍晚", "夜里", "晚"]).map(|end| (end, true));
    late.or_else(|| glyphs.any(i, &["早上", "上午", "凌晨", "中午", "早"]).map(|end| (end, false)))
}

/// A time of day: its end, hour and minute. Without a day before it, it must say that it is one.
fn clock(glyphs: &Glyphs, i: usize, known: bool) -> Option<(usize, u32, u32)> {
    let by = glyphs.any(i, &["by", "before", "at"]).map(|end| blanks(glyphs, end));
    let start = by.unwrap_or(i);
    if is_numeral(glyphs.before(start)) || matches!(glyphs.before(start), ':' | '.' | '-') {
        return None;
    }
    let (end, hour) = count(glyphs, start).filter(|(_, hour)| *hour <= 24)?;
    let (end, hour, minute) = match glyphs.at(end) {
        ':' | '：' => {
            let (end, minute) = plain(glyphs, end + 1).filter(|(_, minute)| *minute < 60)?;
            (end, hour, minute)
        }
        '点' | '时' if glyphs.at(end + 1) == '半' => (end + 2, hour, 30),
        '点' | '时' => match plain(glyphs, end + 1).filter(|(_, minute)| *minute < 60) {
            Some((after, minute)) => (glyphs.any(after, &["分"]).unwrap_or(after), hour, minute),
            None => (glyphs.any(end + 1, &["钟", "整"]).unwrap_or(end + 1), hour, 0),
        },
        _ => {
            let unit = blanks(glyphs, end);
            let late = glyphs.unit(unit, &["pm", "p.m."]);
            let end = late.or_else(|| glyphs.unit(unit, &["am", "a.m."]))?;
            (end, if late.is_some() && hour < 12 { hour + 12 } else { hour }, 0)
        }
    };
    let late = glyphs.unit(blanks(glyphs, end), &["pm"]).filter(|_| hour < 12);
    let (end, hour) = late.map_or((end, hour), |end| (end, hour + 12));
    let bounded = known || by.is_some() || glyphs.any(end, &["之前", "以前", "前"]).is_some();
    bounded.then_some((end, hour, minute))
}

/// A small number in digits or Chinese: `24`, `二十四`, `两`, `半`.
fn count(glyphs: &Glyphs, i: usize) -> Option<(usize, u32)> {
    if let Some(found) = plain(glyphs, i) {
        return Some(found);
    }
    const WORDS: [(&str, u32); 12] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("ten", 10),
        ("twelve", 12),
        ("twenty-four", 24),
        ("an", 1),
        ("a", 1),
    ];
    if let Some(found) = WORDS.iter().find_map(|(word, n)| Some((glyphs.word(i, word)?, *n))) {
        return Some(found);
    }
    match glyphs.at(i) {
        '两' => return Some((i + 1, 2)),
        '半' => return Some((i + 1, 1)),
        _ => {}
    }
    let one = |k: usize| digit(glyphs.at(k)).filter(|_| !glyphs.at(k).is_ascii_digit()).map(u32::from);
    let (mut end, mut n) = match (one(i), glyphs.at(i)) {
        (Some(d), _) => (i + 1, d),
        (None, '十') => (i, 1),
        _ => return None,
    };
    if glyphs.at(end) == '十' {
        (end, n) = (end + 1, n * 10);
        if let Some(d) = one(end) {
            (end, n) = (end + 1, n + d);
        }
    }
    Some((end, n))
}

/// A number of up to four digits.
fn plain(glyphs: &Glyphs, i: usize) -> Option<(usize, u32)> {
    let digits = (0..5).take_while(|n| glyphs.at(i + n).is_ascii_digit()).count();
    let n = (i..i + digits).filter_map(|k| glyphs.at(k).to_digit(10)).fold(0, |n, d| 10 * n + d);
    (1..=4).contains(&digits).then_some((i + digits, n))
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || c == '十' || c == '两'
}

fn blanks(glyphs: &Glyphs, i: usize) -> usize {
    (i..i + 4).find(|k| glyphs.at(*k) != ' ').unwrap_or(i + 4)
}

/// The end of the day that is `days` after this one.
fn day_after(now: Instant, days: i64) -> Instant {
    let last = now.date().checked_add(days.saturating_add(1).min(100_000).days()).unwrap_or(Date::MAX);
    Instant::start_of(last)
}
