//! Products: what can be bought now, and every version of every page that was ever sold.

use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use serde::{Deserialize, Serialize};
use yuanlu_domain::catalogue::Offer;
use yuanlu_domain::ids::{AccountId, ProductId, SellerId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "product",
        columns: &[
            text("product_id"),
            text("seller_id").references("seller (seller_id)"),
            int("version"),
            text("kind"),
            int("on_sale"),
            text("search"),
            text("offer"),
            int("updated_at"),
        ],
        key: "product_id",
        large_rows: true,
        indexes: &[
            index("product_shop", "kind, product_id").only("on_sale = 1"),
            index("product_seller", "seller_id, product_id"),
        ],
        since: 1,
    },
    Table {
        name: "product_version",
        columns: &[
            text("product_id").references("product (product_id)"),
            int("version"),
            text("digest"),
            text("page"),
            int("created_at"),
            text("created_by"),
        ],
        key: "product_id, version",
        large_rows: true,
        indexes: &[],
        since: 1,
    },
];

crate::statements! {
    FIND = "select p.product_id, p.version, p.on_sale, p.offer, v.page from product p \
            join product_version v on v.product_id = p.product_id and v.version = p.version where p.product_id = $1";
    OFFERS = "select product_id, offer from product where product_id {in $1}";
    LIST_SHOP = "select p.product_id, p.version, p.on_sale, p.offer, v.page from product p \
                 join product_version v on v.product_id = p.product_id and v.version = p.version \
                 where p.on_sale = 1 and p.product_id > $1 and ($2 = '' or p.kind = $2) \
                 and ($3 = '' or p.search like $3 escape '!') order by p.product_id limit $4";
    LIST_SELLER = "select p.product_id, p.version, p.on_sale, p.offer, v.page from product p \
                   join product_version v on v.product_id = p.product_id and v.version = p.version \
                   where p.seller_id = $1 and p.product_id > $2 order by p.product_id limit $3";
    PAGES = "select product_id, version, page from product_version where product_id {in $1}";
    PAGE = "select page from product_version where product_id = $1 and version = $2";
    COUNT_ON_SALE = "select count(*) from product where on_sale = 1";
    INSERT = "insert into product (product_id, seller_id, version, kind, on_sale, search, offer, updated_at) \
              values ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE = "update product set version = $2, kind = $3, on_sale = $4, search = $5, offer = $6, updated_at = $7 \
              where product_id = $1 and version = $8";
    SET_ON_SALE = "update product set on_sale = $3, offer = $4, updated_at = $5 where product_id = $1 and version = $2";
    INSERT_VERSION = "insert into product_version (product_id, version, digest, page, created_at, created_by) \
                      values ($1, $2, $3, $4, $5, $6)";
}

/// What stands on a product's page, as sold. Its stored text is what the digest in the terms is taken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductPage {
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// How to use it.
    pub how_to_use: String,
}

/// A product with its current page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Version of its page.
    pub version: i64,
    /// It can be bought.
    pub on_sale: bool,
    /// The terms it is sold under.
    pub offer: Offer,
    /// Its page.
    pub page: ProductPage,
}

/// A new version of a product.
#[derive(Clone, Copy, Debug)]
pub struct NewVersion<'a> {
    /// The product.
    pub id: &'a ProductId,
    /// Its terms; their version and digest name this page.
    pub offer: &'a Offer,
    /// The exact text of the page (JSON of [`ProductPage`]).
    pub page: &'a str,
    /// Text to search in, in lower case.
    pub search: &'a str,
    /// By whom.
    pub by: &'a AccountId,
    /// When.
    pub at: Instant,
}

fn product(row: &Row<'_>) -> Result<Product> {
    Ok(Product {
        id: row.text(0)?.into(),
        version: row.int(1)?,
        on_sale: row.flag(2)?,
        offer: row.json(3)?,
        page: row.json(4)?,
    })
}

/// A product by id.
pub fn find(db: &impl Read, id: &ProductId) -> Result<Option<Product>> {
    db.query_one(&FIND, &params![id], product)
}

/// How products can be bought right now: the facts of an order.
pub fn offers<'a>(db: &impl Read, ids: impl IntoIterator<Item = &'a ProductId>) -> Result<Vec<(ProductId, Offer)>> {
    let ids = crate::Value::list(ids.into_iter().map(ProductId::as_str));
    db.query(&OFFERS, &[ids], |row| Ok((row.text(0)?.into(), row.json(1)?)))
}

/// Products on sale after an id; `kind` and `text` may be empty.
pub fn list_on_sale(db: &impl Read, after: &str, kind: &str, text: &str, limit: u32) -> Result<Vec<Product>> {
    let pattern = match text.trim() {
        "" => String::new(),
        words => format!("%{}%", escaped(&words.to_lowercase())),
    };
    db.query(&LIST_SHOP, &params![after, kind, pattern, limit], product)
}

/// A text in which no character is a wildcard.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Products of a seller after an id.
pub fn list_of_seller(db: &impl Read, seller: &SellerId, after: &str, limit: u32) -> Result<Vec<Product>> {
    db.query(&LIST_SELLER, &params![seller, after, limit], product)
}

/// Every version of the pages of products.
pub fn pages<'a>(
    db: &impl Read,
    ids: impl IntoIterator<Item = &'a ProductId>,
) -> Result<Vec<(ProductId, i64, ProductPage)>> {
    let ids = crate::Value::list(ids.into_iter().map(ProductId::as_str));
    db.query(&PAGES, &[ids], |row| Ok((row.text(0)?.into(), row.int(1)?, row.json(2)?)))
}

/// One version of a page.
pub fn find_page(db: &impl Read, id: &ProductId, version: i64) -> Result<Option<ProductPage>> {
    db.query_one(&PAGE, &params![id, version], |row| row.json(0))
}

/// How many products are on sale.
pub fn count_on_sale(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT_ON_SALE, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Saves a version: the first of a new product, or the next of a known one. Somebody faster is a conflict.
pub fn save(tx: &Tx<'_>, new: &NewVersion<'_>) -> Result<()> {
    let terms = &new.offer.terms;
    let version = terms.product_version;
    let offer = serde_json::to_string(new.offer).map_err(|_| StorageError::inconsistent("product", new.id))?;
    let kind = terms.kind.code();
    let on_sale = new.offer.on_sale;
    if version == 1 {
        tx.execute_one(
            &INSERT,
            &params![new.id, &new.offer.seller, version, kind, on_sale, new.search, offer, new.at],
        )?;
    } else {
        tx.execute_one(&UPDATE, &params![new.id, version, kind, on_sale, new.search, offer, new.at, version - 1])?;
    }
    tx.execute_one(&INSERT_VERSION, &params![new.id, version, &terms.page_digest, new.page, new.at, new.by])
}

/// Puts a version that is kept already on sale, or takes it off. Misses another version.
pub fn set_on_sale(tx: &Tx<'_>, id: &ProductId, version: i64, offer: &Offer, at: Instant) -> Result<()> {
    let text = serde_json::to_string(offer).map_err(|_| StorageError::inconsistent("product", id))?;
    tx.execute_one(&SET_ON_SALE, &params![id, version, offer.on_sale, text, at])
}
