//! Seats of arbitrators: who sits on which case, as a panel or by invitation (R30, R35).

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::{AccountId, CaseId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seat",
    columns: &[text("account_id").references("account (account_id)"), text("case_id"), int("at")],
    key: "account_id, case_id",
    large_rows: false,
    indexes: &[index("seat_account", "account_id, at")],
    since: 2,
}];

crate::statements! {
    INSERT = "insert into seat (account_id, case_id, at) values ($1, $2, $3) on conflict (account_id, case_id) do nothing";
    LIST = "select case_id from seat where account_id = $1 order by at desc, case_id desc limit $2";
}

/// Gives somebody a seat.
pub fn insert(tx: &Tx<'_>, account: &AccountId, case: &CaseId, at: Instant) -> Result<()> {
    tx.execute_any(&INSERT, &params![account, case, at])
}

/// Cases somebody sits on, the newest first.
pub fn list(db: &impl Read, account: &AccountId, limit: u32) -> Result<Vec<CaseId>> {
    db.query(&LIST, &params![account, limit], |row| Ok(row.text(0)?.into()))
}
