use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: SupervisorLimits = SupervisorLimits {
    ready: Duration::from_secs(60),
    drain: Duration::from_secs(30),
    stop: Duration::from_secs(15),
    silence: Duration::from_secs(30),
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(60),
    failures: 3,
    window: Duration::from_secs(600),
};

/// A machine with a clock that a test moves.
struct Bench {
    machine: Machine,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let now = Instant::now();
        Self { machine: Machine::new(LIMITS, now), now }
    }

    /// One worker serves.
    fn serving() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.tell(Event::Begin), [Action::Start(1)]);
        assert_eq!(bench.tell(Event::Ready(1)), [Action::Serves(1)]);
        bench
    }

    fn tell(&mut self, event: Event) -> Vec<Action> {
        self.machine.handle(event, self.now, 1.0)
    }

    /// Lets time pass in the machine's own steps, its serving worker alive; every action.
    fn pass(&mut self, time: Duration) -> Vec<Action> {
        self.pass_with(time, true)
    }

    fn pass_with(&mut self, time: Duration, is_alive: bool) -> Vec<Action> {
        let end = self.now + time;
        let mut actions = Vec::new();
        while self.now < end {
            self.now = self.machine.next_tick().min(end);
            if let Some(generation) = self.machine.serving().filter(|_| is_alive) {
                actions.extend(self.tell(Event::Heartbeat(generation)));
            }
            actions.extend(self.tell(Event::Tick));
        }
        actions
    }
}

#[test]
fn a_reload_replaces_the_worker_when_the_new_one_is_ready() {
    let mut bench = Bench::serving();
    assert_eq!(bench.tell(Event::Reload), [Action::ReloadBegan(1), Action::Start(2)]);
    assert_eq!(bench.tell(Event::Reload), [], "one at a time");
    assert_eq!(bench.machine.serving(), Some(1));
    let done = [Action::Serves(2), Action::ReloadEnded(1, None), Action::Drain(1, LIMITS.drain)];
    assert_eq!(bench.tell(Event::Ready(2)), done);
    let next = [Action::ReloadBegan(2), Action::Start(3)];
    assert_eq!(bench.tell(Event::Ended(1, Ended::Code(0))), next, "the one that had to wait");
}

#[test]
fn a_bad_build_leaves_the_old_worker_serving_and_is_not_tried_again() {
    let mut bench = Bench::serving();
    for (number, how) in [(1, Ended::Code(1)), (2, Ended::Signal(11))] {
        assert_eq!(bench.tell(Event::Reload)[0], Action::ReloadBegan(number));
        let ended = bench.tell(Event::Ended(number + 1, how));
        assert_eq!(ended, [Action::ReloadEnded(number, Some(Failure::Ended(how)))]);
        assert_eq!(bench.pass(100 * SECOND), []);
    }
    bench.tell(Event::Reload);
    assert_eq!(bench.pass(59 * SECOND), []);
    assert_eq!(bench.pass(SECOND), [Action::Kill(4)], "never ready");
    let ended = bench.tell(Event::Ended(4, Ended::Signal(9)));
    let failed = Action::ReloadEnded(3, Some(Failure::NotReady));
    assert_eq!(ended, [Action::Guarded(true), failed]);
    assert_eq!(bench.machine.serving(), Some(1), "the last good one");
    bench.tell(Event::Reload);
    let done = bench.tell(Event::Ready(5));
    assert_eq!(done[..2], [Action::Serves(5), Action::Guarded(false)]);
    assert_eq!(bench.machine.failures_in_window(), 0);
}

#[test]
fn readiness_that_comes_too_late_counts_for_nothing() {
    let mut bench = Bench::serving();
    bench.tell(Event::Reload);
    assert_eq!(bench.pass(LIMITS.ready), [Action::Kill(2)]);
    assert_eq!(bench.tell(Event::Ready(2)), []);
    assert_eq!(bench.tell(Event::Ready(77)), []);
    assert_eq!(bench.machine.serving(), Some(1));
}

#[test]
fn a_dead_worker_is_replaced_at_once_and_a_crash_loop_ever_more_rarely() {
    let mut bench = Bench::serving();
    let mut pauses = Vec::new();
    for generation in 1..=8 {
        let mut actions = bench.tell(Event::Ended(generation, Ended::Signal(9)));
        let died = bench.now;
        while !actions.contains(&Action::Start(generation + 1)) {
            bench.now = bench.machine.next_tick();
            actions = bench.tell(Event::Tick);
        }
        pauses.push((bench.now - died).as_millis());
        bench.tell(Event::Ready(generation + 1));
    }
    assert_eq!(pauses, [0, 500, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
    assert!(bench.machine.is_guarded());
    let calm = bench.pass(LIMITS.window);
    assert_eq!(calm, [Action::Guarded(false)], "a worker that lasts ends guarded mode");
}

#[test]
fn settings_that_can_t_be_used_end_a_first_start_and_fail_a_reload() {
    let mut bench = Bench::new();
    bench.tell(Event::Begin);
    assert_eq!(bench.tell(Event::Ended(1, Ended::Code(64))), [Action::Finished(64)]);
    assert_eq!(bench.pass(LIMITS.window), [], "and nothing more");
    let mut bench = Bench::serving();
    bench.tell(Event::Reload);
    let ended = bench.tell(Event::Ended(2, Ended::Code(64)));
    assert!(matches!(ended[..], [Action::ReloadEnded(1, Some(_))]));
}

#[test]
fn a_worker_that_says_nothing_is_replaced_and_then_ended() {
    let mut bench = Bench::serving();
    assert_eq!(bench.pass_with(29 * SECOND, false), []);
    assert_eq!(bench.pass_with(2 * SECOND, false), [Action::Start(2)]);
    assert_eq!(bench.machine.serving(), Some(1), "until there is a better one");
    assert_eq!(bench.tell(Event::Ready(2)), [Action::Serves(2), Action::Kill(1)]);
}

#[test]
fn a_worker_that_somebody_else_sends_away_is_replaced_before_it_is_gone() {
    let mut bench = Bench::serving();
    let done = [Action::Drain(1, LIMITS.drain), Action::Start(2)];
    assert_eq!(bench.tell(Event::Leaving(1)), done);
    assert_eq!(bench.tell(Event::Leaving(1)), []);
    assert_eq!(bench.tell(Event::Ready(2)), [Action::Serves(2)]);
    assert_eq!(bench.tell(Event::Ended(1, Ended::Code(0))), []);
    assert_eq!(bench.machine.failures_in_window(), 1, "it leaves once");
    // Again and again is a crash loop.
    bench.tell(Event::Leaving(2));
    assert_eq!(bench.machine.failures_in_window(), 2);
    assert_eq!(bench.pass(LIMITS.first_pause), [Action::Start(3)]);
}

#[test]
fn a_machine_that_slept_blames_nobody() {
    let mut bench = Bench::serving();
    bench.now += 10_000 * SECOND;
    assert_eq!(bench.tell(Event::Tick), []);
    assert_eq!(bench.pass_with(31 * SECOND, false), [Action::Start(2)], "but then it counts again");
}

#[test]
fn a_stop_ends_everything_by_its_deadline_and_a_second_one_at_once() {
    let mut bench = Bench::serving();
    bench.tell(Event::Reload);
    bench.tell(Event::Ready(2));
    assert_eq!(bench.tell(Event::Stop), [Action::Drain(2, LIMITS.stop)]);
    assert_eq!(bench.tell(Event::Reload), []);
    assert_eq!(bench.pass(LIMITS.stop), [Action::Kill(1), Action::Kill(2)]);
    assert_eq!(bench.tell(Event::Ended(1, Ended::Signal(9))), []);
    assert_eq!(bench.tell(Event::Ended(2, Ended::Signal(9))), [Action::Finished(0)]);

    let mut bench = Bench::serving();
    bench.tell(Event::Reload);
    let stopped = Action::ReloadEnded(1, Some(Failure::Stopped));
    let drained = [Action::Drain(2, LIMITS.stop), Action::Drain(1, LIMITS.stop)];
    assert_eq!(bench.tell(Event::Stop), [stopped, drained[0], drained[1]]);
    assert_eq!(bench.tell(Event::Hurry), [Action::Kill(2), Action::Kill(1)]);

    let mut bench = Bench::serving();
    bench.tell(Event::Ended(1, Ended::Code(1)));
    bench.tell(Event::Ended(2, Ended::Code(1)));
    assert_eq!(bench.tell(Event::Stop), [Action::Finished(0)], "nothing runs");
}

/// What becomes of a worker, drawn by proptest.
#[derive(Clone, Copy, Debug)]
struct Fate {
    ready_ms: Option<u64>,
    life_ms: Option<u64>,
    goes_silent: bool,
    leaves_ms: Option<u64>,
    quits_ms: Option<u64>,
}

fn fates() -> impl Strategy<Value = Fate> {
    let ms = |longest: u64| prop::option::weighted(0.7, 0..longest);
    let quits = prop::option::weighted(0.1, 0..1_000_000_u64);
    (ms(90_000), ms(3_000_000), prop::bool::weighted(0.1), ms(60_000), quits).prop_map(
        |(ready_ms, life_ms, goes_silent, leaves_ms, quits_ms)| Fate {
            ready_ms,
            life_ms,
            goes_silent,
            leaves_ms,
            quits_ms,
        },
    )
}

struct Process {
    generation: u64,
    fate: Fate,
    ready_at: Option<Instant>,
    dies_at: Option<Instant>,
    quits_at: Option<Instant>,
    is_told: bool,
}

/// Workers with their fates around a machine; holds it to what it promises.
struct World {
    machine: Machine,
    fates: Vec<Fate>,
    processes: Vec<Process>,
    now: Instant,
    starts: Vec<Instant>,
    stopped_at: Option<Instant>,
    is_finished: bool,
}

impl World {
    fn new(fates: Vec<Fate>) -> Self {
        let now = Instant::now();
        Self {
            machine: Machine::new(LIMITS, now),
            fates,
            processes: Vec::new(),
            now,
            starts: Vec::new(),
            stopped_at: None,
            is_finished: false,
        }
    }

    fn tell(&mut self, event: Event, jitter: f64) {
        let good = self.machine.serving().filter(|generation| {
            let is_good = |one: &Process| !one.fate.goes_silent && !one.is_told;
            self.processes.iter().any(|one| one.generation == *generation && is_good(one))
        });
        for action in self.machine.handle(event, self.now, jitter) {
            match action {
                Action::Start(generation) => self.start(generation),
                Action::Drain(generation, _) | Action::Kill(generation) => {
                    let replaced = self.machine.serving().is_some_and(|now| now > generation);
                    let was_good = good == Some(generation);
                    assert!(!was_good || replaced || self.stopped_at.is_some(), "the last good");
                    self.dismiss(generation, matches!(action, Action::Kill(_)));
                }
                Action::Finished(_) => {
                    assert!(self.processes.is_empty(), "somebody is left");
                    self.is_finished = true;
                }
                _ => {}
            }
        }
        let untold = self.processes.iter().filter(|one| !one.is_told).count();
        assert!(untold <= 2, "one that starts and one that serves");
        assert!(self.processes.len() <= 4);
    }

    fn start(&mut self, generation: u64) {
        let serving = self.machine.serving();
        let starting = self.processes.iter().filter(|one| !one.is_told);
        let starting = starting.filter(|one| serving != Some(one.generation)).count();
        assert_eq!(starting, 0, "two start at once");
        assert!(self.stopped_at.is_none(), "a start after the stop");
        let fate = self.fates[generation as usize % self.fates.len()];
        let after = |ms: u64| self.now + Duration::from_millis(ms);
        self.processes.push(Process {
            generation,
            fate,
            ready_at: fate.ready_ms.map(after),
            dies_at: fate.life_ms.map(after),
            quits_at: fate.quits_ms.map(after),
            is_told: false,
        });
        self.starts.push(self.now);
    }

    fn dismiss(&mut self, generation: u64, is_killed: bool) {
        let now = self.now;
        let told = self.processes.iter_mut().find(|one| one.generation == generation);
        let Some(told) = told else { return };
        told.is_told = true;
        let leaves = if is_killed { Some(0) } else { told.fate.leaves_ms };
        let leaves = leaves.map(|ms| now + Duration::from_millis(ms));
        told.dies_at = [told.dies_at, leaves].into_iter().flatten().min();
    }

    /// Runs to the next thing that happens.
    fn step(&mut self, jitter: f64, end: Instant) {
        let next = |at: &dyn Fn(&Process) -> Option<Instant>| {
            let all = self.processes.iter().filter_map(|one| Some((at(one)?, one.generation)));
            all.min()
        };
        let (death, ready) = (next(&|one| one.dies_at), next(&|one| one.ready_at));
        let quit = next(&|one| one.quits_at);
        let tick = self.machine.next_tick().min(end);
        let events = [death, ready, quit].into_iter().flatten().map(|(at, _)| at);
        let first = events.fold(tick, Instant::min);
        self.now = self.now.max(first);
        for alive in 0..self.processes.len() {
            let Some(one) = self.processes.get(alive).filter(|one| !one.fate.goes_silent) else {
                break;
            };
            let generation = one.generation;
            self.tell(Event::Heartbeat(generation), jitter);
        }
        if let Some((_, generation)) = death.filter(|(at, _)| *at <= first) {
            self.processes.retain(|one| one.generation != generation);
            self.tell(Event::Ended(generation, Ended::Code(1)), jitter);
        } else if let Some((_, generation)) = ready.filter(|(at, _)| *at <= first) {
            let one = self.processes.iter_mut().find(|one| one.generation == generation);
            one.unwrap().ready_at = None;
            self.tell(Event::Ready(generation), jitter);
        } else if let Some((_, generation)) = quit.filter(|(at, _)| *at <= first) {
            // A worker that does not serve leaves without a word.
            let serves = self.machine.serving() == Some(generation);
            let one = self.processes.iter_mut().find(|one| one.generation == generation).unwrap();
            one.quits_at = None;
            one.is_told = true;
            let leaves = one.fate.leaves_ms.map(|ms| first + Duration::from_millis(ms));
            one.dies_at = [one.dies_at, leaves].into_iter().flatten().min();
            if serves {
                self.tell(Event::Leaving(generation), jitter);
            }
        } else {
            self.tell(Event::Tick, jitter);
        }
    }

    fn run_until(&mut self, end: Instant, jitter: f64) {
        while self.now < end && !self.is_finished {
            self.step(jitter, end);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// For any behaviour of workers and any sequence of reloads: the invariants hold, and a stop
    /// ends everything within its time.
    #[test]
    fn promises_hold_whatever_workers_do(
        fates in prop::collection::vec(fates(), 1..12),
        orders in prop::collection::vec((0_u64..2_000_000, prop::bool::weighted(0.9)), 1..20),
        jitter in 0.0_f64..1.0,
    ) {
        let mut world = World::new(fates);
        world.tell(Event::Begin, jitter);
        for (pause_ms, is_reload) in orders {
            let at = world.now + Duration::from_millis(pause_ms);
            world.run_until(at, jitter);
            world.tell(if is_reload { Event::Reload } else { Event::Tick }, jitter);
        }
        world.stopped_at = Some(world.now);
        world.tell(Event::Stop, jitter);
        let deadline = world.now + LIMITS.stop + SECOND;
        world.run_until(deadline, jitter);
        prop_assert!(world.is_finished, "left: {}", world.processes.len());
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Workers that fail in a thousand hours, each in its own way, are started a bounded number of
    /// times: a burst, and then at most twice in the longest pause.
    #[test]
    fn a_crash_loop_of_a_thousand_hours_is_bounded(
        ready_ms in prop::option::of(0_u64..5_000),
        life_ms in 0_u64..10_000,
        jitter in 0.0_f64..1.0,
    ) {
        let fate = Fate { ready_ms, life_ms: Some(life_ms), goes_silent: false, leaves_ms: Some(0), quits_ms: None };
        let mut world = World::new(vec![fate]);
        world.tell(Event::Begin, jitter);
        let hours = 1_000;
        let end = world.now + hours * 3_600 * SECOND;
        world.run_until(end, jitter);
        let most = hours * 3_600 / 30 + 5;
        prop_assert!(world.starts.len() <= most as usize, "{} starts", world.starts.len());
        prop_assert!(world.starts.len() >= (hours * 3_600 / 75) as usize, "it goes on trying");
        prop_assert!(world.machine.is_guarded());
    }
}
