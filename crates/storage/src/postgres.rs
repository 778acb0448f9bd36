//! PostgreSQL: how a session is opened, and how a statement runs on it.
//!
//! The driver does its reading and writing on a thread of its own; whoever asks waits in his own thread, as with SQLite.
//! A session that was lost, or whose server no longer takes writes, says so ([`Session::is_usable`]) and is opened again.

use crate::ahead::Question;
use crate::argument::arguments;
use crate::error::{Result, StorageError};
use crate::location::Server;
pub(crate) use crate::reach::CONNECT;
use crate::reach::reach;
use crate::sent::{self, Content, Listener, Trip};
use crate::sql::Sql;
use crate::value::{Row, Value};
use crate::waiting::{Said, all, runtime, say, wait, wait_at_most};
use crate::writes::{Group, Writes};
use futures_core::Stream;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{BorrowToSql, Type};
use tokio_postgres::{Client, RowStream, SimpleQueryMessage, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a text made for the purpose is called in errors.
const TEXT: &str = "copying";

/// Rows are found by keys, however many are asked for: a look through a whole table, which a plan for many or of a time when
/// the table was empty prefers, would make nodes overtake each other and last longer with every row. And a plan is made once,
/// which is not worth compiling.
const WISHES: [&str; 3] = ["set plan_cache_mode = force_generic_plan", "set enable_seqscan = off", "set jit = off"];

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For people, who do not wait long.
    Read,
    /// For tools that read much.
    Inspect,
    Write,
}

impl Purpose {
    /// What the server is told. A transaction whose node was cut off or stands still is ended, so that its locks are free.
    fn settings(self) -> &'static str {
        match self {
            Self::Read => {
                "set default_transaction_read_only = on; set default_transaction_isolation = 'repeatable read'; \
                 set statement_timeout = '15s'"
            }
            Self::Inspect => {
                "set default_transaction_read_only = on; set default_transaction_isolation = 'repeatable read'; \
                 set statement_timeout = 0"
            }
            Self::Write => {
                "set statement_timeout = '15s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '5s'"
            }
        }
    }

    /// How long a server may take to answer; longer than it may work on a statement. One that hangs keeps its connections
    /// alive, and nothing else would end the waiting.
    fn patience(self) -> Duration {
        match self {
            Self::Read => Duration::from_secs(20),
            Self::Write => Duration::from_secs(25),
            Self::Inspect => Duration::from_secs(3600),
        }
    }
}

/// One connection. Used by one thread at a time.
pub struct Session {
    client: Arc<Client>,
    purpose: Purpose,
    /// How long the server may take to answer.
    patience: Cell<Duration>,
    /// By name, and whether it is the text for many rows.
    statements: RefCell<HashMap<(&'static str, bool), Statement>>,
    /// How often this session has waited for the server.
    trips: Cell<u64>,
    /// Texts that whoever waits next goes with, and hears of before his own answer.
    said: RefCell<Vec<Said<Answered<()>>>>,
    /// Answers that are being read; only the last still comes from the server, those before it wait in memory.
    answers: RefCell<Vec<Rows>>,
    lost: Cell<bool>,
    /// A statement failed: the server does nothing more until its transaction or savepoint is rolled back.
    failed: Cell<bool>,
    /// Another session was faster: the transaction cannot be committed any more, whatever is rolled back of it.
    overtaken: Cell<bool>,
    /// A benchmark that hears of everything that is sent.
    listener: RefCell<Option<Listener>>,
}

struct Rows {
    /// Gone once it has ended.
    stream: Option<Pin<Box<RowStream>>>,
    ahead: VecDeque<tokio_postgres::Row>,
}

impl Session {
    /// Opens one.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn connect(server: &Server, purpose: Purpose) -> Result<Self> {
        Self::connect_within(server, purpose, CONNECT)
    }

    /// Opens one; every host may take this long to answer.
    pub(crate) fn connect_within(server: &Server, purpose: Purpose, patience: Duration) -> Result<Self> {
        let (config, tls, runtime) = (server.config()?, encrypted(server)?, runtime()?);
        let connecting = wait(runtime.spawn(async move { reach(&config, purpose, tls, patience).await }));
        let (client, connection) = connecting.map_err(|e| StorageError::driver("connecting to the database", e))??;
        runtime.spawn(async move {
            // Its end is seen by the client.
            let _ = connection.await;
        });
        let session = Self {
            client: Arc::new(client),
            purpose,
            patience: Cell::new(purpose.patience()),
            statements: RefCell::default(),
            trips: Cell::default(),
            said: RefCell::default(),
            answers: RefCell::default(),
            lost: Cell::default(),
            failed: Cell::default(),
            overtaken: Cell::default(),
            listener: RefCell::default(),
        };
        if purpose != Purpose::Inspect {
            // A server that does not know one of these does without.
            WISHES.iter().for_each(|wish| drop(session.batch(wish)));
        }
        session.batch(purpose.settings())?;
        Ok(session)
    }

    /// False once it was lost, or is connected to a server that only reads.
    pub(crate) fn is_usable(&self) -> bool {
        !self.lost.get() && !self.client.is_closed() && self.answers.borrow().is_empty()
    }

    pub(crate) fn set_listener(&self, listener: Option<Listener>) {
        *self.listener.borrow_mut() = listener;
    }

    fn tell(&self, content: impl FnOnce() -> Content) {
        if let Some(listener) = &mut *self.listener.borrow_mut() {
            listener(Trip(content()));
        }
    }

    /// Runs a text without arguments.
    pub(crate) fn batch(&self, text: &str) -> Result<()> {
        self.batched(text, self.client.batch_execute(text))
    }

    fn batched<T>(&self, text: &str, done: impl Future<Output = Answered<T>>) -> Result<T> {
        self.read_aside()?;
        self.tell(|| Content::Text(text.to_owned()));
        let answer = self.heed("running a command", self.ask(done))?;
        self.failed.set(false);
        Ok(answer)
    }

    /// Asks the server and waits for its answer, but not for ever; `None` when there was none. Of a session that is lost nothing
    /// is asked any more: a rollback would wait as long again. What was said before goes along; where that failed, its failure
    /// is the answer.
    fn ask<T>(&self, question: impl Future<Output = Answered<T>>) -> Option<Answered<T>> {
        if self.lost.get() {
            return None;
        }
        self.trips.set(self.trips.get() + 1);
        let said = self.said.take();
        if said.is_empty() {
            return wait_at_most(self.patience.get(), question);
        }
        let both = async { tokio::join!(all(said.into_iter()), question) };
        let (said, answer) = wait_at_most(self.patience.get(), both)?;
        Some(said.into_iter().collect::<Answered<()>>().and(answer))
    }

    /// A text that goes along with the next question.
    fn foreword(&self, text: &'static str) {
        let client = Arc::clone(&self.client);
        self.said.borrow_mut().push(Box::pin(async move { client.batch_execute(text).await }));
    }

    /// Sends a text without waiting for what comes of it.
    fn farewell(&self, text: &'static str) {
        self.foreword(text);
        self.said.borrow_mut().retain_mut(say);
    }

    /// How often this session has waited for the server.
    pub(crate) fn trips(&self) -> u64 {
        self.trips.get()
    }

    /// Whether the last transaction was overtaken.
    pub(crate) fn is_overtaken(&self) -> bool {
        self.overtaken.get()
    }

    /// The last transaction, of a session before this one, is known not to have been done: it may be done again.
    pub(crate) fn follow_lost(&self) {
        self.overtaken.set(true);
    }

    /// Begins to read what is there at one moment. The server hears of it with the first question.
    pub(crate) fn begin_reading(&self) {
        self.foreword("begin");
    }

    /// Begins to write as if nobody else did. `first` is done along with the beginning; answers how many rows it touched.
    pub(crate) fn begin_writing(&self, first: &str) -> Result<u64> {
        self.overtaken.set(false);
        let text = format!("begin isolation level serializable; {first}");
        let begun = self.batched(&text, self.client.simple_query(&text)).map(|said| {
            let touched = said.iter().rev().find_map(|message| match message {
                SimpleQueryMessage::CommandComplete(touched) => Some(*touched),
                _ => None,
            });
            touched.unwrap_or_default()
        });
        // What goes along may fail where the beginning did not: nobody would end that transaction any more.
        if begun.is_err() && self.is_usable() {
            let _ = self.batch("rollback");
        }
        begun
    }

    /// Ends a transaction. The server would answer "committed" to one that failed, having rolled it back. Of one that only
    /// read nobody waits for the end.
    pub(crate) fn commit(&self) -> Result<()> {
        if self.overtaken.get() {
            return Err(StorageError::Overtaken { doing: "committing".to_owned() });
        }
        if self.failed.get() {
            return Err(StorageError::driver("committing", "a statement before has failed"));
        }
        match self.purpose {
            Purpose::Write => self.batch("commit"),
            Purpose::Read | Purpose::Inspect => {
                self.farewell("commit");
                Ok(())
            }
        }
    }

    /// From now on the server may take as long as it needs: what is done changes or moves whole tables.
    pub(crate) fn take_time(&self) {
        self.patience.set(Purpose::Inspect.patience());
    }

    /// As it was when it was opened.
    pub(crate) fn hurry(&self) {
        self.patience.set(self.purpose.patience());
    }

    pub(crate) fn for_each(
        &self,
        sql: &'static Sql,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<usize> {
        let statement = self.prepared(sql)?;
        self.tell(|| Content::Statements(vec![sent::Statement::of(sql, args)]));
        self.answer(sql.name(), &statement, args, each)
    }

    fn answer(
        &self,
        name: &'static str,
        statement: &Statement,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<usize> {
        self.read_aside()?;
        let stream = self.heed(name, self.ask(self.client.query_raw(statement, args)))?;
        let depth = self.answers.borrow().len();
        self.answers.borrow_mut().push(Rows { stream: Some(Box::pin(stream)), ahead: VecDeque::new() });
        let counted = self.rows(depth, name, each);
        self.answers.borrow_mut().truncate(depth);
        counted
    }

    pub(crate) fn scan_text(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.read_aside()?;
        let statement = self.heed(TEXT, self.ask(self.client.prepare(text)))?;
        self.answer(TEXT, &statement, args, each).map(drop)
    }

    pub(crate) fn run_text(&self, text: &str, args: &[Value<'_>]) -> Result<usize> {
        self.read_aside()?;
        let touched = self.heed(TEXT, self.ask(self.client.execute_raw(text, args)))?;
        usize::try_from(touched).map_err(|e| StorageError::driver(TEXT, e))
    }

    fn rows(&self, depth: usize, name: &'static str, each: &mut dyn FnMut(&Row<'_>) -> Result<()>) -> Result<usize> {
        let mut count = 0;
        loop {
            let next = {
                let mut answers = self.answers.borrow_mut();
                let rows = &mut answers[depth];
                match rows.ahead.pop_front() {
                    Some(row) => Some(Some(Ok(row))),
                    None => self.next(rows),
                }
            };
            let Some(row) = next else { return Ok(count) };
            let row = self.heed(name, row)?;
            count += 1;
            each(&Row::postgres(&row, name))?;
        }
    }

    /// A statement inside the reading of another's answer: what is still to come of that is taken into memory first.
    fn read_aside(&self) -> Result<()> {
        let mut answers = self.answers.borrow_mut();
        let Some(rows) = answers.last_mut() else { return Ok(()) };
        while let Some(row) = self.next(rows) {
            let row = self.heed("reading on", row)?;
            rows.ahead.push_back(row);
        }
        Ok(())
    }

    pub(crate) fn execute(&self, sql: &'static Sql, args: &[Value<'_>]) -> Result<usize> {
        let statement = self.prepared(sql)?;
        self.read_aside()?;
        self.tell(|| Content::Statements(vec![sent::Statement::of(sql, args)]));
        let touched = self.heed(sql.name(), self.ask(self.client.execute_raw(&statement, args)))?;
        usize::try_from(touched).map_err(|e| StorageError::driver(sql.name(), e))
    }

    pub(crate) fn prepared(&self, sql: &'static Sql) -> Result<Statement> {
        self.prepare_as((sql.name(), false), || match self.purpose {
            Purpose::Read | Purpose::Inspect => sql.postgres_reading(),
            Purpose::Write => sql.postgres(),
        })
    }

    fn prepare_as(&self, name: (&'static str, bool), text: impl FnOnce() -> String) -> Result<Statement> {
        if let Some(statement) = self.statements.borrow().get(&name) {
            return Ok(statement.clone());
        }
        self.read_aside()?;
        let statement = self.heed(name.0, self.ask(self.client.prepare(&text())))?;
        self.statements.borrow_mut().insert(name, statement.clone());
        Ok(statement)
    }

    /// The statement for the rows of a group, for one or for many.
    fn prepared_for(&self, sql: &'static Sql, rows: usize) -> Result<Statement> {
        let one = self.prepared(sql)?;
        if rows < 2 {
            return Ok(one);
        }
        let types: Vec<_> = one.params().iter().map(Type::name).collect();
        let sure = "only rows of statements that take many are put together";
        self.prepare_as((sql.name(), true), || sql.shape().many_text(&types).expect(sure))
    }

    /// Sends writes, all at once, and waits until they are done. A statement that touched more or fewer rows than it must is
    /// a [`StorageError::Conflict`].
    pub(crate) fn send(&self, writes: &Writes) -> Result<()> {
        self.read_aside()?;
        let groups = writes.groups();
        let statements = groups.iter().map(|group| self.prepared_for(group.sql, group.rows.len()));
        let statements = statements.collect::<Result<Vec<_>>>()?;
        self.tell(|| Content::Statements(groups.iter().map(Group::as_sent).collect()));
        let sent =
            groups.iter().zip(&statements).map(|(group, of)| self.client.execute_raw(of, arguments(&group.rows)));
        let answers = self.heed("writing", self.ask(all_of(sent)))?;
        for (group, answer) in groups.iter().zip(answers) {
            let touched = self.heed(group.sql.name(), Some(answer))?;
            let expected = group.hits.map(|hits| hits * group.rows.len());
            if expected.is_some_and(|expected| u64::try_from(expected) != Ok(touched)) {
                return Err(StorageError::Conflict { what: group.sql.name().to_owned() });
            }
        }
        Ok(())
    }

    /// Sends what another session has sent, and waits until it is done.
    pub(crate) fn send_again(&self, statements: &[sent::Statement]) -> Result<()> {
        let prepared = statements.iter().map(|one| self.prepared_for(one.sql, one.rows.len()));
        let prepared = prepared.collect::<Result<Vec<_>>>()?;
        let sent = statements.iter().zip(&prepared).map(|(one, of)| rows_of(&self.client, of, arguments(&one.rows)));
        let answers = self.heed("sending again", self.ask(all_of(sent)))?;
        answers.into_iter().try_for_each(|answer| self.heed("sending again", Some(answer)).map(drop))
    }

    /// Reads by one statement with several lists of arguments, all at once; `each` is told which list a row answers.
    pub(crate) fn for_all(
        &self,
        sql: &'static Sql,
        lists: &[Vec<Value<'_>>],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<()>,
    ) -> Result<usize> {
        let statement = self.prepared(sql)?;
        self.read_aside()?;
        self.tell(|| Content::Statements(lists.iter().map(|args| sent::Statement::of(sql, args)).collect()));
        let asked = all_of(lists.iter().map(|args| rows_of(&self.client, &statement, args)));
        let answers = self.heed(sql.name(), self.ask(asked))?;
        let mut count = 0;
        for (n, answer) in answers.into_iter().enumerate() {
            for row in self.heed(sql.name(), Some(answer))? {
                count += 1;
                each(n, &Row::postgres(&row, sql.name()))?;
            }
        }
        Ok(count)
    }

    /// Asks several questions at once and waits for all.
    pub(crate) fn ask_all(&self, questions: &[Question]) -> Result<Vec<Vec<tokio_postgres::Row>>> {
        let prepared = questions.iter().map(|question| self.prepared(question.sql)).collect::<Result<Vec<_>>>()?;
        self.read_aside()?;
        self.tell(|| {
            Content::Statements(questions.iter().map(|one| sent::Statement::of(one.sql, &one.args)).collect())
        });
        let asked = questions.iter().zip(&prepared).map(|(question, of)| rows_of(&self.client, of, &question.args));
        let answers = self.heed("asking ahead", self.ask(all_of(asked)))?;
        questions.iter().zip(answers).map(|(question, rows)| self.heed(question.sql.name(), Some(rows))).collect()
    }

    /// The next row that the server sends; `None` inside when it sent none in time.
    fn next(&self, rows: &mut Rows) -> Option<Option<Answered<tokio_postgres::Row>>> {
        let stream = rows.stream.as_mut()?;
        let row = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
        let next = if self.lost.get() { None } else { wait_at_most(self.patience.get(), row) };
        match next {
            Some(Some(row)) => Some(Some(row)),
            Some(None) => {
                rows.stream = None;
                None
            }
            None => {
                rows.stream = None;
                Some(None)
            }
        }
    }

    fn heed<T>(&self, doing: &str, answer: Option<Answered<T>>) -> Result<T> {
        let Some(answer) = answer else {
            self.lost.set(true);
            self.failed.set(true);
            return Err(StorageError::away(doing, "the database does not answer"));
        };
        answer.map_err(|error| {
            if error.is_closed() || error.code().is_none_or(leads_nowhere) {
                self.lost.set(true);
            }
            self.failed.set(true);
            let failure = failure(doing, &error);
            if matches!(failure, StorageError::Overtaken { .. }) {
                self.overtaken.set(true);
            }
            failure
        })
    }
}

type Answered<T> = std::result::Result<T, tokio_postgres::Error>;

/// Each answer by itself.
async fn all_of<F: Future>(questions: impl Iterator<Item = F>) -> Answered<Vec<F::Output>> {
    Ok(all(questions).await)
}

async fn rows_of<I>(client: &Client, statement: &Statement, args: I) -> Answered<Vec<tokio_postgres::Row>>
where
    I: IntoIterator<Item: BorrowToSql, IntoIter: ExactSizeIterator>,
{
    let mut stream = Box::pin(client.query_raw(statement, args).await?);
    let mut rows = Vec::new();
    while let Some(row) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await {
        rows.push(row?);
    }
    Ok(rows)
}

/// The server goes down, came back as one that only reads, or was never reached: a session with it is of no more use.
fn leads_nowhere(state: &SqlState) -> bool {
    *state == SqlState::READ_ONLY_SQL_TRANSACTION || state.code().starts_with("08") || state.code().starts_with("57P")
}

fn failure(doing: &str, error: &tokio_postgres::Error) -> StorageError {
    let what = error.as_db_error().map(|e| e.constraint().unwrap_or(e.message()).to_owned());
    match error.code() {
        Some(state) if *state == SqlState::UNIQUE_VIOLATION => {
            StorageError::Conflict { what: what.unwrap_or_else(|| doing.to_owned()) }
        }
        Some(state) if [SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_COLUMN].contains(state) => {
            StorageError::Conflict { what: what.unwrap_or_else(|| doing.to_owned()) }
        }
        Some(state) if *state == SqlState::LOCK_NOT_AVAILABLE => StorageError::Busy { doing: doing.to_owned() },
        Some(state) if *state == SqlState::T_R_SERIALIZATION_FAILURE || *state == SqlState::T_R_DEADLOCK_DETECTED => {
            StorageError::Overtaken { doing: doing.to_owned() }
        }
        Some(state) if !is_of_everybody(state) => StorageError::driver(doing, text_of(error)),
        _ => StorageError::away(doing, text_of(error)),
    }
}

/// Whether the fault is the database's and not of what was asked: no room, no connection left, shut down, only reading.
fn is_of_everybody(state: &SqlState) -> bool {
    leads_nowhere(state) || state.code().starts_with("53") || state.code().starts_with("58")
}

/// What went wrong, for operators. The driver's own sentence leaves out why; rows that a constraint refused may hold
/// personal data, so details are left out.
pub(crate) fn text_of(error: &tokio_postgres::Error) -> String {
    let why = error.as_db_error().map(|e| format!("{} ({})", e.message(), e.code().code()));
    let why = why.or_else(|| error.source().map(|source| format!("{error}: {source}")));
    why.unwrap_or_else(|| error.to_string())
}

/// Encryption where the server offers it, or the address asks for it (`sslmode`).
fn encrypted(server: &Server) -> Result<MakeRustlsConnect> {
    let failed = |e: Box<dyn Error + Send + Sync>| StorageError::driver("reading certificates of authorities", e);
    let mut roots = rustls::RootCertStore::empty();
    match server.authorities() {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| failed(e.into()))? {
                roots.add(certificate.map_err(|e| failed(e.into()))?).map_err(|e| failed(e.into()))?;
            }
            if roots.is_empty() {
                return Err(failed(format!("{} holds none", file.display()).into()));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.map_err(|e| failed(e.into()))?.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
