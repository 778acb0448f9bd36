//! What staff did. Rows are only ever added.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "audit",
    columns: &[text("audit_id"), int("at"), text("account_id"), text("act"), text("object"), text("detail")],
    key: "audit_id",
    large_rows: false,
    indexes: &[index("audit_object", "object, audit_id"), index("audit_account", "account_id, at, act").since(4)],
    since: 1,
}];

crate::statements! {
    LIST = "select audit_id, at, account_id, act, object, detail from audit \
            where audit_id < $1 order by audit_id desc limit $2";
    COUNT_ACTS = "select count(*) from audit where account_id = $1 and at >= $2 and act {in $3}";
    INSERT = "insert into audit (audit_id, at, account_id, act, object, detail) values ($1, $2, $3, $4, $5, $6)";
}

/// An act of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Sortable id.
    pub id: String,
    /// When.
    pub at: Instant,
    /// Who.
    pub account: AccountId,
    /// What.
    pub act: String,
    /// To what.
    pub object: String,
    /// Details, without personal data.
    pub detail: serde_json::Value,
}

/// Acts before an id, newest first; `~` begins with the newest.
pub fn list(db: &impl Read, before: &str, limit: u32) -> Result<Vec<Audit>> {
    db.query(&LIST, &params![before, limit], |row| {
        Ok(Audit {
            id: row.text(0)?,
            at: row.instant(1)?,
            account: row.text(2)?.into(),
            act: row.text(3)?,
            object: row.text(4)?,
            detail: row.json(5)?,
        })
    })
}

/// How many of these acts somebody did since an instant.
pub fn count_acts(db: &impl Read, account: &AccountId, since: Instant, acts: &[&str]) -> Result<i64> {
    let args = [account.into(), since.into(), crate::Value::list(acts)];
    Ok(db.query_one(&COUNT_ACTS, &args, |row| row.int(0))?.unwrap_or(0))
}

/// Adds an act, in the commit of what it did.
pub fn adding(new: &Audit) -> Stmt {
    let detail = new.detail.to_string();
    let args = params![&new.id, new.at, &new.account, &new.act, &new.object, detail];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}

/// Adds an act that changes plain rows only.
pub fn insert(tx: &Tx<'_>, new: &Audit) -> Result<()> {
    tx.run(&adding(new)).map(drop)
}
