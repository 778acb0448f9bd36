//! What happens when the original road is closed, and when money cannot be found (R14, R15).

use super::Bench;
use super::bench::{arrived, at, screenshot, words};
use crate::actor::Role;
use crate::case::{CaseState, EvidenceKind, EvidenceRef, Reason};
use crate::command::OrderAct;
use crate::event::OrderEvent;
use crate::payout::{Destination, Outcome, PayoutState, Step};
use crate::refusal::Refusal;
use crate::route::{AccountKind, Hold, Roads, RouteAct, RouteEvent};
use crate::turn::{Around, BlockingPoint, Who, standing, turn};
use std::collections::BTreeMap;
use std::sync::Arc;

fn closure() -> EvidenceRef {
    EvidenceRef { id: "e2".into(), kind: EvidenceKind::ClosureProof, digest: "d".into() }
}

fn roads() -> Arc<Roads> {
    let remits = AccountKind::ALL.into_iter().map(|kind| ("sim".into(), kind)).collect();
    Arc::new(Roads { remits, finishes: ["sim".into()].into(), ..Roads::default() })
}

/// One of everything anybody may ask about roads.
pub fn acts() -> impl Iterator<Item = RouteAct> {
    let names = (1..=2).map(|case| name_account(case, vec![closure()]));
    let steps = (1..=3).flat_map(|payout| {
        [
            RouteAct::NameCard { payout, card: words() },
            RouteAct::CheckAccount { payout },
            RouteAct::RefuseAccount { payout, words: words() },
            RouteAct::Remit { payout, channel: "sim".into() },
            RouteAct::RecordTransfer { payout, reference: "B1".into() },
            RouteAct::RecordArrival { payout, evidence: vec![screenshot()] },
            RouteAct::RecordReturn { payout, evidence: vec![screenshot()] },
            RouteAct::RecordRelease { payout, evidence: vec![screenshot()] },
            RouteAct::RefuseRelease { payout, words: words() },
            RouteAct::FinishAtChannel { payout },
            RouteAct::DoubtArrival { payout },
            RouteAct::AnswerDoubt { payout, words: words() },
            RouteAct::ReverseSwitch { payout, words: words() },
        ]
    });
    names.chain(steps)
}

fn name_account(case: u16, evidence: Vec<EvidenceRef>) -> RouteAct {
    RouteAct::NameAccount { case, kind: AccountKind::Alipay, account: words(), evidence }
}

fn buyer(bench: &mut Bench, act: RouteAct) -> Result<(), Refusal> {
    bench.buyer(OrderAct::Route(act))
}

fn finance(bench: &mut Bench, who: &str, act: RouteAct) -> Result<(), Refusal> {
    bench.staff(who, Role::Finance, OrderAct::Route(act))
}

fn refunding(bench: &mut Bench) {
    bench.facts.roads = roads();
    bench.paid(1);
    bench.apply(Reason::Personal, "99.99").expect("approved");
}

pub fn abnormal(bench: &mut Bench) {
    refunding(bench);
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    bench.call(1, Outcome::ManualAtChannel { code: "ABNORMAL".into() }).expect("abnormal");
}

pub fn kept_by_agent(bench: &mut Bench) {
    bench.facts.roads = Arc::new(Roads { escrow_agents: ["sim".into()].into(), ..Roads::default() });
    bench.paid(1);
    bench.apply(Reason::Personal, "99.99").expect("approved");
}

fn closed(bench: &mut Bench) {
    refunding(bench);
    bench.call(1, Outcome::OtherRoute { code: "CLOSED".into() }).expect("refused");
    bench.call(1, Outcome::NotFound).expect("proven");
}

pub fn named(bench: &mut Bench) {
    closed(bench);
    buyer(bench, name_account(1, vec![closure()])).expect("named");
}

pub fn checked(bench: &mut Bench) {
    named(bench);
    finance(bench, "f1", RouteAct::CheckAccount { payout: 2 }).expect("checked");
}

pub fn at_bank(bench: &mut Bench) {
    checked(bench);
    finance(bench, "f2", RouteAct::RecordTransfer { payout: 2, reference: "B1".into() }).expect("sent");
}

pub fn doubted(bench: &mut Bench) {
    refunding(bench);
    bench.call(1, arrived()).expect("arrived");
    bench.now = at("2026-03-20 10:00:00");
    buyer(bench, RouteAct::DoubtArrival { payout: 1 }).expect("doubted");
}

pub fn switched(bench: &mut Bench) {
    refunding(bench);
    bench.apply_for(&[1], Reason::Personal, "99.99", None, true).expect_err("one open case");
    bench.call(1, Outcome::OtherRoute { code: "CLOSED".into() }).expect("refused");
    bench.call(1, Outcome::NotFound).expect("proven");
    bench.buyer(OrderAct::ChooseBalance { case: 1 }).expect("chosen");
}

fn bench() -> Bench {
    Bench::new("2026-03-10 10:00:00")
}

fn point(bench: &Bench) -> Option<(Who, BlockingPoint)> {
    turn(bench.file(), &bench.file().cases[0]).map(|turn| (turn.who, turn.point))
}

#[test]
fn an_account_is_named_with_proof_checked_by_one_and_paid_by_another() {
    let mut bench = bench();
    closed(&mut bench);
    assert_eq!(point(&bench), Some((Who::Buyer, BlockingPoint::BuyerRoute)));
    let without = name_account(1, vec![screenshot()]);
    assert_eq!(buyer(&mut bench, without), Err(Refusal::Missing { field: "closure_proof" }));
    buyer(&mut bench, name_account(1, vec![closure()])).expect("named");
    assert_eq!(bench.state(1), &CaseState::Refunding);
    assert_eq!(bench.file().payouts[0].state, PayoutState::Rerouted);
    assert_ne!(bench.number(1), bench.number(2), "a new road has a new number");
    assert_eq!(point(&bench), Some((Who::Finance, BlockingPoint::AccountCheck)));
    assert_eq!(bench.next_step(2), None, "nothing leaves by itself");
    let approve = OrderAct::ApprovePayout { payout: 2 };
    assert_eq!(bench.staff("f9", Role::Finance, approve), Err(Refusal::WrongState { state: "not_held" }));
    let remit = RouteAct::Remit { payout: 2, channel: "sim".into() };
    assert!(finance(&mut bench, "f1", remit.clone()).is_err(), "not before it is checked");
    finance(&mut bench, "f1", RouteAct::CheckAccount { payout: 2 }).expect("checked");
    assert_eq!(finance(&mut bench, "f1", remit.clone()), Err(Refusal::Conflicted), "four eyes");
    let elsewhere = RouteAct::Remit { payout: 2, channel: "stripe".into() };
    assert_eq!(finance(&mut bench, "f2", elsewhere), Err(Refusal::WrongState { state: "no_remittance" }));
    finance(&mut bench, "f2", remit).expect("sent on");
    assert_eq!(bench.next_step(2), Some(Step::Send));
    bench.call(2, Outcome::Unknown { code: "TIMEOUT".into() }).expect("asked about");
    assert_eq!(bench.next_step(2), Some(Step::Ask), "the same protocol under the same number");
    bench.call(2, arrived()).expect("arrived");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!(bench.book("channel_clearing:sim"), -9_999 + 9_500);
}

#[test]
fn a_name_that_does_not_fit_goes_back_to_the_buyer_with_the_reason() {
    let mut bench = bench();
    checked(&mut bench);
    finance(&mut bench, "f2", RouteAct::Remit { payout: 2, channel: "sim".into() }).expect("sent on");
    bench.call(2, Outcome::OtherRoute { code: "PAYEE_USERINFO_ERROR".into() }).expect("the channel's own check");
    assert_eq!(bench.state(1), &CaseState::Refunding, "not before it is proven");
    bench.call(2, Outcome::NotFound).expect("nothing moved");
    assert!(matches!(bench.state(1), CaseState::AwaitingRoute { .. }));
    assert!(bench.file().cases[0].remind_at.is_some());
    // The proof is on file; another account is named with it.
    buyer(&mut bench, name_account(1, vec![])).expect("named again");
    let refuse = RouteAct::RefuseAccount { payout: 3, words: words() };
    finance(&mut bench, "f1", refuse).expect("the name is another one");
    assert!(matches!(bench.state(1), CaseState::AwaitingRoute { .. }));
    assert_eq!(point(&bench), Some((Who::Buyer, BlockingPoint::BuyerRoute)));
    bench.buyer(OrderAct::ChooseBalance { case: 1 }).expect("or balance");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn what_was_sent_at_the_bank_has_arrived_only_on_the_word_of_finance() {
    let mut bench = bench();
    at_bank(&mut bench);
    assert_eq!(point(&bench), Some((Who::Finance, BlockingPoint::BankClearing)));
    assert_eq!(bench.next_step(2), None);
    let lie = OrderAct::RecordOutcome { payout: 2, attempt: None, outcome: arrived() };
    assert_eq!(bench.channel(lie), Err(Refusal::NotFound), "no channel has a say in it");
    let bare = RouteAct::RecordArrival { payout: 2, evidence: vec![] };
    assert_eq!(finance(&mut bench, "f2", bare), Err(Refusal::Missing { field: "evidence" }));
    finance(&mut bench, "f2", RouteAct::RecordArrival { payout: 2, evidence: vec![screenshot()] }).expect("arrived");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!(bench.book("channel_clearing:bank"), 9_500);
    finance(&mut bench, "f2", RouteAct::RecordReturn { payout: 2, evidence: vec![screenshot()] }).expect("came back");
    assert!(matches!(bench.state(1), CaseState::AwaitingRoute { .. }), "a bounce reopens");
    assert_eq!(bench.book("channel_clearing:bank"), 0);
}

#[test]
fn a_house_of_one_pays_alone_after_a_wait_and_it_is_counted() {
    let alone: &[(&str, &[Role])] = &[("f1", &[Role::Finance])];
    let mut bench = bench().with_staff(alone);
    checked(&mut bench);
    let pay = RouteAct::RecordTransfer { payout: 2, reference: "B1".into() };
    assert!(matches!(finance(&mut bench, "f1", pay.clone()), Err(Refusal::NotYetDue { .. })));
    bench.now = bench.now.plus_hours(24);
    finance(&mut bench, "f1", pay).expect("a day later");
    let counted =
        |event: &OrderEvent| matches!(event, OrderEvent::Route(RouteEvent::TransferRecorded { alone: true, .. }));
    assert!(bench.events.iter().any(counted));
}

#[test]
fn an_abnormal_refund_is_finished_at_the_channel_under_its_own_number() {
    let mut bench = bench();
    abnormal(&mut bench);
    assert_eq!(point(&bench), Some((Who::Finance, BlockingPoint::AbnormalAtChannel)));
    let number = bench.number(1);
    let finish = RouteAct::FinishAtChannel { payout: 1 };
    assert_eq!(finance(&mut bench, "f1", finish.clone()), Err(Refusal::Missing { field: "card" }));
    assert!(buyer(&mut bench, name_account(1, vec![closure()])).is_err(), "no other road while money is out there");
    buyer(&mut bench, RouteAct::NameCard { payout: 1, card: words() }).expect("named");
    finance(&mut bench, "f1", finish).expect("sent on");
    assert_eq!(bench.next_step(1), Some(Step::Finish));
    bench.call(1, Outcome::Unknown { code: "TIMEOUT".into() }).expect("unknown");
    assert_eq!(bench.next_step(1), Some(Step::Ask), "asked about, not told twice");
    bench.call(1, arrived()).expect("arrived");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!((bench.number(1), bench.file().payouts.len()), (number, 1));
}

#[test]
fn an_abnormal_refund_takes_another_road_only_when_the_money_is_proven_back() {
    let mut bench = bench();
    abnormal(&mut bench);
    let bare = RouteAct::RecordReturn { payout: 1, evidence: vec![] };
    assert_eq!(finance(&mut bench, "f1", bare), Err(Refusal::Missing { field: "evidence" }));
    finance(&mut bench, "f1", RouteAct::RecordReturn { payout: 1, evidence: vec![screenshot()] }).expect("proven");
    assert!(matches!(bench.file().payouts[0].state, PayoutState::Refused { .. }));
    let late = OrderAct::RecordOutcome { payout: 1, attempt: None, outcome: arrived() };
    let told = Err(Refusal::Inconsistent { what: "arrived after a final refusal" });
    assert_eq!(bench.channel(late), told, "a contradiction is for a person");
    buyer(&mut bench, name_account(1, vec![closure()])).expect("another road");
    assert_eq!(bench.file().payouts[1].hold, Hold::NameCheck);
}

#[test]
fn what_an_agent_keeps_waits_for_his_release() {
    let mut bench = bench();
    kept_by_agent(&mut bench);
    assert_eq!(point(&bench), Some((Who::Finance, BlockingPoint::AgentRelease)));
    let mut refused = bench.clone();
    let release = RouteAct::RecordRelease { payout: 1, evidence: vec![screenshot()] };
    finance(&mut bench, "f1", release).expect("released");
    assert_eq!(bench.next_step(1), Some(Step::Send));
    finance(&mut refused, "f1", RouteAct::RefuseRelease { payout: 1, words: words() }).expect("he will not");
    assert!(matches!(refused.state(1), CaseState::AwaitingRoute { .. }));
}

#[test]
fn a_large_sum_of_an_agent_still_needs_a_second_person() {
    let mut bench = bench();
    bench.facts.roads = Arc::new(Roads { escrow_agents: ["sim".into()].into(), ..Roads::default() });
    (bench.offer.terms.price_minor, bench.offer.terms.face_minor) = (600_000, 600_000);
    bench.paid(1);
    bench.apply(Reason::Personal, "6000.00").expect("approved");
    if !matches!(bench.state(1), CaseState::Refunding) {
        let act = OrderAct::Approve {
            case: 1,
            amount: super::bench::cny("6000.00"),
            answers: super::bench::yes(),
            words: None,
        };
        bench.judge("r", Role::Risk, act).expect("approved");
    }
    let release = RouteAct::RecordRelease { payout: 1, evidence: vec![screenshot()] };
    finance(&mut bench, "f1", release).expect("released");
    assert_eq!((bench.file().payouts[0].hold, bench.next_step(1)), (Hold::Approval, None));
    bench.staff("f1", Role::Finance, OrderAct::ApprovePayout { payout: 1 }).expect("approved");
    assert_eq!(bench.next_step(1), Some(Step::Send));
}

#[test]
fn r15_a_buyer_waits_until_the_time_is_over_then_it_is_looked_for() {
    let mut bench = bench();
    refunding(&mut bench);
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    let doubt = RouteAct::DoubtArrival { payout: 1 };
    let hard = bench.file().payouts[0].hard.too_late_from;
    assert_eq!(buyer(&mut bench, doubt.clone()), Err(Refusal::OnItsWay { until: hard }));
    bench.call(1, arrived()).expect("arrived");
    let expected = bench.file().payouts[0].expected.too_late_from;
    assert_eq!(buyer(&mut bench, doubt.clone()), Err(Refusal::OnItsWay { until: expected }));
    bench.now = expected;
    buyer(&mut bench, doubt.clone()).expect("looked for");
    assert_eq!(point(&bench), Some((Who::Finance, BlockingPoint::ArrivalDoubted)));
    assert_eq!(buyer(&mut bench, doubt), Err(Refusal::WrongState { state: "traced" }));
    finance(&mut bench, "f1", RouteAct::AnswerDoubt { payout: 1, words: words() }).expect("found");
    assert_eq!(point(&bench), None);
}

#[test]
fn a_switch_without_consent_is_reversed_for_the_unspent_part() {
    let mut bench = bench();
    switched(&mut bench);
    assert_eq!(bench.wallet().held_minor(), 9_500);
    let reverse = RouteAct::ReverseSwitch { payout: 2, words: words() };
    finance(&mut bench, "f1", reverse.clone()).expect("reversed");
    assert_eq!((bench.wallet().held_minor(), bench.book("buyer_balance:b1")), (0, 0));
    assert_eq!(bench.file().payouts[1].state, PayoutState::Rerouted);
    assert!(matches!(bench.file().payouts[2].destination, Destination::Original { .. }));
    assert_eq!(finance(&mut bench, "f1", reverse), Err(Refusal::WrongState { state: "not_to_balance" }));
    bench.call(3, arrived()).expect("home");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn channels_down_and_rest_days_are_said() {
    let mut bench = bench();
    refunding(&mut bench);
    let down = BTreeMap::from([("sim".into(), at("2026-03-10 09:00:00"))]);
    let seen = |bench: &Bench, down| {
        let around = Around { now: bench.now, calendar: crate::calendar::Calendar::builtin(), down };
        standing(bench.file(), &bench.file().cases[0], &around)
    };
    let none = BTreeMap::new();
    assert_eq!(seen(&bench, &none).point, BlockingPoint::AboutToSend);
    assert_eq!(seen(&bench, &down).point, BlockingPoint::ChannelDown);
    assert_eq!(seen(&bench, &down).since, Some(at("2026-03-10 09:00:00")));
    bench.call(1, Outcome::Accepted { channel_ref: "r".into() }).expect("accepted");
    assert_eq!(seen(&bench, &none).point, BlockingPoint::AtChannel);
    bench.now = at("2026-03-14 10:00:00");
    let rests = seen(&bench, &none);
    assert_eq!((rests.point, rests.next), (BlockingPoint::RestDays, Some(at("2026-03-16 00:00:00"))));
}
