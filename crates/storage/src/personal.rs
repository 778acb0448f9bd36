//! Personal text: erasable rows that journals name by a salted digest only.

use crate::aggregate::Kind;
use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::journal::hex;
use crate::schema::{Table, blob, index, int, text};
use crate::{Value, params};
use ring::digest::{Context, SHA256};
use yuanlu_domain::ids::PersonalId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "personal",
    columns: &[
        text("personal_id"),
        text("kind"),
        text("aggregate_id"),
        text("what"),
        blob("salt").null(),
        text("content").null(),
        int("created_at"),
        int("erased_at").null(),
    ],
    key: "personal_id",
    large_rows: false,
    indexes: &[index("personal_aggregate", "kind, aggregate_id")],
    since: 1,
}];

crate::statements! {
    INSERT = "insert into personal (personal_id, kind, aggregate_id, what, salt, content, created_at) \
              values ($1, $2, $3, $4, $5, $6, $7)";
    FIND = "select content from personal where personal_id = $1 and erased_at is null";
    OF_AGGREGATE = "select personal_id, content from personal where kind = $1 and aggregate_id = $2 and erased_at is null";
    SALTED = "select personal_id, what, salt, content from personal \
              where kind = $1 and aggregate_id = $2 and erased_at is null order by personal_id";
    PROOFS = "select personal_id, salt, content, erased_at from personal where personal_id {in $1}";
    ERASE = "update personal set salt = null, content = null, erased_at = $2 where personal_id = $1 and erased_at is null";
}

/// A text to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalRow {
    /// Its id, which the journal names.
    pub id: PersonalId,
    /// The aggregate it belongs to.
    pub kind: Kind,
    /// Its id.
    pub aggregate_id: String,
    /// What it is, as a short code: `application`, `words`, `proof`, …
    pub what: &'static str,
    /// Random; without it the digest says nothing about the text.
    pub salt: Vec<u8>,
    /// The text.
    pub content: String,
}

/// The digest that the journal keeps.
pub fn digest(salt: &[u8], content: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(salt);
    context.update(content.as_bytes());
    hex(context.finish().as_ref())
}

/// Keeps a text.
pub fn insert(tx: &Tx<'_>, row: &PersonalRow, now: Instant) -> Result<()> {
    let kind = row.kind.code();
    let args = params![&row.id, kind, &row.aggregate_id, row.what, &row.salt, &row.content, now];
    tx.execute_one(&INSERT, &args)
}

/// What [`list`] asks.
pub fn asking(kind: Kind, aggregate_id: &str) -> Question {
    Question::new(&OF_AGGREGATE, &params![kind.code(), aggregate_id])
}

/// A text, unless it was erased.
pub fn find(db: &impl Read, id: &PersonalId) -> Result<Option<String>> {
    Ok(db.query_one(&FIND, &params![id], |row| row.opt_text(0))?.flatten())
}

/// Every text of an aggregate that was not erased.
pub fn list(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Vec<(PersonalId, String)>> {
    db.query(&OF_AGGREGATE, &params![kind.code(), aggregate_id], |row| Ok((row.str(0)?.into(), row.text(1)?)))
}

/// A text with the salt of its digest: with both, anybody can follow what the journal says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salted {
    /// Its id.
    pub id: PersonalId,
    /// What it is, as a short code.
    pub what: String,
    /// The salt.
    pub salt: Vec<u8>,
    /// The text.
    pub content: String,
}

/// Every text of an aggregate that was not erased, with its salt.
pub fn list_salted(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Vec<Salted>> {
    db.query(&SALTED, &params![kind.code(), aggregate_id], |row| {
        Ok(Salted {
            id: row.str(0)?.into(),
            what: row.text(1)?,
            salt: row.opt_blob(2)?.unwrap_or_default().to_vec(),
            content: row.text(3)?,
        })
    })
}

/// Erases a text for ever; false when it was gone already.
pub fn erase(tx: &Tx<'_>, id: &PersonalId, now: Instant) -> Result<bool> {
    Ok(tx.execute(&ERASE, &params![id, now])? == 1)
}

/// What `verify` found of a text.
pub(crate) enum Proof {
    Erased,
    Digest(String),
}

/// Digests of these texts as stored.
pub(crate) fn proofs(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Proof)>> {
    db.query(&PROOFS, &[Value::list(ids)], |row| {
        let proof = match row.opt_int(3)? {
            Some(_) => Proof::Erased,
            None => Proof::Digest(digest(&row.opt_blob(1)?.unwrap_or_default(), row.opt_str(2)?.unwrap_or_default())),
        };
        Ok((row.text(0)?, proof))
    })
}
