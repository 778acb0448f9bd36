//! `yuanlu incident`: what mass incidents there are, how far one has come, and its report. That only reads, also while the
//! shop is served. Proposing and agreeing belong to two people of staff, on the page “Mass refunds” or through the API; how one
//! is stopped from here is in `steering.rs`.

use crate::cli::{DataFolder, IncidentCommand, Serving};
use crate::config::Effective;
use crate::{Problem, files, open, steering};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use yuanlu_app::App;
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::ids::{CaseId, DeskId};
use yuanlu_domain::incident::Incident;
use yuanlu_money::Money;
use yuanlu_storage::incident::{self, Count, ItemState};
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::{Db, StorageError, desk};

/// How often a run that is watched is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Incidents listed, of those that wait or run and of those that are over.
const LISTED: u32 = 100;
/// Orders read at once.
const PAGE: u32 = 1000;

/// Does one of the commands.
pub fn run(command: &IncidentCommand) -> Result<ExitCode, Problem> {
    match command {
        IncidentCommand::List(data) => list(&inspect(data)?),
        IncidentCommand::Show { incident, watch, data } => show(&inspect(data)?, &incident.as_str().into(), *watch),
        IncidentCommand::Report { incident, output, data } => {
            report(&inspect(data)?, &incident.as_str().into(), output.as_deref())
        }
        IncidentCommand::Pause(by) => steering::steer(by, App::pause_incident),
        IncidentCommand::Resume(by) => steering::steer(by, App::resume_incident),
        IncidentCommand::SetRate { rate, steering: by } => {
            steering::steer(by, |app, who, incident| app.set_incident_rate(who, incident, *rate))
        }
    }
}

fn inspect(data: &DataFolder) -> Result<Db, Problem> {
    let effective = Effective::read(&Serving { data: data.clone(), ..Serving::default() }, "./yuanlu-data")?;
    Db::inspect(effective.database()).map_err(failed)
}

fn failed(error: StorageError) -> Problem {
    Problem::new(open::chain(&error))
}

fn found(file: DeskFile) -> Option<Incident> {
    match file {
        DeskFile::Incident(incident) => Some(*incident),
        _ => None,
    }
}

fn list(db: &Db) -> Result<ExitCode, Problem> {
    let rows = db.snapshot(|db| {
        let mut all = desk::queue(db, "incident", None, LISTED)?;
        all.extend(desk::list_over(db, "incident", &Cursor { at: i64::MAX, id: "~".to_owned() }, LISTED)?);
        let all = all.into_iter().filter_map(|stored| found(stored.aggregate));
        all.map(|one| Ok((incident::count(db, &one.desk)?, one))).collect::<Result<Vec<_>, StorageError>>()
    });
    let rows = rows.map_err(failed)?;
    if rows.is_empty() {
        println!("There has been no mass incident.");
    }
    for (counts, one) in rows {
        let progress = Progress::of(&counts);
        println!(
            "{}  {:<9}  {:<16}  {} of {} refunded, {} left, {} failed  {}",
            one.desk,
            one.state.code(),
            one.reason.code(),
            progress.done,
            progress.orders,
            progress.left,
            progress.failed,
            one.proposed_at.minute_text()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn find(db: &Db, id: &DeskId) -> Result<(Incident, Vec<Count>), Problem> {
    let read = db.snapshot(|db| {
        let Some(stored) = desk::find(db, id)? else { return Ok::<_, StorageError>(None) };
        let Some(one) = found(stored.aggregate) else { return Ok(None) };
        Ok(Some((one, incident::count(db, id)?)))
    });
    read.map_err(failed)?
        .ok_or_else(|| Problem::new(format!("there is no incident `{id}`; see `yuanlu incident list`")))
}

fn show(db: &Db, id: &DeskId, watch: bool) -> Result<ExitCode, Problem> {
    let (mut one, mut counts) = find(db, id)?;
    println!("{}: {}, {}, borne by the {}", one.desk, one.state.code(), one.reason.code(), one.bearer.code());
    if let Some(forecast) = &one.forecast {
        println!(
            "{} orders, {} of them to be refunded, {} open cases",
            forecast.orders, forecast.refunds, forecast.cases
        );
        for way in &forecast.ways {
            println!("  to {}: {} in {} payouts", way.way, Money::new(way.minor, way.currency), way.payouts);
        }
        for left in &forecast.left_out {
            println!("  left alone, {}: {}", left.why, left.orders);
        }
    }
    let bar = ProgressBar::new(u64::from(Progress::of(&counts).orders));
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while watch && (one.is_active() || one.state.is_open()) {
        let progress = Progress::of(&counts);
        bar.set_position(u64::from(progress.orders - progress.left));
        bar.set_message(format!("{}, {} failed", one.state.code(), progress.failed));
        std::thread::sleep(LOOK);
        (one, counts) = find(db, id)?;
    }
    bar.finish_and_clear();
    let progress = Progress::of(&counts);
    println!(
        "{}: {} refunded ({}), {} with nothing to do, {} failed, {} left",
        one.state.code(),
        progress.done,
        progress.refunded,
        progress.skipped,
        progress.failed,
        progress.left
    );
    Ok(if progress.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The counts of an incident, summed up.
#[derive(Default)]
struct Progress {
    orders: u32,
    done: u32,
    skipped: u32,
    failed: u32,
    left: u32,
    refunded: String,
}

impl Progress {
    fn of(counts: &[Count]) -> Self {
        let mut all = Self::default();
        for count in counts {
            all.orders += count.orders;
            let slot = match count.state {
                ItemState::Done => &mut all.done,
                ItemState::Skipped => &mut all.skipped,
                ItemState::Failed => &mut all.failed,
                ItemState::Pending => &mut all.left,
            };
            *slot += count.orders;
        }
        let sums = counts.iter().filter(|count| count.state == ItemState::Done).map(|count| count.refunded.to_string());
        all.refunded = sums.collect::<Vec<_>>().join(", ");
        if all.refunded.is_empty() {
            all.refunded = "0".to_owned();
        }
        all
    }
}

fn report(db: &Db, id: &DeskId, output: Option<&Path>) -> Result<ExitCode, Problem> {
    find(db, id)?;
    let mut text = String::from("order,seller,state,why,planned,refunded,currency,case,at\r\n");
    let read = db.snapshot(|db| {
        let mut after = String::new();
        loop {
            let page = incident::list(db, id, None, &after, PAGE)?;
            let Some(last) = page.last() else { return Ok::<_, StorageError>(()) };
            after = last.order.to_string();
            for item in &page {
                let case = item.case.map(|ordinal| CaseId::of(&item.order, ordinal).to_string()).unwrap_or_default();
                let at = item.at.map(|at| at.to_rfc3339().to_string()).unwrap_or_default();
                let (planned, refunded) = (item.planned.minor(), item.refunded.minor());
                let currency = item.planned.currency().code();
                // Ids, codes and numbers only: nothing a spreadsheet would run.
                let _ = write!(text, "{},{},{},{},", item.order, item.seller, item.state.code(), item.why);
                let _ = writeln!(text, "{planned},{refunded},{currency},{case},{at}\r");
            }
        }
    });
    read.map_err(failed)?;
    match output {
        None => print!("{text}"),
        Some(path) if path.exists() => {
            return Err(Problem::new(format!("{} is there already; name another file", path.display())));
        }
        Some(path) => {
            let written = files::private_file(path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(Problem::at(path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
