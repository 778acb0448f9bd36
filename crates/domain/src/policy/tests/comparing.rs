use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn builtin() -> Json {
    serde_json::from_str(Policy::builtin().text()).expect("JSON")
}

fn changed(change: impl FnOnce(&mut Json)) -> Comparison {
    let mut policy = builtin();
    change(&mut policy);
    let policy = Policy::load(&policy.to_string()).expect("a policy");
    policy.compare(Policy::builtin()).expect("comparable")
}

fn row<'p>(policy: &'p mut Json, table: &str, id: &str) -> &'p mut Json {
    let rows = policy["tables"][table].as_array_mut().expect("rows");
    rows.iter_mut().find(|row| row["id"] == id).expect("a row of that id")
}

#[test]
fn nothing_changes_against_itself() {
    let none = changed(|_| {});
    assert!(none.is_empty() && !none.shrinks());
    assert_eq!(none.notice_days(), SHORT_NOTICE_DAYS);
}

#[test]
fn numbers_say_whether_rights_shrink() {
    for (name, value, effect) in [
        ("appeal_working_days", 8, Effect::Widens),
        ("fee_basis_points", 300, Effect::Widens),
        ("least_window_days", 8, Effect::Widens),
        ("complaint_days", 20, Effect::Shrinks),
        ("review_working_days", 4, Effect::Shrinks),
        ("promise_hours", 48, Effect::Shrinks),
        ("settlement_days", 8, Effect::Unclear),
        ("seller_answer_hours", 12, Effect::Unclear),
        ("large_above_minor", 600_000, Effect::Unclear),
        ("claim_idle_minutes", 20, Effect::None),
    ] {
        let found = changed(|policy| policy["parameters"][name] = json!(value));
        let named: Vec<_> = found.parameters.iter().map(|change| (change.name.as_str(), change.effect)).collect();
        assert_eq!(named, [(name, effect)]);
        let days = if effect.needs_long_notice() { LONG_NOTICE_DAYS } else { SHORT_NOTICE_DAYS };
        assert_eq!(found.notice_days(), days, "{name}");
    }
}

/// A number that nobody has thought about must not slip through with the short notice.
#[test]
fn every_number_counts_when_it_changes() {
    for name in Policy::builtin().parameters().by_name().into_keys() {
        let leans = [-1, 1].into_iter().filter_map(|step| {
            let mut policy = builtin();
            let value = policy["parameters"][&name].as_i64().expect("a number") + step;
            policy["parameters"][&name] = json!(value);
            let policy = Policy::load(&policy.to_string()).ok()?;
            let found = policy.compare(Policy::builtin()).expect("comparable");
            assert_eq!(found.parameters.len(), 1, "{name}");
            Some(found.parameters[0].effect)
        });
        let leans: Vec<Effect> = leans.collect();
        let both_widen = leans.len() == 2 && leans.iter().all(|effect| *effect == Effect::Widens);
        assert!(!both_widen, "{name} cannot be better both ways");
    }
}

#[test]
fn rows_say_whether_rights_shrink() {
    let shrinking = changed(|policy| {
        row(policy, "eligibility", "late_but_used")["when"][2]["value"] = json!(["redeemed", "credited", "unpaid"]);
        row(policy, "eligibility", "arrival_not_proven")["then"] =
            json!({ "outcome": "approve_part", "formula": "missing_share" });
    });
    let found: Vec<_> = shrinking.outcomes.iter().map(|o| (o.before.as_str(), o.after.as_str(), o.effect)).collect();
    assert_eq!(found, [("arrival_not_proven", "arrival_not_proven", Effect::Shrinks)]);
    assert_eq!(shrinking.notice_days(), LONG_NOTICE_DAYS);
    // What no facts can show is a change of words, not of rights.
    assert_eq!(shrinking.rows.len(), 2);

    let widening = changed(|policy| {
        row(policy, "eligibility", "in_time")["then"] = json!({ "outcome": "approve_full", "fee": "none" });
    });
    assert!(widening.outcomes.iter().all(|change| change.effect == Effect::Widens) && !widening.outcomes.is_empty());
    assert_eq!(widening.notice_days(), SHORT_NOTICE_DAYS);

    let routed = changed(|policy| row(policy, "routing", "large_amount")["then"] = json!("reviewer"));
    assert!(routed.outcomes.iter().all(|change| change.table == "routing" && change.effect == Effect::Unclear));
    assert_eq!(routed.notice_days(), LONG_NOTICE_DAYS);

    let reworded = changed(|policy| row(policy, "eligibility", "fault")["zh"] = json!("退 {amount} 元。"));
    assert_eq!(reworded.rows, [RowChange { table: "eligibility", row: "fault".into(), edit: RowEdit::Reworded }]);
    assert!(reworded.outcomes.is_empty() && !reworded.shrinks() && !reworded.is_empty());
}

/// Cutting a row in two, or naming it otherwise, changes no rights.
#[test]
fn the_same_space_in_other_rows_is_the_same() {
    let cut = changed(|policy| {
        let rows = policy["tables"]["eligibility"].as_array_mut().expect("rows");
        let at = rows.iter().position(|row| row["id"] == "overdue").expect("a row");
        let mut half = rows[at].clone();
        half["id"] = json!("overdue_and_large");
        half["when"]
            .as_array_mut()
            .expect("conditions")
            .push(json!({ "fact": "large_amount", "op": "is", "value": true }));
        rows.insert(at, half);
        rows[at + 1]["id"] = json!("overdue_otherwise");
    });
    assert!(cut.outcomes.is_empty() && !cut.shrinks());
    let edits: Vec<_> = cut.rows.iter().map(|change| (change.row.as_str(), change.edit.code())).collect();
    assert_eq!(edits, [("overdue", "removed"), ("overdue_and_large", "added"), ("overdue_otherwise", "added")]);
}

#[test]
fn arrival_times_say_whether_rights_shrink() {
    let slower = changed(|policy| policy["tables"]["arrival"][1]["hard"] = json!(6));
    assert_eq!((slower.arrivals[0].kind.as_str(), slower.arrivals[0].effect), ("alipay", Effect::Shrinks));
    // Without a line of its own a channel counts as any other: slower than before.
    let gone = changed(|policy| {
        policy["tables"]["arrival"].as_array_mut().expect("lines").remove(1);
    });
    assert_eq!((gone.arrivals[0].after, gone.notice_days()), ((1, 5, 5), LONG_NOTICE_DAYS));
    let faster = changed(|policy| policy["tables"]["arrival"][4]["hard"] = json!(6));
    assert_eq!((faster.arrivals[0].effect, faster.notice_days()), (Effect::Widens, SHORT_NOTICE_DAYS));
}

#[test]
fn dates_are_put_in_and_nothing_else_changes() {
    let text = Policy::builtin().text();
    let dated = Policy::dated(text, "2027-01-02", "2027-02-03").expect("a policy");
    let policy = Policy::load(&dated).expect("a policy");
    assert_eq!(policy.published_at(), Instant::parse_shanghai("2027-01-02").expect("a day"));
    assert_eq!(policy.effective_from(), Instant::parse_shanghai("2027-02-03").expect("a day"));
    let back = Policy::dated(&dated, "2026-11-01", "2026-11-01").expect("a policy");
    assert_eq!(back, text);
    assert!(Policy::dated("{}", "2027-01-02", "2027-02-03").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Wherever two policies judge some facts differently, the comparison has the two rows; and every example it gives is
    /// really judged so.
    #[test]
    fn differences_are_exactly_those_of_judgement(
        facts in super::properties::facts(),
        at in 0..20_usize,
        refuses in any::<bool>(),
    ) {
        let mut policy = builtin();
        let rows = policy["tables"]["eligibility"].as_array_mut().expect("rows");
        let at = at % (rows.len() - 1);
        if refuses {
            rows[at]["then"] = json!({ "outcome": "approve_full", "fee": "none" });
        } else {
            rows.swap(at, at + 1);
        }
        let Ok(other) = Policy::load(&policy.to_string()) else { return Ok(()) };
        let found = other.compare(Policy::builtin()).expect("comparable");
        let (was, will) = (Policy::builtin().judge(&facts), other.judge(&facts));
        let named = found.outcomes.iter().any(|c| c.before == was.row && c.after == will.row);
        prop_assert!(named || was.outcome == will.outcome, "{} → {}", was.row, will.row);
        // An example binds only what matters: with any other facts around it the two rows decide.
        for change in found.outcomes.iter().filter(|change| change.table == "eligibility") {
            let mut stored = serde_json::to_value(facts).expect("plain data");
            for (fact, value) in &change.example {
                stored[fact.id()] = serde_json::to_value(value).expect("a value");
            }
            let example: Facts = serde_json::from_value(stored).expect("facts");
            prop_assert_eq!(Policy::builtin().judge(&example).row, &change.before);
            prop_assert_eq!(other.judge(&example).row, &change.after);
        }
    }
}
