//! Whole journeys through the API.

use super::house::{FORM, House, Market, PASSWORD, cny, form, product};
use serde_json::{Value, json};
use yuanlu_app::{Born, Limits};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buyer_buys_reveals_applies_and_is_paid() {
    let market = Market::open().await;
    let house = &market.house;
    let products = house.get("/products?kind=game_card").send().await.expect(200);
    assert_eq!(products["items"][0]["id"], market.card.as_str());
    let shown = house.get(&format!("/products/{}", market.card)).send().await.expect(200);
    assert_eq!(shown["terms"]["price"]["text"], "95.00");
    assert_eq!(shown["in_stock"], 40);

    let order = market.buy(2).await;
    let balance = house.get("/me/balance").by(&market.buyer).send().await.expect(200);
    assert_eq!(balance["spendable"]["text"], "810.00");
    let listed = house.get("/orders").by(&market.buyer).send().await.expect(200);
    assert_eq!(listed["items"][0]["order"], order.as_str());

    let path = format!("/orders/{order}/reveal");
    let code = house.post(&path).by(&market.buyer).json(&json!({ "unit": 1 })).send().await.expect(200);
    assert!(code["code"].as_str().unwrap().starts_with("CARD-"), "{code}");
    let again = house.post(&path).by(&market.buyer).json(&json!({ "unit": 1 })).send().await.expect(200);
    assert_eq!(code, again);

    let claim = json!({ "units": [2], "reason": "personal", "to_balance": true });
    let path = format!("/orders/{order}/forecast");
    let forecast = house.post(&path).by(&market.buyer).json(&claim).send().await.expect(200);
    assert_eq!(forecast["would"], "approve", "{forecast}");
    let path = format!("/orders/{order}/cases");
    let case = house.post(&path).by(&market.buyer).key("case-1").json(&claim).send().await.expect(201);
    assert_eq!(case["summary"]["state"], "completed", "{case}");
    assert_eq!(case["breakdown"]["net"], forecast["net"]);
    assert_eq!(case["decision"]["by"], "automatic");
    assert!(case["decision"]["policy"].as_str().is_some_and(|hash| !hash.is_empty()));
    let number = case["summary"]["case"].as_str().unwrap();
    let tracked = house.get(&format!("/cases/{number}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(tracked["breakdown"], case["breakdown"]);
    let balance = house.get("/me/balance").by(&market.buyer).send().await.expect(200);
    let net = case["breakdown"]["net"]["minor"].as_i64().unwrap();
    assert_eq!(balance["spendable"]["minor"].as_i64().unwrap(), 81_000 + net);
    let cases = house.get("/cases?limit=1").by(&market.buyer).send().await.expect(200);
    assert_eq!(cases["items"][0]["case"], number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_has_a_buyers_rights_but_balance() {
    let market = Market::open().await;
    let house = &market.house;
    let (order, token) = market.buy_as_guest(1).await;
    let path = format!("/orders/{order}");
    assert_eq!(house.get(&path).by(&token).send().await.expect(200)["status"], "paid");
    assert_eq!(house.get(&path).send().await.problem(404), "not_found");
    let wrong = json!({ "query_password": "wrong-one" });
    let access = format!("{path}/access");
    assert_eq!(house.post(&access).json(&wrong).send().await.problem(401), "wrong_credentials");
    let unknown = house.post("/orders/261122AAAAAAAAAA/access").json(&wrong).send().await;
    assert_eq!(unknown.problem(401), "wrong_credentials");
    let right = json!({ "query_password": "open-sesame" });
    let grant = house.post(&access).json(&right).send().await.expect(201);
    assert_eq!(grant["order"], order.as_str());
    let token = grant["token"].as_str().unwrap();

    let to_balance = json!({ "units": [1], "reason": "personal", "to_balance": true });
    let refused = house.post(&format!("{path}/cases")).by(token).json(&to_balance).send().await;
    assert_eq!(refused.problem(422), "balance_needs_account");
    let apply = json!({ "units": [1], "reason": "personal" });
    let case = house.post(&format!("{path}/cases")).by(token).json(&apply).send().await.expect(201);
    assert_eq!(case["summary"]["state"], "refunding", "{case}");
    assert_eq!(case["breakdown"]["destinations"][0]["to"], "sim");

    let claimed = house.post(&format!("{path}/claim")).by(&market.stranger).json(&right).send().await.expect(200);
    assert_eq!(claimed["buyer_is_guest"], false);
    assert_eq!(house.get(&path).by(token).send().await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaid_order_is_paid_at_the_channel() {
    let market = Market::open().await;
    let house = &market.house;
    let body = Market::order_of(&market.card, 1, "sim");
    let placed = house.post("/orders").by(&market.buyer).json(&body).send().await.expect(201);
    assert_eq!(placed["order"]["status"], "awaiting_payment");
    let order = placed["order"]["order"].as_str().unwrap();
    let pay = format!("/orders/{order}/pay");
    let opened = house.post(&pay).by(&market.buyer).json(&json!({})).send().await.expect(200);
    assert!(opened["cashier_url"].as_str().unwrap().starts_with("http://shop.test/sim"), "{opened}");
    assert_eq!(opened["payment"]["amount"]["text"], "95.00");
    assert_eq!(opened["cashier"]["state"], "ready");
    let cashier = format!("/orders/{order}/cashier");
    let looked = house.get(&cashier).by(&market.buyer).send().await.expect(200);
    assert!(looked["url"].as_str().unwrap().starts_with("http://shop.test/sim"), "{looked}");
    assert_eq!(
        house.get(&format!("{cashier}?channel=wechat")).by(&market.buyer).send().await.problem(404),
        "not_found"
    );
    assert_eq!(house.get(&cashier).by(&market.stranger).send().await.problem(404), "not_found");
    let scene = json!({ "scene": "in a dream" });
    assert_eq!(house.post(&pay).by(&market.buyer).json(&scene).send().await.problem(422), "invalid");
    let nowhere = json!({ "channel": "nowhere" });
    assert_eq!(house.post(&pay).by(&market.buyer).json(&nowhere).send().await.problem(422), "invalid");
    market.pay(&placed["order"]);
    let path = format!("/orders/{order}");
    assert_eq!(house.get(&path).by(&market.buyer).send().await.expect(200)["status"], "paid");
    assert_eq!(house.post(&pay).by(&market.buyer).json(&json!({})).send().await.problem(409), "wrong_state");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_balance_is_topped_up_by_a_program() {
    let market = Market::open().await;
    let house = &market.house;
    let terms = house.get("/me/top-ups/terms").by(&market.buyer).send().await.expect(200);
    assert_eq!(terms["least"]["text"], "1.00");
    let body = json!({ "amount": "50.00", "channel": "sim", "confirmed": true });
    let unread = json!({ "amount": "50.00", "channel": "sim" });
    let refused = house.post("/me/top-ups").by(&market.buyer).json(&unread).send().await;
    assert_eq!(refused.problem(422), "confirmation_needed");
    let tiny = json!({ "amount": "0.01", "channel": "sim", "confirmed": true });
    assert_eq!(house.post("/me/top-ups").by(&market.buyer).json(&tiny).send().await.problem(422), "top_up_amount");
    let begun = house.post("/me/top-ups").by(&market.buyer).json(&body).send().await.expect(201);
    let path = format!("/me/top-ups/{}", begun["no"].as_str().unwrap());
    let way = house.get(&format!("{path}/cashier")).by(&market.buyer).send().await.expect(200);
    assert_eq!(way["state"], "ready", "{way}");
    assert_eq!(house.get(&path).by(&market.stranger).send().await.problem(404), "not_found");
    assert_eq!(house.get("/me/top-ups").by(&market.buyer).send().await.expect(200)[0]["state"], "open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_of_the_seller_is_seen_by_moving_the_clock_of_a_demo() {
    let market = Market::within(House::open_as(Born::Demo, Limits::none())).await;
    let house = &market.house;
    let (_, case) = market.open_case().await;
    let before = house.app.now();
    let moved = house.post("/demo/clock").by(&market.buyer).json(&json!({ "to": "+1h" })).send().await.expect(200);
    assert_eq!(moved["now"], *before.plus_hours(1).to_rfc3339());
    house.post("/demo/clock").by(&market.buyer).json(&json!({ "to": "+1d" })).send().await.expect(200);
    let tracked = house.get(&format!("/cases/{case}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(tracked["summary"]["overdue"], true, "{tracked}");
    for bad in ["", "-1h", "+0h", "+9999h", "yesterday"] {
        let reply = house.post("/demo/clock").by(&market.buyer).json(&json!({ "to": bad })).send().await;
        assert_eq!(reply.problem(422), "invalid", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seller_and_staff_work_a_case() {
    let market = Market::open().await;
    let house = &market.house;
    let (_, case) = market.open_case().await;
    let (seller_path, staff_path) = (format!("/seller/cases/{case}"), format!("/staff/cases/{case}"));
    let duties = house.get("/seller/cases").by(&market.seller).send().await.expect(200);
    assert_eq!(duties["items"][0]["case"], case.as_str());
    let words = json!({ "words": "The code was whole." });
    let contested = house.post(&format!("{seller_path}/contest")).by(&market.seller).json(&words).send().await;
    assert_eq!(contested.expect(200)["summary"]["state"], "under_review");

    let desks = house.get("/staff/queues").by(&market.reviewer).send().await.expect(200);
    assert_eq!(desks[0], json!({ "desk": "review", "waiting": 1 }));
    let queue = house.get("/staff/queues/review").by(&market.reviewer).send().await.expect(200);
    assert_eq!(queue["items"][0]["case"], case.as_str());
    house.post(&format!("{staff_path}/claim")).by(&market.reviewer).send().await.expect(200);
    let ask = json!({ "wanted": ["product_screenshot"], "words": "Please show it." });
    let asked = house.post(&format!("{staff_path}/ask")).by(&market.reviewer).json(&ask).send().await.expect(200);
    assert_eq!(asked["summary"]["state"], "awaiting_buyer");
    let order = asked["summary"]["order"].as_str().unwrap();
    let file = market.upload(order).await;
    let given = json!({ "words": "Here.", "evidence": [file] });
    let material = house.post(&format!("/cases/{case}/material")).by(&market.buyer).json(&given).send().await;
    assert_eq!(material.expect(200)["summary"]["state"], "under_review");
    let opened = house.get(&format!("/evidence/{file}")).by(&market.reviewer).send().await;
    assert_eq!((opened.status.as_u16(), opened.text().as_str()), (200, "a letter"));

    let answers = json!({ "order_state": true, "evidence": true, "ground": true });
    let approve = json!({ "amount": cny("40.00"), "answers": answers, "words": "Part of it." });
    let path = format!("{staff_path}/approve");
    let approved = house.post(&path).by(&market.reviewer).key("a").json(&approve).send().await.expect(200);
    assert_eq!(approved["proposal"]["amount"]["text"], "40.00", "{approved}");
    assert_eq!(approved["actions"], json!(["take_back"]));
    let replayed = house.post(&path).by(&market.reviewer).key("a").json(&approve).send().await;
    assert!(replayed.replayed());
    assert_eq!(replayed.expect(200)["proposal"], approved["proposal"]);
    house.sent();
    let sent = house.get(&format!("/cases/{case}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(sent["breakdown"]["gross"]["text"], "40.00", "{sent}");
    let again = house.post(&path).by(&market.reviewer).key("b").json(&approve).send().await;
    assert_eq!(again.status, 409, "{}", again.text());
    let audit = house.get("/staff/audit").by(&market.admin).send().await.expect(200);
    assert!(audit["items"].as_array().unwrap().iter().any(|act| act["act"] == "approve"), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seller_delivers_and_changes_his_goods() {
    let market = Market::open().await;
    let house = &market.house;
    let body = Market::order_of(&market.top_up, 1, "balance");
    let placed = house.post("/orders").by(&market.buyer).json(&body).send().await.expect(201);
    let order = placed["order"]["order"].as_str().unwrap();
    let waiting = house.get("/seller/orders?filter=to_deliver").by(&market.seller).send().await.expect(200);
    assert_eq!(waiting["items"][0]["order"], order);
    let proof = json!({ "unit": 1, "proof": "SUP-778" });
    let path = format!("/seller/orders/{order}/credited");
    let credited = house.post(&path).by(&market.seller).key("k").json(&proof).send().await.expect(200);
    assert_eq!(credited["units"][0]["state"], "credited");
    assert!(house.post(&path).by(&market.seller).key("k").json(&proof).send().await.replayed());
    let confirm = json!({ "units": [1] });
    let path = format!("/orders/{order}/confirm");
    let done = house.post(&path).by(&market.buyer).json(&confirm).send().await.expect(200);
    assert_eq!(done["status"], "completed", "{done}");

    let path = format!("/seller/products/{}", market.card);
    let dearer = product("game_card", "96.00");
    let changed = house.call(axum::http::Method::PUT, &path).by(&market.seller).json(&dearer).send().await.expect(200);
    assert_eq!((changed["version"].as_i64(), changed["terms"]["price"]["text"].as_str()), (Some(2), Some("96.00")));
    let stale = Market::order_of(&market.card, 1, "balance");
    let refused = house.post("/orders").by(&market.buyer).json(&stale).send().await;
    assert_eq!(refused.json()["value"], "96.00", "{}", refused.text());
    assert_eq!(refused.problem(422), "price_changed");
    let new = product("membership", "30.00");
    let create = || house.post("/seller/products").by(&market.seller).key("new").json(&new).send();
    let (first, second) = (create().await, create().await);
    assert!(!first.replayed() && second.replayed());
    assert_eq!(first.expect(201), second.expect(201));
    let twice =
        house.post(&format!("{path}/codes")).by(&market.seller).raw("text/csv", "code\nCARD-0001-ABCD\nNEW-1\n");
    let loaded = twice.send().await.expect(200);
    assert_eq!((loaded["loaded"].as_i64(), loaded["duplicates"].as_array().map(Vec::len)), (Some(1), Some(1)));
    assert_eq!(house.get(&format!("{path}/stock")).by(&market.seller).send().await.expect(200)["free"], 41);
}

/// T02: a double click gets the first answer again; another request under the same key is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_twice_is_done_once() {
    let market = Market::open().await;
    let house = &market.house;
    let body = Market::order_of(&market.card, 1, "balance");
    let first = house.post("/orders").by(&market.buyer).key("order-1").json(&body).send().await;
    assert!(!first.replayed());
    let second = house.post("/orders").by(&market.buyer).key("order-1").json(&body).send().await;
    assert!(second.replayed());
    let order = first.expect(201)["order"]["order"].clone();
    assert_eq!(second.expect(201)["order"]["order"], order);
    let other = Market::order_of(&market.card, 2, "balance");
    let reused = house.post("/orders").by(&market.buyer).key("order-1").json(&other).send().await;
    assert_eq!(reused.problem(422), "key_reused");
    let listed = house.get("/orders").by(&market.buyer).send().await.expect(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));

    let path = format!("/orders/{}/cases", order.as_str().unwrap());
    let claim = json!({ "units": [1], "reason": "personal", "to_balance": true });
    let (one, two) = tokio::join!(
        house.post(&path).by(&market.buyer).key("case").json(&claim).send(),
        house.post(&path).by(&market.buyer).key("case").json(&claim).send(),
    );
    assert!(one.replayed() != two.replayed());
    let (one, two) = (one.expect(201), two.expect(201));
    assert_eq!(one["summary"]["case"], two["summary"]["case"]);
    let balance = house.get("/me/balance").by(&market.buyer).send().await.expect(200);
    let net = one["breakdown"]["net"]["minor"].as_i64().unwrap();
    assert_eq!(balance["spendable"]["minor"].as_i64().unwrap(), 100_000 - 9_500 + net);
    // Somebody else's key is somebody else's.
    let theirs = house.post(&path).by(&market.stranger).key("case").json(&claim).send().await;
    assert_eq!(theirs.problem(404), "not_found");
}

/// T01: applications for the same unit at the same time make one case and one refund.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_at_once_are_one_case() {
    let market = Market::open().await;
    let house = &market.house;
    let order = market.buy(1).await;
    let path = format!("/orders/{order}/cases");
    let claim = json!({ "units": [1], "reason": "personal", "to_balance": true });
    let apply = || house.post(&path).by(&market.buyer).json(&claim).send();
    let replies: [_; 8] = {
        let (a, b, c, d, e, f, g, h) =
            tokio::join!(apply(), apply(), apply(), apply(), apply(), apply(), apply(), apply());
        [a, b, c, d, e, f, g, h]
    };
    let accepted: Vec<Value> = replies.iter().filter(|r| r.status == 201).map(super::house::Reply::json).collect();
    assert_eq!(accepted.len(), 1);
    for refused in replies.into_iter().filter(|reply| reply.status != 201) {
        let status = refused.status.as_u16();
        assert!(matches!(status, 409 | 422), "{}", refused.text());
        refused.problem(status);
    }
    let shown = house.get(&format!("/orders/{order}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(shown["cases"].as_array().map(Vec::len), Some(1));
    let refunded = shown["units"][0]["refunded"]["minor"].as_i64().unwrap();
    assert!(refunded <= 9_500, "{refunded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_end_when_they_should() {
    let house = House::open();
    let token = house.register("reader").await;
    let me = house.get("/me").by(&token).send().await.expect(200);
    assert_eq!(me["login"], "reader");
    assert_eq!(house.get("/me").send().await.problem(401), "not_signed_in");
    let junk = house.get("/products").by("junk").send().await;
    assert_eq!(junk.headers["www-authenticate"], "Bearer");
    assert_eq!(junk.problem(401), "bad_token");
    let login = |password: &str| json!({ "login": "reader", "password": password });
    let wrong = house.post("/session").json(&login("not this one")).send().await;
    let unknown = house.post("/session").json(&json!({ "login": "nobody", "password": PASSWORD })).send().await;
    assert_eq!(wrong.json(), unknown.json());
    assert_eq!(wrong.problem(401), "wrong_credentials");
    let grant = house.post("/session").json(&login(PASSWORD)).send().await.expect(201);
    let second = grant["token"].as_str().unwrap();
    let sessions = house.get("/me/sessions").by(second).send().await.expect(200);
    assert_eq!(sessions.as_array().map(Vec::len), Some(2));
    let other = sessions.as_array().unwrap().iter().find(|s| s["current"] == false).unwrap()["id"].as_str().unwrap();
    let path = format!("/me/sessions/{other}");
    house.call(axum::http::Method::DELETE, &path).by(second).send().await.expect(204);
    assert_eq!(house.get("/me").by(&token).send().await.problem(401), "bad_token");
    let change = json!({ "old": PASSWORD, "new": "another long phrase" });
    house.call(axum::http::Method::PUT, "/me/password").by(second).json(&change).send().await.expect(204);
    assert_eq!(house.get("/me").by(second).send().await.problem(401), "bad_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_to_sign_in_are_slowed_down() {
    let house = House::open_as(Born::Live, Limits::default());
    house.register("target").await;
    let guess = json!({ "login": "target", "password": "a guess of mine" });
    for _ in 0..40 {
        let reply = house.post("/session").json(&guess).send().await;
        if reply.status == 429 {
            assert!(reply.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
            assert_eq!(reply.problem(429), "too_many");
            return;
        }
        assert_eq!(reply.problem(401), "wrong_credentials");
    }
    panic!("forty guesses went through");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_go_on_by_cursor() {
    let market = Market::open().await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(market.buy(1).await);
        market.house.pass(60);
    }
    placed.reverse();
    let (mut seen, mut path) = (Vec::new(), "/orders?limit=2".to_owned());
    loop {
        let page = market.house.get(&path).by(&market.buyer).send().await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["order"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/orders?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, placed);
    for bad in ["/orders?limit=0", "/orders?limit=101", "/orders?limit=x", "/orders?cursor=%00junk"] {
        assert_eq!(market.house.get(bad).by(&market.buyer).send().await.problem(422), "invalid", "{bad}");
    }
}

/// Files are taken by content and size, not by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_checked_before_they_are_kept() {
    let market = Market::open().await;
    let order = market.buy(1).await;
    let send = |form: Vec<u8>| market.house.post("/evidence").by(&market.buyer).raw(FORM, form).send();
    assert_eq!(send(form(&order, "other", b"MZ\x90\0\x03\0\0\0")).await.problem(415), "invalid");
    assert_eq!(send(form(&order, "other", b"")).await.problem(422), "invalid");
    assert_eq!(send(form(&order, "nonsense", b"text")).await.problem(422), "invalid");
    assert_eq!(send(form("261122AAAAAAAAAA", "other", b"text")).await.problem(404), "not_found");
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    assert_eq!(send(form(&order, "other", &large)).await.problem(413), "too_large");
    let huge = vec![b'a'; 11 * 1024 * 1024];
    assert_eq!(send(form(&order, "other", &huge)).await.problem(413), "too_large");
    for file in [&large, &huge] {
        let said = send(form(&order, "other", file)).await.expect(413);
        assert!(said["detail"].as_str().unwrap().contains("10 MB"), "the limit that holds here: {said}");
    }
    let words = json!({ "text": "x".repeat(2 * 1024 * 1024) });
    let said = market.house.post("/orders").by(&market.buyer).json(&words).send().await;
    let said = said.expect(413);
    assert!(said["detail"].as_str().unwrap().contains("kB"), "and the one that holds there: {said}");
    assert_eq!(send(b"no form".to_vec()).await.problem(400), "bad_form");
    let json = market.house.post("/evidence").by(&market.buyer).json(&json!({})).send().await;
    assert_eq!(json.problem(415), "media_type");
    send(form(&order, "other", b"text")).await.expect(201);
    let keyed = |file| market.house.post("/evidence").by(&market.buyer).key("f").raw(FORM, form(&order, "other", file));
    let (first, second) = (keyed(b"one").send().await, keyed(b"one").send().await);
    assert!(!first.replayed() && second.replayed());
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(keyed(b"two").send().await.problem(422), "key_reused");
}

/// R34: a stranger reports, adds a file, is answered, and reads it with number and password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_reports_and_reads_the_answer() {
    let market = Market::open().await;
    let house = &market.house;
    let password = json!({ "query_password": "open-sesame" });
    let body = json!({
        "about": "product", "subject": market.card, "concern": "fraud", "words": "They asked me to pay elsewhere.",
        "query_password": "open-sesame",
    });
    let sent = || house.post("/tip-offs").key("r1").json(&body).send();
    let filed = sent().await.expect(201);
    assert_eq!((filed["state"].as_str(), filed["turn_who"].as_str()), (Some("at_risk"), Some("risk")));
    let no = filed["tip_off"].as_str().unwrap().to_owned();
    assert_eq!(sent().await.expect(201)["tip_off"], no.as_str(), "sent twice, it is one");
    let open = |body: &serde_json::Value| house.post(&format!("/tip-offs/{no}/open")).json(body).send();
    let wrong = json!({ "query_password": "open-sesamum" });
    assert_eq!(open(&wrong).await.problem(401), "wrong_credentials");
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nadd me\r\n--edge--\r\n";
    let form = |secret: &str| [part("query_password", secret), part("kind", "chat_log"), file.to_owned()].concat();
    let upload =
        |secret: &str| house.post(&format!("/tip-offs/{no}/files")).raw(super::house::FORM, form(secret)).send();
    assert_eq!(upload("open-sesamum").await.problem(401), "wrong_credentials");
    assert_eq!(upload("open-sesame").await.expect(200)["evidence"].as_array().map(Vec::len), Some(1));
    let staff = |act: &str, body: serde_json::Value| {
        house.post(&format!("/staff/tip-offs/{no}/{act}")).by(&market.admin).json(&body).send()
    };
    staff("claim", json!({})).await.expect(200);
    assert_eq!(staff("decide", json!({ "outcome": "upheld", "words": "" })).await.problem(422), "invalid");
    staff("decide", json!({ "outcome": "upheld", "words": "The shop was closed." })).await.expect(200);
    let told = open(&password).await.expect(200);
    assert_eq!((told["outcome"].as_str(), told["answer"].as_str()), (Some("upheld"), Some("The shop was closed.")));
    let over = house.get("/staff/tip-offs?over=true").by(&market.admin).send().await.expect(200);
    assert_eq!(over["items"][0]["tip_off"], no.as_str());
}
