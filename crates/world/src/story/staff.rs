//! What staff does.

use super::form::Call;
use super::stage::{Stage, Stop};
use yuanlu_app::inputs::{AnswersInput, ApproveInput, AskInput, RejectInput};
use yuanlu_domain::ids::OrderId;

/// The three questions of a review (R17).
pub(super) const QUESTIONS: [&str; 3] = ["order_state", "evidence", "ground"];

pub(super) fn claims(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().claim(&stage.actor(call)?, &stage.case_id(call)?)?;
    Ok(())
}

pub(super) fn asks(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let words = call.word("text").unwrap_or_default().to_owned();
    let input = AskInput { wanted: call.words("wanted").to_vec(), words };
    stage.app().ask_material(&stage.actor(call)?, &stage.case_id(call)?, &input)?;
    Ok(())
}

pub(super) fn passes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().pass_to_seller(&stage.actor(call)?, &stage.case_id(call)?)?;
    Ok(())
}

pub(super) fn answers(call: &Call) -> AnswersInput {
    let yes = |question: &str| !call.words("doubts").iter().any(|doubt| doubt == question);
    let [order_state, evidence, ground] = QUESTIONS.map(yes);
    AnswersInput { order_state, evidence, ground }
}

pub(super) fn approves(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = ApproveInput {
        amount: call.money("amount").map(|money| money.to_string()),
        answers: answers(call),
        words: call.word("text").unwrap_or_default().to_owned(),
    };
    stage.app().approve(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}

pub(super) fn rejects(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = RejectInput {
        code: call.given("code").to_owned(),
        clause: call.word("clause").map(str::to_owned),
        answers: answers(call),
        words: call.given("text").to_owned(),
    };
    stage.app().reject(&stage.actor(call)?, &stage.case_id(call)?, &input, None)?;
    Ok(())
}

/// The payouts in this state, or the one that is named.
fn payouts(stage: &Stage, call: &Call, state: &str) -> Result<(OrderId, Vec<u16>), Stop> {
    let order = stage.order_id(call)?;
    if let Some(payout) = call.number("payout") {
        return Ok((order, vec![u16::try_from(payout).unwrap_or_default()]));
    }
    let case = stage.case_view(call)?;
    let all: Vec<_> = case.breakdown.iter().flat_map(|breakdown| &breakdown.destinations).collect();
    let fits: Vec<u16> = all.iter().filter(|payout| payout.state == state).map(|payout| payout.payout).collect();
    // Where none fits, the last one is tried, so that the platform says why not.
    let fits = if fits.is_empty() { all.last().map(|payout| payout.payout).into_iter().collect() } else { fits };
    if fits.is_empty() { Err(Stop::Story("the case has no payout".to_owned())) } else { Ok((order, fits)) }
}

pub(super) fn releases(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (order, payouts) = payouts(stage, call, "held")?;
    for payout in payouts {
        stage.app().approve_payout(&stage.actor(call)?, &order, payout)?;
    }
    Ok(())
}

pub(super) fn resumes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (order, payouts) = payouts(stage, call, "stuck")?;
    for payout in payouts {
        stage.app().resume_payout(&stage.actor(call)?, &order, payout)?;
    }
    Ok(())
}
