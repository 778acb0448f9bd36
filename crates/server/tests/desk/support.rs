//! Support as people use it: from any page, with and without signing in; the desk; sellers' rules and bulk answers.

use super::{card_on_sale, house::House};
use axum::http::StatusCode;

#[tokio::test]
async fn a_buyer_gets_his_proof_at_once_and_an_answer_from_support() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let ann = house.buyer("ann", "100");
    let sue = house.hire("sue", &["support"], None);
    let product = card_on_sale(&house, &seller, "ZX81-KLMN-7QRS\n").await;
    let order = house.buys(&ann, &product, "95.50");
    let case = house.complains(&ann, &order).summary.case;

    house.get(None, "/").await.shows(&["href=\"/support\"", "href=\"/money\""]);
    house.get(Some(&ann), "/support").await.shows(&["Send my refund proof", &case, "Support answers 09:00–21:00"]);
    let begun = house.post(Some(&ann), "/support", &[("progress", "1"), ("case", &case)]).await;
    begun.goes_to("/support/T");
    let path = begun.location.split('#').next().unwrap().to_owned();
    house.get(Some(&ann), &path).await.shows(&["Proof of progress", "Waiting for the seller", "¥95.50", "Next date"]);
    house.post(Some(&ann), &path, &[("text", "When does it arrive?")]).await.goes_to(&path);

    // At the desk: who waits, what it is about, and the proof to be sent.
    let desk = format!("/staff{path}");
    house.get(Some(&sue), "/staff/support").await.shows(&[&desk, "Waiting for an answer"]);
    house.get(Some(&sue), &desk).await.shows(&["When does it arrive?", &case, "Send progress proof into the chat"]);
    house.post(Some(&sue), &format!("{desk}/progress"), &[("case", &case)]).await.goes_to(&desk);
    house.post(Some(&sue), &desk, &[("text", "Add me on WeChat: abc12345")]).await.holds(&["Before you send this"]);
    house.post(Some(&sue), &desk, &[("text", "The seller answers by tomorrow.")]).await.goes_to(&desk);
    house.get(Some(&ann), &path).await.shows(&["The seller answers by tomorrow."]).hides(&["sue"]);
    house.get(Some(&ann), "/account").await.shows(&["Support has answered you", &path]);
    house.post(Some(&ann), &format!("{path}/end"), &[]).await.goes_to(&path);
    house.get(Some(&ann), &path).await.shows(&["ended by whoever asked"]);

    // Nobody else finds it.
    let bob = house.buyer("bob", "1");
    assert_eq!(house.get(Some(&bob), &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(Some(&ann), "/staff/support").await.status, StatusCode::FORBIDDEN);
    house.get(None, &path).await.goes_to("/support");
}

#[tokio::test]
async fn support_finds_uncovers_and_prepares() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let ann = house.buyer("ann", "200");
    let sue = house.hire("sue", &["support"], None);
    let product = card_on_sale(&house, &seller, "ZX81-KLMN-7QRS\n").await;
    let order = house.buys(&ann, &product, "95.50").order;
    for asked in [order.as_str(), "KLMN7QRS", "mn-7qrs", "ZX81-KLMN-7QRS", "ann"] {
        house.post(Some(&sue), "/staff/support", &[("text", asked)]).await.shows(&[&order, "a***n", "No refund"]);
    }
    house.post(Some(&sue), "/staff/support", &[("text", "nothing-like-it")]).await.shows(&["Nothing found"]);
    house.post(Some(&sue), "/staff/support", &[("text", "a")]).await.refuses("");
    let path = format!("/staff/support/orders/{order}");
    house.get(Some(&sue), &path).await.shows(&["a***n", "Prepare an application"]).hides(&[">ann<"]);
    house.post(Some(&sue), &format!("{path}/contact"), &[("why", "")]).await.refuses("Please fill in");
    house.post(Some(&sue), &format!("{path}/contact"), &[("why", "called us")]).await.shows(&[">ann<"]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Looked at a buyer"]).hides(&["reveal_contact"]);
    let fields = [("units", "1"), ("reason", "not_as_described"), ("words", "half of it was missing")];
    house.post(Some(&sue), &format!("{path}/prepare"), &fields).await.goes_to(&path);
    house
        .get(Some(&ann), "/account")
        .await
        .shows(&["Support prepared a refund application", &format!("/o/{order}/refund")]);
    let form = house.get(Some(&ann), &format!("/o/{order}/refund")).await;
    form.shows(&["Support filled this in", "half of it was missing"]);
    house.get(Some(&ann), "/refunds").await.hides(&[&order]);
}

#[tokio::test]
async fn hours_and_prepared_reasons_are_the_operators() {
    let house = House::open();
    let sue = house.hire("sue", &["support"], None);
    let root = &house.admin;
    let hours = [("opens", "10:00"), ("closes", "18:00"), ("answer_minutes", "20"), ("idle_hours", "12")];
    assert_eq!(house.post(Some(&sue), "/staff/support/hours", &hours).await.status, StatusCode::FORBIDDEN);
    house.post(Some(root), "/staff/support/hours", &hours).await.goes_to("/staff/support/hours");
    house.get(None, "/support").await.shows(&["Support answers 10:00–18:00"]);
    let wrong = [("opens", "late"), ("closes", "18:00"), ("answer_minutes", "20"), ("idle_hours", "12")];
    house.post(Some(root), "/staff/support/hours", &wrong).await.refuses("From");
    let reasons = [("code", "approve"), ("zh", "属实"), ("en", "It is so."), ("code", ""), ("zh", ""), ("en", "")];
    house.post(Some(root), "/staff/reasons", &reasons).await.goes_to("/staff/reasons");
    house.get(Some(root), "/staff/reasons").await.shows(&["It is so."]);
    assert_eq!(house.get(Some(&sue), "/staff/reasons").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_seller_sets_rules_answers_many_and_sees_what_runs_low() {
    let house = House::open();
    let moon = house.seller("Moon", "moon");
    let ann = house.buyer("ann", "500");
    let product = card_on_sale(&house, &moon, "AAAA-1111\nBBBB-2222\nCCCC-3333\n").await;
    let cases: Vec<String> =
        (0..2).map(|_| house.complains(&ann, &house.buys(&ann, &product, "95.50")).summary.case).collect();
    house.get(Some(&moon), "/seller").await.shows(&[
        "Before you sell",
        "Running low",
        "1 left",
        "Answer several at once",
        "Held",
    ]);
    let bulk = [
        ("cases", cases[0].as_str()),
        ("cases", "260310AAAAAAAAAAC1"),
        ("cases", &cases[1]),
        ("answer", "agree"),
        ("key", "k"),
    ];
    house.post(Some(&moon), "/seller/cases/answers", &bulk).await.shows(&[
        "2 answered, 1 not",
        &cases[0],
        "260310AAAAAAAAAAC1",
    ]);
    house
        .post(Some(&moon), &format!("/seller/products/{product}/threshold"), &[("least", "0")])
        .await
        .goes_to("/seller/products/");
    house.get(Some(&moon), "/seller").await.hides(&["Running low"]);
    house.post(Some(&moon), "/seller/rules", &[("most", "100")]).await.refuses("Reasons");
    let rule = [("most", "100"), ("reasons", "not_as_described"), ("reasons", "invalid_code")];
    house.post(Some(&moon), "/seller/rules", &rule).await.goes_to("/seller/rules");
    let page = house.get(Some(&moon), "/seller/rules").await;
    page.shows(&["Claims up to ¥100.00"]);
    let id = page.body.split("/seller/rules/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    house.post(Some(&moon), &format!("/seller/rules/{id}/end"), &[]).await.goes_to("/seller/rules");
    house.get(Some(&moon), "/seller/rules").await.shows(&["Ended"]);
    assert_eq!(house.get(Some(&ann), "/seller/rules").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_reviewer_goes_on_to_the_next_case_with_a_prepared_reason() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let ann = house.buyer("ann", "300");
    let product = card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    let mut cases = Vec::new();
    for _ in 0..2 {
        let case = house.complains(&ann, &house.buys(&ann, &product, "95.50")).summary.case;
        house.post_files(Some(&seller), &format!("/seller/cases/{case}/contest"), &[("words", "no")], &[]).await;
        cases.push(case);
    }
    let judge = house.hire("judge", &["reviewer"], None);
    house.get(Some(&judge), "/staff").await.shows(&["Decided by me today", "Overdue", "data-keys", "Keys"]);
    let desk = format!("/staff/cases/{}", cases[0]);
    let page = house.get(Some(&judge), &desk).await;
    page.shows(&["Next case", &format!("/staff/cases/{}", cases[1]), "Take a prepared reason", "data-key=\"a\""]);
    let answers = [("reject_order_state", "yes"), ("reject_evidence", "yes"), ("reject_ground", "no")];
    let chosen =
        [("code", "REJECT_NO_FAULT"), ("reject_prepared", "The goods are as described."), ("reject_words", "")];
    house.post(Some(&judge), &format!("{desk}/reject"), &[&answers[..], &chosen[..]].concat()).await.goes_to(&desk);
    house.sent();
    house.get(Some(&ann), &format!("/c/{}", cases[0])).await.shows(&["The goods are as described."]);
}

#[tokio::test]
async fn a_stranger_sees_masked_progress_only() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let ann = house.buyer("ann", "100");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let order = house.buys(&ann, &product, "95.50");
    house.complains(&ann, &order);
    let paid = order.paid_at.unwrap().minute_text().replace(' ', "T");
    let right = [("order", order.order.as_str()), ("paid_at", paid.as_str()), ("amount", "95.50")];
    house.get(None, "/support/progress").await.shows(&["Progress without signing in"]);
    let shown = house.post(None, "/support/progress", &right).await;
    shown.shows(&["Waiting for the seller", "Masked"]).hides(&["¥95.50", "ann"]);
    let wrong = [("order", order.order.as_str()), ("paid_at", paid.as_str()), ("amount", "95.51")];
    let refused = house.post(None, "/support/progress", &wrong).await;
    refused.holds(&["do not belong together"]);
    house.get(None, "/money").await.shows(&["Where is my money", "Alipay", "working days"]);
    let begun = house.post(None, "/support", &[("text", "Where is my refund?")]).await;
    begun.goes_to("/support/T");
}
