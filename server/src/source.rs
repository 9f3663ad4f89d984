//! Reads the MES tables out of SQLite or PostgreSQL.
//!
//! Only columns of `compute_core::source_contract` are selected, matched by
//! name ignoring case. Everything comes out of one transaction a table.

mod cells;
mod postgres;
mod sqlite;

use arrow_array::RecordBatch;
use compute_core::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};
use compute_core::table::Dataset;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::str::FromStr;
use std::time::Duration;

use crate::snapshot::TableSource;

/// Connections for the refreshers: one a dataset.
const CONNECTIONS: u32 = Dataset::ALL.len() as u32;
/// How long to wait for a connection.
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
    fn of(&self, dataset: Dataset) -> &str {
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

/// The column whose maximum tells that a table changed.
fn stamp_column(dataset: Dataset) -> Option<&'static str> {
    match dataset {
        Dataset::Wip => Some("SYS_DATE"),
        Dataset::Resource => Some("LASTCHANGEDATE"),
        Dataset::Equipment | Dataset::Workcenter => None,
    }
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
    pool: Pool,
    names: TableNames,
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
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

impl MesDatabase {
    /// Prepares connections to `url`; nothing is opened yet.
    ///
    /// # Errors
    /// An address of another kind, or one that can't be parsed.
    pub fn new(url: &str, names: TableNames) -> Result<Self, SourceReadError> {
        let pool = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)
                .map_err(SourceReadError::Connect)?
                .read_only(true)
                .busy_timeout(Duration::from_secs(5));
            let pool = SqlitePoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(CONNECT_TIMEOUT);
            Pool::Sqlite(pool.connect_lazy_with(options))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool =
                PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT_TIMEOUT);
            Pool::Postgres(pool.connect_lazy(url).map_err(SourceReadError::Connect)?)
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(SourceReadError::Scheme(scheme.to_owned()));
        };
        Ok(Self { pool, names })
    }

    /// Reads a whole table in the columns of the source contract.
    ///
    /// # Errors
    /// The table or a required column is missing, or the database fails.
    pub async fn read_table(
        &self,
        dataset: Dataset,
    ) -> Result<(RecordBatch, Vec<String>), SourceReadError> {
        let table = self.names.of(dataset);
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::read(pool, table, contract(dataset)).await,
            Pool::Postgres(pool) => postgres::read(pool, table, contract(dataset)).await,
        }
    }

    /// `MAX` of the dataset's change column and the row count; `None` where there is no such column.
    ///
    /// # Errors
    /// The table is missing, or the database fails.
    pub async fn stamp(&self, dataset: Dataset) -> Result<Option<String>, SourceReadError> {
        let Some(column) = stamp_column(dataset) else { return Ok(None) };
        let table = self.names.of(dataset);
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::stamp(pool, table, column).await,
            Pool::Postgres(pool) => postgres::stamp(pool, table, column).await,
        }
        .map(Some)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

impl TableSource for MesDatabase {
    fn change_stamp<'a>(&'a self, dataset: Dataset) -> crate::snapshot::Answer<'a, Option<String>> {
        Box::pin(async move { self.stamp(dataset).await.map_err(|error| error.to_string()) })
    }

    fn read<'a>(
        &'a self,
        dataset: Dataset,
    ) -> crate::snapshot::Answer<'a, (RecordBatch, Vec<String>)> {
        Box::pin(async move { self.read_table(dataset).await.map_err(|error| error.to_string()) })
    }
}
