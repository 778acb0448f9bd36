//! Addresses of sellers' own programs that are called with every notice to the shop.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "webhook",
    columns: &[
        text("webhook_id"),
        text("seller_id").references("seller (seller_id)"),
        text("url"),
        text("secret"),
        int("key_version"),
        int("failures"),
        text("stopped").null(),
        int("created_at"),
    ],
    key: "webhook_id",
    large_rows: false,
    indexes: &[index("webhook_seller", "seller_id, webhook_id")],
    since: 4,
}];

crate::statements! {
    INSERT = "insert into webhook (webhook_id, seller_id, url, secret, key_version, failures, stopped, created_at) \
              values ($1, $2, $3, $4, $5, 0, null, $6)";
    FIND = "select webhook_id, seller_id, url, secret, key_version, failures, stopped, created_at from webhook \
            where webhook_id = $1";
    OF_SELLER = "select webhook_id, seller_id, url, secret, key_version, failures, stopped, created_at from webhook \
                 where seller_id = $1 order by webhook_id";
    DELETE = "delete from webhook where webhook_id = $1 and seller_id = $2";
    STOP = "update webhook set stopped = $2 where webhook_id = $1";
    START = "update webhook set stopped = null, failures = 0 where webhook_id = $1 and seller_id = $2";
    FAILED = "update webhook set failures = failures + 1 where webhook_id = $1";
    GOOD = "update webhook set failures = 0 where webhook_id = $1 and failures > 0";
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Whose.
    pub seller: SellerId,
    /// What is called.
    pub url: String,
    /// The encrypted secret of its signatures.
    pub secret: String,
    /// Version of the key it is encrypted under.
    pub key_version: u32,
    /// Messages in a row that were given up.
    pub failures: u32,
    /// Why it is not called any more.
    pub stopped: Option<String>,
    /// Since when.
    pub created_at: Instant,
}

fn webhook(row: &Row<'_>) -> Result<Webhook> {
    Ok(Webhook {
        id: row.text(0)?,
        seller: row.text(1)?.into(),
        url: row.text(2)?,
        secret: row.text(3)?,
        key_version: row.narrow(4)?,
        failures: row.narrow(5)?,
        stopped: row.opt_text(6)?,
        created_at: row.instant(7)?,
    })
}

/// Keeps a new webhook.
pub fn insert(tx: &Tx<'_>, new: &Webhook) -> Result<()> {
    let args = params![&new.id, &new.seller, &new.url, &new.secret, new.key_version, new.created_at];
    tx.execute_one(&INSERT, &args)
}

/// A webhook.
pub fn find(db: &impl Read, id: &str) -> Result<Option<Webhook>> {
    db.query_one(&FIND, &params![id], webhook)
}

/// Webhooks of a seller.
pub fn of_seller(db: &impl Read, seller: &SellerId) -> Result<Vec<Webhook>> {
    db.query(&OF_SELLER, &params![seller], webhook)
}

/// Removes a webhook; false when it is not this seller's.
pub fn delete(tx: &Tx<'_>, id: &str, seller: &SellerId) -> Result<bool> {
    Ok(tx.execute(&DELETE, &params![id, seller])? == 1)
}

/// Does not call it any more.
pub fn stop(tx: &Tx<'_>, id: &str, why: &str) -> Result<()> {
    tx.execute(&STOP, &params![id, why]).map(drop)
}

/// Calls it again; false when it is not this seller's.
pub fn start(tx: &Tx<'_>, id: &str, seller: &SellerId) -> Result<bool> {
    Ok(tx.execute(&START, &params![id, seller])? == 1)
}

/// Counts a message that was given up, or that one arrived.
pub fn count(tx: &Tx<'_>, id: &str, arrived: bool) -> Result<()> {
    let sql = if arrived { &GOOD } else { &FAILED };
    tx.execute(sql, &params![id]).map(drop)
}
