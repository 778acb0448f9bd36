//! Writing: transactions on the one connection of this node that writes, and what happens when it is lost.

use crate::ahead::Ahead;
use crate::audit::{self, Audit};
use crate::commit_mark::Mark;
use crate::connection::{Begun, Connection};
use crate::db::{PATIENCE, Read};
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::postgres::{CONNECT, Purpose};
use crate::sent::Listener;
use crate::sql::{Sql, Stmt};
use crate::value::Value;
use crate::writes::Writes;
use crate::{meta, seal, setting};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How often, and after which pauses, a lost session is opened again to see whether its last commit was done.
const ASKED: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);
/// How long a host may take to answer meanwhile.
const SHORT: Duration = Duration::from_secs(1);
/// How many sessions in a row may be lost before the loss is told.
const LOST: u32 = 4;

/// Sees every statement of the writer with its arguments and the number of rows it touched or returned.
pub type Recorder = Box<dyn FnMut(&'static Sql, &[Value<'_>], usize) + Send>;

/// How many transactions the database lacks that were done, once that is known; see [`StorageError::GoneBack`].
pub(crate) type GoneBack = Arc<OnceLock<Option<i64>>>;

/// The one connection of this node that writes.
pub struct Writer {
    location: Location,
    connection: Connection,
    mark: Option<Mark>,
    gone_back: GoneBack,
    /// How many sessions were lost since the last commit.
    lost: u32,
    recorder: RefCell<Option<Recorder>>,
    /// Keeps other processes from a file; a server takes several nodes.
    _lock: Option<File>,
}

impl Writer {
    pub(crate) fn new(location: Location, connection: Connection, lock: Option<File>) -> Result<Self> {
        let mark = Mark::begin(&connection)?;
        let (gone_back, recorder) = (GoneBack::default(), RefCell::new(None));
        Ok(Self { location, connection, mark, gone_back, lost: 0, recorder, _lock: lock })
    }

    pub(crate) fn gone_back(&self) -> GoneBack {
        Arc::clone(&self.gone_back)
    }

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
        let begun = Begun::of(&self.connection);
        let tx = Tx::on(&self.connection, &self.recorder);
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
        if let Some(lost) = self.gone_back.get() {
            return Err(StorageError::GoneBack { lost: *lost });
        }
        if self.connection.is_usable() {
            let begun = self.begin();
            if begun.is_ok() || self.connection.is_usable() {
                return begun;
            }
        }
        self.reopen(CONNECT)?;
        self.begin()
    }

    fn begin(&mut self) -> Result<()> {
        let Some(mark) = &self.mark else { return self.connection.start(Purpose::Write, "").map(drop) };
        if self.connection.start(Purpose::Write, &mark.counting())? == 1 {
            return Ok(());
        }
        // Nobody but a node that found the database gone back stops the counting.
        self.connection.batch("rollback")?;
        self.ask(None)?;
        Err(StorageError::inconsistent("commit_mark", "of this node"))
    }

    /// Opens another session; answers whether the transaction of the one before was done.
    fn reopen(&mut self, patience: Duration) -> Result<bool> {
        let connection = Connection::open_within(&self.location, Purpose::Write, patience)?;
        self.ask(Some(connection))
    }

    /// Asks, on another session if there is one to go on with, whether the last transaction was done.
    fn ask(&mut self, other: Option<Connection>) -> Result<bool> {
        let connection = other.as_ref().unwrap_or(&self.connection);
        let asked = self.mark.as_mut().map_or(Ok(false), |mark| mark.ask(connection));
        if let Err(StorageError::GoneBack { lost }) = asked {
            if let Some(lost) = lost {
                self.stop_all(connection, lost)?;
            }
            let _ = self.gone_back.set(lost);
        }
        if let (Some(other), true) = (other, asked.is_ok()) {
            self.connection = other;
        }
        asked
    }

    /// The database has gone back: the other nodes write no more either, and once nodes are started again no money leaves by
    /// a channel until it is known what left already, as after a restore.
    fn stop_all(&self, connection: &Connection, lost: i64) -> Result<()> {
        connection.start(Purpose::Write, "")?;
        let begun = Begun::of(connection);
        let tx = Tx::on(connection, &self.recorder);
        Mark::stop_all(&tx)?;
        let now = connection.server_time()?.ok_or_else(|| StorageError::inconsistent("commit_mark", "of a file"))?;
        // At least what is sealed is there.
        let sealed = seal::last(&tx)?.map(|seal| seal.at);
        let as_of = sealed.or(meta::find(&tx)?.map(|meta| meta.created_at)).unwrap_or(now);
        setting::hold_payouts(&tx, as_of, now)?;
        audit::insert(
            &tx,
            &Audit {
                id: format!("{:016x}-database-gone-back", now.micros()),
                at: now,
                account: "program".into(),
                act: "database_gone_back".to_owned(),
                object: "payouts".to_owned(),
                detail: serde_json::json!({ "lost": lost, "sealed": as_of.micros() }),
            },
        )?;
        begun.commit()
    }

    /// Whether a session was lost inside a transaction, of which nothing can have been done, and there is another.
    fn goes_on_elsewhere(&mut self) -> bool {
        !self.connection.is_usable() && self.lost < LOST && self.reopen(SHORT).is_ok()
    }

    /// Whether a transaction was done whose session was lost while committing; `None` while nobody can be asked.
    fn was_done(&mut self) -> Option<bool> {
        for _ in 0..ASKED {
            match self.reopen(SHORT) {
                Ok(done) => return Some(done),
                Err(StorageError::Inconsistent { .. } | StorageError::GoneBack { .. }) => return None,
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

    /// Lets a benchmark hear what is sent to a server, until the session is lost; to a file nothing is sent.
    pub fn set_listener(&mut self, listener: Option<Listener>) {
        if let Connection::Postgres(session) = &self.connection {
            session.set_listener(listener);
        }
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
    pub(crate) connection: &'a Connection,
    recorder: &'a RefCell<Option<Recorder>>,
    depth: Cell<u32>,
    /// What is to be sent together.
    waiting: RefCell<Option<Writes>>,
    pub(crate) ahead: RefCell<Ahead>,
}

impl Read for Tx<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn ahead(&self) -> &RefCell<Ahead> {
        &self.ahead
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

impl<'a> Tx<'a> {
    fn on(connection: &'a Connection, recorder: &'a RefCell<Option<Recorder>>) -> Self {
        let (depth, waiting, ahead) = (Cell::new(0), RefCell::new(None), RefCell::default());
        Self { connection, recorder, depth, waiting, ahead }
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
