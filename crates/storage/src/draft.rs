//! Forms begun and not yet sent: they wait for their author on any device, and are forgotten after a while.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "draft",
    columns: &[text("owner"), text("subject"), text("fields"), int("saved_at"), int("expires_at")],
    key: "owner, subject",
    large_rows: false,
    indexes: &[index("draft_expires", "expires_at")],
    since: 3,
}];

crate::statements! {
    FIND = "select fields, saved_at, expires_at from draft where owner = $1 and subject = $2 and expires_at > $3";
    COUNT = "select count(*) from draft where owner = $1";
    PUT = "insert into draft (owner, subject, fields, saved_at, expires_at) values ($1, $2, $3, $4, $5) \
           on conflict (owner, subject) do update set fields = excluded.fields, saved_at = excluded.saved_at, \
           expires_at = excluded.expires_at";
    DELETE = "delete from draft where owner = $1 and subject = $2";
    EXPIRE = "delete from draft where expires_at <= $1";
}

/// A form as far as it was filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its fields, as a JSON array of pairs.
    pub fields: String,
    /// When it was last kept.
    pub saved_at: Instant,
    /// From when on it is gone.
    pub expires_at: Instant,
}

/// What somebody began about something.
pub fn find(db: &impl Read, owner: &str, subject: &str, now: Instant) -> Result<Option<Draft>> {
    db.query_one(&FIND, &params![owner, subject, now], |row| {
        Ok(Draft { fields: row.text(0)?, saved_at: row.instant(1)?, expires_at: row.instant(2)? })
    })
}

/// How many somebody has.
pub fn count(db: &impl Read, owner: &str) -> Result<i64> {
    Ok(db.query_one(&COUNT, &params![owner], |row| row.int(0))?.unwrap_or(0))
}

/// Keeps it in place of the one before.
pub fn put(tx: &Tx<'_>, owner: &str, subject: &str, new: &Draft) -> Result<()> {
    tx.execute_one(&PUT, &params![owner, subject, &new.fields, new.saved_at, new.expires_at])
}

/// Forgets one, in the commit that ends it.
pub fn deleting(owner: &str, subject: &str) -> Stmt {
    Stmt { sql: &DELETE, args: params![owner, subject].map(crate::Value::into_owned).to_vec(), must_hit: None }
}

/// Forgets what nobody came back to; how many.
pub fn expire(tx: &Tx<'_>, now: Instant) -> Result<usize> {
    tx.execute(&EXPIRE, &params![now])
}
