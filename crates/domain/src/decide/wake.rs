//! What silence does. A timer only says that an instant has come; the file looks for itself whether anything is due.

use super::Draft;
use super::award::Grounds;
use super::hearing::is_judge;
use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{CaseState, CloseCode, DecidedBy, Desk};
use crate::event::OrderEvent;
use crate::hearing::{Hearing, Sitting};
use crate::order_file::OrderStatus;
use crate::projection::{Subject, timers};
use crate::refusal::Refusal;
use crate::time::Instant;
use yuanlu_money::{BasisPoints, Money, fee_floor};

impl Draft<'_, '_> {
    pub(super) fn wake(&mut self, subject: &Subject) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Program) {
            return Err(Refusal::NotYours);
        }
        let now = self.cx.now;
        if !timers(self.file()?).iter().any(|timer| timer.subject == *subject && timer.due <= now) {
            return Err(Refusal::NothingDue);
        }
        match subject {
            Subject::Payment => {
                self.expire()?;
                self.close_other_payments()
            }
            Subject::Completion => self.complete_overdue_units(),
            Subject::Settlement => self.settle(),
            Subject::Case(case) => self.end_turn(*case),
            Subject::Remedy(case) => self.end_remedy_turn(*case),
            Subject::Reminder(case) => self.remind_now(*case),
            Subject::Unclaimed(case) => self.emit(OrderEvent::ReviewWarned { case: *case }),
            Subject::Offer(offer) => self.lapse(*offer),
            Subject::Payout(payout) => self.emit(OrderEvent::PayoutTraced { payout: *payout }),
            Subject::Probe(probe) => self.wake_probe(*probe),
            Subject::Lot(_)
            | Subject::TopUp(_)
            | Subject::TipOff
            | Subject::Conversation
            | Subject::Withdrawal(_)
            | Subject::BillException
            | Subject::CodeBatch
            | Subject::Review
            | Subject::Outside
            | Subject::OutsideWarning
            | Subject::OutsideCall(_)
            | Subject::Incident
            | Subject::Admission => Err(Refusal::NothingDue),
        }
    }

    /// R31: 72 hours after code or credit was made available, revealed or not.
    fn complete_overdue_units(&mut self) -> Result<(), Refusal> {
        let now = self.cx.now;
        let file = self.file()?;
        let hours = i64::from(file.completion_hours);
        let due: Vec<u16> = file
            .units
            .iter()
            .filter(|unit| unit.completed_at.is_none() && file.open_case_of(unit.no).is_none())
            .filter(|unit| unit.state.available_at().is_some_and(|at| at.plus_hours(hours) < now))
            .map(|unit| unit.no)
            .collect();
        for unit in due {
            self.emit(OrderEvent::UnitCompleted { unit, confirmed: false })?;
        }
        self.complete_if_done()
    }

    /// R27: what is still in escrow goes to the seller, less commission.
    fn settle(&mut self) -> Result<(), Refusal> {
        let file = self.file()?;
        let OrderStatus::Completed { settled: false, .. } = file.status else { return Err(Refusal::NothingDue) };
        match file.settlement_waits() {
            Ok(None) => {}
            Ok(Some(until)) if until <= self.cx.now => {}
            _ => return Err(Refusal::NothingDue),
        }
        let mut commission = 0;
        for unit in &file.units {
            let rate = file.item_of(unit).map_or(0, |item| item.terms.commission_basis_points);
            let rate = BasisPoints::new(rate).map_err(|_| Refusal::Inconsistent { what: "commission" })?;
            commission += fee_floor(Money::new(unit.refundable_minor(), file.currency), rate).minor();
        }
        let commission_minor = commission.min(file.escrow_minor);
        let seller_minor = file.escrow_minor - commission_minor;
        self.emit(OrderEvent::Settled { seller_minor, commission_minor })
    }

    fn end_turn(&mut self, case: u16) -> Result<(), Refusal> {
        match self.case(case)?.state.clone() {
            CaseState::AwaitingSeller { .. } if self.cx.facts.restricted_buyer => {
                // R23 wins over silence.
                self.start_review(case, Desk::Risk, Hearing::First)
            }
            CaseState::AwaitingSeller { .. } => {
                self.award_claimed(case, Grounds::of_rule(DecidedBy::SellerSilence, None, "R16", &["R11", "R12"]))
            }
            CaseState::AwaitingBuyer { due, .. } if due.provisional => self.extend_turn(case, &due),
            CaseState::AwaitingBuyer { .. } => {
                self.end_offers(case)?;
                self.emit(OrderEvent::CaseClosed { case, code: CloseCode::ClosedTimeout })
            }
            CaseState::OfferMade { due, .. } if due.provisional => self.extend_turn(case, &due),
            CaseState::OfferMade { offer, .. } => self.lapse(offer),
            CaseState::UnderReview { sitting } => self.end_sitting(case, &sitting),
            CaseState::BeforePanel { voting: false, .. } => self.open_votes(case),
            CaseState::BeforePanel { voting: true, .. } => self.close_panel(case),
            CaseState::Rejected { .. } => match self.case(case)?.appeal_until.clone() {
                Some(until) if until.provisional => self.extend_turn(case, &until),
                _ => self.emit(OrderEvent::CaseClosed { case, code: CloseCode::ClosedFinal }),
            },
            CaseState::Refunding
            | CaseState::AwaitingRoute { .. }
            | CaseState::Completed { .. }
            | CaseState::Replaced { .. }
            | CaseState::Withdrawn { .. }
            | CaseState::Closed { .. } => Err(Refusal::NothingDue),
        }
    }

    fn end_remedy_turn(&mut self, case: u16) -> Result<(), Refusal> {
        let remedy = self.case(case)?.remedy.clone().ok_or(Refusal::NothingDue)?;
        match &remedy.wanted {
            Some(wanted) if wanted.due.provisional => self.extend_turn(case, &wanted.due),
            Some(_) => self.resume_remedy(case),
            None => self.end_sitting(case, &remedy.sitting),
        }
    }

    /// A decision is sent, or an overdue hearing goes to the next role; in a small house it ends in the buyer's favour.
    fn end_sitting(&mut self, case: u16, sitting: &Sitting) -> Result<(), Refusal> {
        if let Some(proposal) = &sitting.proposal {
            return self.carry_out_proposal(case, (**proposal).clone());
        }
        let parameters = self.cx.policy.parameters();
        // R35: nobody else to go to.
        let alone = self.eligible_judges(case, sitting.hearing)?.is_some_and(|eligible| eligible == 0)
            || self.house_of_one(case, sitting)?;
        if alone && sitting.escalations > 0 {
            return self.decide_unjudged(case, sitting.hearing);
        }
        let next = match sitting.desk {
            Desk::Review | Desk::Senior => Desk::Senior,
            Desk::Risk => Desk::Risk,
        };
        let due = match alone {
            false => self.cx.calendar.working_days_after(self.cx.now, parameters.escalation_working_days),
            // Twice the due time, counted from the beginning.
            true => {
                let once = parameters.hearing_working_days(sitting.hearing);
                let days = once * parameters.small_house_overdue_factor;
                self.cx.calendar.working_days_after(sitting.entered_at, days)
            }
        };
        self.emit(OrderEvent::ReviewEscalated { case, desk: next, due })
    }

    /// One person is the whole house: there is nobody to escalate to.
    fn house_of_one(&self, case: u16, sitting: &Sitting) -> Result<bool, Refusal> {
        let eligible = self.eligible_judges(case, sitting.hearing)?;
        let staff = self.cx.facts.staff.iter().flatten();
        let judges = staff.filter(|(_, roles)| roles.iter().any(|role| is_judge(*role))).count();
        Ok(eligible.is_some_and(|eligible| eligible <= 1) && judges <= 1)
    }

    /// R35: nobody acted by twice the due time: approved up to the cap.
    fn decide_unjudged(&mut self, case: u16, hearing: Hearing) -> Result<(), Refusal> {
        let grounds = Grounds::of_rule(DecidedBy::SmallHouse, None, "R35", &["R11", "R12"]);
        match hearing {
            Hearing::First | Hearing::Person => self.award_claimed(case, grounds),
            Hearing::Appeal | Hearing::Complaint | Hearing::Objection => {
                let most = self.remedy_limit(case)?;
                self.uphold_with(case, most, grounds)
            }
        }
    }

    /// R33: an offer nobody answered.
    fn lapse(&mut self, offer: u16) -> Result<(), Refusal> {
        let found = self.file()?.offer(offer).ok_or(Refusal::NotFound)?.clone();
        self.emit(OrderEvent::OfferLapsed { offer })?;
        self.after_refused_offer(&found)
    }

    /// When somebody is reminded of a turn: some hours before its end, or half-way through a short one.
    pub(super) fn reminder_before(&self, due: &Deadline) -> Option<Instant> {
        let left = due.too_late_from.micros() - self.cx.now.micros();
        let before = i64::from(self.cx.policy.parameters().reminder_hours) * 3_600_000_000;
        (left > 0).then(|| due.too_late_from.plus_micros(-before.min(left / 2)))
    }

    pub(super) fn remind(&mut self, case: u16, at: Option<Instant>) -> Result<(), Refusal> {
        match at {
            Some(at) => self.emit(OrderEvent::ReminderSet { case, at }),
            None => Ok(()),
        }
    }

    /// The reminder itself. Who has to choose another route is reminded again and again, and forfeits nothing (R14).
    fn remind_now(&mut self, case: u16) -> Result<(), Refusal> {
        let days = self.cx.policy.parameters().route_reminder_working_days;
        let next = match self.case(case)?.state {
            CaseState::AwaitingRoute { .. } => {
                Some(self.cx.calendar.working_days_after(self.cx.now, days).too_late_from)
            }
            _ => None,
        };
        self.emit(OrderEvent::TurnReminded { case, next })
    }

    /// R3: no adverse step in a year without a published calendar; looked at again a day later.
    fn extend_turn(&mut self, case: u16, due: &Deadline) -> Result<(), Refusal> {
        let mut due = due.clone();
        while due.too_late_from <= self.cx.now {
            due.too_late_from = due.too_late_from.plus_days(1);
        }
        due.provisional = self.cx.calendar.is_working_day(due.last_instant().date()).provisional;
        due.calendar = self.cx.calendar.version().to_owned();
        self.emit(OrderEvent::TurnExtended { case, due })
    }
}
