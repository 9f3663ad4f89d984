//! Connections for calls: an sqlx pool of either kind behind the gate.

use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Postgres, Sqlite};
use tokio_util::sync::CancellationToken;

use super::deadline::Deadline;

/// An overflow connection that nobody needed for this long is closed.
const OVERFLOW_IDLE: Duration = Duration::from_secs(10);
/// Looks at the pool within that time.
const LOOKS: u32 = 5;

/// The settings of both pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Connections that stay open.
    pub size: u32,
    /// Connections beyond those that a burst may open.
    pub max_overflow: u32,
    /// How long a caller waits for a connection to come free.
    pub wait: Duration,
    /// Age at which a connection is replaced.
    pub recycle: Duration,
    /// How long a call may take.
    pub call_timeout: Duration,
    /// From how long on a call is listed as slow.
    pub slow_call: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// `Retry-After` of `DB_POOL_EXHAUSTED`, in seconds.
    pub exhausted_retry_after_secs: u32,
    /// Connections of the health pool.
    pub health_size: u32,
    /// How long a health probe may take.
    pub health_timeout: Duration,
}

impl PoolLimits {
    /// Connections at most.
    pub fn capacity(&self) -> u32 {
        self.size + self.max_overflow
    }

    /// How long a call takes at most with all its waiting.
    pub fn longest_call(&self) -> Duration {
        self.wait + self.connect_timeout + self.call_timeout
    }
}

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
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A connection, and what ends its calls early once it has proved to be alive.
#[derive(Debug)]
pub(super) enum Leased {
    Sqlite(PoolConnection<Sqlite>, Option<Deadline>),
    /// With the number of its server process.
    Postgres(PoolConnection<Postgres>, Option<i32>),
}

/// What both kinds of pool are told.
fn options<DB: sqlx::Database>(max: u32, connect: Duration, recycle: Duration) -> PoolOptions<DB> {
    PoolOptions::new()
        .max_connections(max)
        .acquire_timeout(connect)
        .max_lifetime(recycle)
        // sqlx would close all idle connections alike; `trim` closes those of the overflow only.
        .idle_timeout(None)
        // `Leased::prove` looks for itself.
        .test_before_acquire(false)
}

impl Pool {
    /// The pool for calls. Nothing is opened yet.
    pub fn for_calls(url: &str, limits: &PoolLimits) -> Result<Self, PoolError> {
        let (max, connect) = (limits.capacity(), limits.connect_timeout);
        Self::new(url, "mes-dashboard", limits.call_timeout, (max, connect, limits.recycle))
    }

    /// The pool for health probes. Nothing is opened yet.
    pub fn for_probes(url: &str, limits: &PoolLimits) -> Result<Self, PoolError> {
        let timeout = limits.health_timeout;
        let shape = (limits.health_size, timeout, limits.recycle);
        Self::new(url, "mes-dashboard health", timeout, shape)
    }

    fn new(
        url: &str,
        name: &str,
        statement_timeout: Duration,
        (max, connect, recycle): (u32, Duration, Duration),
    ) -> Result<Self, PoolError> {
        if url.starts_with("sqlite:") {
            let address = SqliteConnectOptions::from_str(url).map_err(PoolError::Address)?;
            // The wait for a locked file runs inside SQLite, where no deadline reaches it.
            let address = address.read_only(true).busy_timeout(statement_timeout);
            let pool: SqlitePoolOptions = options(max, connect, recycle);
            Ok(Self::Sqlite(pool.connect_lazy_with(address)))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let address = PgConnectOptions::from_str(url).map_err(PoolError::Address)?;
            let address = address
                .application_name(name)
                .options([("statement_timeout", statement_timeout.as_millis().to_string())]);
            let pool: PgPoolOptions = options(max, connect, recycle);
            Ok(Self::Postgres(pool.connect_lazy_with(address)))
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            Err(PoolError::Scheme(scheme.to_owned()))
        }
    }

    /// A connection that nobody has looked at yet; see [`Leased::prove`].
    ///
    /// # Errors
    /// sqlx's; `PoolTimedOut` when there was none within the connect timeout.
    pub async fn acquire(&self) -> Result<Leased, sqlx::Error> {
        Ok(match self {
            Self::Sqlite(pool) => Leased::Sqlite(pool.acquire().await?, None),
            Self::Postgres(pool) => Leased::Postgres(pool.acquire().await?, None),
        })
    }

    /// Open connections, busy or not.
    pub fn open(&self) -> u32 {
        match self {
            Self::Sqlite(pool) => pool.size(),
            Self::Postgres(pool) => pool.size(),
        }
    }

    /// Open connections that nobody uses.
    pub fn idle(&self) -> u32 {
        let idle = match self {
            Self::Sqlite(pool) => pool.num_idle(),
            Self::Postgres(pool) => pool.num_idle(),
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
            Self::Sqlite(pool) => of(pool.options()),
            Self::Postgres(pool) => of(pool.options()),
        }
    }

    /// Closes the pool and waits for its connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Closes overflow connections that nobody needed for a while, until `stop`.
    pub async fn trim(&self, size: u32, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(OVERFLOW_IDLE / LOOKS);
        let mut spare = Spare::default();
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            for _ in 0..spare.look(self.open().saturating_sub(size), self.idle()) {
                self.close_one().await;
            }
        }
    }

    async fn close_one(&self) {
        let spare = match self {
            Self::Sqlite(pool) => pool.try_acquire().map(|spare| Leased::Sqlite(spare, None)),
            Self::Postgres(pool) => pool.try_acquire().map(|spare| Leased::Postgres(spare, None)),
        };
        if let Some(spare) = spare {
            spare.close().await;
        }
    }
}

impl Leased {
    /// Finds out whether the connection lives, and how to stop what will run on it.
    ///
    /// Asking PostgreSQL for the process costs as much as the ping that sqlx would send.
    ///
    /// # Errors
    /// The connection is dead.
    pub async fn prove(&mut self, call_timeout: Duration) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection, known) => {
                let deadline = Deadline::after(call_timeout);
                deadline.install(connection).await?;
                *known = Some(deadline);
            }
            Self::Postgres(connection, known) => {
                let asking = sqlx::query_scalar("select pg_backend_pid()");
                *known = Some(asking.fetch_one(&mut **connection).await?);
            }
        }
        Ok(())
    }

    /// Puts the connection back; one that fails sqlx's ping is closed instead.
    pub async fn return_to_pool(mut self) {
        match &mut self {
            Self::Sqlite(connection, deadline) => {
                deadline.iter().for_each(Deadline::lift);
                connection.return_to_pool().await;
            }
            Self::Postgres(connection, _) => connection.return_to_pool().await,
        }
    }

    /// Gives the connection up.
    pub async fn close(self) {
        // The far end may be gone; the connection is given up either way.
        let _ = match self {
            Self::Sqlite(connection, _) => connection.close().await,
            Self::Postgres(connection, _) => connection.close().await,
        };
    }
}

/// Settings as the live pool has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effective {
    pub max_connections: u32,
    pub connect_timeout: Duration,
    pub recycle: Option<Duration>,
}

/// Finds how many overflow connections were idle at every one of the last looks.
#[derive(Debug, Default)]
struct Spare {
    least: Option<u32>,
    looks: u32,
}

impl Spare {
    /// One look; answers how many to close now.
    fn look(&mut self, overflow: u32, idle: u32) -> u32 {
        let unneeded = overflow.min(idle);
        let least = self.least.map_or(unneeded, |least| least.min(unneeded));
        self.looks += 1;
        if self.looks < LOOKS {
            self.least = Some(least);
            return 0;
        }
        *self = Self::default();
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_idle_all_the_time_is_closed() {
        let mut spare = Spare::default();
        let mut looks =
            |seen: [(u32, u32); 5]| seen.map(|(overflow, idle)| spare.look(overflow, idle));
        assert_eq!(looks([(3, 8); 5]), [0, 0, 0, 0, 3]);
        assert_eq!(looks([(3, 8), (3, 1), (3, 8), (3, 8), (3, 8)]), [0, 0, 0, 0, 1]);
        assert_eq!(looks([(3, 8), (3, 0), (3, 8), (3, 8), (3, 8)]), [0, 0, 0, 0, 0]);
        assert_eq!(looks([(0, 8); 5]), [0; 5], "the pool's own size stays");
    }
}
