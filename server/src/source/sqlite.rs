//! SQLite: every cell has its own type; row order is insertion order.

use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use xxhash_rust::xxh3::xxh3_128;

use super::cells::{BatchBuilder, Cell};
use super::{Days, SourceReadError, failed, moment, quoted, row_text, select};
use crate::catalogue::{Located, in_sqlite};
use crate::raw_cells::of_sqlite;
use crate::reading::Reading;
use crate::snapshot::SourceRead;

/// The database's clock, in ms since 1970.
const NOW: &str = "select cast((julianday('now') - 2440587.5) * 86400000 as integer)";

pub(super) async fn read(
    connection: &mut SqliteConnection,
    table: &str,
    contract: &'static [SourceColumn],
    days: Option<Days>,
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let mut transaction = connection.begin().await.map_err(&failed)?;
    let located = in_sqlite(&mut transaction, table).await.map_err(&failed)?;
    let selected = select(&located, contract)?;
    let columns: Vec<String> = selected
        .iter()
        .map(|(_, name)| name.as_deref().map_or("null".to_owned(), quoted))
        .collect();
    let order = located.order.map(|order| format!(" order by {order}")).unwrap_or_default();
    // Names come from the database's own catalogue and are quoted.
    let condition = days.map(|days| of_days(&days, &located)).unwrap_or_default();
    let sql = format!("select {} from {}{condition}{order}", columns.join(", "), located.sql);
    let sql = AssertSqlSafe(sql);
    let now = sqlx::query_scalar(NOW).fetch_one(&mut *transaction).await;
    let database_now = moment(table, now)?;
    let mut builder = BatchBuilder::new(&selected, reading, database_now);
    let mut rows = sqlx::query(sql).fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        builder.push(|place| of_sqlite(&row, place).map(Cell::Raw)).map_err(&failed)?;
    }
    drop(rows);
    transaction.rollback().await.map_err(&failed)?;
    Ok(builder.finish())
}

/// Leaves out what is plainly a moment of another day: texts that begin with `YYYY-MM-DD` compare as
/// days do.
fn of_days(days: &Days, located: &Located) -> String {
    let column = located.column(days.column).map_or(days.column, |column| &column.name);
    let (cell, Days { first, end, .. }) = (quoted(column), days);
    format!(
        " where {cell} is null or typeof({cell}) <> 'text' \
         or {cell} not glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*' \
         or ({cell} >= '{first}' and {cell} < '{end}')"
    )
}

pub(super) async fn stamp(
    connection: &mut SqliteConnection,
    table: &str,
    watched: &[&str],
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let located = in_sqlite(connection, table).await.map_err(&failed)?;
    let row = row_text(watched, &located, |name| format!("cast({name} as text)"));
    // SQLite has no hash: it hands the cells over as one value.
    let sql = format!(
        "select count(*), cast(group_concat({row}, '\u{1d}') as blob) from {}",
        located.sql
    );
    let (rows, cells): (i64, Option<Vec<u8>>) =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(&failed)?;
    Ok(format!("{rows}/{:032x}", xxh3_128(&cells.unwrap_or_default())))
}
