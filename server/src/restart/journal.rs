//! `WATCHDOG_STATE_FILE` as its one writer keeps it.
//!
//! A restart is written down before it is carried out. A watchdog that is killed in between finds
//! it in the file, so that no request is carried out twice and none vanishes.

use std::path::PathBuf;

use jiff::Timestamp;

use super::log::{RestartFile, RestartRecord};
use super::policy::{RestartLimits, RestartOutlook};
use crate::runtime_files::{self, Readers, RuntimeFileError};
use crate::supervisor::identity::Identity;

/// The file, held by the watchdog.
#[derive(Debug)]
pub struct RestartJournal {
    path: PathBuf,
    limits: RestartLimits,
    most: usize,
    file: RestartFile,
}

impl RestartJournal {
    /// Takes the file over: sets a damaged one aside, ends what another watchdog left open, and
    /// writes down who keeps it now. `most` records are kept.
    ///
    /// # Errors
    /// The folder can't be written to.
    pub fn open(
        path: PathBuf,
        limits: RestartLimits,
        most: usize,
        keeper: Identity,
        now: Timestamp,
    ) -> Result<Self, RuntimeFileError> {
        let mut file: RestartFile = runtime_files::read_own_json(&path, now)?.unwrap_or_default();
        for open in file.history.iter_mut().filter(|one| one.completed_at.is_none()) {
            open.completed_at = Some(now);
            open.decision_reason = "the watchdog ended before it was over".to_owned();
        }
        file.watchdog = Some(keeper);
        let journal = Self { path, limits, most, file };
        journal.write()?;
        Ok(journal)
    }

    /// Whether a restart is allowed.
    pub fn outlook(&self, now: Timestamp) -> RestartOutlook {
        self.limits.judge(self.file.restarts(), now)
    }

    /// Moves restarts of the future to `now`: the clock was set back, and otherwise they would
    /// count for longer than the window.
    ///
    /// # Errors
    /// The file can't be written; it is as it was.
    pub fn follow_clock(&mut self, now: Timestamp) -> Result<(), RuntimeFileError> {
        let before = self.file.clone();
        for record in &mut self.file.history {
            record.requested_at = record.requested_at.min(now);
        }
        self.file.last_restart = self.file.last_restart.map(|last| last.min(now));
        if self.file == before {
            return Ok(());
        }
        self.write().inspect_err(|_| self.file = before)
    }

    /// Whether a request was decided about already.
    pub fn has(&self, id: &str) -> bool {
        self.file.history.iter().any(|one| one.id == id)
    }

    /// Writes a decision down.
    ///
    /// # Errors
    /// The file can't be written; it is as it was, and nothing may be carried out.
    pub fn add(&mut self, record: RestartRecord) -> Result<(), RuntimeFileError> {
        let before = self.file.clone();
        if record.was_carried_out() {
            self.file.last_restart = Some(record.requested_at);
        }
        self.file.history.push(record);
        while self.file.history.len() > self.most {
            // The policy counts what was carried out: the oldest refusal goes first.
            let refused = self.file.history.iter().position(|one| !one.was_carried_out());
            self.file.history.remove(refused.unwrap_or(0));
        }
        self.write().inspect_err(|_| self.file = before)
    }

    /// Writes down how a restart ended.
    ///
    /// # Errors
    /// The file can't be written; the result is included in the next write.
    pub fn end(
        &mut self,
        id: &str,
        outcome: &Result<(), String>,
        now: Timestamp,
    ) -> Result<(), RuntimeFileError> {
        if let Some(record) = self.file.history.iter_mut().find(|one| one.id == id) {
            record.completed_at = Some(now);
            record.success = outcome.is_ok();
            if let Err(reason) = outcome {
                record.decision_reason.clone_from(reason);
            }
        }
        self.write()
    }

    /// Leaves the file to the next watchdog.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn close(mut self) -> Result<(), RuntimeFileError> {
        self.file.watchdog = None;
        self.write()
    }

    fn write(&self) -> Result<(), RuntimeFileError> {
        runtime_files::write_json(&self.path, &self.file, Readers::Group)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::restart::log::read;
    use crate::restart::{Decision, PolicyState, RestartRequest, RestartSource};

    const LIMITS: RestartLimits = RestartLimits::DEFAULT;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn open(path: &Path, second: i64) -> RestartJournal {
        let keeper = Identity::of_this_process().unwrap();
        RestartJournal::open(path.to_owned(), LIMITS, 3, keeper, at(second)).unwrap()
    }

    fn record(second: i64, decision: Decision) -> RestartRecord {
        let request = RestartRequest {
            id: second.to_string(),
            user: "chen".to_owned(),
            ip: None,
            timestamp: at(second),
            source: RestartSource::Manual,
            manual_override: false,
            override_acknowledged: false,
            override_reason: None,
            policy_state: "allowed".to_owned(),
            decision: "allowed".to_owned(),
            contract_version: "1".to_owned(),
        };
        RestartRecord::of(&request, PolicyState::Allowed, decision)
    }

    #[test]
    fn a_restart_is_in_the_file_before_it_is_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut journal = open(&path, 0);
        journal.add(record(100, Decision::Allowed)).unwrap();
        let file = read(&path).unwrap();
        assert_eq!((file.history.len(), file.history[0].completed_at), (1, None));
        assert_eq!(file.last_restart, Some(at(100)));
        // As after a kill: the next watchdog ends it, counts it and does not repeat it.
        let mut next = open(&path, 110);
        assert!(next.has("100"));
        assert_eq!(next.outlook(at(110)).policy_state, PolicyState::Cooldown { seconds_left: 50 });
        let file = read(&path).unwrap();
        assert_eq!((file.history[0].completed_at, file.history[0].success), (Some(at(110)), false));
        next.add(record(200, Decision::Allowed)).unwrap();
        next.end("200", &Ok(()), at(201)).unwrap();
        let file = read(&path).unwrap();
        assert_eq!((file.history[1].completed_at, file.history[1].success), (Some(at(201)), true));
        assert!(file.watchdog.is_some());
        next.close().unwrap();
        assert_eq!(read(&path).unwrap().watchdog, None);
    }

    #[test]
    fn a_clock_that_was_set_back_delays_nothing_for_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut journal = open(&path, 0);
        journal.add(record(5_000, Decision::Allowed)).unwrap();
        for (second, state) in
            [(100, PolicyState::Cooldown { seconds_left: 60 }), (160, PolicyState::Allowed)]
        {
            journal.follow_clock(at(second)).unwrap();
            assert_eq!(journal.outlook(at(second)).policy_state, state, "{second}");
            let told = LIMITS.judge(read(&path).unwrap().restarts(), at(second)).policy_state;
            assert_eq!(told, state, "as other processes read it at {second}");
        }
    }

    #[test]
    fn the_history_is_bounded_and_loses_refusals_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut journal = open(&path, 0);
        let blocked = Decision::Refused(crate::restart::Refusal::Blocked);
        for (second, decision) in
            [(1, Decision::Allowed), (2, blocked), (3, Decision::Overridden), (4, blocked)]
        {
            journal.add(record(second, decision)).unwrap();
        }
        let ids = |path: &Path| -> Vec<String> {
            read(path).unwrap().history.into_iter().map(|one| one.id).collect()
        };
        assert_eq!(ids(&path), ["1", "3", "4"]);
        journal.add(record(5, Decision::Allowed)).unwrap();
        journal.add(record(6, Decision::Allowed)).unwrap();
        assert_eq!(ids(&path), ["3", "5", "6"]);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        std::fs::write(&path, b"{\"history\":[{\"id\":").unwrap();
        let journal = open(&path, 7);
        assert_eq!(journal.outlook(at(7)).policy_state, PolicyState::Allowed);
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(names.iter().any(|name| name.starts_with("state.json.corrupt-")), "{names:?}");
        read(&path).unwrap();
    }

    #[test]
    fn what_can_not_be_written_down_did_not_happen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone/state.json");
        std::fs::create_dir(folder.path().join("gone")).unwrap();
        let mut journal = open(&path, 0);
        std::fs::remove_dir_all(folder.path().join("gone")).unwrap();
        assert!(journal.add(record(1, Decision::Allowed)).is_err());
        assert!(!journal.has("1"));
    }
}
