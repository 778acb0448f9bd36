//! What a complete refund costs in rows.

use super::shop::{Shop, apply, envelope, personal};
use crate::engine::IdempotencyKey;
use std::sync::{Arc, Mutex};
use yuanlu_domain::Event;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, OrderAct};
use yuanlu_domain::event::OrderEvent;
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
