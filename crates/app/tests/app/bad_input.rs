//! Everything that must be refused, with a reason and without a trace (T16, T31, T35).

use crate::house::{House, application, id, origin, place};
use yuanlu_app::inputs::{ApplyInput, ApproveInput, Page, ProductInput};
use yuanlu_app::{AppError, MoveTo, OrdersFilter};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, ProductId};
use yuanlu_money::{Currency, Money};

#[test]
fn wrong_amounts_quantities_and_units_write_nothing() {
    let house = House::new("amounts");
    let card = house.card("ABCD-0001\nABCD-0002");
    for (quantity, expected) in [(0, 200), (201, 200), (u16::MAX, 200)] {
        let refused = house.app.place_order(&house.buyer, &place(&card, quantity, "balance"), None, &origin());
        assert_eq!(refused, Err(AppError::Refused(Refusal::Quantity { most: expected })));
    }
    let order = house.buy(&card, 1);
    let claim = |change: &dyn Fn(&mut ApplyInput)| {
        let mut input = application("personal", &[1]);
        change(&mut input);
        house.app.apply(&house.buyer, &id(&order), &input, None, &origin()).unwrap_err()
    };
    let with_amount = |amount: &str| claim(&|input| input.amount = Some(amount.to_owned()));
    assert_eq!(with_amount("0"), AppError::invalid("amount", "not_positive"));
    assert_eq!(with_amount("-5"), AppError::invalid("amount", "not_positive"));
    assert_eq!(with_amount("1.005"), AppError::invalid("amount", "too_many_decimals"));
    assert_eq!(with_amount("NaN"), AppError::invalid("amount", "not_a_number"));
    assert_eq!(with_amount("99999999999999999999"), AppError::invalid("amount", "too_large"));
    assert_eq!(claim(&|input| input.units = vec![2]), AppError::NotFound);
    assert_eq!(claim(&|input| input.units = vec![0]), AppError::NotFound);
    assert_eq!(claim(&|input| input.units.clear()), AppError::Refused(Refusal::Missing { field: "units" }));
    assert_eq!(claim(&|input| input.reason = "because".to_owned()), AppError::invalid("reason", "unknown"));
    assert_eq!(claim(&|input| input.text = "长".repeat(2001)), AppError::invalid("text", "too_long"));
    assert_eq!(claim(&|input| input.text = "a\u{0}b".to_owned()), AppError::invalid("text", "unreadable"));
    assert_eq!(claim(&|input| input.evidence = vec!["E1".to_owned()]), AppError::invalid("evidence", "unknown"));
    assert_eq!(house.app.load_order(&house.buyer, &id(&order)).unwrap().cases, []);
    assert_eq!(house.spendable(), "900.01");
}

#[test]
fn a_second_application_points_to_the_first_whatever_else_is_changed() {
    let house = House::new("duplicate");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let first = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    for reason in ["invalid_code", "personal", "not_as_described"] {
        let refused = house.apply(&house.buyer, &order, reason).unwrap_err();
        let AppError::Refused(Refusal::Duplicate { case }) = refused else { panic!("{refused:?}") };
        assert_eq!(case.as_str(), first.summary.case, "T35");
    }
}

#[test]
fn products_outside_the_policy_are_refused() {
    let house = House::new("policy");
    let save = |change: &dyn Fn(&mut ProductInput)| {
        let mut input = ProductInput {
            title: "点卡".to_owned(),
            description: String::new(),
            how_to_use: String::new(),
            kind: "game_card".to_owned(),
            delivery_event: None,
            face: None,
            price: "10".to_owned(),
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_disclosed: false,
            special: None,
            needs_confirmation: false,
            on_sale: true,
        };
        change(&mut input);
        house.app.save_product(&house.seller, None, &input).unwrap_err()
    };
    assert_eq!(save(&|input| input.window_days = 6), AppError::invalid("window_days", "too_small"));
    assert_eq!(save(&|input| input.window_days = 16), AppError::invalid("window_days", "too_large"));
    assert_eq!(save(&|input| input.promise_hours = 0), AppError::invalid("promise_hours", "too_small"));
    assert_eq!(save(&|input| input.price = "0".to_owned()), AppError::invalid("price", "not_positive"));
    assert_eq!(save(&|input| input.title = " ".to_owned()), AppError::invalid("title", "required"));
    assert_eq!(save(&|input| input.kind = "car".to_owned()), AppError::invalid("kind", "unknown"));
    let event = save(&|input| input.delivery_event = Some("credited".to_owned()));
    assert_eq!(event, AppError::invalid("delivery_event", "unknown"));
}

#[test]
fn files_of_the_wrong_kind_are_refused_before_they_are_kept() {
    let house = House::new("files");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let upload = |kind: &str, bytes: &[u8]| house.app.upload(&house.buyer, &id(&order), kind, bytes.to_vec());
    assert_eq!(upload("holiday", b"x").unwrap_err(), AppError::invalid("kind", "unknown"));
    assert_eq!(upload("other", b"<?php").unwrap_err(), AppError::invalid("file", "script"));
    assert_eq!(upload("other", b"").unwrap_err(), AppError::invalid("file", "empty"));
    assert_eq!(upload("other", b"\x00\x01\x02").unwrap_err(), AppError::invalid("file", "unknown_type"));
    assert_eq!(upload("other", &[b'x'; 11 << 20]).unwrap_err().code(), "too_large");
    let named = upload("chat_log", "聊天记录".as_bytes()).unwrap();
    let opened = house.app.open_evidence(&house.buyer, &named.id.as_str().into()).unwrap();
    assert_eq!(opened.name, format!("{}.txt", named.id));
    let before_a_case_names_it = house.app.open_evidence(&house.seller, &named.id.as_str().into());
    assert_eq!(before_a_case_names_it.unwrap_err(), AppError::NotFound);
}

#[test]
fn what_a_channel_says_about_nothing_is_kept_for_finance() {
    let house = House::new("unmatched");
    let sim = ChannelId::from("sim");
    let ten = Money::new(1000, Currency::Cny);
    for no in ["FOREIGN0000000000000", "", "XXXX260310AAAAAAAAAAP001"] {
        house.app.payment_succeeded(&sim, &ChannelNumber::from(no), "T9", ten).unwrap();
        house.app.payment_succeeded(&sim, &ChannelNumber::from(no), "T9", ten).unwrap();
    }
    house.app.callback_unmatched(&sim, "bill_ready").unwrap();
    let order = house.guest_buys(&house.card("ABCD-0001")).0;
    let number = ChannelNumber::from(order.payments[0].no.as_str());
    house.app.payment_succeeded(&ChannelId::from("other"), &number, "T7", ten).unwrap();
    let kept = house.app.db().read(|db| yuanlu_storage::unmatched::count_open(db)).unwrap();
    assert_eq!(kept, 5, "each once");
}

#[test]
fn lists_refuse_cursors_they_did_not_make() {
    let house = House::new("cursors");
    let page = Page { cursor: Some("nonsense".to_owned()), limit: None };
    let unreadable = AppError::invalid("cursor", "unreadable");
    assert_eq!(house.app.list_orders(&house.buyer, &page).unwrap_err(), unreadable);
    assert_eq!(house.app.list_cases(&house.buyer, &page).unwrap_err(), unreadable);
    assert_eq!(house.app.list_seller_orders(&house.seller, OrdersFilter::All, &page).unwrap_err(), unreadable);
    assert_eq!(house.app.queue(&house.admin, "review", &page).unwrap_err(), unreadable);
    assert_eq!(
        house.app.queue(&house.admin, "lobby", &Page::default()).unwrap_err(),
        AppError::invalid("desk", "unknown")
    );
}

#[test]
fn a_demo_moves_its_clock_forwards_only() {
    let house = House::new("clock");
    house.buy(&house.card("ABCD-0001"), 1);
    let now = house.app.now();
    let due = house.app.move_clock(&house.buyer, MoveTo::NextDeadline).unwrap();
    assert!(due > now && house.app.now() == due);
    assert_eq!(house.app.move_clock(&house.buyer, MoveTo::Hours(1)).unwrap(), due.plus_hours(1));
    for hours in [0, -1, i64::MAX] {
        assert!(house.app.move_clock(&house.buyer, MoveTo::Hours(hours)).is_err());
    }
}

#[test]
fn staff_may_not_credit_nonsense() {
    let house = House::new("credit");
    let credit = |login: &str, amount: &str| house.app.credit_balance(&house.admin, login, amount, None).unwrap_err();
    assert_eq!(credit("nobody.here", "5"), AppError::invalid("login", "unknown"));
    assert_eq!(credit("zhang.san", "0"), AppError::invalid("amount", "not_positive"));
    assert_eq!(house.app.credit_balance(&house.buyer, "zhang.san", "5", None).unwrap_err(), AppError::Forbidden);
    let nothing = ApproveInput { amount: None, answers: crate::house::supported(), words: String::new() };
    let missing = house.app.approve(&house.admin, &"260310AAAAAAAAAAC1".into(), &nothing, None);
    assert_eq!(missing.unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.load_product(&ProductId::from("nothing")).unwrap_err(), AppError::NotFound);
}
