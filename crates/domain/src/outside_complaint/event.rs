//! What may be asked of an outside complaint, and what changes it.

use super::{Attachment, CallOutcome, Concerns, OutsideResult, Registration, Saying, Stage};
use crate::calendar::Deadline;
use crate::case::PersonalRef;
use crate::ids::{AccountId, DeskId, OrderId};
use crate::projection::Subject;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What may be asked of an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideAct {
    /// It came in.
    Register(Box<Registration>),
    /// Staff says which order and case it is about.
    Relate {
        /// The order.
        order: OrderId,
        /// Ordinal of the case.
        case: Option<u16>,
    },
    /// Staff takes it.
    Claim,
    /// Staff says something to the outside; by the channel's interface where there is one.
    Say {
        /// What.
        saying: Saying,
        /// In which words.
        words: Option<PersonalRef>,
        /// What goes along.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attachment>,
    },
    /// The agency took it on (12315: accepts, and mediates).
    Accept {
        /// When.
        at: Instant,
    },
    /// The channel says where it stands.
    Report {
        /// Its own word for that.
        status: String,
        /// What that means for whose turn it is.
        stage: Stage,
        /// First instant at which an answer is too late, where it names one.
        reply_by: Option<Instant>,
    },
    /// Staff closes it.
    Close {
        /// With what result.
        result: OutsideResult,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// The next call to the channel is about to be made.
    MakeCall {
        /// Ordinal of the call.
        call: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
    },
    /// The channel answered it.
    RecordCall {
        /// Ordinal of the call.
        call: u16,
        /// The attempt it answers.
        attempt: u16,
        /// What it means.
        outcome: CallOutcome,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideEvent {
    /// It came in.
    Registered {
        /// Our number.
        desk: DeskId,
        /// What came.
        registration: Box<Registration>,
        /// Until when it is answered.
        due: Deadline,
        /// Until when all of it is ours to finish.
        finish: Option<Deadline>,
        /// Until when the agency says whether it takes it on.
        decision: Option<Deadline>,
        /// It is public there, and counts against the house until it is answered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        public: bool,
    },
    /// It became known what it is about.
    Related {
        /// What.
        concerns: Concerns,
    },
    /// Somebody took it.
    Claimed {
        /// Who.
        by: AccountId,
    },
    /// Something is to be said by the channel's interface.
    CallPlanned {
        /// Ordinal.
        call: u16,
        /// What.
        saying: Saying,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// What goes along.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attachment>,
    },
    /// A call is about to be made.
    CallMade {
        /// Ordinal.
        call: u16,
        /// Which attempt.
        attempt: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
        /// Until when an answer counts as under way.
        until: Instant,
    },
    /// A call was answered.
    CallAnswered {
        /// Ordinal.
        call: u16,
        /// What that means.
        outcome: CallOutcome,
        /// When it is made again; without that the answer was the last word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Instant>,
    },
    /// Something was said.
    Said {
        /// What.
        saying: Saying,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// What went along.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attachment>,
    },
    /// What is left is ours, until then.
    Answered {
        /// Until when.
        due: Deadline,
    },
    /// It is theirs to go on with.
    Waiting {
        /// Until when.
        due: Deadline,
    },
    /// They wait for an answer again; also when it was over.
    Reopened {
        /// Until when.
        due: Deadline,
    },
    /// The agency took it on.
    Accepted {
        /// When.
        on: Instant,
        /// When its mediation ends.
        ends: Option<Deadline>,
    },
    /// The channel calls its state otherwise than before.
    StatusSeen {
        /// Its own word.
        status: String,
    },
    /// So much of the time is over: half, then four fifths.
    Warned,
    /// It was overdue, and administrators have it too.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// It is over.
    Closed {
        /// With what result.
        result: OutsideResult,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
}
