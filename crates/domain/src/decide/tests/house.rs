//! The small house (R35): one person on the staff, goods the platform sells itself; every case ends, in nobody's own
//! favour.

use super::Bench;
use super::bench::{at, cny, remedy, words, yes};
use crate::actor::Role;
use crate::case::{CaseState, DecidedBy, Reason, RejectCode, RemedyGround};
use crate::command::OrderAct;
use crate::payout::PayoutState;
use crate::refusal::Refusal;

const ALONE: &[(&str, &[Role])] = &[("admin", &[Role::Admin])];

fn approve(amount: &str) -> OrderAct {
    OrderAct::Approve { case: 1, amount: cny(amount), answers: yes(), words: None }
}

fn reject() -> OrderAct {
    OrderAct::Reject { case: 1, code: RejectCode::RejectNoFault, clause: None, answers: yes(), words: words() }
}

fn uphold(amount_minor: i64) -> OrderAct {
    OrderAct::Uphold { case: 1, amount_minor, answers: yes(), words: None }
}

fn dismiss() -> OrderAct {
    OrderAct::Dismiss { case: 1, answers: yes(), words: words() }
}

/// One person runs it all, and has rejected the case; the buyer appeals.
fn appealed(own_goods: bool) -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(ALONE).with_arbitrators();
    bench.offer.terms.self_operated = own_goods;
    bench.paid(1);
    bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.judge("admin", Role::Admin, reject()).expect("the first review is his");
    bench.buyer(remedy(1, RemedyGround::NewMaterial)).expect("appealed");
    bench
}

#[test]
fn the_only_judge_may_not_hear_the_appeal_until_it_is_due_and_then_only_for_the_buyer() {
    for own_goods in [false, true] {
        let mut bench = appealed(own_goods);
        assert!(bench.sitting(1).unmanned, "and the buyer is told so");
        assert_eq!(bench.staff("admin", Role::Admin, uphold(9_999)), Err(Refusal::Conflicted));
        // Five working days for an appeal.
        bench.pass_to("2026-03-18 00:00:00");
        assert_eq!(bench.staff("admin", Role::Admin, dismiss()), Err(Refusal::Conflicted), "never against him");
        assert_eq!(bench.staff("admin", Role::Admin, uphold(5_000)), Err(Refusal::Conflicted), "nor half against him");
        bench.judge("admin", Role::Admin, uphold(9_999)).expect("in his favour");
        assert_eq!(bench.net(1), 9_999);
    }
}

#[test]
fn nobody_acts_by_twice_the_due_time_and_it_is_approved_up_to_the_cap() {
    let mut bench = appealed(true);
    bench.pass_to("2026-03-24 23:59:59");
    assert_eq!(bench.net(1), 0);
    bench.pass_to("2026-03-25 00:00:00");
    let decision = bench.file().cases[0].decision().expect("decided");
    assert_eq!((decision.by, decision.net_minor()), (DecidedBy::SmallHouse, 9_999));
}

#[test]
fn an_arbitrator_of_an_outside_organisation_can_be_invited() {
    let mut bench = appealed(true);
    let invite = |who: &str| OrderAct::InviteArbitrator { case: 1, arbitrator: who.into() };
    assert_eq!(bench.staff("admin", Role::Admin, invite("stranger")), Err(Refusal::Conflicted));
    bench.staff("admin", Role::Admin, invite("arb3")).expect("invited");
    assert_eq!(bench.staff("arb4", Role::Arbitrator, dismiss()), Err(Refusal::NotYours));
    bench.judge("arb3", Role::Arbitrator, dismiss()).expect("heard by somebody from outside");
    assert!(matches!(bench.state(1), CaseState::Rejected { .. }));
    let mut manned =
        Bench::new("2026-03-10 10:00:00").with_staff(&[("r1", &[Role::Reviewer]), ("r2", &[Role::Reviewer])]);
    manned.paid(1);
    manned.apply(Reason::SystemFault, "99.99").expect("filed");
    let refused = manned.staff("admin", Role::Admin, invite("arb3"));
    assert_eq!(refused, Err(Refusal::WrongState { state: "somebody_may_judge" }));
}

#[test]
fn a_house_of_one_that_does_nothing_ends_every_case() {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(ALONE);
    bench.paid(1);
    bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.pass_to("2026-03-18 23:59:59");
    assert!(matches!(bench.state(1), CaseState::UnderReview { .. }));
    bench.pass_to("2026-03-19 00:00:00");
    assert_eq!(bench.file().cases[0].decision().map(|d| (d.by, d.net_minor())), Some((DecidedBy::SmallHouse, 9_999)));
}

#[test]
fn two_people_escalate_for_ever_and_nothing_is_decided_by_lapse_of_time() {
    let mut bench =
        Bench::new("2026-03-10 10:00:00").with_staff(&[("r1", &[Role::Reviewer]), ("s1", &[Role::SeniorReviewer])]);
    bench.paid(1);
    bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.live_until("2026-06-10 10:00:00");
    assert!(matches!(bench.state(1), CaseState::UnderReview { .. }));
    assert!(bench.sitting(1).escalations > 30);
}

#[test]
fn four_eyes_without_a_second_person_are_a_wait_and_a_count() {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(ALONE);
    bench.offer.terms.price_minor = 600_000;
    bench.offer.terms.face_minor = 600_000;
    bench.paid(1);
    bench.apply(Reason::SystemFault, "6000.00").expect("filed");
    bench.judge("admin", Role::Admin, approve("6000.00")).expect("approved");
    assert_eq!(bench.file().payouts[0].state, PayoutState::Held);
    let release = OrderAct::ApprovePayout { payout: 1 };
    let from = at("2026-03-11 10:00:30");
    assert_eq!(bench.staff("admin", Role::Admin, release.clone()), Err(Refusal::NotYetDue { from }));
    bench.now = from;
    let mut manned = bench.clone().with_staff(&[("admin", &[Role::Admin]), ("f1", &[Role::Finance])]);
    assert_eq!(manned.staff("admin", Role::Admin, release.clone()), Err(Refusal::Conflicted));
    manned.staff("f1", Role::Finance, release.clone()).expect("a second person");
    bench.staff("admin", Role::Admin, release).expect("a day later, alone");
    let alone = bench.events.iter().any(|e| matches!(e, crate::event::OrderEvent::PayoutApproved { alone: true, .. }));
    assert!(alone, "and it is counted");
}
