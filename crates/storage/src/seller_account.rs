//! Seller accounts as stored.

use crate::aggregate::{Head, Stored, state_text};
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::journal::{hex, parse_head};
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::seller_account::SellerAccount;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seller_account",
    columns: &[
        text("seller_id"),
        int("version"),
        text("head"),
        int("deposit"),
        int("unsealed"),
        text("state"),
        int("withdrawal_due").null().since(3),
    ],
    key: "seller_id",
    large_rows: true,
    indexes: &[
        index("seller_account_unsealed", "seller_id").only("unsealed = 1"),
        index("seller_account_withdrawal", "withdrawal_due, seller_id").only("withdrawal_due is not null").since(3),
    ],
    since: 1,
}];

crate::statements! {
    HEADS = "select seller_id, version, head from seller_account where seller_id {in $1}";
    LOAD = "select version, head, state from seller_account where seller_id {in $1} order by seller_id {for update}";
    FIND = "select version, head, state from seller_account where seller_id = $1";
    LIST = "select version, head, state from seller_account where seller_id > $1 order by seller_id limit $2";
    WITHDRAWING = "select version, head, state from seller_account \
                   where withdrawal_due is not null and (withdrawal_due, seller_id) > ($1, $2) \
                   order by withdrawal_due, seller_id limit $3";
    INSERT = "insert into seller_account (seller_id, version, head, deposit, unsealed, state, withdrawal_due) \
              values ($1, $2, $3, $4, 1, $5, $6)";
    UPDATE = "update seller_account set version = $3, head = $4, deposit = $5, unsealed = 1, state = $6, \
              withdrawal_due = $7 where seller_id = $1 and version = $2";
    COLUMNS = "select deposit, withdrawal_due from seller_account where seller_id = $1";
    COUNT = "select count(*) from seller_account";
}

/// Where the journals of these ids end.
pub(crate) fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
    db.query(&HEADS, &[Value::list(ids.iter().copied())], |row| {
        Ok((row.text(0)?, parse_head("seller_account", row.int(1)?, row.str(2)?)?))
    })
}

/// What lists are searched by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    deposit_minor: i64,
    withdrawal_due: Option<Instant>,
}

impl Columns {
    pub(crate) fn of(account: &SellerAccount) -> Self {
        let withdrawal_due = account.open_withdrawals().map(|withdrawal| withdrawal.due).min();
        Self { deposit_minor: account.deposit_minor, withdrawal_due }
    }
}

/// The accounts of these sellers that exist, for deciding on them.
pub fn load(db: &impl Read, sellers: &[&str]) -> Result<Vec<Stored<SellerAccount>>> {
    db.query(&LOAD, &[Value::list(sellers)], stored)
}

/// One account.
pub fn find(db: &impl Read, seller: &SellerId) -> Result<Option<Stored<SellerAccount>>> {
    db.query_one(&FIND, &params![seller], stored)
}

/// Accounts by seller, after the given one.
pub fn list(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Stored<SellerAccount>>> {
    db.query(&LIST, &params![after, limit], stored)
}

/// Accounts with open withdrawals, the most urgent first, after the given instant and seller.
pub fn list_withdrawing(db: &impl Read, after: (i64, &str), limit: u32) -> Result<Vec<Stored<SellerAccount>>> {
    db.query(&WITHDRAWING, &params![after.0, after.1, limit], stored)
}

/// Writes a new account.
pub fn insert(tx: &Tx<'_>, account: &SellerAccount, head: &Head) -> Result<()> {
    let (state, columns) = (state_text("seller_account", account)?, Columns::of(account));
    let (hash, due) = (hex(&head.hash), columns.withdrawal_due);
    let args = params![&account.seller, head.version, hash, columns.deposit_minor, state, due];
    tx.execute_one(&INSERT, &args)
}

/// Writes what an account has become since `version`.
pub fn update(tx: &Tx<'_>, account: &SellerAccount, version: i64, head: &Head) -> Result<()> {
    let (state, columns) = (state_text("seller_account", account)?, Columns::of(account));
    let (hash, due) = (hex(&head.hash), columns.withdrawal_due);
    let args = params![&account.seller, version, head.version, hash, columns.deposit_minor, state, due];
    tx.execute_one(&UPDATE, &args)
}

/// The row beside the state.
pub(crate) fn find_columns(db: &impl Read, seller: &SellerId) -> Result<Option<Columns>> {
    db.query_one(&COLUMNS, &params![seller], |row| {
        Ok(Columns { deposit_minor: row.int(0)?, withdrawal_due: row.opt_instant(1)? })
    })
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn stored(row: &crate::Row<'_>) -> Result<Stored<SellerAccount>> {
    Ok(Stored { head: parse_head("seller_account", row.int(0)?, row.str(1)?)?, aggregate: row.json(2)? })
}
