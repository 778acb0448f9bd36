//! Client and simulator face to face: every way the channel can behave, and what we make of it.

mod common;

use common::{World, at};
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::{Op, PaymentWord, Reply};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice};

const HOUR: i64 = 3600;

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Arrived { .. } => "arrived",
        Outcome::Accepted { .. } => "accepted",
        Outcome::Unknown { .. } => "unknown",
        Outcome::NotFound => "not_found",
        Outcome::RetrySameId { .. } => "retry",
        Outcome::NeedFunds { .. } => "need_funds",
        Outcome::FixRequest { .. } => "fix",
        Outcome::OtherRoute { .. } => "other_route",
        Outcome::ManualAtChannel { .. } => "manual",
        Outcome::Bounced { .. } => "bounced",
    }
}

/// Sends a refund that behaves so, asks one minute later and again at the given hours; the classes of the answers.
fn answers(behaviour: Behaviour, hours: &[i64]) -> Vec<&'static str> {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, behaviour);
    let send = world.refund(5000);
    let mut seen = vec![class(&world.ask(&send, 10))];
    let query = world.query(5000);
    for seconds in [70].into_iter().chain(hours.iter().map(|h| h * HOUR + 600)) {
        seen.push(class(&world.ask(&query, seconds)));
    }
    assert!(world.simulator.ledger().departures(common::REFUND) <= 1);
    assert_eq!(world.simulator.ledger().violations, Vec::<String>::new());
    seen
}

#[test]
fn every_behaviour_has_its_classes() {
    use Behaviour::*;
    let expected: [(Behaviour, &[i64], &[&str]); 20] = [
        (AtOnce, &[], &["arrived", "arrived"]),
        (Later, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        (Refused, &[], &["other_route", "other_route"]),
        (DropMoved, &[], &["unknown", "arrived"]),
        (DropLost, &[], &["unknown", "not_found"]),
        (ErrorMoved, &[], &["unknown", "arrived"]),
        (ErrorLost, &[], &["unknown", "not_found"]),
        (NeedFunds, &[], &["need_funds", "not_found"]),
        // T38: a closed card is not a failure, and the money may still arrive.
        (Abnormal, &[1, 72], &["accepted", "accepted", "manual", "arrived"]),
        (Bounces, &[24], &["arrived", "arrived", "bounced"]),
        (Duplicates, &[1], &["accepted", "accepted", "arrived"]),
        (OutOfOrder, &[1], &["accepted", "accepted", "arrived"]),
        (Forged, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        (RefusedLater, &[1], &["accepted", "accepted", "other_route"]),
        (Busy, &[], &["retry", "not_found"]),
        // T05, T39: a 200 without a signature proves nothing.
        (Unsigned, &[1], &["unknown", "accepted", "arrived"]),
        (NewStatus, &[1], &["unknown", "unknown", "arrived"]),
        (LateCallback, &[1], &["accepted", "accepted", "arrived"]),
        (Stalled, &[24, 24 * 30], &["accepted", "accepted", "accepted", "arrived"]),
        (NoCallback, &[1], &["accepted", "accepted", "arrived"]),
    ];
    for (behaviour, hours, classes) in expected {
        assert_eq!(answers(behaviour, hours), classes, "{behaviour:?}");
    }
}

/// T03, T08: a lost answer, whether or not the money moved.
#[test]
fn t03_t08_a_lost_answer_is_asked_about_and_sent_again_under_the_same_number() {
    for (behaviour, gone_after_first) in [
        (Behaviour::DropMoved, 5000),
        (Behaviour::DropLost, 0),
        (Behaviour::ErrorMoved, 5000),
        (Behaviour::ErrorLost, 0),
    ] {
        let mut world = World::paid(5000);
        world.simulator.script(common::REFUND, behaviour);
        let send = world.refund(5000);
        assert_eq!(class(&world.ask(&send, 10)), "unknown");
        assert_eq!(world.simulator.ledger().gone(common::REFUND), gone_after_first);
        for second in 11..20 {
            assert_eq!(class(&world.ask(&send, second)), "arrived");
        }
        assert_eq!(world.simulator.ledger().departures(common::REFUND), 1);
        assert_eq!(world.simulator.ledger().returned(common::PAYMENT), 5000);
    }
}

/// T36: a short balance is not a failure.
#[test]
fn t36_short_funds_go_to_a_person_and_work_after_topping_up() {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::NeedFunds);
    let send = world.refund(5000);
    assert_eq!(class(&world.ask(&send, 10)), "need_funds");
    assert_eq!(class(&world.ask(&send, 20)), "need_funds");
    assert_eq!(world.simulator.ledger().gone(common::REFUND), 0);
    world.simulator.top_up(at(30).micros());
    assert_eq!(class(&world.ask(&send, 40)), "arrived");
    assert_eq!(world.simulator.ledger().departures(common::REFUND), 1);
}

#[test]
fn busy_is_sent_again_unchanged() {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::Busy);
    let send = world.refund(5000);
    let classes: Vec<_> = (10..13).map(|second| class(&world.ask(&send, second))).collect();
    assert_eq!(classes, ["retry", "retry", "arrived"]);
}

#[test]
fn another_sum_under_a_known_number_goes_to_a_person() {
    let mut world = World::paid(5000);
    let send = world.refund(3000);
    assert_eq!(class(&world.ask(&send, 10)), "arrived");
    let changed = world.refund(2000);
    assert_eq!(world.ask(&changed, 20), Outcome::FixRequest { code: "changed".into() });
    let query = world.query(2000);
    assert_eq!(world.ask(&query, 30), Outcome::FixRequest { code: "other_amount".into() });
    assert_eq!(world.simulator.ledger().gone(common::REFUND), 3000);
}

#[test]
fn what_was_not_paid_cannot_be_refunded() {
    let mut world = World::paid(5000);
    assert_eq!(world.ask(&world.refund(5001), 10), Outcome::FixRequest { code: "too_much".into() });
    assert_eq!(world.ask(&world.refund(0), 20), Outcome::FixRequest { code: "invalid".into() });
    assert_eq!(world.simulator.ledger().returned(common::PAYMENT), 0);
}

/// T05, T11: no answer, a broken one and an unsigned one.
#[test]
fn t05_t11_silence_is_never_success_and_what_was_not_sent_is_not_pending() {
    let world = World::paid(5000);
    let send = world.refund(5000);
    let lost = [(Reply::TimedOut, "unknown"), (Reply::ConnectionLost, "unknown"), (Reply::NotSent, "retry")];
    for (reply, expected) in lost {
        assert_eq!(class(&world.channel_outcome(&send, &reply)), expected);
    }
    for status in [200, 204, 301, 404, 429, 500, 502, 503] {
        for body in ["", "ok", "null", "{}", "<html>", "{\"status\":\"refused\",\"moved\":false}"] {
            let reply = Reply::Http { status, headers: vec![], body: body.into() };
            assert_eq!(class(&world.channel_outcome(&send, &reply)), "unknown", "{status} {body}");
        }
    }
}

#[test]
fn callbacks_are_repeated_until_acknowledged_and_then_given_up() {
    let mut world = World::paid(5000);
    let send = world.refund(5000);
    world.ask(&send, 10);
    let mut tries = 0;
    for second in (10..400_000).step_by(30) {
        let due = world.simulator.due_callbacks(at(second).micros());
        for request in &due {
            assert!(matches!(world.receive(request, second), Ok(Verified::Refund { .. })));
        }
        tries += due.len();
    }
    assert_eq!(tries, 15);
    assert!(world.simulator.undelivered().is_empty());
}

/// T14: repeated and reversed callbacks.
#[test]
fn t14_duplicates_and_disorder_tell_the_same_in_the_end() {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::Duplicates);
    let send = world.refund(5000);
    world.ask(&send, 10);
    let news = world.news(4000);
    let classes: Vec<_> = news.iter().map(class).collect();
    assert_eq!(classes, ["accepted", "accepted", "accepted", "arrived", "arrived", "arrived"]);

    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::OutOfOrder);
    let send = world.refund(5000);
    world.ask(&send, 10);
    assert_eq!(world.news(4000).iter().map(class).collect::<Vec<_>>(), ["arrived", "accepted"]);
}

#[test]
fn forged_and_replayed_callbacks_are_not_believed() {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::Forged);
    let send = world.refund(5000);
    world.ask(&send, 10);
    let mut refused = Vec::new();
    for second in 10..200 {
        for request in world.simulator.due_callbacks(at(second).micros()) {
            match world.receive(&request, second) {
                Ok(Verified::Refund { outcome, .. }) => assert_eq!(class(&outcome), "accepted"),
                Ok(other) => panic!("{other:?}"),
                Err(error) => refused.push(error),
            }
        }
    }
    assert_eq!(refused, [CallbackError::BadSignature, CallbackError::Stale]);
}

#[test]
fn the_cashier_pays_declines_walks_away_pays_twice_and_late() {
    let query = Op::QueryPayment { no: ChannelNumber::from(common::PAYMENT), since: at(0), prepared: None };
    let payments = |world: &mut World, second| -> Vec<Verified> {
        let due = world.simulator.due_callbacks(at(second).micros());
        due.iter().map(|request| world.receive(request, second).unwrap()).collect()
    };
    for (choice, at_once, later) in [
        (Choice::Pay, 1, 1),
        (Choice::Decline, 1, 1),
        (Choice::Silent, 0, 0),
        (Choice::Twice, 2, 2),
        (Choice::Late, 0, 1),
    ] {
        let mut world = World::new();
        assert_eq!(world.payment_word(&query, 1), PaymentWord::NotFound, "{choice:?}");
        world.open(5000).unwrap();
        assert_eq!(world.payment_word(&query, 2), PaymentWord::Open, "{choice:?}");
        world.simulator.choose(common::PAYMENT, choice, at(3).micros()).unwrap();
        assert!(world.simulator.choose(common::PAYMENT, choice, at(4).micros()).is_err(), "{choice:?}");
        assert_eq!(payments(&mut world, 5).len(), at_once, "{choice:?}");
        let news = payments(&mut world, 2 * HOUR + 5);
        assert_eq!(news.len(), later, "{choice:?}");
        let word = world.payment_word(&query, 2 * HOUR + 6);
        match (choice, word) {
            (Choice::Pay | Choice::Late, PaymentWord::Succeeded { transactions }) => {
                assert_eq!(transactions.len(), 1);
                assert_eq!(transactions[0].1, Money::cny(5000));
            }
            (Choice::Twice, PaymentWord::Succeeded { transactions }) => {
                assert_eq!(transactions.len(), 2);
                assert_ne!(transactions[0].0, transactions[1].0);
            }
            (Choice::Decline, PaymentWord::Declined { .. }) | (Choice::Silent, PaymentWord::Open) => {}
            (choice, word) => panic!("{choice:?}: {word:?}"),
        }
    }
}

#[test]
fn a_payer_cannot_change_the_cashier_link() {
    let mut world = World::new();
    let link = world.cashier_link(5000);
    let query = link.split_once('?').unwrap().1;
    for (from, to) in
        [("amount=5000", "amount=1"), ("until=", "until=9"), ("currency=CNY", "currency=JPY"), ("&sign=", "&x=1&sign=")]
    {
        assert!(query.contains(from));
        assert!(world.simulator.open(&query.replace(from, to)).is_err(), "{from} → {to}");
    }
    assert!(world.simulator.open(query).is_ok());
}

#[test]
fn too_late_at_the_cashier_is_too_late() {
    let mut world = World::new();
    world.open(5000).unwrap();
    assert!(world.simulator.choose(common::PAYMENT, Choice::Pay, at(1800).micros()).is_err());
    assert_eq!(world.simulator.ledger().paid_in(common::PAYMENT), 0);
}

#[test]
fn the_cashier_page_works_without_script_and_leads_back() {
    let mut world = World::new();
    let link: http::Uri = world.cashier_link(5000).parse().unwrap();
    let get = |uri: &http::Uri| http::Request::get(uri.clone()).body(vec![]).unwrap();
    let page = world.simulator.handle(&get(&link), at(1).micros()).unwrap();
    let text = String::from_utf8(page.into_body()).unwrap();
    assert!(text.contains("¥50.00") && text.contains("&lt;order&gt;") && !text.contains("<script"));
    assert_eq!(text.matches("<button").count(), Choice::ALL.len());
    let pay = http::Request::post(link.clone()).body(b"choice=pay".to_vec()).unwrap();
    let back = world.simulator.handle(&pay, at(2).micros()).unwrap();
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], "http://shop.test/orders/1?back=1&x=%20");
    let again = world.simulator.handle(&get(&link), at(3).micros()).unwrap();
    assert_eq!(again.status(), 409);
    assert_eq!(world.simulator.ledger().paid_in(common::PAYMENT), 5000);
}

#[test]
fn a_saved_simulator_goes_on_where_it_was() {
    let mut world = World::paid(5000);
    world.simulator.script(common::REFUND, Behaviour::Later);
    let send = world.refund(5000);
    assert_eq!(class(&world.ask(&send, 10)), "accepted");
    let text = world.simulator.save();
    world.simulator = yuanlu_simulator::Simulator::load(&text).unwrap();
    assert_eq!(world.simulator.save(), text);
    assert_eq!(class(&world.ask(&send, 20)), "accepted");
    assert_eq!(class(&world.ask(&send, 2 * HOUR + 20)), "arrived");
    assert!(yuanlu_simulator::Simulator::load("{}").is_err());
}

/// R32: the channel names the payer, one of his own unless he says which.
#[test]
fn a_callback_names_the_payer() {
    let named = |payer: &str| {
        let mut world = World::new();
        world.open(5000).unwrap();
        world.simulator.choose_as(common::PAYMENT, Choice::Pay, payer, at(3).micros()).unwrap();
        let due = world.simulator.due_callbacks(at(5).micros());
        assert!(matches!(world.receive(&due[0], 5), Ok(Verified::PaymentSucceeded { .. })));
        world.channel.payer(due[0].body())
    };
    assert_eq!(named(" wallet-7\n").as_deref(), Some("wallet-7"));
    assert_eq!(named(""), Some(format!("of {}", common::PAYMENT)));
    assert_eq!(named(&"x".repeat(100)).map(|payer| payer.len()), Some(64));
    let declined = {
        let mut world = World::new();
        world.open(5000).unwrap();
        world.simulator.choose_as(common::PAYMENT, Choice::Decline, "wallet-7", at(3).micros()).unwrap();
        let due = world.simulator.due_callbacks(at(5).micros());
        world.channel.payer(due[0].body())
    };
    assert_eq!(declined, None);
}
