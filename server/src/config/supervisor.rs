//! | variable | meaning | default |
//! |---|---|---|
//! | `WORKER_READY_TIMEOUT` | s until a new worker must be ready, 2 to 170 | 60 |
//! | `WORKER_WARM_TIMEOUT` | s that a new worker waits for its first data, 0 to 300 | 10 |
//! | `WORKER_SOFT_DRAIN_MS` | ms in which clients are asked to leave, 500 to 30000 | 1000 |
//! | `WORKER_DRAIN_TIMEOUT` | s until a worker that was replaced is gone, 1 to 600 | 30 |
//! | `WORKER_HEARTBEAT_TIMEOUT` | s of silence after which a worker is replaced, 5 to 600 | 30 |
//! | `WORKER_BACKOFF_MAX` | s between two starts of workers that fail, at most, 1 to 3600 | 60 |
//!
//! A worker becomes ready without data where the database gives none in time, unless another one
//! serves that has some. Everything that happens after a stop was asked for ends within `SHUTDOWN_TIMEOUT`.
//! The largest values stay below the times after which the service manager gives the service up.

use std::time::Duration;

use clap::Args;

use super::ranges::whole;

/// Pause before the third worker in a window.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// What readiness takes besides the data: migrations, and a first answer.
const BESIDES_DATA: Duration = Duration::from_secs(5);

/// Workers: their start and their end.
#[derive(Args, Clone, Debug)]
pub struct SupervisorSettings {
    /// Seconds until a new worker must be ready, 2 to 170
    #[arg(long, env = "WORKER_READY_TIMEOUT", default_value = "60", value_parser = whole("WORKER_READY_TIMEOUT", 2..=170_u64))]
    pub worker_ready_timeout: u64,
    /// Seconds that a new worker waits for its first data, 0 to 300
    #[arg(long, env = "WORKER_WARM_TIMEOUT", default_value = "10", value_parser = whole("WORKER_WARM_TIMEOUT", 0..=300_u64))]
    pub worker_warm_timeout: u64,
    /// Milliseconds in which clients are asked to leave before idle connections are closed, 500 to 30000
    #[arg(long, env = "WORKER_SOFT_DRAIN_MS", default_value = "1000", value_parser = whole("WORKER_SOFT_DRAIN_MS", 500..=30_000_u64))]
    pub worker_soft_drain_ms: u64,
    /// Seconds until a worker that was replaced is gone, 1 to 600
    #[arg(long, env = "WORKER_DRAIN_TIMEOUT", default_value = "30", value_parser = whole("WORKER_DRAIN_TIMEOUT", 1..=600_u64))]
    pub worker_drain_timeout: u64,
    /// Seconds of silence after which a worker is replaced, 5 to 600
    #[arg(long, env = "WORKER_HEARTBEAT_TIMEOUT", default_value = "30", value_parser = whole("WORKER_HEARTBEAT_TIMEOUT", 5..=600_u64))]
    pub worker_heartbeat_timeout: u64,
    /// Seconds between two starts of workers that fail, at most, 1 to 3600
    #[arg(long, env = "WORKER_BACKOFF_MAX", default_value = "60", value_parser = whole("WORKER_BACKOFF_MAX", 1..=3_600_u64))]
    pub worker_backoff_max: u64,
}

impl SupervisorSettings {
    /// How long a new worker waits for its first data: never so long that it can't be ready in time.
    pub fn warm(&self) -> Duration {
        let latest = Duration::from_secs(self.worker_ready_timeout);
        Duration::from_secs(self.worker_warm_timeout).min(latest.saturating_sub(BESIDES_DATA))
    }

    /// In which clients are asked to leave.
    pub fn soft_drain(&self) -> Duration {
        Duration::from_millis(self.worker_soft_drain_ms)
    }

    /// Until a worker that was replaced is gone.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.worker_drain_timeout)
    }
}

impl super::Config {
    /// What the supervisor allows.
    pub fn supervisor_limits(&self) -> crate::supervisor::SupervisorLimits {
        let settings = &self.supervisor;
        let restarts = self.restart.limits();
        crate::supervisor::SupervisorLimits {
            ready: Duration::from_secs(settings.worker_ready_timeout),
            drain: settings.drain(),
            stop: self.limits.shutdown(),
            silence: Duration::from_secs(settings.worker_heartbeat_timeout),
            first_pause: FIRST_PAUSE,
            longest_pause: Duration::from_secs(settings.worker_backoff_max),
            failures: restarts.budget.min(restarts.churn_threshold) as usize,
            window: restarts.window,
        }
    }
}
