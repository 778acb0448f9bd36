//! Uploaded files: what they are and where their bytes lie.

use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use yuanlu_domain::case::EvidenceKind;
use yuanlu_domain::ids::{EvidenceId, OrderId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "evidence",
    columns: &[
        text("evidence_id"),
        text("order_id"),
        text("side"),
        text("uploaded_by"),
        text("kind"),
        text("media_type"),
        int("size"),
        text("sha256"),
        text("salt"),
        text("digest"),
        text("blob_id"),
        int("uploaded_at"),
        int("used_at").null().since(3),
    ],
    key: "evidence_id",
    large_rows: false,
    indexes: &[index("evidence_order", "order_id, evidence_id")],
    since: 1,
}];

crate::statements! {
    BLOBS = "select blob_id from evidence union select blob_id from evidence_copy \
             union select blob_id from attachment order by blob_id";
    FIND = "select evidence_id, order_id, side, uploaded_by, kind, media_type, size, sha256, salt, digest, blob_id, uploaded_at \
            from evidence where evidence_id = $1";
    LIST = "select evidence_id, order_id, side, uploaded_by, kind, media_type, size, sha256, salt, digest, blob_id, uploaded_at \
            from evidence where order_id = $1 order by evidence_id";
    COUNT = "select count(*) from evidence where order_id = $1";
    INSERT = "insert into evidence (evidence_id, order_id, side, uploaded_by, kind, media_type, size, sha256, salt, digest, \
              blob_id, uploaded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    USE = "update evidence set used_at = $2 where evidence_id = $1 and used_at is null";
    LIST_THESE = "select evidence_id, order_id, side, uploaded_by, kind, media_type, size, sha256, salt, digest, blob_id, uploaded_at \
                  from evidence where evidence_id {in $1} order by evidence_id";
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// The order, or the desk, it was uploaded for.
    pub order: OrderId,
    /// `buyer`, `seller`, `staff` or `reporter`.
    pub side: String,
    /// By whom: the key of a principal.
    pub uploaded_by: String,
    /// What it shows.
    pub kind: EvidenceKind,
    /// Media type found in its content.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 (hex) of its content.
    pub sha256: String,
    /// Random (hex); without it the journal's digest says nothing about the content.
    pub salt: String,
    /// SHA-256 (hex) of salt and content hash: what the journal keeps.
    pub digest: String,
    /// Where its bytes lie.
    pub blob: String,
    /// When.
    pub uploaded_at: Instant,
}

fn evidence(row: &Row<'_>) -> Result<Evidence> {
    Ok(Evidence {
        id: row.text(0)?.into(),
        order: row.text(1)?.into(),
        side: row.text(2)?,
        uploaded_by: row.text(3)?,
        kind: row.code(4, EvidenceKind::parse)?,
        media_type: row.text(5)?,
        size: row.narrow(6)?,
        sha256: row.text(7)?,
        salt: row.text(8)?,
        digest: row.text(9)?,
        blob: row.text(10)?,
        uploaded_at: row.instant(11)?,
    })
}

/// A file by id.
pub fn find(db: &impl Read, id: &EvidenceId) -> Result<Option<Evidence>> {
    db.query_one(&FIND, &params![id], evidence)
}

/// The names of all stored content of files.
pub fn list_blobs(db: &impl Read) -> Result<Vec<String>> {
    db.query(&BLOBS, &[], |row| row.text(0))
}

/// What [`list`] asks.
pub fn asking(order: &OrderId) -> Question {
    Question::new(&LIST, &params![order])
}

/// Every file of an order, oldest first.
pub fn list(db: &impl Read, order: &OrderId) -> Result<Vec<Evidence>> {
    db.query(&LIST, &params![order], evidence)
}

/// How many files an order has.
pub fn count(db: &impl Read, order: &OrderId) -> Result<i64> {
    Ok(db.query_one(&COUNT, &params![order], |row| row.int(0))?.unwrap_or(0))
}

/// Notes a file.
pub fn insert(tx: &Tx<'_>, new: &Evidence) -> Result<()> {
    tx.run(&adding(new)).map(drop)
}

/// Notes a file, in the commit that names it.
pub fn adding(new: &Evidence) -> Stmt {
    let size = i64::try_from(new.size).unwrap_or(i64::MAX);
    let args = params![
        &new.id,
        &new.order,
        &new.side,
        &new.uploaded_by,
        new.kind.code(),
        &new.media_type,
        size,
        &new.sha256,
        &new.salt,
        &new.digest,
        &new.blob,
        new.uploaded_at,
    ];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}

/// Notes that a case named a file, in the commit in which it does.
pub fn using(id: &EvidenceId, at: Instant) -> Stmt {
    Stmt { sql: &USE, args: params![id, at].map(crate::Value::into_owned).to_vec(), must_hit: None }
}

/// Files by their ids.
pub fn list_these<T: AsRef<str>>(db: &impl Read, ids: &[T]) -> Result<Vec<Evidence>> {
    db.query(&LIST_THESE, &[crate::Value::list(ids)], evidence)
}
