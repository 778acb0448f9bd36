//! The ledger as a whole, and who owns which code.

use super::Report;
use crate::aggregate::Kind;
use crate::db::Read;
use crate::error::Result;
use crate::transfer::Posted;
use crate::{account_balance, stock};
use std::collections::{BTreeMap, HashMap};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::PayoutState;
use yuanlu_ledger::{Account, Balances};
use yuanlu_money::Currency;

/// What the journals say, gathered while they are read.
#[derive(Default)]
pub(super) struct Books {
    /// Accounts that several journals touch, credits less debits.
    shared: Balances,
    /// Accounts of the one order that is being read.
    own: Balances,
    /// What wallets and seller accounts say they hold.
    held: Vec<(Account, Currency, i64)>,
    /// What seller accounts say they owe.
    owed: Vec<(Account, Currency, i64)>,
    /// What sellers owe for advances; the platform has put up the same.
    advanced: BTreeMap<Currency, i64>,
    /// Who owns which code.
    owners: HashMap<String, (String, i64)>,
    pub(super) journals: HashMap<Kind, i64>,
    pub(super) timers: i64,
    pub(super) calls: i64,
    /// Payments to be closed.
    pub(super) closings: i64,
    pub(super) cases: i64,
    pub(super) entries: i64,
}

impl Books {
    pub(super) fn post(&mut self, kind: Kind, id: &str, posted: &[Posted], report: &mut Report) {
        self.own = Balances::new();
        for line in posted {
            let whole = self.shared.apply(&line.transfer);
            let own = self.own.apply(&line.transfer);
            if whole.and(own).is_err() {
                report.differ("ledger", format!("{}:{id}:{}", kind.code(), line.seq), "a balance overflows");
            }
        }
    }

    /// What a wallet or a deposit must stand at in the end.
    pub(super) fn expect(&mut self, account: Account, currency: Currency, minor: i64) {
        self.held.push((account, currency, minor));
    }

    /// What a seller must owe the platform in the end.
    pub(super) fn expect_advance(&mut self, recourse: Account, currency: Currency, minor: i64) {
        *self.advanced.entry(currency).or_default() += minor;
        self.owed.push((recourse, currency, minor));
    }

    /// An order's money and codes.
    pub(super) fn check_order(&mut self, file: &OrderFile, place: &str, report: &mut Report) {
        let under_way = file.payouts.iter().filter(|payout| match payout.state {
            PayoutState::Held
            | PayoutState::Due { .. }
            | PayoutState::Calling { .. }
            | PayoutState::AtBank { .. }
            | PayoutState::Stuck { .. }
            | PayoutState::Refused { .. } => true,
            PayoutState::Arrived { .. } | PayoutState::Rerouted | PayoutState::Superseded { .. } => false,
        });
        let in_flight: i64 = under_way.map(|payout| payout.amount_minor).sum();
        for (account, expected) in [
            (Account::Escrow(file.order.to_string()), file.escrow_minor),
            (Account::RefundInFlight(file.order.to_string()), in_flight),
        ] {
            let found = self.own.net(&account, file.currency);
            if found != expected || found < 0 {
                report.differ("ledger", place, format!("`{account}` stands at {found}, the file says {expected}"));
            }
        }
        for unit in file.units.iter().filter(|unit| unit.refunded_minor > unit.paid_minor || unit.refunded_minor < 0) {
            report.differ("refund", place, format!("unit {} is refunded beyond what was paid", unit.no));
        }
        for payment in file.payments.iter().filter(|p| p.returned_minor > p.amount_minor || p.returned_minor < 0) {
            report.differ("refund", place, format!("payment {} is returned beyond what came in", payment.ordinal));
        }
        for unit in &file.units {
            let Some(code) = unit.state.stock() else { continue };
            let owner = (file.order.to_string(), i64::from(unit.no));
            if let Some(other) = self.owners.insert(code.to_string(), owner) {
                report.differ("stock", place, format!("code `{code}` was also issued to {} unit {}", other.0, other.1));
            }
        }
    }

    /// Everything that is known only when every journal was read.
    pub(super) fn check(mut self, db: &impl Read, report: &mut Report) -> Result<()> {
        for (account, currency, expected) in std::mem::take(&mut self.held) {
            let found = self.shared.net(&account, currency);
            if found != expected || found < 0 {
                report.differ("ledger", &account, format!("stands at {found}, its owner's state says {expected}"));
            }
        }
        let advances = std::mem::take(&mut self.advanced);
        let owed = std::mem::take(&mut self.owed);
        let advances = advances.into_iter().map(|(currency, minor)| (Account::PlatformAdvance, currency, minor));
        for (account, currency, expected) in owed.into_iter().chain(advances) {
            let found = -self.shared.net(&account, currency);
            if found != expected || found < 0 {
                report.differ("ledger", &account, format!("owes {found}, the sellers' accounts say {expected}"));
            }
        }
        if !self.shared.is_balanced() {
            report.differ("ledger", "books", "debits and credits differ");
        }
        let folded: BTreeMap<(String, Currency), i64> = account_balance::list(db)?
            .into_iter()
            .map(|(account, currency, net)| ((account.to_string(), currency), net))
            .filter(|(_, net)| *net != 0)
            .collect();
        let expected: BTreeMap<(String, Currency), i64> = self
            .shared
            .standing()
            .into_iter()
            .filter(|(account, _, _)| account_balance::is_folded(account))
            .map(|(account, currency, net)| ((account.to_string(), currency), net))
            .collect();
        if folded != expected {
            report.differ("account_balance", "table", format!("expected {expected:?}, found {folded:?}"));
        }
        self.check_stock(db, report)
    }

    fn check_stock(mut self, db: &impl Read, report: &mut Report) -> Result<()> {
        stock::for_each(db, |code, state, owner| {
            let expected = self.owners.remove(code);
            let found = owner.map(|(order, unit)| (order.to_owned(), unit));
            if expected != found || (state == "owned") != found.is_some() {
                report.differ("stock", code, format!("is {state} by {found:?}, the files say {expected:?}"));
            }
        })?;
        for (code, (order, unit)) in self.owners {
            report.differ("stock", code, format!("no row, but {order} unit {unit} holds it"));
        }
        Ok(())
    }
}
