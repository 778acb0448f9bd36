//! Appeal, complaint and objection (R19, R20, R34): who may open one, until when, and what comes of it.

use super::Draft;
use super::award::Grounds;
use super::hearing::known_rule;
use crate::actor::Actor;
use crate::case::{Case, CaseState, DecidedBy, Desk, EvidenceRef, PersonalRef, ReviewAnswers};
use crate::event::OrderEvent;
use crate::hearing::{Hearing, Verdict};
use crate::incident::Incident;
use crate::refusal::Refusal;
use crate::remedy::{RemedyGround, RemedyResult, RemedyRuling};
use crate::turn::{Who, turn};
use yuanlu_money::{BasisPoints, Money, fee_floor};

/// What somebody brings with a remedy.
pub(super) struct Brought<'a> {
    pub ground: RemedyGround,
    pub rule: Option<&'a str>,
    pub claimed: Option<Money>,
    pub words: Option<&'a PersonalRef>,
    pub evidence: &'a [EvidenceRef],
}

impl Draft<'_, '_> {
    pub(super) fn open_remedy(&mut self, case: u16, brought: &Brought<'_>) -> Result<(), Refusal> {
        let hearing = brought.ground.hearing();
        match hearing {
            Hearing::Objection => drop(self.seller_person()?),
            _ => self.only_buyer()?,
        }
        let found = self.case(case)?;
        if found.remedy.is_some() {
            return Err(Refusal::WrongState { state: "remedy" });
        }
        match brought.rule {
            Some(rule) => known_rule(rule)?,
            None if brought.ground.needs_rule() => return Err(Refusal::Missing { field: "rule" }),
            None => {}
        }
        match hearing {
            Hearing::Appeal => self.may_appeal(found, brought)?,
            Hearing::Complaint => self.may_complain(found, brought.ground)?,
            Hearing::Objection => self.may_object(found)?,
            Hearing::First | Hearing::Person => return Err(Refusal::WrongState { state: found.state.code() }),
        }
        if brought.words.is_none() {
            return Err(Refusal::Missing { field: "words" });
        }
        if hearing != Hearing::Objection {
            self.nothing_open_beside(case)?;
        }
        let claimed_minor = match brought.claimed {
            Some(claimed) => self.minor(claimed)?,
            None if hearing == Hearing::Objection => self.seller_loss(case)?,
            None => self.case(case)?.refused_minor(),
        };
        let days = self.cx.policy.parameters().hearing_working_days(hearing);
        let desk = if hearing == Hearing::Appeal { Desk::Review } else { Desk::Senior };
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        let unmanned = self.eligible_judges(case, hearing)? == Some(0);
        self.emit(OrderEvent::RemedyOpened {
            case,
            ground: brought.ground,
            rule: brought.rule.map(str::to_owned),
            claimed_minor,
            words: brought.words.cloned(),
            evidence: brought.evidence.to_vec(),
            desk,
            due,
            warn_at: self.warn_at(),
            unmanned,
        })
    }

    /// R19: once, in time, with new material or a named rule error; a panel's ruling cannot be appealed.
    fn may_appeal(&self, case: &Case, brought: &Brought<'_>) -> Result<(), Refusal> {
        let refused =
            matches!(case.state, CaseState::Rejected { .. }) || (case.state.is_decided() && case.refused_minor() > 0);
        let finally = match &case.state {
            // Too late is said with the date it closed, not as a state.
            CaseState::Closed { code: crate::case::CloseCode::ClosedFinal, .. } => case.appeal_until.as_ref(),
            _ => None,
        };
        if let Some(until) = finally {
            return Err(Refusal::TooLate { since: until.too_late_from });
        }
        if !refused {
            return Err(Refusal::WrongState { state: case.state.code() });
        }
        if case.opened(Hearing::Appeal) >= self.cx.policy.parameters().most_appeals as usize {
            return Err(Refusal::OnlyOnce);
        }
        let until = case.appeal_until.as_ref().ok_or(Refusal::NotAccepted { missing: "appealable_decision" })?;
        if until.is_over(self.cx.now) && !until.provisional {
            return Err(Refusal::TooLate { since: until.too_late_from });
        }
        if brought.ground == RemedyGround::NewMaterial && brought.evidence.is_empty() {
            return Err(Refusal::NotAccepted { missing: "new_material" });
        }
        Ok(())
    }

    /// R20: a platform order that was paid, negotiation or an application before, in a state where it can be true.
    fn may_complain(&self, case: &Case, ground: RemedyGround) -> Result<(), Refusal> {
        let file = self.file()?;
        if file.status.paid_at().is_none() {
            return Err(Refusal::NotAccepted { missing: "payment" });
        }
        let now = self.cx.now;
        let overdue = turn(file, case).is_some_and(|turn| {
            !matches!(turn.who, Who::Buyer)
                && (turn.due.as_ref().is_some_and(|due| due.is_over(now))
                    || matches!(
                        turn.point,
                        crate::turn::BlockingPoint::ReviewOverdue | crate::turn::BlockingPoint::OverdueTracing
                    ))
        });
        let ended = match &case.state {
            CaseState::Rejected { .. } | CaseState::Closed { .. } => true,
            state => state.is_decided() && case.refused_minor() > 0,
        };
        match (ground, ended, overdue) {
            (RemedyGround::Inaction, _, false) => return Err(Refusal::NotAccepted { missing: "overdue_turn" }),
            // R19: a panel's ruling is challenged only for a named rule error.
            (RemedyGround::UnjustRefusal, true, _) if case.decision().is_some_and(|d| d.by == DecidedBy::Panel) => {
                return Err(Refusal::NotAccepted { missing: "named_rule" });
            }
            (RemedyGround::UnjustRefusal, false, _) => return Err(Refusal::NotAccepted { missing: "refusal" }),
            (_, false, false) => return Err(Refusal::WrongState { state: case.state.code() }),
            _ => {}
        }
        let same = case.remedies.iter().filter(|past| past.ground == ground).count();
        if same > 0 && !(ground == RemedyGround::Inaction && overdue) {
            return Err(Refusal::OnlyOnce);
        }
        if !overdue && let Some(settled_at) = case.settled_at() {
            let until = self.cx.calendar.natural_days_after(settled_at, self.cx.policy.parameters().complaint_days);
            if until.is_over(now) {
                return Err(Refusal::TooLate { since: until.too_late_from });
            }
        }
        Ok(())
    }

    /// R34: once, within seven natural days of a decision he lost. What he agreed to, let pass in silence, or a panel
    /// decided is not open to it.
    fn may_object(&self, case: &Case) -> Result<(), Refusal> {
        let parameters = self.cx.policy.parameters();
        let lost = case.decisions.iter().rev().find(|decision| decision.net_minor() > 0);
        let Some(lost) = lost.filter(|_| case.state.is_decided()) else {
            return Err(Refusal::WrongState { state: case.state.code() });
        };
        if !matches!(lost.by, DecidedBy::Staff | DecidedBy::Automatic | DecidedBy::SmallHouse | DecidedBy::Incident) {
            return Err(Refusal::NotAccepted { missing: "appealable_decision" });
        }
        if case.opened(Hearing::Objection) >= parameters.most_objections as usize {
            return Err(Refusal::OnlyOnce);
        }
        // While the buyer's remedy was heard the seller could not act: his days count from its end.
        let from = case.remedies.last().map_or(lost.at, |past| past.closed_at.max(lost.at));
        let until = self.cx.calendar.natural_days_after(from, parameters.objection_days);
        if until.is_over(self.cx.now) {
            return Err(Refusal::TooLate { since: until.too_late_from });
        }
        Ok(())
    }

    pub(super) fn withdraw_remedy(&mut self, case: u16) -> Result<(), Refusal> {
        let found = self.case(case)?;
        let remedy = found.remedy.as_ref().ok_or(Refusal::WrongState { state: found.state.code() })?;
        match remedy.sitting.hearing {
            Hearing::Objection => self.only_seller()?,
            _ => self.only_buyer()?,
        }
        self.close_remedy_as_withdrawn(case)
    }

    /// An open remedy ends with its case.
    pub(super) fn close_remedy_as_withdrawn(&mut self, case: u16) -> Result<(), Refusal> {
        if self.case(case)?.remedy.is_none() {
            return Ok(());
        }
        let ruling = ruling(RemedyResult::Withdrawn, Grounds::of_rule(DecidedBy::Agreement, None, "R20", &[]), 0, 0);
        self.emit(OrderEvent::RemedyClosed { case, ruling })
    }

    /// Material came in, or did not: the hearing has its whole time again.
    pub(super) fn resume_remedy(&mut self, case: u16) -> Result<(), Refusal> {
        let remedy = self.case(case)?.remedy.as_ref().ok_or(Refusal::Inconsistent { what: "remedy" })?;
        let days = self.cx.policy.parameters().hearing_working_days(remedy.sitting.hearing);
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        self.emit(OrderEvent::RemedyResumed { case, due })
    }

    pub(super) fn uphold(
        &mut self,
        case: u16,
        amount_minor: i64,
        answers: ReviewAnswers,
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        let most = self.remedy_limit(case)?;
        if !(0..=most).contains(&amount_minor) {
            return Err(Refusal::AboveRefundable { most: self.money(most)? });
        }
        let ground = self.case(case)?.remedy.as_ref().map(|remedy| remedy.ground);
        // Only what is not about money can be right without any.
        let about_money =
            !matches!(ground, Some(RemedyGround::Inaction | RemedyGround::SellerFraud | RemedyGround::BrokenRule));
        if amount_minor == 0 && about_money && most > 0 {
            return Err(Refusal::BadAmount);
        }
        if judge.only_in_favour && amount_minor < most {
            return Err(Refusal::Conflicted);
        }
        self.propose(case, judge.account, Verdict::Uphold { amount_minor }, answers, words)
    }

    pub(super) fn dismiss(&mut self, case: u16, answers: ReviewAnswers, words: &PersonalRef) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        if self.case(case)?.remedy.is_none() {
            return Err(Refusal::WrongState { state: self.case(case)?.state.code() });
        }
        if judge.only_in_favour {
            return Err(Refusal::Conflicted);
        }
        self.propose(case, judge.account, Verdict::Dismiss, answers, Some(words))
    }

    /// What a remedy can be worth: for the buyer what is left of his loss (R11, R12), for the seller what he lost.
    pub(super) fn remedy_limit(&self, case: u16) -> Result<i64, Refusal> {
        let found = self.case(case)?;
        let remedy = found.remedy.as_ref().ok_or(Refusal::WrongState { state: found.state.code() })?;
        Ok(match remedy.sitting.hearing {
            Hearing::Objection => remedy.claimed_minor.min(self.seller_loss(case)?),
            _ => remedy.claimed_minor.min(self.case_limit(case)?).max(0),
        })
    }

    /// What a case cost the seller: what was approved, less the commission he would have paid on it.
    fn seller_loss(&self, case: u16) -> Result<i64, Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        let mut loss = 0;
        for award in found.decisions.iter().flat_map(|decision| &decision.awards) {
            let item = file.unit(award.unit).and_then(|unit| file.item_of(unit));
            let rate = BasisPoints::new(item.map_or(0, |item| item.terms.commission_basis_points))
                .map_err(|_| Refusal::Inconsistent { what: "commission" })?;
            let commission = fee_floor(Money::new(award.approved_minor, file.currency), rate).minor();
            loss += award.approved_minor - commission;
        }
        Ok(loss)
    }

    pub(super) fn uphold_with(&mut self, case: u16, amount_minor: i64, grounds: Grounds) -> Result<(), Refusal> {
        let most = self.remedy_limit(case)?;
        let found = self.case(case)?;
        let remedy = found.remedy.as_ref().ok_or(Refusal::Inconsistent { what: "remedy" })?;
        let (hearing, rule) = (remedy.sitting.hearing, rule_of(remedy.sitting.hearing));
        let granted = amount_minor.min(most);
        // R12: damages beyond the price are outside the platform's route.
        let beyond = if hearing == Hearing::Objection { 0 } else { (remedy.claimed_minor - most).max(0) };
        let mut ruled = ruling(RemedyResult::Upheld, grounds.clone(), granted, beyond);
        ruled.rules.insert(0, rule.to_owned());
        self.emit(OrderEvent::RemedyClosed { case, ruling: ruled })?;
        match hearing {
            Hearing::Objection if granted > 0 => {
                self.emit(OrderEvent::SellerCompensated { case, amount_minor: granted })
            }
            Hearing::Objection => Ok(()),
            _ if granted > 0 => {
                self.end_offers(case)?;
                let mut grounds = grounds;
                rule.clone_into(&mut grounds.row);
                grounds.rules.insert(0, rule.to_owned());
                self.award(case, granted, 0, grounds)
            }
            _ => Ok(()),
        }
    }

    /// An incident gives the buyer what his remedy is about (S29).
    pub(super) fn end_remedy_in_favour(
        &mut self,
        case: u16,
        hearing: Hearing,
        granted_minor: i64,
        incident: &Incident,
    ) -> Result<(), Refusal> {
        let mut grounds =
            Grounds::of_rule(DecidedBy::Incident, incident.approved_by.clone(), rule_of(hearing), &["R8"]);
        grounds.row = incident.desk.to_string();
        let ruling = ruling(RemedyResult::Upheld, grounds, granted_minor, 0);
        self.emit(OrderEvent::RemedyClosed { case, ruling })
    }

    pub(super) fn dismiss_with(&mut self, case: u16, grounds: Grounds) -> Result<(), Refusal> {
        let hearing = self.case(case)?.remedy.as_ref().map(|remedy| remedy.sitting.hearing);
        let mut ruled = ruling(RemedyResult::Dismissed, grounds, 0, 0);
        ruled.rules.insert(0, rule_of(hearing.unwrap_or(Hearing::Appeal)).to_owned());
        self.emit(OrderEvent::RemedyClosed { case, ruling: ruled })
    }

    /// Whether whoever acts is on the buyer's side of this file, on the seller's, or the platform's.
    pub(super) fn side(&self) -> Result<crate::thread::Side, Refusal> {
        use crate::thread::Side;
        match self.by {
            Actor::Buyer { .. } => self.only_buyer().map(|()| Side::Buyer),
            Actor::Seller { .. } => self.only_seller().map(|()| Side::Seller),
            Actor::Staff { role, .. } if role.is_staff() => Ok(Side::Platform),
            Actor::Staff { .. }
            | Actor::Channel { .. }
            | Actor::Reporter { .. }
            | Actor::Applicant { .. }
            | Actor::Program => Err(Refusal::NotYours),
        }
    }
}

fn ruling(result: RemedyResult, grounds: Grounds, granted_minor: i64, beyond_loss_minor: i64) -> RemedyRuling {
    RemedyRuling {
        result,
        by: grounds.by,
        judge: grounds.judge,
        granted_minor,
        beyond_loss_minor,
        rules: grounds.rules,
        answers: grounds.answers,
        words: grounds.words,
    }
}

fn rule_of(hearing: Hearing) -> &'static str {
    match hearing {
        Hearing::First => "R17",
        Hearing::Person | Hearing::Objection => "R34",
        Hearing::Appeal => "R19",
        Hearing::Complaint => "R20",
    }
}
