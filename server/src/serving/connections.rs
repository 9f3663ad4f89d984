//! Accepts connections, bounds what a slow client can hold, and drains without losing requests.
//!
//! A client has timeouts for the header of a request, for reading the response, and between
//! requests. The last is longer than proxies keep a connection, so that none is closed while they
//! may still use it.
//!
//! A drain has three phases. First no connection is accepted and every response has `Connection:
//! close`, so that clients disconnect on their own; a request that was just sent on a kept
//! connection is still handled, which closing idle connections immediately would prevent. Then idle
//! connections are closed and open requests finish. At the deadline the rest is aborted.

use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::clients::client_key;
use super::phase::{Answer, Phase, SharedPhase};
use super::places::Places;
use super::transport::Transport;

/// Bytes that a connection holds of what its client sent and of what waits to be sent: the longest
/// header. All connections together hold this many times as much at the worst.
const MOST_BUFFERED: usize = 64 * 1024;

/// What connections may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at one time; more wait in the system's queue.
    pub max_connections: usize,
    /// Connections of one client; further ones are closed immediately.
    pub max_connections_per_client: usize,
    /// Longest wait for the whole header of a request.
    pub header_read: Duration,
    /// Timeout of a client that reads nothing of a response.
    pub write: Duration,
    /// Longest time between two requests.
    pub keep_alive: Duration,
}

/// How much time a drain has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainTimes {
    /// How long clients are asked to leave before idle connections are closed.
    pub soft: Duration,
    /// Longest time for everything.
    pub whole: Duration,
}

/// Starts a drain. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    begun: CancellationToken,
    times: Arc<OnceLock<DrainTimes>>,
}

impl Drain {
    /// Cancelled when it begins.
    pub fn begun(&self) -> &CancellationToken {
        &self.begun
    }

    /// Begins it. A second time changes nothing.
    pub fn begin(&self, times: DrainTimes) {
        let _ = self.times.set(times);
        self.begun.cancel();
    }

    /// Without a time limit the drain ends immediately.
    fn times(&self) -> DrainTimes {
        let none = DrainTimes { soft: Duration::ZERO, whole: Duration::ZERO };
        self.times.get().copied().unwrap_or(none)
    }
}

/// Serves until a drain has begun and all connections have ended; returns how many were aborted.
pub async fn serve_connections(
    mut listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    drain: Drain,
) -> usize {
    let draining = drain.begun().clone();
    let closing = draining.clone();
    let router = router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let closing = closing.clone();
        async move {
            let mut response = next.run(request).await;
            if closing.is_cancelled() {
                response
                    .headers_mut()
                    .insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    }));
    let mut builder = http1::Builder::new();
    // The times of a connection are those of its phase.
    builder.header_read_timeout(None).max_buf_size(MOST_BUFFERED);
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let clients = Places::new(limits.max_connections_per_client);
    let (close_idle, cut_off) = (CancellationToken::new(), CancellationToken::new());
    loop {
        let place = tokio::select! {
            () = draining.cancelled() => break,
            place = places.clone().acquire_owned() => place,
        };
        let (stream, peer) = tokio::select! {
            () = draining.cancelled() => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        let Some(held) = clients.enter(client_key(peer.ip())) else {
            tracing::debug!(%peer, "too many connections of this client");
            continue;
        };
        // Responses are written as a whole; Nagle's algorithm would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY can't be set");
        }
        let phase = SharedPhase::new();
        let (router, of_request) = (router.clone(), phase.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            of_request.answering();
            request.extensions_mut().insert(ConnectInfo(peer));
            let (answering, phase) = (router.clone().call(request), of_request.clone());
            async move {
                let answered = answering.await;
                answered.map(|response| response.map(|body| Answer::new(body, phase)))
            }
        });
        let transport = Transport::new(stream, phase.clone(), limits.write);
        let connection = builder.serve_connection(TokioIo::new(transport), service);
        let (closing, cut_off) = (close_idle.clone(), cut_off.clone());
        tokio::spawn(async move {
            tokio::pin!(connection);
            let timer = tokio::time::sleep(limits.header_read);
            tokio::pin!(timer);
            let mut is_closing = false;
            loop {
                tokio::select! {
                    // First, so that a request that has just arrived is handled.
                    biased;
                    served = &mut connection => {
                        if let Err(error) = served {
                            tracing::debug!(%peer, %error, "connection ended");
                        }
                        break;
                    }
                    () = cut_off.cancelled() => break,
                    () = closing.cancelled(), if !is_closing => {
                        is_closing = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    () = std::future::poll_fn(|cx| {
                        // What the connection did just now decides how long it may wait.
                        let deadline = phase.deadline(limits.header_read, limits.keep_alive);
                        let Some(at) = deadline else { return Poll::Pending };
                        if timer.deadline() != at {
                            timer.as_mut().reset(at);
                        }
                        timer.as_mut().poll(cx)
                    }) => match phase.get() {
                        Phase::Header(_) => {
                            tracing::debug!(%peer, "the header of a request took too long");
                            break;
                        }
                        // Closes idle connections immediately.
                        _ if !is_closing => {
                            is_closing = true;
                            connection.as_mut().graceful_shutdown();
                        }
                        _ => break,
                    }
                }
            }
            drop((place, held));
        });
    }
    drop(listener);
    let times = drain.times();
    let deadline = tokio::time::Instant::now() + times.whole;
    let all = u32::try_from(limits.max_connections).unwrap_or(u32::MAX);
    let soft = times.soft.min(times.whole);
    // Every place free means that nobody is left to wait for.
    let _ = tokio::time::timeout(soft, places.acquire_many(all)).await;
    close_idle.cancel();
    match tokio::time::timeout_at(deadline, places.acquire_many(all)).await {
        Ok(_) => 0,
        Err(_) => {
            let open = limits.max_connections.saturating_sub(places.available_permits());
            cut_off.cancel();
            open
        }
    }
}

#[cfg(test)]
mod tests;
