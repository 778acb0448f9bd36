//! Agreements as they were published: every version for ever, found by the hash of its text.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "agreement",
    columns: &[
        text("hash"),
        text("kind"),
        int("version"),
        text("zh"),
        text("en"),
        int("published_at"),
        text("published_by"),
        int("in_force_at"),
    ],
    key: "hash",
    large_rows: true,
    indexes: &[
        index("agreement_version", "kind, version").unique(),
        index("agreement_in_force", "kind, in_force_at, version"),
    ],
    since: 5,
}];

crate::statements! {
    INSERT = "insert into agreement (hash, kind, version, zh, en, published_at, published_by, in_force_at) \
              values ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "select hash, kind, version, zh, en, published_at, published_by, in_force_at from agreement where hash = $1";
    VERSION = "select kind, version from agreement where hash = $1";
    IN_FORCE = "select hash, kind, version, zh, en, published_at, published_by, in_force_at from agreement \
                where kind = $1 and in_force_at <= $2 order by in_force_at desc, version desc limit 1";
    ALL_IN_FORCE = "select hash from agreement a where in_force_at <= $1 and not exists (select 1 from agreement b \
                    where b.kind = a.kind and b.in_force_at <= $1 and b.version > a.version) order by kind";
    IN_FORCE_BUT = "select hash from agreement a where in_force_at <= $1 and kind <> $2 and not exists (select 1 \
                    from agreement b where b.kind = a.kind and b.in_force_at <= $1 and b.version > a.version) order by kind";
    LIST = "select hash, kind, version, '', '', published_at, published_by, in_force_at from agreement \
            where kind = $1 order by version desc";
}

/// A version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// SHA-256 of what it is and of both its texts.
    pub hash: String,
    /// Which agreement.
    pub kind: String,
    /// Which version, from 1.
    pub version: i64,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// When it was published.
    pub published_at: Instant,
    /// By whom.
    pub published_by: AccountId,
    /// From when it holds for new orders.
    pub in_force_at: Instant,
}

fn agreement(row: &Row<'_>) -> Result<Agreement> {
    Ok(Agreement {
        hash: row.text(0)?,
        kind: row.text(1)?,
        version: row.int(2)?,
        zh: row.text(3)?,
        en: row.text(4)?,
        published_at: row.instant(5)?,
        published_by: row.text(6)?.into(),
        in_force_at: row.instant(7)?,
    })
}

/// Which agreement a hash names, and which version of it, without its texts.
pub fn find_version(db: &impl Read, hash: &str) -> Result<Option<(String, i64)>> {
    db.query_one(&VERSION, &params![hash], |row| Ok((row.text(0)?, row.int(1)?)))
}

/// Publishes a version.
pub fn insert(tx: &Tx<'_>, new: &Agreement) -> Result<()> {
    let args = params![
        &new.hash,
        &new.kind,
        new.version,
        &new.zh,
        &new.en,
        new.published_at,
        &new.published_by,
        new.in_force_at,
    ];
    tx.execute_one(&INSERT, &args)
}

/// The version with this hash.
pub fn find(db: &impl Read, hash: &str) -> Result<Option<Agreement>> {
    db.query_one(&FIND, &params![hash], agreement)
}

/// The version that holds at an instant.
pub fn in_force(db: &impl Read, kind: &str, at: Instant) -> Result<Option<Agreement>> {
    db.query_one(&IN_FORCE, &params![kind, at], agreement)
}

/// Hashes of what holds at an instant, one of each kind.
pub fn all_in_force(db: &impl Read, at: Instant) -> Result<Vec<String>> {
    db.query(&ALL_IN_FORCE, &params![at], |row| row.text(0))
}

/// The same without one kind.
pub fn in_force_but(db: &impl Read, at: Instant, kind: &str) -> Result<Vec<String>> {
    db.query(&IN_FORCE_BUT, &params![at, kind], |row| row.text(0))
}

/// Every version without its texts, the newest first.
pub fn list(db: &impl Read, kind: &str) -> Result<Vec<Agreement>> {
    db.query(&LIST, &params![kind], agreement)
}
