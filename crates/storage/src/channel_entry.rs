//! Payments, top-ups and payouts at channels, by the numbers that channels know them by: what bills are compared with.
//! Functions of their files and wallets.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, index, int, text};
use crate::{Value, params};
use yuanlu_domain::bill::{ChannelEntry, EntryState};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "channel_entry",
    columns: &[
        text("no"),
        int("part"),
        text("channel"),
        int("incoming"),
        int("listed"),
        text("order_id"),
        text("channel_ref"),
        int("amount"),
        text("currency"),
        text("state"),
        int("at").null(),
    ],
    key: "no, part",
    large_rows: false,
    indexes: &[
        index("channel_entry_at", "channel, at, no, part").only("at is not null and listed = 1"),
        index("channel_entry_aside", "channel, at, no, part").only("at is not null and listed = 0").since(4),
        index("channel_entry_order", "order_id"),
        index("channel_entry_ref", "channel_ref").only("channel_ref <> ''").since(4),
    ],
    since: 3,
}];

macro_rules! columns {
    () => {
        "no, part, channel, incoming, listed, order_id, channel_ref, amount, currency, state, at"
    };
}

crate::statements! {
    PUT = concat!(
        "insert into channel_entry (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         on conflict (no, part) do update set channel_ref = excluded.channel_ref, amount = excluded.amount, \
         state = excluded.state, at = excluded.at"
    );
    BY_NUMBER = concat!("select ", columns!(), " from channel_entry where no {in $1} order by no, part");
    BY_REFERENCE = concat!(
        "select ", columns!(), " from channel_entry where channel_ref = $1 and channel_ref <> '' \
         order by no, part limit $2"
    );
    OF_ORDER = concat!("select ", columns!(), " from channel_entry where order_id = $1 order by incoming desc, part");
    OF_SPAN = concat!(
        "select ", columns!(), " from channel_entry where channel = $1 and listed = 1 and at is not null and at >= $2 \
         and at < $3 and (at, no, part) > ($4, $5, $6) order by at, no, part limit $7"
    );
    ASIDE_OF_SPAN = concat!(
        "select ", columns!(), " from channel_entry where channel = $1 and listed = 0 and at is not null and at >= $2 \
         and at < $3 and (at, no, part) > ($4, $5, $6) order by at, no, part limit $7"
    );
    FIRST_AT = "select min(at) from channel_entry where channel = $1 and listed = 1 and at is not null";
    CHANNELS = "select distinct channel from channel_entry where listed = 1 and at is not null order by channel";
    COUNT = "select count(*) from channel_entry";
}

/// Writes what a payment or a payout has become.
pub fn put(tx: &Tx<'_>, entry: &ChannelEntry) -> Result<()> {
    let args = params![
        &entry.no,
        entry.part,
        &entry.channel,
        entry.incoming,
        entry.listed,
        &entry.owner,
        &entry.channel_ref,
        entry.amount.minor(),
        entry.amount.currency().code(),
        entry.state.code(),
        entry.at,
    ];
    tx.execute_one(&PUT, &args)
}

/// Those with these numbers, at whatever channel.
pub fn find_all<'n>(db: &impl Read, numbers: impl IntoIterator<Item = &'n str>) -> Result<Vec<ChannelEntry>> {
    db.query(&BY_NUMBER, &[Value::list(numbers)], entry)
}

/// Those that a channel knows by this number of its own.
pub fn find_by_reference(db: &impl Read, reference: &str, limit: u32) -> Result<Vec<ChannelEntry>> {
    db.query(&BY_REFERENCE, &params![reference, limit], entry)
}

/// Those whose money moved at a channel in a span of time, after the given one: what bills of trades list, or the rest.
pub fn list_span(
    db: &impl Read,
    channel: &ChannelId,
    listed: bool,
    (from, until): (Instant, Instant),
    after: Option<&ChannelEntry>,
    limit: u32,
) -> Result<Vec<ChannelEntry>> {
    let (at, no, part) = match after {
        Some(last) => (last.at.map_or(i64::MIN, Instant::micros), last.no.as_str(), i64::from(last.part)),
        None => (i64::MIN, "", -1),
    };
    let sql = if listed { &OF_SPAN } else { &ASIDE_OF_SPAN };
    // The index is entered by the plain bound: without this every page would walk over all pages before it.
    let from = from.micros().max(at);
    db.query(sql, &params![channel, from, until, at, no, part, limit], entry)
}

/// When money first moved at a channel.
pub fn first_at(db: &impl Read, channel: &ChannelId) -> Result<Option<Instant>> {
    Ok(db.query_one(&FIRST_AT, &params![channel], |row| row.opt_instant(0))?.flatten())
}

/// Every channel that money moved at.
pub fn list_channels(db: &impl Read) -> Result<Vec<ChannelId>> {
    db.query(&CHANNELS, &[], |row| Ok(row.str(0)?.into()))
}

/// Those of an order, or of the top-ups of an account.
pub(crate) fn list_of_owner(db: &impl Read, owner: &str) -> Result<Vec<ChannelEntry>> {
    db.query(&OF_ORDER, &params![owner], entry)
}

/// How many there are.
pub fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn entry(row: &crate::Row<'_>) -> Result<ChannelEntry> {
    let currency = row.code(8, |code| code.parse::<Currency>().ok())?;
    Ok(ChannelEntry {
        no: row.str(0)?.into(),
        part: row.narrow(1)?,
        channel: row.str(2)?.into(),
        incoming: row.flag(3)?,
        listed: row.flag(4)?,
        owner: row.text(5)?,
        channel_ref: row.text(6)?,
        amount: Money::new(row.int(7)?, currency),
        state: row.code(9, EntryState::parse)?,
        at: row.opt_instant(10)?,
    })
}

/// Writes the entries of files that were there before the table was.
pub fn build(tx: &Tx<'_>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = crate::order_file::page_by_id(tx, &after, 500)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.aggregate.order.to_string();
        for stored in &page {
            yuanlu_domain::bill::channel_entries(&stored.aggregate).iter().try_for_each(|entry| put(tx, entry))?;
        }
    }
}

/// The same of top-ups, which were not listed at first.
pub fn build_top_ups(tx: &Tx<'_>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = crate::wallet::page_by_id(tx, &after, 500)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.aggregate.account.to_string();
        for stored in &page {
            yuanlu_domain::top_up::channel_entries(&stored.aggregate).iter().try_for_each(|entry| put(tx, entry))?;
        }
    }
}
