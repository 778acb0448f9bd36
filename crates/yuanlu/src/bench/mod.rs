//! `yuanlu bench`: what one machine does, beside what the database alone could do on it.
//!
//! | figure | what | beside |
//! |---|---|---|
//! | `raw_256`, `raw_64` | the statements of complete refunds, captured, replayed by a bare loop in groups | – |
//! | `engine` | complete refunds in process, in groups of 256 | `raw_256` |
//! | `ledger_raw` | the statements of ledger postings, captured, replayed by a bare loop in groups of 256 | – |
//! | `ledger` | ledger postings in process, in groups of 256 | `ledger_raw` |
//! | `http` | the same through the API, 64 keep-alive clients, many buyers | `raw_64` |
//! | `track_bare` | a bare handler that does the queries of one tracking read | – |
//! | `track` | tracking reads through the API | `track_bare` |
//! | `reconcile_bare` | a bill read with `csv`, every line looked up by primary key | – |
//! | `journals_bare` | every journal's rows read and hashed onto each other | – |
//! | `journals` | the audit of the same journals, `yuanlu verify` | `journals_bare` |
//! | `picture_…` | screens that look alike, copies that are found, search among many, one photograph | – |
//! | `reconcile` | the same bill compared with as many refunds | `reconcile_bare` |
//! | `incident_raw` | the statements of a mass incident's refunds, replayed by a bare loop in groups of 256 | – |
//! | `incident` | the unthrottled run of the same incident, claims included | `incident_raw` |
//! | `incident_live_…` | refunds of other people over HTTP, alone and beside a throttled run | each other |
//!
//! A complete refund: applied for, judged, booked, credited to balance, completed, durable.

mod client;
mod idle;
mod incident;
mod journals;
mod ledger;
mod pictures;
mod reconcile;
mod refunds;
mod serving;

use crate::cli;
use crate::{Problem, files, open};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use yuanlu_app::Config;
use yuanlu_app::Limits;
use yuanlu_storage::Born;
use yuanlu_world::crowd::{self, Crowd};

/// Concurrent clients of the web figures.
const CLIENTS: usize = 64;

/// The most commands that the engine takes together.
const GROUP: usize = 256;
/// About as many as come together from [`CLIENTS`].
const SMALL_GROUP: usize = 64;
/// How often the figures in process are taken; the best one counts.
const ROUNDS: usize = 3;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Refunds in process.
    refunds: usize,
    /// People with a session, for the web figures.
    people: usize,
    /// Orders of each of them.
    orders_each: usize,
    /// How long tracking is read.
    reading: Duration,
    /// Lines of the bill.
    bill_lines: usize,
    /// Entries of journals.
    entries: usize,
    /// Payment screens, and fingerprints that are stored.
    pictures: (u64, u64),
    /// Orders of the mass incident, and of each client of the traffic beside it.
    incident: usize,
    live: usize,
}

impl Size {
    fn of(quick: bool) -> Self {
        match quick {
            true => Self {
                refunds: 8192,
                people: 128,
                orders_each: 32,
                reading: Duration::from_secs(3),
                bill_lines: 50_000,
                entries: 50_000,
                pictures: (200, 50_000),
                incident: 2_048,
                live: 64,
            },
            false => Self {
                refunds: 32_768,
                people: 512,
                orders_each: 64,
                reading: Duration::from_secs(15),
                bill_lines: 1_000_000,
                entries: 1_000_000,
                pictures: (2_000, 1_000_000),
                incident: 20_000,
                live: 512,
            },
        }
    }
}

/// One measured thing.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Its name.
    name: String,
    /// How much.
    value: f64,
    /// Of what.
    unit: &'static str,
    /// Beside another figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
}

/// What was measured so far.
#[derive(Debug, Default)]
pub struct Figures(Vec<Figure>);

impl Figures {
    fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.0.push(Figure { name: name.into(), value, unit, ratio: None, of: None });
    }

    fn add_beside(&mut self, name: &str, value: f64, unit: &'static str, of: &'static str) {
        let beside = self.0.iter().find(|figure| figure.name == of).map(|figure| value / figure.value);
        self.0.push(Figure { name: name.to_owned(), value, unit, ratio: beside, of: Some(of) });
    }

    /// Says of a figure that was taken what it is beside another.
    fn beside(&mut self, name: &str, of: &'static str) {
        let other = self.0.iter().find(|figure| figure.name == of).map(|figure| figure.value);
        if let Some(figure) = self.0.iter_mut().find(|figure| figure.name == name) {
            figure.ratio = other.map(|other| figure.value / other);
            figure.of = Some(of);
        }
    }

    fn refunds(&mut self, name: &str, rounds: Vec<Vec<Duration>>, refunds: usize, of: Option<&'static str>) {
        self.best(name, rounds, refunds, ("refunds/s", of));
    }

    /// The best of several rounds: what else the machine does is not what is measured.
    fn best(
        &mut self,
        name: &str,
        rounds: Vec<Vec<Duration>>,
        count: usize,
        (unit, of): (&'static str, Option<&'static str>),
    ) {
        let best = rounds.into_iter().min_by_key(|commits| commits.iter().sum::<Duration>()).unwrap_or_default();
        let value = per_second(count, best.iter().sum());
        match of {
            Some(of) => self.add_beside(name, value, unit, of),
            None => self.add(name, value, unit),
        }
        self.waits(&format!("{name}_commit"), best);
    }

    /// Median and 99th percentile of some waits.
    fn waits(&mut self, name: &str, mut waits: Vec<Duration>) {
        waits.sort_unstable();
        for (part, hundredths) in [("p50", 50), ("p99", 99)] {
            let at = waits.len().saturating_sub(1) * hundredths / 100;
            let wait = waits.get(at).copied().unwrap_or_default();
            self.add(format!("{name}_{part}"), wait.as_secs_f64() * 1000.0, "ms");
        }
    }

    fn print(&self, json: bool) -> Result<(), Problem> {
        for figure in &self.0 {
            if json {
                println!("{}", serde_json::to_string(figure).map_err(Problem::new)?);
                continue;
            }
            let beside = match (figure.ratio, figure.of) {
                (Some(ratio), Some(of)) => format!("  {ratio:.2} × {of}"),
                _ => String::new(),
            };
            println!("{:<34} {:>14.2} {:<12}{beside}", figure.name, figure.value, figure.unit);
        }
        Ok(())
    }
}

/// Measures how long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn start() -> Instant {
    Instant::now()
}

/// How many in a second.
fn per_second(count: usize, took: Duration) -> f64 {
    // Counts here are far below what a float holds exactly.
    count as f64 / took.as_secs_f64().max(1e-9)
}

/// Measures everything.
pub fn run(options: &cli::Bench) -> Result<ExitCode, Problem> {
    let size = Size::of(options.quick);
    let folder = match &options.data {
        Some(folder) if folder.exists() => {
            return Err(Problem::new(format!("{} exists; give a folder that does not", folder.display())));
        }
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("yuanlu-bench-{}", std::process::id())),
    };
    files::private_folder(&folder).map_err(Problem::at(folder.display()))?;
    let only = options.only.as_deref();
    let measured = match only {
        Some("reconcile") => {
            let mut figures = Figures::default();
            reconcile::measure(&folder, size.bill_lines, &mut figures).map(|()| figures)
        }
        Some("journals") => {
            let mut figures = Figures::default();
            journals::measure(&folder, size.entries, &mut figures).map(|()| figures)
        }
        Some("pictures") => {
            let mut figures = Figures::default();
            let (screens, stored) = size.pictures;
            pictures::measure(screens, stored, &mut figures).map(|()| figures)
        }
        Some("incident") => {
            let mut figures = Figures::default();
            incident::measure(&folder, size, &mut figures).map(|()| figures)
        }
        Some(other) => Err(Problem::new(format!(
            "there is no track `{other}`; there are `reconcile`, `journals`, `pictures` and `incident`"
        ))),
        None => measure(&folder, size),
    };
    if options.data.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    measured?.print(options.json)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(folder: &Path, size: Size) -> Result<Figures, Problem> {
    let mut figures = Figures::default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    figures.add("cores", cores as f64, "");
    let began = start();
    eprintln!("preparing {} orders …", size.refunds + size.people * size.orders_each);
    let shop = folder.join("shop");
    let prepared = prepare(&shop, size)?;
    figures.add("orders", (size.refunds + size.people * size.orders_each) as f64, "");
    let bytes = std::fs::metadata(shop.join(crate::config::DATABASE))?.len();
    figures.add("database", bytes as f64 / 1e6, "MB");

    eprintln!("the engine, and its statements with nothing around them …");
    let captured = refunds::capture(&copy(&shop, folder, "capture")?, &prepared, GROUP)?;
    captured.describe_rows(&mut figures, size.refunds);
    let (mut raw, mut engine) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&copy(&shop, folder, "raw")?)?);
        engine.push(refunds::in_process(&copy(&shop, folder, "engine")?, &prepared)?);
    }
    drop(captured);
    figures.refunds("raw_256", raw, size.refunds, None);
    figures.refunds("engine", engine, size.refunds, Some("raw_256"));
    let captured = refunds::capture(&copy(&shop, folder, "capture")?, &prepared, SMALL_GROUP)?;
    let raw: Result<Vec<_>, Problem> = (0..ROUNDS).map(|_| captured.replay(&copy(&shop, folder, "raw")?)).collect();
    drop(captured);
    figures.refunds("raw_64", raw?, size.refunds, None);
    eprintln!("the ledger …");
    measure_ledger(&shop, folder, &prepared, size, &mut figures)?;
    eprintln!("the web …");
    serving::measure(&shop, &prepared, size, &mut figures)?;
    reconcile::measure(folder, size.bill_lines, &mut figures)?;
    journals::measure(folder, size.entries, &mut figures)?;
    let (screens, stored) = size.pictures;
    pictures::measure(screens, stored, &mut figures)?;
    incident::measure(folder, size, &mut figures)?;
    eprintln!("a process at rest …");
    idle::measure(&shop, &mut figures)?;
    figures.add("took", began.elapsed().as_secs_f64(), "s");
    Ok(figures)
}

/// Postings a second, beside their statements with nothing around them.
fn measure_ledger(
    shop: &Path,
    folder: &Path,
    prepared: &Crowd,
    size: Size,
    figures: &mut Figures,
) -> Result<(), Problem> {
    let postings = ledger::postings(&prepared.seller, size.refunds);
    let captured = ledger::capture(&copy(shop, folder, "capture")?, &postings, prepared.now)?;
    let (mut raw, mut posted) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&copy(shop, folder, "raw")?)?);
        posted.push(ledger::in_process(&copy(shop, folder, "engine")?, &postings, prepared.now)?);
    }
    figures.best("ledger_raw", raw, size.refunds, ("postings/s", None));
    figures.best("ledger", posted, size.refunds, ("postings/s", Some("ledger_raw")));
    Ok(())
}

/// Makes the shop by its own commands, and closes it.
fn prepare(shop: &Path, size: Size) -> Result<Crowd, Problem> {
    let mut config = Config::new(shop, Born::Live);
    config.limits = Limits::none();
    let app = open::shop(config)?;
    let size = crowd::Size { orders: size.refunds, people: size.people, orders_each: size.orders_each };
    crowd::gather(&app, size).map_err(Problem::at("preparing"))
}

/// A copy of the prepared shop; the one of the same name before is gone.
fn copy(shop: &Path, folder: &Path, name: &str) -> Result<PathBuf, Problem> {
    let target = folder.join(name);
    let _ = std::fs::remove_dir_all(&target);
    files::private_folder(&target)?;
    for file in [crate::config::DATABASE, crate::config::MASTER_KEY] {
        std::fs::copy(shop.join(file), target.join(file)).map_err(Problem::at(file))?;
    }
    Ok(target)
}
