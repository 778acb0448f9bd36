//! Outside complaints (外部投诉): raised elsewhere, about an order or about the house, and answered there in time. Each runs
//! on the clock of the place it was raised at; opening one stops nothing inside, and nothing inside stops its clock.

mod agency;
mod attachment;
mod call;
mod event;
mod facts;
mod state;
mod told;

pub use agency::{Agency, Saying, Takes};
pub use attachment::{Attachment, AttachmentKind};
pub use call::{CallOutcome, CallState, OutsideCall};
pub use event::{OutsideAct, OutsideEvent};
pub use facts::OrderFacts;
pub use state::OutsideState;
pub use told::{Concerns, FoundBy, HeardComplaint, HeardMoney, OutsideResult, Registration, Stage};

use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{Claim, PersonalRef};
use crate::ids::{AccountId, DeskId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};

/// How many messages one may be answered with.
pub const MOST_REPLIES: usize = 50;
/// How many calls to its channel one may need.
pub const MOST_CALLS: usize = 200;

/// An outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideComplaint {
    /// Our number.
    pub desk: DeskId,
    /// Who entered it, where a person did.
    pub entered_by: Option<AccountId>,
    /// What came in, with what it turned out to be about.
    pub registration: Registration,
    /// When it was registered here.
    pub registered_at: Instant,
    /// Until when the first answer is due.
    pub reply_due: Deadline,
    /// Until when all of it is ours to finish.
    pub finish: Option<Deadline>,
    /// Until when the agency says whether it takes it on.
    pub decision: Option<Deadline>,
    /// It is public there.
    pub public: bool,
    /// When the agency took it on.
    pub accepted_on: Option<Instant>,
    /// When its mediation ends.
    pub ends: Option<Deadline>,
    /// When it was first answered.
    pub first_reply_at: Option<Instant>,
    /// When it was last answered.
    pub last_reply_at: Option<Instant>,
    /// The channel's own word for where it stands.
    pub status: String,
    /// How often it was said that they wait again.
    pub reopened: u32,
    /// Warnings given about the present turn: of two.
    pub warnings: u8,
    /// Since when the present turn runs.
    pub turn_since: Instant,
    /// What was said, the first first.
    pub said: Vec<(Saying, Option<PersonalRef>)>,
    /// What went along with it, or is on its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attachment>,
    /// Calls to the channel.
    pub calls: Vec<OutsideCall>,
    /// Where it stands.
    pub state: OutsideState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl OutsideComplaint {
    /// Every wait of it; the turn first.
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers = Vec::new();
        let mut add = |subject, who, due, on_silence| timers.push(Timer { subject, who, due, on_silence });
        match &self.state {
            OutsideState::Received { due, escalations, .. } | OutsideState::Answered { due, escalations, .. } => {
                let who = if *escalations == 0 { Who::Support } else { Who::Admin };
                add(Subject::Outside, who, due.too_late_from, OnSilence::Escalate);
                if let Some(at) = self.warn_at().filter(|_| *escalations == 0) {
                    add(Subject::OutsideWarning, who, at, OnSilence::Remind);
                }
            }
            OutsideState::WaitingOutside { due } => {
                add(Subject::Outside, Who::Outside, due.too_late_from, OnSilence::Resume);
            }
            OutsideState::Closed { .. } => {}
        }
        for call in &self.calls {
            let due = match call.state {
                CallState::Due { at, .. } => at,
                CallState::Calling { until, .. } => until,
                CallState::Done { .. } | CallState::Failed { .. } => continue,
            };
            add(Subject::OutsideCall(call.ordinal), Who::Channel, due, OnSilence::Call);
        }
        timers
    }

    /// When a warning about the present turn is due: at half of its time, then at four fifths.
    fn warn_at(&self) -> Option<Instant> {
        let due = self.state.due()?.too_late_from;
        let whole = due.micros() - self.turn_since.micros();
        let part = match self.warnings {
            0 => whole / 2,
            1 => whole / 5 * 4,
            _ => return None,
        };
        (whole > 0).then(|| self.turn_since.plus_micros(part))
    }

    /// The call of this ordinal.
    pub fn call(&self, ordinal: u16) -> Option<&OutsideCall> {
        self.calls.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// The call that is to be made now, and whether it only asks; `None` when it is not due.
    pub fn due_call(&self, ordinal: u16, now: Instant) -> Option<(&OutsideCall, bool)> {
        let call = self.call(ordinal)?;
        match call.state {
            CallState::Due { at, ask } if at <= now => Some((call, ask)),
            CallState::Calling { until, .. } if until <= now => Some((call, call.to_upload().is_none())),
            _ => None,
        }
    }

    /// Something waits to be said to the channel.
    pub fn has_call_under_way(&self) -> bool {
        self.calls.iter().any(|call| matches!(call.state, CallState::Due { .. } | CallState::Calling { .. }))
    }

    /// Applies an event to one, or to none for `Registered`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &OutsideEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut this = match (before, event) {
            (None, OutsideEvent::Registered { desk, registration, due, finish, decision, public }) => {
                return Some(Self {
                    desk: desk.clone(),
                    entered_by: by.account().cloned(),
                    status: registration.status.clone(),
                    registration: (**registration).clone(),
                    registered_at: at,
                    reply_due: due.clone(),
                    finish: finish.clone(),
                    decision: decision.clone(),
                    public: *public,
                    accepted_on: None,
                    ends: None,
                    first_reply_at: None,
                    last_reply_at: None,
                    reopened: 0,
                    warnings: 0,
                    turn_since: at,
                    said: Vec::new(),
                    attached: Vec::new(),
                    calls: Vec::new(),
                    state: OutsideState::Received { due: due.clone(), escalations: 0, claim: None },
                    last_at: at,
                });
            }
            (Some(this), _) => this,
            (None, _) => return None,
        };
        this.apply(event, by, at)?;
        this.last_at = at;
        Some(this)
    }

    fn apply(&mut self, event: &OutsideEvent, by: &Actor, at: Instant) -> Option<()> {
        match event {
            OutsideEvent::Registered { .. } => return None,
            OutsideEvent::Related { concerns } => self.registration.concerns = Some(concerns.clone()),
            OutsideEvent::StatusSeen { status } => self.status.clone_from(status),
            OutsideEvent::CallPlanned { .. } | OutsideEvent::CallMade { .. } | OutsideEvent::CallAnswered { .. } => {
                if let OutsideEvent::CallPlanned { attached, .. } = event {
                    self.attached.extend_from_slice(attached);
                }
                call::apply(&mut self.calls, event, at)?;
            }
            OutsideEvent::Said { saying, words, attached } => {
                let new = attached.iter().filter(|one| !self.attached.contains(one)).cloned().collect::<Vec<_>>();
                self.attached.extend(new);
                self.first_reply_at.get_or_insert(at);
                self.last_reply_at = Some(at);
                self.said.push((*saying, words.clone()));
            }
            OutsideEvent::Accepted { on, ends } => {
                self.accepted_on = Some(*on);
                self.ends.clone_from(ends);
            }
            OutsideEvent::Warned => self.warnings += 1,
            OutsideEvent::Claimed { by } => {
                let (OutsideState::Received { claim, .. } | OutsideState::Answered { claim, .. }) = &mut self.state
                else {
                    return None;
                };
                *claim = Some(Claim { by: by.clone(), at });
            }
            OutsideEvent::Escalated { due: later } => {
                let (OutsideState::Received { due, escalations, .. } | OutsideState::Answered { due, escalations, .. }) =
                    &mut self.state
                else {
                    return None;
                };
                *due = later.clone();
                *escalations += 1;
            }
            OutsideEvent::Answered { due } => {
                let claim = self.state.claim().cloned();
                self.turn(OutsideState::Answered { due: due.clone(), escalations: 0, claim }, at);
            }
            OutsideEvent::Waiting { due } => self.turn(OutsideState::WaitingOutside { due: due.clone() }, at),
            OutsideEvent::Reopened { due } => {
                self.reopened += 1;
                self.reply_due = due.clone();
                self.turn(OutsideState::Received { due: due.clone(), escalations: 0, claim: None }, at);
            }
            OutsideEvent::Closed { result, words } => {
                let (by, words) = (by.account().cloned(), words.clone());
                self.turn(OutsideState::Closed { result: *result, by, words, at }, at);
            }
        }
        Some(())
    }

    fn turn(&mut self, state: OutsideState, at: Instant) {
        self.state = state;
        self.turn_since = at;
        self.warnings = 0;
    }
}
