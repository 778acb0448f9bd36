//! What sellers are owed, as a batch leaves it.
//!
//! Orders only book on a payable and never read it, so they do not wait for each other. A command on a seller account reads
//! it: it sees what is committed and what this batch has booked so far, and what it takes is guarded in the commit.

use super::slot::{Pending, Slots};
use super::{Envelope, load};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use yuanlu_domain::credit::{Counted, score};
use yuanlu_domain::decide::seller::{ForeignFunds, Funds};
use yuanlu_domain::ids::{Ids, SellerId};
use yuanlu_domain::policy::Policy;
use yuanlu_domain::rate::DayRate;
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
#[derive(Default)]
struct Payable {
    /// What was stored, if the account ever moved.
    stored: Option<i64>,
    /// What is in it now.
    minor: i64,
    /// The least that was left after something was taken; `None` while nothing was.
    least_left: Option<i64>,
}

/// A seller that a command of this batch is about.
struct Seller {
    /// In which currency he is paid.
    currency: Currency,
    /// What is known of him besides his payables.
    funds: Funds,
    /// His payables, in every currency that moved.
    payables: BTreeMap<Currency, Payable>,
}

/// The payables that commands of a batch read, by the ledger's name of the account.
#[derive(Default)]
pub(super) struct Payables {
    sellers: HashMap<Account, Seller>,
    rates: HashMap<Currency, DayRate>,
}

impl Payables {
    pub(super) fn load(
        tx: &Tx<'_>,
        commands: &[Envelope],
        sellers: &Slots<SellerAccount>,
        policy: Option<&Policy>,
        now: Instant,
    ) -> Result<Self, StorageError> {
        let mut this = Self::default();
        let known = |id: &&str| sellers.get(id).is_some_and(|slot| slot.current.is_some());
        let ids: BTreeSet<&str> = commands.iter().filter_map(load::seller_id).filter(known).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(this);
        }
        let open = refund_case::count_open_of_sellers(tx, &ids, now)?;
        let shops = seller::find_all(tx, &ids)?;
        let own: BTreeSet<SellerId> = shops.into_iter().filter(|shop| shop.self_operated).map(|shop| shop.id).collect();
        let raised = match policy {
            Some(policy) => have_low_credit(tx, &ids, policy, now)?,
            None => vec![false; ids.len()],
        };
        for ((id, open), raised) in ids.iter().zip(open).zip(raised) {
            let Some(account) = sellers.get(id).and_then(|slot| slot.current.as_ref()) else { continue };
            let funds = Funds {
                payable_minor: 0,
                foreign: Vec::new(),
                open_cases: u32::try_from(open).unwrap_or(u32::MAX),
                self_operated: own.contains(&account.seller),
                raised,
            };
            this.sellers
                .insert(account_of(id), Seller { currency: account.currency, funds, payables: BTreeMap::new() });
        }
        if !this.sellers.is_empty() {
            let wanted: Vec<Account> = this.sellers.keys().cloned().collect();
            for (account, currency, minor) in account_balance::load(tx, &wanted)? {
                let Some(seller) = this.sellers.get_mut(&account) else { continue };
                seller.payables.insert(currency, Payable { stored: Some(minor), minor, least_left: None });
                if currency != seller.currency
                    && let Some(rate) = crate::rates::latest(tx, currency, now)?
                {
                    this.rates.insert(currency, rate);
                }
            }
        }
        Ok(this)
    }

    /// What a decision on this seller may know now.
    pub(super) fn funds(&self, seller: &str) -> Option<Funds> {
        if self.sellers.is_empty() {
            return None;
        }
        let Seller { currency: own, funds, payables } = self.sellers.get(&account_of(seller))?;
        let foreign = payables.iter().filter(|(currency, _)| *currency != own).map(|(currency, payable)| {
            let (payable_minor, rate) = (payable.minor, self.rates.get(currency).cloned());
            ForeignFunds { currency: *currency, payable_minor, rate }
        });
        let payable_minor = payables.get(own).map_or(0, |payable| payable.minor);
        Some(Funds { payable_minor, foreign: foreign.collect(), ..funds.clone() })
    }

    /// Follows what an accepted command books; `seller` is the account it was decided on, if it was on one.
    pub(super) fn follow(&mut self, seller: Option<&str>, entries: &[Pending]) {
        if self.sellers.is_empty() {
            return;
        }
        let decided_on = seller.map(account_of);
        let mut taken_from = Vec::new();
        for transfer in entries.iter().flat_map(|entry| &entry.transfers) {
            let (minor, currency) = (transfer.amount().minor(), transfer.amount().currency());
            for (account, net) in [(transfer.debit(), -minor), (transfer.credit(), minor)] {
                if let Some(seller) = self.sellers.get_mut(account) {
                    seller.payables.entry(currency).or_default().minor += net;
                    if net < 0 && decided_on.as_ref() == Some(account) {
                        taken_from.push(currency);
                    }
                }
            }
        }
        let Some(seller) = decided_on.and_then(|account| self.sellers.get_mut(&account)) else { return };
        for currency in taken_from {
            let payable = seller.payables.entry(currency).or_default();
            payable.least_left = Some(payable.least_left.map_or(payable.minor, |least| least.min(payable.minor)));
        }
    }

    fn find(&self, account: &Account, currency: Currency) -> Option<&Payable> {
        if self.sellers.is_empty() { None } else { self.sellers.get(account)?.payables.get(&currency) }
    }

    /// Whether a decision of this batch relied on what is in this account.
    pub(super) fn was_taken_from(&self, account: &Account, currency: Currency) -> bool {
        self.find(account, currency).is_some_and(|payable| payable.least_left.is_some())
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
        match self.find(account, currency).and_then(|payable| Some((payable.stored?, payable.least_left?))) {
            Some((stored, least_left)) => account_balance::take(tx, account, currency, net, stored - least_left),
            None => account_balance::add(tx, account, currency, net),
        }
    }
}

fn account_of(seller: &str) -> Account {
    Account::SellerPayable(seller.to_owned())
}

/// Whether sellers' credit asks for a raised deposit (R23).
fn have_low_credit(tx: &Tx<'_>, sellers: &[&str], policy: &Policy, now: Instant) -> Result<Vec<bool>, StorageError> {
    let parameters = policy.parameters();
    let since = now.plus_days(-i64::from(parameters.credit_decay_days));
    let subjects: Vec<String> = sellers.iter().map(|seller| format!("seller:{seller}")).collect();
    let of_each = credit_event::list_each(tx, &subjects, since, MOST_EVENTS)?;
    let is_low = |events: Vec<CreditEvent>| {
        let counted: Vec<Counted> = events.iter().map(CreditEvent::counted).collect();
        score(&counted, now, parameters) < parameters.seller_review_below
    };
    Ok(of_each.into_iter().map(is_low).collect())
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
            SellerEvent::Exchanged { amount_minor, .. } if *amount_minor > 0 => {
                (seller(), "earnings_exchanged", Some(*amount_minor), None)
            }
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
            | SellerEvent::Exchanged { .. }
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
