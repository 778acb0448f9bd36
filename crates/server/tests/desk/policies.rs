//! The administrator's bench for the rules, by the pages.

use crate::house::House;
use serde_json::{Value, json};
use yuanlu_app::inputs::ApplyInput;
use yuanlu_domain::policy::Policy;

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut policy: Value = serde_json::from_str(Policy::builtin().text()).unwrap();
    policy["version"] = json!("next");
    change(&mut policy);
    serde_json::to_string_pretty(&policy).unwrap()
}

#[tokio::test]
async fn a_policy_is_checked_tried_and_published() {
    let house = House::open();
    let root = &house.admin;
    let reviewer = house.hire("rev", &["reviewer"], None);
    assert_eq!(house.get(Some(&reviewer), "/staff/policies").await.status, 403);
    house.get(Some(root), "/staff/policies").await.shows(&["Prepare a version", "2026-11", "seller_answer_hours"]);

    // What is wrong is named with its row, and the text is still there.
    let wrong = changed(|policy| policy["tables"]["routing"][1]["then"] = json!("automatic"));
    let page = house.post(Some(root), "/staff/policies", &[("policy", &wrong), ("do", "check")]).await;
    assert_eq!(page.status, 422);
    page.holds(&["cannot be used", "row `restricted_buyer`", "R23"]).hides(&["Publish</button>"]);

    let text = changed(|policy| {
        policy["parameters"]["most_fee_basis_points"] = json!(800);
        policy["parameters"]["appeal_working_days"] = json!(9);
        policy["tables"]["eligibility"][16]["zh"] = json!("已使用，不退。");
        policy["tables"]["eligibility"][16]["en"] = json!("It was used.");
    });
    let checked = house.post(Some(root), "/staff/policies", &[("policy", &text), ("do", "check")]).await;
    checked.shows(&["What differs from 2026-11", "15 days of notice", "most_fee_basis_points", "5%", "8%"]);
    checked.holds(&["Rights shrink", "Rights widen", "Words only", "Tried on past decisions", "Publish</button>"]);

    let publish = |day: &'static str| {
        let fields = [("policy", text.clone()), ("do", "publish".to_owned()), ("effective_from", day.to_owned())];
        let house = &house;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            house.post(Some(root), "/staff/policies", &fields).await
        }
    };
    publish("2026-11-01").await.refuses("has to lie after that of the latest");
    publish("2099-01-01").await.goes_to("/staff/policies");
    house.get(Some(root), "/staff/policies").await.shows(&["Coming", "2099-01-01"]);
    house.get(Some(root), "/staff/audit").await.shows(&["Published rules", "Days of notice: 15"]);
    house.get(None, "/rules").await.holds(&["2099-01-01"]);
    publish("2099-02-01").await.refuses("same as the latest");
}

#[tokio::test]
async fn a_decision_shows_how_every_row_fared() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let product = crate::card_on_sale(&house, &seller, "AAAA-1111-XYZW\n").await;
    let buyer = house.buyer("ann", "100");
    let order = house.buys(&buyer, &product, "95.50");
    let input = ApplyInput {
        units: vec![1],
        reason: "personal".to_owned(),
        amount: None,
        received_face: None,
        to_balance: false,
        text: String::new(),
        evidence: Vec::new(),
    };
    let case =
        house.app.apply(&buyer.principal, &order.order.as_str().into(), &input, None, &Default::default()).unwrap();
    let page = house.get(Some(&house.admin), &format!("/staff/cases/{}", case.summary.case)).await;
    page.shows(&[
        "Row by row",
        "overdue",
        "needs “state of the unit: To be delivered”, but it is: Code issued, sealed",
    ]);
    page.holds(&[
        "unseen_before_event_with_fee",
        "Fits",
        "Who decides",
        &format!("/rules/{}", Policy::builtin().hash()),
    ]);
}
