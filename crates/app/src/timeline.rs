//! The history of a case, read from its file's journal: what happened to the case and to its units.

use crate::case_view::{Texts, desk_code};
use crate::views::TimelineStep;
use std::collections::BTreeMap;
use yuanlu_domain::Actor;
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::{Case, DecidedBy, PersonalRef};
use yuanlu_domain::event::{Entry, OrderEvent};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{Destination, Outcome};
use yuanlu_money::Money;

/// The steps that one journal entry means for a case; none when it is about something else.
pub(crate) fn steps(body: &str, file: &OrderFile, case: &Case, texts: &Texts) -> Vec<TimelineStep> {
    let Ok(entry) = serde_json::from_str::<Entry<OrderEvent>>(body) else { return Vec::new() };
    let by = side(&entry.by);
    let step = |event: &OrderEvent| {
        let (code, params, words) = describe(event, file, case)?;
        Some(TimelineStep {
            at: entry.at.into(),
            by: if follows_from_rules(event) { "program" } else { by },
            code: code.to_owned(),
            params: params.into_iter().collect(),
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
        Actor::Channel { .. } => "channel",
        Actor::Program => "program",
    }
}

/// What the rules made of an act, and nobody did himself: whose turn came, an automatic verdict, money on its way.
fn follows_from_rules(event: &OrderEvent) -> bool {
    match event {
        OrderEvent::SellerAsked { .. }
        | OrderEvent::ReviewStarted { .. }
        | OrderEvent::PayoutDecided { .. }
        | OrderEvent::PaidToBalance { .. }
        | OrderEvent::CodeIssued { .. }
        | OrderEvent::SoldOut { .. }
        | OrderEvent::CaseCompleted { .. } => true,
        OrderEvent::CaseApproved { decision, .. } | OrderEvent::CaseRejected { decision, .. } => {
            decision.by == DecidedBy::Automatic
        }
        _ => false,
    }
}

type Params = BTreeMap<&'static str, String>;
type Described<'e> = (&'static str, Params, Option<&'e PersonalRef>);

fn describe<'e>(event: &'e OrderEvent, file: &OrderFile, this: &Case) -> Option<Described<'e>> {
    about_case(event, file, this.ordinal)
        .or_else(|| about_payout(event, file, this.ordinal))
        .or_else(|| about_unit(event, this))
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
            OrderEvent::CaseApproved { case, decision } => (
                *case,
                "case_approved",
                vec![("amount", money(decision.net_minor())), ("fee", money(decision.fee_minor()))],
                decision.words.as_ref(),
            ),
            OrderEvent::CaseRejected { case, decision, appeal_until } => (
                *case,
                "case_rejected",
                vec![
                    ("reject", decision.code.map(|code| code.code().to_owned()).unwrap_or_default()),
                    ("appeal_until", appeal_until.last_instant().minute_text()),
                ],
                decision.words.as_ref(),
            ),
            OrderEvent::PersonAsked { case } => (*case, "person_asked", Vec::new(), None),
            OrderEvent::CaseWithdrawn { case } => (*case, "case_withdrawn", Vec::new(), None),
            OrderEvent::CaseClosed { case, .. } => (*case, "case_closed", Vec::new(), None),
            OrderEvent::CaseCompleted { case } => (*case, "case_completed", Vec::new(), None),
            _ => return None,
        };
    (case == this).then(|| (code, params.into_iter().collect(), words))
}

fn about_payout<'e>(event: &'e OrderEvent, file: &OrderFile, this: u16) -> Option<Described<'e>> {
    let (ordinal, code, outcome) = match event {
        OrderEvent::PayoutDecided { payout } => (payout.ordinal, "payout_decided", None),
        OrderEvent::PayoutApproved { payout } => (*payout, "payout_approved", None),
        OrderEvent::AttemptMade { payout, .. } => (*payout, "attempt_made", None),
        OrderEvent::PayoutAnswered { payout, outcome, .. } => (*payout, "payout_answered", Some(outcome_code(outcome))),
        OrderEvent::PaidToBalance { payout } => (*payout, "paid_to_balance", None),
        OrderEvent::PayoutTraced { payout } => (*payout, "payout_traced", None),
        OrderEvent::PayoutResumed { payout } => (*payout, "payout_resumed", None),
        OrderEvent::PayoutRerouted { payout } => (*payout, "payout_rerouted", None),
        _ => return None,
    };
    let payout = file.payout(ordinal).filter(|payout| payout.case == this)?;
    let mut params = Params::from([
        ("amount", Money::new(payout.amount_minor, file.currency).to_string()),
        (
            "to",
            match &payout.destination {
                Destination::Balance { .. } => "balance".to_owned(),
                Destination::Original { channel, .. } => channel.to_string(),
            },
        ),
        ("expected", payout.expected.last_instant().date_text()),
    ]);
    if let Some(outcome) = outcome {
        params.insert("outcome", outcome.to_owned());
    }
    Some((code, params, None))
}

fn about_unit<'e>(event: &'e OrderEvent, this: &Case) -> Option<Described<'e>> {
    let (unit, code, words) = match event {
        OrderEvent::CodeIssued { unit, .. } => (*unit, "code_issued", None),
        OrderEvent::SoldOut { unit } => (*unit, "sold_out", None),
        OrderEvent::CodeRevealed { unit } => (*unit, "code_revealed", None),
        OrderEvent::Redeemed { unit, .. } => (*unit, "redeemed", None),
        OrderEvent::Credited { unit, proof } => (*unit, "credited", Some(proof)),
        OrderEvent::UnitCompleted { unit, .. } => (*unit, "unit_completed", None),
        OrderEvent::UnitReturned { unit, .. } => (*unit, "unit_returned", None),
        OrderEvent::PaymentSucceeded { .. } => return Some(("payment_succeeded", Params::new(), None)),
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
