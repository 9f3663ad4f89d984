//! The state of the supervisor in `WATCHDOG_PID_FILE`.
//!
//! After an upgrade writer and reader may have different versions: unknown fields are ignored, and
//! newer fields may be missing.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::identity::Identity;
use crate::runtime_files::{self, RuntimeFileError};

/// The file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisorRecord {
    /// Who the supervisor is. To be verified before anything is sent to it.
    #[serde(flatten)]
    pub identity: Identity,
    /// The worker that serves; null while none does.
    #[serde(default)]
    pub worker: Option<WorkerRecord>,
    /// Workers that were started so far.
    #[serde(default)]
    pub generation: u64,
    /// Whether guarded mode is on: workers keep failing, and the restart interval is raised.
    #[serde(default)]
    pub guarded: bool,
    /// Workers that failed in the window.
    #[serde(default)]
    pub crashes_in_window: u32,
    /// The last reload.
    #[serde(default)]
    pub last_reload: Option<ReloadRecord>,
}

/// The worker that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerRecord {
    /// Process id.
    pub pid: u32,
    /// When it was started: ISO 8601, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The how many-th worker it is.
    pub generation: u64,
}

/// A reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReloadRecord {
    /// The how many-th it is.
    pub number: u64,
    /// When it began: ISO 8601, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    /// When it ended: ISO 8601, UTC; null while it is in progress.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Whether the new worker serves.
    pub success: bool,
    /// Why it failed; null on success, or while it is in progress.
    pub reason: Option<String>,
}

impl SupervisorRecord {
    /// Reads the file; `None` if it is missing.
    ///
    /// # Errors
    /// It is there, and can't be read or makes no sense.
    pub fn read(path: &Path) -> Result<Option<Self>, RuntimeFileError> {
        runtime_files::read_json(path)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_of_older_and_newer_programs_are_read() {
        let short = json!({ "pid": 7, "start_time": 9, "boot_id": "b" });
        let record: SupervisorRecord = serde_json::from_value(short).unwrap();
        assert_eq!((record.identity.pid, record.generation, record.guarded), (7, 0, false));
        let at: Timestamp = "2026-11-21T14:59:30Z".parse().unwrap();
        let record = SupervisorRecord {
            worker: Some(WorkerRecord { pid: 8, started_at: at, generation: 3 }),
            generation: 4,
            guarded: true,
            crashes_in_window: 2,
            last_reload: Some(ReloadRecord {
                number: 1,
                requested_at: at,
                completed_at: None,
                success: false,
                reason: None,
            }),
            ..record
        };
        let mut newer = serde_json::to_value(&record).unwrap();
        newer["mood"] = json!({ "of": "tomorrow" });
        newer["worker"]["threads"] = json!(4);
        newer["last_reload"]["by"] = json!("chen");
        assert_eq!(newer["pid"], 7, "who it is stands at the top");
        assert_eq!(serde_json::from_value::<SupervisorRecord>(newer).unwrap(), record);
    }

    #[test]
    fn half_a_record_is_no_record() {
        for torn in ["{}", r#"{"pid":7}"#, r#"{"pid":-1,"start_time":9,"boot_id":"b"}"#, "[]"] {
            assert!(serde_json::from_str::<SupervisorRecord>(torn).is_err(), "{torn}");
        }
    }
}
