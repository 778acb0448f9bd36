//! T16 and its kin: every POST and PUT refuses what it cannot mean, by name, and writes nothing.

use super::description::operations;
use super::house::{FORM, Market, cny, form, product};
use axum::http::Method;
use serde_json::{Value, json};

/// A body that is right in form for an operation, found by its schema; `None` where it takes none.
pub fn good_body(method: &Method, operation: &Value, market: &Market) -> Option<(&'static str, String)> {
    if *method == Method::GET || *method == Method::DELETE {
        return None;
    }
    let content = operation["requestBody"]["content"].as_object()?;
    if content.contains_key("multipart/form-data") {
        return Some((FORM, String::from_utf8(form("261122AAAAAAAAAA", "other", b"text")).unwrap()));
    }
    if content.contains_key("text/plain") {
        return Some(("text/plain", "GOOD-CODE-1\n".to_owned()));
    }
    let name = content["application/json"]["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    Some(("application/json", json_body(name, market).to_string()))
}

fn json_body(schema: &str, market: &Market) -> Value {
    let answers = json!({ "order_state": true, "evidence": true, "ground": true });
    let password = "a fresh long phrase";
    match schema {
        "PlaceBody" => Market::order_of(&market.card, 1, "balance"),
        "PayBody" => json!({}),
        "QueryPasswordBody" => json!({ "query_password": "open-sesame" }),
        "UnitBody" => json!({ "unit": 1 }),
        "UnitsBody" => json!({ "units": [1] }),
        "ApplyBody" => json!({ "units": [1], "reason": "personal", "amount": cny("10.00") }),
        "StatementInput" => json!({ "words": "So it was." }),
        "ProductBody" => product("game_card", "95.00"),
        "CreditedBody" => json!({ "unit": 1, "proof": "SUP-1" }),
        "RedeemedBody" => json!({ "unit": 1, "at": "2026-11-22 10:00" }),
        "AskInput" => json!({ "wanted": ["other"], "words": "Please." }),
        "ApproveBody" => json!({ "amount": cny("10.00"), "answers": answers, "words": "Yes." }),
        "RejectInput" => json!({ "code": "REJECT_EVIDENCE", "answers": answers, "words": "No." }),
        "RemedyBody" => json!({ "ground": "rule_error", "rule": "R8", "amount": cny("10.00"), "words": "Look again." }),
        "UpholdBody" => json!({ "amount": cny("10.00"), "answers": answers, "words": "Yes." }),
        "DismissInput" => json!({ "answers": answers, "words": "No." }),
        "ManyBody" => json!({
            "cases": ["x"], "verdict": "approve", "amount": cny("10.00"), "answers": answers, "words": "Yes.",
        }),
        "OfferBody" => json!({ "kind": "refund", "amount": cny("10.00"), "units": [1], "reason": "invalid_code" }),
        "AddressBody" => json!({ "address": "li.lei@mail.example" }),
        "CodeBody" => json!({ "code": "123456" }),
        "ForgotBody" => json!({ "login": "nobody" }),
        "UrlBody" => json!({ "url": "https://hooks.example.com/a" }),
        "WordsOfTemplateBody" => json!({ "subject": "{{ sentence }}", "body": "{{ sentence }}" }),
        "ChoicesInput" => json!({ "topics": { "money": ["mail"] } }),
        "AnswerBody" => json!({ "accept": true }),
        "MessageInput" => json!({ "text": "Where is it?" }),
        "TextBody" => json!({ "text": "Where is it?" }),
        "ReadBody" => json!({ "message": 1 }),
        "VoteBody" => json!({ "responsible": "seller", "amount": cny("10.00"), "reason": "The code was bad." }),
        "RulingBody" => json!({ "verdict": "uphold", "amount": cny("10.00"), "answers": answers, "words": "Yes." }),
        "InviteArbitratorBody" => json!({ "account": "nobody" }),
        "CreditBody" => json!({ "login": "buyer", "amount": cny("10.00") }),
        "AccountInput" => json!({ "kind": "alipay", "holder": "Wang Wu", "number": "nobody@example.com" }),
        "RouteInput" => json!({ "act": "refuse_account", "words": "The name is another one." }),
        "SettleInput" => json!({ "way": "explained", "words": "The channel was late." }),
        "CloseUnmatchedInput" => json!({ "words": "Paid back at the channel." }),
        "TopUpInput" => json!({ "amount": "20.00", "channel": "paper", "confirmed": true }),
        "DayRateInput" => json!({ "currency": "USD", "rate": "7.2500", "day": "2026-03-01", "source": "bank" }),
        "GrantCouponBody" => json!({
            "login": "buyer", "amount": cny("10.00"), "least": cny("50.00"), "last_day": "2026-12-31",
        }),
        "RedeemInput" => json!({ "code": "7QKD-M2XV-0000-ABCD" }),
        "CodeBatchBody" => json!({
            "worth": "balance", "amount": cny("10.00"), "quantity": 3, "last_day": "2099-12-31",
        }),
        "IncidentInput" => json!({
            "selection": { "from": "2026-01-01 00:00" }, "reason": "system_fault", "bearer": "platform",
            "words": "The platform was away for an hour.", "rate": 20,
        }),
        "RateInput" => json!({ "rate": 20 }),
        "ConversationInput" => json!({ "text": "Where is my refund?" }),
        "ConversationKeyBody" => json!({ "key": "nobody" }),
        "SayBody" => json!({ "text": "Where is my refund?" }),
        "ProgressBody" | "ProgressInput" => json!({
            "order": "261122AAAAAAAAAA", "paid_at": "2026-01-02 10:00", "amount": "10.00",
        }),
        "SupportHoursInput" => json!({ "opens": "09:00", "closes": "21:00", "answer_minutes": 30, "idle_hours": 24 }),
        "SearchInput" => json!({ "text": "nothing-like-it" }),
        "WhyBody" => json!({ "why": "They called." }),
        "PrepareInput" => json!({ "units": [9], "reason": "invalid_code" }),
        "SellerRuleInput" => json!({ "most": "10.00", "reasons": ["late_delivery"] }),
        "BulkAnswerInput" => json!({ "cases": ["x"], "answer": "agree" }),
        "ThresholdBody" => json!({ "least": 3 }),
        "ReasonsBody" => json!({ "reasons": [] }),
        "AdmissionInput" => json!({
            "legal_form": "company", "legal_name": "Star Cards Ltd", "id_number": "91310000MA1FL0000X",
            "contact": "star@example.cn", "shop": "Star Cards", "goods": "Game cards, as a distributor.",
            "agreements": [],
        }),
        "RejectAdmissionInput" => json!({ "words": "The picture is unreadable.", "mend": "Send another picture." }),
        "FirstDepositBody" => json!({ "amount": cny("1000.00"), "shop": "" }),
        "TipOffInput" => json!({
            "about": "seller", "subject": "nobody", "concern": "fraud",
            "words": "They never sent what was paid.", "query_password": "open-sesame",
        }),
        "AddToTipOffInput" => json!({ "words": "And again.", "query_password": "open-sesame" }),
        "WordsBody" => json!({ "words": "When was that?" }),
        "ReviewInput" => json!({ "stars": 4, "words": "It came at once." }),
        "HideReviewInput" => json!({ "ground": "advertising", "words": "It is about another shop." }),
        "JudgeReviewInput" => json!({ "keep": false, "words": "Looked at again." }),
        "Operator" => json!({
            "name": "Yuanlu Ltd", "registration_no": "91310000MA1FL00000", "icp": "ICP 2026000000-1",
            "address": "1 Some Road, Shanghai", "telephone": "021-12345678", "email": "a@example.cn",
        }),
        "AgreementInput" => json!({
            "kind": "user", "zh": "本协议约定用户与平台的权利和义务，请仔细阅读全文后使用。",
            "en": "This agreement says what users and the platform owe each other.",
        }),
        "AccusedBody" => json!({ "login": "reviewer" }),
        "DecideTipOffInput" => json!({ "outcome": "not_upheld", "words": "It is not so." }),
        "OrganisationInput" => json!({
            "name_zh": "消费者协会", "name_en": "Consumers", "registration_no": "SH-0001", "contact": "010-0", "active": true,
        }),
        "OutsideInput" => json!({
            "agency": "court", "number": "N1", "received_at": "2026-01-02 10:00", "words": "No code.", "claimed": "9.90",
        }),
        "OutsideSayInput" => {
            json!({ "saying": "reply", "words": "We are looking into it.", "package": true, "pictures": ["01KKAQHX80FREP399Y456T7THN"] })
        }
        "OutsideCloseInput" => json!({ "result": "settled", "words": "Agreed." }),
        "OutsidePaymentInput" => json!({ "by": "platform", "amount": "9.90", "returned": false }),
        "RelateBody" => json!({ "order": "261122AAAAAAAAAA" }),
        "AcceptBody" => json!({ "at": "2026-01-02 10:00" }),
        "ImportBody" => json!({ "csv": "agency,number,received_at\n" }),
        "TemplatesBody" => json!({ "templates": [
            { "id": "a", "title_zh": "核实", "title_en": "Looking", "zh": "订单 {order}", "en": "Order {order}" },
        ] }),
        "InviteInput" => json!({ "login": "newcomer", "roles": ["reviewer"] }),
        "RolesBody" => json!({ "roles": ["reviewer"] }),
        "SellerBody" => json!({ "name": "New Shop" }),
        "DepositBody" => json!({ "amount": cny("10.00") }),
        "BankedBody" => json!({ "amount": cny("10.00"), "reference": "B-2026-1" }),
        "ReferenceBody" => json!({ "reference": "B-2026-1" }),
        "PayoutAccountInput" => json!({
            "holder": "Star Cards", "bank": "A Bank", "number": "6222 0000 0000 1234", "password": password,
        }),
        "LoginInput" | "RegisterInput" => json!({ "login": "newcomer", "password": password }),
        "LinkBody" => json!({ "link": "x" }),
        "UseLinkBody" => json!({ "link": "x", "password": password }),
        "LanguageBody" => json!({ "language": "en" }),
        "PasswordBody" => json!({ "old": password, "new": password }),
        "EnrolBody" => json!({ "password": password }),
        "TotpBody" => json!({ "token": "x", "code": "123456" }),
        "WordsInput" => json!({ "words": "So it was." }),
        "FindingInput" => json!({ "subject": "buyer", "ground": "abuse", "words": "In the thread." }),
        "JudgeFindingInput" => json!({ "uphold": false, "words": "Looked at again." }),
        "BlockInput" => json!({ "until": "2026-12-31", "words": "Again and again." }),
        "ReviewListingInput" => json!({ "release": true }),
        "PolicyBody" => json!({ "policy": "{}" }),
        "PublishBody" => json!({ "policy": "{}", "effective_from": "2027-01-31" }),
        "PackageBody" => json!({ "variant": "buyer" }),
        "DraftBody" => json!({ "fields": [["reason", "personal"]] }),
        "BlackOutBody" => json!({ "rects": [{ "x": 1, "y": 1, "width": 9, "height": 9 }] }),
        "ExcerptBody" => json!({ "excerpt": "It was used before." }),
        "CodeProbeInput" => json!({ "url": "https://issuer.example/codes", "issuer_key": "ab".repeat(32) }),
        "WantedBody" => json!({
            "reasons": { "invalid_code": [{ "kind": "failure_popup", "zh": "截图", "en": "The screen" }] }
        }),
        "ClockBody" => json!({ "to": "next" }),
        other => panic!("say here what a good {other} is"),
    }
}

/// Every field, everywhere in a body: a wrong version of the body, and what the problem must name.
fn spoilt(body: &Value) -> Vec<(Value, &'static [u16])> {
    const REFUSED: &[u16] = &[422];
    let mut all = vec![(json!([]), REFUSED), (Value::Null, REFUSED), (json!("text"), REFUSED), (json!(1.5), REFUSED)];
    let mut unknown = body.clone();
    unknown["no_such_field"] = json!(1);
    all.push((unknown, REFUSED));
    for pointer in pointers(body, "") {
        let mut set = |value: Value| {
            let mut wrong = body.clone();
            *wrong.pointer_mut(&pointer).unwrap() = value;
            all.push((wrong, REFUSED));
        };
        match body.pointer(&pointer).unwrap() {
            Value::String(_) if pointer.ends_with("/amount") => {
                for amount in ["", "0", "-1", "0.001", "1e3", "NaN", "１", "99999999999999999999", "1,000", " "] {
                    set(json!(amount));
                }
                set(json!(95.0));
            }
            Value::String(_) if pointer.ends_with("/currency") => {
                set(json!("XXX"));
                set(json!(""));
                set(json!(1));
            }
            Value::String(_) => {
                set(json!(1));
                set(json!(["text"]));
                set(json!({ "a": 1 }));
            }
            Value::Number(_) => {
                for number in [json!(-1), json!(99_999_999_999_u64), json!(1.5), json!("1"), json!([1])] {
                    set(number);
                }
            }
            Value::Bool(_) => set(json!("true")),
            Value::Array(_) | Value::Object(_) => {
                set(json!(1));
                set(json!("text"));
            }
            Value::Null => {}
        }
    }
    all
}

/// A path with ones for whatever placeholders are left.
pub(super) fn numbered(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let below = |key: String, value: &Value| {
        let here = format!("{at}/{key}");
        let deeper = pointers(value, &here);
        std::iter::once(here).chain(deeper).collect::<Vec<_>>()
    };
    match value {
        Value::Object(fields) => fields.iter().flat_map(|(key, value)| below(key.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, value)| below(i.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_refuses_what_it_cannot_mean() {
    let market = Market::open().await;
    let house = &market.house;
    let (order, case) = market.open_case().await;
    let before = house.app.figures().unwrap();
    let mut sent = 0;
    for (method, path, operation) in operations() {
        let method: Method = method.parse().unwrap();
        let Some((media_type, body)) = good_body(&method, &operation, &market) else { continue };
        let token = match path.split('/').nth(3) {
            Some("seller") => &market.seller,
            Some("staff") => &market.admin,
            _ => &market.buyer,
        };
        let at = path.trim_start_matches("/api/v1").replace("{order}", &order).replace("{case}", &case);
        let at = at.replace("{product}", &market.card).replace("{seller}", "x").replace("{account}", "x");
        let at = at
            .replace("{tip_off}", "x")
            .replace("{admission}", "x")
            .replace("{organisation}", "x")
            .replace("{offer}", "1");
        let at = numbered(&at);
        let call = || house.call(method.clone(), &at).by(token);
        let wrong_type = call().raw("application/x-www-form-urlencoded", "a=1").send().await;
        assert_eq!(wrong_type.status.as_u16(), 415, "{method} {at}");
        assert_eq!(wrong_type.problem(415), "media_type", "{method} {at}");
        if media_type != "application/json" {
            continue;
        }
        for junk in ["", "{", "[1,", "nul", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(call().raw(media_type, junk).send().await.problem(400), "not_json", "{method} {at} {junk:?}");
        }
        let large = format!("{{\"x\":\"{}\"}}", "a".repeat(300 * 1024));
        assert_eq!(call().raw(media_type, large).send().await.problem(413), "too_large", "{method} {at}");
        // A remedy can be right, and a vote be cast, without money.
        let zero = ["/uphold", "/vote", "/ruling"].iter().any(|end| at.ends_with(end));
        for (wrong, statuses) in spoilt(&serde_json::from_str(&body).unwrap()) {
            if zero && wrong.pointer("/amount/amount") == Some(&json!("0")) {
                continue;
            }
            let reply = call().json(&wrong).send().await;
            let status = reply.status.as_u16();
            assert!(statuses.contains(&status), "{method} {at} {wrong}: {}", reply.text());
            let problem = reply.json();
            assert!(problem["field"].is_string() && problem["why"].is_string(), "{method} {at} {wrong}: {problem}");
            assert_eq!(reply.problem(status), "invalid", "{method} {at} {wrong}");
            sent += 1;
        }
    }
    assert!(sent > 300, "{sent}");
    assert_eq!(house.app.figures().unwrap(), before);
    let shown = house.get(&format!("/cases/{case}")).by(&market.buyer).send().await.expect(200);
    assert_eq!(shown["summary"]["state"], "awaiting_seller");
}

/// Right in form, wrong in substance.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_rules_refuse_is_refused_with_a_reason() {
    let market = Market::open().await;
    let house = &market.house;
    let order = market.buy(1).await;
    let cases = format!("/orders/{order}/cases");
    let apply = |body: Value| house.post(&cases).by(&market.buyer).json(&body).send();
    let units = |units: Value| json!({ "units": units, "reason": "personal", "to_balance": true });
    for (body, code) in [
        (units(json!([7])), "not_found"),
        (units(json!([0])), "not_found"),
        (json!({ "units": [1], "reason": "boredom" }), "invalid"),
        (json!({ "units": [1], "reason": "personal", "amount": cny("100000000.01") }), "invalid"),
        (json!({ "units": [1], "reason": "personal", "text": "x".repeat(2_001) }), "invalid"),
        (json!({ "units": [1], "reason": "personal", "evidence": ["NOSUCHFILE"] }), "invalid"),
    ] {
        let reply = apply(body.clone()).await;
        assert_eq!(reply.json()["code"], code, "{body}: {}", reply.text());
        assert!(matches!(reply.status.as_u16(), 404 | 422), "{body}");
    }
    let mut too_many = Market::order_of(&market.card, 65_535, "balance");
    assert_eq!(house.post("/orders").by(&market.buyer).json(&too_many).send().await.status, 422);
    too_many["lines"][0]["quantity"] = json!(0);
    assert_eq!(house.post("/orders").by(&market.buyer).json(&too_many).send().await.problem(422), "invalid");
    let dear = Market::order_of(&market.card, 10, "balance");
    let poor = house.post("/orders").by(&market.stranger).json(&dear).send().await;
    assert_eq!(poor.problem(422), "not_enough_balance");
    let nowhere = Market::order_of(&market.card, 1, "nowhere");
    assert_eq!(house.post("/orders").by(&market.buyer).json(&nowhere).send().await.problem(422), "invalid");
    let long_key = house.post(&cases).by(&market.buyer).key(&"k".repeat(129)).json(&units(json!([1]))).send().await;
    assert_eq!(long_key.problem(400), "bad_header");
    let foreign = house.post(&cases).by(&market.buyer).header("origin", "https://evil.example").send().await;
    assert_eq!(foreign.problem(403), "foreign_origin");
    assert_eq!(house.get("/no/such/route").send().await.problem(404), "not_found");
    for path in ["/orders/%00", "/orders/%FF", "/orders/%2e%2e%2f", "/cases/C1", "/cases/%E5%8D%95C0", "/evidence/%27"]
    {
        assert_eq!(house.get(path).by(&market.buyer).send().await.problem(404), "not_found", "{path}");
    }
    let payout = format!("/staff/orders/{order}/payouts/99999/approve");
    assert_eq!(house.post(&payout).by(&market.finance).send().await.problem(404), "not_found");
    assert_eq!(house.post("/policy").send().await.problem(405), "method");
    let english = house.get("/orders/x").header("accept-language", "en").send().await.json();
    let chinese = house.get("/orders/x").header("accept-language", "zh-CN").send().await.json();
    assert_ne!(english["detail"], chinese["detail"]);
    let signed_in = house.get("/orders/x").by(&market.buyer).header("accept-language", "en").send().await.json();
    assert_eq!(signed_in, english);

    let done = apply(units(json!([1]))).await.expect(201);
    assert_eq!(done["summary"]["state"], "completed");
    let again = apply(units(json!([1]))).await;
    assert!(matches!(again.status.as_u16(), 409 | 422), "{}", again.text());
    let withdraw = format!("/cases/{}/withdraw", done["summary"]["case"].as_str().unwrap());
    assert_eq!(house.post(&withdraw).by(&market.buyer).send().await.problem(409), "wrong_state");
}
