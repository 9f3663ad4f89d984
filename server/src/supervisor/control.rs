//! Messages between supervisor and worker: JSON lines over a private socket.
//!
//! After an upgrade the two programs may have different versions: unknown messages are ignored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::record::ReloadRecord;

/// To the worker. The end of the connection means that the supervisor has died: drain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToWorker {
    /// Drain: accept no more connections, finish open requests, and exit.
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
    /// Another process told it to drain, and it accepts no more connections.
    Leaving,
    /// From a newer worker.
    #[serde(other)]
    Unknown,
}

/// The state of the supervisor as the worker receives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SupervisorStatus {
    /// Its process id.
    pub pid: u32,
    /// Workers that it has started.
    pub generation: u64,
    /// Guarded mode: workers keep failing, and the restart interval is raised.
    pub guarded: bool,
    /// Workers that failed in the window.
    pub crashes_in_window: u32,
    /// The last reload; null when there was none.
    pub last_reload: Option<ReloadRecord>,
}

/// A message as it is sent.
pub(super) fn line<T: Serialize>(message: &T) -> Vec<u8> {
    // Serialization of words, numbers and times does not fail.
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
