//! Runs of mass incidents: claimed by two nodes, throttled over both, gone on with after a crash, without a look at what is
//! done.

use super::{Place, birth};
use crate::incident::{self, Claimed, ItemState, Unfinished, Work};
use crate::{Born, Db, StorageError, Tx, Writer};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use yuanlu_domain::case::{PersonalRef, Reason};
use yuanlu_domain::ids::{DeskId, OrderId};
use yuanlu_domain::incident::{Bearer, Incident, IncidentState, Selection};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

fn at(seconds: i64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

fn running(rate: u32) -> Incident {
    Incident {
        desk: "M1".into(),
        selection: Selection::default(),
        reason: Reason::InvalidCode,
        bearer: Bearer::Seller,
        words: PersonalRef { id: "p1".into(), digest: "d".into() },
        rate,
        proposed_by: None,
        proposed_at: at(0),
        forecast: None,
        digest: String::new(),
        frozen_at: None,
        approved_by: None,
        approved_at: Some(at(0)),
        runs_since: Some(at(0)),
        ran_micros: 0,
        due: at(86_400),
        state: IncidentState::Running,
        result: None,
        finished_at: None,
        last_at: at(0),
    }
}

fn order(n: usize) -> OrderId {
    OrderId::new(format!("2603100000000{n:05}"))
}

fn shop(place: &Place, orders: usize, rate: u32) -> (Db, Writer) {
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    writer
        .transaction::<_, StorageError>(|tx| {
            incident::relate(tx, &running(rate))?;
            (0..orders).try_for_each(|n| {
                let units = if n % 2 == 0 { vec![1] } else { vec![1, 3] };
                incident::add(tx, &"M1".into(), &order(n), &"s1".into(), &units, Money::cny(100))
            })
        })
        .unwrap();
    (db, writer)
}

fn claim(writer: &mut Writer, seconds: i64, most: u32) -> Claimed {
    writer.transaction(|tx| incident::claim(tx, &"M1".into(), at(seconds), most)).unwrap()
}

fn items(claimed: Claimed) -> Vec<OrderId> {
    match claimed {
        Claimed::Items { items, .. } => items.into_iter().map(|(order, _)| order).collect(),
        other => panic!("no orders: {other:?}"),
    }
}

fn finish(tx: &Tx<'_>, order: &OrderId, now: Instant) -> Result<(), StorageError> {
    incident::done(tx, &"M1".into(), order, 100, 1, false, now)
}

#[test]
fn two_nodes_never_take_the_same_orders_and_what_one_lost_is_taken_again() {
    let place = Place::new();
    let (db, mut writer) = shop(&place, 25, 0);
    let desk: DeskId = "M1".into();
    assert_eq!(
        db.read(|r| incident::list_work(r)).unwrap(),
        [Unfinished { desk: desk.clone(), work: Work::Refund, rate: 0 }]
    );
    let (first, second, third) =
        (items(claim(&mut writer, 1, 10)), items(claim(&mut writer, 1, 10)), items(claim(&mut writer, 1, 10)));
    let all: BTreeSet<&OrderId> = first.iter().chain(&second).chain(&third).collect();
    assert_eq!((first.len(), second.len(), third.len(), all.len()), (10, 10, 5, 25));
    // One node does what it claimed, the other dies with the second ten.
    writer
        .transaction::<_, StorageError>(|tx| first.iter().chain(&third).try_for_each(|o| finish(tx, o, at(2))))
        .unwrap();
    assert_eq!(claim(&mut writer, 3, 10), Claimed::Later, "its lease is not over");
    let back = Claimed::Items { items: Vec::new(), until: at(62) };
    assert_eq!(claim(&mut writer, 62, 10), back, "back to the beginning");
    assert_eq!(items(claim(&mut writer, 62, 10)), second);
    let twice = writer.transaction::<_, StorageError>(|tx| finish(tx, &first[0], at(63)));
    assert!(matches!(twice, Err(StorageError::Conflict { .. })), "T02: what is done is done once");
    writer
        .transaction::<_, StorageError>(|tx| {
            incident::skip(tx, &desk, &second[0], "nothing_left", at(63))?;
            second[1..].iter().try_for_each(|order| finish(tx, order, at(63)))
        })
        .unwrap();
    assert_eq!(claim(&mut writer, 63, 10), Claimed::Finished);
    let counts = db.read(|r| incident::count(r, &desk)).unwrap();
    let counts: Vec<_> = counts.iter().map(|c| (c.state, c.orders, c.refunded.minor())).collect();
    assert_eq!(counts, [(ItemState::Done, 24, 2400), (ItemState::Skipped, 1, 0)]);
    let whys = db.read(|r| incident::count_whys(r, &desk, ItemState::Skipped)).unwrap();
    assert_eq!(whys, [("nothing_left".to_owned(), 1)]);
    let sums = db.read(|r| incident::sum_sellers(r, &desk)).unwrap();
    assert_eq!((sums.len(), sums[0].orders, sums[0].minor), (1, 24, 2400));
}

#[test]
fn the_rate_holds_for_all_nodes_together_and_a_break_is_not_made_up_for() {
    let place = Place::new();
    let (_db, mut writer) = shop(&place, 1000, 20);
    assert_eq!(claim(&mut writer, 0, 256), Claimed::Later);
    assert_eq!(items(claim(&mut writer, 1, 256)).len(), 20);
    assert_eq!(claim(&mut writer, 1, 256), Claimed::Later, "the other node has to wait as well");
    let half = |tx: &Tx<'_>| incident::claim(tx, &"M1".into(), Instant::from_micros(1_500_000), 256);
    assert_eq!(items(writer.transaction(half).unwrap()).len(), 10);
    assert_eq!(items(claim(&mut writer, 600, 256)).len(), 20, "one second's worth");
    assert_eq!(items(claim(&mut writer, 700, 5)).len(), 5);
    let paused = Incident { state: IncidentState::Paused, ..running(20) };
    writer.transaction(|tx| incident::relate(tx, &paused)).unwrap();
    assert_eq!(claim(&mut writer, 800, 256), Claimed::Idle);
}

#[test]
fn an_order_that_fails_is_tried_three_times_and_the_others_do_not_wait_for_it() {
    let place = Place::new();
    let (db, mut writer) = shop(&place, 2, 0);
    let desk: DeskId = "M1".into();
    for round in 0..3 {
        let now = at(100 * round);
        loop {
            match writer.transaction(|tx| incident::claim(tx, &desk, now, 10)).unwrap() {
                Claimed::Items { items, .. } if items.is_empty() => {}
                Claimed::Items { items, .. } => {
                    let fail = |tx: &Tx<'_>| {
                        items.iter().try_for_each(|(order, _)| incident::fail(tx, &desk, order, "panicked", now))
                    };
                    writer.transaction(fail).unwrap();
                }
                Claimed::Later | Claimed::Finished | Claimed::Idle => break,
            }
        }
    }
    let failed = db.read(|r| incident::list(r, &desk, Some(ItemState::Failed), "", 10)).unwrap();
    assert_eq!(failed.iter().map(|item| item.why.as_str()).collect::<Vec<_>>(), ["panicked", "panicked"]);
    assert_eq!((failed[1].units.as_slice(), failed[1].planned), ([1, 3].as_slice(), Money::cny(100)));
    assert_eq!(claim(&mut writer, 400, 10), Claimed::Finished);
}

/// The rows read and written by a claim do not grow with what is done already.
#[test]
fn a_claim_touches_as_many_rows_as_it_takes() {
    let touched = |done: usize| {
        let place = Place::new();
        let (_db, mut writer) = shop(&place, done + 10, 0);
        if done > 0 {
            let mut left = done;
            while left > 0 {
                let taken = items(claim(&mut writer, 1, 250));
                let now: Vec<_> = taken.into_iter().take(left).collect();
                left -= now.len();
                writer.transaction::<_, StorageError>(|tx| now.iter().try_for_each(|o| finish(tx, o, at(2)))).unwrap();
            }
        }
        let rows = Arc::new(Mutex::new(0));
        let sink = Arc::clone(&rows);
        writer.set_recorder(Some(Box::new(move |_, _, n| *sink.lock().unwrap() += n)));
        claim(&mut writer, 100, 5);
        let total: usize = *rows.lock().unwrap();
        drop(writer);
        total
    };
    assert_eq!(touched(2000), touched(0));
}

#[test]
fn what_was_written_down_has_one_digest() {
    let place = Place::new();
    let (db, mut writer) = shop(&place, 3, 0);
    let desk: DeskId = "M1".into();
    let before = db.read(|r| incident::digest(r, &desk)).unwrap();
    writer.transaction::<_, StorageError>(|tx| finish(tx, &order(1), at(2))).unwrap();
    assert_eq!(db.read(|r| incident::digest(r, &desk)).unwrap(), before, "what became of it is no part of it");
    assert_eq!(before.1, 3);
    writer.transaction(|tx| incident::add(tx, &desk, &order(9), &"s1".into(), &[1], Money::cny(1))).unwrap();
    assert_ne!(db.read(|r| incident::digest(r, &desk)).unwrap().0, before.0);
}
