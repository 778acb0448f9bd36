//! Brings a file to the schema of this program. Released steps are produced from the declarations and never change.

use crate::error::{Result, StorageError};
use crate::schema::{Dialect, VERSION, migration};
use refinery::{Migration, Runner};

/// What rows of before mean in tables that are new in a version.
pub(crate) fn fill(version: u32, dialect: Dialect) -> &'static str {
    match (version, dialect) {
        (3, Dialect::Sqlite) => crate::order_file::FILL_SQLITE,
        (3, Dialect::Postgres) => crate::order_file::FILL_POSTGRES,
        _ => "",
    }
}

/// Applies what is missing.
pub(crate) fn run(connection: &mut rusqlite::Connection) -> Result<()> {
    let failed = |e: refinery::Error| StorageError::driver("migrating the schema", e);
    let tables = crate::tables();
    let mut steps = Vec::new();
    for version in 1..=VERSION {
        let mut text = migration(&tables, version, Dialect::Sqlite);
        text.push_str(fill(version, Dialect::Sqlite));
        steps.push(Migration::unapplied(&format!("V{version}__schema"), &text).map_err(failed)?);
    }
    Runner::new(&steps).run(connection).map_err(failed)?;
    Ok(())
}
