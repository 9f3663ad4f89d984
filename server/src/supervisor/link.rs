//! The worker's end of the connection to its supervisor.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::sync::CancellationToken;

use super::control::{FromWorker, SupervisorStatus, ToWorker, line};

/// Time between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The supervisor from the worker's side; empty without one.
pub type SupervisorView = ArcSwapOption<SupervisorStatus>;

/// The connection, not listened to yet.
#[derive(Debug)]
pub struct WorkerLink {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    within: Arc<OnceLock<Duration>>,
}

/// Sends messages of the worker to the supervisor.
#[derive(Debug)]
pub struct Reporter {
    writer: OwnedWriteHalf,
    within: Arc<OnceLock<Duration>>,
}

impl WorkerLink {
    /// Over the socket that the supervisor handed over.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new(socket: std::os::unix::net::UnixStream) -> std::io::Result<Self> {
        socket.set_nonblocking(true)?;
        let (reader, writer) = UnixStream::from_std(socket)?.into_split();
        Ok(Self { reader, writer, within: Arc::default() })
    }

    /// Receives messages: records the state of the supervisor, and cancels `stop` when it requests
    /// a drain or has exited.
    pub fn listen(self, view: Arc<SupervisorView>, stop: CancellationToken) -> Reporter {
        let Self { reader, writer, within } = self;
        let given = within.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(reader).lines();
            while let Ok(Some(text)) = lines.next_line().await {
                match serde_json::from_str(&text) {
                    Ok(ToWorker::Drain { within_ms }) => {
                        // A second order changes nothing.
                        let _ = given.set(Duration::from_millis(within_ms));
                        stop.cancel();
                    }
                    Ok(ToWorker::Status(status)) => view.store(Some(Arc::new(status))),
                    Ok(ToWorker::Unknown) => {}
                    Err(error) => tracing::warn!(%error, "the supervisor sent an unknown message"),
                }
            }
            if !stop.is_cancelled() {
                tracing::warn!("the supervisor has died; finishing open requests");
                stop.cancel();
            }
        });
        Reporter { writer, within }
    }
}

impl Reporter {
    /// Time for the drain; `None` when the supervisor has died.
    pub fn within(&self) -> Option<Duration> {
        self.within.get().copied()
    }

    /// Reports readiness, and then heartbeats until `stop`: a draining worker has a deadline
    /// instead. When the stop did not come from the supervisor, the supervisor is informed, so that
    /// it starts the next worker without waiting for the end of this one.
    pub async fn serve(&mut self, stop: &CancellationToken) {
        let mut beats = tokio::time::interval(HEARTBEAT);
        let mut message = FromWorker::Ready;
        loop {
            let said = async {
                beats.tick().await;
                self.writer.write_all(&line(&message)).await
            };
            match stop.run_until_cancelled(said).await {
                // Without a supervisor the listening end has noticed as well.
                Some(Err(_)) => return,
                None => {
                    if self.within.get().is_none() {
                        let _ = self.writer.write_all(&line(&FromWorker::Leaving)).await;
                    }
                    return;
                }
                Some(Ok(())) => message = FromWorker::Heartbeat,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn pair() -> (UnixStream, WorkerLink) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (UnixStream::from_std(ours).unwrap(), WorkerLink::new(theirs).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_says_that_it_is_ready_and_then_that_it_lives() {
        let (supervisor, link) = pair();
        let stop = CancellationToken::new();
        let mut reporter = link.listen(Arc::default(), stop.clone());
        let until = stop.clone();
        let reporting = tokio::spawn(async move { reporter.serve(&until).await });
        let mut lines = BufReader::new(supervisor).lines();
        for expected in [FromWorker::Ready, FromWorker::Heartbeat, FromWorker::Heartbeat] {
            let said = lines.next_line().await.unwrap().unwrap();
            assert_eq!(serde_json::from_str::<FromWorker>(&said).unwrap(), expected);
        }
        stop.cancel();
        reporting.await.unwrap();
        let last = lines.next_line().await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<FromWorker>(&last).unwrap(), FromWorker::Leaving);
    }

    #[tokio::test]
    async fn an_order_to_leave_comes_with_its_time() {
        let (mut supervisor, link) = pair();
        let stop = CancellationToken::new();
        let mut reporter = link.listen(Arc::default(), stop.clone());
        supervisor.write_all(b"nonsense\n{\"say\":\"dance\"}\n").await.unwrap();
        supervisor.write_all(&line(&ToWorker::Drain { within_ms: 7 })).await.unwrap();
        stop.cancelled().await;
        assert_eq!(reporter.within(), Some(Duration::from_millis(7)));
        reporter.serve(&stop).await;
        drop(reporter);
        let mut said = String::new();
        supervisor.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "", "it knows");
    }

    #[tokio::test]
    async fn a_supervisor_that_dies_ends_its_worker() {
        let (supervisor, link) = pair();
        let stop = CancellationToken::new();
        let reporter = link.listen(Arc::default(), stop.clone());
        drop(supervisor);
        stop.cancelled().await;
        assert_eq!(reporter.within(), None);
    }
}
