//! Responses per minute over the last hour: count, failures, latency.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Minutes that are kept.
const MINUTES: usize = 60;
/// Classes of durations; each is a quarter of an octave wide, from 0.1 ms to about 100 s.
const CLASSES: usize = 80;
const SHORTEST_MS: f64 = 0.1;
const CLASSES_PER_OCTAVE: f64 = 4.0;

/// Responses of one minute.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MinuteFigures {
    /// When the minute began: ISO 8601, UTC.
    pub minute: String,
    /// Responses.
    pub requests: u64,
    /// Responses with a status of 500 and above.
    pub server_errors: u64,
    /// Median time to the response's header: milliseconds, up to 19 % too high.
    pub p50_ms: f64,
    /// 95 % took no longer: milliseconds, up to 19 % too high.
    pub p95_ms: f64,
    /// 99 % took no longer: milliseconds, up to 19 % too high.
    pub p99_ms: f64,
}

#[derive(Debug)]
struct Minute {
    /// Minutes since 1970.
    number: i64,
    server_errors: u64,
    classes: [u32; CLASSES],
}

fn class_of(spent: Duration) -> usize {
    let octaves = (spent.as_secs_f64() * 1e3 / SHORTEST_MS).max(1.0).log2();
    ((octaves * CLASSES_PER_OCTAVE).ceil() as usize).min(CLASSES - 1)
}

/// Longest time of a class, in ms.
fn end_of(class: usize) -> f64 {
    SHORTEST_MS * (class as f64 / CLASSES_PER_OCTAVE).exp2()
}

impl Minute {
    fn figures(&self) -> MinuteFigures {
        let requests: u64 = self.classes.iter().map(|count| u64::from(*count)).sum();
        let rank_ms = |share: f64| {
            let rank = (share * requests as f64).ceil() as u64;
            let mut passed = 0;
            let class = self.classes.iter().position(|count| {
                passed += u64::from(*count);
                passed >= rank.max(1)
            });
            class.map_or(0.0, end_of)
        };
        let began = Timestamp::from_second(self.number * 60).unwrap_or(Timestamp::UNIX_EPOCH);
        MinuteFigures {
            minute: began.to_string(),
            requests,
            server_errors: self.server_errors,
            p50_ms: rank_ms(0.50),
            p95_ms: rank_ms(0.95),
            p99_ms: rank_ms(0.99),
        }
    }
}

/// The last hour.
#[derive(Debug, Default)]
pub struct LatencyHistory(Mutex<VecDeque<Minute>>);

impl LatencyHistory {
    /// Counts a response sent at `now`.
    pub fn note(&self, spent: Duration, is_server_error: bool, now: Timestamp) {
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.as_second().div_euclid(60);
        // A response from before the clock was set back counts for the newest minute.
        if minutes.back().is_none_or(|newest| newest.number < number) {
            if minutes.len() == MINUTES {
                minutes.pop_front();
            }
            minutes.push_back(Minute { number, server_errors: 0, classes: [0; CLASSES] });
        }
        if let Some(newest) = minutes.back_mut() {
            newest.classes[class_of(spent)] += 1;
            newest.server_errors += u64::from(is_server_error);
        }
    }

    /// Minutes of the last hour with a response, oldest first.
    pub fn figures(&self, now: Timestamp) -> Vec<MinuteFigures> {
        let minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = now.as_second().div_euclid(60) - MINUTES as i64;
        minutes.iter().filter(|minute| minute.number > first).map(Minute::figures).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_class_holds_what_is_at_most_19_percent_shorter_than_its_end() {
        for us in [100_u64, 101, 119, 1_000, 33_333, 1_000_000, 60_000_000] {
            let end = end_of(class_of(Duration::from_micros(us)));
            let ms = us as f64 / 1e3;
            assert!(ms <= end * 1.000_001 && end < ms * 1.19, "{ms} ms ends at {end}");
        }
        assert_eq!(class_of(Duration::ZERO), 0);
        assert_eq!(class_of(Duration::from_secs(100_000)), CLASSES - 1);
    }

    #[test]
    fn answers_are_counted_by_the_minute() {
        let history = LatencyHistory::default();
        for n in 0..100 {
            let spent = Duration::from_millis(if n < 94 { 1 } else { 100 });
            history.note(spent, n == 99, at(30));
        }
        history.note(Duration::from_millis(1), false, at(60));
        let figures = history.figures(at(61));
        assert_eq!(figures.len(), 2);
        let first = &figures[0];
        assert_eq!(first.minute, "1970-01-01T00:00:00Z");
        assert_eq!((first.requests, first.server_errors), (100, 1));
        assert!(first.p50_ms < 1.2 && (100.0..119.0).contains(&first.p95_ms), "{first:?}");
        assert_eq!(figures[1].requests, 1);
    }

    #[test]
    fn an_hour_is_kept_and_nothing_older_is_shown() {
        let history = LatencyHistory::default();
        for minute in 0..200 {
            history.note(Duration::from_millis(1), false, at(minute * 60));
        }
        assert_eq!(history.figures(at(200 * 60)).len(), MINUTES - 1);
        assert_eq!(history.figures(at(1_000 * 60)), []);
        history.note(Duration::from_millis(1), false, at(0));
        assert_eq!(history.figures(at(200 * 60)).last().unwrap().requests, 2);
    }
}
