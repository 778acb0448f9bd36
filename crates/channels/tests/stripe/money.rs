//! Payments and refunds, in every way that the channel can behave.

use crate::world::*;
use yuanlu_channels::callback::{Cashier, PaymentOp, Verified};
use yuanlu_channels::{CashierWord, Channel, Impossible, Op, Payee, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::{Behaviour, Choice};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn answers(behaviour: Behaviour, hours: &[i64]) -> Vec<&'static str> {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, behaviour);
    let mut seen = vec![class(&world.ask(&world.refund(5000), 10))];
    for seconds in [70].into_iter().chain(hours.iter().map(|h| h * HOUR + 600)) {
        seen.push(class(&world.ask(&world.query(5000), seconds)));
    }
    assert!(world.departures() <= 1);
    assert_eq!(world.simulator().bank().books().violations, Vec::<String>::new());
    seen
}

#[test]
fn every_behaviour_has_its_classes() {
    use Behaviour::*;
    let expected: [(Behaviour, &[i64], &[&str]); 22] = [
        (AtOnce, &[], &["arrived", "arrived"]),
        (Later, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        (Refused, &[], &["other_route", "other_route"]),
        (DropMoved, &[], &["unknown", "arrived"]),
        (DropLost, &[], &["unknown", "not_found"]),
        (ErrorMoved, &[], &["unknown", "arrived"]),
        (ErrorLost, &[], &["unknown", "not_found"]),
        (NeedFunds, &[], &["need_funds", "not_found"]),
        // The payer is asked by Stripe for another account; nothing for us to do.
        (Abnormal, &[1, 72], &["accepted", "accepted", "accepted", "arrived"]),
        (Bounces, &[24], &["arrived", "arrived", "bounced"]),
        (Duplicates, &[1], &["accepted", "accepted", "arrived"]),
        (OutOfOrder, &[1], &["accepted", "accepted", "arrived"]),
        (Forged, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        (RefusedLater, &[1], &["accepted", "accepted", "other_route"]),
        (Busy, &[], &["retry", "not_found"]),
        // Answers carry no signature, so this one is like the others.
        (Unsigned, &[1], &["accepted", "accepted", "arrived"]),
        (NewStatus, &[1], &["unknown", "unknown", "arrived"]),
        (LateCallback, &[1], &["accepted", "accepted", "arrived"]),
        (Stalled, &[24, 24 * 30], &["accepted", "accepted", "accepted", "arrived"]),
        (NoCallback, &[1], &["accepted", "accepted", "arrived"]),
        (SlowMoved, &[], &["unknown", "arrived"]),
        (SlowLost, &[], &["unknown", "not_found"]),
    ];
    for (behaviour, hours, classes) in expected {
        assert_eq!(answers(behaviour, hours), classes, "{behaviour:?}");
    }
}

/// T03, T08: a lost answer is kept under its key, and said again.
#[test]
fn t03_t08_a_number_moves_money_once() {
    for behaviour in [Behaviour::DropMoved, Behaviour::DropLost, Behaviour::SlowMoved, Behaviour::SlowLost] {
        let world = World::paid(5000);
        world.simulator().bank_mut().script(REFUND, behaviour);
        let send = world.refund(5000);
        assert_eq!(class(&world.ask(&send, 10)), "unknown", "{behaviour:?}");
        for second in 11..14 {
            assert_eq!(class(&world.ask(&send, second)), "arrived", "{behaviour:?}");
        }
        assert_eq!((world.departures(), world.returned()), (1, 5000));
    }
}

/// An error of Stripe's own is said again for a day, whether or not the money moved: asking is what tells.
#[test]
fn an_error_is_kept_under_its_key_for_a_day() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::ErrorLost);
    let send = world.refund(5000);
    for second in [10, 20, DAY] {
        assert_eq!(class(&world.ask(&send, second)), "unknown");
        assert_eq!(class(&world.ask(&world.query(5000), second + 1)), "not_found");
    }
    assert_eq!(class(&world.ask(&send, DAY + 11)), "arrived");
    assert_eq!(world.departures(), 1);
}

#[test]
fn t36_short_funds_go_to_a_person_and_work_a_day_after_topping_up() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::NeedFunds);
    let send = world.refund(5000);
    assert_eq!(world.ask(&send, 10), Outcome::NeedFunds { code: "balance_insufficient".into() });
    world.simulator().bank_mut().top_up(at(30).micros());
    assert_eq!(class(&world.ask(&send, 40)), "need_funds");
    assert_eq!(class(&world.ask(&send, DAY + 20)), "arrived");
    assert_eq!(world.departures(), 1);
}

/// After a day Stripe has forgotten the key. Whoever sends without asking makes a second refund, and sees it.
#[test]
fn two_refunds_under_one_number_go_to_a_person() {
    let world = World::paid(5000);
    let send = world.refund(2000);
    assert_eq!(class(&world.ask(&send, 10)), "arrived");
    assert_eq!(class(&world.ask(&world.query(2000), DAY + 20)), "arrived");
    assert_eq!(class(&world.ask(&send, DAY + 30)), "arrived");
    assert_eq!(world.ask(&world.query(2000), DAY + 40), Outcome::FixRequest { code: "two_refunds".into() });
}

#[test]
fn another_sum_under_a_known_number_goes_to_a_person() {
    let world = World::paid(5000);
    assert_eq!(class(&world.ask(&world.refund(3000), 10)), "arrived");
    assert_eq!(world.ask(&world.refund(2000), 20), Outcome::FixRequest { code: "idempotency_error".into() });
    assert_eq!(world.ask(&world.query(2000), 30), Outcome::FixRequest { code: "other_amount".into() });
    let over = refund("YL7Q261122ABCDEFGHJKR002", &world.reference(), 2001);
    assert_eq!(world.ask(&over, 40), Outcome::FixRequest { code: "amount_too_large".into() });
    let nobodys = refund("YL7Q261122ABCDEFGHJKR002", "pi_nothing", 1);
    assert_eq!(world.ask(&nobodys, 50), Outcome::FixRequest { code: "resource_missing".into() });
    assert_eq!(world.returned(), 3000);
}

#[test]
fn many_partial_refunds_are_told_apart() {
    let world = World::paid(5000);
    let reference = world.reference();
    for n in 1..=9 {
        let op = refund(&format!("YL7Q261122ABCDEFGHJKR00{n}"), &reference, n * 100);
        assert_eq!(class(&world.ask(&op, n)), "arrived");
    }
    for n in 1..=9 {
        let op = Op::QueryRefund {
            no: format!("YL7Q261122ABCDEFGHJKR00{n}").into(),
            payment_no: PAYMENT.into(),
            payment_ref: reference.clone(),
            amount: usd(n * 100),
            since: at(0),
        };
        assert_eq!(class(&world.ask(&op, 100 + n)), "arrived");
    }
    assert_eq!(world.returned(), 4500);
}

#[test]
fn what_cannot_be_said_is_not_sent() {
    let world = World::paid(5000);
    let change = |change: &dyn Fn(&mut Op)| {
        let mut op = world.refund(5000);
        change(&mut op);
        world.channel.request(&op, at(0)).unwrap_err()
    };
    let yuan = Money::cny(100);
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = yuan
        }),
        Impossible::Currency
    );
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = usd(0)
        }),
        Impossible::Amount
    );
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = usd(5001)
        }),
        Impossible::Amount
    );
    assert_eq!(
        change(&|op| if let Op::Refund { no, .. } = op {
            *no = "R\r\nx: 1".into()
        }),
        Impossible::Number
    );
    for reference in ["", "pi_", "4200001", "pi_1&amount=9", "../pi_1"] {
        let set = |op: &mut Op| {
            if let Op::Refund { payment_ref, .. } = op {
                *payment_ref = reference.to_owned()
            }
        };
        assert_eq!(change(&set), Impossible::Number, "{reference}");
    }
    let payee = Payee { account: "a".into(), name: "b".into() };
    let remit = Op::Remit { no: REFUND.into(), payee, amount: usd(1), reason: String::new() };
    assert_eq!(world.channel.request(&remit, at(0)).unwrap_err(), Impossible::NoSuchOperation);
}

#[test]
fn a_wrong_key_is_our_mistake() {
    let world = World::paid(5000);
    let mut request = world.channel.request(&world.refund(5000), at(0)).unwrap();
    assert!(!format!("{request:?}").contains("sk_test"), "a key must not be shown");
    request.headers_mut().insert("authorization", "Bearer sk_test_another".parse().unwrap());
    let outcome = world.channel.outcome(&world.refund(5000), &world.send(&request, 1), at(1));
    assert_eq!(outcome, Outcome::FixRequest { code: "api_key_invalid".into() });
}

#[test]
fn payments_are_begun_found_and_paid() {
    let world = World::new();
    assert_eq!(world.word(1), PaymentWord::Open);
    let ready = world.prepare(&payment(5000), 2);
    let CashierWord::Ready(Cashier::Link(url), Some(session)) = &ready else { panic!("{ready:?}") };
    assert!(url.starts_with("https://") && session.starts_with("cs_"));
    // A payer who comes back within the order's time gets the same session.
    assert_eq!(world.prepare(&payment(5000), 1700), ready);
    assert_eq!(world.prepare(&payment(5001), 3), CashierWord::Refused { code: "idempotency_error".into() });
    assert_eq!(world.word(4), PaymentWord::Open);
    world.choose(Choice::Twice, 5);
    let PaymentWord::Succeeded { transactions } = world.word(6) else { panic!() };
    assert_eq!(transactions.len(), 2);
    assert!(transactions.iter().all(|(id, amount)| id.starts_with("pi_") && *amount == usd(5000)));
    let told: Vec<_> = world.due(7).iter().map(|request| world.receive(request, 7).unwrap()).collect();
    for ((reference, _), news) in transactions.into_iter().zip(told) {
        let no = PAYMENT.into();
        assert_eq!(news, Verified::PaymentSucceeded { no, channel_ref: reference, amount: usd(5000) });
    }

    let world = World::new();
    world.prepare(&payment(5000), 2);
    world.choose(Choice::Decline, 3);
    // A declined card is not the end: the payer may take another one.
    assert_eq!(world.word(4), PaymentWord::Open);
    let told: Vec<_> = world.due(7).iter().map(|request| world.receive(request, 7).unwrap()).collect();
    assert_eq!(told, [Verified::Other { about: "payment_intent.payment_failed".into() }]);
}

#[test]
fn a_session_that_nobody_is_to_pay_any_more_is_closed_by_its_own_name() {
    let world = World::new();
    let CashierWord::Ready(_, session @ Some(_)) = world.prepare(&payment(5000), 2) else { panic!() };
    let about = |prepared: &Option<String>| {
        let (no, since, prepared) = (PAYMENT.into(), at(0), prepared.clone());
        (
            Op::QueryPayment { no, since, prepared: prepared.clone() },
            Op::ClosePayment { no: PAYMENT.into(), since, prepared },
        )
    };
    let word = |op: &Op, second| world.channel.payment_word(op, &world.reply(op, second), at(second));
    let (query, close) = about(&session);
    assert_eq!(word(&query, 3), PaymentWord::Open);
    assert_eq!(word(&close, 4), PaymentWord::NotFound);
    assert_eq!(word(&query, 5), PaymentWord::NotFound);
    assert_eq!(word(&close, 6), PaymentWord::NotFound, "said once more under the same key");
    assert!(world.simulator().bank_mut().choose(PAYMENT, Choice::Pay, at(7).micros()).is_err(), "nobody can pay");

    // Paid in the very moment: closing is refused, and the look after it finds the money.
    let world = World::paid(5000);
    let word = |op: &Op, second| world.channel.payment_word(op, &world.reply(op, second), at(second));
    assert!(matches!(word(&close, 8), PaymentWord::Unknown { .. }));
    let PaymentWord::Succeeded { transactions } = word(&query, 9) else { panic!() };
    assert_eq!((transactions.len(), transactions[0].1), (1, usd(5000)));
    assert_eq!(PaymentWord::Succeeded { transactions }, world.word(10), "under the same number as by our own");

    // Without its name nothing is said, and a name that is none never becomes an address.
    for (name, why) in [(None, Impossible::NoSuchOperation), (Some("cs_/../x".to_owned()), Impossible::Number)] {
        assert_eq!(world.channel.request(&about(&name).1, at(1)).unwrap_err(), why);
    }
}

#[test]
fn yen_have_no_cents() {
    let world = World::new();
    let yen = PaymentOp { amount: Money::new(5000, Currency::Jpy), ..payment(1) };
    assert!(matches!(world.prepare(&yen, 1), CashierWord::Ready(..)));
    world.choose(Choice::Pay, 2);
    let PaymentWord::Succeeded { transactions } = world.word(3) else { panic!() };
    assert_eq!(transactions[0].1, Money::new(5000, Currency::Jpy));
}

/// T05, T11: no answer and a broken one.
#[test]
fn t05_t11_silence_is_never_success_and_what_was_not_sent_is_not_pending() {
    let world = World::paid(5000);
    let lost = [(Reply::TimedOut, "unknown"), (Reply::ConnectionLost, "unknown"), (Reply::NotSent, "retry")];
    for op in [world.refund(5000), world.query(5000)] {
        for (reply, expected) in &lost {
            assert_eq!(class(&world.channel.outcome(&op, reply, at(1))), *expected);
        }
        for status in [200, 204, 301, 403, 404, 500, 502, 503] {
            for body in
                ["", "ok", "null", "{}", "<html>", "{\"status\":\"failed\"}", "{\"data\":[{}],\"has_more\":false}"]
            {
                let reply = Reply::Http { status, headers: vec![], body: body.into() };
                assert_eq!(class(&world.channel.outcome(&op, &reply, at(1))), "unknown", "{status} {body}");
            }
        }
    }
}

#[test]
fn a_saved_simulator_goes_on_where_it_was() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Later);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    let text = world.simulator().save();
    *world.simulator() = yuanlu_simulator::stripe::StripeSimulator::load(&text).unwrap();
    assert_eq!(world.simulator().save(), text);
    assert_eq!(class(&world.ask(&world.query(5000), 2 * HOUR + 20)), "arrived");
}
