//! Money held for orders, as their sellers see it: a projection of the files.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::{OrderId, SellerId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection::EscrowRow;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "escrow",
    columns: &[text("order_id"), text("seller"), int("amount"), text("currency"), int("release_at")],
    key: "order_id",
    large_rows: false,
    indexes: &[index("escrow_seller", "seller, release_at, order_id")],
    since: 3,
}];

crate::statements! {
    PUT = "insert into escrow (order_id, seller, amount, currency, release_at) values ($1, $2, $3, $4, $5) \
           on conflict (order_id) do update set amount = excluded.amount, release_at = excluded.release_at";
    DELETE = "delete from escrow where order_id = $1";
    FIND = "select amount, release_at from escrow where order_id = $1";
    OF_SELLER = "select order_id, amount, currency, release_at from escrow \
                 where seller = $1 and (release_at, order_id) > ($2, $3) order by release_at, order_id limit $4";
    TOTAL = "select currency, cast(sum(amount) as bigint), count(*) from escrow where seller = $1 \
             group by currency order by currency";
    COUNT = "select count(*) from escrow";
}

/// What files of before hold, in a database that gets the table now.
pub(crate) const FILL_SQLITE: &str = "insert into escrow (order_id, seller, amount, currency, release_at) \
    select order_id, seller, json_extract(state, '$.escrow_minor'), currency, coalesce((select due from timer \
    where kind = 'order' and aggregate_id = order_id and subject = 'settlement'), 9223372036854775807) \
    from order_file where json_extract(state, '$.escrow_minor') > 0;\n";
/// The same on PostgreSQL.
pub(crate) const FILL_POSTGRES: &str = "insert into escrow (order_id, seller, amount, currency, release_at) \
    select order_id, seller, (state::json ->> 'escrow_minor')::bigint, currency, coalesce((select due from timer \
    where kind = 'order' and aggregate_id = order_id and subject = 'settlement'), 9223372036854775807) \
    from order_file where (state::json ->> 'escrow_minor')::bigint > 0;\n";

/// What a row says where nobody knows when the money goes to the seller: last in every list.
const UNKNOWN: Instant = Instant::from_micros(i64::MAX);

/// Money held for one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which order.
    pub order: OrderId,
    /// How much.
    pub amount: Money,
    /// When it goes to the seller, where that is known.
    pub release_at: Option<Instant>,
}

/// Writes what a file holds.
pub(crate) fn put(tx: &Tx<'_>, file: &OrderFile, row: &EscrowRow) -> Result<()> {
    let release_at = row.release_at.unwrap_or(UNKNOWN);
    let args = params![&file.order, &file.seller, row.amount_minor, file.currency.code(), release_at];
    tx.execute_one(&PUT, &args)
}

/// The file holds nothing any more.
pub(crate) fn delete(tx: &Tx<'_>, order: &OrderId) -> Result<()> {
    tx.execute_one(&DELETE, &params![order])
}

/// What one file holds.
pub(crate) fn find(db: &impl Read, order: &OrderId) -> Result<Option<EscrowRow>> {
    db.query_one(&FIND, &params![order], |row| {
        Ok(EscrowRow { amount_minor: row.int(0)?, release_at: Some(row.instant(1)?).filter(|at| *at != UNKNOWN) })
    })
}

/// What is held for a seller, the next to be released first, after the given instant and order.
pub fn list_of_seller(db: &impl Read, seller: &SellerId, after: (i64, &str), limit: u32) -> Result<Vec<Held>> {
    db.query(&OF_SELLER, &params![seller, after.0, after.1, limit], |row| {
        let currency = row.code(2, |code| code.parse::<Currency>().ok())?;
        Ok(Held {
            order: row.text(0)?.as_str().into(),
            amount: Money::new(row.int(1)?, currency),
            release_at: Some(row.instant(3)?).filter(|at| *at != UNKNOWN),
        })
    })
}

/// What is held for a seller in all, and for how many orders, by currency.
pub fn total_of_seller(db: &impl Read, seller: &SellerId) -> Result<Vec<(Money, i64)>> {
    db.query(&TOTAL, &params![seller], |row| {
        Ok((Money::new(row.int(1)?, row.code(0, |code| code.parse::<Currency>().ok())?), row.int(2)?))
    })
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}
