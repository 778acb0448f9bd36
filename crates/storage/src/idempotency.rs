//! Keys of commands that were answered: the same key gets the first answer again.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::{Value, params};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "idempotency",
    columns: &[text("scope"), text("input_hash"), text("outcome"), int("at")],
    key: "scope",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    LOAD = "select scope, input_hash, outcome from idempotency where scope {in $1}";
    INSERT = "insert into idempotency (scope, input_hash, outcome, at) values ($1, $2, $3, $4)";
    FORGET = "delete from idempotency where at < $1";
}

/// A key that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Whose key for what: see [`scope`].
    pub scope: String,
    /// Hash of what was asked.
    pub input_hash: String,
    /// JSON of the answer.
    pub outcome: String,
}

/// One text for principal, route and key. The first two come from the program and hold no tab.
pub fn scope(principal: &str, route: &str, key: &str) -> String {
    format!("{principal}\t{route}\t{key}")
}

/// Those of these scopes that were answered.
pub fn load(db: &impl Read, scopes: &[&str]) -> Result<Vec<Answered>> {
    db.query(&LOAD, &[Value::list(scopes)], |row| {
        Ok(Answered { scope: row.text(0)?, input_hash: row.text(1)?, outcome: row.text(2)? })
    })
}

/// Keeps an answer, in the commit of its effect.
pub fn insert(tx: &Tx<'_>, answered: &Answered, now: Instant) -> Result<()> {
    tx.execute_one(&INSERT, &params![&answered.scope, &answered.input_hash, &answered.outcome, now])
}

/// Forgets keys answered before an instant; returns how many.
pub fn forget(tx: &Tx<'_>, before: Instant) -> Result<usize> {
    tx.execute(&FORGET, &params![before])
}
