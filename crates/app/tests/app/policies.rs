//! Versions of the rules: checked, tried on the past, published with notice, and never applied to earlier orders.

use crate::house::{House, id};
use serde_json::{Value as Json, json};
use yuanlu_app::views::PolicyVersion;
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::time::Instant;

fn house(name: &str) -> House {
    let house = House::new(name);
    house.clock.set(Instant::from_shanghai(2026, 11, 20, 10, 0, 0));
    house
}

/// The policy of the program under another name, changed.
fn changed(version: &str, change: impl FnOnce(&mut Json)) -> String {
    let mut policy: Json = serde_json::from_str(Policy::builtin().text()).unwrap();
    policy["version"] = json!(version);
    change(&mut policy);
    policy.to_string()
}

fn fee_of_ten_percent(policy: &mut Json) {
    policy["parameters"]["most_fee_basis_points"] = json!(1000);
}

fn row<'p>(policy: &'p mut Json, table: &str, id: &str) -> &'p mut Json {
    policy["tables"][table].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == id).unwrap()
}

fn states(versions: &[PolicyVersion]) -> Vec<(&str, &str)> {
    versions.iter().map(|one| (one.version.as_str(), one.state)).collect()
}

fn refused(outcome: Result<PolicyVersion, AppError>) -> (&'static str, &'static str) {
    match outcome {
        Err(AppError::Invalid { field, code }) => (field, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_administrators_prepare_policies() {
    let mut house = house("policy-who");
    let text = changed("next", fee_of_ten_percent);
    let reviewer = house.staff("reviewer");
    for (who, told) in [
        (&Principal::Anonymous, AppError::NotSignedIn),
        (&house.buyer, AppError::Forbidden),
        (&house.seller, AppError::Forbidden),
        (&reviewer, AppError::Forbidden),
    ] {
        assert_eq!(house.app.check_policy(who, &text).unwrap_err(), told);
        assert_eq!(house.app.replay_policy(who, &text).unwrap_err(), told);
        assert_eq!(house.app.publish_policy(who, &text, Some("2027-01-01")).unwrap_err(), told);
    }
    assert_eq!(house.app.policy_versions().unwrap().len(), 1);
}

#[test]
fn where_rights_shrink_the_notice_is_fifteen_days() {
    let house = house("policy-notice");
    let shrinking = changed("dearer", fee_of_ten_percent);
    let check = house.app.check_policy(&house.admin, &shrinking).unwrap().change.unwrap();
    assert!(check.shrinks && !check.same);
    // The sixteenth midnight: fifteen whole days after a morning.
    assert_eq!((check.notice_days, check.earliest.as_str()), (15, "2026-12-06"));
    assert_eq!((check.parameters[0].name.as_str(), check.parameters[0].effect), ("most_fee_basis_points", "shrinks"));
    let widening = changed("kinder", |policy| policy["parameters"]["appeal_working_days"] = json!(9));
    let check = house.app.check_policy(&house.admin, &widening).unwrap().change.unwrap();
    assert_eq!((check.notice_days, check.earliest.as_str()), (7, "2026-11-28"));

    let publish = |text: &str, day| house.app.publish_policy(&house.admin, text, Some(day));
    for (day, code) in
        [("2026-12-05", "too_soon"), ("2026-11-20", "too_soon"), ("2020-01-01", "too_soon"), ("soon", "not_a_date")]
    {
        assert_eq!(refused(publish(&shrinking, day)), ("effective_from", code), "{day}");
    }
    assert_eq!(refused(publish("{}", "2027-01-01")), ("policy", "unreadable"));
    let same_name = changed("2026-11", fee_of_ten_percent);
    assert_eq!(refused(publish(&same_name, "2027-01-01")), ("version", "taken"));
    assert_eq!(refused(publish(&changed("same", |_| {}), "2027-01-01")), ("policy", "unchanged"));
    assert_eq!(refused(publish(&widening, "2026-11-27")), ("effective_from", "too_soon"));

    let published = publish(&shrinking, "2026-12-06").unwrap();
    assert_eq!((published.state, published.since.date_text()), ("coming", "2026-12-06".to_owned()));
    assert_eq!(published.published_at.0, house.app.now());
    // What follows is compared with it and comes after it.
    assert_eq!(refused(publish(&widening, "2026-12-06")), ("effective_from", "before_the_last"));
    let check = house.app.check_policy(&house.admin, &widening).unwrap().change.unwrap();
    assert_eq!((check.against.as_str(), check.earliest.as_str()), (published.hash.as_str(), "2026-12-07"));

    // The text says when it was published; nothing else of it changed.
    let view = house.app.policy_version(&published.hash).unwrap();
    assert_eq!(
        (&view.text["published_at"], &view.text["effective_from"]),
        (&json!("2026-11-20"), &json!("2026-12-06"))
    );
    let mut back = view.text.clone();
    back["published_at"] = json!("2026-11-01");
    back["effective_from"] = json!("2026-11-01");
    assert_eq!(back, serde_json::from_str::<Json>(&shrinking).unwrap());

    let audit = house.app.audit_log(&house.admin, &Default::default()).unwrap().items;
    let act = audit.iter().find(|act| act.act == "publish_policy").unwrap();
    assert_eq!((act.login.as_str(), act.object.as_str()), ("admin", published.hash.as_str()));
    assert_eq!((&act.detail["notice_days"], &act.detail["effective_from"]), (&json!(15), &json!("2026-12-06")));
}

#[test]
fn a_text_that_is_wrong_is_told_with_its_row() {
    let house = house("policy-wrong");
    let text = changed("x", |policy| {
        row(policy, "eligibility", "fault")["then"] = json!({ "outcome": "reject", "code": "REJECT_USED" })
    });
    let check = house.app.check_policy(&house.admin, &text).unwrap();
    assert!(check.change.is_none());
    let problem = check.problem.unwrap();
    assert!(problem.contains("`eligibility`") && problem.contains("row `fault`"), "{problem}");
    assert_eq!(refused(house.app.publish_policy(&house.admin, &text, Some("2027-01-01"))), ("policy", "unreadable"));
}

#[test]
fn an_order_keeps_the_rules_it_was_placed_under() {
    let house = house("policy-keeps");
    let card = house.card("AAAA-1111\nBBBB-2222\nCCCC-3333");
    let builtin = Policy::builtin().hash().to_string();
    let before = house.buy(&card, 1);
    let text = changed("stricter", |policy| {
        let rows = policy["tables"]["eligibility"].as_array_mut().unwrap();
        rows.retain(|row| !row["id"].as_str().unwrap().starts_with("unseen_before_event"));
    });
    let published = house.app.publish_policy(&house.admin, &text, Some("2026-12-06")).unwrap();
    let announced = house.buy(&card, 1);
    assert_eq!(states(&house.app.policy_versions().unwrap()), [("stricter", "coming"), ("2026-11", "current")]);

    house.clock.set(Instant::from_shanghai(2026, 12, 5, 23, 59, 59));
    assert_eq!(house.app.policy().unwrap().hash, builtin);
    house.clock.set(Instant::from_shanghai(2026, 12, 6, 0, 0, 0));
    assert_eq!(states(&house.app.policy_versions().unwrap()), [("stricter", "current"), ("2026-11", "past")]);
    let old = house.app.policy_version(&builtin).unwrap();
    assert_eq!(old.until.map(|until| until.0), Some(published.since.0));
    let after = house.buy(&card, 1);
    for (order, hash) in [(&before, &builtin), (&announced, &builtin), (&after, &published.hash)] {
        assert_eq!(&house.app.load_order(&house.buyer, &id(order)).unwrap().policy, hash);
    }
    // By their own rules: the first two go back less a fee, weeks later; for the third the row is gone.
    let decided = [&before, &announced, &after].map(|order| house.apply(&house.buyer, order, "personal").unwrap());
    let by =
        decided.each_ref().map(|case| case.decision.as_ref().map(|d| (d.row.as_str(), d.policy.as_str())).unwrap());
    let by_the_old = ("unseen_before_event_with_fee", builtin.as_str());
    assert_eq!(by, [by_the_old, by_the_old, ("unseen_without_confirmation", published.hash.as_str())]);
    let paid = decided.each_ref().map(|case| case.breakdown.as_ref().unwrap().net.text.clone());
    assert_eq!(paid, ["95.00", "95.00", "99.99"]);
}

#[test]
fn past_decisions_are_tried_on_a_new_text() {
    let house = house("policy-replay");
    let card = house.card("AAAA-1111\nBBBB-2222\nCCCC-3333");
    let (sealed, revealed) = (house.buy(&card, 1), house.buy(&card, 1));
    house.app.reveal(&house.buyer, &id(&revealed), 1).unwrap();
    house.apply(&house.buyer, &sealed, "personal").unwrap();
    let case = house.apply(&house.buyer, &revealed, "personal").unwrap().summary.case;

    let same = house.app.replay_policy(&house.admin, &changed("same", |_| {})).unwrap();
    assert_eq!((same.decisions, same.units, same.changed, same.groups.len()), (2, 2, 0, 0));
    assert_eq!(same.paid_before, same.paid_after);
    assert_eq!(same.paid_before[0].text, "95.00", "99.99 less five per cent, rounded down");

    // Whoever has seen the code would get all of it back.
    let kinder = changed("kinder", |policy| {
        for id in ["personal_delivered", "special_agreement"] {
            row(policy, "eligibility", id)["then"] = json!({ "outcome": "approve_full", "fee": "none" });
        }
    });
    let tried = house.app.replay_policy(&house.admin, &kinder).unwrap();
    assert_eq!((tried.decisions, tried.changed), (2, 1));
    let group = &tried.groups[0];
    assert_eq!((group.before.as_str(), group.then_before, group.then_after), ("personal_delivered", "reject", "full"));
    assert_eq!((group.paid_before.text.as_str(), group.paid_after.text.as_str()), ("0.00", "99.99"));
    assert_eq!(group.cases, [case]);
    assert_eq!(tried.paid_after[0].text, "194.99");

    // A lower limit for large amounts sends both to risk control; the money is the same.
    let strict = changed("strict", |policy| policy["parameters"]["large_above_minor"] = json!(5000));
    let tried = house.app.replay_policy(&house.admin, &strict).unwrap();
    assert_eq!((tried.changed, tried.groups.len()), (2, 1));
    assert_eq!(
        (tried.groups[0].table, tried.groups[0].then_before, tried.groups[0].then_after),
        ("routing", "automatic", "risk")
    );
    assert_eq!(tried.paid_before, tried.paid_after);
}

#[test]
fn staff_sees_how_every_row_fared() {
    let mut house = house("policy-trace");
    let card = house.card("AAAA-1111");
    let order = house.buy(&card, 1);
    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    assert!(case.decision.unwrap().trace.is_empty(), "the buyer reads the sentence");
    let reviewer = house.staff("reviewer");
    let seen = house.app.load_case(&reviewer, &CaseId::from(case.summary.case.as_str())).unwrap().decision.unwrap();
    let trace = &seen.trace[0];
    assert_eq!((trace.table, trace.units.as_slice()), ("eligibility", &[1][..]));
    let (last, passed) = trace.rows.split_last().unwrap();
    assert_eq!((last.row.as_str(), last.failed.is_none()), (seen.row.as_str(), true));
    let overdue = passed.iter().find(|row| row.row == "overdue").unwrap();
    assert_eq!((overdue.failed.as_ref().unwrap().fact, &overdue.found), ("unit_state", &Some(json!("sealed"))));
    assert!(passed.iter().all(|row| row.failed.is_some()));
    assert_eq!(seen.trace[1].table, "routing");
}

/// A product written under earlier rules goes by the limits of those in force, where they are better for the buyer; what
/// was bought before does not.
#[test]
fn limits_bind_products_that_were_there_before() {
    let house = house("policy-limits");
    let card = house.product("game_card", "AAAA-1111\nBBBB-2222", |input| input.window_days = 7);
    let before = house.buy(&card, 1);
    let text = changed("kinder", |policy| {
        policy["parameters"]["least_window_days"] = json!(10);
        policy["parameters"]["fee_basis_points"] = json!(200);
        policy["parameters"]["most_fee_basis_points"] = json!(200);
    });
    house.app.publish_policy(&house.admin, &text, Some("2026-11-28")).unwrap();
    house.clock.set(Instant::from_shanghai(2026, 11, 28, 0, 0, 0));
    let shown = house.app.load_product(&card.id.as_str().into()).unwrap().terms;
    assert_eq!((shown.window_days, shown.fee_basis_points), (10, 200));
    let after = house.buy(&card, 1);
    assert_eq!(after.lines[0].terms, shown);
    let kept = house.app.load_order(&house.buyer, &id(&before)).unwrap().lines[0].terms.clone();
    assert_eq!((kept.window_days, kept.fee_basis_points), (7, 500));
}
