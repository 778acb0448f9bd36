//! Counts of what a platform shows in public about itself: rare events, each counted with the commit that makes it.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "tally",
    columns: &[text("name"), int("n")],
    key: "name",
    large_rows: false,
    indexes: &[],
    since: 2,
}];

crate::statements! {
    ADD = "insert into tally (name, n) values ($1, $2) on conflict (name) do update set n = tally.n + excluded.n";
    FIND = "select n from tally where name = $1";
}

/// Counts up.
pub fn add(tx: &Tx<'_>, name: &str, n: i64) -> Result<()> {
    tx.execute_one(&ADD, &params![name, n])
}

/// How often it happened.
pub fn find(db: &impl Read, name: &str) -> Result<i64> {
    Ok(db.query_one(&FIND, &params![name], |row| row.int(0))?.unwrap_or(0))
}
