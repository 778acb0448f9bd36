//! What is shown of an uploaded file: copies drawn anew without hidden metadata. The original is never changed.

use crate::db::Read;
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use crate::{Value, params};
use yuanlu_domain::ids::EvidenceId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "evidence_copy",
    columns: &[
        text("evidence_id"),
        text("variant"),
        text("blob_id"),
        text("media_type"),
        int("width"),
        int("height"),
        text("rects"),
        text("made_by"),
        int("made_at"),
    ],
    key: "evidence_id, variant",
    large_rows: false,
    indexes: &[],
    since: 3,
}];

crate::statements! {
    FIND = "select evidence_id, variant, blob_id, media_type, width, height, rects, made_by, made_at from evidence_copy \
            where evidence_id = $1 and variant = $2";
    LIST = "select evidence_id, variant, blob_id, media_type, width, height, rects, made_by, made_at from evidence_copy \
            where variant = $1 and evidence_id {in $2}";
    PUT = "insert into evidence_copy (evidence_id, variant, blob_id, media_type, width, height, rects, made_by, made_at) \
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
           on conflict (evidence_id, variant) do update set blob_id = excluded.blob_id, media_type = excluded.media_type, \
           width = excluded.width, height = excluded.height, rects = excluded.rects, made_by = excluded.made_by, \
           made_at = excluded.made_at";
}

/// For whom a copy is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Those on the case.
    Clean,
    /// Lists.
    Small,
    /// Arbitrators: what identifies is blacked out.
    Panel,
}

impl Variant {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Small => "small",
            Self::Panel => "panel",
        }
    }

    /// The variant with this code.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Clean, Self::Small, Self::Panel].into_iter().find(|variant| variant.code() == code)
    }
}

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Of which file.
    pub evidence: EvidenceId,
    /// For whom.
    pub variant: Variant,
    /// Where its bytes lie.
    pub blob: String,
    /// Media type.
    pub media_type: String,
    /// Width; 0 of a text.
    pub width: u32,
    /// Height; 0 of a text.
    pub height: u32,
    /// Rectangles that were blacked out, as a JSON array.
    pub rects: String,
    /// By whom; empty where the program drew it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
}

fn copy(row: &crate::Row<'_>) -> Result<Copy> {
    Ok(Copy {
        evidence: row.str(0)?.into(),
        variant: row.code(1, Variant::parse)?,
        blob: row.text(2)?,
        media_type: row.text(3)?,
        width: row.narrow(4)?,
        height: row.narrow(5)?,
        rects: row.text(6)?,
        made_by: row.text(7)?,
        made_at: row.instant(8)?,
    })
}

/// A copy of a file.
pub fn find(db: &impl Read, file: &EvidenceId, variant: Variant) -> Result<Option<Copy>> {
    db.query_one(&FIND, &params![file, variant.code()], copy)
}

/// Copies of these files.
pub fn list<T: AsRef<str>>(db: &impl Read, variant: Variant, files: &[T]) -> Result<Vec<Copy>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    db.query(&LIST, &[variant.code().into(), Value::list(files)], copy)
}

/// Keeps a copy in place of the one before, in the commit of what it belongs to.
pub fn putting(new: &Copy) -> Stmt {
    let args = params![
        &new.evidence,
        new.variant.code(),
        &new.blob,
        &new.media_type,
        new.width,
        new.height,
        &new.rects,
        &new.made_by,
        new.made_at,
    ];
    Stmt { sql: &PUT, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) }
}
