//! When a rule fires and when it is over: a state machine over looks at its condition.
//!
//! Between two looks the first one's condition stands, unless more than [`LONGEST_SILENCE_S`] lie
//! between them: such a gap adds nothing to the time for which the condition held, takes nothing
//! away, and ends no firing. A clock that is set back adds nothing either.

use serde::{Deserialize, Serialize};

use crate::memory::LONGEST_SILENCE_S;

/// A rule fires again after so many ms at the earliest, however often its condition comes and goes.
pub const LEAST_MS_BETWEEN_FIRINGS: i64 = 5 * 60_000;

/// Where a rule stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AlertPhase {
    /// The condition does not hold.
    #[default]
    Clear,
    /// It holds, not long enough yet.
    Pending {
        /// When it was first seen to hold, ms after 1970, UTC.
        since_ms: i64,
        /// For how long it is known to have held, ms.
        held_ms: i64,
    },
    /// The rule fires.
    Firing,
}

/// A look at the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    at_ms: i64,
    holds: bool,
}

/// What one rule is known to have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertState {
    phase: AlertPhase,
    last: Option<Look>,
    /// ms for which the rule must not fire again.
    rest_ms: i64,
}

/// A change that a look brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertTurn {
    /// The rule fires.
    Fired {
        /// When the condition was first seen to hold, ms after 1970, UTC.
        since_ms: i64,
    },
    /// The condition does not hold any more.
    Resolved,
}

impl AlertState {
    /// Where the rule stands.
    pub fn phase(&self) -> AlertPhase {
        self.phase
    }

    /// Whether the rule fires.
    pub fn is_firing(&self) -> bool {
        self.phase == AlertPhase::Firing
    }

    /// When the condition was last looked at, ms after 1970, UTC.
    pub fn seen_ms(&self) -> Option<i64> {
        self.last.map(|last| last.at_ms)
    }

    /// Notes whether the condition holds at a time, of a rule that fires when it has held for
    /// `for_ms`.
    pub fn observe(&mut self, for_ms: i64, at_ms: i64, holds: bool) -> Option<AlertTurn> {
        let passed = self.last.map_or(0, |last| at_ms.saturating_sub(last.at_ms).max(0));
        let is_known = passed <= LONGEST_SILENCE_S * 1000;
        let held = if is_known && self.last.is_some_and(|last| last.holds) { passed } else { 0 };
        self.last = Some(Look { at_ms, holds });
        self.rest_ms = (self.rest_ms - passed).max(0);
        let (since_ms, held_ms) = match (self.phase, holds) {
            (AlertPhase::Firing, true) => return None,
            (AlertPhase::Firing, false) => {
                self.phase = AlertPhase::Clear;
                return Some(AlertTurn::Resolved);
            }
            (_, false) => {
                self.phase = AlertPhase::Clear;
                return None;
            }
            (AlertPhase::Clear, true) => (at_ms, 0),
            (AlertPhase::Pending { since_ms, held_ms }, true) => (since_ms, held_ms + held),
        };
        if held_ms < for_ms || self.rest_ms > 0 {
            self.phase = AlertPhase::Pending { since_ms, held_ms };
            return None;
        }
        self.phase = AlertPhase::Firing;
        self.rest_ms = LEAST_MS_BETWEEN_FIRINGS;
        Some(AlertTurn::Fired { since_ms })
    }
}
