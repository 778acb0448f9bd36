//! Every way UnionPay can behave, and what we make of it.

use super::world::{PAYMENT, REFUND, World, at, class, config};
use yuanlu_channels::callback::{Cashier, Entrance, Scene, Verified};
use yuanlu_channels::unionpay::UnionPayConfig;
use yuanlu_channels::{Channel, Impossible, Op, Payee, PaymentWord};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::{Behaviour, Choice, practice};

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
    // A refund under way is a state nobody knows (03, 04, 05): it is asked about, never sent again.
    let expected: [(Behaviour, &[i64], &[&str]); 22] = [
        (AtOnce, &[], &["accepted", "arrived"]),
        (Later, &[1, 2], &["accepted", "unknown", "unknown", "arrived"]),
        (Refused, &[], &["other_route", "other_route"]),
        (DropMoved, &[], &["unknown", "arrived"]),
        (DropLost, &[], &["unknown", "not_found"]),
        (ErrorMoved, &[], &["unknown", "arrived"]),
        (ErrorLost, &[], &["unknown", "not_found"]),
        (NeedFunds, &[], &["fix", "not_found"]),
        (Abnormal, &[1, 72], &["accepted", "unknown", "unknown", "arrived"]),
        // What a bank sends back comes with a later file.
        (Bounces, &[24], &["accepted", "arrived", "arrived"]),
        (Duplicates, &[1], &["accepted", "unknown", "arrived"]),
        (OutOfOrder, &[1], &["accepted", "unknown", "arrived"]),
        (Forged, &[1, 2], &["accepted", "unknown", "unknown", "arrived"]),
        (RefusedLater, &[1], &["accepted", "unknown", "other_route"]),
        (Busy, &[], &["retry", "not_found"]),
        (Unsigned, &[1], &["unknown", "unknown", "arrived"]),
        (NewStatus, &[1], &["accepted", "unknown", "arrived"]),
        (LateCallback, &[1], &["accepted", "unknown", "arrived"]),
        (Stalled, &[24, 24 * 30], &["accepted", "unknown", "unknown", "arrived"]),
        (NoCallback, &[1], &["accepted", "unknown", "arrived"]),
        (SlowMoved, &[], &["unknown", "arrived"]),
        (SlowLost, &[], &["unknown", "not_found"]),
    ];
    for (behaviour, hours, classes) in expected {
        assert_eq!(answers(behaviour, hours), classes, "{behaviour:?}");
    }
}

/// T03, T08: a lost answer, whether or not the money moved.
#[test]
fn t03_t08_a_lost_answer_is_asked_about_and_sent_again_under_number_and_time() {
    for behaviour in [Behaviour::DropMoved, Behaviour::DropLost, Behaviour::ErrorMoved, Behaviour::ErrorLost] {
        let world = World::paid(5000);
        world.simulator().bank_mut().script(REFUND, behaviour);
        assert_eq!(class(&world.ask(&world.refund(5000), 10)), "unknown", "{behaviour:?}");
        // Known numbers are refused as repeated, which says nothing and is asked about.
        let again = class(&world.ask(&world.refund(5000), 60));
        assert!(matches!(again, "accepted" | "unknown"), "{behaviour:?}: {again}");
        assert_eq!(class(&world.ask(&world.refund(5000), 70)), "unknown", "{behaviour:?}");
        assert_eq!(class(&world.ask(&world.query(5000), 80)), "arrived", "{behaviour:?}");
        let simulator = world.simulator();
        assert_eq!(simulator.bank().books().departures(REFUND), 1, "{behaviour:?}");
        assert_eq!(simulator.bank().books().returned(PAYMENT), 5000);
    }
}

#[test]
fn a_number_with_another_time_is_another_transaction_and_is_refused() {
    let world = World::paid(5000);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    let later = |mut op: Op| {
        if let Op::Refund { since, .. } | Op::QueryRefund { since, .. } = &mut op {
            *since = at(11);
        }
        op
    };
    assert_eq!(class(&world.ask(&later(world.refund(5000)), 20)), "unknown");
    assert_eq!(class(&world.ask(&later(world.query(5000)), 20)), "not_found");
    assert_eq!(class(&world.ask(&world.query(5000), 30)), "arrived");
    // A first sending long after its time is refused, and nothing moved.
    let stale = world.refund_of("YL7Q261122ABCDEFGHJKR002", 1);
    assert_eq!(class(&world.ask(&stale, 3600)), "fix");
    assert_eq!(world.simulator().bank().books().departures(REFUND), 1);
}

#[test]
fn partial_refunds_add_up_and_never_exceed_what_was_paid() {
    let world = World::paid(5000);
    for (n, minor) in [(1, 1999), (2, 1), (3, 3000)] {
        let op = world.refund_of(&format!("YL7Q261122ABCDEFGHJKR00{n}"), minor);
        assert_eq!(class(&world.ask(&op, 10 * n)), "accepted", "{n}");
    }
    let more = world.refund_of("YL7Q261122ABCDEFGHJKR009", 1);
    assert_eq!(world.ask(&more, 60), Outcome::FixRequest { code: "resp_36".into() });
    assert_eq!(world.simulator().bank().books().returned(PAYMENT), 5000);
    assert_eq!(world.ask(&world.query(2000), 70), Outcome::FixRequest { code: "other_amount".into() });
}

#[test]
fn a_payment_is_a_form_that_the_browser_posts() {
    let query = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
    for (choice, word) in [(Choice::Pay, "paid"), (Choice::Decline, "declined"), (Choice::Silent, "open")] {
        let world = World::new();
        assert_eq!(world.word(&query, 1), PaymentWord::NotFound);
        assert_eq!(world.open(5000), 200);
        assert_eq!(world.word(&query, 2), PaymentWord::Open);
        world.simulator().bank_mut().choose(PAYMENT, choice, at(3).micros()).unwrap();
        match world.word(&query, 4) {
            PaymentWord::Succeeded { transactions } => {
                assert_eq!((word, transactions), ("paid", vec![(world.query_id(), Money::cny(5000))]));
                let due = world.simulator().due_callbacks(at(5).micros());
                assert_eq!(due[0].1.uri(), "https://shop.test/callbacks/unionpay");
                let (no, channel_ref) = (PAYMENT.into(), world.query_id());
                let news = Verified::PaymentSucceeded { no, channel_ref, amount: Money::cny(5000) };
                assert_eq!(world.receive(due[0].1.body()), Ok(news));
            }
            PaymentWord::Declined { .. } => assert_eq!(word, "declined"),
            PaymentWord::Open => assert_eq!(word, "open"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_payer_cannot_change_the_form() {
    let world = World::new();
    let Cashier::Form { action, fields } = world.channel.cashier(&world.payment_op(5000, Scene::Mobile), at(0)) else {
        panic!("a form")
    };
    assert!(fields.contains(&("channelType".into(), "08".into())));
    for changed in ["txnAmt", "orderId", "payTimeout", "backUrl"] {
        let body: Vec<_> = fields
            .iter()
            .map(|(name, value)| {
                let value = if name == changed { "1" } else { value };
                let value: String = value.bytes().map(|b| format!("%{b:02x}")).collect();
                format!("{name}={value}")
            })
            .collect();
        world.send(&http::Request::post(&action).body(body.join("&").into_bytes()).unwrap(), 1);
        assert_eq!(world.simulator().bank().payments().count(), 0, "{changed}");
    }
}

#[test]
fn what_unionpay_cannot_do_is_never_sent() {
    let world = World::paid(5000);
    let request = |op: &Op| world.channel.request(op, at(0)).err();
    assert_eq!(request(&world.refund(100)), None);
    assert_eq!(request(&world.refund(0)), Some(Impossible::Amount));
    assert_eq!(request(&world.refund_of("SHORT", 100)), Some(Impossible::Number));
    assert_eq!(request(&world.refund_of("WITH-DASHES-IN-IT", 100)), Some(Impossible::Number));
    let mut yen = world.refund(100);
    if let Op::Refund { amount, .. } = &mut yen {
        *amount = Money::new(1, Currency::Jpy);
    }
    assert_eq!(request(&yen), Some(Impossible::Currency));
    let no_such = Some(Impossible::NoSuchOperation);
    let payee = Payee { account: "6228480000000000012".into(), name: "张三".into() };
    let remit = Op::Remit { no: REFUND.into(), payee, amount: Money::cny(1), reason: "x".into() };
    assert_eq!(request(&remit), no_such);
    assert_eq!(request(&Op::ClosePayment { no: PAYMENT.into(), since: at(0), prepared: None }), no_such);
    let qr = world.channel.cashier(&world.payment_op(5000, Scene::Qr), at(0));
    assert_eq!(qr, Cashier::Closed(Impossible::NoSuchOperation));
}

#[test]
fn bad_settings_are_named() {
    let faults = |change: fn(&mut UnionPayConfig)| {
        let mut config = config("https://gateway.95516.com");
        change(&mut config);
        config.check(at(0)).into_iter().map(|fault| fault.name).collect::<Vec<_>>()
    };
    assert_eq!(faults(|_| {}), Vec::<String>::new());
    assert_eq!(faults(|c| c.merchant_id = "7772".into()), ["merchant_id"]);
    assert_eq!(faults(|c| c.private_key = "x".into()), ["private_key"]);
    assert_eq!(faults(|c| c.private_key = practice::STRANGER_KEY.into()), ["certificate"]);
    assert_eq!(faults(|c| c.middle_certificate = practice::UNIONPAY_CERTIFICATE.into()), ["middle_certificate"]);
    assert_eq!(faults(|c| c.root_certificate.clear()), ["root_certificate"]);
    assert_eq!(faults(|c| c.signer.clear()), ["signer"]);
    assert_eq!(faults(|c| c.base_url = "http://gateway.95516.com".into()), ["base_url"]);
    let old = config("https://gateway.95516.com").check(at(86_400 * 365 * 40));
    let names: Vec<_> = old.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names, ["certificate", "root_certificate", "middle_certificate"]);
}
