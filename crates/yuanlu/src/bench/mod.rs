//! `yuanlu bench`: what one machine does, beside what the database alone could do on it.
//!
//! | figure | what | beside |
//! |---|---|---|
//! | `raw_256`, `raw_64` | the statements of complete refunds, captured, replayed by a bare loop in groups | – |
//! | `engine` | complete refunds in process, in groups of 256 | `raw_256` |
//! | `alone_raw` | the same replayed one by one, in milliseconds each | – |
//! | `alone` | complete refunds in process, one command at a time | `alone_raw` |
//! | `ledger_raw` | the statements of ledger postings, captured, replayed by a bare loop in groups of 256 | – |
//! | `ledger` | ledger postings in process, in groups of 256 | `ledger_raw` |
//! | `http` | the same through the API, 64 keep-alive clients, many buyers | `raw_64` |
//! | `track_bare` | a bare handler that does the queries of one tracking read | – |
//! | `track` | tracking reads through the API | `track_bare` |
//! | `reconcile_bare` | a bill read with `csv`, every line looked up by primary key | – |
//! | `journals_bare` | every journal's rows read and hashed onto each other | – |
//! | `journals` | the chains of the same journals verified, `yuanlu verify --chains` | `journals_bare` |
//! | `audit` | the whole audit of the same shop, `yuanlu verify` | `journals_bare` |
//! | `growth_…` | single operations in a large shop, beside a small one | the small one |
//! | `picture_…` | screens that look alike, copies that are found, search among many, one photograph | – |
//! | `memory_…` | what the program holds at rest, under load, and after it | the most it may hold |
//! | `reconcile` | the same bill compared with as many refunds | `reconcile_bare` |
//! | `incident_raw` | the statements of a mass incident's refunds, replayed by a bare loop in groups of 256 | – |
//! | `incident` | the unthrottled run of the same incident, claims included | `incident_raw` |
//! | `incident_live_…` | refunds of other people over HTTP, alone and beside a throttled run | each other |
//!
//! A complete refund: applied for, judged, booked, credited to balance, completed, durable.

mod client;
mod figures;
mod growth;
mod incident;
mod journals;
mod ledger;
mod memory;
mod pictures;
mod reconcile;
mod refunds;
mod serving;

use crate::cli;
use crate::{Problem, files, open};
use clap::ValueEnum;
use figures::{Figure, Figures, line, per_second};
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
/// How often the figures in process are taken; the median counts.
const ROUNDS: usize = 3;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Refunds in process.
    refunds: usize,
    /// Of them, those that are done one by one.
    alone: usize,
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
    /// Orders of the small shop and of the large one, and how often each operation is done.
    grown: ([usize; 2], usize),
    /// Orders of the mass incident, and of each client of the traffic beside it.
    incident: usize,
    live: usize,
}

impl Size {
    fn of(quick: bool) -> Self {
        match quick {
            true => Self {
                refunds: 8192,
                alone: 1024,
                people: 128,
                orders_each: 32,
                reading: Duration::from_secs(3),
                bill_lines: 50_000,
                entries: 50_000,
                pictures: (200, 50_000),
                grown: ([5_000, 20_000], 100),
                incident: 2_048,
                live: 64,
            },
            false => Self {
                refunds: 32_768,
                alone: 4096,
                people: 512,
                orders_each: 64,
                reading: Duration::from_secs(15),
                bill_lines: 1_000_000,
                entries: 1_000_000,
                pictures: (2_000, 1_000_000),
                grown: ([10_000, 1_000_000], 1_000),
                incident: 20_000,
                live: 512,
            },
        }
    }
}

/// A part that can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Track {
    /// Complete refunds in process, beside their statements with nothing around them.
    Engine,
    /// Postings to the ledger, beside theirs.
    Ledger,
    /// Refunds and tracking reads over HTTP.
    Web,
    /// A channel's bill against as many refunds.
    Reconcile,
    /// The audit of journals.
    Journals,
    /// What is measured about pictures, and the search among them.
    Pictures,
    /// Single operations in a small shop and in a large one.
    Growth,
    /// A mass incident, and what other people feel of it.
    Incident,
    /// What the program holds in memory, at rest and under load.
    Memory,
}

/// Measures how long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn start() -> Instant {
    Instant::now()
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
    let json = options.json;
    let tell = move |figure: &Figure| println!("{}", line(figure, json));
    let mut figures = Figures::telling(&tell);
    let tracks = match options.only {
        Some(track) => vec![track],
        None => Track::value_variants().to_vec(),
    };
    let measured = measure(&folder, size, &tracks, &mut figures);
    if options.data.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    measured?;
    Ok(ExitCode::SUCCESS)
}

fn measure(folder: &Path, size: Size, tracks: &[Track], figures: &mut Figures<'_>) -> Result<(), Problem> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    figures.add("cores", cores as f64, "");
    let began = start();
    let shop = folder.join("shop");
    let in_shop = |track: &Track| matches!(track, Track::Engine | Track::Ledger | Track::Web | Track::Memory);
    let prepared = match tracks.iter().any(in_shop) {
        true => Some(prepare(&shop, size, figures)?),
        false => None,
    };
    for track in tracks {
        match (track, &prepared) {
            (Track::Engine, Some(prepared)) => measure_engine(&shop, folder, prepared, size, figures)?,
            (Track::Ledger, Some(prepared)) => measure_ledger(&shop, folder, prepared, size, figures)?,
            (Track::Web, Some(prepared)) => measure_web(&shop, folder, prepared, size, figures)?,
            (Track::Memory, Some(prepared)) => {
                memory::measure(&folder.join("fresh"), &copy(&shop, folder, "memory")?, prepared, size, figures)?;
            }
            (Track::Reconcile, _) => reconcile::measure(folder, size.bill_lines, figures)?,
            (Track::Journals, _) => journals::measure(folder, size.entries, figures)?,
            (Track::Incident, _) => incident::measure(folder, size, figures)?,
            (Track::Growth, _) => growth::measure(folder, size.grown.0, size.grown.1, figures)?,
            (Track::Pictures, _) => pictures::measure(size.pictures.0, size.pictures.1, figures)?,
            (Track::Engine | Track::Ledger | Track::Web | Track::Memory, None) => {}
        }
    }
    figures.add("took", began.elapsed().as_secs_f64(), "s");
    Ok(())
}

/// Complete refunds, beside their statements with nothing around them, in large and in small groups.
fn measure_engine(
    shop: &Path,
    folder: &Path,
    prepared: &Crowd,
    size: Size,
    figures: &mut Figures<'_>,
) -> Result<(), Problem> {
    eprintln!("the engine, and its statements with nothing around them …");
    let captured = refunds::capture(&copy(shop, folder, "capture")?, &prepared.orders, prepared.now, GROUP)?;
    captured.describe_rows(figures, size.refunds);
    let (mut raw, mut engine) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&copy(shop, folder, "raw")?)?);
        engine.push(refunds::in_process(&copy(shop, folder, "engine")?, &prepared.orders, prepared.now, GROUP)?);
    }
    figures.refunds("raw_256", raw, size.refunds, None);
    figures.refunds("engine", engine, size.refunds, Some("raw_256"));
    drop(captured);
    measure_alone(shop, folder, prepared, size, figures)
}

/// One command at a time, as somebody who is alone has it, beside its statements.
fn measure_alone(
    shop: &Path,
    folder: &Path,
    prepared: &Crowd,
    size: Size,
    figures: &mut Figures<'_>,
) -> Result<(), Problem> {
    let orders = &prepared.orders[..size.alone.min(prepared.orders.len())];
    let captured = refunds::capture(&copy(shop, folder, "capture")?, orders, prepared.now, 1)?;
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&copy(shop, folder, "raw")?)?);
        ours.push(refunds::in_process(&copy(shop, folder, "engine")?, orders, prepared.now, 1)?);
    }
    let each = |rounds: &[Vec<Duration>]| {
        let mut sums: Vec<Duration> = rounds.iter().map(|waits| waits.iter().sum()).collect();
        sums.sort_unstable();
        sums[sums.len() / 2].as_secs_f64() * 1000.0 / orders.len() as f64
    };
    let (raw, ours) = (each(&raw), each(&ours));
    figures.add("alone_raw", raw, "ms");
    figures.add_beside("alone", ours, "ms", "alone_raw");
    figures.add_within("alone_beside_alone_raw", ours / raw, "×", 1.5);
    Ok(())
}

/// The same statements in groups as they come together from the clients, and what the clients see of refunds and reads.
fn measure_web(
    shop: &Path,
    folder: &Path,
    prepared: &Crowd,
    size: Size,
    figures: &mut Figures<'_>,
) -> Result<(), Problem> {
    eprintln!("refunds and reads over HTTP …");
    let captured = refunds::capture(&copy(shop, folder, "capture")?, &prepared.orders, prepared.now, SMALL_GROUP)?;
    let raw: Result<Vec<_>, Problem> = (0..ROUNDS).map(|_| captured.replay(&copy(shop, folder, "raw")?)).collect();
    drop(captured);
    figures.refunds("raw_64", raw?, size.refunds, None);
    serving::measure(&copy(shop, folder, "web")?, prepared, size, figures)
}

/// Postings a second, beside their statements with nothing around them.
fn measure_ledger(
    shop: &Path,
    folder: &Path,
    prepared: &Crowd,
    size: Size,
    figures: &mut Figures<'_>,
) -> Result<(), Problem> {
    eprintln!("the ledger …");
    let postings = ledger::postings(&prepared.seller, size.refunds);
    let captured = ledger::capture(&copy(shop, folder, "capture")?, &postings, prepared.now)?;
    let (mut raw, mut posted) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&copy(shop, folder, "raw")?)?);
        posted.push(ledger::in_process(&copy(shop, folder, "engine")?, &postings, prepared.now)?);
    }
    figures.median("ledger_raw", raw, size.refunds, ("postings/s", None));
    figures.median("ledger", posted, size.refunds, ("postings/s", Some("ledger_raw")));
    Ok(())
}

/// Makes the shop by its own commands, and closes it.
fn prepare(shop: &Path, size: Size, figures: &mut Figures<'_>) -> Result<Crowd, Problem> {
    let orders = size.refunds + size.people * size.orders_each;
    eprintln!("preparing {orders} orders …");
    let mut config = Config::new(shop, Born::Live);
    config.limits = Limits::none();
    let app = open::shop(config)?;
    let size = crowd::Size { orders: size.refunds, people: size.people, orders_each: size.orders_each };
    let crowd = crowd::gather(&app, size).map_err(Problem::at("preparing"))?;
    drop(app);
    figures.add("orders", orders as f64, "");
    let bytes = std::fs::metadata(shop.join(crate::config::DATABASE))?.len();
    figures.add("database", bytes as f64 / 1e6, "MB");
    Ok(crowd)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Small enough for a build without optimisation. Memory is measured by starting this program, which a
    /// test is not.
    #[test]
    fn every_track_measures_a_small_shop() {
        let folder = std::env::temp_dir().join(format!("yuanlu-bench-test-{}", std::process::id()));
        files::private_folder(&folder).unwrap();
        let reading = Duration::from_millis(200);
        let (refunds, people, orders_each, bill_lines, entries) = (64, 4, 4, 300, 300);
        let size = Size {
            refunds,
            alone: 16,
            people,
            orders_each,
            reading,
            bill_lines,
            entries,
            pictures: (4, 100),
            grown: ([40, 80], 4),
            incident: 32,
            live: 4,
        };
        let tracks: Vec<_> = Track::value_variants().iter().copied().filter(|track| *track != Track::Memory).collect();
        let mut figures = Figures::default();
        measure(&folder, size, &tracks, &mut figures).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        for name in ["engine", "alone", "ledger", "http", "track", "reconcile", "journals"] {
            let figure = figures.find(name).expect(name);
            assert!(figure.value > 0.0 && figure.ratio.is_some(), "{figure:?}");
        }
    }
}
