//! Where an outside complaint stands, and whose turn that makes it.

use super::OutsideResult;
use crate::calendar::Deadline;
use crate::case::{Claim, PersonalRef};
use crate::ids::AccountId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Where an outside complaint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideState {
    /// 待回复: they wait for an answer of ours.
    Received {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// 已回复: answered, and something is still ours to finish.
    Answered {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// 等待外部: theirs to go on with; then we look again.
    WaitingOutside {
        /// Until when.
        due: Deadline,
    },
    /// 已结束.
    Closed {
        /// With what result.
        result: OutsideResult,
        /// Who closed it; nobody where the channel did.
        by: Option<AccountId>,
        /// In which words.
        words: Option<PersonalRef>,
        /// When.
        at: Instant,
    },
}

impl OutsideState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Answered { .. } => "answered",
            Self::WaitingOutside { .. } => "waiting_outside",
            Self::Closed { .. } => "closed",
        }
    }

    /// Not over yet.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Closed { .. })
    }

    /// Until when something is awaited.
    pub fn due(&self) -> Option<&Deadline> {
        match self {
            Self::Received { due, .. } | Self::Answered { due, .. } | Self::WaitingOutside { due } => Some(due),
            Self::Closed { .. } => None,
        }
    }

    /// Who works on it.
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Received { claim, .. } | Self::Answered { claim, .. } => claim.as_ref(),
            Self::WaitingOutside { .. } | Self::Closed { .. } => None,
        }
    }

    /// How often it was escalated.
    pub fn escalations(&self) -> u32 {
        match self {
            Self::Received { escalations, .. } | Self::Answered { escalations, .. } => *escalations,
            Self::WaitingOutside { .. } | Self::Closed { .. } => 0,
        }
    }
}
