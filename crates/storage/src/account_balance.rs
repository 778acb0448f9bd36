//! Balances of accounts that everybody touches, folded once per batch. What belongs to one order or wallet is not here:
//! its aggregate says it.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::SellerId;
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "account_balance",
    columns: &[text("account"), text("currency"), int("stripe"), int("balance")],
    key: "account, currency, stripe",
    large_rows: false,
    indexes: &[
        index("account_balance_below", "account, currency, stripe").only("balance < 0").since(3),
        index("account_balance_foreign", "account, currency, stripe")
            .only("currency <> 'CNY' and balance <> 0")
            .since(5),
    ],
    since: 1,
}];

crate::statements! {
    ADD = "insert into account_balance (account, currency, stripe, balance) values ($1, $2, 0, $3) \
           on conflict (account, currency, stripe) do update set balance = account_balance.balance + excluded.balance";
    FIND = "select cast(coalesce(sum(balance), 0) as bigint) from account_balance where account = $1 and currency = $2";
    FIND_ALL = "select account, currency, cast(sum(balance) as bigint) from account_balance where account = $1 \
                group by account, currency order by currency";
    LOAD = "select account, currency, balance from account_balance where account {in $1} {for update}";
    TAKE = "update account_balance set balance = balance + $3 where account = $1 and currency = $2 and stripe = 0 \
            and balance >= $4";
    BELOW = "select account, currency, balance from account_balance \
             where balance < 0 and account > $1 and account < $2 order by account limit $3";
    FOREIGN = "select account, currency, balance from account_balance \
               where currency <> 'CNY' and balance <> 0 and currency {in $3} \
               and account > $1 and account < 'seller_payable;' order by account limit $2";
    REPAYABLE = "select r.account from account_balance r join account_balance p \
                 on p.account = 'seller_payable:' || substr(r.account, 10) and p.currency = r.currency and p.stripe = 0 \
                 where r.balance < 0 and r.account > $1 and r.account < 'recourse;' and p.balance > 0 \
                 order by r.account limit $2";
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
        | Account::ForeignValue(_)
        | Account::ForeignPosition
        | Account::PlatformAdvance
        | Account::Recourse(_)
        | Account::PlatformCost
        | Account::BalanceFunding
        | Account::Unmatched => true,
        Account::Escrow(_)
        | Account::SellerDeposit(_)
        | Account::SellerWithdrawal(_)
        | Account::BuyerBalance(_)
        | Account::VoucherLiability(_)
        | Account::CodeLiability(_)
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

/// Credits less debits of an account so far, in every currency in which it ever moved.
pub fn find_all(db: &impl Read, account: &Account) -> Result<Vec<(Account, Currency, i64)>> {
    db.query(&FIND_ALL, &params![account.to_string()], balance)
}

/// Balances of these accounts, for deciding on them; an account that never moved is absent.
pub fn load(db: &impl Read, accounts: &[Account]) -> Result<Vec<(Account, Currency, i64)>> {
    let names: Vec<String> = accounts.iter().map(Account::to_string).collect();
    db.query(&LOAD, &[crate::Value::list(names.iter().map(String::as_str))], balance)
}

/// Adds to an account of which something was taken, provided that it still holds at least `floor_minor`: what others took
/// since it was read is a [`Conflict`](crate::StorageError::Conflict), and never spent twice.
pub fn take(tx: &Tx<'_>, account: &Account, currency: Currency, net_minor: i64, floor_minor: i64) -> Result<()> {
    tx.execute_one(&TAKE, &params![account.to_string(), currency.code(), net_minor, floor_minor])
}

/// Sellers in debt: whose payable is below zero, after the given seller.
pub fn list_debts(db: &impl Read, after: &str, limit: u32) -> Result<Vec<(SellerId, Money)>> {
    below(db, "seller_payable:", "seller_payable;", after, limit)
}

/// Sellers who owe the platform for an advance, after the given one.
pub fn list_advances(db: &impl Read, after: &str, limit: u32) -> Result<Vec<(SellerId, Money)>> {
    below(db, "recourse:", "recourse;", after, limit)
}

fn below(db: &impl Read, prefix: &str, end: &str, after: &str, limit: u32) -> Result<Vec<(SellerId, Money)>> {
    let found = db.query(&BELOW, &params![format!("{prefix}{after}"), end, limit], balance)?;
    let owed = |(account, currency, net): (Account, Currency, i64)| {
        Some((account.owner()?.into(), Money::new(net.checked_neg()?, currency)))
    };
    Ok(found.into_iter().filter_map(owed).collect())
}

/// Sellers who have earned, or owe, something in one of these currencies, none of which is the books'.
pub fn list_foreign(db: &impl Read, currencies: &[Currency], after: &str, limit: u32) -> Result<Vec<SellerId>> {
    let codes = crate::Value::list(currencies.iter().map(|currency| currency.code()));
    let params = [format!("seller_payable:{after}").into(), limit.into(), codes];
    let found = db.query(&FOREIGN, &params, |row| row.code(0, |text| text.parse::<Account>().ok()))?;
    Ok(found.iter().filter_map(|account| account.owner().map(SellerId::from)).collect())
}

/// Sellers who owe for an advance and have earned something since.
pub fn list_repayable(db: &impl Read, after: &str, limit: u32) -> Result<Vec<SellerId>> {
    let found = db.query(&REPAYABLE, &params![format!("recourse:{after}"), limit], |row| {
        row.code(0, |text| text.parse::<Account>().ok())
    })?;
    Ok(found.iter().filter_map(|account| account.owner().map(SellerId::from)).collect())
}

fn balance(row: &crate::Row<'_>) -> Result<(Account, Currency, i64)> {
    Ok((row.code(0, |text| text.parse().ok())?, row.code(1, |code| code.parse().ok())?, row.int(2)?))
}

/// Every folded account.
pub fn list(db: &impl Read) -> Result<Vec<(Account, Currency, i64)>> {
    db.query(&LIST, &[], balance)
}
