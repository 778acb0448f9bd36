//! Offers, replacement, more time: R26, R33.

use super::Bench;
use super::bench::{at, words};
use crate::actor::Role;
use crate::case::{CaseState, CloseCode, Reason};
use crate::catalogue::DeliveryMode;
use crate::command::OrderAct;
use crate::event::OrderEvent;
use crate::offer::OfferTerms;
use crate::order_file::UnitState;
use crate::refusal::Refusal;
use crate::stock::StockFate;
use crate::turn::{Who, turn};

fn offer(case: Option<u16>, terms: OfferTerms) -> OrderAct {
    let reason = case.is_none().then_some(Reason::InvalidCode);
    OrderAct::MakeOffer { case, units: vec![1], reason, terms, words: Some(words()) }
}

fn answer(offer: u16, accept: bool) -> OrderAct {
    OrderAct::AnswerOffer { offer, accept }
}

fn with_seller() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.apply(Reason::InvalidCode, "99.99").expect("with the seller");
    bench
}

#[test]
fn an_accepted_part_refund_is_paid_and_cannot_be_appealed() {
    let mut bench = with_seller();
    bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 5_000 })).expect("offered");
    let open = turn(bench.file(), &bench.file().cases[0]).expect("a turn");
    assert_eq!((open.who, open.due.expect("due").too_late_from), (Who::Buyer, at("2026-03-14 00:00:00")));
    let agree = bench.seller(OrderAct::SellerAgree { case: 1 });
    assert_eq!(agree, Err(Refusal::WrongState { state: "offer_made" }), "the offer spent his turn");
    bench.buyer(answer(1, true)).expect("accepted");
    assert_eq!((bench.net(1), bench.state(1)), (5_000, &CaseState::Refunding));
    assert_eq!(bench.file().cases[0].appeal_until, None, "he agreed");
}

#[test]
fn declined_or_unanswered_goes_to_review() {
    let mut bench = with_seller();
    bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 1 })).expect("offered");
    let mut silent = bench.clone();
    bench.buyer(answer(1, false)).expect("declined");
    assert!(matches!(bench.state(1), CaseState::UnderReview { .. }));
    silent.pass_to("2026-03-14 00:00:00");
    assert!(matches!(silent.state(1), CaseState::UnderReview { .. }));
    let lapsed = silent.buyer(answer(1, true));
    assert_eq!(lapsed, Err(Refusal::WrongState { state: "lapsed" }));
}

#[test]
fn a_second_offer_during_review_does_not_stop_the_reviewers_clock_and_a_third_is_refused() {
    let mut bench = with_seller();
    bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 1 })).expect("offered");
    bench.buyer(answer(1, false)).expect("declined");
    let due = bench.sitting(1).due.clone();
    bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 9_999 })).expect("a second one");
    assert_eq!(bench.sitting(1).due, due);
    let third = offer(Some(1), OfferTerms::Refund { amount_minor: 2 });
    assert_eq!(bench.seller(third.clone()), Err(Refusal::WrongState { state: "offer_made" }));
    let mut declined = bench.clone();
    declined.buyer(answer(2, false)).expect("declined");
    assert_eq!(declined.seller(third), Err(Refusal::TooManyOffers { most: 2 }));
    assert!(matches!(declined.state(1), CaseState::UnderReview { .. }));
    bench.buyer(answer(2, true)).expect("accepted during review");
    assert_eq!(bench.net(1), 9_999);
}

#[test]
fn r26_a_replacement_comes_from_stock_in_the_same_step_and_its_warranty_starts_again() {
    let mut bench = with_seller();
    bench.seller(offer(Some(1), OfferTerms::Replacement)).expect("offered");
    bench.buyer(answer(1, true)).expect("accepted");
    assert!(matches!(bench.state(1), CaseState::Replaced { .. }));
    let UnitState::Sealed { stock, .. } = bench.unit_state(1) else { panic!("a new code") };
    assert_ne!(stock.as_str(), "code0");
    assert_eq!(bench.file().unit(1).and_then(|unit| unit.completed_at), None);
    let old = bench.events.iter().find_map(|event| match event {
        OrderEvent::UnitReplaced { old: Some((code, fate)), .. } => Some((code.to_string(), *fate)),
        _ => None,
    });
    assert_eq!(old, Some(("code0".to_owned(), StockFate::Quarantined)), "R36: never sold again");
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.apply(Reason::InvalidCode, "99.99").expect("a bad replacement is a new case");
}

#[test]
fn without_stock_a_replacement_is_refused_and_the_offer_stands() {
    let mut bench = with_seller();
    bench.seller(offer(Some(1), OfferTerms::Replacement)).expect("offered");
    bench.stock(0);
    assert_eq!(bench.buyer(answer(1, true)), Err(Refusal::SoldOut));
    assert!(matches!(bench.state(1), CaseState::OfferMade { .. }));
}

#[test]
fn more_time_that_is_kept_closes_and_that_is_broken_approves() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.delivery = DeliveryMode::Credit;
    bench.stock(0);
    bench.paid(1);
    bench.pass_to("2026-03-11 10:00:01");
    // Pre-case: nothing arrived; the seller asks for a day, the buyer grants it.
    let act = OrderAct::MakeOffer {
        case: None,
        units: vec![1],
        reason: Some(Reason::NotDelivered),
        terms: OfferTerms::MoreTime { until: at("2026-03-12 10:00:00") },
        words: None,
    };
    bench.seller(act).expect("offered");
    bench.buyer(answer(1, true)).expect("granted");
    let mut kept = bench.clone();
    kept.now = at("2026-03-12 10:00:00");
    kept.seller(OrderAct::MarkCredited { unit: 1, proof: words() }).expect("R24: delivery by consent");
    assert!(matches!(kept.state(1), CaseState::Closed { code: CloseCode::ClosedKept, .. }));
    bench.pass_to("2026-03-12 10:00:01");
    assert_eq!((bench.net(1), bench.state(1)), (9_999, &CaseState::Refunding), "R33: broken, approved");
}

#[test]
fn an_offer_before_any_case_opens_and_settles_one_and_does_not_count() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    bench.seller(offer(None, OfferTerms::Refund { amount_minor: 4_000 })).expect("offered");
    assert!(bench.file().cases.is_empty());
    bench.buyer(answer(1, true)).expect("accepted");
    let case = &bench.file().cases[0];
    assert_eq!((case.claimed_minor, case.net_minor(), case.units.as_slice()), (4_000, 4_000, &[1][..]));
}

#[test]
fn offers_never_exceed_what_is_left_and_lapse_when_somebody_decides() {
    let mut bench = with_seller();
    let above = offer(Some(1), OfferTerms::Refund { amount_minor: 10_000 });
    assert_eq!(bench.seller(above), Err(Refusal::AboveRefundable { most: super::bench::cny("99.99") }));
    assert_eq!(bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 0 })), Err(Refusal::BadAmount));
    let far = OfferTerms::MoreTime { until: at("2026-04-10 10:00:00") };
    assert_eq!(bench.seller(offer(Some(1), far)), Err(Refusal::Missing { field: "until" }));
    bench.seller(OrderAct::SellerContest { case: 1, words: Some(words()), evidence: vec![] }).expect("contested");
    bench.seller(offer(Some(1), OfferTerms::Refund { amount_minor: 100 })).expect("offered during review");
    let act =
        OrderAct::Approve { case: 1, amount: super::bench::cny("99.99"), answers: super::bench::yes(), words: None };
    bench.judge("r1", Role::Reviewer, act).expect("approved");
    assert_eq!(bench.buyer(answer(1, true)), Err(Refusal::WrongState { state: "lapsed" }));
}

#[test]
fn the_thread_counts_and_remembers_who_has_read_it() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let say = OrderAct::Say { text: Some(words()), evidence: vec![], marks: vec![] };
    bench.buyer(say.clone()).expect("said");
    bench.seller(say).expect("answered");
    let thread = &bench.file().thread;
    assert_eq!((thread.messages, thread.unread(crate::thread::Side::Buyer)), (2, 1));
    bench.buyer(OrderAct::ReadThread { message: 2 }).expect("read");
    assert_eq!(bench.buyer(OrderAct::ReadThread { message: 2 }), Err(Refusal::NothingDue));
    assert_eq!(bench.buyer(OrderAct::ReadThread { message: 3 }), Err(Refusal::NotFound));
    let empty = OrderAct::Say { text: None, evidence: vec![], marks: vec![] };
    assert_eq!(bench.buyer(empty), Err(Refusal::Missing { field: "text" }));
}
