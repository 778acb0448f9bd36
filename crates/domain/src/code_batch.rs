//! Redemption codes (S18): a batch of codes that finance gives out, each worth a sum of balance or a voucher, each used once.
//!
//! The batch knows its codes by ordinal only; what a code looks like stands nowhere but in a keyed hash. Until it is used,
//! what a code is worth is owed to whoever will bring it, and goes back to the platform when the batch expires or is
//! withdrawn.

use crate::actor::Actor;
use crate::bill::codes;
use crate::ids::{AccountId, DeskId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money};

/// Codes of one batch at most.
pub const MOST_CODES: u32 = 1000;

/// What a code becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Balance.
    Balance,
    /// A voucher.
    Voucher,
}

codes!(Worth {
    Balance = "balance",
    Voucher = "voucher",
});

/// Where a batch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// It needs a second person.
    Waiting,
    /// Its codes can be made.
    Ready,
    /// Its codes are out.
    Issued,
    /// Its last day is over.
    Expired,
    /// Finance withdrew it.
    Withdrawn,
}

impl BatchState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Issued => "issued",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether something can still become of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Ready | Self::Issued)
    }
}

/// What may be asked of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodesAct {
    /// Finance asks for one.
    Ask {
        /// What a code becomes.
        worth: Worth,
        /// What a code is worth.
        value: Money,
        /// How many.
        codes: u32,
        /// The last day on which one can be used.
        last_day: jiff::civil::Date,
    },
    /// A second person agrees.
    Approve,
    /// Its codes were made, and are shown once.
    Issue,
    /// Somebody used one.
    Redeem {
        /// Which: its ordinal.
        code: u32,
        /// Whose wallet it goes to.
        account: AccountId,
    },
    /// Finance withdraws what is unused.
    Withdraw,
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodesEvent {
    /// Finance asked for it.
    Asked {
        /// Its number.
        desk: DeskId,
        /// What a code becomes.
        worth: Worth,
        /// What a code is worth.
        value: Money,
        /// How many.
        codes: u32,
        /// First instant at which none can be used.
        expires_at: Instant,
        /// It needs a second person.
        needs_two: bool,
        /// First instant at which whoever it waits for is late.
        due: Instant,
    },
    /// A second person agreed.
    Approved {
        /// There was no second person (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
        /// First instant at which whoever it waits for is late.
        due: Instant,
    },
    /// It still waits.
    Reminded {
        /// First instant at which whoever it waits for is late again.
        due: Instant,
    },
    /// Its codes were made.
    Issued,
    /// One was used.
    Redeemed {
        /// Its ordinal.
        code: u32,
        /// By whom.
        account: AccountId,
    },
    /// What was unused is worth nothing any more.
    Withdrawn,
    /// What was unused has expired.
    Expired,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeBatch {
    /// Its number.
    pub desk: DeskId,
    /// What a code becomes.
    pub worth: Worth,
    /// What a code is worth, in minor units.
    pub value_minor: i64,
    /// In which currency.
    pub currency: Currency,
    /// How many codes.
    pub codes: u32,
    /// First instant at which none can be used.
    pub expires_at: Instant,
    /// It needed a second person.
    pub needs_two: bool,
    /// Who asked for it.
    pub asked_by: Option<AccountId>,
    /// When.
    pub asked_at: Instant,
    /// Who agreed.
    pub approved_by: Option<AccountId>,
    /// First instant at which whoever it waits for is late.
    pub due: Instant,
    /// Where it stands.
    pub state: BatchState,
    /// Ordinals of the codes used, in order of use.
    pub used: Vec<u32>,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl CodeBatch {
    /// What all codes together are worth.
    pub fn total_minor(&self) -> i64 {
        self.value_minor.saturating_mul(i64::from(self.codes))
    }

    /// Codes nobody has used.
    pub fn unused(&self) -> u32 {
        self.codes.saturating_sub(u32::try_from(self.used.len()).unwrap_or(u32::MAX))
    }

    /// What is owed to whoever brings its codes.
    pub fn owed_minor(&self) -> i64 {
        match self.state {
            BatchState::Issued => self.value_minor.saturating_mul(i64::from(self.unused())),
            BatchState::Waiting | BatchState::Ready | BatchState::Expired | BatchState::Withdrawn => 0,
        }
    }

    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let (who, due, on_silence) = match self.state {
            BatchState::Waiting | BatchState::Ready => (Who::Finance, self.due.min(self.expires_at), OnSilence::Remind),
            BatchState::Issued => (Who::Program, self.expires_at, OnSilence::Expire),
            BatchState::Expired | BatchState::Withdrawn => return None,
        };
        Some(Timer { subject: Subject::CodeBatch, who, due, on_silence })
    }

    /// Applies an event to a batch, or to none for `Asked`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &CodesEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut batch = match (before, event) {
            (None, CodesEvent::Asked { desk, worth, value, codes, expires_at, needs_two, due }) => {
                return Some(Self {
                    desk: desk.clone(),
                    worth: *worth,
                    value_minor: value.minor(),
                    currency: value.currency(),
                    codes: *codes,
                    expires_at: *expires_at,
                    needs_two: *needs_two,
                    asked_by: by.account().cloned(),
                    asked_at: at,
                    approved_by: None,
                    due: *due,
                    state: if *needs_two { BatchState::Waiting } else { BatchState::Ready },
                    used: Vec::new(),
                    last_at: at,
                });
            }
            (Some(batch), _) => batch,
            (None, _) => return None,
        };
        match (event, &batch.state) {
            (CodesEvent::Approved { due, .. }, BatchState::Waiting) => {
                batch.approved_by = by.account().cloned();
                (batch.state, batch.due) = (BatchState::Ready, *due);
            }
            (CodesEvent::Reminded { due }, BatchState::Waiting | BatchState::Ready) => batch.due = *due,
            (CodesEvent::Issued, BatchState::Ready) => batch.state = BatchState::Issued,
            (CodesEvent::Redeemed { code, .. }, BatchState::Issued) => {
                if *code == 0 || *code > batch.codes || batch.used.contains(code) {
                    return None;
                }
                batch.used.push(*code);
            }
            (CodesEvent::Withdrawn, state) if state.is_open() => batch.state = BatchState::Withdrawn,
            (CodesEvent::Expired, state) if state.is_open() => batch.state = BatchState::Expired,
            _ => return None,
        }
        batch.last_at = at;
        Some(batch)
    }
}
