//! How many rows a table has, without reading all of a large one.

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};
use utoipa::ToSchema;

use crate::catalogue::{in_postgres, in_sqlite};
use crate::database::{Answer, Connection, literal};

/// Rows that PostgreSQL counts at most; it has an estimate of larger tables.
const MOST_IN_POSTGRES: u32 = 100_000;
/// Rows that SQLite counts at most, which has no estimate: a few tenths of a second.
const MOST_IN_SQLITE: u32 = 2_000_000;

/// How close a number of rows is: counted, the database's own estimate, or where counting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Accuracy {
    Exact,
    Estimate,
    AtLeast,
}

/// A number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub rows: u64,
    pub accuracy: Accuracy,
}

/// Counts the rows of a table; to be passed to [`crate::database::Database::call`].
pub fn count<'c>(connection: Connection<'c>, table: String) -> Answer<'c, Counted> {
    Box::pin(async move {
        match connection {
            Connection::Sqlite(connection) => sqlite(connection, &table, MOST_IN_SQLITE).await,
            Connection::Postgres(connection) => {
                postgres(connection, &table, MOST_IN_POSTGRES).await
            }
        }
    })
}

/// Counts up to one row more than `most`, to tell whether there are more.
fn bounded(table: &str, most: u32) -> String {
    let limit = u64::from(most) + 1;
    format!("select count(*) from (select 1 from {table} limit {limit}) as counted")
}

fn counted(rows: i64, most: u32) -> Counted {
    let rows = rows.unsigned_abs();
    match u64::from(most) {
        most if rows > most => Counted { rows: most, accuracy: Accuracy::AtLeast },
        _ => Counted { rows, accuracy: Accuracy::Exact },
    }
}

async fn sqlite(
    connection: &mut SqliteConnection,
    table: &str,
    most: u32,
) -> Result<Counted, sqlx::Error> {
    let located = in_sqlite(connection, table).await?;
    // Its name is that of the settings as the catalogue spells it, quoted.
    let sql = AssertSqlSafe(bounded(&located.sql, most));
    Ok(counted(sqlx::query_scalar(sql).fetch_one(connection).await?, most))
}

async fn postgres(
    connection: &mut PgConnection,
    table: &str,
    most: u32,
) -> Result<Counted, sqlx::Error> {
    let located = in_postgres(connection, table).await?;
    // The estimates of the table and its partitions; none when one that has pages was never analysed.
    let sql = format!(
        "with recursive parts(id) as (select to_regclass({})::oid \
           union all select inhrelid from pg_inherits join parts on inhparent = id) \
         select sum(reltuples)::float8 from parts join pg_class c on c.oid = id \
         where relkind in ('r', 'm', 'f') \
         having bool_and(reltuples > 0 or (relkind <> 'f' and pg_relation_size(c.oid) = 0))",
        literal(&located.sql),
    );
    // Names are quoted as literals.
    let estimate = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    let estimate = estimate.first().map(|row| row.try_get::<Option<f64>, _>(0)).transpose()?;
    if let Some(estimate) = estimate.flatten()
        && estimate > f64::from(most)
    {
        return Ok(Counted { rows: estimate as u64, accuracy: Accuracy::Estimate });
    }
    let sql = AssertSqlSafe(bounded(&located.sql, most));
    let rows = sqlx::raw_sql(sql).fetch_one(connection).await?;
    Ok(counted(rows.try_get(0)?, most))
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    #[tokio::test]
    async fn sqlite_counts_to_its_bound_and_says_so() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let rows = "create table jobs (id); create view some as select * from jobs where id < 3; \
            insert into jobs values (1), (2), (3)";
        sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
        for (table, most, rows, accuracy) in [
            ("JOBS", 3, 3, Accuracy::Exact),
            ("jobs", 2, 2, Accuracy::AtLeast),
            ("some", 2, 2, Accuracy::Exact),
        ] {
            let found = sqlite(&mut connection, table, most).await.unwrap();
            assert_eq!(found, Counted { rows, accuracy }, "{table} up to {most}");
        }
        assert!(sqlite(&mut connection, "nowhere", 3).await.is_err());
    }
}
