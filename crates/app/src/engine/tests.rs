//! The engine on a real file: what it promises about batches, keys, races and rows.

mod funds;
mod races;
mod rows;
mod shop;

use super::{BATCH, EngineError, EngineHandle, IdempotencyKey, Lane, PlainWrite};
use shop::{Shop, apply, cny, credit};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use yuanlu_domain::Refusal;
use yuanlu_storage::{StorageError, Tx, setting};

/// A principal whose decisions panic.
pub(super) const PANICS: &str = "panics";

#[test]
fn the_same_key_gets_the_first_answer_again_and_another_input_is_a_conflict() {
    let mut shop = Shop::new(4);
    let order = shop.buy("b1");
    let key = |input: &str| Some(IdempotencyKey { route: "apply", key: "k1".into(), input_hash: input.into() });
    let first = shop.one_with(apply("b1", &order), |e| e.idempotency = key("a")).unwrap();
    assert!(!first.replayed && first.case == Some(1) && first.payouts == [1]);
    let again = shop.one_with(apply("b1", &order), |e| e.idempotency = key("a")).unwrap();
    assert!(again.replayed && again.events.is_empty());
    assert_eq!(
        (again.order, again.case, again.payouts, again.version),
        (first.order, first.case, first.payouts, first.version)
    );
    let other = shop.one_with(apply("b1", &order), |e| e.idempotency = key("b"));
    assert_eq!(other, Err(EngineError::KeyReused));
    // Another person's key of the same name is another key.
    let other = shop.one_with(apply("b1", &order), |e| {
        e.idempotency = key("b");
        e.principal = "acct:b2".into();
    });
    assert!(matches!(other, Err(EngineError::Refused(_))));
    shop.verify();
}

#[test]
fn a_key_twice_in_one_batch_is_done_once() {
    let mut shop = Shop::new(4);
    let order = shop.buy("b1");
    let envelope = |input: &str| {
        let mut envelope = shop::envelope(apply("b1", &order));
        envelope.idempotency = Some(IdempotencyKey { route: "apply", key: "k".into(), input_hash: input.into() });
        envelope
    };
    let outcomes = shop.batch(&[envelope("a"), envelope("a"), envelope("b")]);
    assert!(!outcomes[0].as_ref().unwrap().replayed);
    assert!(outcomes[1].as_ref().unwrap().replayed);
    assert_eq!(outcomes[2], Err(EngineError::KeyReused));
    assert_eq!(shop.file(&order).cases.len(), 1);
    shop.verify();
}

#[test]
fn a_refusal_or_a_panic_writes_nothing_and_costs_the_others_nothing() {
    let mut shop = Shop::new(4);
    let (one, two, three) = (shop.buy("b1"), shop.buy("b2"), shop.buy("b3"));
    let mut panics = shop::envelope(apply("b2", &two));
    panics.principal = PANICS.into();
    let before = shop.file(&two);
    let outcomes = shop.batch(&[
        shop::envelope(apply("b1", &one)),
        panics,
        shop::envelope(apply("b1", &three)),
        shop::envelope(apply("b3", &three)),
    ]);
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1], Err(EngineError::Panicked));
    assert_eq!(outcomes[2], Err(EngineError::Refused(Refusal::NotFound)));
    assert!(outcomes[3].is_ok());
    assert_eq!(shop.file(&two), before);
    shop.verify();
}

/// What cannot be written is not half written, and does not take the rest of the batch with it.
#[test]
fn a_command_whose_rows_conflict_fails_alone() {
    let mut shop = Shop::new(4);
    let orders: Vec<_> = ["b1", "b2", "b3", "b4"].map(|b| (b, shop.buy(b))).into();
    let mut envelopes: Vec<_> = orders.iter().map(|(b, order)| shop::envelope(apply(b, order))).collect();
    let text = shop::personal(&orders[0].1, "twice");
    envelopes[1].personal = vec![text.clone()];
    envelopes[2].personal = vec![text];
    let outcomes = shop.batch(&envelopes);
    let accepted: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, true, false, true]);
    assert_eq!(outcomes[2], Err(EngineError::Conflict));
    assert!(shop.file(&orders[2].1).cases.is_empty());
    shop.verify();
}

/// A plain write beside such a command is done with the rest, and answered once it is.
#[test]
fn a_plain_write_beside_a_command_whose_rows_conflict_is_done() {
    let mut shop = Shop::new(4);
    let orders: Vec<_> = ["b1", "b2"].map(|b| (b, shop.buy(b))).into();
    let text = shop::personal(&orders[0].1, "twice");
    let mut envelopes: Vec<_> = orders.iter().map(|(b, order)| shop::envelope(apply(b, order))).collect();
    envelopes.iter_mut().for_each(|envelope| envelope.personal = vec![text.clone()]);
    let (sender, answers) = std::sync::mpsc::channel();
    let work = |tx: &Tx<'_>, now| setting::put(tx, "a", "1", now);
    let write = PlainWrite::new(work, move |answer: Result<(), StorageError>| sender.send(answer).unwrap());
    let now = shop.now.plus_seconds(1);
    let outcomes = shop.engine.run(&envelopes, vec![write], now, [9; 32]);
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert!(matches!(answers.iter().collect::<Vec<_>>()[..], [Ok(())]), "answered once");
    assert_eq!(shop.db.read(|r| setting::find(r, "a")).unwrap().as_deref(), Some("1"));
    shop.verify();
}

#[test]
fn the_second_command_on_a_file_decides_on_what_the_first_left() {
    let mut shop = Shop::new(4);
    let order = shop.buy("b1");
    let outcomes = shop.batch(&[shop::envelope(apply("b1", &order)), shop::envelope(apply("b1", &order))]);
    assert!(outcomes[0].is_ok());
    assert!(matches!(outcomes[1], Err(EngineError::Refused(_))));
    // Two entries or one: the file's version is the number of its entries.
    let version = outcomes[0].as_ref().unwrap().version;
    assert_eq!(shop.journal(&order).last().unwrap().seq, version);
    shop.verify();
}

#[test]
fn plain_writes_share_the_commit_and_a_failed_one_leaves_no_trace() {
    let shop = Shop::new(1);
    let db = shop.db.clone();
    let (engine, place) = shop.into_engine();
    let handle = EngineHandle::spawn(engine, || shop::at(12), || [9; 32]).unwrap();
    handle.write::<_, StorageError>(Lane::People, |tx, now| setting::put(tx, "a", "1", now)).unwrap();
    let failed = handle.write::<(), StorageError>(Lane::People, |tx, now| {
        setting::put(tx, "a", "2", now)?;
        Err(StorageError::inconsistent("setting", "a"))
    });
    assert!(matches!(failed, Err(StorageError::Inconsistent { .. })));
    let panicked = handle.write::<(), StorageError>(Lane::Bulk, |tx, now| {
        setting::put(tx, "a", "3", now)?;
        panic!("in a plain write");
    });
    assert!(panicked.is_err());
    assert_eq!(db.read(|r| setting::find(r, "a")).unwrap().as_deref(), Some("1"));
    // The engine still serves.
    assert!(handle.command(shop::envelope(credit("b9", cny(100)))).is_ok());
    drop(handle);
    drop(place);
}

/// Commands that come together, as many as a commit takes, are one commit.
#[test]
fn what_is_handed_over_together_is_committed_together() {
    let (engine, _place) = Shop::new(1).into_engine();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let seeds = move || [u8::try_from(counted.fetch_add(1, Ordering::SeqCst)).unwrap(); 32];
    let handle = EngineHandle::spawn(engine, || shop::at(12), seeds).unwrap();
    let credits = || (0..BATCH).map(|n| shop::envelope(credit(&format!("c{n}"), cny(100)))).collect::<Vec<_>>();
    assert!(handle.commands(credits()).iter().all(Result::is_ok));
    assert_eq!(commits.load(Ordering::SeqCst), 1);
    assert!(handle.commands(credits()).iter().all(Result::is_ok));
    assert_eq!(commits.load(Ordering::SeqCst), 2);
}

/// A crash between two batches: what was answered is there, what was not is not half there.
#[test]
fn a_crash_keeps_every_answer() {
    let mut shop = Shop::new(6);
    let orders: Vec<_> = ["b1", "b2", "b3"].map(|b| (b, shop.buy(b))).into();
    let envelopes: Vec<_> = orders.iter().map(|(b, order)| shop::envelope(apply(b, order))).collect();
    assert!(shop.batch(&envelopes).iter().all(Result::is_ok));
    let crashed = shop.crash();
    for (_, order) in &orders {
        assert_eq!(crashed.file(order).cases[0].state.code(), "completed");
    }
    crashed.verify();
}

/// T28: somebody else's order does not exist for who asks.
#[test]
fn an_unknown_order_and_a_strangers_order_are_answered_alike() {
    let mut shop = Shop::new(1);
    let order = shop.buy("b1");
    let refused = Err(EngineError::Refused(Refusal::NotFound));
    assert_eq!(shop.one(apply("b2", &order)), refused);
    assert_eq!(shop.one(apply("b2", &"260310XXXXXXXXXX".into())), refused);
    assert_eq!(shop.db.read(|r| yuanlu_storage::order_file::count(r)).unwrap(), 1);
}
