//! Support through the API: a buyer, a stranger with his key, the desk.

use super::house::Market;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_ask_and_support_answers() {
    let market = Market::open().await;
    let house = &market.house;
    let (order, case) = market.open_case().await;
    let hours = house.get("/support/hours").send().await.expect(200);
    assert_eq!((hours["opens"].as_str(), hours["answer_minutes"].as_u64()), (Some("09:00"), Some(30)));

    // Asked how it stands, the program answers at once; a key sent twice begins one conversation.
    let ask = json!({ "progress": { "case": case } });
    let sent = || house.post("/support/conversations").by(&market.buyer).key("c1").json(&ask).send();
    let begun = sent().await.expect(201);
    let talk = &begun["conversation"];
    let no = talk["conversation"].as_str().unwrap().to_owned();
    assert_eq!(talk["messages"][0]["progress"]["case"], case.as_str());
    assert_eq!((talk["turn_who"].as_str(), begun.get("key")), (Some("asker"), None));
    assert_eq!(sent().await.expect(201)["conversation"]["conversation"], no.as_str());
    let say = json!({ "text": "And when does it arrive?" });
    let path = format!("/support/conversations/{no}");
    house.post(&format!("{path}/say")).by(&market.buyer).json(&say).send().await.expect(200);
    assert_eq!(house.get(&path).by(&market.stranger).send().await.problem(404), "not_found");
    let waiting = house.get("/staff/support/conversations").by(&market.admin).send().await.expect(200);
    assert_eq!(waiting["items"][0]["conversation"], no.as_str());
    let answer = json!({ "text": "The seller has until tomorrow." });
    let answered = house.post(&format!("{path}/say")).by(&market.admin).json(&answer).send().await.expect(200);
    assert_eq!(answered["state"], "awaiting_asker");
    let own = house.get("/me/conversations").by(&market.buyer).send().await.expect(200);
    assert_eq!(own["items"].as_array().map(Vec::len), Some(1));
    house.post(&format!("{path}/end")).by(&market.buyer).json(&json!({})).send().await.expect(200);

    // A stranger comes back by his key, and by nothing else.
    let begun = house.post("/support/conversations").json(&json!({ "text": "When are you there?" })).send().await;
    let begun = begun.expect(201);
    let no = begun["conversation"]["conversation"].as_str().unwrap().to_owned();
    let open = |key: &str| house.post(&format!("/support/conversations/{no}/open")).json(&json!({ "key": key })).send();
    assert_eq!(open("0123456789abcdef").await.problem(404), "not_found");
    assert_eq!(open(begun["key"].as_str().unwrap()).await.expect(200)["messages"][0]["own"], true);

    // The desk finds the order; others may not look.
    let search = json!({ "text": order });
    let found = house.post("/staff/support/search").by(&market.admin).json(&search).send().await.expect(200);
    assert_eq!(
        (found["orders"][0]["order"].as_str(), found["orders"][0]["found_by"].as_str()),
        (Some(&*order), Some("order"))
    );
    assert_eq!(found["orders"][0]["case"]["case"], case.as_str());
    for token in [&market.buyer, &market.reviewer, &market.finance] {
        assert_eq!(house.post("/staff/support/search").by(token).json(&search).send().await.problem(403), "forbidden");
    }
    let wrong = json!({ "order": order, "paid_at": "2020-01-01 10:00", "amount": "1.00" });
    assert_eq!(house.post("/support/progress").json(&wrong).send().await.problem(401), "wrong_credentials");
}
