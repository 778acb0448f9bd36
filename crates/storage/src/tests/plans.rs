//! What people wait for while they are on the telephone is found by an index, however many rows there are.

use crate::schema::{Dialect, VERSION, migration};

/// Statements of the support desk and of queues: none may look through a table.
const INDEXED: &[&str] = &[
    "channel_entry::BY_NUMBER",
    "channel_entry::BY_REFERENCE",
    "outside_complaint::BY_PHONE",
    "stock::BY_INDEX",
    "stock::BY_FRAGMENT",
    "stock::COUNT_FREE",
    "account::FIND_LOGIN",
    "account::BEGINNING",
    "order_file::FIND",
    "order_file::OF_BUYER",
    "refund_case::OF_BUYER",
    "refund_case::OF_SELLER",
    "refund_case::QUEUE",
    "refund_case::WAITING",
    "refund_case::OVERDUE",
    "refund_case::SOONEST",
    "desk::FIND",
    "desk::BEGUN_BY",
    "desk::WAITING",
    "desk::COUNT_WAITING",
    "audit::COUNT_ACTS",
    "seller_rule::STANDING",
    "seller_rule::LIST",
    "stock_alert::LIST",
    "review::LIST",
    "review::RATING",
    "day_tally::OWN",
    "day_tally::LIST",
    "day_tally::FIRST",
    "seller_rank::LIST",
    "seller_rank::FIND",
    "agreement::IN_FORCE",
    "incident::WORK",
    "incident::RUN",
    "incident::NEXT",
    "incident::DONE",
    "incident::LIST",
    "incident::LIST_IN",
    "incident::COUNT",
    "order_file::PLACED",
    "order_file::QUIET",
    "picture::SINCE",
    "picture::LOAD",
    "order_file::PLACED_OF_SELLER",
    "stock::UNITS_OF_BATCH",
    "stock::BATCHES",
];

#[test]
fn what_support_and_queues_ask_for_is_found_by_an_index() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for version in 1..=VERSION {
        let text = migration(&crate::tables(), version, Dialect::Sqlite);
        connection.execute_batch(&text).unwrap();
    }
    for name in INDEXED {
        let suffix = format!("::{name}");
        let found = crate::all_statements().find(|sql| sql.name().ends_with(&suffix));
        let sql = found.unwrap_or_else(|| panic!("no statement `{name}`"));
        let mut explained = connection.prepare(&format!("explain query plan {}", sql.sqlite())).unwrap();
        let steps = explained.raw_query().mapped(|row| row.get::<_, String>(3));
        let plan: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(!plan.is_empty(), "{name}");
        // The list of an `in` is no table, nor is what a limit cut off before; and an index of the few incidents that run may be read whole.
        let small = ["json_each", "USING INDEX incident_run_work", "SCAN few"];
        let looks_through = |step: &&String| step.starts_with("SCAN") && !small.iter().any(|part| step.contains(part));
        assert_eq!(plan.iter().find(looks_through), None, "{name}: {plan:?}");
    }
}
