//! Notices that come later, if what they are about is still so.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "planned_notice",
    columns: &[text("recipient"), text("kind"), text("order_id"), int("case_ordinal"), int("until"), int("at")],
    key: "recipient, kind, order_id, case_ordinal",
    large_rows: false,
    indexes: &[index("planned_notice_at", "at")],
    since: 4,
}];

crate::statements! {
    PUT = "insert into planned_notice (recipient, kind, order_id, case_ordinal, until, at) values ($1, $2, $3, $4, $5, $6) \
           on conflict (recipient, kind, order_id, case_ordinal) do update set until = excluded.until, at = excluded.at";
    DUE = "select recipient, kind, order_id, case_ordinal, until, at from planned_notice where at <= $1 order by at limit $2";
    DELETE = "delete from planned_notice where recipient = $1 and kind = $2 and order_id = $3 and case_ordinal = $4";
}

/// A notice to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedNotice {
    /// For whom.
    pub recipient: String,
    /// Its code.
    pub kind: String,
    /// About which order.
    pub order: String,
    /// About which case of it; 0 for none.
    pub case: u16,
    /// Until when something should be done.
    pub until: Instant,
    /// When it comes.
    pub at: Instant,
}

/// Plans a notice, in place of an earlier plan of the same.
pub fn put(tx: &Tx<'_>, new: &PlannedNotice) -> Result<()> {
    tx.execute_one(&PUT, &params![&new.recipient, &new.kind, &new.order, new.case, new.until, new.at])
}

/// Notices that come now, the first planned first.
pub fn due(db: &impl Read, now: Instant, limit: u32) -> Result<Vec<PlannedNotice>> {
    db.query(&DUE, &params![now, limit], |row| {
        Ok(PlannedNotice {
            recipient: row.text(0)?,
            kind: row.text(1)?,
            order: row.text(2)?,
            case: row.narrow(3)?,
            until: row.instant(4)?,
            at: row.instant(5)?,
        })
    })
}

/// It came, or is of no use any more.
pub fn delete(tx: &Tx<'_>, planned: &PlannedNotice) -> Result<()> {
    let args = params![&planned.recipient, &planned.kind, &planned.order, planned.case];
    tx.execute(&DELETE, &args).map(drop)
}
