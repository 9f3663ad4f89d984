//! PostgreSQL: cells are cast to text in SQL, so that any declaration of a
//! column reads alike.

use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::cells::BatchBuilder;
use super::{Days, SourceReadError, moment, quoted, row_text, select};
use crate::catalogue::{Located, in_postgres};
use crate::raw_cells::{Declared, PostgresCells};
use crate::reading::Reading;
use crate::snapshot::SourceRead;

fn failed(table: &str) -> impl Fn(sqlx::Error) -> SourceReadError + '_ {
    |cause| SourceReadError::of(table, cause)
}

/// Rows then come as the table holds them: one process reads it, from its beginning.
const IN_PLACE: &str = "set local synchronize_seqscans = off; \
     set local max_parallel_workers_per_gather = 0";

/// The database's clock, in ms since 1970.
const NOW: &str = "select floor(extract(epoch from now()) * 1000)::int8";

/// Reads a table inside the transaction of [`crate::database::begin`], which has moments written as
/// ISO texts of the plant's zone.
pub(super) async fn read(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
    days: Option<Days>,
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let located = in_postgres(connection, table).await.map_err(&failed)?;
    let selected = select(&located, contract)?;
    if located.is_order_hidden {
        sqlx::raw_sql(IN_PLACE).execute(&mut *connection).await.map_err(&failed)?;
    }
    let declared: Vec<Declared> = selected
        .iter()
        .map(|(_, name)| name.as_deref().and_then(|name| located.column(name)))
        .map(|found| found.map_or(Declared::Text, |column| column.declared))
        .collect();
    let charset = located.charset;
    let columns: Vec<String> = selected
        .iter()
        .map(|(_, name)| match name {
            None => charset.cell("null::text"),
            Some(name) => charset.cell(&format!("{}::text", quoted(name))),
        })
        .collect();
    let order = located.order.map(|order| format!(" order by {order}")).unwrap_or_default();
    // Names come from the database's own catalogue and are quoted.
    let condition = days.map(|days| of_days(&days, &located)).unwrap_or_default();
    let sql = format!("select {} from {}{condition}{order}", columns.join(", "), located.sql);
    let now = sqlx::raw_sql(NOW).fetch_one(&mut *connection).await;
    let database_now = moment(table, now.and_then(|row| row.try_get(0)))?;
    let mut builder = BatchBuilder::new(contract, reading, database_now);
    let mut rows = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch(&mut *connection);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        let cells = PostgresCells::of(&row, charset, declared.len()).map_err(&failed)?;
        builder.push(|place| cells.raw(declared[place], place)).map_err(&failed)?;
    }
    drop(rows);
    Ok(builder.finish(&selected))
}

/// Leaves out what is plainly a moment of another day: moments, and texts that begin with
/// `YYYY-MM-DD`, which compare as days do.
fn of_days(days: &Days, located: &Located) -> String {
    let found = located.column(days.column);
    let (cell, Days { first, end, .. }) =
        (quoted(found.map_or(days.column, |column| &column.name)), days);
    if found.is_some_and(|column| column.declared == Declared::Moment) {
        // A time is compared bare, so that an index on the column serves.
        return format!(
            " where {cell} is null or {cell} in ('infinity', '-infinity') \
             or ({cell} >= '{first}'::timestamp and {cell} < '{end}'::timestamp)"
        );
    }
    let text = format!("({cell}::text collate \"C\")");
    format!(
        " where {cell} is null or {text} !~ '^[0-9]{{4}}-[01][0-9]-[0-3][0-9]' \
         or ({text} >= '{first}' and {text} < '{end}')"
    )
}

pub(super) async fn stamp(
    connection: &mut PgConnection,
    table: &str,
    watched: &[&str],
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let located = in_postgres(connection, table).await.map_err(&failed)?;
    let row = row_text(watched, &located, |name| format!("{name}::text"));
    // A sum of hashes, so that the order of rows doesn't matter; to the letter, whatever collations
    // the columns have.
    let sql = format!(
        "select count(*) || '/' || coalesce(sum(hashtextextended(({row}) collate \"C\", 0)::numeric), 0) from {}",
        located.sql
    );
    let asked = sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false);
    asked.fetch_one(connection).await.map_err(&failed)
}
