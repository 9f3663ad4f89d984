//! | variable | meaning | default |
//! |---|---|---|
//! | `WATCHDOG_RUNTIME_DIR` | folder of the next three | `/run/mes-dashboard` |
//! | `WATCHDOG_PID_FILE` | who the supervisor is | `supervisor.pid` in it |
//! | `WATCHDOG_RESTART_FLAG` | a restart that was asked for | `restart.json` in it |
//! | `WATCHDOG_STATE_FILE` | the restarts that there were | `restart-state.json` in it |
//! | `WORKER_RESTART_COOLDOWN` | s after a restart without another, 0 to 86400 | 60 |
//! | `WORKER_RESTART_RETRY_BUDGET` | restarts in a window, 1 to 50 | 3 |
//! | `WORKER_RESTART_WINDOW_SECONDS` | s of that window, 1 to 86400 | 600 |
//! | `RESILIENCE_RESTART_CHURN_THRESHOLD` | restarts in a window that are churn, 1 to 50 | 3 |
//! | `RUNTIME_CONTRACT_VERSION` | version of the contract that the installation was made for; set by the units | none |
//! | `RUNTIME_CONTRACT_ENFORCE` | whether drift stops the start, or is only logged | `false` |

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::ranges::whole;
use crate::restart::RestartLimits;
use crate::runtime_contract::{RuntimeContract, RuntimePaths, Surroundings};

/// The installation drifted, and is not to be started like that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("RUNTIME_CONTRACT_ENFORCE is true and the installation drifted from the contract:\n{0}")]
pub struct BrokenContract(String);

/// Restarts of the worker, and the files that they are about.
#[derive(Args, Clone, Debug)]
pub struct RestartSettings {
    /// Folder of the files that supervisor, watchdog and server share
    #[arg(
        long,
        env = "WATCHDOG_RUNTIME_DIR",
        value_name = "DIR",
        default_value = "/run/mes-dashboard"
    )]
    pub watchdog_runtime_dir: PathBuf,
    /// File with the identity of the supervisor; supervisor.pid in the runtime folder by default
    #[arg(long, env = "WATCHDOG_PID_FILE", value_name = "FILE")]
    pub watchdog_pid_file: Option<PathBuf>,
    /// File that asks for a restart; restart.json in the runtime folder by default
    #[arg(long, env = "WATCHDOG_RESTART_FLAG", value_name = "FILE")]
    pub watchdog_restart_flag: Option<PathBuf>,
    /// File of the restarts that there were; restart-state.json in the runtime folder by default
    #[arg(long, env = "WATCHDOG_STATE_FILE", value_name = "FILE")]
    pub watchdog_state_file: Option<PathBuf>,
    /// Seconds after a restart without another, 0 to 86400
    #[arg(long, env = "WORKER_RESTART_COOLDOWN", default_value_t = RestartLimits::DEFAULT.cooldown.as_secs(), value_parser = whole("WORKER_RESTART_COOLDOWN", 0..=86_400_u64))]
    pub worker_restart_cooldown: u64,
    /// Restarts that a window may hold, 1 to 50
    #[arg(long, env = "WORKER_RESTART_RETRY_BUDGET", default_value_t = RestartLimits::DEFAULT.budget, value_parser = whole("WORKER_RESTART_RETRY_BUDGET", 1..=50_u32))]
    pub worker_restart_retry_budget: u32,
    /// Seconds of that window, 1 to 86400
    #[arg(long, env = "WORKER_RESTART_WINDOW_SECONDS", default_value_t = RestartLimits::DEFAULT.window.as_secs(), value_parser = whole("WORKER_RESTART_WINDOW_SECONDS", 1..=86_400_u64))]
    pub worker_restart_window_seconds: u64,
    /// Restarts in a window that mean that restarting doesn't help, 1 to 50
    #[arg(long, env = "RESILIENCE_RESTART_CHURN_THRESHOLD", default_value_t = RestartLimits::DEFAULT.churn_threshold, value_parser = whole("RESILIENCE_RESTART_CHURN_THRESHOLD", 1..=50_u32))]
    pub resilience_restart_churn_threshold: u32,
    /// Version of the runtime contract that the installation was made for
    #[arg(long, env = "RUNTIME_CONTRACT_VERSION")]
    pub runtime_contract_version: Option<String>,
    /// Whether an installation that drifted from the runtime contract stops the start, or is only logged
    #[arg(
        long,
        env = "RUNTIME_CONTRACT_ENFORCE",
        default_value = "false",
        action = clap::ArgAction::Set
    )]
    pub runtime_contract_enforce: bool,
}

impl RestartSettings {
    /// What the restart policy follows.
    pub fn limits(&self) -> RestartLimits {
        RestartLimits {
            cooldown: Duration::from_secs(self.worker_restart_cooldown),
            budget: self.worker_restart_retry_budget,
            window: Duration::from_secs(self.worker_restart_window_seconds),
            churn_threshold: self.resilience_restart_churn_threshold,
        }
    }

    /// What this process and its installation agree on, for a server at `bind_addr`. Drift is logged.
    pub fn contract(&self, bind_addr: SocketAddr) -> RuntimeContract {
        let found = Surroundings {
            expected_version: self.runtime_contract_version.clone(),
            bind_addr,
            binary: std::env::current_exe().ok(),
            conda_prefix: std::env::var_os("CONDA_PREFIX").map(Into::into),
            conda_env_name: std::env::var("CONDA_ENV_NAME").ok(),
            paths: self.paths(),
        };
        let contract = found.check(Path::new("/"));
        for drift in &contract.errors {
            tracing::warn!(drift, "the installation drifted from the runtime contract");
        }
        contract
    }

    /// Checks the contract before anything is started. Workers only log drift, so that it never
    /// prevents the restart of a worker.
    ///
    /// # Errors
    /// There is drift, and `RUNTIME_CONTRACT_ENFORCE` is true.
    pub fn enforce_contract(&self, bind_addr: SocketAddr) -> Result<(), BrokenContract> {
        let contract = self.contract(bind_addr);
        if self.runtime_contract_enforce && !contract.valid {
            return Err(BrokenContract(contract.errors.join("\n")));
        }
        Ok(())
    }

    /// The shared files.
    pub fn paths(&self) -> RuntimePaths {
        let folder = &self.watchdog_runtime_dir;
        let or = |given: &Option<PathBuf>, name: &str| {
            given.clone().unwrap_or_else(|| folder.join(name))
        };
        RuntimePaths {
            pid_file: or(&self.watchdog_pid_file, "supervisor.pid"),
            restart_flag: or(&self.watchdog_restart_flag, "restart.json"),
            state_file: or(&self.watchdog_state_file, "restart-state.json"),
            runtime_dir: folder.clone(),
        }
    }
}
