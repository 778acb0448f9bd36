//! The ranking of sellers as it was last worked out: one row per seller and period.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seller_rank",
    columns: &[text("seller_id"), int("days"), int("place"), text("figures"), int("made_at")],
    key: "seller_id, days",
    large_rows: false,
    indexes: &[index("seller_rank_place", "days, place")],
    since: 5,
}];

crate::statements! {
    PUT = "insert into seller_rank (seller_id, days, place, figures, made_at) values ($1, $2, $3, $4, $5) \
           on conflict (seller_id, days) do update set place = excluded.place, figures = excluded.figures, \
           made_at = excluded.made_at";
    FORGET = "delete from seller_rank where days = $1 and made_at < $2";
    LIST = "select seller_id, place, figures, made_at from seller_rank where days = $1 and place > $2 \
            order by days, place limit $3";
    FIND = "select seller_id, place, figures, made_at from seller_rank where seller_id = $1 and days = $2";
}

/// A place in the ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Who.
    pub seller: SellerId,
    /// Which place, from 1.
    pub place: i64,
    /// His counts, as JSON.
    pub figures: String,
    /// When it was worked out.
    pub made_at: Instant,
}

fn ranked(row: &crate::Row<'_>) -> Result<Ranked> {
    Ok(Ranked { seller: row.text(0)?.into(), place: row.int(1)?, figures: row.text(2)?, made_at: row.instant(3)? })
}

/// Gives a seller his place.
pub fn put(tx: &Tx<'_>, days: i64, one: &Ranked) -> Result<()> {
    tx.execute(&PUT, &params![&one.seller, days, one.place, &one.figures, one.made_at]).map(drop)
}

/// Forgets whoever got no place this time.
pub fn forget(tx: &Tx<'_>, days: i64, before: Instant) -> Result<usize> {
    tx.execute(&FORGET, &params![days, before])
}

/// Sellers by place, after one.
pub fn list(db: &impl Read, days: i64, after: i64, limit: u32) -> Result<Vec<Ranked>> {
    db.query(&LIST, &params![days, after, limit], ranked)
}

/// The place of a seller.
pub fn find(db: &impl Read, seller: &SellerId, days: i64) -> Result<Option<Ranked>> {
    db.query_one(&FIND, &params![seller, days], ranked)
}
