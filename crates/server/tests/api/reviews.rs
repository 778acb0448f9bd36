//! Reviews of the refund service through the API, and who answers them.

use super::house::Market;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_answer_a_review_of_the_service_and_nobody_else_does() {
    let market = Market::open().await;
    let house = &market.house;
    let support = house.invite(&market.admin, "sue", "support", None).await;
    let order = market.buy(1).await;
    let claim = json!({ "units": [1], "reason": "personal", "to_balance": true });
    let case = house.post(&format!("/orders/{order}/cases")).by(&market.buyer).json(&claim).send().await.expect(201);
    let number = case["summary"]["case"].as_str().unwrap();
    let words = json!({ "stars": 2, "words": "Quick, but nobody said so." });
    let path = format!("/cases/{number}/review");
    let review = house.post(&path).by(&market.buyer).json(&words).send().await.expect(200);
    let id = review["review"].as_str().unwrap();

    let path = format!("/reviews/{id}/reply");
    let reply = json!({ "words": "We now send word at once." });
    for other in [&market.seller, &market.buyer, &market.stranger] {
        let refused = house.post(&path).by(other).json(&reply).send().await;
        assert!(matches!(refused.status.as_u16(), 403 | 404), "{}", refused.status);
    }
    house.post(&path).by(&support).json(&json!({ "words": " " })).send().await.expect(422);
    let answered = house.post(&path).by(&support).json(&reply).send().await.expect(200);
    assert_eq!(answered["reply"]["words"], "We now send word at once.");
    let public = house.get(&format!("/reviews/{id}")).send().await.expect(200);
    assert_eq!(public["reply"]["words"], "We now send word at once.");
    let again = house.post(&path).by(&support).json(&reply).send().await;
    assert!(again.status.is_client_error(), "{}", again.status);
}
