//! The run of a mass incident: orders are claimed some slices ahead, for a claim is a commit of its own, and each is refunded
//! by a command on its own file, a slice in a step. What crashed in between is claimed again when its lease is over, and finds
//! under its key what was done before.

use crate::app::App;
use crate::engine::{EngineError, Envelope, IdempotencyKey, Lane};
use crate::errors::Result;
use crate::incident_forecast::why;
use crate::random;
use std::collections::BTreeMap;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::{DeskId, OrderId};
use yuanlu_domain::incident::{IncidentAct, IncidentState, RunResult};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_storage::incident::{self, Claimed, ItemState, Unfinished, Work};
use yuanlu_storage::{Reader, StorageError};

/// Orders of one commit where the run is throttled: whoever comes in between waits for no more than these.
const THROTTLED: u32 = 16;
/// Slices that are claimed together where the run is not throttled.
const AHEAD: u32 = 8;

/// Orders of one incident, with the units that are meant.
type Items = Vec<(OrderId, Vec<u16>)>;

/// What whoever runs incidents has claimed, and has not refunded yet.
#[derive(Debug, Default)]
pub struct InHand {
    by_incident: BTreeMap<DeskId, Held>,
}

#[derive(Debug)]
struct Held {
    items: Items,
    /// They may be somebody else's afterwards.
    until: Instant,
}

impl InHand {
    /// Lets go of what is not to be refunded any more, or not at once, and of what is held no longer.
    fn keep(&mut self, unfinished: &[Unfinished], now: Instant) {
        let unthrottled =
            |desk: &DeskId| unfinished.iter().any(|one| one.desk == *desk && one.work == Work::Refund && one.rate == 0);
        self.by_incident.retain(|desk, held| now < held.until && unthrottled(desk));
    }

    fn take(&mut self, desk: &DeskId, most: u32) -> Option<Items> {
        let held = self.by_incident.get_mut(desk)?;
        let most = held.items.len().min(most as usize);
        let taken: Items = held.items.drain(..most).collect();
        if held.items.is_empty() {
            self.by_incident.remove(desk);
        }
        Some(taken)
    }
}

/// What a step of the run left to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunStep {
    /// Nothing runs.
    #[default]
    Idle,
    /// Something runs; its rate, or a lease of another node, says when it goes on.
    Later,
    /// There is more to do at once.
    More,
}

/// What became of an order that was not refunded.
enum Missed {
    /// There is nothing to do.
    Skip(&'static str),
    /// It is tried again.
    Fail(&'static str),
}

impl App {
    /// Refunds the next orders of every incident that runs: at most `most` of each, and no more than its rate allows.
    pub fn run_incidents(&self, hand: &mut InHand, now: Instant, most: u32) -> Result<RunStep> {
        let mut step = RunStep::Idle;
        let unfinished = self.db().read(|db| incident::list_work(db))?;
        hand.keep(&unfinished, now);
        for Unfinished { desk, work, rate } in unfinished {
            let (most, ahead) = if rate > 0 { (most.min(THROTTLED), 1) } else { (most, AHEAD) };
            step = step.max(match work {
                Work::Refund => self.run_incident(hand, &desk, now, most, ahead)?,
                Work::Close => self.finish_incident(&desk)?,
            });
        }
        Ok(step)
    }

    fn run_incident(&self, hand: &mut InHand, desk: &DeskId, now: Instant, most: u32, ahead: u32) -> Result<RunStep> {
        if !hand.by_incident.contains_key(desk) {
            let (claimer, all) = (desk.clone(), most.saturating_mul(ahead));
            let claimed = self.engine().write(Lane::Bulk, move |tx, _| incident::claim(tx, &claimer, now, all));
            match claimed? {
                Claimed::Idle => return Ok(RunStep::Idle),
                Claimed::Later => return Ok(RunStep::Later),
                Claimed::Finished => return self.finish_incident(desk),
                Claimed::Items { items, until } => hand.by_incident.insert(desk.clone(), Held { items, until }),
            };
        }
        let items = hand.take(desk, most).unwrap_or_default();
        self.refund_items(desk, &items)?;
        Ok(RunStep::More)
    }

    fn refund_items(&self, desk: &DeskId, items: &[(OrderId, Vec<u16>)]) -> Result<()> {
        let envelopes = items.iter().map(|(order, units)| refunding(desk, order, units)).collect();
        let outcomes = self.engine().commands(envelopes);
        let missed: Vec<(OrderId, Missed)> = items
            .iter()
            .zip(outcomes)
            .filter_map(|((order, _), outcome)| Some((order.clone(), missed(&outcome.err()?)?)))
            .collect();
        if missed.is_empty() {
            return Ok(());
        }
        let desk = desk.clone();
        self.engine().write(Lane::Bulk, move |tx, now| {
            missed.iter().try_for_each(|(order, missed)| match missed {
                Missed::Skip(why) => incident::skip(tx, &desk, order, why, now),
                Missed::Fail(why) => incident::fail(tx, &desk, order, why, now),
            })
        })?;
        Ok(())
    }

    /// Every order was looked at, or it was given up: its end is told.
    fn finish_incident(&self, desk: &DeskId) -> Result<RunStep> {
        let result = self.db().snapshot(|db| result_of(db, desk))?;
        let act = DeskAct::Incident(Box::new(IncidentAct::Finish { result }));
        let command = Command { by: Actor::Program, act: Act::Desk { desk: desk.clone(), act } };
        match self.engine().command(Envelope::program(command)) {
            // Another node was faster, or somebody gave it up in that moment.
            Ok(_) | Err(EngineError::Refused(Refusal::WrongState { .. } | Refusal::Inconsistent { .. })) => {
                Ok(RunStep::More)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The command that refunds one order, once.
pub fn refunding(desk: &DeskId, order: &OrderId, units: &[u16]) -> Envelope {
    let act = OrderAct::RefundIncident { incident: desk.clone(), units: units.to_vec() };
    let asked: Vec<String> = units.iter().map(ToString::to_string).collect();
    let key = IdempotencyKey {
        route: "incident",
        key: format!("{desk}:{order}"),
        input_hash: random::sha256(asked.join(",").as_bytes()),
    };
    let command = Command { by: Actor::Program, act: Act::Order { order: order.clone(), act } };
    Envelope { idempotency: Some(key), ..Envelope::program(command) }
}

/// What is written of an order that was not refunded; `None` where the incident does not run any more.
fn missed(error: &EngineError) -> Option<Missed> {
    Some(match error {
        EngineError::Refused(Refusal::WrongState { state }) if IncidentState::parse(state).is_some() => return None,
        EngineError::Refused(
            refusal @ (Refusal::WrongState { .. }
            | Refusal::NothingLeft
            | Refusal::Duplicate { .. }
            | Refusal::OnlyOnce),
        ) => Missed::Skip(why(refusal)),
        EngineError::Refused(refusal) => Missed::Fail(why(refusal)),
        EngineError::KeyReused => Missed::Fail("key_reused"),
        EngineError::Conflict => Missed::Fail("conflict"),
        EngineError::Panicked => Missed::Fail("panicked"),
        EngineError::Storage(_) => Missed::Fail("storage"),
    })
}

fn result_of(db: &Reader<'_>, desk: &DeskId) -> std::result::Result<RunResult, StorageError> {
    let counts = incident::count(db, desk)?;
    let of = |state| counts.iter().filter(|count| count.state == state).map(|count| count.orders).sum();
    Ok(RunResult {
        done: of(ItemState::Done),
        skipped: of(ItemState::Skipped),
        failed: of(ItemState::Failed),
        left: of(ItemState::Pending),
        sellers: incident::sum_sellers(db, desk)?,
    })
}
