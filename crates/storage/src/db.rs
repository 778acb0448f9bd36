//! The handle: one writer, a few readers, one database.

use crate::ahead::Ahead;
use crate::aside::aside;
use crate::connection::{Begun, Connection};
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::meta::{self, Born, Meta};
use crate::migrate::Plan;
use crate::postgres::Purpose;
use crate::sql::Sql;
use crate::sqlite;
use crate::value::{Row, Value};
use crate::writer::GoneBack;
pub use crate::writer::{Recorder, Tx, Writer};
use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use yuanlu_domain::time::Instant;

const READERS: usize = 6;
/// How long a read waits for a connection before one more is opened: a read inside a read must not wait for itself.
pub(crate) const PATIENCE: Duration = Duration::from_millis(20);
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
    migrated: Plan,
    purpose: Purpose,
    opening: Opening,
    writer: Mutex<Option<Writer>>,
    gone_back: GoneBack,
    readers: Mutex<Readers>,
    returned: Condvar,
}

struct Readers {
    idle: Vec<Connection>,
    lent: usize,
}

/// Lets one thread at a time open a reader: while a server is away, whoever waited behind one who was turned away is turned
/// away with him, and for the same reason, instead of waiting as long again.
#[derive(Default)]
struct Opening {
    /// Why the last one was turned away.
    turn: Mutex<String>,
    failures: AtomicU64,
}

impl Opening {
    fn open(&self, location: &Location, purpose: Purpose) -> Result<Connection> {
        let failures = self.failures.load(Ordering::SeqCst);
        let mut last = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => aside(|| sure(self.turn.lock())),
        };
        if self.failures.load(Ordering::SeqCst) != failures {
            return Err(StorageError::away("connecting to the database", format!("a moment ago: {last}")));
        }
        let opened = Connection::open(location, purpose);
        if let Err(error) = &opened {
            *last = match error {
                StorageError::Away { why, .. } => why.clone(),
                other => other.to_string(),
            };
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
    /// file, [`StorageError::Newer`] when a newer program made its schema.
    pub fn open(location: impl Into<Location>, birth: &Birth) -> Result<Self> {
        let location = location.into();
        #[cfg(any(test, feature = "testing"))]
        let location = crate::testing::instead_of(location, true)?;
        let lock = location.file().map(sqlite::lock).transpose()?;
        let connection = Connection::open(&location, Purpose::Write)?;
        let migrated = crate::migrate::run(&connection, &mut |_| {})?;
        let mut writer = Writer::new(location.clone(), connection, lock)?;
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
        Ok(Self::shared(location, meta, Purpose::Read, Some(writer), migrated))
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
        let connection = Connection::open(&location, Purpose::Inspect)?;
        meta::born(&connection)?.ok_or_else(absent)?;
        crate::migrate::check(&connection)?;
        let found = meta::find(&Reader::of(&connection))?;
        let meta = found.ok_or_else(|| StorageError::inconsistent("meta", 1))?;
        Ok(Self::shared(location, meta, Purpose::Inspect, None, Plan::default()))
    }

    fn shared(location: Location, meta: Meta, purpose: Purpose, writer: Option<Writer>, migrated: Plan) -> Self {
        Self {
            shared: Arc::new(Shared {
                location,
                meta,
                migrated,
                purpose,
                opening: Opening::default(),
                gone_back: writer.as_ref().map(Writer::gone_back).unwrap_or_default(),
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

    /// Whether it is known that the database lacks what was done before, see [`StorageError::GoneBack`].
    pub fn has_gone_back(&self) -> bool {
        self.shared.gone_back.get().is_some()
    }

    /// What time it is on the server; `None` for a file.
    pub fn server_time(&self) -> Result<Option<Instant>> {
        self.lend()?.connection().server_time()
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
        work(&Reader::of(lent.connection()))
    }

    /// Reads several things as they were at one moment.
    pub fn snapshot<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lent = self.lend()?;
        let connection = lent.connection();
        connection.start(Purpose::Read, "")?;
        let begun = Begun::of(connection);
        let answer = work(&Reader::of(connection))?;
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
        // Those beside one that was lost are of the same server: if it stands still, each would be waited for as long.
        let lost = self.connection.as_ref().is_some_and(|connection| !connection.is_usable());
        let given_up = if lost { std::mem::take(&mut readers.idle) } else { Vec::new() };
        if readers.idle.len() < READERS {
            readers.idle.extend(self.connection.take().filter(Connection::is_usable));
        }
        drop(readers);
        drop(given_up);
        self.shared.returned.notify_one();
    }
}

/// A panic elsewhere leaves connections as they were: transactions roll back by themselves.
fn sure<T>(lock: std::result::Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}

/// Reading, on a reader or inside a transaction.
pub trait Read {
    /// The connection, for this crate only.
    #[doc(hidden)]
    fn connection(&self) -> &Connection;

    /// What is known of questions to come, for this crate only.
    #[doc(hidden)]
    fn ahead(&self) -> &RefCell<Ahead>;

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
        let count = match Ahead::read(self.ahead(), sql, args, &mut each) {
            Some(read) => read?,
            None => {
                self.settle()?;
                self.connection().for_each(sql, args, &mut each)?
            }
        };
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
        let known = self.ahead().borrow().knows(sql, lists);
        let Some(session) = self.connection().session().filter(|_| !known) else {
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
    pub(crate) connection: &'a Connection,
    pub(crate) ahead: RefCell<Ahead>,
}

impl<'a> Reader<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self { connection, ahead: RefCell::default() }
    }
}

impl Read for Reader<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn ahead(&self) -> &RefCell<Ahead> {
        &self.ahead
    }
}
