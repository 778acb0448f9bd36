//! The journals: what happened, entry by entry, as hash chains over the exact bytes stored.
//!
//! `head(n) = sha256(head(n-1) || body(n))`, and before the first entry `sha256("kind:id")`.
//!
//! The beginning of a journal may lie in the [`archive`]; whoever reads it here reads it whole.

use crate::aggregate::{Head, Kind};
use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::schema::{Table, int, text};
use crate::{archive, params};
use ring::digest::{Context, SHA256};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "journal",
    columns: &[text("kind"), text("aggregate_id"), int("seq"), int("at"), text("body"), text("head")],
    key: "kind, aggregate_id, seq",
    large_rows: true,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    APPEND = "insert into journal (kind, aggregate_id, seq, at, body, head) values ($1, $2, $3, $4, $5, $6)";
    LIST = "select seq, at, body, head from journal where kind = $1 and aggregate_id = $2 order by seq";
    HEAD_AT = "select head from journal where kind = $1 and aggregate_id = $2 and seq = $3";
    FORGET = "delete from journal where kind = $1 and aggregate_id = $2 and seq <= $3";
    ALL_OF_KIND = "select seq, at, body, head, aggregate_id from journal where kind = $1 order by aggregate_id, seq";
}

/// An entry as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// JSON of `yuanlu_domain::event::Entry`, byte for byte.
    pub body: String,
    /// The chain's hash after this entry, hex.
    pub head: String,
}

impl Line {
    fn passing(&self) -> Passing<'_> {
        Passing { seq: self.seq, at: self.at, body: &self.body, head: &self.head }
    }
}

/// An entry as it passes by, borrowed from the row it stands in.
pub(crate) struct Passing<'a> {
    /// From 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// JSON of `yuanlu_domain::event::Entry`, byte for byte.
    pub body: &'a str,
    /// The chain's hash after this entry, hex.
    pub head: &'a str,
}

/// Where every journal begins.
pub fn genesis(kind: Kind, aggregate_id: &str) -> Head {
    Head { version: 0, hash: hash(&[kind.code().as_bytes(), b":", aggregate_id.as_bytes()]) }
}

/// Where a journal ends after one more entry.
pub fn next(head: &Head, body: &str) -> Head {
    Head { version: head.version + 1, hash: hash(&[&head.hash, body.as_bytes()]) }
}

/// Writes an entry; `head` is where the journal ends with it.
pub fn append(tx: &Tx<'_>, kind: Kind, aggregate_id: &str, at: Instant, body: &str, head: &Head) -> Result<()> {
    let hash = hex(&head.hash);
    tx.execute_one(&APPEND, &params![kind.code(), aggregate_id, head.version, at, body, hash])
}

/// What [`list`] asks first.
pub fn asking(kind: Kind, aggregate_id: &str) -> Question {
    Question::new(&LIST, &params![kind.code(), aggregate_id])
}

/// The entries of one aggregate.
pub fn list(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Vec<Line>> {
    let here = db.query(&LIST, &params![kind.code(), aggregate_id], line)?;
    if here.first().is_some_and(|line| line.seq == 1) {
        return Ok(here);
    }
    let mut lines = archive::list(db, kind, aggregate_id)?;
    // It may have been archived between the two looks.
    let end = lines.last().map_or(0, |line| line.seq);
    lines.extend(here.into_iter().skip_while(|line| line.seq <= end));
    Ok(lines)
}

/// Removes the beginning of a journal, which the archive holds from now on.
pub(crate) fn forget(tx: &Tx<'_>, kind: Kind, aggregate_id: &str, until: i64) -> Result<()> {
    tx.execute_any(&FORGET, &params![kind.code(), aggregate_id, until])
}

/// The hash of the chain at one entry, hex.
pub(crate) fn find_head(db: &impl Read, kind: Kind, aggregate_id: &str, seq: i64) -> Result<Option<String>> {
    let here = db.query_one(&HEAD_AT, &params![kind.code(), aggregate_id, seq], |row| row.text(0))?;
    if here.is_some() {
        return Ok(here);
    }
    let archived = archive::list_for_audit(db, kind, aggregate_id)?;
    Ok(archived.into_iter().find(|line| line.seq == seq).map(|line| line.head))
}

/// Every entry of a kind, journal by journal, without holding them all: first those that go on outside the archive.
pub(crate) fn for_each(
    db: &impl Read,
    kind: Kind,
    mut each: impl FnMut(&str, &Passing<'_>) -> Result<()>,
) -> Result<()> {
    let mut open = String::new();
    db.for_each(&ALL_OF_KIND, &params![kind.code()], |row| {
        let line = Passing { seq: row.int(0)?, at: row.instant(1)?, body: row.str(2)?, head: row.str(3)? };
        let id = row.str(4)?;
        if open != id {
            id.clone_into(&mut open);
            if line.seq > 1 {
                let archived = archive::list_for_audit(db, kind, id)?;
                archived.iter().try_for_each(|line| each(id, &line.passing()))?;
            }
        }
        each(id, &line)
    })?;
    archive::for_each_whole(db, kind, |id, line| each(id, &line.passing()))
}

fn line(row: &crate::Row<'_>) -> Result<Line> {
    Ok(Line { seq: row.int(0)?, at: row.instant(1)?, body: row.text(2)?, head: row.text(3)? })
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Whether a text is the lower-case hex of a hash.
pub(crate) fn is_hex_of(text: &str, hash: &[u8; 32]) -> bool {
    let text = text.as_bytes();
    text.len() == 64 && hash.iter().zip(text.chunks_exact(2)).all(|(byte, pair)| *pair == hex_of(*byte))
}

const fn hex_of(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(2 * bytes.len());
    bytes.iter().flat_map(|byte| hex_of(*byte)).for_each(|digit| out.push(char::from(digit)));
    out
}

/// Reads a stored head.
pub(crate) fn parse_head(table: &'static str, version: i64, text: &str) -> Result<Head> {
    let unfit = || StorageError::inconsistent(table, text);
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or_else(unfit);
    let mut hash = [0; 32];
    if text.len() != 64 {
        return Err(unfit());
    }
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(Head { version, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with `sha256sum`, so that the chain cannot change by accident.
    #[test]
    fn the_chain_is_what_its_description_says() {
        let start = genesis(Kind::Order, "A1");
        assert_eq!(hex(&start.hash), "240b763bcee568ffbe696f6f75b571d26af746c329a7d418517c8ed2013bcc76");
        let one = next(&start, "{}");
        assert_eq!(
            (one.version, hex(&one.hash).as_str()),
            (1, "febf416682561384acbad26625de6090df53eccaaf9aedace92e5e120db8a785")
        );
        assert_eq!(parse_head("journal", 1, &hex(&one.hash)).unwrap(), one);
        assert!(parse_head("journal", 1, "abc").is_err());
        assert!(is_hex_of(&hex(&one.hash), &one.hash) && !is_hex_of(&hex(&start.hash), &one.hash));
        assert!(!is_hex_of(&hex(&one.hash)[..62], &one.hash) && !is_hex_of(&hex(&one.hash).to_uppercase(), &one.hash));
    }
}
