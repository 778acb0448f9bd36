//! Every state × every command × every role: what is allowed equals a committed table, everything else is refused by name.

use super::Bench;
use super::bench::{arrived, at, cny, remedy, words, yes};
use super::random::acts;
use crate::actor::Role;
use crate::case::{EvidenceKind, Reason, RejectCode, RemedyGround};
use crate::code_probe::ProbeAct;
use crate::command::OrderAct;
use crate::event::Tender;
use crate::offer::OfferTerms;
use crate::panel::Responsible;
use crate::payout::Outcome;
use std::fmt::Write as _;

type Road = (&'static str, fn(&mut Bench));

fn offered(bench: &mut Bench, terms: OfferTerms) {
    let act = OrderAct::MakeOffer { case: Some(1), units: vec![], reason: None, terms, words: None };
    bench.seller(act).expect("offered");
}

fn rejected(bench: &mut Bench) {
    bench.paid(2);
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.apply(Reason::Personal, "99.99").expect("rejected");
}

fn reviewed(bench: &mut Bench) {
    bench.paid(2);
    bench.apply(Reason::SystemFault, "99.99").expect("under review");
}

fn in_part(bench: &mut Bench) {
    reviewed(bench);
    let act = OrderAct::Approve { case: 1, amount: cny("30.01"), answers: yes(), words: None };
    bench.judge("r", Role::Reviewer, act).expect("in part");
}

fn before_panel(bench: &mut Bench) {
    reviewed(bench);
    bench.staff("r", Role::Reviewer, OrderAct::ReferToPanel { case: 1 }).expect("drawn");
}

fn asked(bench: &mut Bench) {
    reviewed(bench);
    let wanted = vec![EvidenceKind::Other];
    bench.staff("r", Role::Reviewer, OrderAct::AskMaterial { case: 1, wanted, words: None }).expect("asked");
}

fn refunding(bench: &mut Bench) {
    bench.paid(2);
    bench.apply(Reason::Personal, "99.99").expect("refunding");
}

/// The states a file can be in, each reached by its own road.
fn roads() -> Vec<Road> {
    vec![
        ("unpaid", |b| b.place(2, false, Tender::Channel { channel: "sim".into() }).expect("placed")),
        ("paid", |b| b.paid(2)),
        ("revealed", |b| {
            b.paid(2);
            b.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
        }),
        ("awaiting_seller", |b| {
            b.paid(2);
            b.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
        }),
        ("offer_made", |b| {
            b.paid(2);
            b.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
            offered(b, OfferTerms::Refund { amount_minor: 5000 });
        }),
        ("more_time", |b| {
            b.paid(2);
            b.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
            offered(b, OfferTerms::MoreTime { until: at("2026-03-12 10:00:00") });
            b.buyer(OrderAct::AnswerOffer { offer: 1, accept: true }).expect("granted");
        }),
        ("under_review", reviewed),
        ("under_review_with_offer", |b| {
            reviewed(b);
            offered(b, OfferTerms::Replacement);
        }),
        ("decision_pending", |b| {
            reviewed(b);
            let act = OrderAct::Approve { case: 1, amount: cny("99.99"), answers: yes(), words: None };
            b.staff("staff0", Role::Reviewer, act).expect("decided");
        }),
        ("risk_review", |b| {
            b.facts.restricted_buyer = true;
            reviewed(b);
        }),
        ("awaiting_buyer", asked),
        ("panel_evidence", before_panel),
        ("panel_votes", |b| {
            before_panel(b);
            b.pass_to("2026-03-12 10:00:01");
        }),
        ("refunding", refunding),
        ("awaiting_route", |b| {
            refunding(b);
            b.call(1, Outcome::OtherRoute { code: "C".into() }).expect("refused");
            b.call(1, Outcome::NotFound).expect("awaiting route");
        }),
        ("completed", |b| {
            refunding(b);
            b.call(1, arrived()).expect("completed");
        }),
        ("abnormal", super::routes::abnormal),
        ("agent_release", super::routes::kept_by_agent),
        ("account_check", super::routes::named),
        ("account_payment", super::routes::checked),
        ("at_bank", super::routes::at_bank),
        ("arrival_doubted", super::routes::doubted),
        ("switched", super::routes::switched),
        ("approved_in_part", in_part),
        ("approved_in_part_under_appeal", |b| {
            in_part(b);
            b.buyer(remedy(1, RemedyGround::NewMaterial)).expect("appealed");
        }),
        ("approved_under_objection", |b| {
            in_part(b);
            b.seller(remedy(1, RemedyGround::LostDecision)).expect("objected");
        }),
        ("rejected", rejected),
        ("rejected_by_person", |b| {
            reviewed(b);
            let (code, answers) = (RejectCode::RejectEvidence, yes());
            let act = OrderAct::Reject { case: 1, code, clause: None, answers, words: words() };
            b.judge("r", Role::Reviewer, act).expect("rejected");
        }),
        ("rejected_under_appeal", |b| {
            rejected(b);
            b.buyer(remedy(1, RemedyGround::NewMaterial)).expect("appealed");
        }),
        ("appeal_asked", |b| {
            rejected(b);
            b.buyer(remedy(1, RemedyGround::RuleError)).expect("appealed");
            let wanted = vec![EvidenceKind::Other];
            b.staff("r", Role::Reviewer, OrderAct::AskMaterial { case: 1, wanted, words: None }).expect("asked");
        }),
        ("rejected_under_complaint", |b| {
            rejected(b);
            b.buyer(remedy(1, RemedyGround::UnjustRefusal)).expect("complained");
        }),
        ("overdue_under_complaint", |b| {
            reviewed(b);
            b.pass_to("2026-03-17 10:00:00");
            b.buyer(remedy(1, RemedyGround::Inaction)).expect("complained");
        }),
        ("rejected_by_panel", |b| {
            before_panel(b);
            b.pass_to("2026-03-12 10:00:01");
            let seats: Vec<_> = b.file().cases[0].panel.as_ref().expect("drawn").seats.clone();
            for seat in seats {
                let reason = words();
                let vote = OrderAct::Vote { case: 1, responsible: Responsible::Buyer, amount_minor: 0, reason };
                b.staff(seat.arbitrator.as_str(), Role::Arbitrator, vote).expect("voted");
            }
        }),
        ("closed_final", |b| {
            rejected(b);
            b.pass_to("2026-03-24 00:00:00");
        }),
        ("closed_timeout", |b| {
            asked(b);
            b.pass_to("2026-03-14 00:00:00");
        }),
        ("withdrawn", |b| {
            reviewed(b);
            b.buyer(OrderAct::Withdraw { case: 1 }).expect("withdrawn");
        }),
        ("replaced", |b| {
            b.paid(2);
            b.apply(Reason::InvalidCode, "99.99").expect("awaiting seller");
            offered(b, OfferTerms::Replacement);
            b.buyer(OrderAct::AnswerOffer { offer: 1, accept: true }).expect("taken");
        }),
        ("unmanned", |b| {
            b.offer.terms.self_operated = true;
            *b = b.clone().with_staff(&[("staff0", &[Role::Reviewer])]);
            rejected(b);
            b.buyer(remedy(1, RemedyGround::NewMaterial)).expect("appealed");
        }),
    ]
}

/// What a command is, without its particulars.
fn name(act: &OrderAct) -> String {
    let text = match act {
        OrderAct::Route(act) => serde_json::to_value(act),
        act => serde_json::to_value(act),
    };
    let text = text.expect("serialises");
    match text {
        serde_json::Value::String(name) => name,
        serde_json::Value::Object(fields) => {
            let (name, detail) = fields.into_iter().next().expect("one variant");
            if let OrderAct::Probe(ProbeAct::Ask { .. }) = act {
                return format!("{name}(ask)");
            }
            let detail = ["reason", "ground", "responsible", "step", "subject", "accept"]
                .iter()
                .filter(|_| name != "vote" || detail["responsible"].is_string())
                .filter_map(|key| detail.get(*key))
                .find(|value| value.is_string() || value.is_boolean());
            let of_case = detail.map(|value| value.to_string().replace('"', ""));
            of_case.map_or(name.clone(), |detail| format!("{name}({detail})"))
        }
        other => other.to_string(),
    }
}

const ROLES: [(&str, Option<Role>); 10] = [
    ("buyer", None),
    ("seller", None),
    ("reviewer", Some(Role::Reviewer)),
    ("senior_reviewer", Some(Role::SeniorReviewer)),
    ("risk", Some(Role::Risk)),
    ("finance", Some(Role::Finance)),
    ("support", Some(Role::Support)),
    ("arbitrator", Some(Role::Arbitrator)),
    ("channel", None),
    ("program", None),
];

fn give(bench: &mut Bench, role: &str, staff: Option<Role>, act: &OrderAct) -> bool {
    let given = match (role, staff) {
        ("buyer", _) => bench.buyer(act.clone()),
        ("seller", _) => bench.seller(act.clone()),
        ("channel", _) => bench.channel(act.clone()),
        ("program", _) => bench.program(act.clone()),
        (_, Some(Role::Reviewer)) => bench.staff("staff0", Role::Reviewer, act.clone()),
        // An arbitrator who sits on the panel, where there is one.
        (_, Some(Role::Arbitrator)) => {
            let seat = bench.files.order.as_ref().and_then(|file| file.cases.first()?.panel.as_ref()?.seats.first());
            let seat = seat.map_or("nobody".to_owned(), |seat| seat.arbitrator.to_string());
            bench.staff(&seat, Role::Arbitrator, act.clone())
        }
        (name, Some(role)) => bench.staff(name, role, act.clone()),
        (_, None) => false.then_some(()).ok_or(crate::Refusal::NotFound),
    };
    given.is_ok()
}

#[test]
fn what_is_allowed_equals_the_committed_table() {
    let acts = acts();
    let mut table = String::from("# state: command: who may, and the state the case is in then\n");
    for (state, road) in roads() {
        let mut start = Bench::new("2026-03-10 10:00:00").with_arbitrators();
        road(&mut start);
        // The issuer of what they sell can be asked, and nobody has asked yet.
        start.facts.probed.insert("card".into());
        let mut allowed = std::collections::BTreeMap::<String, Vec<String>>::new();
        for act in &acts {
            for (role, staff) in ROLES {
                let mut bench = start.clone();
                let before = bench.files.clone();
                if give(&mut bench, role, staff, act) {
                    let case = bench.file().cases.last().map_or("-", |case| case.state.code());
                    let line = format!("{role}->{case}");
                    let whos = allowed.entry(name(act)).or_default();
                    if !whos.contains(&line) {
                        whos.push(line);
                    }
                } else {
                    assert_eq!(bench.files, before, "a refusal changes nothing");
                }
            }
        }
        for (act, whos) in allowed {
            writeln!(table, "{state}: {act}: {}", whos.join(" ")).expect("a string");
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/decide/tests/allowed.txt");
    if std::env::var_os("YUANLU_WRITE_GOLDEN").is_some() {
        std::fs::write(path, &table).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (is, was)) in table.lines().zip(committed.lines()).enumerate() {
        assert_eq!(is, was, "line {} of {path}; YUANLU_WRITE_GOLDEN=1 writes it anew", line + 1);
    }
    assert_eq!(table.lines().count(), committed.lines().count(), "YUANLU_WRITE_GOLDEN=1 writes {path} anew");
}
