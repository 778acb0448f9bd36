//! What people chose to be told, by which way, and when not.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "notice_choice",
    columns: &[text("account_id"), text("choice"), int("changed_at")],
    key: "account_id",
    large_rows: false,
    indexes: &[],
    since: 4,
}];

crate::statements! {
    FIND = "select choice from notice_choice where account_id = $1";
    PUT = "insert into notice_choice (account_id, choice, changed_at) values ($1, $2, $3) \
           on conflict (account_id) do update set choice = excluded.choice, changed_at = excluded.changed_at";
}

/// What somebody chose, as JSON.
pub fn find(db: &impl Read, account: &AccountId) -> Result<Option<String>> {
    db.query_one(&FIND, &params![account], |row| row.text(0))
}

/// Keeps what somebody chose.
pub fn put(tx: &Tx<'_>, account: &AccountId, choice: &str, now: Instant) -> Result<()> {
    tx.execute_one(&PUT, &params![account, choice, now])
}
