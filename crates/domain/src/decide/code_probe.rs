//! Asking issuers whether a code was used (R25): when, and what their word decides.
//!
//! A use before the reveal decides for the buyer, where the policy leaves it to the program. A use after it is
//! something for whoever judges to weigh, and decides nothing.

use super::Draft;
use super::application::{Plan, judged_again};
use crate::actor::Actor;
use crate::case::{CaseState, Desk, Reason};
use crate::code_probe::{
    ANSWER_SECONDS, CodeProbe, MOST_PROBES, ProbeAct, ProbeEvent, ProbeOutcome, ProbeState, ProbeWord, can_be_asked,
    retry_at,
};
use crate::event::OrderEvent;
use crate::order_file::UnitState;
use crate::refusal::Refusal;
use crate::time::Instant;

impl Draft<'_, '_> {
    pub(super) fn probe_act(&mut self, act: &ProbeAct) -> Result<(), Refusal> {
        match act {
            ProbeAct::Ask { case } => {
                self.only_judge(*case)?;
                self.ask_issuers(*case)
            }
            ProbeAct::Attempt { probe, digest } => self.attempt_probe(*probe, digest),
            ProbeAct::Record { probe, attempt, outcome } => self.record_probe(*probe, *attempt, outcome),
        }
    }

    /// A claim that a code is used, invalid or worth less is put to its issuer.
    pub(super) fn ask_issuers_of_claim(&mut self, case: u16) -> Result<(), Refusal> {
        let found = self.case(case)?;
        let about_the_code = matches!(found.reason, Reason::InvalidCode | Reason::NotAsDescribed);
        if about_the_code && found.state.is_undecided() {
            match self.ask_issuers(case) {
                Err(Refusal::NothingDue) => Ok(()),
                asked => asked,
            }
        } else {
            Ok(())
        }
    }

    fn ask_issuers(&mut self, case: u16) -> Result<(), Refusal> {
        let file = self.file()?;
        let askable = |unit: &u16| can_be_asked(file, *unit, &self.cx.facts.probed);
        let room = MOST_PROBES.saturating_sub(file.probes.len());
        let units: Vec<u16> = self.case(case)?.units.iter().filter(|unit| askable(unit)).copied().take(room).collect();
        if units.is_empty() {
            return Err(Refusal::NothingDue);
        }
        for unit in units {
            let probe = u16::try_from(self.file()?.probes.len() + 1).map_err(|_| Refusal::OnlyOnce)?;
            self.emit(OrderEvent::Probe(ProbeEvent::Asked { probe, case, unit }))?;
        }
        Ok(())
    }

    fn open_probe(&self, probe: u16) -> Result<CodeProbe, Refusal> {
        if !matches!(self.by, Actor::Program) {
            return Err(Refusal::NotYours);
        }
        self.file()?.probe(probe).filter(|found| found.is_open()).cloned().ok_or(Refusal::NothingDue)
    }

    fn attempt_probe(&mut self, probe: u16, digest: &str) -> Result<(), Refusal> {
        let found = self.open_probe(probe)?;
        match found.state {
            ProbeState::Due { at } if at <= self.cx.now => {
                let until = self.cx.now.plus_seconds(ANSWER_SECONDS);
                let (attempt, digest) = (found.attempts + 1, digest.to_owned());
                self.emit(OrderEvent::Probe(ProbeEvent::Attempted { probe, attempt, digest, until }))
            }
            _ => Err(Refusal::NothingDue),
        }
    }

    fn record_probe(&mut self, probe: u16, answered: u16, outcome: &ProbeOutcome) -> Result<(), Refusal> {
        let found = self.open_probe(probe)?;
        match found.state {
            // What comes later, or to another question, is not heard.
            ProbeState::Asking { attempt, until } if attempt == answered && self.cx.now < until => {}
            _ => return Err(Refusal::NothingDue),
        }
        let answer = match outcome {
            ProbeOutcome::Failed { code } => return self.fail_probe(&found, code),
            ProbeOutcome::Answered(answer) => answer,
        };
        self.emit(OrderEvent::Probe(ProbeEvent::Answered { probe, answer: answer.clone() }))?;
        let known = self.file()?.probe(probe).map(|probe| &probe.state);
        let before = matches!(known, Some(ProbeState::Answered { before_reveal: Some(true), .. }));
        match answer.word {
            ProbeWord::Used { since } if before => self.used_before(&found, since),
            _ => Ok(()),
        }
    }

    /// A timer found a question that was never asked, or never answered.
    pub(super) fn wake_probe(&mut self, probe: u16) -> Result<(), Refusal> {
        let found = self.open_probe(probe)?;
        let code = match found.state {
            ProbeState::Asking { .. } => "no_answer",
            _ => "not_asked",
        };
        self.fail_probe(&found, code)
    }

    fn fail_probe(&mut self, probe: &CodeProbe, code: &str) -> Result<(), Refusal> {
        let tried = match probe.state {
            ProbeState::Due { .. } => probe.attempts + 1,
            _ => probe.attempts,
        };
        let retry_at = retry_at(tried, self.cx.now);
        self.emit(OrderEvent::Probe(ProbeEvent::Failed { probe: probe.ordinal, code: code.to_owned(), retry_at }))
    }

    /// The code was used before the buyer saw it: that goes on record as the redemption it is.
    fn used_before(&mut self, probe: &CodeProbe, since: Instant) -> Result<(), Refusal> {
        let unit = self.file()?.unit(probe.unit).ok_or(Refusal::NotFound)?;
        let open = matches!(unit.state, UnitState::Sealed { .. } | UnitState::Revealed { .. });
        if !open {
            return Ok(());
        }
        self.emit(OrderEvent::Redeemed { unit: probe.unit, redeemed_at: since })?;
        self.decide_by_record(probe.case)
    }

    /// What the record proves now is decided by the program, where the rules leave it to the program. A hearing of risk
    /// control, a panel, a remedy and what a person just decided are left alone.
    fn decide_by_record(&mut self, case: u16) -> Result<(), Refusal> {
        let found = self.case(case)?;
        let free = match &found.state {
            CaseState::AwaitingSeller { .. } | CaseState::OfferMade { .. } => true,
            CaseState::AwaitingBuyer { desk, .. } => *desk != Desk::Risk,
            CaseState::UnderReview { sitting } => sitting.desk != Desk::Risk && sitting.proposal.is_none(),
            _ => false,
        };
        if !free || found.remedy.is_some() {
            return Ok(());
        }
        match judged_again(self.file()?, found, self.cx) {
            Ok(Plan::Approve(verdict)) if !verdict.awards.is_empty() => {
                let awards = verdict.awards.clone();
                self.award_units(case, awards, verdict.into())
            }
            // Whoever has the turn keeps it, and sees what is on record.
            _ => Ok(()),
        }
    }
}
