use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::machine::{Machine, Pass};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn limits() -> BreakerLimits {
    BreakerLimits {
        enabled: true,
        window_size: 6,
        failure_threshold: 3,
        failure_ratio: 0.5,
        slow_call_ratio: 0.8,
        slow_call: 5 * SECOND,
        recovery: 30 * SECOND,
        probes: 3,
        half_open_limit: 10 * SECOND,
    }
}

pub(super) fn policy() -> BreakerPolicy {
    BreakerPolicy::new(limits()).unwrap()
}

/// A machine with the time in hand and no jitter.
struct Bench {
    machine: Machine,
    now: Duration,
}

impl Bench {
    fn new(limits: BreakerLimits) -> Self {
        Self { machine: Machine::new(BreakerPolicy::new(limits).unwrap()), now: SECOND }
    }

    fn ask(&mut self) -> Result<Pass, Refused> {
        self.machine.ask(self.now, 0.0)
    }

    fn record(&mut self, pass: Pass, outcome: Outcome) {
        self.machine.record(pass, outcome, self.now, 0.0);
    }

    fn calls(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let pass = self.ask().unwrap();
            self.record(pass, *outcome);
        }
    }

    fn state(&mut self) -> State {
        self.machine.look(self.now, 0.0).state
    }

    fn opened() -> Self {
        let mut bench = Self::new(limits());
        bench.calls(&[Outcome::Failure; 3]);
        assert_eq!(bench.state(), State::Open);
        bench
    }

    fn half_open() -> Self {
        let mut bench = Self::opened();
        bench.now += 30 * SECOND;
        assert_eq!(bench.state(), State::HalfOpen);
        bench
    }
}

use Outcome::{Failure as F, Neither as N, Success as S};

#[test]
fn opening_takes_enough_failures_and_a_high_enough_share() {
    let mut bench = Bench::new(limits());
    bench.calls(&[F, F]);
    assert_eq!(bench.state(), State::Closed, "two of two are too few");
    let mut bench = Bench::new(BreakerLimits { failure_ratio: 0.6, ..limits() });
    bench.calls(&[S, S, S, F, F, F]);
    assert_eq!(bench.state(), State::Closed, "three of six are too small a share");
    bench.calls(&[F]);
    assert_eq!(bench.state(), State::Open, "the window slides: four of six");
}

#[test]
fn what_says_nothing_about_the_database_is_not_counted() {
    let mut bench = Bench::new(limits());
    bench.calls(&[N; 50]);
    bench.calls(&[F, N, F, N]);
    let look = bench.machine.look(bench.now, 0.0);
    assert_eq!((look.failure_count, look.success_count, look.total_count), (2, 0, 2));
    assert_eq!(look.state, State::Closed);
}

#[test]
fn slow_successes_open_it_too() {
    let mut bench = Bench::new(limits());
    for _ in 0..3 {
        let pass = bench.ask().unwrap();
        bench.now += 5 * SECOND;
        bench.record(pass, S);
    }
    assert_eq!(bench.state(), State::Open);
    let mut bench = Bench::new(limits());
    for _ in 0..6 {
        let pass = bench.ask().unwrap();
        bench.now += 5 * SECOND - Duration::from_nanos(1);
        bench.record(pass, S);
    }
    assert_eq!(bench.state(), State::Closed, "just below the limit is not slow");
}

#[test]
fn while_open_it_refuses_and_says_how_long() {
    let mut bench = Bench::opened();
    assert_eq!(bench.ask(), Err(Refused { retry_after: 30 * SECOND }));
    bench.now += 29 * SECOND;
    assert_eq!(bench.ask(), Err(Refused { retry_after: SECOND }));
    bench.now += SECOND;
    assert!(bench.ask().is_ok());
}

#[test]
fn exactly_n_probes_go_through_and_a_dropped_one_comes_back() {
    let mut bench = Bench::half_open();
    let passes: Vec<Pass> = (0..3).map(|_| bench.ask().unwrap()).collect();
    assert_eq!(bench.ask(), Err(Refused { retry_after: 10 * SECOND }));
    bench.record(passes[0], N);
    let again = bench.ask().unwrap();
    assert!(bench.ask().is_err());
    bench.record(again, S);
    assert_eq!(bench.state(), State::HalfOpen, "one lucky call closes nothing");
    assert!(bench.ask().is_err(), "a used probe is not returned");
    bench.record(passes[1], S);
    assert_eq!(bench.state(), State::Closed);
    bench.record(passes[2], F);
    let look = bench.machine.look(bench.now, 0.0);
    assert_eq!(look.total_count, 0, "results of the older state are ignored");
}

#[test]
fn failed_or_slow_probes_open_it_again_for_longer_up_to_a_cap() {
    let mut bench = Bench::half_open();
    let mut lengths = Vec::new();
    for round in 0..6 {
        let passes = [bench.ask().unwrap(), bench.ask().unwrap()];
        let outcome = if round % 2 == 0 { F } else { S };
        if outcome == S {
            bench.now += 5 * SECOND;
        }
        for pass in passes {
            bench.record(pass, outcome);
        }
        let wait = bench.ask().unwrap_err().retry_after;
        lengths.push(wait.as_secs());
        bench.now += wait;
    }
    assert_eq!(lengths, [60, 120, 240, 240, 240, 240]);
    bench.calls(&[S, S]);
    assert_eq!(bench.state(), State::Closed);
    bench.calls(&[F, F, F]);
    assert_eq!(bench.ask(), Err(Refused { retry_after: 30 * SECOND }), "closing resets the window");
}

#[test]
fn jitter_only_lengthens() {
    for reopenings in [0, 1, 2, 3, 4, 31, 32, 33, u32::MAX] {
        let plain = policy().open_time(reopenings, 0.0);
        let most = policy().open_time(reopenings, 1.0);
        assert!(plain >= 30 * SECOND && plain <= 240 * SECOND);
        assert_eq!(most, plain.mul_f64(1.1));
    }
}

#[test]
fn a_hung_probe_cannot_wedge_it() {
    let mut bench = Bench::half_open();
    let hung = bench.ask().unwrap();
    let good = bench.ask().unwrap();
    bench.record(good, S);
    bench.now += 10 * SECOND;
    assert_eq!(bench.ask(), Err(Refused { retry_after: 60 * SECOND }));
    bench.record(hung, S);
    assert_eq!(bench.state(), State::Open, "the late result is of an older state");
}

#[test]
fn too_few_calls_do_not_speak_against_the_database() {
    let mut bench = Bench::half_open();
    bench.calls(&[S]);
    bench.now += 3600 * SECOND;
    assert_eq!(bench.state(), State::HalfOpen);
    bench.calls(&[S]);
    assert_eq!(bench.state(), State::Closed);
}

#[test]
fn operators_have_the_last_word() {
    let mut bench = Bench::new(limits());
    let before = bench.ask().unwrap();
    bench.machine.force_open();
    bench.now += 1_000_000 * SECOND;
    assert_eq!(bench.ask(), Err(Refused { retry_after: 30 * SECOND }));
    bench.record(before, F);
    let look = bench.machine.look(bench.now, 0.0);
    assert_eq!((look.state, look.forced), (State::Open, Some(Forced::Open)));
    assert_eq!((look.open_until, look.total_count), (None, 0));

    bench.machine.force_closed();
    bench.calls(&[F; 20]);
    let look = bench.machine.look(bench.now, 0.0);
    assert_eq!((look.state, look.forced), (State::Closed, Some(Forced::Closed)));
    assert_eq!((look.failure_count, look.last_failure), (6, Some(bench.now)));

    bench.machine.reset();
    let look = bench.machine.look(bench.now, 0.0);
    assert_eq!((look.forced, look.total_count, look.last_failure), (None, 0, None));
    bench.calls(&[F; 3]);
    assert_eq!(bench.state(), State::Open);
}

#[test]
fn switched_off_it_only_counts() {
    let mut bench = Bench::new(BreakerLimits { enabled: false, ..limits() });
    bench.calls(&[F; 20]);
    assert_eq!(bench.state(), State::Closed);
    assert_eq!(bench.machine.look(bench.now, 0.0).failure_count, 6);
}

#[test]
fn waiting_is_not_the_databases_time_and_may_end_in_a_refusal() {
    let mut bench = Bench::new(limits());
    let pass = bench.ask().unwrap();
    bench.now += 60 * SECOND;
    let pass = bench.machine.renew(pass, bench.now, 0.0).unwrap();
    bench.record(pass, S);
    assert_eq!(bench.machine.look(bench.now, 0.0).slow_count, 0);
    let waiting = bench.ask().unwrap();
    bench.calls(&[F; 3]);
    assert!(bench.machine.renew(waiting, bench.now, 0.0).is_err());
}

#[test]
fn figures_that_make_no_breaker_are_refused_by_name() {
    let cases: [(BreakerLimits, &str); 9] = [
        (BreakerLimits { window_size: 0, ..limits() }, "CIRCUIT_BREAKER_WINDOW_SIZE"),
        (BreakerLimits { failure_threshold: 0, ..limits() }, "from 1 to"),
        (BreakerLimits { failure_threshold: 7, ..limits() }, "(6), got 7"),
        (BreakerLimits { failure_ratio: 0.0, ..limits() }, "CIRCUIT_BREAKER_FAILURE_RATE"),
        (BreakerLimits { failure_ratio: f64::NAN, ..limits() }, "got NaN"),
        (BreakerLimits { slow_call_ratio: 1.1, ..limits() }, "CIRCUIT_BREAKER_SLOW_CALL_RATE"),
        (BreakerLimits { slow_call: Duration::ZERO, ..limits() }, "CIRCUIT_BREAKER_SLOW_CALL_MS"),
        (BreakerLimits { recovery: SECOND / 2, ..limits() }, "CIRCUIT_BREAKER_RECOVERY_TIMEOUT"),
        (BreakerLimits { probes: 0, ..limits() }, "CIRCUIT_BREAKER_HALF_OPEN_PROBES"),
    ];
    for (limits, name) in cases {
        let message = BreakerPolicy::new(limits).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
}

/// A shared breaker on a clock that the test moves.
fn shared() -> (Arc<CircuitBreaker>, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(1));
    let clock = seconds.clone();
    let clock = Box::new(move || Duration::from_secs(clock.load(Ordering::SeqCst)));
    (CircuitBreaker::with(policy(), clock, Box::new(|| 0.0)), seconds)
}

#[test]
fn while_open_the_machine_is_left_alone() {
    let decisions = Arc::new(AtomicU64::new(0));
    let counter = decisions.clone();
    // Every decision of the machine's is given a random number.
    let random = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        0.0
    };
    let breaker = CircuitBreaker::with(policy(), Box::new(|| SECOND), Box::new(random));
    assert_eq!(breaker.now(), SECOND);
    for _ in 0..3 {
        breaker.admit().unwrap().finish(F);
    }
    let before = decisions.load(Ordering::SeqCst);
    for _ in 0..100 {
        assert_eq!(breaker.admit().unwrap_err().retry_after, 30 * SECOND);
    }
    breaker.force_open();
    for _ in 0..100 {
        assert_eq!(breaker.admit().unwrap_err().retry_after, 30 * SECOND);
    }
    assert_eq!(decisions.load(Ordering::SeqCst), before + 1, "only that of the operator");
    assert!(format!("{breaker:?}").contains("Open"), "{breaker:?}");
}

#[test]
fn the_lock_free_answer_is_the_machines() {
    let (breaker, seconds) = shared();
    for _ in 0..3 {
        breaker.admit().unwrap().finish(F);
    }
    assert_eq!(breaker.admit().unwrap_err().retry_after, 30 * SECOND);
    seconds.fetch_add(30, Ordering::SeqCst);
    let probes: Vec<BreakerPass> = (0..3).map(|_| breaker.admit().unwrap()).collect();
    assert!(breaker.admit().is_err());
    drop(probes);
    breaker.admit().unwrap().finish(S);
    breaker.admit().unwrap().finish(S);
    assert_eq!(breaker.look().state, State::Closed);
    breaker.force_open();
    assert_eq!(breaker.admit().unwrap_err().retry_after, 30 * SECOND);
    breaker.force_closed();
    (0..20).for_each(|_| breaker.admit().unwrap().finish(F));
    assert_eq!(breaker.look().forced, Some(Forced::Closed));
    breaker.force_open();
    breaker.reset();
    assert!(breaker.admit().is_ok());
}
