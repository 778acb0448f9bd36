//! What goes into a statement and comes out of a row. Four kinds of value on both engines, and lists of ids.

use crate::error::{Result, StorageError};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::borrow::Cow;
use yuanlu_domain::ids::{
    AccountId, CaseId, ChannelId, ChannelNumber, DeskId, EvidenceId, OrderId, OrganisationId, PersonalId, ProductId,
    SellerId, StockId,
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
    /// A list of texts for `{in $n}`: JSON on SQLite.
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

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
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

/// One row of an answer; columns count from 0.
pub struct Row<'a> {
    pub(crate) row: &'a rusqlite::Row<'a>,
    pub(crate) statement: &'static str,
}

impl<'a> Row<'a> {
    fn unfit(&self, column: usize) -> StorageError {
        StorageError::Inconsistent { table: self.statement, row: format!("column {column}") }
    }

    fn get(&self, column: usize) -> Result<ValueRef<'a>> {
        self.row.get_ref(column).map_err(|e| StorageError::sqlite(self.statement, e))
    }

    /// A text, borrowed from the row.
    pub fn str(&self, column: usize) -> Result<&'a str> {
        self.get(column)?.as_str().map_err(|_| self.unfit(column))
    }

    /// A text that may be absent, borrowed from the row.
    pub fn opt_str(&self, column: usize) -> Result<Option<&'a str>> {
        self.get(column)?.as_str_or_null().map_err(|_| self.unfit(column))
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
        self.get(column)?.as_i64().map_err(|_| self.unfit(column))
    }

    /// A number that may be absent.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        self.get(column)?.as_i64_or_null().map_err(|_| self.unfit(column))
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
        self.get(column)?.as_blob().map(<[u8]>::to_vec).map_err(|_| self.unfit(column))
    }

    /// Bytes that may be absent.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>> {
        Ok(self.get(column)?.as_blob_or_null().map_err(|_| self.unfit(column))?.map(<[u8]>::to_vec))
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
