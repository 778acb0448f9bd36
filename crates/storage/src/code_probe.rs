//! Where the issuers of products are asked whether a code was used.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::value::Row;
use crate::{Value, params};
use std::collections::BTreeSet;
use yuanlu_domain::ids::{AccountId, ProductId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "code_probe",
    columns: &[
        text("product_id").references("product (product_id)"),
        text("url"),
        text("issuer_key"),
        int("set_at"),
        text("set_by"),
    ],
    key: "product_id",
    large_rows: false,
    indexes: &[],
    since: 4,
}];

crate::statements! {
    FIND = "select product_id, url, issuer_key, set_at, set_by from code_probe where product_id = $1";
    PROBED = "select product_id from code_probe where product_id {in $1}";
    PUT = "insert into code_probe (product_id, url, issuer_key, set_at, set_by) values ($1, $2, $3, $4, $5) \
           on conflict (product_id) do update set url = excluded.url, issuer_key = excluded.issuer_key, \
           set_at = excluded.set_at, set_by = excluded.set_by";
    DROP = "delete from code_probe where product_id = $1";
}

/// Where a product's issuer is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRow {
    /// The product.
    pub product: ProductId,
    /// The address.
    pub url: String,
    /// The issuer's Ed25519 public key (hex).
    pub issuer_key: String,
    /// When it was set.
    pub set_at: Instant,
    /// By whom.
    pub set_by: AccountId,
}

fn probe(row: &Row<'_>) -> Result<ProbeRow> {
    Ok(ProbeRow {
        product: row.text(0)?.into(),
        url: row.text(1)?,
        issuer_key: row.text(2)?,
        set_at: row.instant(3)?,
        set_by: row.text(4)?.into(),
    })
}

/// Where a product's issuer is asked, if it can be.
pub fn find(db: &impl Read, product: &ProductId) -> Result<Option<ProbeRow>> {
    db.query_one(&FIND, &params![product], probe)
}

/// Those of these products whose issuer can be asked.
pub fn probed<'a>(db: &impl Read, products: impl IntoIterator<Item = &'a ProductId>) -> Result<BTreeSet<ProductId>> {
    let products = Value::list(products.into_iter().map(ProductId::as_str));
    let found: Vec<ProductId> = db.query(&PROBED, &[products], |row| Ok(row.text(0)?.into()))?;
    Ok(found.into_iter().collect())
}

/// Sets where a product's issuer is asked.
pub fn put(tx: &Tx<'_>, row: &ProbeRow) -> Result<()> {
    let args = params![&row.product, &row.url, &row.issuer_key, row.set_at, &row.set_by];
    tx.execute_one(&PUT, &args)
}

/// The issuer is not asked any more; whether it was.
pub fn drop(tx: &Tx<'_>, product: &ProductId) -> Result<bool> {
    Ok(tx.execute(&DROP, &params![product])? == 1)
}
