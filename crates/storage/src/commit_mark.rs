//! A row for each writer of a server, by which it finds out whether a commit was done whose answer was lost.
//!
//! Every transaction begins by counting in it. Who asks afterwards, on another session, waits until the transaction in
//! question has ended, and then sees whether it counts. A row that counts fewer than were done tells that the database has
//! gone back to an earlier state; whoever sees that stops all rows, and no transaction begins on a row that is stopped.

use crate::connection::Connection;
use crate::db::Tx;
use crate::error::{Result, StorageError};
use crate::params;
use crate::schema::{Table, int, text};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "commit_mark",
    columns: &[text("writer"), int("n")],
    key: "writer",
    large_rows: false,
    indexes: &[],
    since: 6,
}];

crate::statements! {
    INSERT = "insert into commit_mark (writer, n) values ($1, $2)";
    FIND = "select n from commit_mark where writer = $1 {for update}";
    STOP = "update commit_mark set n = -1 where n >= 0";
    END = "delete from commit_mark where writer = $1";
}

/// What a writer knows of its row.
pub(crate) struct Mark {
    writer: String,
    /// How many transactions were done.
    n: i64,
}

impl Mark {
    /// Begins a row for a new writer of a server; a file's commits have no answers that could be lost.
    pub(crate) fn begin(connection: &Connection) -> Result<Option<Self>> {
        if !matches!(connection, Connection::Postgres(_)) {
            return Ok(None);
        }
        let mut writer = String::new();
        connection.scan_text("select cast(gen_random_uuid() as text)", &[], &mut |row| {
            writer = row.text(0)?;
            Ok(())
        })?;
        connection.execute(&INSERT, &params![&writer, 0i64])?;
        Ok(Some(Self { writer, n: 0 }))
    }

    /// What every transaction does first.
    pub(crate) fn counting(&self) -> String {
        format!("update commit_mark set n = {} where writer = '{}' and n >= 0", self.n + 1, self.writer)
    }

    /// A transaction was done.
    pub(crate) fn counted(&mut self) {
        self.n += 1;
    }

    /// Asks on another session than the last transaction's, once that has ended: whether it was done.
    ///
    /// # Errors
    /// [`StorageError::GoneBack`] when the database does not know of all that were done.
    pub(crate) fn ask(&mut self, connection: &Connection) -> Result<bool> {
        let mut found = None;
        connection.for_each(&FIND, &params![&self.writer], &mut |row| {
            found = Some(row.int(0)?);
            Ok(())
        })?;
        match found {
            Some(n) if n > self.n + 1 => Err(StorageError::inconsistent("commit_mark", &self.writer)),
            Some(n) if n < 0 => Err(StorageError::GoneBack { lost: None }),
            Some(n) if n < self.n => Err(StorageError::GoneBack { lost: Some(self.n - n) }),
            Some(n) => {
                let done = n == self.n + 1;
                self.n = n;
                Ok(done)
            }
            None if self.n > 0 => Err(StorageError::GoneBack { lost: Some(self.n) }),
            None => connection.execute(&INSERT, &params![&self.writer, 0i64]).map(|_| false),
        }
    }

    /// Stops every writer there is; those of nodes that are started afterwards are not concerned.
    pub(crate) fn stop_all(tx: &Tx<'_>) -> Result<()> {
        tx.execute_any(&STOP, &[])
    }

    /// Ends the row, with its writer.
    pub(crate) fn end(&self, connection: &Connection) {
        // A row that stays harms nobody.
        let _ = connection.execute(&END, &params![&self.writer]);
    }
}
