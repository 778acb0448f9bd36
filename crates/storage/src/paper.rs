//! Papers that left the house: certificates with what they say, packages with who made them for whom. Rows are only ever
//! added.

use crate::Value;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "paper",
    columns: &[
        text("paper_id"),
        text("case_id"),
        text("kind"),
        text("variant"),
        text("side"),
        text("made_by"),
        int("made_at"),
        text("digest"),
        text("document").null(),
    ],
    key: "paper_id",
    large_rows: true,
    indexes: &[index("paper_case", "case_id, made_at")],
    since: 3,
}];

crate::statements! {
    FIND = "select paper_id, case_id, kind, variant, side, made_by, made_at, digest, document from paper \
            where paper_id = $1";
    OF_CASE = "select paper_id, case_id, kind, variant, side, made_by, made_at, digest, document from paper \
               where case_id = $1 order by made_at desc, paper_id desc limit $2";
    LAST = "select paper_id, case_id, kind, variant, side, made_by, made_at, digest, document from paper \
            where case_id = $1 and kind = $2 order by made_at desc, paper_id desc limit 1";
    INSERT = "insert into paper (paper_id, case_id, kind, variant, side, made_by, made_at, digest, document) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
}

/// The code of certificates.
pub const CERTIFICATE: &str = "certificate";
/// The code of packages.
pub const PACKAGE: &str = "package";

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its short id.
    pub id: String,
    /// The case it is about.
    pub case: CaseId,
    /// [`CERTIFICATE`] or [`PACKAGE`].
    pub kind: String,
    /// For whom a package is; empty for certificates.
    pub variant: String,
    /// `buyer`, `seller`, `staff` or `program`.
    pub side: String,
    /// Who made it: the key of a principal.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// SHA-256 (hex): of a certificate's signature, of a package's manifest.
    pub digest: String,
    /// What a certificate says, as signed.
    pub document: Option<String>,
}

fn paper(row: &crate::Row<'_>) -> Result<Paper> {
    Ok(Paper {
        id: row.text(0)?,
        case: row.text(1)?.into(),
        kind: row.text(2)?,
        variant: row.text(3)?,
        side: row.text(4)?,
        made_by: row.text(5)?,
        made_at: row.instant(6)?,
        digest: row.text(7)?,
        document: row.opt_text(8)?,
    })
}

/// A paper by id.
pub fn find(db: &impl Read, id: &str) -> Result<Option<Paper>> {
    db.query_one(&FIND, &params![id], paper)
}

/// The newest papers of a case, the newest first.
pub fn list(db: &impl Read, case: &CaseId, limit: u32) -> Result<Vec<Paper>> {
    db.query(&OF_CASE, &params![case, limit], paper)
}

/// The newest paper of one kind.
pub fn last(db: &impl Read, case: &CaseId, kind: &str) -> Result<Option<Paper>> {
    db.query_one(&LAST, &params![case, kind], paper)
}

/// Adds a paper.
pub fn insert(tx: &Tx<'_>, new: &Paper) -> Result<()> {
    tx.run(&adding(new)).map(drop)
}

/// The same, in the commit of what it belongs to.
pub fn adding(new: &Paper) -> Stmt {
    let args = params![
        &new.id,
        &new.case,
        &new.kind,
        &new.variant,
        &new.side,
        &new.made_by,
        new.made_at,
        &new.digest,
        new.document.as_deref(),
    ];
    Stmt { sql: &INSERT, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) }
}
