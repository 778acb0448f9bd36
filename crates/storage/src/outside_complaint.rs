//! Where an outside complaint is found by: the agency's number, and the order it is about. And news of one that a channel
//! must be asked about.

use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::{ChannelId, DeskId, OrderId};
use yuanlu_domain::outside_complaint::{Agency, OutsideComplaint};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "outside_complaint",
        columns: &[
            text("agency"),
            text("number"),
            text("desk_id").unique(),
            text("order_id").null(),
            int("received_at"),
        ],
        key: "agency, number",
        large_rows: false,
        indexes: &[index("outside_complaint_order", "order_id, received_at").only("order_id is not null")],
        since: 3,
    },
    Table {
        name: "outside_news",
        columns: &[text("channel"), text("number"), int("seen_at")],
        key: "channel, number",
        large_rows: false,
        indexes: &[],
        since: 3,
    },
    Table {
        name: "phone_index",
        columns: &[text("phone_index"), text("order_id"), int("seen_at")],
        key: "phone_index, order_id",
        large_rows: false,
        indexes: &[],
        since: 3,
    },
];

crate::statements! {
    INSERT = "insert into outside_complaint (agency, number, desk_id, order_id, received_at) values ($1, $2, $3, $4, $5) \
              on conflict (agency, number) do nothing";
    RELATE = "update outside_complaint set order_id = $2 where desk_id = $1";
    FIND = "select desk_id from outside_complaint where agency = $1 and number = $2";
    OF_ORDER = "select desk_id from outside_complaint where order_id = $1 order by received_at, desk_id";
    PUT_NEWS = "insert into outside_news (channel, number, seen_at) values ($1, $2, $3) \
                on conflict (channel, number) do update set seen_at = excluded.seen_at";
    LIST_NEWS = "select channel, number, seen_at from outside_news order by seen_at, channel, number limit $1";
    FORGET_NEWS = "delete from outside_news where channel = $1 and number = $2 and seen_at <= $3";
    PUT_PHONE = "insert into phone_index (phone_index, order_id, seen_at) values ($1, $2, $3) \
                 on conflict (phone_index, order_id) do nothing";
    BY_PHONE = "select order_id from phone_index where phone_index = $1 order by seen_at desc, order_id limit $2";
}

/// Makes a new complaint findable; a number the agency gave out before is a conflict.
pub(crate) fn insert(tx: &Tx<'_>, complaint: &OutsideComplaint) -> Result<()> {
    let told = &complaint.registration;
    let order = told.concerns.as_ref().map(|concerns| &concerns.order);
    let args = params![told.agency.code(), &told.number, &complaint.desk, order, told.received_at];
    tx.execute_one(&INSERT, &args)
}

/// Writes what it turned out to be about.
pub(crate) fn relate(tx: &Tx<'_>, complaint: &OutsideComplaint) -> Result<()> {
    let order = complaint.registration.concerns.as_ref().map(|concerns| &concerns.order);
    tx.execute_one(&RELATE, &params![&complaint.desk, order])
}

/// The complaint with this number of an agency.
pub fn find(db: &impl Read, agency: Agency, number: &str) -> Result<Option<DeskId>> {
    db.query_one(&FIND, &params![agency.code(), number], |row| Ok(row.str(0)?.into()))
}

/// What [`of_order`] asks.
pub fn asking(order: &OrderId) -> Question {
    Question::new(&OF_ORDER, &params![order])
}

/// Complaints about an order, the first first.
pub fn of_order(db: &impl Read, order: &OrderId) -> Result<Vec<DeskId>> {
    db.query(&OF_ORDER, &params![order], |row| Ok(row.str(0)?.into()))
}

/// A channel said that something happened to a complaint.
pub fn put_news(tx: &Tx<'_>, channel: &ChannelId, number: &str, now: Instant) -> Result<()> {
    tx.execute(&PUT_NEWS, &params![channel, number, now]).map(drop)
}

/// Complaints a channel is to be asked about: channel, number, since when.
pub fn list_news(db: &impl Read, limit: u32) -> Result<Vec<(ChannelId, String, Instant)>> {
    db.query(&LIST_NEWS, &params![limit], |row| Ok((row.str(0)?.into(), row.text(1)?, row.instant(2)?)))
}

/// The channel was asked; news that came since stays.
pub fn forget_news(tx: &Tx<'_>, channel: &ChannelId, number: &str, seen_at: Instant) -> Result<()> {
    tx.execute(&FORGET_NEWS, &params![channel, number, seen_at]).map(drop)
}

/// Makes an order findable by a telephone number, in the commit that places it.
pub fn adding_phone(phone_index: &str, order: &OrderId, now: Instant) -> Stmt {
    let args = params![phone_index, order, now];
    Stmt { sql: &PUT_PHONE, args: args.map(crate::Value::into_owned).to_vec(), must_hit: None }
}

/// Orders under a telephone number, newest first.
pub fn by_phone(db: &impl Read, phone_index: &str, limit: u32) -> Result<Vec<OrderId>> {
    db.query(&BY_PHONE, &params![phone_index, limit], |row| Ok(row.str(0)?.into()))
}
