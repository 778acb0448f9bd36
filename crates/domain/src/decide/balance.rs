//! Wallets on their own.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::command::WalletAct;
use crate::ids::AccountId;
use crate::projection::{Subject, wallet_timers};
use crate::refusal::Refusal;
use crate::time::Instant;
use crate::wallet::{Coupon, Lot, LotSource, WalletEvent};
use yuanlu_money::{Currency, Money};

impl Draft<'_, '_> {
    /// First instant at which a lot that comes in now can no longer be spent: a full term from the credit date (R37).
    fn lot_expiry(&self) -> Instant {
        let years = i16::try_from(self.cx.policy.parameters().lot_years).unwrap_or(1);
        let date = self.cx.now.date();
        let year = date.year().saturating_add(years);
        // 29 February ends on the 28th of a common year.
        let last = jiff::civil::Date::new(year, date.month(), date.day())
            .or_else(|_| jiff::civil::Date::new(year, date.month(), 28))
            .unwrap_or(date);
        Instant::start_of(last.tomorrow().unwrap_or(last))
    }

    pub(super) fn open_wallet(&mut self, account: &AccountId, currency: Currency) -> Result<(), Refusal> {
        let parameters = self.cx.policy.parameters();
        let warning_days = (parameters.first_lot_warning_days, parameters.last_lot_warning_days);
        self.emit_wallet(WalletEvent::Opened { account: account.clone(), currency, warning_days })
    }

    pub(super) fn add_lot(&mut self, left_minor: i64, voucher: bool, source: LotSource) -> Result<u32, Refusal> {
        let expires_at = self.lot_expiry();
        let ordinal = self.wallet.as_ref().ok_or(Refusal::NotFound)?.lots_ever + 1;
        let lot = Lot { ordinal, left_minor, expires_at, warnings: 0, voucher };
        self.emit_wallet(WalletEvent::LotAdded { lot, source })?;
        Ok(ordinal)
    }

    pub(super) fn wallet_act(&mut self, account: &AccountId, act: &WalletAct) -> Result<(), Refusal> {
        match act {
            WalletAct::Open { currency } => {
                if self.wallet.is_some() {
                    return Err(Refusal::AlreadyExists);
                }
                self.open_wallet(account, *currency)
            }
            WalletAct::Credit { amount } => {
                self.may_give(account, *amount)?;
                self.add_lot(amount.minor(), false, LotSource::Credit).map(drop)
            }
            WalletAct::GiveVoucher { amount } => {
                self.may_give(account, *amount)?;
                self.add_lot(amount.minor(), true, LotSource::Goodwill).map(drop)
            }
            WalletAct::GrantCoupon { value, least, last_day } => {
                self.may_give(account, *value)?;
                let expires_at = Instant::start_of(last_day.tomorrow().map_err(|_| Refusal::BadAmount)?);
                if expires_at <= self.cx.now {
                    return Err(Refusal::TooLate { since: expires_at });
                }
                // It never pays for everything: an order has something that can be refunded.
                if least.currency() != value.currency() || least.minor() <= value.minor() {
                    return Err(Refusal::BadAmount);
                }
                let ordinal = self.wallet.as_ref().ok_or(Refusal::NotFound)?.coupons_ever + 1;
                let (value_minor, least_minor) = (value.minor(), least.minor());
                self.emit_wallet(WalletEvent::CouponGranted {
                    coupon: Coupon { ordinal, value_minor, least_minor, expires_at },
                })
            }
            WalletAct::BeginTopUp { channel, amount, confirmed } => {
                self.begin_top_up(account, channel, *amount, *confirmed)
            }
            WalletAct::TopUpSucceeded { no, channel_ref, amount } => self.top_up_succeeded(no, channel_ref, *amount),
            WalletAct::TopUpClosed { no } => self.top_up_closed(no),
            WalletAct::Wake { subject } => {
                let wallet = self.wallet.as_ref().ok_or(Refusal::NotFound)?;
                let due = wallet_timers(wallet).into_iter().find(|t| t.subject == *subject && t.due <= self.cx.now);
                match (self.by, due.map(|timer| timer.subject)) {
                    (Actor::Program, Some(Subject::TopUp(ordinal))) => self.top_up_expired(ordinal),
                    (Actor::Program, Some(Subject::Lot(lot))) => self.emit_wallet(WalletEvent::LotWarned { lot }),
                    _ => Err(Refusal::NothingDue),
                }
            }
            WalletAct::Regrant { lot } => {
                if !matches!(self.by, Actor::Buyer { party } if party.account() == Some(account)) {
                    return Err(Refusal::NotFound);
                }
                let wallet = self.wallet.as_ref().ok_or(Refusal::NotFound)?;
                let found = wallet.lots.iter().find(|l| l.ordinal == *lot).ok_or(Refusal::NotFound)?;
                if self.cx.now < found.expires_at {
                    return Err(Refusal::WrongState { state: "not_expired" });
                }
                self.emit_wallet(WalletEvent::Regranted { lot: *lot, expires_at: self.lot_expiry() })
            }
        }
    }

    /// Finance gives something to a wallet, which is opened for it.
    fn may_give(&mut self, account: &AccountId, amount: Money) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Staff { role: Role::Finance | Role::Admin, .. }) {
            return Err(Refusal::NotYours);
        }
        self.make_room(account, amount)
    }

    /// A wallet that can take this much; it is opened where there is none.
    pub(super) fn make_room(&mut self, account: &AccountId, amount: Money) -> Result<(), Refusal> {
        if !amount.is_positive() {
            return Err(Refusal::BadAmount);
        }
        if self.wallet.is_none() {
            self.open_wallet(account, amount.currency())?;
        }
        let wallet = self.wallet.as_ref().ok_or(Refusal::NotFound)?;
        let fits = |held: i64| held.checked_add(amount.minor()).is_some();
        match wallet.currency == amount.currency() && fits(wallet.held_minor()) && fits(wallet.vouchers_minor()) {
            true => Ok(()),
            false => Err(Refusal::BadAmount),
        }
    }
}
