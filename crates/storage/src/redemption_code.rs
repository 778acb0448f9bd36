//! Which batch a redemption code belongs to, by a keyed hash of the code; the code itself is kept nowhere.

use crate::db::Read;
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::DeskId;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "redemption_code",
    columns: &[text("blind_index"), text("desk_id"), int("code")],
    key: "blind_index",
    large_rows: false,
    indexes: &[],
    since: 4,
}];

crate::statements! {
    INSERT = "insert into redemption_code (blind_index, desk_id, code) values ($1, $2, $3)";
    FIND = "select desk_id, code from redemption_code where blind_index = $1";
}

/// The batch of the code with this keyed hash, and its ordinal there.
pub fn find(db: &impl Read, blind_index: &str) -> Result<Option<(DeskId, u32)>> {
    db.query_one(&FIND, &params![blind_index], |row| Ok((row.str(0)?.into(), row.narrow(1)?)))
}

/// Makes a code known, in the commit that issues its batch.
pub fn adding(blind_index: &str, batch: &DeskId, code: u32) -> Stmt {
    let args = params![blind_index, batch, code];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}
