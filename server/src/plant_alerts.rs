//! Alert rules of the plant: watched on every published version, told as events and webhooks.
//!
//! The keeper ([`PlantAlerts::keep`]) follows the snapshot store from beside, so that no publication
//! waits. What it knows is one document ([`book::AlertBook`]), written whole and atomically; one
//! process watches, by a lock, and others read what it wrote. A webhook has a task per address, so
//! that one that hangs delays no other. Rules are a file of their own.

mod rules;
mod webhook;
mod book;
mod report;
mod keeper;

pub use book::{
    AlertBook, Firing, FiringEnd, MOST_SILENCE_MINUTES, Mark, RulePhase, Silence, WatchedRule,
};
pub use keeper::{AlertError, AlertSetup, PlantAlerts};
pub use report::{AlertNews, AlertReport, AlertsNow};
pub use rules::{MOST_RULES, RuleBook, RuleProblem, read_rule, read_rules};
pub use webhook::{InvalidTarget, Target, WebhookTimes, Webhooks};
