//! Sending a case to a panel, its two phases, and its ruling (R30).

use super::Draft;
use super::award::Grounds;
use crate::actor::{Actor, Role};
use crate::case::{CaseState, DecidedBy, Desk, PersonalRef, RejectCode};
use crate::event::OrderEvent;
use crate::hearing::Hearing;
use crate::ids::AccountId;
use crate::panel::{Arbitrator, Responsible, Vote};
use crate::refusal::Refusal;

impl Draft<'_, '_> {
    pub(super) fn refer_to_panel(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_judge(case)?;
        let found = self.case(case)?;
        if found.remedy.is_some() || found.panel.is_some() || found.extra_payment.is_some() {
            return Err(Refusal::OnlyOnce);
        }
        let parameters = self.cx.policy.parameters();
        let (seats, majority) = (parameters.panel_seats, parameters.panel_majority);
        let hours = parameters.panel_evidence_hours;
        let mut eligible = self.eligible_arbitrators(case)?;
        if eligible.len() < seats as usize {
            let eligible = u32::try_from(eligible.len()).unwrap_or(u32::MAX);
            return Err(Refusal::PanelTooSmall { seats, eligible });
        }
        shuffle(&mut eligible, self.cx.ids);
        eligible.truncate(seats as usize);
        let majority = u16::try_from(majority).map_err(|_| Refusal::Inconsistent { what: "majority" })?;
        let due = self.cx.calendar.hours_after(self.cx.now, hours);
        self.end_offers(case)?;
        self.emit(OrderEvent::PanelDrawn { case, seats: eligible, majority, due })
    }

    /// Arbitrators without a conflict of interest: no party, no earlier judge, of no organisation one of these belongs to.
    fn eligible_arbitrators(&self, case: u16) -> Result<Vec<Arbitrator>, Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        let facts = self.cx.facts;
        let free = |arbitrator: &&Arbitrator| {
            !file.is_buyer(&arbitrator.account)
                && !found.judges.contains(&arbitrator.account)
                && !facts.conflicted_organisations.contains(&arbitrator.organisation)
        };
        Ok(facts.arbitrators.iter().filter(free).cloned().collect())
    }

    pub(super) fn vote(
        &mut self,
        case: u16,
        responsible: Responsible,
        amount_minor: i64,
        reason: &PersonalRef,
    ) -> Result<(), Refusal> {
        let Actor::Staff { account, role: Role::Arbitrator } = self.by else { return Err(Refusal::NotYours) };
        let found = self.case(case)?;
        let seat = found.panel.as_ref().and_then(|panel| panel.seat(account)).ok_or(Refusal::NotFound)?;
        match &found.state {
            CaseState::BeforePanel { due, voting: true, .. } if due.is_in_time(self.cx.now) => {}
            other => return Err(Refusal::WrongState { state: other.code() }),
        }
        if seat.vote.is_some() {
            return Err(Refusal::OnlyOnce);
        }
        let most = self.case_limit(case)?.min(found.claimed_minor);
        match responsible.refunds() {
            true if amount_minor <= 0 => return Err(Refusal::BadAmount),
            true if amount_minor > most => return Err(Refusal::AboveRefundable { most: self.money(most)? }),
            false if amount_minor != 0 => return Err(Refusal::BadAmount),
            _ => {}
        }
        let vote = Vote { responsible, amount_minor, reason: reason.clone(), at: self.cx.now };
        self.emit(OrderEvent::PanelVoted { case, arbitrator: account.clone(), vote })?;
        match self.case(case)?.panel.as_ref().is_some_and(|panel| panel.is_complete()) {
            true => self.close_panel(case),
            false => Ok(()),
        }
    }

    /// The time for material is over: votes begin.
    pub(super) fn open_votes(&mut self, case: u16) -> Result<(), Refusal> {
        let due = self.cx.calendar.hours_after(self.cx.now, self.cx.policy.parameters().panel_vote_hours);
        let reminder = self.reminder_before(&due);
        self.emit(OrderEvent::PanelVoting { case, due })?;
        self.remind(case, reminder)
    }

    /// Everybody voted, or the time is over: the majority rules, or the platform decides.
    pub(super) fn close_panel(&mut self, case: u16) -> Result<(), Refusal> {
        let ruling = self.case(case)?.panel.as_ref().ok_or(Refusal::Inconsistent { what: "panel" })?.ruling();
        let grounds = || Grounds::of_rule(DecidedBy::Panel, None, "R30", &["R11", "R12"]);
        match ruling {
            Some(ruling) if ruling.refund => {
                let amount = ruling.amount_minor.min(self.case_limit(case)?);
                self.award(case, amount, 0, grounds())
            }
            Some(_) => self.reject_with(case, RejectCode::RejectNoFault, grounds()),
            None => {
                self.emit(OrderEvent::PanelUndecided { case })?;
                self.start_review(case, Desk::Senior, Hearing::First)
            }
        }
    }

    /// R35: where nobody of the house may judge, an arbitrator of a registered organisation is invited.
    pub(super) fn invite_arbitrator(&mut self, case: u16, arbitrator: &AccountId) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Staff { role: Role::Admin | Role::SeniorReviewer, .. }) {
            return Err(Refusal::NotYours);
        }
        let found = self.case(case)?;
        let sitting = found.sitting().ok_or(Refusal::WrongState { state: found.state.code() })?;
        if self.eligible_judges(case, sitting.hearing)? != Some(0) {
            return Err(Refusal::WrongState { state: "somebody_may_judge" });
        }
        if !self.eligible_arbitrators(case)?.iter().any(|eligible| eligible.account == *arbitrator) {
            return Err(Refusal::Conflicted);
        }
        self.emit(OrderEvent::ArbitratorInvited { case, arbitrator: arbitrator.clone() })
    }
}

/// Every order is equally likely (Fisher–Yates with rejection, from the command's own seed).
fn shuffle<T>(items: &mut [T], ids: &mut crate::ids::Ids) {
    for last in (1..items.len()).rev() {
        let choices = last as u64 + 1;
        let limit = u64::MAX - u64::MAX % choices;
        let drawn = loop {
            let [a, b, c, d, e, f, g, h, ..] = ids.bytes();
            let drawn = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            if drawn < limit {
                break drawn % choices;
            }
        };
        items.swap(last, usize::try_from(drawn).unwrap_or_default());
    }
}
