//! Asking ahead: what is read next from a server is asked for at once, and waited for once. Reading itself stays as it is,
//! piece by piece, and finds the answers there. A file is asked when it is read: asking it costs no trip.

use crate::connection::Connection;
use crate::db::Reader;
use crate::error::Result;
use crate::sql::Sql;
use crate::value::{Row, Value};
use crate::writer::Tx;
use std::cell::RefCell;

/// A question that will be asked, as data.
#[derive(Debug)]
pub struct Question {
    pub(crate) sql: &'static Sql,
    pub(crate) args: Vec<Value<'static>>,
}

impl Question {
    pub(crate) fn new(sql: &'static Sql, args: &[Value<'_>]) -> Self {
        Self { sql, args: args.iter().cloned().map(Value::into_owned).collect() }
    }

    fn is(&self, sql: &'static Sql, args: &[Value<'_>]) -> bool {
        std::ptr::eq(self.sql, sql) && self.args == args
    }
}

/// What is known of questions to come.
#[derive(Default)]
#[doc(hidden)]
pub enum Ahead {
    /// Nothing.
    #[default]
    Unknown,
    /// Questions are only noted; each seems to find nothing.
    Noting(Vec<Question>),
    /// These were answered; each answer is given once.
    Answered(Vec<(Question, Vec<tokio_postgres::Row>)>),
}

impl Ahead {
    /// Whether each of these needs not be asked.
    pub(crate) fn knows(&self, sql: &'static Sql, lists: &[Vec<Value<'_>>]) -> bool {
        match self {
            Self::Unknown => false,
            Self::Noting(_) => true,
            Self::Answered(answers) => lists.iter().all(|args| answers.iter().any(|(asked, _)| asked.is(sql, args))),
        }
    }

    /// Reads what was answered already, or notes the question; `None` where it has to be asked.
    pub(crate) fn read(
        this: &RefCell<Self>,
        sql: &'static Sql,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Option<Result<usize>> {
        let rows = match &mut *this.borrow_mut() {
            Self::Unknown => return None,
            Self::Noting(questions) => {
                questions.push(Question::new(sql, args));
                return Some(Ok(0));
            }
            Self::Answered(answers) => {
                let place = answers.iter().position(|(asked, _)| asked.is(sql, args))?;
                answers.swap_remove(place).1
            }
        };
        let read = rows.iter().try_for_each(|row| each(&Row::postgres(row, sql.name())));
        Some(read.map(|()| rows.len()))
    }
}

impl Reader<'_> {
    /// Asks a server at once for what will be read next, as of now.
    ///
    /// # Errors
    /// What the server says.
    pub fn ask_ahead(&self, questions: impl FnOnce() -> Vec<Question>) -> Result<()> {
        if let Connection::Postgres(session) = self.connection {
            let questions = questions();
            let rows = session.ask_all(&questions)?;
            self.ahead.replace(Ahead::Answered(questions.into_iter().zip(rows).collect()));
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// Reads several things that do not hang on each other, and writes nothing. To a server they go together: `work` runs
    /// twice, first only to find out what it asks, with nothing found.
    ///
    /// # Errors
    /// What `work` answers the second time, and what the server says.
    pub fn read_together<T>(&self, mut work: impl FnMut(&Self) -> Result<T>) -> Result<T> {
        let Connection::Postgres(session) = self.connection else { return work(self) };
        self.ahead.replace(Ahead::Noting(Vec::new()));
        // What it makes of finding nothing does not matter.
        let _ = work(self);
        if let Ahead::Noting(questions) = self.ahead.take()
            && !questions.is_empty()
        {
            let rows = session.ask_all(&questions)?;
            self.ahead.replace(Ahead::Answered(questions.into_iter().zip(rows).collect()));
        }
        let read = work(self);
        self.ahead.take();
        read
    }
}
