//! Rows out of SQLite, whose cells have types of their own.

use futures_util::TryStreamExt;
use serde_json::{Number, Value};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, TypeInfo, ValueRef};

use super::{Condition, Dialect, Found, RowQuery, RowSink, matched, statement};
use crate::catalogue::in_sqlite;

struct Sqlite;

impl Dialect for Sqlite {
    const CONVERTS_LATE: bool = false;

    fn parameter(place: usize) -> String {
        format!("?{place}")
    }

    fn shown(column: &Found) -> String {
        if !column.is_text {
            return column.sql.clone();
        }
        // Whole numbers beyond 64 bits are kept as floating point, which would be written with an exponent.
        let sql = &column.sql;
        format!(
            "case typeof({sql}) when 'integer' then cast({sql} as text) \
             when 'real' then case when {sql} = round({sql}) then printf('%.0f', {sql}) \
             else cast({sql} as text) end else {sql} end"
        )
    }

    fn contains(column: &Found, parameter: &str) -> String {
        format!("instr(lower(cast({} as text)), lower({parameter})) > 0", column.sql)
    }

    fn one_of(column: &Found, parameter: &str) -> String {
        format!("cast({} as text) in (select value from json_each({parameter}))", column.sql)
    }

    // Times are ISO texts, which order as times do; both spellings of the middle.
    fn compared(column: &Found, operator: &str, parameter: &str) -> String {
        format!("replace({}, 'T', ' ') {operator} {parameter}", column.sql)
    }
}

pub(super) async fn read(
    connection: &mut SqliteConnection,
    query: &RowQuery,
    sink: &mut impl RowSink,
) -> Result<(), sqlx::Error> {
    let located = in_sqlite(connection, &query.table).await?;
    let found = matched(query, &located);
    let (sql, columns, bound) = statement::<Sqlite>(query, &located.sql, &found);
    // Names are those of the contract as the catalogue spells them, quoted; values are bound.
    let mut statement = sqlx::query(AssertSqlSafe(sql));
    for condition in bound {
        statement = match condition {
            Condition::OneOf(_, texts) => statement.bind(Value::from(texts.clone()).to_string()),
            Condition::Contains(_, text)
            | Condition::From(_, text)
            | Condition::Before(_, text) => statement.bind(text),
        };
    }
    if sink.begin(&columns).is_break() {
        return Ok(());
    }
    let mut rows = statement.fetch(connection);
    let mut cells = Vec::with_capacity(columns.len());
    while let Some(row) = rows.try_next().await? {
        cells.clear();
        for place in 0..columns.len() {
            cells.push(cell(&row, place)?);
        }
        if sink.row(&cells).is_break() {
            break;
        }
    }
    Ok(())
}

fn cell(row: &SqliteRow, place: usize) -> Result<Value, sqlx::Error> {
    let value = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Value::Null);
    }
    Ok(match value.type_info().name() {
        "INTEGER" | "INT4" | "INT8" | "BOOLEAN" => {
            Value::from(row.try_get_unchecked::<i64, _>(place)?)
        }
        "REAL" => {
            let number = Number::from_f64(row.try_get_unchecked(place)?);
            number.map_or(Value::Null, Value::Number)
        }
        "BLOB" => Value::Null,
        _ => match row.try_get_unchecked::<String, _>(place) {
            Ok(text) => Value::from(text),
            // Text that is not UTF-8.
            Err(sqlx::Error::ColumnDecode { .. }) => Value::Null,
            Err(error) => return Err(error),
        },
    })
}
