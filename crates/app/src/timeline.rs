//! The history of a case, read from its file's journal: what happened to the case and to its units.

use crate::case_view::{Texts, desk_code};
use crate::told::{Ruled, Told, ToldEntry};
use crate::views::TimelineStep;
use std::collections::BTreeMap;
use yuanlu_domain::Actor;
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::{Case, DecidedBy, PersonalRef};
use yuanlu_domain::code_probe::{ProbeEvent, ProbeWord};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::hearing::Hearing;
use yuanlu_domain::offer::OfferTerms;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::remedy::RemedyResult;
use yuanlu_domain::route::RouteEvent;
use yuanlu_money::Money;

/// The steps that one journal entry means for a case; none when it is about something else.
pub(crate) fn steps(body: &str, file: &OrderFile, case: &Case, texts: &Texts) -> Vec<TimelineStep> {
    let Ok(entry) = serde_json::from_str::<ToldEntry>(body) else { return Vec::new() };
    let by = side(&entry.by);
    let step = |event: &Told| {
        let (code, mut params, words) = describe(event, file, case)?;
        if params.contains_key("amount") {
            params.insert("currency", file.currency.code().to_owned());
        }
        Some(TimelineStep {
            at: entry.at.into(),
            by: if event.follows_from_rules() { "program" } else { decided_by(event).unwrap_or(by) },
            code,
            params,
            words: words.and_then(|reference| texts.get(&reference.id).cloned()),
        })
    };
    entry.events.iter().filter_map(step).collect()
}

pub(crate) fn side(actor: &Actor) -> &'static str {
    match actor {
        Actor::Buyer { .. } => "buyer",
        Actor::Seller { .. } => "seller",
        Actor::Staff { .. } => "staff",
        Actor::Reporter { .. } => "reporter",
        Actor::Applicant { .. } => "applicant",
        Actor::Channel { .. } => "channel",
        Actor::Program => "program",
    }
}

/// Whose decision it is, also where the program sent it when it could no longer be taken back.
fn decided_by(event: &Told) -> Option<&'static str> {
    let by = match event {
        Told::Approved(ruled) | Told::Rejected(ruled) => ruled.decision.by,
        Told::Other(event) => match &**event {
            OrderEvent::RemedyClosed { ruling, .. } if ruling.result != RemedyResult::Withdrawn => ruling.by,
            _ => return None,
        },
        Told::PayoutDecided(_) | Told::Nothing => return None,
    };
    match by {
        DecidedBy::Staff => Some("staff"),
        DecidedBy::Panel => Some("panel"),
        _ => None,
    }
}

type Params = BTreeMap<&'static str, String>;
type Described<'e> = (&'static str, Params, Option<&'e PersonalRef>);

fn describe<'e>(event: &'e Told, file: &OrderFile, this: &Case) -> Option<Described<'e>> {
    let event = match event {
        Told::Nothing => return None,
        Told::Approved(ruled) | Told::Rejected(ruled) if ruled.case != this.ordinal => return None,
        Told::Approved(Ruled { decision, .. }) => {
            let money = |minor| Money::new(minor, file.currency).to_string();
            let params = [("amount", money(decision.net_minor())), ("fee", money(decision.fee_minor()))];
            return Some(("case_approved", params.into(), decision.words.as_ref()));
        }
        Told::Rejected(Ruled { decision, appeal_until, .. }) => {
            let until = appeal_until.as_ref().map(|until| until.last_instant().minute_text());
            let code = decision.code.map(|code| code.code().to_owned());
            let params = [("reject", code.unwrap_or_default()), ("appeal_until", until.unwrap_or_default())];
            return Some(("case_rejected", params.into(), decision.words.as_ref()));
        }
        Told::PayoutDecided(ordinal) => {
            return Some(("payout_decided", about_sum(*ordinal, file, this.ordinal)?, None));
        }
        Told::Other(event) => event,
    };
    about_case(event, file, this.ordinal)
        .or_else(|| about_hearing(event, file, this.ordinal))
        .or_else(|| about_payout(event, file, this.ordinal))
        .or_else(|| about_unit(event, file, this))
        .or_else(|| about_probe(event, file, this.ordinal))
}

/// Questions to issuers, and what came of them; the tries between are nobody's business.
fn about_probe<'e>(event: &'e OrderEvent, file: &OrderFile, this: u16) -> Option<Described<'e>> {
    let OrderEvent::Probe(event) = event else { return None };
    let (probe, code, used_at) = match event {
        ProbeEvent::Asked { probe, .. } => (*probe, "issuer_asked", None),
        ProbeEvent::Answered { probe, answer } => match answer.word {
            ProbeWord::Used { since } => (*probe, "issuer_used", Some(since)),
            ProbeWord::Unused => (*probe, "issuer_unused", None),
            ProbeWord::Unknown => (*probe, "issuer_unknown", None),
        },
        ProbeEvent::Failed { probe, retry_at: None, .. } => (*probe, "issuer_silent", None),
        ProbeEvent::Attempted { .. } | ProbeEvent::Failed { .. } => return None,
    };
    let found = file.probe(probe).filter(|found| found.case == this)?;
    let mut params = Params::from([("unit", found.unit.to_string())]);
    if let Some(at) = used_at {
        params.insert("used_at", at.minute_text());
    }
    Some((code, params, None))
}

fn about_case<'e>(event: &'e OrderEvent, file: &OrderFile, this: u16) -> Option<Described<'e>> {
    let money = |minor: i64| Money::new(minor, file.currency).to_string();
    let due = |due: &Deadline| ("due", due.last_instant().minute_text());
    let (case, code, params, words): (u16, &'static str, Vec<(&'static str, String)>, Option<&PersonalRef>) =
        match event {
            OrderEvent::CaseOpened { case, claimed_minor, reason, text, .. } => (
                *case,
                "case_opened",
                vec![("amount", money(*claimed_minor)), ("reason", reason.code().to_owned())],
                text.as_ref(),
            ),
            OrderEvent::Route(RouteEvent::AccountNamed { case, kind, .. }) => {
                (*case, "account_named", vec![("kind", kind.code().to_owned())], None)
            }
            OrderEvent::SellerAsked { case, due: until } => (*case, "seller_asked", vec![due(until)], None),
            OrderEvent::ReviewStarted { case, desk, due: until, .. } => {
                (*case, "review_started", vec![("desk", desk_code(*desk).to_owned()), due(until)], None)
            }
            OrderEvent::ReviewEscalated { case, desk, due: until } => {
                (*case, "review_escalated", vec![("desk", desk_code(*desk).to_owned()), due(until)], None)
            }
            OrderEvent::TurnExtended { case, due: until } => (*case, "turn_extended", vec![due(until)], None),
            OrderEvent::CaseClaimed { case, .. } => (*case, "case_claimed", Vec::new(), None),
            OrderEvent::MaterialAsked { case, wanted, words, due: until } => {
                let wanted: Vec<&str> = wanted.iter().map(|kind| kind.code()).collect();
                (*case, "material_asked", vec![("wanted", wanted.join(" ")), due(until)], words.as_ref())
            }
            OrderEvent::MaterialGiven { case, words, evidence } => {
                (*case, "material_given", vec![("files", evidence.len().to_string())], words.as_ref())
            }
            OrderEvent::SellerContested { case } => (*case, "seller_contested", Vec::new(), None),
            OrderEvent::PersonAsked { case } => (*case, "person_asked", Vec::new(), None),
            OrderEvent::CaseWithdrawn { case } => (*case, "case_withdrawn", Vec::new(), None),
            OrderEvent::CaseClosed { case, .. } => (*case, "case_closed", Vec::new(), None),
            OrderEvent::CaseCompleted { case } => (*case, "case_completed", Vec::new(), None),
            _ => return None,
        };
    (case == this).then(|| (code, params.into_iter().collect(), words))
}

/// Offers, panel, remedies: what is added to the road of a case. Who drew which lot, who decided what in the seconds in
/// which it can be taken back, and when somebody will be reminded is nobody's business.
fn about_hearing<'e>(event: &'e OrderEvent, file: &OrderFile, this: u16) -> Option<Described<'e>> {
    let money = |minor: i64| Money::new(minor, file.currency).to_string();
    let due = |due: &Deadline| ("due", due.last_instant().minute_text());
    let (case, code, params, words): (u16, &'static str, Vec<(&'static str, String)>, Option<&PersonalRef>) =
        match event {
            OrderEvent::OfferMade { case: Some(case), terms, words, due: until, .. } => {
                let (code, what) = match terms {
                    OfferTerms::Refund { amount_minor } => ("offer_refund", Some(("amount", money(*amount_minor)))),
                    OfferTerms::Replacement => ("offer_replacement", None),
                    OfferTerms::MoreTime { until } => ("offer_more_time", Some(("until", until.minute_text()))),
                };
                (*case, code, what.into_iter().chain([due(until)]).collect(), words.as_ref())
            }
            OrderEvent::OfferAccepted { offer } => (file.offer(*offer)?.case?, "offer_accepted", Vec::new(), None),
            OrderEvent::OfferDeclined { offer } => (file.offer(*offer)?.case?, "offer_declined", Vec::new(), None),
            OrderEvent::OfferLapsed { offer } => (file.offer(*offer)?.case?, "offer_lapsed", Vec::new(), None),
            OrderEvent::CaseReplaced { case } => (*case, "case_replaced", Vec::new(), None),
            OrderEvent::ReviewWarned { case } => (*case, "review_warned", Vec::new(), None),
            OrderEvent::TurnReminded { case, .. } => (*case, "turn_reminded", Vec::new(), None),
            OrderEvent::ArbitratorInvited { case, .. } => (*case, "arbitrator_invited", Vec::new(), None),
            OrderEvent::PanelDrawn { case, seats, majority, due: until } => (
                *case,
                "panel_drawn",
                vec![("seats", seats.len().to_string()), ("majority", majority.to_string()), due(until)],
                None,
            ),
            OrderEvent::PanelVoting { case, due: until } => (*case, "panel_voting", vec![due(until)], None),
            OrderEvent::PanelUndecided { case } => (*case, "panel_undecided", Vec::new(), None),
            OrderEvent::RemedyOpened { case, ground, claimed_minor, words, due: until, .. } => {
                let code = match ground.hearing() {
                    Hearing::Complaint => "complaint_opened",
                    Hearing::Objection => "objection_opened",
                    Hearing::First | Hearing::Person | Hearing::Appeal => "appeal_opened",
                };
                let params = vec![("ground", ground.code().to_owned()), ("amount", money(*claimed_minor)), due(until)];
                (*case, code, params, words.as_ref())
            }
            OrderEvent::RemedyResumed { case, due: until } => (*case, "remedy_resumed", vec![due(until)], None),
            OrderEvent::RemedyClosed { case, ruling } => {
                let code = match ruling.result {
                    RemedyResult::Upheld => "remedy_upheld",
                    RemedyResult::Dismissed => "remedy_dismissed",
                    RemedyResult::Withdrawn => "remedy_withdrawn",
                };
                (*case, code, vec![("amount", money(ruling.granted_minor))], ruling.words.as_ref())
            }
            OrderEvent::SellerCompensated { case, amount_minor } => {
                (*case, "seller_compensated", vec![("amount", money(*amount_minor))], None)
            }
            _ => return None,
        };
    (case == this).then(|| (code, params.into_iter().collect(), words))
}

fn about_payout<'e>(event: &'e OrderEvent, file: &OrderFile, this: u16) -> Option<Described<'e>> {
    let (ordinal, code, outcome) = match event {
        OrderEvent::Route(event) => (event.payout()?, event.code(), None),
        OrderEvent::PayoutApproved { payout, .. } => (*payout, "payout_approved", None),
        OrderEvent::AttemptMade { payout, .. } => (*payout, "attempt_made", None),
        OrderEvent::PayoutAnswered { payout, outcome, .. } => (*payout, "payout_answered", Some(outcome_code(outcome))),
        OrderEvent::PaidToBalance { payout, .. } => (*payout, "paid_to_balance", None),
        OrderEvent::PayoutTraced { payout } => (*payout, "payout_traced", None),
        OrderEvent::PayoutResumed { payout } => (*payout, "payout_resumed", None),
        OrderEvent::PayoutRerouted { payout } => (*payout, "payout_rerouted", None),
        OrderEvent::PayoutSuperseded { payout } => (*payout, "payout_superseded", None),
        _ => return None,
    };
    let mut params = about_sum(ordinal, file, this)?;
    if let Some(outcome) = outcome {
        params.insert("outcome", outcome.to_owned());
    }
    let words = if let OrderEvent::Route(event) = event { event.words() } else { None };
    Some((code, params, words))
}

/// How much goes where, and until when it is expected; none where it belongs to another case.
fn about_sum(ordinal: u16, file: &OrderFile, this: u16) -> Option<Params> {
    let payout = file.payout(ordinal).filter(|payout| payout.case == this)?;
    Some(Params::from([
        ("amount", Money::new(payout.amount_minor, file.currency).to_string()),
        ("to", payout.destination.code()),
        ("expected", payout.expected.last_instant().date_text()),
    ]))
}

fn about_unit<'e>(event: &'e OrderEvent, file: &OrderFile, this: &Case) -> Option<Described<'e>> {
    let (unit, code, words) = match event {
        OrderEvent::CodeIssued { unit, .. } => (*unit, "code_issued", None),
        OrderEvent::SoldOut { unit } => (*unit, "sold_out", None),
        OrderEvent::CodeRevealed { unit } => (*unit, "code_revealed", None),
        OrderEvent::Redeemed { unit, .. } => (*unit, "redeemed", None),
        OrderEvent::Credited { unit, proof } => (*unit, "credited", Some(proof)),
        OrderEvent::UnitCompleted { unit, .. } => (*unit, "unit_completed", None),
        OrderEvent::UnitReturned { unit, .. } => (*unit, "unit_returned", None),
        OrderEvent::UnitReplaced { unit, .. } => (*unit, "unit_replaced", None),
        OrderEvent::PaymentSucceeded { .. } => return Some(("payment_succeeded", Params::new(), None)),
        OrderEvent::PaidOutside { paid } => {
            let amount = Money::new(paid.amount_minor, file.currency).to_string();
            return Some(("paid_outside", Params::from([("amount", amount)]), None));
        }
        OrderEvent::OutsidePaymentReversed { ordinal } => {
            let paid = file.outside_payments.iter().find(|paid| paid.ordinal == *ordinal)?;
            let amount = Money::new(paid.amount_minor, file.currency).to_string();
            return Some(("outside_returned", Params::from([("amount", amount)]), None));
        }
        _ => return None,
    };
    this.units.contains(&unit).then(|| (code, Params::from([("unit", unit.to_string())]), words))
}

fn outcome_code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Arrived { .. } => "arrived",
        Outcome::Accepted { .. } => "accepted",
        Outcome::Unknown { .. } => "unknown",
        Outcome::NotFound => "not_found",
        Outcome::RetrySameId { .. } => "retry_same_id",
        Outcome::NeedFunds { .. } => "need_funds",
        Outcome::FixRequest { .. } => "fix_request",
        Outcome::OtherRoute { .. } => "other_route",
        Outcome::ManualAtChannel { .. } => "manual_at_channel",
        Outcome::Bounced { .. } => "bounced",
    }
}
