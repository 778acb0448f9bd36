//! The handle: one writer, a few readers, one database.

use crate::commit_mark::Mark;
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::meta::{self, Born, Meta};
use crate::migrate::Plan;
use crate::postgres::{Purpose, Session};
use crate::schema::Dialect;
use crate::sql::{Sql, Stmt};
use crate::sqlite::{self, Access};
use crate::value::{Row, Value};
use crate::writes::Writes;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

const READERS: usize = 6;
/// How long a read waits for a connection before one more is opened: a read inside a read must not wait for itself.
const PATIENCE: Duration = Duration::from_millis(20);
/// How often, and after which pauses, a lost session is opened again to see whether its last commit was done.
const ASKED: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);
/// How many sessions in a row may be lost before the loss is told.
const LOST: u32 = 4;

/// A database. Clones share it.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    location: Location,
    meta: Meta,
    migrated: Plan,
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
    /// Opens a database for reading and writing, and creates what is missing: the file, the schema.
    ///
    /// # Errors
    /// [`StorageError::Born`] when it was born as the other kind, [`StorageError::Locked`] when another process has the
    /// file, [`StorageError::Newer`] when a newer program made its schema.
    pub fn open(location: impl Into<Location>, birth: &Birth) -> Result<Self> {
        let location = location.into();
        #[cfg(any(test, feature = "testing"))]
        let location = crate::testing::instead_of(location, true)?;
        let lock = location.file().map(sqlite::lock).transpose()?;
        let connection = Connection::open(&location, Purpose::Write)?;
        let migrated = crate::migrate::run(&connection, &mut |_| {})?;
        let mark = Mark::begin(&connection)?;
        let recorder = RefCell::new(None);
        let mut writer = Writer { location: location.clone(), connection, mark, lost: 0, recorder, _lock: lock };
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
        Ok(Self::shared(location, meta, Some(writer), migrated))
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
    ///
    /// # Errors
    /// [`StorageError::Older`] and [`StorageError::Newer`] when it has not the schema of this program.
    pub fn inspect(location: impl Into<Location>) -> Result<Self> {
        let location = location.into();
        #[cfg(any(test, feature = "testing"))]
        let location = crate::testing::instead_of(location, false)?;
        let absent = || StorageError::Absent { path: location.to_string() };
        if location.file().is_some_and(|path| !path.exists()) {
            return Err(absent());
        }
        let connection = Connection::open(&location, Purpose::Read)?;
        meta::born(&connection)?.ok_or_else(absent)?;
        crate::migrate::check(&connection)?;
        let found = meta::find(&Reader { connection: &connection })?;
        let meta = found.ok_or_else(|| StorageError::inconsistent("meta", 1))?;
        Ok(Self::shared(location, meta, None, Plan::default()))
    }

    fn shared(location: Location, meta: Meta, writer: Option<Writer>, migrated: Plan) -> Self {
        Self {
            shared: Arc::new(Shared {
                location,
                meta,
                migrated,
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

    /// What was done to its schema when it was opened.
    pub fn migrated(&self) -> &Plan {
        &self.shared.migrated
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
        connection.start(Purpose::Read, "")?;
        let begun = Begun { connection, open: true };
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
        while readers.idle.is_empty() && readers.lent >= READERS {
            let (again, waited) = sure(shared.returned.wait_timeout(readers, PATIENCE));
            readers = again;
            if waited.timed_out() {
                break;
            }
        }
        let idle = readers.idle.pop().filter(Connection::is_usable);
        readers.lent += 1;
        drop(readers);
        // Dropped on an error, it gives its place back.
        let mut lent = Lent { shared, connection: idle };
        if lent.connection.is_none() {
            lent.connection = Some(Connection::open(&shared.location, Purpose::Read)?);
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
    pub(crate) fn open(location: &Location, purpose: Purpose) -> Result<Self> {
        Ok(match (location, purpose) {
            (Location::File(path), Purpose::Read) => Self::Sqlite(sqlite::connect(path, Access::Read)?),
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
        Self::open(location, Purpose::Write)
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

    /// Begins to write, or to read what is there at one moment. On a server `first` is done along with the beginning.
    fn start(&self, purpose: Purpose, first: &str) -> Result<()> {
        match (self, purpose) {
            (Self::Sqlite(_), Purpose::Write) => self.batch("begin immediate"),
            (Self::Sqlite(_), Purpose::Read) => self.batch("begin"),
            (Self::Postgres(session), purpose) => session.begin(purpose, first),
        }
    }
}

/// An open transaction: rolled back unless it is committed.
struct Begun<'a> {
    connection: &'a Connection,
    open: bool,
}

impl Begun<'_> {
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

    /// Sends what waits to be written, for this crate only.
    #[doc(hidden)]
    fn settle(&self) -> Result<()> {
        Ok(())
    }

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
        self.settle()?;
        let count = self.connection().for_each(sql, args, &mut each)?;
        self.record(sql, args, count);
        Ok(())
    }

    /// The rows of several answers of one statement, in the order of the lists of arguments. A server is asked once.
    fn query_each<T>(
        &self,
        sql: &'static Sql,
        lists: &[Vec<Value<'_>>],
        mut each: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<Vec<T>>> {
        let Connection::Postgres(session) = self.connection() else {
            return lists.iter().map(|args| self.query(sql, args, &mut each)).collect();
        };
        self.settle()?;
        let mut answers: Vec<Vec<T>> = lists.iter().map(|_| Vec::new()).collect();
        session.for_all(sql, lists, &mut |n, row| {
            answers[n].push(each(row)?);
            Ok(())
        })?;
        lists.iter().zip(&answers).for_each(|(args, rows)| self.record(sql, args, rows.len()));
        Ok(answers)
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
    mark: Option<Mark>,
    /// How many sessions were lost since the last commit.
    lost: u32,
    recorder: RefCell<Option<Recorder>>,
    /// Keeps other processes from a file; a server takes several nodes.
    _lock: Option<File>,
}

impl Writer {
    /// Does all of it or, on an error or a panic, nothing.
    ///
    /// # Errors
    /// What `work` answers. [`StorageError::Overtaken`] when another node changed what was read, or the session was lost
    /// before anything was committed: all of it may be done again. Another error of a server that cannot be reached any
    /// more while committing leaves open whether it was committed.
    pub fn transaction<T, E: From<StorageError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.start()?;
        let begun = Begun { connection: &self.connection, open: true };
        let tx = Tx {
            connection: &self.connection,
            recorder: &self.recorder,
            depth: Cell::new(0),
            waiting: RefCell::new(None),
        };
        let answer = match work(&tx) {
            Ok(answer) => answer,
            Err(error) => {
                drop(begun);
                return Err(if self.goes_on_elsewhere() { E::from(self.follow_lost()) } else { error });
            }
        };
        match begun.commit() {
            Ok(()) => self.mark.iter_mut().for_each(Mark::counted),
            Err(error) if self.connection.is_usable() => return Err(error.into()),
            Err(error) => match self.was_done() {
                Some(true) => {}
                Some(false) => return Err(self.follow_lost().into()),
                None => return Err(error.into()),
            },
        }
        self.lost = 0;
        Ok(answer)
    }

    /// Begins a transaction, on another session where the last was lost.
    fn start(&mut self) -> Result<()> {
        let counting = |mark: &Option<Mark>| mark.as_ref().map(Mark::counting).unwrap_or_default();
        if self.connection.is_usable() {
            let begun = self.connection.start(Purpose::Write, &counting(&self.mark));
            if begun.is_ok() || self.connection.is_usable() {
                return begun;
            }
        }
        self.reopen()?;
        self.connection.start(Purpose::Write, &counting(&self.mark))
    }

    /// Opens another session; answers whether the transaction of the one before was done.
    fn reopen(&mut self) -> Result<bool> {
        self.connection = Connection::open(&self.location, Purpose::Write)?;
        self.mark.as_mut().map_or(Ok(false), |mark| mark.ask(&self.connection))
    }

    /// Whether a session was lost inside a transaction, of which nothing can have been done, and there is another.
    fn goes_on_elsewhere(&mut self) -> bool {
        !self.connection.is_usable() && self.lost < LOST && self.reopen().is_ok()
    }

    /// Whether a transaction was done whose session was lost while committing; `None` while nobody can be asked.
    fn was_done(&mut self) -> Option<bool> {
        for _ in 0..ASKED {
            match self.reopen() {
                Ok(done) => return Some(done),
                Err(StorageError::Inconsistent { .. }) => return None,
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        None
    }

    /// The transaction of a lost session was not done, and may be done again.
    fn follow_lost(&mut self) -> StorageError {
        self.lost += 1;
        if let Connection::Postgres(session) = &self.connection {
            session.follow_lost();
        }
        StorageError::Overtaken { doing: "going on after a lost session".to_owned() }
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

    /// How often this writer has waited for its server; never, where it writes to a file.
    pub fn round_trips(&self) -> u64 {
        match &self.connection {
            Connection::Sqlite(_) => 0,
            Connection::Postgres(session) => session.trips(),
        }
    }

    /// Lets a benchmark see every statement; `None` ends it.
    pub fn set_recorder(&mut self, recorder: Option<Recorder>) {
        self.recorder = RefCell::new(recorder);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.connection.is_usable() {
            self.mark.iter().for_each(|mark| mark.end(&self.connection));
        }
    }
}

/// A transaction: what is written in it is committed together.
pub struct Tx<'a> {
    connection: &'a Connection,
    recorder: &'a RefCell<Option<Recorder>>,
    depth: Cell<u32>,
    /// What is to be sent together.
    waiting: RefCell<Option<Writes>>,
}

impl Read for Tx<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn settle(&self) -> Result<()> {
        let (Connection::Postgres(session), Some(waiting)) = (self.connection, &mut *self.waiting.borrow_mut()) else {
            return Ok(());
        };
        let writes = std::mem::take(waiting);
        if writes.groups().is_empty() { Ok(()) } else { session.send(&writes) }
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
        self.settle()?;
        let rows = self.connection.execute(sql, args)?;
        self.record(sql, args, rows);
        Ok(rows)
    }

    /// Runs a write that must touch exactly one row.
    pub fn execute_one(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<()> {
        self.send(sql, args, Some(1))
    }

    /// Runs a write, however many rows it touches.
    pub fn execute_any(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<()> {
        self.send(sql, args, None)
    }

    /// Runs a write that was handed over as data.
    pub fn run(&self, stmt: &Stmt) -> Result<usize> {
        let rows = self.execute(stmt.sql, &stmt.args)?;
        check(stmt.sql, rows, stmt.must_hit)?;
        Ok(rows)
    }

    /// Does a write that was handed over as data; inside [`Tx::together`] it waits with the others.
    pub fn hand_over(&self, stmt: &Stmt) -> Result<()> {
        self.send(stmt.sql, &stmt.args, stmt.must_hit)
    }

    fn send(&self, sql: &'static Sql, args: &[Value<'_>], hits: Option<usize>) -> Result<()> {
        if let Some(waiting) = &mut *self.waiting.borrow_mut() {
            waiting.push(sql, args, hits);
            self.record(sql, args, hits.unwrap_or_default());
            return Ok(());
        }
        check(sql, self.execute(sql, args)?, hits)
    }

    /// Sends writes to a server together: those of which nobody asks how many rows they touched wait until the end, or until
    /// something is read. What they meet is told then. On a file there is nothing to wait for.
    ///
    /// # Errors
    /// What `work` answers, and what the writes meet.
    pub fn together<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if matches!(self.connection, Connection::Sqlite(_)) {
            return work(self);
        }
        *self.waiting.borrow_mut() = Some(Writes::default());
        let answer = work(self).and_then(|answer| self.settle().map(|()| answer).map_err(E::from));
        *self.waiting.borrow_mut() = None;
        answer
    }

    /// Does all of it or, on an error or a panic, nothing of it; the transaction goes on either way.
    pub fn savepoint<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.settle()?;
        let waiting = self.waiting.take();
        let level = self.depth.get();
        self.connection.batch(&format!("savepoint s{level}"))?;
        self.depth.set(level + 1);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
        self.depth.set(level);
        *self.waiting.borrow_mut() = waiting;
        let end = if matches!(result, Ok(Ok(_))) { "" } else { &*format!("rollback to s{level}; ") };
        self.connection.batch(&format!("{end}release s{level}"))?;
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn check(sql: &'static Sql, rows: usize, hits: Option<usize>) -> Result<()> {
    match hits {
        Some(expected) if expected != rows => Err(StorageError::Conflict { what: sql.name().to_owned() }),
        _ => Ok(()),
    }
}
