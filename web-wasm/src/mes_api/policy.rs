//! When to try again, and how long to wait before.

use std::time::{Duration, UNIX_EPOCH};

/// Waits that a server asks for are never trusted beyond this.
pub const LONGEST_RETRY_AFTER_SECS: u64 = 300;

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No connection, or it broke.
    Network,
    /// Nothing came in time.
    Timeout,
    /// The caller gave up.
    Aborted,
    /// An answer that is no success.
    Status {
        /// HTTP status.
        status: u16,
        /// Seconds that the server wants to be left alone, already clamped.
        retry_after_secs: Option<u64>,
    },
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
    /// `retries` counts those made already; `safe` says that repeating the
    /// request can't change anything; `random` is uniform in 0 to below 1.
    pub fn decide(&self, outcome: Outcome, retries: u32, safe: bool, random: f64) -> Decision {
        if retries >= self.max_retries {
            return Decision::GiveUp;
        }
        match outcome {
            Outcome::Aborted => Decision::GiveUp,
            // Never before the server's wait is over; spread over as long again, so that
            // browsers which were told the same second don't come together.
            Outcome::Status { status: 429 | 503, retry_after_secs: Some(seconds) } => {
                let wait = seconds.min(LONGEST_RETRY_AFTER_SECS) * 1000;
                Decision::RetryAfterMs(wait + scaled(wait.max(self.base_ms), random))
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
}

fn scaled(ceiling_ms: u64, random: f64) -> u64 {
    let random = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
    (ceiling_ms as f64 * random) as u64
}

/// Reads a `Retry-After` value: seconds, or an HTTP date against `now_ms` since 1970.
///
/// Clamped to 0 to [`LONGEST_RETRY_AFTER_SECS`]; anything else is no hint.
pub fn retry_after_secs(value: &str, now_ms: f64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().unwrap_or(u64::MAX).min(LONGEST_RETRY_AFTER_SECS));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::try_from_secs_f64(now_ms / 1000.0).ok()?;
    let wait = at.saturating_sub(now);
    Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).min(LONGEST_RETRY_AFTER_SECS))
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
        Outcome::Status { status, retry_after_secs }
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
    fn retry_after_takes_both_forms() {
        let now = 784_111_777_000.0;
        assert_eq!(retry_after_secs("7", now), Some(7));
        assert_eq!(retry_after_secs("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(10));
        assert_eq!(retry_after_secs("Sun, 06 Nov 1994 08:49:27 GMT", now), Some(0));
        assert_eq!(retry_after_secs("99999999999999999999", now), Some(LONGEST_RETRY_AFTER_SECS));
        for garbage in ["", "-1", "soon", "1.5", "NaN", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(retry_after_secs(garbage, now), None, "{garbage}");
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

        #[test]
        fn hostile_headers_never_panic(text in ".{0,40}", now: f64) {
            let _ = retry_after_secs(&text, now);
        }
    }
}
