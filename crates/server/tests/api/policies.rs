//! Versions of the rules for programs.

use super::house::Market;
use serde_json::{Value, json};
use yuanlu_domain::policy::Policy;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_are_read_checked_tried_and_published() {
    let market = Market::open().await;
    let house = &market.house;
    let builtin = Policy::builtin().hash().as_str();
    let versions = house.get("/policies").send().await.expect(200);
    assert_eq!((&versions[0]["hash"], &versions[0]["state"]), (&json!(builtin), &json!("current")));
    let one = house.get(&format!("/policies/{builtin}")).send().await.expect(200);
    assert_eq!(one, house.get("/policy").send().await.expect(200));
    assert_eq!(one["parameters"]["seller_answer_hours"], 24);
    assert_eq!(one["text"], serde_json::from_str::<Value>(Policy::builtin().text()).unwrap());
    let row = one["rules"].as_array().unwrap().iter().find(|row| row["row"] == "overdue").unwrap();
    assert_eq!((&row["then"], &row["when"][0]["values"]), (&json!("full"), &json!(["awaiting"])));
    assert_eq!(house.get("/policies/nothing").send().await.problem(404), "not_found");

    let order = market.buy(1).await;
    let claim = json!({ "units": [1], "reason": "personal" });
    house.post(&format!("/orders/{order}/cases")).by(&market.buyer).json(&claim).send().await.expect(201);

    let mut text: Value = serde_json::from_str(Policy::builtin().text()).unwrap();
    text["version"] = json!("next");
    text["parameters"]["complaint_days"] = json!(20);
    let body = json!({ "policy": text.to_string() });
    let check = house.post("/staff/policies/check").by(&market.admin).json(&body).send().await.expect(200);
    assert_eq!((&check["problem"], &check["change"]["notice_days"]), (&Value::Null, &json!(15)));
    assert_eq!(check["change"]["earliest"], "2026-12-08");
    assert_eq!(
        check["change"]["parameters"],
        json!([{ "name": "complaint_days", "before": 30, "after": 20, "effect": "shrinks" }])
    );
    let tried = house.post("/staff/policies/replay").by(&market.admin).json(&body).send().await.expect(200);
    assert_eq!((&tried["decisions"], &tried["changed"]), (&json!(1), &json!(0)));
    assert_eq!(tried["paid_before"], tried["paid_after"]);

    let publish = |day: Value| json!({ "policy": text.to_string(), "effective_from": day });
    for (day, told) in [(json!("2026-12-07"), "too_soon"), (Value::Null, "too_soon"), (json!("never"), "not_a_date")] {
        let refused = house.post("/staff/policies").by(&market.admin).json(&publish(day)).send().await;
        assert!(refused.text().contains(told), "{}", refused.text());
        assert_eq!(refused.status, 422);
    }
    let outsider = house.post("/staff/policies").by(&market.reviewer).json(&publish(json!("2026-12-08"))).send().await;
    assert_eq!(outsider.status, 403);
    let version = house.post("/staff/policies").by(&market.admin).json(&publish(json!("2026-12-08"))).send().await;
    let version = version.expect(201);
    assert_eq!((&version["state"], &version["version"]), (&json!("coming"), &json!("next")));
    assert_eq!(house.get("/policies").send().await.expect(200).as_array().unwrap().len(), 2);
    assert_eq!(house.get("/policy").send().await.expect(200)["hash"], builtin);
    house.pass(16 * 86_400);
    assert_eq!(house.get("/policy").send().await.expect(200)["hash"], version["hash"]);
}
