//! Cells as the two databases give them, for [`crate::reading`].

use std::borrow::Cow;

use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Row, TypeInfo, ValueRef};

use crate::charset::Charset;
use crate::reading::Raw;

/// What a column of PostgreSQL is declared as, behind domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `date`, `timestamp` or `timestamptz`.
    Moment,
    /// A whole, decimal or floating-point number.
    Number,
    /// `bytea`.
    Bytes,
    /// Anything else, read as its text.
    Text,
}

/// SQL that gives [`Declared`] as a number, for `pg_type t`; to be passed to [`Declared::of`].
pub(crate) const DECLARED: &str = "case coalesce(nullif(t.typbasetype, 0), t.oid) \
     when 1082 then 1 when 1114 then 1 when 1184 then 1 \
     when 20 then 2 when 21 then 2 when 23 then 2 when 700 then 2 when 701 then 2 when 1700 then 2 \
     when 17 then 3 else 0 end";

impl Declared {
    pub(crate) fn of(code: i32) -> Self {
        match code {
            1 => Self::Moment,
            2 => Self::Number,
            3 => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// A cell by its text.
    pub(crate) fn raw(self, cell: Option<&str>) -> Raw<'_> {
        match (cell, self) {
            (None, _) => Raw::Null,
            (Some(_), Self::Bytes) => Raw::Bytes,
            (Some(digits), Self::Number) => Raw::Number(digits),
            (Some(text), Self::Moment | Self::Text) => Raw::Text(text),
        }
    }
}

/// The cells of a row of PostgreSQL, selected by [`Charset::cell`].
pub(crate) struct PostgresCells<'r> {
    row: &'r PgRow,
    /// Texts, where they are decoded here: `None` for NULL, `Some(None)` for bytes that are no text.
    decoded: Option<Vec<Option<Option<Cow<'r, str>>>>>,
}

impl<'r> PostgresCells<'r> {
    /// The first `count` cells of the row.
    pub(crate) fn of(row: &'r PgRow, charset: Charset, count: usize) -> Result<Self, sqlx::Error> {
        let decode = |place| -> Result<_, sqlx::Error> {
            let bytes: Option<&[u8]> = row.try_get(place)?;
            Ok(bytes.map(|bytes| charset.decode(bytes)))
        };
        let decoded = charset
            .is_decoded_here()
            .then(|| (0..count).map(decode).collect::<Result<Vec<_>, _>>())
            .transpose()?;
        Ok(Self { row, decoded })
    }

    /// A cell of a column that is declared like this.
    pub(crate) fn raw(&self, declared: Declared, place: usize) -> Result<Raw<'_>, sqlx::Error> {
        let Some(decoded) = &self.decoded else {
            return Ok(declared.raw(self.row.try_get(place)?));
        };
        Ok(match &decoded[place] {
            Some(None) => Raw::Bytes,
            Some(Some(text)) => declared.raw(Some(text)),
            None => Raw::Null,
        })
    }
}

/// A cell of SQLite, where every cell has a type of its own.
pub(crate) fn of_sqlite(row: &SqliteRow, place: usize) -> Result<Raw<'_>, sqlx::Error> {
    let value: SqliteValueRef<'_> = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Raw::Null);
    }
    Ok(match value.type_info().name() {
        "INTEGER" | "INT4" | "INT8" | "BOOLEAN" => Raw::Integer(row.try_get_unchecked(place)?),
        "REAL" => Raw::Real(row.try_get_unchecked(place)?),
        "BLOB" => Raw::Bytes,
        _ => match row.try_get_unchecked::<&str, _>(place) {
            Ok(text) => Raw::Text(text),
            // Text that is not UTF-8.
            Err(sqlx::Error::ColumnDecode { .. }) => Raw::Bytes,
            Err(error) => return Err(error),
        },
    })
}
