//! What the breaker reacts to, and how long it waits.

use std::time::Duration;

/// Share of a half-open round's probes that must succeed before the breaker closes.
const CLOSING_SUCCESS_RATIO: f64 = 0.6;
/// The longest OPEN time as a multiple of the first one.
const LONGEST_OPEN: u32 = 8;
/// Up to this share is added to every OPEN time, so that replicas do not probe in step.
const JITTER_RATIO: f64 = 0.1;

/// Unchecked figures of a breaker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerLimits {
    /// `false` lets every call through and only counts.
    pub enabled: bool,
    /// Calls in the sliding window.
    pub window_size: u32,
    /// Failures (or slow calls) in the window below which the breaker stays closed.
    pub failure_threshold: u32,
    /// Share of failures in the window that opens, above 0 and up to 1.
    pub failure_ratio: f64,
    /// Share of slow calls in the window that opens, above 0 and up to 1.
    pub slow_call_ratio: f64,
    /// A call that takes this long is slow, whatever its result.
    pub slow_call: Duration,
    /// First OPEN time; doubles while probes keep failing, up to eight times this.
    pub recovery: Duration,
    /// Probes in a half-open round.
    pub probes: u32,
    /// A half-open round with a probe that is still out after this has failed.
    pub half_open_limit: Duration,
}

/// Why figures make no breaker.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidPolicy {
    /// No call would ever be remembered.
    #[error("CIRCUIT_BREAKER_WINDOW_SIZE must be at least 1 call, got 0")]
    EmptyWindow,
    /// The first call would open the breaker, or none could.
    #[error(
        "CIRCUIT_BREAKER_FAILURE_THRESHOLD must be from 1 to CIRCUIT_BREAKER_WINDOW_SIZE ({window}), got {got}"
    )]
    Threshold {
        /// Actual value.
        got: u32,
        /// Calls in the window.
        window: u32,
    },
    /// A share that no window can reach, or that every window has.
    #[error("{variable} must be above 0 and at most 1, got {got}")]
    Ratio {
        /// The setting.
        variable: &'static str,
        /// Actual value.
        got: f64,
    },
    /// Every call would be slow.
    #[error("CIRCUIT_BREAKER_SLOW_CALL_MS must be at least 1 ms, got 0")]
    SlowCall,
    /// The breaker would never be open.
    #[error("CIRCUIT_BREAKER_RECOVERY_TIMEOUT must be at least 1 s, got {0:?}")]
    Recovery(Duration),
    /// The breaker could never close again.
    #[error("CIRCUIT_BREAKER_HALF_OPEN_PROBES must be at least 1, got 0")]
    Probes,
    /// Every round would fail at its start.
    #[error("a half-open round needs time for its probes, got 0 s")]
    HalfOpenLimit,
}

/// Checked figures of a breaker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerPolicy(BreakerLimits);

impl BreakerPolicy {
    /// Takes figures that make sense together.
    ///
    /// # Errors
    /// The first figure that does not, with what is allowed.
    pub fn new(limits: BreakerLimits) -> Result<Self, InvalidPolicy> {
        let ratio = |variable, got: f64| match got > 0.0 && got <= 1.0 {
            true => Ok(()),
            false => Err(InvalidPolicy::Ratio { variable, got }),
        };
        let window = limits.window_size;
        if window == 0 {
            return Err(InvalidPolicy::EmptyWindow);
        }
        if !(1..=window).contains(&limits.failure_threshold) {
            return Err(InvalidPolicy::Threshold { got: limits.failure_threshold, window });
        }
        ratio("CIRCUIT_BREAKER_FAILURE_RATE", limits.failure_ratio)?;
        ratio("CIRCUIT_BREAKER_SLOW_CALL_RATE", limits.slow_call_ratio)?;
        if limits.slow_call.is_zero() {
            return Err(InvalidPolicy::SlowCall);
        }
        if limits.recovery < Duration::from_secs(1) {
            return Err(InvalidPolicy::Recovery(limits.recovery));
        }
        if limits.probes == 0 {
            return Err(InvalidPolicy::Probes);
        }
        if limits.half_open_limit.is_zero() {
            return Err(InvalidPolicy::HalfOpenLimit);
        }
        Ok(Self(limits))
    }

    /// The figures.
    pub fn limits(&self) -> &BreakerLimits {
        &self.0
    }

    /// Successful probes that close a half-open round.
    pub fn successes_to_close(&self) -> u32 {
        let wanted = (f64::from(self.0.probes) * CLOSING_SUCCESS_RATIO).ceil() as u32;
        wanted.clamp(1, self.0.probes)
    }

    /// How long the breaker stays open when it opened `reopenings` times without closing between.
    ///
    /// `random` is uniform in 0..1.
    pub fn open_time(&self, reopenings: u32, random: f64) -> Duration {
        let factor = 1_u32.checked_shl(reopenings).unwrap_or(LONGEST_OPEN).min(LONGEST_OPEN);
        (self.0.recovery * factor).mul_f64(1.0 + JITTER_RATIO * random.clamp(0.0, 1.0))
    }
}
