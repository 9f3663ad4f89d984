//! The policy's decision about a restart request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::PolicyState;

/// The requester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestartSource {
    /// The watchdog, of itself.
    Auto,
    /// An administrator.
    Manual,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// The requester.
    pub source: RestartSource,
    /// Whether the policy is to be overridden.
    pub manual_override: bool,
    /// Whether the administrator has confirmed the consequences.
    pub override_acknowledged: bool,
    /// Why, in the administrator's words.
    pub override_reason: Option<&'a str>,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The policy allows it.
    Allowed,
    /// The policy does not, and an administrator takes responsibility.
    Overridden,
    /// Not now.
    Refused(Refusal),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The last restart was too short a time ago.
    Cooldown {
        /// Whole seconds to wait, at least 1.
        seconds_left: u64,
    },
    /// There were too many.
    Blocked,
    /// An override without the confirmation or the reason.
    ReasonRequired,
}

impl Decision {
    /// One word, as in files and responses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Overridden => "overridden",
            Self::Refused(_) => "refused",
        }
    }
}

impl PolicyState {
    /// One word, as in files and responses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Cooldown { .. } => "cooldown",
            Self::Blocked => "blocked",
        }
    }
}

/// Decides. Only an administrator overrides, with a confirmation and a reason; an override that
/// lacks one of them is refused even where none is needed, so that nobody learns to leave them out.
pub fn decide(state: PolicyState, ask: Ask<'_>) -> Decision {
    let overrides = ask.manual_override && ask.source == RestartSource::Manual;
    let has_reason = ask.override_reason.is_some_and(|reason| !reason.trim().is_empty());
    if overrides && !(ask.override_acknowledged && has_reason) {
        return Decision::Refused(Refusal::ReasonRequired);
    }
    match state {
        PolicyState::Allowed => Decision::Allowed,
        _ if overrides => Decision::Overridden,
        PolicyState::Cooldown { seconds_left } => {
            Decision::Refused(Refusal::Cooldown { seconds_left })
        }
        PolicyState::Blocked => Decision::Refused(Refusal::Blocked),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::restart::RestartLimits;

    const COOLDOWN: PolicyState = PolicyState::Cooldown { seconds_left: 7 };
    const PLAIN: Ask<'_> = Ask {
        source: RestartSource::Manual,
        manual_override: false,
        override_acknowledged: false,
        override_reason: None,
    };
    const OVERRIDE: Ask<'_> = Ask {
        source: RestartSource::Manual,
        manual_override: true,
        override_acknowledged: true,
        override_reason: Some("worker hangs"),
    };

    #[test]
    fn the_policy_decides_unless_an_administrator_overrides_it() {
        assert_eq!(decide(PolicyState::Allowed, PLAIN), Decision::Allowed);
        let wait = Decision::Refused(Refusal::Cooldown { seconds_left: 7 });
        assert_eq!(decide(COOLDOWN, PLAIN), wait);
        assert_eq!(decide(PolicyState::Blocked, PLAIN), Decision::Refused(Refusal::Blocked));
        for state in [COOLDOWN, PolicyState::Blocked] {
            assert_eq!(decide(state, OVERRIDE), Decision::Overridden);
        }
        assert_eq!(decide(PolicyState::Allowed, OVERRIDE), Decision::Allowed);
    }

    #[test]
    fn an_override_needs_the_confirmation_and_the_reason() {
        let incomplete = [
            Ask { override_acknowledged: false, ..OVERRIDE },
            Ask { override_reason: None, ..OVERRIDE },
            Ask { override_reason: Some(" \t"), ..OVERRIDE },
        ];
        for ask in incomplete {
            for state in [PolicyState::Allowed, COOLDOWN, PolicyState::Blocked] {
                assert_eq!(decide(state, ask), Decision::Refused(Refusal::ReasonRequired));
            }
        }
    }

    #[test]
    fn nobody_overrides_of_himself() {
        let auto = Ask { source: RestartSource::Auto, ..OVERRIDE };
        assert_eq!(decide(PolicyState::Blocked, auto), Decision::Refused(Refusal::Blocked));
        let told = Ask { manual_override: false, ..OVERRIDE };
        assert_eq!(decide(PolicyState::Blocked, told), Decision::Refused(Refusal::Blocked));
    }

    /// A worker that hangs again as soon as it serves, watched for 10,000 hours of simulated time.
    #[test]
    fn a_crash_loop_of_ten_thousand_hours_restarts_as_often_as_the_budget_says() {
        let limits = RestartLimits::DEFAULT;
        let auto = Ask { source: RestartSource::Auto, ..PLAIN };
        let mut restarts: Vec<i64> = Vec::new();
        let (hours, interval) = (10_000, 5);
        for now in (0..hours * 3600).step_by(interval) {
            let recent = restarts.iter().rev().take(50);
            let moments = recent.map(|at| Timestamp::from_second(*at).unwrap());
            let outlook = limits.judge(moments, Timestamp::from_second(now).unwrap());
            if decide(outlook.policy_state, auto) == Decision::Allowed {
                restarts.push(now);
            }
        }
        for pair in restarts.windows(2) {
            assert!(pair[1] - pair[0] >= 60, "within the cooldown: {pair:?}");
        }
        for four in restarts.windows(4) {
            assert!(four[3] - four[0] >= 600, "more than the budget in a window: {four:?}");
        }
        // Nor fewer than allowed: a hanging worker must be restarted.
        let windows = hours * 3600 / 600;
        assert_eq!(restarts.len() as i64, 3 * windows);
    }
}
