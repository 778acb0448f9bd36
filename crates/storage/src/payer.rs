//! Who paid which order at a channel, as a keyed hash: enough to see that several accounts share one payer (R32).

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "payer",
    columns: &[text("payer_index"), text("order_id"), int("at")],
    key: "payer_index, order_id",
    large_rows: false,
    indexes: &[index("payer_order", "order_id")],
    since: 2,
}];

crate::statements! {
    INSERT = "insert into payer (payer_index, order_id, at) values ($1, $2, $3) \
              on conflict (payer_index, order_id) do nothing";
    ACCOUNTS = "select own.order_id, own.payer_index, order_file.buyer, max(other.at) from payer as own \
                join payer as other on other.payer_index = own.payer_index and other.at >= $2 \
                join order_file on order_file.order_id = other.order_id \
                where own.order_id {in $1} and order_file.buyer like 'acct:%' \
                group by own.order_id, own.payer_index, order_file.buyer \
                order by own.order_id, own.payer_index, order_file.buyer";
}

/// An account that bought with the payer of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The order whose payer it is.
    pub order: OrderId,
    /// The payer.
    pub payer_index: String,
    /// The account, as a party key.
    pub buyer: String,
    /// When it last did.
    pub at: Instant,
}

/// Notes that somebody paid an order; again is nothing new. `payer_index` is a keyed hash, never an account number.
pub fn insert(tx: &Tx<'_>, payer_index: &str, order: &OrderId, at: Instant) -> Result<()> {
    tx.execute(&INSERT, &params![payer_index, order, at]).map(drop)
}

/// Accounts that bought with the payers of these orders since an instant, their own buyers included. Guests are left out,
/// for each of their orders looks like another person.
pub fn list_sharing(db: &impl Read, orders: &[&str], since: Instant) -> Result<Vec<Sharing>> {
    let args = [Value::list(orders), since.into()];
    db.query(&ACCOUNTS, &args, |row| {
        Ok(Sharing { order: row.text(0)?.into(), payer_index: row.text(1)?, buyer: row.text(2)?, at: row.instant(3)? })
    })
}
