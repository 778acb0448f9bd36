//! The pages of sellers and staff, used as people use them: forms without scripts, through the whole router.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod admissions;
mod codes;
mod conduct;
mod forms;
mod house;
mod incidents;
mod lists;
mod messages;
mod outside;
mod policies;
mod reviews;
mod support;
mod tip_offs;

use axum::http::StatusCode;
use house::{House, PNG, Somebody};

const CARD: &[(&str, &str)] = &[
    ("title", "Starsea card"),
    ("description", "works in CN"),
    ("how_to_use", "type it in"),
    ("kind", "game_card"),
    ("delivery_event", "code_revealed"),
    ("face", "100"),
    ("price", "95.50"),
    ("promise_hours", "24"),
    ("window_days", "15"),
    ("warranty_days", "0"),
    ("fee_disclosed", "1"),
    ("on_sale", "1"),
];

fn but(
    fields: &[(&'static str, &'static str)],
    change: (&'static str, &'static str),
) -> Vec<(&'static str, &'static str)> {
    let mut fields: Vec<_> = fields.iter().copied().filter(|(name, _)| *name != change.0).collect();
    fields.push(change);
    fields
}

/// A card on sale with these codes; its id.
async fn card_on_sale(house: &House, seller: &Somebody, codes: &str) -> String {
    let saved = house.post(Some(seller), "/seller/products/new", CARD).await;
    saved.goes_to("/seller/products/");
    let id = saved.location.trim_start_matches("/seller/products/").split('?').next().unwrap().to_owned();
    let loaded =
        house.post_files(Some(seller), &format!("/seller/products/{id}/codes"), &[("codes", codes)], &[]).await;
    loaded.shows(&["code(s) loaded"]);
    id
}

#[tokio::test]
async fn an_administrator_brings_in_a_seller_who_sells() {
    let house = House::open();
    let root = &house.admin;
    house.post(Some(root), "/staff/sellers", &[("name", "Moon Cards")]).await.goes_to("/staff/sellers");
    house.post(Some(root), "/staff/sellers", &[("name", "")]).await.refuses("Please fill in");
    let page = house.get(Some(root), "/staff/sellers").await;
    page.shows(&["Moon Cards"]);
    let id = page.body.split("/staff/sellers/").nth(1).unwrap().split('/').next().unwrap().to_owned();

    // The link is on the answer and nowhere else.
    let person = [("login", "moon"), ("roles", "seller"), ("seller", id.as_str())];
    let invited = house.post(Some(root), "/staff/people", &person).await;
    invited.shows(&["http://shop.test/link/"]);
    let link = invited.body.split("http://shop.test/link/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    house.get(Some(root), "/staff/people").await.shows(&["moon", "Invited"]).hides(&[&link, "/link/"]);
    let seller = house.enter(&link);

    house.get(Some(&seller), "/seller").await.shows(&["Moon Cards", "No refund waits", "Nothing waits for delivery"]);
    house.get(Some(&seller), "/seller/products").await.shows(&["No products yet"]);
    house.get(Some(&seller), "/seller/products/new").await.shows(&["Delivery promise (hours)"]);
    let product = card_on_sale(&house, &seller, "AAAA-1111-XYZW\nBBBB-2222-XYZW\n").await;

    // Codes are never shown again, not even on the answer to loading them.
    let again = house
        .post_files(
            Some(&seller),
            &format!("/seller/products/{product}/codes"),
            &[],
            &[("file", "codes.csv", b"aaaa 1111 xyzw,100\nCCCC-3333-XYZW,100\nno\n")],
        )
        .await;
    again.shows(&["1 code(s) loaded", "Lines: 1", "Lines: 3"]).hides(&["CCCC", "3333", "XYZW", "xyzw"]);
    let path = format!("/seller/products/{product}");
    house.get(Some(&seller), &path).await.shows(&["Version 1", "Codes in stock"]).hides(&["AAAA", "XYZW"]);
    let none = house.post_files(Some(&seller), &format!("{path}/codes"), &[("codes", " ")], &[]).await;
    none.refuses("Please fill in: Codes.");

    // T02: a form sent twice makes one product.
    let keyed = but(CARD, ("key", "one-form-sent-twice"));
    let first = house.post(Some(&seller), "/seller/products/new", &keyed).await.location;
    assert_eq!(house.post(Some(&seller), "/seller/products/new", &keyed).await.location, first);
    assert_ne!(house.post(Some(&seller), "/seller/products/new", CARD).await.location, first);

    // Saving makes a new version; what is wrong is said and nothing is lost from the form.
    house.post(Some(&seller), &path, &but(CARD, ("price", "90"))).await.goes_to(&path);
    house.get(Some(&seller), &path).await.shows(&["Version 2", "value=\"90.00\""]);
    for (change, sentence) in [
        (("price", "0"), "Price has to be above zero"),
        (("price", "1.234"), "two decimals"),
        (("price", "abc"), "Price"),
        (("title", ""), "Please fill in: Title."),
        (("window_days", "3"), "Application window"),
        (("promise_hours", "soon"), "has to be a number"),
        (("kind", "gold"), "Type"),
    ] {
        let refused = house.post(Some(&seller), "/seller/products/new", &but(CARD, change)).await;
        refused.refuses(sentence);
        refused.holds(&["works in CN"]);
    }
}

#[tokio::test]
async fn a_membership_is_delivered_with_the_suppliers_number() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "100");
    let membership = [("kind", "membership"), ("delivery_event", "")];
    let fields = but(&but(CARD, membership[0]), membership[1]);
    let saved = house.post(Some(&seller), "/seller/products/new", &fields).await;
    saved.goes_to("/seller/products/");
    let product = saved.location.trim_start_matches("/seller/products/").split('?').next().unwrap().to_owned();
    let order = house.buys(&buyer, &product, "95.50");

    let path = format!("/seller/orders/{}", order.order);
    house.get(Some(&seller), "/seller").await.shows(&["Starsea card", &path, "1 to deliver"]);
    house.get(Some(&seller), "/seller/orders?show=deliver").await.shows(&[&order.order]);
    house.get(Some(&seller), &path).await.shows(&["Mark as credited", "Supplier"]);
    let to = format!("{path}/credited");
    house.post(Some(&seller), &to, &[("unit", "1"), ("proof", " ")]).await.refuses("Please fill in: Supplier");
    let proof = [("unit", "1"), ("proof", "SUP-2026-1"), ("key", "k1")];
    house.post(Some(&seller), &to, &proof).await.goes_to(&path);
    house.post(Some(&seller), &to, &proof).await.goes_to(&path);
    house.get(Some(&seller), &path).await.shows(&["Credited"]).hides(&["Mark as credited"]);
    house.get(Some(&seller), "/seller/orders?show=deliver").await.hides(&[&order.order]);
}

#[tokio::test]
async fn a_contested_case_is_reviewed_and_approved_in_part() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "100");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let order = house.buys(&buyer, &product, "95.50");
    let case = house.complains(&buyer, &order).summary.case;

    // The seller sees what silence means, and contests with words and a file.
    let mine = format!("/seller/cases/{case}");
    house.get(Some(&seller), "/seller").await.shows(&[&mine, "If you do not, it is approved", "¥95.50"]);
    house.get(Some(&seller), "/seller/cases").await.shows(&[&case]);
    house.get(Some(&seller), &mine).await.shows(&["Your answer", "&#60;b&#62;me"]).hides(&["<b>me"]);
    let to = format!("{mine}/contest");
    house.post_files(Some(&seller), &to, &[("words", " ")], &[]).await.refuses("Please fill in");
    let bad = house.post_files(Some(&seller), &to, &[("words", "fine")], &[("file_1", "x.exe", b"MZ\x90")]).await;
    bad.refuses("JPEG");
    let words = [("words", "redeemed by the buyer himself"), ("kind_1", "test_report")];
    house.post_files(Some(&seller), &to, &words, &[("file_1", "log.png", PNG)]).await.goes_to(&mine);
    house.get(Some(&seller), &mine).await.shows(&["redeemed by the buyer himself"]).hides(&["Your answer"]);

    // The reviewer has everything on one page.
    let judge = house.hire("judge", &["reviewer"], None);
    house.get(Some(&judge), "/staff").await.shows(&[&case, "Review"]);
    let desk = format!("/staff/cases/{case}");
    let page = house.get(Some(&judge), &desk).await;
    page.shows(&["redeemed by the buyer himself", "<img src=\"/evidence/", "Approve, in full or in part", "Payments"]);
    page.holds(&["1 of 1", "buyer 1, seller 1", "Seller contests", "The window has not begun"]);
    house.post(Some(&judge), &format!("{desk}/claim"), &[]).await.goes_to(&desk);
    let yes = [("approve_order_state", "yes"), ("approve_evidence", "yes"), ("approve_ground", "yes")];
    let with = |amount| [&yes[..], &[("amount", amount), ("key", amount)]].concat();
    house.post(Some(&judge), &format!("{desk}/approve"), &[("amount", "10")]).await.refuses("three answers");
    house.post(Some(&judge), &format!("{desk}/approve"), &with("95.51")).await.refuses("95.50");
    house.post(Some(&judge), &format!("{desk}/approve"), &with("-1")).await.refuses("Amount");
    house.post(Some(&judge), &format!("{desk}/approve"), &with("40")).await.goes_to(&desk);
    house.get(Some(&judge), &desk).await.shows(&["Take it back", "¥40.00"]).hides(&["/approve\""]);
    house.post(Some(&judge), &format!("{desk}/take-back"), &[]).await.goes_to(&desk);
    house.get(Some(&judge), &desk).await.shows(&["/approve\""]);
    let again = [&yes[..], &[("amount", "40"), ("key", "again")]].concat();
    house.post(Some(&judge), &format!("{desk}/approve"), &again).await.goes_to(&desk);
    house.sent();
    house.get(Some(&judge), &desk).await.shows(&["¥40.00", "Decided by a reviewer"]).hides(&["/approve\""]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["judge", &case]);
}

#[tokio::test]
async fn a_case_is_sent_for_material_and_rejected_with_words() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "200");
    let product = card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    let case = house.complains(&buyer, &house.buys(&buyer, &product, "95.50")).summary.case;
    let contest = [("words", "it was fine")];
    house.post_files(Some(&seller), &format!("/seller/cases/{case}/contest"), &contest, &[]).await.goes_to("/seller");
    let judge = house.hire("judge", &["reviewer"], None);
    let other = house.hire("other", &["reviewer"], None);
    let desk = format!("/staff/cases/{case}");
    house.post(Some(&judge), &format!("{desk}/claim"), &[]).await.goes_to(&desk);
    house.post(Some(&other), &format!("{desk}/claim"), &[]).await.refuses("colleague");
    let answers = [("reject_order_state", "yes"), ("reject_evidence", "no"), ("reject_ground", "yes")];
    let reject = |code, words| [&answers[..], &[("code", code), ("reject_words", words)]].concat();
    let to = format!("{desk}/reject");
    house.post(Some(&judge), &to, &reject("", "no")).await.refuses("Please fill in");
    house.post(Some(&judge), &to, &reject("REJECT_NO_FAULT", "")).await.refuses("Please fill in: Words.");
    house.post(Some(&judge), &to, &reject("REJECT_WHIM", "no")).await.refuses("not one of the choices");
    house.post(Some(&judge), &format!("{desk}/ask"), &[]).await.refuses("Material wanted");
    house.post(Some(&judge), &to, &reject("REJECT_NO_FAULT", "the log shows your redemption")).await.goes_to(&desk);
    house.get(Some(&buyer), &format!("/c/{case}")).await.hides(&["the log shows your redemption"]);
    house.sent();
    house.get(Some(&buyer), &format!("/c/{case}")).await.shows(&["the log shows your redemption"]);

    let second = house.complains(&buyer, &house.buys(&buyer, &product, "95.50")).summary.case;
    house.post_files(Some(&seller), &format!("/seller/cases/{second}/contest"), &contest, &[]).await.goes_to("/seller");
    let ask = [("wanted", "test_report"), ("wanted", "chat_log"), ("ask_words", "the report, please")];
    let desk = format!("/staff/cases/{second}");
    house.post(Some(&judge), &format!("{desk}/ask"), &ask).await.goes_to(&desk);
    house.get(Some(&buyer), &format!("/c/{second}")).await.shows(&["the report, please", "Chat log"]);
    let agreed = house.post(Some(&seller), &format!("/seller/cases/{second}/agree"), &[]).await;
    assert_eq!(agreed.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_seller_agrees_and_the_money_goes_back() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let buyer = house.buyer("ann", "95.50");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let case = house.complains(&buyer, &house.buys(&buyer, &product, "95.50")).summary.case;
    let path = format!("/seller/cases/{case}");
    house.post(Some(&seller), &format!("{path}/agree"), &[("key", "a")]).await.goes_to(&path);
    house.post(Some(&seller), &format!("{path}/agree"), &[("key", "a")]).await.goes_to(&path);
    let balance = house.app.balance(&buyer.principal).unwrap();
    assert_eq!(balance.spendable.text, "95.50");
    house.get(Some(&seller), &path).await.shows(&["The seller agreed"]);
}

/// T27, T28: what belongs to somebody else does not exist; what is for staff is not for buyers.
#[tokio::test]
async fn strangers_find_nothing() {
    let house = House::open();
    let (moon, sun) = (house.seller("Moon", "moon"), house.seller("Sun", "sunny"));
    let (ann, bob) = (house.buyer("ann", "100"), house.buyer("bob", "100"));
    let product = card_on_sale(&house, &moon, "AAAA-1111\n").await;
    let order = house.buys(&ann, &product, "95.50");
    let case = house.complains(&ann, &order).summary.case;

    for path in [
        format!("/seller/orders/{}", order.order),
        format!("/seller/cases/{case}"),
        format!("/seller/products/{product}"),
        format!("/staff/cases/{case}"),
    ] {
        for who in [&sun, &bob] {
            assert_eq!(house.get(Some(who), &path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        house.get(None, &path).await.goes_to("/login");
    }
    // The buyer of the order has pages of his own; the seller's and the reviewer's are not among them.
    for path in
        [format!("/seller/orders/{}", order.order), format!("/seller/cases/{case}"), format!("/staff/cases/{case}")]
    {
        assert_eq!(house.get(Some(&ann), &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let words = [("words", "x")];
    for who in [&sun, &bob] {
        for path in [format!("/seller/orders/{}/credited", order.order), format!("/seller/cases/{case}/agree")] {
            let fields = [("unit", "1"), ("proof", "x")];
            assert_eq!(house.post(Some(who), &path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let contest = house.post_files(Some(who), &format!("/seller/cases/{case}/contest"), &words, &[]).await;
        assert_eq!(contest.status, StatusCode::NOT_FOUND);
        let codes = format!("/seller/products/{product}/codes");
        let codes = house.post_files(Some(who), &codes, &[("codes", "QQQQ-1")], &[]).await;
        assert_eq!(codes.status, StatusCode::NOT_FOUND);
    }
    let case_page = house.app.load_case(&ann.principal, &case.as_str().into()).unwrap();
    let evidence = format!("/evidence/{}", case_page.evidence[0].id);
    assert_eq!(house.get(Some(&sun), &evidence).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(Some(&bob), &evidence).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn staff_pages_open_to_the_roles_they_are_for() {
    let house = House::open();
    let ann = house.buyer("ann", "1");
    let moon = house.seller("Moon", "moon");
    let judge = house.hire("judge", &["reviewer"], None);
    let purse = house.hire("purse", &["finance"], None);
    let pages = [
        "/staff",
        "/staff/payouts",
        "/staff/conduct",
        "/staff/people",
        "/staff/sellers",
        "/staff/balance",
        "/staff/audit",
    ];
    for (who, open) in [
        (&ann, &[][..]),
        (&moon, &[]),
        (&judge, &["/staff"]),
        (&purse, &["/staff", "/staff/payouts"]),
        (&house.admin, &pages),
    ] {
        for path in pages {
            let wanted = if open.contains(&path) { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(house.get(Some(who), path).await.status, wanted, "{path}");
        }
    }
    for path in pages {
        house.get(None, path).await.goes_to("/login");
    }
    for path in
        ["/seller", "/seller/products", "/seller/products/new", "/seller/orders", "/seller/cases", "/seller/credit"]
    {
        assert_eq!(house.get(Some(&ann), path).await.status, StatusCode::FORBIDDEN, "{path}");
        house.get(None, path).await.goes_to("/login");
    }
    let credit = [("login", "ann"), ("amount", "5")];
    for who in [&ann, &moon, &judge, &purse] {
        assert_eq!(house.post(Some(who), "/staff/balance", &credit).await.status, StatusCode::FORBIDDEN);
        let invite = [("login", "evil"), ("roles", "admin")];
        assert_eq!(house.post(Some(who), "/staff/people", &invite).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_payout_that_is_not_there_is_not_found() {
    let house = House::open();
    let purse = house.hire("purse", &["finance"], None);
    house.get(Some(&purse), "/staff/payouts").await.shows(&["No payout needs you"]);
    for path in ["/staff/payouts/260302AAAAAAAAAA/1/approve", "/staff/payouts/260302AAAAAAAAAA/x/resume"] {
        assert_eq!(house.post(Some(&purse), path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// T29: nobody decides his own case, and no field of a form sets a verdict.
#[tokio::test]
async fn nobody_judges_his_own_case() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let product = card_on_sale(&house, &seller, "AAAA-1111\n").await;
    let judge = house.hire("judge", &["reviewer"], None);
    house.app.credit_balance(&house.admin.principal, "judge", "100", None).unwrap();
    let case = house.complains(&judge, &house.buys(&judge, &product, "95.50")).summary.case;
    let contest = [("words", "it was fine"), ("state", "approved"), ("verdict", "approve")];
    house.post_files(Some(&seller), &format!("/seller/cases/{case}/contest"), &contest, &[]).await.goes_to("/seller");
    let desk = format!("/staff/cases/{case}");
    house.get(Some(&judge), &desk).await.shows(&["Under review"]).hides(&["/approve\"", "/claim\""]);
    let yes = [("approve_order_state", "yes"), ("approve_evidence", "yes"), ("approve_ground", "yes")];
    for (act, fields) in [("claim", &[][..]), ("approve", &yes)] {
        let refused = house.post(Some(&judge), &format!("{desk}/{act}"), fields).await;
        assert!(refused.status.is_client_error(), "{act}: {}", refused.status);
    }
    let view = house.app.load_case(&judge.principal, &case.as_str().into()).unwrap();
    assert_eq!(view.summary.state, "under_review");
}

#[tokio::test]
async fn money_and_access_are_given_by_administrators_only_once() {
    let house = House::open();
    let root = &house.admin;
    let ann = house.buyer("ann", "1");
    let credit = [("login", "ann"), ("amount", "50"), ("key", "once")];
    house.post(Some(root), "/staff/balance", &credit).await.goes_to("/staff/balance");
    house.post(Some(root), "/staff/balance", &credit).await.goes_to("/staff/balance");
    assert_eq!(house.app.balance(&ann.principal).unwrap().spendable.text, "51.00");
    let other = [("login", "ann"), ("amount", "60"), ("key", "once")];
    assert_eq!(house.post(Some(root), "/staff/balance", &other).await.status, StatusCode::CONFLICT);
    for (login, amount) in [("nobody", "1"), ("ann", "0"), ("ann", "-5"), ("ann", "1.001"), ("ann", "1e3")] {
        let refused = house.post(Some(root), "/staff/balance", &[("login", login), ("amount", amount)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{login} {amount}");
    }
    assert_eq!(house.app.balance(&ann.principal).unwrap().spendable.text, "51.00");

    // New roles and new access end the sessions a person had.
    let judge = house.hire("judge", &["reviewer"], None);
    let people = house.get(Some(root), "/staff/people").await;
    let after = people.body.split("<strong>judge</strong>").nth(1).unwrap();
    let account = after.split("/staff/people/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let roles = format!("/staff/people/{account}/roles");
    house.post(Some(root), &roles, &[("roles", "risk")]).await.goes_to("/staff/people");
    house.get(Some(&judge), "/staff").await.goes_to("/login");
    let reset = house.post(Some(root), &format!("/staff/people/{account}/reset"), &[("login", "judge")]).await;
    reset.shows(&["One-time link for judge", "http://shop.test/link/"]);
    house.get(Some(root), "/staff/audit").await.shows(&[&account, "Reset access", "Changed roles"]).hides(&["/link/"]);
}
