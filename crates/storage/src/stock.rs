//! Codes: each a row of its product for ever, owned by one order file or by none. The end of a code is found by keyed hashes
//! beside it: what a buyer reads out to support is never the whole of it.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, blob, index, int, text};
use crate::{Value, params};
use std::collections::BTreeMap;
use yuanlu_domain::ids::{OrderId, ProductId, StockId};
use yuanlu_domain::stock::StockFate;
use yuanlu_domain::time::Instant;

const FRAGMENT: Table = Table {
    name: "stock_fragment",
    columns: &[text("fragment_index"), text("stock_id")],
    key: "fragment_index, stock_id",
    large_rows: false,
    indexes: &[],
    since: 4,
};

const STOCK: Table = Table {
    name: "stock",
    columns: &[
        text("stock_id"),
        text("product_id"),
        text("state"),
        text("owner_order").null(),
        int("unit").null(),
        text("blind_index").unique(),
        blob("ciphertext"),
        int("key_version"),
        text("last4"),
        int("loaded_at"),
    ],
    key: "stock_id",
    large_rows: false,
    indexes: &[
        index("stock_free", "product_id, stock_id").only("state = 'free'"),
        index("stock_product", "product_id, state"),
        index("stock_batch", "product_id, loaded_at").since(2),
    ],
    since: 1,
};

pub(crate) const TABLES: &[Table] = &[STOCK, FRAGMENT];

crate::statements! {
    INSERT = "insert into stock (stock_id, product_id, state, blind_index, ciphertext, key_version, last4, loaded_at) \
              values ($1, $2, 'free', $3, $4, $5, $6, $7) on conflict (blind_index) do nothing";
    PICK = "select stock_id from stock where product_id = $1 and state = 'free' order by stock_id limit $2 {skip locked}";
    OWN = "update stock set state = 'owned', owner_order = $2, unit = $3 \
           where stock_id = $1 and state = 'free' and owner_order is null";
    GIVE_UP = "update stock set state = $3, owner_order = null, unit = null where stock_id = $1 and owner_order = $2";
    FIND = "select product_id, state, owner_order, unit, ciphertext, key_version, last4 from stock where stock_id = $1";
    COUNT = "select product_id, state, count(*) from stock where product_id {in $1} group by product_id, state";
    COUNT_FREE = "select count(*) from (select 1 from stock where product_id = $1 and state = 'free' limit $2) as few";
    OF_BATCH = "select distinct b.owner_order from stock a join stock b on b.product_id = a.product_id \
                and b.loaded_at = a.loaded_at where a.stock_id = $1 and b.owner_order is not null \
                order by b.owner_order limit $2";
    UNITS_OF_BATCH = "select owner_order, unit from stock where product_id = $1 and loaded_at = $2 \
                      and owner_order is not null order by owner_order, unit";
    BATCHES = "select loaded_at, count(*), cast(sum(case when owner_order is null then 0 else 1 end) as bigint) from stock \
               where product_id = $1 group by loaded_at order by loaded_at desc limit $2";
    PUT_FRAGMENT = "insert into stock_fragment (fragment_index, stock_id) values ($1, $2) \
                    on conflict (fragment_index, stock_id) do nothing";
    BY_INDEX = "select stock_id, owner_order from stock where blind_index = $1";
    BY_FRAGMENT = "select s.stock_id, s.owner_order from stock_fragment f join stock s on s.stock_id = f.stock_id \
                   where f.fragment_index = $1 order by s.stock_id limit $2";
    SEALED = "select stock_id, ciphertext, key_version from stock where stock_id > $1 order by stock_id limit $2";
    EVERY = "select stock_id, state, owner_order, unit from stock order by stock_id";
}

/// A code to be loaded, already encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStock {
    /// Its id; the encryption is bound to it.
    pub id: StockId,
    /// Its product.
    pub product: ProductId,
    /// Keyed hash of the code: no code twice in the platform.
    pub blind_index: String,
    /// Keyed hashes of its ends, by which it is found.
    pub ends: Vec<String>,
    /// The code.
    pub ciphertext: Vec<u8>,
    /// Which key.
    pub key_version: i64,
    /// What people may see of it.
    pub last4: String,
}

/// A code as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// Its product.
    pub product: ProductId,
    /// `free`, `owned` or `quarantined`.
    pub state: String,
    /// The file that owns it.
    pub owner: Option<OrderId>,
    /// The unit it was issued to.
    pub unit: Option<u16>,
    /// The code.
    pub ciphertext: Vec<u8>,
    /// Which key.
    pub key_version: i64,
    /// What people may see of it.
    pub last4: String,
}

/// Loads a code; false when the platform has it already.
pub fn insert(tx: &Tx<'_>, row: &NewStock, now: Instant) -> Result<bool> {
    let args = params![&row.id, &row.product, &row.blind_index, &row.ciphertext, row.key_version, &row.last4, now];
    let is_new = tx.execute(&INSERT, &args)? == 1;
    if is_new {
        row.ends.iter().try_for_each(|end| put_fragment(tx, end, &row.id))?;
    }
    Ok(is_new)
}

/// Makes the end of a code findable. `fragment_index` is a keyed hash.
pub fn put_fragment(tx: &Tx<'_>, fragment_index: &str, stock: &StockId) -> Result<()> {
    tx.execute_any(&PUT_FRAGMENT, &params![fragment_index, stock])
}

/// A code that is known, and the file that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The code.
    pub stock: StockId,
    /// The file that owns it.
    pub owner: Option<OrderId>,
}

/// The code with this keyed hash.
pub fn find_by_index(db: &impl Read, blind_index: &str) -> Result<Option<Located>> {
    db.query_one(&BY_INDEX, &params![blind_index], located)
}

/// Codes whose end has this keyed hash.
pub fn find_by_fragment(db: &impl Read, fragment_index: &str, limit: u32) -> Result<Vec<Located>> {
    db.query(&BY_FRAGMENT, &params![fragment_index, limit], located)
}

fn located(row: &crate::Row<'_>) -> Result<Located> {
    Ok(Located { stock: row.str(0)?.into(), owner: row.opt_str(1)?.map(Into::into) })
}

/// A code as it lies in its row: its id, ciphertext and the version of the key.
pub type Sealed = (StockId, Vec<u8>, i64);

/// Codes as they are encrypted, by id, after the given one.
pub fn list_sealed(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Sealed>> {
    db.query(&SEALED, &params![after, limit], |row| Ok((row.str(0)?.into(), row.blob(1)?, row.int(2)?)))
}

/// So many free codes of each product, the first loaded first.
pub fn pick_free(db: &impl Read, wanted: &BTreeMap<ProductId, usize>) -> Result<Vec<Vec<StockId>>> {
    let limit = |count: &usize| i64::try_from(*count).unwrap_or(i64::MAX);
    let lists: Vec<_> = wanted.iter().map(|(product, count)| params![product, limit(count)].to_vec()).collect();
    db.query_each(&PICK, &lists, |row| Ok(row.str(0)?.into()))
}

/// A file takes a code. Misses when it is no longer free.
pub fn own(tx: &Tx<'_>, stock: &StockId, order: &OrderId, unit: u16) -> Result<()> {
    tx.execute_one(&OWN, &params![stock, order, unit])
}

/// A file gives a code up. Misses when it does not own it.
pub fn give_up(tx: &Tx<'_>, stock: &StockId, order: &OrderId, fate: StockFate) -> Result<()> {
    let state = match fate {
        StockFate::Free => "free",
        StockFate::Quarantined => "quarantined",
    };
    tx.execute_one(&GIVE_UP, &params![stock, order, state])
}

/// Orders that own codes loaded together with this one.
pub fn orders_of_batch(db: &impl Read, stock: &StockId, limit: usize) -> Result<Vec<OrderId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.query(&OF_BATCH, &params![stock, limit], |row| Ok(row.str(0)?.into()))
}

/// Units that own a code of a product loaded at this moment, by order.
pub fn units_of_batch(db: &impl Read, product: &ProductId, loaded_at: Instant) -> Result<BTreeMap<OrderId, Vec<u16>>> {
    let mut units: BTreeMap<OrderId, Vec<u16>> = BTreeMap::new();
    db.for_each(&UNITS_OF_BATCH, &params![product, loaded_at], |row| {
        units.entry(row.str(0)?.into()).or_default().push(row.narrow(1)?);
        Ok(())
    })?;
    Ok(units)
}

/// Codes of a product that were loaded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// When they were loaded; also what names the batch.
    pub loaded_at: Instant,
    /// How many.
    pub codes: u32,
    /// How many of them are owned by orders.
    pub owned: u32,
}

/// Batches of codes of a product, newest first.
pub fn list_batches(db: &impl Read, product: &ProductId, limit: u32) -> Result<Vec<Batch>> {
    db.query(&BATCHES, &params![product, limit], |row| {
        Ok(Batch { loaded_at: row.instant(0)?, codes: row.narrow(1)?, owned: row.narrow(2)? })
    })
}

/// One code.
pub fn find(db: &impl Read, stock: &StockId) -> Result<Option<StockRow>> {
    db.query_one(&FIND, &params![stock], |row| {
        Ok(StockRow {
            product: row.str(0)?.into(),
            state: row.text(1)?,
            owner: row.opt_str(2)?.map(Into::into),
            unit: row.opt_int(3)?.and_then(|n| u16::try_from(n).ok()),
            ciphertext: row.blob(4)?,
            key_version: row.int(5)?,
            last4: row.text(6)?,
        })
    })
}

/// How many codes products have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// For sale.
    pub free: i64,
    /// Sold.
    pub owned: i64,
    /// Never sold again.
    pub quarantined: i64,
}

/// Counts of these products; one without codes is left out.
pub fn count(db: &impl Read, products: &[&str]) -> Result<BTreeMap<ProductId, Counts>> {
    let mut counts: BTreeMap<ProductId, Counts> = BTreeMap::new();
    db.for_each(&COUNT, &[Value::list(products)], |row| {
        let of = counts.entry(row.str(0)?.into()).or_default();
        let n = row.int(2)?;
        match row.str(1)? {
            "free" => of.free = n,
            "owned" => of.owned = n,
            _ => of.quarantined = n,
        }
        Ok(())
    })?;
    Ok(counts)
}

/// How many codes of each of these products are for sale, counted as far as asked. Unlike [`count`] this costs nothing for what
/// was sold.
pub fn count_free(db: &impl Read, products: &[(&ProductId, u32)]) -> Result<Vec<u32>> {
    let lists: Vec<_> = products.iter().map(|(product, most)| params![*product, *most].to_vec()).collect();
    let counts = db.query_each(&COUNT_FREE, &lists, |row| row.narrow(0))?;
    Ok(counts.into_iter().map(|rows| rows.first().copied().unwrap_or_default()).collect())
}

/// Id, state and owner of every code.
pub(crate) fn for_each(db: &impl Read, mut each: impl FnMut(&str, &str, Option<(&str, i64)>)) -> Result<()> {
    db.for_each(&EVERY, &[], |row| {
        each(row.str(0)?, row.str(1)?, row.opt_str(2)?.zip(row.opt_int(3)?));
        Ok(())
    })
}
