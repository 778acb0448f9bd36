//! How often reading waits for a server, and that what was asked ahead is what would have been read.

use super::{Place, birth};
use crate::aggregate::Kind;
use crate::personal::{self, PersonalRow};
use crate::testing::server_schema;
use crate::{Born, Db, Location, Read, StorageError, Writer};
use yuanlu_domain::time::Instant;

const NOW: Instant = Instant::from_micros(5);

fn write(writer: &mut Writer, order: &str, content: &str) {
    let row = PersonalRow {
        id: format!("{order}-{content}").as_str().into(),
        kind: Kind::Order,
        aggregate_id: order.to_owned(),
        what: "words",
        salt: vec![1],
        content: content.to_owned(),
    };
    writer.transaction(|tx| personal::insert(tx, &row, NOW)).unwrap();
}

fn texts(db: &impl Read, order: &str) -> Vec<String> {
    let found = personal::list(db, Kind::Order, order).unwrap();
    found.into_iter().map(|(_, content)| content).collect()
}

fn trips(db: &impl Read) -> u64 {
    db.connection().session().map_or(0, crate::postgres::Session::trips)
}

#[test]
fn a_snapshot_waits_for_its_questions_and_for_all_that_are_asked_ahead_once() {
    let Some(server) = server_schema() else { return };
    let db = Db::open(&server, &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    write(&mut writer, "A", "one");
    write(&mut writer, "B", "two");
    // The first prepares the statement.
    let waited = db.snapshot(|db| Ok::<_, StorageError>((texts(db, "A"), trips(db)))).unwrap().1;
    let waited = db
        .snapshot(|db| {
            assert_eq!(trips(db), waited, "neither the end of the last nor the beginning of this one is waited for");
            assert_eq!((texts(db, "A"), trips(db)), (vec!["one".to_owned()], waited + 1));
            write(&mut writer, "C", "three");
            let asked = ["B", "C", "D"].map(|order| personal::asking(Kind::Order, order));
            db.ask_ahead(|| asked.into())?;
            assert_eq!(texts(db, "B"), ["two"]);
            assert!(texts(db, "C").is_empty() && texts(db, "D").is_empty(), "as it was at the beginning");
            assert_eq!(trips(db), waited + 2);
            assert_eq!((texts(db, "B"), trips(db)), (vec!["two".to_owned()], waited + 3), "an answer is given once");
            Ok::<_, StorageError>(waited + 3)
        })
        .unwrap();
    db.snapshot(|db| {
        assert_eq!((trips(db), texts(db, "C")), (waited, vec!["three".to_owned()]));
        Ok::<_, StorageError>(())
    })
    .unwrap();
    // One that fails leaves the session as it was.
    let failed = db.snapshot(|db| {
        texts(db, "A");
        Err::<(), _>(StorageError::inconsistent("a", "test"))
    });
    assert!(failed.is_err());
    db.snapshot(|db| {
        assert_eq!(texts(db, "C"), ["three"]);
        Ok::<_, StorageError>(())
    })
    .unwrap();
}

#[test]
fn what_is_read_together_in_a_transaction_is_what_it_would_read_by_itself() {
    let place = Place::new();
    let places = [Some(Location::from(place.file())), server_schema()];
    for location in places.into_iter().flatten() {
        let db = Db::open(&location, &birth(Born::Live)).unwrap();
        let mut writer = db.take_writer().unwrap();
        write(&mut writer, "A", "one");
        write(&mut writer, "B", "two");
        let row = |order: &str| PersonalRow {
            id: order.into(),
            kind: Kind::Order,
            aggregate_id: order.to_owned(),
            what: "words",
            salt: vec![1],
            content: "more".to_owned(),
        };
        writer
            .transaction(|tx| {
                personal::insert(tx, &row("C"), NOW)?;
                let (on_server, before) = (trips(tx) > 0, trips(tx));
                let mut runs = 0;
                let read = tx.read_together(|tx| {
                    runs += 1;
                    Ok(["A", "B", "C", "D"].map(|order| texts(tx, order)))
                })?;
                assert_eq!(read, [vec!["one"], vec!["two"], vec!["more"], vec![]]);
                if on_server {
                    assert!(runs == 2 && trips(tx) <= before + 2, "it is prepared and asked");
                }
                personal::insert(tx, &row("D"), NOW)?;
                assert_eq!((texts(tx, "D"), texts(tx, "A")), (vec!["more".to_owned()], vec!["one".to_owned()]));
                let failed = tx.read_together(|_| Err::<(), _>(StorageError::inconsistent("a", "test")));
                assert!(failed.is_err());
                assert_eq!(texts(tx, "B"), ["two"]);
                Ok::<_, StorageError>(())
            })
            .unwrap();
    }
}
