//! What can go wrong below the rules.

use crate::schema::VERSION;
use std::fmt;

/// A failed read or write.
#[derive(Debug)]
pub enum StorageError {
    /// The engine, its file or its disk failed.
    Driver {
        /// While doing what: the name of a statement, or a few words.
        doing: String,
        /// What the driver said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database as a whole is not there, or takes no writes: not reached, no answer, no room, no connection left, only
    /// reading. What was asked has no part in it.
    Away {
        /// While doing what.
        doing: String,
        /// What was heard of it.
        why: String,
    },
    /// A stored row contradicts itself, or what must be there is not.
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row, by its key.
        row: String,
    },
    /// Somebody was faster: the row is there already, or is not the version that was read.
    Conflict {
        /// Which constraint or version.
        what: String,
    },
    /// Another node changed what this transaction read; nothing is written, and all of it may be done again.
    Overtaken {
        /// While doing what.
        doing: String,
    },
    /// Another session held for too long what was needed; nothing is written.
    Busy {
        /// While doing what.
        doing: String,
    },
    /// The database is as it was some time ago, as after a fail-over to a server that had not heard of everything: it lacks
    /// what this node was told was done, or another node found so. Nothing more is written until the node is started again.
    GoneBack {
        /// How many transactions of this node are missing; `None` when another node found it.
        lost: Option<i64>,
    },
    /// The database has a schema that this program does not know.
    Newer {
        /// The version it has.
        found: u32,
    },
    /// The database has an older schema than this program reads.
    Older {
        /// The version it has.
        found: u32,
    },
    /// Another process writes to this file.
    Locked {
        /// The lock file.
        path: String,
    },
    /// A database is born live or demo and stays so; this one is not what was asked for.
    Born {
        /// What it is.
        born: crate::meta::Born,
    },
    /// There is no database at this place.
    Absent {
        /// The place.
        path: String,
    },
}

impl StorageError {
    pub(crate) fn driver(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Driver { doing: doing.into(), source: source.into() }
    }

    pub(crate) fn away(doing: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Away { doing: doing.into(), why: why.into() }
    }

    pub(crate) fn sqlite(doing: &str, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
        use rusqlite::ffi;
        match &error {
            rusqlite::Error::SqliteFailure(code, _)
                if matches!(code.code, DiskFull | SystemIoFailure | ReadOnly | CannotOpen) =>
            {
                Self::away(doing, error.to_string())
            }
            rusqlite::Error::SqliteFailure(code, message)
                if matches!(code.extended_code, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) =>
            {
                Self::Conflict { what: message.clone().unwrap_or_else(|| doing.to_owned()) }
            }
            _ => Self::driver(doing, error),
        }
    }

    /// A row that cannot be.
    pub fn inconsistent(table: &'static str, row: impl fmt::Display) -> Self {
        Self::Inconsistent { table, row: row.to_string() }
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Driver { doing, .. } => write!(f, "storage failed: {doing}"),
            Self::Away { doing, why } => write!(f, "the database is away: {doing}: {why}"),
            Self::Inconsistent { table, row } => write!(f, "inconsistent row in `{table}`: {row}"),
            Self::Conflict { what } => write!(f, "conflict: {what}"),
            Self::Overtaken { doing } => write!(f, "another node was faster: {doing}"),
            Self::Busy { doing } => write!(f, "another session holds what is needed: {doing}"),
            Self::GoneBack { lost } => {
                f.write_str("the database has gone back to an earlier state: ")?;
                match lost {
                    Some(lost) => write!(f, "it lacks {lost} transactions that this node was told were done")?,
                    None => f.write_str("another node found that it lacks what was done")?,
                }
                f.write_str("; this node writes nothing more until it is started again")
            }
            Self::Newer { found } => write!(
                f,
                "this database has schema {found}, made by a newer yuanlu; this one knows schema {VERSION} and leaves it alone. \
                 Use the newer program"
            ),
            Self::Older { found } => write!(
                f,
                "this database has schema {found}, and this yuanlu reads schema {VERSION}; `yuanlu migrate` brings it up to date"
            ),
            Self::Locked { path } => write!(f, "another process uses this database: `{path}`"),
            Self::Born { born } => write!(f, "this database was born {}", born.code()),
            Self::Absent { path } => write!(f, "no database at `{path}`"),
        }
    }
}

impl std::error::Error for StorageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Driver { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

/// The usual result.
pub type Result<T> = std::result::Result<T, StorageError>;
