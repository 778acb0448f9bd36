//! What goes into a statement and comes out of a row. Four kinds of value on both engines, and lists of ids.

use crate::error::{Result, StorageError};
use std::borrow::Cow;
use yuanlu_domain::ids::{
    AccountId, AttachmentId, CaseId, ChannelId, ChannelNumber, DeskId, EvidenceId, OrderId, OrganisationId, PersonalId,
    ProductId, SellerId, StockId,
};
use yuanlu_domain::time::Instant;

/// An argument of a statement. Borrowed where it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Amounts, counts, times (microseconds), yes and no (1 and 0).
    Int(i64),
    /// Ids, codes, JSON.
    Text(Cow<'a, str>),
    /// Ciphertexts and salts.
    Blob(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// A list of texts for `{in $n}`: JSON on SQLite, an array on PostgreSQL.
    pub fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Value<'static> {
        let mut json = String::from("[");
        for item in items {
            let item = item.as_ref();
            if json.len() > 1 {
                json.push(',');
            }
            if item.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') {
                json.push('"');
                json.push_str(item);
                json.push('"');
            } else {
                json.push_str(&serde_json::Value::from(item).to_string());
            }
        }
        json.push(']');
        Value::Text(Cow::Owned(json))
    }

    /// The same value, owning its bytes.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Int(n) => Value::Int(n),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Blob(bytes) => Value::Blob(Cow::Owned(bytes.into_owned())),
        }
    }

    /// How many bytes it holds, for the cost of a row.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Int(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<Instant> for Value<'_> {
    fn from(at: Instant) -> Self {
        Self::Int(at.micros())
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Int(i64::from(yes))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from_narrow {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Value<'_> {
            fn from(n: $ty) -> Self {
                Self::Int(i64::from(n))
            }
        }
    )*};
}
from_narrow!(u8, u16, u32, i32);

macro_rules! from_ids {
    ($($id:ty),*) => {$(
        impl<'a> From<&'a $id> for Value<'a> {
            fn from(id: &'a $id) -> Self {
                Self::Text(Cow::Borrowed(id.as_str()))
            }
        }
    )*};
}
from_ids!(
    OrderId,
    AccountId,
    SellerId,
    ProductId,
    StockId,
    PersonalId,
    EvidenceId,
    AttachmentId,
    CaseId,
    ChannelId,
    ChannelNumber,
    DeskId,
    OrganisationId
);

/// Arguments of a statement, in the order of `$1`, `$2`, …
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$($crate::Value::from($value)),*]
    };
}

/// What a column of a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// One row of an answer; columns count from 0.
pub struct Row<'a> {
    inner: Inner<'a>,
    statement: &'static str,
}

enum Inner<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>, statement: &'static str) -> Self {
        Self { inner: Inner::Sqlite(row), statement }
    }

    pub(crate) fn postgres(row: &'a tokio_postgres::Row, statement: &'static str) -> Self {
        Self { inner: Inner::Postgres(row), statement }
    }

    fn unfit(&self, column: usize) -> StorageError {
        StorageError::Inconsistent { table: self.statement, row: format!("column {column}") }
    }

    fn get(&self, column: usize) -> Result<Cell<'a>> {
        let cell = match self.inner {
            Inner::Sqlite(row) => crate::sqlite::cell(row, column, self.statement)?,
            Inner::Postgres(row) => crate::argument::cell(row, column),
        };
        cell.ok_or_else(|| self.unfit(column))
    }

    /// Whatever is there, for a copy.
    pub(crate) fn value(&self, column: usize) -> Result<Value<'a>> {
        Ok(match self.get(column)? {
            Cell::Null => Value::Null,
            Cell::Int(n) => Value::Int(n),
            Cell::Text(text) => Value::Text(Cow::Borrowed(text)),
            Cell::Blob(bytes) => Value::Blob(Cow::Borrowed(bytes)),
        })
    }

    /// A text, borrowed from the row.
    pub fn str(&self, column: usize) -> Result<&'a str> {
        self.opt_str(column)?.ok_or_else(|| self.unfit(column))
    }

    /// A text that may be absent, borrowed from the row.
    pub fn opt_str(&self, column: usize) -> Result<Option<&'a str>> {
        match self.get(column)? {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            Cell::Int(_) | Cell::Blob(_) => Err(self.unfit(column)),
        }
    }

    /// A text.
    pub fn text(&self, column: usize) -> Result<String> {
        self.str(column).map(str::to_owned)
    }

    /// A text that may be absent.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>> {
        Ok(self.opt_str(column)?.map(str::to_owned))
    }

    /// A number.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| self.unfit(column))
    }

    /// A number that may be absent.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self.get(column)? {
            Cell::Int(n) => Ok(Some(n)),
            Cell::Null => Ok(None),
            Cell::Text(_) | Cell::Blob(_) => Err(self.unfit(column)),
        }
    }

    /// A number of a narrower type.
    pub fn narrow<T: TryFrom<i64>>(&self, column: usize) -> Result<T> {
        T::try_from(self.int(column)?).map_err(|_| self.unfit(column))
    }

    /// Yes or no.
    pub fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// A point in time.
    pub fn instant(&self, column: usize) -> Result<Instant> {
        self.int(column).map(Instant::from_micros)
    }

    /// A point in time that may be absent.
    pub fn opt_instant(&self, column: usize) -> Result<Option<Instant>> {
        Ok(self.opt_int(column)?.map(Instant::from_micros))
    }

    /// Bytes.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>> {
        self.opt_blob(column)?.ok_or_else(|| self.unfit(column))
    }

    /// Bytes that may be absent.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>> {
        match self.get(column)? {
            Cell::Blob(bytes) => Ok(Some(bytes.to_vec())),
            Cell::Null => Ok(None),
            Cell::Int(_) | Cell::Text(_) => Err(self.unfit(column)),
        }
    }

    /// A value kept as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        serde_json::from_str(self.str(column)?).map_err(|_| self.unfit(column))
    }

    /// A value with a parser from its stable code.
    pub fn code<T>(&self, column: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        parse(self.str(column)?).ok_or_else(|| self.unfit(column))
    }
}
