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

/// Since when payouts by channels wait, microseconds since 1970 UTC; 0 once they were let go.
const HELD: &str = "payouts_held_since_restore";
/// The instant that the database is known to have gone back to at most, while they wait.
const RESTORED_FROM: &str = "restored_from";

/// Payouts by channels wait, because the database has forgotten some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// All that was before is there.
    pub as_of: Instant,
    /// What was between is not, or may not be; payouts wait since then.
    pub since: Instant,
}

/// What was done between `as_of` and now may be missing: payouts by channels wait with the next start of a node, and
/// a channel is asked about orders of before now first. Where they wait already, both times count.
pub fn hold_payouts(tx: &Tx<'_>, as_of: Instant, now: Instant) -> Result<()> {
    let as_of = held(tx)?.map_or(as_of, |before| before.as_of.min(as_of));
    let text = now.micros().to_string();
    put(tx, HELD, &text, now)?;
    put(tx, RESTORED_FROM, &as_of.micros().to_string(), now)?;
    put(tx, RESTORED_AT, &text, now)
}

/// Payouts go on with the next start of a node.
pub fn release_payouts(tx: &Tx<'_>, now: Instant) -> Result<()> {
    put(tx, HELD, "0", now)
}

/// Whether payouts by channels wait.
pub fn held(db: &impl Read) -> Result<Option<Held>> {
    let instant = |name| -> Result<Option<Instant>> {
        let micros = find(db, name)?.and_then(|text| text.parse().ok()).filter(|micros| *micros > 0);
        Ok(micros.map(Instant::from_micros))
    };
    let Some(since) = instant(HELD)? else { return Ok(None) };
    Ok(Some(Held { as_of: instant(RESTORED_FROM)?.unwrap_or(since), since }))
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
