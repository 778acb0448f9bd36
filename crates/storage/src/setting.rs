//! Settings that operators change while the program runs.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "setting",
    columns: &[text("name"), text("value"), int("updated_at")],
    key: "name",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    FIND = "select value from setting where name = $1";
    LIST = "select name, value from setting order by name";
    PUT = "insert into setting (name, value, updated_at) values ($1, $2, $3) \
           on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at";
}

/// The value of a setting.
pub fn find(db: &impl Read, name: &str) -> Result<Option<String>> {
    db.query_one(&FIND, &params![name], |row| row.text(0))
}

/// All settings.
pub fn list(db: &impl Read) -> Result<Vec<(String, String)>> {
    db.query(&LIST, &[], |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Sets one.
pub fn put(tx: &Tx<'_>, name: &str, value: &str, now: Instant) -> Result<()> {
    tx.execute(&PUT, &params![name, value, now])?;
    Ok(())
}
