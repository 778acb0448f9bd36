//! Tip-offs: made by anybody, answered by risk, never by those they are about (R34).

use super::Draft;
use crate::actor::{Actor, Role};
use crate::calendar::Deadline;
use crate::case::{EvidenceRef, PersonalRef};
use crate::desk::{DeskAct, DeskEvent, DeskFile};
use crate::ids::{AccountId, DeskId};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::tip_off::{
    About, Concern, MOST_ADDITIONS, MOST_FILES, TipOff, TipOffAct, TipOffEvent, TipOffOutcome, TipOffState,
};

impl Draft<'_, '_> {
    pub(super) fn desk_act(&mut self, desk: &DeskId, act: &DeskAct) -> Result<(), Refusal> {
        let act = match act {
            DeskAct::TipOff(act) => act,
            DeskAct::Outside(act) => return self.outside_act(desk, act),
            DeskAct::Day(act) => return self.day_act(desk, act),
            DeskAct::Exception(act) => return self.exception_act(desk, act),
            DeskAct::Conversation(act) => return self.conversation_act(desk, act),
            DeskAct::Codes(act) => return self.codes_act(desk, act),
            DeskAct::Review(act) => return self.review_act(desk, act),
            DeskAct::Incident(act) => return self.incident_act(desk, act),
            DeskAct::Admission(act) => return self.admission_act(desk, act),
        };
        match act {
            TipOffAct::File { about, concern, words, evidence } => {
                self.file_tip_off(desk, about, *concern, words, evidence)
            }
            TipOffAct::Add { words, evidence } => self.add_to_tip_off(words.as_ref(), evidence),
            TipOffAct::Claim => {
                let by = self.tip_off_judge()?;
                self.emit_tip_off(TipOffEvent::Claimed { by })
            }
            TipOffAct::Name { account } => self.name_accused(account),
            TipOffAct::AskMore { words } => self.ask_reporter(words),
            TipOffAct::Decide { outcome, words } => {
                self.tip_off_judge()?;
                self.emit_tip_off(TipOffEvent::Decided { outcome: *outcome, words: Some(words.clone()) })
            }
            TipOffAct::Wake { subject } => self.wake_tip_off(subject),
        }
    }

    fn tip_off(&self) -> Result<&TipOff, Refusal> {
        match &self.desk {
            Some(DeskFile::TipOff(tip_off)) => Ok(tip_off),
            _ => Err(Refusal::NotFound),
        }
    }

    fn emit_tip_off(&mut self, event: TipOffEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::TipOff(event))
    }

    /// Risk has as long as for a complaint (R20).
    fn risk_due(&self) -> Deadline {
        let days = self.cx.policy.parameters().complaint_decision_working_days;
        self.cx.calendar.working_days_after(self.cx.now, days)
    }

    fn file_tip_off(
        &mut self,
        desk: &DeskId,
        about: &About,
        concern: Concern,
        words: &PersonalRef,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Reporter { .. }) {
            return Err(Refusal::NotYours);
        }
        if self.desk.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        if evidence.len() > MOST_FILES {
            return Err(Refusal::NoRoom { most: MOST_FILES as u32 });
        }
        self.emit_tip_off(TipOffEvent::Filed {
            desk: desk.clone(),
            about: about.clone(),
            concern,
            words: words.clone(),
            evidence: evidence.to_vec(),
            due: self.risk_due(),
        })
    }

    fn add_to_tip_off(&mut self, words: Option<&PersonalRef>, evidence: &[EvidenceRef]) -> Result<(), Refusal> {
        let tip_off = self.tip_off()?;
        match self.by {
            Actor::Reporter { account } if *account == tip_off.reporter => {}
            _ => return Err(Refusal::NotFound),
        }
        if !tip_off.state.is_open() {
            return Err(Refusal::WrongState { state: tip_off.state.code() });
        }
        if words.is_none() && evidence.is_empty() {
            return Err(Refusal::Missing { field: "words" });
        }
        if tip_off.evidence.len() + evidence.len() > MOST_FILES {
            return Err(Refusal::NoRoom { most: MOST_FILES as u32 });
        }
        if tip_off.additions as usize >= MOST_ADDITIONS {
            return Err(Refusal::NoRoom { most: MOST_ADDITIONS as u32 });
        }
        let asked = matches!(tip_off.state, TipOffState::AwaitingReporter { .. });
        self.emit_tip_off(TipOffEvent::Added { words: words.cloned(), evidence: evidence.to_vec() })?;
        if asked { self.emit_tip_off(TipOffEvent::Resumed { due: self.risk_due() }) } else { Ok(()) }
    }

    /// A person of risk, or an administrator, whom it is not about and who did not make it. For those it is about there
    /// is no such tip-off.
    fn tip_off_judge(&self) -> Result<AccountId, Refusal> {
        let tip_off = self.tip_off()?;
        let Actor::Staff { account, role: Role::Risk | Role::Admin } = self.by else { return Err(Refusal::NotYours) };
        if tip_off.about.accused().contains(account) {
            return Err(Refusal::NotFound);
        }
        if tip_off.is_party(account) {
            return Err(Refusal::Conflicted);
        }
        let TipOffState::AtRisk { claim, .. } = &tip_off.state else {
            return Err(Refusal::WrongState { state: tip_off.state.code() });
        };
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match claim {
            Some(claim) if claim.by != *account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(account.clone()),
        }
    }

    fn name_accused(&mut self, account: &AccountId) -> Result<(), Refusal> {
        self.tip_off_judge()?;
        let tip_off = self.tip_off()?;
        let About::Staff { accounts, .. } = &tip_off.about else {
            return Err(Refusal::WrongState { state: tip_off.about.code() });
        };
        if accounts.contains(account) {
            return Err(Refusal::AlreadyExists);
        }
        if !self.cx.facts.staff.iter().flatten().any(|(known, _)| known == account) {
            return Err(Refusal::Missing { field: "account" });
        }
        self.emit_tip_off(TipOffEvent::Named { account: account.clone() })
    }

    fn ask_reporter(&mut self, words: &PersonalRef) -> Result<(), Refusal> {
        self.tip_off_judge()?;
        if self.tip_off()?.asked.is_some() {
            return Err(Refusal::OnlyOnce);
        }
        let days = self.cx.policy.parameters().supplement_working_days;
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        self.emit_tip_off(TipOffEvent::MoreAsked { words: words.clone(), due })
    }

    /// Overdue it is escalated, day by day. Where nobody is left who might judge it (R35), it is passed on once it is
    /// overdue by as long as it had, so that its reporter can turn elsewhere.
    fn wake_tip_off(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let tip_off = self.tip_off()?;
        let due = tip_off.timer().filter(|timer| timer.subject == *subject && timer.due <= self.cx.now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        let parameters = self.cx.policy.parameters();
        let TipOffState::AtRisk { escalations, .. } = tip_off.state else {
            return self.emit_tip_off(TipOffEvent::Resumed { due: self.risk_due() });
        };
        let waited = escalations.saturating_mul(parameters.escalation_working_days);
        let somebody = self.cx.facts.staff.iter().flatten().any(|(account, roles)| {
            !tip_off.is_party(account) && roles.iter().any(|role| matches!(role, Role::Risk | Role::Admin))
        });
        if !somebody && waited >= parameters.complaint_decision_working_days {
            return self.emit_tip_off(TipOffEvent::Decided { outcome: TipOffOutcome::PassedOn, words: None });
        }
        let due = self.cx.calendar.working_days_after(self.cx.now, parameters.escalation_working_days);
        self.emit_tip_off(TipOffEvent::Escalated { due })
    }
}
