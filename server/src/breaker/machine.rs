//! The breaker's decisions: no clock, no randomness, no lock of its own.
//!
//! `now` is the time since any fixed moment and must not go back; `random` is uniform in 0..1.

use std::time::Duration;

use super::policy::BreakerPolicy;
use super::window::{Call, Window};

/// State of the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Calls go through.
    Closed,
    /// No call goes through.
    Open,
    /// A few probes go through.
    HalfOpen,
}

/// What an operator ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// Forced open.
    Open,
    /// Forced closed; calls are still counted.
    Closed,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guarded service did it.
    Success,
    /// The guarded service is in trouble.
    Failure,
    /// No statement about the service: an invalid statement, or the caller went away.
    Neither,
}

/// Permission for one call. It must be returned through [`Machine::record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    generation: u64,
    started: Duration,
}

/// Refusal of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Time until the next probe may go through.
    pub retry_after: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Closed,
    Open { until: Duration },
    HalfOpen { until: Duration, free: u32, successes: u32, failures: u32 },
}

/// A view of the breaker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// State.
    pub state: State,
    /// An operator's order.
    pub forced: Option<Forced>,
    /// Failures in the window.
    pub failure_count: u32,
    /// Calls in the window that did not fail.
    pub success_count: u32,
    /// Calls in the window.
    pub total_count: u32,
    /// Slow calls in the window.
    pub slow_count: u32,
    /// Share of failures in the window, 0 to 1.
    pub failure_ratio: f64,
    /// When the last failure came.
    pub last_failure: Option<Duration>,
    /// When the next probe may go; `None` unless open, and while forced open.
    pub open_until: Option<Duration>,
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Machine {
    policy: BreakerPolicy,
    phase: Phase,
    forced: Option<Forced>,
    window: Window,
    /// Grows with every change of state; results that carry an older one are ignored.
    generation: u64,
    /// Times it opened since it was last closed.
    reopenings: u32,
    last_failure: Option<Duration>,
}

impl Machine {
    /// Closed, nothing remembered.
    pub fn new(policy: BreakerPolicy) -> Self {
        Self {
            phase: Phase::Closed,
            forced: None,
            window: Window::new(policy.limits().window_size),
            generation: 0,
            reopenings: 0,
            last_failure: None,
            policy,
        }
    }

    /// Requests a permit for a call.
    ///
    /// # Errors
    /// The breaker is open, or half-open without a probe to give.
    pub fn ask(&mut self, now: Duration, random: f64) -> Result<Pass, Refused> {
        self.advance(now, random);
        match &mut self.phase {
            Phase::Closed => {}
            Phase::Open { .. } if self.forced.is_some() => {
                return Err(Refused { retry_after: self.policy.limits().recovery });
            }
            Phase::Open { until } => {
                return Err(Refused { retry_after: until.saturating_sub(now) });
            }
            Phase::HalfOpen { until, free: 0, .. } => {
                return Err(Refused { retry_after: until.saturating_sub(now) });
            }
            Phase::HalfOpen { free, .. } => *free -= 1,
        }
        Ok(Pass { generation: self.generation, started: now })
    }

    /// Takes a pass back and swaps it for one that starts now.
    ///
    /// # Errors
    /// The state has changed since, and the new one refuses.
    pub fn renew(&mut self, pass: Pass, now: Duration, random: f64) -> Result<Pass, Refused> {
        self.advance(now, random);
        if pass.generation == self.generation {
            return Ok(Pass { started: now, ..pass });
        }
        self.ask(now, random)
    }

    /// Takes the result of a call. Results of an older state are ignored.
    pub fn record(&mut self, pass: Pass, outcome: Outcome, now: Duration, random: f64) {
        self.advance(now, random);
        if pass.generation != self.generation {
            return;
        }
        let is_slow = now.saturating_sub(pass.started) >= self.policy.limits().slow_call;
        let is_failed = outcome == Outcome::Failure;
        if is_failed {
            self.last_failure = Some(now);
        }
        match &mut self.phase {
            // Nothing holds a pass of an open generation.
            Phase::Open { .. } => {}
            Phase::Closed => {
                if outcome != Outcome::Neither {
                    self.window.push(Call { is_failed, is_slow });
                    if self.is_tripped() {
                        self.open(now, random);
                    }
                }
            }
            Phase::HalfOpen { free, successes, failures, .. } => {
                match outcome {
                    Outcome::Neither => *free += 1,
                    Outcome::Success if !is_slow => *successes += 1,
                    _ => *failures += 1,
                }
                let wanted = self.policy.successes_to_close();
                if *successes >= wanted {
                    self.close();
                } else if self.policy.limits().probes - *failures < wanted {
                    self.open(now, random);
                }
            }
        }
    }

    /// Opens until [`Self::reset`] or [`Self::force_closed`].
    pub fn force_open(&mut self) {
        self.forced = Some(Forced::Open);
        self.enter(Phase::Open { until: Duration::MAX });
    }

    /// Closes until [`Self::reset`] or [`Self::force_open`].
    pub fn force_closed(&mut self) {
        self.close();
        self.forced = Some(Forced::Closed);
    }

    /// Closed, nothing remembered, no order.
    pub fn reset(&mut self) {
        self.forced = None;
        self.last_failure = None;
        self.close();
    }

    /// Until when every call is refused without further thought; zero when it is not.
    pub fn refuses_until(&self) -> Duration {
        match self.phase {
            Phase::Open { until } => until,
            _ => Duration::ZERO,
        }
    }

    /// How it is now.
    pub fn look(&mut self, now: Duration, random: f64) -> Look {
        self.advance(now, random);
        let (state, open_until) = match self.phase {
            Phase::Closed => (State::Closed, None),
            Phase::Open { until } => (State::Open, Some(until).filter(|_| self.forced.is_none())),
            Phase::HalfOpen { .. } => (State::HalfOpen, None),
        };
        Look {
            state,
            forced: self.forced,
            failure_count: self.window.failed(),
            success_count: self.window.total() - self.window.failed(),
            total_count: self.window.total(),
            slow_count: self.window.slow(),
            failure_ratio: self.window.failure_ratio(),
            last_failure: self.last_failure,
            open_until,
        }
    }

    fn is_tripped(&self) -> bool {
        let limits = self.policy.limits();
        let failing = self.window.failed() >= limits.failure_threshold
            && self.window.failure_ratio() >= limits.failure_ratio;
        let dragging = self.window.slow() >= limits.failure_threshold
            && self.window.slow_ratio() >= limits.slow_call_ratio;
        limits.enabled && self.forced.is_none() && (failing || dragging)
    }

    /// Does what is due by the clock alone.
    fn advance(&mut self, now: Duration, random: f64) {
        let limits = *self.policy.limits();
        match &mut self.phase {
            Phase::Open { until } if now >= *until => self.enter(Phase::HalfOpen {
                until: now + limits.half_open_limit,
                free: limits.probes,
                successes: 0,
                failures: 0,
            }),
            Phase::HalfOpen { until, free, successes, .. } if now >= *until => {
                // Without a failed or hanging probe there is no sign of a failure: there were just
                // too few calls.
                if *free + *successes == limits.probes {
                    *until = now + limits.half_open_limit;
                } else {
                    self.open(now, random);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, now: Duration, random: f64) {
        let until = now + self.policy.open_time(self.reopenings, random);
        self.reopenings = self.reopenings.saturating_add(1);
        self.enter(Phase::Open { until });
    }

    fn close(&mut self) {
        self.reopenings = 0;
        self.window.clear();
        self.enter(Phase::Closed);
    }

    fn enter(&mut self, phase: Phase) {
        self.generation += 1;
        self.phase = phase;
    }
}
