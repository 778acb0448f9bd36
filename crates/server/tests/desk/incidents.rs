//! Mass refunds, from the form that foresees them to the report.

use super::house::House;
use super::{CARD, card_on_sale};
use yuanlu_app::jobs::{InHand, RunStep};

const REASON: &[(&str, &str)] = &[
    ("reason", "invalid_code"),
    ("bearer", "seller"),
    ("rate", "0"),
    ("words", "The supplier says that the whole batch is bad."),
];

#[tokio::test]
async fn a_mass_refund_is_foreseen_proposed_agreed_to_watched_and_reported() {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let risk = house.hire("rita", &["risk"], None);
    let finance = house.hire("fred", &["finance"], None);
    let product = card_on_sale(&house, &seller, "AAAA-0001\nAAAA-0002\nAAAA-0003\nAAAA-0004").await;
    let buyer = house.buyer("bella", "500.00");
    for _ in 0..3 {
        house.buys(&buyer, &product, CARD.iter().find(|(name, _)| *name == "price").unwrap().1);
    }
    let (rita, fred) = (Some(&risk), Some(&finance));
    house.get(rita, "/staff/incidents").await.shows(&["There has been no mass refund", "New mass refund"]);
    let shop = risk_choices(&house, &risk);
    let page = house.get(rita, "/staff/incidents/new").await;
    page.shows(&["Moon Cards", "Which orders", "20 a second"]);
    let page = house.get(rita, &format!("/staff/incidents/new?seller={shop}&product={product}")).await;
    page.shows(&["Starsea card", "3 of 4 sold"]);

    house.post(rita, "/staff/incidents", REASON).await.refuses("Please fill in: Which orders");
    let mut fields = REASON.to_vec();
    fields.extend([("seller", shop.as_str()), ("product", product.as_str()), ("do", "preview")]);
    let page = house.post(rita, "/staff/incidents", &fields).await;
    page.shows(&["What it comes to", "¥286.50", "3, of which 3 are refunded", "To Balance", "Propose it"]);
    fields.retain(|(name, _)| *name != "do");
    fields.extend([("do", "propose"), ("key", "k1")]);
    let proposed = house.post(rita, "/staff/incidents", &fields).await;
    proposed.goes_to("/staff/incidents/M");
    let path = proposed.location.split('?').next().unwrap().to_owned();

    let page = house.get(rita, &path).await;
    page.shows(&["Needs a second person", "the whole batch is bad", "rita", "¥286.50"]);
    page.hides(&["Agree and begin"]);
    house.get(fred, &path).await.shows(&["Agree and begin", "cannot be taken back"]);
    house.post(fred, &format!("{path}/rate"), &[("rate", "many")]).await.refuses("has to be a number");
    house.post(fred, &format!("{path}/approve"), &[]).await.goes_to(&path);
    house.get(rita, &path).await.shows(&["Running", "data-in-place=\"running\""]);
    house.post(rita, &format!("{path}/pause"), &[]).await.goes_to(&path);
    house.get(rita, &path).await.shows(&["Paused", "Go on"]);
    house.post(rita, &format!("{path}/pause"), &[]).await.refuses("paused");
    house.post(rita, &format!("{path}/resume"), &[]).await.goes_to(&path);
    let mut hand = InHand::default();
    while house.app.run_incidents(&mut hand, house.app.now(), 2).unwrap() != RunStep::Idle {}

    let page = house.get(fred, &path).await;
    page.shows(&["Done", "100 %", "¥286.50"]);
    page.hides(&["data-wait", "Pause"]);
    let csv = house.get(fred, &format!("{path}/report.csv")).await;
    csv.holds(&["Order,Seller,Result", "Refunded", "95.50"]);
    assert_eq!(csv.body.lines().count(), 4);
    house.get(rita, &format!("{path}?show=skipped")).await.shows(&["There are no such orders"]);
    house.get(rita, "/staff/incidents").await.shows(&["Done", "3 / 3"]);
    house.get(Some(&buyer), "/account").await.shows(&["The platform found your order affected"]);
    house.get(Some(&seller), "/account").await.hides(&["data-wait"]);
    house.get(Some(&buyer), "/staff/incidents").await.hides(&["New mass refund"]);
}

/// The seller's id, as the form offers it.
fn risk_choices(house: &House, risk: &super::Somebody) -> String {
    house.app.incident_choices(&risk.principal, None, None).unwrap().sellers[0].id.clone()
}
