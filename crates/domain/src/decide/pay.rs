//! Paying: with a coupon, a voucher and balance at once, and the rest at a channel (R13).

use super::Draft;
use crate::actor::{Actor, Party, Role};
use crate::case::Reason;
use crate::command::Parts;
use crate::event::{OrderEvent, Tender};
use crate::ids::{AccountId, ChannelId, ChannelNumber};
use crate::order_file::{OrderStatus, Payment, PaymentState};
use crate::rate::BOOKS;
use crate::refusal::Refusal;
use crate::wallet::{Coupon, LotSource, Wallet, WalletEvent};
use yuanlu_money::{Currency, Money};

/// For how many days a coupon that expired meanwhile is issued again (R13).
const REISSUED_DAYS: u32 = 7;

impl Draft<'_, '_> {
    /// The coupon the buyer names, if it can be used on an order of this price.
    pub(super) fn usable_coupon(
        &self,
        buyer: &Party,
        parts: &Parts,
        currency: Currency,
        price_minor: i64,
    ) -> Result<Option<Coupon>, Refusal> {
        if !parts.is_empty() && buyer.account().is_none() {
            return Err(Refusal::BalanceNeedsAccount);
        }
        let Some(ordinal) = parts.coupon else { return Ok(None) };
        let wallet = self.wallet.as_ref().filter(|w| w.currency == currency && buyer.account() == Some(&w.account));
        let coupon =
            wallet.and_then(|w| w.coupon(ordinal, self.cx.now)).ok_or(Refusal::NotUsable { what: "coupon" })?;
        // A coupon never pays for everything: an order has something that can be refunded.
        if price_minor < coupon.least_minor || price_minor <= coupon.value_minor {
            return Err(Refusal::BelowLeast { least: Money::new(coupon.least_minor, currency) });
        }
        Ok(Some(coupon.clone()))
    }

    /// Pays a new order: first what comes out of the wallet, in the same commit, then the rest.
    pub(super) fn pay(&mut self, parts: &Parts, tender: &Tender) -> Result<(), Refusal> {
        let file = self.file()?;
        let (order, buyer) = (file.order.clone(), file.buyer.account().cloned());
        if let Some(used) = &file.coupon {
            let coupon = used.coupon.ordinal;
            self.emit_wallet(WalletEvent::CouponUsed { order, coupon })?;
        }
        if let (Some(lot), Some(wallet)) = (parts.voucher, &buyer) {
            self.pay_with_voucher(wallet, lot)?;
        }
        if let (1.., Some(wallet)) = (parts.balance_minor, &buyer) {
            self.pay_from_balance(wallet, parts.balance_minor)?;
        }
        let due = self.file()?.due_minor();
        match tender {
            _ if parts.balance_minor < 0 => Err(Refusal::BadAmount),
            _ if due == 0 => self.issue_waiting(true),
            Tender::Balance { wallet } => {
                self.pay_from_balance(wallet, due)?;
                self.issue_waiting(true)
            }
            Tender::Channel { channel } => self.begin_payment(channel, due),
            Tender::Voucher { .. } => Err(Refusal::NotUsable { what: "voucher" }),
        }
    }

    fn pay_from_balance(&mut self, account: &AccountId, amount: i64) -> Result<(), Refusal> {
        if self.file()?.buyer.account() != Some(account) {
            return Err(Refusal::BalanceNeedsAccount);
        }
        if amount > self.file()?.due_minor() {
            return Err(Refusal::BadAmount);
        }
        let now = self.cx.now;
        let wallet = self.own_wallet(account)?;
        let Some(lots) = wallet.and_then(|w| w.draw(amount, now)) else {
            let spendable = wallet.map_or(0, |w| w.spendable_minor(now));
            return Err(Refusal::NotEnoughBalance { spendable: self.money(spendable)? });
        };
        self.pay_from_wallet(Tender::Balance { wallet: account.clone() }, amount, lots)
    }

    /// A voucher is spent whole: on an order that costs less it would lose what it is worth.
    fn pay_with_voucher(&mut self, account: &AccountId, lot: u32) -> Result<(), Refusal> {
        let wallet = self.own_wallet(account)?;
        let voucher = wallet.and_then(|w| w.voucher(lot, self.cx.now)).ok_or(Refusal::NotUsable { what: "voucher" })?;
        let amount = voucher.left_minor;
        if amount > self.file()?.due_minor() {
            return Err(Refusal::BelowLeast { least: self.money(amount)? });
        }
        self.pay_from_wallet(Tender::Voucher { wallet: account.clone(), lot }, amount, vec![(lot, amount)])
    }

    fn own_wallet(&self, account: &AccountId) -> Result<Option<&Wallet>, Refusal> {
        let currency = self.currency()?;
        Ok(self.wallet.as_ref().filter(|w| w.currency == currency && w.account == *account))
    }

    fn pay_from_wallet(&mut self, tender: Tender, amount_minor: i64, lots: Vec<(u32, i64)>) -> Result<(), Refusal> {
        let order = self.file()?.order.clone();
        let (ordinal, no) = (self.next_payment_ordinal()?, self.next_payment_number()?);
        self.emit(OrderEvent::PaymentOpened { ordinal, no, tender, amount_minor })?;
        self.emit_wallet(WalletEvent::Spent { order, amount_minor, lots })?;
        self.emit(OrderEvent::PaymentSucceeded { ordinal, channel_ref: String::new() })
    }

    fn next_payment_number(&self) -> Result<ChannelNumber, Refusal> {
        let ordinal = self.next_payment_ordinal()?;
        Ok(ChannelNumber::compose(&self.cx.facts.number_prefix, &self.file()?.order, 'P', ordinal))
    }

    fn next_payment_ordinal(&self) -> Result<u16, Refusal> {
        u16::try_from(self.file()?.payments.len() + 1).map_err(|_| Refusal::OnlyOnce)
    }

    fn begin_payment(&mut self, channel: &ChannelId, amount_minor: i64) -> Result<(), Refusal> {
        let (ordinal, no) = (self.next_payment_ordinal()?, self.next_payment_number()?);
        let tender = Tender::Channel { channel: channel.clone() };
        self.emit(OrderEvent::PaymentOpened { ordinal, no, tender, amount_minor })
    }

    pub(super) fn open_payment(&mut self, channel: &ChannelId) -> Result<(), Refusal> {
        self.only_buyer()?;
        let file = self.file()?;
        match file.status {
            OrderStatus::AwaitingPayment { pay_until } if self.cx.now < pay_until => {}
            _ => return Err(Refusal::WrongState { state: file.status.code() }),
        }
        // The number of an open payment at the same channel is used again: one number, one sum.
        let same = Tender::Channel { channel: channel.clone() };
        if file.payments.iter().any(|p| p.state == PaymentState::Open && p.tender == same) {
            return Err(Refusal::NothingDue);
        }
        let due = file.due_minor();
        self.begin_payment(channel, due)
    }

    pub(super) fn payment_succeeded(
        &mut self,
        no: &ChannelNumber,
        channel_ref: &str,
        amount: Money,
    ) -> Result<(), Refusal> {
        let Actor::Channel { channel } = self.by else { return Err(Refusal::NotYours) };
        let amount = self.minor(amount)?;
        let file = self.file()?;
        let same_no: Vec<_> = file.payments.iter().filter(|p| p.no == *no).collect();
        let known = same_no.iter().any(|p| match &p.state {
            PaymentState::Paid { channel_ref: seen, .. } | PaymentState::Extra { channel_ref: seen, .. } => {
                seen == channel_ref
            }
            PaymentState::Open | PaymentState::Declined { .. } | PaymentState::Closing | PaymentState::Closed => false,
        });
        if known {
            return Err(Refusal::NothingDue);
        }
        let Some(payment) = same_no.first().copied() else { return Err(Refusal::NotFound) };
        if payment.tender != (Tender::Channel { channel: channel.clone() }) {
            return Err(Refusal::NotFound);
        }
        let wanted = matches!(file.status, OrderStatus::AwaitingPayment { .. })
            && matches!(payment.state, PaymentState::Open | PaymentState::Declined { .. })
            && payment.amount_minor == amount;
        if wanted {
            let ordinal = payment.ordinal;
            self.emit(OrderEvent::PaymentSucceeded { ordinal, channel_ref: channel_ref.to_owned() })?;
            self.value_payment(ordinal)?;
            self.close_other_payments()?;
            return self.issue_waiting(true);
        }
        let ordinal = self.next_payment_ordinal()?;
        self.emit(OrderEvent::ExtraPayment {
            ordinal,
            no: no.clone(),
            channel: channel.clone(),
            channel_ref: channel_ref.to_owned(),
            amount_minor: amount,
        })?;
        self.value_payment(ordinal)?;
        self.return_extra(ordinal, amount)
    }

    /// R29: money the order did not need goes back in full, by itself, without evidence or fee.
    fn return_extra(&mut self, payment: u16, amount: i64) -> Result<(), Refusal> {
        let case = self.open_case(Vec::new(), Some(payment), Reason::DuplicateCharge, amount)?;
        self.award_extra(case, amount)
    }

    /// Money that came in under a number nobody had begun: it pays the order if that waits for exactly this sum, else it
    /// goes back to whoever sent it, by the way it came (R29).
    pub(super) fn assign_payment(
        &mut self,
        no: &ChannelNumber,
        channel: &ChannelId,
        channel_ref: &str,
        amount: Money,
    ) -> Result<(), Refusal> {
        let Actor::Staff { account, role: Role::Finance | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        let amount = self.minor(amount)?;
        let file = self.file()?;
        if file.is_buyer(account) {
            return Err(Refusal::Conflicted);
        }
        let known = file.payments.iter().any(|p| match &p.state {
            PaymentState::Paid { channel_ref: seen, .. } | PaymentState::Extra { channel_ref: seen, .. } => {
                p.no == *no && seen == channel_ref
            }
            PaymentState::Open | PaymentState::Closing | PaymentState::Closed | PaymentState::Declined { .. } => false,
        });
        if known {
            return Err(Refusal::NothingDue);
        }
        let wanted = matches!(file.status, OrderStatus::AwaitingPayment { .. }) && file.due_minor() == amount;
        let ordinal = self.next_payment_ordinal()?;
        if wanted {
            let tender = Tender::Channel { channel: channel.clone() };
            self.emit(OrderEvent::PaymentOpened { ordinal, no: no.clone(), tender, amount_minor: amount })?;
            self.emit(OrderEvent::PaymentSucceeded { ordinal, channel_ref: channel_ref.to_owned() })?;
            self.value_payment(ordinal)?;
            self.close_other_payments()?;
            return self.issue_waiting(true);
        }
        self.emit(OrderEvent::ExtraPayment {
            ordinal,
            no: no.clone(),
            channel: channel.clone(),
            channel_ref: channel_ref.to_owned(),
            amount_minor: amount,
        })?;
        self.value_payment(ordinal)?;
        self.return_extra(ordinal, amount)
    }

    pub(super) fn payment_declined(&mut self, no: &ChannelNumber, code: &str) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Channel { .. }) {
            return Err(Refusal::NotYours);
        }
        let open = self.file()?.payments.iter().find(|p| p.no == *no && p.state == PaymentState::Open);
        let ordinal = open.ok_or(Refusal::NothingDue)?.ordinal;
        self.emit(OrderEvent::PaymentDeclined { ordinal, code: code.to_owned() })
    }

    /// R28: what came in a foreign currency stands in the books at the day's rate.
    fn value_payment(&mut self, ordinal: u16) -> Result<(), Refusal> {
        match &self.cx.facts.day_rate {
            Some(rate) if self.currency()? != BOOKS => {
                self.emit(OrderEvent::PaymentValued { ordinal, rate: rate.clone() })
            }
            _ => Ok(()),
        }
    }

    /// R28: the buyer gets back what he paid in his currency; what it cost in the books' is the platform's affair.
    pub(super) fn value_payout(&mut self, payout: u16) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = file.payout(payout).ok_or(Refusal::NotFound)?;
        let booked = file.payment(found.destination.payment()).and_then(|payment| payment.rate.as_ref());
        let (Some(booked), Some(rate), None) = (booked, &self.cx.facts.day_rate, &found.rate) else { return Ok(()) };
        let amount = Money::new(found.amount_minor, file.currency);
        let value = |rate: &crate::rate::DayRate| rate.value(amount).map_err(|_| Refusal::BadAmount);
        let difference_minor = value(booked)? - value(rate)?;
        self.emit(OrderEvent::PayoutValued { payout, rate: rate.clone(), difference_minor })
    }

    /// Nobody paid the rest in time: what had come out of the wallet goes back into it.
    pub(super) fn expire(&mut self) -> Result<(), Refusal> {
        let file = self.file()?;
        let order = file.order.clone();
        let paid: Vec<Payment> =
            file.payments.iter().filter(|p| matches!(p.state, PaymentState::Paid { .. })).cloned().collect();
        for payment in paid {
            self.emit(OrderEvent::PartReleased { ordinal: payment.ordinal })?;
            let voucher = matches!(payment.tender, Tender::Voucher { .. });
            self.add_lot(payment.amount_minor, voucher, LotSource::Released { order: order.clone() })?;
        }
        self.restore_coupon()?;
        self.emit(OrderEvent::Expired)
    }

    /// The coupon goes back to the buyer; one that expired meanwhile for seven days more (R13).
    pub(super) fn restore_coupon(&mut self) -> Result<(), Refusal> {
        let file = self.file()?;
        let Some(used) = file.coupon.as_ref().filter(|used| !used.restored) else { return Ok(()) };
        let (order, mut coupon) = (file.order.clone(), used.coupon.clone());
        if self.cx.now >= coupon.expires_at {
            coupon.expires_at = self.cx.calendar.natural_days_after(self.cx.now, REISSUED_DAYS).too_late_from;
        }
        self.emit(OrderEvent::CouponRestored)?;
        self.emit_wallet(WalletEvent::CouponRestored { order, coupon })
    }

    /// What the platform put up for the coupon goes back to it in the proportion in which the order was refunded;
    /// refunded in full, the coupon goes back to the buyer (R13).
    pub(super) fn settle_coupon(&mut self) -> Result<(), Refusal> {
        let file = self.file()?;
        let Some(used) = &file.coupon else { return Ok(()) };
        let (refunded, paid) =
            file.units.iter().fold((0, 0), |(refunded, paid), u| (refunded + u.refunded_minor, paid + u.paid_minor));
        let target = i128::from(used.coupon.value_minor) * i128::from(refunded) / i128::from(paid.max(1));
        let target = i64::try_from(target).map_err(|_| Refusal::BadAmount)?;
        let (amount_minor, whole) = (target - used.returned_minor, file.is_refunded_in_full());
        if amount_minor > 0 {
            self.emit(OrderEvent::CouponReturned { amount_minor })?;
        }
        if whole { self.restore_coupon() } else { Ok(()) }
    }
}
