//! The share of requests that are rejected with `Retry-After`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Length of the window.
const WINDOW: Duration = Duration::from_secs(60);
/// With fewer responses in the window a share means nothing.
const FEWEST_ANSWERS: u64 = 20;

/// Counts since the start at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Timestamp,
    answered: u64,
    put_off: u64,
}

/// Share of answers with a `Retry-After` over the last minute.
#[derive(Debug, Default)]
pub struct RetryPressure(Mutex<VecDeque<Reading>>);

impl RetryPressure {
    /// Records the totals since the start: requests answered and requests rejected with
    /// `Retry-After`.
    pub fn note(&self, answered: u64, put_off: u64, now: Timestamp) {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        readings.push_back(Reading { at: now, answered, put_off });
        // The newest reading that is a whole window old stays as the one to compare with.
        while readings.get(1).is_some_and(|next| {
            Duration::try_from(now.duration_since(next.at)).is_ok_and(|age| age >= WINDOW)
        }) {
            readings.pop_front();
        }
    }

    /// Rejected requests divided by all requests of the last minute, 0 to 1; 0 with too few of
    /// them.
    pub fn share(&self) -> f64 {
        let readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(first), Some(last)) = (readings.front(), readings.back()) else { return 0.0 };
        match last.answered.saturating_sub(first.answered) {
            answered @ FEWEST_ANSWERS.. => {
                last.put_off.saturating_sub(first.put_off) as f64 / answered as f64
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_the_last_minute() {
        let pressure = RetryPressure::default();
        let note = |second: i64, answered: u64, put_off: u64| {
            pressure.note(answered, put_off, Timestamp::from_second(second).unwrap());
            pressure.share()
        };
        assert_eq!(note(0, 1_000, 900), 0.0, "what was before is not known");
        assert_eq!(note(10, 1_019, 919), 0.0, "too few");
        assert_eq!(note(20, 1_100, 925), 0.25);
        assert_eq!(note(60, 1_100, 925), 0.25);
        assert_eq!(note(70, 1_119, 925), 6.0 / 100.0, "a minute before, at 10, there were 1,019");
        assert_eq!(note(140, 1_119, 925), 0.0, "long ago");
    }

    #[test]
    fn readings_do_not_pile_up() {
        let pressure = RetryPressure::default();
        for second in 0..10_000 {
            pressure.note(1, 0, Timestamp::from_second(second).unwrap());
        }
        assert!(pressure.0.lock().unwrap().len() <= 62);
    }
}
