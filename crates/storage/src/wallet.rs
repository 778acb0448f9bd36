//! Wallets as stored.

use crate::aggregate::{Head, Stored, state_text};
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::journal::{hex, parse_head};
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::wallet::Wallet;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "wallet",
    columns: &[
        text("account_id"),
        int("version"),
        text("head"),
        int("balance"),
        text("currency"),
        int("unsealed"),
        text("state"),
    ],
    key: "account_id",
    large_rows: true,
    indexes: &[index("wallet_unsealed", "account_id").only("unsealed = 1")],
    since: 1,
}];

crate::statements! {
    HEADS = "select account_id, version, head from wallet where account_id {in $1}";
    LOAD = "select version, head, state from wallet where account_id {in $1} order by account_id {for update}";
    FIND = "select version, head, state from wallet where account_id = $1";
    INSERT = "insert into wallet (account_id, version, head, balance, currency, unsealed, state) \
              values ($1, $2, $3, $4, $5, 1, $6)";
    UPDATE = "update wallet set version = $3, head = $4, balance = $5, unsealed = 1, state = $6 \
              where account_id = $1 and version = $2";
    BALANCE = "select balance, currency from wallet where account_id = $1";
    BY_ID = "select version, head, state from wallet where account_id > $1 order by account_id limit $2";
    COUNT = "select count(*) from wallet";
}

/// Where the journals of these ids end.
pub(crate) fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
    db.query(&HEADS, &[Value::list(ids.iter().copied())], |row| {
        Ok((row.text(0)?, parse_head("wallet", row.int(1)?, row.str(2)?)?))
    })
}

/// The wallets of these accounts that exist, for deciding on them.
pub fn load(db: &impl Read, accounts: &[&str]) -> Result<Vec<Stored<Wallet>>> {
    db.query(&LOAD, &[Value::list(accounts)], stored)
}

/// One wallet.
pub fn find(db: &impl Read, account: &AccountId) -> Result<Option<Stored<Wallet>>> {
    db.query_one(&FIND, &params![account], stored)
}

/// Writes a new wallet.
pub fn insert(tx: &Tx<'_>, wallet: &Wallet, head: &Head) -> Result<()> {
    let state = state_text("wallet", wallet)?;
    let hash = hex(&head.hash);
    let args = params![&wallet.account, head.version, hash, wallet.held_minor(), wallet.currency.code(), state];
    tx.execute_one(&INSERT, &args)
}

/// Writes what a wallet has become since `version`.
pub fn update(tx: &Tx<'_>, wallet: &Wallet, version: i64, head: &Head) -> Result<()> {
    let state = state_text("wallet", wallet)?;
    let args = params![&wallet.account, version, head.version, hex(&head.hash), wallet.held_minor(), state];
    tx.execute_one(&UPDATE, &args)
}

/// Balance and currency code as lists show them.
pub(crate) fn find_balance(db: &impl Read, account: &AccountId) -> Result<Option<(i64, String)>> {
    db.query_one(&BALANCE, &params![account], |row| Ok((row.int(0)?, row.text(1)?)))
}

/// Wallets by their accounts' ids, after the given one.
pub(crate) fn page_by_id(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Stored<Wallet>>> {
    db.query(&BY_ID, &params![after, limit], stored)
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn stored(row: &crate::Row<'_>) -> Result<Stored<Wallet>> {
    Ok(Stored { head: parse_head("wallet", row.int(0)?, row.str(1)?)?, aggregate: row.json(2)? })
}
