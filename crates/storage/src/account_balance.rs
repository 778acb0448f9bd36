//! Balances of accounts that everybody touches, folded once per batch. What belongs to one order or wallet is not here:
//! its aggregate says it.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_ledger::Account;
use yuanlu_money::Currency;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "account_balance",
    columns: &[text("account"), text("currency"), int("stripe"), int("balance")],
    key: "account, currency, stripe",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    ADD = "insert into account_balance (account, currency, stripe, balance) values ($1, $2, 0, $3) \
           on conflict (account, currency, stripe) do update set balance = account_balance.balance + excluded.balance";
    FIND = "select cast(coalesce(sum(balance), 0) as bigint) from account_balance where account = $1 and currency = $2";
    LIST = "select account, currency, cast(sum(balance) as bigint) from account_balance \
            group by account, currency order by account, currency";
}

/// Whether an account is folded here.
pub fn is_folded(account: &Account) -> bool {
    match account {
        Account::ChannelClearing(_)
        | Account::SellerPayable(_)
        | Account::PlatformFee
        | Account::FxGainLoss
        | Account::PlatformAdvance
        | Account::Recourse(_)
        | Account::PlatformCost
        | Account::BalanceFunding
        | Account::Unmatched => true,
        Account::Escrow(_)
        | Account::SellerDeposit(_)
        | Account::BuyerBalance(_)
        | Account::VoucherLiability(_)
        | Account::RefundInFlight(_) => false,
    }
}

/// Adds to an account: credits less debits.
pub fn add(tx: &Tx<'_>, account: &Account, currency: Currency, net_minor: i64) -> Result<()> {
    tx.execute_one(&ADD, &params![account.to_string(), currency.code(), net_minor])
}

/// Credits less debits of an account so far.
pub fn find(db: &impl Read, account: &Account, currency: Currency) -> Result<i64> {
    let net = db.query_one(&FIND, &params![account.to_string(), currency.code()], |row| row.int(0))?;
    Ok(net.unwrap_or(0))
}

/// Every folded account.
pub fn list(db: &impl Read) -> Result<Vec<(Account, Currency, i64)>> {
    db.query(&LIST, &[], |row| {
        Ok((row.code(0, |text| text.parse().ok())?, row.code(1, |code| code.parse().ok())?, row.int(2)?))
    })
}
