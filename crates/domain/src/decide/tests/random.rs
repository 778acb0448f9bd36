//! Any order of commands keeps every promise: books balanced, nothing beyond what was paid, always a next step.

use super::Bench;
use super::bench::{arrived, at, cny, screenshot, words, yes};
use crate::actor::Role;
use crate::case::RemedyGround;
use crate::case::{EvidenceKind, Reason, RejectCode};
use crate::code_probe::ProbeAct;
use crate::command::OrderAct;
use crate::event::Tender;
use crate::offer::OfferTerms;
use crate::outside_payment::PaidBy;
use crate::panel::Responsible;
use crate::payout::{Outcome, Step};
use crate::projection::Subject;
use proptest::prelude::*;

/// One of everything anybody may ask of an order, with small numbers so that it often fits.
pub fn acts() -> Vec<OrderAct> {
    let mut acts = vec![
        OrderAct::OpenPayment { channel: "sim".into() },
        OrderAct::IssueCodes,
        OrderAct::ConfirmReceipt { units: vec![1, 2] },
        OrderAct::Claim { account: "b2".into() },
        OrderAct::AssignPayment {
            no: "NOBODYS0001".into(),
            channel: "sim".into(),
            channel_ref: "c0".into(),
            amount: cny("199.98"),
        },
        OrderAct::Wake { subject: Subject::Payment },
        OrderAct::Wake { subject: Subject::Completion },
        OrderAct::Wake { subject: Subject::Settlement },
    ];
    for unit in 1..=2 {
        acts.extend([
            OrderAct::Reveal { unit },
            OrderAct::MarkCredited { unit, proof: words() },
            OrderAct::ReportRedemption { unit, redeemed_at: crate::time::Instant::from_micros(1) },
        ]);
        for reason in Reason::ALL {
            for (claimed, to_balance) in [("99.99", false), ("20.00", true), ("500.00", false)] {
                acts.push(OrderAct::Apply {
                    units: if claimed == "500.00" { vec![1, 2] } else { vec![unit] },
                    reason,
                    claimed: cny(claimed),
                    received_face: (reason == Reason::NotAsDescribed).then(|| cny("50.00")),
                    to_balance,
                    text: Some(words()),
                    evidence: vec![screenshot()],
                });
            }
        }
    }
    for case in 1..=3 {
        acts.extend([
            OrderAct::Withdraw { case },
            OrderAct::GiveMaterial { case, words: Some(words()), evidence: vec![] },
            OrderAct::SellerAgree { case },
            OrderAct::SellerContest { case, words: Some(words()), evidence: vec![] },
            OrderAct::ClaimCase { case },
            OrderAct::AskMaterial { case, wanted: vec![EvidenceKind::Other], words: None },
            OrderAct::PassToSeller { case },
            OrderAct::Approve { case, amount: cny("30.01"), answers: yes(), words: None },
            OrderAct::Approve { case, amount: cny("99.99"), answers: yes(), words: None },
            OrderAct::Reject { case, code: RejectCode::RejectNoFault, clause: None, answers: yes(), words: words() },
            OrderAct::AskPerson { case },
            OrderAct::ChooseBalance { case },
            OrderAct::ChooseVoucher { case },
            OrderAct::TakeBack { case },
            OrderAct::ReferToPanel { case },
            OrderAct::Vote { case, responsible: Responsible::Seller, amount_minor: 5000, reason: words() },
            OrderAct::Vote { case, responsible: Responsible::Buyer, amount_minor: 0, reason: words() },
            OrderAct::InviteArbitrator { case, arbitrator: "arb1".into() },
            OrderAct::WithdrawRemedy { case },
            OrderAct::Probe(ProbeAct::Ask { case }),
            OrderAct::Uphold { case, amount_minor: 1000, answers: yes(), words: None },
            OrderAct::Uphold { case, amount_minor: 0, answers: yes(), words: None },
            OrderAct::Dismiss { case, answers: yes(), words: words() },
            offer(Some(case), OfferTerms::Refund { amount_minor: 4000 }),
            offer(Some(case), OfferTerms::Replacement),
            offer(Some(case), OfferTerms::MoreTime { until: at("2026-03-14 10:00:00") }),
        ]);
        for subject in [Subject::Case, Subject::Remedy, Subject::Reminder, Subject::Unclaimed, Subject::Offer] {
            acts.push(OrderAct::Wake { subject: subject(case) });
        }
        for ground in RemedyGround::ALL {
            acts.push(OrderAct::OpenRemedy {
                case,
                ground,
                rule: ground.needs_rule().then(|| "R8".to_owned()),
                claimed: (ground == RemedyGround::SellerFraud).then(|| cny("280.00")),
                words: Some(words()),
                evidence: vec![screenshot()],
            });
        }
    }
    acts.extend(super::routes::acts().map(OrderAct::Route));
    for (reference, by, amount) in [
        ("stripe:1", PaidBy::Channel { payment: 1, channel: "sim".into() }, "60.00"),
        ("stripe:2", PaidBy::Channel { payment: 1, channel: "sim".into() }, "199.98"),
        ("court:1", PaidBy::Platform, "35.00"),
        ("blackcat:1", PaidBy::Seller, "20.00"),
    ] {
        let reference = reference.to_owned();
        acts.push(OrderAct::RecordOutsidePayment { reference: reference.clone(), by, amount: cny(amount) });
        acts.push(OrderAct::ReverseOutsidePayment { reference });
    }
    for units in [vec![], vec![1]] {
        acts.push(OrderAct::RefundIncident { incident: "M1".into(), units });
    }
    acts.push(offer(None, OfferTerms::Refund { amount_minor: 3000 }));
    acts.push(offer(None, OfferTerms::Replacement));
    acts.push(offer(None, OfferTerms::MoreTime { until: at("2026-03-12 10:00:00") }));
    acts.push(OrderAct::Say { text: Some(words()), evidence: vec![], marks: vec![] });
    acts.push(OrderAct::ReadThread { message: 1 });
    for offer in 1..=3 {
        acts.push(OrderAct::AnswerOffer { offer, accept: true });
        acts.push(OrderAct::AnswerOffer { offer, accept: false });
    }
    for payout in 1..=3 {
        acts.extend([
            OrderAct::ApprovePayout { payout },
            OrderAct::ResumePayout { payout },
            OrderAct::Wake { subject: Subject::Payout(payout) },
            OrderAct::MakeAttempt { payout, step: Step::Send, digest: "d".into() },
            OrderAct::MakeAttempt { payout, step: Step::Ask, digest: "d".into() },
            OrderAct::MakeAttempt { payout, step: Step::Finish, digest: "d".into() },
        ]);
        for outcome in outcomes() {
            for attempt in [None, Some(1), Some(2)] {
                acts.push(OrderAct::RecordOutcome { payout, attempt, outcome: outcome.clone() });
            }
        }
    }
    acts
}

fn offer(case: Option<u16>, terms: OfferTerms) -> OrderAct {
    OrderAct::MakeOffer { case, units: vec![1], reason: Some(Reason::InvalidCode), terms, words: None }
}

fn outcomes() -> Vec<Outcome> {
    let code = || "C".to_owned();
    vec![
        arrived(),
        Outcome::Accepted { channel_ref: "r".into() },
        Outcome::Unknown { code: code() },
        Outcome::NotFound,
        Outcome::RetrySameId { code: code() },
        Outcome::NeedFunds { code: code() },
        Outcome::FixRequest { code: code() },
        Outcome::OtherRoute { code: code() },
        Outcome::ManualAtChannel { code: code() },
        Outcome::Bounced { code: code() },
    ]
}

/// Everybody tries it; the books are checked after each that is accepted. How many were.
fn everybody(bench: &mut Bench, act: &OrderAct) -> usize {
    let staff = [Role::Reviewer, Role::SeniorReviewer, Role::Risk, Role::Finance, Role::Support, Role::Arbitrator];
    let mut accepted = usize::from(bench.buyer(act.clone()).is_ok());
    accepted += usize::from(bench.seller(act.clone()).is_ok());
    for (n, role) in staff.into_iter().enumerate() {
        accepted += usize::from(bench.staff(&format!("staff{n}"), role, act.clone()).is_ok());
    }
    accepted += usize::from(bench.channel(act.clone()).is_ok());
    accepted + usize::from(bench.program(act.clone()).is_ok())
}

fn campaign() -> u32 {
    if std::env::var_os("YUANLU_LONG").is_some() { 6_000 } else { 300 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(campaign()))]

    #[test]
    fn any_order_of_commands_keeps_the_promises(
        paid in 0..4,
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0u32..40), 1..60),
    ) {
        let acts = acts();
        let mut bench = Bench::new("2026-03-10 10:00:00");
        bench.offer.terms.window_days = 7;
        let channel = Tender::Channel { channel: "sim".into() };
        match paid {
            0 => {
                bench.credit_wallet(cny("300.00"));
                bench.place(2, false, Tender::Balance { wallet: "b1".into() }).expect("placed");
            }
            1 => {
                bench.place(2, false, channel).expect("placed");
                bench.pay("ch1").expect("paid");
            }
            parts => {
                let parts = bench.everything_in_the_wallet(parts == 3);
                bench.place_with(2, false, parts, channel).expect("placed");
                bench.pay("ch1").expect("paid");
            }
        }
        for (pick, hours) in steps {
            if hours > 30 {
                bench.now = bench.now.plus_hours(i64::from(hours));
            }
            everybody(&mut bench, pick.get(&acts));
            if hours == 7 {
                let _second = bench.pay("ch2");
            }
        }
        // Left alone for a year with a channel that answers, everything ends; nothing is stuck without a person.
        for _ in 0..400 {
            bench.now = bench.now.plus_hours(24);
            bench.serve_timers_settling();
        }
    }
}

impl Bench {
    fn serve_timers_settling(&mut self) {
        for payout in 1..=u16::try_from(self.file().payouts.len()).expect("few") {
            if self.next_step(payout).is_some() {
                let _answered = self.call(payout, arrived());
            }
        }
        let now = self.now;
        let due: Vec<_> = crate::projection::timers(self.file()).into_iter().filter(|t| t.due <= now).collect();
        for timer in due {
            let _served = self.program(OrderAct::Wake { subject: timer.subject });
        }
    }
}
