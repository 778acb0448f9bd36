//! The payout protocol: attempts committed before calls, answers applied under the same number, nothing guessed.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::case::CaseState;
use crate::event::OrderEvent;
use crate::ids::AccountId;
use crate::payout::{Destination, Outcome, Payout, PayoutState, Step};
use crate::projection;
use crate::refusal::Refusal;
use crate::route::Hold;
use crate::time::Instant;

/// How long an answer may be under way before it counts as unknown.
const ANSWER_SECONDS: i64 = 60;
/// First wait before asking or sending again; doubled with every attempt up to `MOST_WAIT_SECONDS`.
const FIRST_WAIT_SECONDS: i64 = 60;
const MOST_WAIT_SECONDS: i64 = 3600;

impl Draft<'_, '_> {
    pub(super) fn found_payout(&self, ordinal: u16) -> Result<&Payout, Refusal> {
        self.file()?.payout(ordinal).ok_or(Refusal::NotFound)
    }

    /// Four eyes: a second person of finance, who did not judge the case.
    pub(super) fn approve_payout(&mut self, payout: u16) -> Result<(), Refusal> {
        let Actor::Staff { account, role: Role::Finance | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        let found = self.found_payout(payout)?;
        if found.state != PayoutState::Held || found.hold != Hold::Approval {
            return Err(Refusal::WrongState { state: "not_held" });
        }
        let (case, decided_at) = (found.case, found.decided_at);
        if self.file()?.is_buyer(account) {
            return Err(Refusal::Conflicted);
        }
        let alone = self.four_eyes(account, &self.case(case)?.judges, decided_at)?;
        self.emit(OrderEvent::PayoutApproved { payout, alone })?;
        self.credit_wallet(payout)?;
        self.complete_case_if_paid(case)
    }

    /// Whether whoever acted before, at `since`, must act again because there is nobody else. R35: four eyes without a
    /// second person are a second factor (every sign-in of staff has one) and a wait.
    pub(super) fn four_eyes(&self, account: &AccountId, before: &[AccountId], since: Instant) -> Result<bool, Refusal> {
        if !before.contains(account) {
            return Ok(false);
        }
        let Some(staff) = &self.cx.facts.staff else { return Err(Refusal::Conflicted) };
        let second = staff.iter().any(|(account, roles)| {
            roles.iter().any(|role| matches!(role, Role::Finance | Role::Admin)) && !before.contains(account)
        });
        let from = since.plus_hours(i64::from(self.cx.policy.parameters().second_approval_wait_hours));
        match (second, self.cx.now < from) {
            (true, _) => Err(Refusal::Conflicted),
            (false, true) => Err(Refusal::NotYetDue { from }),
            (false, false) => Ok(true),
        }
    }

    /// Claims the next call. Only the call the state wants, only when it is due, and only once: whoever commits the
    /// attempt makes the call (T03, T07).
    pub(super) fn make_attempt(&mut self, payout: u16, step: Step, digest: &str) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Program) {
            return Err(Refusal::NotYours);
        }
        let found = self.found_payout(payout)?;
        let wanted = projection::call(found).ok_or(Refusal::NothingDue)?;
        let asks = projection::asks_first(self.file()?, found, self.cx.facts.restored_at);
        let next = if asks { Step::Ask } else { wanted.step };
        if next != step || self.cx.now < wanted.due {
            return Err(Refusal::NothingDue);
        }
        let attempt = found.attempts.checked_add(1).ok_or(Refusal::OnlyOnce)?;
        let until = self.cx.now.plus_seconds(ANSWER_SECONDS);
        self.emit(OrderEvent::AttemptMade { payout, step, attempt, digest: digest.to_owned(), until })
    }

    /// Applies what a channel said. Answers may repeat, come late or out of order: the state only ever moves towards a
    /// final word, and what contradicts one is for a person.
    pub(super) fn record_outcome(
        &mut self,
        payout: u16,
        attempt: Option<u16>,
        outcome: &Outcome,
    ) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Channel { .. }) {
            return Err(Refusal::NotYours);
        }
        let found = self.found_payout(payout)?;
        // Balance is credited by us: no channel has a say in it, nor in what finance sends by hand.
        match (self.by, found.destination.channel()) {
            (Actor::Channel { channel }, Some(ours)) if channel == ours => {}
            _ => return Err(Refusal::NotFound),
        }
        let case = found.case;
        if !found.sent && found.attempts == 0 && !projection::asks_first(self.file()?, found, self.cx.facts.restored_at)
        {
            return Err(Refusal::Inconsistent { what: "an answer to a refund that was never sent" });
        }
        let (outcome, next) = judge_answer(found, attempt, outcome, self.cx.now)?;
        let bounced = matches!(outcome, Outcome::Bounced { .. });
        let arrived = matches!(outcome, Outcome::Arrived { .. });
        self.emit(OrderEvent::PayoutAnswered { payout, outcome, next })?;
        if arrived {
            self.value_payout(payout)?;
        }
        if matches!(self.case(case)?.state, CaseState::AwaitingRoute { .. }) && self.case(case)?.remind_at.is_none() {
            self.remind_of_route(case)?;
        }
        if bounced { Ok(()) } else { self.complete_case_if_paid(case) }
    }

    pub(super) fn resume_payout(&mut self, payout: u16) -> Result<(), Refusal> {
        let Actor::Staff { role: Role::Finance | Role::Admin, .. } = self.by else { return Err(Refusal::NotYours) };
        match self.found_payout(payout)?.state {
            PayoutState::Stuck { .. } => self.emit(OrderEvent::PayoutResumed { payout }),
            _ => Err(Refusal::WrongState { state: "not_stuck" }),
        }
    }

    /// R14: after a proven final refusal the buyer may choose balance or a voucher of equal value, expressly; nothing
    /// switches by itself.
    pub(super) fn choose_wallet(&mut self, case: u16, voucher: bool) -> Result<(), Refusal> {
        self.only_buyer()?;
        let file = self.file()?;
        let wallet = file.buyer.account().cloned().ok_or(Refusal::BalanceNeedsAccount)?;
        let found = self.case(case)?;
        if !matches!(found.state, CaseState::AwaitingRoute { .. }) {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        for (old, payment, amount) in self.refused_payouts(case)? {
            self.emit(OrderEvent::PayoutRerouted { payout: old })?;
            let wallet = wallet.clone();
            let destination = match voucher {
                true => Destination::Voucher { payment, wallet },
                false => Destination::Balance { payment, wallet },
            };
            self.decide_payout(case, destination, amount, false)?;
        }
        self.complete_case_if_paid(case)
    }
}

/// What an answer means in the state it meets, and the next call. `attempt` is `None` for callbacks.
fn judge_answer(
    payout: &Payout,
    attempt: Option<u16>,
    outcome: &Outcome,
    now: Instant,
) -> Result<(Outcome, Option<(Step, Instant)>), Refusal> {
    let asked = match &payout.state {
        PayoutState::Calling { step, attempt: current, .. } if attempt == Some(*current) => Some(*step),
        PayoutState::Held | PayoutState::AtBank { .. } => return Err(Refusal::WrongState { state: "held" }),
        PayoutState::Arrived { .. } => {
            return match outcome {
                Outcome::Bounced { .. } => Ok((outcome.clone(), None)),
                // T14: our own refund comes back as a notification, and late answers come after the callback.
                Outcome::Arrived { .. }
                | Outcome::Accepted { .. }
                | Outcome::Unknown { .. }
                | Outcome::NotFound
                | Outcome::RetrySameId { .. }
                | Outcome::NeedFunds { .. }
                | Outcome::FixRequest { .. }
                | Outcome::OtherRoute { .. }
                | Outcome::ManualAtChannel { .. } => Err(Refusal::NothingDue),
            };
        }
        PayoutState::Refused { .. } | PayoutState::Rerouted | PayoutState::Superseded { .. } => {
            return match outcome {
                Outcome::Arrived { .. } => Err(Refusal::Inconsistent { what: "arrived after a final refusal" }),
                _ => Err(Refusal::NothingDue),
            };
        }
        PayoutState::Calling { .. } | PayoutState::Due { .. } | PayoutState::Stuck { .. } => None,
    };
    let later = |step| Some((step, now.plus_seconds(wait_seconds(payout.attempts))));
    let word = outcome.clone();
    match (outcome, asked) {
        // Final good news is welcome from anywhere, unless it may be older than the news that the money came back (T12):
        // then only the answer to a question asked since tells which.
        (Outcome::Arrived { channel_ref }, Some(Step::Send) | None) if payout.refusal.is_some() => {
            Ok((Outcome::Accepted { channel_ref: channel_ref.clone() }, Some((Step::Ask, now))))
        }
        (Outcome::Arrived { .. }, _) => Ok((word, None)),
        // It came back before we ever heard that it had arrived: a refusal, and proven as one.
        (Outcome::Bounced { code }, Some(Step::Ask)) => Ok((Outcome::OtherRoute { code: code.clone() }, None)),
        (Outcome::Bounced { code }, _) => Ok((Outcome::OtherRoute { code: code.clone() }, Some((Step::Ask, now)))),
        (Outcome::Accepted { .. }, _) => Ok((word, later(Step::Ask))),
        // A refusal is proven by asking under the same number: it says so again, or knows of nothing.
        (Outcome::OtherRoute { .. }, Some(Step::Ask)) => Ok((word, None)),
        (Outcome::OtherRoute { .. }, Some(Step::Send | Step::Finish) | None) => Ok((word, Some((Step::Ask, now)))),
        (Outcome::NotFound, Some(Step::Ask)) => match (&payout.refusal, &payout.accepted) {
            (Some(code), None) => Ok((Outcome::OtherRoute { code: code.clone() }, None)),
            // What it once took and now does not find proves nothing.
            (Some(_), Some(_)) => Ok((word, later(Step::Ask))),
            (None, _) => Ok((word, later(Step::Send))),
        },
        // Words about one call are worth nothing when that call is no longer the current one.
        (
            Outcome::Unknown { .. }
            | Outcome::NotFound
            | Outcome::RetrySameId { .. }
            | Outcome::NeedFunds { .. }
            | Outcome::FixRequest { .. },
            None,
        ) => Err(Refusal::NothingDue),
        (Outcome::Unknown { .. } | Outcome::NotFound, Some(_)) => Ok((word, later(Step::Ask))),
        (Outcome::RetrySameId { .. }, Some(step)) => Ok((word, later(step))),
        (Outcome::NeedFunds { .. } | Outcome::FixRequest { .. }, Some(_)) | (Outcome::ManualAtChannel { .. }, _) => {
            Ok((word, None))
        }
    }
}

/// Doubles with every attempt, up to an hour.
fn wait_seconds(attempts: u16) -> i64 {
    let doublings = u32::from(attempts.saturating_sub(1)).min(6);
    (FIRST_WAIT_SECONDS << doublings).min(MOST_WAIT_SECONDS)
}
