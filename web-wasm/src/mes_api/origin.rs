//! Everything that one origin decides: policy, budget and breaker together.
//!
//! The browser and the simulation of a whole fleet drive this same code.

use super::breaker::{Admission, Breaker, Pause};
use super::budget::RetryBudget;
use super::policy::{Decision, Outcome, RetryPolicy};

/// One attempt at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Retries made before it.
    pub retries: u32,
    /// Whether repeating the request can't change anything.
    pub safe: bool,
    /// Whether [`Admission::Probe`] sent it.
    pub was_probe: bool,
}

/// The state of one origin.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Pauses everything while the origin is degraded.
    pub breaker: Breaker,
    /// Bounds the retries.
    pub budget: RetryBudget,
}

impl Origin {
    /// Whether an attempt may be sent now. Requests that change state never wait for the breaker:
    /// they are user actions, which operators need during an outage.
    pub fn admit(&mut self, safe: bool, pause: &mut Pause, now_ms: u64, random: f64) -> Admission {
        if safe { self.breaker.admit(pause, now_ms, random) } else { Admission::Go }
    }

    /// Counts a success; true when it ends a pause.
    pub fn succeeded(&mut self, attempt: Attempt, now_ms: u64) -> bool {
        self.breaker.healthy(attempt.was_probe, now_ms)
    }

    /// Counts a failure and decides what comes next. `random` draws uniformly from 0 to below 1.
    pub fn failed(
        &mut self,
        policy: &RetryPolicy,
        attempt: Attempt,
        outcome: Outcome,
        now_ms: u64,
        mut random: impl FnMut() -> f64,
    ) -> Decision {
        let Attempt { retries, safe, was_probe } = attempt;
        if was_probe && outcome == Outcome::Aborted {
            self.breaker.abandoned(now_ms);
        } else if outcome.is_degraded() || (was_probe && !outcome.is_healthy()) {
            self.breaker.degraded(was_probe, outcome.hint_secs(), now_ms, random());
        } else {
            self.breaker.healthy(was_probe, now_ms);
        }
        match policy.decide(outcome, retries, safe, random()) {
            Decision::RetryAfterMs(_) if !self.budget.retry() => Decision::GiveUp,
            decision => decision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::breaker::Phase;
    use super::super::policy::ErrorClass;
    use super::*;

    const FIRST: Attempt = Attempt { retries: 0, safe: true, was_probe: false };
    const PROBE: Attempt = Attempt { was_probe: true, ..FIRST };

    fn failed(origin: &mut Origin, attempt: Attempt, outcome: Outcome, now_ms: u64) -> Decision {
        origin.failed(&RetryPolicy::default(), attempt, outcome, now_ms, || 0.0)
    }

    fn degraded() -> Outcome {
        Outcome::Status { status: 503, class: ErrorClass::PoolExhausted, retry_after_secs: Some(5) }
    }

    #[test]
    fn a_degraded_answer_pauses_reads_and_lets_changes_pass() {
        let mut origin = Origin::default();
        assert_eq!(failed(&mut origin, FIRST, degraded(), 100_000), Decision::GiveUp);
        let mut admit = |safe| origin.admit(safe, &mut Pause::default(), 100_001, 0.0);
        assert_eq!(admit(true), Admission::WaitMs(4_999));
        assert_eq!(admit(false), Admission::Go);
    }

    #[test]
    fn retries_end_with_the_budget() {
        let mut origin = Origin::default();
        let retried = (0..20)
            .filter(|_| failed(&mut origin, FIRST, Outcome::Network, 100_000) != Decision::GiveUp);
        assert_eq!(retried.count(), 6);
    }

    #[test]
    fn a_probe_that_fails_in_any_way_goes_on_pausing() {
        for outcome in [degraded(), Outcome::Network, Outcome::Timeout, Outcome::Aborted] {
            let mut origin = Origin::default();
            failed(&mut origin, FIRST, degraded(), 100_000);
            let admitted = origin.admit(true, &mut Pause::default(), 105_000, 0.0);
            assert_eq!(admitted, Admission::Probe);
            failed(&mut origin, PROBE, outcome, 105_001);
            let phase = origin.breaker.phase();
            assert!(
                matches!(phase, Phase::Open { probe_at_ms } if probe_at_ms >= 108_001),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_probe_that_is_answered_ends_the_pause() {
        let mut origin = Origin::default();
        failed(&mut origin, FIRST, degraded(), 100_000);
        assert!(!origin.succeeded(FIRST, 100_001));
        origin.admit(true, &mut Pause::default(), 105_000, 0.0);
        assert!(origin.succeeded(PROBE, 105_001));
        assert_eq!(origin.breaker.phase(), Phase::Closed);
    }
}
