use std::collections::HashMap;

use yuanlu_money::{Currency, Money};

use crate::{Account, LedgerError, Side, Transfer};

/// What all transfers so far amount to, per account and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances {
    nets: HashMap<Account, HashMap<Currency, i64>>,
}

impl Balances {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Empty books with the given transfers applied.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] when a balance leaves the range of 64 bits.
    pub fn fold<'a>(transfers: impl IntoIterator<Item = &'a Transfer>) -> Result<Self, LedgerError> {
        let mut balances = Self::new();
        for transfer in transfers {
            balances.apply(transfer)?;
        }
        Ok(balances)
    }

    /// Applies one transfer to both of its accounts, or to none.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] when a balance leaves the range of 64 bits.
    pub fn apply(&mut self, transfer: &Transfer) -> Result<(), LedgerError> {
        let (minor, currency) = (transfer.amount().minor(), transfer.amount().currency());
        let debited = self.net(transfer.debit(), currency).checked_sub(minor).ok_or(LedgerError::Overflow)?;
        let credited = self.net(transfer.credit(), currency).checked_add(minor).ok_or(LedgerError::Overflow)?;
        self.set(transfer.debit(), currency, debited);
        self.set(transfer.credit(), currency, credited);
        Ok(())
    }

    /// Credits less debits: positive is what the platform owes or has earned. Zero for an
    /// account that never moved.
    #[must_use]
    pub fn net(&self, account: &Account, currency: Currency) -> i64 {
        self.nets.get(account).and_then(|by_currency| by_currency.get(&currency)).copied().unwrap_or(0)
    }

    /// The balance as an accountant reads it: positive on the account's own side.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] when the sign of the smallest 64-bit number would turn.
    pub fn balance(&self, account: &Account, currency: Currency) -> Result<Money, LedgerError> {
        let net = self.net(account, currency);
        let minor = match account.side() {
            Side::Credit => net,
            Side::Debit => net.checked_neg().ok_or(LedgerError::Overflow)?,
        };
        Ok(Money::new(minor, currency))
    }

    /// Every account that does not stand at zero, with currency and net, in order of account and
    /// currency.
    #[must_use]
    pub fn standing(&self) -> Vec<(&Account, Currency, i64)> {
        let mut standing: Vec<_> = self
            .nets
            .iter()
            .flat_map(|(account, by_currency)| {
                by_currency.iter().map(move |(currency, net)| (account, *currency, *net))
            })
            .filter(|(_, _, net)| *net != 0)
            .collect();
        standing.sort_unstable();
        standing
    }

    /// The sum over all accounts of a currency: zero unless the books are wrong.
    #[must_use]
    pub fn total(&self, currency: Currency) -> i128 {
        self.nets.values().filter_map(|by_currency| by_currency.get(&currency)).copied().map(i128::from).sum()
    }

    /// Whether the books of every currency sum to zero.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        Currency::ALL.into_iter().all(|currency| self.total(currency) == 0)
    }

    fn set(&mut self, account: &Account, currency: Currency, net: i64) {
        if let Some(by_currency) = self.nets.get_mut(account) {
            by_currency.insert(currency, net);
        } else {
            self.nets.insert(account.clone(), HashMap::from([(currency, net)]));
        }
    }
}
