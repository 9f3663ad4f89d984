//! Keeps the last response of an endpoint, so that many monitors cost one report per second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;

/// A response: whether the server can serve, and the body.
type Answer = (bool, Bytes);

/// Caches one response for a short time.
#[derive(Debug)]
pub struct ResponseMemo {
    keep: Duration,
    last: Mutex<Option<(Instant, Answer)>>,
}

impl ResponseMemo {
    /// Caches for `keep`; without it every call computes a new response.
    pub fn new(keep: Duration) -> Self {
        Self { keep, last: Mutex::new(None) }
    }

    /// The last response while it is fresh, else a new one. Concurrent callers wait for it.
    pub fn get(&self, now: Instant, make: impl FnOnce() -> Answer) -> Answer {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, answer)) = &*last
            && now.saturating_duration_since(*made) < self.keep
        {
            return answer.clone();
        }
        let answer = make();
        *last = Some((now, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_time_and_no_longer() {
        let memo = ResponseMemo::new(Duration::from_secs(1));
        let start = Instant::now();
        let made = std::cell::Cell::new(0);
        let ask = |after_ms: u64| {
            let answer = memo.get(start + Duration::from_millis(after_ms), || {
                made.set(made.get() + 1);
                (true, Bytes::new())
            });
            assert!(answer.0);
            made.get()
        };
        assert_eq!([0, 500, 999, 1_000, 1_500, 2_000].map(ask), [1, 1, 1, 2, 2, 3]);
    }
}
