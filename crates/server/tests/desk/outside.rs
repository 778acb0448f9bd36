//! Outside complaints on the pages: an answer with the package of the case, or with pictures, and what went along.

use crate::house::{House, Somebody};
use crate::{CARD, card_on_sale};
use axum::http::StatusCode;
use yuanlu_app::inputs::{OutsideInput, Page};
use yuanlu_app::views::CaseView;
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::outside_complaint::{HeardComplaint, Stage};
use yuanlu_paper::package;

const CODE: &str = "ABCD-EFGH-1234";

async fn disputed(house: &House) -> (CaseView, Somebody) {
    let seller = house.seller("Moon Cards", "moon");
    let product = card_on_sale(house, &seller, CODE).await;
    let buyer = house.buyer("ming", "200.00");
    let price = CARD.iter().find(|(name, _)| *name == "price").unwrap().1;
    let order = house.buys(&buyer, &product, price);
    (house.complains(&buyer, &order), buyer)
}

fn letter(agency: &str, case: &str) -> OutsideInput {
    OutsideInput {
        agency: agency.into(),
        number: format!("N-{agency}"),
        received_at: "2026-03-02 09:00".into(),
        order: case.into(),
        ..OutsideInput::default()
    }
}

#[tokio::test]
async fn an_answer_by_hand_carries_the_package_and_the_page_has_the_fields_to_copy() {
    let house = House::open();
    let (case, buyer) = disputed(&house).await;
    let support = house.hire("carla", &["support"], None);
    let made = house.app.register_outside(&support.principal, &letter("blackcat", &case.summary.case), None).unwrap();
    let at = format!("/staff/outside/{}", made.summary.complaint);
    let page = house.get(Some(&support), &at).await;
    page.shows(&[
        "Attach the evidence package (Heimao complaints)",
        "name=\"package\" value=\"1\" checked",
        "Filled in for their form",
        &case.order.order,
    ]);
    page.hides(&[CODE, "What went along", "name=\"picture\""]);
    let kept = [("saying", "reply"), ("package", "1"), ("words", "")];
    let refused = house.post(Some(&support), &format!("{at}/say"), &kept).await;
    refused.holds(&["name=\"package\" value=\"1\" checked"]);
    let kept = [("saying", "reply"), ("words", "")];
    house.post(Some(&support), &format!("{at}/say"), &kept).await.hides(&["name=\"package\" value=\"1\" checked"]);
    let say = [("saying", "reply"), ("package", "1"), ("words", "Please see the package.")];
    house.post(Some(&support), &format!("{at}/say"), &say).await.goes_to(&at);
    let page = house.get(Some(&support), &at).await;
    page.shows(&["What went along with answers", "Evidence package", "Evidence document", "with 2 files", "SHA-256"]);
    page.shows(&[&format!("{at}/files/1"), &format!("{at}/files/2")]);

    let desk = made.summary.complaint.as_str().into();
    let archive = house.app.open_attachment(&support.principal, &desk, 1).unwrap();
    let (report, about) = package::check(archive.bytes.expose(), Some(&house.app.transparency().unwrap().key));
    assert_eq!((report.findings, about.unwrap().variant.as_str()), (vec![], "heimao"));
    let document = house.app.open_attachment(&support.principal, &desk, 2).unwrap();
    assert!(document.bytes.expose().starts_with(b"%PDF-"));
    assert!(document.bytes.expose().len() < 5 * 1024 * 1024, "a card scheme would take it, too");
    let served = house.get(Some(&support), &format!("{at}/files/2")).await;
    assert!(served.status == StatusCode::OK && served.body.starts_with("%PDF-"));
    assert_eq!(house.get(Some(&support), &format!("{at}/files/3")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(Some(&support), &format!("{at}/files/x")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.get(Some(&buyer), &format!("{at}/files/1")).await.status, StatusCode::FORBIDDEN);
    house.get(None, &format!("{at}/files/1")).await.goes_to("/login");

    // Without it, where somebody unticks it.
    let made = house.app.register_outside(&support.principal, &letter("court", &case.summary.case), None).unwrap();
    let at = format!("/staff/outside/{}", made.summary.complaint);
    let say = [("saying", "reply"), ("words", "We come.")];
    house.post(Some(&support), &format!("{at}/say"), &say).await.goes_to(&at);
    house.get(Some(&support), &at).await.shows(&["Said: "]).hides(&["What went along"]);
}

#[tokio::test]
async fn pictures_are_chosen_as_they_will_be_seen() {
    let house = House::open();
    let (case, _) = disputed(&house).await;
    let support = house.hire("carla", &["support"], None);
    for channel in ["wechat", "stripe"] {
        let heard = HeardComplaint {
            number: format!("2000000-{channel}"),
            received_at: house.app.now(),
            reply_by: None,
            complainant: None,
            words: "no code".into(),
            payments: Vec::new(),
            claimed: None,
            status: "PENDING".into(),
            stage: Stage::WantsReply,
            money: None,
        };
        house.app.outside_heard(&ChannelId::from(channel), &heard).unwrap();
    }
    for one in house.app.outside_complaints(&support.principal, false, &Page::default()).unwrap().items {
        let desk = one.complaint.as_str().into();
        let at = format!("/staff/outside/{}", one.complaint);
        house.get(Some(&support), &at).await.hides(&["Attach"]);
        house.app.relate_outside(&support.principal, &desk, &case.summary.case).unwrap();
        let page = house.get(Some(&support), &at).await;
        if one.agency == "stripe" {
            page.shows(&["Attach the evidence document (Card-scheme dispute)", "5 MB at most"])
                .hides(&["name=\"picture\""]);
            continue;
        }
        page.shows(&["Attach pictures (4 at most)", "What you see is what they will see"]);
        page.hides(&["name=\"package\"", "Filled in for their form"]);
        let id = page.body.split("name=\"picture\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let shown = house.get(Some(&support), &format!("{at}/pictures/{id}")).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains("PNG"));
        let say = [("saying", "reply"), ("words", "Please look."), ("picture", "of-nobody")];
        house.post(Some(&support), &format!("{at}/say"), &say).await.refuses("Pictures");
        let say = [("saying", "complete"), ("words", ""), ("picture", id.as_str())];
        house.post(Some(&support), &format!("{at}/say"), &say).await.refuses("takes none there");
        let say = [("saying", "reply"), ("words", "Please look."), ("picture", id.as_str())];
        house.post(Some(&support), &format!("{at}/say"), &say).await.goes_to(&at);
        house.get(Some(&support), &at).await.shows(&["1 files, 0 of them uploaded", "Picture", "picture-1.png"]);
    }
}
