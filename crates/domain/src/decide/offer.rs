//! Offers (R33, R26): made by the seller, before a case or in one, and answered by the buyer in one step.

use super::Draft;
use super::award::{Grounds, unit_limit};
use crate::case::{Case, CaseState, DecidedBy, Desk, PersonalRef, Reason};
use crate::catalogue::DeliveryMode;
use crate::event::OrderEvent;
use crate::hearing::Hearing;
use crate::ids::{ProductId, StockId};
use crate::offer::{OfferState, OfferTerms, SellerOffer};
use crate::order_file::UnitState;
use crate::refusal::Refusal;
use crate::stock::fate;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The longest extension that can be offered, in hours: a buyer is not kept waiting for ever by his own consent.
pub const MOST_EXTENSION_HOURS: i64 = 7 * 24;

impl Draft<'_, '_> {
    pub(super) fn make_offer(
        &mut self,
        case: Option<u16>,
        units: &[u16],
        reason: Option<Reason>,
        terms: OfferTerms,
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        self.seller_person()?;
        let (units, reason, spends_turn) = match case {
            Some(case) => self.offer_in_case(case)?,
            None => {
                let units = self.offered_units(units)?;
                let reason = reason.filter(|r| !matches!(r, Reason::DuplicateCharge));
                (units, reason.ok_or(Refusal::Missing { field: "reason" })?, false)
            }
        };
        self.check_terms(case, &units, terms)?;
        let parameters = self.cx.policy.parameters();
        let due = self.cx.calendar.working_days_after(self.cx.now, parameters.offer_answer_working_days);
        let reminder = self.reminder_before(&due);
        let offer = u16::try_from(self.file()?.offers.len() + 1).map_err(|_| Refusal::OnlyOnce)?;
        let words = words.cloned();
        self.emit(OrderEvent::OfferMade { offer, case, units, reason, terms, words, due, spends_turn })?;
        match (case, spends_turn) {
            (Some(case), true) => self.remind(case, reminder),
            _ => Ok(()),
        }
    }

    /// Whether the seller may make an offer in this case, and whether it spends his turn.
    fn offer_in_case(&self, case: u16) -> Result<(Vec<u16>, Reason, bool), Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        if file.standing_offer(Some(case)).is_some() {
            return Err(Refusal::WrongState { state: "offer_made" });
        }
        let made = file.offers.iter().filter(|offer| offer.case == Some(case)).count();
        let most = self.cx.policy.parameters().most_offers;
        if made >= most as usize {
            return Err(Refusal::TooManyOffers { most });
        }
        let spends_turn = match &found.state {
            CaseState::AwaitingSeller { due } if due.is_in_time(self.cx.now) => true,
            // A second one may be made during review, without stopping the reviewer's clock.
            CaseState::UnderReview { .. } | CaseState::AwaitingBuyer { .. } if found.remedy.is_none() => false,
            other => return Err(Refusal::WrongState { state: other.code() }),
        };
        if found.extra_payment.is_some() {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        Ok((found.units.clone(), found.reason, spends_turn))
    }

    /// Units an offer before any case is about: paid, with something left, in no open case.
    fn offered_units(&self, asked: &[u16]) -> Result<Vec<u16>, Refusal> {
        let file = self.file()?;
        if file.status.paid_at().is_none() {
            return Err(Refusal::WrongState { state: file.status.code() });
        }
        if file.standing_offer(None).is_some() {
            return Err(Refusal::WrongState { state: "offer_made" });
        }
        let units: Vec<u16> = asked.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        if units.is_empty() {
            return Err(Refusal::Missing { field: "units" });
        }
        for no in &units {
            let unit = file.unit(*no).ok_or(Refusal::NotFound)?;
            if let Some(open) = file.open_case_of(*no) {
                return Err(Refusal::Duplicate { case: file.case_id(open.ordinal) });
            }
            if unit.refundable_minor() <= 0 {
                return Err(Refusal::NothingLeft);
            }
        }
        Ok(units)
    }

    fn check_terms(&self, case: Option<u16>, units: &[u16], terms: OfferTerms) -> Result<(), Refusal> {
        let file = self.file()?;
        match terms {
            OfferTerms::Refund { amount_minor } => {
                let received = case.and_then(|case| file.case(case)).and_then(|case| case.received_face_minor);
                let units = units.iter().filter_map(|no| file.unit(*no));
                let most = units.map(|unit| unit_limit(file, received, unit)).sum();
                if amount_minor <= 0 {
                    return Err(Refusal::BadAmount);
                }
                if amount_minor > most {
                    return Err(Refusal::AboveRefundable { most: self.money(most)? });
                }
            }
            OfferTerms::Replacement => {
                let codes = units.iter().filter_map(|no| file.unit(*no)).all(|unit| {
                    file.item_of(unit).is_some_and(|item| item.terms.delivery == DeliveryMode::Code)
                        && unit.state.stock().is_some()
                });
                if !codes {
                    return Err(Refusal::NotForSale);
                }
            }
            OfferTerms::MoreTime { until } => {
                if until <= self.cx.now || until > self.cx.now.plus_hours(MOST_EXTENSION_HOURS) {
                    return Err(Refusal::Missing { field: "until" });
                }
            }
        }
        Ok(())
    }

    pub(super) fn answer_offer(&mut self, offer: u16, accept: bool) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.file()?.offer(offer).ok_or(Refusal::NotFound)?.clone();
        if found.state != OfferState::Standing {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        if found.due.is_over(self.cx.now) && !found.due.provisional {
            return Err(Refusal::TooLate { since: found.due.too_late_from });
        }
        if !accept {
            self.emit(OrderEvent::OfferDeclined { offer })?;
            return self.after_refused_offer(&found);
        }
        // The case may have moved on since; what is under a remedy or before a panel is decided there.
        if let Some(case) = found.case {
            let case = self.case(case)?;
            if !case.state.is_undecided()
                || case.remedy.is_some()
                || matches!(case.state, CaseState::BeforePanel { .. })
            {
                return Err(Refusal::WrongState { state: case.state.code() });
            }
        }
        self.emit(OrderEvent::OfferAccepted { offer })?;
        let case = match found.case {
            Some(case) => case,
            None => self.open_agreed_case(&found)?,
        };
        match found.terms {
            OfferTerms::Refund { amount_minor } => {
                let grounds = Grounds::of_rule(DecidedBy::Agreement, None, "R33", &["R11", "R12"]);
                self.award(case, amount_minor.min(self.case_limit(case)?), 0, grounds)
            }
            OfferTerms::Replacement => self.replace(case),
            OfferTerms::MoreTime { until } => {
                let mut due = self.cx.calendar.hours_after(self.cx.now, 0);
                due.too_late_from = until.plus_micros(1);
                let reminder = self.reminder_before(&due);
                self.emit(OrderEvent::SellerAsked { case, due })?;
                self.remind(case, reminder)
            }
        }
    }

    /// An offer accepted before any case: the case it would have settled is opened and settled in one step.
    fn open_agreed_case(&mut self, offer: &SellerOffer) -> Result<u16, Refusal> {
        let file = self.file()?;
        for no in &offer.units {
            if let Some(open) = file.open_case_of(*no) {
                return Err(Refusal::Duplicate { case: file.case_id(open.ordinal) });
            }
        }
        let left: i64 = offer.units.iter().filter_map(|no| file.unit(*no)).map(|unit| unit.refundable_minor()).sum();
        let claimed_minor = match offer.terms {
            OfferTerms::Refund { amount_minor } => amount_minor.min(left),
            OfferTerms::Replacement | OfferTerms::MoreTime { .. } => left,
        };
        if claimed_minor <= 0 {
            return Err(Refusal::NothingLeft);
        }
        let case = self.next_case_ordinal()?;
        self.emit(OrderEvent::CaseOpened {
            case,
            units: offer.units.clone(),
            extra_payment: None,
            reason: offer.reason,
            claimed_minor,
            received_face_minor: None,
            to_balance: false,
            text: None,
            evidence: Vec::new(),
            follows: None,
        })?;
        Ok(case)
    }

    /// Declined or unanswered: staff look, where it was the case's turn (R33).
    pub(super) fn after_refused_offer(&mut self, offer: &SellerOffer) -> Result<(), Refusal> {
        match offer.case {
            Some(case) if matches!(self.case(case)?.state, CaseState::OfferMade { .. }) => {
                self.start_review(case, Desk::Review, Hearing::First)
            }
            _ => Ok(()),
        }
    }

    /// The matter is decided otherwise: what was offered no longer stands.
    pub(super) fn end_offers(&mut self, case: u16) -> Result<(), Refusal> {
        match self.file()?.standing_offer(Some(case)).map(|offer| offer.ordinal) {
            Some(offer) => self.emit(OrderEvent::OfferLapsed { offer }),
            None => Ok(()),
        }
    }

    /// R26: new codes from stock in the same step; the old ones go where R36 says.
    fn replace(&mut self, case: u16) -> Result<(), Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        let mut free: BTreeMap<&ProductId, VecDeque<&StockId>> =
            self.cx.facts.free_stock.iter().map(|(product, codes)| (product, codes.iter().collect())).collect();
        let mut events = Vec::new();
        for no in &found.units {
            let unit = file.unit(*no).ok_or(Refusal::NotFound)?;
            let product = file.item_of(unit).map(|item| &item.terms.product);
            let code = product.and_then(|product| free.get_mut(product)?.pop_front());
            let stock = code.ok_or(Refusal::SoldOut)?.clone();
            let revealed = !matches!(unit.state, UnitState::Sealed { .. });
            let old = unit.state.stock().map(|old| (old.clone(), fate(revealed, blames(found))));
            events.push(OrderEvent::UnitReplaced { unit: *no, old, stock });
        }
        for event in events {
            self.emit(event)?;
        }
        self.emit(OrderEvent::CaseReplaced { case })
    }

    /// An accepted extension is the buyer's consent to a delivery that R24 would otherwise bar.
    pub(super) fn delivery_agreed(&self, case: &Case) -> Result<bool, Refusal> {
        let agreed = self.file()?.offers.iter().any(|offer| {
            offer.case.is_none_or(|of| of == case.ordinal)
                && offer.state == OfferState::Accepted
                && matches!(offer.terms, OfferTerms::MoreTime { until } if self.cx.now <= until)
                && offer.units.iter().any(|unit| case.units.contains(unit))
        });
        Ok(agreed && matches!(case.state, CaseState::AwaitingSeller { .. }))
    }

    /// Delivered within an accepted extension: the promise was kept. The buyer may apply anew for what is wrong with it.
    pub(super) fn keep_promise(&mut self, unit: u16) -> Result<(), Refusal> {
        let Some(case) = self.file()?.open_case_of(unit) else { return Ok(()) };
        let ordinal = case.ordinal;
        let waiting = |no: &u16| {
            self.order.as_ref().and_then(|file| file.unit(*no)).is_some_and(|unit| unit.state.available_at().is_none())
        };
        if case.units.iter().any(waiting) {
            return Ok(());
        }
        self.emit(OrderEvent::CaseClosed { case: ordinal, code: crate::case::CloseCode::ClosedKept })
    }
}

fn blames(case: &Case) -> bool {
    case.reason.blames_code()
}
