//! Reads the MES tables out of SQLite or PostgreSQL.
//!
//! Only columns of `compute_core::source_contract` are selected, matched by
//! name ignoring case. Everything comes out of one transaction a table.
//!
//! Every read opens a connection, minutes apart from the next: one that is dropped, for a locked
//! table or a silent peer, is closed and never blocks another table.

mod texts;
mod cells;
mod copied_rows;
mod postgres;
mod sqlite;

use compute_core::calendar::Day;
use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

use crate::catalogue::Located;
pub(crate) use crate::catalogue::quoted;
use crate::database::address::sqlite_file;
use crate::database::deadline::Deadline;
use crate::database::hosts::Hosts;
use crate::database::unreadable::Unreadable;
use crate::database::{self, Connection, about_file, begin, end, is_passing, plain};
use crate::reading::Reading;
use crate::snapshot::{SourceRead, TableSource};

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Names of the source tables; `schema.table` is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
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
    /// Holds and their releases; a site may have none.
    pub holds: String,
    /// Names of lots by container; a site may have none.
    pub containers: String,
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

/// Columns whose cells over all rows show a change of the table; none where it is always read.
///
/// Of every row, because one row with an extreme date would decide a maximum.
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
fn row_text(watched: &[&str], located: &Located, text: impl Fn(&str) -> String) -> String {
    let known = watched.iter().filter_map(|column| Some(&located.column(column)?.name));
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
    /// The table, or a required column of it, is not there or must not be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The database rejected the statement.
    #[error("reading {table} failed: {}", plain(cause))]
    Query {
        /// Table name.
        table: String,
        /// Its error.
        cause: sqlx::Error,
    },
    /// The address can't be used.
    #[error("the database address can't be used: {}", plain(.0))]
    Connect(sqlx::Error),
}

impl From<SourceReadError> for sqlx::Error {
    fn from(error: SourceReadError) -> Self {
        match error {
            SourceReadError::Unreadable(cause) => cause.into(),
            SourceReadError::Query { cause, .. } | SourceReadError::Connect(cause) => cause,
            SourceReadError::Scheme(_) => Self::Configuration(error.into()),
        }
    }
}

fn failed(table: &str) -> impl Fn(sqlx::Error) -> SourceReadError + '_ {
    |cause| SourceReadError::of(table, cause)
}

impl SourceReadError {
    /// What a failed question about a table means.
    fn of(table: &str, cause: sqlx::Error) -> Self {
        let table = table.to_owned();
        match cause {
            sqlx::Error::Configuration(cause) => match cause.downcast::<Unreadable>() {
                Ok(unreadable) => Self::Unreadable(*unreadable),
                Err(cause) => Self::Query { table, cause: sqlx::Error::Configuration(cause) },
            },
            cause => Self::Query { table, cause },
        }
    }

    /// Whether the same read may succeed when it is retried immediately.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Query { cause, .. } if is_passing(cause))
    }
}

#[derive(Clone, Debug)]
pub struct MesDatabase {
    address: Address,
    names: TableNames,
    /// Timeout of one read.
    limit: Duration,
    reading: Reading,
}

#[derive(Clone, Debug)]
enum Address {
    Sqlite { options: Box<SqliteConnectOptions>, file: Option<PathBuf> },
    Postgres(Arc<Hosts>),
}

/// A column to select and how it is called in the database; `None` when it is absent.
type Selected = Vec<(SourceColumn, Option<String>)>;

/// Matches the contract with the columns of a table that may be read.
fn select(
    located: &Located,
    contract: &'static [SourceColumn],
) -> Result<Selected, SourceReadError> {
    located.require(contract.iter().filter(|column| column.required).map(|column| column.name))?;
    let name = |column: &SourceColumn| located.column(column.name).map(|found| found.name.clone());
    Ok(contract.iter().map(|column| (*column, name(column))).collect())
}

/// The database's clock.
fn moment(table: &str, answer: Result<i64, sqlx::Error>) -> Result<Timestamp, SourceReadError> {
    let failed = failed(table);
    Timestamp::from_millisecond(answer.map_err(&failed)?)
        .map_err(|cause| failed(sqlx::Error::Decode(cause.into())))
}

impl MesDatabase {
    /// The database at `url`, with the timeout `limit` per read. Nothing is opened yet.
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
            let (options, file) = sqlite_file(url).map_err(SourceReadError::Connect)?;
            let options = options.read_only(true).busy_timeout(Duration::from_secs(5));
            Address::Sqlite { options: Box::new(options), file }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let hosts = Hosts::parse(url, "mes-dashboard refresh");
            Address::Postgres(Arc::new(hosts.map_err(SourceReadError::Connect)?))
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(SourceReadError::Scheme(scheme.to_owned()));
        };
        Ok(Self { address, names, limit, reading })
    }

    /// Reads a whole table in the columns of the source contract. A read that the database broke off
    /// is tried once more.
    ///
    /// # Errors
    /// The table or a required column is missing, or the database fails.
    pub async fn read_table(&self, dataset: Dataset) -> Result<SourceRead, SourceReadError> {
        match self.read_once(dataset).await {
            Err(error) if error.is_passing() => self.read_once(dataset).await,
            read => read,
        }
    }

    async fn read_once(&self, dataset: Dataset) -> Result<SourceRead, SourceReadError> {
        let (table, columns) = (self.names.of(dataset), contract(dataset));
        match &self.address {
            Address::Sqlite { options, file } => {
                let mut connection = self.sqlite(options, file, table).await?;
                let read = sqlite::read(&mut connection, table, columns, None, &self.reading).await;
                closing(read.map_err(|error| about(error, file)), connection).await
            }
            Address::Postgres(hosts) => {
                let mut connection = self.postgres(hosts, table).await?;
                let read =
                    postgres::read_copy(&mut connection, table, columns, &self.reading).await;
                ending(read, connection).await
            }
        }
    }

    /// The row count and a hash over the watched columns of all rows; `None` where there are none.
    ///
    /// # Errors
    /// The table is missing, or the database fails.
    pub async fn stamp(&self, dataset: Dataset) -> Result<Option<String>, SourceReadError> {
        match self.stamp_once(dataset).await {
            Err(error) if error.is_passing() => self.stamp_once(dataset).await,
            read => read,
        }
    }

    async fn stamp_once(&self, dataset: Dataset) -> Result<Option<String>, SourceReadError> {
        let watched = watched_columns(dataset);
        if watched.is_empty() {
            return Ok(None);
        }
        let table = self.names.of(dataset);
        match &self.address {
            Address::Sqlite { options, file } => {
                let mut connection = self.sqlite(options, file, table).await?;
                let stamp = sqlite::stamp(&mut connection, table, watched).await;
                closing(stamp.map_err(|error| about(error, file)), connection).await
            }
            Address::Postgres(hosts) => {
                let mut connection = self.postgres(hosts, table).await?;
                ending(postgres::stamp(&mut connection, table, watched).await, connection).await
            }
        }
        .map(Some)
    }

    async fn sqlite(
        &self,
        options: &SqliteConnectOptions,
        file: &Option<PathBuf>,
        table: &str,
    ) -> Result<SqliteConnection, SourceReadError> {
        let opening = async {
            let mut connection = SqliteConnection::connect_with(options).await?;
            Deadline::after(self.limit).install(&mut connection).await?;
            Ok(connection)
        };
        let in_time = timeout(CONNECT_TIMEOUT, opening).await;
        in_time
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
            .map_err(|cause| about(SourceReadError::of(table, cause), file))
    }

    /// A connection inside its read-only transaction.
    async fn postgres(&self, hosts: &Hosts, table: &str) -> Result<PgConnection, SourceReadError> {
        let opening = async {
            let mut connection = hosts.connect(CONNECT_TIMEOUT).await?;
            begin(&mut connection, self.limit, self.reading.zone_name()).await?;
            Ok(connection)
        };
        opening.await.map_err(|cause| SourceReadError::of(table, cause))
    }
}

/// Days of a column of moments.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// The column; a required one.
    pub column: &'static str,
    /// First day.
    pub first: Day,
    /// The day after the last.
    pub end: Day,
}

/// A table that is read whole by a request.
#[derive(Clone, Debug)]
pub struct WholeTable {
    /// Table or view; `schema.table` is possible.
    pub table: String,
    /// The table's columns; those that may be absent, and are, are not in the result.
    pub contract: &'static [SourceColumn],
    /// Rows that are plainly of other days are left out; rows of other days may still be among the
    /// result, because a day can be written in many ways.
    pub days: Option<Days>,
    /// How cells are read.
    pub reading: Reading,
}

/// Reads a whole table; to be passed to [`crate::database::Database::read`].
pub fn read_whole<'c>(
    connection: Connection<'c>,
    query: WholeTable,
) -> database::Answer<'c, SourceRead> {
    Box::pin(async move {
        let WholeTable { table, contract, days, reading } = query;
        let read = match connection {
            Connection::Sqlite(connection) => {
                sqlite::read(connection, &table, contract, days, &reading).await
            }
            Connection::Postgres(connection) => {
                postgres::read(connection, &table, contract, days, &reading).await
            }
        };
        read.map_err(sqlx::Error::from)
    })
}

/// The error with the name of the file, where it is about the file.
fn about(error: SourceReadError, file: &Option<PathBuf>) -> SourceReadError {
    match error {
        SourceReadError::Query { table, cause } => {
            SourceReadError::Query { table, cause: about_file(cause, file.as_deref()) }
        }
        other => other,
    }
}

/// Ends the transaction and closes the connection, so that a pooler can reuse the server's.
async fn ending<T>(answer: T, mut connection: PgConnection) -> T {
    if let Err(cause) = end(&mut connection).await {
        tracing::debug!(cause = plain(&cause), "a transaction at the source did not end");
    }
    closing(answer, connection).await
}

/// Returns the result after the connection was closed properly; otherwise the database would log a
/// lost client.
async fn closing<T>(answer: T, connection: impl sqlx::Connection) -> T {
    if let Err(cause) = connection.close().await {
        tracing::debug!(cause = plain(&cause), "a connection to the source did not close");
    }
    answer
}

impl TableSource for MesDatabase {
    fn change_stamp<'a>(&'a self, dataset: Dataset) -> crate::snapshot::Answer<'a, Option<String>> {
        Box::pin(async move { self.stamp(dataset).await.map_err(|error| error.to_string()) })
    }

    fn read<'a>(&'a self, dataset: Dataset) -> crate::snapshot::Answer<'a, SourceRead> {
        Box::pin(async move { self.read_table(dataset).await.map_err(|error| error.to_string()) })
    }
}
