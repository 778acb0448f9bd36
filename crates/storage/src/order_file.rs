//! Order files as stored: the state whole, and beside it what lists are searched by.

use crate::aggregate::{Head, Stored, state_text};
use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::journal::{hex, parse_head};
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::ids::{OrderId, SellerId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "order_file",
    columns: &[
        text("order_id"),
        int("version"),
        text("head"),
        text("buyer"),
        text("seller"),
        text("status"),
        int("placed_at"),
        int("total"),
        text("currency"),
        int("updated_at"),
        int("unsealed"),
        text("state"),
        int("escrow").default("0").since(3),
        int("release_at").default("9223372036854775807").since(3),
        // Its whole journal lay in the archive when it was sealed last.
        int("archived").default("0").since(7),
    ],
    key: "order_id",
    large_rows: true,
    indexes: &[
        index("order_file_buyer", "buyer, placed_at, order_id"),
        index("order_file_seller", "seller, placed_at, order_id"),
        index("order_file_unsealed", "order_id").only("unsealed = 1"),
        index("order_file_unpaid", "placed_at, order_id").only("status in ('awaiting_payment', 'expired')"),
        index("order_file_placed", "placed_at, order_id").since(5),
        index("order_file_hot", "placed_at, order_id").only("archived = 0").since(7),
        // What is held for a seller, without a look at the files.
        index("order_file_escrow", "seller, release_at, order_id, escrow, currency").only("escrow > 0").since(3),
    ],
    since: 1,
}];

crate::statements! {
    HEADS = "select order_id, version, head from order_file where order_id {in $1}";
    LOAD = "select version, head, state from order_file where order_id {in $1} order by order_id {for update}";
    FIND = "select version, head, state from order_file where order_id = $1";
    INSERT = "insert into order_file \
              (order_id, version, head, buyer, seller, status, placed_at, total, currency, updated_at, unsealed, state, \
              escrow, release_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13)";
    UPDATE = "update order_file set version = $3, head = $4, status = $5, updated_at = $6, unsealed = 1, state = $7, \
              escrow = $8, release_at = $9 where order_id = $1 and version = $2";
    SET_BUYER = "update order_file set buyer = $2 where order_id = $1";
    OF_BUYER = "select version, head, state from order_file \
                where buyer = $1 and (placed_at, order_id) < ($2, $3) order by placed_at desc, order_id desc limit $4";
    OF_SELLER = "select version, head, state from order_file \
                 where seller = $1 and (placed_at, order_id) < ($2, $3) order by placed_at desc, order_id desc limit $4";
    COLUMNS = "select buyer, seller, status, placed_at, total, currency, updated_at, escrow, release_at \
               from order_file where order_id = $1";
    HELD = "select order_id, escrow, currency, release_at from order_file where seller = $1 and escrow > 0 \
            and (release_at, order_id) > ($2, $3) order by release_at, order_id limit $4";
    HELD_TOTAL = "select currency, cast(sum(escrow) as bigint), count(*) from order_file \
                  where seller = $1 and escrow > 0 group by currency order by currency";
    PLACED = "select version, head, state from order_file where (placed_at, order_id) > ($1, $2) and placed_at < $3 \
              order by placed_at, order_id limit $4";
    PLACED_OF_SELLER = "select version, head, state from order_file \
                        where seller = $1 and (placed_at, order_id) > ($2, $3) and placed_at < $4 \
                        order by placed_at, order_id limit $5";
    VERSIONS = "select order_id, version from order_file where order_id {in $1}";
    UNPAID = "select version, head, state from order_file \
              where status in ('awaiting_payment', 'expired') and (placed_at, order_id) > ($1, $2) and placed_at < $3 \
              order by placed_at, order_id limit $4";
    COUNT = "select count(*) from order_file";
    QUIET = "select version, head, state from order_file where archived = 0 and (placed_at, order_id) > ($1, $2) \
             and placed_at < $3 and updated_at < $3 and unsealed = 0 and status in ('completed', 'expired') \
             order by placed_at, order_id limit $4";
    SEALED_HEADS = "select order_id, version, head from order_file where order_id {in $1} and unsealed = 0 \
                    order by order_id {for update}";
    MARK_ARCHIVED = "update order_file set archived = 1 where order_id = $1";
    WITHOUT_JOURNAL = "select f.order_id from order_file f where not exists (select 1 from journal j where j.kind = 'order' \
                       and j.aggregate_id = f.order_id) and not exists (select 1 from archive a where a.kind = 'order' \
                       and a.aggregate_id = f.order_id) order by f.order_id";
    BY_ID = "select version, head, state from order_file where order_id > $1 order by order_id limit $2";
}

/// Where the journals of these ids end.
pub(crate) fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
    db.query(&HEADS, &[Value::list(ids.iter().copied())], |row| {
        Ok((row.text(0)?, parse_head("order_file", row.int(1)?, row.str(2)?)?))
    })
}

/// What files of before hold, in a database that gets the columns now.
pub(crate) const FILL_SQLITE: &str = "update order_file set escrow = json_extract(state, '$.escrow_minor'), \
    release_at = coalesce((select due from timer where kind = 'order' and aggregate_id = order_id \
    and subject = 'settlement'), 9223372036854775807) where json_extract(state, '$.escrow_minor') > 0;\n";
/// The same on PostgreSQL.
pub(crate) const FILL_POSTGRES: &str = "update order_file set escrow = (state::json ->> 'escrow_minor')::bigint, \
    release_at = coalesce((select due from timer where kind = 'order' and aggregate_id = order_id \
    and subject = 'settlement'), 9223372036854775807) where (state::json ->> 'escrow_minor')::bigint > 0;\n";

/// What a row says where nobody knows when the money goes to the seller: last in every list.
const UNKNOWN: Instant = Instant::from_micros(i64::MAX);

/// What a file holds for its seller, and from when it is his.
fn held(file: &OrderFile) -> (i64, Instant) {
    let row = projection::escrow_row(file);
    row.map_or((0, UNKNOWN), |row| (row.amount_minor, row.release_at.unwrap_or(UNKNOWN)))
}

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

/// What is held for a seller, the next to be released first, after the given instant and order.
pub fn list_held(db: &impl Read, seller: &SellerId, after: (i64, &str), limit: u32) -> Result<Vec<Held>> {
    db.query(&HELD, &params![seller, after.0, after.1, limit], |row| {
        let currency = row.code(2, |code| code.parse::<Currency>().ok())?;
        Ok(Held {
            order: OrderId::new(row.str(0)?),
            amount: Money::new(row.int(1)?, currency),
            release_at: Some(row.instant(3)?).filter(|at| *at != UNKNOWN),
        })
    })
}

/// What is held for a seller in all, and for how many orders, by currency.
pub fn total_held(db: &impl Read, seller: &SellerId) -> Result<Vec<(Money, i64)>> {
    db.query(&HELD_TOTAL, &params![seller], |row| {
        Ok((Money::new(row.int(1)?, row.code(0, |code| code.parse::<Currency>().ok())?), row.int(2)?))
    })
}

/// The files with these numbers that exist, for deciding on them.
pub fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&LOAD, &[Value::list(ids)], stored)
}

/// One file.
pub fn find(db: &impl Read, order: &OrderId) -> Result<Option<Stored<OrderFile>>> {
    db.query_one(&FIND, &params![order], stored)
}

/// Where a list goes on: before this instant and number. [`Cursor::start`] begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Instant of the last row shown.
    pub at: i64,
    /// Its id.
    pub id: String,
}

impl Cursor {
    /// The newest first.
    pub fn start() -> Self {
        Self { at: i64::MAX, id: String::new() }
    }
}

/// Files of a buyer (party key), newest first.
pub fn list_of_buyer(db: &impl Read, buyer: &str, after: &Cursor, limit: u32) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&OF_BUYER, &params![buyer, after.at, &after.id, limit], stored)
}

/// Files of a seller, newest first.
pub fn list_of_seller(db: &impl Read, seller: &str, after: &Cursor, limit: u32) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&OF_SELLER, &params![seller, after.at, &after.id, limit], stored)
}

/// The versions of those of these files that exist.
pub fn versions(db: &impl Read, ids: &[&str]) -> Result<Vec<(OrderId, i64)>> {
    db.query(&VERSIONS, &[Value::list(ids)], |row| Ok((OrderId::new(row.str(0)?), row.int(1)?)))
}

/// Files placed before an instant that were not paid, oldest first, after the given instant and number.
pub fn list_unpaid(
    db: &impl Read,
    after: (Instant, &str),
    before: Instant,
    limit: u32,
) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&UNPAID, &params![after.0, after.1, before, limit], stored)
}

/// Files placed before an instant, oldest first, after the given instant and number; of one seller, where one is given.
pub fn list_placed(
    db: &impl Read,
    seller: Option<&SellerId>,
    after: (Instant, &str),
    before: Instant,
    limit: u32,
) -> Result<Vec<Stored<OrderFile>>> {
    match seller {
        Some(seller) => db.query(&PLACED_OF_SELLER, &params![seller, after.0, after.1, before, limit], stored),
        None => db.query(&PLACED, &params![after.0, after.1, before, limit], stored),
    }
}

/// Sealed files that are neither archived nor waiting for payment or delivery, and in which nothing has happened since an
/// instant, oldest first, after the given instant and number.
pub fn list_quiet(
    db: &impl Read,
    after: (Instant, &str),
    since: Instant,
    limit: u32,
) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&QUIET, &params![after.0, after.1, since, limit], stored)
}

/// Where the journals of those of these files end that were sealed since they were last written.
pub(crate) fn sealed_heads(tx: &Tx<'_>, ids: &[&str]) -> Result<Vec<(String, Head)>> {
    tx.query(&SEALED_HEADS, &[Value::list(ids)], |row| {
        Ok((row.text(0)?, parse_head("order_file", row.int(1)?, row.str(2)?)?))
    })
}

/// Notes that the whole journal lies in the archive.
pub(crate) fn mark_archived(tx: &Tx<'_>, order: &str) -> Result<()> {
    tx.execute_one(&MARK_ARCHIVED, &params![order])
}

/// Files whose journal is nowhere.
pub(crate) fn without_journal(db: &impl Read) -> Result<Vec<String>> {
    db.query(&WITHOUT_JOURNAL, &[], |row| row.text(0))
}

/// Every file, by number, after the given one.
pub(crate) fn page_by_id(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Stored<OrderFile>>> {
    db.query(&BY_ID, &params![after, limit], stored)
}

/// How many there are.
pub fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Writes a new file.
pub fn insert(tx: &Tx<'_>, file: &OrderFile, head: &Head) -> Result<()> {
    let (state, (escrow, release_at)) = (state_text("order_file", file)?, held(file));
    let args = params![
        &file.order,
        head.version,
        hex(&head.hash),
        file.buyer.to_string(),
        &file.seller,
        file.status.code(),
        file.placed_at,
        file.total_minor(),
        file.currency.code(),
        file.last_at,
        state,
        escrow,
        release_at,
    ];
    tx.execute_one(&INSERT, &args)
}

/// Writes what a file has become since `version`.
pub fn update(tx: &Tx<'_>, file: &OrderFile, version: i64, head: &Head) -> Result<()> {
    let (state, (escrow, release_at)) = (state_text("order_file", file)?, held(file));
    let hash = hex(&head.hash);
    let status = file.status.code();
    let args = params![&file.order, version, head.version, hash, status, file.last_at, state, escrow, release_at];
    tx.execute_one(&UPDATE, &args)
}

/// Writes who the buyer is after a claim.
pub fn set_buyer(tx: &Tx<'_>, file: &OrderFile) -> Result<()> {
    tx.execute_one(&SET_BUYER, &params![&file.order, file.buyer.to_string()])
}

/// What lists are searched by, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    buyer: String,
    seller: String,
    status: String,
    placed_at: Instant,
    total_minor: i64,
    currency: String,
    updated_at: Instant,
    held: (i64, Instant),
}

impl Columns {
    /// What a file amounts to.
    pub(crate) fn of(file: &OrderFile) -> Self {
        Self {
            buyer: file.buyer.to_string(),
            seller: file.seller.to_string(),
            status: file.status.code().to_owned(),
            placed_at: file.placed_at,
            total_minor: file.total_minor(),
            currency: file.currency.code().to_owned(),
            updated_at: file.last_at,
            held: held(file),
        }
    }
}

/// What lists are searched by.
pub(crate) fn find_columns(db: &impl Read, order: &OrderId) -> Result<Option<Columns>> {
    db.query_one(&COLUMNS, &params![order], |row| {
        Ok(Columns {
            buyer: row.text(0)?,
            seller: row.text(1)?,
            status: row.text(2)?,
            placed_at: row.instant(3)?,
            total_minor: row.int(4)?,
            currency: row.text(5)?,
            updated_at: row.instant(6)?,
            held: (row.int(7)?, row.instant(8)?),
        })
    })
}

fn stored(row: &crate::Row<'_>) -> Result<Stored<OrderFile>> {
    let head = parse_head("order_file", row.int(0)?, row.str(1)?)?;
    let text = row.str(2)?;
    let aggregate = serde_json::from_str(text)
        .map_err(|e| StorageError::inconsistent("order_file", format!("{e} in {}", &text[..text.len().min(60)])))?;
    Ok(Stored { aggregate, head })
}
