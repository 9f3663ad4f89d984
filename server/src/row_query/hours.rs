//! Status hours of a range of days, added up by machine, day and state in the database: a year of
//! shifts of a large plant has far more rows than sums.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{Float64Builder, StringBuilder},
};
use compute_core::quality::Ledger;
use futures_util::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::catalogue::{Located, Unreadable, in_postgres, in_sqlite, quoted};
use crate::database::{Answer, Connection};

/// Which hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursQuery {
    /// Table or view; `schema.table` is possible.
    pub table: String,
    /// First day: `YYYY-MM-DD`.
    pub first: String,
    /// The day after the last: `YYYY-MM-DD`.
    pub end: String,
}

/// The hours of a range as they were read.
#[derive(Clone, Debug)]
pub struct HoursRead {
    /// Sums by machine, day and state, in the columns of `DW_MES_RESOURCESTATUS_SHIFT`.
    pub batch: RecordBatch,
    /// What was unreadable, out of range or repaired.
    pub ledger: Ledger,
}

/// Columns of the table as the database spells them, quoted.
struct Spelled {
    table: String,
    machine: String,
    time: String,
    is_time: bool,
    state: String,
    hours: String,
}

impl Spelled {
    /// # Errors
    /// A column is not there, or must not be read.
    fn of(located: &Located) -> Result<Self, Unreadable> {
        let names = ["HISTORYID", "TXNDATE", "OLDSTATUSNAME", "HOURS"];
        located.require(names)?;
        let [machine, time, state, hours] = names.map(|name| {
            located.column(name).map(|column| quoted(&column.name)).unwrap_or_default()
        });
        let is_time = located.column("TXNDATE").is_some_and(|column| column.is_time);
        Ok(Self { table: located.sql.clone(), machine, time, is_time, state, hours })
    }
}

/// Sums as rows of `DW_MES_RESOURCESTATUS_SHIFT`, one a machine, day and state.
struct Sums {
    machines: StringBuilder,
    times: StringBuilder,
    states: StringBuilder,
    hours: Float64Builder,
}

impl Sums {
    fn new() -> Self {
        Self {
            machines: StringBuilder::new(),
            times: StringBuilder::new(),
            states: StringBuilder::new(),
            hours: Float64Builder::new(),
        }
    }

    fn push<'r, R>(&mut self, row: &'r R) -> Result<(), sqlx::Error>
    where
        R: Row,
        usize: sqlx::ColumnIndex<R>,
        Option<&'r str>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        Option<f64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    {
        self.machines.append_option(row.try_get::<Option<&str>, _>(0)?);
        self.times.append_option(row.try_get::<Option<&str>, _>(1)?);
        self.states.append_option(row.try_get::<Option<&str>, _>(2)?);
        self.hours.append_option(row.try_get::<Option<f64>, _>(3)?);
        Ok(())
    }

    fn finish(mut self) -> Result<HoursRead, sqlx::Error> {
        let columns: [(&str, ArrayRef, bool); 4] = [
            ("HISTORYID", Arc::new(self.machines.finish()), true),
            ("TXNDATE", Arc::new(self.times.finish()), true),
            ("OLDSTATUSNAME", Arc::new(self.states.finish()), true),
            ("HOURS", Arc::new(self.hours.finish()), true),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|cause| sqlx::Error::Decode(cause.into()))?;
        Ok(HoursRead { batch, ledger: Ledger::default() })
    }
}

/// Reads sums; to be passed to [`crate::database::Database::call`].
///
/// Hours are rounded to 1/10,000 h before they are added, so that no sum depends on its order.
pub fn read_hours<'c>(connection: Connection<'c>, query: HoursQuery) -> Answer<'c, HoursRead> {
    Box::pin(async move {
        match connection {
            Connection::Sqlite(connection) => from_sqlite(connection, &query).await,
            Connection::Postgres(connection) => from_postgres(connection, &query).await,
        }
    })
}

async fn from_sqlite(
    connection: &mut SqliteConnection,
    query: &HoursQuery,
) -> Result<HoursRead, sqlx::Error> {
    let located = in_sqlite(connection, &query.table).await?;
    let Spelled { table, machine, time, state, hours, .. } = Spelled::of(&located)?;
    // Times are ISO texts, so that their first ten letters compare and group as days do.
    let sql = format!(
        "select cast({machine} as text), substr({time}, 1, 10), cast({state} as text), \
         sum(cast(round({hours} * 10000) as integer)) / 10000.0 \
         from {table} where {time} >= ?1 and {time} < ?2 group by 1, 2, 3 order by 1, 2"
    );
    let mut sums = Sums::new();
    // Names are those of the contract as the catalogue spells them, quoted; values are bound.
    let mut rows =
        sqlx::query(AssertSqlSafe(sql)).bind(&query.first).bind(&query.end).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        sums.push(&row)?;
    }
    sums.finish()
}

async fn from_postgres(
    connection: &mut PgConnection,
    query: &HoursQuery,
) -> Result<HoursRead, sqlx::Error> {
    let located = in_postgres(connection, &query.table).await?;
    let Spelled { table, machine, time, is_time, state, hours } = Spelled::of(&located)?;
    // A time is compared bare, so that an index on the column serves.
    let (day, compared, bound) = if is_time {
        (format!("to_char({time}, 'YYYY-MM-DD')"), time, "::text::timestamp")
    } else {
        (format!("left({time}::text, 10)"), format!("{time}::text collate \"C\""), "::text")
    };
    let sql = format!(
        "select {machine}::text, {day}, {state}::text, \
         sum(round(nullif(btrim({hours}::text), '')::numeric * 10000))::float8 / 10000 \
         from {table} where {compared} >= $1{bound} and {compared} < $2{bound} \
         group by 1, 2, 3 order by 1, 2"
    );
    let mut sums = Sums::new();
    // Names are those of the contract as the catalogue spells them, quoted; values are bound.
    let mut rows = sqlx::query(AssertSqlSafe(sql))
        .persistent(false)
        .bind(&query.first)
        .bind(&query.end)
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        sums.push(&row)?;
    }
    sums.finish()
}
