//! What a complete refund costs in rows.

use super::shop::{PRICE, Shop, apply, cny, credit, envelope, personal, place, tally};
use crate::engine::IdempotencyKey;
use std::sync::{Arc, Mutex};
use yuanlu_domain::Event;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, OrderAct};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::ids::OrderId;
use yuanlu_storage::Value;
use yuanlu_storage::personal::digest;

/// The most rows that a complete refund to balance may write; two of them, the day's counts of the platform and of the
/// seller, are shared by every command of a batch.
const MOST: usize = 16;

#[test]
fn a_complete_refund_to_balance_writes_few_rows() {
    let mut shop = Shop::new(3);
    shop.buy("b1");
    let order = shop.buy("b1");
    let written = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&written);
    shop.engine.set_recorder(Some(Box::new(move |sql, args, rows| {
        if let Some(table) = sql.written_table() {
            let bytes: usize = args.iter().map(Value::bytes).sum();
            seen.lock().unwrap().push((table, rows, bytes));
        }
    })));
    let text = personal(&order, "p1");
    let mut command = apply("b1", &order);
    if let Act::Order { act: OrderAct::Apply { text: named, .. }, .. } = &mut command.act {
        *named = Some(PersonalRef { id: text.id.clone(), digest: digest(&text.salt, &text.content) });
    }
    let mut sent = envelope(command);
    sent.personal = vec![text];
    sent.idempotency = Some(IdempotencyKey { route: "apply", key: "k".repeat(36), input_hash: "0".repeat(64) });
    let answer = shop.batch(&[sent]).pop().unwrap().unwrap();
    shop.engine.set_recorder(None);
    assert!(answer.events.iter().any(|e| matches!(e, Event::Order(OrderEvent::CaseCompleted { .. }))));
    let written = written.lock().unwrap();
    for (table, rows, bytes) in written.iter() {
        println!("{table:<16} {rows} row(s) {bytes:>5} bytes");
    }
    let rows: usize = written.iter().map(|(_, rows, _)| rows).sum();
    assert!(rows <= MOST, "{rows} rows: {written:?}");
    // Nothing is left out to get there: state, journal, list, ledger, wallet, code, text, key and notices.
    for table in
        ["order_file", "journal", "refund_case", "transfer", "wallet", "stock", "personal", "idempotency", "notice"]
    {
        assert!(written.iter().any(|(written, _, _)| *written == table), "{table}");
    }
    shop.verify();
}

/// On a server the rows of a group go together: sixty-four commands wait for it as often as eight.
#[test]
fn a_group_takes_few_round_trips_however_large_it_is() {
    let mut shop = Shop::new(150);
    // What has to be done again is sent again.
    if shop.db.location().file().is_some() || std::env::var_os("YUANLU_TEST_STRICT").is_some() {
        return;
    }
    let mut trips = |n: usize| {
        let credits: Vec<_> = (0..n).map(|b| envelope(credit(&format!("b{n}-{b}"), cny(PRICE)))).collect();
        assert_eq!(tally(&shop.batch(&credits)), (n, 0));
        let orders: Vec<_> = (0..n).map(|b| OrderId::new(format!("2603{n:02}AAAAAAAA{b:02}"))).collect();
        let placed = orders.iter().enumerate().map(|(b, order)| envelope(place(&format!("b{n}-{b}"), order)));
        let applied = orders.iter().enumerate().map(|(b, order)| envelope(apply(&format!("b{n}-{b}"), order)));
        [placed.collect::<Vec<_>>(), applied.collect()].map(|group| {
            let before = shop.engine.round_trips();
            assert_eq!(tally(&shop.batch(&group)), (n, 0));
            shop.engine.round_trips() - before
        })
    };
    // Statements are prepared once.
    trips(3);
    let [eight, sixty_four] = [trips(8), trips(64)];
    println!("round trips to place and to refund: {eight:?} for 8, {sixty_four:?} for 64");
    assert_eq!(eight, sixty_four);
    assert!(sixty_four.iter().all(|trips| *trips <= 16), "{sixty_four:?}");
    shop.verify();
}
