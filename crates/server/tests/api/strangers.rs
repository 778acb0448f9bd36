//! T27, T28: what belongs to others does not exist, on any route.

use super::bad_input::{good_body, numbered};
use super::description::operations;
use super::house::Market;
use axum::http::Method;

/// Every route with an id in its path, asked by people who have nothing to do with it, answers as if the id were unknown.
/// The routes come from the description, so that a new one cannot be forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_others_does_not_exist() {
    let market = Market::open().await;
    let house = &market.house;
    let (order, case) = market.open_case().await;
    let evidence = market.upload(&order).await;
    let tip_off = market.tip_off().await;
    let (_, other_guest) = market.buy_as_guest(1).await;
    let mut asked = 0;
    for (method, path, operation) in operations() {
        let secured = !operation["security"].as_array().unwrap().contains(&serde_json::json!({}));
        let of_staff = path.starts_with("/api/v1/staff/");
        if !path.contains('{') || !secured || of_staff || path.contains("/me/") {
            continue;
        }
        let fill = |order: &str, case: &str, evidence: &str, product: &str, tip_off: &str| {
            let path = path.trim_start_matches("/api/v1").replace("{order}", order).replace("{case}", case);
            numbered(&path.replace("{evidence}", evidence).replace("{product}", product).replace("{tip_off}", tip_off))
        };
        let theirs = fill(&order, &case, &evidence, &market.card, &tip_off);
        let nobodys =
            fill("261122AAAAAAAAAA", "261122AAAAAAAAAAC1", "NOSUCHFILE", "NOSUCHPRODUCT", "T261122AAAAAAAAAA");
        for (who, token) in
            [("a stranger", &market.stranger), ("another guest", &other_guest), ("a rival seller", &market.rival)]
        {
            let mut answers = Vec::new();
            for path in [&theirs, &nobodys] {
                let method: Method = method.parse().unwrap();
                let call = house.call(method.clone(), path).by(token);
                let call = match good_body(&method, &operation, &market) {
                    Some((media_type, body)) => call.raw(media_type, body),
                    None => call,
                };
                let reply = call.send().await;
                answers.push((reply.status.as_u16(), reply.json()));
            }
            assert_eq!(answers[0], answers[1], "{who}: {method} {theirs}");
            let status = answers[0].0;
            let expected = match &path {
                // A wrong query password is all that a claim of an unknown order can be told.
                path if path.ends_with("/claim") => status == 401,
                // Products are public, withdrawals are one's own; who is no seller at all is told so.
                path if ["{product}", "{withdrawal}", "{rule}", "{webhook}"].iter().any(|own| path.contains(own)) => {
                    matches!(status, 401 | 403 | 404)
                }
                _ => status == 404,
            };
            assert!(expected, "{who}: {method} {theirs}: {:?}", answers[0]);
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
    // And nothing of it did anything.
    let shown = house.get(&format!("/cases/{case}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(shown["summary"]["state"], "awaiting_seller", "{shown}");
}

/// T28: what the client says about prices is compared, never charged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_from_the_client_is_not_charged() {
    let market = Market::open().await;
    let mut body = Market::order_of(&market.card, 1, "balance");
    body["lines"][0]["seen_price"] = super::house::cny("0.01");
    let refused = market.house.post("/orders").by(&market.buyer).json(&body).send().await;
    assert_eq!(refused.json()["value"], "95.00");
    assert_eq!(refused.problem(422), "price_changed");
    let balance = market.house.get("/me/balance").by(&market.buyer).send().await.expect(200);
    assert_eq!(balance["spendable"]["text"], "1000.00");
}
