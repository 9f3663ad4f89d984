//! The restarts that there were, as `WATCHDOG_STATE_FILE` holds them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::{PolicyState, RestartLimits, RestartOutlook};

/// Longest file that is read.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024;

/// One restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestartRecord {
    /// Who asked for it.
    pub requested_by: String,
    /// When: ISO 8601, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    /// From which address; null for an automatic one.
    pub requested_ip: Option<String>,
    /// When it was done: ISO 8601, UTC; null when it failed before its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Whether the new worker serves.
    pub success: bool,
    /// `auto` or `manual`.
    pub source: String,
    /// What the policy decided.
    pub decision: String,
    /// Why.
    pub decision_reason: String,
    /// Whether an operator overrode the policy.
    pub manual_override: bool,
    /// The policy's state when it was asked for: `allowed`, `cooldown` or `blocked`.
    pub policy_state: String,
}

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartFile {
    /// The restarts, oldest first.
    pub history: Vec<RestartRecord>,
}

/// Why the restarts that there were are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} can't be read: {cause}; the watchdog sets it aside when it starts")]
pub struct UnreadableHistory {
    path: String,
    cause: String,
}

/// Reads the file.
///
/// # Errors
/// It is there and can't be read. No file is no restart.
pub fn read(path: &Path) -> Result<RestartFile, UnreadableHistory> {
    let unreadable = |cause: String| UnreadableHistory { path: path.display().to_string(), cause };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(RestartFile::default());
        }
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(data) if data.len() > FILE_LIMIT_BYTES => {
            return Err(unreadable(format!("it has {} bytes", data.len())));
        }
        Ok(_) => {}
    }
    let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}

/// The file as it was last read. Readers never wait for the disk.
#[derive(Debug)]
pub struct RestartHistory {
    path: PathBuf,
    limits: RestartLimits,
    last: ArcSwap<Result<RestartFile, UnreadableHistory>>,
}

impl RestartHistory {
    /// Not read yet: no restarts.
    pub fn new(path: PathBuf, limits: RestartLimits) -> Self {
        Self { path, limits, last: ArcSwap::from_pointee(Ok(RestartFile::default())) }
    }

    /// Reads the file again. Waits for the disk: not for async threads.
    pub fn refresh(&self) {
        self.last.store(Arc::new(read(&self.path)));
    }

    /// Why the restarts are not known.
    pub fn problem(&self) -> Option<String> {
        self.last.load().as_ref().as_ref().err().map(UnreadableHistory::to_string)
    }

    /// The restarts in the window, newest first.
    pub fn in_window(&self, now: Timestamp) -> Vec<RestartRecord> {
        let last = self.last.load();
        let Ok(file) = last.as_ref() else { return Vec::new() };
        let counted = file.history.iter().rev();
        counted.filter(|one| self.limits.counts(one.requested_at, now)).cloned().collect()
    }

    /// Whether a restart is allowed. While the restarts are not known, it is not: nobody could say
    /// whether restarting helps.
    pub fn outlook(&self, now: Timestamp) -> RestartOutlook {
        let last = self.last.load();
        match last.as_ref() {
            Ok(file) => self.limits.judge(file.history.iter().map(|one| one.requested_at), now),
            Err(_) => {
                let unknown = self.limits.judge([], now);
                RestartOutlook { policy_state: PolicyState::Blocked, ..unknown }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: RestartLimits = RestartLimits {
        cooldown: Duration::from_secs(60),
        budget: 3,
        window: Duration::from_secs(600),
        churn_threshold: 3,
    };

    fn restart(second: i64) -> RestartRecord {
        RestartRecord {
            requested_by: "admin".to_owned(),
            requested_at: Timestamp::from_second(second).unwrap(),
            requested_ip: Some("10.0.0.5".to_owned()),
            completed_at: None,
            success: false,
            source: "manual".to_owned(),
            decision: "accepted".to_owned(),
            decision_reason: "worker hangs".to_owned(),
            manual_override: false,
            policy_state: "allowed".to_owned(),
        }
    }

    #[test]
    fn the_file_is_judged_as_it_was_last_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let history = RestartHistory::new(path.clone(), LIMITS);
        let now = Timestamp::from_second(1_000).unwrap();
        history.refresh();
        assert_eq!(history.outlook(now).policy_state, PolicyState::Allowed, "no file, no restart");

        let file = RestartFile { history: [100, 700, 980].map(restart).into() };
        std::fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
        assert_eq!(history.in_window(now), []);
        history.refresh();
        assert_eq!(history.in_window(now), [restart(980), restart(700)]);
        let outlook = history.outlook(now);
        assert_eq!(outlook.policy_state, PolicyState::Cooldown { seconds_left: 40 });
        assert_eq!(outlook.restart_churn.restarts, 2);
    }

    #[test]
    fn a_damaged_file_is_named_and_never_counts_as_no_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let history = RestartHistory::new(path.clone(), LIMITS);
        for damaged in [&b"{\"history\":[{"[..], b"", b"\xff\xfe", &[b'['; 2_000_000]] {
            std::fs::write(&path, damaged).unwrap();
            history.refresh();
            let now = Timestamp::from_second(1_000).unwrap();
            assert_eq!(history.outlook(now).policy_state, PolicyState::Blocked);
            assert!(history.problem().unwrap().contains("state.json"));
        }
        std::fs::remove_file(&path).unwrap();
        history.refresh();
        assert_eq!(history.problem(), None);
    }
}
