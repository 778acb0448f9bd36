//! The chains of all journals, and the whole audit, beside only reading and hashing the same rows.

use super::{Figures, per_second, start};
use crate::{Problem, config, open};
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use yuanlu_app::{Config, Limits};
use yuanlu_storage::verify::{verify, verify_chains};
use yuanlu_storage::{Born, Db};
use yuanlu_world::crowd::{self, Size};

/// Each is taken so often, and the best counts.
const ROUNDS: usize = 3;

/// A shop whose journals have about so many entries, and what it takes to verify them, without and with the rows they amount to.
pub fn measure(folder: &Path, entries: usize, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let shop = folder.join("journals");
    eprintln!("preparing journals of {entries} entries …");
    let mut config = Config::new(&shop, Born::Live);
    config.limits = Limits::none();
    let app = open::shop(config)?;
    // An order is an entry of its own journal and one of its buyer's wallet.
    let size = Size { orders: entries / 2, people: 0, orders_each: 0 };
    crowd::gather(&app, size).map_err(Problem::at("preparing"))?;
    drop(app);
    let database = shop.join(config::DATABASE);
    let rows = count(&database)?;
    figures.add("journal_entries", rows as f64, "");
    eprintln!("{rows} entries: reading and hashing, then the audit …");
    let mut bare = f64::MAX;
    let mut chains = f64::MAX;
    let mut whole = f64::MAX;
    for _ in 0..ROUNDS {
        let began = start();
        let read = read_and_hash(&database)?;
        bare = bare.min(began.elapsed().as_secs_f64());
        let db = Db::inspect(&database).map_err(|error| Problem::new(open::chain(&error)))?;
        let began = start();
        let chained = verify_chains(&db, |_| {}).map_err(|error| Problem::new(open::chain(&error)))?;
        chains = chains.min(began.elapsed().as_secs_f64());
        let began = start();
        let report = verify(&db, None, |_| {}).map_err(|error| Problem::new(open::chain(&error)))?;
        whole = whole.min(began.elapsed().as_secs_f64());
        let differences = report.differences.len() + chained.differences.len();
        if report.entries != read || chained.entries != read || differences > 0 {
            return Err(Problem::new(format!("{read} entries were read, {} verified", report.entries)));
        }
    }
    let speed = |seconds: f64| per_second(rows, std::time::Duration::from_secs_f64(seconds));
    figures.add("journals_bare", speed(bare), "entries/s");
    figures.add_beside("journals", speed(chains), "entries/s", "journals_bare");
    figures.add_beside("audit", speed(whole), "entries/s", "journals_bare");
    Ok(())
}

fn connect(database: &Path) -> Result<Connection, Problem> {
    Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Problem::new)
}

fn count(database: &Path) -> Result<usize, Problem> {
    let counted: i64 = connect(database)?
        .query_row("select count(*) from journal where kind <> 'view'", [], |row| row.get(0))
        .map_err(Problem::new)?;
    usize::try_from(counted).map_err(Problem::new)
}

/// Every row in the order of the journals, its body hashed onto the hash before: the least that a chain takes.
fn read_and_hash(database: &Path) -> Result<u64, Problem> {
    let connection = connect(database)?;
    let mut rows = connection
        .prepare(
            "select aggregate_id, seq, body, head from journal where kind <> 'view' order by kind, aggregate_id, seq",
        )
        .map_err(Problem::new)?;
    let mut found = rows.query([]).map_err(Problem::new)?;
    let (mut read, mut chain) = (0, Vec::new());
    while let Some(row) = found.next().map_err(Problem::new)? {
        let text = |column| row.get_ref(column).and_then(|value| Ok(value.as_bytes()?)).map_err(Problem::new);
        chain.truncate(32);
        chain.extend_from_slice(text(2)?);
        let hash = digest(&SHA256, &chain);
        chain.clear();
        chain.extend_from_slice(hash.as_ref());
        std::hint::black_box(text(3)?);
        read += 1;
    }
    Ok(read)
}
