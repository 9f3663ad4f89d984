//! The circuit breaker: after too many failures nobody makes the guarded call for a while.
//!
//! CLOSED opens when the window holds enough failures and a high enough share of them, or too many
//! slow calls. OPEN refuses everything. HALF_OPEN lets a few probes through and closes when enough
//! of them succeed. The decisions are in [`machine`]; this wrapper shares them between requests.

mod window;
pub mod policy;
pub mod machine;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use machine::{Forced, Look, Outcome, Refused, State};
use machine::{Machine, Pass};
pub use policy::{BreakerLimits, BreakerPolicy, InvalidPolicy};

/// Time since a fixed moment; never goes back.
type Clock = Box<dyn Fn() -> Duration + Send + Sync>;
/// Uniform in 0..1.
type Random = Box<dyn Fn() -> f64 + Send + Sync>;

/// A breaker that requests share.
pub struct CircuitBreaker {
    /// Nanoseconds until which every call is rejected, for a check of an open breaker without a
    /// lock.
    refuses_until_ns: AtomicU64,
    machine: Mutex<Machine>,
    policy: BreakerPolicy,
    clock: Clock,
    random: Random,
}

impl std::fmt::Debug for CircuitBreaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CircuitBreaker").field("machine", &self.machine).finish()
    }
}

/// Whole nanoseconds; "no end" stays without end.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl CircuitBreaker {
    /// Closed, on the machine's clock.
    pub fn new(policy: BreakerPolicy) -> Arc<Self> {
        let start = Instant::now();
        Self::with(policy, Box::new(move || start.elapsed()), Box::new(fastrand::f64))
    }

    /// Closed, on a clock and randomness of the caller's.
    pub fn with(policy: BreakerPolicy, clock: Clock, random: Random) -> Arc<Self> {
        Arc::new(Self {
            refuses_until_ns: AtomicU64::new(0),
            machine: Mutex::new(Machine::new(policy)),
            policy,
            clock,
            random,
        })
    }

    /// The figures it follows.
    pub fn policy(&self) -> &BreakerPolicy {
        &self.policy
    }

    /// Time on the breaker's clock.
    pub fn now(&self) -> Duration {
        (self.clock)()
    }

    /// Requests a permit for a call. An open breaker rejects without a lock and without allocation.
    ///
    /// # Errors
    /// The breaker is open, or half-open without a probe to give.
    pub fn admit(self: &Arc<Self>) -> Result<BreakerPass, Refused> {
        let now = (self.clock)();
        let until = self.refuses_until_ns.load(Ordering::Acquire);
        if until == u64::MAX {
            return Err(Refused { retry_after: self.policy.limits().recovery });
        }
        if nanoseconds(now) < until {
            return Err(Refused { retry_after: Duration::from_nanos(until).saturating_sub(now) });
        }
        let pass = self.decide(|machine, now, random| machine.ask(now, random))?;
        Ok(BreakerPass { breaker: self.clone(), pass: Some(pass) })
    }

    /// Stays open until `automatic`.
    pub fn force_open(&self) {
        self.decide(|machine, _, _| machine.force_open());
    }

    /// Stays closed until `automatic`.
    pub fn force_closed(&self) {
        self.decide(|machine, _, _| machine.force_closed());
    }

    /// Closes, forgets all calls and follows its own judgement again.
    pub fn reset(&self) {
        self.decide(|machine, _, _| machine.reset());
    }

    /// How it is now.
    pub fn look(&self) -> Look {
        self.decide(Machine::look)
    }

    /// Runs the machine and updates the lock-free state.
    fn decide<T>(&self, decision: impl FnOnce(&mut Machine, Duration, f64) -> T) -> T {
        let random = (self.random)();
        let mut machine = self.lock();
        // Read under the lock, so that the machine never sees time go back.
        let decided = decision(&mut machine, (self.clock)(), random);
        let until = nanoseconds(machine.refuses_until());
        self.refuses_until_ns.store(until, Ordering::Release);
        decided
    }

    /// No code under the lock can panic halfway through a change.
    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave to make one call; dropped without a result it counts as neither success nor failure.
#[derive(Debug)]
pub struct BreakerPass {
    breaker: Arc<CircuitBreaker>,
    pass: Option<Pass>,
}

impl BreakerPass {
    /// Starts the call's time now, after a wait that is not the guarded service's.
    ///
    /// # Errors
    /// The breaker opened during the wait.
    pub fn renewed(mut self) -> Result<Self, Refused> {
        if let Some(pass) = self.pass.take() {
            let breaker = &self.breaker;
            self.pass =
                Some(breaker.decide(|machine, now, random| machine.renew(pass, now, random))?);
        }
        Ok(self)
    }

    /// Records the outcome of the call.
    pub fn finish(mut self, outcome: Outcome) {
        self.give_back(outcome);
    }

    fn give_back(&mut self, outcome: Outcome) {
        if let Some(pass) = self.pass.take() {
            self.breaker.decide(|machine, now, random| machine.record(pass, outcome, now, random));
        }
    }
}

impl Drop for BreakerPass {
    fn drop(&mut self) {
        self.give_back(Outcome::Neither);
    }
}
