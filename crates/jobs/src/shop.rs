//! What jobs need of a shop.

use crate::DailyTask;
use std::fmt;
use yuanlu_domain::command::Command;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::projection::{Call, Subject};
use yuanlu_domain::refusal::Refusal;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// A shop as jobs see it. Every method is synchronous; what `submit` accepted is durable.
pub trait Shop {
    /// Timers of order files due at `now`, by due, order and subject, after the given one.
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

    /// Work of a day; doing it again must be harmless.
    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure>;
}

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueTimer {
    /// First instant at which it is too late.
    pub due: Instant,
    /// Whose.
    pub order: OrderId,
    /// About what.
    pub subject: Subject,
}

impl DueTimer {
    pub(crate) fn key(&self) -> (OrderId, Subject) {
        (self.order.clone(), self.subject.clone())
    }
}

/// A call that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCall {
    /// Whose.
    pub order: OrderId,
    /// Which.
    pub call: Call,
}

/// A payment that a payer was sent to make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenPayment {
    /// When it was begun.
    pub since: Instant,
    /// For which order.
    pub order: OrderId,
    /// Its number.
    pub no: ChannelNumber,
    /// Where.
    pub channel: ChannelId,
}

/// What a refund call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutDetails {
    /// Our number of the payment that it gives back.
    pub payment_no: ChannelNumber,
    /// The channel's number of that payment.
    pub payment_ref: String,
    /// How much.
    pub amount: Money,
    /// How much the payment was.
    pub total: Money,
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
