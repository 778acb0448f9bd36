//! Notices inside the site: what a buyer or seller should know, as codes and numbers; sentences are made when shown.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "notice",
    columns: &[
        text("recipient"),
        text("notice_id"),
        text("kind"),
        text("order_id"),
        int("case_ordinal").null(),
        int("amount").null(),
        text("currency"),
        int("due").null(),
        int("at"),
        int("read_at").null(),
        // Rows from before went nowhere else, and never will.
        int("spread").default("1").since(4),
    ],
    key: "recipient, notice_id",
    large_rows: false,
    indexes: &[
        index("notice_unread", "recipient").only("read_at is null"),
        index("notice_unspread", "notice_id").only("spread = 0").since(4),
    ],
    since: 1,
}];

crate::statements! {
    INSERT = "insert into notice (recipient, notice_id, kind, order_id, case_ordinal, amount, currency, due, at, spread) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)";
    LIST = "select notice_id, kind, order_id, case_ordinal, amount, currency, due, at, read_at from notice \
            where recipient = $1 and notice_id < $2 order by notice_id desc limit $3";
    UNSPREAD = "select recipient, notice_id, kind, order_id, case_ordinal, amount, currency, due, at from notice \
                where spread = 0 order by notice_id limit $1";
    SPREAD = "update notice set spread = 1 where recipient = $1 and notice_id = $2 and spread = 0";
    UNREAD = "select count(*) from notice where recipient = $1 and read_at is null";
    READ = "update notice set read_at = $3 where recipient = $1 and notice_id <= $2 and read_at is null";
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// For whom: a buyer's party key, or `seller:` and the seller's id.
    pub recipient: String,
    /// Sortable by time.
    pub id: String,
    /// What happened, as a code.
    pub kind: String,
    /// To which order.
    pub order: String,
    /// To which case of it.
    pub case: Option<u16>,
    /// How much.
    pub amount_minor: Option<i64>,
    /// Currency code.
    pub currency: String,
    /// Until when something should be done.
    pub due: Option<Instant>,
    /// When.
    pub at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

/// Writes a notice.
pub fn insert(tx: &Tx<'_>, notice: &Notice) -> Result<()> {
    let args = params![
        &notice.recipient,
        &notice.id,
        &notice.kind,
        &notice.order,
        notice.case,
        notice.amount_minor,
        &notice.currency,
        notice.due,
        notice.at,
    ];
    tx.execute_one(&INSERT, &args)
}

/// Notices of somebody, newest first; `before` is the last one shown.
pub fn list(db: &impl Read, recipient: &str, before: Option<&str>, limit: u32) -> Result<Vec<Notice>> {
    // `~` sorts after every id.
    db.query(&LIST, &params![recipient, before.unwrap_or("~"), limit], |row| {
        Ok(Notice {
            recipient: recipient.to_owned(),
            id: row.text(0)?,
            kind: row.text(1)?,
            order: row.text(2)?,
            case: row.opt_int(3)?.and_then(|n| u16::try_from(n).ok()),
            amount_minor: row.opt_int(4)?,
            currency: row.text(5)?,
            due: row.opt_instant(6)?,
            at: row.instant(7)?,
            read_at: row.opt_instant(8)?,
        })
    })
}

/// How many are not read.
pub fn count_unread(db: &impl Read, recipient: &str) -> Result<i64> {
    Ok(db.query_one(&UNREAD, &params![recipient], |row| row.int(0))?.unwrap_or(0))
}

/// Marks everything up to a notice as read.
pub fn mark_read(tx: &Tx<'_>, recipient: &str, up_to: &str, now: Instant) -> Result<usize> {
    tx.execute(&READ, &params![recipient, up_to, now])
}

/// Notices of which nobody has decided yet which other ways they go, the oldest first.
pub fn unspread(db: &impl Read, limit: u32) -> Result<Vec<Notice>> {
    db.query(&UNSPREAD, &params![limit], |row| {
        Ok(Notice {
            recipient: row.text(0)?,
            id: row.text(1)?,
            kind: row.text(2)?,
            order: row.text(3)?,
            case: row.opt_int(4)?.and_then(|n| u16::try_from(n).ok()),
            amount_minor: row.opt_int(5)?,
            currency: row.text(6)?,
            due: row.opt_instant(7)?,
            at: row.instant(8)?,
            read_at: None,
        })
    })
}

/// That was decided; false when it was already.
pub fn spread(tx: &Tx<'_>, notice: &Notice) -> Result<bool> {
    Ok(tx.execute(&SPREAD, &params![&notice.recipient, &notice.id])? == 1)
}
