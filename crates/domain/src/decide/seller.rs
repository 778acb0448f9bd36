//! A seller's account (R27): deposit, debts and how they are covered, withdrawals.
//!
//! What the platform owes the seller is folded from the ledger and comes as a fact; what a command has booked itself is
//! added to it, so that every step of a command sees the ones before.

use super::{Draft, Provided};
use crate::actor::{Actor, Role};
use crate::case::PersonalRef;
use crate::command::SellerAct;
use crate::ids::{AccountId, SellerId};
use crate::policy::Parameters;
use crate::projection::Subject;
use crate::rate::{BOOKS, DayRate};
use crate::refusal::Refusal;
use crate::seller_account::{MOST_WITHDRAWALS_OPEN, RepaidFrom, SellerAccount, SellerEvent};
use crate::withdrawal::{Withdrawal, WithdrawalState};
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};

/// Facts about a seller's money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funds {
    /// What the platform owes the seller, in minor units; below zero it is his debt.
    pub payable_minor: i64,
    /// What the platform owes him in other currencies, with the day's rate, where one is known.
    pub foreign: Vec<ForeignFunds>,
    /// Cases of his orders that are open, or can still be appealed.
    pub open_cases: u32,
    /// He is the platform itself: no deposit is asked of him.
    pub self_operated: bool,
    /// His credit asks for a raised deposit (R23).
    pub raised: bool,
}

/// What the platform owes a seller in a currency he is not paid in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignFunds {
    /// The currency.
    pub currency: Currency,
    /// How much, in its minor units; below zero it is his debt.
    pub payable_minor: i64,
    /// The day's rate.
    pub rate: Option<DayRate>,
}

impl Funds {
    /// The deposit asked of a seller, in minor units.
    pub fn required_minor(&self, currency: Currency, parameters: &Parameters) -> i64 {
        match (self.self_operated || currency != Currency::Cny, self.raised) {
            (true, _) => 0,
            (false, false) => parameters.required_deposit_minor,
            (false, true) => parameters.raised_deposit_minor,
        }
    }
}

/// What can be withdrawn, in minor units: nothing while there is a debt or an advance, and what the deposit lacks stays.
pub fn available_minor(account: &SellerAccount, payable_minor: i64, required_minor: i64) -> i64 {
    if account.advance_minor > 0 {
        return 0;
    }
    let lacking = (required_minor - account.deposit_minor).max(0);
    payable_minor.saturating_sub(lacking).max(0)
}

impl Draft<'_, '_> {
    pub(super) fn seller_act(&mut self, seller: &SellerId, act: &SellerAct) -> Result<(), Refusal> {
        match act {
            SellerAct::Open { currency } => {
                self.only_finance()?;
                if self.seller.is_some() {
                    return Err(Refusal::AlreadyExists);
                }
                self.emit_seller(SellerEvent::Opened { seller: seller.clone(), currency: *currency })
            }
            SellerAct::PayDeposit { amount } => {
                self.only_finance()?;
                let amount_minor = self.seller_minor(*amount)?;
                if self.account()?.deposit_minor.checked_add(amount_minor).is_none() {
                    return Err(Refusal::BadAmount);
                }
                self.emit_seller(SellerEvent::DepositPaid { amount_minor })
            }
            SellerAct::TopUpDeposit { amount } => self.top_up_deposit(*amount),
            SellerAct::ReturnDeposit { amount, reference } => self.return_deposit(*amount, reference),
            SellerAct::RepayAdvance { amount, reference } => self.repay_advance(*amount, reference),
            SellerAct::Square => {
                if !matches!(self.by, Actor::Program) {
                    return Err(Refusal::NotYours);
                }
                self.square()?;
                if self.events.is_empty() { Err(Refusal::NothingDue) } else { Ok(()) }
            }
            SellerAct::SetPayoutAccount { account } => self.set_payout_account(account),
            SellerAct::RequestWithdrawal { amount } => self.request_withdrawal(*amount),
            SellerAct::CancelWithdrawal { withdrawal } => {
                self.only_this_seller()?;
                self.open_withdrawal(*withdrawal)?;
                self.emit_seller(SellerEvent::WithdrawalCancelled { withdrawal: *withdrawal })
            }
            SellerAct::ApproveWithdrawal { withdrawal } => self.approve_withdrawal(*withdrawal),
            SellerAct::ExecuteWithdrawal { withdrawal, reference } => self.execute_withdrawal(*withdrawal, reference),
            SellerAct::RefuseWithdrawal { withdrawal, words } => {
                let account = self.only_finance()?;
                if self.open_withdrawal(*withdrawal)?.by == account {
                    return Err(Refusal::Conflicted);
                }
                self.emit_seller(SellerEvent::WithdrawalRefused { withdrawal: *withdrawal, words: words.clone() })
            }
            SellerAct::Wake { subject } => self.wake_seller(subject),
        }
    }

    fn account(&self) -> Result<&SellerAccount, Refusal> {
        self.seller.as_ref().ok_or(Refusal::NotFound)
    }

    fn only_finance(&self) -> Result<AccountId, Refusal> {
        match self.by {
            Actor::Staff { account, role: Role::Finance | Role::Admin } => Ok(account.clone()),
            _ => Err(Refusal::NotYours),
        }
    }

    fn only_this_seller(&self) -> Result<(), Refusal> {
        match self.by {
            Actor::Seller { seller, .. } if *seller == self.account()?.seller => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }

    /// A positive amount in the account's currency, in minor units.
    fn seller_minor(&self, amount: Money) -> Result<i64, Refusal> {
        let fits = amount.currency() == self.account()?.currency && amount.is_positive();
        if fits { Ok(amount.minor()) } else { Err(Refusal::BadAmount) }
    }

    fn funds(&self) -> Result<&Funds, Refusal> {
        let Provided { funds, .. } = self.cx.facts;
        funds.as_ref().ok_or(Refusal::Inconsistent { what: "payable" })
    }

    /// What the platform owes the seller now.
    fn payable_minor(&self) -> Result<i64, Refusal> {
        let SellerAccount { seller, currency, .. } = self.account()?;
        let payable = Account::SellerPayable(seller.to_string());
        let booked: i64 = self
            .seller_transfers
            .iter()
            .filter(|transfer| transfer.amount().currency() == *currency)
            .map(|transfer| match (transfer.debit() == &payable, transfer.credit() == &payable) {
                (true, _) => -transfer.amount().minor(),
                (_, true) => transfer.amount().minor(),
                _ => 0,
            })
            .sum();
        Ok(self.funds()?.payable_minor + booked)
    }

    fn required_minor(&self) -> Result<i64, Refusal> {
        Ok(self.funds()?.required_minor(self.account()?.currency, self.cx.policy.parameters()))
    }

    fn seller_money(&self, minor: i64) -> Result<Money, Refusal> {
        Ok(Money::new(minor, self.account()?.currency))
    }

    /// Refused while he owes anything.
    fn without_debt(&self) -> Result<(), Refusal> {
        let owed_minor = self.account()?.advance_minor + (-self.payable_minor()?).max(0);
        if owed_minor > 0 { Err(Refusal::InDebt { owed: self.seller_money(owed_minor)? }) } else { Ok(()) }
    }

    /// What was earned or is owed in another currency becomes the account's own, at the day's rate (R28). Without a rate it
    /// waits for one.
    fn exchange(&mut self) -> Result<(), Refusal> {
        if self.account()?.currency != BOOKS {
            return Ok(());
        }
        for ForeignFunds { currency, payable_minor, rate } in self.funds()?.foreign.clone() {
            let Some(rate) = rate.filter(|_| payable_minor != 0) else { continue };
            let amount_minor = rate.value(Money::new(payable_minor, currency)).map_err(|_| Refusal::BadAmount)?;
            self.emit_seller(SellerEvent::Exchanged { currency, foreign_minor: payable_minor, amount_minor, rate })?;
        }
        Ok(())
    }

    /// Puts the account in order: other currencies are exchanged, a debt is covered by what waits to be withdrawn, then from the deposit, then by the
    /// platform with recourse; earnings repay an advance before anything else (R27).
    fn square(&mut self) -> Result<(), Refusal> {
        self.exchange()?;
        let waiting: Vec<u32> = self.account()?.open_withdrawals().rev().map(|w| w.ordinal).collect();
        for withdrawal in waiting {
            if self.payable_minor()? < 0 {
                self.emit_seller(SellerEvent::WithdrawalStopped { withdrawal })?;
            }
        }
        let debt = -self.payable_minor()?;
        if debt > 0 {
            let drawn = debt.min(self.account()?.deposit_minor);
            if drawn > 0 {
                self.emit_seller(SellerEvent::DepositDrawn { amount_minor: drawn })?;
            }
            if debt > drawn {
                self.emit_seller(SellerEvent::Advanced { amount_minor: debt - drawn })?;
            }
        }
        let repaid = self.payable_minor()?.min(self.account()?.advance_minor);
        if repaid > 0 {
            self.emit_seller(SellerEvent::AdvanceRepaid { amount_minor: repaid, from: RepaidFrom::Earnings })?;
        }
        Ok(())
    }

    fn top_up_deposit(&mut self, amount: Money) -> Result<(), Refusal> {
        self.only_this_seller()?;
        let amount_minor = self.seller_minor(amount)?;
        self.square()?;
        self.without_debt()?;
        let payable = self.payable_minor()?;
        if amount_minor > payable {
            return Err(Refusal::NotEnoughEarned { available: self.seller_money(payable)? });
        }
        self.emit_seller(SellerEvent::DepositToppedUp { amount_minor })
    }

    fn return_deposit(&mut self, amount: Money, reference: &str) -> Result<(), Refusal> {
        self.only_finance()?;
        let amount_minor = self.seller_minor(amount)?;
        self.without_debt()?;
        let open = self.funds()?.open_cases;
        if open > 0 {
            return Err(Refusal::OpenCases { open });
        }
        let required = self.required_minor()?;
        let most = (self.account()?.deposit_minor - required).max(0);
        if amount_minor > most {
            return Err(Refusal::BelowDeposit { required: self.seller_money(required)? });
        }
        self.emit_seller(SellerEvent::DepositReturned { amount_minor, reference: reference.to_owned() })
    }

    fn repay_advance(&mut self, amount: Money, reference: &str) -> Result<(), Refusal> {
        self.only_finance()?;
        let amount_minor = self.seller_minor(amount)?;
        let owed = self.account()?.advance_minor;
        if amount_minor > owed {
            return Err(Refusal::AboveOwed { most: self.seller_money(owed)? });
        }
        let from = RepaidFrom::PaidIn { reference: reference.to_owned() };
        self.emit_seller(SellerEvent::AdvanceRepaid { amount_minor, from })
    }

    fn set_payout_account(&mut self, account: &PersonalRef) -> Result<(), Refusal> {
        self.only_this_seller()?;
        let wait = i64::from(self.cx.policy.parameters().payout_account_wait_hours);
        let usable_from = self.cx.now.plus_hours(wait);
        self.emit_seller(SellerEvent::PayoutAccountSet { account: account.clone(), usable_from })
    }

    fn request_withdrawal(&mut self, amount: Money) -> Result<(), Refusal> {
        self.only_this_seller()?;
        let amount_minor = self.seller_minor(amount)?;
        if self.account()?.payout_account.is_none() {
            return Err(Refusal::Missing { field: "payout_account" });
        }
        if self.account()?.open_withdrawals().count() >= MOST_WITHDRAWALS_OPEN {
            return Err(Refusal::NoRoom { most: u32::try_from(MOST_WITHDRAWALS_OPEN).unwrap_or(u32::MAX) });
        }
        self.square()?;
        self.without_debt()?;
        let available = available_minor(self.account()?, self.payable_minor()?, self.required_minor()?);
        if amount_minor > available {
            return Err(Refusal::NotEnoughEarned { available: self.seller_money(available)? });
        }
        let withdrawal = self.account()?.withdrawals_ever + 1;
        let due = self.withdrawal_due();
        self.emit_seller(SellerEvent::WithdrawalRequested { withdrawal, amount_minor, due })
    }

    fn withdrawal_due(&self) -> crate::time::Instant {
        let days = self.cx.policy.parameters().withdrawal_working_days;
        self.cx.calendar.working_days_after(self.cx.now, days).too_late_from
    }

    fn open_withdrawal(&self, ordinal: u32) -> Result<&Withdrawal, Refusal> {
        let found = self.account()?.withdrawal(ordinal).ok_or(Refusal::NotFound)?;
        if found.state.is_open() { Ok(found) } else { Err(Refusal::WrongState { state: found.state.code() }) }
    }

    fn needs_two(&self, amount_minor: i64) -> bool {
        amount_minor > self.cx.policy.parameters().second_approval_above_minor
    }

    fn approve_withdrawal(&mut self, withdrawal: u32) -> Result<(), Refusal> {
        let account = self.only_finance()?;
        let found = self.open_withdrawal(withdrawal)?;
        if found.by == account {
            return Err(Refusal::Conflicted);
        }
        if matches!(found.state, WithdrawalState::Approved { .. }) || !self.needs_two(found.amount_minor) {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        self.emit_seller(SellerEvent::WithdrawalApproved { withdrawal })
    }

    fn execute_withdrawal(&mut self, withdrawal: u32, reference: &str) -> Result<(), Refusal> {
        let account = self.only_finance()?;
        let found = self.open_withdrawal(withdrawal)?;
        if found.by == account {
            return Err(Refusal::Conflicted);
        }
        if self.cx.now < found.not_before {
            return Err(Refusal::NotBefore { from: found.not_before });
        }
        let alone = match &found.state {
            _ if !self.needs_two(found.amount_minor) => false,
            WithdrawalState::Approved { by } if *by != account => false,
            _ => {
                self.may_execute_alone(found, &account)?;
                true
            }
        };
        self.without_debt()?;
        self.emit_seller(SellerEvent::WithdrawalExecuted { withdrawal, reference: reference.to_owned(), alone })
    }

    /// R35: four eyes without a second person are a second factor (every sign-in of staff has one) and a wait.
    fn may_execute_alone(&self, found: &Withdrawal, account: &AccountId) -> Result<(), Refusal> {
        let Some(staff) = &self.cx.facts.staff else { return Err(Refusal::Conflicted) };
        let second = staff.iter().any(|(other, roles)| {
            roles.iter().any(|role| matches!(role, Role::Finance | Role::Admin))
                && other != account
                && *other != found.by
        });
        let from = found.at.plus_hours(i64::from(self.cx.policy.parameters().second_approval_wait_hours));
        match (second, self.cx.now < from) {
            (true, _) if found.state == WithdrawalState::Waiting => Err(Refusal::SecondPersonNeeded),
            (true, _) => Err(Refusal::Conflicted),
            (false, true) => Err(Refusal::NotBefore { from }),
            (false, false) => Ok(()),
        }
    }

    fn wake_seller(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let now = self.cx.now;
        let due = self.account()?.timers().into_iter().find(|timer| timer.subject == *subject && timer.due <= now);
        match (self.by, due.map(|timer| timer.subject)) {
            (Actor::Program, Some(Subject::Withdrawal(withdrawal))) => {
                self.emit_seller(SellerEvent::WithdrawalReminded { withdrawal, due: self.withdrawal_due() })
            }
            _ => Err(Refusal::NothingDue),
        }
    }
}
