//! Published policies, kept for ever under their hash.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "policy",
    columns: &[
        text("policy_hash"),
        text("version"),
        text("body"),
        int("effective_from"),
        int("published_at"),
        text("published_by"),
    ],
    key: "policy_hash",
    large_rows: true,
    indexes: &[index("policy_effective", "effective_from, published_at")],
    since: 1,
}];

crate::statements! {
    PUT = "insert into policy (policy_hash, version, body, effective_from, published_at, published_by) \
           values ($1, $2, $3, $4, $5, $6) on conflict (policy_hash) do nothing";
    FIND = "select body from policy where policy_hash = $1";
    IN_FORCE = "select policy_hash from policy where effective_from <= $1 \
                order by effective_from desc, published_at desc limit 1";
    CASES = "select case_id, order_id from refund_case where case_id > $1 order by case_id limit $2";
    LIST = "select policy_hash, version, effective_from, published_at, published_by from policy \
            order by effective_from desc, published_at desc";
}

/// A policy without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Hash of its text.
    pub hash: String,
    /// Its version.
    pub version: String,
    /// From when it applies to new orders.
    pub effective_from: Instant,
    /// When it was published.
    pub published_at: Instant,
    /// By whom: an account, or `program`.
    pub by: String,
}

/// Publishes a policy as of its own date; again does nothing.
pub fn put(tx: &Tx<'_>, policy: &Policy, by: &str) -> Result<()> {
    publish(tx, policy, policy.published_at(), by)
}

/// Publishes a policy at an instant; again does nothing.
pub fn publish(tx: &Tx<'_>, policy: &Policy, at: Instant, by: &str) -> Result<()> {
    let args = params![policy.hash().as_str(), policy.version(), policy.text(), policy.effective_from(), at, by,];
    tx.execute(&PUT, &args)?;
    Ok(())
}

/// The text of a policy.
pub fn find(db: &impl Read, hash: &str) -> Result<Option<String>> {
    db.query_one(&FIND, &params![hash], |row| row.text(0))
}

/// Hash of the policy for orders placed at an instant.
pub fn in_force(db: &impl Read, at: Instant) -> Result<Option<String>> {
    db.query_one(&IN_FORCE, &params![at], |row| row.text(0))
}

/// Every policy, the newest first.
pub fn list(db: &impl Read) -> Result<Vec<Published>> {
    db.query(&LIST, &[], |row| {
        Ok(Published {
            hash: row.text(0)?,
            version: row.text(1)?,
            effective_from: row.instant(2)?,
            published_at: row.instant(3)?,
            by: row.text(4)?,
        })
    })
}

/// Orders that have cases, by the number of a case: where a replay looks. Goes on after a case's number.
pub fn list_cases(db: &impl Read, after: &str, limit: u32) -> Result<Vec<(String, OrderId)>> {
    db.query(&CASES, &params![after, limit], |row| Ok((row.text(0)?, row.text(1)?.into())))
}
