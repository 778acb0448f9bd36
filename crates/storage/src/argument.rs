//! What statements are given and what they answer, as PostgreSQL's driver has it.

use crate::value::{Cell, Value};
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

/// The arguments of rows: of the only one, or an array for each column.
pub(crate) fn arguments<'a>(rows: &'a [Vec<Value<'static>>]) -> Vec<Argument<'a>> {
    match rows {
        [row] => row.iter().map(Argument::One).collect(),
        rows => {
            let width = rows.first().map_or(0, Vec::len);
            (0..width).map(|n| Argument::Many(rows.iter().filter_map(|row| row.get(n)).collect())).collect()
        }
    }
}

/// The value of a column; `None` for a type that no statement of ours answers with.
pub(crate) fn cell(row: &tokio_postgres::Row, column: usize) -> Option<Cell<'_>> {
    row.try_get::<_, Cell<'_>>(column).ok()
}

type Unfit = Box<dyn Error + Sync + Send>;

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Self, Unfit> {
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Cell::Blob(raw),
            _ => Cell::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Unfit> {
        Ok(Cell::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA | Type::TEXT | Type::VARCHAR | Type::UNKNOWN)
    }
}

/// What a statement for one row, or for many, gets in one place.
#[derive(Debug)]
pub(crate) enum Argument<'a> {
    One(&'a Value<'static>),
    Many(Vec<&'a Value<'static>>),
}

impl ToSql for Argument<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> std::result::Result<IsNull, Unfit> {
        match self {
            Self::One(value) => value.to_sql(ty, out),
            Self::Many(values) => values.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> std::result::Result<IsNull, Unfit> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT4) => i32::try_from(*n)?.to_sql(ty, out),
            (Self::Int(n), &Type::INT8) => n.to_sql(ty, out),
            (Self::Text(json), &Type::TEXT_ARRAY) => serde_json::from_str::<Vec<String>>(json)?.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(ty, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            _ => Err(format!("an argument does not fit {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
