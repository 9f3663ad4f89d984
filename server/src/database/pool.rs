//! Connections for calls: an sqlx pool of either kind behind the gate.
//!
//! A pool belongs to one place: a host of the address, or the file that the path named when it was
//! opened. When another host is used or the file was exchanged, a new pool takes its place and the
//! connections of the old one are closed as they come back.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection as _, Postgres, Sqlite};
use tokio_util::sync::CancellationToken;

use super::address::sqlite_file;
use super::deadline::Deadline;
use super::hosts::Hosts;
use super::message::{about_file, plain};
use super::session;

/// An overflow connection that nobody needed for this long is closed.
const OVERFLOW_IDLE: Duration = Duration::from_secs(10);
/// Looks at the pool within that time.
const LOOKS: u32 = 5;
/// A host that fitted is not looked for again within this time, unless a connection to it failed.
const HOST_KNOWN: Duration = Duration::from_secs(1);

/// Longest wait that may be asked of clients, s: as much as the browser package accepts.
pub const LONGEST_RETRY_AFTER_SECS: u32 = 300;

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
    Sqlite(Arc<SqliteFile>),
    Postgres(Arc<PostgresHosts>),
}

/// A connection, and what ends its calls early once it has proved to be alive.
#[derive(Debug)]
pub(super) enum Leased {
    Sqlite(PoolConnection<Sqlite>, Option<Deadline>),
    Postgres {
        connection: PoolConnection<Postgres>,
        pools: Arc<PostgresHosts>,
        /// Number of the host.
        host: usize,
        /// Number of the server process, once a transaction was begun.
        process: Option<i32>,
    },
}

/// What both kinds of pool are told.
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

/// Nothing under these locks can panic halfway through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Device and number of a file: another one after an exchange by `mv`.
type FileId = (u64, u64);

/// Connections to the SQLite file that a path names.
#[derive(Debug)]
pub(super) struct SqliteFile {
    options: SqliteConnectOptions,
    /// None for a database in memory.
    path: Option<PathBuf>,
    shape: Shape,
    /// With the file as it was found at the last look; none before the first.
    current: Mutex<(Option<FileId>, SqlitePool)>,
}

impl SqliteFile {
    fn new(url: &str, busy: Duration, shape: Shape) -> Result<Self, PoolError> {
        let (options, path) = sqlite_file(url).map_err(PoolError::Address)?;
        // The wait for a locked file runs inside SQLite, where no deadline reaches it.
        let options = options.read_only(true).busy_timeout(busy);
        let pool: SqlitePoolOptions = shape.options();
        let current = Mutex::new((None, pool.connect_lazy_with(options.clone())));
        Ok(Self { options, path, shape, current })
    }

    fn pool(&self) -> SqlitePool {
        lock(&self.current).1.clone()
    }

    /// Takes a new pool when the path names another file than at the last look. A file that is gone
    /// for a moment, or for good, changes nothing: the open one can still be read.
    async fn look(&self) {
        let Some(path) = self.path.clone() else { return };
        // The folder may be on a server that hangs.
        let looking = tokio::task::spawn_blocking(move || std::fs::metadata(path));
        let Ok(Ok(found)) = looking.await else { return };
        let found = (found.dev(), found.ino());
        let mut current = lock(&self.current);
        if current.0.replace(found).is_none_or(|known| known == found) {
            return;
        }
        let pool: SqlitePoolOptions = self.shape.options();
        let old = std::mem::replace(&mut current.1, pool.connect_lazy_with(self.options.clone()));
        drop(current);
        tracing::info!(path = ?self.path, "the SQLite file was exchanged; it is opened anew");
        tokio::spawn(async move { old.close().await });
    }
}

/// Connections to the one of several hosts that is used.
#[derive(Debug)]
pub(super) struct PostgresHosts {
    hosts: Arc<Hosts>,
    /// How the connections are called in `pg_stat_activity`.
    application: &'static str,
    /// Zone in which times are shown.
    zone: String,
    shape: Shape,
    /// With the number of its host.
    current: Mutex<(usize, PgPool)>,
    /// When a host that fits was last found. One caller looks, the others wait for it.
    found: tokio::sync::Mutex<Option<Instant>>,
    /// A connection to the host failed since.
    is_doubted: AtomicBool,
}

impl PostgresHosts {
    fn new(hosts: Arc<Hosts>, application: &'static str, zone: &str, shape: Shape) -> Self {
        let host = hosts.current();
        let pool: PgPoolOptions = shape.options();
        let options = hosts.options(host).clone().application_name(application);
        Self {
            application,
            zone: zone.to_owned(),
            shape,
            current: Mutex::new((host, pool.connect_lazy_with(options))),
            found: tokio::sync::Mutex::default(),
            is_doubted: AtomicBool::new(false),
            hosts,
        }
    }

    /// The pool of the current host.
    fn pool(&self) -> (usize, PgPool) {
        let host = self.hosts.current();
        let mut current = lock(&self.current);
        if current.0 != host {
            let pool: PgPoolOptions = self.shape.options();
            let options = self.hosts.options(host).clone().application_name(self.application);
            let new = pool.connect_lazy_with(options);
            let (_, old) = std::mem::replace(&mut *current, (host, new));
            tokio::spawn(async move { old.close().await });
        }
        current.clone()
    }

    async fn acquire(&self) -> Result<(usize, PoolConnection<Postgres>), sqlx::Error> {
        let (host, pool) = self.pool();
        if self.hosts.is_plain() || pool.num_idle() > 0 {
            return Ok((host, pool.acquire().await?));
        }
        self.find().await?;
        let (host, pool) = self.pool();
        Ok((host, pool.acquire().await?))
    }

    /// Finds a host that fits. sqlx would try one that refuses again and again.
    async fn find(&self) -> Result<(), sqlx::Error> {
        let mut found = self.found.lock().await;
        let is_known = found.is_some_and(|at| at.elapsed() < HOST_KNOWN);
        if is_known && !self.is_doubted.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let limit = self.shape.connect.mul_f64(0.8);
        let connection = self.hosts.connect(limit).await?;
        *found = Some(Instant::now());
        // The far end may be gone already; the connection was only there to look.
        let _ = connection.close().await;
        Ok(())
    }

    /// Looks for another host when the current one failed or has another role now.
    pub fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Release);
    }

    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }
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

    /// A connection that nobody has looked at yet; see [`Leased::prove`].
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
            Self::Sqlite(file) => about_file(error, file.path.as_deref()),
            Self::Postgres(_) => error,
        }
    }

    /// The host in use, or the file; none for a database in memory.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Sqlite(file) => {
                file.path.as_deref().map(Path::display).map(|path| path.to_string())
            }
            Self::Postgres(pools) => Some(pools.hosts.name()),
        }
    }

    /// Looks whether the database is still where it was: the file that the path names, a host that
    /// fits better.
    pub async fn look(&self) {
        match self {
            Self::Sqlite(file) => file.look().await,
            Self::Postgres(pools) if pools.hosts.is_plain() => {}
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
        match pools.hosts.connect(limit).await {
            Err(refusal) => refusal,
            // It is there again, or our own connections were all busy.
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

    /// Open connections that nobody uses.
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

    /// Closes overflow connections that nobody needed for a while, until `stop`.
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

impl Leased {
    /// Finds out whether the connection lives, and how to stop what will run on it; begins the
    /// transaction of the call in PostgreSQL.
    ///
    /// # Errors
    /// The connection is dead, or to a server that does not fit any more.
    pub async fn prove(&mut self, call_timeout: Duration) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection, known) => {
                let deadline = Deadline::after(call_timeout);
                deadline.install(connection).await?;
                *known = Some(deadline);
                Ok(())
            }
            Self::Postgres { connection, pools, process, .. } => {
                let begun = session::begin(connection, call_timeout, &pools.zone).await;
                let proved = begun.and_then(|begun| {
                    *process = Some(begun.process);
                    pools.hosts.check(begun.role)
                });
                if proved.is_err() {
                    pools.doubt();
                }
                proved
            }
        }
    }

    /// Ends the transaction of a call that came to its end; answers whether the connection can be
    /// used again.
    pub async fn is_at_rest(&mut self) -> bool {
        match self {
            Self::Sqlite(..) => true,
            Self::Postgres { connection, .. } => session::end(connection).await.is_ok(),
        }
    }

    /// Puts the connection back; one that fails sqlx's ping is closed instead.
    pub async fn return_to_pool(mut self) {
        match &mut self {
            Self::Sqlite(connection, deadline) => {
                deadline.iter().for_each(Deadline::lift);
                connection.return_to_pool().await;
            }
            Self::Postgres { connection, .. } => connection.return_to_pool().await,
        }
    }

    /// Gives the connection up.
    pub async fn close(self) {
        // The far end may be gone; the connection is given up either way.
        let _ = match self {
            Self::Sqlite(connection, _) => connection.close().await,
            Self::Postgres { connection, .. } => connection.close().await,
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
