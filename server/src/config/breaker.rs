//! | variable | meaning | default |
//! |---|---|---|
//! | `CIRCUIT_BREAKER_ENABLED` | whether the breaker may open, `true` or `false` | `true` |
//! | `CIRCUIT_BREAKER_WINDOW_SIZE` | last calls that are judged, 1 to 10000 | 20 |
//! | `CIRCUIT_BREAKER_FAILURE_THRESHOLD` | failures in the window below which it stays closed, 1 to the window size | 5 |
//! | `CIRCUIT_BREAKER_FAILURE_RATE` | share of failures in the window that opens it, above 0 and up to 1 | 0.5 |
//! | `CIRCUIT_BREAKER_SLOW_CALL_RATE` | share of slow calls in the window that opens it, above 0 and up to 1 | 0.8 |
//! | `CIRCUIT_BREAKER_SLOW_CALL_MS` | ms from which a call is slow, 1 to 600000 | 10000 |
//! | `CIRCUIT_BREAKER_RECOVERY_TIMEOUT` | s it stays open at first; doubles up to 8 times this while probes fail, 1 to 3600 | 30 |
//! | `CIRCUIT_BREAKER_HALF_OPEN_PROBES` | calls let through to try the database, 1 to 100 | 3 |

use std::time::Duration;

use clap::{ArgAction, Args};

use super::ranges::{ratio, whole};
use crate::breaker::{BreakerLimits, BreakerPolicy, InvalidPolicy};

/// The circuit breaker in front of the database.
#[derive(Args, Clone, Debug)]
pub struct BreakerSettings {
    /// Whether the circuit breaker may open: true or false
    #[arg(long = "circuit-breaker-enabled", env = "CIRCUIT_BREAKER_ENABLED", action = ArgAction::Set, default_value = "true", value_parser = clap::builder::BoolishValueParser::new())]
    pub enabled: bool,
    /// Last database calls that are judged, 1 to 10000
    #[arg(long = "circuit-breaker-window-size", env = "CIRCUIT_BREAKER_WINDOW_SIZE", default_value = "20", value_parser = whole("CIRCUIT_BREAKER_WINDOW_SIZE", 1..=10_000_u32))]
    pub window_size: u32,
    /// Failures in the window below which the breaker stays closed, 1 to the window size
    #[arg(long = "circuit-breaker-failure-threshold", env = "CIRCUIT_BREAKER_FAILURE_THRESHOLD", default_value = "5", value_parser = whole("CIRCUIT_BREAKER_FAILURE_THRESHOLD", 1..=10_000_u32))]
    pub failure_threshold: u32,
    /// Share of failures in the window that opens the breaker, above 0 and up to 1
    #[arg(long = "circuit-breaker-failure-rate", env = "CIRCUIT_BREAKER_FAILURE_RATE", default_value = "0.5", value_parser = ratio("CIRCUIT_BREAKER_FAILURE_RATE"))]
    pub failure_rate: f64,
    /// Share of slow calls in the window that opens the breaker, above 0 and up to 1
    #[arg(long = "circuit-breaker-slow-call-rate", env = "CIRCUIT_BREAKER_SLOW_CALL_RATE", default_value = "0.8", value_parser = ratio("CIRCUIT_BREAKER_SLOW_CALL_RATE"))]
    pub slow_call_rate: f64,
    /// Milliseconds from which a call is slow, 1 to 600000
    #[arg(long = "circuit-breaker-slow-call-ms", env = "CIRCUIT_BREAKER_SLOW_CALL_MS", default_value = "10000", value_parser = whole("CIRCUIT_BREAKER_SLOW_CALL_MS", 1..=600_000_u64))]
    pub slow_call_ms: u64,
    /// Seconds the breaker stays open at first, 1 to 3600
    #[arg(long = "circuit-breaker-recovery-timeout", env = "CIRCUIT_BREAKER_RECOVERY_TIMEOUT", default_value = "30", value_parser = whole("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", 1..=3_600_u64))]
    pub recovery_timeout: u64,
    /// Calls that a half-open breaker lets through, 1 to 100
    #[arg(long = "circuit-breaker-half-open-probes", env = "CIRCUIT_BREAKER_HALF_OPEN_PROBES", default_value = "3", value_parser = whole("CIRCUIT_BREAKER_HALF_OPEN_PROBES", 1..=100_u32))]
    pub half_open_probes: u32,
}

impl BreakerSettings {
    /// What the breaker reacts to, for calls that take `longest_call` at most with all their waiting.
    ///
    /// # Errors
    /// Settings that contradict each other, by name.
    pub fn policy(&self, longest_call: Duration) -> Result<BreakerPolicy, InvalidPolicy> {
        let recovery = Duration::from_secs(self.recovery_timeout);
        BreakerPolicy::new(BreakerLimits {
            enabled: self.enabled,
            window_size: self.window_size,
            failure_threshold: self.failure_threshold,
            failure_ratio: self.failure_rate,
            slow_call_ratio: self.slow_call_rate,
            slow_call: Duration::from_millis(self.slow_call_ms),
            recovery,
            probes: self.half_open_probes,
            // A probe that merely takes its allowed time does not hang.
            half_open_limit: recovery.max(longest_call),
        })
    }
}
