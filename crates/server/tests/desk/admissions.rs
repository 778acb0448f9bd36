//! Admissions of sellers on the pages: what it takes, the application, staff's queue, rejection, mending, deposit.

use crate::house::{House, PNG, Somebody};
use axum::http::StatusCode;
use yuanlu_app::inputs::{AgreementInput, Page};
use yuanlu_domain::ids::DeskId;

const SAID: &[(&str, &str)] = &[
    ("key", "k1"),
    ("legal_form", "company"),
    ("legal_name", "Star <b>Cards</b> Ltd"),
    ("id_number", "91310000-MA1FL0000X"),
    ("contact", "star@example.cn"),
    ("shop", "Star Cards"),
    ("goods", "Game cards, as an authorised distributor."),
    ("kind_1", "other"),
];

fn with<'a>(key: &'a str, change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut said: Vec<_> = SAID.to_vec();
    said[0].1 = key;
    for (name, value) in change {
        said.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| *v = value);
    }
    said
}

#[tokio::test]
async fn an_applicant_is_rejected_mends_it_pays_and_has_a_shop() {
    let house = House::open();
    let (star, other) = (house.buyer("star", "1.00"), house.buyer("other", "1.00"));
    let finance = house.hire("fin", &["finance"], None);
    let reviewer = house.hire("rev", &["reviewer"], None);
    house.get(None, "/sell").await.shows(&["Become a seller", "5000.00", "5 working days", "/register?next=/sell"]);
    house.get(Some(&star), "/sell").await.shows(&["Send the application"]);

    // What is wrong stands beside its field, and what was typed stays, but for the number.
    let refused = house.post_files(Some(&star), "/sell", &with("k0", &[("goods", "cards")]), &[]).await;
    refused.holds(&["value=\"Star Cards\"", "id=\"wrong-goods\""]).hides(&["MA1FL0000X"]);
    house
        .post_files(Some(&star), "/sell", SAID, &[("file_1", "a.png", PNG)])
        .await
        .goes_to("/sell?said=admission_applied");
    let shown = house.get(Some(&star), "/sell").await;
    shown.shows(&["Being looked at", "Administrators", "Star &#60;b&#62;Cards", "913****00X"]);
    shown.hides(&["91310000MA1FL0000X", "Send the application"]);
    let again = house.post_files(Some(&star), "/sell", &with("k2", &[]), &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "one at a time");

    // Nobody else finds it.
    let list = house.get(Some(&house.admin), "/staff/admissions").await;
    list.shows(&["Star Cards", "star", "Being looked at"]);
    let at = list.body.split("href=\"/staff/admissions/").nth(1).unwrap().split('"').next().unwrap();
    let at = format!("/staff/admissions/{at}");
    for who in [&other, &reviewer] {
        assert_eq!(house.get(Some(who), &at).await.status, StatusCode::NOT_FOUND);
        assert!(house.get(Some(who), "/staff/admissions").await.status.is_client_error());
        assert!(house.post(Some(who), &format!("{at}/approve"), &[]).await.status.is_client_error());
    }
    assert!(house.post(Some(&finance), &format!("{at}/approve"), &[]).await.status.is_client_error());
    let page = house.get(Some(&house.admin), &at).await;
    page.shows(&["913****00X", "<img src=\"/evidence/", "Show in full"]).hides(&["91310000MA1FL0000X"]);
    let file = page.body.split("href=\"/evidence/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(house.get(Some(&star), &format!("/evidence/{file}")).await.status, StatusCode::OK);
    assert_eq!(house.get(Some(&other), &format!("/evidence/{file}")).await.status, StatusCode::NOT_FOUND);
    house.post(Some(&house.admin), &format!("{at}/identity"), &[]).await.shows(&["91310000MA1FL0000X"]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Looked at who applies"]);

    // Rejected with what would change it; mended and sent again.
    let half = [("words", "The picture cannot be read."), ("mend", "")];
    house.post(Some(&house.admin), &format!("{at}/reject"), &half).await.refuses("Please fill in");
    let whole = [("words", "The picture cannot be read."), ("mend", "Send a sharper picture.")];
    house.post(Some(&house.admin), &format!("{at}/reject"), &whole).await.goes_to(&at);
    let shown = house.get(Some(&star), "/sell").await;
    shown.shows(&["The picture cannot be read.", "Send a sharper picture.", "Mend it and apply again"]);
    shown.holds(&["value=\"star@example.cn\"", "value=\"Star Cards\""]);
    house.get(Some(&star), "/account").await.shows(&["Your application to sell was rejected"]);
    house.post_files(Some(&star), "/sell", &with("k3", &[]), &[]).await.goes_to("/sell?said=admission_applied");

    // Approved, the deposit opens the shop: too little does not.
    house.post(Some(&house.admin), &format!("{at}/approve"), &[]).await.goes_to(&at);
    house.get(Some(&star), "/sell").await.shows(&["Deposit awaited", "5000.00"]);
    assert!(house.get(Some(&star), "/seller").await.status.is_client_error());
    let little = [("key", "d0"), ("amount", "10.00"), ("shop", "")];
    house.post(Some(&finance), &format!("{at}/deposit"), &little).await.refuses("5000.00");
    let right = [("key", "d1"), ("amount", "5000.00"), ("shop", "")];
    house.post(Some(&finance), &format!("{at}/deposit"), &right).await.goes_to(&at);
    house.post(Some(&finance), &format!("{at}/deposit"), &right).await.goes_to(&at);
    house.get(Some(&star), "/sell").await.shows(&["Your shop “Star Cards” is open."]);
    house.get(Some(&star), "/seller").await.shows(&["Star Cards"]);
    house.get(Some(&finance), "/staff/funds").await.shows(&["Star Cards", "5000.00"]);
    // The name is taken now.
    let taken = house.post_files(Some(&other), "/sell", &with("k4", &[]), &[]).await;
    taken.refuses("taken");
}

#[tokio::test]
async fn silence_reminds_staff_and_ends_what_is_not_paid() {
    let house = House::open();
    let star = house.buyer("star", "1.00");
    house.post_files(Some(&star), "/sell", SAID, &[]).await.goes_to("/sell?said=admission_applied");
    let own = || house.app.own_admission(&star.principal).unwrap().unwrap();
    let at = DeskId::new(own().summary.admission);
    house.app.clock().set(house.app.now().plus_days(10));
    house.sent();
    assert!(own().summary.overdue && own().summary.turn_who == Some("admin"));
    let page = Page { cursor: None, limit: None };
    let told = |who: &Somebody| house.app.notices(&who.principal, &page).unwrap().items;
    assert!(told(&house.admin).iter().any(|one| one.code == "admission_overdue"));
    house.app.approve_admission(&house.admin.principal, &at).unwrap();
    assert_eq!(own().summary.turn_who, Some("applicant"));
    house.app.clock().set(house.app.now().plus_days(20));
    house.sent();
    assert_eq!((own().summary.state, own().actions), ("lapsed", vec!["apply"]));
    assert!(told(&star).iter().any(|one| one.code == "admission_lapsed"));
}

#[tokio::test]
async fn the_agreement_with_sellers_is_read_and_agreed_to() {
    let house = House::open();
    let star = house.buyer("star", "1.00");
    let publish = |mark: &str| {
        let (zh, en) =
            (format!("{mark}：卖家与平台各自的权利和义务，请仔细阅读。"), format!("{mark}: what we owe each other."));
        house
            .app
            .publish_agreement(&house.admin.principal, &AgreementInput { kind: "seller".into(), zh, en })
            .unwrap()
            .hash
    };
    let first = publish("one");
    house.get(None, "/about").await.shows(&["Seller agreement"]);
    let box_of = |hash: &str| format!("name=\"agreement\" value=\"{hash}\" required");
    let shown = house.get(Some(&star), "/sell").await;
    shown.holds(&[&box_of(&first), &format!("href=\"/agreements/{first}\"")]).shows(&["Seller agreement"]);
    let refused = house.post_files(Some(&star), "/sell", SAID, &[]).await;
    refused.holds(&["id=\"wrong-agreements\"", "value=\"Star Cards\""]);

    // Another version comes into force while the form is filled in: it has to be read and agreed to.
    let second = publish("two");
    house.app.clock().set(house.app.now().plus_days(8));
    let agreed = |hash| [with("k1", &[]), vec![("agreement", hash)]].concat();
    let refused = house.post_files(Some(&star), "/sell", &agreed(&first), &[]).await;
    refused.refuses("please read the new version");
    refused.holds(&[&box_of(&second), "value=\"Star Cards\""]).hides(&[&format!("{} checked", box_of(&second))]);
    house.post_files(Some(&star), "/sell", &agreed(&second), &[]).await.goes_to("/sell?said=admission_applied");
    let told = format!("href=\"/agreements/{second}\"");
    house.get(Some(&star), "/sell").await.holds(&[&told]).shows(&["Version 2"]);
}
