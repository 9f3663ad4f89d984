//! The running server: its start and its stop.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api;
use crate::config::{AppEnv, Config};
use crate::database::breaker::InvalidPolicy;
use crate::database::{Database, PoolError};
use crate::snapshot::{Refresher, SnapshotStore};
use crate::source::{MesDatabase, SourceReadError};

/// How long open requests may take after a stop was asked for.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// Why the server can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// `DATABASE_URL` is not set.
    #[error(
        "DATABASE_URL is not set: give sqlite:PATH or postgres://…, or run `mes-dashboard demo`"
    )]
    NoDatabase,
    /// The database settings can't be used.
    #[error(transparent)]
    Source(#[from] SourceReadError),
    /// The pool settings can't be used.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The settings of the circuit breaker contradict each other.
    #[error(transparent)]
    Breaker(#[from] InvalidPolicy),
    /// The site rules can't be used.
    #[error(transparent)]
    Site(#[from] crate::config::SiteRulesError),
    /// The address can't be bound.
    #[error("BIND_ADDR {address} can't be bound: {cause}; is another server running there?")]
    Bind {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The demo plant can't be made or kept moving.
    #[error("the demo plant failed: {0}")]
    Demo(String),
    /// Anything the system refuses later.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ServeError {
    /// Exit code: 64 for settings that have to be mended, 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoDatabase
            | Self::Source(_)
            | Self::Pool(_)
            | Self::Breaker(_)
            | Self::Site(_) => 64,
            Self::Bind { .. } | Self::Demo(_) | Self::Io(_) => 1,
        }
    }
}

/// Serves until `stop` is cancelled, then lets open requests finish.
///
/// Prints `listening on http://…` on standard output once requests are answered.
///
/// # Errors
/// Settings that can't be used, or an address that can't be bound.
pub async fn serve(config: Config, stop: CancellationToken) -> Result<(), ServeError> {
    tracing::info!(settings = config.summary(), "starting");
    let address = config.http.bind_addr;
    let url = config.database.database_url.as_deref().ok_or(ServeError::NoDatabase)?;
    let tables = MesDatabase::new(url, config.database.table_names())?;
    let limits = config.pool.limits();
    let policy = config.breaker.policy(limits.longest_call())?;
    let database = Database::new(url, limits, policy)?;
    let rules = Arc::new(config.site.rules()?);
    let snapshots = Arc::new(SnapshotStore::new(
        usize::from(config.snapshots.history),
        config.snapshots.levels(),
    ));
    let refresher = Arc::new(Refresher::new(
        snapshots.clone(),
        Arc::new(tables.clone()),
        rules,
        config.snapshots.intervals(),
        Timestamp::now,
    ));
    let listener =
        TcpListener::bind(address).await.map_err(|cause| ServeError::Bind { address, cause })?;
    let mut background = refresher.start(&stop);
    background.extend(database.start(&stop));
    announce(&listener)?;
    // So that nobody waits for it: the first visitor finds the front end compressed.
    std::thread::spawn(api::warm_assets);

    // Until there are signed-in administrators, only someone at the machine itself may ask for a refresh.
    let commands = config.http.app_env != AppEnv::Production && address.ip().is_loopback();
    let draining = CancellationToken::new();
    let router = api::router(api::AppState {
        snapshots,
        database: database.clone(),
        refresher: commands.then_some(refresher),
        shows_causes: config.http.app_env == AppEnv::Development,
        draining: draining.clone(),
    });
    let stopped = stop.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stopped.cancelled().await;
        tracing::info!("stopping");
        draining.cancel();
    });
    let limit = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        served = server => served?,
        () = limit => tracing::warn!("requests were still open after {} s", DRAIN_LIMIT.as_secs()),
    }
    for task in background {
        // A task that panicked has been logged; there is nothing left to stop.
        let _ = task.await;
    }
    tables.close().await;
    database.close().await;
    Ok(())
}

/// The one line that scripts wait for.
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    out.flush()
}

/// Cancels `stop` on SIGTERM or Ctrl-C.
///
/// # Errors
/// Signal handlers can't be installed.
pub fn stop_on_signals(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
