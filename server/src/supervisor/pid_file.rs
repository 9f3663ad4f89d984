//! `WATCHDOG_PID_FILE`, kept by the supervisor that it names.

use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use jiff::Timestamp;

use super::record::SupervisorRecord;
use crate::runtime_files::{self, Readers, RuntimeFileError};

/// The file. The server continues without it: only other processes can't find the supervisor.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    last: Option<SupervisorRecord>,
    /// The last failure, logged once.
    trouble: Option<String>,
}

impl PidFile {
    /// Makes the folder where it is missing, as in development, and removes what a killed supervisor left
    /// half written.
    pub(super) fn new(path: PathBuf, now: Timestamp) -> Self {
        if let Some(folder) = path.parent() {
            // A failure of this is reported by the first record.
            let _ = std::fs::DirBuilder::new().recursive(true).mode(0o750).create(folder);
        }
        if let Err(error) = runtime_files::sweep(&path, now.into()) {
            tracing::warn!(%error, "leftovers of the supervisor's file stay");
        }
        Self { path, last: None, trouble: None }
    }

    /// Writes the record unless the file has it already, or names another running supervisor.
    pub(super) fn write(&mut self, record: &SupervisorRecord, now: Timestamp) {
        if self.last.as_ref() == Some(record) {
            return;
        }
        match self.try_write(record, now) {
            Ok(()) => {
                self.last = Some(record.clone());
                self.trouble = None;
            }
            Err(trouble) if self.trouble.as_ref() == Some(&trouble) => {}
            Err(trouble) => {
                tracing::warn!("{trouble}; nobody else can reload this server by its file");
                self.trouble = Some(trouble);
            }
        }
    }

    fn try_write(&self, record: &SupervisorRecord, now: Timestamp) -> Result<(), String> {
        let told = |error: RuntimeFileError| error.to_string();
        // A file that was ours a moment ago may have been exchanged since; nobody's is overwritten.
        let there = runtime_files::read_own_json::<SupervisorRecord>(&self.path, now);
        if let Some(other) = there.map_err(told)?
            && other.identity != record.identity
            && other.identity.verify().is_ok()
        {
            let (path, pid) = (self.path.display(), other.identity.pid);
            return Err(format!("{path} belongs to process {pid}, which runs"));
        }
        runtime_files::write_json(&self.path, record, Readers::Group).map_err(told)
    }

    /// Removes the file if it names this supervisor.
    pub(super) fn remove(&self, record: &SupervisorRecord) {
        let is_ours = SupervisorRecord::read(&self.path)
            .is_ok_and(|there| there.is_some_and(|there| there.identity == record.identity));
        if is_ours && let Err(error) = runtime_files::remove(&self.path) {
            tracing::warn!(%error, "the file of the supervisor stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::super::sleeper::Sleeper;
    use super::*;

    fn record(identity: Identity, generation: u64) -> SupervisorRecord {
        SupervisorRecord {
            identity,
            worker: None,
            generation,
            guarded: false,
            crashes_in_window: 0,
            last_reload: None,
        }
    }

    /// Writes three records; returns the warnings in the log.
    fn told(file: &mut PidFile, identity: &Identity) -> Vec<String> {
        let log = tempfile::NamedTempFile::new().unwrap();
        let lines = std::sync::Arc::new(log.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(lines).finish();
        tracing::subscriber::with_default(subscriber, || {
            for generation in 1..4 {
                file.write(&record(identity.clone(), generation), Timestamp::MAX);
            }
        });
        std::fs::read_to_string(log.path()).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_folder_is_made_and_what_cannot_be_made_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let (there, this) = (folder.path().join("run/mes"), Identity::of_this_process().unwrap());
        let path = there.join("supervisor.pid");
        let mut file = PidFile::new(path.clone(), Timestamp::MAX);
        assert_eq!(told(&mut file, &this), [""; 0]);
        assert!(SupervisorRecord::read(&path).unwrap().is_some());
        let mut file = PidFile::new(path.join("none/supervisor.pid"), Timestamp::MAX);
        let warnings = told(&mut file, &this);
        assert!(warnings.len() == 1 && file.trouble.is_some(), "{warnings:?}");
        // A folder that is removed later.
        let mut file = PidFile::new(path, Timestamp::MAX);
        std::fs::remove_dir_all(&there).unwrap();
        let warnings = told(&mut file, &this);
        assert!(warnings.len() == 1 && file.trouble.is_some(), "{warnings:?}");
    }

    #[test]
    fn the_file_follows_its_supervisor_and_spares_one_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("supervisor.pid");
        let read = || SupervisorRecord::read(&path).unwrap();
        let mut other = Sleeper::start();
        let (this, that) =
            (Identity::of_this_process().unwrap(), Identity::of(other.id()).unwrap());
        let theirs = record(that, 7);
        runtime_files::write_json(&path, &theirs, Readers::Group).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        std::fs::write(folder.path().join(".supervisor.pid-x.unfinished"), "{").unwrap();
        let mut file = PidFile::new(path.clone(), Timestamp::MAX);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "swept");
        file.write(&record(this.clone(), 1), now);
        file.remove(&record(this.clone(), 1));
        assert_eq!(read(), Some(theirs), "it runs");
        other.end();
        for generation in 1..3 {
            let ours = record(this.clone(), generation);
            file.write(&ours, now);
            assert_eq!(read(), Some(ours));
        }
        file.remove(&record(this.clone(), 2));
        assert_eq!(read(), None);
        std::fs::write(&path, "{").unwrap();
        file.write(&record(this, 3), now);
        assert_eq!(read().unwrap().generation, 3);
        let kept = folder.path().join("supervisor.pid.corrupt-19700101T000000.000Z");
        assert_eq!(std::fs::read(kept).unwrap(), b"{");
    }
}
