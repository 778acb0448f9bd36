//! Counts of a day, by what they are of: the platform, or a seller. Written with the commit that counts, so that no figure
//! shown in public ever needs a look at the orders. Each node of a platform counts in rows of its own, so that nodes never
//! wait for each other; readers add them up.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use std::collections::BTreeMap;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "day_tally",
    columns: &[text("subject"), int("day"), text("name"), int("node"), int("n")],
    key: "subject, day, name, node",
    large_rows: false,
    indexes: &[],
    since: 5,
}];

crate::statements! {
    ADD = "insert into day_tally (subject, day, name, node, n) values ($1, $2, $3, $4, $5) \
           on conflict (subject, day, name, node) do update set n = day_tally.n + excluded.n";
    SUM = "select name, cast(sum(n) as bigint) from day_tally where subject = $1 and day >= $2 and day <= $3 group by name";
    FIRST = "select min(day) from day_tally where subject = $1";
    BY_DAY = "select day, name, cast(sum(n) as bigint) from day_tally where subject = $1 and day >= $2 and day <= $3 and name {in $4} \
              group by day, name";
}

/// The subject of what is counted for ever, under day 0.
pub const TOTAL: &str = "total";

/// What was there before totals were counted.
pub(crate) const FILL: &str = "insert into day_tally (subject, day, name, node, n) select 'total', 0, 'orders', 0, count(*) from order_file; \
    insert into day_tally (subject, day, name, node, n) select 'total', 0, 'cases', 0, count(*) from refund_case; \
    insert into day_tally (subject, day, name, node, n) select 'total', 0, 'open_cases', 0, count(*) from refund_case \
    where state not in ('completed', 'rejected', 'replaced', 'withdrawn', 'closed'); \
    insert into day_tally (subject, day, name, node, n) select 'total', 0, 'completed_cases', 0, count(*) \
    from refund_case where state = 'completed';\n";

/// Counts up.
pub fn add(tx: &Tx<'_>, subject: &str, day: i64, name: &str, node: i64, n: i64) -> Result<()> {
    tx.execute(&ADD, &params![subject, day, name, node, n]).map(drop)
}

/// What was counted from one day to another, both included.
pub fn sum(db: &impl Read, subject: &str, from: i64, to: i64) -> Result<BTreeMap<String, i64>> {
    let counts = db.query(&SUM, &params![subject, from, to], |row| Ok((row.text(0)?, row.int(1)?)))?;
    Ok(counts.into_iter().collect())
}

/// The first day with counts.
pub fn first_day(db: &impl Read, subject: &str) -> Result<Option<i64>> {
    Ok(db.query_one(&FIRST, &params![subject], |row| row.opt_int(0))?.flatten())
}

/// The same of some names, day by day.
pub fn by_day(
    db: &impl Read,
    subject: &str,
    from: i64,
    to: i64,
    names: &[&str],
) -> Result<BTreeMap<(i64, String), i64>> {
    let args = [subject.into(), from.into(), to.into(), crate::Value::list(names)];
    let counts = db.query(&BY_DAY, &args, |row| Ok(((row.int(0)?, row.text(1)?), row.int(2)?)))?;
    Ok(counts.into_iter().collect())
}
