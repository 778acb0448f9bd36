//! Fingerprints of uploaded pictures, and which of them are the same picture.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::schema::{Table, blob, index, int, text};
use crate::sql::Stmt;
use crate::{Value, params};
use yuanlu_domain::ids::{EvidenceId, OrderId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "picture",
        columns: &[
            text("evidence_id"),
            text("order_id"),
            int("uploaded_at"),
            blob("fingerprint"),
            text("copy_of").null(),
        ],
        key: "evidence_id",
        large_rows: true,
        indexes: &[index("picture_uploaded", "uploaded_at, evidence_id")],
        since: 3,
    },
    Table {
        name: "picture_match",
        columns: &[
            text("evidence_id"),
            text("other_id"),
            int("is_exact"),
            int("compared"),
            int("contradicted"),
            int("shared"),
        ],
        key: "evidence_id, other_id",
        large_rows: false,
        indexes: &[],
        since: 3,
    },
];

crate::statements! {
    SINCE = "select evidence_id, uploaded_at from picture \
             where (uploaded_at, evidence_id) > ($1, $2) order by uploaded_at, evidence_id limit $3";
    LOAD = "select evidence_id, order_id, uploaded_at, fingerprint, copy_of from picture \
            where evidence_id {in $1} order by uploaded_at, evidence_id";
    INSERT = "insert into picture (evidence_id, order_id, uploaded_at, fingerprint, copy_of) values ($1, $2, $3, $4, $5)";
    // A file counts as used once a case named it.
    MATCHES = "select m.evidence_id, m.other_id, o.order_id, m.is_exact, m.compared, m.contradicted, m.shared \
               from picture_match m join evidence o on o.evidence_id = m.other_id \
               where m.evidence_id {in $1} and o.used_at is not null order by m.evidence_id, m.other_id";
    INSERT_MATCH = "insert into picture_match (evidence_id, other_id, is_exact, compared, contradicted, shared) \
                    values ($1, $2, $3, $4, $5, $6)";
    DELETE = "delete from picture where evidence_id = $1";
}

/// A fingerprint as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub evidence: EvidenceId,
    /// The order it was uploaded for.
    pub order: OrderId,
    /// When.
    pub uploaded_at: Instant,
    /// What it is known by.
    pub fingerprint: Vec<u8>,
    /// The picture it is a copy of.
    pub copy_of: Option<EvidenceId>,
}

/// The same picture, uploaded for another order before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The file.
    pub evidence: EvidenceId,
    /// The earlier one.
    pub other: EvidenceId,
    /// The order of the earlier one.
    pub other_order: OrderId,
    /// The same pixels, not only the same picture.
    pub is_exact: bool,
    /// Squares compared.
    pub compared: u32,
    /// Those among them that show something else.
    pub contradicted: u32,
    /// Share of the earlier picture that lies in this one, in thousandths.
    pub shared: u32,
}

/// Files and when they were uploaded, in that order, from behind a place on.
pub fn list_since(db: &impl Read, at: Instant, after: &str, most: u32) -> Result<Vec<(EvidenceId, Instant)>> {
    db.query(&SINCE, &params![at, after, most], |row| Ok((row.str(0)?.into(), row.instant(1)?)))
}

/// Fingerprints of these files, in the order of their upload.
pub fn load(db: &impl Read, files: &[EvidenceId]) -> Result<Vec<Picture>> {
    db.query(&LOAD, &[Value::list(files.iter().map(EvidenceId::as_str))], |row| {
        Ok(Picture {
            evidence: row.str(0)?.into(),
            order: row.str(1)?.into(),
            uploaded_at: row.instant(2)?,
            fingerprint: row.blob(3)?,
            copy_of: row.opt_str(4)?.map(Into::into),
        })
    })
}

/// Keeps a fingerprint and the earlier pictures it agrees with, in the commit in which its file is kept.
pub fn adding(new: &Picture, matches: &[Match]) -> Vec<Stmt> {
    let copy_of = new.copy_of.as_ref().map(EvidenceId::as_str);
    let args = params![&new.evidence, &new.order, new.uploaded_at, &new.fingerprint, copy_of];
    let picture = Stmt { sql: &INSERT, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) };
    let matches = matches.iter().map(|found| {
        let (compared, contradicted, shared) = (found.compared, found.contradicted, found.shared);
        let args = params![&found.evidence, &found.other, found.is_exact, compared, contradicted, shared];
        Stmt { sql: &INSERT_MATCH, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) }
    });
    std::iter::once(picture).chain(matches).collect()
}

/// Earlier pictures that these files agree with and that a case named.
pub fn list_matches<T: AsRef<str>>(db: &impl Read, files: &[T]) -> Result<Vec<Match>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    db.query(&MATCHES, &[Value::list(files)], |row| {
        Ok(Match {
            evidence: row.str(0)?.into(),
            other: row.str(1)?.into(),
            other_order: row.str(2)?.into(),
            is_exact: row.flag(3)?,
            compared: row.narrow(4)?,
            contradicted: row.narrow(5)?,
            shared: row.narrow(6)?,
        })
    })
}

/// Forgets a fingerprint, as an erasure demands.
pub fn delete(tx: &Tx<'_>, file: &EvidenceId) -> Result<()> {
    tx.execute(&DELETE, &params![file]).map(drop)
}
