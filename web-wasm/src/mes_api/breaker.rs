//! Circuit breaker of an origin: while it is open all requests pause, except one probe at a time.

/// Shortest pause, for any `Retry-After`, in ms.
const SHORTEST_PAUSE_MS: u64 = 3_000;
/// Pauses double up to this; longer ones only for a longer `Retry-After`. Short enough that nearly
/// every browser notices the end of an outage within 20 s.
const LONGEST_OWN_PAUSE_MS: u64 = 8_000;
/// Paused requests are sent spread over this time. A shorter one would double the usual load when
/// all browsers of a plant resume together.
pub const RETURN_SPREAD_MS: u64 = 15_000;
/// A probe without a response counts as lost after this time, in ms.
pub const PROBE_LIMIT_MS: u64 = 60_000;
/// No wait is longer: twice the longest hint.
pub(super) const LONGEST_WAIT_MS: u64 = 2 * 1000 * super::retry_after::LONGEST_RETRY_AFTER_SECS;

/// Where the breaker is. Times are ms since 1970, which the tabs of a browser share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Requests pass.
    Closed,
    /// Requests pause until a probe may go.
    Open {
        /// When.
        probe_at_ms: u64,
    },
    /// One probe is under way.
    Probing {
        /// When it counts as lost.
        until_ms: u64,
    },
}

/// What a request may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go.
    Go,
    /// Send as the probe, and report its outcome.
    Probe,
    /// Retry after this many ms, or when the breaker changes.
    WaitMs(u64),
}

/// State of a waiting request; one per request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pause {
    paused: bool,
    back_at_ms: u64,
}

/// The breaker of one origin.
#[derive(Clone, Debug)]
pub struct Breaker {
    pub(super) phase: Phase,
    /// Failures in a row; a failure right after a recovery continues the count.
    pub(super) failures: u32,
    /// The server asked not to be probed before.
    pub(super) not_before_ms: u64,
    pub(super) closed_ms: u64,
    /// When the phase changed last; the newest change wins between tabs.
    pub(super) changed_ms: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { phase: Phase::Closed, failures: 0, not_before_ms: 0, closed_ms: 0, changed_ms: 0 }
    }
}

impl Breaker {
    /// Where the breaker is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the next request would be the probe.
    pub fn probe_is_due(&self, now_ms: u64) -> bool {
        match self.phase {
            Phase::Closed => false,
            Phase::Open { probe_at_ms: at } | Phase::Probing { until_ms: at } => {
                is_over(at, now_ms)
            }
        }
    }

    /// Admits or pauses an idempotent request; `random` is uniform in 0 to below 1.
    pub fn admit(&mut self, pause: &mut Pause, now_ms: u64, random: f64) -> Admission {
        let at = match self.phase {
            Phase::Closed => {
                if std::mem::take(&mut pause.paused) {
                    let spread = scaled(RETURN_SPREAD_MS, random);
                    pause.back_at_ms = self.closed_ms.min(now_ms) + spread;
                }
                if is_over(pause.back_at_ms, now_ms) {
                    return Admission::Go;
                }
                pause.back_at_ms
            }
            Phase::Open { probe_at_ms: at } | Phase::Probing { until_ms: at } => {
                pause.paused = true;
                if is_over(at, now_ms) {
                    self.change(Phase::Probing { until_ms: now_ms + PROBE_LIMIT_MS }, now_ms);
                    return Admission::Probe;
                }
                at
            }
        };
        Admission::WaitMs((at - now_ms).min(LONGEST_WAIT_MS))
    }

    /// Counts a degraded response. `was_probe` when [`Admission::Probe`] sent it.
    pub fn degraded(&mut self, was_probe: bool, hint_secs: Option<u64>, now_ms: u64, random: f64) {
        let asked = hint_secs.unwrap_or(0).saturating_mul(1000).min(LONGEST_WAIT_MS / 2);
        let asked = asked.max(SHORTEST_PAUSE_MS);
        self.not_before_ms = self.allowed_ms(now_ms).max(now_ms + asked);
        match self.phase {
            // A late response from before the pause: the pause continues, with this response's
            // `Retry-After`.
            Phase::Open { probe_at_ms } if !was_probe => {
                let probe_at_ms = probe_at_ms.max(self.not_before_ms);
                self.change(Phase::Open { probe_at_ms }, now_ms);
            }
            Phase::Probing { .. } if !was_probe => {}
            phase => {
                let relapse = now_ms < self.closed_ms + RETURN_SPREAD_MS;
                if phase == Phase::Closed && !relapse {
                    self.failures = 0;
                }
                let own = SHORTEST_PAUSE_MS << self.failures.min(8);
                self.failures += 1;
                let wait = asked.max(own.min(LONGEST_OWN_PAUSE_MS));
                let probe_at_ms = self.not_before_ms.max(now_ms + wait + scaled(wait, random));
                self.change(Phase::Open { probe_at_ms }, now_ms);
            }
        }
    }

    /// Counts a healthy response; returns whether it was the probe's and ends the pause.
    pub fn healthy(&mut self, was_probe: bool, now_ms: u64) -> bool {
        if !was_probe || self.phase == Phase::Closed {
            return false;
        }
        self.closed_ms = now_ms;
        self.not_before_ms = 0;
        self.change(Phase::Closed, now_ms);
        true
    }

    /// The probe was aborted before it had a response. The next one waits a little, so that
    /// aborting and retrying is no way around the limit.
    pub fn abandoned(&mut self, now_ms: u64) {
        if let Phase::Probing { .. } = self.phase {
            let probe_at_ms = self.allowed_ms(now_ms).max(now_ms + SHORTEST_PAUSE_MS);
            self.not_before_ms = probe_at_ms;
            self.change(Phase::Open { probe_at_ms }, now_ms);
        }
    }

    /// Requests a probe as soon as the server allows it. Returns when that is, in ms since 1970, if
    /// anything waits.
    pub fn retry_now(&mut self, now_ms: u64) -> Option<u64> {
        let Phase::Open { probe_at_ms } = self.phase else { return None };
        let probe_at_ms = probe_at_ms.min(self.allowed_ms(now_ms).max(now_ms));
        self.change(Phase::Open { probe_at_ms }, now_ms);
        Some(probe_at_ms)
    }

    /// When the server allows a probe. A time from before the clock was set back is void: it would
    /// make every further wait too short.
    fn allowed_ms(&self, now_ms: u64) -> u64 {
        if is_out_of_reach(self.not_before_ms, now_ms) { 0 } else { self.not_before_ms }
    }

    pub(super) fn change(&mut self, phase: Phase, now_ms: u64) {
        // Two changes in one millisecond still have an order.
        self.changed_ms = now_ms.max(self.changed_ms + 1);
        self.phase = phase;
    }
}

/// Whether a wait is over. A clock that was set back must not pause a page for hours.
fn is_over(at_ms: u64, now_ms: u64) -> bool {
    at_ms <= now_ms || is_out_of_reach(at_ms, now_ms)
}

/// Whether a moment is further off than any wait can be: the clock was set back.
fn is_out_of_reach(at_ms: u64, now_ms: u64) -> bool {
    at_ms.saturating_sub(now_ms) > 2 * LONGEST_WAIT_MS
}

/// A uniform part of a span in ms; anything that is no number from 0 to 1 takes all of it.
pub(super) fn scaled(span_ms: u64, random: f64) -> u64 {
    let random = if (0.0..=1.0).contains(&random) { random } else { 1.0 };
    (span_ms as f64 * random) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn admit(breaker: &mut Breaker, now_ms: u64) -> Admission {
        breaker.admit(&mut Pause::default(), now_ms, 0.5)
    }

    #[test]
    fn one_probe_goes_and_everything_else_waits() {
        let mut breaker = Breaker::default();
        assert_eq!(admit(&mut breaker, 0), Admission::Go);
        breaker.degraded(false, Some(4), 100_000, 0.5);
        assert_eq!(admit(&mut breaker, 100_000), Admission::WaitMs(6_000));
        assert_eq!(admit(&mut breaker, 106_000), Admission::Probe);
        assert_eq!(admit(&mut breaker, 106_000), Admission::WaitMs(PROBE_LIMIT_MS));
        assert_eq!(admit(&mut breaker, 106_000 + PROBE_LIMIT_MS), Admission::Probe);
    }

    #[test]
    fn pauses_double_up_to_the_cap() {
        let mut breaker = Breaker::default();
        let mut pauses = Vec::new();
        let mut now = 100_000;
        for probe in [false, true, true, true] {
            breaker.degraded(probe, None, now, 0.0);
            let Phase::Open { probe_at_ms } = breaker.phase() else { panic!("not open") };
            pauses.push(probe_at_ms - now);
            now = probe_at_ms;
            assert_eq!(admit(&mut breaker, now), Admission::Probe);
        }
        assert_eq!(pauses, [3_000, 6_000, 8_000, 8_000]);
    }

    #[test]
    fn paused_requests_return_spread_and_new_ones_go() {
        let mut breaker = Breaker::default();
        let mut pause = Pause::default();
        breaker.degraded(false, Some(3), 100_000, 0.0);
        assert_eq!(breaker.admit(&mut pause, 101_000, 0.5), Admission::WaitMs(2_000));
        assert_eq!(admit(&mut breaker, 103_000), Admission::Probe);
        assert!(!breaker.healthy(false, 103_050), "only the probe ends the pause");
        assert!(breaker.healthy(true, 103_100));
        let half = RETURN_SPREAD_MS / 2;
        assert_eq!(breaker.admit(&mut pause, 103_100, 0.5), Admission::WaitMs(half));
        assert_eq!(breaker.admit(&mut pause, 103_100 + half, 0.9), Admission::Go);
        assert_eq!(admit(&mut breaker, 103_200), Admission::Go);
    }

    #[test]
    fn impatience_skips_our_own_wait_and_not_the_servers() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.retry_now(0), None);
        breaker.degraded(false, Some(10), 100_000, 0.9);
        assert_eq!(breaker.retry_now(101_000), Some(110_000));
        assert_eq!(admit(&mut breaker, 109_999), Admission::WaitMs(1));
        assert_eq!(admit(&mut breaker, 110_000), Admission::Probe);
        assert_eq!(breaker.retry_now(110_001), None, "the probe is under way");
        breaker.abandoned(110_002);
        assert_eq!(breaker.retry_now(110_003), Some(113_002));
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_wait() {
        let mut breaker = Breaker::default();
        breaker.degraded(false, Some(300), 100_000_000, 0.999);
        assert!(matches!(admit(&mut breaker, 100_000_000), Admission::WaitMs(_)));
        assert_eq!(admit(&mut breaker, 50_000_000), Admission::Probe);
        assert!(!is_over(2 * LONGEST_WAIT_MS, 0) && is_over(2 * LONGEST_WAIT_MS + 1, 0));
    }

    #[test]
    fn a_clock_that_is_set_back_leaves_no_date_behind() {
        const HOUR_MS: u64 = 3_600_000;
        let mut open = Breaker::default();
        open.degraded(false, Some(4), 100_000_000, 0.0);
        let now = 100_000_000 - HOUR_MS;
        let allowed = open.clone().retry_now(now);
        assert_eq!(admit(&mut open, now), Admission::Probe);
        let mut degraded = open.clone();
        degraded.degraded(true, Some(4), now, 0.0);
        open.abandoned(now);
        assert_eq!(
            (allowed, admit(&mut degraded, now), admit(&mut open, now)),
            (Some(now), Admission::WaitMs(6_000), Admission::WaitMs(SHORTEST_PAUSE_MS)),
            "a second failure waits 6 s, which is more than the hint"
        );
    }

    #[test]
    fn a_relapse_goes_on_doubling() {
        let mut breaker = Breaker::default();
        breaker.degraded(false, None, 100_000, 0.0);
        assert_eq!(admit(&mut breaker, 103_000), Admission::Probe);
        breaker.healthy(true, 103_000);
        breaker.degraded(false, None, 104_000, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: 110_000 });
        assert_eq!(admit(&mut breaker, 110_000), Admission::Probe);
        breaker.healthy(true, 110_000);
        let later = 110_000 + RETURN_SPREAD_MS;
        breaker.degraded(false, None, later, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: later + 3_000 }, "no relapse");
    }

    #[test]
    fn stragglers_can_lengthen_a_pause_and_never_count_as_the_probe() {
        let mut breaker = Breaker::default();
        assert!(!breaker.probe_is_due(u64::MAX));
        breaker.degraded(false, Some(4), 100_000, 0.0);
        breaker.degraded(false, None, 100_500, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: 104_000 });
        let before = breaker.changed_ms;
        breaker.degraded(false, None, 100_500, 0.0);
        assert!(breaker.changed_ms > before, "changes of one millisecond have an order");
        breaker.degraded(false, Some(10), 101_000, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: 111_000 });
        assert_eq!([110_999, 111_000].map(|now| breaker.probe_is_due(now)), [false, true]);
        assert_eq!(admit(&mut breaker, 111_000), Admission::Probe);
        let probing = Phase::Probing { until_ms: 111_000 + PROBE_LIMIT_MS };
        breaker.degraded(false, Some(2), 111_100, 0.0);
        assert_eq!(breaker.phase(), probing);
        breaker.degraded(true, None, 111_200, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: 117_200 }, "the second failure");
        breaker.degraded(true, None, 112_000, 0.0);
        assert_eq!(breaker.phase(), Phase::Open { probe_at_ms: 120_000 }, "a late probe counts");
    }

    proptest! {
        #[test]
        fn never_before_the_hint_and_one_probe_at_a_time(
            steps in prop::collection::vec((0_u8..6, 0_u64..20_000, proptest::option::of(0_u64..1000), any::<f64>()), 1..200),
        ) {
            let (mut breaker, mut now, mut not_before, mut probing) = (Breaker::default(), 1_000_000, 0, false);
            for (step, later, hint, random) in steps {
                now += later;
                match step {
                    0 | 1 => {
                        if breaker.phase() == Phase::Closed || probing { not_before = now + hint.unwrap_or(0).min(300) * 1000; }
                        else { not_before = not_before.max(now + hint.unwrap_or(0).min(300) * 1000); }
                        breaker.degraded(probing, hint, now, random);
                        probing = false;
                    }
                    2 if probing => { breaker.healthy(true, now); probing = false; }
                    3 => { breaker.retry_now(now); }
                    4 if probing => { breaker.abandoned(now); probing = false; }
                    _ => {
                        let was = breaker.phase();
                        match breaker.admit(&mut Pause::default(), now, random) {
                            Admission::Probe => {
                                let lost = matches!(was, Phase::Probing { until_ms } if until_ms <= now);
                                prop_assert!(!probing || lost);
                                prop_assert!(now >= not_before, "{now} {not_before}");
                                probing = true;
                            }
                            Admission::WaitMs(ms) => prop_assert!(ms <= LONGEST_WAIT_MS),
                            Admission::Go => prop_assert_eq!(breaker.phase(), Phase::Closed),
                        }
                    }
                }
            }
        }
    }
}
