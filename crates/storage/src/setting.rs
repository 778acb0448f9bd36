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

/// The setting that holds when this database was brought back from a backup: microseconds since 1970 UTC. It stays for
/// ever: the channels may know refunds of earlier orders that this database does not.
pub const RESTORED_AT: &str = "restored_at";

/// When this database was last brought back from a backup.
pub fn restored_at(db: &impl Read) -> Result<Option<Instant>> {
    Ok(find(db, RESTORED_AT)?.and_then(|micros| micros.parse().ok()).map(Instant::from_micros))
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
