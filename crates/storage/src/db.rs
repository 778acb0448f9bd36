//! The handle: one writer, a few readers, one file.

use crate::error::{Result, StorageError};
use crate::meta::{self, Born, Meta};
use crate::sql::{Sql, Stmt};
use crate::value::{Row, Value};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

const READERS: usize = 6;
/// How long a read waits for a connection before one more is opened: a read inside a read must not wait for itself.
const PATIENCE: Duration = Duration::from_millis(20);
/// How many statements a connection keeps prepared.
pub const STATEMENTS_CACHED: usize = 512;
/// How the writer's connection is set: every commit is durable. A checkpoint every 32 MB writes pages that change often once.
pub const WRITER_PRAGMAS: &str = "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; \
     pragma foreign_keys = on; pragma cache_size = -32000; pragma wal_autocheckpoint = 8000;";

/// A database. Clones share it.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    meta: Meta,
    writer: Mutex<Option<Writer>>,
    readers: Mutex<Readers>,
    returned: Condvar,
}

struct Readers {
    idle: Vec<Connection>,
    lent: usize,
}

/// What a new database is born with.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Live or demo: an existing database must be the same.
    pub born: Born,
    /// Used when the file is new: four characters of `0-9A-Z`.
    pub number_prefix: String,
    /// Used when the file is new.
    pub created_at: yuanlu_domain::time::Instant,
}

impl Db {
    /// Opens a file for reading and writing, and creates it where there is none.
    ///
    /// # Errors
    /// [`StorageError::Born`] when it was born as the other kind, [`StorageError::Locked`] when another process has it.
    pub fn open(path: &Path, birth: &Birth) -> Result<Self> {
        let lock = lock(path)?;
        let mut connection = connect(path, Access::Write)?;
        crate::migrate::run(&mut connection)?;
        let mut writer = Writer { connection, recorder: RefCell::new(None), _lock: lock };
        let meta = writer.transaction(|tx| match meta::find(tx)? {
            Some(meta) if meta.born == birth.born => Ok(meta),
            Some(meta) => Err(StorageError::Born { born: meta.born }),
            None => {
                let meta =
                    Meta { born: birth.born, number_prefix: birth.number_prefix.clone(), created_at: birth.created_at };
                meta::insert(tx, &meta)?;
                Ok(meta)
            }
        })?;
        Ok(Self::shared(path, meta, Some(writer)))
    }

    /// Opens an existing file for reading only, beside whoever writes to it.
    pub fn inspect(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Err(StorageError::Absent { path: path.display().to_string() });
        }
        let connection = connect(path, Access::Read)?;
        let found = meta::find(&Reader { connection: &connection })?;
        let meta = found.ok_or_else(|| StorageError::inconsistent("meta", 1))?;
        Ok(Self::shared(path, meta, None))
    }

    fn shared(path: &Path, meta: Meta, writer: Option<Writer>) -> Self {
        Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                meta,
                writer: Mutex::new(writer),
                readers: Mutex::new(Readers { idle: Vec::new(), lent: 0 }),
                returned: Condvar::new(),
            }),
        }
    }

    /// What it is.
    pub fn meta(&self) -> &Meta {
        &self.shared.meta
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The one writer; the engine takes it. `None` when it was taken already, or the file is open for reading only.
    pub fn take_writer(&self) -> Option<Writer> {
        sure(self.shared.writer.lock()).take()
    }

    /// Reads on one of the long-lived connections, in the caller's thread. Sees every commit answered before.
    /// Every statement sees the newest state by itself; [`Db::snapshot`] shows one state to several.
    pub fn read<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lent = self.lend()?;
        work(&Reader { connection: lent.connection() })
    }

    /// Reads several things as they were at one moment.
    pub fn snapshot<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lent = self.lend()?;
        let connection = lent.connection();
        let failed = |e| StorageError::sqlite("reading a snapshot", e);
        let transaction = connection.unchecked_transaction().map_err(failed)?;
        let answer = work(&Reader { connection })?;
        transaction.finish().map_err(failed)?;
        Ok(answer)
    }

    /// Copies the database, as it is at one moment, into a new file while it goes on running.
    pub fn backup_to(&self, path: &Path) -> Result<()> {
        let failed = |e| StorageError::sqlite("backing up", e);
        let target = path.to_str().ok_or_else(|| StorageError::driver("backing up", "the path is not text"))?;
        let connection = connect(&self.shared.path, Access::Copy)?;
        connection.execute("vacuum into ?1", [target]).map_err(failed)?;
        let copy = File::open(path).and_then(|file| file.sync_all());
        copy.map_err(|e| StorageError::driver("backing up", e))
    }

    fn lend(&self) -> Result<Lent<'_>> {
        let shared = &*self.shared;
        let mut readers = sure(shared.readers.lock());
        while readers.idle.is_empty() && readers.lent >= READERS {
            let (again, waited) = sure(shared.returned.wait_timeout(readers, PATIENCE));
            readers = again;
            if waited.timed_out() {
                break;
            }
        }
        let idle = readers.idle.pop();
        readers.lent += 1;
        drop(readers);
        // Dropped on an error, it gives its place back.
        let mut lent = Lent { shared, connection: idle };
        if lent.connection.is_none() {
            lent.connection = Some(connect(&shared.path, Access::Read)?);
        }
        Ok(lent)
    }
}

/// A reader on loan; goes back when dropped, also by a panic.
struct Lent<'a> {
    shared: &'a Shared,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("present until dropped")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut readers = sure(self.shared.readers.lock());
        readers.lent -= 1;
        if readers.idle.len() < READERS {
            readers.idle.extend(self.connection.take());
        }
        drop(readers);
        self.shared.returned.notify_one();
    }
}

/// A panic elsewhere leaves connections as they were: transactions roll back by themselves.
fn sure<T>(lock: std::result::Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}

enum Access {
    Read,
    Copy,
    Write,
}

fn connect(path: &Path, access: Access) -> Result<Connection> {
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

fn lock(path: &Path) -> Result<File> {
    let lock_path = path.with_extension("lock");
    let file = File::create(&lock_path).map_err(|e| StorageError::driver("creating the lock file", e))?;
    file.try_lock().map_err(|e| match e {
        std::fs::TryLockError::WouldBlock => StorageError::Locked { path: lock_path.display().to_string() },
        std::fs::TryLockError::Error(e) => StorageError::driver("locking the database", e),
    })?;
    Ok(file)
}

/// Reading, on a reader or inside a transaction.
pub trait Read {
    /// The connection, for this crate only.
    #[doc(hidden)]
    fn connection(&self) -> &Connection;

    /// Told of every statement, for this crate only.
    #[doc(hidden)]
    fn record(&self, _sql: &'static Sql, _args: &[Value<'_>], _rows: usize) {}

    /// Every row of an answer.
    fn query<T>(
        &self,
        sql: &'static Sql,
        args: &[Value<'_>],
        each: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        let mut each = each;
        self.for_each(sql, args, |row| {
            out.push(each(row)?);
            Ok(())
        })?;
        Ok(out)
    }

    /// The row, if there is one. Further rows are a mistake of the statement.
    fn query_one<T>(
        &self,
        sql: &'static Sql,
        args: &[Value<'_>],
        each: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = self.query(sql, args, each)?;
        debug_assert!(rows.len() < 2, "{} found several rows", sql.name());
        Ok(rows.pop())
    }

    /// Every row of an answer, one by one, without holding them all.
    fn for_each(
        &self,
        sql: &'static Sql,
        args: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let failed = |e| StorageError::sqlite(sql.name(), e);
        let mut statement = self.connection().prepare_cached(sql.sqlite()).map_err(failed)?;
        let mut rows = statement.query(rusqlite::params_from_iter(args)).map_err(failed)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(failed)? {
            count += 1;
            each(&Row { row, statement: sql.name() })?;
        }
        self.record(sql, args, count);
        Ok(())
    }
}

/// A connection that only reads.
pub struct Reader<'a> {
    connection: &'a Connection,
}

impl Read for Reader<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

/// Sees every statement of the writer with its arguments and the number of rows it touched or returned.
pub type Recorder = Box<dyn FnMut(&'static Sql, &[Value<'_>], usize) + Send>;

/// The one connection that writes.
pub struct Writer {
    connection: Connection,
    recorder: RefCell<Option<Recorder>>,
    _lock: File,
}

impl Writer {
    /// Does all of it or, on an error or a panic, nothing.
    pub fn transaction<T, E: From<StorageError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let failed = |e| StorageError::sqlite("committing", e);
        let inner = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let answer = work(&Tx { connection: &inner, recorder: &self.recorder, depth: Cell::new(0) })?;
        inner.commit().map_err(failed)?;
        Ok(answer)
    }

    /// Lets a benchmark see every statement; `None` ends it.
    pub fn set_recorder(&mut self, recorder: Option<Recorder>) {
        self.recorder = RefCell::new(recorder);
    }
}

/// A transaction: what is written in it is committed together.
pub struct Tx<'a> {
    connection: &'a Connection,
    recorder: &'a RefCell<Option<Recorder>>,
    depth: Cell<u32>,
}

impl Read for Tx<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn record(&self, sql: &'static Sql, args: &[Value<'_>], rows: usize) {
        if let Some(recorder) = &mut *self.recorder.borrow_mut() {
            recorder(sql, args, rows);
        }
    }
}

impl Tx<'_> {
    /// Runs a write; answers how many rows it touched.
    pub fn execute(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<usize> {
        let failed = |e| StorageError::sqlite(sql.name(), e);
        let mut statement = self.connection.prepare_cached(sql.sqlite()).map_err(failed)?;
        let rows = statement.execute(rusqlite::params_from_iter(args)).map_err(failed)?;
        self.record(sql, args, rows);
        Ok(rows)
    }

    /// Runs a write that must touch exactly one row.
    pub fn execute_one(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<()> {
        match self.execute(sql, args)? {
            1 => Ok(()),
            _ => Err(StorageError::Conflict { what: sql.name().to_owned() }),
        }
    }

    /// Runs a write that was handed over as data.
    pub fn run(&self, stmt: &Stmt) -> Result<usize> {
        let rows = self.execute(stmt.sql, &stmt.args)?;
        match stmt.must_hit {
            Some(expected) if expected != rows => Err(StorageError::Conflict { what: stmt.sql.name().to_owned() }),
            _ => Ok(rows),
        }
    }

    /// Does all of it or, on an error or a panic, nothing of it; the transaction goes on either way.
    pub fn savepoint<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let batch =
            |text: String| self.connection.execute_batch(&text).map_err(|e| StorageError::sqlite("in a savepoint", e));
        let level = self.depth.get();
        batch(format!("savepoint s{level}"))?;
        self.depth.set(level + 1);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
        self.depth.set(level);
        if !matches!(result, Ok(Ok(_))) {
            batch(format!("rollback to s{level}"))?;
        }
        batch(format!("release s{level}"))?;
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
