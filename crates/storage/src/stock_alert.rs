//! From how few codes on a seller wants to be told that a product runs out.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::ProductId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "stock_alert",
    columns: &[text("product_id"), int("least"), int("updated_at")],
    key: "product_id",
    large_rows: false,
    indexes: &[],
    since: 4,
}];

crate::statements! {
    LIST = "select product_id, least from stock_alert where product_id {in $1}";
    PUT = "insert into stock_alert (product_id, least, updated_at) values ($1, $2, $3) \
           on conflict (product_id) do update set least = excluded.least, updated_at = excluded.updated_at";
}

/// The thresholds of these products; one without is left out.
pub fn list(db: &impl Read, products: &[&str]) -> Result<Vec<(ProductId, u32)>> {
    db.query(&LIST, &[Value::list(products)], |row| Ok((row.str(0)?.into(), row.narrow(1)?)))
}

/// Sets one.
pub fn put(tx: &Tx<'_>, product: &ProductId, least: u32, now: Instant) -> Result<()> {
    tx.execute_one(&PUT, &params![product, least, now])
}
