//! Asking issuers (R25): what their word decides, and what it does not.

use super::bench::{Bench, cny, words};
use crate::actor::{Actor, Role};
use crate::case::{CaseState, DecidedBy, Reason};
use crate::code_probe::{MOST_ATTEMPTS, ProbeAct, ProbeAnswer, ProbeOutcome, ProbeState, ProbeWord};
use crate::command::OrderAct;
use crate::ids::ProductId;
use crate::order_file::UnitState;
use crate::refusal::Refusal;
use crate::time::Instant;

fn bench() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.facts.probed.insert(ProductId::from("card"));
    bench
}

/// Bought, seen half an hour later, claimed as invalid another half hour later.
fn claimed(bench: &mut Bench, units: u16) {
    bench.paid(units);
    bench.pass_to("2026-03-10 10:30:00");
    for unit in 1..=units {
        bench.buyer(OrderAct::Reveal { unit }).expect("revealed");
    }
    bench.pass_to("2026-03-10 11:00:00");
    let all: Vec<u16> = (1..=units).collect();
    let claim = if units == 1 { "99.99" } else { "199.98" };
    bench.apply_for(&all, Reason::InvalidCode, claim, None, false).expect("applied");
}

fn attempt(bench: &mut Bench, probe: u16) {
    bench.program(OrderAct::Probe(ProbeAct::Attempt { probe, digest: "d".into() })).expect("asked");
}

fn used(since: Instant) -> ProbeOutcome {
    ProbeOutcome::Answered(ProbeAnswer { word: ProbeWord::Used { since }, face: None, text: Some(words()) })
}

fn says(word: ProbeWord) -> ProbeOutcome {
    ProbeOutcome::Answered(ProbeAnswer { word, face: Some(cny("50.00")), text: None })
}

fn record(bench: &mut Bench, probe: u16, outcome: ProbeOutcome) -> Result<(), Refusal> {
    let attempt = bench.file().probe(probe).expect("a probe").attempts;
    bench.program(OrderAct::Probe(ProbeAct::Record { probe, attempt, outcome }))
}

fn at(text: &str) -> Instant {
    super::bench::at(text)
}

#[test]
fn used_before_the_reveal_is_refunded_at_once_and_on_record() {
    let mut bench = bench();
    claimed(&mut bench, 1);
    assert!(matches!(bench.state(1), CaseState::AwaitingSeller { .. }), "the case does not wait for the issuer");
    attempt(&mut bench, 1);
    record(&mut bench, 1, used(at("2026-03-10 09:00:00"))).expect("recorded");
    let case = bench.file().case(1).expect("a case");
    let decision = case.decision().expect("decided");
    assert_eq!((decision.by, decision.row.as_str()), (DecidedBy::Automatic, "used_before_reveal"));
    assert!(decision.rules.contains(&"R25".to_owned()));
    assert_eq!(bench.net(1), 9_999);
    assert!(matches!(
        bench.file().probe(1).map(|probe| &probe.state),
        Some(ProbeState::Answered { before_reveal: Some(true), .. })
    ));
    assert!(bench.events.iter().any(|event| matches!(event, crate::event::OrderEvent::Redeemed { unit: 1, .. })));
}

#[test]
fn used_after_the_reveal_decides_nothing() {
    for since in ["2026-03-10 10:40:00", "2026-03-10 10:59:59"] {
        let mut bench = bench();
        claimed(&mut bench, 1);
        attempt(&mut bench, 1);
        record(&mut bench, 1, used(at(since))).expect("recorded");
        assert!(matches!(bench.state(1), CaseState::AwaitingSeller { .. }));
        assert!(matches!(bench.unit_state(1), UnitState::Revealed { .. }), "what it may still be paid is as it was");
        assert_eq!(bench.file().probe(1).map(|probe| probe.state.code()), Some("used"));
    }
}

#[test]
fn clocks_may_be_five_minutes_wrong() {
    for (since, decided) in [
        ("2026-03-10 10:24:59", true),
        ("2026-03-10 10:25:00", true),
        ("2026-03-10 10:25:01", false),
        ("2026-03-10 10:30:00", false),
        ("2026-03-10 10:34:59", false),
    ] {
        let mut bench = bench();
        claimed(&mut bench, 1);
        attempt(&mut bench, 1);
        record(&mut bench, 1, used(at(since))).expect("recorded");
        assert_eq!(bench.file().case(1).and_then(|case| case.decision()).is_some(), decided, "{since}");
    }
}

#[test]
fn unused_and_unknown_change_nothing() {
    for word in [ProbeWord::Unused, ProbeWord::Unknown] {
        let mut bench = bench();
        claimed(&mut bench, 1);
        let before = bench.state(1).clone();
        attempt(&mut bench, 1);
        record(&mut bench, 1, says(word)).expect("recorded");
        assert_eq!(*bench.state(1), before);
        assert!(matches!(&bench.file().probe(1).expect("a probe").state, ProbeState::Answered { .. }));
    }
}

#[test]
fn of_two_codes_only_one_was_used_before_so_the_seller_answers() {
    let mut bench = bench();
    claimed(&mut bench, 2);
    assert_eq!(bench.file().probes.len(), 2);
    for (probe, outcome) in [(1, used(at("2026-03-10 08:00:00"))), (2, says(ProbeWord::Unused))] {
        attempt(&mut bench, probe);
        record(&mut bench, probe, outcome).expect("recorded");
    }
    assert!(matches!(bench.state(1), CaseState::AwaitingSeller { .. }));
    assert!(matches!(bench.unit_state(1), UnitState::Redeemed { revealed_at: None, .. }));
}

#[test]
fn what_risk_control_must_see_is_left_to_it() {
    let mut bench = bench();
    bench.facts.restricted_buyer = true;
    claimed(&mut bench, 1);
    attempt(&mut bench, 1);
    record(&mut bench, 1, used(at("2026-03-10 08:00:00"))).expect("recorded");
    assert!(matches!(bench.state(1), CaseState::UnderReview { .. }), "a person decides");
}

#[test]
fn late_and_foreign_answers_are_not_heard() {
    let mut bench = bench();
    claimed(&mut bench, 1);
    attempt(&mut bench, 1);
    let answer =
        |attempt| OrderAct::Probe(ProbeAct::Record { probe: 1, attempt, outcome: used(at("2026-03-10 08:00:00")) });
    assert_eq!(bench.program(answer(7)), Err(Refusal::NothingDue), "another attempt");
    for by in [
        Actor::Buyer { party: bench.buyer.clone() },
        Actor::Seller { seller: "s1".into(), account: "sa1".into() },
        Actor::Staff { account: "r1".into(), role: Role::Reviewer },
    ] {
        assert_eq!(bench.order_act(by, answer(1)), Err(Refusal::NotYours), "only the program says what an issuer said");
    }
    bench.now = bench.now.plus_seconds(60);
    assert_eq!(bench.program(answer(1)), Err(Refusal::NothingDue), "too late");
    assert!(bench.file().case(1).expect("a case").decision().is_none());
}

#[test]
fn without_an_answer_it_ends_by_itself_and_the_case_goes_on() {
    let mut bench = bench();
    claimed(&mut bench, 1);
    for _ in 0..MOST_ATTEMPTS {
        attempt(&mut bench, 1);
        let due = bench.file().probe(1).and_then(|probe| probe.due()).expect("it ends");
        bench.now = due;
        bench.serve_timers();
        if let Some(again) = bench.file().probe(1).and_then(|probe| probe.due()) {
            bench.now = again;
        }
    }
    let probe = bench.file().probe(1).expect("a probe");
    assert_eq!(probe.state, ProbeState::Unanswered { code: "no_answer".into() });
    assert!(bench.now < at("2026-03-10 14:00:00"), "in less than three hours: {}", bench.now);
    assert!(matches!(bench.state(1), CaseState::AwaitingSeller { .. }));
    bench.live_until("2026-03-11 12:00:00");
    assert_eq!(bench.net(1), 9_999, "the seller was silent (R16)");
}

#[test]
fn a_question_that_nobody_sends_ends_too() {
    let mut bench = bench();
    claimed(&mut bench, 1);
    bench.live_until("2026-03-10 18:00:00");
    for _ in 0..MOST_ATTEMPTS {
        if let Some(due) = bench.file().probe(1).and_then(|probe| probe.due()) {
            bench.now = due;
            bench.serve_timers();
        }
    }
    assert!(!bench.file().probe(1).expect("a probe").is_open());
}

#[test]
fn only_claims_about_the_code_and_judges_ask() {
    let mut bench = bench();
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.apply(Reason::SystemFault, "99.99").expect("applied");
    assert!(bench.file().probes.is_empty(), "a system fault is not about the code");
    let ask = OrderAct::Probe(ProbeAct::Ask { case: 1 });
    assert!(bench.buyer(ask.clone()).is_err());
    assert!(bench.seller(ask.clone()).is_err());
    assert!(bench.staff("f1", Role::Finance, ask.clone()).is_err());
    bench.staff("r1", Role::Reviewer, ask.clone()).expect("a judge asks");
    assert_eq!(bench.file().probes.len(), 1);
    assert_eq!(bench.staff("r1", Role::Reviewer, ask), Err(Refusal::NothingDue), "one question at a time");

    let mut without = Bench::new("2026-03-10 10:00:00");
    claimed(&mut without, 1);
    assert!(without.file().probes.is_empty(), "no issuer is known");
}
