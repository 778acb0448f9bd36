//! Mass incidents (S29): who may do what when, and that an order they are about is refunded once and never beyond its price.

use super::Bench;
use super::bench::{arrived, at, cny, remedy, words, yes};
use crate::actor::{Actor, Role};
use crate::case::{CaseState, DecidedBy, Reason, RemedyGround};
use crate::command::{Act, OrderAct};
use crate::desk::{DeskAct, DeskFile};
use crate::event::{OrderEvent, Tender};
use crate::ids::DeskId;
use crate::incident::{
    Bearer, Forecast, Incident, IncidentAct, IncidentState, MOST_ORDERS, MOST_RATE, RunResult, Selection,
};
use crate::offer::OfferTerms;
use crate::payout::PayoutState;
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::stock::StockFate;

/// An incident that two people agreed to.
pub fn running(reason: Reason, bearer: Bearer) -> Incident {
    Incident {
        desk: "M1".into(),
        selection: Selection::default(),
        reason,
        bearer,
        words: words(),
        rate: 0,
        proposed_by: Some("r1".into()),
        proposed_at: at("2026-03-10 09:00:00"),
        forecast: None,
        digest: String::new(),
        frozen_at: None,
        approved_by: Some("f1".into()),
        approved_at: Some(at("2026-03-10 09:30:00")),
        runs_since: Some(at("2026-03-10 09:30:00")),
        ran_micros: 0,
        due: at("2026-03-11 00:00:00"),
        state: IncidentState::Running,
        result: None,
        finished_at: None,
        last_at: at("2026-03-10 09:30:00"),
    }
}

fn of(account: &str, role: Role) -> Actor {
    Actor::Staff { account: account.into(), role }
}

fn propose(reason: Reason, rate: u32) -> IncidentAct {
    IncidentAct::Propose { selection: Selection::default(), reason, bearer: Bearer::Seller, words: words(), rate }
}

fn freeze(orders: u32) -> IncidentAct {
    IncidentAct::Freeze { forecast: Forecast { orders, ..Forecast::default() }, digest: "d".into() }
}

impl Bench {
    fn say_of_incident(&mut self, by: Actor, act: IncidentAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: "M1".into(), act: DeskAct::Incident(Box::new(act)) })
    }

    fn incident(&self) -> &Incident {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Incident(incident) => incident,
            other => panic!("not an incident: {other:?}"),
        }
    }

    fn refund_by_incident(&mut self, units: &[u16]) -> Result<(), Refusal> {
        self.program(OrderAct::RefundIncident { incident: "M1".into(), units: units.to_vec() })
    }

    fn because_of(&mut self, reason: Reason, bearer: Bearer) {
        self.facts.incident = Some(running(reason, bearer));
    }
}

/// Everything that may be asked, by everybody, in every state.
#[test]
fn states_commands_and_roles_of_an_incident_are_as_the_table_says() {
    let house: &[(&str, &[Role])] = &[("r1", &[Role::Risk]), ("f1", &[Role::Finance]), ("a1", &[Role::Admin])];
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(house);
    bench.say_of_incident(of("r1", Role::Risk), propose(Reason::InvalidCode, 20)).expect("proposed");
    let gathering = bench.clone();
    bench.say_of_incident(of("r1", Role::Risk), freeze(3)).expect("frozen");
    let waiting = bench.clone();
    bench.say_of_incident(of("f1", Role::Finance), IncidentAct::Approve).expect("agreed");
    let going = bench.clone();
    bench.say_of_incident(of("r1", Role::Risk), IncidentAct::Pause).expect("paused");
    let paused = bench.clone();
    bench.say_of_incident(of("f1", Role::Finance), IncidentAct::Cancel).expect("given up");
    let cancelled = bench.clone();
    let mut done = going.clone();
    done.say_of_incident(Actor::Program, IncidentAct::Finish { result: RunResult::default() }).expect("done");
    let acts: [(&str, IncidentAct); 8] = [
        ("freeze", freeze(3)),
        ("approve", IncidentAct::Approve),
        ("pause", IncidentAct::Pause),
        ("resume", IncidentAct::Resume),
        ("rate", IncidentAct::SetRate { rate: 5 }),
        ("cancel", IncidentAct::Cancel),
        ("finish", IncidentAct::Finish { result: RunResult::default() }),
        ("propose", propose(Reason::InvalidCode, 0)),
    ];
    let people = [
        ("proposer", of("r1", Role::Risk)),
        ("risk", of("r2", Role::Risk)),
        ("finance", of("f1", Role::Finance)),
        ("admin", of("a1", Role::Admin)),
        ("reviewer", of("x1", Role::Reviewer)),
        ("support", of("s1", Role::Support)),
        ("program", Actor::Program),
    ];
    let states = [
        ("gathering", gathering),
        ("waiting", waiting),
        ("running", going),
        ("paused", paused),
        ("cancelled", cancelled),
        ("done", done),
    ];
    let mut allowed = Vec::new();
    for (state, bench) in &states {
        assert_eq!(bench.incident().state.code(), *state);
        for (what, act) in &acts {
            let whos = people.iter().filter(|(_, by)| bench.clone().say_of_incident(by.clone(), act.clone()).is_ok());
            let whos: Vec<&str> = whos.map(|(who, _)| *who).collect();
            if !whos.is_empty() {
                allowed.push(format!("{state} {what}: {}", whos.join(" ")));
            }
        }
    }
    let keepers = "proposer risk finance admin";
    assert_eq!(
        allowed,
        [
            "gathering freeze: proposer".to_owned(),
            format!("gathering rate: {keepers}"),
            format!("gathering cancel: {keepers}"),
            "waiting approve: finance admin".to_owned(),
            format!("waiting rate: {keepers}"),
            format!("waiting cancel: {keepers}"),
            format!("running pause: {keepers}"),
            format!("running rate: {keepers}"),
            format!("running cancel: {keepers}"),
            "running finish: program".to_owned(),
            format!("paused resume: {keepers}"),
            format!("paused rate: {keepers}"),
            format!("paused cancel: {keepers}"),
            "cancelled finish: program".to_owned(),
        ]
    );
}

#[test]
fn four_eyes_and_in_a_small_house_a_day_of_waiting() {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(&[("f1", &[Role::Finance]), ("f2", &[Role::Finance])]);
    bench.say_of_incident(of("f1", Role::Finance), propose(Reason::SystemFault, 0)).expect("proposed");
    bench.say_of_incident(of("f1", Role::Finance), freeze(1)).expect("frozen");
    assert_eq!(bench.say_of_incident(of("f1", Role::Finance), IncidentAct::Approve), Err(Refusal::Conflicted));
    // R35: there is nobody else.
    let mut bench = bench.with_staff(&[("f1", &[Role::Finance])]);
    let early = bench.say_of_incident(of("f1", Role::Finance), IncidentAct::Approve);
    assert_eq!(early, Err(Refusal::NotYetDue { from: at("2026-03-11 10:00:00") }));
    bench.now = at("2026-03-11 10:00:00");
    bench.say_of_incident(of("f1", Role::Finance), IncidentAct::Approve).expect("alone, a day later");
    assert_eq!(bench.incident().state, IncidentState::Running);
}

#[test]
fn what_makes_no_sense_is_no_incident() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    let by = || of("r1", Role::Risk);
    for reason in [Reason::Personal, Reason::DuplicateCharge] {
        assert_eq!(bench.say_of_incident(by(), propose(reason, 0)), Err(Refusal::Missing { field: "reason" }));
    }
    let rate = bench.say_of_incident(by(), propose(Reason::InvalidCode, MOST_RATE + 1));
    assert_eq!(rate, Err(Refusal::Quantity { most: MOST_RATE }));
    let selection = Selection { batch: Some(at("2026-03-01 00:00:00")), ..Selection::default() };
    let (reason, bearer) = (Reason::InvalidCode, Bearer::Seller);
    let act = IncidentAct::Propose { selection, reason, bearer, words: words(), rate: 0 };
    assert_eq!(bench.say_of_incident(by(), act), Err(Refusal::Missing { field: "product" }));
    bench.say_of_incident(by(), propose(Reason::InvalidCode, 0)).expect("proposed");
    assert_eq!(bench.say_of_incident(by(), freeze(0)), Err(Refusal::NothingDue));
    assert_eq!(bench.say_of_incident(by(), freeze(MOST_ORDERS + 1)), Err(Refusal::Quantity { most: MOST_ORDERS }));
    assert_eq!(
        bench.say_of_incident(of("f1", Role::Finance), freeze(3)),
        Err(Refusal::NotYours),
        "only who proposed it"
    );
}

#[test]
fn whoever_an_incident_waits_for_is_reminded_every_working_day() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.say_of_incident(of("r1", Role::Risk), propose(Reason::InvalidCode, 0)).expect("proposed");
    bench.say_of_incident(of("r1", Role::Risk), freeze(2)).expect("frozen");
    let wake = || IncidentAct::Wake { subject: Subject::Incident };
    assert_eq!(bench.say_of_incident(Actor::Program, wake()), Err(Refusal::NothingDue));
    bench.now = at("2026-03-12 00:00:00");
    bench.say_of_incident(Actor::Program, wake()).expect("reminded");
    assert_eq!(bench.incident().timer().expect("waits on").due, at("2026-03-14 00:00:00"));
    bench.say_of_incident(of("r1", Role::Risk), IncidentAct::Cancel).expect("given up");
    assert_eq!(bench.incident().timer(), None, "nobody was refunded, so nobody has to be told");
    assert_eq!(bench.incident().result.as_ref().map(|result| result.left), Some(2));
}

#[test]
fn t31_only_the_program_refunds_and_only_for_an_incident_that_runs() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    let act = OrderAct::RefundIncident { incident: "M1".into(), units: vec![] };
    for by in [of("a1", Role::Admin), Actor::Seller { seller: "s1".into(), account: "s".into() }] {
        let order = bench.file().order.clone();
        assert_eq!(bench.give(by, Act::Order { order, act: act.clone() }), Err(Refusal::NotYours));
    }
    let other = OrderAct::RefundIncident { incident: "M2".into(), units: vec![] };
    assert_eq!(bench.program(other), Err(Refusal::NotFound));
    for state in [IncidentState::Gathering, IncidentState::Waiting, IncidentState::Paused, IncidentState::Cancelled] {
        bench.facts.incident = Some(Incident { state, ..running(Reason::InvalidCode, Bearer::Seller) });
        assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::WrongState { state: state.code() }));
    }
    bench.facts.incident = None;
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::NotFound));
}

#[test]
fn t02_an_order_is_refunded_once_without_a_fee_and_its_code_is_never_sold_again() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.because_of(Reason::InvalidCode, Bearer::Seller);
    bench.paid(2);
    bench.refund_by_incident(&[]).expect("refunded");
    let case = bench.file().case(1).expect("a case");
    let decision = case.decision().expect("decided");
    assert_eq!((decision.by, decision.row.as_str()), (DecidedBy::Incident, "M1"));
    assert_eq!((decision.judge.as_ref().map(|judge| judge.as_str()), decision.fee_minor()), (Some("f1"), 0));
    assert_eq!(bench.net(1), 2 * 9_999);
    assert_eq!(bench.returned_code(), Some(StockFate::Quarantined), "nobody saw it, and it is bad all the same");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::OnlyOnce));
    bench.call(1, arrived()).expect("arrived");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::OnlyOnce));
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
}

#[test]
fn an_open_case_is_decided_and_not_doubled() {
    type Road = fn(&mut Bench);
    let roads: [(&str, Road); 5] = [
        ("awaiting_seller", |_| {}),
        ("offer_made", |b| {
            let terms = OfferTerms::Refund { amount_minor: 5000 };
            let act = OrderAct::MakeOffer { case: Some(1), units: vec![], reason: None, terms, words: None };
            b.seller(act).expect("offered");
        }),
        ("under_review", |b| {
            b.seller(OrderAct::SellerContest { case: 1, words: Some(words()), evidence: vec![] }).expect("contested");
        }),
        ("decision_pending", |b| {
            b.seller(OrderAct::SellerContest { case: 1, words: Some(words()), evidence: vec![] }).expect("contested");
            let act = OrderAct::Approve { case: 1, amount: cny("20.00"), answers: yes(), words: None };
            b.staff("r", Role::Reviewer, act).expect("proposed");
        }),
        ("before_panel", |b| {
            b.seller(OrderAct::SellerContest { case: 1, words: Some(words()), evidence: vec![] }).expect("contested");
            b.staff("r", Role::Reviewer, OrderAct::ReferToPanel { case: 1 }).expect("drawn");
        }),
    ];
    for (name, road) in roads {
        let mut bench = Bench::new("2026-03-10 10:00:00").with_arbitrators();
        bench.paid(1);
        bench.apply(Reason::InvalidCode, "40.00").expect("applied");
        road(&mut bench);
        bench.refund_by_incident(&[1]).expect(name);
        assert_eq!(bench.file().cases.len(), 1, "{name}: no second case");
        assert_eq!((bench.net(1), bench.state(1)), (9_999, &CaseState::Refunding), "{name}: all that was paid");
        assert!(bench.file().standing_offer(Some(1)).is_none(), "{name}: no offer stands beside it");
        bench.serve_timers();
        assert_eq!(bench.net(1), 9_999, "{name}: nothing that waited adds to it (T01)");
        assert_eq!(bench.seller(OrderAct::SellerAgree { case: 1 }).map_err(|e| e.code()), Err("wrong_state"));
    }
}

#[test]
fn what_a_buyer_appeals_for_he_gets_and_what_was_paid_before_stays_paid() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.apply(Reason::SystemFault, "99.99").expect("under review");
    let act = OrderAct::Approve { case: 1, amount: cny("30.01"), answers: yes(), words: None };
    bench.judge("r", Role::Reviewer, act).expect("in part");
    bench.call(1, arrived()).expect("arrived");
    bench.buyer(remedy(1, RemedyGround::NewMaterial)).expect("appealed");
    bench.refund_by_incident(&[]).expect("refunded");
    assert_eq!((bench.file().cases.len(), bench.net(1)), (1, 9_999));
    assert_eq!(bench.file().payouts.iter().map(|p| p.amount_minor).collect::<Vec<_>>(), [3_001, 6_998]);
    let case = bench.file().case(1).expect("a case");
    assert!(case.remedy.is_none() && case.remedies.len() == 1, "the appeal is over");
}

#[test]
fn units_that_are_not_meant_and_cases_about_more_are_left_alone() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    bench.apply_for(&[1, 2], Reason::SystemFault, "199.98", None, false).expect("under review");
    let refused = bench.refund_by_incident(&[1]);
    assert_eq!(refused, Err(Refusal::Duplicate { case: bench.file().case_id(1) }), "it is about unit 2 as well");
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    bench.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
    bench.refund_by_incident(&[2]).expect("refunded");
    assert_eq!((bench.net(1), bench.net(2)), (0, 9_999));
    assert!(matches!(bench.state(1), CaseState::AwaitingSeller { .. }), "the other unit's case goes on");
}

#[test]
fn what_was_used_or_replaced_or_refunded_is_named() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.place(1, false, Tender::Channel { channel: "sim".into() }).expect("placed");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::WrongState { state: "awaiting_payment" }));
    bench.pay("ch1").expect("paid");
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    let redeemed_at = bench.now;
    bench.seller(OrderAct::ReportRedemption { unit: 1, redeemed_at }).expect("redeemed");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::WrongState { state: "redeemed" }));
    let mut all = running(Reason::InvalidCode, Bearer::Seller);
    all.selection.used = true;
    bench.facts.incident = Some(all);
    bench.refund_by_incident(&[]).expect("used ones were chosen too");
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.apply(Reason::Personal, "99.99").expect("refunded by the rules");
    assert_eq!(bench.net(1), 9_500, "less the fee");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::NothingLeft), "a fee kept by the rules stays kept");
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(1);
    bench.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
    let terms = OfferTerms::Replacement;
    let act = OrderAct::MakeOffer { case: Some(1), units: vec![], reason: None, terms, words: None };
    bench.seller(act).expect("offered");
    bench.buyer(OrderAct::AnswerOffer { offer: 1, accept: true }).expect("taken");
    assert_eq!(bench.refund_by_incident(&[]), Err(Refusal::WrongState { state: "replaced" }));
}

#[test]
fn the_platform_bears_what_the_seller_loses_and_nothing_else() {
    let cost = |reason, bearer, reveal: bool, settle: bool| {
        let mut bench = Bench::new("2026-03-10 10:00:00");
        bench.because_of(reason, bearer);
        bench.paid(1);
        if reveal {
            bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
        }
        if settle {
            bench.live_until("2026-04-10 00:00:00");
        }
        bench.refund_by_incident(&[]).expect("refunded");
        (bench.book("seller_payable:s1"), -bench.book("platform_cost"))
    };
    let (fee, price) = (299, 9_999);
    assert_eq!(cost(Reason::SystemFault, Bearer::Seller, true, false), (0, 0), "the sale did not happen");
    assert_eq!(cost(Reason::SystemFault, Bearer::Seller, true, true), (0, 0), "what he was paid, he gives back");
    assert_eq!(cost(Reason::SystemFault, Bearer::Platform, false, false), (0, 0), "his code is for sale again");
    let kept = (price - fee, price - fee);
    assert_eq!(cost(Reason::SystemFault, Bearer::Platform, true, false), kept, "his code is gone");
    assert_eq!(cost(Reason::SystemFault, Bearer::Platform, true, true), kept);
    assert_eq!(cost(Reason::InvalidCode, Bearer::Platform, false, false), kept, "nor can a bad code be sold");
}

#[test]
fn each_part_goes_back_to_its_source_and_large_sums_need_no_third_person() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 700_000;
    let parts = bench.everything_in_the_wallet(true);
    bench.place_with(1, false, parts, Tender::Channel { channel: "sim".into() }).expect("placed");
    bench.pay("ch1").expect("paid");
    bench.refund_by_incident(&[]).expect("refunded");
    let held = bench.file().payouts.iter().filter(|p| p.state == PayoutState::Held).count();
    assert_eq!((bench.file().payouts.len(), held), (3, 0), "channel, balance, voucher; two people agreed already");
    assert!(bench.events.iter().any(|event| matches!(event, OrderEvent::CouponRestored)), "and the coupon (R13)");
}

#[test]
fn only_orders_that_fit_everything_are_meant() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.paid(2);
    let (file, any) = (bench.file(), Selection::default());
    let meant = |selection: Selection| selection.units(file, &[2]);
    assert_eq!(meant(any.clone()), [1, 2]);
    assert_eq!(meant(Selection { batch: Some(file.placed_at), ..any.clone() }), [2]);
    assert_eq!(meant(Selection { product: Some("card".into()), ..any.clone() }), [1, 2]);
    assert_eq!(meant(Selection { channel: Some("sim".into()), seller: Some("s1".into()), ..any.clone() }), [1, 2]);
    assert_eq!(meant(Selection { from: Some(file.placed_at), ..any.clone() }), [1, 2]);
    let none = [
        Selection { product: Some("other".into()), ..any.clone() },
        Selection { seller: Some("s2".into()), ..any.clone() },
        Selection { channel: Some("alipay".into()), ..any.clone() },
        Selection { until: Some(file.placed_at), ..any.clone() },
        Selection { from: Some(file.placed_at.plus_micros(1)), ..any },
    ];
    assert!(none.into_iter().all(|selection| meant(selection).is_empty()));
    let desk: DeskId = "M1".into();
    assert!(!crate::decide::incident_refund::was_decided_by(
        &{
            let mut bench = bench.clone();
            bench.apply(Reason::Personal, "99.99").expect("refunded by the rules");
            bench.file().cases[0].clone()
        },
        &desk
    ));
}
