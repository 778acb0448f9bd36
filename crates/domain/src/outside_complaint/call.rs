//! Something said by a channel's interface: the files that go along are uploaded first, one after the other, and then it is
//! said once.
//!
//! An upload says nothing to anybody, so one whose arrival nobody saw is done again. What was said is asked about instead.

use super::{Attachment, OutsideEvent, Saying};
use crate::case::PersonalRef;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Where a call to the channel stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// To be made at `at`; `ask`: first see whether it got there before.
    Due {
        /// When.
        at: Instant,
        /// Whether it may have got there.
        ask: bool,
    },
    /// An attempt is committed; unanswered by `until`, nobody knows.
    Calling {
        /// Fences the answer.
        attempt: u16,
        /// Until when.
        until: Instant,
        /// Whether it only asks.
        ask: bool,
    },
    /// They have it.
    Done {
        /// Since when.
        at: Instant,
    },
    /// They refuse it.
    Failed {
        /// Since when.
        at: Instant,
        /// Their code.
        code: String,
    },
}

/// Something to be said by the channel's interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideCall {
    /// Ordinal, from 1.
    pub ordinal: u16,
    /// What.
    pub saying: Saying,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// What goes along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attachment>,
    /// The channel's names of those that it has, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploaded: Vec<String>,
    /// Attempts so far.
    pub attempts: u16,
    /// Where it stands.
    pub state: CallState,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// They have it.
    Done,
    /// They have the file, and call it this.
    Uploaded {
        /// Their name of it.
        media: String,
    },
    /// They have not, and it may be said again.
    Missing,
    /// Nobody knows; they are asked before it is said again.
    Unknown {
        /// What was seen, as a short code.
        code: String,
    },
    /// They refuse it.
    Refused {
        /// Their code.
        code: String,
    },
}

impl OutsideCall {
    /// The file that they are to have next; none when it is time to say it.
    pub fn to_upload(&self) -> Option<&Attachment> {
        self.attached.get(self.uploaded.len())
    }

    /// Attempts that came to nothing.
    pub fn failed_attempts(&self) -> u16 {
        self.attempts.saturating_sub(u16::try_from(self.uploaded.len()).unwrap_or(u16::MAX))
    }

    /// Whether it may have been said before the attempt that now runs out.
    fn may_be_said(&self) -> bool {
        self.to_upload().is_none()
    }
}

/// Applies an event to the calls of a complaint. `None` when it does not fit.
pub(super) fn apply(calls: &mut Vec<OutsideCall>, event: &OutsideEvent, at: Instant) -> Option<()> {
    let find =
        |calls: &mut Vec<OutsideCall>, ordinal: u16| usize::from(ordinal).checked_sub(1).filter(|n| *n < calls.len());
    match event {
        OutsideEvent::CallPlanned { call, saying, words, attached } => calls.push(OutsideCall {
            ordinal: *call,
            saying: *saying,
            words: words.clone(),
            attached: attached.clone(),
            uploaded: Vec::new(),
            attempts: 0,
            state: CallState::Due { at, ask: false },
        }),
        OutsideEvent::CallMade { call, attempt, until, .. } => {
            let index = find(calls, *call)?;
            let call = &mut calls[index];
            let ask = match call.state {
                CallState::Due { ask, .. } => ask,
                CallState::Calling { .. } => call.may_be_said(),
                CallState::Done { .. } | CallState::Failed { .. } => return None,
            };
            call.attempts = *attempt;
            call.state = CallState::Calling { attempt: *attempt, until: *until, ask };
        }
        OutsideEvent::CallAnswered { call, outcome, again } => {
            let index = find(calls, *call)?;
            let call = &mut calls[index];
            let ask = call.may_be_said();
            call.state = match (outcome, again) {
                (CallOutcome::Uploaded { media }, Some(again)) => {
                    call.to_upload()?;
                    call.uploaded.push(media.clone());
                    CallState::Due { at: *again, ask: false }
                }
                (CallOutcome::Uploaded { .. }, None) => return None,
                (CallOutcome::Done, _) => CallState::Done { at },
                (CallOutcome::Missing, Some(again)) => CallState::Due { at: *again, ask: false },
                (CallOutcome::Unknown { .. }, Some(again)) => CallState::Due { at: *again, ask },
                (CallOutcome::Refused { code }, _) | (CallOutcome::Unknown { code }, None) => {
                    CallState::Failed { at, code: code.clone() }
                }
                (CallOutcome::Missing, None) => CallState::Failed { at, code: "missing".to_owned() },
            };
        }
        _ => return None,
    }
    Some(())
}
