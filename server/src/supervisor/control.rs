//! What supervisor and worker say to each other: one JSON object a line over a socket of their own.
//!
//! A program that is exchanged may be older or newer than the one it talks to: what it doesn't know
//! it passes over.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::record::ReloadRecord;

/// To the worker. The end of the connection means that the supervisor is gone: leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToWorker {
    /// Take no more connections, answer what is open, and end.
    Drain {
        /// Time for that.
        within_ms: u64,
    },
    /// How the supervisor is.
    Status(SupervisorStatus),
    /// From a newer supervisor.
    #[serde(other)]
    Unknown,
}

/// From the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromWorker {
    /// It takes connections.
    Ready,
    /// It makes progress.
    Heartbeat,
    /// Somebody other than the supervisor told it to leave, and it takes no more connections.
    Leaving,
    /// From a newer worker.
    #[serde(other)]
    Unknown,
}

/// The supervisor, as far as a worker knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SupervisorStatus {
    /// Its process id.
    pub pid: u32,
    /// Workers that it has started.
    pub generation: u64,
    /// Guarded mode: workers fail so often that they are started seldom.
    pub guarded: bool,
    /// Workers that failed in the window.
    pub crashes_in_window: u32,
    /// The last reload; null when there was none.
    pub last_reload: Option<ReloadRecord>,
}

/// A message as it is sent.
pub(super) fn line<T: Serialize>(message: &T) -> Vec<u8> {
    // Words, numbers and times: nothing in it that JSON can't say.
    let mut line = serde_json::to_vec(message).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_other_side_does_not_know_is_passed_over() {
        let newer = r#"{"say":"dance","tempo":120}"#;
        assert_eq!(serde_json::from_str::<ToWorker>(newer).unwrap(), ToWorker::Unknown);
        assert_eq!(serde_json::from_str::<FromWorker>(newer).unwrap(), FromWorker::Unknown);
    }

    #[test]
    fn messages_are_lines() {
        let status = SupervisorStatus {
            pid: 1,
            generation: 2,
            guarded: false,
            crashes_in_window: 0,
            last_reload: None,
        };
        for message in [ToWorker::Drain { within_ms: 30_000 }, ToWorker::Status(status)] {
            let line = line(&message);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(serde_json::from_slice::<ToWorker>(&line).unwrap(), message);
        }
    }
}
