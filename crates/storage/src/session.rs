//! Signed-in devices, API tokens, guests, and one-time links. Only hashes of tokens are kept.

use crate::account::{self, Account};
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use yuanlu_domain::ids::{AccountId, OrderId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "session",
        columns: &[
            text("token_hash"),
            text("session_id").unique(),
            text("kind"),
            text("account_id").null().references("account (account_id)"),
            text("order_id").null(),
            int("second_factor"),
            text("user_agent"),
            text("address"),
            int("created_at"),
            int("seen_at"),
            int("expires_at"),
        ],
        key: "token_hash",
        large_rows: false,
        indexes: &[
            index("session_account", "account_id").only("account_id is not null"),
            index("session_order", "order_id").only("order_id is not null"),
            index("session_expiry", "expires_at"),
        ],
        since: 1,
    },
    Table {
        name: "link",
        columns: &[
            text("token_hash"),
            text("account_id").references("account (account_id)"),
            text("purpose"),
            text("totp").null(),
            int("totp_key_version"),
            int("expires_at"),
            int("used_at").null(),
        ],
        key: "token_hash",
        large_rows: false,
        indexes: &[index("link_account", "account_id"), index("link_expiry", "expires_at")],
        since: 1,
    },
];

crate::statements! {
    FIND = "select token_hash, session_id, kind, session.account_id, order_id, second_factor, user_agent, address, \
            session.created_at, seen_at, expires_at, account.account_id, login, password, roles, seller_id, totp, \
            totp_key_version, totp_step, language, account.created_at, organisation_id \
            from session left join account on account.account_id = session.account_id \
            where token_hash = $1 and expires_at > $2";
    LIST = "select token_hash, session_id, kind, account_id, order_id, second_factor, user_agent, address, created_at, \
            seen_at, expires_at from session where account_id = $1 and expires_at > $2 order by seen_at desc";
    INSERT = "insert into session (token_hash, session_id, kind, account_id, order_id, second_factor, user_agent, address, \
              created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    TOUCH = "update session set seen_at = $2 where token_hash = $1 and seen_at < $2";
    END = "delete from session where token_hash = $1";
    REVOKE = "delete from session where session_id = $1 and account_id = $2";
    END_ALL = "delete from session where account_id = $1";
    END_GUESTS = "delete from session where order_id = $1";
    PRUNE = "delete from session where expires_at <= $1";
    FIND_LINK = "select account_id, purpose, totp, totp_key_version from link \
                 where token_hash = $1 and expires_at > $2 and used_at is null";
    INSERT_LINK = "insert into link (token_hash, account_id, purpose, totp, totp_key_version, expires_at, used_at) \
                   values ($1, $2, $3, $4, $5, $6, null)";
    USE_LINK = "update link set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2";
    END_LINKS = "delete from link where account_id = $1 and purpose = $2 and used_at is null";
    PRUNE_LINKS = "delete from link where expires_at <= $1";
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 (hex) of the token.
    pub token_hash: String,
    /// Names it in lists; not the token.
    pub id: String,
    /// `web`, `api` or `guest`.
    pub kind: String,
    /// Whose, unless it is a guest's.
    pub account: Option<AccountId>,
    /// The order of a guest.
    pub order: Option<OrderId>,
    /// The second factor was passed.
    pub second_factor: bool,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Address with its end hidden.
    pub address: String,
    /// Since when.
    pub created_at: Instant,
    /// Last used.
    pub seen_at: Instant,
    /// First instant it no longer counts.
    pub expires_at: Instant,
}

/// A one-time link that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose access it sets up.
    pub account: AccountId,
    /// `access`: password and second factor; `totp`: the second factor of somebody signed in.
    pub purpose: String,
    /// Encrypted secret of the second factor it offers.
    pub totp: Option<String>,
    /// Version of the key it is encrypted under.
    pub totp_key_version: u32,
}

fn session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        token_hash: row.text(0)?,
        id: row.text(1)?,
        kind: row.text(2)?,
        account: row.opt_text(3)?.map(AccountId::from),
        order: row.opt_text(4)?.map(OrderId::from),
        second_factor: row.flag(5)?,
        user_agent: row.text(6)?,
        address: row.text(7)?,
        created_at: row.instant(8)?,
        seen_at: row.instant(9)?,
        expires_at: row.instant(10)?,
    })
}

/// A session that still counts, with the account it opens.
pub fn find(db: &impl Read, token_hash: &str, now: Instant) -> Result<Option<(Session, Option<Account>)>> {
    db.query_one(&FIND, &params![token_hash, now], |row| {
        let opened = row.opt_text(11)?.map(|_| account::account_from(row, 11)).transpose()?;
        Ok((session(row)?, opened))
    })
}

/// Sessions of an account, last used first.
pub fn list(db: &impl Read, account: &AccountId, now: Instant) -> Result<Vec<Session>> {
    db.query(&LIST, &params![account, now], session)
}

/// Begins a session.
pub fn insert(tx: &Tx<'_>, new: &Session) -> Result<()> {
    tx.execute_one(
        &INSERT,
        &params![
            &new.token_hash,
            &new.id,
            &new.kind,
            new.account.as_ref(),
            new.order.as_ref(),
            new.second_factor,
            &new.user_agent,
            &new.address,
            new.created_at,
            new.seen_at,
            new.expires_at,
        ],
    )
}

/// Notes that it was used.
pub fn touch(tx: &Tx<'_>, token_hash: &str, now: Instant) -> Result<()> {
    tx.execute(&TOUCH, &params![token_hash, now]).map(drop)
}

/// Ends it.
pub fn end(tx: &Tx<'_>, token_hash: &str) -> Result<()> {
    tx.execute(&END, &params![token_hash]).map(drop)
}

/// Ends one of an account's own sessions; `false` when there is none.
pub fn revoke(tx: &Tx<'_>, id: &str, account: &AccountId) -> Result<bool> {
    Ok(tx.execute(&REVOKE, &params![id, account])? == 1)
}

/// Ends every session of an account.
pub fn end_all(tx: &Tx<'_>, account: &AccountId) -> Result<()> {
    tx.execute(&END_ALL, &params![account]).map(drop)
}

/// Ends every guest session of an order, in the commit that puts the order into an account.
pub fn ending_guests(order: &OrderId) -> Stmt {
    Stmt { sql: &END_GUESTS, args: params![order].map(crate::Value::into_owned).to_vec(), must_hit: None }
}

/// Forgets what is over.
pub fn prune(tx: &Tx<'_>, now: Instant) -> Result<usize> {
    Ok(tx.execute(&PRUNE, &params![now])? + tx.execute(&PRUNE_LINKS, &params![now])?)
}

/// A link that can still be used.
pub fn find_link(db: &impl Read, token_hash: &str, now: Instant) -> Result<Option<Link>> {
    db.query_one(&FIND_LINK, &params![token_hash, now], |row| {
        Ok(Link {
            account: row.text(0)?.into(),
            purpose: row.text(1)?,
            totp: row.opt_text(2)?,
            totp_key_version: row.narrow(3)?,
        })
    })
}

/// Makes a link; older unused ones of the account for the same purpose end.
pub fn insert_link(tx: &Tx<'_>, token_hash: &str, link: &Link, expires_at: Instant) -> Result<()> {
    tx.execute(&END_LINKS, &params![&link.account, &link.purpose])?;
    tx.execute_one(
        &INSERT_LINK,
        &params![token_hash, &link.account, &link.purpose, link.totp.as_ref(), link.totp_key_version, expires_at],
    )
}

/// Uses a link up; `false` when somebody else did, or it is over.
pub fn use_link(tx: &Tx<'_>, token_hash: &str, now: Instant) -> Result<bool> {
    Ok(tx.execute(&USE_LINK, &params![token_hash, now])? == 1)
}
