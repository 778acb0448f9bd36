//! Talking, offers, appeals, complaints, objections, panels: what comes before a decision and after one.

use super::cases::{statement, upload};
use super::form::Call;
use super::staff::answers;
use super::stage::{ONLOOKER, Stage, Stop};
use yuanlu_app::inputs::{DismissInput, MessageInput, OfferInput, RemedyInput, RulingInput, UpholdInput, VoteInput};
use yuanlu_app::views::OfferView;
use yuanlu_domain::ids::CaseId;

pub(super) fn writes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let evidence = upload(stage, call)?;
    let input = MessageInput { text: call.given("text").to_owned(), evidence, hints_seen: call.flag("all-the-same") };
    stage.app().say(&stage.actor(call)?, &stage.order_id(call)?, &input, None)?;
    Ok(())
}

pub(super) fn reads(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, order) = (stage.actor(call)?, stage.order_id(call)?);
    let last = stage.app().thread(&who, &order)?.messages.last().map_or(0, |message| message.no);
    stage.app().read_thread(&who, &order, last)?;
    Ok(())
}

/// Cases in which an offer can be made; without one it is an offer before any case.
const UNDECIDED: [&str; 5] = ["awaiting_buyer", "awaiting_seller", "offer_made", "under_review", "before_panel"];

pub(super) fn offers(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, view) = (stage.actor(call)?, stage.order_view(call)?);
    let last = view.cases.last().filter(|case| call.word("case").is_some() || UNDECIDED.contains(&case.state));
    let all = match last {
        Some(case) if case.claimed.minor < view.refundable.minor => &case.claimed,
        _ => &view.refundable,
    };
    let (kind, amount) = match call.given("what") {
        "full" => ("refund", Some(all.text.clone())),
        "part" => ("refund", call.money("amount").map(|money| money.to_string())),
        other => (other, None),
    };
    let until = call.moment("until").map(|moment| stage.instant(moment)).transpose()?;
    let input = OfferInput {
        kind: kind.to_owned(),
        amount,
        until: until.map(|until| until.to_string()),
        units: if last.is_some() { Vec::new() } else { super::orders::units(&view, call, |_| true) },
        reason: call.word("reason").map(str::to_owned),
        words: call.word("text").unwrap_or_default().to_owned(),
    };
    if last.is_some() {
        stage.app().make_offer(&who, &stage.case_id(call)?, &input, None)?;
    } else {
        stage.app().make_early_offer(&who, &stage.order_id(call)?, &input, None)?;
    }
    Ok(())
}

/// Every offer of the order, in the order in which they were made.
pub(super) fn every_offer(stage: &Stage, call: &Call) -> Result<Vec<OfferView>, Stop> {
    let order = stage.order_id(call)?;
    let mut offers = stage.app().thread(&ONLOOKER, &order)?.offers;
    for case in stage.order_view(call)?.cases {
        offers.extend(stage.app().load_case(&ONLOOKER, &CaseId::from(case.case))?.offers);
    }
    offers.sort_by_key(|offer| offer.offer);
    Ok(offers)
}

fn answer(stage: &Stage, call: &Call, accept: bool) -> Result<(), Stop> {
    let offers = every_offer(stage, call)?;
    let standing = offers.iter().rfind(|offer| offer.state == "standing").or(offers.last());
    let offer = standing.ok_or_else(|| Stop::Story("the seller has offered nothing".to_owned()))?.offer;
    stage.app().answer_offer(&stage.actor(call)?, &stage.order_id(call)?, offer, accept, None)?;
    Ok(())
}

pub(super) fn accepts(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    answer(stage, call, true)
}

pub(super) fn declines(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    answer(stage, call, false)
}

fn open(stage: &mut Stage, call: &Call, ground: &str) -> Result<(), Stop> {
    let (case, said) = (stage.case_id(call)?, statement(stage, call)?);
    let input = RemedyInput {
        ground: ground.to_owned(),
        rule: call.word("rule").map(str::to_owned),
        amount: call.money("amount").map(|money| money.to_string()),
        words: said.words,
        evidence: said.evidence,
    };
    stage.app().open_remedy(&stage.actor(call)?, &case, &input, None)?;
    Ok(())
}

/// Whoever names a rule appeals for it; others bring something new.
pub(super) fn appeals(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    open(stage, call, if call.word("rule").is_some() { "rule_error" } else { "new_material" })
}

pub(super) fn complains(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    open(stage, call, call.given("ground"))
}

pub(super) fn objects(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    open(stage, call, "lost_decision")
}

pub(super) fn drops(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().withdraw_remedy(&stage.actor(call)?, &stage.case_id(call)?, None)?;
    Ok(())
}

/// What is asked for, as far as anything can still go back; of an objection, what the seller lost.
fn asked_for(stage: &Stage, call: &Call) -> Result<String, Stop> {
    let case = stage.case_view(call)?;
    let left = case.order.refundable;
    let asked = case.remedies.into_iter().next().and_then(|remedy| Some((remedy.hearing, remedy.claimed?)));
    Ok(match asked {
        Some((hearing, claimed)) if hearing == "objection" || claimed.minor < left.minor => claimed.text,
        Some(_) => left.text,
        None => "0".to_owned(),
    })
}

pub(super) fn upholds(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let amount = match call.money("amount") {
        Some(amount) => amount.to_string(),
        None => asked_for(stage, call)?,
    };
    let input = UpholdInput { amount, answers: answers(call), words: call.word("text").unwrap_or_default().to_owned() };
    stage.app().uphold(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}

pub(super) fn dismisses(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = DismissInput { answers: answers(call), words: call.given("text").to_owned() };
    stage.app().dismiss(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}

pub(super) fn takes_back(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().take_back(&stage.actor(call)?, &stage.case_id(call)?)?;
    Ok(())
}

pub(super) fn refers(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().refer_to_panel(&stage.actor(call)?, &stage.case_id(call)?)?;
    Ok(())
}

pub(super) fn invites(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let guest = stage.person(call.given("person"))?.account().cloned();
    let guest = guest.ok_or_else(|| Stop::Story("a guest cannot be invited to judge".to_owned()))?;
    stage.app().invite_arbitrator(&stage.actor(call)?, &stage.case_id(call)?, &guest)?;
    Ok(())
}

pub(super) fn votes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = VoteInput {
        responsible: call.given("responsible").to_owned(),
        amount: call.money("amount").map(|money| money.to_string()),
        reason: call.given("text").to_owned(),
    };
    stage.app().vote(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}

/// The verdict of an arbitrator who was invited to judge alone.
pub(super) fn rules(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let amount = match (call.money("amount"), call.given("verdict")) {
        (Some(amount), _) => Some(amount.to_string()),
        (None, "uphold") => Some(asked_for(stage, call)?),
        (None, _) => None,
    };
    let input = RulingInput {
        verdict: call.given("verdict").to_owned(),
        amount,
        code: call.word("code").map(str::to_owned),
        clause: call.word("clause").map(str::to_owned),
        answers: answers(call),
        words: call.given("text").to_owned(),
    };
    stage.app().rule(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}
