//! A connection to either engine, and a transaction on it.

use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::postgres::{CONNECT, Purpose, Session};
use crate::schema::Dialect;
use crate::sql::Sql;
use crate::sqlite::{self, Access};
use crate::value::{Row, Value};
use std::time::Duration;
use yuanlu_domain::time::Instant;

/// In microseconds.
const SERVER_TIME: &str = "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

/// A connection to either engine; the only place that asks which.
#[doc(hidden)]
pub enum Connection {
    #[doc(hidden)]
    Sqlite(rusqlite::Connection),
    #[doc(hidden)]
    Postgres(Session),
}

impl Connection {
    pub(crate) fn open(location: &Location, purpose: Purpose) -> Result<Self> {
        Self::open_within(location, purpose, CONNECT)
    }

    /// Opens one; each host of a server may take this long to answer.
    pub(crate) fn open_within(location: &Location, purpose: Purpose, patience: Duration) -> Result<Self> {
        Ok(match (location, purpose) {
            (Location::File(path), Purpose::Read | Purpose::Inspect) => {
                Self::Sqlite(sqlite::connect(path, Access::Read)?)
            }
            (Location::File(path), Purpose::Write) => Self::Sqlite(sqlite::connect(path, Access::Write)?),
            (Location::Server(server), purpose) => Self::Postgres(Session::connect_within(server, purpose, patience)?),
        })
    }

    /// Which engine.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection that fills a new place; no other process has it.
    pub(crate) fn for_copy(location: &Location) -> Result<Self> {
        let connection = Self::open(location, Purpose::Write)?;
        if let Self::Postgres(session) = &connection {
            // It waits for the other side between rows.
            session.take_time();
            session.batch("set idle_in_transaction_session_timeout = 0; set statement_timeout = '60s'")?;
        }
        Ok(connection)
    }

    /// Reads by a text made for the purpose, with `$1`, `$2`, … on both engines.
    pub(crate) fn scan_text(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(file) => sqlite::scan_text(file, text, args, each),
            Self::Postgres(session) => session.scan_text(text, args, each),
        }
    }

    /// Writes by a text made for the purpose; answers how many rows it touched.
    pub(crate) fn run_text(&self, text: &str, args: &[Value<'_>]) -> Result<usize> {
        match self {
            Self::Sqlite(file) => sqlite::run_text(file, text, args),
            Self::Postgres(session) => session.run_text(text, args),
        }
    }

    /// Whether the engine understands a statement.
    #[cfg(test)]
    pub(crate) fn prepare(&self, sql: &'static Sql) -> Result<()> {
        match self {
            Self::Sqlite(file) => file.prepare(sql.sqlite()).map(drop).map_err(|e| StorageError::sqlite(sql.name(), e)),
            Self::Postgres(session) => session.prepared(sql).map(drop),
        }
    }

    /// The session, where it leads to a server.
    pub(crate) fn session(&self) -> Option<&Session> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(session) => Some(session),
        }
    }

    /// False when it has to be opened again.
    pub(crate) fn is_usable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(session) => session.is_usable(),
        }
    }

    /// Whether the last transaction was given up because another node was faster.
    pub(crate) fn is_overtaken(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(session) => session.is_overtaken(),
        }
    }

    pub(crate) fn batch(&self, text: &str) -> Result<()> {
        match self {
            Self::Sqlite(file) => file.execute_batch(text).map_err(|e| StorageError::sqlite(text, e)),
            Self::Postgres(session) => session.batch(text),
        }
    }

    pub(crate) fn for_each(
        &self,
        sql: &'static Sql,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<usize> {
        match self {
            Self::Sqlite(file) => sqlite::for_each(file, sql, args, each),
            Self::Postgres(session) => session.for_each(sql, args, each),
        }
    }

    pub(crate) fn execute(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<usize> {
        match self {
            Self::Sqlite(file) => sqlite::execute(file, sql, args),
            Self::Postgres(session) => session.execute(sql, args),
        }
    }

    /// What time it is on the server; `None` for a file.
    pub(crate) fn server_time(&self) -> Result<Option<Instant>> {
        let mut time = None;
        if let Self::Postgres(session) = self {
            session.scan_text(SERVER_TIME, &[], &mut |row| {
                time = Some(row.instant(0)?);
                Ok(())
            })?;
        }
        Ok(time)
    }

    /// Begins to write, or to read what is there at one moment; to be taken in hand as [`Begun`]. On a server that is written
    /// to `first` is done along with the beginning; answers how many rows it touched.
    pub(crate) fn start(&self, purpose: Purpose, first: &str) -> Result<u64> {
        match (self, purpose) {
            (Self::Sqlite(file), Purpose::Write) => sqlite::prepared(file, "begin immediate")?,
            (Self::Sqlite(file), _) => sqlite::prepared(file, "begin")?,
            (Self::Postgres(session), Purpose::Write) => return session.begin_writing(first),
            (Self::Postgres(session), _) => session.begin_reading(),
        }
        Ok(0)
    }
}

/// An open transaction: rolled back unless it is committed.
pub(crate) struct Begun<'a> {
    connection: &'a Connection,
    open: bool,
}

impl<'a> Begun<'a> {
    pub(crate) fn of(connection: &'a Connection) -> Self {
        Self { connection, open: true }
    }

    pub(crate) fn commit(mut self) -> Result<()> {
        match self.connection {
            Connection::Sqlite(file) => sqlite::prepared(file, "commit")?,
            Connection::Postgres(session) => session.commit()?,
        }
        self.open = false;
        Ok(())
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if self.open {
            // A lost connection has rolled back by itself.
            let _ = self.connection.batch("rollback");
        }
    }
}
