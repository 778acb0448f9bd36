//! Desks: what the platform has to settle outside any order. Each is an aggregate of its own with a journal, a due time and
//! a consequence of silence. Tip-offs, outside complaints, days of bills, what was found wrong in them, batches of redemption
//! codes, conversations with support, reviews, mass
//! incidents and admissions of sellers are kinds; whatever else lies on a desk becomes another
//! variant here.

use crate::actor::Actor;
use crate::admission::{Admission, AdmissionAct, AdmissionEvent};
use crate::bill_day::{BillDay, DayAct, DayEvent};
use crate::bill_exception::{BillException, ExceptionAct, ExceptionEvent};
use crate::code_batch::{CodeBatch, CodesAct, CodesEvent};
use crate::conversation::{Conversation, ConversationAct, ConversationEvent};
use crate::ids::DeskId;
use crate::incident::{Incident, IncidentAct, IncidentEvent};
use crate::outside_complaint::{OutsideAct, OutsideComplaint, OutsideEvent};
use crate::projection::Timer;
use crate::review::{Review, ReviewAct, ReviewEvent};
use crate::time::Instant;
use crate::tip_off::{TipOff, TipOffAct, TipOffEvent};
use crate::turn::Who;
use serde::{Deserialize, Serialize};

/// What may be asked of a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskAct {
    /// Of a tip-off.
    TipOff(TipOffAct),
    /// Of an outside complaint.
    Outside(OutsideAct),
    /// Of a day of bills.
    Day(DayAct),
    /// Of an exception.
    Exception(ExceptionAct),
    /// Of a conversation.
    Conversation(ConversationAct),
    /// Of a batch of redemption codes.
    Codes(CodesAct),
    /// Of a review.
    Review(ReviewAct),
    /// Of a mass incident.
    Incident(Box<IncidentAct>),
    /// Of an admission.
    Admission(AdmissionAct),
}

/// What changes a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskEvent {
    /// Of a tip-off.
    TipOff(TipOffEvent),
    /// Of an outside complaint.
    Outside(OutsideEvent),
    /// Of a day of bills.
    Day(DayEvent),
    /// Of an exception.
    Exception(ExceptionEvent),
    /// Of a conversation.
    Conversation(ConversationEvent),
    /// Of a batch of redemption codes.
    Codes(CodesEvent),
    /// Of a review.
    Review(ReviewEvent),
    /// Of a mass incident.
    Incident(Box<IncidentEvent>),
    /// Of an admission.
    Admission(Box<AdmissionEvent>),
}

/// Everything about one desk, folded from its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskFile {
    /// A tip-off.
    TipOff(TipOff),
    /// An outside complaint.
    Outside(Box<OutsideComplaint>),
    /// A day of a channel's bills.
    Day(BillDay),
    /// An exception.
    Exception(BillException),
    /// A conversation.
    Conversation(Box<Conversation>),
    /// A batch of redemption codes.
    Codes(CodeBatch),
    /// A review.
    Review(Box<Review>),
    /// A mass incident.
    Incident(Box<Incident>),
    /// An admission.
    Admission(Box<Admission>),
}

impl DeskFile {
    /// Its id.
    pub fn id(&self) -> &DeskId {
        match self {
            Self::TipOff(tip_off) => &tip_off.desk,
            Self::Outside(complaint) => &complaint.desk,
            Self::Day(day) => &day.desk,
            Self::Exception(exception) => &exception.desk,
            Self::Conversation(conversation) => &conversation.desk,
            Self::Codes(batch) => &batch.desk,
            Self::Review(review) => &review.desk,
            Self::Incident(incident) => &incident.desk,
            Self::Admission(admission) => &admission.desk,
        }
    }

    /// The stable code of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TipOff(_) => "tip_off",
            Self::Outside(_) => "outside_complaint",
            Self::Day(_) => "bill_day",
            Self::Exception(_) => "bill_exception",
            Self::Conversation(_) => "conversation",
            Self::Codes(_) => "code_batch",
            Self::Review(_) => "review",
            Self::Incident(_) => "incident",
            Self::Admission(_) => "admission",
        }
    }

    /// The stable code of its state.
    pub fn state(&self) -> &'static str {
        match self {
            Self::TipOff(tip_off) => tip_off.state.code(),
            Self::Outside(complaint) => complaint.state.code(),
            Self::Day(_) => "closed",
            Self::Exception(exception) => exception.state.code(),
            Self::Conversation(conversation) => conversation.state.code(),
            Self::Codes(batch) => batch.state.code(),
            Self::Review(review) => review.state.code(),
            Self::Incident(incident) => incident.state.code(),
            Self::Admission(admission) => admission.state.code(),
        }
    }

    /// Instant of the last event.
    pub fn last_at(&self) -> Instant {
        match self {
            Self::TipOff(tip_off) => tip_off.last_at,
            Self::Outside(complaint) => complaint.last_at,
            Self::Day(day) => day.last_at,
            Self::Exception(exception) => exception.last_at,
            Self::Conversation(conversation) => conversation.last_at,
            Self::Codes(batch) => batch.last_at,
            Self::Review(review) => review.last_at,
            Self::Incident(incident) => incident.last_at,
            Self::Admission(admission) => admission.last_at,
        }
    }

    /// When it was begun.
    pub fn begun_at(&self) -> Instant {
        match self {
            Self::TipOff(tip_off) => tip_off.filed_at,
            Self::Outside(complaint) => complaint.registered_at,
            Self::Day(day) => day.closed_at,
            Self::Exception(exception) => exception.raised_at,
            Self::Conversation(conversation) => conversation.opened_at,
            Self::Codes(batch) => batch.asked_at,
            Self::Review(review) => review.written_at,
            Self::Incident(incident) => incident.proposed_at,
            Self::Admission(admission) => admission.begun_at,
        }
    }

    /// Who began it, where somebody did: an account's id, or another party's key.
    pub fn begun_by(&self) -> Option<String> {
        match self {
            Self::TipOff(tip_off) => tip_off.reporter.as_ref().map(ToString::to_string),
            Self::Outside(complaint) => complaint.entered_by.as_ref().map(ToString::to_string),
            Self::Conversation(conversation) => conversation.asker.as_ref().map(|asker| match asker.account() {
                Some(account) => account.to_string(),
                None => asker.to_string(),
            }),
            Self::Codes(batch) => batch.asked_by.as_ref().map(ToString::to_string),
            Self::Review(review) => Some(match review.writer.account() {
                Some(account) => account.to_string(),
                None => review.writer.to_string(),
            }),
            Self::Incident(incident) => incident.proposed_by.as_ref().map(ToString::to_string),
            Self::Admission(admission) => Some(admission.applicant.to_string()),
            Self::Day(_) | Self::Exception(_) => None,
        }
    }

    /// Whose turn it is, and until when; `None` when it is over.
    pub fn turn(&self) -> Option<(Who, Instant)> {
        self.timers().first().map(|timer| (timer.who, timer.due))
    }

    /// Every wait of it.
    pub fn timers(&self) -> Vec<Timer> {
        match self {
            Self::TipOff(tip_off) => tip_off.timer().into_iter().collect(),
            Self::Outside(complaint) => complaint.timers(),
            Self::Day(_) => Vec::new(),
            Self::Exception(exception) => exception.timer().into_iter().collect(),
            Self::Conversation(conversation) => conversation.timer().into_iter().collect(),
            Self::Codes(batch) => batch.timer().into_iter().collect(),
            Self::Review(review) => review.timer().into_iter().collect(),
            Self::Incident(incident) => incident.timer().into_iter().collect(),
            Self::Admission(admission) => admission.timer().into_iter().collect(),
        }
    }

    /// Applies an event to a desk, or to none for the one that begins it. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &DeskEvent, by: &Actor, at: Instant) -> Option<Self> {
        match (before, event) {
            (None, DeskEvent::TipOff(event)) => TipOff::evolve(None, event, by, at).map(Self::TipOff),
            (Some(Self::TipOff(before)), DeskEvent::TipOff(event)) => {
                TipOff::evolve(Some(before), event, by, at).map(Self::TipOff)
            }
            (None, DeskEvent::Outside(event)) => {
                OutsideComplaint::evolve(None, event, by, at).map(|after| Self::Outside(Box::new(after)))
            }
            (Some(Self::Outside(before)), DeskEvent::Outside(event)) => {
                OutsideComplaint::evolve(Some(*before), event, by, at).map(|after| Self::Outside(Box::new(after)))
            }
            (None, DeskEvent::Day(event)) => BillDay::evolve(None, event, at).map(Self::Day),
            (Some(Self::Day(before)), DeskEvent::Day(event)) => BillDay::evolve(Some(before), event, at).map(Self::Day),
            (None, DeskEvent::Exception(event)) => BillException::evolve(None, event, by, at).map(Self::Exception),
            (Some(Self::Exception(before)), DeskEvent::Exception(event)) => {
                BillException::evolve(Some(before), event, by, at).map(Self::Exception)
            }
            (None, DeskEvent::Conversation(event)) => {
                Conversation::evolve(None, event, at).map(|after| Self::Conversation(Box::new(after)))
            }
            (Some(Self::Conversation(before)), DeskEvent::Conversation(event)) => {
                Conversation::evolve(Some(*before), event, at).map(|after| Self::Conversation(Box::new(after)))
            }
            (None, DeskEvent::Codes(event)) => CodeBatch::evolve(None, event, by, at).map(Self::Codes),
            (Some(Self::Codes(before)), DeskEvent::Codes(event)) => {
                CodeBatch::evolve(Some(before), event, by, at).map(Self::Codes)
            }
            (None, DeskEvent::Review(event)) => {
                Review::evolve(None, event, by, at).map(|after| Self::Review(Box::new(after)))
            }
            (Some(Self::Review(before)), DeskEvent::Review(event)) => {
                Review::evolve(Some(*before), event, by, at).map(|after| Self::Review(Box::new(after)))
            }
            (None, DeskEvent::Incident(event)) => {
                Incident::evolve(None, event, by, at).map(|after| Self::Incident(Box::new(after)))
            }
            (Some(Self::Incident(before)), DeskEvent::Incident(event)) => {
                Incident::evolve(Some(*before), event, by, at).map(|after| Self::Incident(Box::new(after)))
            }
            (None, DeskEvent::Admission(event)) => {
                Admission::evolve(None, event, by, at).map(|after| Self::Admission(Box::new(after)))
            }
            (Some(Self::Admission(before)), DeskEvent::Admission(event)) => {
                Admission::evolve(Some(*before), event, by, at).map(|after| Self::Admission(Box::new(after)))
            }
            (Some(_), _) => None,
        }
    }
}
