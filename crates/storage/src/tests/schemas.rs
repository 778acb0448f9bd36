//! Databases that older programs left, with their rows, under this one.

use super::audit::Shop;
use super::{Place, birth};
use crate::connection::Connection;
use crate::location::Location;
use crate::migrate::{self, Plan};
use crate::postgres::Purpose;
use crate::schema::{Dialect, Table, VERSION};
use crate::verify::verify;
use crate::{Born, Db, Read, StorageError, Value};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Places for a database of each engine; without a server, of one.
fn places() -> Vec<(Place, Location)> {
    let file = Place::new();
    let location = Location::from(file.file());
    let mut places = vec![(file, location)];
    places.extend(crate::testing::server_schema().map(|server| (Place::new(), server)));
    places
}

fn columns(table: &Table, version: u32) -> Vec<&'static str> {
    table.columns.iter().filter(|column| column.is_in(version)).map(|column| column.name()).collect()
}

/// The rows of a table, without kinds of aggregates that the program of a version had not.
fn rows(connection: &Connection, table: &Table, columns: &[&str], version: u32) -> Vec<Vec<Value<'static>>> {
    let mut only = " where true".to_owned();
    if columns.contains(&"kind") && columns.contains(&"aggregate_id") {
        let since = |tables: &[Table]| tables.iter().map(|table| table.since).min() > Some(version);
        let unknown = [("desk", since(crate::desk::TABLES)), ("view", since(crate::view_log::TABLES))];
        unknown.iter().filter(|(_, is)| *is).for_each(|(kind, _)| only += &format!(" and kind <> '{kind}'"));
    }
    let text = format!("select {} from {}{only} order by {}", columns.join(", "), table.name, table.key);
    let mut rows = Vec::new();
    let each = &mut |row: &crate::Row<'_>| {
        let values = (0..columns.len()).map(|n| row.value(n).map(Value::into_owned));
        rows.push(values.collect::<Result<_, _>>()?);
        Ok(())
    };
    connection.scan_text(&text, &[], each).unwrap();
    rows
}

/// A database as the program of an older schema would have left it, with the rows of a shop.
fn left_by(version: u32, shop: &Db, place: &Location) {
    let old = Connection::open(place, Purpose::Write).unwrap();
    migrate::run_to(&old, version).unwrap();
    for table in crate::tables().into_iter().filter(|table| table.since <= version && table.name != "day_tally") {
        let columns = columns(table, version);
        let numbers: Vec<_> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let text = format!("insert into {} ({}) values ({})", table.name, columns.join(", "), numbers.join(", "));
        let kept = shop.read(|r| Ok::<_, StorageError>(rows(r.connection(), table, &columns, version))).unwrap();
        for row in &kept {
            old.run_text(&text, row).unwrap();
        }
    }
}

/// From every older schema, on both engines: every row is kept, new columns say what they would have said, the books are
/// right, and who reads the old tables meanwhile goes on.
#[test]
fn an_older_database_is_brought_up_to_date_with_its_rows_while_somebody_reads() {
    let shop = Shop::new();
    for version in 1..VERSION {
        for (_kept, place) in places() {
            left_by(version, &shop.db, &place);
            assert!(matches!(Db::inspect(&place), Err(StorageError::Older { found }) if found == version));
            let plan = migrate::plan(&place).unwrap();
            assert_eq!((plan.from, plan.steps.len()), (version, (VERSION - version) as usize), "{place}");
            let (done, read) = (AtomicBool::new(false), AtomicU64::new(0));
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let reader = Connection::open(&place, Purpose::Read).unwrap();
                    while !done.load(Ordering::Relaxed) {
                        let text = "select order_id, state from order_file order by order_id";
                        reader.scan_text(text, &[], &mut |row| row.text(1).map(drop)).unwrap();
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                });
                while read.load(Ordering::Relaxed) == 0 {
                    std::thread::yield_now();
                }
                let mut told = Vec::new();
                assert_eq!(migrate::migrate(&place, &mut |step| told.push(step.version)).unwrap(), plan);
                assert_eq!(told, (version + 1..=VERSION).collect::<Vec<_>>());
                done.store(true, Ordering::Relaxed);
            });
            assert_eq!(migrate::plan(&place).unwrap(), Plan { from: VERSION, steps: Vec::new() });
            let db = Db::inspect(&place).unwrap();
            let tables =
                crate::tables().into_iter().filter(|table| table.since <= version && table.name != "day_tally");
            for table in tables {
                let columns = columns(table, VERSION);
                let all = |db: &Db| {
                    db.read(|r| Ok::<_, StorageError>(rows(r.connection(), table, &columns, version))).unwrap()
                };
                assert_eq!(all(&db), all(&shop.db), "{} from schema {version} at {place}", table.name);
            }
            let report = verify(&db, None, |_| {}).unwrap();
            assert!(report.differences.is_empty(), "from schema {version} at {place}: {:#?}", report.differences);
            // It is served like any other, by whoever opens it to write.
            assert!(Db::open(&place, &birth(Born::Live)).unwrap().migrated().steps.is_empty());
        }
    }
}

/// A transaction that only reads, and takes its time, holds a migration of a server up, which holds nobody up.
#[test]
fn a_migration_waits_for_readers_and_not_they_for_it() {
    let Some(place) = crate::testing::server_schema() else { return };
    left_by(2, &Shop::new().db, &place);
    let [long, short] = [1, 2].map(|_| Connection::open(&place, Purpose::Read).unwrap());
    let look = |connection: &Connection| {
        connection.scan_text("select count(*) from order_file", &[], &mut |row| row.int(0).map(drop)).unwrap();
    };
    long.batch("begin isolation level repeatable read, read only").unwrap();
    look(&long);
    std::thread::scope(|scope| {
        let migration = scope.spawn(|| migrate::migrate(&place, &mut |_| {}));
        for _ in 0..30 {
            std::thread::sleep(std::time::Duration::from_millis(100));
            look(&short);
        }
        assert!(!migration.is_finished(), "it needs a moment without readers");
        long.batch("commit").unwrap();
        migration.join().unwrap().unwrap();
    });
    look(&short);
}

/// Two nodes of a new program that start at once: one does it, both find it done.
#[test]
fn two_nodes_that_begin_at_once_both_find_it_done() {
    let Some(place) = crate::testing::server_schema() else { return };
    left_by(1, &Shop::new().db, &place);
    std::thread::scope(|scope| {
        let nodes = [1, 2, 3].map(|_| scope.spawn(|| Db::open(&place, &birth(Born::Live)).map(drop)));
        nodes.into_iter().for_each(|node| node.join().unwrap().unwrap());
    });
    assert!(verify(&Db::inspect(&place).unwrap(), None, |_| {}).unwrap().differences.is_empty());
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    for (_kept, place) in places() {
        migrate::run_to(&Connection::open(&place, Purpose::Write).unwrap(), VERSION).unwrap();
        drop(Db::open(&place, &birth(Born::Live)).unwrap());
        let connection = Connection::open(&place, Purpose::Write).unwrap();
        let text = "insert into refinery_schema_history (version, name, applied_on, checksum) values (99, 'schema', 'now', '1')";
        connection.run_text(text, &[]).unwrap();
        for refused in [
            Db::open(&place, &birth(Born::Live)).map(drop),
            Db::inspect(&place).map(drop),
            migrate::plan(&place).map(drop),
            migrate::migrate(&place, &mut |_| {}).map(drop),
        ] {
            let error = refused.unwrap_err();
            assert!(matches!(error, StorageError::Newer { found: 99 }), "{error:?}");
            assert!(error.to_string().contains("made by a newer yuanlu"), "{error}");
        }
    }
}

/// Steps that were released are produced again byte for byte: a database that took one in another form is not touched.
#[test]
fn released_steps_never_change() {
    let sums: Vec<String> = (1..=VERSION)
        .flat_map(|version| [Dialect::Sqlite, Dialect::Postgres].map(|dialect| (version, dialect)))
        .map(|(version, dialect)| format!("{version} {dialect:?} {}", migrate::checksum(version, dialect).unwrap()))
        .collect();
    let released = include_str!("schemas.txt");
    assert_eq!(sums.join("\n"), released.trim_end(), "a released step has changed, or a new one is not listed");
}
