//! What silence does. A timer only says that an instant has come; the file looks for itself whether anything is due.

use super::Draft;
use super::award::Grounds;
use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{CaseState, CloseCode, DecidedBy, Desk, Hearing};
use crate::event::OrderEvent;
use crate::order_file::OrderStatus;
use crate::projection::{Subject, timers};
use crate::refusal::Refusal;
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
            Subject::Payment => self.emit(OrderEvent::Expired),
            Subject::Completion => self.complete_overdue_units(),
            Subject::Settlement => self.settle(),
            Subject::Case(case) => self.end_turn(*case),
            Subject::Payout(payout) => self.emit(OrderEvent::PayoutTraced { payout: *payout }),
            Subject::Lot(_) | Subject::TipOff => Err(Refusal::NothingDue),
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
        if file.settlement_blocked(self.cx.now) {
            return Err(Refusal::NothingDue);
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
                self.emit(OrderEvent::CaseClosed { case, code: CloseCode::ClosedTimeout })
            }
            CaseState::UnderReview { desk, .. } => {
                let next = match desk {
                    Desk::Review | Desk::Senior => Desk::Senior,
                    Desk::Risk => Desk::Risk,
                };
                let days = self.cx.policy.parameters().escalation_working_days;
                let due = self.cx.calendar.working_days_after(self.cx.now, days);
                self.emit(OrderEvent::ReviewEscalated { case, desk: next, due })
            }
            CaseState::Refunding
            | CaseState::AwaitingRoute { .. }
            | CaseState::Completed { .. }
            | CaseState::Rejected { .. }
            | CaseState::Withdrawn { .. }
            | CaseState::Closed { .. } => Err(Refusal::NothingDue),
        }
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
