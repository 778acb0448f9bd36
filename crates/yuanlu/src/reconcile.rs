//! `yuanlu reconcile`: compares a bill that an operator has. While the shop is served, whoever serves it does the work:
//! one database has one writer. The file is checked here first, so that a bad one never gets there.

use crate::cli::{Reconcile, Serving};
use crate::config::Effective;
use crate::{Problem, open};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use yuanlu_app::bills::{BadBill, Bill, BillState, NotReconciled, Progress, inbox, inbox_name};
use yuanlu_app::{App, Clock, OpenError};
use yuanlu_channels::{BillKind, Channel, Channels};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{BroughtBill, bad, compare_bill};
use yuanlu_storage::{Born, Db, StorageError, bill};

/// How often a server that does the work is looked at.
const LOOK: Duration = Duration::from_millis(300);
/// After so many looks without any sign of work, the server is taken to be without this channel.
const PATIENCE: u32 = 400;
/// Days among which the day of a bill is looked for.
const DAYS_BACK: i64 = 62;

/// Which bill it is.
struct Known {
    channel: ChannelId,
    day: Date,
    kind: BillKind,
    lines: u64,
}

/// Compares a bill; ends with 1 when it differs, and with an error when it cannot be used.
pub fn run(asked: &Reconcile) -> Result<ExitCode, Problem> {
    let given = Serving { data: asked.data.clone(), ..Serving::default() };
    let effective = Effective::read(&given, "./yuanlu-data")?;
    let now = Clock::system().now();
    let (channels, faults) = open::channels(&effective, now);
    for fault in &faults {
        eprintln!("warning: {} {}", fault.channel, fault.setting);
    }
    let known = recognise(asked, &channels, now)?;
    println!("{} {} {}: {} lines", known.channel, known.day, known.kind.code(), known.lines);
    let done = match App::open(open::settings(&effective, Born::Live)?) {
        Ok(app) => here(&app, &channels, &known, &asked.file)?,
        Err(OpenError::Storage(StorageError::Locked { .. })) => there(&effective, &known, &asked.file)?,
        Err(error) => return Err(open::sentence(&effective.data.display().to_string(), &error)),
    };
    Ok(summary(&done))
}

/// Reads the whole file as every bill that it may be; what it is not ends soon.
fn recognise(asked: &Reconcile, channels: &Channels, now: Instant) -> Result<Known, Problem> {
    let ids: Vec<&ChannelId> = match &asked.channel {
        Some(name) => channels.ids().filter(|id| id.as_str() == name).collect(),
        None => channels.ids().collect(),
    };
    if ids.is_empty() {
        return Err(Problem::new(match &asked.channel {
            Some(name) => format!("no channel `{name}` is configured; see `yuanlu doctor`"),
            None => "no channel is configured; see `yuanlu doctor`".to_owned(),
        }));
    }
    let day = asked.day.as_deref().map(str::parse::<Date>).transpose();
    let day = day.map_err(|_| Problem::new("--day wants a day such as 2026-11-22"))?;
    let days: Vec<Date> = match day {
        Some(day) => vec![day],
        None => (0..DAYS_BACK).map(|back| now.plus_days(-back).date()).collect(),
    };
    let kinds = match asked.kind.as_deref() {
        None => BillKind::ALL.to_vec(),
        Some(code) => vec![BillKind::parse(code).ok_or_else(|| Problem::new("--kind is `trades` or `funds`"))?],
    };
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut nearest: Option<BadBill> = None;
    for (id, kind, day) in
        ids.iter().flat_map(|id| kinds.iter().flat_map(|kind| days.iter().map(|day| (*id, *kind, *day))))
    {
        let Some(channel) = channels.get(id) else { continue };
        let mut lines = 0;
        match check(channel, kind, day, &asked.file, &mut |n| {
            lines = n;
            bar.set_message(format!("{n} lines"));
        })? {
            Ok(()) => {
                bar.finish_and_clear();
                return Ok(Known { channel: id.clone(), day, kind, lines });
            }
            Err(error) if nearest.as_ref().is_none_or(|near| error.line > near.line) => nearest = Some(error),
            Err(_) => {}
        }
    }
    bar.finish_and_clear();
    let bad = nearest.unwrap_or(BadBill { line: 0, code: "unreadable", detail: String::new() });
    Err(Problem::new(format!("{}: {}", asked.file.display(), fault(&bad))))
}

fn check(
    channel: &dyn Channel,
    kind: BillKind,
    day: Date,
    file: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Result<(), BadBill>, Problem> {
    let opened = File::open(file).map_err(Problem::at(file.display()))?;
    let mut lines = 0_u64;
    let read = channel.read_bill(kind, day, &mut BufReader::with_capacity(1 << 16, opened), &mut |_| {
        lines += 1;
        if lines.is_multiple_of(10_000) {
            progress(lines);
        }
    });
    progress(lines);
    Ok(read.map_err(|error| bad(&error)))
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Nobody serves the shop: the work is done here.
fn here(app: &App, channels: &Channels, known: &Known, file: &Path) -> Result<Bill, Problem> {
    let channel = channels.get(&known.channel).ok_or_else(|| Problem::new("the channel is gone"))?;
    let bill = BroughtBill {
        channel: &known.channel,
        day: known.day,
        kind: known.kind,
        path: file,
        empty: false,
        brought_by: "operator",
    };
    let bar = bar();
    let done = compare_bill(app, channel, &bill, &mut |progress| match progress {
        Progress::Checked(lines) => bar.set_message(format!("{lines} read")),
        Progress::Compared(done, of) => {
            bar.set_message("compared");
            bar.set_length(of);
            bar.set_position(done);
        }
    });
    bar.finish_and_clear();
    done.map_err(|error| match error {
        NotReconciled::Bad(bad) => Problem::new(format!("{}: {}", file.display(), fault(&bad))),
        other => Problem::new(other),
    })
}

/// Somebody serves the shop: the file is left for him, and watched.
fn there(effective: &Effective, known: &Known, file: &Path) -> Result<Bill, Problem> {
    let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
    let newest = || -> Result<Option<Bill>, Problem> {
        let found = db.read(|db| bill::list_of_day(db, &known.channel, known.day, known.kind));
        Ok(found.map_err(|error| Problem::new(open::chain(&error)))?.into_iter().next())
    };
    let before = newest()?;
    let folder = inbox(&effective.data.join("bills"));
    fs::create_dir_all(&folder)?;
    let name = inbox_name(&known.channel, known.day, known.kind);
    let (part, whole) = (folder.join(format!("{name}.part")), folder.join(&name));
    fs::copy(file, &part).map_err(Problem::at(part.display()))?;
    fs::rename(&part, &whole).map_err(Problem::at(whole.display()))?;
    println!("The shop is being served; its server compares the bill.");
    let bar = bar();
    let mut idle = 0;
    loop {
        std::thread::sleep(LOOK);
        let bill = newest()?;
        let waiting = whole.exists();
        if let Some(bill) = &bill {
            bar.set_length(bill.summary.of);
            bar.set_position(bill.summary.lines);
        }
        if !waiting {
            bar.finish_and_clear();
            let done = bill.or(before).filter(|bill| bill.state == BillState::Done);
            return done.ok_or_else(|| Problem::new("the server could not compare the bill; its log says why"));
        }
        idle = if bill.as_ref().is_some_and(|bill| bill.state == BillState::Comparing) { 0 } else { idle + 1 };
        if idle > PATIENCE {
            let _ = fs::remove_file(&whole);
            bar.finish_and_clear();
            return Err(Problem::new(format!(
                "{} is in use, and the process that uses it compares no bills; stop it and try again",
                effective.data.display()
            )));
        }
    }
}

/// What is wrong with a bill, in a sentence.
fn fault(bad: &BadBill) -> String {
    let what = match bad.code {
        "truncated" => "the bill ends too early",
        "duplicate" => "the line comes twice",
        "encoding" => "not in the channel's encoding",
        "other_day" => "the bill is of another day",
        "not_ours" => "the bill is of another merchant",
        "missing_column" => "a column is missing",
        "shape" => "the line has another number of cells or another width",
        "cell" => "a cell cannot be read",
        "no_such_bill" => "this channel has no such bill",
        _ => "this is no bill of a configured channel, or it cannot be unpacked",
    };
    let column = if bad.detail.is_empty() { String::new() } else { format!(" ({})", bad.detail) };
    match bad.line {
        0 => format!("{what}{column}; nothing was changed"),
        line => format!("line {line}: {what}{column}; nothing was changed"),
    }
}

fn summary(done: &Bill) -> ExitCode {
    let summary = &done.summary;
    println!("{} lines: {} agree, {} about something else", summary.of, summary.matched, summary.aside);
    for totals in &summary.theirs {
        let money = |minor| yuanlu_money::Money::new(minor, totals.currency);
        println!(
            "{}: {} payments {}, {} refunds {}, fees {}, net {}",
            totals.currency.code(),
            totals.payments,
            money(totals.payments_minor),
            totals.refunds,
            money(totals.refunds_minor),
            money(totals.fees_minor),
            money(totals.net_minor())
        );
    }
    match summary.differences {
        0 => {
            println!("Everything agrees.");
            ExitCode::SUCCESS
        }
        n => {
            println!("{n} differences; see the page “Reconciliation” of finance.");
            ExitCode::FAILURE
        }
    }
}
