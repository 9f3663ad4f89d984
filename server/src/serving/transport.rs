//! A client's socket with a limit on how slowly the client may read.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::phase::SharedPhase;

/// Minimum rate of a client in bytes per second; slower ones are disconnected. In addition to the
/// limit for silence, so that single bytes can't hold a response for hours.
const SLOWEST: u32 = 4 * 1024;

/// The socket.
pub(super) struct Transport {
    stream: TcpStream,
    phase: SharedPhase,
    write_limit: Duration,
    /// The part that the socket does not accept immediately.
    stalled: Option<Stalled>,
}

struct Stalled {
    timer: Pin<Box<Sleep>>,
    until: Instant,
}

impl Transport {
    /// `write_limit` is the longest time in which the socket takes nothing.
    pub(super) fn new(stream: TcpStream, phase: SharedPhase, write_limit: Duration) -> Self {
        Self { stream, phase, write_limit, stalled: None }
    }

    /// Passes a write on, unless the client has had its time.
    fn written(&mut self, cx: &mut Context<'_>, poll: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match poll {
            Poll::Pending => {
                let limit = self.write_limit;
                let stalled = self.stalled.get_or_insert_with(|| {
                    let until = Instant::now() + limit;
                    Stalled { timer: Box::pin(sleep_until(until)), until }
                });
                ready!(stalled.timer.as_mut().poll(cx));
                Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client doesn't read")))
            }
            Poll::Ready(Ok(bytes)) => {
                if let Some(stalled) = &mut self.stalled {
                    let taken = u32::try_from(bytes).unwrap_or(u32::MAX);
                    let earned = Duration::from_secs(taken.into()) / SLOWEST;
                    let latest = Instant::now() + self.write_limit;
                    stalled.until = latest.min(stalled.until + earned);
                    stalled.timer.as_mut().reset(stalled.until);
                }
                Poll::Ready(Ok(bytes))
            }
            failed => failed,
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.phase.received();
        }
        read
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Everything before was taken.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.stalled = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
