use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The built-in policy as plain JSON.
static TEXT: LazyLock<Json> = LazyLock::new(|| serde_json::from_str(Policy::builtin().text()).expect("JSON"));

pub(super) fn facts() -> impl Strategy<Value = Facts> {
    let reason = proptest::sample::select(Reason::ALL.to_vec());
    let unit = proptest::sample::select(UnitCode::ALL.to_vec());
    let event = proptest::sample::select(vec![
        DeliveryEvent::CodeGenerated,
        DeliveryEvent::CodeRevealed,
        DeliveryEvent::Credited,
    ]);
    (reason, unit, event, 0..1_000_000_i64, 0..2000_i64, any::<[bool; 18]>()).prop_map(
        |(reason, unit_state, delivery_event, amount_minor, special_agreement_fee_bp, b)| Facts {
            reason,
            unit_state,
            delivery_event,
            amount_minor,
            special_agreement_fee_bp,
            // Usually paid and without an open case, or little else would ever be reached.
            paid: b[0] || b[1],
            open_case: b[2] && b[3],
            extra_payment: b[4],
            delivery_event_reached: b[5],
            promise_ended: b[6],
            delivered_late: b[7],
            within_window: b[8],
            within_seven_days: b[9],
            confirmation_ticked: b[10],
            fee_disclosed: b[11],
            special_agreement_applies: b[12],
            arrival_proven: b[13],
            redeemed_before_reveal: b[14],
            forgery_finding: b[15] && b[0],
            restricted_buyer: b[16] && b[2],
            large_amount: b[17] && b[2],
            several_accounts_one_payer: b[3] && b[2],
            self_operated: b[1],
        },
    )
}

/// A table read straight from its JSON, with facts as JSON: shares nothing with the evaluator.
fn naive<'t>(rows: &'t Json, facts: &Json) -> &'t Json {
    let holds = |condition: &Json| {
        let actual = &facts[condition["fact"].as_str().expect("a fact")];
        let value = &condition["value"];
        let listed = || value.as_array().expect("a list").contains(actual);
        let order = || actual.as_i64().expect("a number").cmp(&value.as_i64().expect("a number"));
        match condition["op"].as_str().expect("an op") {
            "is" => actual == value,
            "is_not" => actual != value,
            "in" => listed(),
            "not_in" => !listed(),
            "at_least" => order().is_ge(),
            "at_most" => order().is_le(),
            "more_than" => order().is_gt(),
            "less_than" => order().is_lt(),
            op => panic!("unknown op {op}"),
        }
    };
    let conditions = |row: &Json| row["when"].as_array().cloned().unwrap_or_default();
    let rows = rows.as_array().expect("rows");
    rows.iter().find(|row| conditions(row).iter().all(holds)).expect("the last row has no conditions")
}

/// One condition on one of five facts of every type.
fn condition() -> impl Strategy<Value = Json> {
    let yes_no = (proptest::sample::select(vec!["paid", "large_amount"]), any::<bool>())
        .prop_map(|(fact, value)| json!({ "fact": fact, "op": "is", "value": value }));
    let events = ["code_generated", "code_revealed", "credited"].to_vec();
    let event = (proptest::sample::select(vec!["is", "is_not"]), proptest::sample::select(events.clone()))
        .prop_map(|(op, value)| json!({ "fact": "delivery_event", "op": op, "value": value }));
    let list = (proptest::sample::select(vec!["in", "not_in"]), proptest::sample::subsequence(events, 1..=2))
        .prop_map(|(op, value)| json!({ "fact": "delivery_event", "op": op, "value": value }));
    let ops = vec!["is", "is_not", "at_least", "at_most", "more_than", "less_than"];
    let number = (proptest::sample::select(ops), 0..4_i64)
        .prop_map(|(op, value)| json!({ "fact": "amount_minor", "op": op, "value": value }));
    prop_oneof![yes_no, event, list, number]
}

fn table() -> impl Strategy<Value = Json> {
    let row = proptest::collection::vec(condition(), 1..4);
    proptest::collection::vec(row, 1..6).prop_map(|rows| {
        let row = |(index, when): (usize, Vec<Json>)| {
            let then = if index % 2 == 0 { "risk" } else { "reviewer" };
            json!({ "id": format!("row_{index}"), "rules": ["R32"], "when": when, "then": then, "zh": "某人", "en": "who" })
        };
        rows.into_iter().chain([vec![]]).enumerate().map(row).collect()
    })
}

/// Every combination of the five facts, numbers from below to above all thresholds.
fn all_combinations() -> Vec<Facts> {
    let mut all = Vec::new();
    for delivery_event in [DeliveryEvent::CodeGenerated, DeliveryEvent::CodeRevealed, DeliveryEvent::Credited] {
        for (paid, large_amount) in [(false, false), (false, true), (true, false), (true, true)] {
            for amount_minor in -1..5 {
                let ordinary = Facts::ordinary(Reason::Personal, UnitCode::Sealed);
                all.push(Facts { delivery_event, paid, large_amount, amount_minor, ..ordinary });
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn tables_agree_with_the_naive_evaluator(facts in facts()) {
        let policy = Policy::builtin();
        let stored = serde_json::to_value(facts).expect("plain data");
        let judgement = policy.judge(&facts);
        let expected = naive(&TEXT["tables"]["eligibility"], &stored);
        prop_assert_eq!(judgement.row, expected["id"].as_str().expect("an id"));
        prop_assert_eq!(&serde_json::to_value(judgement.outcome).expect("plain data"), &expected["then"]);
        let routing = policy.route(&facts);
        let expected = naive(&TEXT["tables"]["routing"], &stored);
        prop_assert_eq!(routing.row, expected["id"].as_str().expect("an id"));
        prop_assert_eq!(routing.to.code(), expected["then"].as_str().expect("a route"));
    }

    /// The trace names, for every row passed over, a condition that truly does not hold.
    #[test]
    fn the_trace_is_true(facts in facts()) {
        let judgement = Policy::builtin().judge(&facts);
        let (last, passed_over) = judgement.trace.split_last().expect("some row decides");
        prop_assert_eq!((last.row, &last.failed), (judgement.row, &None));
        for row in passed_over {
            let (condition, actual) = row.failed.expect("passed over for a reason");
            prop_assert_eq!(actual, facts.value(condition.fact));
            prop_assert!(!condition.holds(actual));
        }
    }

    #[test]
    fn fees_only_on_personal_reasons(facts in facts()) {
        let fee = Policy::builtin().judge(&facts).outcome.fee();
        if facts.reason.is_fault() {
            prop_assert_eq!(fee, Fee::None);
        }
        prop_assert!(fee != Fee::Disclosed || facts.fee_disclosed);
        prop_assert!(fee != Fee::Special || facts.special_agreement_applies);
    }

    /// A special agreement never takes away what the rules grant without it.
    #[test]
    fn special_agreements_only_widen(facts in facts()) {
        let judge = |special_agreement_applies| {
            Policy::builtin().judge(&Facts { special_agreement_applies, ..facts }).outcome
        };
        if judge(false).is_approval() {
            prop_assert_eq!(judge(true), judge(false));
        }
    }

    /// Nothing is decided by the program in favour of a restricted buyer, except money paid twice (R16, R23, R29).
    #[test]
    fn restricted_buyers_are_seen_by_risk(facts in facts()) {
        let to = Policy::builtin().route(&Facts { restricted_buyer: true, ..facts }).to;
        let twice = facts.reason == Reason::DuplicateCharge && facts.extra_payment;
        prop_assert_eq!(to, if twice { Route::Automatic } else { Route::Risk });
    }

    /// Random tables: decided as the naive evaluator does, and refused exactly when some row can never decide, some
    /// facts fit no row, or two rows claim the same thing. What the check finds by sets is found here by trying all.
    #[test]
    fn any_table_is_decided_and_its_faults_are_found((mut rows, net) in (table(), any::<bool>())) {
        if !net && rows.as_array().expect("rows").len() > 1 {
            rows.as_array_mut().expect("rows").pop();
        }
        let id = |row: &Json| row["id"].as_str().expect("an id").to_owned();
        let all: Vec<&Json> = rows.as_array().expect("rows").iter().collect();
        let combinations = all_combinations();
        let fits = |row: &Json, facts: &Facts| {
            let one = json!([row, { "id": "", "when": [] }]);
            id(naive(&one, &serde_json::to_value(facts).expect("plain data"))) == id(row)
        };
        let fitting: Vec<Vec<bool>> = all.iter().map(|row| combinations.iter().map(|f| fits(row, f)).collect()).collect();
        let decides = |n: usize, at: usize| fitting[n][at] && !fitting[..n].iter().any(|row| row[at]);
        let any_at = |test: &dyn Fn(usize) -> bool| (0..combinations.len()).any(test);
        let is_net = |n: usize| n + 1 == all.len() && all[n]["when"] == json!([]);
        let dead = (0..all.len()).find(|n| !is_net(*n) && !any_at(&|at| decides(*n, at)));
        let gap = any_at(&|at| !fitting.iter().any(|row| row[at]));
        let asked = |n: usize| -> BTreeSet<String> {
            all[n]["when"].as_array().expect("conditions").iter().map(|c| c["fact"].to_string()).collect()
        };
        let pairs = (0..all.len()).flat_map(|n| (n + 1..all.len()).map(move |later| (n, later)));
        let overlap = pairs.clone().find(|(n, later)| {
            all[*n]["then"] != all[*later]["then"]
                && asked(*n) == asked(*later)
                && any_at(&|at| decides(*n, at) && fitting[*later][at])
                && any_at(&|at| fitting[*n][at] && !fitting[*later][at])
                && any_at(&|at| fitting[*later][at] && !fitting[*n][at])
        });
        let fault = match (dead, gap, overlap) {
            (Some(n), _, _) => Some((id(all[n]), "can never decide")),
            (None, true, _) => Some((id(all[all.len() - 1]), "no row fits")),
            (None, false, Some((_, later))) => Some((id(all[later]), "overlaps row")),
            (None, false, None) => None,
        };
        let files: Vec<table::RowFile<Route>> = serde_json::from_value(rows.clone()).expect("rows");
        match (Table::check("routing", files), fault) {
            (Ok(table), None) => for facts in &combinations {
                let stored = serde_json::to_value(facts).expect("plain data");
                prop_assert_eq!(table.find(facts).id.as_str(), naive(&rows, &stored)["id"].as_str().expect("an id"));
            },
            (Err(PolicyError::Row { row, what, .. }), Some((named, told))) => {
                prop_assert_eq!(&row, &named);
                prop_assert!(what.contains(told), "{} instead of {}", what, told);
            }
            (checked, fault) => prop_assert!(false, "{:?} with {fault:?}", checked.err()),
        }
    }
}
