//! PostgreSQL: cells are cast to text in SQL, so that any declaration of a
//! column reads alike.

use arrow_array::RecordBatch;
use compute_core::source_contract::{SourceColumn, SourceKind};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row};

use super::cells::{ColumnBuilder, Raw, batch};
use super::{SourceReadError, quoted, select};

fn failed(table: &str) -> impl Fn(sqlx::Error) -> SourceReadError + '_ {
    |cause| SourceReadError::Query { table: table.to_owned(), cause }
}

/// Looks a table up as written (PostgreSQL folds that to lower case), then quoted.
const FIND: &str = "select coalesce(to_regclass($1), to_regclass($2))::oid::int8";

async fn find(connection: &mut PgConnection, table: &str) -> Result<i64, SourceReadError> {
    let exact: Vec<String> = table.split('.').map(quoted).collect();
    sqlx::query_scalar::<_, Option<i64>>(FIND)
        .bind(table)
        .bind(exact.join("."))
        .fetch_one(connection)
        .await
        .map_err(failed(table))?
        .ok_or_else(|| SourceReadError::MissingTable(table.to_owned()))
}

/// The table's own spelling, quoted, and whether it is a table (and not a view).
async fn spelled(
    connection: &mut PgConnection,
    table: &str,
    oid: i64,
) -> Result<(String, bool), SourceReadError> {
    let row = sqlx::query(
        "select format('%I.%I', n.nspname, c.relname), c.relkind in ('r', 'm') \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::int8::oid",
    )
    .bind(oid)
    .fetch_one(connection)
    .await
    .map_err(failed(table))?;
    Ok((row.try_get(0).map_err(failed(table))?, row.try_get(1).map_err(failed(table))?))
}

pub(super) async fn read(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
) -> Result<(RecordBatch, Vec<String>), SourceReadError> {
    let failed = failed(table);
    let mut transaction = connection.begin().await.map_err(&failed)?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
    let oid = find(&mut transaction, table).await?;
    let (spelling, is_table) = spelled(&mut transaction, table, oid).await?;
    let found: Vec<String> = sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = $1::int8::oid and attnum > 0 and not attisdropped",
    )
    .bind(oid)
    .fetch_all(&mut *transaction)
    .await
    .map_err(&failed)?;
    let selected = select(table, contract, &found)?;
    let columns: Vec<String> = selected
        .iter()
        .map(|(column, name)| match name {
            None => "null::text".to_owned(),
            // ISO style whatever the session's DateStyle, and no fractions.
            Some(name) if column.kind == SourceKind::DateTime => {
                format!("left({}::text, 19)", quoted(name))
            }
            Some(name) => format!("{}::text", quoted(name)),
        })
        .collect();
    let order = if is_table { " order by ctid" } else { "" };
    sqlx::query("set local datestyle to 'ISO, YMD'")
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
    // Names come from the database's own catalogue and are quoted.
    let sql = AssertSqlSafe(format!("select {} from {spelling}{order}", columns.join(", ")));
    let mut builders: Vec<ColumnBuilder> =
        selected.iter().map(|(column, _)| ColumnBuilder::new(*column)).collect();
    let mut rows = sqlx::query(sql).fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        for (index, builder) in builders.iter_mut().enumerate() {
            let cell: Option<&str> = row.try_get(index).map_err(&failed)?;
            builder.push(cell.map_or(Raw::Null, Raw::Text));
        }
    }
    drop(rows);
    transaction.rollback().await.map_err(&failed)?;
    Ok(batch(builders))
}

pub(super) async fn stamp(
    connection: &mut PgConnection,
    table: &str,
    column: &str,
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let oid = find(connection, table).await?;
    let (spelling, _) = spelled(connection, table, oid).await?;
    let name: Option<String> = sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = $1::int8::oid and lower(attname) = lower($2) and attnum > 0",
    )
    .bind(oid)
    .bind(column)
    .fetch_optional(&mut *connection)
    .await
    .map_err(&failed)?;
    let Some(name) = name else {
        return Err(SourceReadError::MissingColumns {
            table: table.to_owned(),
            columns: column.to_owned(),
        });
    };
    let sql = format!(
        "select coalesce(max({})::text, '') || '/' || count(*) from {spelling}",
        quoted(&name)
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(&failed)
}
