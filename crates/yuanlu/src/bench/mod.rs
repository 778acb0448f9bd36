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
//! | `case`, `case_archived` | reading one case of an order that is over, before and after it was archived | each other |
//! | `archived` | orders that go to the archive in a second, and the bytes of their journals before and after | – |
//! | `growth_…` | single operations in a large shop, beside a small one | the small one |
//! | `picture_…` | screens that look alike, copies that are found, search among many, one photograph | – |
//! | `memory_…` | what the program holds at rest, under load, and after it | the most it may hold |
//! | `reconcile` | the same bill compared with as many refunds | `reconcile_bare` |
//! | `incident_raw` | the statements of a mass incident's refunds, replayed by a bare loop in groups of 256 | – |
//! | `incident` | the unthrottled run of the same incident, claims included | `incident_raw` |
//! | `incident_live_…` | refunds of other people over HTTP, alone and beside a throttled run | each other |
//!
//! A complete refund: applied for, judged, booked, credited to balance, completed, durable.

mod archive;
mod client;
mod figures;
mod growth;
mod in_process;
mod incident;
mod journals;
mod ledger;
mod memory;
mod pictures;
mod place;
mod reconcile;
mod refunds;
mod serving;

use crate::cli;
use crate::{Problem, files, open};
use clap::ValueEnum;
use figures::{Figure, Figures, line, per_second};
use place::{Place, Shop};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use yuanlu_storage::Location;
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

impl Track {
    /// Whether it can be measured on a server; the others read a file themselves, or no database at all.
    fn is_for_servers(self) -> bool {
        !matches!(self, Self::Reconcile | Self::Journals | Self::Pictures)
    }
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
    /// Old orders on their way to the archive, and read there.
    Archive,
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
    let mut size = Size::of(options.quick);
    if let Some(orders) = options.orders {
        size.grown.0 = orders;
    }
    let server = options.database.as_deref().map(Location::parse).transpose();
    let server = server.map_err(|error| Problem::new(open::chain(&error)))?;
    let server = server.map(|server| server.vouched_by(options.database_ca.clone()));
    let tracks = tracks(options.only, server.is_some())?;
    let folder = match &options.data {
        Some(folder) if folder.exists() => {
            return Err(Problem::new(format!("{} exists; give a folder that does not", folder.display())));
        }
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("yuanlu-bench-{}", std::process::id())),
    };
    let place = Place::new(&folder, server)?;
    if let Some(server) = place.describe()? {
        eprintln!("{server}");
    }
    files::private_folder(&folder).map_err(Problem::at(folder.display()))?;
    let json = options.json;
    let tell = move |figure: &Figure| println!("{}", line(figure, json));
    let mut figures = Figures::telling(&tell);
    let measured = measure(&place, size, &tracks, &mut figures);
    drop(place);
    if options.data.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    measured?;
    Ok(ExitCode::SUCCESS)
}

/// What is measured; on a server, all that has to do with one.
fn tracks(only: Option<Track>, server: bool) -> Result<Vec<Track>, Problem> {
    match only {
        Some(track) if server && !track.is_for_servers() => {
            Err(Problem::new("this part is measured on a file only; leave --database away"))
        }
        Some(track) => Ok(vec![track]),
        None => {
            let fits = |track: &Track| !server || track.is_for_servers();
            Ok(Track::value_variants().iter().copied().filter(fits).collect())
        }
    }
}

fn measure(place: &Place, size: Size, tracks: &[Track], figures: &mut Figures<'_>) -> Result<(), Problem> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    figures.add("cores", cores as f64, "");
    let began = start();
    let in_shop = |track: &Track| matches!(track, Track::Engine | Track::Ledger | Track::Web | Track::Memory);
    let prepared = match tracks.iter().any(in_shop) {
        true => Some(Prepared::new(place, size, figures)?),
        false => None,
    };
    for track in tracks {
        match (track, &prepared) {
            (Track::Engine, Some(prepared)) => in_process::refunds(prepared, figures)?,
            (Track::Ledger, Some(prepared)) => in_process::postings(prepared, figures)?,
            (Track::Web, Some(prepared)) => in_process::web(prepared, figures)?,
            (Track::Memory, Some(prepared)) => memory::measure(prepared, figures)?,
            (Track::Reconcile, _) => reconcile::measure(place.folder(), size.bill_lines, figures)?,
            (Track::Journals, _) => journals::measure(place.folder(), size.entries, figures)?,
            (Track::Archive, _) => archive::measure(place, size.entries / 20, size.grown.1, figures)?,
            (Track::Incident, _) => incident::measure(place, size, figures)?,
            (Track::Growth, _) => growth::measure(place, size.grown.0, size.grown.1, figures)?,
            (Track::Pictures, _) => pictures::measure(size.pictures.0, size.pictures.1, figures)?,
            (Track::Engine | Track::Ledger | Track::Web | Track::Memory, None) => {}
        }
    }
    figures.add("took", began.elapsed().as_secs_f64(), "s");
    Ok(())
}

/// The shop that several tracks work on copies of.
pub struct Prepared<'p> {
    place: &'p Place,
    shop: Shop,
    crowd: Crowd,
    size: Size,
}

impl<'p> Prepared<'p> {
    /// Makes the shop by its own commands, and closes it.
    fn new(place: &'p Place, size: Size, figures: &mut Figures<'_>) -> Result<Self, Problem> {
        let orders = size.refunds + size.people * size.orders_each;
        eprintln!("preparing {orders} orders …");
        let shop = place.shop("shop")?;
        let app = shop.open()?;
        let people = crowd::Size { orders: size.refunds, people: size.people, orders_each: size.orders_each };
        let crowd = crowd::gather(&app, people).map_err(Problem::at("preparing"))?;
        drop(app);
        shop.settle()?;
        figures.add("orders", orders as f64, "");
        figures.add("database", shop.bytes()? / 1e6, "MB");
        Ok(Self { place, shop, crowd, size })
    }

    fn copy(&self, name: &str) -> Result<Shop, Problem> {
        self.place.copy(&self.shop, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small enough for a build without optimisation. Memory is measured by starting this program, which a
    /// test is not.
    #[test]
    fn every_track_measures_a_small_shop() {
        let tracks: Vec<_> = Track::value_variants().iter().copied().filter(|track| *track != Track::Memory).collect();
        measure_small(
            "file",
            None,
            &tracks,
            &["engine", "alone", "ledger", "http", "track", "reconcile", "journals", "case_archived"],
        );
    }

    /// The same on a server, where there is one for tests.
    #[test]
    fn tracks_measure_a_small_shop_on_a_server() {
        let Some(server) = yuanlu_storage::testing::server_schema() else { return };
        let tracks = [Track::Engine, Track::Ledger, Track::Web, Track::Growth, Track::Incident, Track::Archive];
        measure_small(
            "server",
            Some(server),
            &tracks,
            &["engine", "alone", "ledger", "http", "track", "incident", "case_archived"],
        );
    }

    fn measure_small(name: &str, server: Option<Location>, tracks: &[Track], beside: &[&str]) {
        let folder = std::env::temp_dir().join(format!("yuanlu-bench-test-{}-{name}", std::process::id()));
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
        let mut figures = Figures::default();
        measure(&Place::new(&folder, server).unwrap(), size, tracks, &mut figures).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        for name in beside {
            let figure = figures.find(name).expect(name);
            assert!(figure.value > 0.0 && figure.ratio.is_some(), "{figure:?}");
        }
    }
}
