//! The archive: journals of orders that have long been over, each packed into one row.
//!
//! A journal is what the archive holds of it and what follows in `journal`; [`crate::journal`] reads both as one. So whoever
//! writes to an archived order goes on in the journal as ever, the chain with him, and the next archiving takes the rest
//! along. Only how entries are kept changes: states, lists and the books stay where they are.

use crate::aggregate::{Head, Kind};
use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::journal::{self, Line, hex};
use crate::schema::{Table, blob, int, text};
use crate::{order_file, params, view_log};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::collections::HashMap;
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "archive",
    columns: &[
        text("kind"),
        text("aggregate_id"),
        int("entries"),
        text("head"),
        int("archived_at"),
        int("size"),
        blob("body"),
    ],
    key: "kind, aggregate_id",
    large_rows: true,
    indexes: &[],
    since: 7,
}];

crate::statements! {
    FIND = "select entries, head, size, body from archive where kind = $1 and aggregate_id = $2";
    PUT = "insert into archive (kind, aggregate_id, entries, head, archived_at, size, body) \
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (kind, aggregate_id) do update set \
           entries = excluded.entries, head = excluded.head, archived_at = excluded.archived_at, size = excluded.size, \
           body = excluded.body";
    // Journals of which nothing follows outside the archive.
    WHOLE = "select a.entries, a.head, a.size, a.body, a.aggregate_id from archive a where a.kind = $1 and not exists \
             (select 1 from journal j where j.kind = a.kind and j.aggregate_id = a.aggregate_id) order by a.aggregate_id";
    TWICE = "select a.kind, a.aggregate_id from archive a join journal j \
             on j.kind = a.kind and j.aggregate_id = a.aggregate_id and j.seq = 1 order by a.kind, a.aggregate_id";
    COUNT = "select count(*), cast(coalesce(sum(entries), 0) as bigint), cast(coalesce(sum(size), 0) as bigint) from archive";
}

/// Small journals gain little from more, and are packed once.
const LEVEL: u8 = 9;
/// No journal is larger; what unpacks to more was not packed here.
const MOST: usize = 256 << 20;

/// A journal packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    kind: Kind,
    id: String,
    end: Head,
    /// Bytes of its entries, unpacked.
    size: i64,
    body: Vec<u8>,
}

/// The journals of an order, packed: its own, and who looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedOrder {
    own: Packed,
    views: Option<Packed>,
}

impl PackedOrder {
    fn journals(&self) -> impl Iterator<Item = &Packed> {
        std::iter::once(&self.own).chain(&self.views)
    }

    /// How many entries they hold.
    pub fn entries(&self) -> i64 {
        self.journals().map(|packed| packed.end.version).sum()
    }

    /// Bytes of the entries, before and after packing.
    pub fn sizes(&self) -> (i64, usize) {
        self.journals().fold((0, 0), |(size, small), packed| (size + packed.size, small + packed.body.len()))
    }
}

/// Packs the journals of an order as they stand; `None` where its own is no chain: what is broken stays as it is, for
/// [`crate::verify`] to name.
pub fn pack_order(db: &impl Read, order: &OrderId) -> Result<Option<PackedOrder>> {
    let Some(own) = pack(db, Kind::Order, order.as_str())? else { return Ok(None) };
    Ok(Some(PackedOrder { own, views: pack(db, Kind::View, order.as_str())? }))
}

/// Packs a journal; `None` where it has no entries, or is no chain.
pub(crate) fn pack(db: &impl Read, kind: Kind, id: &str) -> Result<Option<Packed>> {
    let lines = journal::list(db, kind, id)?;
    let mut end = journal::genesis(kind, id);
    let mut text = Vec::new();
    for line in &lines {
        end = journal::next(&end, &line.body);
        if line.seq != end.version || line.head != hex(&end.hash) {
            return Ok(None);
        }
        text.extend_from_slice(format!("{} {}\n", line.at.micros(), line.body.len()).as_bytes());
        text.extend_from_slice(line.body.as_bytes());
        text.push(b'\n');
    }
    let size = lines.iter().map(|line| line.body.len() as i64).sum();
    let body = || compress_to_vec_zlib(&text, LEVEL);
    Ok((!lines.is_empty()).then(|| Packed { kind, id: id.to_owned(), end, size, body: body() }))
}

/// The entries of a packed journal with the chain's hash after each; `None` when it is not what was packed. The last hash is
/// the one that was written beside, so that a chain which leads elsewhere is seen to be broken.
fn unpack(kind: Kind, id: &str, row: &crate::Row<'_>) -> Result<Option<Vec<Line>>> {
    let (entries, head) = (row.int(0)?, row.str(1)?);
    let Ok(text) = decompress_to_vec_zlib_with_limit(&row.blob(3)?, MOST) else { return Ok(None) };
    let mut lines = Vec::new();
    let mut end = journal::genesis(kind, id);
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let Some((at, body, after)) = first_entry(rest) else { return Ok(None) };
        end = journal::next(&end, body);
        lines.push(Line { seq: end.version, at, body: body.to_owned(), head: hex(&end.hash) });
        rest = after;
    }
    let Some(last) = lines.last_mut().filter(|last| last.seq == entries) else { return Ok(None) };
    head.clone_into(&mut last.head);
    Ok(Some(lines))
}

/// The first entry of a packed text, and what follows.
fn first_entry(text: &[u8]) -> Option<(Instant, &str, &[u8])> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let (at, length) = std::str::from_utf8(&text[..end]).ok()?.split_once(' ')?;
    let body = text.get(end + 1..)?;
    let (body, after) = body.split_at_checked(length.parse().ok()?)?;
    let after = after.strip_prefix(b"\n")?;
    Some((Instant::from_micros(at.parse().ok()?), std::str::from_utf8(body).ok()?, after))
}

/// What the archive holds of a journal; nothing, where that is not in it.
pub(crate) fn list(db: &impl Read, kind: Kind, id: &str) -> Result<Vec<Line>> {
    let found = db.query_one(&FIND, &params![kind.code(), id], |row| unpack(kind, id, row))?;
    let unreadable = || StorageError::inconsistent("archive", format!("{}:{id}", kind.code()));
    found.map_or(Ok(Vec::new()), |lines| lines.ok_or_else(unreadable))
}

/// The same, for whoever follows the chain: what cannot be unpacked is an entry that breaks it.
pub(crate) fn list_for_audit(db: &impl Read, kind: Kind, id: &str) -> Result<Vec<Line>> {
    let found = db.query_one(&FIND, &params![kind.code(), id], |row| unpack(kind, id, row))?;
    Ok(found.map_or_else(Vec::new, |lines| lines.unwrap_or_else(broken)))
}

/// Every entry of the journals of a kind of which nothing follows outside the archive, as [`list_for_audit`].
pub(crate) fn for_each_whole(db: &impl Read, kind: Kind, mut each: impl FnMut(&str, Line) -> Result<()>) -> Result<()> {
    db.for_each(&WHOLE, &params![kind.code()], |row| {
        let id = row.str(4)?;
        let lines = unpack(kind, id, row)?.unwrap_or_else(broken);
        lines.into_iter().try_for_each(|line| each(id, line))
    })
}

fn broken() -> Vec<Line> {
    vec![Line { seq: 1, at: Instant::from_micros(0), body: String::new(), head: String::new() }]
}

/// Journals that lie in the archive and, from their beginning, outside it: kind and id.
pub(crate) fn twice(db: &impl Read) -> Result<Vec<(String, String)>> {
    db.query(&TWICE, &[], |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Moves the journals of orders into the archive; answers which were moved. An order that has gone on since it was packed, or
/// was not sealed since, stays; so does a log of views that has gone on. A server is asked twice and written to once.
///
/// # Errors
/// When the database cannot be written.
pub fn take<'o>(tx: &Tx<'_>, orders: &'o [PackedOrder], now: Instant) -> Result<Vec<&'o PackedOrder>> {
    let ids: Vec<&str> = orders.iter().map(|order| order.own.id.as_str()).collect();
    let ends: HashMap<String, Head> = order_file::sealed_heads(tx, &ids)?.into_iter().collect();
    let viewed: HashMap<String, Head> = view_log::heads_of(tx, &ids)?.into_iter().collect();
    let stands = |ends: &HashMap<String, Head>, packed: &Packed| ends.get(&packed.id) == Some(&packed.end);
    let moved: Vec<_> = orders.iter().filter(|order| stands(&ends, &order.own)).collect();
    tx.together(|tx| {
        for order in &moved {
            order_file::mark_archived(tx, &order.own.id)?;
            put(tx, &order.own, now)?;
            order.views.iter().filter(|views| stands(&viewed, views)).try_for_each(|views| put(tx, views, now))?;
        }
        Ok::<_, StorageError>(())
    })?;
    Ok(moved)
}

pub(crate) fn put(tx: &Tx<'_>, packed: &Packed, now: Instant) -> Result<()> {
    let (kind, head) = (packed.kind.code(), hex(&packed.end.hash));
    tx.execute_one(&PUT, &params![kind, &packed.id, packed.end.version, head, now, packed.size, &packed.body])?;
    journal::forget(tx, packed.kind, &packed.id, packed.end.version)
}

/// What the archive holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Journals.
    pub journals: i64,
    /// Their entries.
    pub entries: i64,
    /// Bytes of those, unpacked.
    pub size: i64,
}

/// What the archive holds in all.
pub fn holdings(db: &impl Read) -> Result<Holdings> {
    let found = db.query_one(&COUNT, &[], |row| {
        Ok(Holdings { journals: row.int(0)?, entries: row.int(1)?, size: row.int(2)? })
    })?;
    Ok(found.unwrap_or_default())
}
