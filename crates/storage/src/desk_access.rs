//! How a stranger finds what he reported again: the receipt number and a query password (hashed).

use crate::db::Read;
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "desk_access",
    columns: &[text("desk_id"), text("password"), int("created_at")],
    key: "desk_id",
    large_rows: false,
    indexes: &[],
    since: 2,
}];

crate::statements! {
    FIND = "select password from desk_access where desk_id = $1";
    INSERT = "insert into desk_access (desk_id, password, created_at) values ($1, $2, $3)";
}

/// The Argon2 hash of a desk's query password.
pub fn find(db: &impl Read, desk: &DeskId) -> Result<Option<String>> {
    db.query_one(&FIND, &params![desk], |row| row.text(0))
}

/// Sets it up, in the commit that begins the desk.
pub fn adding(desk: &DeskId, password: &str, at: Instant) -> Stmt {
    let args = params![desk, password, at];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}
