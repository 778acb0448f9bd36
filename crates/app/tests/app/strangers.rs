//! Other people's things do not exist (T27, T28, T29).

use crate::house::{House, application, case_id, id, origin, register, supported};
use yuanlu_app::inputs::{ApproveInput, InviteInput, ProductInput, StatementInput};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::ids::{ChannelId, ProductId};

#[test]
fn an_order_and_its_case_are_nobody_elses() {
    let house = House::new("strangers");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = case_id(&house.apply(&house.buyer, &order, "invalid_code").unwrap());
    let file = house.app.upload(&house.buyer, &id(&order), "other", b"words".to_vec()).unwrap();
    let (other_order, other_guest) = house.guest_buys(&house.card("ABCD-0002"));
    let stranger = register(&house.app, "li.si");
    let words = StatementInput { words: "mine".to_owned(), evidence: Vec::new() };
    for who in [&stranger, &other_guest.principal, &Principal::Anonymous] {
        let app = &house.app;
        let order = &id(&order);
        assert_eq!(app.load_order(who, order).unwrap_err(), AppError::NotFound);
        assert_eq!(app.reveal(who, order, 1).unwrap_err(), AppError::NotFound);
        assert_eq!(app.confirm_receipt(who, order, &[1]).unwrap_err(), AppError::NotFound);
        assert_eq!(app.open_payment(who, order, Some(&ChannelId::from("sim")), None).unwrap_err(), AppError::NotFound);
        assert_eq!(app.forecast(who, order, &application("personal", &[1])).unwrap_err(), AppError::NotFound);
        let claim = app.apply(who, order, &application("personal", &[1]), None, &origin());
        assert_eq!(claim.unwrap_err(), AppError::NotFound);
        assert_eq!(app.upload(who, order, "other", b"x".to_vec()).unwrap_err(), AppError::NotFound);
        assert_eq!(app.open_evidence(who, &file.id.as_str().into()).unwrap_err(), AppError::NotFound);
        assert_eq!(app.load_case(who, &case).unwrap_err(), AppError::NotFound);
        assert_eq!(app.withdraw(who, &case, None).unwrap_err(), AppError::NotFound);
        assert_eq!(app.give_material(who, &case, &words, None).unwrap_err(), AppError::NotFound);
        assert_eq!(app.agree(who, &case, None).unwrap_err(), AppError::NotFound);
        assert_eq!(app.contest(who, &case, &words, None).unwrap_err(), AppError::NotFound);
        let all = ApproveInput { amount: None, answers: supported(), words: String::new() };
        assert_eq!(app.approve(who, &case, &all, None).unwrap_err(), AppError::NotFound);
        assert_eq!(app.mark_credited(who, order, 1, "S1", None).unwrap_err(), AppError::NotFound);
    }
    let named = StatementInput { words: "x".to_owned(), evidence: vec![file.id.clone()] };
    let theirs = application("personal", &[1]);
    let stolen = yuanlu_app::inputs::ApplyInput { evidence: named.evidence, ..theirs };
    let claim = house.app.apply(&other_guest.principal, &id(&other_order), &stolen, None, &origin());
    assert_eq!(claim.unwrap_err(), AppError::invalid("evidence", "unknown"));
    for unknown in ["260310ZZZZZZZZZZC1", "nonsense", "C1", "260310ZZZZZZZZZZC0"] {
        assert_eq!(house.app.load_case(&house.buyer, &unknown.into()).unwrap_err(), AppError::NotFound);
    }
}

#[test]
fn the_parties_keep_to_their_own_side() {
    let house = House::new("sides");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = case_id(&house.apply(&house.buyer, &order, "invalid_code").unwrap());
    assert_eq!(house.app.agree(&house.buyer, &case, None).unwrap_err(), AppError::Forbidden, "T29");
    assert_eq!(house.app.withdraw(&house.seller, &case, None).unwrap_err(), AppError::Forbidden);
    assert_eq!(house.app.reveal(&house.seller, &id(&order), 1).unwrap_err(), AppError::Forbidden);
    let seen = house.app.load_case(&house.seller, &case).unwrap();
    assert_eq!(seen.actions, ["agree", "contest", "make_offer"]);
    assert_eq!(seen.order.buyer_name.as_deref(), Some("z***n"));
}

#[test]
fn sellers_do_not_touch_each_others_shops() {
    let house = House::new("shops");
    let card = house.card("ABCD-0001");
    let product = ProductId::from(card.id.as_str());
    let order = house.buy(&card, 1);
    let rival_shop = house.app.admit_seller(&house.admin, "对面小店", false).unwrap();
    assert_eq!(
        house.app.admit_seller(&house.admin, "对面小店", false).unwrap_err(),
        AppError::invalid("name", "taken")
    );
    let invite = InviteInput {
        login: "rival".to_owned(),
        roles: vec!["seller".to_owned()],
        seller: Some(rival_shop.id),
        organisation: None,
    };
    let rival = crate::house::arrive(&house.app, &house.app.invite(&house.admin, &invite).unwrap().link).principal;
    assert_eq!(house.app.load_own_product(&rival, &product).unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.stock(&rival, &product).unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.load_codes(&rival, &product, "ABCD-9999").unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.load_order(&rival, &id(&order)).unwrap_err(), AppError::NotFound);
    let change = ProductInput {
        title: "改价".to_owned(),
        description: String::new(),
        how_to_use: String::new(),
        kind: "game_card".to_owned(),
        delivery_event: None,
        face: None,
        price: "0.01".to_owned(),
        promise_hours: 1,
        window_days: 7,
        warranty_days: 0,
        fee_disclosed: false,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    };
    assert_eq!(house.app.save_product(&rival, Some(&product), &change).unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.save_product(&house.buyer, None, &change).unwrap_err(), AppError::Forbidden);
}
