//! Listings of sellers with low credit, held until somebody of staff has looked at them (R23).

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use yuanlu_domain::ids::{AccountId, ProductId, SellerId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "listing_hold",
    columns: &[
        text("product_id"),
        text("seller_id"),
        int("version"),
        int("at"),
        text("state"),
        text("by_account").null(),
        int("decided_at").null(),
        text("words"),
    ],
    key: "product_id",
    large_rows: false,
    indexes: &[index("listing_hold_open", "at, product_id").only("state = 'held'")],
    since: 1,
}];

crate::statements! {
    FIND = "select product_id, seller_id, version, at, state, words from listing_hold where product_id = $1";
    HELD = "select product_id, seller_id, version, at, state, words from listing_hold \
            where state = 'held' order by at, product_id limit $1";
    OF_SELLER = "select product_id, seller_id, version, at, state, words from listing_hold \
                 where seller_id = $1 and state <> 'released' order by at, product_id";
    PUT = "insert into listing_hold (product_id, seller_id, version, at, state, words) values ($1, $2, $3, $4, 'held', '') \
           on conflict (product_id) do update set version = excluded.version, at = excluded.at, state = 'held', \
           by_account = null, decided_at = null, words = ''";
    DECIDE = "update listing_hold set state = $2, by_account = $3, decided_at = $4, words = $5 \
              where product_id = $1 and version = $6 and state = 'held'";
    DROP = "delete from listing_hold where product_id = $1";
}

/// A held listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingHold {
    /// Which product.
    pub product: ProductId,
    /// Whose.
    pub seller: SellerId,
    /// The version that waits.
    pub version: i64,
    /// Since when.
    pub at: Instant,
    /// `held`, `released` or `refused`.
    pub state: String,
    /// Why it was refused.
    pub words: String,
}

fn hold(row: &Row<'_>) -> Result<ListingHold> {
    Ok(ListingHold {
        product: row.text(0)?.into(),
        seller: row.text(1)?.into(),
        version: row.int(2)?,
        at: row.instant(3)?,
        state: row.text(4)?,
        words: row.text(5)?,
    })
}

/// The hold of a product.
pub fn find(db: &impl Read, product: &ProductId) -> Result<Option<ListingHold>> {
    db.query_one(&FIND, &params![product], hold)
}

/// Listings that wait, the oldest first.
pub fn list_held(db: &impl Read, limit: u32) -> Result<Vec<ListingHold>> {
    db.query(&HELD, &params![limit], hold)
}

/// Listings of a seller that wait or were refused.
pub fn list_of_seller(db: &impl Read, seller: &SellerId) -> Result<Vec<ListingHold>> {
    db.query(&OF_SELLER, &params![seller], hold)
}

/// Holds a version of a product.
pub fn put(tx: &Tx<'_>, product: &ProductId, seller: &SellerId, version: i64, at: Instant) -> Result<()> {
    tx.execute_one(&PUT, &params![product, seller, version, at])
}

/// Releases a listing or refuses it. Misses one that was changed or judged in between.
pub fn decide(tx: &Tx<'_>, hold: &ListingHold, release: bool, by: &AccountId, at: Instant, words: &str) -> Result<()> {
    let state = if release { "released" } else { "refused" };
    tx.execute_one(&DECIDE, &params![&hold.product, state, by, at, words, hold.version])
}

/// Forgets a hold: the seller took the listing off sale, or may list again.
pub fn drop(tx: &Tx<'_>, product: &ProductId) -> Result<usize> {
    tx.execute(&DROP, &params![product])
}
