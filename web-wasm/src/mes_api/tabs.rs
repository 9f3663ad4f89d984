//! One breaker for all tabs of a browser: the messages between tabs, and which of them count.

use super::breaker::{Breaker, LONGEST_WAIT_MS, PROBE_LIMIT_MS, Phase, scaled};

/// Tabs that received a pause from another tab leave the probe to that one for this long plus a
/// random part of the same length, in ms.
const FOLLOWER_DELAY_MS: u64 = 500;
/// Tabs share a clock; a notice from further ahead than this is not believed, in ms.
const LONGEST_AHEAD_MS: u64 = 5_000;

/// Message of a tab to the others after every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When its breaker changed, in ms since 1970.
    pub changed_ms: u64,
    /// Where it is.
    pub phase: Phase,
    /// Failures in a row.
    pub failures: u32,
    /// When the server allows the next probe, in ms since 1970.
    pub not_before_ms: u64,
}

/// The notice of a breaker.
pub fn notice(breaker: &Breaker) -> Notice {
    Notice {
        changed_ms: breaker.changed_ms,
        phase: breaker.phase,
        failures: breaker.failures,
        not_before_ms: breaker.not_before_ms,
    }
}

/// Takes over the state of another tab when it is newer; returns whether it was. Times are clamped:
/// a tab with a bad state can't pause the others for long.
pub fn hear(breaker: &mut Breaker, notice: &Notice, now_ms: u64, random: f64) -> bool {
    let ahead = notice.changed_ms > now_ms.saturating_add(LONGEST_AHEAD_MS);
    if ahead || notice.changed_ms <= breaker.changed_ms {
        return false;
    }
    let longest = now_ms + LONGEST_WAIT_MS;
    let delay = FOLLOWER_DELAY_MS + scaled(FOLLOWER_DELAY_MS, random);
    let phase = match notice.phase {
        Phase::Closed => Phase::Closed,
        Phase::Open { probe_at_ms } => {
            Phase::Open { probe_at_ms: probe_at_ms.min(longest) + delay }
        }
        Phase::Probing { until_ms } => {
            Phase::Probing { until_ms: until_ms.min(now_ms + PROBE_LIMIT_MS) + delay }
        }
    };
    if phase == Phase::Closed && breaker.phase != Phase::Closed {
        breaker.closed_ms = now_ms;
    }
    breaker.phase = phase;
    breaker.changed_ms = notice.changed_ms;
    breaker.failures = notice.failures.min(32);
    breaker.not_before_ms = notice.not_before_ms.min(longest);
    true
}

/// Another tab holds the probe, although its message has not arrived yet.
pub fn yield_probe(breaker: &mut Breaker, now_ms: u64, random: f64) {
    // The state may have changed while the lock was requested.
    if !breaker.probe_is_due(now_ms) {
        return;
    }
    let delay = FOLLOWER_DELAY_MS + scaled(FOLLOWER_DELAY_MS, random);
    // No change of the origin: the result of the probing tab is newer.
    breaker.phase = Phase::Open { probe_at_ms: now_ms + delay };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::breaker::{Admission, Pause};
    use super::*;

    fn admit(breaker: &mut Breaker, now_ms: u64) -> Admission {
        breaker.admit(&mut Pause::default(), now_ms, 0.5)
    }

    #[test]
    fn the_tab_that_saw_it_probes_and_the_others_follow() {
        let (mut first, mut second) = (Breaker::default(), Breaker::default());
        first.degraded(false, Some(4), 100_000, 0.0);
        assert!(hear(&mut second, &notice(&first), 100_002, 0.0));
        assert!(!hear(&mut second, &notice(&first), 100_003, 0.0), "nothing new");
        assert_eq!(admit(&mut first, 104_000), Admission::Probe);
        assert_eq!(admit(&mut second, 104_000), Admission::WaitMs(FOLLOWER_DELAY_MS));
        assert!(hear(&mut second, &notice(&first), 104_001, 0.0));
        assert!(matches!(admit(&mut second, 110_000), Admission::WaitMs(_)));
        first.healthy(true, 110_001);
        assert!(hear(&mut second, &notice(&first), 110_002, 0.0));
        assert_eq!(admit(&mut second, 110_003), Admission::Go);
        assert!(!hear(&mut first, &notice(&second), 110_004, 0.0), "no echo");
    }

    #[test]
    fn a_tab_that_closed_while_probing_is_replaced() {
        let (mut first, mut second) = (Breaker::default(), Breaker::default());
        first.degraded(false, None, 100_000, 0.0);
        assert_eq!(admit(&mut first, 103_000), Admission::Probe);
        assert!(hear(&mut second, &notice(&first), 103_001, 0.0));
        assert_eq!(admit(&mut second, 104_000 + PROBE_LIMIT_MS), Admission::Probe);
    }

    #[test]
    fn a_held_lock_yields_until_the_holder_tells() {
        let (mut first, mut second) = (Breaker::default(), Breaker::default());
        first.degraded(false, None, 100_000, 0.0);
        second.degraded(false, None, 100_000, 0.0);
        assert_eq!(admit(&mut first, 103_000), Admission::Probe);
        yield_probe(&mut second, 103_000, 0.0);
        assert!(hear(&mut second, &notice(&first), 103_001, 0.0));
    }

    proptest! {
        #[test]
        fn hostile_notices_never_panic_nor_pause_for_long(
            changed_ms: u64, at: u64, kind in 0_u8..3, failures: u32, not_before_ms: u64, random: f64,
        ) {
            let phase = match kind {
                0 => Phase::Closed,
                1 => Phase::Open { probe_at_ms: at },
                _ => Phase::Probing { until_ms: at },
            };
            let mut breaker = Breaker::default();
            let now = 1_800_000_000_000;
            hear(&mut breaker, &Notice { changed_ms, phase, failures, not_before_ms }, now, random);
            if let Admission::WaitMs(ms) = admit(&mut breaker, now) {
                prop_assert!(ms <= LONGEST_WAIT_MS + 2 * FOLLOWER_DELAY_MS);
            }
            let later = now + LONGEST_WAIT_MS + 2 * FOLLOWER_DELAY_MS;
            prop_assert!(!matches!(admit(&mut breaker, later), Admission::WaitMs(_)));
            breaker.degraded(true, Some(1), later, random);
        }
    }
}
