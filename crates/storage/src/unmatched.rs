//! What a channel said that fits nothing here: kept, with an owner, until somebody has looked at it.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "unmatched",
    columns: &[
        text("unmatched_id"),
        text("channel"),
        text("about"),
        text("number"),
        int("amount").null(),
        text("currency"),
        text("owner"),
        int("seen_at"),
        int("closed_at").null(),
    ],
    key: "unmatched_id",
    large_rows: false,
    indexes: &[
        index("unmatched_once", "channel, about, number").unique(),
        index("unmatched_open", "seen_at").only("closed_at is null"),
    ],
    since: 1,
}];

crate::statements! {
    INSERT = "insert into unmatched (unmatched_id, channel, about, number, amount, currency, owner, seen_at) \
              values ($1, $2, $3, $4, $5, $6, 'finance', $7) on conflict (channel, about, number) do nothing";
    LIST_OPEN = "select unmatched_id, channel, about, number, amount, currency, seen_at from unmatched \
                 where closed_at is null order by seen_at limit $1";
    CLOSE = "update unmatched set closed_at = $2 where unmatched_id = $1 and closed_at is null";
    COUNT_OPEN = "select count(*) from unmatched where closed_at is null";
}

/// Something unmatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// Its id.
    pub id: String,
    /// Which channel said it.
    pub channel: String,
    /// What it is about, as a short code.
    pub about: String,
    /// The number it names; with channel and code it is kept once.
    pub number: String,
    /// How much.
    pub amount_minor: Option<i64>,
    /// Currency code; empty without an amount.
    pub currency: String,
    /// When it was first seen.
    pub seen_at: Instant,
}

/// Keeps it; again is nothing new.
pub fn insert(tx: &Tx<'_>, new: &Unmatched) -> Result<()> {
    let args = params![&new.id, &new.channel, &new.about, &new.number, new.amount_minor, &new.currency, new.seen_at];
    tx.execute(&INSERT, &args).map(drop)
}

/// What nobody has looked at, the oldest first.
pub fn list_open(db: &impl Read, limit: u32) -> Result<Vec<Unmatched>> {
    db.query(&LIST_OPEN, &params![limit], |row| {
        Ok(Unmatched {
            id: row.text(0)?,
            channel: row.text(1)?,
            about: row.text(2)?,
            number: row.text(3)?,
            amount_minor: row.opt_int(4)?,
            currency: row.text(5)?,
            seen_at: row.instant(6)?,
        })
    })
}

/// Somebody has looked at it; says whether it was open.
pub fn close(tx: &Tx<'_>, id: &str, now: Instant) -> Result<bool> {
    Ok(tx.execute(&CLOSE, &params![id, now])? > 0)
}

/// How much of it there is.
pub fn count_open(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT_OPEN, &[], |row| row.int(0))?.unwrap_or(0))
}
