//! Days of bills, and the exceptions found in them: raised by the program, settled by finance.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::bill_day::{BillDay, DayAct, DayEvent};
use crate::bill_exception::{BillException, ExceptionAct, ExceptionEvent, ExceptionState, Matter, Resolution};
use crate::case::PersonalRef;
use crate::desk::{DeskEvent, DeskFile};
use crate::ids::{AccountId, DeskId};
use crate::projection::Subject;
use crate::refusal::Refusal;

/// Working days in which finance settles an exception.
const EXCEPTION_DAYS: u32 = 3;

impl Draft<'_, '_> {
    pub(super) fn day_act(&mut self, desk: &DeskId, act: &DayAct) -> Result<(), Refusal> {
        if *self.by != Actor::Program {
            return Err(Refusal::NotYours);
        }
        let DayAct::Close { channel, day, kind, file, totals } = act;
        match &self.desk {
            Some(DeskFile::Day(before)) if before.file == *file && before.totals == *totals => {
                return Err(Refusal::NothingDue);
            }
            Some(DeskFile::Day(_)) | None if BillDay::number(channel, *day, *kind) == *desk => {}
            _ => return Err(Refusal::NotFound),
        }
        self.emit_desk(DeskEvent::Day(DayEvent::Closed {
            desk: desk.clone(),
            channel: channel.clone(),
            day: *day,
            kind: *kind,
            file: file.clone(),
            totals: totals.clone(),
        }))
    }

    pub(super) fn exception_act(&mut self, desk: &DeskId, act: &ExceptionAct) -> Result<(), Refusal> {
        match act {
            ExceptionAct::Raise { matter, settled } => self.raise_exception(desk, matter, *settled),
            ExceptionAct::Claim => {
                let by = self.exception_owner()?;
                self.emit_desk(DeskEvent::Exception(ExceptionEvent::Claimed { by }))
            }
            ExceptionAct::Resolve { resolution, words } => self.resolve_exception(*resolution, words.as_ref()),
            ExceptionAct::Wake { subject } => self.wake_exception(subject),
        }
    }

    fn exception(&self) -> Result<&BillException, Refusal> {
        match &self.desk {
            Some(DeskFile::Exception(exception)) => Ok(exception),
            _ => Err(Refusal::NotFound),
        }
    }

    fn raise_exception(&mut self, desk: &DeskId, matter: &Matter, settled: bool) -> Result<(), Refusal> {
        if *self.by != Actor::Program {
            return Err(Refusal::NotYours);
        }
        if self.desk.is_some() {
            return Err(Refusal::NothingDue);
        }
        // What an order was told it books itself. Of what was only said differently nothing is held.
        let held_minor = if settled { 0 } else { matter.delta.minor() };
        let due = self.cx.calendar.working_days_after(self.cx.now, EXCEPTION_DAYS);
        let matter = Box::new(matter.clone());
        self.emit_desk(DeskEvent::Exception(ExceptionEvent::Raised { desk: desk.clone(), matter, due, held_minor }))?;
        match settled {
            true => self.emit_desk(DeskEvent::Exception(ExceptionEvent::Resolved {
                resolution: Resolution::ByItself,
                words: None,
            })),
            false => Ok(()),
        }
    }

    /// A person of finance, or an administrator, on whose desk it lies.
    fn exception_owner(&self) -> Result<AccountId, Refusal> {
        let exception = self.exception()?;
        let Actor::Staff { account, role: Role::Finance | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        let ExceptionState::Open { claim, .. } = &exception.state else {
            return Err(Refusal::WrongState { state: exception.state.code() });
        };
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match claim {
            Some(claim) if claim.by != *account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(account.clone()),
        }
    }

    fn resolve_exception(&mut self, resolution: Resolution, words: Option<&PersonalRef>) -> Result<(), Refusal> {
        if *self.by == Actor::Program {
            let exception = self.exception()?;
            if !resolution.is_programs() || !exception.is_open() {
                return Err(Refusal::NothingDue);
            }
        } else {
            self.exception_owner()?;
            if !self.exception()?.ways().contains(&resolution) {
                return Err(Refusal::WrongState { state: self.exception()?.matter.difference.code() });
            }
            if words.is_none() {
                return Err(Refusal::Missing { field: "words" });
            }
        }
        self.emit_desk(DeskEvent::Exception(ExceptionEvent::Resolved { resolution, words: words.cloned() }))
    }

    /// Overdue it is escalated, again and again; money is never forgotten.
    fn wake_exception(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let due = self.exception()?.timer().filter(|timer| timer.subject == *subject && timer.due <= self.cx.now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        let days = self.cx.policy.parameters().escalation_working_days;
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        self.emit_desk(DeskEvent::Exception(ExceptionEvent::Escalated { due }))
    }

    /// Applies an event to the desk and books it.
    pub(super) fn emit_desk(&mut self, event: DeskEvent) -> Result<(), Refusal> {
        self.desk_transfers.extend(crate::bookkeeping::desk(self.desk.as_ref(), &event));
        let after = DeskFile::evolve(self.desk.take(), &event, self.by, self.cx.now);
        self.desk = Some(after.ok_or(Refusal::Inconsistent { what: "desk" })?);
        self.events.push(crate::event::Event::Desk(event));
        Ok(())
    }
}
