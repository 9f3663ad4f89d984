//! When a worker counts as stuck. Pure.

/// Counts probes of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vigil {
    threshold: u32,
    generation: Option<u64>,
    failures: u32,
    told: Option<&'static str>,
}

impl Vigil {
    /// A worker is stuck after `threshold` failed probes in a row.
    pub(super) fn new(threshold: u32) -> Self {
        Self { threshold, generation: None, failures: 0, told: None }
    }

    /// Checks the worker of this generation; returns whether it counts as stuck now. A new
    /// generation starts from zero.
    pub(super) fn probed(&mut self, generation: u64, is_alive: bool) -> bool {
        if is_alive || self.generation != Some(generation) {
            self.failures = 0;
        }
        if is_alive {
            self.told = None;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
        self.generation = Some(generation);
        self.failures >= self.threshold
    }

    /// Whether a rejection in this state of the policy is new since the worker last responded: a
    /// stuck worker is rejected at every check, which is logged once per state.
    pub(super) fn is_news(&mut self, state: &'static str) -> bool {
        self.told.replace(state) != Some(state)
    }

    /// A restart was tried: the next one needs as many failed probes again.
    pub(super) fn restarted(&mut self) {
        self.failures = 0;
        self.told = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_looks_in_a_row_at_one_worker_count() {
        let mut vigil = Vigil::new(3);
        let looks = [(1, false), (1, false), (1, true), (1, false), (1, false), (2, false)];
        for (generation, is_alive) in looks {
            assert!(!vigil.probed(generation, is_alive));
        }
        assert!(!vigil.probed(2, false));
        assert!(vigil.probed(2, false), "the third in a row");
        assert!(vigil.probed(2, false), "and as long as it stays so");
        vigil.restarted();
        assert!(!vigil.probed(2, false));
    }

    #[test]
    fn a_refusal_is_news_once_a_state() {
        let mut vigil = Vigil::new(1);
        let told = ["cooldown", "cooldown", "blocked", "blocked"].map(|state| vigil.is_news(state));
        assert_eq!(told, [true, false, true, false]);
        vigil.probed(1, true);
        assert!(vigil.is_news("blocked"), "it answered in between");
    }
}
