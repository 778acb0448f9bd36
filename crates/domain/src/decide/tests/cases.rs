//! The executable cases of the reference policy (`docs/rules.md`), by their numbers.

use super::Bench;
use super::bench::{at, cny, screenshot, words, yes};
use crate::actor::Role;
use crate::case::{CaseState, CloseCode, DecidedBy, Desk, EvidenceKind, Reason, RejectCode};
use crate::catalogue::{DeliveryEvent, DeliveryMode, SpecialAgreement};
use crate::command::{OrderAct, Parts};
use crate::event::Tender;
use crate::order_file::UnitState;
use crate::payout::{Destination, Outcome};
use crate::refusal::Refusal;
use crate::stock::StockFate;

#[test]
fn p01_undelivered_and_changed_mind_is_approved_at_once_by_the_original_route() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.delivery = DeliveryMode::Credit;
    bench.offer.terms.delivery_event = DeliveryEvent::Credited;
    bench.offer.terms.price_minor = 5000;
    bench.offer.terms.fee_basis_points = 0;
    bench.paid(1);
    bench.now = at("2026-03-10 10:05:00");
    let case = bench.apply(Reason::Personal, "50.00").expect("accepted");
    assert_eq!(bench.state(case), &CaseState::Refunding);
    assert_eq!((bench.net(case), bench.fee(case)), (5000, 0));
    assert!(bench.goes_home(1));
    // Other third parties: five working days at most are typical for a channel without a line of its own (R15).
    assert_eq!(bench.file().payouts[0].expected.too_late_from, at("2026-03-18 00:00:00"));
}

#[test]
fn p02_unrevealed_code_goes_back_to_stock_less_the_disclosed_fee() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::Personal, "99.99").expect("accepted");
    assert_eq!((bench.net(case), bench.fee(case)), (9500, 499));
    assert_eq!(bench.returned_code(), Some(StockFate::Free));
    assert_eq!(bench.book("platform_fee"), 499);
}

#[test]
fn p03_code_generated_and_confirmed_is_refused_with_an_appeal() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.delivery_event = DeliveryEvent::CodeGenerated;
    bench.offer.needs_confirmation = true;
    let tender = Tender::Channel { channel: "sim".into() };
    assert_eq!(bench.place(1, false, tender.clone()), Err(Refusal::ConfirmationNeeded));
    bench.place(1, true, tender).expect("placed");
    bench.pay("ch1").expect("paid");
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    let CaseState::Rejected { code, .. } = bench.state(case) else { panic!("rejected") };
    let appeal_until = bench.file().case(case).and_then(|c| c.appeal_until.as_ref()).expect("an appeal is offered");
    assert_eq!(*code, RejectCode::RejectPersonal);
    assert!(appeal_until.too_late_from > bench.now);
    assert!(matches!(bench.unit_state(1), UnitState::Sealed { .. }), "the buyer keeps his code");
}

#[test]
fn p04_redeemed_and_changed_mind_is_refused() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let redeemed_at = bench.now;
    bench.seller(OrderAct::ReportRedemption { unit: 1, redeemed_at }).expect("reported");
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    assert!(matches!(bench.state(case), CaseState::Rejected { code: RejectCode::RejectUsed, .. }));
}

#[test]
fn p05_half_the_face_unredeemed_is_refunded_whole_and_the_code_voided() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 9500;
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let case = bench.apply_for(&[1], Reason::NotAsDescribed, "95.00", Some("50.00"), false).expect("filed");
    assert!(matches!(bench.state(case), CaseState::AwaitingSeller { .. }));
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!((bench.net(case), bench.fee(case)), (9500, 0));
    assert_eq!(bench.returned_code(), Some(StockFate::Quarantined));
}

#[test]
fn p06_half_the_face_redeemed_is_refunded_by_the_missing_share() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 9500;
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let redeemed_at = bench.now;
    bench.seller(OrderAct::ReportRedemption { unit: 1, redeemed_at }).expect("reported");
    let case = bench.apply_for(&[1], Reason::NotAsDescribed, "95.00", Some("50.00"), false).expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!(bench.net(case), 4750);
    assert_eq!(bench.returned_code(), None);
}

#[test]
fn p07_t33_a_silent_seller_is_approved_after_24_hours_through_a_holiday() {
    let mut bench = Bench::new("2026-09-30 18:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.pass_to("2026-10-01 18:00:00");
    assert!(matches!(bench.state(case), CaseState::AwaitingSeller { .. }), "24:00:00 is still in time");
    bench.now = bench.now.plus_micros(1);
    bench.serve_timers();
    assert_eq!(bench.state(case), &CaseState::Refunding);
    let decision = bench.file().case(case).and_then(|c| c.decision().cloned()).expect("decided");
    assert_eq!((decision.by, decision.net_minor()), (DecidedBy::SellerSilence, 9999));
    assert_eq!(bench.seller(OrderAct::SellerAgree { case }), Err(Refusal::WrongState { state: "refunding" }));
}

#[test]
fn p08_a_contest_in_the_last_second_goes_to_review() {
    let mut bench = Bench::new("2026-05-03 08:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.now = at("2026-05-04 07:59:59");
    let contest = OrderAct::SellerContest { case, words: None, evidence: vec![] };
    assert_eq!(bench.seller(contest), Err(Refusal::Missing { field: "words" }));
    bench.seller(OrderAct::SellerContest { case, words: Some(words()), evidence: vec![] }).expect("in time");
    let sitting = bench.sitting(case);
    assert_eq!((sitting.due.too_late_from, sitting.desk), (at("2026-05-09 00:00:00"), Desk::Review));
}

#[test]
fn p12_p13_the_window_runs_to_the_last_second_of_its_last_working_day() {
    for (completed, window, last) in
        [("2026-04-27 21:30:00", 7, "2026-05-06 23:59:59"), ("2026-03-01 00:00:01", 15, "2026-03-16 23:59:59")]
    {
        for late in [false, true] {
            let mut bench = Bench::new(completed);
            bench.offer.terms.window_days = window;
            bench.paid(1);
            bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
            bench.buyer(OrderAct::ConfirmReceipt { units: vec![1] }).expect("confirmed");
            bench.now = if late { at(last).plus_seconds(1) } else { at(last) };
            let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed either way");
            match bench.state(case) {
                CaseState::AwaitingSeller { .. } => assert!(!late),
                CaseState::Rejected { code: RejectCode::RejectWindow, .. } => assert!(late),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn p14_an_overdue_order_with_a_claim_cannot_be_delivered_any_more() {
    let mut bench = Bench::new("2026-05-20 12:00:00");
    bench.offer.terms.delivery = DeliveryMode::Credit;
    bench.offer.terms.delivery_event = DeliveryEvent::Credited;
    bench.paid(1);
    bench.now = at("2026-05-21 12:00:00");
    let early = bench.apply(Reason::NotDelivered, "99.99");
    assert_eq!(early, Err(Refusal::NotYetDue { from: at("2026-05-21 12:00:00").plus_micros(1) }));
    assert!(bench.file().cases.is_empty(), "not yet due is a refused command without a case (R5)");
    bench.now = at("2026-05-21 12:00:01");
    let case = bench.apply(Reason::NotDelivered, "99.99").expect("due");
    assert_eq!(bench.net(case), 9999);
    bench.now = at("2026-05-21 12:03:00");
    let late = bench.seller(OrderAct::MarkCredited { unit: 1, proof: words() });
    assert_eq!(late, Err(Refusal::WrongState { state: "returned" }));
}

#[test]
fn a_top_up_needs_to_know_whom_to_credit() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.delivery = DeliveryMode::Credit;
    let line = crate::command::Line {
        product: "card".into(),
        quantity: 1,
        seen_price: cny("99.99"),
        confirmed: false,
        recipient: None,
    };
    let buyer = bench.buyer.clone();
    let act = OrderAct::Place {
        buyer,
        lines: vec![line],
        parts: Parts::default(),
        tender: Tender::Channel { channel: "sim".into() },
    };
    assert_eq!(bench.buyer(act), Err(Refusal::Missing { field: "recipient" }));
    bench.paid(1);
    assert_eq!(bench.file().items[0].recipient, Some(words()));
}

#[test]
fn p16_credited_to_the_number_the_buyer_typed_is_no_fault() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.delivery = DeliveryMode::Credit;
    bench.offer.terms.delivery_event = DeliveryEvent::Credited;
    bench.paid(1);
    bench.seller(OrderAct::MarkCredited { unit: 1, proof: words() }).expect("credited");
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    assert!(matches!(bench.state(case), CaseState::Rejected { code: RejectCode::RejectUsed, .. }));
}

#[test]
fn p17_a_second_payment_goes_back_by_itself_and_the_order_stays() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    assert_eq!(bench.pay("ch1"), Err(Refusal::NothingDue), "the same callback again");
    bench.pay("ch2").expect("a second success");
    assert_eq!((bench.net(1), bench.state(1)), (9999, &CaseState::Refunding));
    assert!(matches!(bench.unit_state(1), UnitState::Sealed { .. }), "the order stays");
    assert_eq!(bench.file().payouts[0].destination.payment(), 2, "back to the payment that was too many");
    bench.call(1, super::bench::arrived()).expect("arrived");
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!(bench.book("channel_clearing:sim"), -9999);
}

#[test]
fn r29_payment_on_an_expired_order_goes_back() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.place(1, false, Tender::Channel { channel: "sim".into() }).expect("placed");
    bench.pass_to("2026-03-10 11:00:01");
    assert_eq!(bench.file().status.code(), "expired");
    bench.pay("late").expect("kept and returned");
    assert_eq!((bench.net(1), bench.file().escrow_minor), (9999, 0));
}

#[test]
fn p18_sold_out_is_refunded_without_application() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 1200;
    bench.stock(1);
    bench.paid(2);
    assert!(matches!(bench.unit_state(1), UnitState::Sealed { .. }));
    assert_eq!(bench.unit_state(2), &UnitState::Returned);
    assert_eq!((bench.net(1), bench.state(1)), (1200, &CaseState::Refunding));
}

#[test]
fn p21_a_refund_to_balance_is_a_new_lot_with_the_full_term() {
    let mut bench = Bench::new("2025-07-10 09:00:00");
    bench.offer.terms.price_minor = 3000;
    bench.credit_wallet(cny("30.00"));
    assert_eq!(bench.wallet().lots[0].expires_at, at("2026-07-11 00:00:00"));
    bench.now = at("2026-07-10 23:00:00");
    bench.place(1, false, Tender::Balance { wallet: "b1".into() }).expect("paid from balance");
    bench.now = at("2026-07-11 10:00:00");
    let case = bench.apply(Reason::InvalidCode, "30.00").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }), "balance arrives at once");
    let lot = &bench.wallet().lots[0];
    assert_eq!((lot.left_minor, lot.expires_at), (3000, at("2027-07-12 00:00:00")));
    assert_eq!(bench.wallet().spendable_minor(bench.now), 3000);
}

#[test]
fn r14_balance_in_place_of_the_original_route_only_on_consent_and_only_with_an_account() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply_for(&[1], Reason::Personal, "99.99", None, true).expect("filed");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
    assert!(matches!(bench.file().payouts[0].destination, Destination::Balance { .. }));
    let mut guest = Bench::new("2026-03-10 10:00:00");
    guest.buyer = crate::actor::Party::Guest(super::bench::ORDER.into());
    guest.paid(1);
    let refused = guest.apply_for(&[1], Reason::Personal, "99.99", None, true);
    assert_eq!(refused, Err(Refusal::BalanceNeedsAccount));
    guest.apply(Reason::Personal, "99.99").expect("by the original route");
}

#[test]
fn p24_a_second_application_points_to_the_first() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    let id = bench.file().case_id(case);
    assert_eq!(bench.apply(Reason::NotAsDescribed, "10.00"), Err(Refusal::Duplicate { case: id.clone() }));
    assert_eq!(
        bench.apply_for(&[2, 1], Reason::InvalidCode, "10.00", None, false),
        Err(Refusal::Duplicate { case: id }),
        "T35: another unit or amount changes nothing"
    );
    bench.apply_for(&[2], Reason::InvalidCode, "99.99", None, false).expect("another unit is another case");
}

#[test]
fn p25_a_claim_above_the_loss_is_cut_to_it() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 8000;
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "280.00").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    let decision = bench.file().case(case).and_then(|c| c.decision().cloned()).expect("decided");
    assert_eq!((decision.net_minor(), decision.refused_minor), (8000, 20_000));
}

#[test]
fn p27_a_silent_buyer_closes_his_case_and_may_apply_again() {
    let mut bench = Bench::new("2026-06-17 09:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.now = at("2026-06-18 10:00:00");
    let wanted = vec![EvidenceKind::FailurePopup];
    bench.staff("r1", Role::Reviewer, OrderAct::AskMaterial { case, wanted, words: Some(words()) }).expect("asked");
    bench.pass_to("2026-06-24 23:59:59");
    assert!(matches!(bench.state(case), CaseState::AwaitingBuyer { .. }));
    bench.pass_to("2026-06-25 00:00:00");
    assert!(matches!(bench.state(case), CaseState::Closed { code: CloseCode::ClosedTimeout, .. }));
    bench.apply(Reason::SystemFault, "99.99").expect("again, inside the window");
}

#[test]
fn r17_an_overdue_review_escalates_again_and_again_and_never_decides() {
    let mut bench = Bench::new("2026-09-30 17:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    let due = |bench: &Bench| {
        let sitting = bench.sitting(case);
        (sitting.due.too_late_from, sitting.desk, sitting.escalations)
    };
    assert_eq!(due(&bench), (at("2026-10-11 00:00:00"), Desk::Review, 0), "P09");
    bench.pass_to("2026-10-11 00:00:00");
    assert_eq!(due(&bench), (at("2026-10-13 00:00:00"), Desk::Senior, 1));
    bench.pass_to("2026-10-13 00:00:00");
    assert_eq!(due(&bench), (at("2026-10-15 00:00:00"), Desk::Senior, 2));
    let approve = OrderAct::Approve { case, amount: cny("99.99"), answers: yes(), words: None };
    assert_eq!(bench.staff("r1", Role::Reviewer, approve.clone()), Err(Refusal::NotYours));
    bench.judge("r2", Role::SeniorReviewer, approve).expect("the next role decides");
}

#[test]
fn t17_t16_a_reviewer_cannot_approve_more_than_the_case_or_nothing_at_all() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    let case = bench.apply(Reason::SystemFault, "60.00").expect("filed");
    for (amount, refusal) in [
        ("60.01", Refusal::AboveRefundable { most: cny("60.00") }),
        ("199.98", Refusal::AboveRefundable { most: cny("60.00") }),
        ("0.00", Refusal::BadAmount),
    ] {
        let act = OrderAct::Approve { case, amount: cny(amount), answers: yes(), words: None };
        assert_eq!(bench.staff("r1", Role::Reviewer, act), Err(refusal));
    }
    let dollars = yuanlu_money::Money::new(100, yuanlu_money::Currency::Usd);
    let act = OrderAct::Approve { case, amount: dollars, answers: yes(), words: None };
    assert_eq!(bench.staff("r1", Role::Reviewer, act), Err(Refusal::BadAmount));
    let act = OrderAct::Approve { case, amount: cny("40.00"), answers: yes(), words: None };
    bench.judge("r1", Role::Reviewer, act.clone()).expect("in part");
    let decision = bench.file().case(case).and_then(|c| c.decision().cloned()).expect("decided");
    assert_eq!((decision.net_minor(), decision.refused_minor), (4000, 2000));
    // T04: not a second time.
    assert_eq!(bench.staff("r1", Role::Reviewer, act), Err(Refusal::WrongState { state: "refunding" }));
    for amount in ["-1.00", "0.00"] {
        assert!(yuanlu_money::Money::parse(amount, yuanlu_money::Currency::Cny).is_err() || amount == "0.00");
    }
    assert_eq!(bench.apply_for(&[2], Reason::SystemFault, "0.00", None, false), Err(Refusal::BadAmount));
}

#[test]
fn t29_nobody_decides_his_own_case_or_takes_a_colleagues() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    let reject =
        OrderAct::Reject { case, code: RejectCode::RejectNoFault, clause: None, answers: yes(), words: words() };
    assert_eq!(bench.staff("b1", Role::Reviewer, reject.clone()), Err(Refusal::Conflicted));
    bench.staff("r1", Role::Reviewer, OrderAct::ClaimCase { case }).expect("claimed");
    assert_eq!(bench.staff("r2", Role::Reviewer, reject.clone()), Err(Refusal::ClaimedByOther));
    bench.now = bench.now.plus_minutes(30);
    bench.judge("r2", Role::Reviewer, reject).expect("a claim lapses after 30 idle minutes");
    assert!(matches!(bench.state(case), CaseState::Rejected { .. }));
    assert_eq!(bench.seller(OrderAct::SellerAgree { case }), Err(Refusal::WrongState { state: "rejected" }));
}

#[test]
fn r34_a_person_looks_once_after_an_automatic_refusal() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    assert!(matches!(bench.state(case), CaseState::Rejected { .. }));
    bench.buyer(OrderAct::AskPerson { case }).expect("a person shall look");
    let reject =
        OrderAct::Reject { case, code: RejectCode::RejectPersonal, clause: None, answers: yes(), words: words() };
    bench.judge("r1", Role::Reviewer, reject).expect("rejected by a person");
    assert_eq!(bench.buyer(OrderAct::AskPerson { case }), Err(Refusal::WrongState { state: "rejected" }));
}

#[test]
fn r22_after_a_rejection_something_new_and_not_more_than_three_withdrawals() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    for _ in 0..4 {
        let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
        bench.buyer(OrderAct::Withdraw { case }).expect("withdrawn");
    }
    assert_eq!(bench.apply(Reason::InvalidCode, "99.99"), Err(Refusal::TooManyApplications { most: 3 }));
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let first = bench.apply(Reason::Personal, "99.99").expect("filed and rejected");
    let id = bench.file().case_id(first);
    assert_eq!(bench.apply(Reason::Personal, "99.99"), Err(Refusal::NothingNew { case: id }));
    bench.apply(Reason::InvalidCode, "99.99").expect("another reason");
    let _ = screenshot();
}

#[test]
fn r23_wins_over_silence() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.facts.restricted_buyer = true;
    bench.pass_to("2026-03-11 10:00:01");
    assert!(matches!(bench.state(case), CaseState::UnderReview { sitting } if sitting.desk == Desk::Risk));
}

#[test]
fn r21_large_amounts_go_to_risk_and_need_a_second_person_to_pay() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 500_001;
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "5000.01").expect("filed");
    assert!(matches!(bench.state(case), CaseState::UnderReview { sitting } if sitting.desk == Desk::Risk));
    let act = OrderAct::Approve { case, amount: cny("5000.01"), answers: yes(), words: None };
    bench.judge("k1", Role::Risk, act).expect("approved");
    assert_eq!(bench.next_step(1), None, "held");
    let approve = OrderAct::ApprovePayout { payout: 1 };
    assert_eq!(bench.staff("k1", Role::Finance, approve.clone()), Err(Refusal::Conflicted));
    assert_eq!(bench.staff("r1", Role::Reviewer, approve.clone()), Err(Refusal::NotYours));
    bench.staff("f1", Role::Finance, approve).expect("a second person");
    bench.call(1, super::bench::arrived()).expect("paid");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
}

#[test]
fn r9_a_special_agreement_widens_what_can_go_back() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.special = Some(SpecialAgreement { until: None, days: 3, fee_basis_points: 1000 });
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    assert_eq!((bench.net(case), bench.fee(case)), (9000, 999));
    assert_eq!(bench.returned_code(), Some(StockFate::Quarantined), "R36: a revealed code is never sold again");
}

#[test]
fn r27_settlement_waits_for_the_window_and_for_open_cases_then_refunds_draw_on_the_payable() {
    let mut bench = Bench::new("2026-03-02 10:00:00");
    bench.offer.terms.window_days = 7;
    bench.offer.terms.warranty_days = 60;
    bench.paid(1);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.pass_to("2026-03-05 10:00:00");
    assert_eq!(bench.file().status.code(), "paid", "72 hours are not over");
    bench.pass_to("2026-03-05 10:00:01");
    assert_eq!(bench.file().status.code(), "completed");
    bench.pass_to("2026-03-12 23:59:59");
    assert_eq!(bench.file().settled_minor, 0);
    bench.pass_to("2026-03-13 00:00:00");
    assert_eq!((bench.file().settled_minor, bench.file().commission_minor), (9700, 299));
    assert_eq!(bench.book("seller_payable:s1"), 9700);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("in warranty");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    // T25: the commission goes back at the rate of the sale.
    assert_eq!((bench.book("seller_payable:s1"), bench.book("platform_fee")), (0, 0));
    bench.call(1, super::bench::arrived()).expect("paid");
}

#[test]
fn t28_the_price_is_the_products_and_strangers_find_nothing() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    let lines = vec![crate::command::Line {
        product: "card".into(),
        quantity: 1,
        seen_price: cny("0.01"),
        confirmed: false,
        recipient: None,
    }];
    let buyer = bench.buyer.clone();
    let act =
        OrderAct::Place { buyer, lines, parts: Parts::default(), tender: Tender::Channel { channel: "sim".into() } };
    assert_eq!(bench.buyer(act), Err(Refusal::PriceChanged { now: cny("99.99") }));
    bench.paid(1);
    bench.buyer = crate::actor::Party::Account("stranger".into());
    assert_eq!(bench.apply(Reason::InvalidCode, "99.99"), Err(Refusal::NotFound));
    assert_eq!(bench.buyer(OrderAct::Reveal { unit: 1 }), Err(Refusal::NotFound));
}

#[test]
fn p22_a_closed_account_waits_for_the_buyer_and_moves_nothing_by_itself() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::Personal, "99.99").expect("filed");
    let closed = Outcome::OtherRoute { code: "USER_ACCOUNT_ABNORMAL".into() };
    bench.call(1, closed).expect("answered");
    assert_eq!(bench.state(case), &CaseState::Refunding, "a refusal has to be proven by asking");
    bench.call(1, Outcome::NotFound).expect("proven");
    assert!(matches!(bench.state(case), CaseState::AwaitingRoute { .. }));
    assert!(bench.files.wallet.is_none(), "not moved to balance by itself");
    let number = bench.number(1);
    bench.buyer(OrderAct::ChooseBalance { case }).expect("express consent");
    assert_ne!(bench.number(2), number);
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
    assert_eq!(bench.wallet().held_minor(), 9500);
}

#[test]
fn r37_a_lot_is_warned_of_twice_locked_and_granted_again() {
    use crate::actor::Actor;
    use crate::command::{Act, WalletAct};
    use crate::projection::{Subject, wallet_timers};
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.credit_wallet(cny("30.00"));
    let expiry = at("2027-03-11 00:00:00");
    for days in [30, 7] {
        let timer = wallet_timers(bench.wallet()).into_iter().next().expect("a warning is due");
        assert_eq!(timer.due, expiry.plus_days(-days));
        let wake = Act::Wallet { account: "b1".into(), act: WalletAct::Wake { subject: Subject::Lot(1) } };
        assert_eq!(bench.give(Actor::Program, wake.clone()), Err(Refusal::NothingDue));
        bench.now = timer.due;
        bench.give(Actor::Program, wake).expect("warned");
    }
    assert_eq!(wallet_timers(bench.wallet()), vec![]);
    let regrant = Act::Wallet { account: "b1".into(), act: WalletAct::Regrant { lot: 1 } };
    let owner = Actor::Buyer { party: bench.buyer.clone() };
    assert_eq!(bench.give(owner.clone(), regrant.clone()), Err(Refusal::WrongState { state: "not_expired" }));
    bench.now = expiry;
    assert_eq!((bench.wallet().spendable_minor(bench.now), bench.wallet().held_minor()), (0, 3000));
    bench.give(owner, regrant).expect("never forfeited");
    assert_eq!(bench.wallet().spendable_minor(bench.now), 3000);
}
