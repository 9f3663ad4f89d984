//! SQLite: every cell has its own type; row order is insertion order.

use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use xxhash_rust::xxh3::xxh3_128;

use super::cells::BatchBuilder;
use super::{SourceReadError, moment, quoted, row_text, select};
use crate::raw_cells::of_sqlite;
use crate::reading::Reading;
use crate::snapshot::SourceRead;

fn failed(table: &str) -> impl Fn(sqlx::Error) -> SourceReadError + '_ {
    |cause| SourceReadError::Query { table: table.to_owned(), cause }
}

/// The database's clock, in ms since 1970.
const NOW: &str = "select cast((julianday('now') - 2440587.5) * 86400000 as integer)";

pub(super) async fn read(
    connection: &mut SqliteConnection,
    table: &str,
    contract: &'static [SourceColumn],
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let mut transaction = connection.begin().await.map_err(&failed)?;
    let found: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?)")
        .bind(table)
        .fetch_all(&mut *transaction)
        .await
        .map_err(&failed)?;
    if found.is_empty() {
        return Err(SourceReadError::MissingTable(table.to_owned()));
    }
    let is_table: bool =
        sqlx::query_scalar("select exists(select 1 from sqlite_schema where type = 'table' and name = ? collate nocase)")
            .bind(table)
            .fetch_one(&mut *transaction)
            .await
            .map_err(&failed)?;
    let selected = select(table, contract, &found)?;
    let columns: Vec<String> = selected
        .iter()
        .map(|(_, name)| name.as_deref().map_or("null".to_owned(), quoted))
        .collect();
    let order = if is_table { " order by rowid" } else { "" };
    // Names come from the database's own catalogue and are quoted.
    let sql = AssertSqlSafe(format!("select {} from {}{order}", columns.join(", "), quoted(table)));
    let now = sqlx::query_scalar(NOW).fetch_one(&mut *transaction).await;
    let database_now = moment(table, now)?;
    let mut builder = BatchBuilder::new(contract, reading, database_now);
    let mut rows = sqlx::query(sql).fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        builder.push(|place| of_sqlite(&row, place)).map_err(&failed)?;
    }
    drop(rows);
    transaction.rollback().await.map_err(&failed)?;
    Ok(builder.finish())
}

pub(super) async fn stamp(
    connection: &mut SqliteConnection,
    table: &str,
    watched: &[&str],
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let found: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?)")
        .bind(table)
        .fetch_all(&mut *connection)
        .await
        .map_err(&failed)?;
    if found.is_empty() {
        return Err(SourceReadError::MissingTable(table.to_owned()));
    }
    let row = row_text(watched, &found, |name| format!("cast({name} as text)"));
    // SQLite has no hash: it hands the cells over as one value.
    let sql = format!(
        "select count(*), cast(group_concat({row}, '\u{1d}') as blob) from {}",
        quoted(table)
    );
    let (rows, cells): (i64, Option<Vec<u8>>) =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(&failed)?;
    Ok(format!("{rows}/{:032x}", xxh3_128(&cells.unwrap_or_default())))
}
