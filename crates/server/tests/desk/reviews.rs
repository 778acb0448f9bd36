//! Reviews, figures, agreements and the first run, from the forms of people to the pages of everybody.

use super::card_on_sale;
use super::house::{House, Somebody};
use axum::http::StatusCode;
use yuanlu_app::inputs::ApplyInput;
use yuanlu_app::views::OrderView;
use yuanlu_domain::ids::OrderId;

/// An order whose refund arrived at once; its number and its case's.
fn refunded(house: &House, buyer: &Somebody, order: &OrderView) -> (String, String) {
    let input = ApplyInput {
        units: vec![1],
        reason: "personal".to_owned(),
        amount: None,
        received_face: None,
        to_balance: false,
        text: String::new(),
        evidence: Vec::new(),
    };
    let id = OrderId::new(order.order.clone());
    let case = house.app.apply(&buyer.principal, &id, &input, None, &yuanlu_app::inputs::Origin::default()).unwrap();
    assert_eq!(case.summary.state, "completed");
    (order.order.clone(), case.summary.case)
}

#[tokio::test]
async fn a_review_is_written_answered_hidden_appealed_and_shown_again() {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let (buyer, risk) = (house.buyer("annabel", "200"), house.hire("risk", &["risk"], None));
    let product = card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    house.get(None, &format!("/p/{product}")).await.shows(&["No reviews yet"]);
    let open = house.buys(&buyer, &product, "95.50");
    house.get(Some(&buyer), &format!("/o/{}", open.order)).await.hides(&["Write a review"]);
    let early = house.post(Some(&buyer), &format!("/o/{}/review", open.order), &[("stars", "5")]).await;
    assert!(early.status.is_client_error(), "{}", early.status);

    let (order, case) = refunded(&house, &buyer, &house.buys(&buyer, &product, "95.50"));
    let write = format!("/o/{order}/review");
    house.get(Some(&buyer), &format!("/o/{order}")).await.shows(&["Write a review", &write]);
    house.get(Some(&buyer), &write).await.shows(&["How many stars?", "Nobody can delete a review"]);
    house.post(Some(&buyer), &write, &[("words", "typed <b>already</b>")]).await.refuses("Stars");
    let refused = house.post(Some(&buyer), &write, &[("words", "typed <b>already</b>")]).await;
    refused.holds(&["typed &#60;b&#62;already"]);
    let words = "Came at once. Call me: 13800138000 <i>or</i> ann@example.com";
    let sent = house.post(Some(&buyer), &write, &[("stars", "4"), ("words", words), ("key", "k")]).await;
    sent.goes_to("/reviews/P");
    let at = sent.location.split('?').next().unwrap().to_owned();
    house.get(Some(&buyer), &sent.location).await.shows(&["Your review is published", "Your review", "Came at once."]);
    house.get(Some(&buyer), &write).await.goes_to(&at);

    // Everybody reads it, masked; the shop's page has its mean.
    let page = house.get(None, &format!("/p/{product}")).await;
    page.shows(&["Came at once.", "a***l", "4 of 5 stars", "****"]).hides(&["13800138000", "ann@example.com", "<i>or"]);
    let shop = page.body.split("/shops/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    house.get(None, &format!("/shops/{shop}")).await.shows(&["Moon Cards", "4.0", "Starsea card", "Too few"]);
    house.get(Some(&seller), &at).await.shows(&["Answer this review"]).hides(&["/hide"]);
    house.post(Some(&seller), &format!("{at}/reply"), &[("words", "")]).await.refuses("Please fill in");
    house.post(Some(&seller), &format!("{at}/reply"), &[("words", "Thank you.")]).await.goes_to(&at);
    house.get(None, &at).await.shows(&["The seller&#39;s answer", "Thank you."]).hides(&["Answer this review"]);

    // Only staff hides it, with a reason that everybody reads.
    let hide = format!("/staff{at}/hide");
    let why = [("ground", "off_topic"), ("words", "It is about the weather.")];
    assert_eq!(house.post(Some(&seller), &hide, &why).await.status, StatusCode::FORBIDDEN);
    house.post(Some(&risk), &hide, &[("ground", ""), ("words", "No.")]).await.refuses("Ground");
    house.post(Some(&risk), &hide, &why).await.goes_to(&at);
    house.get(None, &at).await.shows(&["It is about the weather.", "neither the goods"]).hides(&["Came at once."]);
    let page = house.get(None, &format!("/p/{product}")).await;
    page.shows(&["Hidden reviews, and why (1)"]).hides(&["Came at once."]);
    let hidden = format!("/p/{product}/reviews?hidden=true");
    house.get(None, &hidden).await.shows(&["It is about the weather."]).hides(&["Came at once."]);
    house.get(Some(&buyer), "/account").await.shows(&["Your review was hidden; you can appeal", &at]);
    house.get(Some(&buyer), &at).await.shows(&["Came at once.", "Appeal"]);
    house.post(Some(&buyer), &format!("{at}/appeal"), &[("words", "It is about the card.")]).await.goes_to(&at);
    house.get(Some(&risk), "/staff/reviews").await.shows(&["Starsea card", "Under appeal"]);
    house.get(Some(&risk), &at).await.shows(&["Show it again", "somebody else has to look"]).hides(&["\"keep\""]);
    let judge = format!("/staff{at}/judge");
    let shown = [("do", "show"), ("words", "It is indeed.")];
    house.post(Some(&house.admin), &judge, &shown).await.goes_to(&at);
    house.get(None, &at).await.shows(&["Came at once.", "shown again after somebody looked"]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Hid a review", "Judged an appeal about a review"]);

    // The other kind: how the refund was handled.
    house.get(Some(&buyer), &format!("/c/{case}")).await.shows(&["Review the refund service"]);
    let sent = house.post(Some(&buyer), &format!("/c/{case}/review"), &[("stars", "5"), ("words", "Quick.")]).await;
    sent.goes_to("/reviews/P");
    house.get(None, "/figures").await.shows(&["Quick.", "5.0", "Too few", "Applications by day"]);
    house.get(None, "/reviews").await.shows(&["Quick."]).hides(&["Came at once."]);
    house.get(None, "/ranking").await.shows(&["No seller has enough orders"]);
    house.get(None, "/figures?days=90").await.shows(&["aria-current=\"page\">Last 90 days"]);
}

#[tokio::test]
async fn staff_answer_a_review_of_the_service_once() {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let (buyer, support) = (house.buyer("annabel", "200"), house.hire("sue", &["support"], None));
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let (_, case) = refunded(&house, &buyer, &house.buys(&buyer, &product, "95.50"));
    let fields = [("stars", "2"), ("words", "Quick, but nobody said so.")];
    let sent = house.post(Some(&buyer), &format!("/c/{case}/review"), &fields).await;
    let at = sent.location.split('?').next().unwrap().to_owned();

    // How refunds are handled is the platform's to answer: no seller and no buyer does.
    let reply = format!("{at}/reply");
    for stranger in [&seller, &buyer] {
        house.get(Some(stranger), &at).await.shows(&["Quick, but"]).hides(&["Answer this review"]);
        let refused = house.post(Some(stranger), &reply, &[("words", "No.")]).await;
        assert!(refused.status.is_client_error(), "{}", refused.status);
    }
    house.get(Some(&support), &at).await.shows(&["Answer this review", &reply]);
    let empty = house.post(Some(&support), &reply, &[("words", " ")]).await;
    empty.refuses("Please fill in");
    empty.holds(&["id=\"wrong-words\"", "data-wrong=\"words\""]);
    house.post(Some(&support), &reply, &[("words", "We now send word at once.")]).await.goes_to(&at);
    house
        .get(None, &at)
        .await
        .shows(&["We now send word at once.", "The platform"])
        .hides(&["Answer this review", "sue"]);
    let again = house.post(Some(&support), &reply, &[("words", "And again.")]).await;
    assert!(again.status.is_client_error(), "{}", again.status);
    house.get(None, "/reviews").await.shows(&["We now send word at once."]).hides(&["And again."]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Answered a review"]);
}

#[tokio::test]
async fn an_administrator_publishes_who_runs_the_platform_and_goes_through_the_check_list() {
    let house = House::open();
    let root = Some(&house.admin);
    house.get(None, "/about").await.shows(&["The operator has not been published yet"]);
    house.get(root, "/staff").await.shows(&["Before you open", "6 steps are left"]);
    house.get(root, "/staff/setup").await.shows(&["Enter the ICP filing", "<code>public_url</code>", "Keep a copy"]);
    let buyer = house.buyer("ann", "200");
    for path in ["/staff/setup", "/staff/platform"] {
        assert_eq!(house.get(Some(&buyer), path).await.status, StatusCode::FORBIDDEN);
    }
    let fields = [
        ("name", "原路网络"),
        ("registration_no", "91310000MA1FL00000"),
        ("icp", "沪ICP备2026000000号-1"),
        ("address", "上海市某路 1 号"),
        ("telephone", "021-12345678"),
        ("email", "nobody"),
    ];
    let refused = house.post(root, "/staff/platform", &fields).await;
    refused.refuses("Mail address");
    refused.holds(&["value=\"原路网络\""]);
    let mut fields = fields.to_vec();
    fields[5] = ("email", "complaints@example.cn");
    house.post(root, "/staff/platform", &fields).await.goes_to("/staff/platform");
    house.get(None, "/about").await.shows(&["91310000MA1FL00000", "021-12345678", "Not published yet"]);
    house.get(None, "/rules").await.shows(&["沪ICP备2026000000号-1"]);

    let text =
        |mark: &str| (format!("{mark}：本协议约定用户与平台的权利义务，请阅读。"), format!("{mark}: what both owe."));
    for kind in ["user", "refund", "seller"] {
        let (zh, en) = text("one");
        let form = [("kind", kind), ("zh", zh.as_str()), ("en", "short")];
        house.post(root, "/staff/platform/agreements", &form).await.refuses("too short");
        let en = format!("{en} And a little more of it.");
        let form = [("kind", kind), ("zh", zh.as_str()), ("en", en.as_str())];
        house.post(root, "/staff/platform/agreements", &form).await.goes_to("/staff/platform");
    }
    let about = house.get(None, "/about").await;
    about.shows(&["Version 1", "In force"]).hides(&["Not published yet"]);
    let hash = about.body.split("/agreements/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    house.get(None, &format!("/agreements/{hash}")).await.shows(&[&hash, "And a little more of it."]);
    assert_eq!(house.get(None, "/agreements/none").await.status, StatusCode::NOT_FOUND);
    let seller = house.seller("Moon", "moon");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let order = house.buys(&buyer, &product, "95.50");
    let page = house.get(Some(&buyer), &format!("/o/{}", order.order)).await;
    page.shows(&["The agreements when you bought", &format!("/agreements/{hash}")]);

    house.post(root, "/staff/setup/key", &[("sure", "1")]).await.goes_to("/staff/setup");
    house.get(root, "/staff/setup").await.shows(&["Confirmed by root", "2 steps are left"]);
    house.get(root, "/staff/audit").await.shows(&["Confirmed a copy of the key", "Published an agreement"]);
}
