//! What the program and its installation have to agree on.
//!
//! `installation` is the only list of places, names and texts: `mes-dashboard install` writes them,
//! and `mes-dashboard check` and every server and watchdog of an installation compare with them.
//! The contract has a version; the units contain the one that they were made for
//! (`RUNTIME_CONTRACT_VERSION`), so that a program that was replaced under old units and paths is
//! found at its start.

pub mod installation;
mod called;
mod conda;
mod drift;
mod env_file;
mod compare;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use utoipa::ToSchema;

pub use called::{called_prefix, is_same_file};
pub use compare::drifts;
pub use drift::Drift;
pub use env_file::{EnvFile, EnvFileError};

/// Grows whenever an installation has to change with the program.
pub const VERSION: &str = "1";

/// Files that supervisor, watchdog and server share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimePaths {
    /// Folder of the others (`WATCHDOG_RUNTIME_DIR`).
    pub runtime_dir: PathBuf,
    /// Who the supervisor is (`WATCHDOG_PID_FILE`).
    pub pid_file: PathBuf,
    /// The restart request (`WATCHDOG_RESTART_FLAG`).
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
    /// The program of the watchdog: the same one.
    pub watchdog_binary: String,
    /// The conda environment that the program runs in; null outside of one.
    pub conda_prefix: Option<String>,
    /// Its name; null outside of one.
    pub conda_env_name: Option<String>,
    /// Settings of an installation.
    pub env_file: &'static str,
    /// Units of an installation.
    pub units: [&'static str; 3],
    /// Folder of the application's own database in an installation.
    pub state_dir: &'static str,
    /// Folder of an installation's logs.
    pub logs_dir: &'static str,
    /// Folder of the shared files.
    pub runtime_dir: String,
    /// Who the supervisor is.
    pub pid_file: String,
    /// The restart request.
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
    /// Version that the installation was made for; none where nobody installed anything.
    pub expected_version: Option<String>,
    /// Address that is served.
    pub bind_addr: SocketAddr,
    /// The program, where the system reports it.
    pub binary: Option<PathBuf>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The name that the units give the conda environment.
    pub conda_env_name: Option<String>,
    /// The shared files.
    pub paths: RuntimePaths,
}

impl Surroundings {
    /// Holds them, and what is installed below `root`, against the contract.
    pub fn check(self, root: &Path) -> RuntimeContract {
        let mut errors = self.process_errors();
        if let (Some(prefix), true) = (&self.conda_prefix, self.expected_version.is_some()) {
            match drifts(root, prefix) {
                Ok(drifts) => errors.extend(drifts.iter().map(Drift::to_string)),
                Err(unusable) => errors.push(unusable.to_string()),
            }
        }
        let shown = |path: &Path| path.display().to_string();
        let binary = self.binary.as_deref().map(shown).unwrap_or_default();
        RuntimeContract {
            valid: errors.is_empty(),
            errors,
            contract: Contract {
                version: VERSION,
                bind_addr: self.bind_addr.to_string(),
                watchdog_binary: binary.clone(),
                binary,
                conda_prefix: self.conda_prefix.as_deref().map(shown),
                conda_env_name: self.conda_prefix.as_deref().map(installation::env_name),
                env_file: installation::ENV_FILE,
                units: installation::UNITS,
                state_dir: installation::STATE_DIR,
                logs_dir: installation::LOGS_DIR,
                runtime_dir: shown(&self.paths.runtime_dir),
                pid_file: shown(&self.paths.pid_file),
                restart_flag: shown(&self.paths.restart_flag),
                state_file: shown(&self.paths.state_file),
            },
        }
    }

    /// What this process itself was started with.
    fn process_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if let Some(expected) = self.expected_version.as_ref().filter(|other| *other != VERSION) {
            errors.push(format!(
                "RUNTIME_CONTRACT_VERSION is {expected}, the program keeps {VERSION}: install the units and the environment file of this program"
            ));
        }
        if let (Some(prefix), Some(binary)) = (&self.conda_prefix, &self.binary)
            && self.expected_version.is_some()
            // The system names the program without symbolic links, which the prefix or the file may be.
            && !binary.starts_with(prefix.canonicalize().as_ref().unwrap_or(prefix))
            && !is_same_file(binary, &prefix.join(installation::PROGRAM))
        {
            errors.push(format!(
                "the program is {}, expected below CONDA_PREFIX {}: start ${{CONDA_PREFIX}}/bin/mes-dashboard",
                binary.display(),
                prefix.display()
            ));
        }
        if let (Some(prefix), Some(name)) = (&self.conda_prefix, &self.conda_env_name)
            && *name != installation::env_name(prefix)
        {
            errors.push(format!(
                "CONDA_ENV_NAME is {name}, expected {}, the name of CONDA_PREFIX: mes-dashboard install --prefix {}",
                installation::env_name(prefix),
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
        errors
    }
}
