//! Brings a database to the schema of this program. Released steps are produced from the declarations and never change.

use crate::db::Connection;
use crate::error::{Result, StorageError};
use crate::schema::{Dialect, VERSION, migration};
use refinery::{Migration, Runner};

/// What rows of before mean in tables that are new in a version.
pub(crate) fn fill(version: u32, dialect: Dialect) -> &'static str {
    match (version, dialect) {
        (3, Dialect::Sqlite) => crate::order_file::FILL_SQLITE,
        (3, Dialect::Postgres) => crate::order_file::FILL_POSTGRES,
        (5, _) => crate::day_tally::FILL,
        _ => "",
    }
}

/// Every step.
fn steps(dialect: Dialect) -> Result<Runner> {
    let tables = crate::tables();
    let mut steps = Vec::new();
    for version in 1..=VERSION {
        let mut text = migration(&tables, version, dialect);
        text.push_str(fill(version, dialect));
        let step = Migration::unapplied(&format!("V{version}__schema"), &text);
        steps.push(step.map_err(|e| StorageError::driver("reading the schema", e))?);
    }
    Ok(Runner::new(&steps))
}

/// Applies what is missing.
pub(crate) fn run(connection: &mut Connection) -> Result<()> {
    let failed = |e: refinery::Error| StorageError::driver("migrating the schema", e);
    match connection {
        Connection::Sqlite(file) => steps(Dialect::Sqlite)?.run(file).map(drop).map_err(failed),
        Connection::Postgres(session) => session.migrate(&steps(Dialect::Postgres)?),
    }
}
