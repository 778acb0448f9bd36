//! Tests of the foundation; every noun is tested beside its code.

mod ahead;
mod audit;
mod begun;
mod gone_back;
mod incidents;
mod plans;
mod rows;
mod schemas;
mod strict;

use crate::db::Birth;
use crate::schema::{Dialect, VERSION, migration};
use crate::{Born, Db, Read, StorageError, params, setting};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use yuanlu_domain::time::Instant;

/// A fresh place for one test's file; removed when dropped.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("yuanlu-storage-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("yuanlu.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn birth(born: Born) -> Birth {
    Birth { born, number_prefix: "YLT1".into(), created_at: Instant::from_micros(1) }
}

#[test]
fn a_database_stays_what_it_was_born_and_has_one_writer() {
    let place = Place::new();
    assert!(matches!(Db::inspect(place.file()), Err(StorageError::Absent { .. })));
    let db = Db::open(place.file(), &birth(Born::Demo)).unwrap();
    assert_eq!(db.meta().number_prefix, "YLT1");
    if db.location().file().is_some() {
        assert!(matches!(Db::open(place.file(), &birth(Born::Demo)), Err(StorageError::Locked { .. })));
    }
    assert!(db.take_writer().is_some());
    assert!(db.take_writer().is_none());
    drop(db);
    let other = Db::open(place.file(), &birth(Born::Live));
    assert!(matches!(other, Err(StorageError::Born { born: Born::Demo })));
    assert_eq!(Db::inspect(place.file()).unwrap().meta().born, Born::Demo);
}

#[test]
fn a_transaction_is_all_or_nothing_and_readers_see_it_at_once() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let now = Instant::from_micros(5);
    let failed: Result<(), StorageError> = writer.transaction(|tx| {
        setting::put(tx, "a", "1", now)?;
        Err(StorageError::inconsistent("setting", "a"))
    });
    assert!(failed.is_err());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        writer.transaction::<(), StorageError>(|tx| {
            setting::put(tx, "a", "2", now)?;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(db.read(|r| setting::find(r, "a")).unwrap(), None);
    writer
        .transaction(|tx| {
            setting::put(tx, "a", "3", now)?;
            let inner: Result<(), StorageError> = tx.savepoint(|tx| {
                setting::put(tx, "a", "4", now)?;
                setting::put(tx, "b", "4", now)?;
                Err(StorageError::inconsistent("setting", "b"))
            });
            assert!(inner.is_err());
            Ok::<_, StorageError>(())
        })
        .unwrap();
    assert_eq!(db.read(|r| setting::list(r)).unwrap(), [("a".to_owned(), "3".to_owned())]);
}

#[test]
fn a_snapshot_shows_one_moment_while_the_writer_goes_on() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let now = Instant::from_micros(5);
    let seen = db
        .snapshot(|r| {
            let before = setting::find(r, "a")?;
            writer.transaction(|tx| setting::put(tx, "a", "1", now))?;
            Ok::<_, StorageError>((before, setting::find(r, "a")?))
        })
        .unwrap();
    assert_eq!(seen, (None, None));
    assert_eq!(db.read(|r| setting::find(r, "a")).unwrap().as_deref(), Some("1"));
}

/// Reads inside reads, on more threads than there are connections, all end.
#[test]
fn nested_reads_do_not_wait_for_themselves() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let all_inside = std::sync::Barrier::new(10);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                db.read(|_| {
                    all_inside.wait();
                    db.read(|r| setting::list(r))
                })
                .unwrap();
            });
        }
    });
}

/// Statements inside the reading of an answer, several times and two deep, lose no row of it.
#[test]
fn a_statement_may_run_while_an_answer_is_read() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let now = Instant::from_micros(5);
    let names = ["a", "b", "c"];
    writer.transaction(|tx| names.iter().try_for_each(|name| setting::put(tx, name, name, now))).unwrap();
    let mut seen = Vec::new();
    db.snapshot(|r| {
        r.for_each(setting::ALL[1], &[], |row| {
            let outer = row.text(0)?;
            r.for_each(setting::ALL[1], &[], |row| {
                let inner = row.text(0)?;
                seen.push((outer.clone(), setting::find(r, &inner)?.unwrap()));
                Ok(())
            })
        })
    })
    .unwrap();
    let all: Vec<_> = names.iter().flat_map(|a| names.iter().map(|b| ((*a).to_owned(), (*b).to_owned()))).collect();
    assert_eq!(seen, all);
}

/// Two writers of a server count together: what one has read is not written over by the other.
#[test]
fn two_nodes_overtake_each_other_and_lose_nothing() {
    let Some(server) = crate::testing::server_schema() else { return };
    let now = Instant::from_micros(5);
    let count = |mut writer: crate::Writer| {
        for _ in 0..50 {
            let counted = writer.transaction_again(|tx| {
                let before: u32 = setting::find(tx, "count")?.map_or(0, |text| text.parse().unwrap());
                setting::put(tx, "count", &(before + 1).to_string(), now)
            });
            counted.unwrap();
        }
    };
    let nodes = [1, 2].map(|_| Db::open(&server, &birth(Born::Live)).unwrap());
    std::thread::scope(|scope| {
        for node in &nodes {
            let writer = node.take_writer().unwrap();
            scope.spawn(move || count(writer));
        }
    });
    assert_eq!(nodes[0].read(|r| setting::find(r, "count")).unwrap().as_deref(), Some("100"));
}

/// A session that the server ended costs at most the transaction that finds out; nothing of that one is kept.
#[test]
fn a_lost_session_is_opened_again() {
    let Some(server) = crate::testing::server_schema() else { return };
    let db = Db::open(&server, &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let other = crate::connection::Connection::for_copy(&server).unwrap();
    let now = Instant::from_micros(5);
    for (name, ended_inside) in [("before", false), ("inside", true)] {
        let mut process = 0;
        writer
            .transaction(|tx| {
                tx.connection().scan_text("select pg_backend_pid()", &[], &mut |row| {
                    process = row.int(0)?;
                    Ok(())
                })
            })
            .unwrap();
        let end = || other.scan_text(&format!("select pg_terminate_backend({process})"), &[], &mut |_| Ok(())).unwrap();
        if !ended_inside {
            end();
        }
        let first = writer.transaction(|tx| {
            setting::put(tx, name, "lost", now)?;
            if ended_inside {
                end();
            }
            setting::put(tx, name, "first", now)
        });
        let kept = db.read(|r| setting::find(r, name)).unwrap();
        assert_eq!(kept.as_deref(), first.is_ok().then_some("first"));
        assert!(!(ended_inside && first.is_ok()), "a transaction outlived its session");
        writer.transaction_again(|tx| setting::put(tx, name, "second", now)).unwrap();
        assert_eq!(db.read(|r| setting::find(r, name)).unwrap().as_deref(), Some("second"));
    }
}

/// A copy is whole, goes on where it stopped, is not opened before it is done, and never touches another database.
#[test]
fn a_copy_goes_on_where_it_stopped() {
    let (from, to) = (Place::new(), Place::new());
    let source = Db::open(from.file(), &birth(Born::Live)).unwrap();
    let mut writer = source.take_writer().unwrap();
    let now = Instant::from_micros(5);
    let names: Vec<_> = (0..1200).map(|n| format!("name-{n:04}")).collect();
    writer.transaction(|tx| names.iter().try_for_each(|name| setting::put(tx, name, "值 1", now))).unwrap();
    drop((writer, source));
    let source = Db::inspect(from.file()).unwrap();
    let mut targets = vec![crate::Location::from(to.file())];
    targets.extend(crate::testing::server_schema());
    for target in targets {
        let mut calls = 0;
        let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            crate::copy::copy(&source, &target, &mut |progress| {
                calls += 1;
                assert!(progress.done <= progress.total && calls < 4, "interrupted here");
            })
        }));
        assert!(stopped.is_err());
        assert!(Db::inspect(&target).is_err(), "half a copy was opened");
        crate::copy::copy(&source, &target, &mut |_| {}).unwrap();
        let copied = Db::inspect(&target).unwrap();
        assert_eq!(copied.meta(), source.meta());
        let all = |db: &Db| db.read(|r| setting::list(r)).unwrap();
        assert_eq!(all(&copied), all(&source));
        assert!(matches!(crate::copy::copy(&source, &target, &mut |_| {}), Err(StorageError::Conflict { .. })));
    }
}

#[test]
fn a_reader_cannot_write() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let denied = db.read(|r| r.query(setting::ALL[2], &params!["a", "b", 1i64], |_| Ok(())));
    assert!(matches!(denied, Err(StorageError::Away { .. })), "{denied:?}");
}

#[test]
fn every_noun_is_registered_and_every_text_is_valid_on_sqlite() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let noun = path.file_stem().unwrap().to_str().unwrap();
        if text.contains("\npub(crate) const TABLES") {
            assert!(crate::NOUN_NAMES.contains(&noun), "name `{noun}` in `nouns!`");
        }
    }
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    for sql in crate::all_statements() {
        db.read(|r| r.connection().prepare(sql)).unwrap_or_else(|e| panic!("{}: {e:?}", sql.name()));
    }
}

/// Needs `YUANLU_TEST_POSTGRES=postgres://…`, which `./check` sets; says so loudly where it is missing.
#[test]
fn every_text_is_valid_on_postgres() {
    let Ok(url) = std::env::var("YUANLU_TEST_POSTGRES") else {
        assert!(std::env::var("YUANLU_REQUIRE_POSTGRES").is_err(), "YUANLU_TEST_POSTGRES is not set");
        eprintln!("NOT RUN: no statement was prepared on PostgreSQL, because YUANLU_TEST_POSTGRES is not set");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused: Vec<String> = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let schema = format!("prepared_{}", std::process::id());
        client.batch_execute(&format!("create schema {schema}; set search_path to {schema}")).await.unwrap();
        for version in 1..=VERSION {
            let mut text = migration(&crate::tables(), version, Dialect::Postgres);
            text.push_str(crate::migrate::fill(version, Dialect::Postgres));
            client.batch_execute(&text).await.unwrap_or_else(|e| panic!("{e:?}\n{text}"));
        }
        let mut refused = Vec::new();
        for sql in crate::all_statements() {
            if let Err(e) = client.prepare(&sql.postgres()).await {
                refused.push(format!("{}: {e:?}\n{}", sql.name(), sql.postgres()));
            }
        }
        client.batch_execute(&format!("drop schema {schema} cascade")).await.unwrap();
        drop(client);
        driver.await.unwrap().unwrap();
        refused
    });
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
