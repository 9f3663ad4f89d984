//! May the worker be restarted now?
//!
//! A restart is followed by a cooldown. A window has a budget of restarts; when it is spent, or so
//! many restarts did not help, only an operator who gives a reason may restart again. Time and
//! history are arguments.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What the policy follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartLimits {
    /// Time after a restart in which there is no other (`WORKER_RESTART_COOLDOWN`).
    pub cooldown: Duration,
    /// Restarts in a window (`WORKER_RESTART_RETRY_BUDGET`).
    pub budget: u32,
    /// Length of the window (`WORKER_RESTART_WINDOW_SECONDS`).
    pub window: Duration,
    /// Restarts in a window from which on it is churn (`RESILIENCE_RESTART_CHURN_THRESHOLD`).
    pub churn_threshold: u32,
}

/// Whether a restart is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PolicyState {
    /// It is.
    Allowed,
    /// The last one was too short a time ago.
    Cooldown {
        /// Whole seconds until it is allowed, at least 1.
        seconds_left: u64,
    },
    /// There were too many: guarded mode.
    Blocked,
}

/// How often the worker was restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Churn {
    /// Restarts in the window.
    pub restarts: usize,
    /// Length of the window: seconds.
    pub window_seconds: u64,
    /// Restarts from which on it is churn.
    pub threshold: u32,
    /// Whether it is.
    pub exceeded: bool,
}

/// What the history of restarts means now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestartOutlook {
    /// Whether a restart is allowed.
    pub policy_state: PolicyState,
    /// How often there was one.
    pub restart_churn: Churn,
}

impl RestartLimits {
    /// As it is where nobody sets anything else.
    pub const DEFAULT: Self = Self {
        cooldown: Duration::from_secs(60),
        budget: 3,
        window: Duration::from_secs(600),
        churn_threshold: 3,
    };

    /// Whether a restart that happened `at` still counts. One from the future does, as one of this
    /// moment: the clock was set back.
    pub fn counts(&self, at: Timestamp, now: Timestamp) -> bool {
        elapsed(at, now) < self.window
    }

    /// What restarts at these moments, in any order, mean `now`.
    pub fn judge(
        &self,
        restarts: impl IntoIterator<Item = Timestamp>,
        now: Timestamp,
    ) -> RestartOutlook {
        let mut count = 0;
        let mut cooldown_left = Duration::ZERO;
        for at in restarts {
            count += usize::from(self.counts(at, now));
            let left = self.cooldown.saturating_sub(elapsed(at, now));
            cooldown_left = cooldown_left.max(left);
        }
        let exceeded = count >= self.churn_threshold as usize;
        let policy_state = if exceeded || count >= self.budget as usize {
            PolicyState::Blocked
        } else if cooldown_left.is_zero() {
            PolicyState::Allowed
        } else {
            let seconds_left = cooldown_left.as_millis().div_ceil(1_000) as u64;
            PolicyState::Cooldown { seconds_left }
        };
        let window_seconds = self.window.as_secs();
        let threshold = self.churn_threshold;
        let restart_churn = Churn { restarts: count, window_seconds, threshold, exceeded };
        RestartOutlook { policy_state, restart_churn }
    }
}

/// Time since; none for a moment that is still to come.
fn elapsed(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: RestartLimits = RestartLimits::DEFAULT;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn state(restarts: &[i64], now: i64) -> PolicyState {
        LIMITS.judge(restarts.iter().copied().map(at), at(now)).policy_state
    }

    #[test]
    fn a_cooldown_follows_a_restart() {
        assert_eq!(state(&[], 0), PolicyState::Allowed);
        assert_eq!(state(&[100], 100), PolicyState::Cooldown { seconds_left: 60 });
        assert_eq!(state(&[100], 159), PolicyState::Cooldown { seconds_left: 1 });
        assert_eq!(state(&[100], 160), PolicyState::Allowed);
        let almost = at(160) - jiff::SignedDuration::from_millis(1);
        let left = LIMITS.judge([at(100)], almost).policy_state;
        assert_eq!(left, PolicyState::Cooldown { seconds_left: 1 }, "rounded up, never 0");
    }

    #[test]
    fn a_spent_budget_blocks_until_the_window_has_moved_on() {
        assert_eq!(state(&[0, 100, 200], 599), PolicyState::Blocked);
        assert_eq!(state(&[0, 100, 200], 600), PolicyState::Allowed);
        let generous = RestartLimits { budget: 5, ..LIMITS };
        let outlook = generous.judge([0, 100, 200].map(at), at(300));
        assert_eq!(outlook.policy_state, PolicyState::Blocked, "churn blocks as well");
        assert!(outlook.restart_churn.exceeded);
    }

    #[test]
    fn a_restart_from_the_future_counts_as_one_of_this_moment() {
        assert_eq!(state(&[5_000], 100), PolicyState::Cooldown { seconds_left: 60 });
    }

    proptest! {
        /// The judgement written down naively: per second, in whole numbers.
        #[test]
        fn it_judges_like_the_naive_model(
            mut restarts in prop::collection::vec(0_i64..2_000, 0..8),
            now in 0_i64..2_000,
        ) {
            let outlook = LIMITS.judge(restarts.iter().copied().map(at), at(now));
            let in_window = restarts.iter().filter(|second| now - **second < 600).count();
            restarts.sort_unstable();
            let wait = restarts.last().map_or(0, |last| 60 - (now - last).max(0));
            let expected = match (in_window, wait) {
                (3.., _) => PolicyState::Blocked,
                (_, 1..) => PolicyState::Cooldown { seconds_left: wait as u64 },
                _ => PolicyState::Allowed,
            };
            prop_assert_eq!(outlook.policy_state, expected);
            prop_assert_eq!(outlook.restart_churn.restarts, in_window);
        }
    }
}
