//! The handle: one writer, a few readers, one database.

use crate::aside::aside;
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::meta::{self, Born, Meta};
use crate::postgres::{Purpose, Session};
use crate::schema::Dialect;
use crate::sql::{Sql, Stmt};
use crate::sqlite::{self, Access};
use crate::value::{Row, Value};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const READERS: usize = 6;
/// How long a read waits for a connection before one more is opened: a read inside a read must not wait for itself.
const PATIENCE: Duration = Duration::from_millis(20);
/// How a server says that it takes no more connections.
const NO_ROOM: &str = "(53300)";
/// The most connections for reading, so that a slow database is not met by a storm of them.
const MOST_READERS: usize = 24;
/// How long a read then waits for one; and how long it waits when the server has none left.
const LONG: Duration = Duration::from_secs(5);

/// A database. Clones share it.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    location: Location,
    meta: Meta,
    purpose: Purpose,
    opening: Opening,
    writer: Mutex<Option<Writer>>,
    readers: Mutex<Readers>,
    returned: Condvar,
}

struct Readers {
    idle: Vec<Connection>,
    lent: usize,
}

/// Lets one thread at a time open a reader: while a server is away, whoever waited behind one who was turned away is turned
/// away with him, instead of waiting as long again.
#[derive(Default)]
struct Opening {
    turn: Mutex<()>,
    failures: AtomicU64,
}

impl Opening {
    fn open(&self, location: &Location, purpose: Purpose) -> Result<Connection> {
        let failures = self.failures.load(Ordering::SeqCst);
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => aside(|| sure(self.turn.lock())),
        };
        if self.failures.load(Ordering::SeqCst) != failures {
            return Err(StorageError::away("connecting to the database", "it could not be reached a moment ago"));
        }
        let opened = Connection::open(location, purpose);
        if opened.is_err() {
            self.failures.fetch_add(1, Ordering::SeqCst);
        }
        opened
    }
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
    /// Opens a database for reading and writing, and creates what is missing: the file, the schema.
    ///
    /// # Errors
    /// [`StorageError::Born`] when it was born as the other kind, [`StorageError::Locked`] when another process has the
    /// file.
    pub fn open(location: impl Into<Location>, birth: &Birth) -> Result<Self> {
        let location = location.into();
        #[cfg(any(test, feature = "testing"))]
        let location = crate::testing::instead_of(location, true)?;
        let lock = location.file().map(sqlite::lock).transpose()?;
        let mut connection = Connection::open(&location, Purpose::Write)?;
        crate::migrate::run(&mut connection)?;
        let mut writer = Writer { location: location.clone(), connection, recorder: RefCell::new(None), _lock: lock };
        let meta = loop {
            let found = writer.transaction(|tx| match meta::find(tx)? {
                Some(meta) if meta.born == birth.born => Ok(meta),
                Some(meta) => Err(StorageError::Born { born: meta.born }),
                None => {
                    let (born, created_at) = (birth.born, birth.created_at);
                    let meta = Meta { born, number_prefix: birth.number_prefix.clone(), created_at };
                    meta::insert(tx, &meta)?;
                    Ok(meta)
                }
            });
            match found {
                // Another node gave birth to it at the same time.
                Err(StorageError::Overtaken { .. } | StorageError::Conflict { .. }) => {}
                found => break found?,
            }
        };
        Ok(Self::shared(location, meta, Purpose::Read, Some(writer)))
    }

    /// Whether there is a database at a place. An empty server, or one that is being copied into, has none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn exists(location: impl Into<Location>) -> Result<bool> {
        let location = location.into();
        match location.file() {
            Some(path) => Ok(path.exists()),
            None => Ok(meta::born(&Connection::open(&location, Purpose::Read)?)?.is_some()),
        }
    }

    /// Opens an existing database for reading only, beside whoever writes to it.
    pub fn inspect(location: impl Into<Location>) -> Result<Self> {
        let location = location.into();
        #[cfg(any(test, feature = "testing"))]
        let location = crate::testing::instead_of(location, false)?;
        let absent = || StorageError::Absent { path: location.to_string() };
        if location.file().is_some_and(|path| !path.exists()) {
            return Err(absent());
        }
        let connection = Connection::open(&location, Purpose::Inspect)?;
        meta::born(&connection)?.ok_or_else(absent)?;
        let found = meta::find(&Reader { connection: &connection })?;
        let meta = found.ok_or_else(|| StorageError::inconsistent("meta", 1))?;
        Ok(Self::shared(location, meta, Purpose::Inspect, None))
    }

    fn shared(location: Location, meta: Meta, purpose: Purpose, writer: Option<Writer>) -> Self {
        Self {
            shared: Arc::new(Shared {
                location,
                meta,
                purpose,
                opening: Opening::default(),
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
    pub fn location(&self) -> &Location {
        &self.shared.location
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
        connection.begin(Purpose::Read)?;
        let begun = Begun::of(connection);
        let answer = work(&Reader { connection })?;
        begun.commit()?;
        Ok(answer)
    }

    /// Copies the database, as it is at one moment, into a new file while it goes on running.
    pub fn backup_to(&self, path: &Path) -> Result<()> {
        match &self.shared.location {
            Location::File(file) => sqlite::backup(file, path),
            Location::Server(_) => crate::copy::into_file(self, path),
        }
    }

    fn lend(&self) -> Result<Lent<'_>> {
        let shared = &*self.shared;
        let mut readers = sure(shared.readers.lock());
        if readers.idle.is_empty() && readers.lent >= READERS {
            readers = shared.await_idle(readers, PATIENCE);
        }
        if readers.idle.is_empty() && readers.lent >= MOST_READERS {
            readers = aside(|| shared.await_idle(readers, LONG));
        }
        if readers.idle.is_empty() && readers.lent >= MOST_READERS {
            return Err(StorageError::away("reading", "every connection is taken"));
        }
        let idle = readers.idle.pop().filter(Connection::is_usable);
        readers.lent += 1;
        drop(readers);
        // Dropped on an error, it gives its place back.
        let mut lent = Lent { shared, connection: idle };
        if lent.connection.is_none() {
            lent.connection = match shared.opening.open(&shared.location, shared.purpose) {
                Err(StorageError::Away { doing, why }) if why.contains(NO_ROOM) => {
                    let readers = aside(|| shared.await_idle(sure(shared.readers.lock()), LONG)).idle.pop();
                    Some(readers.filter(Connection::is_usable).ok_or(StorageError::Away { doing, why })?)
                }
                opened => Some(opened?),
            };
        }
        Ok(lent)
    }
}

impl Shared {
    /// Waits until a reader comes back, where any are out.
    fn await_idle<'a>(&self, readers: MutexGuard<'a, Readers>, most: Duration) -> MutexGuard<'a, Readers> {
        sure(self.returned.wait_timeout_while(readers, most, |readers| readers.idle.is_empty() && readers.lent > 1)).0
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
            readers.idle.extend(self.connection.take().filter(Connection::is_usable));
        }
        drop(readers);
        self.shared.returned.notify_one();
    }
}

/// A panic elsewhere leaves connections as they were: transactions roll back by themselves.
fn sure<T>(lock: std::result::Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}

/// A connection to either engine; the only place that asks which.
#[doc(hidden)]
pub enum Connection {
    #[doc(hidden)]
    Sqlite(rusqlite::Connection),
    #[doc(hidden)]
    Postgres(Session),
}

impl Connection {
    fn open(location: &Location, purpose: Purpose) -> Result<Self> {
        Ok(match (location, purpose) {
            (Location::File(path), Purpose::Read | Purpose::Inspect) => {
                Self::Sqlite(sqlite::connect(path, Access::Read)?)
            }
            (Location::File(path), Purpose::Write) => Self::Sqlite(sqlite::connect(path, Access::Write)?),
            (Location::Server(server), purpose) => Self::Postgres(Session::connect(server, purpose)?),
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

    /// False when it has to be opened again.
    fn is_usable(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(session) => session.is_usable(),
        }
    }

    /// Whether the last transaction was given up because another node was faster.
    fn is_overtaken(&self) -> bool {
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

    fn for_each(
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

    fn execute(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<usize> {
        match self {
            Self::Sqlite(file) => sqlite::execute(file, sql, args),
            Self::Postgres(session) => session.execute(sql, args),
        }
    }

    /// Begins to write, or to read what is there at one moment; to be taken in hand as [`Begun`].
    fn begin(&self, purpose: Purpose) -> Result<()> {
        match (self, purpose) {
            (Self::Sqlite(_), Purpose::Write) => self.batch("begin immediate"),
            (Self::Sqlite(_), _) => self.batch("begin"),
            (Self::Postgres(session), purpose) => session.begin(purpose),
        }
    }
}

/// An open transaction: rolled back unless it is committed.
struct Begun<'a> {
    connection: &'a Connection,
    open: bool,
}

impl<'a> Begun<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self { connection, open: true }
    }

    fn commit(mut self) -> Result<()> {
        match self.connection {
            Connection::Sqlite(_) => self.connection.batch("commit")?,
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
        let count = self.connection().for_each(sql, args, &mut each)?;
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

/// The one connection of this node that writes.
pub struct Writer {
    location: Location,
    connection: Connection,
    recorder: RefCell<Option<Recorder>>,
    /// Keeps other processes from a file; a server takes several nodes.
    _lock: Option<File>,
}

impl Writer {
    /// Does all of it or, on an error or a panic, nothing.
    ///
    /// # Errors
    /// What `work` answers. [`StorageError::Overtaken`] when another node changed what was read: all of it may be done
    /// again. Any other error of a server while committing leaves open whether it was committed.
    pub fn transaction<T, E: From<StorageError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if !self.connection.is_usable() {
            self.connection = Connection::open(&self.location, Purpose::Write)?;
        }
        if let Err(error) = self.connection.begin(Purpose::Write) {
            if self.connection.is_usable() {
                return Err(error.into());
            }
            // The session was lost while nothing was going on; nothing was said yet.
            self.connection = Connection::open(&self.location, Purpose::Write)?;
            self.connection.begin(Purpose::Write)?;
        }
        let begun = Begun::of(&self.connection);
        let answer = work(&Tx { connection: &self.connection, recorder: &self.recorder, depth: Cell::new(0) })?;
        begun.commit()?;
        Ok(answer)
    }

    /// Like [`Writer::transaction`], done again until no other node is faster.
    ///
    /// # Errors
    /// What `work` answers, and whatever else fails.
    pub fn transaction_again<T, E: From<StorageError>>(
        &mut self,
        work: impl Fn(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        loop {
            match self.transaction(&work) {
                // A session that cannot be opened again says what its last transaction was, for ever.
                Err(_) if self.connection.is_overtaken() && self.connection.is_usable() => {
                    std::thread::sleep(PATIENCE);
                }
                done => return done,
            }
        }
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
        let rows = self.connection.execute(sql, args)?;
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
        let level = self.depth.get();
        self.connection.batch(&format!("savepoint s{level}"))?;
        self.depth.set(level + 1);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
        self.depth.set(level);
        let end = if matches!(result, Ok(Ok(_))) { "" } else { &*format!("rollback to s{level}; ") };
        self.connection.batch(&format!("{end}release s{level}"))?;
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
