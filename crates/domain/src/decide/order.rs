//! Placing, delivering and completing an order.

use super::Draft;
use crate::actor::{Actor, Party};
use crate::case::{PersonalRef, Reason};
use crate::catalogue::DeliveryMode;
use crate::command::{Line, Parts};
use crate::event::{Item, OrderEvent, Tender};
use crate::ids::{AccountId, OrderId, ProductId};
use crate::order_file::{OrderStatus, Unit, UnitState};
use crate::projection::is_complete;
use crate::rate::BOOKS;
use crate::refusal::Refusal;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use yuanlu_money::Money;

/// The most units one order may have: a file is loaded and saved whole.
pub const MOST_UNITS: u32 = 200;

impl Draft<'_, '_> {
    pub(super) fn place(
        &mut self,
        order: &OrderId,
        buyer: &Party,
        lines: &[Line],
        parts: &Parts,
        tender: &Tender,
    ) -> Result<(), Refusal> {
        if self.order.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        if !matches!(self.by, Actor::Buyer { party } if party == buyer) {
            return Err(Refusal::NotYours);
        }
        let units: u32 = lines.iter().map(|line| u32::from(line.quantity)).sum();
        if units == 0 || units > MOST_UNITS || lines.iter().any(|line| line.quantity == 0) {
            return Err(Refusal::Quantity { most: MOST_UNITS });
        }
        let (mut items, mut seller, mut currency) = (Vec::new(), None, None);
        for line in lines {
            let offer = self.cx.facts.offers.get(&line.product).ok_or(Refusal::NotFound)?;
            let price = Money::new(offer.terms.price_minor, offer.currency);
            if !offer.on_sale
                || *seller.get_or_insert(&offer.seller) != &offer.seller
                || *currency.get_or_insert(offer.currency) != offer.currency
            {
                return Err(Refusal::NotForSale);
            }
            if line.seen_price != price {
                return Err(Refusal::PriceChanged { now: price });
            }
            if offer.needs_confirmation && !line.confirmed {
                return Err(Refusal::ConfirmationNeeded);
            }
            let recipient = match offer.terms.delivery {
                DeliveryMode::Credit => Some(line.recipient.clone().ok_or(Refusal::Missing { field: "recipient" })?),
                DeliveryMode::Code => None,
            };
            items.push(Item {
                terms: offer.terms.clone(),
                quantity: line.quantity,
                confirmed: line.confirmed,
                recipient,
            });
        }
        let (Some(seller), Some(currency)) = (seller, currency) else { return Err(Refusal::NotForSale) };
        let total = items
            .iter()
            .try_fold(0i64, |sum, item| {
                item.terms.price_minor.checked_mul(i64::from(item.quantity)).and_then(|price| sum.checked_add(price))
            })
            .filter(|total| *total > 0)
            .ok_or(Refusal::BadAmount)?;
        if currency != BOOKS && self.cx.facts.day_rate.is_none() {
            return Err(Refusal::NoRate);
        }
        let coupon = self.usable_coupon(buyer, parts, currency, total)?;
        let parameters = self.cx.policy.parameters();
        let event = OrderEvent::Placed {
            order: order.clone(),
            buyer: buyer.clone(),
            seller: seller.clone(),
            currency,
            items,
            policy: self.cx.policy_hash.to_owned(),
            completion_hours: parameters.completion_hours,
            pay_until: self.cx.calendar.hours_after(self.cx.now, parameters.payment_hours).too_late_from,
            coupon,
            agreements: self.cx.facts.agreements.clone(),
        };
        self.emit(event)?;
        self.pay(parts, tender)
    }

    pub(super) fn claim(&mut self, account: &AccountId) -> Result<(), Refusal> {
        self.only_buyer()?;
        match &self.file()?.buyer {
            Party::Guest(_) => self.emit(OrderEvent::Claimed { account: account.clone() }),
            Party::Account(_) | Party::Shop { .. } => Err(Refusal::OnlyOnce),
        }
    }

    pub(super) fn issue_codes(&mut self) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Program) {
            return Err(Refusal::NotYours);
        }
        let before = self.events.len();
        self.issue_waiting(false)?;
        if self.events.len() == before { Err(Refusal::NothingDue) } else { Ok(()) }
    }

    /// Gives codes to paid units that wait for one and are not claimed for (R24). At the moment of payment a unit for
    /// which no code is left is sold out and refunded at once (P18).
    pub(super) fn issue_waiting(&mut self, at_payment: bool) -> Result<(), Refusal> {
        let file = self.file()?;
        let mut free: BTreeMap<&ProductId, VecDeque<_>> =
            self.cx.facts.free_stock.iter().map(|(product, codes)| (product, codes.iter().collect())).collect();
        let mut issued = Vec::new();
        for unit in file.units.iter().filter(|u| u.state == UnitState::Awaiting && !u.is_paid_back()) {
            let Some(item) = file.item_of(unit) else { continue };
            let barred = match file.open_case_of(unit.no) {
                Some(case) => !self.delivery_agreed(case)?,
                None => false,
            };
            if item.terms.delivery != DeliveryMode::Code || barred {
                continue;
            }
            let code = free.get_mut(&item.terms.product).and_then(VecDeque::pop_front).cloned();
            issued.push((unit.no, code));
        }
        let mut sold_out = Vec::new();
        for (unit, code) in issued {
            match code {
                Some(stock) => {
                    self.emit(OrderEvent::CodeIssued { unit, stock })?;
                    self.keep_promise(unit)?;
                }
                None if at_payment => {
                    self.emit(OrderEvent::SoldOut { unit })?;
                    sold_out.push(unit);
                }
                None => {}
            }
        }
        if sold_out.is_empty() { Ok(()) } else { self.refund_sold_out(&sold_out) }
    }

    pub(super) fn reveal(&mut self, unit: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let file = self.file()?;
        match file.unit(unit).ok_or(Refusal::NotFound)?.state {
            UnitState::Sealed { .. } => {}
            ref other => return Err(Refusal::WrongState { state: other.code() }),
        }
        if file.unit(unit).is_some_and(Unit::is_paid_back) {
            return Err(Refusal::WrongState { state: "paid_back" });
        }
        // Who asks for his money back because nothing was used must not use it meanwhile.
        if let Some(case) = file.open_case_of(unit) {
            return Err(Refusal::Duplicate { case: file.case_id(case.ordinal) });
        }
        self.emit(OrderEvent::CodeRevealed { unit })
    }

    pub(super) fn confirm_receipt(&mut self, units: &[u16]) -> Result<(), Refusal> {
        self.only_buyer()?;
        if units.is_empty() {
            return Err(Refusal::Missing { field: "units" });
        }
        for no in units.iter().copied().collect::<BTreeSet<_>>() {
            let file = self.file()?;
            let unit = file.unit(no).ok_or(Refusal::NotFound)?;
            if unit.state.available_at().is_none() || unit.completed_at.is_some() {
                return Err(Refusal::WrongState { state: unit.state.code() });
            }
            if let Some(case) = file.open_case_of(no) {
                return Err(Refusal::Duplicate { case: file.case_id(case.ordinal) });
            }
            self.emit(OrderEvent::UnitCompleted { unit: no, confirmed: true })?;
        }
        self.complete_if_done()
    }

    pub(super) fn mark_credited(&mut self, unit: u16, proof: &PersonalRef) -> Result<(), Refusal> {
        self.only_seller()?;
        let file = self.file()?;
        let found = file.unit(unit).ok_or(Refusal::NotFound)?;
        let item = file.item_of(found).ok_or(Refusal::Inconsistent { what: "unit without item" })?;
        if found.state != UnitState::Awaiting || item.terms.delivery != DeliveryMode::Credit {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        if found.is_paid_back() {
            return Err(Refusal::DeliveryBlocked);
        }
        if let Some(case) = file.open_case_of(unit)
            && !self.delivery_agreed(case)?
        {
            return Err(Refusal::DeliveryBlocked);
        }
        self.emit(OrderEvent::Credited { unit, proof: proof.clone() })?;
        self.keep_promise(unit)
    }

    pub(super) fn report_redemption(&mut self, unit: u16, redeemed_at: Instant) -> Result<(), Refusal> {
        match self.by {
            Actor::Seller { .. } => self.only_seller()?,
            Actor::Staff { role, .. } if role.is_staff() => {}
            _ => return Err(Refusal::NotYours),
        }
        let found = self.file()?.unit(unit).ok_or(Refusal::NotFound)?;
        if redeemed_at > self.cx.now {
            return Err(Refusal::Missing { field: "redeemed_at" });
        }
        match found.state {
            UnitState::Sealed { .. } | UnitState::Revealed { .. } => {
                self.emit(OrderEvent::Redeemed { unit, redeemed_at })
            }
            ref other => Err(Refusal::WrongState { state: other.code() }),
        }
    }

    /// R31: the order completes with its last unit; window and settlement run from here (R5, R27).
    pub(super) fn complete_if_done(&mut self) -> Result<(), Refusal> {
        let file = self.file()?;
        if !matches!(file.status, OrderStatus::Paid { .. }) || !is_complete(file) {
            return Ok(());
        }
        let days = file.items.iter().map(|item| item.terms.window_days).max().unwrap_or_default();
        let window_until = self.cx.calendar.natural_days_after(self.cx.now, days);
        let settle_days = self.cx.policy.parameters().settlement_days;
        let settle_at =
            self.cx.calendar.natural_days_after(self.cx.now, settle_days).too_late_from.max(window_until.too_late_from);
        self.emit(OrderEvent::OrderCompleted { window_until, settle_at })
    }

    /// P18: no code was left, so the platform cannot deliver: refunded as its own failure, no evidence asked.
    fn refund_sold_out(&mut self, units: &[u16]) -> Result<(), Refusal> {
        let file = self.file()?;
        let amount = units.iter().filter_map(|no| file.unit(*no)).map(|unit| unit.refundable_minor()).sum();
        let case = self.open_case(units.to_vec(), None, Reason::SystemFault, amount)?;
        self.judge_automatically(case)
    }

    pub(super) fn open_case(
        &mut self,
        units: Vec<u16>,
        extra_payment: Option<u16>,
        reason: Reason,
        claimed_minor: i64,
    ) -> Result<u16, Refusal> {
        let case = self.next_case_ordinal()?;
        self.emit(OrderEvent::CaseOpened {
            case,
            units,
            extra_payment,
            reason,
            claimed_minor,
            received_face_minor: None,
            to_balance: false,
            text: None,
            evidence: Vec::new(),
            follows: None,
        })?;
        Ok(case)
    }

    pub(super) fn next_case_ordinal(&self) -> Result<u16, Refusal> {
        u16::try_from(self.file()?.cases.len() + 1).map_err(|_| Refusal::OnlyOnce)
    }
}
