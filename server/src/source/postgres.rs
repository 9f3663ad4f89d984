//! PostgreSQL: cells are cast to text in SQL, so that any declaration of a
//! column reads alike.

use compute_core::source_contract::SourceColumn;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row};

use super::cells::BatchBuilder;
use super::{SourceReadError, moment, quoted, row_text, select};
use crate::raw_cells::{DECLARED, Declared, settle};
use crate::reading::{Raw, Reading};
use crate::snapshot::SourceRead;

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

/// The database's clock, in ms since 1970.
const NOW: &str = "select floor(extract(epoch from now()) * 1000)::int8";

pub(super) async fn read(
    connection: &mut PgConnection,
    table: &str,
    contract: &'static [SourceColumn],
    reading: &Reading,
) -> Result<SourceRead, SourceReadError> {
    let failed = failed(table);
    let mut transaction = connection.begin().await.map_err(&failed)?;
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *transaction)
        .await
        .map_err(&failed)?;
    let oid = find(&mut transaction, table).await?;
    let (spelling, is_table) = spelled(&mut transaction, table, oid).await?;
    let catalogue: Vec<(String, i32)> = sqlx::query_as(AssertSqlSafe(format!(
        "select a.attname::text, {DECLARED} from pg_attribute a join pg_type t on t.oid = a.atttypid \
         where a.attrelid = $1::int8::oid and a.attnum > 0 and not a.attisdropped"
    )))
    .bind(oid)
    .fetch_all(&mut *transaction)
    .await
    .map_err(&failed)?;
    let found: Vec<String> = catalogue.iter().map(|(name, _)| name.clone()).collect();
    let selected = select(table, contract, &found)?;
    let declared: Vec<Declared> = selected
        .iter()
        .map(|(_, name)| catalogue.iter().find(|(other, _)| Some(other) == name.as_ref()))
        .map(|found| found.map_or(Declared::Text, |(_, code)| Declared::of(*code)))
        .collect();
    let columns: Vec<String> = selected
        .iter()
        .map(|(_, name)| match name {
            None => "null::text".to_owned(),
            Some(name) => format!("{}::text", quoted(name)),
        })
        .collect();
    let order = if is_table { " order by ctid" } else { "" };
    settle(&mut transaction, reading).await.map_err(&failed)?;
    // Names come from the database's own catalogue and are quoted.
    let sql = AssertSqlSafe(format!("select {} from {spelling}{order}", columns.join(", ")));
    let now = sqlx::query_scalar(NOW).fetch_one(&mut *transaction).await;
    let database_now = moment(table, now)?;
    let mut builder = BatchBuilder::new(contract, reading, database_now);
    let mut rows = sqlx::query(sql).fetch(&mut *transaction);
    while let Some(row) = rows.try_next().await.map_err(&failed)? {
        let cell =
            |place: usize| -> Result<Raw<'_>, sqlx::Error> { declared[place].raw(&row, place) };
        builder.push(cell).map_err(&failed)?;
    }
    drop(rows);
    transaction.rollback().await.map_err(&failed)?;
    Ok(builder.finish())
}

pub(super) async fn stamp(
    connection: &mut PgConnection,
    table: &str,
    watched: &[&str],
) -> Result<String, SourceReadError> {
    let failed = failed(table);
    let oid = find(connection, table).await?;
    let (spelling, _) = spelled(connection, table, oid).await?;
    let found: Vec<String> = sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = $1::int8::oid and attnum > 0 and not attisdropped",
    )
    .bind(oid)
    .fetch_all(&mut *connection)
    .await
    .map_err(&failed)?;
    let row = row_text(watched, &found, |name| format!("{name}::text"));
    // A sum of hashes, so that the order of rows doesn't matter.
    let sql = format!(
        "select count(*) || '/' || coalesce(sum(hashtextextended({row}, 0)::numeric), 0) from {spelling}"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.map_err(&failed)
}
