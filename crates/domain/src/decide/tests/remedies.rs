//! Appeal, complaint, objection, taking back, filing again: R17, R19, R20, R22, R34.

use super::Bench;
use super::bench::{arrived, at, cny, remedy, screenshot, words, yes};
use crate::actor::Role;
use crate::case::{CaseState, CloseCode, EvidenceKind, Reason, RejectCode, RemedyGround, RemedyResult};
use crate::command::OrderAct;
use crate::hearing::Hearing;
use crate::refusal::Refusal;
use crate::turn::{BlockingPoint, OnSilence, Who, turn};

fn reject(case: u16) -> OrderAct {
    OrderAct::Reject { case, code: RejectCode::RejectEvidence, clause: None, answers: yes(), words: words() }
}

fn approve(case: u16, amount: &str) -> OrderAct {
    OrderAct::Approve { case, amount: cny(amount), answers: yes(), words: None }
}

fn uphold(case: u16, amount_minor: i64) -> OrderAct {
    OrderAct::Uphold { case, amount_minor, answers: yes(), words: None }
}

fn dismiss(case: u16) -> OrderAct {
    OrderAct::Dismiss { case, answers: yes(), words: words() }
}

/// Rejected by a reviewer on 2026-02-13 at 09:00.
fn rejected() -> Bench {
    let mut bench = Bench::new("2026-02-13 08:59:30");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.judge("r1", Role::Reviewer, reject(case)).expect("rejected");
    assert_eq!(bench.now, at("2026-02-13 09:00:00"));
    bench
}

#[test]
fn p10_an_appeal_in_the_last_second_of_the_seventh_working_day_is_heard_by_somebody_else() {
    let mut bench = rejected();
    bench.pass_to("2026-03-02 23:59:59");
    bench.buyer(remedy(1, RemedyGround::NewMaterial)).expect("in time");
    assert!(matches!(bench.state(1), CaseState::Rejected { .. }), "the rejection stands until it is overturned");
    let open = turn(bench.file(), &bench.file().cases[0]).expect("a turn");
    assert_eq!((open.who, open.point), (Who::Reviewer, BlockingPoint::UnderAppeal));
    assert_eq!(open.due.expect("due").too_late_from, at("2026-03-10 00:00:00"), "R19: five working days");
    // T34: what was refused once is not refused for ever; T29: whoever judged before does not judge the appeal.
    assert_eq!(bench.staff("r1", Role::Reviewer, uphold(1, 9999)), Err(Refusal::Conflicted));
    assert_eq!(bench.buyer(remedy(1, RemedyGround::RuleError)), Err(Refusal::WrongState { state: "remedy" }));
    bench.judge("r2", Role::Reviewer, uphold(1, 9999)).expect("overturned");
    assert_eq!((bench.net(1), bench.state(1)), (9999, &CaseState::Refunding));
    let past = &bench.file().cases[0].remedies[0];
    assert_eq!((past.ruling.result, past.ruling.granted_minor), (RemedyResult::Upheld, 9999));
    assert_eq!(past.ruling.rules[0], "R19");
}

#[test]
fn p11_an_appeal_one_second_later_finds_the_case_closed_for_good() {
    let mut bench = rejected();
    bench.now = at("2026-03-03 00:00:00");
    let late = Refusal::TooLate { since: at("2026-03-03 00:00:00") };
    assert_eq!(bench.buyer(remedy(1, RemedyGround::NewMaterial)), Err(late.clone()), "before the timer has fired");
    bench.serve_timers();
    assert!(matches!(bench.state(1), CaseState::Closed { code: CloseCode::ClosedFinal, .. }));
    assert_eq!(bench.buyer(remedy(1, RemedyGround::NewMaterial)), Err(late), "and after");
    // R20: the complaint is still open, thirty natural days from the closing.
    bench.buyer(remedy(1, RemedyGround::UnjustRefusal)).expect("complained");
}

#[test]
fn r19_an_appeal_needs_something_new_and_comes_once() {
    let mut bench = rejected();
    let bare = |ground, evidence, rule: Option<&str>| OrderAct::OpenRemedy {
        case: 1,
        ground,
        rule: rule.map(str::to_owned),
        claimed: None,
        words: Some(words()),
        evidence,
    };
    let nothing_new = bare(RemedyGround::NewMaterial, vec![], None);
    assert_eq!(bench.buyer(nothing_new), Err(Refusal::NotAccepted { missing: "new_material" }));
    let unnamed = bare(RemedyGround::RuleError, vec![], None);
    assert_eq!(bench.buyer(unnamed), Err(Refusal::Missing { field: "rule" }));
    let unknown = bare(RemedyGround::RuleError, vec![], Some("R99"));
    assert_eq!(bench.buyer(unknown), Err(Refusal::Missing { field: "rule" }));
    assert_eq!(bench.seller(remedy(1, RemedyGround::NewMaterial)), Err(Refusal::NotFound));
    bench.buyer(bare(RemedyGround::RuleError, vec![], Some("R8"))).expect("a named rule error is enough");
    bench.judge("r2", Role::Reviewer, dismiss(1)).expect("dismissed");
    assert!(matches!(bench.state(1), CaseState::Rejected { .. }));
    assert_eq!(bench.buyer(remedy(1, RemedyGround::NewMaterial)), Err(Refusal::OnlyOnce));
    bench.pass_to("2026-04-30 00:00:00");
    assert!(matches!(bench.state(1), CaseState::Rejected { .. }), "an appeal that was used has no time to lapse");
}

#[test]
fn r19_the_refused_part_is_appealed_while_the_approved_part_is_paid() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.judge("r1", Role::Reviewer, approve(case, "30.01")).expect("in part");
    bench.buyer(remedy(case, RemedyGround::NewMaterial)).expect("appealed");
    bench.call(1, arrived()).expect("paid meanwhile");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
    assert!(bench.file().open_case_of(1).is_some(), "still heard, so no second application (R22)");
    let more = Refusal::AboveRefundable { most: cny("69.98") };
    assert_eq!(bench.staff("r2", Role::Reviewer, uphold(case, 6999)), Err(more), "never more than is left");
    bench.judge("r2", Role::Reviewer, uphold(case, 6998)).expect("overturned");
    assert_eq!((bench.net(case), bench.state(case)), (9999, &CaseState::Refunding));
    bench.call(2, arrived()).expect("paid");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
    assert_eq!(bench.book("channel_clearing:sim"), 0, "what came in went back");
}

#[test]
fn p28_a_complaint_is_due_after_five_working_days_over_the_spring_festival() {
    let mut bench = Bench::new("2025-01-20 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.judge("r1", Role::Reviewer, reject(case)).expect("rejected");
    bench.pass_to("2025-01-24 10:00:00");
    bench.buyer(remedy(case, RemedyGround::UnjustRefusal)).expect("complained");
    assert_eq!(bench.sitting(case).due.too_late_from, at("2025-02-08 00:00:00"));
    assert_eq!(bench.staff("r2", Role::Reviewer, dismiss(case)), Err(Refusal::NotYours), "somebody more senior");
    bench.judge("s1", Role::SeniorReviewer, dismiss(case)).expect("dismissed");
    assert_eq!(bench.buyer(remedy(case, RemedyGround::UnjustRefusal)), Err(Refusal::OnlyOnce), "T32");
}

#[test]
fn r12_a_complaint_for_more_than_the_loss_is_cut_to_the_loss_and_says_so() {
    let mut bench = rejected();
    let OrderAct::OpenRemedy { case, ground, rule, words, evidence, .. } = remedy(1, RemedyGround::UnjustRefusal)
    else {
        unreachable!()
    };
    let claimed = Some(cny("299.99"));
    bench.buyer(OrderAct::OpenRemedy { case, ground, rule, claimed, words, evidence }).expect("complained");
    bench.judge("s1", Role::SeniorReviewer, uphold(1, 9999)).expect("upheld");
    let ruling = &bench.file().cases[0].remedies[0].ruling;
    assert_eq!((ruling.granted_minor, ruling.beyond_loss_minor, bench.net(1)), (9999, 20_000, 9999));
}

#[test]
fn r20_inaction_can_be_complained_of_once_a_turn_is_overdue_and_the_complaint_decides_the_case() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    let early = Err(Refusal::NotAccepted { missing: "overdue_turn" });
    assert_eq!(bench.buyer(remedy(case, RemedyGround::Inaction)), early);
    bench.pass_to("2026-03-14 00:00:00");
    bench.buyer(remedy(case, RemedyGround::Inaction)).expect("overdue");
    assert_eq!(
        bench.staff("r1", Role::SeniorReviewer, approve(case, "99.99")),
        Err(Refusal::WrongState { state: "remedy" })
    );
    bench.judge("s1", Role::SeniorReviewer, uphold(case, 9999)).expect("upheld");
    assert_eq!(bench.state(case), &CaseState::Refunding);
}

#[test]
fn r20_a_complaint_that_is_dismissed_gives_the_overdue_case_back() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.pass_to("2026-03-14 00:00:00");
    bench.buyer(remedy(case, RemedyGround::Inaction)).expect("overdue");
    bench.judge("s1", Role::SeniorReviewer, dismiss(case)).expect("dismissed");
    assert_eq!(bench.sitting(case).hearing, Hearing::First);
    bench.judge("s2", Role::SeniorReviewer, approve(case, "99.99")).expect("decided in the end");
}

#[test]
fn r20_a_complaint_ends_thirty_natural_days_after_the_decision() {
    let mut bench = rejected();
    bench.pass_to("2026-03-03 00:00:00");
    bench.now = at("2026-04-02 23:59:59");
    let mut last = bench.clone();
    last.buyer(remedy(1, RemedyGround::UnjustRefusal)).expect("the thirtieth day counts whole");
    bench.now = at("2026-04-03 00:00:00");
    let late = Refusal::TooLate { since: at("2026-04-03 00:00:00") };
    assert_eq!(bench.buyer(remedy(1, RemedyGround::UnjustRefusal)), Err(late));
}

#[test]
fn r34_an_objection_leaves_the_buyer_his_money_and_the_platform_bears_it() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.judge("r1", Role::Reviewer, approve(case, "99.99")).expect("approved");
    bench.seller(remedy(case, RemedyGround::LostDecision)).expect("objected");
    bench.call(1, arrived()).expect("paid all the same");
    assert!(bench.file().open_case_of(1).is_none(), "an objection keeps nothing open for the buyer");
    // What he lost is the price less the commission he would have paid.
    bench.judge("s1", Role::SeniorReviewer, uphold(case, 9700)).expect("upheld");
    assert_eq!((bench.book("platform_cost"), bench.book("seller_payable:s1")), (-9700, 9700));
    assert_eq!(bench.net(case), 9999);
    assert_eq!(bench.seller(remedy(case, RemedyGround::LostDecision)), Err(Refusal::OnlyOnce));
}

#[test]
fn r16_what_a_seller_let_pass_in_silence_is_not_open_to_objection() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.pass_to("2026-03-11 10:00:01");
    assert_eq!(bench.state(case), &CaseState::Refunding);
    let refused = Err(Refusal::NotAccepted { missing: "appealable_decision" });
    assert_eq!(bench.seller(remedy(case, RemedyGround::LostDecision)), refused);
}

#[test]
fn r17_a_decision_can_be_taken_back_for_thirty_seconds_by_whoever_made_it() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
    bench.staff("r1", Role::Reviewer, approve(case, "99.99")).expect("decided");
    let open = turn(bench.file(), &bench.file().cases[0]).expect("a turn");
    assert_eq!((open.who, open.on_silence), (Who::Program, Some(OnSilence::Send)));
    assert_eq!(bench.staff("r2", Role::Reviewer, OrderAct::TakeBack { case }), Err(Refusal::NotYours));
    assert_eq!(bench.staff("r1", Role::Reviewer, reject(case)), Err(Refusal::WrongState { state: "decision_pending" }));
    bench.now = at("2026-03-10 10:00:29");
    bench.staff("r1", Role::Reviewer, OrderAct::TakeBack { case }).expect("taken back");
    bench.staff("r1", Role::Reviewer, reject(case)).expect("decided otherwise");
    bench.now = at("2026-03-10 10:00:59");
    assert_eq!(
        bench.staff("r1", Role::Reviewer, OrderAct::TakeBack { case }),
        Err(Refusal::WrongState { state: "decision_sent" })
    );
    bench.serve_timers();
    assert!(matches!(bench.state(case), CaseState::Rejected { .. }));
    assert_eq!(bench.file().payouts.len(), 0, "nothing of the first decision was paid");
}

#[test]
fn r17_unclaimed_hearings_are_warned_of_once_and_claimed_ones_are_not() {
    for claimed in [false, true] {
        let mut bench = Bench::new("2026-03-10 10:00:00");
        bench.paid(1);
        let case = bench.apply(Reason::SystemFault, "99.99").expect("filed");
        if claimed {
            bench.staff("r1", Role::Reviewer, OrderAct::ClaimCase { case }).expect("claimed");
        }
        bench.pass_to("2026-03-13 10:00:00");
        let warned = bench.events.iter().filter(|e| matches!(e, crate::event::OrderEvent::ReviewWarned { .. })).count();
        assert_eq!(warned, usize::from(!claimed));
    }
}

#[test]
fn reminders_come_once_before_a_turn_ends() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.apply(Reason::InvalidCode, "99.99").expect("with the seller");
    let reminded = |bench: &Bench| {
        bench.events.iter().filter(|event| matches!(event, crate::event::OrderEvent::TurnReminded { .. })).count()
    };
    bench.pass_to("2026-03-11 04:00:00");
    assert_eq!(reminded(&bench), 0);
    bench.pass_to("2026-03-11 04:00:01");
    assert_eq!(reminded(&bench), 1, "six hours before the end");
    bench.pass_to("2026-03-11 10:00:00");
    assert_eq!(reminded(&bench), 1);
}

#[test]
fn r14_who_must_choose_another_route_is_reminded_for_ever_and_forfeits_nothing() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let case = bench.apply(Reason::Personal, "99.99").expect("approved");
    bench.call(1, crate::payout::Outcome::OtherRoute { code: "C".into() }).expect("refused");
    bench.call(1, crate::payout::Outcome::NotFound).expect("proven");
    for day in ["2026-03-20", "2026-04-20", "2026-06-20"] {
        bench.live_until(&format!("{day} 10:00:00"));
        assert!(matches!(bench.state(case), CaseState::AwaitingRoute { .. }));
    }
    let reminded = bench.events.iter().filter(|e| matches!(e, crate::event::OrderEvent::TurnReminded { .. })).count();
    assert!(reminded >= 15, "{reminded}");
    bench.buyer(OrderAct::ChooseBalance { case }).expect("chosen");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
}

#[test]
fn silence_on_material_lets_a_remedy_go_on_without_it() {
    let mut bench = rejected();
    bench.buyer(remedy(1, RemedyGround::UnjustRefusal)).expect("complained");
    let wanted = vec![EvidenceKind::ChatLog];
    let ask = OrderAct::AskMaterial { case: 1, wanted, words: None };
    bench.staff("s1", Role::SeniorReviewer, ask).expect("asked");
    assert_eq!(
        bench.staff("s1", Role::SeniorReviewer, dismiss(1)),
        Err(Refusal::WrongState { state: "awaiting_buyer" })
    );
    bench.pass_to("2026-03-02 00:00:00");
    assert!(bench.file().cases[0].wanted().is_none(), "it goes on");
    bench.judge("s1", Role::SeniorReviewer, dismiss(1)).expect("dismissed");
}

#[test]
fn s11_a_mended_application_is_linked_to_the_one_it_mends() {
    let mut bench = rejected();
    bench
        .buyer(OrderAct::Apply {
            units: vec![1],
            reason: Reason::SystemFault,
            claimed: cny("99.99"),
            received_face: None,
            to_balance: false,
            text: None,
            evidence: vec![screenshot()],
        })
        .expect("filed again with something new");
    assert_eq!(bench.file().cases[1].follows, Some(1));
    let beside = Refusal::Duplicate { case: bench.file().case_id(2) };
    assert_eq!(bench.buyer(remedy(1, RemedyGround::NewMaterial)), Err(beside), "heard there, not here");
}
