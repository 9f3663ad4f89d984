//! | variable | meaning | default |
//! |---|---|---|
//! | `WATCHDOG_CHECK_INTERVAL` | s between two looks at the restart flag and the worker, 1 to 30 | 5 |
//! | `WATCHDOG_PROBE_TIMEOUT` | s that the worker may take to answer `/livez`, 1 to 20 | 5 |
//! | `WATCHDOG_PROBE_FAILURES` | looks in a row without an answer until it counts as stuck, 1 to 100 | 3 |
//! | `WATCHDOG_RELOAD_TIMEOUT` | s until a reload must be over, 5 to 3600 | 120 |
//! | `WATCHDOG_RESTART_HISTORY_MAX` | restarts that the state file keeps, 10 to 1000 | 50 |
//!
//! An interval and a probe together stay below the `WatchdogSec` of the unit, or the service manager
//! would end a watchdog that only waits.

use std::time::Duration;

use clap::Args;

use super::ranges::whole;
use super::{HttpSettings, LogSettings, RestartSettings};
use crate::http_probe::reached_at;
use crate::watchdog::WatchdogSettings;

/// Settings of `mes-dashboard watchdog`.
#[derive(Args, Clone, Debug)]
pub struct WatchdogConfig {
    /// Where the worker answers.
    #[command(flatten)]
    pub http: HttpSettings,
    /// The shared files and the policy.
    #[command(flatten)]
    pub restart: RestartSettings,
    /// Logs.
    #[command(flatten)]
    pub log: LogSettings,
    /// Seconds between two looks at the restart flag and the worker, 1 to 30
    #[arg(long, env = "WATCHDOG_CHECK_INTERVAL", default_value = "5", value_parser = whole("WATCHDOG_CHECK_INTERVAL", 1..=30_u64))]
    pub watchdog_check_interval: u64,
    /// Seconds that the worker may take to answer /livez, 1 to 20
    #[arg(long, env = "WATCHDOG_PROBE_TIMEOUT", default_value = "5", value_parser = whole("WATCHDOG_PROBE_TIMEOUT", 1..=20_u64))]
    pub watchdog_probe_timeout: u64,
    /// Looks in a row without an answer until the worker counts as stuck, 1 to 100
    #[arg(long, env = "WATCHDOG_PROBE_FAILURES", default_value = "3", value_parser = whole("WATCHDOG_PROBE_FAILURES", 1..=100_u32))]
    pub watchdog_probe_failures: u32,
    /// Seconds until a reload must be over, 5 to 3600
    #[arg(long, env = "WATCHDOG_RELOAD_TIMEOUT", default_value = "120", value_parser = whole("WATCHDOG_RELOAD_TIMEOUT", 5..=3_600_u64))]
    pub watchdog_reload_timeout: u64,
    /// Restarts that the state file keeps, 10 to 1000
    #[arg(long, env = "WATCHDOG_RESTART_HISTORY_MAX", default_value = "50", value_parser = whole("WATCHDOG_RESTART_HISTORY_MAX", 10..=1_000_u32))]
    pub watchdog_restart_history_max: u32,
}

impl WatchdogConfig {
    /// What the watchdog follows.
    pub fn settings(&self) -> WatchdogSettings {
        WatchdogSettings {
            paths: self.restart.paths(),
            limits: self.restart.limits(),
            history: self.watchdog_restart_history_max as usize,
            interval: Duration::from_secs(self.watchdog_check_interval),
            probe: Duration::from_secs(self.watchdog_probe_timeout),
            failures: self.watchdog_probe_failures,
            reload: Duration::from_secs(self.watchdog_reload_timeout),
            address: reached_at(self.http.bind_addr),
        }
    }
}
