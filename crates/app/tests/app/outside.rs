//! Outside complaints from end to end (S13): by form, by list, by a channel; and what a chargeback does to a refund (T22).

use super::house::{House, books_balance, config, id, origin, place};
use std::sync::Arc;
use yuanlu_app::inputs::{OutsideCloseInput, OutsideInput, OutsidePaymentInput, OutsideSayInput, Page};
use yuanlu_app::jobs::{made_call, recorded_call};
use yuanlu_app::views::{OrderView, OutsideView};
use yuanlu_app::{AppError, PackageFacts, Principal, Rendered};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId};
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, HeardMoney, OutsideResult, Stage};
use yuanlu_domain::payout::Step;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_money::{Currency, Money};
use yuanlu_storage::order_file;

/// No package goes along.
fn unprinted(_: &PackageFacts) -> yuanlu_app::Result<Rendered> {
    panic!("nothing is printed")
}

fn stripe() -> ChannelId {
    ChannelId::from("stripe")
}

fn house(name: &str) -> House {
    let mut config = config(name);
    config.channels = vec![ChannelId::from("sim"), stripe(), ChannelId::from("wechat")];
    House::with(config)
}

fn desk(one: &OutsideView) -> DeskId {
    DeskId::from(one.summary.complaint.as_str())
}

fn letter(number: &str, order: &str) -> OutsideInput {
    OutsideInput {
        agency: "blackcat".into(),
        number: number.into(),
        received_at: "2026-03-10 09:00".into(),
        complainant: "王女士".into(),
        words: "卡密无效，商家不处理。".into(),
        order: order.into(),
        claimed: "99.99".into(),
        ..OutsideInput::default()
    }
}

impl House {
    fn paid_at(&self, channel: &str) -> OrderView {
        let card = self.card(&format!("{channel}-A{}", self.app.figures().unwrap().orders));
        let order = self.app.place_order(&self.buyer, &place(&card, 1, channel), None, &origin()).unwrap();
        let payment = order.payments.last().unwrap();
        let (no, amount) = (ChannelNumber::from(payment.no.as_str()), Money::new(payment.amount.minor, Currency::Cny));
        self.app.payment_succeeded(&ChannelId::from(channel), &no, "pi_1", amount).unwrap();
        self.app.load_order(&self.buyer, &id(&order)).unwrap()
    }

    fn hears(&self, channel: &str, heard: &HeardComplaint) {
        self.app.outside_heard(&ChannelId::from(channel), heard).unwrap();
    }

    fn register(&self, who: &Principal, over: bool) -> Vec<yuanlu_app::views::OutsideSummary> {
        self.app.outside_complaints(who, over, &Page::default()).unwrap().items
    }
}

fn heard(house: &House, order: &OrderView, number: &str) -> HeardComplaint {
    HeardComplaint {
        number: number.into(),
        received_at: house.app.now(),
        reply_by: None,
        complainant: None,
        words: "not received".into(),
        payments: vec![ChannelNumber::from(order.payments[0].no.as_str())],
        claimed: Some(Money::new(9_999, Currency::Cny)),
        status: "needs_response".into(),
        stage: Stage::WantsReply,
        money: None,
    }
}

#[test]
fn a_letter_is_registered_matched_answered_and_closed() {
    let mut house = house("outside-letter");
    let (support, reviewer) = (house.staff("support"), house.staff("reviewer"));
    let order = house.paid_at("sim");
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    assert_eq!(house.app.register_outside(&reviewer, &letter("B1", ""), None), Err(AppError::Forbidden));
    assert_eq!(
        house.app.register_outside(&house.buyer, &letter("B1", ""), None),
        Err(AppError::NotFound).or(Err(AppError::Forbidden))
    );
    let made = house.app.register_outside(&support, &letter("B1", &case.summary.case), Some("k")).unwrap();
    let again = house.app.register_outside(&support, &letter("B1", &case.summary.case), Some("k"));
    assert!(again.is_err() || again.unwrap().summary.complaint == made.summary.complaint, "sent twice it is one");
    assert_eq!(made.summary.case.as_deref(), Some(case.summary.case.as_str()));
    assert!(made.summary.exposed && made.matched.is_some());
    assert_eq!(made.complainant.as_deref(), Some("王女士"));
    let draft = made.drafts.iter().find(|draft| draft.template == "under_review").unwrap();
    assert!(draft.zh.contains(&order.order) && !draft.zh.contains('{'), "{}", draft.zh);

    // What the buyer's own case says, and that it goes on.
    let own = house.app.load_case(&house.buyer, &super::house::case_id(&case)).unwrap();
    assert_eq!((own.outside[0].agency, own.outside[0].complaint.as_ref()), ("blackcat", None));
    assert_eq!(own.summary.state, case.summary.state, "nothing inside is stopped");

    let say =
        |words: &str| OutsideSayInput { saying: "reply".into(), words: words.into(), ..OutsideSayInput::default() };
    assert_eq!(
        house.app.say_outside(&support, &desk(&made), &say(""), unprinted),
        Err(AppError::Invalid { field: "words", code: "required" })
    );
    let answered = house.app.say_outside(&support, &desk(&made), &say("正在核实"), unprinted).unwrap();
    assert_eq!((answered.summary.state, answered.summary.exposed), ("answered", false));
    let close = OutsideCloseInput { result: "settled".into(), words: "已协商".into() };
    let closed = house.app.close_outside(&support, &desk(&made), &close).unwrap();
    assert_eq!((closed.summary.state, closed.summary.result), ("closed", Some("settled")));
    assert!(house.register(&support, false).is_empty());
    assert_eq!(house.register(&support, true).len(), 1);
    assert_eq!(closed.timeline.len(), 4, "{:?}", closed.timeline);
    books_balance(&house.app);
}

#[test]
fn an_overdue_one_goes_to_administrators_and_is_counted_in_public() {
    let mut house = house("outside-overdue");
    let support = house.staff("support");
    let order = house.paid_at("sim");
    house.app.register_outside(&support, &letter("B2", &order.order), None).unwrap();
    assert_eq!(house.app.figures().unwrap().outside_overdue, 0);
    house.pass(30);
    house.wake();
    let row = house.register(&support, false).remove(0);
    assert_eq!((row.turn_who, row.overdue), (Some("admin"), true));
    let figures = house.app.figures().unwrap();
    assert_eq!((figures.outside_complaints, figures.outside_overdue), (1, 1));
    let told = house.app.notices(&house.admin, &Page::default()).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "outside_overdue" && notice.outside.is_some()));
}

#[test]
fn a_list_is_taken_whole_or_not_at_all() {
    let mut house = house("outside-list");
    let support = house.staff("support");
    let order = house.paid_at("sim");
    let bad = format!(
        "agency,number,received_at,order,claimed\nblackcat,L1,2026-03-10 09:00,{},9.90\ncourt,,2026-03-10 09:00,,\n\
         12315,L3,2026-13-10,,\n12315,L4,2026-03-10 09:00,NOSUCH,\nblackcat,L1,2026-03-10 09:00,,\n",
        order.order
    );
    let report = house.app.import_outside(&support, &bad).unwrap();
    let faults: Vec<_> = report.errors.iter().map(|fault| (fault.line, fault.field.as_str(), fault.code)).collect();
    assert_eq!(
        faults,
        [(3, "number", "required"), (4, "received_at", "unreadable"), (5, "order", "unknown"), (6, "number", "taken")]
    );
    assert!(house.register(&support, false).is_empty(), "nothing by halves");
    let good = "\u{feff}agency,number,received_at,words\r\n12315,L3,2026-03-09 09:00,\"no code,\nno answer\"\r\n\
                regulator,L4,2026-03-10 09:00,\r\n";
    assert_eq!(house.app.import_outside(&support, good).unwrap().registered, 2);
    let again = house.app.import_outside(&support, good).unwrap();
    assert_eq!((again.registered, again.known), (0, 2));
    assert_eq!(house.register(&support, false).len(), 2);
}

#[test]
fn found_by_a_telephone_that_one_order_was_placed_with() {
    let mut house = house("outside-phone");
    let support = house.staff("support");
    let card = house.card("P1\nP2");
    let mut input = place(&card, 1, "sim");
    input.guest = Some(yuanlu_app::inputs::GuestInput {
        contact: "+86 138-0013-8000".into(),
        query_password: "open sesame".into(),
    });
    let (order, _) = house.app.place_order_as_guest(&input, None, &origin()).unwrap();
    let told = OutsideInput { phone: "13800138000".into(), claimed: String::new(), ..letter("P1", "") };
    let made = house.app.register_outside(&support, &told, None).unwrap();
    assert_eq!((made.summary.order.as_deref(), made.found_by), (Some(order.order.as_str()), Some("phone")));
    let stranger = OutsideInput { phone: "13900139000".into(), ..letter("P2", "") };
    let made = house.app.register_outside(&support, &stranger, None).unwrap();
    assert_eq!(made.summary.order, None, "not found, and still somebody's turn");
    let related = house.app.relate_outside(&support, &desk(&made), &order.order).unwrap();
    assert_eq!(related.found_by, Some("staff"));
    assert_eq!(
        house.app.relate_outside(&support, &desk(&made), "X1"),
        Err(AppError::Invalid { field: "order", code: "unknown" })
    );
}

#[test]
fn t22_a_dispute_calls_off_the_refund_that_was_not_sent_and_a_win_makes_it_owed_again() {
    let mut house = house("outside-dispute");
    let (support, finance) = (house.staff("support"), house.staff("finance"));
    let order = house.paid_at("stripe");
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    house.app.agree(&house.seller, &super::house::case_id(&case), None).unwrap();
    let mut told = heard(&house, &order, "dp_1");
    told.money = Some(HeardMoney::Taken(Money::new(9_999, Currency::Cny)));
    house.hears("stripe", &told);
    house.hears("stripe", &told);
    let row = house.register(&support, false).remove(0);
    assert_eq!((row.agency, row.order.as_deref()), ("stripe", Some(order.order.as_str())));
    let file = house.app.db().read(|db| order_file::find(db, &id(&order))).unwrap().unwrap().aggregate;
    assert_eq!((file.outside_payments.len(), file.outside_payments[0].covers.twice_minor), (1, 0));
    assert!(yuanlu_domain::projection::calls(&file).is_empty(), "nothing is sent to the channel any more");
    let own = house.app.load_case(&house.buyer, &super::house::case_id(&case)).unwrap();
    assert_eq!(own.summary.state, "completed");
    books_balance(&house.app);

    told.status = "won".into();
    told.stage = Stage::Over(OutsideResult::NotUpheld);
    told.money = Some(HeardMoney::Returned);
    house.hears("stripe", &told);
    house.hears("stripe", &told);
    assert!(house.register(&support, false).is_empty());
    let own = house.app.load_case(&house.buyer, &super::house::case_id(&case)).unwrap();
    assert_eq!(own.summary.state, "refunding", "what was decided is owed again, and a person releases it");
    let notices = house.app.notices(&finance, &Page::default()).unwrap().items;
    assert!(notices.iter().any(|notice| notice.code == "outside_returned"));
    books_balance(&house.app);
}

#[test]
fn t22_refund_and_chargeback_at_the_same_moment_pay_one_loss_once_or_alert() {
    for round in 0..12 {
        let house = Arc::new({
            let mut config = config("outside-race");
            config.channels = vec![ChannelId::from("sim"), stripe()];
            config.direct = false;
            House::with(config)
        });
        let order = house.paid_at("stripe");
        let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
        house.app.agree(&house.seller, &super::house::case_id(&case), None).unwrap();
        let mut told = heard(&house, &order, "dp_2");
        told.money = Some(HeardMoney::Taken(Money::new(9_999, Currency::Cny)));
        let (order_id, sending) = (id(&order), house.clone());
        let send = std::thread::spawn(move || {
            let act = yuanlu_domain::command::OrderAct::MakeAttempt { payout: 1, step: Step::Send, digest: "d".into() };
            let act = yuanlu_domain::command::Act::Order { order: order_id, act };
            let command = yuanlu_domain::Command { by: Actor::Program, act };
            sending.app.run_commands(vec![command]).remove(0).is_ok()
        });
        let hearing: Vec<_> = (0..3)
            .map(|_| {
                let (house, told) = (house.clone(), told.clone());
                std::thread::spawn(move || house.app.outside_heard(&stripe(), &told))
            })
            .collect();
        let sent = send.join().unwrap();
        hearing.into_iter().for_each(|one| one.join().unwrap().unwrap());
        let file = house.app.db().read(|db| order_file::find(db, &id(&order))).unwrap().unwrap().aggregate;
        assert_eq!(file.outside_payments.len(), 1, "three webhooks, one chargeback (round {round})");
        let twice = file.outside_payments[0].covers.twice_minor;
        assert_eq!(twice, if sent { 9_999 } else { 0 }, "sent: the platform knows it paid twice; else it paid once");
        assert_eq!(house.app.figures().unwrap().paid_twice, u64::from(sent));
        assert_eq!(house.app.figures().unwrap().outside_complaints, 1);
        books_balance(&house.app);
    }
}

#[test]
fn an_answer_to_a_channel_waits_for_its_call() {
    let mut house = house("outside-say");
    let support = house.staff("support");
    let order = house.paid_at("wechat");
    let mut told = heard(&house, &order, "200000020");
    told.status = "PENDING".into();
    house.hears("wechat", &told);
    let one = house.register(&support, false).remove(0);
    let desk = DeskId::from(one.complaint.as_str());
    let say =
        OutsideSayInput { saying: "reply".into(), words: "请提供失败截图".into(), ..OutsideSayInput::default() };
    let view = house.app.say_outside(&support, &desk, &say, unprinted).unwrap();
    assert_eq!((view.summary.state, view.calls[0].state), ("received", "due"));
    assert_eq!(
        house.app.say_outside(&support, &desk, &say, unprinted),
        Err(AppError::Refused(Refusal::OnlyOnce)),
        "one thing after the other"
    );
    let due = house.app.due_saying(&desk, 1).unwrap().unwrap();
    assert_eq!(
        (due.number.as_str(), due.words.as_str(), due.attempt, due.ask),
        ("200000020", "请提供失败截图", 1, false)
    );
    assert!(house.app.run_commands(vec![made_call(&desk, 1, "d".into())])[0].is_ok());
    assert!(house.app.due_saying(&desk, 1).unwrap().is_none());
    let done = recorded_call(&ChannelId::from("wechat"), &desk, 1, 1, CallOutcome::Done);
    assert!(house.app.run_commands(vec![done])[0].is_ok());
    let view = house.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((view.summary.state, view.calls[0].state), ("answered", "done"));
}

#[test]
fn finance_records_what_the_seller_paid_himself() {
    let mut house = house("outside-paid");
    let (support, finance) = (house.staff("support"), house.staff("finance"));
    let order = house.paid_at("sim");
    let made = house.app.register_outside(&support, &letter("B9", &order.order), None).unwrap();
    let paid = OutsidePaymentInput { by: "seller".into(), amount: "99.99".into(), returned: false };
    assert_eq!(house.app.pay_outside(&support, &desk(&made), &paid), Err(AppError::Forbidden));
    let view = house.app.pay_outside(&finance, &desk(&made), &paid).unwrap();
    assert_eq!(view.matched.unwrap().paid_outside[0].by, "seller");
    let refused = house.apply(&house.buyer, &order, "invalid_code");
    assert!(refused.is_err(), "the same loss is not refunded again: {refused:?}");
    let back = OutsidePaymentInput { returned: true, ..OutsidePaymentInput::default() };
    house.app.pay_outside(&finance, &desk(&made), &back).unwrap();
    house.apply(&house.buyer, &order, "invalid_code").unwrap();
    books_balance(&house.app);
}
