//! Findings about conduct, their appeals, blocks, and goods held for review (R23).

use super::form::Call;
use super::staff::answers;
use super::stage::{ONLOOKER, Stage, Stop};
use yuanlu_app::inputs::{BlockInput, FindingInput, JudgeFindingInput, ManyInput, ReviewListingInput};
use yuanlu_app::views::{CreditEventView, CreditView};
use yuanlu_domain::credit::Ground;

/// What a person can find about somebody's conduct.
pub(super) fn findings() -> Vec<&'static str> {
    Ground::ALL.into_iter().filter(|ground| ground.is_finding()).map(Ground::code).collect()
}

impl Stage {
    /// The key under which somebody's credit is kept; a shop's name means the shop.
    pub(super) fn credit_key(&self, name: &str) -> Result<String, Stop> {
        if let Some(seller) = self.sellers.get(name) {
            return Ok(format!("seller:{seller}"));
        }
        let party = self.person(name)?.party();
        party.map(|party| party.to_string()).ok_or_else(|| Stop::Story(format!("`{name}` has no credit")))
    }

    pub(super) fn credit_of(&self, name: &str) -> Result<CreditView, Stop> {
        Ok(self.app().credit_of(&ONLOOKER, &self.credit_key(name)?)?)
    }

    /// The newest event of somebody's credit in one of these states, or the newest of all.
    fn event_of(&self, name: &str, states: &[&str]) -> Result<CreditEventView, Stop> {
        let mut events = self.credit_of(name)?.events;
        events.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        let fits = events.iter().rposition(|event| states.contains(&event.state)).or(events.len().checked_sub(1));
        let found = fits.map(|at| events.swap_remove(at));
        found.ok_or_else(|| Stop::Story(format!("nothing was found about `{name}`")))
    }
}

pub(super) fn finds(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let case = match call.word("case") {
        Some(_) => Some(stage.case_id(call)?.to_string()),
        None => None,
    };
    let input = FindingInput {
        subject: stage.credit_key(call.given("about"))?,
        ground: call.given("finding").to_owned(),
        words: call.given("text").to_owned(),
        case,
        flag: None,
    };
    stage.app().record_finding(&stage.actor(call)?, &input)?;
    Ok(())
}

pub(super) fn disputes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let event = stage.event_of(&call.actor, &["standing"])?.event;
    stage.app().appeal_finding(&stage.actor(call)?, &event, call.given("text"))?;
    Ok(())
}

pub(super) fn judges(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let event = stage.event_of(call.given("about"), &["appealed"])?.event;
    let input = JudgeFindingInput { uphold: call.given("result") == "upheld", words: call.given("text").to_owned() };
    stage.app().judge_finding(&stage.actor(call)?, &event, &input)?;
    Ok(())
}

pub(super) fn lifts(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let event = stage.event_of(call.given("about"), &["standing"])?.event;
    stage.app().withdraw_finding(&stage.actor(call)?, &event, call.given("text"))?;
    Ok(())
}

pub(super) fn blocks(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let until = call.moment("until").map(|moment| stage.instant(moment)).transpose()?;
    let until = until.map(|until| until.plus_micros(-1).date_text()).unwrap_or_default();
    let subject = stage.credit_key(call.given("about"))?;
    let input = BlockInput { until, words: call.given("text").to_owned() };
    stage.app().block(&stage.actor(call)?, &subject, &input)?;
    Ok(())
}

pub(super) fn reviews(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let id = stage.goods(call.given("product"))?.id.clone();
    let words = call.word("text").unwrap_or_default().to_owned();
    let input = ReviewListingInput { release: call.given("result") == "released", words };
    stage.app().review_listing(&stage.actor(call)?, &id, &input)?;
    Ok(())
}

/// The same decision for a case and every other of the same batch of codes.
pub(super) fn decides_batch(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, case) = (stage.actor(call)?, stage.case_id(call)?);
    let others = stage.app().same_batch(&who, &case)?;
    let mut cases = vec![case.to_string()];
    cases.extend(others.into_iter().map(|other| other.case));
    let input = ManyInput {
        cases,
        verdict: call.given("verdict").to_owned(),
        amount: call.money("amount").map(|money| money.to_string()),
        code: call.word("code").map(str::to_owned),
        clause: call.word("clause").map(str::to_owned),
        answers: answers(call),
        words: call.given("text").to_owned(),
    };
    let refused = stage.app().decide_many(&who, &input, None)?.into_iter().find_map(|one| one.refused);
    refused.map_or(Ok(()), |code| Err(Stop::Story(format!("one of the cases was refused: {code}"))))
}
