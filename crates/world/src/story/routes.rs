//! What buyer and finance do about where money goes.

use super::form::Call;
use super::stage::{Stage, Stop};
use yuanlu_app::inputs::{AccountInput, RouteInput};

/// What finance proves with a file, and the act it is.
pub(super) const PROOFS: [(&str, &str); 3] =
    [("arrival", "record_arrival"), ("return", "record_return"), ("release", "record_release")];

/// The account that a statement names.
pub(super) fn account(call: &Call, evidence: Vec<String>) -> AccountInput {
    let number = call.word("number").unwrap_or_default().to_owned();
    let bank = call.word("bank").unwrap_or_default().to_owned();
    let given = call.word("kind").map(str::to_owned);
    let guessed = || if number.bytes().all(|b| b.is_ascii_digit()) { "bank_card" } else { "alipay" }.to_owned();
    AccountInput {
        kind: given.unwrap_or_else(guessed),
        holder: call.word("name").unwrap_or_default().to_owned(),
        number,
        bank,
        evidence,
    }
}

/// The payout that is named, or the last of the case that the actor may do this with; else the last one, so that the
/// platform says why not.
fn payout(stage: &Stage, call: &Call, action: &str) -> Result<u16, Stop> {
    if let Some(payout) = call.number("payout") {
        return Ok(u16::try_from(payout).unwrap_or_default());
    }
    let case = stage.app().load_case(&stage.actor(call)?, &stage.case_id(call)?)?;
    let all: Vec<_> = case.breakdown.iter().flat_map(|breakdown| &breakdown.destinations).collect();
    let fits = all.iter().rev().find(|payout| payout.actions.contains(&action)).or(all.last());
    fits.map(|payout| payout.payout).ok_or_else(|| Stop::Story("the case has no payout".to_owned()))
}

pub(super) fn names_card(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let payout = payout(stage, call, "name_card")?;
    stage.app().name_card(&stage.actor(call)?, &stage.case_id(call)?, payout, &account(call, Vec::new()), None)?;
    Ok(())
}

pub(super) fn doubts(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let payout = payout(stage, call, "doubt_arrival")?;
    stage.app().doubt_arrival(&stage.actor(call)?, &stage.case_id(call)?, payout, None)?;
    Ok(())
}

fn act(stage: &Stage, call: &Call, act: &str, input: RouteInput) -> Result<(), Stop> {
    let (order, payout) = (stage.order_id(call)?, payout(stage, call, act)?);
    stage.app().act_on_route(
        &stage.actor(call)?,
        &order,
        payout,
        &RouteInput { act: act.to_owned(), ..input },
        None,
    )?;
    Ok(())
}

fn worded(stage: &Stage, call: &Call, name: &str) -> Result<(), Stop> {
    act(stage, call, name, RouteInput { words: call.given("text").to_owned(), ..RouteInput::default() })
}

pub(super) fn checks(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, "check_account", RouteInput::default())
}

pub(super) fn refuses_account(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    worded(stage, call, "refuse_account")
}

pub(super) fn remits(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, "remit", RouteInput { channel: call.given("by").to_owned(), ..RouteInput::default() })
}

pub(super) fn transfers(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let reference = call.given("reference").to_owned();
    act(stage, call, "record_transfer", RouteInput { reference, ..RouteInput::default() })
}

pub(super) fn proves(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let word = call.given("what");
    let name = PROOFS.iter().find(|(known, _)| *known == word).map_or("", |(_, act)| act);
    let serial = stage.next_serial();
    let content = format!("the bank's or the agent's own words about it, number {serial}\n").into_bytes();
    let order = stage.order_id(call)?;
    let file = stage.app().upload(&stage.actor(call)?, &order, "payment_receipt", content)?;
    act(stage, call, name, RouteInput { evidence: vec![file.id], ..RouteInput::default() })
}

pub(super) fn refuses_release(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    worded(stage, call, "refuse_release")
}

pub(super) fn finishes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, "finish_at_channel", RouteInput::default())
}

pub(super) fn explains(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    worded(stage, call, "answer_doubt")
}

pub(super) fn reverses(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    worded(stage, call, "reverse_switch")
}
