//! The listening socket: bound by this process, or passed by the supervisor.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use compute_core::table::Dataset;
use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::ServeError;
use crate::config::Config;
use crate::http_probe::{answers, reached_at};
use crate::snapshot::{Plant, SnapshotStore};
use crate::supervisor::{BESIDE, Reporter, SupervisorView, WorkerLink};

/// Timeout of the readiness self-check.
const PROBE: Duration = Duration::from_secs(5);

/// Timeout of the check for another worker that has data.
const LOOK: Duration = Duration::from_secs(1);

/// The source of connections.
pub enum ListenerSource {
    /// A socket that this process binds at the start.
    Own,
    /// The supervisor's, with the connection to it.
    Supervised {
        /// The listening socket.
        listener: std::net::TcpListener,
        /// The connection.
        link: std::os::unix::net::UnixStream,
        /// Whether another worker is serving.
        beside: bool,
    },
}

impl ListenerSource {
    /// What the supervisor handed over.
    ///
    /// # Errors
    /// Nothing was handed over.
    pub fn handed_over(handed: &mut ListenFd) -> Result<Self, ServeError> {
        let listener = handed.take_tcp_listener(0).ok().flatten();
        // Nobody listens on it; it is only the kind of socket that the crate hands out.
        let link = handed.take_unix_listener(1).ok().flatten();
        let (Some(listener), Some(link)) = (listener, link) else {
            return Err(ServeError::NotSupervised);
        };
        let link = std::os::fd::OwnedFd::from(link).into();
        Ok(Self::Supervised { listener, link, beside: std::env::var_os(BESIDE).is_some() })
    }

    /// Binds or takes the socket, and listens to the supervisor.
    pub(super) async fn open(
        self,
        address: SocketAddr,
        view: &Arc<SupervisorView>,
        stop: &CancellationToken,
    ) -> Result<OpenListener, ServeError> {
        match self {
            Self::Own => {
                let bound = TcpListener::bind(address).await;
                let listener = bound.map_err(|cause| ServeError::Bind { address, cause })?;
                Ok(OpenListener { listener: Some(listener), reporter: None, beside: false })
            }
            Self::Supervised { listener, link, beside } => {
                listener.set_nonblocking(true)?;
                let listener = TcpListener::from_std(listener)?;
                let reporter = WorkerLink::new(link)?.listen(view.clone(), stop.clone());
                Ok(OpenListener { listener: Some(listener), reporter: Some(reporter), beside })
            }
        }
    }
}

/// A socket, and the supervisor that is informed about its state.
pub(super) struct OpenListener {
    listener: Option<TcpListener>,
    reporter: Option<Reporter>,
    beside: bool,
}

impl OpenListener {
    /// Waits for readiness. A server without supervisor serves from its start on; a worker has
    /// another one before it, or connections wait in the backlog. A worker that can load no data
    /// never replaces one that has some: otherwise a reload while the database is down would lose
    /// the plant's last numbers.
    pub(super) async fn get_ready(
        &self,
        snapshots: &SnapshotStore,
        router: &Router,
        patience: Duration,
        stop: &CancellationToken,
    ) -> Result<(), ServeError> {
        if self.reporter.is_none() {
            return Ok(());
        }
        let warm = tokio::time::timeout(patience, warm(snapshots));
        if stop.run_until_cancelled(warm).await.is_some() && !is_loaded(&snapshots.current()) {
            // Only a worker that serves takes connections: this one doesn't yet.
            let address = self.listener.as_ref().map(TcpListener::local_addr).transpose()?;
            if self.beside
                && let Some(address) = address
                && answers(reached_at(address), "/readyz", LOOK).await
            {
                return Err(ServeError::NoData);
            }
            tracing::warn!("not all data is there yet; serving without it");
        }
        probe(router.clone()).await
    }

    /// The socket.
    pub(super) fn take_listener(&mut self) -> std::io::Result<TcpListener> {
        self.listener.take().ok_or_else(|| std::io::ErrorKind::NotConnected.into())
    }

    /// Reports readiness; a worker repeats that until `stop`.
    pub(super) async fn announce(
        &mut self,
        address: SocketAddr,
        stop: &CancellationToken,
    ) -> std::io::Result<()> {
        if let Some(reporter) = &mut self.reporter {
            reporter.serve(stop).await;
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening on http://{address}")?;
        out.flush()
    }

    /// Timeout of a whole shutdown.
    pub(super) fn time_to_leave(&self, config: &Config) -> Duration {
        match &self.reporter {
            None => config.limits.shutdown(),
            Some(reporter) => reporter.within().unwrap_or_else(|| config.supervisor.drain()),
        }
    }
}

/// Until every dataset is loaded, or could not be: a database that is down keeps nobody waiting.
async fn warm(snapshots: &SnapshotStore) {
    let mut news = snapshots.subscribe();
    let is_settled = |plant: &Plant| {
        Dataset::ALL
            .iter()
            .all(|dataset| plant.published(*dataset).is_some() || plant.state(*dataset).is_stale())
    };
    while !is_settled(&snapshots.current()) {
        if news.changed().await.is_err() {
            return;
        }
    }
}

fn is_loaded(plant: &Plant) -> bool {
    Dataset::ALL.iter().all(|dataset| plant.published(*dataset).is_some())
}

/// Requests a public route from the router. Not through the socket, where another worker might
/// accept.
async fn probe(router: Router) -> Result<(), ServeError> {
    let unfit = |what: &dyn std::fmt::Display| ServeError::Unfit(what.to_string());
    for (path, is_fit) in [
        ("/livez", (|status| status == StatusCode::OK) as fn(StatusCode) -> bool),
        // 503 without data and database passes as well.
        ("/health", |status| status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let mut request =
            Request::builder().uri(path).body(Body::empty()).map_err(|error| unfit(&error))?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
        let asked = tokio::time::timeout(PROBE, router.clone().oneshot(request)).await;
        let Ok(answer) = asked.map_err(|_| unfit(&format!("{path} did not respond")))?;
        if !is_fit(answer.status()) {
            return Err(unfit(&format!("{path} returned {}", answer.status())));
        }
    }
    Ok(())
}
