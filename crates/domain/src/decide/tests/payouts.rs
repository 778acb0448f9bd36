//! The payout protocol against answers that are lost, repeated, late, out of order, or lies.

use super::Bench;
use super::bench::{arrived, at};
use crate::case::{CaseState, Reason};
use crate::command::OrderAct;
use crate::payout::{Outcome, PayoutState, Step};
use crate::refusal::Refusal;

fn refunding() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.apply(Reason::Personal, "99.99").expect("approved");
    bench
}

fn unknown() -> Outcome {
    Outcome::Unknown { code: "TIMEOUT".into() }
}

#[test]
fn t03_t08_t10_an_unknown_outcome_is_asked_about_under_the_same_number() {
    let mut bench = refunding();
    let number = bench.number(1);
    bench.call(1, unknown()).expect("answered");
    assert_eq!(bench.next_step(1), Some(Step::Ask), "never sent again blindly");
    for _ in 0..20 {
        bench.call(1, unknown()).expect("asked again");
        assert_eq!(bench.next_step(1), Some(Step::Ask), "T10: it never counts as failed");
    }
    bench.call(1, Outcome::NotFound).expect("the channel never heard of it");
    assert_eq!(bench.next_step(1), Some(Step::Send));
    bench.call(1, arrived()).expect("sent again");
    assert_eq!((bench.number(1), bench.file().payouts.len()), (number, 1));
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn t07_an_attempt_is_committed_before_the_call_and_claimed_once() {
    let mut bench = refunding();
    let attempt = OrderAct::MakeAttempt { payout: 1, step: Step::Send, digest: "d".into() };
    bench.program(attempt.clone()).expect("claimed");
    assert_eq!(bench.program(attempt), Err(Refusal::NothingDue), "T02: nobody else may call now");
    // The process dies here. After the answer time-out the call counts as unknown and is asked about.
    assert_eq!(bench.next_step(1), Some(Step::Ask));
    bench.now = bench.now.plus_seconds(60);
    bench.program(OrderAct::MakeAttempt { payout: 1, step: Step::Ask, digest: "d".into() }).expect("asked");
    let late = OrderAct::RecordOutcome { payout: 1, attempt: Some(1), outcome: unknown() };
    assert_eq!(bench.channel(late), Err(Refusal::NothingDue), "a stale time-out says nothing");
    let answer = OrderAct::RecordOutcome { payout: 1, attempt: Some(2), outcome: arrived() };
    bench.channel(answer).expect("answered");
}

#[test]
fn t05_t39_nothing_is_done_before_the_channel_says_so() {
    let mut bench = refunding();
    assert_eq!(bench.state(1), &CaseState::Refunding);
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    assert_eq!(bench.state(1), &CaseState::Refunding, "accepted is not arrived");
    bench.call(1, arrived()).expect("arrived");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn t11_t14_callbacks_repeat_and_come_out_of_order() {
    let mut bench = refunding();
    let callback = |outcome| OrderAct::RecordOutcome { payout: 1, attempt: None, outcome };
    assert_eq!(
        bench.channel(callback(arrived())),
        Err(Refusal::Inconsistent { what: "an answer to a refund that was never sent" })
    );
    bench.program(OrderAct::MakeAttempt { payout: 1, step: Step::Send, digest: "d".into() }).expect("sent");
    bench.channel(callback(arrived())).expect("the callback overtakes the answer");
    for outcome in [arrived(), Outcome::Accepted { channel_ref: "r".into() }, unknown(), Outcome::NotFound] {
        assert_eq!(bench.channel(callback(outcome.clone())), Err(Refusal::NothingDue));
        let late = OrderAct::RecordOutcome { payout: 1, attempt: Some(1), outcome };
        assert_eq!(bench.channel(late), Err(Refusal::NothingDue));
    }
}

#[test]
fn t12_a_bounce_is_proven_then_waits_for_the_buyer_without_debiting_the_seller_again() {
    let mut bench = refunding();
    bench.call(1, arrived()).expect("arrived");
    let clearing = bench.book("channel_clearing:sim");
    let bounce = Outcome::Bounced { code: "RETURNED".into() };
    bench.channel(OrderAct::RecordOutcome { payout: 1, attempt: None, outcome: bounce }).expect("bounced");
    assert!(matches!(bench.state(1), CaseState::AwaitingRoute { .. }));
    assert_eq!(bench.book("channel_clearing:sim"), clearing - 9500);
    bench.buyer(OrderAct::ChooseBalance { case: 1 }).expect("chosen");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!(bench.book("seller_payable:s1"), 0);
}

#[test]
fn t12_news_of_a_return_that_overtakes_news_of_the_arrival_is_not_forgotten() {
    let mut bench = refunding();
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    let bounce = Outcome::Bounced { code: "RETURNED".into() };
    for outcome in [bounce, arrived()] {
        bench.channel(OrderAct::RecordOutcome { payout: 1, attempt: None, outcome }).expect("heard");
        assert_eq!(bench.next_step(1), Some(Step::Ask), "which was last, only the channel knows");
    }
    let mut with_the_buyer = bench.clone();
    with_the_buyer.call(1, arrived()).expect("asked");
    assert!(matches!(with_the_buyer.state(1), CaseState::Completed { .. }));
    bench.call(1, Outcome::OtherRoute { code: "RETURNED".into() }).expect("asked");
    assert!(matches!(bench.state(1), CaseState::AwaitingRoute { .. }), "it is with the merchant");
}

#[test]
fn t10_what_was_accepted_once_is_not_refused_because_it_is_not_found() {
    let mut bench = refunding();
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    let refused = Outcome::OtherRoute { code: "TRADE_CLOSED".into() };
    bench.channel(OrderAct::RecordOutcome { payout: 1, attempt: None, outcome: refused }).expect("heard");
    for _ in 0..3 {
        bench.call(1, Outcome::NotFound).expect("asked");
        assert_eq!(bench.next_step(1), Some(Step::Ask));
    }
    bench.call(1, arrived()).expect("found");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn after_a_restore_the_channel_is_asked_about_a_number_before_it_is_used() {
    let mut bench = refunding();
    let mut lost = bench.clone();
    bench.facts.restored_at = Some(bench.now.plus_seconds(1));
    let call = |step| OrderAct::MakeAttempt { payout: 1, step, digest: "d".into() };
    assert_eq!(bench.program(call(Step::Send)), Err(Refusal::NothingDue));
    bench.program(call(Step::Ask)).expect("asked");
    let answer = |outcome| OrderAct::RecordOutcome { payout: 1, attempt: Some(1), outcome };
    let mut never_sent = bench.clone();
    never_sent.channel(answer(Outcome::NotFound)).expect("answered");
    assert_eq!(never_sent.next_step(1), Some(Step::Send));
    never_sent.call(1, arrived()).expect("sent, once");
    bench.channel(answer(arrived())).expect("it was sent in what was lost");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    // What came after the restore is known whole.
    lost.facts.restored_at = Some(lost.file().placed_at);
    lost.call(1, arrived()).expect("sent");
}

#[test]
fn after_a_restore_balance_for_money_of_a_channel_waits_for_a_second_person() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.facts.restored_at = Some(bench.now.plus_seconds(1));
    bench.apply_for(&[1], Reason::Personal, "99.99", None, true).expect("approved");
    assert_eq!(bench.file().payouts[0].state, PayoutState::Held);
    bench.staff("f1", crate::Role::Finance, OrderAct::ApprovePayout { payout: 1 }).expect("looked");
    assert_eq!(bench.wallet().held_minor(), 9_500);
}

#[test]
fn t36_t38_short_funds_and_abnormal_refunds_wait_for_finance_under_their_number() {
    for outcome in [
        Outcome::NeedFunds { code: "NOT_ENOUGH".into() },
        Outcome::ManualAtChannel { code: "ABNORMAL".into() },
        Outcome::FixRequest { code: "INVALID_REQUEST".into() },
    ] {
        let mut bench = refunding();
        let number = bench.number(1);
        bench.call(1, outcome).expect("answered");
        assert!(matches!(bench.file().payouts[0].state, PayoutState::Stuck { .. }));
        assert_eq!(bench.next_step(1), None);
        bench.staff("f1", crate::Role::Finance, OrderAct::ResumePayout { payout: 1 }).expect("sent on");
        assert_eq!(bench.next_step(1), Some(Step::Ask), "asked about first");
        bench.call(1, Outcome::NotFound).expect("not there");
        bench.call(1, arrived()).expect("sent again");
        assert_eq!(bench.number(1), number);
    }
}

#[test]
fn r15_past_the_hard_time_it_is_traced() {
    let mut bench = refunding();
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    bench.pass_to("2026-03-17 23:59:59");
    assert_eq!(bench.file().payouts[0].traced_since, None);
    bench.pass_to("2026-03-18 00:00:00");
    assert_eq!(bench.file().payouts[0].traced_since, Some(at("2026-03-18 00:00:00")));
    bench.call(1, arrived()).expect("found at last");
}
