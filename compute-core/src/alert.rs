//! Alert rules: a figure of some lots or machines, a threshold, and for how long it is crossed.
//!
//! `rule` is the data, `measure` the figure of one version, `state` decides from one look to the
//! next; `replay` runs a rule over kept shifts with the same code.
//!
//! Rules: `docs/numbers.md`, section Alerts.

mod rule;
mod measure;
mod state;
mod replay;
#[cfg(test)]
mod properties;

pub use measure::{AlertPlant, EvidenceRow, Measured};
pub use replay::{AlertReplay, ReplayPoint, ReplayedFiring, replay};
pub use rule::{
    AlertFigure, AlertRule, AlertRuleError, AlertSubject, Comparison, LONGEST_NAME_CHARS,
    MOST_MINUTES,
};
pub use state::{AlertPhase, AlertState, AlertTurn, LEAST_MS_BETWEEN_FIRINGS};
