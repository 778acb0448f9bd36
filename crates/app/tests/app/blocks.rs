//! R23: what a block stops, and what it never stops, action by action.

use crate::house::{House, application, case_id, id, origin, place, supported};
use yuanlu_app::inputs::{
    ApproveInput, BlockInput, JudgeFindingInput, MessageInput, OfferInput, Page, RejectInput, RemedyInput,
    StatementInput, UpholdInput,
};
use yuanlu_app::views::CaseView;
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::Refusal;
use yuanlu_domain::case::EvidenceKind;
use yuanlu_domain::ids::ProductId;

fn until(day: &str) -> BlockInput {
    BlockInput { until: day.to_owned(), words: "多次引导站外交易".to_owned() }
}

fn block(house: &mut House, subject: &str) -> String {
    let risk = house.staff("risk");
    house.app.block(&risk, subject, &until("2026-03-31")).unwrap().event
}

fn is_blocked<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> bool {
    matches!(outcome, Err(AppError::Blocked { until }) if until.to_string() == "2026-03-31 23:59:59")
}

fn words(text: &str) -> StatementInput {
    StatementInput { words: text.to_owned(), evidence: Vec::new() }
}

fn judged(house: &mut House, case: &CaseView, approve: bool) {
    let reviewer = house.staff("reviewer");
    if approve {
        let input = ApproveInput { amount: None, answers: supported(), words: String::new() };
        let decided = house.app.approve(&reviewer, &case_id(case), &input, None).unwrap();
        house.sent(&reviewer, &decided);
    } else {
        let input = RejectInput {
            code: "REJECT_NO_FAULT".to_owned(),
            answers: supported(),
            words: "已用".to_owned(),
            clause: None,
        };
        let decided = house.app.reject(&reviewer, &case_id(case), &input, None).unwrap();
        house.sent(&reviewer, &decided);
    }
}

#[test]
fn a_blocked_buyer_places_nothing_new() {
    let mut house = House::new("block-buyer");
    let card = house.card("A-0001\nA-0002\nA-0003");
    let before = house.buy(&card, 1);
    let event = block(&mut house, "zhang.san");
    let place_again = |house: &House| house.app.place_order(&house.buyer, &place(&card, 1, "balance"), None, &origin());
    assert!(is_blocked(place_again(&house)));
    assert_eq!(house.spendable(), "900.01", "nothing was written");
    let told = house.app.notices(&house.buyer, &Page::default()).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "blocked" && notice.due.is_some()));
    let seen = house.app.own_credit(&house.buyer).unwrap();
    let shown = seen.block.unwrap();
    assert_eq!((shown.words.as_str(), shown.until.to_string().as_str()), ("多次引导站外交易", "2026-03-31 23:59:59"));
    assert_eq!((seen.score, seen.events[0].ground, seen.events[0].points), (100, "blocked", 0));

    // He may write on what he bought before, and on whatever he applied for; not on what he got hold of since.
    let say = |house: &House, who: &Principal, order: &str| {
        let message = MessageInput { text: "请问进度".to_owned(), ..MessageInput::default() };
        house.app.say(who, &order.into(), &message, None)
    };
    say(&house, &house.buyer, &before.order).unwrap();
    house.pass(1);
    let (bought, _) = house.guest_buys(&card);
    house.app.claim_order(&house.buyer, &id(&bought), &"open sesame".into(), &origin()).unwrap();
    assert!(is_blocked(say(&house, &house.buyer, &bought.order)));
    say(&house, &house.seller, &bought.order).unwrap();
    house.apply(&house.buyer, &bought, "personal").unwrap();
    say(&house, &house.buyer, &bought.order).unwrap();

    // Taken back, or over, he buys again.
    let risk = house.staff("risk");
    house.app.withdraw_finding(&risk, &event, "已核实为误会").unwrap();
    place_again(&house).unwrap();
    block(&mut house, "zhang.san");
    house.clock.set(yuanlu_domain::time::Instant::from_shanghai(2026, 3, 31, 23, 59, 59));
    assert!(is_blocked(place_again(&house)));
    house.clock.set(yuanlu_domain::time::Instant::from_shanghai(2026, 4, 1, 0, 0, 0));
    assert!(!is_blocked(place_again(&house)));
}

/// Every right of a blocked buyer: on orders, cases and money that were there before, and on new applications for them.
#[test]
fn a_block_stops_no_right_of_a_buyer() {
    let mut house = House::new("block-rights");
    house.app.credit_balance(&house.admin, "zhang.san", "1000.00", None).unwrap();
    let card = house.card("B-0001\nB-0002\nB-0003\nB-0004\nB-0005\nB-0006\nB-0007");
    let orders: Vec<_> = (0..6).map(|_| house.buy(&card, 1)).collect();
    let (unpaid, contested, asked) = {
        let unpaid = house.app.place_order(&house.buyer, &place(&card, 1, "sim"), None, &origin()).unwrap();
        let mut open = Vec::new();
        for order in &orders[..2] {
            house.app.reveal(&house.buyer, &id(order), 1).unwrap();
            let case = house.apply(&house.buyer, order, "invalid_code").unwrap();
            open.push(house.app.contest(&house.seller, &case_id(&case), &words("好的"), None).unwrap());
        }
        let asked = open.pop().unwrap();
        (unpaid, open.pop().unwrap(), asked)
    };
    let reviewer = house.staff("reviewer");
    let ask = yuanlu_app::inputs::AskInput { wanted: vec!["test_report".to_owned()], words: String::new() };
    house.app.ask_material(&reviewer, &case_id(&asked), &ask).unwrap();
    let event = block(&mut house, "zhang.san");
    let (app, buyer) = (&house.app, &house.buyer);

    // What he has: he pays what he placed, reveals, confirms, forecasts, looks.
    let payment = app.open_payment(buyer, &id(&unpaid), None, None).unwrap();
    assert_eq!(payment.order, unpaid.order);
    house.pay(&unpaid, "T9").unwrap();
    app.reveal(buyer, &id(&orders[2]), 1).unwrap();
    app.confirm_receipt(buyer, &id(&orders[2]), &[1]).unwrap();
    app.forecast(buyer, &id(&orders[3]), &application("personal", &[1])).unwrap();
    app.load_order(buyer, &id(&orders[0])).unwrap();
    app.load_case(buyer, &case_id(&contested)).unwrap();
    app.list_cases(buyer, &Page::default()).unwrap();
    app.balance(buyer).unwrap();
    // An upload, an application, a withdrawal, another, material, a person who shall look.
    let upload = app.upload(buyer, &id(&orders[1]), EvidenceKind::TestReport.code(), b"log: code refused".to_vec());
    let report = upload.unwrap().id;
    let material = StatementInput { words: "报告".to_owned(), evidence: vec![report] };
    app.give_material(buyer, &case_id(&asked), &material, None).unwrap();
    app.reveal(buyer, &id(&orders[4]), 1).unwrap();
    let filed = house.apply(buyer, &orders[4], "not_as_described").unwrap();
    app.withdraw(buyer, &case_id(&filed), None).unwrap();
    let refused = house.apply(buyer, &orders[4], "personal").unwrap();
    assert_eq!(refused.summary.state, "rejected");
    app.ask_person(buyer, &case_id(&refused), None).unwrap();
    // Money owed is paid: by the rules at once, and by a person's decision.
    let before = app.balance(buyer).unwrap().spendable.minor;
    let paid = house.apply(buyer, &orders[3], "personal").unwrap();
    assert_eq!(paid.summary.state, "completed");
    judged(&mut house, &contested, true);
    let after = house.app.balance(&house.buyer).unwrap().spendable.minor;
    assert_eq!(after - before, 9999 + 9500);
    // He appeals the block itself, and a complaint about it is heard.
    house.app.appeal_finding(&house.buyer, &event, "没有引导过任何人").unwrap();
    let admin = house.admin.clone();
    let uphold = JudgeFindingInput { uphold: false, words: "证据不足".to_owned() };
    house.app.judge_finding(&admin, &event, &uphold).unwrap();
    house.buy(&card, 1);
    crate::house::books_balance(&house.app);
}

#[test]
fn a_blocked_seller_sells_nothing_new_and_answers_for_what_he_sold() {
    let mut house = House::new("block-seller");
    let card = house.card("C-0001\nC-0002\nC-0003\nC-0004");
    let topup = house.product("direct_top_up", "", |_| {});
    let waiting = house.buy(&topup, 1);
    let orders = [house.buy(&card, 1), house.buy(&card, 1)];
    let mut cases = Vec::new();
    for order in &orders {
        house.app.reveal(&house.buyer, &id(order), 1).unwrap();
        cases.push(house.apply(&house.buyer, order, "invalid_code").unwrap());
    }
    let subject = house.app.shop_credit(&house.seller).unwrap().subject;
    block(&mut house, &subject);
    let (app, seller) = (&house.app, &house.seller);

    let sold = app.place_order(&house.buyer, &place(&card, 1, "balance"), None, &origin());
    assert_eq!(sold, Err(AppError::Refused(Refusal::NotForSale)));
    let listed = app.list_products(&Default::default(), &Page::default()).unwrap();
    assert!(listed.items.is_empty() && !app.load_product(&card.id.as_str().into()).unwrap().on_sale);
    let input = |on_sale| yuanlu_app::inputs::ProductInput {
        title: "新卡".to_owned(),
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
        on_sale,
    };
    assert!(is_blocked(app.save_product(seller, None, &input(true))));
    assert!(is_blocked(app.save_product(seller, Some(&ProductId::from(card.id.as_str())), &input(true))));
    app.save_product(seller, Some(&ProductId::from(card.id.as_str())), &input(false)).unwrap();

    // Deliveries, answers, uploads, appeals and his own pages stay his.
    app.mark_credited(seller, &id(&waiting), 1, "SUP-1", None).unwrap();
    app.load_codes(seller, &ProductId::from(card.id.as_str()), "C-0009").unwrap();
    app.agree(seller, &case_id(&cases[0]), None).unwrap();
    app.upload(seller, &id(&orders[1]), EvidenceKind::ChatLog.code(), b"log".to_vec()).unwrap();
    app.contest(seller, &case_id(&cases[1]), &words("已核销"), None).unwrap();
    app.report_redemption(seller, &id(&orders[1]), 1, "2026-03-10 10:00").unwrap();
    app.list_seller_orders(seller, yuanlu_app::OrdersFilter::All, &Page::default()).unwrap();
    let told = app.notices(seller, &Page::default()).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "shop_blocked"));
    let credit = app.shop_credit(seller).unwrap();
    let event = credit.events.iter().find(|event| event.ground == "blocked").unwrap();
    app.appeal_finding(seller, &event.event, "已整改").unwrap();
    judged(&mut house, &cases[1], true);
    assert_eq!(house.app.load_case(&house.buyer, &case_id(&cases[1])).unwrap().summary.state, "completed");
    // Escrow of what he sold is settled to him as ever.
    house.pass(24 * 40);
    house.wake();
    house.wake();
    let seen = house.app.load_order(&house.buyer, &id(&waiting)).unwrap();
    assert_eq!(seen.units[0].state, "credited");
    crate::house::books_balance(&house.app);
}

#[test]
fn who_blocks_whom_until_when() {
    let mut house = House::new("block-who");
    let (risk, senior, support) = (house.staff("risk"), house.staff("senior_reviewer"), house.staff("support"));
    let people: [(&Principal, AppError); 4] = [
        (&house.buyer, AppError::Forbidden),
        (&house.seller, AppError::Forbidden),
        (&senior, AppError::Forbidden),
        (&support, AppError::Forbidden),
    ];
    for (who, error) in people {
        assert_eq!(house.app.block(who, "zhang.san", &until("2026-03-31")).unwrap_err(), error);
    }
    assert_eq!(house.app.block(&risk, "risk.one", &until("2026-03-31")).unwrap_err(), AppError::Forbidden, "oneself");
    for (day, code) in [
        ("", "required"),
        ("soon", "unreadable"),
        ("2026-02-30", "unreadable"),
        ("2026-03-09", "too_small"),
        ("2027-03-12", "too_large"),
    ] {
        assert_eq!(
            house.app.block(&risk, "zhang.san", &until(day)).unwrap_err(),
            AppError::invalid("until", code),
            "{day}"
        );
    }
    let silent = BlockInput { until: "2026-03-31".to_owned(), words: " ".to_owned() };
    assert_eq!(house.app.block(&risk, "zhang.san", &silent).unwrap_err(), AppError::invalid("words", "required"));
    let (order, _) = house.guest_buys(&house.card("D-0001"));
    let guest = format!("guest:{}", order.order);
    assert_eq!(
        house.app.block(&risk, &guest, &until("2026-03-31")).unwrap_err(),
        AppError::invalid("subject", "unknown")
    );
    // Until today is until its end.
    house.app.block(&risk, "zhang.san", &until("2026-03-10")).unwrap();
    house.pass(14);
    let card = house.card("D-0002");
    house.buy(&card, 1);
}

/// Appeal, complaint, offers and the thread are rights too, and what they bring is paid.
#[test]
fn a_block_stops_no_appeal_no_complaint_and_no_answer_to_an_offer() {
    let mut house = House::new("block-remedies");
    let card = house.card("C-0001\nC-0002\nC-0003");
    let mut open = Vec::new();
    for _ in 0..3 {
        let order = house.buy(&card, 1);
        house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
        open.push(house.apply(&house.buyer, &order, "invalid_code").unwrap());
    }
    for case in &open[..2] {
        house.app.contest(&house.seller, &case_id(case), &words("卡密有效"), None).unwrap();
        judged(&mut house, case, false);
    }
    block(&mut house, "zhang.san");
    let remedy = |ground: &str| RemedyInput {
        ground: ground.to_owned(),
        rule: (ground == "rule_error").then(|| "R8".to_owned()),
        words: "请重新审理".to_owned(),
        ..RemedyInput::default()
    };
    house.app.open_remedy(&house.buyer, &case_id(&open[0]), &remedy("rule_error"), None).unwrap();
    house.app.open_remedy(&house.buyer, &case_id(&open[1]), &remedy("unjust_refusal"), None).unwrap();
    let senior = house.staff("senior_reviewer");
    for case in &open[..2] {
        let uphold = UpholdInput { amount: "99.99".to_owned(), answers: supported(), words: String::new() };
        let decided = house.app.uphold(&senior, &case_id(case), &uphold, None).unwrap();
        assert_eq!(house.sent(&house.buyer.clone(), &decided).summary.state, "completed", "and paid");
    }
    // And he takes what he is offered.
    let offer = OfferInput { kind: "refund".to_owned(), amount: Some("60.00".to_owned()), ..OfferInput::default() };
    house.app.make_offer(&house.seller, &case_id(&open[2]), &offer, None).unwrap();
    let order = open[2].summary.order.as_str().into();
    let taken = house.app.answer_offer(&house.buyer, &order, 1, true, None).unwrap().unwrap();
    assert_eq!((taken.summary.state, taken.summary.approved.text.as_str()), ("completed", "60.00"));
    crate::house::books_balance(&house.app);
}
