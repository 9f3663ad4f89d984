//! The restarts that there were, as `WATCHDOG_STATE_FILE` holds them.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decision::{Decision, RestartSource};
use super::policy::{PolicyState, RestartLimits, RestartOutlook};
use super::request::RestartRequest;
use crate::runtime_contract::RuntimePaths;
use crate::runtime_files;
use crate::supervisor::identity::Identity;

/// One restart request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestartRecord {
    /// The request's.
    pub id: String,
    /// The requester.
    pub requested_by: String,
    /// When: ISO 8601, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    /// From which address; null for an automatic one.
    pub requested_ip: Option<String>,
    /// When it ended: ISO 8601, UTC; null while it is in progress.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Whether the new worker serves.
    pub success: bool,
    /// `auto` or `manual`.
    pub source: RestartSource,
    /// What the policy decided: `allowed`, `overridden` or `refused`.
    pub decision: String,
    /// The reason of the request, of its rejection, or the result.
    pub decision_reason: String,
    /// Whether an operator overrode the policy.
    pub manual_override: bool,
    /// The policy's state at the request: `allowed`, `cooldown` or `blocked`.
    pub policy_state: String,
}

impl RestartRecord {
    /// The record of a request that has just been decided about.
    pub fn of(request: &RestartRequest, state: PolicyState, decision: Decision) -> Self {
        Self {
            id: request.id.clone(),
            requested_by: request.user.clone(),
            requested_at: request.timestamp,
            requested_ip: request.ip.clone(),
            completed_at: None,
            success: false,
            source: request.source,
            decision: decision.word().to_owned(),
            decision_reason: request.override_reason.clone().unwrap_or_default(),
            manual_override: request.manual_override,
            policy_state: state.word().to_owned(),
        }
    }

    /// Whether it was carried out, well or not: what is refused leaves the worker alone.
    pub fn was_carried_out(&self) -> bool {
        self.decision != "refused"
    }
}

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartFile {
    /// The watchdog that keeps the file.
    #[serde(default)]
    pub watchdog: Option<Identity>,
    /// Time of the last request that was executed.
    #[serde(default)]
    pub last_restart: Option<Timestamp>,
    /// Requests, oldest first.
    pub history: Vec<RestartRecord>,
}

impl RestartFile {
    /// Moments of the restarts that were carried out.
    pub fn restarts(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.history.iter().filter(|one| one.was_carried_out()).map(|one| one.requested_at)
    }
}

/// Why the restarts that there were are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; the watchdog sets a damaged file aside when it starts")]
pub struct UnreadableHistory(String);

/// Reads the file.
///
/// # Errors
/// It is there and can't be read. No file is no restart.
pub fn read(path: &Path) -> Result<RestartFile, UnreadableHistory> {
    let unreadable = |error: runtime_files::RuntimeFileError| UnreadableHistory(error.to_string());
    Ok(runtime_files::read_json(path).map_err(unreadable)?.unwrap_or_default())
}

/// The file as it was last read. Readers never wait for the disk.
#[derive(Debug)]
pub struct RestartLog {
    paths: RuntimePaths,
    limits: RestartLimits,
    last: ArcSwap<Result<RestartFile, UnreadableHistory>>,
}

impl RestartLog {
    /// Not read yet: no restarts.
    pub fn new(paths: RuntimePaths, limits: RestartLimits) -> Self {
        Self { paths, limits, last: ArcSwap::from_pointee(Ok(RestartFile::default())) }
    }

    /// Reads the file again. Waits for the disk: not for async threads.
    pub fn refresh(&self) {
        self.last.store(Arc::new(read(&self.paths.state_file)));
    }

    /// The flag file for the watchdog.
    pub fn flag(&self) -> &Path {
        &self.paths.restart_flag
    }

    /// Why the restarts are not known.
    pub fn problem(&self) -> Option<String> {
        self.last.load().as_ref().as_ref().err().map(UnreadableHistory::to_string)
    }

    /// Whether the watchdog that keeps the file runs.
    pub fn is_kept(&self) -> bool {
        let last = self.last.load();
        let watchdog = last.as_ref().as_ref().ok().and_then(|file| file.watchdog.as_ref());
        watchdog.is_some_and(|watchdog| watchdog.verify().is_ok())
    }

    /// Requests in the window, newest first.
    pub fn in_window(&self, now: Timestamp) -> Vec<RestartRecord> {
        let last = self.last.load();
        let Ok(file) = last.as_ref() else { return Vec::new() };
        let counted = file.history.iter().rev();
        counted.filter(|one| self.limits.counts(one.requested_at, now)).cloned().collect()
    }

    /// Whether a restart is allowed. It is not while the earlier restarts can't be read: whether
    /// restarting helps is unknown then.
    pub fn outlook(&self, now: Timestamp) -> RestartOutlook {
        let last = self.last.load();
        match last.as_ref() {
            Ok(file) => self.limits.judge(file.restarts(), now),
            Err(_) => {
                let unknown = self.limits.judge([], now);
                RestartOutlook { policy_state: PolicyState::Blocked, ..unknown }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RestartLimits = RestartLimits::DEFAULT;

    fn paths(folder: &Path) -> RuntimePaths {
        RuntimePaths {
            runtime_dir: folder.to_owned(),
            pid_file: folder.join("supervisor.pid"),
            restart_flag: folder.join("restart.json"),
            state_file: folder.join("state.json"),
        }
    }

    fn restart(second: i64) -> RestartRecord {
        RestartRecord {
            id: second.to_string(),
            requested_by: "admin".to_owned(),
            requested_at: Timestamp::from_second(second).unwrap(),
            requested_ip: Some("10.0.0.5".to_owned()),
            completed_at: None,
            success: false,
            source: RestartSource::Manual,
            decision: "allowed".to_owned(),
            decision_reason: "worker hangs".to_owned(),
            manual_override: false,
            policy_state: "allowed".to_owned(),
        }
    }

    #[test]
    fn the_file_is_judged_as_it_was_last_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let history = RestartLog::new(paths(folder.path()), LIMITS);
        let now = Timestamp::from_second(1_000).unwrap();
        history.refresh();
        assert_eq!(history.outlook(now).policy_state, PolicyState::Allowed, "no file, no restart");

        let refused = RestartRecord { decision: "refused".to_owned(), ..restart(970) };
        let [old, first, second] = [100, 700, 980].map(restart);
        let history_in_file = vec![old, first, refused.clone(), second];
        let file = RestartFile { history: history_in_file, ..RestartFile::default() };
        std::fs::write(&path, serde_json::to_vec(&file).unwrap()).unwrap();
        assert_eq!(history.in_window(now), []);
        history.refresh();
        assert_eq!(history.in_window(now), [restart(980), refused, restart(700)]);
        let outlook = history.outlook(now);
        assert_eq!(outlook.policy_state, PolicyState::Cooldown { seconds_left: 40 });
        assert_eq!(outlook.restart_churn.restarts, 2, "what was refused is no restart");
    }

    #[test]
    fn a_damaged_file_is_named_and_never_counts_as_no_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let history = RestartLog::new(paths(folder.path()), LIMITS);
        for damaged in [&b"{\"history\":[{"[..], b"", b"\xff\xfe", &[b'['; 2_000_000]] {
            std::fs::write(&path, damaged).unwrap();
            history.refresh();
            let now = Timestamp::from_second(1_000).unwrap();
            assert_eq!(history.outlook(now).policy_state, PolicyState::Blocked);
            assert!(history.problem().unwrap().contains("state.json"));
            assert!(!history.is_kept());
        }
        std::fs::remove_file(&path).unwrap();
        history.refresh();
        assert_eq!(history.problem(), None);
    }
}
