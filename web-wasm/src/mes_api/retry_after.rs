//! Reading `Retry-After`.

use std::time::{Duration, UNIX_EPOCH};

/// Longer waits are clamped to this.
pub const LONGEST_RETRY_AFTER_SECS: u64 = 300;

/// The retry hint of a response in seconds: the `Retry-After` header first, then
/// `meta.retry_after_seconds` of the body. `now_ms` counts since 1970.
///
/// Clamped to 0 to [`LONGEST_RETRY_AFTER_SECS`]; what can't be read is no hint.
pub fn hint_secs(header: Option<&str>, meta: Option<f64>, now_ms: f64) -> Option<u64> {
    header.and_then(|value| from_header(value, now_ms)).or_else(|| meta.and_then(from_meta))
}

/// Reads a header: seconds, or an HTTP date against `now_ms` since 1970.
pub fn from_header(value: &str, now_ms: f64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().unwrap_or(u64::MAX).min(LONGEST_RETRY_AFTER_SECS));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::try_from_secs_f64(now_ms / 1000.0).ok()?;
    let wait = at.saturating_sub(now);
    Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).min(LONGEST_RETRY_AFTER_SECS))
}

/// Reads the number in a body; fractions round up, for early is never right.
pub fn from_meta(seconds: f64) -> Option<u64> {
    (seconds >= 0.0).then(|| seconds.min(LONGEST_RETRY_AFTER_SECS as f64).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: f64 = 784_111_777_000.0;

    #[test]
    fn a_header_takes_both_forms() {
        assert_eq!(from_header("7", NOW), Some(7));
        assert_eq!(from_header("Sun, 06 Nov 1994 08:49:47 GMT", NOW), Some(10));
        assert_eq!(from_header("Sun, 06 Nov 1994 08:49:27 GMT", NOW), Some(0));
        let half_a_second_later = from_header("Sun, 06 Nov 1994 08:49:47 GMT", NOW + 500.0);
        assert_eq!(half_a_second_later, Some(10), "9.5 s: early is never right");
        assert_eq!(from_header("99999999999999999999", NOW), Some(LONGEST_RETRY_AFTER_SECS));
        for garbage in ["", "-1", "soon", "1.5", "NaN", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(from_header(garbage, NOW), None, "{garbage}");
        }
    }

    #[test]
    fn the_header_goes_before_the_body() {
        assert_eq!(hint_secs(Some("7"), Some(9.0), NOW), Some(7));
        assert_eq!(hint_secs(Some("soon"), Some(8.2), NOW), Some(9));
        assert_eq!(hint_secs(None, Some(f64::INFINITY), NOW), Some(LONGEST_RETRY_AFTER_SECS));
        assert_eq!(hint_secs(None, Some(-1.0), NOW), None);
        assert_eq!(hint_secs(None, Some(f64::NAN), NOW), None);
    }

    proptest! {
        #[test]
        fn hostile_hints_never_panic_and_stay_in_bounds(header in ".{0,40}", meta: f64, now: f64) {
            let hint = hint_secs(Some(&header), Some(meta), now);
            prop_assert!(hint.is_none_or(|seconds| seconds <= LONGEST_RETRY_AFTER_SECS));
        }

        #[test]
        fn hostile_dates_never_panic(day in 0_u32..40, year in 0_u32..10_000, hour in 0_u32..30, now: f64) {
            let _ = from_header(&format!("Sun, {day:02} Nov {year:04} {hour:02}:49:37 GMT"), now);
        }
    }
}
