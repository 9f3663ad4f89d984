//! A discrete-event model of browsers, tabs and panels that poll one server.
//!
//! A panel polls 30 s after its last request. During the outage the server responds immediately
//! with an open circuit and a `Retry-After` of 5 s plus uniform(0, 5 s), in whole seconds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mes_compute::mes_api::breaker::{Admission, Breaker, Pause};
use mes_compute::mes_api::origin::{Attempt, Origin};
use mes_compute::mes_api::tabs::{self, Notice};

use crate::client::{Client, Tokens, policy, refusal, wait_ms};

const POLL_MS: u64 = 30_000;
pub(crate) const OUTAGE_MS: u64 = 120_000;
/// Steady polling before the outage; clocks of breakers don't start at 0.
const WARM_UP_MS: u64 = 60_000;
const AFTERWARDS_MS: u64 = 120_000;
/// A notice reaches another tab after this time.
const BROADCAST_MS: u64 = 5;

/// A fleet and what happens to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) client: Client,
    pub(crate) browsers: usize,
    pub(crate) tabs: usize,
    pub(crate) panels: usize,
    pub(crate) seed: u64,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Report {
    /// Requests in the outage.
    pub(crate) outage_requests: u64,
    /// The same over those of a healthy time as long.
    pub(crate) outage_ratio: f64,
    /// Requests in the busiest second after the outage over those of a steady one.
    pub(crate) peak_ratio: f64,
    /// Until 99 % of the browsers had an answer again, in s.
    pub(crate) browsers_back_secs: f64,
    /// Until 99 % of the panels had fresh data, in s.
    pub(crate) panels_back_secs: f64,
    /// Requests that a browser sent before the last `Retry-After` was over.
    pub(crate) early: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Poll(usize),
    Wake(usize, u32),
    Answer { panel: usize, hint_secs: Option<u64>, was_probe: bool },
    Hear { tab: usize, notice: usize },
}

#[derive(Clone, Default)]
struct Panel {
    pause: Pause,
    retries: u32,
    first_sent_ms: Option<u64>,
    last_sent_ms: u64,
    /// Of the wait that counts; earlier ones are void.
    wake: u32,
    waits: bool,
    back_ms: Option<u64>,
}

struct Tab {
    origin: Origin,
    tokens: Tokens,
}

#[derive(Clone, Default)]
struct Browser {
    probing_tab: Option<usize>,
    not_before_ms: u64,
    back_ms: Option<u64>,
}

struct Model {
    scenario: Scenario,
    now_ms: u64,
    order: u64,
    random: u64,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    panels: Vec<Panel>,
    tabs: Vec<Tab>,
    browsers: Vec<Browser>,
    notices: Vec<Notice>,
    per_second: Vec<u64>,
    outage_requests: u64,
    early: u64,
}

/// Runs a scenario.
pub(crate) fn run(scenario: Scenario) -> Report {
    let tabs = scenario.browsers * scenario.tabs;
    let mut model = Model {
        scenario,
        now_ms: 0,
        order: 0,
        random: scenario.seed,
        events: BinaryHeap::new(),
        panels: vec![Panel::default(); tabs * scenario.panels],
        tabs: (0..tabs)
            .map(|_| Tab { origin: Origin::default(), tokens: Tokens::new(scenario.client) })
            .collect(),
        browsers: vec![Browser::default(); scenario.browsers],
        notices: Vec::new(),
        per_second: vec![0; ((WARM_UP_MS + OUTAGE_MS + AFTERWARDS_MS) / 1000) as usize],
        outage_requests: 0,
        early: 0,
    };
    for panel in 0..model.panels.len() {
        let phase = (model.uniform() * POLL_MS as f64) as u64;
        model.at(phase, Event::Poll(panel));
    }
    model.run();
    model.report()
}

impl Model {
    fn run(&mut self) {
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            if at >= WARM_UP_MS + OUTAGE_MS + AFTERWARDS_MS {
                break;
            }
            self.now_ms = at;
            match event {
                Event::Poll(panel) => {
                    let wake = self.panels[panel].wake;
                    let back_ms = self.panels[panel].back_ms;
                    self.panels[panel] = Panel { wake, back_ms, ..Panel::default() };
                    let tab = panel / self.scenario.panels;
                    self.tabs[tab].tokens.request(self.scenario.client);
                    self.tabs[tab].origin.budget.request();
                    self.ask(panel);
                }
                Event::Wake(panel, wake) => {
                    if self.panels[panel].wake == wake {
                        self.ask(panel);
                    }
                }
                Event::Answer { panel, hint_secs, was_probe } => {
                    self.answer(panel, hint_secs, was_probe);
                }
                Event::Hear { tab, notice } => {
                    let (notice, now, random) = (self.notices[notice], self.now_ms, self.draw());
                    self.change(tab, false, |origin| {
                        tabs::hear(&mut origin.breaker, &notice, now, random);
                    });
                }
            }
        }
    }

    /// Sends the panel's request, or waits until it may be asked for again.
    fn ask(&mut self, panel: usize) {
        self.panels[panel].wake += 1;
        self.panels[panel].waits = false;
        if !self.scenario.client.is_ours() {
            return self.send(panel, false);
        }
        let (tab, now, random) = (panel / self.scenario.panels, self.now_ms, self.draw());
        let browser = tab / self.scenario.tabs;
        let breaker = &mut self.tabs[tab].origin.breaker;
        if breaker.probe_is_due(now)
            && self.browsers[browser].probing_tab.is_some_and(|one| one != tab)
        {
            tabs::yield_probe(breaker, now, random);
        }
        let mut pause = self.panels[panel].pause;
        let admission =
            self.change(tab, true, |origin| origin.admit(true, &mut pause, now, random));
        self.panels[panel].pause = pause;
        match admission {
            Admission::Go => self.send(panel, false),
            Admission::Probe => {
                self.browsers[browser].probing_tab = Some(tab);
                self.send(panel, true);
            }
            Admission::WaitMs(ms) => {
                self.panels[panel].waits = true;
                self.at(now + ms, Event::Wake(panel, self.panels[panel].wake));
            }
        }
    }

    fn send(&mut self, panel: usize, was_probe: bool) {
        let now = self.now_ms;
        let browser = panel / self.scenario.panels / self.scenario.tabs;
        self.panels[panel].first_sent_ms.get_or_insert(now);
        self.panels[panel].last_sent_ms = now;
        self.per_second[(now / 1000) as usize] += 1;
        self.early += u64::from(now < self.browsers[browser].not_before_ms);
        let refused = (WARM_UP_MS..WARM_UP_MS + OUTAGE_MS).contains(&now);
        self.outage_requests += u64::from(refused);
        let hint_secs = refused.then(|| (5.0 + 5.0 * self.uniform()).ceil() as u64);
        let latency = 20 + (60.0 * self.uniform()) as u64;
        self.at(now + latency, Event::Answer { panel, hint_secs, was_probe });
    }

    fn answer(&mut self, panel: usize, hint_secs: Option<u64>, was_probe: bool) {
        let (client, now) = (self.scenario.client, self.now_ms);
        let tab = panel / self.scenario.panels;
        let browser = tab / self.scenario.tabs;
        let retries = self.panels[panel].retries;
        let tried = Attempt { retries, safe: true, was_probe };
        if was_probe {
            self.browsers[browser].probing_tab = None;
        }
        let Some(seconds) = hint_secs else {
            if self.panels[panel].last_sent_ms >= WARM_UP_MS + OUTAGE_MS {
                self.panels[panel].back_ms.get_or_insert(now);
                self.browsers[browser].back_ms.get_or_insert(now);
            }
            self.browsers[browser].not_before_ms = 0;
            self.tabs[tab].tokens.success(client);
            self.change(tab, true, |origin| origin.succeeded(tried, now));
            return self.poll_again(panel);
        };
        let told = &mut self.browsers[browser].not_before_ms;
        *told = (*told).max(now + seconds * 1000);
        let wait = if client.is_ours() {
            let draws = [self.draw(), self.draw()];
            let mut draws = draws.into_iter();
            let decision = self.change(tab, true, |origin| {
                let random = || draws.next().unwrap_or(0.0);
                origin.failed(&policy(), tried, refusal(seconds), now, random)
            });
            wait_ms(decision)
        } else {
            let random = self.uniform();
            self.tabs[tab].tokens.retry(client, retries, now, random)
        };
        match wait {
            None => self.poll_again(panel),
            Some(ms) => {
                self.panels[panel].retries += 1;
                self.panels[panel].wake += 1;
                self.at(now + ms, Event::Wake(panel, self.panels[panel].wake));
            }
        }
    }

    fn poll_again(&mut self, panel: usize) {
        let Panel { first_sent_ms, last_sent_ms, .. } = self.panels[panel];
        let next = first_sent_ms.unwrap_or(last_sent_ms) + POLL_MS;
        let next = if next > self.now_ms { next } else { last_sent_ms + POLL_MS };
        self.at(next.max(self.now_ms), Event::Poll(panel));
    }

    /// Changes a tab as the browser does: wakes its waiting panels and notifies the other tabs.
    fn change<T>(&mut self, tab: usize, tell: bool, act: impl FnOnce(&mut Origin) -> T) -> T {
        let origin = &mut self.tabs[tab].origin;
        let before = tabs::notice(&origin.breaker);
        let out = act(origin);
        if self.scenario.client == Client::OursWithoutBreaker {
            origin.breaker = Breaker::default();
        }
        let after = tabs::notice(&origin.breaker);
        if before.changed_ms == after.changed_ms {
            return out;
        }
        let panels = self.scenario.panels;
        for panel in tab * panels..(tab + 1) * panels {
            if self.panels[panel].waits {
                self.at(self.now_ms, Event::Wake(panel, self.panels[panel].wake));
            }
        }
        if tell && self.scenario.tabs > 1 {
            self.notices.push(after);
            let first = tab - tab % self.scenario.tabs;
            for other in (first..first + self.scenario.tabs).filter(|other| *other != tab) {
                let notice = self.notices.len() - 1;
                self.at(self.now_ms + BROADCAST_MS, Event::Hear { tab: other, notice });
            }
        }
        out
    }

    fn at(&mut self, at_ms: u64, event: Event) {
        self.order += 1;
        self.events.push(Reverse((at_ms, self.order, event)));
    }

    /// A draw of the client.
    fn draw(&mut self) -> f64 {
        let random = self.uniform();
        if self.scenario.client == Client::OursWithoutJitter { 0.0 } else { random }
    }

    /// Uniform in 0 to below 1: splitmix64.
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn report(&self) -> Report {
        let steady = self.panels.len() as f64 * 1000.0 / POLL_MS as f64;
        let over = ((WARM_UP_MS + OUTAGE_MS) / 1000) as usize;
        let peak = self.per_second[over..].iter().max().copied().unwrap_or(0);
        Report {
            outage_requests: self.outage_requests,
            outage_ratio: self.outage_requests as f64 / (steady * OUTAGE_MS as f64 / 1000.0),
            peak_ratio: peak as f64 / steady,
            browsers_back_secs: back(self.browsers.iter().map(|browser| browser.back_ms)),
            panels_back_secs: back(self.panels.iter().map(|panel| panel.back_ms)),
            early: self.early,
        }
    }
}

/// When 99 % were back, in s after the outage; those that never were count as infinitely late.
fn back(times: impl Iterator<Item = Option<u64>>) -> f64 {
    let mut times: Vec<u64> = times.map(|time| time.unwrap_or(u64::MAX)).collect();
    times.sort_unstable();
    match times[(times.len() * 99).div_ceil(100) - 1] {
        u64::MAX => f64::INFINITY,
        at => (at - WARM_UP_MS - OUTAGE_MS) as f64 / 1000.0,
    }
}
