//! What the machine takes in and gives out.

use std::time::Duration;

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It could not be started; the cause is logged.
    NotStarted,
}

/// Why a worker did not become ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended first.
    Ended(Ended),
    /// It was not ready in time.
    NotReady,
    /// The supervisor was stopped first.
    Stopped,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ended(Ended::Code(code)) if *code == i32::from(super::NO_DATA) => out.write_str(
                "the new worker could load no data, and the one that serves has some; reload \
                     again when the database answers",
            ),
            Self::Ended(Ended::Code(code)) => {
                write!(out, "the new worker ended with exit code {code} before it was ready")
            }
            Self::Ended(Ended::Signal(signal)) => {
                write!(out, "the new worker was ended by signal {signal} before it was ready")
            }
            Self::Ended(Ended::NotStarted) => {
                out.write_str("the new worker could not be started; the cause is in the log")
            }
            Self::NotReady => {
                out.write_str("the new worker was not ready within WORKER_READY_TIMEOUT")
            }
            Self::Stopped => out.write_str("the supervisor was stopped"),
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The supervisor may begin.
    Begin,
    /// The worker of this generation can serve.
    Ready(u64),
    /// It is alive.
    Heartbeat(u64),
    /// It drains without a request of the supervisor.
    Leaving(u64),
    /// It has exited.
    Ended(u64, Ended),
    /// Somebody wants a new worker.
    Reload,
    /// Somebody wants an end.
    Stop,
    /// Immediate restart was requested.
    Hurry,
    /// Time has passed; see [`next_tick`](super::Machine::next_tick).
    Tick,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start the worker of this generation.
    Start(u64),
    Serves(u64),
    /// Drain it within this time.
    Drain(u64, Duration),
    /// End it.
    Kill(u64),
    /// A reload has begun.
    ReloadBegan(u64),
    /// The supervisor exits.
    ReloadEnded(u64, Option<Failure>),
    /// Guarded mode is on or off.
    Guarded(bool),
    /// Nothing is left; the supervisor ends with this code.
    Finished(i32),
}
