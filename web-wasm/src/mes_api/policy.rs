//! When to try again, and how long to wait before.

use super::breaker::scaled;
use super::retry_after::LONGEST_RETRY_AFTER_SECS;

/// Shortest wait after a degraded code, in seconds.
const SHORTEST_DEGRADED_SECS: u64 = 3;

/// What the code of a response means for the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// `DB_POOL_EXHAUSTED`: a retry would queue up with the requests that are too many already.
    PoolExhausted,
    /// `CIRCUIT_BREAKER_OPEN`: nothing reaches the database until the server's own probe.
    CircuitOpen,
    /// `HISTORY_PENDING`: the range of one request is not there yet; the server is well.
    HistoryPending,
    /// Any other code.
    Other,
}

impl ErrorClass {
    /// Of an error code.
    pub fn of(code: &str) -> Self {
        match code {
            "DB_POOL_EXHAUSTED" => Self::PoolExhausted,
            "CIRCUIT_BREAKER_OPEN" => Self::CircuitOpen,
            "HISTORY_PENDING" => Self::HistoryPending,
            _ => Self::Other,
        }
    }
}

/// The outcome of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No connection, or it broke.
    Network,
    /// Nothing came in time.
    Timeout,
    /// The caller aborted.
    Aborted,
    /// An unsuccessful response.
    Status {
        /// HTTP status.
        status: u16,
        /// Class of its code.
        class: ErrorClass,
        /// `Retry-After` in seconds, already clamped.
        retry_after_secs: Option<u64>,
    },
}

impl Outcome {
    /// Whether the whole origin should be paused: one of the degraded codes, or a 503 with
    /// `Retry-After`, unless it is about the range of one request.
    pub fn is_degraded(&self) -> bool {
        matches!(
            self,
            Self::Status { class: ErrorClass::PoolExhausted | ErrorClass::CircuitOpen, .. }
                | Self::Status { status: 503, class: ErrorClass::Other, retry_after_secs: Some(_) }
        )
    }

    /// Whether a probe with this outcome found the origin healthy: it responded, without a server
    /// error.
    pub fn is_healthy(&self) -> bool {
        matches!(
            self,
            Self::Status { status: ..=428 | 430..=499, .. }
                | Self::Status { class: ErrorClass::HistoryPending, .. }
        ) && !self.is_degraded()
    }

    /// `Retry-After` in seconds.
    pub fn hint_secs(&self) -> Option<u64> {
        match self {
            Self::Status { retry_after_secs, .. } => *retry_after_secs,
            _ => None,
        }
    }
}

/// What to do after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Report the failure.
    GiveUp,
    /// Try again after this many milliseconds.
    RetryAfterMs(u64),
}

/// How often and how patiently to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub max_retries: u32,
    /// Wait before the first retry, doubled for each further one, in ms.
    pub base_ms: u64,
    /// Longest of these waits, in ms.
    pub cap_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_retries: 3, base_ms: 1000, cap_ms: 4000 }
    }
}

impl RetryPolicy {
    /// Decides after an attempt.
    ///
    /// `retries` counts those already made; `safe` when a repeated request changes nothing;
    /// `random` is uniform in 0 to below 1.
    pub fn decide(&self, outcome: Outcome, retries: u32, safe: bool, random: f64) -> Decision {
        if retries >= self.max_retries {
            return Decision::GiveUp;
        }
        match outcome {
            Outcome::Aborted => Decision::GiveUp,
            Outcome::Status { class: ErrorClass::PoolExhausted, .. } => Decision::GiveUp,
            // The page shows the part that is there, and asks again by itself.
            Outcome::Status { class: ErrorClass::HistoryPending, .. } => Decision::GiveUp,
            Outcome::Status { class: ErrorClass::CircuitOpen, retry_after_secs, .. } => {
                if retries > 0 || !(safe || retry_after_secs.is_some()) {
                    return Decision::GiveUp;
                }
                self.after_hint(retry_after_secs.unwrap_or(0).max(SHORTEST_DEGRADED_SECS), random)
            }
            Outcome::Status { status: 429 | 503, retry_after_secs: Some(seconds), .. } => {
                self.after_hint(seconds, random)
            }
            Outcome::Status { status: 429 | 500..=599, .. }
            | Outcome::Network
            | Outcome::Timeout
                if safe =>
            {
                let ceiling = self.base_ms.saturating_mul(1 << retries.min(32)).min(self.cap_ms);
                Decision::RetryAfterMs(scaled(ceiling, random))
            }
            _ => Decision::GiveUp,
        }
    }

    /// Never before `Retry-After` is over; jitter of the same length keeps browsers that got the
    /// same value from retrying together.
    fn after_hint(&self, seconds: u64, random: f64) -> Decision {
        let wait = seconds.min(LONGEST_RETRY_AFTER_SECS) * 1000;
        Decision::RetryAfterMs(wait + scaled(wait.max(self.base_ms), random))
    }
}

/// What is left of a wait until `until_ms` that had `before_ms` left `step_ms` ago. It never
/// grows: by a clock that was set back, it would by as much.
pub fn left_ms(until_ms: u64, now_ms: u64, before_ms: u64, step_ms: u64) -> u64 {
    let left = until_ms.saturating_sub(now_ms);
    if left > before_ms { before_ms.saturating_sub(step_ms) } else { left }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy { max_retries: 3, base_ms: 1000, cap_ms: 4000 };

    fn wait(outcome: Outcome, retries: u32, safe: bool, random: f64) -> Option<u64> {
        match POLICY.decide(outcome, retries, safe, random) {
            Decision::GiveUp => None,
            Decision::RetryAfterMs(ms) => Some(ms),
        }
    }

    fn status(status: u16, retry_after_secs: Option<u64>) -> Outcome {
        Outcome::Status { status, class: ErrorClass::Other, retry_after_secs }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_below_it() {
        let longest: Vec<_> =
            (0..4).map(|retries| wait(Outcome::Network, retries, true, 0.999_999)).collect();
        assert_eq!(longest, [Some(999), Some(1999), Some(3999), None]);
        assert_eq!(wait(Outcome::Timeout, 2, true, 0.0), Some(0));
    }

    #[test]
    fn the_clients_fault_is_not_repeated() {
        for code in [400, 401, 403, 404, 405, 413, 415] {
            assert_eq!(wait(status(code, None), 0, true, 0.5), None, "{code}");
        }
        assert_eq!(wait(Outcome::Aborted, 0, true, 0.5), None);
    }

    #[test]
    fn a_change_is_repeated_only_when_the_server_refused_it_unread() {
        for outcome in [
            Outcome::Network,
            Outcome::Timeout,
            status(500, None),
            status(503, None),
            status(504, Some(1)),
        ] {
            assert_eq!(wait(outcome, 0, false, 0.5), None, "{outcome:?}");
        }
        assert!(wait(status(503, Some(2)), 0, false, 0.5).is_some());
    }

    #[test]
    fn degraded_codes_are_left_alone() {
        let coded = |code, retry_after_secs| Outcome::Status {
            status: 503,
            class: ErrorClass::of(code),
            retry_after_secs,
        };
        let (full, open) = ("DB_POOL_EXHAUSTED", "CIRCUIT_BREAKER_OPEN");
        assert_eq!(wait(coded(full, Some(5)), 0, true, 0.5), None);
        assert_eq!(wait(coded(open, Some(5)), 0, true, 0.5), Some(7_500));
        assert_eq!(wait(coded(open, None), 0, true, 0.0), Some(3_000));
        assert_eq!(wait(coded(open, None), 0, false, 0.0), None);
        assert_eq!(wait(coded(open, Some(5)), 1, true, 0.5), None);
        assert!(coded(full, None).is_degraded() && coded(open, None).is_degraded());
        assert!(coded("DB_CONNECTION_FAILED", Some(1)).is_degraded());
        assert!(!status(503, None).is_degraded() && !status(429, Some(1)).is_degraded());
    }

    #[test]
    fn a_range_that_is_pending_is_reported_at_once_and_pauses_nothing() {
        let class = ErrorClass::of("HISTORY_PENDING");
        let pending = Outcome::Status { status: 503, class, retry_after_secs: Some(5) };
        assert_eq!(wait(pending, 0, true, 0.5), None);
        assert!(!pending.is_degraded() && pending.is_healthy());
    }

    #[test]
    fn a_probe_is_well_when_the_server_answered_without_trouble() {
        assert!(status(404, None).is_healthy());
        for sick in [status(429, Some(1)), status(500, None), Outcome::Timeout, Outcome::Network] {
            assert!(!sick.is_healthy(), "{sick:?}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_wait() {
        let until = 100_000_000;
        assert_eq!(left_ms(until, until - 4_000, 4_000, 0), 4_000);
        assert_eq!(left_ms(until, until - 3_001, 4_000, 1_000), 3_001, "a timer that fired early");
        assert_eq!(left_ms(until, until + 1, 4_000, 1_000), 0, "a computer that slept");
        let an_hour_ago = until - 3_600_000;
        let (mut left, mut steps) = (4_000, 0);
        while left > 0 {
            left = left_ms(until, an_hour_ago + steps * 1_000, left, 1_000);
            steps += 1;
            assert_eq!(left, 4_000 - steps * 1_000);
        }
    }

    proptest! {
        #[test]
        fn never_before_retry_after(seconds in 0_u64..100_000, retries in 0_u32..3, random in 0.0_f64..1.0, safe: bool) {
            let waited = wait(status(503, Some(seconds)), retries, safe, random).unwrap();
            prop_assert!(waited >= seconds.min(LONGEST_RETRY_AFTER_SECS) * 1000);
            prop_assert!(waited <= LONGEST_RETRY_AFTER_SECS * 2000);
        }

        #[test]
        fn never_more_than_the_budget(retries in 3_u32.., code in 0_u16..700, random: f64) {
            prop_assert_eq!(wait(status(code, None), retries, true, random), None);
        }
    }
}
