//! Any history against the same rules, written as slowly and plainly as possible.

use std::time::Duration;

use proptest::prelude::*;

use super::machine::{Machine, Pass};
use super::tests::policy;
use super::{Forced, Outcome, State};
use Outcome::{Failure as F, Neither as N, Success as S};

/// What a test does to the breaker, in any order.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    Finish(usize, Outcome),
    Wait(u64),
    ForceOpen,
    ForceClosed,
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![3 => Just(S), 4 => Just(F), 1 => Just(N)];
    prop_oneof![
        6 => Just(Step::Ask),
        8 => (any::<usize>(), outcome).prop_map(|(index, outcome)| Step::Finish(index, outcome)),
        4 => (0_u64..45).prop_map(Step::Wait),
        1 => Just(Step::ForceOpen),
        1 => Just(Step::ForceClosed),
        2 => Just(Step::Reset),
    ]
}

/// The same rules, written as slowly and plainly as possible.
struct Model {
    /// Every counted call since the last closing: failed, slow.
    calls: Vec<(bool, bool)>,
    /// Name of the state, when it ends, and a number for each entry into a state.
    state: (State, u64),
    entries: u64,
    opened: u32,
    forced: Option<Forced>,
    /// Fate of each probe of the round; `None` is still out.
    probes: Vec<Option<bool>>,
}

impl Model {
    fn enter(&mut self, state: State, until: u64) {
        (self.state, self.entries) = ((state, until), self.entries + 1);
        self.probes.clear();
        if state == State::Closed {
            (self.calls, self.opened) = (Vec::new(), 0);
        }
    }

    fn trip(&mut self, now: u64) {
        let length = [30, 60, 120, 240][self.opened.min(3) as usize];
        self.opened += 1;
        self.enter(State::Open, now + length);
    }

    fn tick(&mut self, now: u64) {
        match self.state {
            (State::Open, until) if now >= until => self.enter(State::HalfOpen, now + 10),
            (State::HalfOpen, until) if now >= until => {
                match self.probes.iter().all(|fate| *fate == Some(true)) {
                    true => self.state.1 = now + 10,
                    false => self.trip(now),
                }
            }
            _ => {}
        }
    }

    fn admits(&self) -> bool {
        match self.state.0 {
            State::Closed => true,
            State::Open => false,
            State::HalfOpen => self.probes.len() < 3,
        }
    }

    fn finish(&mut self, outcome: Outcome, slow: bool, now: u64) {
        match self.state.0 {
            State::Open => unreachable!("nobody got leave while open"),
            State::Closed if outcome != N => {
                self.calls.push((outcome == F, slow));
                let last = &self.calls[self.calls.len().saturating_sub(6)..];
                let failed = last.iter().filter(|call| call.0).count();
                let slow = last.iter().filter(|call| call.1).count();
                let over =
                    |count: usize, percent| count >= 3 && count * 100 >= last.len() * percent;
                if self.forced.is_none() && (over(failed, 50) || over(slow, 80)) {
                    self.trip(now);
                }
            }
            State::Closed => {}
            State::HalfOpen => {
                let mine = self.probes.iter().position(Option::is_none).unwrap();
                match outcome {
                    N => drop(self.probes.remove(mine)),
                    _ => self.probes[mine] = Some(outcome == S && !slow),
                }
                let with = |fate| self.probes.iter().filter(|known| **known == Some(fate)).count();
                if with(true) == 2 {
                    self.enter(State::Closed, 0);
                } else if with(false) == 2 {
                    self.trip(now);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_history_is_judged_like_the_naive_model(steps in prop::collection::vec(step(), 0..120)) {
        let mut machine = Machine::new(policy());
        let mut model = Model {
            calls: Vec::new(), state: (State::Closed, 0), entries: 0, opened: 0, forced: None,
            probes: Vec::new(),
        };
        let mut now = 0_u64;
        let mut out: Vec<(Pass, u64, u64)> = Vec::new();
        for step in steps {
            let at = Duration::from_secs(now);
            model.tick(now);
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Ask => {
                    let asked = machine.ask(at, 0.0);
                    prop_assert_eq!(asked.is_ok(), model.admits());
                    if let Ok(pass) = asked {
                        if model.state.0 == State::HalfOpen { model.probes.push(None); }
                        out.push((pass, model.entries, now));
                    }
                }
                Step::Finish(index, outcome) => if !out.is_empty() {
                    let (pass, entry, started) = out.remove(index % out.len());
                    machine.record(pass, outcome, at, 0.0);
                    if entry == model.entries { model.finish(outcome, now - started >= 5, now); }
                }
                Step::ForceOpen => {
                    machine.force_open();
                    model.forced = Some(Forced::Open);
                    model.enter(State::Open, u64::MAX);
                }
                Step::ForceClosed => {
                    machine.force_closed();
                    model.forced = Some(Forced::Closed);
                    model.enter(State::Closed, 0);
                }
                Step::Reset => {
                    machine.reset();
                    model.forced = None;
                    model.enter(State::Closed, 0);
                }
            }
            model.tick(now);
            let look = machine.look(Duration::from_secs(now), 0.0);
            prop_assert_eq!((look.state, look.forced), (model.state.0, model.forced));
            prop_assert!(look.total_count <= 6 && look.failure_count <= look.total_count);
        }
    }
}
