//! How a guest finds his order again: contact (encrypted) and query password (hashed).

use crate::db::Read;
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "guest_access",
    columns: &[
        text("order_id"),
        text("contact"),
        int("key_version"),
        text("password"),
        int("created_at"),
        text("language").default("'zh'").since(6),
    ],
    key: "order_id",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    FIND = "select order_id, contact, key_version, password, created_at, language from guest_access where order_id = $1";
    LIST = "select order_id, contact, key_version, password, created_at, language from guest_access where order_id > $1 \
            order by order_id limit $2";
    INSERT = "insert into guest_access (order_id, contact, key_version, password, created_at, language) \
              values ($1, $2, $3, $4, $5, $6)";
    END = "delete from guest_access where order_id = $1";
}

/// A guest's way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestAccess {
    /// The order.
    pub order: OrderId,
    /// Encrypted contact.
    pub contact: String,
    /// Version of the key it is encrypted under.
    pub key_version: u32,
    /// Argon2 hash of the query password.
    pub password: String,
    /// When.
    pub created_at: Instant,
    /// `zh` or `en`: in which language he bought.
    pub language: String,
}

/// The way into an order.
pub fn find(db: &impl Read, order: &OrderId) -> Result<Option<GuestAccess>> {
    db.query_one(&FIND, &params![order], access)
}

/// Ways in, by order, after the given one.
pub fn list(db: &impl Read, after: &str, limit: u32) -> Result<Vec<GuestAccess>> {
    db.query(&LIST, &params![after, limit], access)
}

fn access(row: &crate::Row<'_>) -> Result<GuestAccess> {
    Ok(GuestAccess {
        order: row.text(0)?.into(),
        contact: row.text(1)?,
        key_version: row.narrow(2)?,
        password: row.text(3)?,
        created_at: row.instant(4)?,
        language: row.text(5)?,
    })
}

/// Sets it up, in the commit that places the order.
pub fn adding(new: &GuestAccess) -> Stmt {
    let args = params![&new.order, &new.contact, new.key_version, &new.password, new.created_at, &new.language];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}

/// Ends it, in the commit that puts the order into an account.
pub fn ending(order: &OrderId) -> Stmt {
    Stmt { sql: &END, args: params![order].map(crate::Value::into_owned).to_vec(), must_hit: None }
}
