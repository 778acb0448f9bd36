//! What was measured about uploaded files (S03). A finding is never a verdict.

use crate::db::Read;
use crate::error::Result;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use crate::{Value, params};
use yuanlu_domain::ids::EvidenceId;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "finding",
    columns: &[text("evidence_id"), int("n"), text("code"), text("detail"), int("is_hint")],
    key: "evidence_id, n",
    large_rows: false,
    indexes: &[],
    since: 3,
}];

crate::statements! {
    LIST = "select evidence_id, code, detail, is_hint from finding where evidence_id {in $1} order by evidence_id, n";
    HINTING = "select distinct evidence_id from finding where is_hint = 1 and evidence_id {in $1}";
    INSERT = "insert into finding (evidence_id, n, code, detail, is_hint) values ($1, $2, $3, $4, $5)";
}

/// One thing measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of which file.
    pub evidence: EvidenceId,
    /// What.
    pub code: String,
    /// What was measured, as a JSON object.
    pub detail: String,
    /// Whether it hints at forgery, for a person to judge (R23, R32).
    pub is_hint: bool,
}

/// The findings about these files.
pub fn list<T: AsRef<str>>(db: &impl Read, files: &[T]) -> Result<Vec<Finding>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    db.query(&LIST, &[Value::list(files)], |row| {
        Ok(Finding { evidence: row.str(0)?.into(), code: row.text(1)?, detail: row.text(2)?, is_hint: row.flag(3)? })
    })
}

/// Those of these files with a finding that hints at forgery.
pub fn list_hinting<T: AsRef<str>>(db: &impl Read, files: &[T]) -> Result<Vec<EvidenceId>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    db.query(&HINTING, &[Value::list(files)], |row| Ok(row.str(0)?.into()))
}

/// Notes the findings about a file, in the commit in which it is kept.
pub fn adding(found: &[Finding]) -> Vec<Stmt> {
    let stmt = |(n, found): (i64, &Finding)| {
        let args = params![&found.evidence, n, &found.code, &found.detail, found.is_hint];
        Stmt { sql: &INSERT, args: args.map(Value::into_owned).to_vec(), must_hit: Some(1) }
    };
    (0i64..).zip(found).map(stmt).collect()
}
