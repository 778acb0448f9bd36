//! The road home, end to end: rules, jobs, client and simulator together, one behaviour at a time and then thousands of
//! bad days. The auditor looks after every round (see `town::Town::audit`).

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod town;

use town::network::Network;
use town::{Town, one_refund};
use yuanlu_domain::order_file::{OrderStatus, PaymentState};
use yuanlu_domain::payout::{PayoutState, StuckWhy};
use yuanlu_simulator::{Behaviour, Choice, Chooser};

/// Days until the slowest behaviour has ended, with people looking twice a day.
fn live_on(town: &mut Town, days: i64) {
    for _ in 0..days * 2 {
        town.pass(town.now.plus_hours(12));
        town.finance_works();
        town.buyers_choose();
    }
}

#[test]
fn every_behaviour_ends_with_the_money_home_or_in_a_balance() {
    for behaviour in Behaviour::ALL {
        let (mut town, order) = one_refund(behaviour);
        assert_eq!(town.shop.file(&order).payouts.len(), 1, "sold out goes back by itself");
        live_on(&mut town, 34);
        town.assert_everything_ended();
        let refused = [Behaviour::Refused, Behaviour::RefusedLater, Behaviour::Bounces].contains(&behaviour);
        assert_eq!(town.shop.balance(&order) > 0, refused, "{behaviour:?}");
    }
}

/// T03: a retry never invents another number.
#[test]
fn t03_one_number_for_ever_however_often_it_is_sent() {
    for behaviour in [Behaviour::DropLost, Behaviour::ErrorLost, Behaviour::Busy] {
        let (mut town, order) = one_refund(behaviour);
        let no = town.shop.file(&order).payouts[0].no.clone();
        town.pass(town.now.plus_hours(12));
        let file = town.shop.file(&order);
        assert!(file.payouts.len() == 1 && file.payouts[0].no == no && file.payouts[0].attempts > 1);
        assert_eq!(town.simulator.ledger().departures(no.as_str()), 1);
    }
}

/// T05, T39: an answer that proves nothing changes nothing.
#[test]
fn t05_t39_nothing_is_done_before_the_channel_says_so() {
    let (mut town, order) = one_refund(Behaviour::Unsigned);
    town.pass(town.now.plus_minutes(30));
    let payout = town.shop.file(&order).payouts[0].clone();
    assert!(!matches!(payout.state, PayoutState::Arrived { .. }), "an unsigned word is none: {:?}", payout.state);
    town.pass(town.now.plus_hours(3));
    assert!(matches!(town.shop.file(&order).payouts[0].state, PayoutState::Arrived { .. }));
}

/// T07: the intent is stored before the first byte goes out.
#[test]
fn t07_a_crash_between_attempt_and_call_loses_and_doubles_nothing() {
    // Crash at the n-th of the three points of every round, for every behaviour, until the network is good again.
    for behaviour in Behaviour::ALL {
        let mut town = Town::new(5, Chooser::Always(behaviour), 1);
        town.network.crash = 60;
        town.order(9_900, Choice::Pay);
        for _ in 0..60 {
            town.now = town.now.plus_seconds(61);
            town.round();
        }
        town.network.heal();
        live_on(&mut town, 34);
        town.assert_everything_ended();
    }
}

/// T08, T10: unknown is a state, not a failure.
#[test]
fn t08_t10_a_time_out_is_unknown_however_long_it_lasts() {
    let (mut town, order) = one_refund(Behaviour::AtOnce);
    let (mut town_lost, order_lost) = {
        let mut town = Town::new(3, Chooser::Always(Behaviour::NoCallback), 1);
        town.network.call_loss = 100;
        let order = town.order(9_900, Choice::Pay);
        town.pass(town.now.plus_days(20));
        (town, order)
    };
    let file = town_lost.shop.file(&order_lost);
    let payout = &file.payouts[0];
    assert!(payout.attempts > 100 && payout.holds_money(), "never failed, never free again: {:?}", payout.state);
    assert!(payout.traced_since.is_some(), "past its hard time a person sees it");
    town_lost.network.heal();
    live_on(&mut town_lost, 3);
    town_lost.assert_everything_ended();
    town.pass(town.now.plus_minutes(1));
    assert!(matches!(town.shop.file(&order).payouts[0].state, PayoutState::Arrived { .. }));
}

/// T09: a proven refusal ends one number, not the refund.
#[test]
fn t09_a_refund_that_failed_goes_another_way() {
    for behaviour in [Behaviour::Refused, Behaviour::RefusedLater] {
        let (mut town, order) = one_refund(behaviour);
        town.pass(town.now.plus_hours(4));
        let failed = town.shop.file(&order).payouts[0].clone();
        assert!(matches!(failed.state, PayoutState::Refused { .. }), "{behaviour:?}: {:?}", failed.state);
        town.buyers_choose();
        town.assert_everything_ended();
        let payouts = town.shop.file(&order).payouts.clone();
        assert_eq!(payouts.len(), 2, "{behaviour:?}");
        assert_ne!(payouts[1].no, failed.no);
        assert_eq!(town.shop.balance(&order), 9_900);
    }
}

/// T11: what the channel has not accepted is not shown as accepted.
#[test]
fn t11_without_a_connection_nothing_is_pending_at_the_channel() {
    let mut town = Town::new(3, Chooser::Always(Behaviour::AtOnce), 1);
    let order = town.order(9_900, Choice::Pay);
    town.round();
    let no = town.shop.file(&order).payouts[0].no.clone();
    assert!(town.simulator.refund(no.as_str()).is_some());
    assert!(town.shop.file(&order).payouts[0].accepted.is_none(), "accepted is the channel's word, not ours");
}

/// T14: callbacks are matched by our own number.
#[test]
fn t14_the_shops_own_refund_as_a_callback_books_nothing_twice() {
    for behaviour in [Behaviour::Duplicates, Behaviour::OutOfOrder, Behaviour::LateCallback] {
        let (mut town, order) = one_refund(behaviour);
        live_on(&mut town, 3);
        town.assert_everything_ended();
        assert_eq!(town.shop.file(&order).payouts.len(), 1);
        assert!(town.simulator.undelivered().is_empty(), "{behaviour:?}");
    }
}

/// T12: what came back is paid again by another route, once.
#[test]
fn t12_a_refund_that_bounces_is_the_buyers_again() {
    let (mut town, order) = one_refund(Behaviour::Bounces);
    town.pass(town.now.plus_hours(2));
    assert!(matches!(town.shop.file(&order).payouts[0].state, PayoutState::Arrived { .. }));
    town.pass(town.now.plus_hours(24));
    assert!(matches!(town.shop.file(&order).payouts[0].state, PayoutState::Refused { .. }));
    town.buyers_choose();
    town.assert_everything_ended();
    assert_eq!(town.shop.balance(&order), 9_900);
}

/// T12: the news of arrival and return come together.
#[test]
fn t12_a_bounce_that_nobody_heard_the_arrival_of_is_the_buyers_too() {
    let mut town = Town::new(4, Chooser::Always(Behaviour::Bounces), 1);
    let order = town.order(9_900, Choice::Pay);
    town.deliver_callbacks();
    town.network.call_loss = 100;
    town.network.callback_loss = 100;
    town.pass(town.now.plus_hours(40));
    assert_eq!(town.simulator.ledger().movements.len(), 3, "paid, left, came back");
    town.network.heal();
    live_on(&mut town, 3);
    town.assert_everything_ended();
    assert_eq!(town.shop.balance(&order), 9_900);
}

/// T36: neither hanging nor shown as done.
#[test]
fn t36_short_funds_are_in_human_hands_and_go_on_after_topping_up() {
    let (mut town, order) = one_refund(Behaviour::NeedFunds);
    town.pass(town.now.plus_minutes(5));
    let stuck = |town: &Town| match &town.shop.file(&order).payouts[0].state {
        PayoutState::Stuck { why, .. } => Some(*why),
        _ => None,
    };
    assert_eq!(stuck(&town), Some(StuckWhy::NeedFunds));
    town.finance_works();
    town.pass(town.now.plus_hours(2));
    assert_eq!(stuck(&town), Some(StuckWhy::NeedFunds), "not hammered, not shown as done");
    town.simulator.top_up(town.now.micros());
    town.finance_works();
    town.pass(town.now.plus_hours(3));
    town.assert_everything_ended();
}

/// T38: the money has left and may still arrive; nothing is paid twice.
#[test]
fn t38_a_closed_card_is_not_a_failure() {
    let (mut town, order) = one_refund(Behaviour::Abnormal);
    town.pass(town.now.plus_hours(4));
    let payout = town.shop.file(&order).payouts[0].clone();
    assert!(matches!(payout.state, PayoutState::Stuck { why: StuckWhy::ManualAtChannel, .. }), "{:?}", payout.state);
    live_on(&mut town, 5);
    town.assert_everything_ended();
    assert_eq!(town.shop.balance(&order), 0, "it came home after all");
}

#[test]
fn two_nodes_make_one_call() {
    let mut town = Town::new(9, Chooser::Always(Behaviour::Later), 3);
    let orders: Vec<_> = (0..40).map(|n| town.order(1_000 + n, Choice::Pay)).collect();
    for _ in 0..5 {
        town.round();
        town.now = town.now.plus_seconds(1);
    }
    for order in &orders {
        assert_eq!(town.shop.file(order).payouts[0].attempts, 1);
    }
    live_on(&mut town, 2);
    town.assert_everything_ended();
}

/// T13: a lost callback is no lost payment.
#[test]
fn t13_a_payment_whose_callback_never_comes_is_asked_about() {
    for (choice, silent_hours) in [(Choice::Pay, 0), (Choice::Pay, 1), (Choice::Twice, 2), (Choice::Pay, 30)] {
        let mut town = Town::new(3, Chooser::Always(Behaviour::AtOnce), 1);
        town.network.callback_loss = 100;
        town.network.call_loss = if silent_hours > 0 { 100 } else { 0 };
        let order = town.order(9_900, choice);
        town.pass(town.now.plus_hours(silent_hours));
        town.network.call_loss = 0;
        live_on(&mut town, 3);
        town.assert_everything_ended();
        let paid = if choice == Choice::Twice { 2 } else { 1 };
        assert_eq!(town.shop.file(&order).payouts.len(), paid);
        // Nobody called back, so the answer to the question is all that tells who paid (R32).
        let (payer_of, payer) = town.shop.store().payers[0].clone();
        assert!(payer_of == order && !payer.is_empty());
    }
}

/// T13, T15: an order expires or is paid another way, and its open payment is closed at the channel; who pays in that
/// moment gets it back.
#[test]
fn t13_t15_a_payment_nobody_needs_is_closed_and_what_comes_all_the_same_goes_back() {
    for (choice, seconds_before) in
        [(None, 0), (Some(Choice::Pay), 30), (Some(Choice::Pay), 1), (Some(Choice::Silent), 60)]
    {
        let mut town = Town::new(5, Chooser::Always(Behaviour::AtOnce), 2);
        town.network.callback_loss = 100;
        let order = town.order_unpaid(9_900);
        let OrderStatus::AwaitingPayment { pay_until } = town.shop.file(&order).status else { panic!() };
        let no = town.shop.file(&order).payments[0].no.clone();
        town.pass(pay_until.plus_seconds(-seconds_before));
        if let Some(choice) = choice {
            let at = town.now.plus_seconds(-1).micros();
            town.simulator.choose(no.as_str(), choice, at).unwrap();
        }
        live_on(&mut town, 2);
        let file = town.shop.file(&order);
        assert!(file.payments.iter().all(|p| p.state != PaymentState::Closing), "{:?}", file.payments);
        town.assert_everything_ended();
        let paid = town.simulator.payment(no.as_str()).unwrap().transactions.len();
        assert_eq!(file.payouts.len(), paid, "what came goes back, and nothing else");
        if paid == 0 {
            assert_eq!(file.payments[0].state, PaymentState::Closed);
            assert!(town.simulator.choose(no.as_str(), Choice::Pay, town.now.micros()).is_err(), "nobody can pay it");
        }
    }
}

/// Thousands of bad days: lost, doubled, delayed and disordered messages, a store that fails before and after storing,
/// nodes that crash between any two steps. A twentieth unless `YUANLU_LONG=1`.
#[test]
fn on_bad_days_money_leaves_at_most_once_and_everything_ends() {
    let seeds = if std::env::var("YUANLU_LONG").is_ok_and(|v| v == "1") { 4000 } else { 200 };
    for seed in 0..seeds {
        let mut town = Town::new(seed, Chooser::Mix(seed), 1 + usize::try_from(seed % 2).unwrap());
        let bad = Network::bad(&mut town.rng);
        town.network = bad;
        town.shop.store().broken = town.rng.below(30);
        for _ in 0..1 + town.rng.below(3) {
            let price = i64::try_from(100 + town.rng.below(20_000)).unwrap();
            let choices = [Choice::Pay, Choice::Pay, Choice::Twice, Choice::Late, Choice::Decline, Choice::Silent];
            let choice = choices[usize::try_from(town.rng.below(6)).unwrap()];
            if choice == Choice::Twice {
                // Only a callback tells of a second payment; fifteen tries must be enough for one.
                town.network.callback_loss = town.network.callback_loss.min(30);
            }
            town.order(price, choice);
        }
        let rounds = 20 + town.rng.below(60);
        let end = town.now.plus_days(2); // payments are asked about for three
        for _ in 0..rounds {
            if town.now >= end {
                break;
            }
            let seconds = match town.rng.below(4) {
                0 => 1,
                1 => town.rng.below(120),
                2 => town.rng.below(3600),
                _ => town.rng.below(20_000),
            };
            town.now = town.now.plus_seconds(i64::try_from(seconds).unwrap());
            town.round();
            if town.rng.chance(5) {
                town.finance_works();
            }
            if town.rng.chance(5) {
                town.buyers_choose();
            }
        }
        town.network.heal();
        town.shop.store().broken = 0;
        live_on(&mut town, 34);
        town.assert_everything_ended();
    }
}
