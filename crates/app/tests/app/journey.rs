//! From a paid order to money back.

use crate::house::{House, application, arrive, books_balance, case_id, id, origin, place, register, supported};
use yuanlu_app::inputs::{ApproveInput, AskInput, InviteInput, Page, RejectInput, StatementInput};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};

#[test]
fn a_change_of_mind_is_decided_and_credited_in_the_same_request() {
    let house = House::new("personal");
    let card = house.card("ABCD-0001\nABCD-0002");
    let order = house.buy(&card, 1);
    assert_eq!((order.status, order.units[0].state), ("paid", "sealed"));
    assert_eq!(house.spendable(), "900.01");

    let forecast = house.app.forecast(&house.buyer, &id(&order), &application("personal", &[1])).unwrap();
    assert_eq!((forecast.would, forecast.net.unwrap().text.as_str()), ("approve", "95.00"));
    assert!(
        forecast.sentence_zh.contains("95.00") && forecast.sentence_zh.contains("4.99"),
        "{}",
        forecast.sentence_zh
    );

    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    assert_eq!((case.summary.state, case.point), ("completed", "arrived"));
    let decision = case.decision.unwrap();
    assert_eq!((decision.by, decision.policy.len()), ("automatic", 64));
    assert!(!decision.facts.is_empty() && !decision.rules.is_empty());
    let breakdown = case.breakdown.unwrap();
    assert_eq!((breakdown.gross.text.as_str(), breakdown.fee.text.as_str()), ("99.99", "4.99"));
    assert_eq!(breakdown.destinations[0].to, "balance");
    assert_eq!(house.spendable(), "995.01");
    let codes: Vec<&str> = case.timeline.iter().map(|step| step.code).collect();
    let expected = ["payment_succeeded", "code_issued", "case_opened", "case_approved", "unit_returned"];
    assert!(expected.iter().all(|code| codes.contains(code)), "{codes:?}");
    assert_eq!(case.text.as_deref(), Some("请退款"));

    let again = house.app.stock(&house.seller, &card.id.as_str().into()).unwrap();
    assert_eq!((again.free, again.owned, again.quarantined), (2, 0, 0), "an unseen code goes back to stock");
    books_balance(&house.app);
}

#[test]
fn silence_of_the_seller_approves_after_a_day() {
    let house = House::new("silence");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    assert_eq!((case.summary.state, case.turn.as_ref().unwrap().who), ("awaiting_seller", "seller"));
    assert_eq!(house.app.list_seller_cases(&house.seller, &Page::default()).unwrap().items.len(), 1);

    house.pass(24);
    house.wake();
    assert_eq!(house.app.load_case(&house.buyer, &case_id(&case)).unwrap().summary.state, "awaiting_seller");
    house.clock.set(house.clock.now().plus_micros(1));
    house.wake();
    let case = house.app.load_case(&house.buyer, &case_id(&case)).unwrap();
    assert_eq!((case.summary.state, case.decision.unwrap().by), ("completed", "seller_silence"), "T33");
    assert_eq!(house.spendable(), "1000.00");
    let stock = house.app.stock(&house.seller, &order.lines[0].product.as_str().into()).unwrap();
    assert_eq!((stock.free, stock.quarantined), (0, 1), "T26: a seen code is never sold again");
    books_balance(&house.app);
}

#[test]
fn a_contested_case_goes_through_review_with_material_to_a_part_refund() {
    let mut house = House::new("review");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "not_as_described").unwrap();
    let case = case_id(&case);
    let words = |words: &str| StatementInput { words: words.to_owned(), evidence: Vec::new() };
    let refused = house.app.contest(&house.seller, &case, &words(""), None);
    assert_eq!(refused, Err(AppError::Refused(Refusal::Missing { field: "words" })));
    let view = house.app.contest(&house.seller, &case, &words("卡密有效，附核销记录"), None).unwrap();
    assert_eq!((view.summary.state, view.desk), ("under_review", Some("review")));

    let queue = house.app.queue(&reviewer, "review", &Page::default()).unwrap();
    assert_eq!(queue.items.len(), 1);
    let view = house.app.claim(&reviewer, &case).unwrap();
    assert_eq!(view.summary.claimed_by.as_deref(), Some("reviewer.one"));
    assert_eq!(view.order.buyer_name.as_deref(), Some("z***n"));
    let ask = AskInput { wanted: vec!["product_screenshot".to_owned()], words: "请补充截图".to_owned() };
    house.app.ask_material(&reviewer, &case, &ask).unwrap();

    let seen = house.app.load_case(&house.buyer, &case).unwrap();
    assert_eq!(seen.turn.unwrap().wanted, ["product_screenshot"]);
    assert!(seen.actions.contains(&"give_material") && !seen.actions.contains(&"approve"));
    assert_eq!(seen.summary.claimed_by, None, "the buyer need not know who");
    let file =
        house.app.upload(&house.buyer, &id(&order), "product_screenshot", b"screenshot as text".to_vec()).unwrap();
    let given = StatementInput { words: "见附件".to_owned(), evidence: vec![file.id.clone()] };
    house.app.give_material(&house.buyer, &case, &given, None).unwrap();
    for reader in [&house.buyer, &house.seller, &reviewer] {
        let opened = house.app.open_evidence(reader, &file.id.as_str().into()).unwrap();
        assert_eq!(
            (opened.bytes.expose().as_slice(), opened.media_type.as_str()),
            (&b"screenshot as text"[..], "text/plain")
        );
    }

    let approve = |amount: &str| ApproveInput {
        amount: Some(amount.to_owned()),
        answers: supported(),
        words: "按缺少部分退".to_owned(),
    };
    let above = house.app.approve(&reviewer, &case, &approve("100.00"), None);
    assert!(matches!(above, Err(AppError::Refused(Refusal::AboveRefundable { .. }))), "T17: {above:?}");
    let decided = house.app.approve(&reviewer, &case, &approve("50.00"), None).unwrap();
    assert_eq!((decided.point, decided.actions.as_slice()), ("decision_pending", &["take_back"][..]));
    let done = house.sent(&reviewer, &decided);
    assert_eq!((done.summary.state, done.summary.credited.text.as_str()), ("completed", "50.00"));
    assert_eq!(done.breakdown.unwrap().refused.text, "49.99");
    let log = house.app.audit_log(&house.admin, &Page::default()).unwrap();
    let acts: Vec<&str> = log.items.iter().map(|row| row.act.as_str()).collect();
    assert!(["approve", "ask_material", "claim_case"].iter().all(|act| acts.contains(act)), "{acts:?}");
    books_balance(&house.app);
}

#[test]
fn a_rejection_says_why_and_a_person_can_be_asked_once() {
    let mut house = House::new("reject");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    assert_eq!((case.summary.state, case.summary.outcome_code), ("rejected", Some("REJECT_PERSONAL")));
    assert!(case.appeal_until.is_some() && case.actions == ["ask_person", "appeal", "complain"]);
    let case = case_id(&case);
    house.app.ask_person(&house.buyer, &case, None).unwrap();
    let reject = RejectInput {
        clause: None,
        code: "REJECT_PERSONAL".to_owned(),
        answers: supported(),
        words: "已查看卡密，按约定不退".to_owned(),
    };
    let view = house.app.reject(&reviewer, &case, &reject, None).unwrap();
    let view = house.sent(&reviewer, &view);
    let decision = view.decision.unwrap();
    assert_eq!((decision.by, decision.words.as_deref()), ("staff", Some("已查看卡密，按约定不退")));
    assert!(house.app.ask_person(&house.buyer, &case, None).is_err(), "T32: once");
    let again = house.apply(&house.buyer, &order, "personal");
    assert!(matches!(again, Err(AppError::Refused(Refusal::NothingNew { .. }))), "{again:?}");
}

#[test]
fn a_guest_pays_at_the_channel_and_is_paid_back_there() {
    let house = House::new("guest");
    let (order, grant) = house.guest_buys(&house.card("ABCD-0001"));
    let guest = grant.principal;
    assert_eq!((order.status, order.buyer_is_guest), ("paid", true));
    house.pay(&order, "T1").unwrap();
    let seen = house.app.load_order(&guest, &id(&order)).unwrap();
    assert_eq!((seen.payments.len(), seen.cases.len()), (1, 0), "said again it is nothing new");

    let to_balance = yuanlu_app::inputs::ApplyInput { to_balance: true, ..application("personal", &[1]) };
    let refused = house.app.apply(&guest, &id(&order), &to_balance, None, &origin());
    assert_eq!(refused, Err(AppError::Refused(Refusal::BalanceNeedsAccount)));
    let case = house.apply(&guest, &order, "personal").unwrap();
    assert_eq!((case.summary.state, case.point), ("refunding", "about_to_send"));
    let payout = &case.breakdown.as_ref().unwrap().destinations[0];
    assert_eq!((payout.to.as_str(), payout.amount.text.as_str()), ("sim", "95.00"));

    let sim = ChannelId::from("sim");
    let no = ChannelNumber::from(payout.no.as_str());
    let arrived = || Outcome::Arrived { channel_ref: "R1".to_owned() };
    let wrong = Money::new(1, Currency::Cny);
    house.app.refund_reported(&sim, &no, wrong, arrived()).unwrap();
    let still = house.app.load_case(&guest, &case_id(&case)).unwrap();
    assert_eq!(still.summary.state, "refunding", "another sum than ours is not believed");
    let open = house.app.db().read(|db| yuanlu_storage::unmatched::list_open(db, 10)).unwrap();
    assert_eq!((open.len(), open[0].about.as_str()), (1, "refund_amount"));
}

#[test]
fn paid_twice_goes_back_by_itself() {
    let house = House::new("twice");
    let (order, grant) = house.guest_buys(&house.card("ABCD-0001"));
    house.pay(&order, "T2").unwrap();
    let seen = house.app.load_order(&grant.principal, &id(&order)).unwrap();
    assert_eq!((seen.status, seen.payments.len(), seen.cases.len()), ("paid", 2, 1));
    assert_eq!((seen.cases[0].reason, seen.cases[0].approved.text.as_str()), ("duplicate_charge", "99.99"));
    books_balance(&house.app);
}

#[test]
fn a_guests_order_is_claimed_into_an_account_and_the_old_way_in_ends() {
    let house = House::new("claim");
    let (order, grant) = house.guest_buys(&house.card("ABCD-0001"));
    let token = grant.token.expose().clone();
    let wrong = house.app.claim_order(&house.buyer, &id(&order), &"guessing".into(), &origin());
    assert_eq!(wrong, Err(AppError::WrongCredentials));
    let claimed = house.app.claim_order(&house.buyer, &id(&order), &"open sesame".into(), &origin()).unwrap();
    assert!(!claimed.buyer_is_guest);
    assert_eq!(house.app.authenticate(&token).unwrap(), None);
    assert_eq!(house.app.load_order(&grant.principal, &id(&order)), Err(AppError::NotFound));
    let opened = house.app.guest_open(&id(&order), &"open sesame".into(), &origin());
    assert_eq!(opened.unwrap_err(), AppError::WrongCredentials);
    assert_eq!(house.app.list_orders(&house.buyer, &Page::default()).unwrap().items.len(), 1);
    assert_eq!(house.apply(&house.buyer, &order, "personal").unwrap().summary.state, "refunding");
}

#[test]
fn a_top_up_is_credited_with_proof_and_its_lateness_is_refunded_before() {
    let house = House::new("topup");
    let topup = house.product("direct_top_up", "", |_| {});
    assert_eq!((topup.in_stock, topup.terms.delivery_event), (None, "credited"));
    let order = house.buy(&topup, 2);
    assert_eq!(order.units[0].state, "awaiting");
    let early = house.apply(&house.buyer, &order, "not_delivered");
    assert!(matches!(early, Err(AppError::Refused(Refusal::NotYetDue { .. }))), "{early:?}");
    let forecast = house.app.forecast(&house.buyer, &id(&order), &application("not_delivered", &[1])).unwrap();
    assert!(forecast.not_before.is_some() && forecast.would == "refused");

    let waiting = house.app.list_seller_orders(&house.seller, yuanlu_app::OrdersFilter::ToDeliver, &Page::default());
    assert_eq!(waiting.unwrap().items[0].awaiting, 2);
    let credited = house.app.mark_credited(&house.seller, &id(&order), 1, "SUP-20260310-77", None).unwrap();
    assert_eq!(credited.units[0].state, "credited");
    house.pass(25);
    let late =
        house.app.apply(&house.buyer, &id(&order), &application("not_delivered", &[2]), None, &origin()).unwrap();
    assert_eq!((late.summary.state, late.summary.credited.text.as_str()), ("completed", "99.99"));
    let blocked = house.app.mark_credited(&house.seller, &id(&order), 2, "SUP-2", None);
    assert!(blocked.is_err(), "P14: what was refunded is not delivered");
    books_balance(&house.app);
}

#[test]
fn the_same_key_gives_the_first_answer_and_another_body_a_conflict() {
    let house = House::new("keys");
    let card = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    let input = place(&card, 1, "balance");
    let first = house.app.place_order(&house.buyer, &input, Some("k1"), &origin()).unwrap();
    let second = house.app.place_order(&house.buyer, &input, Some("k1"), &origin()).unwrap();
    assert_eq!(first.order, second.order);
    let other = house.app.place_order(&house.buyer, &place(&card, 2, "balance"), Some("k1"), &origin());
    assert_eq!(other, Err(AppError::KeyReused));
    assert_eq!(house.spendable(), "900.01");

    let claim = application("personal", &[1]);
    let apply = |key| house.app.apply(&house.buyer, &id(&first), &claim, Some(key), &origin());
    let once = apply("a1").unwrap();
    assert_eq!(apply("a1").unwrap().summary.case, once.summary.case, "T02: a double click is one refund");
    assert!(matches!(apply("a2"), Err(AppError::Refused(Refusal::NothingLeft))));
    let stranger = register(&house.app, "li.si");
    let theirs = house.app.place_order(&stranger, &input, Some("k1"), &origin());
    assert!(matches!(theirs, Err(AppError::Refused(Refusal::NotEnoughBalance { .. }))), "keys are one's own");
    books_balance(&house.app);
}

#[test]
fn large_sums_go_to_risk_and_need_four_eyes() {
    let mut house = House::new("large");
    house.app.credit_balance(&house.admin, "zhang.san", "9000.00", None).unwrap();
    let big = house.product("game_card", "BIG-CODE-1", |input| {
        (input.price, input.face) = ("6000.00".to_owned(), Some("6000".to_owned()));
    });
    let order = house.buy(&big, 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    assert_eq!((case.summary.state, case.desk), ("under_review", Some("risk")));
    let reviewer = house.staff("reviewer");
    let all = ApproveInput { amount: None, answers: supported(), words: String::new() };
    let not_his = house.app.approve(&reviewer, &case_id(&case), &all, None);
    assert_eq!(not_his, Err(AppError::Forbidden));
    let risk = house.staff("risk");
    let approved = house.app.approve(&risk, &case_id(&case), &all, None).unwrap();
    let approved = house.sent(&risk, &approved);
    let payout = approved.breakdown.as_ref().unwrap().destinations[0].clone();
    assert_eq!((payout.state, approved.point), ("held", "second_approval"));
    let finance = house.staff("finance");
    let waiting = house.app.payouts(&finance, &Page::default()).unwrap();
    assert_eq!((waiting.items.len(), waiting.items[0].actions.as_slice()), (1, &["approve_payout"][..]));
    assert_eq!(house.app.approve_payout(&risk, &id(&order), payout.payout), Err(AppError::Forbidden));
    let released = house.app.approve_payout(&finance, &id(&order), payout.payout).unwrap();
    assert_eq!(released.state, "arrived");
    let done = house.app.load_case(&house.buyer, &case_id(&case)).unwrap();
    assert_eq!(done.summary.state, "completed");
    assert_eq!(house.spendable(), "10000.00");
    books_balance(&house.app);
}

#[test]
fn nobody_buys_for_a_price_that_was_never_asked() {
    let house = House::new("price");
    let card = house.card("ABCD-0001");
    let mut cheap = place(&card, 1, "balance");
    cheap.lines[0].seen_price = "0.01".to_owned();
    let refused = house.app.place_order(&house.buyer, &cheap, None, &origin());
    let now = Money::new(9999, Currency::Cny);
    assert_eq!(refused, Err(AppError::Refused(Refusal::PriceChanged { now })), "T28");
    let anonymous = house.app.place_order(&Principal::Anonymous, &place(&card, 1, "sim"), None, &origin());
    assert_eq!(anonymous, Err(AppError::invalid("contact", "required")));
}

#[test]
fn goods_of_the_platform_itself_skip_the_seller_and_nobody_judges_what_he_released_or_bought() {
    let mut house = House::new("own");
    let shop = house.app.admit_seller(&house.admin, "自营", true).unwrap();
    let invite = InviteInput {
        login: "own".to_owned(),
        roles: vec!["seller".to_owned()],
        seller: Some(shop.id),
        organisation: None,
    };
    house.seller = arrive(&house.app, &house.app.invite(&house.admin, &invite).unwrap().link).principal;
    let card = house.card("ABCD-0001");
    assert!(card.terms.self_operated);
    house.app.credit_balance(&house.admin, "admin", "200.00", None).unwrap();
    let buyer = std::mem::replace(&mut house.buyer, house.admin.clone());
    let order = house.buy(&card, 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    assert_eq!((case.summary.state, case.desk), ("under_review", Some("review")));
    let all = ApproveInput { amount: None, answers: supported(), words: String::new() };
    let own = house.app.approve(&house.admin, &case_id(&case), &all, None);
    assert_eq!(own, Err(AppError::Forbidden), "T29: a judge is no party");
    assert_eq!(house.app.load_case(&buyer, &case_id(&case)).unwrap_err(), AppError::NotFound);
    let reviewer = house.staff("reviewer");
    let passed = house.app.pass_to_seller(&reviewer, &case_id(&case));
    assert_eq!(passed, Err(AppError::Refused(Refusal::OnlyOnce)));
    let approved = house.app.approve(&reviewer, &case_id(&case), &all, None).unwrap();
    assert_eq!(house.sent(&reviewer, &approved).summary.state, "completed");
    books_balance(&house.app);
}
