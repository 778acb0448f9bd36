//! A hearing (审理): a question of a case that waits at a desk, is claimed, decided, and for some seconds can be taken back.

use crate::calendar::Deadline;
use crate::case::{Desk, PersonalRef, RejectCode, ReviewAnswers};
use crate::ids::AccountId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What a hearing is for. "A person shall look", appeals, complaints and objections are hearings of the same case too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hearing {
    /// The first look by a person.
    First,
    /// "A person shall look" after an automatic refusal (R34).
    Person,
    /// The buyer's appeal against what was refused (申诉, R19).
    Appeal,
    /// A complaint inside the platform (平台内投诉, R20).
    Complaint,
    /// The seller's objection to a decision he lost: the buyer's money stays (R34).
    Objection,
}

impl Hearing {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::First, Self::Person, Self::Appeal, Self::Complaint, Self::Objection];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Person => "person",
            Self::Appeal => "appeal",
            Self::Complaint => "complaint",
            Self::Objection => "objection",
        }
    }
}

/// Somebody of staff who is working on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who.
    pub by: AccountId,
    /// Since when.
    pub at: Instant,
}

/// A hearing in progress (审理): the question waits at a desk until somebody who may judge it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    /// What for.
    pub hearing: Hearing,
    /// In which queue.
    pub desk: Desk,
    /// Since when.
    pub entered_at: Instant,
    /// Until when.
    pub due: Deadline,
    /// How often it was overdue already.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub escalations: u16,
    /// When colleagues are warned if nobody has claimed it (R17); `None` once they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<Instant>,
    /// Nobody of the house may judge it (R35); the buyer is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmanned: bool,
    /// An arbitrator of an outside organisation who was invited to judge it (R35).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<AccountId>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What was decided and can still be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Box<Proposal>>,
}

/// A decision that is sent when its seconds for second thoughts are over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who decided.
    pub judge: AccountId,
    /// When.
    pub at: Instant,
    /// First instant at which it can no longer be taken back.
    pub sent_at: Instant,
    /// What.
    pub verdict: Verdict,
    /// The three answers (R17).
    pub answers: ReviewAnswers,
    /// Words to the loser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
}

/// What a person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Money goes back.
    Approve {
        /// How much, fee not yet taken off.
        amount_minor: i64,
    },
    /// None does.
    Reject {
        /// Why.
        code: RejectCode,
        /// The clause it rests on: the id of a rule.
        clause: String,
    },
    /// A remedy is right.
    Uphold {
        /// What it is worth; zero where no money is at stake.
        amount_minor: i64,
    },
    /// A remedy is not.
    Dismiss,
}

/// Left out of the journal where it says nothing.
pub(crate) fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
