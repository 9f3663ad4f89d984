//! The application's own database: users, sessions, the audit log, the layout of pages. Nothing of the plant is in it.
//!
//! It is another database than the MES tables, which stay read-only: an SQLite file of its own, or
//! PostgreSQL where several servers share it. All statements are written so that both take them;
//! only the migrations exist once a dialect.

mod address;
mod migrations;

use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{PgPool, SqlitePool};

use crate::private_file;
use address::Address;
pub use address::InvalidAddress;

/// Longest wait for a connection: sign-in says "unavailable" after that.
const CONNECTION_WAIT: Duration = Duration::from_secs(3);
/// Connections: sessions are cached, so that there is little to do.
const MOST_CONNECTIONS: u32 = 4;

/// Why the application's database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum AppStoreError {
    /// `APP_DATABASE_URL` is wrong.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The SQLite file can't be made.
    #[error(
        "APP_DATABASE_URL names {path}, which can't be made: {cause}; give a folder that the server may write to"
    )]
    File {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Its tables can't be brought up to date.
    #[error(
        "the tables of the application's database (APP_DATABASE_URL) can't be brought up to date: {0}"
    )]
    Migration(#[from] MigrateError),
    /// It can't be reached, or refused.
    #[error("the application's database (APP_DATABASE_URL): {0}")]
    Query(#[from] sqlx::Error),
}

impl AppStoreError {
    /// Whether a setting has to be mended rather than a service waited for.
    pub fn is_setting(&self) -> bool {
        matches!(self, Self::Address(_) | Self::File { .. })
    }
}

/// The pool of one of the two kinds.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The application's database.
#[derive(Clone, Debug)]
pub struct AppStore {
    pub(crate) pool: Pool,
}

/// Runs a statement on whichever database there is; `$pool` is its pool.
macro_rules! on_pool {
    ($store:expr, $pool:ident => $run:expr) => {
        match &$store.pool {
            $crate::app_store::Pool::Sqlite($pool) => $run,
            $crate::app_store::Pool::Postgres($pool) => $run,
        }
    };
}
pub(crate) use on_pool;

impl AppStore {
    /// Opens the database at `url`, making an SQLite file that is missing (readable by its owner
    /// only), and brings its tables up to date.
    ///
    /// # Errors
    /// The address is wrong, or the database can't be reached, made or migrated.
    pub async fn open(url: &str) -> Result<Self, AppStoreError> {
        let pool = match Address::parse(url)? {
            Address::Sqlite { options, file } => {
                if let Some(path) = &file {
                    private_file::make(path).map_err(|cause| AppStoreError::File {
                        path: path.display().to_string(),
                        cause,
                    })?;
                }
                // A database in memory lives as long as its one connection.
                let pool = SqlitePoolOptions::new().acquire_timeout(CONNECTION_WAIT);
                let pool = match file {
                    Some(_) => pool.max_connections(MOST_CONNECTIONS),
                    None => pool
                        .max_connections(1)
                        .min_connections(1)
                        .idle_timeout(None)
                        .max_lifetime(None),
                };
                Pool::Sqlite(pool.connect_with(*options).await?)
            }
            Address::Postgres(options) => Pool::Postgres(
                PgPoolOptions::new()
                    .acquire_timeout(CONNECTION_WAIT)
                    .max_connections(MOST_CONNECTIONS)
                    .connect_with(*options)
                    .await?,
            ),
        };
        let store = Self { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), MigrateError> {
        match &self.pool {
            Pool::Sqlite(pool) => migrations::sqlite().run(pool).await,
            Pool::Postgres(pool) => migrations::postgres().run(pool).await,
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        on_pool!(self, pool => pool.close().await);
    }
}

#[cfg(test)]
mod tests;
