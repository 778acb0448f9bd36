//! SQLite: how a connection is opened, and how a statement runs on it.

use crate::error::{Result, StorageError};
use crate::sql::Sql;
use crate::value::{Cell, Row, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::Path;

/// How many statements a connection keeps prepared.
pub const STATEMENTS_CACHED: usize = 512;
/// How the writer's connection is set: every commit is durable. A checkpoint every 32 MB writes pages that change often once.
pub const WRITER_PRAGMAS: &str = "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; \
     pragma foreign_keys = on; pragma cache_size = -32000; pragma wal_autocheckpoint = 8000;";

#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Copy,
    Write,
}

pub(crate) fn connect(path: &Path, access: Access) -> Result<Connection> {
    let failed = |e| StorageError::sqlite("opening the database", e);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let flags = match access {
        Access::Read | Access::Copy => flags,
        Access::Write => flags | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    let pragmas = match access {
        Access::Read => "pragma busy_timeout = 5000; pragma query_only = on; pragma cache_size = -8000;",
        Access::Copy => "pragma busy_timeout = 5000;",
        Access::Write => WRITER_PRAGMAS,
    };
    connection.execute_batch(pragmas).map_err(failed)?;
    steady_plans(&connection).map_err(failed)?;
    Ok(connection)
}

/// Keeps SQLite from planning a prepared statement again whenever its arguments change: half of a small read's time.
pub fn steady_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Keeps other processes from writing to the same file.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let lock_path = path.with_extension("lock");
    let file = File::create(&lock_path).map_err(|e| StorageError::driver("creating the lock file", e))?;
    file.try_lock().map_err(|e| match e {
        std::fs::TryLockError::WouldBlock => StorageError::Locked { path: lock_path.display().to_string() },
        std::fs::TryLockError::Error(e) => StorageError::driver("locking the database", e),
    })?;
    Ok(file)
}

/// Copies a database, as it is at one moment, into a new file while it goes on running.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<()> {
    let failed = |e| StorageError::sqlite("backing up", e);
    let target = to.to_str().ok_or_else(|| StorageError::driver("backing up", "the path is not text"))?;
    connect(from, Access::Copy)?.execute("vacuum into ?1", [target]).map_err(failed)?;
    let copy = File::open(to).and_then(|file| file.sync_all());
    copy.map_err(|e| StorageError::driver("backing up", e))
}

pub(crate) fn for_each(
    connection: &Connection,
    sql: &'static Sql,
    args: &[Value<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<usize> {
    let failed = |e| StorageError::sqlite(sql.name(), e);
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(failed)?;
    let mut rows = statement.query(rusqlite::params_from_iter(args)).map_err(failed)?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        count += 1;
        each(&Row::sqlite(row, sql.name()))?;
    }
    Ok(count)
}

pub(crate) fn execute(connection: &Connection, sql: &'static Sql, args: &[Value<'_>]) -> Result<usize> {
    let failed = |e| StorageError::sqlite(sql.name(), e);
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(failed)?;
    statement.execute(rusqlite::params_from_iter(args)).map_err(failed)
}

/// Begins or ends a transaction: these too are parsed once.
pub(crate) fn prepared(connection: &Connection, text: &'static str) -> Result<()> {
    let done = connection.prepare_cached(text).and_then(|mut statement| statement.execute([]));
    done.map(|_| ()).map_err(|e| StorageError::sqlite(text, e))
}

const TEXT: &str = "copying";

pub(crate) fn scan_text(
    connection: &Connection,
    text: &str,
    args: &[Value<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let failed = |e| StorageError::sqlite(TEXT, e);
    let mut statement = connection.prepare(&text.replace('$', "?")).map_err(failed)?;
    let mut rows = statement.query(rusqlite::params_from_iter(args)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        each(&Row::sqlite(row, TEXT))?;
    }
    Ok(())
}

pub(crate) fn run_text(connection: &Connection, text: &str, args: &[Value<'_>]) -> Result<usize> {
    let failed = |e| StorageError::sqlite(TEXT, e);
    let mut statement = connection.prepare_cached(&text.replace('$', "?")).map_err(failed)?;
    statement.execute(rusqlite::params_from_iter(args)).map_err(failed)
}

/// The value of a column.
pub(crate) fn cell<'a>(row: &'a rusqlite::Row<'a>, column: usize, statement: &str) -> Result<Option<Cell<'a>>> {
    let value = row.get_ref(column).map_err(|e| StorageError::sqlite(statement, e))?;
    Ok(match value {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(n) => Some(Cell::Int(n)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(Cell::Text),
        ValueRef::Blob(bytes) => Some(Cell::Blob(bytes)),
        ValueRef::Real(_) => None,
    })
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
