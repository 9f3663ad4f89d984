//! What the supervisor does next. Pure: time and jitter are arguments, actions are data.
//!
//! A worker is *starting* until it reports readiness, *serving* until another one is ready, and
//! then *draining*. At most one starts and one serves at a time, and the serving one drains only
//! for a new one that is ready, or for a stop. A worker that fails is replaced after a pause that
//! grows with the failures in a window; too many of them turn on guarded mode, with the longest
//! pauses. A worker that fails beside a serving one is not retried: the serving one continues, and
//! an operator has to check the cause.

mod event;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use event::{Action, Ended, Event, Failure};

/// Exit code of a worker whose settings can't be used.
pub const USAGE: i32 = 64;
/// Exit code of a worker that has no data while the one that serves has some.
pub const NO_DATA: u8 = 75;

/// What the supervisor allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupervisorLimits {
    /// Until a new worker is ready (`WORKER_READY_TIMEOUT`).
    pub ready: Duration,
    /// Until a replaced worker has exited (`WORKER_DRAIN_TIMEOUT`).
    pub drain: Duration,
    /// Until everything has exited after a stop (`SHUTDOWN_TIMEOUT`).
    pub stop: Duration,
    /// Silence of a worker after which it counts as hung (`WORKER_HEARTBEAT_TIMEOUT`).
    pub silence: Duration,
    /// Pause before the third worker in a window; the second starts immediately.
    pub first_pause: Duration,
    /// Longest pause (`WORKER_BACKOFF_MAX`).
    pub longest_pause: Duration,
    /// Failures in a window from which on it is guarded mode.
    pub failures: usize,
    /// Length of the window (`WORKER_RESTART_WINDOW_SECONDS`).
    pub window: Duration,
}

#[derive(Debug)]
struct Starting {
    generation: u64,
    ready_by: Instant,
    reload: Option<u64>,
    is_killed: bool,
}

#[derive(Debug)]
struct Serving {
    generation: u64,
    heard: Instant,
    is_lost: bool,
}

#[derive(Debug)]
struct Leaving {
    generation: u64,
    /// None once it was killed.
    kill_at: Option<Instant>,
}

/// The supervisor's mind.
#[derive(Debug)]
pub struct Machine {
    limits: SupervisorLimits,
    generation: u64,
    reloads: u64,
    starting: Option<Starting>,
    serving: Option<Serving>,
    leaving: Vec<Leaving>,
    failures: VecDeque<Instant>,
    is_guarded: bool,
    start_at: Option<Instant>,
    is_reload_wanted: bool,
    has_served: bool,
    is_stopping: bool,
    /// When it last thought.
    awake: Instant,
}

impl Machine {
    /// Nothing runs yet.
    pub fn new(limits: SupervisorLimits, now: Instant) -> Self {
        Self {
            limits,
            generation: 0,
            reloads: 0,
            starting: None,
            serving: None,
            leaving: Vec::new(),
            failures: VecDeque::new(),
            is_guarded: false,
            start_at: None,
            is_reload_wanted: false,
            has_served: false,
            is_stopping: false,
            awake: now,
        }
    }

    /// Workers that were started so far.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The worker that serves.
    pub fn serving(&self) -> Option<u64> {
        self.serving.as_ref().map(|serving| serving.generation)
    }

    /// Whether it is guarded mode.
    pub fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// Workers that failed in the window.
    pub fn failures_in_window(&self) -> usize {
        self.failures.len()
    }

    /// When to send the next [`Event::Tick`] if nothing happens earlier.
    pub fn next_tick(&self) -> Instant {
        let starting = self.starting.as_ref().filter(|starting| !starting.is_killed);
        let serving = self.serving.as_ref().filter(|serving| !serving.is_lost);
        let oldest = self.failures.front();
        starting
            .map(|starting| starting.ready_by)
            .into_iter()
            .chain(serving.map(|serving| serving.heard + self.limits.silence))
            .chain(self.leaving.iter().filter_map(|leaving| leaving.kill_at))
            .chain(self.start_at)
            .chain(oldest.map(|failed| *failed + self.limits.window))
            .fold(self.awake + self.nap(), Instant::min)
    }

    /// Longest time between two ticks: one that takes much longer was not the worker's fault.
    fn nap(&self) -> Duration {
        self.limits.silence / 4
    }

    /// Takes in an event. `jitter` is a random number from 0 to 1.
    pub fn handle(&mut self, event: Event, now: Instant, jitter: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        self.forgive(now);
        self.forget(now);
        match event {
            Event::Begin => self.start(None, now, &mut actions),
            Event::Ready(generation) => self.ready(generation, now, &mut actions),
            Event::Heartbeat(generation) => self.heartbeat(generation, now),
            Event::Leaving(generation) => {
                let is_it = |serving: &mut Serving| serving.generation == generation;
                if self.serving.take_if(is_it).is_some() {
                    // New connections wait for the next worker, not for the end of this one.
                    self.failed(now, &mut actions);
                    self.start_later(now, jitter);
                    self.leave(generation, false, now, self.limits.drain, &mut actions);
                }
            }
            Event::Ended(generation, how) => {
                self.ended(generation, how, now, jitter, &mut actions);
            }
            Event::Reload => self.is_reload_wanted = !self.is_stopping,
            Event::Stop => self.stop(now, &mut actions),
            Event::Hurry => {
                self.stop(now, &mut actions);
                self.leaving.iter_mut().for_each(|leaving| leaving.kill_at = Some(now));
            }
            Event::Tick => {}
        }
        self.look_at_the_clock(now, jitter, &mut actions);
        actions
    }

    /// Heartbeats can't arrive while the whole machine or this process is suspended.
    fn forgive(&mut self, now: Instant) {
        let gap = now.saturating_duration_since(self.awake);
        self.awake = now;
        if gap > self.nap() * 2 {
            if let Some(serving) = &mut self.serving {
                serving.heard = now;
            }
            if let Some(starting) = &mut self.starting {
                starting.ready_by += gap;
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        let window = self.limits.window;
        while self.failures.front().is_some_and(|failed| now >= *failed + window) {
            self.failures.pop_front();
        }
    }

    fn start(&mut self, reload: Option<u64>, now: Instant, actions: &mut Vec<Action>) {
        self.generation += 1;
        self.start_at = None;
        let (generation, ready_by) = (self.generation, now + self.limits.ready);
        self.starting = Some(Starting { generation, ready_by, reload, is_killed: false });
        actions.push(Action::Start(generation));
    }

    fn ready(&mut self, generation: u64, now: Instant, actions: &mut Vec<Action>) {
        let is_it =
            |starting: &mut Starting| starting.generation == generation && !starting.is_killed;
        let Some(ready) = self.starting.take_if(is_it) else { return };
        let before = self.serving.replace(Serving { generation, heard: now, is_lost: false });
        self.has_served = true;
        self.start_at = None;
        actions.push(Action::Serves(generation));
        if let Some(number) = ready.reload {
            self.failures.clear();
            self.guard(false, actions);
            actions.push(Action::ReloadEnded(number, None));
        }
        if let Some(before) = before {
            self.leave(before.generation, before.is_lost, now, self.limits.drain, actions);
        }
    }

    fn heartbeat(&mut self, generation: u64, now: Instant) {
        let is_it = |serving: &&mut Serving| serving.generation == generation;
        let Some(serving) = self.serving.as_mut().filter(is_it) else { return };
        serving.heard = now;
        if std::mem::take(&mut serving.is_lost) {
            // It recovered before its replacement was started.
            self.start_at = None;
        }
    }

    /// Drains a worker; one without a connection is killed.
    fn leave(
        &mut self,
        generation: u64,
        is_deaf: bool,
        now: Instant,
        within: Duration,
        actions: &mut Vec<Action>,
    ) {
        let kill_at = (!is_deaf).then_some(now + within);
        actions.push(match is_deaf {
            true => Action::Kill(generation),
            false => Action::Drain(generation, within),
        });
        self.leaving.push(Leaving { generation, kill_at });
    }

    fn ended(
        &mut self,
        generation: u64,
        how: Ended,
        now: Instant,
        jitter: f64,
        actions: &mut Vec<Action>,
    ) {
        self.leaving.retain(|leaving| leaving.generation != generation);
        if let Some(failed) = self.starting.take_if(|starting| starting.generation == generation) {
            if how == Ended::Code(USAGE) && !self.has_served && failed.reload.is_none() {
                self.is_stopping = true;
                actions.push(Action::Finished(USAGE));
                return;
            }
            let why = if failed.is_killed { Failure::NotReady } else { Failure::Ended(how) };
            self.failed(now, actions);
            if let Some(number) = failed.reload {
                actions.push(Action::ReloadEnded(number, Some(why)));
            }
            if self.serving.as_ref().is_none_or(|serving| serving.is_lost) {
                self.start_later(now, jitter);
            }
        } else if self.serving.take_if(|serving| serving.generation == generation).is_some() {
            self.failed(now, actions);
            self.start_later(now, jitter);
        }
        if self.is_stopping && self.leaving.is_empty() {
            actions.push(Action::Finished(0));
        }
    }

    fn failed(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.failures.push_back(now);
        if self.failures.len() >= self.limits.failures {
            self.guard(true, actions);
        }
    }

    fn guard(&mut self, is_guarded: bool, actions: &mut Vec<Action>) {
        if std::mem::replace(&mut self.is_guarded, is_guarded) != is_guarded {
            actions.push(Action::Guarded(is_guarded));
        }
    }

    /// Jitter over the second half of the pause keeps several servers from restarting together.
    fn start_later(&mut self, now: Instant, jitter: f64) {
        if self.starting.is_some() || self.start_at.is_some() {
            return;
        }
        let longest = self.limits.longest_pause;
        let doublings = u32::try_from(self.failures.len().saturating_sub(2)).unwrap_or(u32::MAX);
        let pause = match self.failures.len() {
            _ if self.is_guarded => longest,
            0 | 1 => Duration::ZERO,
            _ => self.limits.first_pause.saturating_mul(2_u32.saturating_pow(doublings)),
        };
        self.start_at = Some(now + pause.min(longest).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0)));
    }

    fn stop(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if std::mem::replace(&mut self.is_stopping, true) {
            return;
        }
        (self.start_at, self.is_reload_wanted) = (None, false);
        let within = self.limits.stop;
        for leaving in &mut self.leaving {
            leaving.kill_at = leaving.kill_at.map(|at| at.min(now + within));
        }
        if let Some(starting) = self.starting.take() {
            if let Some(number) = starting.reload {
                actions.push(Action::ReloadEnded(number, Some(Failure::Stopped)));
            }
            self.leave(starting.generation, starting.is_killed, now, within, actions);
        }
        if let Some(serving) = self.serving.take() {
            self.leave(serving.generation, serving.is_lost, now, within, actions);
        }
        if self.leaving.is_empty() {
            actions.push(Action::Finished(0));
        }
    }

    fn look_at_the_clock(&mut self, now: Instant, jitter: f64, actions: &mut Vec<Action>) {
        for leaving in &mut self.leaving {
            if leaving.kill_at.take_if(|at| *at <= now).is_some() {
                actions.push(Action::Kill(leaving.generation));
            }
        }
        if self.is_stopping {
            return;
        }
        if let Some(starting) = &mut self.starting
            && !starting.is_killed
            && starting.ready_by <= now
        {
            starting.is_killed = true;
            actions.push(Action::Kill(starting.generation));
        }
        if let Some(serving) = &mut self.serving {
            if !serving.is_lost && now >= serving.heard + self.limits.silence {
                serving.is_lost = true;
                self.failed(now, actions);
                self.start_later(now, jitter);
            } else if self.failures.is_empty() {
                self.guard(false, actions);
            }
        }
        if self.starting.is_some() {
            return;
        }
        if self.is_reload_wanted && self.leaving.is_empty() {
            self.is_reload_wanted = false;
            self.reloads += 1;
            actions.push(Action::ReloadBegan(self.reloads));
            self.start(Some(self.reloads), now, actions);
        } else if self.start_at.take_if(|at| *at <= now).is_some() {
            self.start(None, now, actions);
        }
    }
}

#[cfg(test)]
mod tests;
