//! What the program and its installation have to agree on.
//!
//! The contract has a version. An installation says which one it was made for
//! (`RUNTIME_CONTRACT_VERSION`), so that a program that was exchanged under old units and paths is
//! found before it is needed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use utoipa::ToSchema;

/// Grows whenever an installation has to change with the program.
pub const VERSION: &str = "1";

/// Files that supervisor, watchdog and server share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimePaths {
    /// Folder of the others (`WATCHDOG_RUNTIME_DIR`).
    pub runtime_dir: PathBuf,
    /// Who the supervisor is (`WATCHDOG_PID_FILE`).
    pub pid_file: PathBuf,
    /// A restart that was asked for (`WATCHDOG_RESTART_FLAG`).
    pub restart_flag: PathBuf,
    /// The restarts that there were (`WATCHDOG_STATE_FILE`).
    pub state_file: PathBuf,
}

/// The contract as this process keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contract {
    /// Version of the program's contract.
    pub version: &'static str,
    /// Address that is served.
    pub bind_addr: String,
    /// The program.
    pub binary: String,
    /// The conda environment that the program runs in; null outside of one.
    pub conda_prefix: Option<String>,
    /// Folder of the shared files.
    pub runtime_dir: String,
    /// Who the supervisor is.
    pub pid_file: String,
    /// A restart that was asked for.
    pub restart_flag: String,
    /// The restarts that there were.
    pub state_file: String,
}

/// The contract's part of `/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuntimeContract {
    /// Whether the installation keeps the contract.
    pub valid: bool,
    /// What was expected, what was found, and what mends it.
    pub errors: Vec<String>,
    /// The contract.
    pub contract: Contract,
}

/// What the process finds around it.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Version that the installation was made for.
    pub expected_version: Option<String>,
    /// Address that is served.
    pub bind_addr: SocketAddr,
    /// The program, where the system tells.
    pub binary: Option<PathBuf>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The shared files.
    pub paths: RuntimePaths,
}

impl Surroundings {
    /// Holds them against the contract.
    pub fn check(self) -> RuntimeContract {
        let mut errors = Vec::new();
        if let Some(expected) = self.expected_version.as_ref().filter(|other| *other != VERSION) {
            errors.push(format!(
                "RUNTIME_CONTRACT_VERSION is {expected}, the program keeps {VERSION}: install the units and the environment file of this program"
            ));
        }
        if let (Some(prefix), Some(binary)) = (&self.conda_prefix, &self.binary)
            && self.expected_version.is_some()
            && !binary.starts_with(prefix)
        {
            errors.push(format!(
                "the program is {}, expected below CONDA_PREFIX {}: start ${{CONDA_PREFIX}}/bin/mes-dashboard",
                binary.display(),
                prefix.display()
            ));
        }
        for (variable, path) in [
            ("WATCHDOG_PID_FILE", &self.paths.pid_file),
            ("WATCHDOG_RESTART_FLAG", &self.paths.restart_flag),
            ("WATCHDOG_STATE_FILE", &self.paths.state_file),
        ] {
            if path.parent() != Some(&self.paths.runtime_dir) {
                errors.push(format!(
                    "{variable} is {}, expected in WATCHDOG_RUNTIME_DIR {}: unset it, or give a file of that folder",
                    path.display(),
                    self.paths.runtime_dir.display()
                ));
            }
        }
        let shown = |path: &Path| path.display().to_string();
        RuntimeContract {
            valid: errors.is_empty(),
            errors,
            contract: Contract {
                version: VERSION,
                bind_addr: self.bind_addr.to_string(),
                binary: self.binary.as_deref().map(shown).unwrap_or_default(),
                conda_prefix: self.conda_prefix.as_deref().map(shown),
                runtime_dir: shown(&self.paths.runtime_dir),
                pid_file: shown(&self.paths.pid_file),
                restart_flag: shown(&self.paths.restart_flag),
                state_file: shown(&self.paths.state_file),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        let folder = PathBuf::from("/run/mes-dashboard");
        Surroundings {
            expected_version: Some(VERSION.to_owned()),
            bind_addr: ([127, 0, 0, 1], 8080).into(),
            binary: Some("/opt/mes/bin/mes-dashboard".into()),
            conda_prefix: Some("/opt/mes".into()),
            paths: RuntimePaths {
                pid_file: folder.join("a.pid"),
                restart_flag: folder.join("b.json"),
                state_file: folder.join("c.json"),
                runtime_dir: folder,
            },
        }
    }

    #[test]
    fn an_installation_that_keeps_the_contract_is_valid() {
        let checked = surroundings().check();
        assert_eq!((checked.valid, checked.errors.len()), (true, 0));
        assert_eq!(checked.contract.conda_prefix.as_deref(), Some("/opt/mes"));
    }

    #[test]
    fn each_drift_is_named_with_its_mend() {
        type Drift = fn(&mut Surroundings);
        let drifts: [(Drift, &str); 3] = [
            (
                |found| found.expected_version = Some("0".to_owned()),
                "RUNTIME_CONTRACT_VERSION is 0",
            ),
            (|found| found.binary = Some("/usr/bin/mes-dashboard".into()), "CONDA_PREFIX /opt/mes"),
            (|found| found.paths.state_file = "/tmp/c.json".into(), "WATCHDOG_STATE_FILE is /tmp"),
        ];
        for (drift, told) in drifts {
            let mut found = surroundings();
            drift(&mut found);
            let checked = found.check();
            assert!(!checked.valid);
            assert_eq!(checked.errors.len(), 1);
            assert!(checked.errors[0].contains(told), "{:?}", checked.errors);
        }
    }
}
