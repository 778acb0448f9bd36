//! Credit and conduct as people meet them on the pages.

use crate::house::House;
use crate::{CARD, but, card_on_sale};
use axum::http::StatusCode;
use yuanlu_app::inputs::FindingInput;

#[tokio::test]
async fn what_a_seller_writes_is_flagged_judged_appealed_and_reversed() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "200");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let case = house.complains(&buyer, &house.buys(&buyer, &product, "95.50")).summary.case;
    let words = [("words", "add me on WhatsApp <b>now</b>")];
    house.post_files(Some(&seller), &format!("/seller/cases/{case}/contest"), &words, &[]).await.goes_to("/seller");

    let risk = house.hire("rita", &["risk"], None);
    let page = house.get(Some(&risk), "/staff/conduct").await;
    page.shows(&["Moon", "off the platform", "add me on WhatsApp", "No appeals wait"]).hides(&["<b>now"]);
    let flag = page.body.split("/staff/conduct/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let confirm = format!("/staff/conduct/{flag}/confirm");
    house.post(Some(&risk), &confirm, &[("words", " ")]).await.refuses("Please fill in: Words.");
    house.post(Some(&seller), &confirm, &[("words", "x")]).await;
    house.post(Some(&risk), &confirm, &[("words", "leading a buyer away")]).await.goes_to("/staff/conduct");
    house.get(Some(&risk), "/staff/conduct").await.shows(&["No flags wait"]);

    let own = house.get(Some(&seller), "/seller/credit").await;
    own.shows(&["98", "Leading off the platform", "leading a buyer away", "Appeal (until", &case]);
    let event = own.body.split("id=\"e-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    house.get(Some(&seller), "/account").await.shows(&["shop&#39;s credit changed", "/seller/credit"]);
    house
        .get(Some(&buyer), "/account/credit")
        .await
        .shows(&["100", "Nothing was ever taken"])
        .hides(&["leading a buyer"]);
    let appeal = format!("/seller/credit/{event}/appeal");
    house.post(Some(&seller), &appeal, &[("words", "")]).await.refuses("Please fill in: Words.");
    let stranger = house.post(Some(&buyer), &format!("/account/credit/{event}/appeal"), &[("words", "x")]).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    house.post(Some(&seller), &appeal, &[("words", "it was a quotation")]).await.goes_to("/seller/credit");

    // Whoever found it does not judge it.
    let judge = format!("/staff/findings/{event}/judge");
    house.get(Some(&risk), "/staff/conduct").await.shows(&["it was a quotation", "Somebody else has to judge it"]);
    let outcome = [("outcome", "reversed"), ("words", "so it was")];
    assert_eq!(house.post(Some(&risk), &judge, &outcome).await.status, StatusCode::FORBIDDEN);
    house.post(Some(&house.admin), &judge, &[("words", "so it was")]).await.refuses("Outcome");
    house.post(Some(&house.admin), &judge, &outcome).await.goes_to("/staff/conduct");
    house.get(Some(&seller), "/seller/credit").await.shows(&["so it was", "reversed", "100"]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Judged an appeal of conduct", "Made a finding"]);
}

#[tokio::test]
async fn somebody_is_blocked_told_and_let_go() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "200");
    let product = card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    house.get(Some(&house.admin), "/staff/people").await.shows(&["Block", "No new orders, no new sales"]);
    let found = house.get(Some(&house.admin), "/staff/credit?who=ann").await;
    found.goes_to("/staff/credit/acct%3A");
    house.get(Some(&house.admin), "/staff/credit?who=nobody").await.refuses("Name or number");
    let path = found.location.clone();
    house.get(Some(&house.admin), &path).await.shows(&[
        "Nothing was ever taken",
        "Make a finding",
        "Until and including",
    ]);
    let block = |until, words| [("until", until), ("words", words)];
    let to = format!("{path}/block");
    house.post(Some(&house.admin), &to, &block("", "x")).await.refuses("Please fill in: Until");
    house.post(Some(&house.admin), &to, &block("2020-01-01", "x")).await.refuses("Until");
    let until = house.app.now().plus_days(30).date_text();
    let refused = house.post(Some(&house.admin), &to, &block("2020-01-01", "kept words")).await;
    refused.holds(&["kept words"]);
    house.post(Some(&house.admin), &to, &block(until.leak(), "again and again")).await.goes_to(&path);
    house.get(Some(&buyer), "/account/credit").await.shows(&["Blocked until", "again and again", "money owed to you"]);
    house.get(Some(&buyer), "/account").await.shows(&["Your account is blocked"]);
    let order = [("product", product.as_str()), ("quantity", "1"), ("seen_price", "95.50"), ("tender", "balance")];
    let denied = house.post(Some(&buyer), "/checkout", &order).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN, "{}", denied.body);
    denied.holds(&["The account is blocked until"]);
    let page = house.get(Some(&house.admin), &path).await;
    let event = page.body.split("/staff/findings/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let subject = path.trim_start_matches("/staff/credit/").replace("%3A", ":");
    let back = [("subject", subject.as_str()), ("words", "a mistake")];
    house.post(Some(&house.admin), &format!("/staff/findings/{event}/withdraw"), &back).await.goes_to(&path);
    house.post(Some(&buyer), "/checkout", &order).await.goes_to("/o/");
}

#[tokio::test]
async fn a_shop_below_sixty_is_told_how_to_mend_it_and_its_listing_waits() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let risk = house.hire("rita", &["risk"], None);
    let subject = house.app.shop_credit(&seller.principal).unwrap().subject;
    for _ in 0..21 {
        let finding = FindingInput {
            subject: subject.clone(),
            ground: "abuse".to_owned(),
            words: "in the thread".to_owned(),
            case: None,
            flag: None,
        };
        house.app.record_finding(&risk.principal, &finding).unwrap();
    }
    let page = house.get(Some(&seller), "/seller/credit").await;
    page.shows(&["The score is below 60", "How to mend it", "higher deposit", "If nothing new comes"]);
    house
        .post(Some(&seller), "/seller/products/new", &but(CARD, ("title", "Held card")))
        .await
        .goes_to("/seller/products/");
    house.get(Some(&seller), "/seller/credit").await.shows(&["Held card", "waits for a look"]);
    let queue = house.get(Some(&risk), "/staff/conduct").await;
    queue.shows(&["Held listings", "Held card"]);
    let listing = queue.body.split("/staff/listings/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let to = format!("/staff/listings/{listing}");
    house.post(Some(&risk), &to, &[("outcome", "refused"), ("words", "")]).await.refuses("Please fill in: Words.");
    house.post(Some(&risk), &to, &[("outcome", "released")]).await.goes_to("/staff/conduct");
    house.get(None, "/").await.shows(&["Held card"]);
}
