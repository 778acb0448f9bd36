//! A loss that was paid outside is not paid again (T22): payouts not yet sent are superseded, what can still be refunded
//! shrinks, and what the buyer has twice is the platform's to bear.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::case::CloseCode;
use crate::event::{OrderEvent, Tender};
use crate::order_file::{OrderFile, PaymentState};
use crate::outside_payment::{Covers, Instead, OutsidePayment, OutsideValue, PaidBy};
use crate::payout::{Payout, PayoutState};
use crate::rate::DayRate;
use crate::refusal::Refusal;
use yuanlu_money::{Money, split_by};

impl Draft<'_, '_> {
    pub(super) fn record_outside_payment(
        &mut self,
        reference: &str,
        by: &PaidBy,
        amount: Money,
    ) -> Result<(), Refusal> {
        self.may_record_outside(by)?;
        let amount = self.minor(amount)?;
        let file = self.file()?;
        if file.status.paid_at().is_none() {
            return Err(Refusal::WrongState { state: file.status.code() });
        }
        if file.outside_payments.iter().any(|paid| paid.reference == reference && paid.reversed_at.is_none()) {
            return Err(Refusal::NothingDue);
        }
        if let PaidBy::Channel { payment, channel } = by {
            let found = file.payment(*payment).ok_or(Refusal::NotFound)?;
            let here = matches!(&found.tender, Tender::Channel { channel: its } if its == channel);
            if !here || !matches!(found.state, PaymentState::Paid { .. } | PaymentState::Extra { .. }) {
                return Err(Refusal::NotFound);
            }
        }
        let ordinal = u16::try_from(file.outside_payments.len() + 1).map_err(|_| Refusal::OnlyOnce)?;
        let superseded = superseded(file, by, amount);
        for part in &superseded {
            self.emit(OrderEvent::PayoutSuperseded { payout: part.payout })?;
        }
        let covers = covers(self.file()?, by, amount, superseded.clone());
        let value = self.outside_value(by, amount, &covers)?;
        let paid = OutsidePayment {
            ordinal,
            reference: reference.to_owned(),
            by: by.clone(),
            amount_minor: amount,
            covers,
            drawn: None,
            value,
            at: self.cx.now,
            reversed_at: None,
        };
        self.emit(OrderEvent::PaidOutside { paid: Box::new(paid) })?;
        self.pay_the_rest(&superseded)?;
        self.end_paid_cases()?;
        self.complete_if_done()
    }

    /// R28: money in a foreign currency that a channel took back left at the rate of the day, as a refund does.
    fn outside_value(&self, by: &PaidBy, amount: i64, covers: &Covers) -> Result<Option<OutsideValue>, Refusal> {
        let PaidBy::Channel { payment, .. } = by else { return Ok(None) };
        let file = self.file()?;
        let booked = file.payment(*payment).and_then(|payment| payment.rate.as_ref());
        let (Some(booked), Some(rate)) = (booked, &self.cx.facts.day_rate) else { return Ok(None) };
        let worth =
            |rate: &DayRate, minor| rate.value(Money::new(minor, file.currency)).map_err(|_| Refusal::BadAmount);
        let own = covers.own_minor();
        Ok(Some(OutsideValue {
            rate: rate.clone(),
            left_minor: worth(rate, amount)?,
            difference_minor: worth(booked, own)? - worth(rate, own)?,
        }))
    }

    /// A dispute was won: the money is here again, and what it stood for is owed again. A person releases the payouts, for
    /// they are late and the buyer has been told otherwise.
    pub(super) fn reverse_outside_payment(&mut self, reference: &str) -> Result<(), Refusal> {
        let file = self.file()?;
        let open = |paid: &&OutsidePayment| paid.reference == reference && paid.reversed_at.is_none();
        let paid = file.outside_payments.iter().find(open).ok_or(Refusal::NothingDue)?.clone();
        self.may_record_outside(&paid.by)?;
        let file = self.file()?;
        let again: Vec<(Payout, i64)> = paid
            .covers
            .instead
            .iter()
            .filter(|part| part.minor > 0)
            .filter_map(|part| Some((file.payout(part.payout)?.clone(), part.minor)))
            .collect();
        self.emit(OrderEvent::OutsidePaymentReversed { ordinal: paid.ordinal })?;
        for (payout, minor) in again {
            self.decide_payout(payout.case, payout.destination, minor, true)?;
        }
        Ok(())
    }

    fn may_record_outside(&self, by: &PaidBy) -> Result<(), Refusal> {
        match (self.by, by) {
            (Actor::Channel { channel }, PaidBy::Channel { channel: its, .. }) if channel == its => Ok(()),
            (Actor::Staff { role: Role::Finance | Role::Admin, .. }, _) => Ok(()),
            _ => Err(Refusal::NotYours),
        }
    }

    /// Of a superseded payout that was larger, the rest goes out under a number of its own.
    fn pay_the_rest(&mut self, superseded: &[Instead]) -> Result<(), Refusal> {
        for part in superseded {
            let found = self.file()?.payout(part.payout).ok_or(Refusal::NotFound)?;
            let (case, destination, rest) = (found.case, found.destination.clone(), found.amount_minor - part.minor);
            if rest > 0 {
                let above = self.cx.policy.parameters().second_approval_above_minor;
                self.decide_payout(case, destination, rest, rest > above)?;
            }
            self.complete_case_if_paid(case)?;
        }
        Ok(())
    }

    /// An undecided case about a loss that is paid has nothing left to decide; one with something left is decided on what
    /// is left, by somebody who sees that.
    fn end_paid_cases(&mut self) -> Result<(), Refusal> {
        let undecided: Vec<u16> =
            self.file()?.cases.iter().filter(|case| case.state.is_undecided()).map(|case| case.ordinal).collect();
        for case in undecided {
            if self.case_limit(case)? == 0 {
                self.end_offers(case)?;
                self.emit(OrderEvent::CaseClosed { case, code: CloseCode::ClosedPaidOutside })?;
            } else if self.case(case)?.sitting().is_some_and(|sitting| sitting.proposal.is_some()) {
                self.emit(OrderEvent::DecisionTakenBack { case })?;
            }
        }
        Ok(())
    }
}

/// Payouts nobody has sent yet that this sum stands for, the oldest first; of the last perhaps a part.
fn superseded(file: &OrderFile, by: &PaidBy, amount: i64) -> Vec<Instead> {
    let same_way = |payout: &&Payout| match by {
        PaidBy::Channel { payment, .. } => payout.destination.payment() == *payment,
        PaidBy::Platform | PaidBy::Seller => true,
    };
    let unsent = |payout: &&Payout| match payout.state {
        PayoutState::Held | PayoutState::Due { .. } => !payout.sent,
        PayoutState::Refused { .. } => true,
        PayoutState::Calling { .. }
        | PayoutState::AtBank { .. }
        | PayoutState::Arrived { .. }
        | PayoutState::Stuck { .. }
        | PayoutState::Rerouted
        | PayoutState::Superseded { .. } => false,
    };
    let mut left = amount;
    let mut parts = Vec::new();
    for payout in file.payouts.iter().filter(same_way).filter(unsent) {
        let minor = left.min(payout.amount_minor);
        if minor > 0 {
            parts.push(Instead { payout: payout.ordinal, minor });
            left -= minor;
        }
    }
    parts
}

/// What is left after payouts comes from units that could still be refunded, in proportion; what is left then the buyer
/// has twice.
fn covers(file: &OrderFile, by: &PaidBy, amount: i64, instead: Vec<Instead>) -> Covers {
    let rest = amount - instead.iter().map(|part| part.minor).sum::<i64>();
    let extra = match by {
        PaidBy::Channel { payment, .. } => {
            file.payment(*payment).filter(|payment| matches!(payment.state, PaymentState::Extra { .. }))
        }
        PaidBy::Platform | PaidBy::Seller => None,
    };
    if let Some(extra) = extra {
        let covered: i64 = instead.iter().map(|part| part.minor).sum();
        let extra_minor = rest.min((extra.amount_minor - extra.returned_minor - covered).max(0));
        return Covers { instead, units: Vec::new(), extra_minor, twice_minor: rest - extra_minor };
    }
    let limits: Vec<i64> = file.units.iter().map(|unit| unit.refundable_minor().max(0)).collect();
    let of_payment = match by {
        PaidBy::Channel { payment, .. } => {
            let covered: i64 = instead.iter().map(|part| part.minor).sum();
            file.payment(*payment).map_or(0, |payment| (payment.amount_minor - payment.returned_minor - covered).max(0))
        }
        PaidBy::Platform | PaidBy::Seller => i64::MAX,
    };
    let of_units = rest.min(limits.iter().sum()).min(of_payment);
    let shares = split_by(of_units, &limits).unwrap_or_default();
    let units: Vec<(u16, i64)> =
        file.units.iter().map(|unit| unit.no).zip(shares).filter(|(_, minor)| *minor > 0).collect();
    let taken: i64 = units.iter().map(|(_, minor)| minor).sum();
    Covers { instead, units, extra_minor: 0, twice_minor: rest - taken }
}
