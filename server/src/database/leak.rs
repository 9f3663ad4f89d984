//! Permits that are held for far longer than any call may take.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Held};

/// A permit is suspect when it is held for longer than this many call timeouts.
const CALL_TIMEOUTS: u32 = 3;

/// Finds permits that are not returned, and reports each once.
#[derive(Debug)]
pub struct LeakDetector {
    limit: Duration,
    known: BTreeSet<u64>,
}

impl LeakDetector {
    /// For calls that take `call_timeout` at most.
    pub fn new(call_timeout: Duration) -> Self {
        Self { limit: limit(call_timeout), known: BTreeSet::new() }
    }

    /// Suspects that were not known at the last look.
    pub fn look(&mut self, gate: &Gate) -> Vec<Held> {
        let suspects = gate.held_longer_than(self.limit);
        let numbers = suspects.iter().map(|held| held.number).collect();
        let known = std::mem::replace(&mut self.known, numbers);
        suspects.into_iter().filter(|held| !known.contains(&held.number)).collect()
    }

    /// Checks once per call timeout and logs each suspect once, until `stop`.
    pub async fn watch(mut self, gate: &Gate, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(self.limit / CALL_TIMEOUTS);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            for held in self.look(gate) {
                tracing::error!(
                    holder = held.holder,
                    age_ms = held.age.as_millis() as u64,
                    "a database permit was not returned: db_pool_leak_suspected"
                );
            }
        }
    }
}

/// Age above which a permit is suspect.
pub fn limit(call_timeout: Duration) -> Duration {
    call_timeout * CALL_TIMEOUTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_suspect_is_named_once_with_its_age() {
        let second = Duration::from_secs(1);
        let gate = Gate::new(3, 1, second);
        let mut detector = LeakDetector::new(second);
        let leaked = gate.enter("history").await.unwrap();
        tokio::time::advance(2 * second).await;
        let _young = gate.enter("table query").await.unwrap();
        tokio::time::advance(second).await;
        assert!(detector.look(&gate).is_empty(), "three call timeouts are not yet too long");
        tokio::time::advance(second / 2).await;
        let suspects = detector.look(&gate);
        assert_eq!(suspects.len(), 1);
        assert_eq!((suspects[0].holder, suspects[0].age), ("history", 7 * second / 2));
        assert!(detector.look(&gate).is_empty(), "it has been named");
        assert_eq!(gate.held_longer_than(limit(second)).len(), 1, "but it is still out");
        drop(leaked);
        assert!(gate.held_longer_than(limit(second)).is_empty());
    }
}
