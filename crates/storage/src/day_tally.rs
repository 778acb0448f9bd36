//! Counts of a day, by what they are of: the platform, or a seller. Written with the commit that counts, so that no figure
//! shown in public ever needs a look at the orders: one row for each day, and the names and numbers in it. Each node of a
//! platform counts in rows of its own, so that nodes never wait for each other; readers add them up.

use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::schema::{Table, int, text};
use crate::{Value, params};
use std::collections::BTreeMap;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "day_tally",
    columns: &[text("subject"), int("day"), int("node"), text("counts")],
    key: "subject, day, node",
    large_rows: false,
    indexes: &[],
    since: 5,
}];

crate::statements! {
    OWN = "select subject, counts from day_tally where subject {in $1} and day = $2 and node = $3 \
           order by subject {for update}";
    PUT = "insert into day_tally (subject, day, node, counts) values ($1, $2, $3, $4) \
           on conflict (subject, day, node) do update set counts = excluded.counts";
    LIST = "select day, counts from day_tally where subject = $1 and day >= $2 and day <= $3 order by day";
    FIRST = "select min(day) from day_tally where subject = $1 and day > 0";
}

/// The subject under which the platform's counts are kept.
pub const PLATFORM: &str = "all";

/// What was there before anything was counted: the platform's day 0.
pub(crate) const FILL: &str = "insert into day_tally (subject, day, node, counts) select 'all', 0, 0, \
    '{\"orders\":' || (select count(*) from order_file) || ',\"cases\":' || (select count(*) from refund_case) \
    || ',\"open_cases\":' || (select count(*) from refund_case \
    where state not in ('completed', 'rejected', 'replaced', 'withdrawn', 'closed')) \
    || ',\"completed_cases\":' || (select count(*) from refund_case where state = 'completed') || '}';\n";

/// Numbers by name.
pub type Counts = BTreeMap<String, i64>;

/// Counts up, for several subjects at once.
pub fn add(tx: &Tx<'_>, day: i64, node: i64, counted: &BTreeMap<String, BTreeMap<&str, i64>>) -> Result<()> {
    if counted.is_empty() {
        return Ok(());
    }
    let subjects = Value::list(counted.keys());
    let found =
        tx.query(&OWN, &[subjects, day.into(), node.into()], |row| Ok((row.text(0)?, row.json::<Counts>(1)?)))?;
    let mut stored: BTreeMap<String, Counts> = found.into_iter().collect();
    for (subject, more) in counted {
        let mut counts = stored.remove(subject).unwrap_or_default();
        for (name, n) in more {
            *counts.entry((*name).to_owned()).or_default() += n;
        }
        let text = serde_json::to_string(&counts).map_err(|_| StorageError::inconsistent("day_tally", subject))?;
        tx.execute_one(&PUT, &params![subject, day, node, text])?;
    }
    Ok(())
}

/// What was counted from one day to another, both included.
pub fn sum(db: &impl Read, subject: &str, from: i64, to: i64) -> Result<Counts> {
    Ok(by_day(db, subject, from, to)?.into_values().fold(Counts::new(), merged))
}

/// The same, day by day.
pub fn by_day(db: &impl Read, subject: &str, from: i64, to: i64) -> Result<BTreeMap<i64, Counts>> {
    let rows = db.query(&LIST, &params![subject, from, to], |row| Ok((row.int(0)?, row.json::<Counts>(1)?)))?;
    let mut days: BTreeMap<i64, Counts> = BTreeMap::new();
    for (day, counts) in rows {
        let all = std::mem::take(days.entry(day).or_default());
        days.insert(day, merged(all, counts));
    }
    Ok(days)
}

/// The first day with counts.
pub fn first_day(db: &impl Read, subject: &str) -> Result<Option<i64>> {
    Ok(db.query_one(&FIRST, &params![subject], |row| row.opt_int(0))?.flatten())
}

fn merged(mut all: Counts, more: Counts) -> Counts {
    for (name, n) in more {
        *all.entry(name).or_default() += n;
    }
    all
}
