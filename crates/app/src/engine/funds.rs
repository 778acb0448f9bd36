//! What sellers are owed, as a batch leaves it.
//!
//! Orders only book on a payable and never read it, so they do not wait for each other. A command on a seller account reads
//! it: it sees what is committed and what this batch has booked so far, and what it takes is guarded in the commit.

use super::slot::{Pending, Slots};
use super::{Envelope, load};
use std::collections::HashMap;
use yuanlu_domain::credit::{Counted, score};
use yuanlu_domain::decide::seller::Funds;
use yuanlu_domain::ids::{Ids, SellerId};
use yuanlu_domain::policy::Policy;
use yuanlu_domain::seller_account::{SellerAccount, SellerEvent};
use yuanlu_domain::time::Instant;
use yuanlu_ledger::Account;
use yuanlu_money::Currency;
use yuanlu_storage::credit_event::{self, CreditEvent};
use yuanlu_storage::notice::Notice;
use yuanlu_storage::{StorageError, Tx, account_balance, refund_case, seller};

/// More events than a policy's decay leaves of any seller.
const MOST_EVENTS: u32 = 500;

/// A payable that a command of this batch reads.
struct Payable {
    currency: Currency,
    /// What was stored, if the account ever moved.
    stored: Option<i64>,
    funds: Funds,
    /// The least that was left after something was taken; `None` while nothing was.
    least_left: Option<i64>,
}

/// The payables that commands of a batch read, by the ledger's name of the account.
#[derive(Default)]
pub(super) struct Payables(HashMap<Account, Payable>);

impl Payables {
    pub(super) fn load(
        tx: &Tx<'_>,
        commands: &[Envelope],
        sellers: &Slots<SellerAccount>,
        policy: Option<&Policy>,
        now: Instant,
    ) -> Result<Self, StorageError> {
        let mut payables = Self::default();
        for id in commands.iter().filter_map(load::seller_id) {
            let Some(account) = sellers.get(id).and_then(|slot| slot.current.as_ref()) else { continue };
            let payable = account_of(id);
            if payables.0.contains_key(&payable) {
                continue;
            }
            let open = refund_case::count_open_of_seller(tx, id, now)?;
            let funds = Funds {
                payable_minor: 0,
                open_cases: u32::try_from(open).unwrap_or(u32::MAX),
                self_operated: seller::find(tx, &SellerId::from(id))?.is_some_and(|shop| shop.self_operated),
                raised: policy.map_or(Ok(false), |policy| has_low_credit(tx, id, policy, now))?,
            };
            let fresh = Payable { currency: account.currency, stored: None, funds, least_left: None };
            payables.0.insert(payable, fresh);
        }
        if !payables.0.is_empty() {
            let wanted: Vec<Account> = payables.0.keys().cloned().collect();
            for (account, currency, minor) in account_balance::load(tx, &wanted)? {
                if let Some(payable) = payables.0.get_mut(&account).filter(|payable| payable.currency == currency) {
                    payable.stored = Some(minor);
                    payable.funds.payable_minor = minor;
                }
            }
        }
        Ok(payables)
    }

    /// What a decision on this seller may know now.
    pub(super) fn funds(&self, seller: &str) -> Option<Funds> {
        if self.0.is_empty() { None } else { self.0.get(&account_of(seller)).map(|payable| payable.funds.clone()) }
    }

    /// Follows what an accepted command books; `seller` is the account it was decided on, if it was on one.
    pub(super) fn follow(&mut self, seller: Option<&str>, entries: &[Pending]) {
        if self.0.is_empty() {
            return;
        }
        let mut took = false;
        for transfer in entries.iter().flat_map(|entry| &entry.transfers) {
            let (minor, currency) = (transfer.amount().minor(), transfer.amount().currency());
            for (account, net) in [(transfer.debit(), -minor), (transfer.credit(), minor)] {
                if let Some(payable) = self.0.get_mut(account).filter(|payable| payable.currency == currency) {
                    payable.funds.payable_minor += net;
                    took |= net < 0;
                }
            }
        }
        if took && let Some(payable) = seller.and_then(|seller| self.0.get_mut(&account_of(seller))) {
            let left = payable.funds.payable_minor;
            payable.least_left = Some(payable.least_left.map_or(left, |least| least.min(left)));
        }
    }

    /// Whether a decision of this batch relied on what is in this account.
    pub(super) fn was_taken_from(&self, account: &Account) -> bool {
        !self.0.is_empty() && self.0.get(account).is_some_and(|payable| payable.least_left.is_some())
    }

    /// Adds to a folded account. What was taken is guarded: unless the account still holds what the decision relied on,
    /// nothing of the batch is written.
    pub(super) fn book(
        &self,
        tx: &Tx<'_>,
        account: &Account,
        currency: Currency,
        net: i64,
    ) -> Result<(), StorageError> {
        let guarded = self.0.get(account).filter(|payable| payable.currency == currency);
        match guarded.and_then(|payable| Some((payable.stored?, payable.least_left?))) {
            Some((stored, least_left)) => account_balance::take(tx, account, currency, net, stored - least_left),
            None => account_balance::add(tx, account, currency, net),
        }
    }
}

fn account_of(seller: &str) -> Account {
    Account::SellerPayable(seller.to_owned())
}

/// Whether a seller's credit asks for a raised deposit (R23).
fn has_low_credit(tx: &Tx<'_>, seller: &str, policy: &Policy, now: Instant) -> Result<bool, StorageError> {
    let parameters = policy.parameters();
    let since = now.plus_days(-i64::from(parameters.credit_decay_days));
    let events = credit_event::list(tx, &format!("seller:{seller}"), since, MOST_EVENTS)?;
    let counted: Vec<Counted> = events.iter().map(CreditEvent::counted).collect();
    Ok(score(&counted, now, parameters) < parameters.seller_review_below)
}

/// What a seller and finance are told.
pub(super) fn notices(account: &SellerAccount, events: &[&SellerEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let amount_of = |ordinal: &u32| account.withdrawal(*ordinal).map(|withdrawal| withdrawal.amount_minor);
    let seller = || format!("seller:{}", account.seller);
    let finance = || "role:finance".to_owned();
    let told = events.iter().filter_map(|event| {
        Some(match event {
            SellerEvent::DepositPaid { amount_minor } => (seller(), "deposit_paid", Some(*amount_minor), None),
            SellerEvent::DepositReturned { amount_minor, .. } => {
                (seller(), "deposit_returned", Some(*amount_minor), None)
            }
            SellerEvent::DepositDrawn { amount_minor } => (seller(), "debt_from_deposit", Some(*amount_minor), None),
            SellerEvent::Advanced { amount_minor } => (seller(), "debt_advanced", Some(*amount_minor), None),
            SellerEvent::AdvanceRepaid { amount_minor, .. } => (seller(), "advance_repaid", Some(*amount_minor), None),
            SellerEvent::PayoutAccountSet { usable_from, .. } => {
                (seller(), "payout_account_set", None, Some(*usable_from))
            }
            SellerEvent::WithdrawalExecuted { withdrawal, .. } => {
                (seller(), "withdrawal_executed", amount_of(withdrawal), None)
            }
            SellerEvent::WithdrawalRefused { withdrawal, .. } => {
                (seller(), "withdrawal_refused", amount_of(withdrawal), None)
            }
            SellerEvent::WithdrawalStopped { withdrawal } => {
                (seller(), "withdrawal_stopped", amount_of(withdrawal), None)
            }
            SellerEvent::WithdrawalRequested { amount_minor, due, .. } => {
                (finance(), "withdrawal_waiting", Some(*amount_minor), Some(*due))
            }
            SellerEvent::WithdrawalReminded { withdrawal, .. } => {
                (finance(), "withdrawal_overdue", amount_of(withdrawal), None)
            }
            SellerEvent::Opened { .. }
            | SellerEvent::DepositToppedUp { .. }
            | SellerEvent::WithdrawalApproved { .. }
            | SellerEvent::WithdrawalCancelled { .. } => return None,
        })
    });
    told.map(|(recipient, kind, amount_minor, due)| Notice {
        recipient,
        id: ids.text(now),
        kind: kind.to_owned(),
        order: String::new(),
        case: None,
        amount_minor,
        currency: account.currency.code().to_owned(),
        due,
        at: now,
        read_at: None,
    })
    .collect()
}
