//! Sellers as buyers see them. Their money stands in the seller account.

use crate::ahead::Question;
use crate::db::Read;
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "seller",
    columns: &[text("seller_id"), text("name").unique(), int("self_operated"), int("created_at")],
    key: "seller_id",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    FIND = "select seller_id, name, self_operated, created_at from seller where seller_id = $1";
    FIND_NAME = "select seller_id, name, self_operated, created_at from seller where name = $1";
    LIST = "select seller_id, name, self_operated, created_at from seller order by seller_id";
    NAMES = "select seller_id, name from seller where seller_id {in $1}";
    INSERT = "insert into seller (seller_id, name, self_operated, created_at) values ($1, $2, $3, $4)";
}

/// A seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// Its id.
    pub id: SellerId,
    /// Shop name.
    pub name: String,
    /// The platform itself (自营).
    pub self_operated: bool,
    /// Since when.
    pub created_at: Instant,
}

fn seller(row: &Row<'_>) -> Result<Seller> {
    Ok(Seller { id: row.text(0)?.into(), name: row.text(1)?, self_operated: row.flag(2)?, created_at: row.instant(3)? })
}

/// What [`find`] asks.
pub fn asking(id: &SellerId) -> Question {
    Question::new(&FIND, &params![id])
}

/// A seller by id.
pub fn find(db: &impl Read, id: &SellerId) -> Result<Option<Seller>> {
    db.query_one(&FIND, &params![id], seller)
}

/// Those of these sellers that there are.
pub fn find_all(db: &impl Read, ids: &[&str]) -> Result<Vec<Seller>> {
    let lists: Vec<_> = ids.iter().map(|id| params![*id].to_vec()).collect();
    Ok(db.query_each(&FIND, &lists, seller)?.into_iter().flatten().collect())
}

/// A seller by shop name.
pub fn find_by_name(db: &impl Read, name: &str) -> Result<Option<Seller>> {
    db.query_one(&FIND_NAME, &params![name], seller)
}

/// Every seller.
pub fn list(db: &impl Read) -> Result<Vec<Seller>> {
    db.query(&LIST, &[], seller)
}

/// Names of sellers.
pub fn names<'a>(db: &impl Read, ids: impl IntoIterator<Item = &'a SellerId>) -> Result<Vec<(SellerId, String)>> {
    let ids = crate::Value::list(ids.into_iter().map(SellerId::as_str));
    db.query(&NAMES, &[ids], |row| Ok((row.text(0)?.into(), row.text(1)?)))
}

/// Admits a seller, in the commit that opens his account; a name that is taken is a conflict.
pub fn adding(new: &Seller) -> Stmt {
    let args = params![&new.id, &new.name, new.self_operated, new.created_at];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}
