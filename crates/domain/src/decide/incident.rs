//! Mass incidents (S29): proposed by one person, agreed to by another, run by the program, stopped by anybody of them.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::case::{PersonalRef, Reason};
use crate::desk::{DeskEvent, DeskFile};
use crate::ids::{AccountId, DeskId};
use crate::incident::{
    Bearer, Forecast, Incident, IncidentAct, IncidentEvent, IncidentState, MOST_ORDERS, MOST_RATE, Selection,
};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::time::Instant;

/// Working days after which whoever an incident waits for is reminded.
const INCIDENT_DAYS: u32 = 1;

/// A proposal as it came.
struct Proposal<'a> {
    selection: &'a Selection,
    reason: Reason,
    bearer: Bearer,
    words: &'a PersonalRef,
    rate: u32,
}

impl Draft<'_, '_> {
    pub(super) fn incident_act(&mut self, desk: &DeskId, act: &IncidentAct) -> Result<(), Refusal> {
        let due = self.incident_due();
        match act {
            IncidentAct::Propose { selection, reason, bearer, words, rate } => {
                let (reason, bearer, rate) = (*reason, *bearer, *rate);
                self.propose_incident(desk, &Proposal { selection, reason, bearer, words, rate })
            }
            IncidentAct::Freeze { forecast, digest } => self.freeze_incident(forecast, digest),
            IncidentAct::Approve => self.approve_incident(),
            IncidentAct::Pause => {
                self.incident_keeper()?;
                self.incident_in(|state| state == IncidentState::Running)?;
                self.emit_incident(IncidentEvent::Paused { due })
            }
            IncidentAct::Resume => {
                self.incident_keeper()?;
                self.incident_in(|state| state == IncidentState::Paused)?;
                self.emit_incident(IncidentEvent::Resumed { due })
            }
            IncidentAct::SetRate { rate } => {
                self.incident_keeper()?;
                self.incident_in(IncidentState::is_open)?;
                fitting_rate(*rate)?;
                self.emit_incident(IncidentEvent::RateSet { rate: *rate })
            }
            IncidentAct::Cancel => {
                self.incident_keeper()?;
                self.incident_in(IncidentState::is_open)?;
                self.emit_incident(IncidentEvent::Cancelled { due })
            }
            IncidentAct::Finish { result } => {
                if *self.by != Actor::Program {
                    return Err(Refusal::NotYours);
                }
                let incident = self.incident()?;
                if !incident.is_active() {
                    return Err(Refusal::WrongState { state: incident.state.code() });
                }
                if incident.state == IncidentState::Running && result.left > 0 {
                    return Err(Refusal::Inconsistent { what: "orders left" });
                }
                self.emit_incident(IncidentEvent::Finished { result: Box::new(result.clone()) })
            }
            IncidentAct::Wake { subject } => self.wake_incident(subject),
        }
    }

    fn incident(&self) -> Result<&Incident, Refusal> {
        match &self.desk {
            Some(DeskFile::Incident(incident)) => Ok(incident),
            _ => Err(Refusal::NotFound),
        }
    }

    fn incident_in(&self, fits: impl Fn(IncidentState) -> bool) -> Result<(), Refusal> {
        let state = self.incident()?.state;
        if fits(state) { Ok(()) } else { Err(Refusal::WrongState { state: state.code() }) }
    }

    /// Whoever may propose, stop and give up an incident.
    fn incident_keeper(&self) -> Result<AccountId, Refusal> {
        match self.by {
            Actor::Staff { account, role: Role::Risk | Role::Finance | Role::Admin } => Ok(account.clone()),
            _ => Err(Refusal::NotYours),
        }
    }

    fn incident_due(&self) -> Instant {
        self.cx.calendar.working_days_after(self.cx.now, INCIDENT_DAYS).too_late_from
    }

    fn propose_incident(&mut self, desk: &DeskId, proposal: &Proposal<'_>) -> Result<(), Refusal> {
        self.incident_keeper()?;
        if self.desk.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        // Nobody is at fault for a change of mind, and what was paid twice goes back by itself (R29).
        if !proposal.reason.is_fault() || proposal.reason == Reason::DuplicateCharge {
            return Err(Refusal::Missing { field: "reason" });
        }
        fitting_rate(proposal.rate)?;
        let Proposal { selection, reason, bearer, words, rate } = proposal;
        if selection.batch.is_some() && selection.product.is_none() {
            return Err(Refusal::Missing { field: "product" });
        }
        let due = self.incident_due();
        self.emit_incident(IncidentEvent::Proposed {
            desk: desk.clone(),
            selection: (*selection).clone(),
            reason: *reason,
            bearer: *bearer,
            words: (*words).clone(),
            rate: *rate,
            due,
        })
    }

    /// Whoever proposed it says which orders it came to.
    fn freeze_incident(&mut self, forecast: &Forecast, digest: &str) -> Result<(), Refusal> {
        let keeper = self.incident_keeper()?;
        self.incident_in(|state| state == IncidentState::Gathering)?;
        if self.incident()?.proposed_by.as_ref() != Some(&keeper) {
            return Err(Refusal::NotYours);
        }
        if forecast.orders == 0 {
            return Err(Refusal::NothingDue);
        }
        if forecast.orders > MOST_ORDERS {
            return Err(Refusal::Quantity { most: MOST_ORDERS });
        }
        let due = self.incident_due();
        self.emit_incident(IncidentEvent::Frozen {
            forecast: Box::new(forecast.clone()),
            digest: digest.to_owned(),
            due,
        })
    }

    fn approve_incident(&mut self) -> Result<(), Refusal> {
        let Actor::Staff { account, role: Role::Finance | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        self.incident_in(|state| state == IncidentState::Waiting)?;
        let incident = self.incident()?;
        let before: Vec<AccountId> = incident.proposed_by.iter().cloned().collect();
        let since = incident.frozen_at.unwrap_or(incident.proposed_at);
        let alone = self.four_eyes(account, &before, since)?;
        let due = self.incident_due();
        self.emit_incident(IncidentEvent::Approved { alone, due })
    }

    fn wake_incident(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let now = self.cx.now;
        let due = self.incident()?.timer().filter(|timer| timer.subject == *subject && timer.due <= now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        let due = self.incident_due();
        self.emit_incident(IncidentEvent::Reminded { due })
    }

    fn emit_incident(&mut self, event: IncidentEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::Incident(Box::new(event)))
    }
}

fn fitting_rate(rate: u32) -> Result<(), Refusal> {
    if rate > MOST_RATE { Err(Refusal::Quantity { most: MOST_RATE }) } else { Ok(()) }
}
