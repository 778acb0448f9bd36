//! Archived journals: the same to whoever reads, verifies, copies or goes on with them.

use super::{ORDER, Place, Shop, at, birth, verify, verify_chains};
use crate::aggregate::Kind;
use crate::archive::{self, Holdings};
use crate::connection::Connection;
use crate::copy::copy;
use crate::journal::{self, Line, hex};
use crate::{Born, Db, Location, Read, StorageError, Value, order_file, personal, seal, view_log};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::cell::{Cell, RefCell};
use yuanlu_domain::command::OrderAct;

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

impl Shop {
    fn seal_day(&mut self, hour: i8) {
        self.writer.transaction(|tx| seal::seal(tx, at(hour), |text| key().sign(text).as_ref().to_vec())).unwrap();
    }

    /// Packs the order and who looked at it, lets something happen, and moves them.
    fn archive(&mut self, between: impl FnOnce(&mut Self)) -> bool {
        let packed = [self.db.read(|r| archive::pack_order(r, &ORDER.into())).unwrap().unwrap()];
        between(self);
        let moved = self.writer.transaction(|tx| archive::take(tx, &packed, at(23)).map(|moved| moved.len()));
        moved.unwrap() == 1
    }

    fn lines(&self, kind: Kind) -> Vec<Line> {
        self.db.read(|r| journal::list(r, kind, ORDER)).unwrap()
    }

    /// Entries of the order, and of its views, that lie outside the archive.
    fn outside(&self) -> i64 {
        let mut count = 0;
        let text = format!("select count(*) from journal where aggregate_id = '{ORDER}'");
        let each = &mut |row: &crate::Row<'_>| {
            count = row.int(0)?;
            Ok(())
        };
        self.db.read(|r| r.connection().scan_text(&text, &[], each)).unwrap();
        count
    }

    fn archived() -> Self {
        let mut shop = Self::new();
        shop.seal_day(20);
        assert!(shop.archive(|_| {}));
        shop
    }
}

#[test]
fn an_archived_journal_reads_and_verifies_as_before() {
    let mut shop = Shop::new();
    assert!(!shop.archive(|_| {}), "it was not sealed yet");
    shop.seal_day(20);
    let before = [Kind::Order, Kind::View].map(|kind| shop.lines(kind));
    let (report, chains) = (shop.verify(), verify_chains(&shop.db, |_| {}).unwrap());
    assert!(shop.archive(|_| {}));
    assert_eq!(shop.outside(), 0);
    assert_eq!([Kind::Order, Kind::View].map(|kind| shop.lines(kind)), before);
    for (kind, lines) in [Kind::Order, Kind::View].into_iter().zip(&before) {
        for line in lines {
            let found = shop.db.read(|r| journal::find_head(r, kind, ORDER, line.seq)).unwrap();
            assert_eq!(found.as_ref(), Some(&line.head));
        }
    }
    assert_eq!((shop.verify(), verify_chains(&shop.db, |_| {}).unwrap()), (report, chains));
    let public = key().public_key().as_ref().to_vec();
    assert_eq!(verify(&shop.db, Some(&public), |_| {}).unwrap().differences, []);
    assert!(shop.db.read(|r| seal::inclusion(r, Kind::Order, ORDER)).unwrap().is_some());
    let held = shop.db.read(|r| archive::holdings(r)).unwrap();
    let entries: Vec<&Line> = before.iter().flatten().collect();
    let size = entries.iter().map(|line| line.body.len() as i64).sum();
    assert_eq!(held, Holdings { journals: 2, entries: entries.len() as i64, size });
}

#[test]
fn what_is_written_to_an_archived_order_follows_and_is_taken_along_later() {
    let mut shop = Shop::archived();
    let before = shop.lines(Kind::Order);
    shop.hour = 21;
    shop.order(OrderAct::Withdraw { case: 1 });
    shop.writer.transaction(|tx| view_log::append(tx, ORDER, at(22), r#"{"session":"s3"}"#)).unwrap();
    assert_eq!(shop.outside(), 2);
    let after = shop.lines(Kind::Order);
    assert_eq!((&after[..before.len()], after.len()), (before.as_slice(), before.len() + 1));
    let report = shop.verify();
    assert_eq!((report.differences, report.entries), (vec![], 12));
    assert_eq!(verify_chains(&shop.db, |_| {}).unwrap().differences, []);
    // Until it is sealed it stays; afterwards all of it goes, and what goes on meanwhile is left.
    assert!(!shop.archive(|_| {}));
    shop.seal_day(23);
    assert!(shop.archive(|shop| {
        shop.writer.transaction(|tx| view_log::append(tx, ORDER, at(23), r#"{"session":"s4"}"#)).unwrap();
    }));
    assert_eq!(shop.lines(Kind::Order), after);
    assert_eq!((shop.lines(Kind::View).len(), shop.outside()), (4, 2));
    assert_eq!(shop.verify().differences, []);
    let whole = shop.db.read(|r| archive::pack_order(r, &ORDER.into())).unwrap().unwrap();
    assert_eq!(whole.entries(), after.len() as i64 + 4);
}

#[test]
fn an_order_that_goes_on_while_it_is_packed_stays() {
    let mut shop = Shop::new();
    shop.seal_day(20);
    shop.hour = 20;
    assert!(!shop.archive(|shop| {
        shop.order(OrderAct::Withdraw { case: 1 });
        shop.seal_day(22);
    }));
    assert_eq!((shop.verify().differences, shop.outside()), (vec![], 6));
}

#[test]
fn only_what_was_over_and_sealed_is_listed_and_the_seal_lists_it_again() {
    let mut shop = Shop::new();
    let quiet = |shop: &Shop| {
        let after = (at(0).plus_days(-9), "");
        shop.db.read(|r| order_file::list_quiet(r, after, at(0).plus_days(9), 9)).unwrap().len()
    };
    shop.spoil("update order_file set status = 'completed'");
    assert_eq!(quiet(&shop), 0, "not sealed");
    shop.seal_day(20);
    assert_eq!(quiet(&shop), 1);
    assert!(shop.archive(|_| {}));
    assert_eq!(quiet(&shop), 0);
    shop.hour = 20;
    shop.order(OrderAct::Withdraw { case: 1 });
    shop.spoil("update order_file set status = 'completed'");
    assert_eq!(quiet(&shop), 0);
    shop.seal_day(22);
    assert_eq!(quiet(&shop), 1);
}

#[test]
fn texts_are_erased_as_before() {
    let mut shop = Shop::archived();
    assert!(shop.writer.transaction(|tx| personal::erase(tx, &"p1".into(), at(20))).unwrap());
    let report = shop.verify();
    assert_eq!((report.differences, report.erased, report.texts), (vec![], 1, 1));
}

/// Everything that can be done to a row of the archive is found by the audit and by the chains alone, and named.
#[test]
fn a_spoiled_archive_is_found_and_named() {
    let forged = |text: &str| {
        let shop = Shop::archived();
        let (order, raw) = (Kind::Order.code(), Connection::for_copy(shop.db.location()).unwrap());
        let mut body = Vec::new();
        let found = "select body from archive where kind = $1";
        let each = &mut |row: &crate::Row<'_>| {
            body = row.blob(0)?;
            Ok(())
        };
        raw.scan_text(found, &[Value::from(order)], each).unwrap();
        let inside = String::from_utf8(decompress_to_vec_zlib(&body).unwrap()).unwrap();
        let (old, new) = text.split_once('|').unwrap();
        assert!(inside.contains(old), "{inside}");
        let packed = compress_to_vec_zlib(inside.replace(old, new).as_bytes(), 6);
        let set = [Value::from(order), Value::from(&packed)];
        assert_eq!(raw.run_text("update archive set body = $2 where kind = $1", &set).unwrap(), 1);
        shop
    };
    let spoiled = |text: &str| {
        let shop = Shop::archived();
        shop.spoil(text);
        shop
    };
    let last = Shop::archived().lines(Kind::Order).len();
    let end = format!("order:{ORDER}:{last}");
    let begin = format!("order:{ORDER}:1");
    let cases = [
        // Another price, of the same length: the chain leads elsewhere.
        (forged("9999|9998"), "entry", end.clone()),
        (forged("\n|"), "entry", begin.clone()),
        (spoiled("update archive set head = 'ff' where kind = 'order'"), "entry", end.clone()),
        (spoiled("update archive set entries = entries - 1 where kind = 'order'"), "entry", begin.clone()),
        (
            spoiled("update archive set body = (select body from archive where kind = 'view') where kind = 'order'"),
            "entry",
            begin.clone(),
        ),
        (
            spoiled("update archive set aggregate_id = 'other' where kind = 'order'"),
            "entry",
            format!("order:other:{last}"),
        ),
        (spoiled("delete from archive where kind = 'order'"), "journal", format!("order:{ORDER}")),
        (spoiled("delete from archive where kind = 'view'"), "head", format!("view:{ORDER}")),
        (
            spoiled(&format!(
                "insert into journal (kind, aggregate_id, seq, at, body, head) values ('order', '{ORDER}', 1, 0, '', '')"
            )),
            "archive",
            format!("order:{ORDER}"),
        ),
    ];
    for (n, (shop, check, place)) in cases.into_iter().enumerate() {
        for found in [shop.verify(), verify_chains(&shop.db, |_| {}).unwrap()] {
            let named = found.differences.iter().any(|d| d.check == check && d.place == place);
            assert!(named, "{n}: {:?}", found.differences);
        }
    }
    // Whoever also forges where the chain ends, in both places, is caught by the seal.
    let shop = forged("9999|9998");
    let mut end = journal::genesis(Kind::Order, ORDER);
    let lines = shop.db.read(|r| archive::list(r, Kind::Order, ORDER)).unwrap();
    lines.iter().for_each(|line| end = journal::next(&end, &line.body));
    let head = hex(&end.hash);
    shop.spoil(&format!("update archive set head = '{head}' where kind = 'order'"));
    shop.spoil(&format!("update order_file set head = '{head}'"));
    assert!(shop.verify().differences.iter().any(|d| d.check == "seal" && d.detail.contains(ORDER)));
    // What cannot be unpacked is not taken for an empty journal.
    let shop = forged("\n|");
    assert!(shop.db.read(|r| journal::list(r, Kind::Order, ORDER)).is_err());
}

#[test]
fn an_archive_is_copied_and_backed_up_with_the_rest() {
    let shop = Shop::archived();
    let (lines, report) = (shop.lines(Kind::Order), shop.verify());
    let (backup, file) = (Place::new(), Place::new());
    shop.db.backup_to(&backup.file()).unwrap();
    let source = Db::inspect(backup.file()).unwrap();
    let mut targets = vec![Location::from(file.file())];
    targets.extend(crate::testing::server_schema());
    for target in targets {
        copy(&source, &target, &mut |_| {}).unwrap();
        let copied = Db::inspect(&target).unwrap();
        assert_eq!(verify(&copied, None, |_| {}).unwrap(), report, "{target}");
        assert_eq!(copied.read(|r| journal::list(r, Kind::Order, ORDER)).unwrap(), lines);
    }
}

/// The archive of several journals with any entries, taken in any steps.
#[test]
fn whatever_entries_say_they_come_back_byte_for_byte() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let writer = RefCell::new(db.take_writer().unwrap());
    let count = Cell::new(0);
    let bodies = prop::collection::vec((any::<i64>(), "[^\0]{0,60}"), 1..8);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(64));
    runner
        .run(&(bodies, 0usize..8), |(bodies, first)| {
            count.set(count.get() + 1);
            let id = format!("v{}", count.get());
            let write = |some: &[(i64, String)]| {
                let mut writer = writer.borrow_mut();
                writer
                    .transaction::<_, StorageError>(|tx| {
                        some.iter().try_for_each(|(at, body)| {
                            view_log::append(tx, &id, yuanlu_domain::time::Instant::from_micros(*at), body)
                        })
                    })
                    .unwrap();
                let whole = db.read(|r| journal::list(r, Kind::View, &id)).unwrap();
                if let Some(packed) = db.read(|r| archive::pack(r, Kind::View, &id)).unwrap() {
                    writer.transaction(|tx| archive::put(tx, &packed, at(1))).unwrap();
                }
                assert_eq!(db.read(|r| journal::list(r, Kind::View, &id)).unwrap(), whole);
                whole
            };
            let (some, rest) = bodies.split_at(first.min(bodies.len()));
            write(some);
            let whole = write(rest);
            let read: Vec<_> = whole.into_iter().map(|line| (line.at.micros(), line.body)).collect();
            prop_assert_eq!(read, bodies);
            Ok(())
        })
        .unwrap();
    assert_eq!(verify_chains(&db, |_| {}).unwrap().differences, []);
}
