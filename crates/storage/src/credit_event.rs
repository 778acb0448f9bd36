//! Conduct of buyers and sellers as dated events (R23), each with its reason.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "credit_event",
    columns: &[text("event_id"), text("subject"), int("at"), int("points"), text("reason"), text("case_id")],
    key: "event_id",
    large_rows: false,
    indexes: &[
        index("credit_event_subject", "subject, at"),
        index("credit_event_once", "subject, reason, case_id").unique(),
    ],
    since: 1,
}];

crate::statements! {
    LIST = "select event_id, subject, at, points, reason, case_id from credit_event \
            where subject = $1 and at >= $2 order by at";
    COUNT = "select count(*) from credit_event where subject = $1 and at >= $2 and reason {in $3}";
    CLAIMS = "select subject, at from credit_event \
              where subject {in $1} and at >= $2 and reason in ('forged_claim', 'disproved_claim')";
    INSERT = "insert into credit_event (event_id, subject, at, points, reason, case_id) values ($1, $2, $3, $4, $5, $6) \
              on conflict (subject, reason, case_id) do nothing";
}

/// One event of somebody's conduct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditEvent {
    /// Its id.
    pub id: String,
    /// Whose: a buyer's party, or `seller:<id>`.
    pub subject: String,
    /// When.
    pub at: Instant,
    /// How much it takes or gives.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// In which case.
    pub case: String,
}

/// Events of somebody since an instant.
pub fn list(db: &impl Read, subject: &str, since: Instant) -> Result<Vec<CreditEvent>> {
    db.query(&LIST, &params![subject, since], |row| {
        Ok(CreditEvent {
            id: row.text(0)?,
            subject: row.text(1)?,
            at: row.instant(2)?,
            points: row.int(3)?,
            reason: row.text(4)?,
            case: row.text(5)?,
        })
    })
}

/// How many events of these reasons somebody has since an instant.
pub fn count(db: &impl Read, subject: &str, since: Instant, reasons: &[&str]) -> Result<i64> {
    let reasons = crate::Value::list(reasons);
    let args = [subject.into(), since.into(), reasons];
    Ok(db.query_one(&COUNT, &args, |row| row.int(0))?.unwrap_or(0))
}

/// When claims of these buyers were found forged or disproved since an instant (R23).
pub fn list_bad_claims(db: &impl Read, subjects: &[&str], since: Instant) -> Result<Vec<(String, Instant)>> {
    let args = [crate::Value::list(subjects), since.into()];
    db.query(&CLAIMS, &args, |row| Ok((row.text(0)?, row.instant(1)?)))
}

/// Adds an event; the same reason in the same case counts once.
pub fn insert(tx: &Tx<'_>, new: &CreditEvent) -> Result<()> {
    tx.execute(&INSERT, &params![&new.id, &new.subject, new.at, new.points, &new.reason, &new.case]).map(drop)
}
