//! A database that has gone back to an earlier state.

use super::birth;
use crate::testing::OwnSchema;
use crate::{Born, Db, Location, StorageError, Writer, audit, setting};
use yuanlu_domain::time::Instant;

fn open(schema: &OwnSchema) -> (Db, Writer) {
    let db = Db::open(Location::parse(&schema.address(schema.port)).unwrap(), &birth(Born::Live)).unwrap();
    let writer = db.take_writer().unwrap();
    (db, writer)
}

fn put(writer: &mut Writer, value: &str) -> Result<(), StorageError> {
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    writer.transaction(|tx| setting::put(tx, "tried", value, now))
}

fn lost(result: Result<(), StorageError>) -> Option<i64> {
    match result {
        Err(StorageError::GoneBack { lost }) => lost,
        other => panic!("{other:?}"),
    }
}

/// Another server stands in that did not hear of the last transaction of one node: no node writes any more, and payouts wait.
#[test]
fn a_node_that_misses_what_was_done_stops_all() {
    let Some(schema) = OwnSchema::new(20) else { return };
    let ((here, mut one), (there, mut other)) = (open(&schema), open(&schema));
    (0..3).for_each(|_| put(&mut one, "one").unwrap());
    schema.run("update commit_mark set n = 3 where n = 4");
    put(&mut one, "nobody has lost a session, and nobody asks").unwrap();
    schema.run("update commit_mark set n = 3 where n = 5");
    schema.end_sessions();
    put(&mut other, "misses nothing").unwrap();
    assert!(!here.has_gone_back() && here.read(|db| setting::held(db)).unwrap().is_none());
    assert_eq!(lost(put(&mut one, "refused")), Some(2));
    assert_eq!(lost(put(&mut other, "refused")), None);
    schema.end_sessions();
    assert_eq!((lost(put(&mut one, "refused")), lost(put(&mut other, "refused"))), (Some(2), None));
    assert!(here.has_gone_back() && there.has_gone_back());

    let (after, mut writer) = open(&schema);
    assert_eq!(after.read(|db| setting::find(db, "tried")).unwrap().as_deref(), Some("misses nothing"));
    let held = after.read(|db| setting::held(db)).unwrap().expect("payouts wait");
    assert!(held.as_of == after.meta().created_at && held.since > held.as_of, "{held:?}");
    assert_eq!(after.read(|db| setting::restored_at(db)).unwrap(), Some(held.since));
    let told = after.read(|db| audit::list(db, "~", 5)).unwrap();
    assert!(
        told.len() == 1 && told[0].act == "database_gone_back" && told[0].account.as_str() == "program",
        "{told:?}"
    );
    assert_eq!(told[0].detail["lost"], 2);
    put(&mut writer, "nodes that were started again write").unwrap();
    assert!(!after.has_gone_back());
}

/// One that does not know the writer at all; and one that was told of nothing yet has nothing to miss.
#[test]
fn a_writer_that_is_unknown() {
    let Some(schema) = OwnSchema::new(20) else { return };
    let (_db, mut writer) = open(&schema);
    put(&mut writer, "done").unwrap();
    schema.run("delete from commit_mark");
    schema.end_sessions();
    assert_eq!(lost(put(&mut writer, "refused")), Some(2));
}

/// Payouts that wait already go on waiting for the bills since the earlier of both.
#[test]
fn payouts_that_wait_already() {
    let Some(schema) = OwnSchema::new(20) else { return };
    let (db, mut writer) = open(&schema);
    let at = |day| Instant::from_shanghai(2026, 3, day, 10, 0, 0);
    let mut hold = |as_of, now| writer.transaction(|tx| setting::hold_payouts(tx, as_of, now)).unwrap();
    let held = || db.read(|db| setting::held(db)).unwrap().map(|held| (held.as_of, held.since));
    hold(at(2), at(3));
    hold(at(4), at(5));
    assert_eq!(held(), Some((at(2), at(5))));
    writer.transaction(|tx| setting::release_payouts(tx, at(6))).unwrap();
    assert_eq!(held(), None);
    writer.transaction(|tx| setting::hold_payouts(tx, at(7), at(8))).unwrap();
    assert_eq!(held(), Some((at(7), at(8))));
}
