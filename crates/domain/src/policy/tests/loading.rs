use super::*;
use serde_json::{Value as Json, json};

fn builtin() -> Json {
    serde_json::from_str(Policy::builtin().text()).expect("JSON")
}

fn row(policy: &mut Json, table: &str, id: &str) -> usize {
    let rows = policy["tables"][table].as_array().expect("rows");
    rows.iter().position(|row| row["id"] == id).expect("a row of that id")
}

/// Loads the built-in policy with one change, which must be refused with a message that says all of `told`.
fn refused(change: impl FnOnce(&mut Json), told: &[&str]) {
    let mut policy = builtin();
    change(&mut policy);
    let error = Policy::load(&policy.to_string()).expect_err(&told.join(" ")).to_string();
    assert!(told.iter().all(|part| error.contains(part)), "{error}");
}

fn refused_row(table: &str, id: &str, change: impl FnOnce(&mut Json), told: &[&str]) {
    refused(
        |policy| {
            let index = row(policy, table, id);
            change(&mut policy["tables"][table][index]);
        },
        told,
    );
}

#[test]
fn the_hash_is_that_of_the_exact_text() {
    let policy = Policy::builtin();
    assert_eq!(policy.hash(), &PolicyHash::of(policy.text()));
    let reformatted = Policy::load(&builtin().to_string()).expect("the same policy");
    assert_ne!(reformatted.hash(), policy.hash());
    assert_eq!(reformatted.parameters(), policy.parameters());
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(PolicyHash::of("").as_str(), empty);
}

#[test]
fn what_is_no_policy() {
    assert!(matches!(Policy::load(""), Err(PolicyError::Unreadable { .. })));
    assert!(matches!(Policy::load("{}"), Err(PolicyError::Unreadable { .. })));
    refused(|policy| policy["schema"] = json!(2), &["schema 2"]);
    refused(|policy| policy["version"] = json!(" "), &["`version`"]);
    refused(|policy| policy["published_at"] = json!("soon"), &["`published_at`"]);
    refused(|policy| policy["effective_from"] = json!("2026-10-31"), &["`effective_from`"]);
    refused(|policy| policy["surprise"] = json!(1), &["surprise"]);
}

#[test]
fn parameters_have_ranges() {
    for (name, value, told) in [
        ("window_days", 6, "between 7 and 15"),
        ("window_days", 16, "between 7 and 15"),
        ("least_window_days", 15, ""),
        ("fee_basis_points", 1001, "between 0 and 1000"),
        ("seller_answer_hours", 0, "between 1 and 72"),
        ("without_confirmation_days", 6, "between 7 and 30"),
        ("panel_majority", 8, "more than half"),
        ("panel_majority", 18, "panel_seats"),
        ("review_warning_working_days", 4, "review_working_days"),
        ("forgery_points", 1, "between -1000 and 0"),
        ("credit_floor", 100, "credit_start"),
        ("lot_years", 0, "between 1 and 10"),
    ] {
        let change = |policy: &mut Json| {
            policy["parameters"][name] = json!(value);
            if told.is_empty() {
                policy["parameters"]["window_days"] = json!(10);
            }
        };
        refused(change, &[name, told]);
    }
    refused(|policy| policy["parameters"]["made_up"] = json!(1), &["made_up"]);
    let without = |policy: &mut Json| {
        policy["parameters"].as_object_mut().expect("an object").remove("window_days");
    };
    refused(without, &["window_days"]);
}

#[test]
fn rows_are_named_in_errors() {
    let fault = ["`eligibility`", "row `fault`"];
    let told = |what: &'static str| [fault[0], fault[1], what];
    let condition = |fact: &str, op: &str, value: Json| json!([{ "fact": fact, "op": op, "value": value }]);
    let when = |when: Json| move |row: &mut Json| row["when"] = when;
    refused_row("eligibility", "fault", |row| row["rules"] = json!([]), &told("rules"));
    refused_row("eligibility", "fault", |row| row["rules"] = json!(["9"]), &told("rules"));
    refused_row("eligibility", "fault", |row| row["zh"] = json!(""), &told("`zh`"));
    refused_row("eligibility", "fault", |row| row["en"] = json!("{name}"), &told("placeholder `name`"));
    for (fact, op, value) in [
        ("paid", "is", json!("yes")),
        ("paid", "at_least", json!(true)),
        ("unit_state", "is", json!(["sealed"])),
        ("unit_state", "in", json!("sealed")),
        ("unit_state", "in", json!([])),
        ("unit_state", "at_least", json!(3)),
        ("amount_minor", "is", json!("3")),
    ] {
        let change = when(condition(fact, op, value));
        refused_row("eligibility", "fault", change, &told("cannot be compared"));
    }
    let melted = when(condition("unit_state", "is", json!("melted")));
    refused_row("eligibility", "fault", melted, &told("never `melted`"));
    let weather = when(condition("weather", "is", json!(true)));
    refused_row("eligibility", "fault", weather, &["weather"]);
    refused_row("eligibility", "fault", |row| row["id"] = json!("late"), &["row `late`", "twice"]);
    refused_row("eligibility", "fault", |row| row["id"] = json!("Fault 1"), &["lower-case"]);
    refused_row(
        "eligibility",
        "otherwise",
        when(condition("paid", "is", json!(true))),
        &["row `otherwise`", "never decide"],
    );
    refused(|policy| policy["tables"]["routing"] = json!([]), &["`routing`", "no rows"]);
}

#[test]
fn rows_that_can_never_decide() {
    let any = |row: &mut Json| row["when"] = json!([]);
    refused_row("eligibility", "not_paid", any, &["row `second_payment`", "never decide"]);
    // Covered only by two earlier rows together.
    let halves = |policy: &mut Json| {
        let index = row(policy, "routing", "personal");
        let rows = policy["tables"]["routing"].as_array_mut().expect("rows");
        for self_operated in [true, false] {
            let mut half = rows[index].clone();
            half["id"] = json!(format!("half_{self_operated}"));
            half["when"] = json!([
                { "fact": "reason", "op": "is", "value": "personal" },
                { "fact": "self_operated", "op": "is", "value": self_operated }
            ]);
            rows.insert(index, half);
        }
    };
    refused(halves, &["row `personal`", "never decide"]);
}

#[test]
fn rows_that_contradict_themselves() {
    let both = |row: &mut Json| {
        row["when"] = json!([
            { "fact": "paid", "op": "is", "value": true },
            { "fact": "paid", "op": "is", "value": false }
        ]);
    };
    refused_row("routing", "personal", both, &["row `personal`", "contradict"]);
}

/// Facts that no row fits are a gap; it is told with an example.
#[test]
fn facts_that_no_row_fits() {
    let gap = |policy: &mut Json| {
        let rows = policy["tables"]["routing"].as_array_mut().expect("rows");
        rows.pop();
    };
    refused(gap, &["`routing`", "row `arrival_disputed`", "no row fits", "reason = "]);
    // Without its net a table is complete where its rows together leave nothing over.
    let mut policy = builtin();
    policy["tables"]["eligibility"].as_array_mut().expect("rows").pop();
    Policy::load(&policy.to_string()).expect("the other rows fit everything");
}

/// Two rows about the same question that claim the same facts.
#[test]
fn rows_that_claim_the_same_facts() {
    let overlap = |policy: &mut Json| {
        let index = row(policy, "routing", "goods_at_fault");
        let mut other = policy["tables"]["routing"][index].clone();
        other["id"] = json!("credits");
        other["then"] = json!("reviewer");
        other["when"][0]["value"] = json!(["not_credited", "system_fault"]);
        policy["tables"]["routing"].as_array_mut().expect("rows").insert(index + 1, other);
    };
    refused(overlap, &["row `credits`", "overlaps row `goods_at_fault`", "reason = not_credited"]);
}

#[test]
fn both_languages_name_the_same_amounts() {
    let gone = |row: &mut Json| row["en"] = json!("All of it goes back.");
    refused_row("eligibility", "fault", gone, &["row `fault`", "different amounts"]);
}

/// What the law grants cannot be taken away by a table.
#[test]
fn the_floor_holds() {
    let then = |then: Json| move |row: &mut Json| row["then"] = then;
    let fee = json!({ "outcome": "approve_full", "fee": "disclosed" });
    let reject = json!({ "outcome": "reject", "code": "REJECT_USED" });
    refused_row("eligibility", "fault", then(fee.clone()), &["row `fault`"]);
    refused_row("eligibility", "overdue", then(fee.clone()), &["row `overdue`", "R24"]);
    refused_row("eligibility", "step_back", then(fee), &["row `step_back`", "disclosed (R10)"]);
    refused_row("eligibility", "second_payment", then(reject.clone()), &["row `second_payment`", "R29"]);
    refused_row("eligibility", "unseen_without_confirmation", then(reject.clone()), &["seven days"]);
    refused_row("eligibility", "used_and_short", then(reject.clone()), &["missing part"]);
    refused_row("eligibility", "arrival_not_proven", then(reject.clone()), &["proves arrival"]);
    refused_row("eligibility", "special_agreement", then(reject), &["agreement is kept"]);
    refused_row("routing", "restricted_buyer", then(json!("automatic")), &["R23"]);
    refused_row("routing", "self_operated", then(json!("seller")), &["skip the seller"]);
    refused_row("routing", "second_payment", then(json!("risk")), &["R29"]);
}

/// A special agreement whose row comes before the ordinary ones would take its fee where none was due.
#[test]
fn a_special_agreement_cannot_narrow() {
    let earlier = |policy: &mut Json| {
        let from = row(policy, "eligibility", "special_agreement");
        let to = row(policy, "eligibility", "used_before_reveal");
        let rows = policy["tables"]["eligibility"].as_array_mut().expect("rows");
        let special = rows.remove(from);
        rows.insert(to, special);
    };
    refused(earlier, &["row `special_agreement`", "only widen"]);
}

#[test]
fn arrival_times_are_ordered() {
    refused(|policy| policy["tables"]["arrival"][1]["hard"] = json!(1), &["`arrival`", "`alipay`"]);
    refused(|policy| policy["tables"]["arrival"][1]["kind"] = json!("balance"), &["twice"]);
    refused(|policy| policy["tables"]["arrival"][0]["kind"] = json!("wallet"), &["`balance`"]);
    let policy = Policy::builtin();
    assert_eq!(policy.arrival_working_days("bank_card"), (5, 7));
    assert_eq!(policy.arrival_working_days("balance"), (0, 0));
    assert_eq!(policy.arrival_working_days("sim"), policy.arrival_working_days("other"));
}

/// A text published before a number existed still loads, with the number it had then: none but the program's own.
#[test]
fn a_text_from_before_a_number_was_named_still_loads() {
    let mut text: serde_json::Value = serde_json::from_str(Policy::builtin().text()).expect("reads");
    let parameters = text["parameters"].as_object_mut().expect("an object");
    let later = [
        "conduct_points",
        "one_payer_accounts",
        "one_payer_within_days",
        "reminder_hours",
        "top_up_least_minor",
        "top_up_most_minor",
        "balance_most_minor",
        "required_deposit_minor",
        "raised_deposit_minor",
        "payout_account_wait_hours",
        "withdrawal_working_days",
    ];
    for later in later {
        parameters.remove(later).expect("named today");
    }
    let older = Policy::load(&text.to_string()).expect("loads");
    assert_eq!(older.parameters(), Policy::builtin().parameters());
}
