//! Who looked at an order: a journal of its own beside the order's, chained and sealed like it, so that reading never
//! waits for deciding.

use crate::aggregate::{Head, Kind};
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::{Value, journal, params};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "view_log",
    columns: &[text("order_id"), int("version"), text("head"), int("unsealed")],
    key: "order_id",
    large_rows: false,
    indexes: &[crate::schema::index("view_log_unsealed", "order_id").only("unsealed = 1")],
    since: 3,
}];

crate::statements! {
    HEAD = "select version, head from view_log where order_id = $1 {for update}";
    HEADS_OF = "select order_id, version, head from view_log where order_id {in $1} order by order_id {for update}";
    HEADS = "select order_id, version, head from view_log order by order_id";
    PUT = "insert into view_log (order_id, version, head, unsealed) values ($1, $2, $3, 1) \
           on conflict (order_id) do update set version = excluded.version, head = excluded.head, unsealed = 1";
}

/// Where the log of an order ends.
pub fn head(db: &impl Read, order: &str) -> Result<Head> {
    let found = db.query_one(&HEAD, &params![order], |row| {
        let version = row.int(0)?;
        journal::parse_head("view_log", version, row.str(1)?)
    })?;
    Ok(found.unwrap_or_else(|| journal::genesis(Kind::View, order)))
}

/// Where every log ends.
pub(crate) fn heads(db: &impl Read) -> Result<Vec<(String, Head)>> {
    db.query(&HEADS, &[], |row| {
        let version = row.int(1)?;
        Ok((row.text(0)?, journal::parse_head("view_log", version, row.str(2)?)?))
    })
}

/// Where the logs of these orders end.
pub(crate) fn heads_of(tx: &Tx<'_>, orders: &[&str]) -> Result<Vec<(String, Head)>> {
    tx.query(&HEADS_OF, &[Value::list(orders)], |row| {
        Ok((row.text(0)?, journal::parse_head("view_log", row.int(1)?, row.str(2)?)?))
    })
}

/// Adds an entry to the log of an order.
pub fn append(tx: &Tx<'_>, order: &str, at: Instant, body: &str) -> Result<()> {
    let head = journal::next(&head(tx, order)?, body);
    journal::append(tx, Kind::View, order, at, body, &head)?;
    tx.execute_one(&PUT, &params![order, head.version, journal::hex(&head.hash)])
}
