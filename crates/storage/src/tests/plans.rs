//! What people wait for while they are on the telephone is found by an index, however many rows there are.

use super::{Place, birth};
use crate::{Born, Db, Read, StorageError};

/// Statements of the support desk and of queues: none may look through a table.
const INDEXED: &[&str] = &[
    "channel_entry::BY_NUMBER",
    "channel_entry::BY_REFERENCE",
    "outside_complaint::BY_PHONE",
    "stock::BY_INDEX",
    "stock::BY_FRAGMENT",
    "account::FIND_LOGIN",
    "account::BEGINNING",
    "order_file::FIND",
    "order_file::OF_BUYER",
    "refund_case::OF_BUYER",
    "refund_case::OF_SELLER",
    "refund_case::QUEUE",
    "refund_case::COUNT_OVERDUE",
    "desk::FIND",
    "desk::BEGUN_BY",
    "desk::WAITING",
    "desk::COUNT_WAITING",
    "audit::COUNT_ACTS",
    "seller_rule::STANDING",
    "seller_rule::LIST",
    "stock_alert::LIST",
];

#[test]
fn what_support_and_queues_ask_for_is_found_by_an_index() {
    let place = Place::new();
    let db = Db::open(&place.file(), &birth(Born::Live)).unwrap();
    for name in INDEXED {
        let suffix = format!("::{name}");
        let found = crate::all_statements().find(|sql| sql.name().ends_with(&suffix));
        let sql = found.unwrap_or_else(|| panic!("no statement `{name}`"));
        let text = format!("explain query plan {}", sql.sqlite());
        let plan: Vec<String> = db
            .read(|r| {
                let steps = r.connection().prepare(&text).and_then(|mut statement| {
                    let rows = statement.raw_query().mapped(|row| row.get::<_, String>(3)).collect();
                    rows
                });
                steps.map_err(|e| StorageError::sqlite(sql.name(), e))
            })
            .unwrap();
        assert!(!plan.is_empty(), "{name}");
        for step in &plan {
            // The list of an `in` is no table.
            let looks_through = step.starts_with("SCAN") && !step.contains("json_each") && !step.contains("VIRTUAL");
            assert!(!looks_through, "{name}: {plan:?}");
        }
    }
}
