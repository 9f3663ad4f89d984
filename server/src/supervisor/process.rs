//! One worker process: its start, its messages, and its end.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::control::{FromWorker, ToWorker, line};
use super::machine::{Ended, Event};
use super::program::Program;

/// Where the worker finds the listening socket, and after it the connection to the supervisor: the
/// numbers of the service manager's protocol.
const FIRST_FD: i32 = 3;

/// Environment variable of a worker that is started beside one that serves.
pub const BESIDE: &str = "SUPERVISOR_HAS_A_WORKER";

/// Setting of glibc's memory: blocks of so many bytes go back to the system when they are freed. By default
/// the limit grows up to 32 MiB, and what a load has used stays with the worker. An operator's own value counts.
const RETURNED_FROM: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "524288");

/// What may wait for a worker that reads nothing.
const UNTOLD_BYTES: usize = 64 * 1024;

/// A worker that was started.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) pid: u32,
    pub(super) started_at: Timestamp,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
enum Order {
    Say(ToWorker),
    Kill,
}

impl Worker {
    /// Starts it with the listening socket; its events go to `events`. `beside` means that another
    /// worker is serving.
    ///
    /// # Errors
    /// The program isn't there or can't be run.
    pub(super) fn start(
        program: &Program,
        listener: &std::net::TcpListener,
        generation: u64,
        beside: bool,
        events: mpsc::Sender<Event>,
    ) -> std::io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let handed: [OwnedFd; 2] = [listener.try_clone()?.into(), theirs.into()];
        let count = handed.len().to_string();
        let mappings = (FIRST_FD..).zip(handed);
        let mappings = mappings.map(|(child_fd, parent_fd)| FdMapping { parent_fd, child_fd });
        let mut command = Command::new(&program.path);
        command
            .args(&program.arguments)
            .env_clear()
            .env(RETURNED_FROM.0, RETURNED_FROM.1)
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            // Without LISTEN_PID, which is unknown before the process exists.
            .env("LISTEN_FDS", count)
            .envs(beside.then_some((BESIDE, "1")))
            .stdin(Stdio::null())
            // A terminal's Ctrl-C is for the supervisor, which stops the worker in order.
            .process_group(0)
            .fd_mappings(mappings.collect())
            .map_err(std::io::Error::other)?;
        let child = command.spawn()?;
        let pid = child.id().ok_or_else(|| std::io::Error::other("it has no process id"))?;
        let (orders, ordered) = mpsc::unbounded_channel();
        let stream = UnixStream::from_std(ours)?;
        tokio::spawn(look_after(child, stream, generation, ordered, events));
        Ok(Self { pid, started_at: Timestamp::now(), orders })
    }

    /// Sends a message; ignored if the worker has exited.
    pub(super) fn say(&self, message: ToWorker) {
        let _ = self.orders.send(Order::Say(message));
    }

    /// Ends it.
    pub(super) fn kill(&self) {
        let _ = self.orders.send(Order::Kill);
    }
}

async fn look_after(
    mut child: Child,
    stream: UnixStream,
    generation: u64,
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::Sender<Event>,
) {
    // Both halves stay open until the worker has exited: it takes a closed connection for the end
    // of the supervisor.
    let (reader, writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (mut is_open, mut untold) = (true, Vec::new());
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            Some(order) = orders.recv() => match order {
                Order::Say(message) => queue(&mut untold, &message, generation),
                Order::Kill => {
                    if let Err(error) = child.start_kill() {
                        tracing::warn!(generation, %error, "the worker can't be ended");
                    }
                }
            },
            // Never blocks on a worker that has stopped reading: later messages would be lost too.
            _ = writer.writable(), if !untold.is_empty() => match writer.try_write(&untold) {
                Ok(length) => drop(untold.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => {
                    tracing::debug!(generation, %error, "the worker doesn't listen");
                    untold.clear();
                }
            },
            said = lines.next_line(), if is_open => {
                let event = match said {
                    Ok(Some(text)) => event_of(&text, generation),
                    Ok(None) | Err(_) => {
                        is_open = false;
                        None
                    }
                };
                if let Some(event) = event && events.send(event).await.is_err() {
                    is_open = false;
                }
            }
        }
    };
    let ended = Event::Ended(generation, how(status));
    // Nobody listens any more when the supervisor itself ends.
    let _ = events.send(ended).await;
}

fn event_of(text: &str, generation: u64) -> Option<Event> {
    match serde_json::from_str(text) {
        Ok(FromWorker::Ready) => Some(Event::Ready(generation)),
        Ok(FromWorker::Heartbeat) => Some(Event::Heartbeat(generation)),
        Ok(FromWorker::Leaving) => Some(Event::Leaving(generation)),
        Ok(FromWorker::Unknown) => None,
        Err(error) => {
            tracing::warn!(generation, %error, "the worker sent an unknown message");
            None
        }
    }
}

/// Puts a message behind those that the worker has not taken yet. Of one that takes nothing only the
/// order to leave is kept, which comes once.
fn queue(untold: &mut Vec<u8>, message: &ToWorker, generation: u64) {
    if untold.len() > UNTOLD_BYTES && !matches!(message, ToWorker::Drain { .. }) {
        tracing::debug!(generation, "the worker doesn't listen");
        return;
    }
    untold.extend(line(message));
}

fn how(status: std::io::Result<ExitStatus>) -> Ended {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Code(code),
            (None, signal) => Ended::Signal(signal.unwrap_or_default()),
        },
        Err(error) => {
            tracing::error!(%error, "the exit of the worker can't be observed");
            Ended::NotStarted
        }
    }
}
