//! SQLite: every cell has its own type; row order is insertion order.

use arrow_array::RecordBatch;
use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnection, SqliteRow, SqliteValueRef};
use sqlx::{AssertSqlSafe, Connection as _, Row, TypeInfo, ValueRef};

use super::cells::{ColumnBuilder, Raw, batch};
use super::{SourceReadError, quoted, select};

fn failed(table: &str) -> impl Fn(sqlx::Error) -> SourceReadError + '_ {
    |cause| SourceReadError::Query { table: table.to_owned(), cause }
}

pub(super) async fn read(
    connection: &mut SqliteConnection,
    table: &str,
    contract: &'static [SourceColumn],
) -> Result<(RecordBatch, Vec<String>), SourceReadError> {
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
    let mut builders: Vec<ColumnBuilder> =
        selected.iter().map(|(column, _)| ColumnBuilder::new(*column)).collect();
    let mut rows = sqlx::query(sql).fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        for (index, builder) in builders.iter_mut().enumerate() {
            push(&row, index, builder).map_err(&failed)?;
        }
    }
    drop(rows);
    transaction.rollback().await.map_err(&failed)?;
    Ok(batch(builders))
}

fn push(row: &SqliteRow, index: usize, builder: &mut ColumnBuilder) -> Result<(), sqlx::Error> {
    let value: SqliteValueRef<'_> = row.try_get_raw(index)?;
    if value.is_null() {
        builder.push(Raw::Null);
        return Ok(());
    }
    let kind = value.type_info();
    match kind.name() {
        "INTEGER" | "INT4" | "INT8" | "BOOLEAN" => {
            builder.push(Raw::Integer(row.try_get_unchecked(index)?))
        }
        "REAL" => builder.push(Raw::Real(row.try_get_unchecked(index)?)),
        "BLOB" => builder.push(Raw::Other),
        _ => match row.try_get_unchecked::<&str, _>(index) {
            Ok(text) => builder.push(Raw::Text(text)),
            // Text that is not UTF-8.
            Err(sqlx::Error::ColumnDecode { .. }) => builder.push(Raw::Other),
            Err(error) => return Err(error),
        },
    }
    Ok(())
}

pub(super) async fn stamp(
    connection: &mut SqliteConnection,
    table: &str,
    column: &str,
) -> Result<String, SourceReadError> {
    let known: Option<i64> =
        sqlx::query_scalar("select 1 from sqlite_schema where name = ? collate nocase")
            .bind(table)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed(table))?;
    if known.is_none() {
        return Err(SourceReadError::MissingTable(table.to_owned()));
    }
    let sql = format!(
        "select coalesce(max({}), '') || '/' || count(*) from {}",
        quoted(column),
        quoted(table)
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(failed(table))
}
