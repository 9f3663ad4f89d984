//! Connections for calls: an sqlx pool of either kind behind the gate.
//!
//! A pool belongs to one host of the address, or to the file that the path named when it was
//! opened. When another host is used or the file was replaced, a new pool is made and the
//! connections of the old one are closed as they are returned.

mod limits;
mod sqlite;
mod postgres;
mod leased;
mod overflow;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::pool::PoolOptions;
use tokio_util::sync::CancellationToken;

use super::hosts::Hosts;
use super::message::{about_file, plain};
pub(super) use leased::Leased;
pub use limits::{LONGEST_RETRY_AFTER_SECS, PoolLimits};
use overflow::{LOOKS, OVERFLOW_IDLE, Spare};
use postgres::PostgresHosts;
use sqlite::SqliteFile;

/// Why no pool can be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The address is neither `sqlite:` nor `postgres:`.
    #[error("DATABASE_URL must start with sqlite: or postgres:, got {0}")]
    Scheme(String),
    /// The address can't be parsed.
    #[error("DATABASE_URL can't be used: {0}")]
    Address(sqlx::Error),
}

/// A pool of either kind. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite(Arc<SqliteFile>),
    Postgres(Arc<PostgresHosts>),
}

/// Options of both kinds of pool.
#[derive(Clone, Copy, Debug)]
struct Shape {
    max: u32,
    connect: Duration,
    recycle: Duration,
}

impl Shape {
    fn options<DB: sqlx::Database>(self) -> PoolOptions<DB> {
        PoolOptions::new()
            .max_connections(self.max)
            .acquire_timeout(self.connect)
            .max_lifetime(self.recycle)
            // sqlx would close all idle connections alike; `trim` closes those of the overflow only.
            .idle_timeout(None)
            // `Leased::prove` looks for itself.
            .test_before_acquire(false)
    }
}

/// Nothing under these locks can panic during a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// The pools for calls and for health probes. Nothing is opened yet.
    pub fn pair(url: &str, zone: &str, limits: &PoolLimits) -> Result<(Self, Self), PoolError> {
        let shapes = [
            (limits.call_timeout, limits.capacity(), limits.connect_timeout),
            (limits.health_timeout, limits.health_size, limits.health_timeout),
        ];
        let shapes = shapes
            .map(|(busy, max, connect)| (busy, Shape { max, connect, recycle: limits.recycle }));
        if url.starts_with("sqlite:") {
            let [calls, probes] = shapes.map(|(busy, shape)| SqliteFile::new(url, busy, shape));
            Ok((Self::Sqlite(Arc::new(calls?)), Self::Sqlite(Arc::new(probes?))))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // Shared, so that a cancellation goes to the host that runs the statement.
            let hosts = Hosts::parse(url, "mes-dashboard").map_err(PoolError::Address)?;
            let hosts = Arc::new(hosts);
            let [(_, calls), (_, probes)] = shapes;
            let pools = |name, shape| {
                Self::Postgres(Arc::new(PostgresHosts::new(hosts.clone(), name, zone, shape)))
            };
            let calls = pools("mes-dashboard", calls);
            let probes = pools("mes-dashboard health", probes);
            Ok((calls, probes))
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            Err(PoolError::Scheme(scheme.to_owned()))
        }
    }

    /// A connection that is not checked yet; see [`Leased::prove`].
    ///
    /// # Errors
    /// sqlx's; `PoolTimedOut` when there was none within the connect timeout.
    pub async fn acquire(&self) -> Result<Leased, sqlx::Error> {
        match self {
            Self::Sqlite(file) => {
                let opened = file.pool().acquire().await;
                let connection = opened.map_err(|error| self.explained(error))?;
                Ok(Leased::Sqlite(connection, None))
            }
            Self::Postgres(pools) => {
                let (host, connection) = pools.acquire().await?;
                let pools = pools.clone();
                Ok(Leased::Postgres { connection, pools, host, process: None })
            }
        }
    }

    /// The error with the name of the file, where it is about the file.
    pub fn explained(&self, error: sqlx::Error) -> sqlx::Error {
        match self {
            Self::Sqlite(file) => about_file(error, file.path()),
            Self::Postgres(_) => error,
        }
    }

    /// The host in use, or the file; none for a database in memory.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Sqlite(file) => file.path().map(Path::display).map(|path| path.to_string()),
            Self::Postgres(pools) => Some(pools.hosts().name()),
        }
    }

    /// Checks whether the path names another file, or another host fits better.
    pub async fn look(&self) {
        match self {
            Self::Sqlite(file) => file.look().await,
            Self::Postgres(pools) if pools.hosts().is_plain() => {}
            Self::Postgres(pools) => {
                if let Err(cause) = pools.find().await {
                    tracing::debug!(cause = plain(&cause), "no database host fits");
                }
            }
        }
    }

    /// Why no connection can be opened.
    pub async fn refusal(&self, limit: Duration) -> sqlx::Error {
        let Self::Postgres(pools) = self else { return sqlx::Error::PoolTimedOut };
        match pools.hosts().connect(limit).await {
            Err(refusal) => refusal,
            // The host is available again, or all connections were busy.
            Ok(connection) => {
                let _ = connection.close().await;
                sqlx::Error::PoolTimedOut
            }
        }
    }

    /// Open connections, busy or not.
    pub fn open(&self) -> u32 {
        match self {
            Self::Sqlite(file) => file.pool().size(),
            Self::Postgres(pools) => pools.pool().1.size(),
        }
    }

    /// Open connections that are not in use.
    pub fn idle(&self) -> u32 {
        let idle = match self {
            Self::Sqlite(file) => file.pool().num_idle(),
            Self::Postgres(pools) => pools.pool().1.num_idle(),
        };
        u32::try_from(idle).unwrap_or(u32::MAX)
    }

    /// The settings as the live pool has them.
    pub fn effective(&self) -> Effective {
        fn of<DB: sqlx::Database>(options: &PoolOptions<DB>) -> Effective {
            Effective {
                max_connections: options.get_max_connections(),
                connect_timeout: options.get_acquire_timeout(),
                recycle: options.get_max_lifetime(),
            }
        }
        match self {
            Self::Sqlite(file) => of(file.pool().options()),
            Self::Postgres(pools) => of(pools.pool().1.options()),
        }
    }

    /// Closes the pool and waits for its connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(file) => file.pool().close().await,
            Self::Postgres(pools) => pools.pool().1.close().await,
        }
    }

    /// Closes overflow connections that were idle for a while, until `stop`.
    pub async fn trim(&self, size: u32, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(OVERFLOW_IDLE / LOOKS);
        let mut spare = Spare::default();
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Self::Sqlite(file) = self {
                file.look().await;
            }
            for _ in 0..spare.look(self.open().saturating_sub(size), self.idle()) {
                self.close_one().await;
            }
        }
    }

    async fn close_one(&self) {
        if let Some(spare) = self.take_idle() {
            spare.close().await;
        }
    }

    /// Closes all idle connections in the background: one of them no longer responds, and what cut
    /// it off (a firewall, a frozen host) has cut off the others as well.
    pub fn close_idle(&self, limit: Duration) {
        while let Some(idle) = self.take_idle() {
            tokio::spawn(tokio::time::timeout(limit, idle.close()));
        }
    }

    fn take_idle(&self) -> Option<Leased> {
        match self {
            Self::Sqlite(file) => {
                file.pool().try_acquire().map(|spare| Leased::Sqlite(spare, None))
            }
            Self::Postgres(pools) => {
                let (host, pool) = pools.pool();
                pool.try_acquire().map(|connection| {
                    let pools = pools.clone();
                    Leased::Postgres { connection, pools, host, process: None }
                })
            }
        }
    }
}

/// Settings as the live pool has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effective {
    pub max_connections: u32,
    pub connect_timeout: Duration,
    pub recycle: Option<Duration>,
}
