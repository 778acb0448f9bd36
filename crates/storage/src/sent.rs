//! For benchmarks: what a session has sent to its server, trip by trip, so that another can send the same with nothing
//! around it; and databases of their own on a server to do it in.

use crate::error::{Result, StorageError};
use crate::location::{Location, Server};
use crate::postgres::{CONNECT, Purpose, Session};
use crate::sql::Sql;
use crate::value::Value;

/// What was sent at once, before any answer was waited for.
#[derive(Debug)]
pub struct Trip(pub(crate) Content);

#[derive(Debug)]
pub(crate) enum Content {
    /// A text without arguments: the beginning or the end of a transaction.
    Text(String),
    /// Statements, each for one row or for many.
    Statements(Vec<Statement>),
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: &'static Sql,
    pub(crate) rows: Vec<Vec<Value<'static>>>,
}

impl Statement {
    pub(crate) fn of(sql: &'static Sql, args: &[Value<'_>]) -> Self {
        Self { sql, rows: vec![args.iter().cloned().map(Value::into_owned).collect()] }
    }
}

/// Hears of every trip.
pub type Listener = Box<dyn FnMut(Trip) + Send>;

/// A session that sends what another has sent, or does what a benchmark asks of a server.
pub struct Sender(Session);

impl Sender {
    /// Opens one, which has as long as it needs.
    ///
    /// # Errors
    /// When the place is a file, or the server cannot be reached.
    pub fn open(place: &Location) -> Result<Self> {
        let session = Session::connect_within(server(place)?, Purpose::Write, CONNECT)?;
        session.batch("set statement_timeout = 0")?;
        session.take_time();
        Ok(Self(session))
    }

    /// Sends the same again and waits until it is done.
    ///
    /// # Errors
    /// What the server says.
    pub fn send(&self, trip: &Trip) -> Result<()> {
        match &trip.0 {
            Content::Text(text) => self.0.batch(text),
            Content::Statements(statements) => self.0.send_again(statements),
        }
    }

    /// Does something that stands in no transaction, such as making a database.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(&self, text: &str) -> Result<()> {
        self.0.batch(text)
    }

    /// The first column of the answer to a question, as text.
    ///
    /// # Errors
    /// What the server says.
    pub fn ask(&self, text: &str) -> Result<Vec<String>> {
        let mut answers = Vec::new();
        self.0.scan_text(text, &[], &mut |row| {
            answers.push(row.text(0)?);
            Ok(())
        })?;
        Ok(answers)
    }
}

fn server(place: &Location) -> Result<&Server> {
    match place {
        Location::Server(server) => Ok(server),
        Location::File(path) => Err(StorageError::driver("asking a server", path.display().to_string())),
    }
}
