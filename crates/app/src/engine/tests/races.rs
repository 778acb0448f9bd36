//! Many at once, through the engine's thread.

use super::shop::{
    PRICE, Shop, all_refused_by_rule, apply, apply_for, at, cny, credit, envelope, place, place_many, reveal,
    seller_agrees, tally,
};
use crate::engine::{EngineHandle, Envelope, IdempotencyKey, Outcome};
use std::sync::atomic::{AtomicU8, Ordering};
use yuanlu_domain::case::Reason;
use yuanlu_domain::ids::OrderId;
use yuanlu_storage::{Db, StorageError, order_file, stock, verify, wallet};

/// A seed of its own for every batch: the clock stands still here, so ids differ by their seeds alone.
pub fn seeds(first: u8) -> impl Fn() -> [u8; 32] {
    let batch = AtomicU8::new(0);
    move || {
        let mut seed = [first; 32];
        seed[0] = batch.fetch_add(1, Ordering::Relaxed);
        seed
    }
}

/// Sends each envelope from its own thread.
pub fn at_once(handle: &EngineHandle, envelopes: Vec<Envelope>) -> Vec<Outcome> {
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            envelopes.into_iter().map(|envelope| scope.spawn(move || handle.command(envelope))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

pub fn check_books(db: &Db) {
    let report = verify::verify(db, None, |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
}

/// T02, T23: eight applications at once for one unit make one refund and one credit, with or without a common key.
#[test]
fn eight_applications_at_once_make_one_refund() {
    for common_key in [false, true] {
        let mut shop = Shop::new(1);
        let order = shop.buy("b1");
        let db = shop.db.clone();
        let (engine, _place) = shop.into_engine();
        let handle = EngineHandle::spawn(engine, || at(12), seeds(3)).unwrap();
        let envelopes = (0..8).map(|n| {
            let mut envelope = envelope(apply("b1", &order));
            let key = if common_key { "one".to_owned() } else { format!("k{n}") };
            envelope.idempotency = Some(IdempotencyKey { route: "apply", key, input_hash: "x".into() });
            envelope
        });
        let outcomes = at_once(&handle, envelopes.collect());
        assert!(all_refused_by_rule(&outcomes), "{outcomes:?}");
        assert_eq!(tally(&outcomes), if common_key { (8, 7) } else { (1, 0) });
        let file = db.read(|r| order_file::find(r, &order)).unwrap().unwrap().aggregate;
        assert_eq!((file.cases.len(), file.payouts.len()), (1, 1));
        let balance = db.read(|r| wallet::find(r, &"b1".into())).unwrap().unwrap().aggregate.held_minor();
        assert_eq!(balance, PRICE);
        check_books(&db);
    }
}

/// T01: partial refunds at once never add up to more than was paid.
#[test]
fn partial_refunds_at_once_stay_within_what_was_paid() {
    let mut shop = Shop::new(3);
    let paid = 3 * PRICE;
    shop.one(credit("b1", cny(paid))).unwrap();
    let order = OrderId::from("260310AAAAAAAAAA");
    shop.one(place_many("b1", &order, 3)).unwrap();
    let db = shop.db.clone();
    let (engine, _place) = shop.into_engine();
    let handle = EngineHandle::spawn(engine, || at(12), seeds(6)).unwrap();
    let units: [&[u16]; 8] = [&[1], &[2], &[3], &[1, 2], &[2, 3], &[1, 2, 3], &[3], &[1]];
    let asked = units.map(|units| {
        let claimed = PRICE * i64::try_from(units.len()).unwrap();
        envelope(apply_for("b1", &order, units, Reason::Personal, claimed))
    });
    let outcomes = at_once(&handle, asked.into());
    assert!(all_refused_by_rule(&outcomes) && tally(&outcomes).0 >= 1, "{outcomes:?}");
    let file = db.read(|r| order_file::find(r, &order)).unwrap().unwrap().aggregate;
    let refunded: i64 = file.payouts.iter().map(|payout| payout.amount_minor).sum();
    let balance = db.read(|r| wallet::find(r, &"b1".into())).unwrap().unwrap().aggregate.held_minor();
    assert!(refunded > 0 && refunded <= paid, "{refunded}");
    assert_eq!(balance, refunded);
    assert!(file.units.iter().all(|unit| unit.refunded_minor <= unit.paid_minor));
    check_books(&db);
}

/// T19: no update is lost, however many come at once; and a stale version cannot be written.
#[test]
fn updates_at_once_are_all_kept() {
    let mut shop = Shop::new(1);
    let order = shop.buy("b1");
    let stale = shop.db.read(|r| order_file::find(r, &order)).unwrap().unwrap();
    let db = shop.db.clone();
    let lost = shop.engine.write::<_, StorageError>(at(11), |tx, _| {
        order_file::update(tx, &stale.aggregate, stale.head.version - 1, &stale.head)
    });
    assert!(matches!(lost, Err(StorageError::Conflict { .. })));
    let (engine, _place) = shop.into_engine();
    let handle = EngineHandle::spawn(engine, || at(12), seeds(4)).unwrap();
    let outcomes = at_once(&handle, (1..=24).map(|n| envelope(credit("b7", cny(n)))).collect());
    assert_eq!(tally(&outcomes), (24, 0));
    let stored = db.read(|r| wallet::find(r, &"b7".into())).unwrap().unwrap();
    assert_eq!((stored.aggregate.held_minor(), stored.head.version), (300, 24));
    check_books(&db);
}

/// No code is sold twice: the last one goes to one buyer, the others are sold out and have their money back.
#[test]
fn the_last_code_is_sold_once() {
    let mut shop = Shop::new(1);
    let buyers = ["b1", "b2", "b3", "b4"];
    for buyer in buyers {
        shop.one(credit(buyer, cny(PRICE))).unwrap();
    }
    let order = |n: usize| OrderId::new(format!("260310AAAAAAAAA{n}"));
    let envelopes: Vec<_> = (0..4).map(|n| envelope(place(buyers[n], &order(n)))).collect();
    let outcomes = shop.batch(&envelopes);
    assert_eq!(tally(&outcomes), (4, 0), "{outcomes:?}");
    let sealed = (0..4).filter(|n| shop.file(&order(*n)).units[0].state.stock().is_some()).count();
    assert_eq!(sealed, 1);
    let balances: i64 = buyers.iter().map(|b| shop.wallet(b).held_minor()).sum();
    assert_eq!(balances, 3 * PRICE);
    let counts = shop.db.read(|r| stock::count(r, &["card"])).unwrap();
    assert_eq!(counts.values().map(|c| (c.free, c.owned)).collect::<Vec<_>>(), [(0, 1)]);
    shop.verify();
}

/// T26: a code nobody saw is sold again; one that was seen and refunded never is.
#[test]
fn a_code_that_was_seen_is_never_sold_again() {
    let counts = |shop: &Shop| shop.db.read(|r| stock::count(r, &["card"])).unwrap()[&"card".into()];
    let mut shop = Shop::new(1);
    let unseen = shop.buy("b1");
    shop.one(apply("b1", &unseen)).unwrap();
    assert_eq!(counts(&shop), stock::Counts { free: 1, owned: 0, quarantined: 0 });
    let seen = shop.buy("b2");
    shop.one(reveal("b2", &seen)).unwrap();
    shop.one(apply_for("b2", &seen, &[1], Reason::NotAsDescribed, PRICE)).unwrap();
    shop.one(seller_agrees(&seen)).unwrap();
    assert_eq!(shop.file(&seen).cases[0].state.code(), "completed");
    assert_eq!(counts(&shop), stock::Counts { free: 0, owned: 0, quarantined: 1 });
    let third = shop.buy("b3");
    assert_eq!(shop.file(&third).units[0].state.stock(), None);
    assert_eq!(shop.wallet("b3").held_minor(), PRICE);
    shop.verify();
}

#[test]
fn answers_come_back_to_who_asked_and_the_thread_ends_with_its_last_handle() {
    let shop = Shop::new(1);
    let db = shop.db.clone();
    let (engine, _place) = shop.into_engine();
    let handle = EngineHandle::spawn(engine, || at(12), seeds(5)).unwrap();
    let outcomes = handle.commands((1..=300).map(|n| envelope(credit(&format!("b{n}"), cny(n)))).collect());
    assert_eq!(tally(&outcomes), (300, 0));
    for n in [1i64, 77, 300] {
        let balance = db.read(|r| wallet::find(r, &format!("b{n}").into())).unwrap().unwrap().aggregate.held_minor();
        assert_eq!(balance, n);
    }
    let other = handle.clone();
    drop(handle);
    assert!(other.command(envelope(credit("b1", cny(1)))).is_ok());
    drop(other);
    check_books(&db);
}
