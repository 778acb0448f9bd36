//! What jobs need of a shop.

use crate::DailyTask;
use std::collections::BTreeMap;
use std::fmt;
use yuanlu_app::engine::EngineError;
use yuanlu_app::jobs::{DueCall, DueTimer, OpenPayment, PayoutDetails};
use yuanlu_app::{App, AppError};
use yuanlu_domain::command::Command;
use yuanlu_domain::ids::{ChannelId, OrderId};
use yuanlu_domain::refusal::Refusal;
use yuanlu_domain::time::Instant;

/// A shop as jobs see it. Every method is synchronous; what `submit` accepted is durable.
pub trait Shop {
    /// Timers due at `now`, by due, owner and subject, after the given one.
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure>;

    /// Calls due at `now`, the longest due first. Nobody is given them again before `leased_until`, unless their payout
    /// has changed.
    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure>;

    /// What a call must say.
    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure>;

    /// Payments begun at channels from `from` until before `before` that nobody has heard of yet, of open and of expired
    /// orders, by begin, order and number, after the given one.
    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure>;

    /// Decides and stores commands; one answer each, in order.
    fn submit(&self, commands: Vec<Command>, now: Instant) -> Vec<Result<(), Failure>>;

    /// Takes down since when channels cannot be reached; said whenever that changes.
    fn channels_down(&self, down: &BTreeMap<ChannelId, Instant>) {
        let _ = down;
    }

    /// Work of a day; doing it again must be harmless.
    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure>;
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The rules say no; often because somebody else was faster.
    Refused(Refusal),
    /// The store or the program failed; it is tried again.
    Broken(String),
}

impl Failure {
    /// Logs what a person should know; a timer or call that somebody else handled is nothing.
    pub(crate) fn log(&self, what: &str) {
        match self {
            Self::Refused(Refusal::NothingDue) => {}
            Self::Refused(Refusal::Inconsistent { .. }) | Self::Broken(_) => tracing::error!(why = %self, "{what}"),
            Self::Refused(_) => tracing::warn!(why = %self, "{what}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Broken(other.code().to_owned()),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl Shop for App {
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure> {
        Ok(Self::due_timers(self, now, after, limit)?)
    }

    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure> {
        Ok(Self::claim_calls(self, now, leased_until, limit)?)
    }

    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure> {
        Ok(Self::payout_details(self, order, payout)?)
    }

    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Ok(Self::open_payments(self, from, before, after, limit)?)
    }

    /// The engine asks the shop's clock itself.
    fn submit(&self, commands: Vec<Command>, _: Instant) -> Vec<Result<(), Failure>> {
        self.run_commands(commands).into_iter().map(|answer| answer.map_err(Failure::from)).collect()
    }

    fn channels_down(&self, down: &BTreeMap<ChannelId, Instant>) {
        self.set_channels_down(down.clone());
    }

    fn daily(&self, task: DailyTask, _: Instant) -> Result<(), Failure> {
        match task {
            DailyTask::Seal => drop(self.seal_journals()?),
            DailyTask::ForgetKeys { before } => drop(self.forget_keys(before)?),
            DailyTask::EndSessions => drop(self.end_sessions()?),
        }
        Ok(())
    }
}
