//! The panel: drawn without conflict of interest, blind, by majority (R30).

use super::Bench;
use super::bench::{at, cny, remedy, words, yes};
use crate::actor::Role;
use crate::case::{CaseState, DecidedBy, Desk, Reason, RemedyGround};
use crate::command::OrderAct;
use crate::panel::{Responsible, Seat};
use crate::refusal::Refusal;
use std::collections::BTreeSet;

fn contested() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_arbitrators();
    bench.paid(1);
    bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.seller(OrderAct::SellerContest { case: 1, words: Some(words()), evidence: vec![] }).expect("contested");
    bench
}

fn refer(bench: &mut Bench) -> Result<(), Refusal> {
    bench.staff("r1", Role::Reviewer, OrderAct::ReferToPanel { case: 1 })
}

fn seats(bench: &Bench) -> Vec<Seat> {
    bench.file().cases[0].panel.as_ref().expect("a panel").seats.clone()
}

fn vote(bench: &mut Bench, who: &Seat, responsible: Responsible, amount_minor: i64) -> Result<(), Refusal> {
    let act = OrderAct::Vote { case: 1, responsible, amount_minor, reason: words() };
    bench.staff(who.arbitrator.as_str(), Role::Arbitrator, act)
}

#[test]
fn nobody_with_a_conflict_of_interest_is_drawn_and_too_few_are_no_panel() {
    let mut bench = contested();
    bench.facts.conflicted_organisations = BTreeSet::from(["org0".into()]);
    assert_eq!(refer(&mut bench), Err(Refusal::PanelTooSmall { seats: 17, eligible: 16 }));
    bench.facts.conflicted_organisations.clear();
    bench.facts.arbitrators[0].account = "b1".into();
    refer(&mut bench).expect("nineteen are left");
    let drawn: BTreeSet<String> = seats(&bench).iter().map(|seat| seat.arbitrator.to_string()).collect();
    assert_eq!(drawn.len(), 17, "each once");
    assert!(!drawn.contains("b1"), "the buyer does not judge himself");
    assert_eq!(refer(&mut bench), Err(Refusal::WrongState { state: "before_panel" }));
}

#[test]
fn the_draw_is_by_lot() {
    let draw = || {
        let mut bench = contested();
        refer(&mut bench).expect("drawn");
        seats(&bench).iter().map(|seat| seat.arbitrator.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(draw(), draw(), "the same seed draws the same panel");
    let order: Vec<String> = (1..=17).map(|n| format!("arb{n}")).collect();
    assert_ne!(draw(), order, "and not simply the first");
}

#[test]
fn evidence_then_votes_then_the_median_of_the_majority() {
    let mut bench = contested();
    refer(&mut bench).expect("drawn");
    let seats = seats(&bench);
    let early = vote(&mut bench, &seats[0], Responsible::Seller, 9_999);
    assert_eq!(early, Err(Refusal::WrongState { state: "before_panel" }), "first the material");
    let more = OrderAct::GiveMaterial { case: 1, words: Some(words()), evidence: vec![] };
    bench.buyer(more.clone()).expect("the buyer adds");
    bench.seller(more.clone()).expect("and the seller");
    bench.pass_to("2026-03-12 10:00:01");
    assert_eq!(bench.buyer(more), Err(Refusal::WrongState { state: "before_panel" }), "not while they vote");
    for (n, seat) in seats.iter().enumerate() {
        let (responsible, amount) = match n {
            0..5 => (Responsible::Seller, 9_999),
            5..9 => (Responsible::Shared, 5_000),
            _ => (Responsible::Buyer, 0),
        };
        vote(&mut bench, seat, responsible, amount).expect("voted");
        if n == 0 {
            assert_eq!(vote(&mut bench, seat, responsible, amount), Err(Refusal::OnlyOnce));
        }
    }
    let decision = bench.file().cases[0].decision().expect("decided");
    assert_eq!((decision.by, decision.approved_minor(), decision.row.as_str()), (DecidedBy::Panel, 9_999, "R30"));
    assert_eq!(bench.state(1), &CaseState::Refunding);
}

#[test]
fn amounts_of_votes_are_bounded_and_strangers_do_not_vote() {
    let mut bench = contested();
    refer(&mut bench).expect("drawn");
    bench.pass_to("2026-03-12 10:00:01");
    let seats = seats(&bench);
    let most = cny("99.99");
    assert_eq!(vote(&mut bench, &seats[0], Responsible::Seller, 10_000), Err(Refusal::AboveRefundable { most }));
    assert_eq!(vote(&mut bench, &seats[0], Responsible::Seller, 0), Err(Refusal::BadAmount));
    assert_eq!(vote(&mut bench, &seats[0], Responsible::Buyer, 1), Err(Refusal::BadAmount));
    let stranger = Seat { arbitrator: "stranger".into(), ..seats[0].clone() };
    assert_eq!(vote(&mut bench, &stranger, Responsible::Buyer, 0), Err(Refusal::NotFound));
    let act = OrderAct::Vote { case: 1, responsible: Responsible::Buyer, amount_minor: 0, reason: words() };
    assert_eq!(bench.staff("r1", Role::Admin, act), Err(Refusal::NotYours));
}

#[test]
fn without_a_majority_the_platform_decides() {
    let mut bench = contested();
    refer(&mut bench).expect("drawn");
    bench.pass_to("2026-03-12 10:00:01");
    for (n, seat) in seats(&bench).iter().take(16).enumerate() {
        let (responsible, amount) = if n % 2 == 0 { (Responsible::Seller, 9_999) } else { (Responsible::Buyer, 0) };
        vote(&mut bench, seat, responsible, amount).expect("voted");
    }
    bench.pass_to("2026-03-14 10:00:02");
    let sitting = bench.sitting(1);
    assert_eq!((sitting.desk, sitting.due.too_late_from), (Desk::Senior, at("2026-03-19 00:00:00")));
    let again = bench.staff("s1", Role::SeniorReviewer, OrderAct::ReferToPanel { case: 1 });
    assert_eq!(again, Err(Refusal::OnlyOnce));
    let act = OrderAct::Approve { case: 1, amount: cny("99.99"), answers: yes(), words: None };
    bench.judge("s1", Role::SeniorReviewer, act).expect("decided");
}

#[test]
fn r19_a_ruling_against_the_buyer_is_challenged_only_for_a_named_rule_error() {
    let mut bench = contested();
    refer(&mut bench).expect("drawn");
    bench.pass_to("2026-03-12 10:00:01");
    for seat in seats(&bench) {
        vote(&mut bench, &seat, Responsible::Buyer, 0).expect("voted");
    }
    assert!(matches!(bench.state(1), CaseState::Rejected { .. }));
    let appeal = bench.buyer(remedy(1, RemedyGround::NewMaterial));
    assert_eq!(appeal, Err(Refusal::NotAccepted { missing: "appealable_decision" }));
    let unjust = bench.buyer(remedy(1, RemedyGround::UnjustRefusal));
    assert_eq!(unjust, Err(Refusal::NotAccepted { missing: "named_rule" }));
    bench.buyer(remedy(1, RemedyGround::BrokenRule)).expect("a named rule");
}
