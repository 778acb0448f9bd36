//! Seller accounts as stored.

use crate::aggregate::{Head, Stored, state_text};
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::journal::{hex, parse_head};
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::seller_account::SellerAccount;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seller_account",
    columns: &[text("seller_id"), int("version"), text("head"), int("deposit"), int("unsealed"), text("state")],
    key: "seller_id",
    large_rows: true,
    indexes: &[index("seller_account_unsealed", "seller_id").only("unsealed = 1")],
    since: 1,
}];

crate::statements! {
    LOAD = "select version, head, state from seller_account where seller_id {in $1} order by seller_id {for update}";
    FIND = "select version, head, state from seller_account where seller_id = $1";
    INSERT = "insert into seller_account (seller_id, version, head, deposit, unsealed, state) \
              values ($1, $2, $3, $4, 1, $5)";
    UPDATE = "update seller_account set version = $3, head = $4, deposit = $5, unsealed = 1, state = $6 \
              where seller_id = $1 and version = $2";
    DEPOSIT = "select deposit from seller_account where seller_id = $1";
    COUNT = "select count(*) from seller_account";
}

/// The accounts of these sellers that exist, for deciding on them.
pub fn load(db: &impl Read, sellers: &[&str]) -> Result<Vec<Stored<SellerAccount>>> {
    db.query(&LOAD, &[Value::list(sellers)], stored)
}

/// One account.
pub fn find(db: &impl Read, seller: &SellerId) -> Result<Option<Stored<SellerAccount>>> {
    db.query_one(&FIND, &params![seller], stored)
}

/// Writes a new account.
pub fn insert(tx: &Tx<'_>, account: &SellerAccount, head: &Head) -> Result<()> {
    let state = state_text("seller_account", account)?;
    let args = params![&account.seller, head.version, hex(&head.hash), account.deposit_minor, state];
    tx.execute_one(&INSERT, &args)
}

/// Writes what an account has become since `version`.
pub fn update(tx: &Tx<'_>, account: &SellerAccount, version: i64, head: &Head) -> Result<()> {
    let state = state_text("seller_account", account)?;
    let args = params![&account.seller, version, head.version, hex(&head.hash), account.deposit_minor, state];
    tx.execute_one(&UPDATE, &args)
}

/// The deposit as lists show it.
pub(crate) fn find_deposit(db: &impl Read, seller: &SellerId) -> Result<Option<i64>> {
    db.query_one(&DEPOSIT, &params![seller], |row| row.int(0))
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn stored(row: &crate::Row<'_>) -> Result<Stored<SellerAccount>> {
    Ok(Stored { head: parse_head("seller_account", row.int(0)?, row.str(1)?)?, aggregate: row.json(2)? })
}
