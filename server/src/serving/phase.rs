//! What a connection waits for, and until when.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

/// Where a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The header of a request has begun; the first one with the connection.
    Header(Instant),
    /// A request is handled.
    Answering,
    /// The last response has ended.
    Idle(Instant),
}

/// The phase of a connection, as its parts see it.
#[derive(Clone, Debug)]
pub(super) struct SharedPhase(Arc<Mutex<Phase>>);

impl SharedPhase {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Phase::Header(Instant::now()))))
    }

    pub(super) fn get(&self) -> Phase {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Bytes came from the client.
    pub(super) fn received(&self) {
        if matches!(self.get(), Phase::Idle(_)) {
            self.set(Phase::Header(Instant::now()));
        }
    }

    /// A header is complete.
    pub(super) fn answering(&self) {
        self.set(Phase::Answering);
    }

    /// When the client has had its time.
    pub(super) fn deadline(&self, header: Duration, idle: Duration) -> Option<Instant> {
        match self.get() {
            Phase::Header(since) => Some(since + header),
            Phase::Idle(since) => Some(since + idle),
            Phase::Answering => None,
        }
    }
}

/// The body of a response; the connection is idle when it is dropped.
pub(super) struct Answer {
    body: Body,
    phase: SharedPhase,
}

impl Answer {
    pub(super) fn new(body: Body, phase: SharedPhase) -> Self {
        Self { body, phase }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.phase.set(Phase::Idle(Instant::now()));
    }
}
