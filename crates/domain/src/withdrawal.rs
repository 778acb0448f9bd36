//! Earnings a seller asks to be paid out: reserved at once, executed by finance at a bank.

use crate::case::PersonalRef;
use crate::ids::AccountId;
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};

/// A withdrawal that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Ordinal in the account, from 1.
    pub ordinal: u32,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// The payout account it goes to, as it was then.
    pub to: PersonalRef,
    /// Who asked for it.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// First instant at which it may be executed: a payout account that has just changed waits.
    pub not_before: Instant,
    /// First instant at which finance is late.
    pub due: Instant,
    /// Where it stands.
    pub state: WithdrawalState,
}

/// Where a withdrawal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalState {
    /// It waits for finance.
    Waiting,
    /// A first person of finance has looked; a second one executes it.
    Approved {
        /// Who looked.
        by: AccountId,
    },
    /// The bank has it.
    Executed {
        /// When.
        at: Instant,
        /// The bank's reference.
        reference: String,
    },
    /// Finance refused it, in these words.
    Refused {
        /// When.
        at: Instant,
        /// Why.
        words: PersonalRef,
    },
    /// The seller took it back.
    Cancelled {
        /// When.
        at: Instant,
    },
    /// A debt came up first: its money covers that.
    Stopped {
        /// When.
        at: Instant,
    },
}

impl WithdrawalState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved { .. } => "approved",
            Self::Executed { .. } => "executed",
            Self::Refused { .. } => "refused",
            Self::Cancelled { .. } => "cancelled",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Whether its money is still reserved.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Approved { .. })
    }
}

impl Withdrawal {
    /// The wait for finance, while there is one.
    pub fn timer(&self) -> Option<Timer> {
        self.state.is_open().then_some(Timer {
            subject: Subject::Withdrawal(self.ordinal),
            who: Who::Finance,
            due: self.due,
            on_silence: OnSilence::Remind,
        })
    }
}
