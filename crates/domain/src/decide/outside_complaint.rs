//! Outside complaints: registered with their own clock, answered by staff, moved on by what the channel says, and never
//! without a turn.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::calendar::Deadline;
use crate::case::PersonalRef;
use crate::desk::{DeskEvent, DeskFile};
use crate::event::Event;
use crate::ids::{AccountId, DeskId, OrderId};
use crate::outside_complaint::{
    Attachment, CallOutcome, CallState, Concerns, FoundBy, MOST_CALLS, MOST_REPLIES, OutsideAct, OutsideComplaint,
    OutsideEvent, OutsideState, Registration, Saying, Stage,
};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::time::Instant;

/// How long an answer of a channel may be under way.
const ANSWER_SECONDS: i64 = 60;
/// First wait before a call is made again; doubled with every attempt up to `MOST_WAIT_SECONDS`.
const FIRST_WAIT_SECONDS: i64 = 60;
const MOST_WAIT_SECONDS: i64 = 3600;
/// After so many attempts a call that nobody takes is a person's to look at.
const MOST_ATTEMPTS: u16 = 40;

impl Draft<'_, '_> {
    pub(super) fn outside_act(&mut self, desk: &DeskId, act: &OutsideAct) -> Result<(), Refusal> {
        match act {
            OutsideAct::Register(registration) => self.register_outside(desk, registration),
            OutsideAct::Relate { order, case } => self.relate_outside(order, *case),
            OutsideAct::Claim => {
                let by = self.outside_staff()?;
                self.emit_outside(OutsideEvent::Claimed { by })
            }
            OutsideAct::Say { saying, words, attached } => self.say_outside(*saying, words.as_ref(), attached),
            OutsideAct::Accept { at } => self.accept_outside(*at),
            OutsideAct::Report { status, stage, reply_by } => self.report_outside(status, *stage, *reply_by),
            OutsideAct::Close { result, words } => {
                self.outside_staff()?;
                self.emit_outside(OutsideEvent::Closed { result: *result, words: words.clone() })
            }
            OutsideAct::MakeCall { call, digest } => self.make_outside_call(*call, digest),
            OutsideAct::RecordCall { call, attempt, outcome } => self.record_outside_call(*call, *attempt, outcome),
            OutsideAct::Wake { subject } => self.wake_outside(subject),
        }
    }

    fn outside(&self) -> Result<&OutsideComplaint, Refusal> {
        match &self.desk {
            Some(DeskFile::Outside(complaint)) => Ok(complaint),
            Some(
                DeskFile::TipOff(_)
                | DeskFile::Admission(_)
                | DeskFile::Day(_)
                | DeskFile::Exception(_)
                | DeskFile::Codes(_)
                | DeskFile::Review(_)
                | DeskFile::Incident(_)
                | DeskFile::Conversation(_),
            )
            | None => Err(Refusal::NotFound),
        }
    }

    fn emit_outside(&mut self, event: OutsideEvent) -> Result<(), Refusal> {
        let event = DeskEvent::Outside(event);
        let after = DeskFile::evolve(self.desk.take(), &event, self.by, self.cx.now);
        self.desk = Some(after.ok_or(Refusal::Inconsistent { what: "desk" })?);
        self.events.push(Event::Desk(event));
        Ok(())
    }

    /// What the agency names itself, else what the policy allows; counted from when they received it.
    fn reply_due(&self, complaint: &Registration, from: Instant, named: Option<Instant>) -> Deadline {
        match named {
            Some(too_late_from) => {
                Deadline { too_late_from, provisional: false, calendar: self.cx.calendar.version().to_owned() }
            }
            None => self.cx.policy.outside(complaint.agency).reply.after(from, self.cx.calendar),
        }
    }

    fn register_outside(&mut self, desk: &DeskId, registration: &Registration) -> Result<(), Refusal> {
        match self.by {
            Actor::Staff { .. } => drop(self.handles_outside()?),
            Actor::Channel { channel } if registration.agency.channel().as_ref() == Some(channel) => {}
            _ => return Err(Refusal::NotYours),
        }
        if self.desk.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        if registration.number.trim().is_empty() {
            return Err(Refusal::Missing { field: "number" });
        }
        if registration.received_at > self.cx.now {
            return Err(Refusal::NotYetDue { from: registration.received_at });
        }
        if registration.claimed_minor.is_some_and(|minor| minor <= 0) {
            return Err(Refusal::BadAmount);
        }
        let clock = self.cx.policy.outside(registration.agency).clone();
        let from = registration.received_at;
        let after = |span: Option<crate::policy::Span>| span.map(|span| span.after(from, self.cx.calendar));
        let (finish, decision) = (after(clock.finish), after(clock.acceptance));
        let due = self.reply_due(registration, from, registration.reply_by);
        self.emit_outside(OutsideEvent::Registered {
            desk: desk.clone(),
            registration: Box::new(registration.clone()),
            due,
            finish,
            decision,
            public: clock.public,
        })
    }

    /// Whoever answers people, senior reviewers, risk and administrators.
    fn handles_outside(&self) -> Result<AccountId, Refusal> {
        match self.by {
            Actor::Staff { account, role: Role::Support | Role::SeniorReviewer | Role::Risk | Role::Admin } => {
                Ok(account.clone())
            }
            _ => Err(Refusal::NotYours),
        }
    }

    /// The same, on one that is open and that nobody else works on.
    fn outside_staff(&self) -> Result<AccountId, Refusal> {
        let account = self.handles_outside()?;
        let complaint = self.outside()?;
        if !complaint.state.is_open() {
            return Err(Refusal::WrongState { state: complaint.state.code() });
        }
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match complaint.state.claim() {
            Some(claim) if claim.by != account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(account),
        }
    }

    fn relate_outside(&mut self, order: &OrderId, case: Option<u16>) -> Result<(), Refusal> {
        self.handles_outside()?;
        let concerns = Concerns { order: order.clone(), case, by: FoundBy::Staff };
        let before = self.outside()?.registration.concerns.as_ref();
        if before.is_some_and(|before| before.order == concerns.order && before.case == concerns.case) {
            return Err(Refusal::OnlyOnce);
        }
        self.emit_outside(OutsideEvent::Related { concerns })
    }

    fn say_outside(
        &mut self,
        saying: Saying,
        words: Option<&PersonalRef>,
        attached: &[Attachment],
    ) -> Result<(), Refusal> {
        self.outside_staff()?;
        let complaint = self.outside()?;
        let agency = complaint.registration.agency;
        if !agency.says().contains(&saying) {
            return Err(Refusal::WrongState { state: agency.code() });
        }
        if saying.needs_words() && words.is_none() {
            return Err(Refusal::Missing { field: "words" });
        }
        let takes = agency.takes(saying);
        if attached.iter().any(|one| !takes.includes(one.kind)) {
            return Err(Refusal::WrongState { state: agency.code() });
        }
        if attached.len() > takes.most() {
            return Err(Refusal::NoRoom { most: takes.most() as u32 });
        }
        if complaint.said.len() >= MOST_REPLIES || complaint.calls.len() >= MOST_CALLS {
            return Err(Refusal::NoRoom { most: MOST_REPLIES as u32 });
        }
        if agency.channel().is_none() {
            return self.outside_was_said(saying, words.cloned(), attached.to_vec());
        }
        // One thing after the other: two answers on their way could arrive in either order.
        if complaint.has_call_under_way() {
            return Err(Refusal::OnlyOnce);
        }
        let call = u16::try_from(complaint.calls.len() + 1).map_err(|_| Refusal::OnlyOnce)?;
        let (words, attached) = (words.cloned(), attached.to_vec());
        self.emit_outside(OutsideEvent::CallPlanned { call, saying, words, attached })
    }

    /// What was said decides whose turn it is: ours until all is finished, then theirs.
    fn outside_was_said(
        &mut self,
        saying: Saying,
        words: Option<PersonalRef>,
        attached: Vec<Attachment>,
    ) -> Result<(), Refusal> {
        self.emit_outside(OutsideEvent::Said { saying, words, attached })?;
        let complaint = self.outside()?;
        if !complaint.state.is_open() {
            return Ok(());
        }
        let finish = complaint.finish.clone().filter(|finish| finish.is_in_time(self.cx.now));
        match (saying, finish) {
            (Saying::Complete | Saying::Concede, _) | (_, None) => self.wait_for_outside(),
            (Saying::Reply | Saying::ApproveRefund | Saying::RejectRefund, Some(due)) => {
                self.emit_outside(OutsideEvent::Answered { due })
            }
        }
    }

    /// Until their own next date where one is known, else for as long as a complaint of our own may take.
    fn wait_for_outside(&mut self) -> Result<(), Refusal> {
        let complaint = self.outside()?;
        let dates = [&complaint.ends, &complaint.decision];
        let next = dates.into_iter().flatten().find(|due| due.is_in_time(self.cx.now)).cloned();
        let days = self.cx.policy.parameters().complaint_decision_working_days;
        let due = next.unwrap_or_else(|| self.cx.calendar.working_days_after(self.cx.now, days));
        self.emit_outside(OutsideEvent::Waiting { due })
    }

    fn accept_outside(&mut self, at: Instant) -> Result<(), Refusal> {
        self.handles_outside()?;
        let complaint = self.outside()?;
        if !complaint.state.is_open() {
            return Err(Refusal::WrongState { state: complaint.state.code() });
        }
        if complaint.accepted_on.is_some() {
            return Err(Refusal::OnlyOnce);
        }
        if at < complaint.registration.received_at || at > self.cx.now {
            return Err(Refusal::NotYetDue { from: complaint.registration.received_at });
        }
        let days = self.cx.policy.outside(complaint.registration.agency).mediation_days;
        let ends = days.map(|days| self.cx.calendar.plain_days_after(at, days));
        let waiting = matches!(complaint.state, OutsideState::WaitingOutside { .. });
        self.emit_outside(OutsideEvent::Accepted { on: at, ends })?;
        if waiting { self.wait_for_outside() } else { Ok(()) }
    }

    /// Said again it is nothing new.
    fn report_outside(&mut self, status: &str, stage: Stage, reply_by: Option<Instant>) -> Result<(), Refusal> {
        let complaint = self.outside()?;
        match self.by {
            Actor::Channel { channel } if complaint.registration.agency.channel().as_ref() == Some(channel) => {}
            _ => return Err(Refusal::NotYours),
        }
        let (news, state) = (complaint.status != status, complaint.state.clone());
        let answered = complaint.first_reply_at.is_some();
        let registration = complaint.registration.clone();
        if news {
            self.emit_outside(OutsideEvent::StatusSeen { status: status.to_owned() })?;
        }
        match (stage, &state) {
            (Stage::Over(_), OutsideState::Closed { .. }) => {}
            (Stage::Over(result), _) => {
                self.emit_outside(OutsideEvent::Closed { result, words: None })?;
            }
            // Theirs again, or over, and now they wait for us: a new turn with a new clock.
            (Stage::WantsReply, OutsideState::WaitingOutside { .. } | OutsideState::Closed { .. }) if news => {
                let due = self.reply_due(&registration, self.cx.now, reply_by);
                self.emit_outside(OutsideEvent::Reopened { due })?;
            }
            (Stage::WantsReply, OutsideState::Answered { .. }) if news => {
                let due = self.reply_due(&registration, self.cx.now, reply_by);
                self.emit_outside(OutsideEvent::Reopened { due })?;
            }
            // Answered by another way, on their own pages.
            (Stage::InProgress, OutsideState::Received { .. }) if news && !answered => {
                self.emit_outside(OutsideEvent::Said { saying: Saying::Reply, words: None, attached: Vec::new() })?;
                self.wait_for_outside()?;
            }
            _ => {}
        }
        if self.events.is_empty() { Err(Refusal::NothingDue) } else { Ok(()) }
    }

    /// Claims the next call: whoever commits the attempt makes it.
    fn make_outside_call(&mut self, call: u16, digest: &str) -> Result<(), Refusal> {
        if *self.by != Actor::Program {
            return Err(Refusal::NotYours);
        }
        let (due, _) = self.outside()?.due_call(call, self.cx.now).ok_or(Refusal::NothingDue)?;
        let attempt = due.attempts.checked_add(1).ok_or(Refusal::OnlyOnce)?;
        let until = self.cx.now.plus_seconds(ANSWER_SECONDS);
        self.emit_outside(OutsideEvent::CallMade { call, attempt, digest: digest.to_owned(), until })
    }

    fn record_outside_call(&mut self, call: u16, attempt: u16, outcome: &CallOutcome) -> Result<(), Refusal> {
        let complaint = self.outside()?;
        match self.by {
            Actor::Channel { channel } if complaint.registration.agency.channel().as_ref() == Some(channel) => {}
            _ => return Err(Refusal::NotYours),
        }
        let found = complaint.call(call).ok_or(Refusal::NotFound)?;
        match found.state {
            CallState::Calling { attempt: current, .. } if current == attempt => {}
            _ => return Err(Refusal::NothingDue),
        }
        let uploads = found.to_upload().is_some();
        // An upload is never the last word, and nothing is said before they have every file.
        let fits = match outcome {
            CallOutcome::Done => !uploads,
            CallOutcome::Uploaded { .. } => uploads,
            CallOutcome::Missing | CallOutcome::Unknown { .. } | CallOutcome::Refused { .. } => true,
        };
        if !fits {
            return Err(Refusal::NothingDue);
        }
        let (saying, words, attached) = (found.saying, found.words.clone(), found.attached.clone());
        let failed = found.failed_attempts();
        let wait = (FIRST_WAIT_SECONDS << u32::from(failed.saturating_sub(1)).min(6)).min(MOST_WAIT_SECONDS);
        let again = match outcome {
            CallOutcome::Done | CallOutcome::Refused { .. } => None,
            CallOutcome::Uploaded { .. } => Some(self.cx.now),
            CallOutcome::Missing | CallOutcome::Unknown { .. } if failed >= MOST_ATTEMPTS => None,
            CallOutcome::Missing | CallOutcome::Unknown { .. } => Some(self.cx.now.plus_seconds(wait)),
        };
        self.emit_outside(OutsideEvent::CallAnswered { call, outcome: outcome.clone(), again })?;
        if *outcome == CallOutcome::Done { self.outside_was_said(saying, words, attached) } else { Ok(()) }
    }

    /// Overdue it is escalated, working day by working day; what they were silent about comes back to us.
    fn wake_outside(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let complaint = self.outside()?;
        let due = |timer: &crate::projection::Timer| timer.subject == *subject && timer.due <= self.cx.now;
        if *self.by != Actor::Program || !complaint.timers().iter().any(due) {
            return Err(Refusal::NothingDue);
        }
        let days = self.cx.policy.parameters().escalation_working_days;
        let later = self.cx.calendar.working_days_after(self.cx.now, days);
        match (subject, &complaint.state) {
            (Subject::OutsideWarning, _) => self.emit_outside(OutsideEvent::Warned),
            (Subject::Outside, OutsideState::WaitingOutside { .. }) => {
                self.emit_outside(OutsideEvent::Answered { due: later })
            }
            (Subject::Outside, _) => self.emit_outside(OutsideEvent::Escalated { due: later }),
            _ => Err(Refusal::NothingDue),
        }
    }
}
