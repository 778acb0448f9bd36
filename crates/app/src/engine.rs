//! The engine: the only way anything is written.
//!
//! [`Engine::step`] takes whatever commands wait (at most [`BATCH`]), loads their aggregates with one query per table,
//! lets each decide on what those before it left, writes everything, commits once, then answers. It is synchronous and
//! deterministic: time and seed are arguments. [`EngineHandle`] puts it on a thread with two lanes, or calls it directly.
//!
//! A refusal or a panic in a decision writes nothing and costs the others nothing. What fails while writing is tried again
//! in smaller parts, and what still fails fails alone.

mod admission_effects;
mod batch;
mod effects;
mod funds;
mod handle;
mod incident_effects;
mod load;
mod outside_effects;
mod review_effects;
mod slot;
mod support_effects;
#[cfg(test)]
mod tests;

pub use handle::EngineHandle;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::ids::{DeskId, Ids, OrderId};
use yuanlu_domain::policy::Policy;
use yuanlu_domain::route::Roads;
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Command, Event, Refusal};
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{Db, Stmt, StorageError, Tx, Writer};

/// The most commands of one commit.
pub const BATCH: usize = 256;

/// How often a batch is tried that another node overtakes, before it is cut in halves; and how often a single command.
const TRIES: u64 = 4;
const TRIES_ALONE: u64 = 40;

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lane {
    /// A person.
    #[default]
    People,
    /// A job; gets what room people leave.
    Bulk,
}

/// A key under which a command is done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The use case.
    pub route: &'static str,
    /// What the caller chose.
    pub key: String,
    /// Hash of everything that was asked.
    pub input_hash: String,
}

/// A command and what belongs into the same commit.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The command.
    pub command: Command,
    /// Whose idempotency keys: [`Principal::key`](crate::Principal::key).
    pub principal: String,
    /// Its key, where it has one.
    pub idempotency: Option<IdempotencyKey>,
    /// Texts that its events name.
    pub personal: Vec<PersonalRow>,
    /// Plain rows that stand or fall with it.
    pub plain: Vec<Stmt>,
    /// Who waits.
    pub lane: Lane,
}

impl Envelope {
    /// A command of the program itself.
    pub fn program(command: Command) -> Self {
        Self {
            command,
            principal: "program".to_owned(),
            idempotency: None,
            personal: Vec::new(),
            plain: Vec::new(),
            lane: Lane::Bulk,
        }
    }
}

/// What an accepted command did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The order file it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The desk it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskId>,
    /// Ordinal of the case it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<u16>,
    /// Ordinals of the payouts it decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<u16>,
    /// Version of the order file, or of the wallet, seller account or desk, after it.
    pub version: i64,
    /// It was done before under the same key; `events` is empty then.
    #[serde(skip)]
    pub replayed: bool,
    /// What happened.
    #[serde(skip)]
    pub events: Vec<Event>,
}

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The rules refuse it.
    Refused(Refusal),
    /// Its key was used for something else.
    KeyReused,
    /// A row that it needed was changed or taken by somebody else.
    Conflict,
    /// A mistake in the program; nothing was written.
    Panicked,
    /// The store failed; nothing is known to be written.
    Storage(String),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::KeyReused => f.write_str("key reused"),
            Self::Conflict => f.write_str("conflict"),
            Self::Panicked => f.write_str("panicked"),
            Self::Storage(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EngineError {}

impl From<StorageError> for EngineError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict { .. } | StorageError::Overtaken { .. } => Self::Conflict,
            StorageError::Driver { source, doing } => Self::Storage(format!("{doing}: {source}")),
            StorageError::Away { doing, why } => Self::Storage(format!("{doing}: {why}")),
            other => Self::Storage(other.to_string()),
        }
    }
}

/// What came of a command.
pub type Outcome = Result<Answer, EngineError>;

/// A write without an aggregate, done in a savepoint of the same commit; done again when another node was faster.
pub(crate) struct PlainWrite(Box<dyn PlainWork>);

trait PlainWork: Send {
    /// Does it, and keeps what came of it.
    fn run(&mut self, tx: &Tx<'_>, now: Instant);

    /// Tells whoever waits, once it is known how the commit went.
    fn answer(self: Box<Self>, commit: Result<(), String>);
}

struct Waiting<T, E, W, A> {
    work: W,
    result: Option<Result<T, E>>,
    answer: A,
}

impl<T, E, W, A> PlainWork for Waiting<T, E, W, A>
where
    T: Send,
    E: From<StorageError> + Send,
    W: Fn(&Tx<'_>, Instant) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, tx: &Tx<'_>, now: Instant) {
        let work = &self.work;
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tx.savepoint(|tx| work(tx, now))));
        self.result = Some(caught.unwrap_or_else(|_| Err(failed("a plain write panicked".to_owned()).into())));
    }

    fn answer(self: Box<Self>, commit: Result<(), String>) {
        let result = self.result.unwrap_or_else(|| Err(failed("it was not tried".to_owned()).into()));
        (self.answer)(commit.map_err(|what| E::from(failed(what))).and(result));
    }
}

impl PlainWrite {
    /// A write and what to do with its result once the commit is durable.
    pub(crate) fn new<T, E>(
        work: impl Fn(&Tx<'_>, Instant) -> Result<T, E> + Send + 'static,
        answer: impl FnOnce(Result<T, E>) + Send + 'static,
    ) -> Self
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        Self(Box::new(Waiting { work, result: None, answer }))
    }
}

fn failed(what: String) -> StorageError {
    StorageError::Driver { doing: "writing".to_owned(), source: what.into() }
}

/// The one writer and what it keeps in memory: policies, which never change once published.
pub struct Engine {
    writer: Writer,
    number_prefix: String,
    restored_at: Option<Instant>,
    roads: Arc<Roads>,
    calendar: &'static Calendar,
    policies: HashMap<String, Arc<Policy>>,
    /// A commit failed because of the store, and nobody saw since that writing goes again.
    failing: Arc<AtomicBool>,
}

impl Engine {
    /// Takes the writer of a database, and publishes the built-in policy where it is not yet there.
    ///
    /// # Errors
    /// When the writer was taken already, or the first write fails.
    pub fn new(db: &Db) -> Result<Self, StorageError> {
        let mut writer = db.take_writer().ok_or_else(|| failed("the writer was taken already".to_owned()))?;
        let restored_at = writer.transaction_again(|tx| {
            yuanlu_storage::policy::put(tx, Policy::builtin(), "program")?;
            yuanlu_storage::setting::restored_at(tx)
        })?;
        Ok(Self {
            writer,
            number_prefix: db.meta().number_prefix.clone(),
            restored_at,
            roads: Arc::default(),
            calendar: Calendar::builtin(),
            policies: HashMap::new(),
            failing: Arc::default(),
        })
    }

    /// Decides by what channels can do besides refunding.
    #[must_use]
    pub fn with_roads(mut self, roads: Arc<Roads>) -> Self {
        self.roads = roads;
        self
    }

    /// Counts working days by another calendar.
    #[must_use]
    pub fn by_calendar(mut self, calendar: &'static Calendar) -> Self {
        self.calendar = calendar;
        self
    }

    /// Decides and commits a batch; answers in the order of the commands.
    pub fn step(&mut self, commands: &[Envelope], now: Instant, seed: [u8; 32]) -> Vec<Outcome> {
        self.run(commands, Vec::new(), now, seed)
    }

    /// Commits one plain write.
    pub fn write<T, E>(&mut self, now: Instant, work: impl Fn(&Tx<'_>, Instant) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StorageError>,
    {
        self.writer.transaction_again(|tx| work(tx, now))
    }

    /// How often the writer has waited for its server; never, where it writes to a file.
    pub fn round_trips(&self) -> u64 {
        self.writer.round_trips()
    }

    /// Lets a benchmark see every statement.
    pub fn set_recorder(&mut self, recorder: Option<yuanlu_storage::db::Recorder>) {
        self.writer.set_recorder(recorder);
    }

    /// Lets a benchmark hear what is sent to a server.
    pub fn set_listener(&mut self, listener: Option<yuanlu_storage::sent::Listener>) {
        self.writer.set_listener(listener);
    }

    pub(crate) fn run(
        &mut self,
        commands: &[Envelope],
        writes: Vec<PlainWrite>,
        now: Instant,
        seed: [u8; 32],
    ) -> Vec<Outcome> {
        let mut ids = Ids::new(seed);
        let mut work = batch::Work { writes };
        let outcomes = self.commit(commands, &mut work, now, &mut ids);
        debug_assert_eq!(outcomes.len(), commands.len());
        outcomes
    }

    /// Commits commands together; when writing fails, in halves. Where another node was faster, everything is loaded and
    /// decided again, in halves after some times, so that two nodes do not hinder each other for ever.
    fn commit(&mut self, commands: &[Envelope], work: &mut batch::Work, now: Instant, ids: &mut Ids) -> Vec<Outcome> {
        let mut tries = 0;
        let result = loop {
            tries += 1;
            match batch::attempt(self, commands, work, now, ids) {
                Err(batch::Abort::Overtaken) if tries < TRIES || (commands.len() < 2 && tries < TRIES_ALONE) => {
                    std::thread::sleep(Duration::from_micros(u64::from(ids.bytes()[0]) * 20 * tries));
                }
                Err(batch::Abort::Overtaken) => break Err(batch::Abort::Write(EngineError::Conflict)),
                result => break result,
            }
        };
        if matches!(result, Err(batch::Abort::Commit(EngineError::Storage(_)))) {
            self.failing.store(true, Ordering::Relaxed);
        }
        if matches!(result, Err(batch::Abort::Write(_))) && commands.len() > 1 {
            // The plain writes go along with the first half: it was not their fault, and they are not answered before.
            let (first, second) = commands.split_at(commands.len() / 2);
            let mut outcomes = self.commit(first, work, now, ids);
            outcomes.extend(self.commit(second, work, now, ids));
            return outcomes;
        }
        let told = match &result {
            Ok(_) => Ok(()),
            Err(batch::Abort::Write(e) | batch::Abort::Commit(e)) => Err(e.to_string()),
            Err(batch::Abort::Overtaken) => Err(EngineError::Conflict.to_string()),
        };
        for PlainWrite(write) in work.writes.drain(..) {
            write.answer(told.clone());
        }
        match result {
            Ok(outcomes) => outcomes,
            Err(batch::Abort::Write(e) | batch::Abort::Commit(e)) => commands.iter().map(|_| Err(e.clone())).collect(),
            Err(batch::Abort::Overtaken) => commands.iter().map(|_| Err(EngineError::Conflict)).collect(),
        }
    }
}
