//! The application's own database: users, sessions, the audit log, the layout of pages, pinned
//! views, long choices. Nothing of the plant is in it.
//!
//! It is separate from the MES tables, which stay read-only: an SQLite file of its own, or
//! PostgreSQL where several servers share it. All statements are written so that both accept them;
//! only the migrations exist once per dialect.
//!
//! A server shows the plant's numbers without it: it starts while the database is unavailable
//! ([`AppStore::open_or_wait`]), keeps retrying, and reports the cause.

mod address;
mod condition;
mod failover;
mod migrations;
mod names;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{PgPool, SqlitePool};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::database::plain;
use crate::private_file;
use address::Address;
pub use address::InvalidAddress;
pub use condition::StoreTrouble;
use condition::{LOOK_EVERY, LOOK_LIMIT, LOOK_SOON, StoreHealth};

/// Timeout for a connection; sign-in fails with "unavailable" after that.
const CONNECTION_WAIT: Duration = Duration::from_secs(3);
/// Shortest time between two checks after failures: a check writes.
const SETTLE: Duration = Duration::from_secs(1);
/// Characters written to see whether writing works: more than fits into a page with room left.
const PROBE_CHARS: usize = 16 * 1024;
/// Connections: sessions are cached, so that there is little to do.
const MOST_CONNECTIONS: u32 = 4;

/// Why the application's database is unavailable.
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
        cause: std::io::Error,
    },
    /// Its tables can't be brought up to date.
    #[error(
        "the tables of the application's database (APP_DATABASE_URL) can't be brought up to date: {}",
        step(.0)
    )]
    Migration(#[from] MigrateError),
    /// It can't be reached, or refused.
    #[error("the application's database (APP_DATABASE_URL): {}", plain(.0))]
    Query(#[from] sqlx::Error),
}

/// Why a step failed.
fn step(cause: &MigrateError) -> String {
    match cause {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => plain(cause),
        other => other.to_string(),
    }
}

impl AppStoreError {
    /// Whether a setting has to be mended rather than a service waited for.
    pub fn is_setting(&self) -> bool {
        matches!(self, Self::Address(_) | Self::File { .. })
    }

    /// Whether a retry may succeed: neither a setting nor another program's tables are the cause.
    fn may_pass(&self) -> bool {
        match self {
            Self::Address(_) => false,
            Self::File { cause, .. } => !matches!(
                cause.kind(),
                std::io::ErrorKind::NotFound
                    | std::io::ErrorKind::NotADirectory
                    | std::io::ErrorKind::IsADirectory
            ),
            Self::Migration(cause) => {
                matches!(cause, MigrateError::Execute(_) | MigrateError::ExecuteMigration(_, _))
            }
            Self::Query(_) => true,
        }
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
    /// The SQLite file, which has to be made.
    file: Option<PathBuf>,
    /// Whether its tables are up to date.
    is_ready: Arc<AtomicBool>,
    condition: Arc<StoreHealth>,
    /// When a failed call last triggered a check; the holder of the lock is checking.
    looked_at: Arc<Mutex<Option<Instant>>>,
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
        let store = Self::prepared(url)?;
        store.bring_up_to_date().await?;
        Ok(store)
    }

    /// The same, without waiting long for a database that does not respond: [`Self::watch`] keeps
    /// retrying then.
    ///
    /// # Errors
    /// The address is wrong, the folder of the file is missing, or the tables are another program's.
    pub async fn open_or_wait(url: &str) -> Result<Self, AppStoreError> {
        let store = Self::prepared(url)?;
        match timeout(LOOK_LIMIT, store.bring_up_to_date()).await {
            Ok(Ok(())) => store.note(Ok(())),
            Ok(Err(error)) if !error.may_pass() => return Err(error),
            Ok(Err(error)) => {
                tracing::error!(%error, "starting without the application's database");
                store.note(Err(StoreTrouble::of(&error)));
            }
            Err(_) => {
                tracing::error!(
                    "starting without the application's database, which does not respond"
                );
                store.note(Err(StoreTrouble::Unavailable));
            }
        }
        Ok(store)
    }

    /// The way to the database; nothing is asked yet.
    fn prepared(url: &str) -> Result<Self, AppStoreError> {
        let (pool, file) = match Address::parse(url)? {
            Address::Sqlite { options, file } => {
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
                (Pool::Sqlite(pool.connect_lazy_with(*options)), file)
            }
            Address::Postgres(hosts) => {
                let pool = PgPoolOptions::new()
                    .acquire_timeout(CONNECTION_WAIT)
                    .max_connections(MOST_CONNECTIONS);
                (Pool::Postgres(failover::prepared(hosts, pool, CONNECTION_WAIT)), None)
            }
        };
        Ok(Self {
            pool,
            file,
            is_ready: Arc::default(),
            condition: Arc::default(),
            looked_at: Arc::default(),
        })
    }

    /// Makes the file, the tables, and the names in them.
    async fn bring_up_to_date(&self) -> Result<(), AppStoreError> {
        if let Some(path) = &self.file {
            private_file::make(path)
                .map_err(|cause| AppStoreError::File { path: path.display().to_string(), cause })?;
        }
        // So that a database which can't be reached is not taken for one with wrong tables.
        on_pool!(self, pool => drop(pool.acquire().await?));
        self.migrate().await?;
        names::settle(self).await?;
        self.is_ready.store(true, Ordering::Release);
        Ok(())
    }

    /// The problem that the last check found.
    pub fn trouble(&self) -> Option<StoreTrouble> {
        self.condition.found()?.err()
    }

    /// Whether the last check passed.
    pub fn is_well(&self) -> Option<bool> {
        Some(self.condition.found()?.is_ok())
    }

    /// Triggers a check after a failure.
    pub fn look_again(&self) {
        self.condition.wanted();
    }

    /// The current problem: checked now, unless another failed call has just triggered a check.
    pub async fn trouble_now(&self) -> Option<StoreTrouble> {
        if let Ok(mut looked_at) = self.looked_at.try_lock()
            && looked_at.is_none_or(|at| at.elapsed() >= SETTLE)
        {
            // What it finds is noted.
            let _ = self.look().await;
            *looked_at = Some(Instant::now());
        }
        self.trouble()
    }

    /// Checks it now: applies pending migrations, and writes.
    ///
    /// # Errors
    /// The problem that was found.
    pub async fn look(&self) -> Result<(), StoreTrouble> {
        let looking = async {
            if !self.is_ready.load(Ordering::Acquire) {
                self.bring_up_to_date().await?;
            }
            self.write_something().await
        };
        let found = match timeout(LOOK_LIMIT, looking).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a check of the application's database failed");
                Err(StoreTrouble::of(&error))
            }
            Err(_) => Err(StoreTrouble::Unavailable),
        };
        self.note(found);
        found
    }

    fn note(&self, found: Result<(), StoreTrouble>) {
        let before = self.condition.note(found);
        match found {
            Err(trouble) if before != Some(found) => {
                tracing::error!(cause = trouble.words(), "signing in is not possible");
            }
            Ok(()) if matches!(before, Some(Err(_))) => {
                tracing::warn!("the application's database can be written again");
            }
            _ => {}
        }
    }

    async fn write_something(&self) -> Result<(), AppStoreError> {
        let filler = "x".repeat(PROBE_CHARS);
        on_pool!(self, pool => {
            let writing = sqlx::query("insert into write_probe (filler) values ($1)").bind(filler);
            writing.execute(pool).await?;
            sqlx::query("delete from write_probe").execute(pool).await?;
        });
        Ok(())
    }

    /// Checks it at an interval until `stop`.
    pub async fn watch(&self, stop: &CancellationToken) {
        let watching = async {
            loop {
                let pause = if self.look().await.is_ok() { LOOK_EVERY } else { LOOK_SOON };
                // Checks after the interval or after a failed call.
                let _ = timeout(pause, self.condition.until_wanted()).await;
                // Calls that fail by the thousand are one reason.
                tokio::time::sleep(SETTLE).await;
            }
        };
        stop.run_until_cancelled(watching).await;
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
