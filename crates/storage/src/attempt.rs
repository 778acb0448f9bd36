//! How often a secret was guessed at, counted for all nodes together. Who guessed at what is a keyed hash.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "attempt",
    columns: &[text("attempt_id"), int("since"), int("tries")],
    key: "attempt_id",
    large_rows: false,
    indexes: &[],
    since: 7,
}];

crate::statements! {
    ADD = "insert into attempt (attempt_id, since, tries) values ($1, $2, 1) on conflict (attempt_id) do update set \
           tries = case when attempt.since <= $3 then 1 else attempt.tries + 1 end, \
           since = case when attempt.since <= $3 then excluded.since else attempt.since end returning since, tries";
    FORGIVE = "update attempt set tries = tries - 1 where attempt_id = $1 and tries > 0";
    FORGET = "delete from attempt where since < $1";
}

/// Counts one; what was begun to be counted at `over` or before is forgotten. Answers since when, and how many.
pub fn add(tx: &Tx<'_>, id: &str, now: Instant, over: Instant) -> Result<(Instant, i64)> {
    let counted = tx.query_one(&ADD, &params![id, now, over], |row| Ok((row.instant(0)?, row.int(1)?)))?;
    Ok(counted.unwrap_or((now, 1)))
}

/// Takes one back that turned out right.
pub fn forgive(tx: &Tx<'_>, id: &str) -> Result<()> {
    tx.execute_any(&FORGIVE, &params![id])
}

/// Forgets what was begun to be counted before an instant.
pub fn forget(tx: &Tx<'_>, before: Instant) -> Result<usize> {
    tx.execute(&FORGET, &params![before])
}
