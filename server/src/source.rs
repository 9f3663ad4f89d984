//! Reads the MES tables out of SQLite or PostgreSQL.
//!
//! Only columns of `compute_core::source_contract` are selected, matched by
//! name ignoring case. Everything comes out of one transaction a table.
//!
//! Every answer has a connection of its own, minutes apart from the next: one that is given up, for
//! a locked table or a silent peer, goes with its question and is never in the way of another table.

mod cells;
mod postgres;
mod sqlite;

use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::timeout;

use crate::database::deadline::Deadline;
use crate::reading::Reading;
use crate::snapshot::{SourceRead, TableSource};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Names of the source tables; `schema.table` is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    /// Lots.
    pub lots: String,
    /// Equipment master.
    pub resources: String,
    /// Real-time rows.
    pub equipment_status: String,
    /// Workcenter mapping.
    pub workcenters: String,
    /// Status hours by shift.
    pub shift_hours: String,
    /// Maintenance jobs.
    pub jobs: String,
    /// Transactions of maintenance jobs.
    pub job_transactions: String,
}

impl TableNames {
    /// The table of a dataset.
    pub fn of(&self, dataset: Dataset) -> &str {
        match dataset {
            Dataset::Wip => &self.lots,
            Dataset::Resource => &self.resources,
            Dataset::Equipment => &self.equipment_status,
            Dataset::Workcenter => &self.workcenters,
        }
    }
}

/// Columns of the source contract.
fn contract(dataset: Dataset) -> &'static [SourceColumn] {
    match dataset {
        Dataset::Wip => LOT_COLUMNS,
        Dataset::Resource => RESOURCE_COLUMNS,
        Dataset::Equipment => EQUIPMENT_STATUS_COLUMNS,
        Dataset::Workcenter => WORKCENTER_COLUMNS,
    }
}

/// Columns whose cells, of all rows, tell whether a table changed; none where it is always read.
///
/// Of every row, because one row with a date of its own would decide a maximum for ever.
fn watched_columns(dataset: Dataset) -> &'static [&'static str] {
    match dataset {
        Dataset::Wip => &[
            "LOTID",
            "SYS_DATE",
            "WORKORDER",
            "QTY",
            "EQUIPMENTCOUNT",
            "CURRENTHOLDCOUNT",
            "HOLDREASONNAME",
            "SPECNAME",
            "WORKCENTER_GROUP",
            "PACKAGE_LEF",
        ],
        Dataset::Resource => &[
            "RESOURCEID",
            "LASTCHANGEDATE",
            "WORKCENTERNAME",
            "LOCATIONNAME",
            "PJ_ASSETSSTATUS",
            "PJ_ISPRODUCTION",
            "PJ_ISKEY",
            "PJ_ISMONITOR",
        ],
        Dataset::Equipment | Dataset::Workcenter => &[],
    }
}

/// One text per row out of the watched columns that a table has; `text` is SQL for a cell as text.
fn row_text(watched: &[&str], found: &[String], text: impl Fn(&str) -> String) -> String {
    let known = watched
        .iter()
        .filter_map(|column| found.iter().find(|name| name.eq_ignore_ascii_case(column)));
    // NULL and the ends of cells are written as letters that no cell has.
    let cells: Vec<String> =
        known.map(|name| format!("coalesce({}, '\u{1e}')", text(&quoted(name)))).collect();
    if cells.is_empty() { "''".to_owned() } else { cells.join(" || '\u{1f}' || ") }
}

/// Why the source can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceReadError {
    /// The address is neither `sqlite:` nor `postgres:`.
    #[error("DATABASE_URL must start with sqlite: or postgres:, got {0}")]
    Scheme(String),
    /// There is no such table or view.
    #[error(
        "the database has no table or view {0}; create it or set its name, see `mes-dashboard serve --help`"
    )]
    MissingTable(String),
    /// A required column is not there.
    #[error("{table} has no column {columns}; the source contract requires it")]
    MissingColumns {
        /// Table name.
        table: String,
        /// All that are missing, comma separated.
        columns: String,
    },
    /// The database says no.
    #[error("reading {table} failed: {cause}")]
    Query {
        /// Table name.
        table: String,
        /// What it said.
        cause: sqlx::Error,
    },
    /// The address can't be used.
    #[error("the database address can't be used: {0}")]
    Connect(sqlx::Error),
}

/// The MES database.
#[derive(Clone, Debug)]
pub struct MesDatabase {
    address: Address,
    names: TableNames,
    /// How long the database may work on one answer.
    limit: Duration,
    reading: Reading,
}

#[derive(Clone, Debug)]
enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// A column to select and how it is called in the database; `None` when it is absent.
type Selected = Vec<(SourceColumn, Option<String>)>;

/// Matches the contract with the columns that a table has.
fn select(
    table: &str,
    contract: &'static [SourceColumn],
    found: &[String],
) -> Result<Selected, SourceReadError> {
    let selected: Selected = contract
        .iter()
        .map(|column| {
            let name = found.iter().find(|name| name.eq_ignore_ascii_case(column.name));
            (*column, name.cloned())
        })
        .collect();
    let missing: Vec<&str> = selected
        .iter()
        .filter(|(column, name)| column.required && name.is_none())
        .map(|(column, _)| column.name)
        .collect();
    if missing.is_empty() {
        return Ok(selected);
    }
    Err(SourceReadError::MissingColumns { table: table.to_owned(), columns: missing.join(", ") })
}

/// A name as SQL identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The database's clock.
fn moment(table: &str, answer: Result<i64, sqlx::Error>) -> Result<Timestamp, SourceReadError> {
    let failed = |cause| SourceReadError::Query { table: table.to_owned(), cause };
    Timestamp::from_millisecond(answer.map_err(failed)?)
        .map_err(|cause| failed(sqlx::Error::Decode(cause.into())))
}

impl MesDatabase {
    /// The database at `url`, which stops working on an answer after `limit`. Nothing is opened yet.
    ///
    /// # Errors
    /// An address of another kind, or one that can't be parsed.
    pub fn new(
        url: &str,
        names: TableNames,
        limit: Duration,
        reading: Reading,
    ) -> Result<Self, SourceReadError> {
        let address = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)
                .map_err(SourceReadError::Connect)?
                .read_only(true)
                .busy_timeout(Duration::from_secs(5));
            Address::Sqlite(Box::new(options))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(SourceReadError::Connect)?;
            let options = options
                .application_name("mes-dashboard refresh")
                .options([("statement_timeout", limit.as_millis().to_string())]);
            Address::Postgres(Box::new(options))
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(SourceReadError::Scheme(scheme.to_owned()));
        };
        Ok(Self { address, names, limit, reading })
    }

    /// Reads a whole table in the columns of the source contract.
    ///
    /// # Errors
    /// The table or a required column is missing, or the database fails.
    pub async fn read_table(&self, dataset: Dataset) -> Result<SourceRead, SourceReadError> {
        let table = self.names.of(dataset);
        match &self.address {
            Address::Sqlite(options) => {
                let mut connection = self.sqlite(options, table).await?;
                let read = sqlite::read(&mut connection, table, contract(dataset), &self.reading);
                closing(read.await, connection).await
            }
            Address::Postgres(options) => {
                let mut connection = postgres(options, table).await?;
                let read = postgres::read(&mut connection, table, contract(dataset), &self.reading);
                closing(read.await, connection).await
            }
        }
    }

    /// The row count and a hash over the watched columns of all rows; `None` where there are none.
    ///
    /// # Errors
    /// The table is missing, or the database fails.
    pub async fn stamp(&self, dataset: Dataset) -> Result<Option<String>, SourceReadError> {
        let watched = watched_columns(dataset);
        if watched.is_empty() {
            return Ok(None);
        }
        let table = self.names.of(dataset);
        match &self.address {
            Address::Sqlite(options) => {
                let mut connection = self.sqlite(options, table).await?;
                closing(sqlite::stamp(&mut connection, table, watched).await, connection).await
            }
            Address::Postgres(options) => {
                let mut connection = postgres(options, table).await?;
                closing(postgres::stamp(&mut connection, table, watched).await, connection).await
            }
        }
        .map(Some)
    }

    async fn sqlite(
        &self,
        options: &SqliteConnectOptions,
        table: &str,
    ) -> Result<SqliteConnection, SourceReadError> {
        let mut connection = opened(SqliteConnection::connect_with(options), table).await?;
        let installed = Deadline::after(self.limit).install(&mut connection).await;
        installed.map_err(|cause| SourceReadError::Query { table: table.to_owned(), cause })?;
        Ok(connection)
    }
}

async fn postgres(
    options: &PgConnectOptions,
    table: &str,
) -> Result<PgConnection, SourceReadError> {
    opened(PgConnection::connect_with(options), table).await
}

/// Hands the answer on after a farewell, without which the database would note a lost client.
async fn closing<T>(answer: T, connection: impl sqlx::Connection) -> T {
    if let Err(cause) = connection.close().await {
        tracing::debug!(%cause, "a connection to the source did not close");
    }
    answer
}

/// A connection that came in time.
async fn opened<C>(
    opening: impl Future<Output = Result<C, sqlx::Error>>,
    table: &str,
) -> Result<C, SourceReadError> {
    let in_time = timeout(CONNECT_TIMEOUT, opening).await;
    in_time
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
        .map_err(|cause| SourceReadError::Query { table: table.to_owned(), cause })
}

impl TableSource for MesDatabase {
    fn change_stamp<'a>(&'a self, dataset: Dataset) -> crate::snapshot::Answer<'a, Option<String>> {
        Box::pin(async move { self.stamp(dataset).await.map_err(|error| error.to_string()) })
    }

    fn read<'a>(&'a self, dataset: Dataset) -> crate::snapshot::Answer<'a, SourceRead> {
        Box::pin(async move { self.read_table(dataset).await.map_err(|error| error.to_string()) })
    }
}
