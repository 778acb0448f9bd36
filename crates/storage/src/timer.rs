//! Every wait of the product: one table, one worker.

use crate::aggregate::Kind;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::projection::{Subject, Timer};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "timer",
    columns: &[text("kind"), text("aggregate_id"), text("subject"), text("who"), int("due"), text("on_silence")],
    key: "kind, aggregate_id, subject",
    large_rows: false,
    indexes: &[index("timer_due", "due, kind, aggregate_id, subject")],
    since: 1,
}];

crate::statements! {
    PUT = "insert into timer (kind, aggregate_id, subject, who, due, on_silence) values ($1, $2, $3, $4, $5, $6) \
           on conflict (kind, aggregate_id, subject) do update \
           set who = excluded.who, due = excluded.due, on_silence = excluded.on_silence";
    DELETE = "delete from timer where kind = $1 and aggregate_id = $2 and subject = $3";
    DUE = "select kind, aggregate_id, subject, who, due, on_silence from timer where due <= $1 \
           order by due, kind, aggregate_id, subject limit $2";
    DUE_AFTER = "select kind, aggregate_id, subject, who, due, on_silence from timer \
                 where due <= $1 and (due, kind, aggregate_id, subject) > ($2, $3, $4, $5) \
                 order by due, kind, aggregate_id, subject limit $6";
    NEXT = "select kind, aggregate_id, subject, who, due, on_silence from timer where due > $1 \
            order by due, kind, aggregate_id, subject limit 1";
    OF_AGGREGATE = "select kind, aggregate_id, subject, who, due, on_silence from timer \
                    where kind = $1 and aggregate_id = $2 order by subject";
    COUNT_OVERDUE = "select count(*) from timer where due <= $1";
    COUNT = "select count(*) from timer";
}

/// A wait as stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// Kind of the aggregate that waits.
    pub kind: Kind,
    /// Its id.
    pub aggregate_id: String,
    /// About what.
    pub subject: Subject,
    /// Code of the party it waits for.
    pub who: String,
    /// First instant at which it is too late.
    pub due: Instant,
    /// Code of what happens then.
    pub on_silence: String,
}

impl Waiting {
    pub(crate) fn of(kind: Kind, aggregate_id: &str, timer: &Timer) -> Self {
        Self {
            kind,
            aggregate_id: aggregate_id.to_owned(),
            subject: timer.subject.clone(),
            who: timer.who.code().to_owned(),
            due: timer.due,
            on_silence: timer.on_silence.code().to_owned(),
        }
    }
}

/// Writes a wait.
pub fn put(tx: &Tx<'_>, kind: Kind, aggregate_id: &str, timer: &Timer) -> Result<()> {
    let subject = timer.subject.to_string();
    let args = params![kind.code(), aggregate_id, subject, timer.who.code(), timer.due, timer.on_silence.code()];
    tx.execute_one(&PUT, &args)
}

/// Ends a wait.
pub fn delete(tx: &Tx<'_>, kind: Kind, aggregate_id: &str, subject: &Subject) -> Result<()> {
    tx.execute_one(&DELETE, &params![kind.code(), aggregate_id, subject.to_string()])
}

/// Waits that are over at `now`, the longest overdue first.
pub fn due(db: &impl Read, now: Instant, limit: u32) -> Result<Vec<Waiting>> {
    db.query(&DUE, &params![now, limit], waiting)
}

/// Waits that are over at `now`, the longest overdue first, after the given one (due, kind, id, subject).
pub fn due_after(
    db: &impl Read,
    now: Instant,
    after: Option<(Instant, Kind, &str, &str)>,
    limit: u32,
) -> Result<Vec<Waiting>> {
    let (due, kind, id, subject) = after
        .map_or((Instant::from_micros(i64::MIN), "", "", ""), |(due, kind, id, subject)| {
            (due, kind.code(), id, subject)
        });
    db.query(&DUE_AFTER, &params![now, due, kind, id, subject, limit], waiting)
}

/// The next wait that ends after `now`.
pub fn next(db: &impl Read, now: Instant) -> Result<Option<Waiting>> {
    db.query_one(&NEXT, &params![now], waiting)
}

/// The waits of one aggregate.
pub fn list(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Vec<Waiting>> {
    db.query(&OF_AGGREGATE, &params![kind.code(), aggregate_id], waiting)
}

/// How many waits are over and not yet acted on.
pub fn count_overdue(db: &impl Read, now: Instant) -> Result<i64> {
    Ok(db.query_one(&COUNT_OVERDUE, &params![now], |row| row.int(0))?.unwrap_or(0))
}

/// How many waits there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn waiting(row: &crate::Row<'_>) -> Result<Waiting> {
    Ok(Waiting {
        kind: row.code(0, Kind::parse)?,
        aggregate_id: row.text(1)?,
        subject: row.code(2, |text| text.parse().ok())?,
        who: row.text(3)?,
        due: row.instant(4)?,
        on_silence: row.text(5)?,
    })
}
