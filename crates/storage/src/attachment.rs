//! What went along with answers to the outside, kept as it went. Rows are only ever added.

use crate::Value;
use crate::db::Read;
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::{AttachmentId, DeskId};
use yuanlu_domain::outside_complaint::AttachmentKind;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "attachment",
    columns: &[
        text("attachment_id"),
        text("desk_id"),
        text("kind"),
        text("made_of"),
        text("name"),
        text("media_type"),
        int("size"),
        text("sha256"),
        text("blob_id"),
        text("made_by"),
        int("made_at"),
    ],
    key: "attachment_id",
    large_rows: false,
    indexes: &[index("attachment_desk", "desk_id, made_at")],
    since: 5,
}];

crate::statements! {
    INSERT = "insert into attachment (attachment_id, desk_id, kind, made_of, name, media_type, size, sha256, blob_id, \
              made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    FIND = "select attachment_id, desk_id, kind, made_of, name, media_type, size, sha256, blob_id, made_by, made_at \
            from attachment where attachment_id = $1";
    LIST = "select attachment_id, desk_id, kind, made_of, name, media_type, size, sha256, blob_id, made_by, made_at \
            from attachment where desk_id = $1 order by made_at, attachment_id";
}

/// A file as it went along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: AttachmentId,
    /// With an answer to which complaint.
    pub desk: DeskId,
    /// What it is.
    pub kind: AttachmentKind,
    /// What it was made of: id of the package, or of the picture.
    pub of: String,
    /// A name to save it under.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// How many bytes.
    pub size: u64,
    /// SHA-256 (hex) of them.
    pub sha256: String,
    /// Where they lie.
    pub blob: String,
    /// Who had it made: the key of a principal.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
}

fn kept(row: &crate::Row<'_>) -> Result<Kept> {
    Ok(Kept {
        id: row.str(0)?.into(),
        desk: row.str(1)?.into(),
        kind: row.code(2, AttachmentKind::parse)?,
        of: row.text(3)?,
        name: row.text(4)?,
        media_type: row.text(5)?,
        size: row.narrow(6)?,
        sha256: row.text(7)?,
        blob: row.text(8)?,
        made_by: row.text(9)?,
        made_at: row.instant(10)?,
    })
}

/// Keeps one, in the commit of the answer it goes along with.
pub fn adding(new: &Kept) -> Stmt {
    let args = params![
        &new.id,
        &new.desk,
        new.kind.code(),
        &new.of,
        &new.name,
        &new.media_type,
        i64::try_from(new.size).unwrap_or(i64::MAX),
        &new.sha256,
        &new.blob,
        &new.made_by,
        new.made_at,
    ];
    Stmt { sql: &INSERT, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) }
}

/// One of them.
pub fn find(db: &impl Read, id: &AttachmentId) -> Result<Option<Kept>> {
    db.query_one(&FIND, &params![id], kept)
}

/// Those of a complaint, the first first.
pub fn list(db: &impl Read, desk: &DeskId) -> Result<Vec<Kept>> {
    db.query(&LIST, &params![desk], kept)
}
