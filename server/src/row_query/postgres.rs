//! Rows out of PostgreSQL, which writes each cell as JSON itself.

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};

use super::{Condition, Dialect, Found, RowQuery, RowSink, matched, statement};
use crate::catalogue::in_postgres;

struct Postgres;

impl Dialect for Postgres {
    const CONVERTS_LATE: bool = true;

    fn parameter(place: usize) -> String {
        format!("${place}")
    }

    fn shown(column: &Found) -> String {
        if column.is_time {
            // Without fractions and zone, as the contract has times.
            return format!("to_jsonb(left({}::text, 19))::text", column.sql);
        }
        let as_text = if column.is_text { "::text" } else { "" };
        format!("to_jsonb({}{as_text})::text", column.sql)
    }

    fn contains(column: &Found, parameter: &str) -> String {
        format!("position(lower({parameter}) in lower({}::text)) > 0", column.sql)
    }

    fn one_of(column: &Found, parameter: &str) -> String {
        format!("{}::text = any({parameter})", column.sql)
    }

    fn compared(column: &Found, operator: &str, parameter: &str) -> String {
        if column.is_time {
            // Bare, so that an index on the column serves.
            return format!("{} {operator} {parameter}::text::timestamp", column.sql);
        }
        format!("replace({}::text, 'T', ' ') {operator} {parameter}", column.sql)
    }
}

pub(super) async fn read(
    connection: &mut PgConnection,
    query: &RowQuery,
    sink: &mut impl RowSink,
) -> Result<(), sqlx::Error> {
    let located = in_postgres(connection, &query.table).await?;
    let found = matched(query, &located);
    let (sql, columns, bound) = statement::<Postgres>(query, &located.sql, &found);
    // Names are those of the contract as the catalogue spells them, quoted; values are bound.
    let mut statement = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for condition in bound {
        statement = match condition {
            Condition::OneOf(_, texts) => statement.bind(texts),
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

fn cell(row: &PgRow, place: usize) -> Result<Value, sqlx::Error> {
    let text: Option<String> = row.try_get(place)?;
    let parsed = text.map(|text| serde_json::from_str(&text));
    parsed
        .transpose()
        .map(Option::unwrap_or_default)
        .map_err(|cause| sqlx::Error::Decode(cause.into()))
}
