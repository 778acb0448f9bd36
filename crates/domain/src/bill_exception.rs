//! Exceptions (对账差异): what a bill and this program say differently, until somebody of finance has settled it or the
//! program did. While one is open, what the channel has more or less stands in the account `unmatched`, so that the books
//! say of the channel what the channel says.

use crate::actor::Actor;
use crate::bill::{Difference, codes};
use crate::calendar::Deadline;
use crate::case::{Claim, PersonalRef};
use crate::ids::{AccountId, ChannelId, ChannelNumber, DeskId, OrderId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yuanlu_money::Money;

/// What one side says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// How much.
    pub amount: Money,
    /// In which state (stable code of ours, or the channel's word).
    pub state: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
}

/// What an exception is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// At which channel.
    pub channel: ChannelId,
    /// On which day of the channel.
    pub day: Date,
    /// How the two differ.
    pub difference: Difference,
    /// Kind of the line: `payment`, `refund`, `returned`, `remittance`.
    pub entry: String,
    /// The number; empty where the channel names none.
    pub no: ChannelNumber,
    /// The channel's own number.
    pub channel_ref: String,
    /// The order, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// What we say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<Side>,
    /// What the channel says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Side>,
    /// What the channel has more, or less, than the books: nothing where it is only said differently.
    pub delta: Money,
}

/// How an exception was settled. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The order or the payout was told, and does what is to be done.
    ByItself,
    /// A later bill agrees.
    LaterBill,
    /// It belongs to an order after all, and was recorded there.
    Assigned,
    /// The money was given back to the payer, or came back to us, at the channel itself.
    Returned,
    /// Finance found out why, and the books are right as they are.
    Explained,
    /// The platform bears the difference, or keeps it.
    WrittenOff,
}

codes!(Resolution {
    ByItself = "by_itself",
    LaterBill = "later_bill",
    Assigned = "assigned",
    Returned = "returned",
    Explained = "explained",
    WrittenOff = "written_off",
});

impl Resolution {
    /// Only the program says so.
    pub fn is_programs(self) -> bool {
        matches!(self, Self::ByItself | Self::LaterBill)
    }
}

/// Where an exception stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionState {
    /// Finance looks at it; overdue, administrators do too.
    Open {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// It is settled.
    Resolved {
        /// How.
        resolution: Resolution,
        /// By whom; nobody where the program did it.
        by: Option<AccountId>,
        /// In which words.
        words: Option<PersonalRef>,
        /// When.
        at: Instant,
    },
}

impl ExceptionState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Resolved { .. } => "resolved",
        }
    }
}

/// What may be asked of an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionAct {
    /// The program found a difference.
    Raise {
        /// About what.
        matter: Box<Matter>,
        /// The order was told already, and that settles it.
        settled: bool,
    },
    /// Somebody of finance takes it.
    Claim,
    /// It is settled.
    Resolve {
        /// How.
        resolution: Resolution,
        /// In which words; a person always says why.
        words: Option<PersonalRef>,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionEvent {
    /// It was found.
    Raised {
        /// Its number.
        desk: DeskId,
        /// About what.
        matter: Box<Matter>,
        /// Until when finance settles it.
        due: Deadline,
        /// What stands in `unmatched` for it while it is open.
        held_minor: i64,
    },
    /// Somebody took it.
    Claimed {
        /// Who.
        by: AccountId,
    },
    /// It was overdue, and administrators have it too.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// It is settled.
    Resolved {
        /// How.
        resolution: Resolution,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
}

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillException {
    /// Its number.
    pub desk: DeskId,
    /// About what.
    pub matter: Matter,
    /// What stands in `unmatched` for it while it is open; with sign, as [`Matter::delta`].
    pub held_minor: i64,
    /// When it was found.
    pub raised_at: Instant,
    /// Where it stands.
    pub state: ExceptionState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl BillException {
    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let ExceptionState::Open { due, escalations, .. } = &self.state else { return None };
        let who = if *escalations == 0 { Who::Finance } else { Who::Admin };
        Some(Timer { subject: Subject::BillException, who, due: due.too_late_from, on_silence: OnSilence::Escalate })
    }

    /// Not settled yet.
    pub fn is_open(&self) -> bool {
        matches!(self.state, ExceptionState::Open { .. })
    }

    /// Ways in which a person can settle it.
    pub fn ways(&self) -> Vec<Resolution> {
        let matter = &self.matter;
        let strange = matter.ours.is_none() && matter.theirs.is_some();
        Resolution::ALL
            .iter()
            .copied()
            .filter(|way| match way {
                Resolution::ByItself | Resolution::LaterBill => false,
                Resolution::Assigned => strange && matter.entry == "payment",
                Resolution::Returned => self.held_minor != 0,
                Resolution::Explained => true,
                Resolution::WrittenOff => self.held_minor != 0,
            })
            .collect()
    }

    /// Applies an event to an exception, or to none for `Raised`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &ExceptionEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut exception = match (before, event) {
            (None, ExceptionEvent::Raised { desk, matter, due, held_minor }) => {
                return Some(Self {
                    desk: desk.clone(),
                    matter: (**matter).clone(),
                    held_minor: *held_minor,
                    raised_at: at,
                    state: ExceptionState::Open { due: due.clone(), escalations: 0, claim: None },
                    last_at: at,
                });
            }
            (Some(exception), _) => exception,
            (None, _) => return None,
        };
        let ExceptionState::Open { due, escalations, claim } = &mut exception.state else { return None };
        match event {
            ExceptionEvent::Claimed { by } => *claim = Some(Claim { by: by.clone(), at }),
            ExceptionEvent::Escalated { due: later } => {
                *due = later.clone();
                *escalations += 1;
            }
            ExceptionEvent::Resolved { resolution, words } => {
                exception.state = ExceptionState::Resolved {
                    resolution: *resolution,
                    by: by.account().cloned(),
                    words: words.clone(),
                    at,
                };
            }
            ExceptionEvent::Raised { .. } => return None,
        }
        exception.last_at = at;
        Some(exception)
    }
}
