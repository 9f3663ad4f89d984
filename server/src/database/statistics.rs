//! How long calls took, by the names that their callers gave.
//!
//! The last calls per name are kept and sorted when the statistics are read, so that a percentile
//! is exact and recent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Calls of one name that percentiles are taken of.
const CALLS_KEPT: usize = 1_000;
/// Slow calls of all names that are kept.
const SLOW_CALLS_KEPT: usize = 50;

/// Calls of one name.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CallFigures {
    /// Calls since the start.
    pub count: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Median of the last 1,000 calls, by nearest rank: milliseconds.
    pub p50_ms: f64,
    /// 95 % of the last 1,000 calls took no longer: milliseconds.
    pub p95_ms: f64,
    /// 99 % of the last 1,000 calls took no longer: milliseconds.
    pub p99_ms: f64,
    /// The longest of the last 1,000 calls: milliseconds.
    pub max_ms: f64,
}

/// A call that took longer than `DB_SLOW_QUERY_MS`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SlowCall {
    /// The name its caller gave.
    pub holder: &'static str,
    /// When it ended: ISO 8601, UTC.
    pub ended_at: String,
    /// How long it took: milliseconds.
    pub duration_ms: f64,
    /// Whether it failed.
    pub failed: bool,
}

/// Calls of all names.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CallReport {
    /// By the name that callers gave.
    pub calls: BTreeMap<&'static str, CallFigures>,
    /// The last slow ones, newest first.
    pub slow_calls: Vec<SlowCall>,
    /// From how long on a call is slow: milliseconds.
    pub slow_from_ms: u64,
}

#[derive(Debug, Default)]
struct Calls {
    count: u64,
    failed: u64,
    last_us: VecDeque<u64>,
}

impl Calls {
    fn add(&mut self, spent: Duration, failed: bool) {
        self.count += 1;
        self.failed += u64::from(failed);
        if self.last_us.len() == CALLS_KEPT {
            self.last_us.pop_front();
        }
        self.last_us.push_back(u64::try_from(spent.as_micros()).unwrap_or(u64::MAX));
    }

    fn figures(&self) -> CallFigures {
        let mut sorted: Vec<u64> = self.last_us.iter().copied().collect();
        sorted.sort_unstable();
        let rank_ms = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).map_or(0.0, |us| *us as f64 / 1e3)
        };
        CallFigures {
            count: self.count,
            failed: self.failed,
            p50_ms: rank_ms(0.50),
            p95_ms: rank_ms(0.95),
            p99_ms: rank_ms(0.99),
            max_ms: rank_ms(1.0),
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
    calls: BTreeMap<&'static str, Calls>,
    slow: VecDeque<SlowCall>,
}

/// What the calls of the process took.
#[derive(Debug)]
pub struct CallStatistics {
    slow_from: Duration,
    kept: Mutex<Kept>,
}

impl CallStatistics {
    /// No call yet.
    pub fn new(slow_from: Duration) -> Self {
        Self { slow_from, kept: Mutex::default() }
    }

    /// Notes a call that ended `now`.
    pub fn note(&self, holder: &'static str, spent: Duration, failed: bool, now: Timestamp) {
        let mut kept = self.lock();
        kept.calls.entry(holder).or_default().add(spent, failed);
        if spent < self.slow_from {
            return;
        }
        if kept.slow.len() == SLOW_CALLS_KEPT {
            kept.slow.pop_back();
        }
        let ended_at = format!("{now:.3}");
        let duration_ms = spent.as_secs_f64() * 1e3;
        kept.slow.push_front(SlowCall { holder, ended_at, duration_ms, failed });
    }

    /// What they took.
    pub fn report(&self) -> CallReport {
        let kept = self.lock();
        CallReport {
            calls: kept.calls.iter().map(|(holder, calls)| (*holder, calls.figures())).collect(),
            slow_calls: kept.slow.iter().cloned().collect(),
            slow_from_ms: u64::try_from(self.slow_from.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Nothing under the lock can panic halfway through a change.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn noted(spent_ms: impl Iterator<Item = u64>) -> CallReport {
        let statistics = CallStatistics::new(SECOND);
        for spent in spent_ms {
            let spent = Duration::from_millis(spent);
            statistics.note("history", spent, spent > SECOND, Timestamp::UNIX_EPOCH);
        }
        statistics.report()
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let figures = noted((1..=200).rev()).calls["history"].clone();
        assert_eq!((figures.p50_ms, figures.p95_ms), (100.0, 190.0));
        assert_eq!((figures.p99_ms, figures.max_ms), (198.0, 200.0));
        let one = noted(7..=7).calls["history"].clone();
        assert_eq!((one.p50_ms, one.p99_ms, one.max_ms), (7.0, 7.0, 7.0));
        assert_eq!(noted(0..0).calls.len(), 0);
    }

    #[test]
    fn old_calls_leave_the_percentiles_but_not_the_count() {
        let slow_ones = (0..500).map(|_| 9_000);
        let quick_ones = (0..1_000).map(|_| 2);
        let report = noted(slow_ones.chain(quick_ones));
        let figures = &report.calls["history"];
        assert_eq!((figures.count, figures.failed), (1_500, 500));
        assert_eq!(figures.max_ms, 2.0);
        assert_eq!(report.slow_calls.len(), SLOW_CALLS_KEPT);
    }

    #[test]
    fn slow_calls_come_newest_first() {
        let report = noted([1_000, 5, 2_000].into_iter());
        let shown: Vec<(f64, bool)> =
            report.slow_calls.iter().map(|call| (call.duration_ms, call.failed)).collect();
        assert_eq!(shown, [(2_000.0, true), (1_000.0, false)]);
        assert_eq!(report.slow_calls[0].ended_at, "1970-01-01T00:00:00.000Z");
    }
}
