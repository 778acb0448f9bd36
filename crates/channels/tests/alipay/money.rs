//! Every way Alipay can behave, and what we make of it.

use super::world::{PAYMENT, REFUND, World, at, class};
use yuanlu_channels::callback::{Cashier, Entrance, Scene, Verified};
use yuanlu_channels::{CashierWord, Channel, Impossible, Op, Payee, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::{Behaviour, Choice};

const HOUR: i64 = 3600;

/// Sends a refund that behaves so, asks one minute later and again at the given hours; the classes of the answers.
fn answers(behaviour: Behaviour, hours: &[i64]) -> Vec<&'static str> {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, behaviour);
    let mut seen = vec![class(&world.ask(&world.refund(5000), 10))];
    for seconds in [70].into_iter().chain(hours.iter().map(|h| h * HOUR + 600)) {
        seen.push(class(&world.ask(&world.query(5000), seconds)));
    }
    assert!(world.simulator().bank().books().departures(REFUND) <= 1);
    assert_eq!(world.simulator().bank().books().violations, Vec::<String>::new());
    seen
}

#[test]
fn every_behaviour_has_its_classes() {
    use Behaviour::*;
    // What has not succeeded is not told when asked: "not found" means that the same number may be sent again.
    let expected: [(Behaviour, &[i64], &[&str]); 22] = [
        (AtOnce, &[], &["arrived", "arrived"]),
        (Later, &[1, 2], &["accepted", "not_found", "not_found", "arrived"]),
        (Refused, &[], &["other_route", "not_found"]),
        (DropMoved, &[], &["unknown", "arrived"]),
        (DropLost, &[], &["unknown", "not_found"]),
        (ErrorMoved, &[], &["unknown", "arrived"]),
        (ErrorLost, &[], &["unknown", "not_found"]),
        (NeedFunds, &[], &["need_funds", "not_found"]),
        // T38: at a bank still, and then there.
        (Abnormal, &[1, 72], &["accepted", "not_found", "accepted", "arrived"]),
        // The bank sends it back, and it lies in the payer's Alipay balance.
        (Bounces, &[24], &["arrived", "arrived", "arrived"]),
        (Duplicates, &[1], &["accepted", "not_found", "arrived"]),
        (OutOfOrder, &[1], &["accepted", "not_found", "arrived"]),
        (Forged, &[1, 2], &["accepted", "not_found", "not_found", "arrived"]),
        (RefusedLater, &[1], &["accepted", "not_found", "not_found"]),
        (Busy, &[], &["retry", "not_found"]),
        (Unsigned, &[1], &["unknown", "not_found", "arrived"]),
        (NewStatus, &[1], &["accepted", "unknown", "arrived"]),
        (LateCallback, &[1], &["accepted", "not_found", "arrived"]),
        (Stalled, &[24, 24 * 30], &["accepted", "not_found", "not_found", "arrived"]),
        (NoCallback, &[1], &["accepted", "not_found", "arrived"]),
        (SlowMoved, &[], &["unknown", "arrived"]),
        (SlowLost, &[], &["unknown", "not_found"]),
    ];
    for (behaviour, hours, classes) in expected {
        assert_eq!(answers(behaviour, hours), classes, "{behaviour:?}");
    }
}

/// T03, T08: a lost answer, whether or not the money moved.
#[test]
fn t03_t08_a_lost_answer_is_asked_about_and_sent_again_under_the_same_number() {
    for behaviour in [
        Behaviour::DropMoved,
        Behaviour::DropLost,
        Behaviour::ErrorMoved,
        Behaviour::ErrorLost,
        Behaviour::SlowMoved,
        Behaviour::SlowLost,
        Behaviour::Unsigned,
    ] {
        let world = World::paid(5000);
        world.simulator().bank_mut().script(REFUND, behaviour);
        assert_eq!(class(&world.ask(&world.refund(5000), 10)), "unknown", "{behaviour:?}");
        for second in (HOUR * 3..HOUR * 3 + 40).step_by(10) {
            let outcome = world.ask(&world.refund(5000), second);
            assert!(matches!(class(&outcome), "arrived" | "accepted"), "{behaviour:?}: {outcome:?}");
        }
        assert_eq!(class(&world.ask(&world.query(5000), 4 * HOUR)), "arrived");
        let simulator = world.simulator();
        assert_eq!(simulator.bank().books().departures(REFUND), 1, "{behaviour:?}");
        assert_eq!(simulator.bank().books().returned(PAYMENT), 5000);
    }
}

/// A refusal that came later is only seen by sending again, and then it is a word about this very number.
#[test]
fn a_late_refusal_is_found_by_sending_again() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::RefusedLater);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    assert_eq!(class(&world.ask(&world.query(5000), 2 * HOUR)), "not_found");
    let again = world.ask(&world.refund(5000), 2 * HOUR + 10);
    assert_eq!(again, Outcome::OtherRoute { code: "ACQ.BUYER_NOT_EXIST".into() });
    assert_eq!(world.simulator().bank().books().gone(REFUND), 0);
}

/// T36: a short balance is not a failure.
#[test]
fn t36_short_funds_go_to_a_person_and_work_after_topping_up() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::NeedFunds);
    let short = Outcome::NeedFunds { code: "ACQ.SELLER_BALANCE_NOT_ENOUGH".into() };
    assert_eq!(world.ask(&world.refund(5000), 10), short);
    assert_eq!(world.ask(&world.refund(5000), 20), short);
    world.simulator().bank_mut().top_up(at(30).micros());
    assert_eq!(class(&world.ask(&world.refund(5000), 40)), "arrived");
    assert_eq!(world.simulator().bank().books().departures(REFUND), 1);
}

#[test]
fn partial_refunds_add_up_and_never_exceed_what_was_paid() {
    let world = World::paid(5000);
    let parts = [(1, 1999), (2, 1), (3, 3000)];
    for (n, minor) in parts {
        let op = world.refund_of(&format!("YL7Q261122ABCDEFGHJKR00{n}"), minor);
        assert_eq!(class(&world.ask(&op, 10 * n)), "arrived", "{n}");
    }
    let more = world.refund_of("YL7Q261122ABCDEFGHJKR009", 1);
    assert_eq!(world.ask(&more, 60), Outcome::FixRequest { code: "ACQ.REASON_TRADE_REFUND_FEE_ERR".into() });
    assert_eq!(world.simulator().bank().books().returned(PAYMENT), 5000);
    // Given back in full the trade is closed, and was paid all the same.
    let query = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
    let paid = PaymentWord::Succeeded { transactions: vec![(world.trade_no(), Money::cny(5000))] };
    assert_eq!(world.word(&query, 70), paid);
}

#[test]
fn refunds_of_one_trade_keep_their_distance() {
    let world = World::paid(5000);
    let pace = world.channel.pace();
    assert_eq!((pace.payment_gap_seconds, pace.first_question_seconds), (3, 10));
    let two = world.refund_of("YL7Q261122ABCDEFGHJKR002", 100);
    assert_eq!(class(&world.ask(&world.refund(100), 10)), "arrived");
    assert_eq!(class(&world.ask(&two, 12)), "retry");
    assert_eq!(class(&world.ask(&two, 13)), "arrived");
}

#[test]
fn another_sum_under_a_known_number_goes_to_a_person() {
    let world = World::paid(5000);
    assert_eq!(class(&world.ask(&world.refund(3000), 10)), "arrived");
    let changed = world.ask(&world.refund(2000), 20);
    assert_eq!(changed, Outcome::FixRequest { code: "ACQ.DISCORDANT_REPEAT_REQUEST".into() });
    assert_eq!(world.ask(&world.query(2000), 30), Outcome::FixRequest { code: "other_amount".into() });
    assert_eq!(world.simulator().bank().books().gone(REFUND), 3000);
}

#[test]
fn payments_by_page_telephone_and_code() {
    let query = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
    for scene in [Scene::Page, Scene::Mobile, Scene::Qr] {
        let world = World::new();
        assert_eq!(world.word(&query, 1), PaymentWord::NotFound);
        let op = world.payment_op(5000, scene);
        if scene == Scene::Qr {
            assert_eq!(world.channel.cashier(&op, at(1)), Cashier::Ask);
            let reply = world.reply(&Op::Pay(op.clone()), 1);
            let expected = format!("https://qr.alipay.com/bax{}", PAYMENT.to_lowercase());
            assert_eq!(world.channel.cashier_word(&op, &reply, at(1)), CashierWord::Ready(Cashier::Qr(expected), None));
        } else {
            assert_eq!(world.open(5000, scene), 200);
        }
        assert_eq!(world.word(&query, 2), PaymentWord::Open);
        world.simulator().bank_mut().choose(PAYMENT, Choice::Pay, at(3).micros()).unwrap();
        let paid = PaymentWord::Succeeded { transactions: vec![(world.trade_no(), Money::cny(5000))] };
        assert_eq!(world.word(&query, 4), paid);
        let close = Op::ClosePayment { no: PAYMENT.into(), since: at(0), prepared: None };
        assert_eq!(world.word(&close, 5), PaymentWord::Unknown { code: "ACQ.TRADE_STATUS_ERROR".into() });
        let due = world.simulator().due_callbacks(at(6).micros());
        assert_eq!(due[0].1.uri(), "https://shop.test/callbacks/alipay");
        let news = world.receive(due[0].1.body());
        let channel_ref = world.trade_no();
        assert_eq!(news, Ok(Verified::PaymentSucceeded { no: PAYMENT.into(), channel_ref, amount: Money::cny(5000) }));
    }
}

#[test]
fn a_payment_nobody_made_is_closed_and_stays_closed() {
    let world = World::new();
    let close = Op::ClosePayment { no: PAYMENT.into(), since: at(0), prepared: None };
    assert_eq!(world.word(&close, 1), PaymentWord::NotFound);
    world.open(5000, Scene::Page);
    assert_eq!(world.word(&close, 2), PaymentWord::NotFound);
    assert!(world.simulator().bank_mut().choose(PAYMENT, Choice::Pay, at(3).micros()).is_err());
    assert_eq!(
        world.word(&Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None }, 4),
        PaymentWord::NotFound
    );
}

#[test]
fn a_payer_cannot_change_the_link() {
    let world = World::new();
    let link = world.link(5000, Scene::Page);
    for (from, to) in [("50.00", "0.01"), ("utf-8", "gbk"), ("page.pay", "wap.pay"), ("shop.test", "evil.test")] {
        assert!(link.contains(from), "{link}");
        let request = http::Request::get(link.replace(from, to)).body(vec![]).unwrap();
        let Reply::Http { body, .. } = world.send(&request, 1) else { panic!("no answer") };
        assert!(String::from_utf8(body).unwrap().contains("isv.invalid-signature"), "{from}");
    }
    assert!(world.simulator().bank().payment(PAYMENT).is_none());
}

#[test]
fn a_remittance_reaches_the_account_in_that_name_only() {
    let remit = |name: &str| Op::Remit {
        no: "YL7Q261122ABCDEFGHJKM001".into(),
        payee: Payee { account: "zhang@example.com".into(), name: name.into() },
        amount: Money::cny(5000),
        reason: "261122ABCDEFGHJK".into(),
    };
    let query = |minor| Op::QueryRemit { no: "YL7Q261122ABCDEFGHJKM001".into(), amount: Money::cny(minor) };
    let world = World::of(true);
    world.simulator().bank_mut().add_account("zhang@example.com", "张三");
    assert_eq!(class(&world.ask(&query(5000), 1)), "not_found");
    let other_name = Outcome::OtherRoute { code: "PAYEE_USERINFO_ERROR".into() };
    assert_eq!(world.ask(&remit("李四"), 2), other_name);
    assert_eq!(class(&world.ask(&query(5000), 3)), "not_found");
    assert_eq!(class(&world.ask(&remit("张三"), 4)), "arrived");
    assert_eq!(class(&world.ask(&remit("张三"), 5)), "arrived");
    assert_eq!(class(&world.ask(&query(5000), 6)), "arrived");
    assert_eq!(world.ask(&query(4999), 7), Outcome::FixRequest { code: "other_amount".into() });
    assert_eq!(world.simulator().bank().books().departures("YL7Q261122ABCDEFGHJKM001"), 1);
    assert!(!format!("{:?}", remit("张三")).contains("张三"));

    use Behaviour::*;
    let expected: [(Behaviour, &[&str]); 8] = [
        (Later, &["accepted", "accepted", "arrived"]),
        (Refused, &["other_route", "other_route", "other_route"]),
        (RefusedLater, &["accepted", "accepted", "other_route"]),
        (DropMoved, &["unknown", "arrived", "arrived"]),
        (DropLost, &["unknown", "not_found", "not_found"]),
        (NeedFunds, &["need_funds", "not_found", "not_found"]),
        (Busy, &["retry", "not_found", "not_found"]),
        (Bounces, &["arrived", "arrived", "bounced"]),
    ];
    for (behaviour, classes) in expected {
        let world = World::of(true);
        world.simulator().bank_mut().script("YL7Q261122ABCDEFGHJKM001", behaviour);
        let mut seen = vec![class(&world.ask(&remit("张三"), 1))];
        seen.extend([70, 25 * HOUR].map(|second| class(&world.ask(&query(5000), second))));
        assert_eq!(seen, classes, "{behaviour:?}");
    }
}

#[test]
fn what_alipay_cannot_take_is_never_sent() {
    let world = World::paid(5000);
    let request = |change: fn(&mut Op)| {
        let mut op = world.refund(100);
        change(&mut op);
        world.channel.request(&op, at(0)).err()
    };
    assert_eq!(request(|_| {}), None);
    assert_eq!(
        request(|op| if let Op::Refund { amount, .. } = op {
            *amount = Money::cny(0)
        }),
        Some(Impossible::Amount)
    );
    let yen = |op: &mut Op| {
        if let Op::Refund { amount, .. } = op {
            *amount = Money::new(1, Currency::Jpy)
        }
    };
    assert_eq!(request(yen), Some(Impossible::Currency));
    assert_eq!(
        request(|op| if let Op::Refund { no, .. } = op {
            *no = "a b".into()
        }),
        Some(Impossible::Number)
    );
    assert_eq!(
        request(|op| if let Op::Refund { reason, .. } = op {
            reason.clear()
        }),
        Some(Impossible::Text)
    );
    let mut op = world.payment_op(5000, Scene::Page);
    op.amount = Money::new(1, Currency::Jpy);
    assert_eq!(world.channel.cashier(&op, at(0)), Cashier::Closed(Impossible::Currency));
}
