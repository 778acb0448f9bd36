//! What a database is: its one row about itself.

use crate::connection::Connection;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Dialect, Table, int, text};
use yuanlu_domain::time::Instant;

/// What a database was born as, for ever: a demo's clock and channel must never reach real money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Born {
    /// Real money.
    Live,
    /// A movable clock and simulated channels.
    Demo,
}

impl Born {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Demo => "demo",
        }
    }

    /// What this code means.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Live, Self::Demo].into_iter().find(|born| born.code() == code)
    }
}

/// The row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Live or demo.
    pub born: Born,
    /// Begins every number that channels see, so that two deployments never share one.
    pub number_prefix: String,
    /// When.
    pub created_at: Instant,
}

pub(crate) const TABLES: &[Table] = &[Table {
    name: "meta",
    columns: &[int("one"), text("born"), text("number_prefix"), int("created_at")],
    key: "one",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    FIND = "select born, number_prefix, created_at from meta where one = 1";
    INSERT = "insert into meta (one, born, number_prefix, created_at) values (1, $1, $2, $3)";
}

/// The row, once it is written.
pub fn find(db: &impl Read) -> Result<Option<Meta>> {
    db.query_one(&FIND, &[], |row| {
        Ok(Meta { born: row.code(0, Born::parse)?, number_prefix: row.text(1)?, created_at: row.instant(2)? })
    })
}

/// What a place was born as, in its own word; `None` where there is no schema or nothing was born.
pub(crate) fn born(connection: &Connection) -> Result<Option<String>> {
    let mut there = false;
    let tables = match connection.dialect() {
        Dialect::Sqlite => "select count(*) from sqlite_schema where name = 'meta'",
        Dialect::Postgres => "select count(*) from pg_class where oid = to_regclass('meta')",
    };
    connection.scan_text(tables, &[], &mut |row| {
        there = row.int(0)? > 0;
        Ok(())
    })?;
    let mut found = None;
    if there {
        connection.scan_text("select born from meta where one = 1", &[], &mut |row| {
            found = Some(row.text(0)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Writes it, once.
pub(crate) fn insert(tx: &Tx<'_>, meta: &Meta) -> Result<()> {
    tx.execute(&INSERT, &params![meta.born.code(), &meta.number_prefix, meta.created_at])?;
    Ok(())
}
