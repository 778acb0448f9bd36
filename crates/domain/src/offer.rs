//! Offers (方案): what a seller proposes to settle a matter with, before a case or in one (R33).

use crate::calendar::Deadline;
use crate::case::{PersonalRef, Reason};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferTerms {
    /// Money back, in full or in part.
    Refund {
        /// How much, without fee.
        amount_minor: i64,
    },
    /// A new code for each unit, from stock, in the step that accepts it; the warranty starts again (R26).
    Replacement,
    /// More time: the seller's turn until then, and approved if he breaks it.
    MoreTime {
        /// The instant he promises.
        until: Instant,
    },
}

impl OfferTerms {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refund { .. } => "refund",
            Self::Replacement => "replacement",
            Self::MoreTime { .. } => "more_time",
        }
    }
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// The buyer may answer.
    Standing,
    /// He took it.
    Accepted,
    /// He did not want it.
    Declined,
    /// He did not answer in time, or the matter was decided otherwise.
    Lapsed,
}

impl OfferState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
        }
    }
}

/// An offer of an order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerOffer {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// The case it is to settle; `None` for one made before any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<u16>,
    /// The units.
    pub units: Vec<u16>,
    /// What the seller owns up to; of the case, where there is one.
    pub reason: Reason,
    /// What he offers.
    pub terms: OfferTerms,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// When.
    pub made_at: Instant,
    /// Until when it can be accepted.
    pub due: Deadline,
    /// Where it stands.
    pub state: OfferState,
}
