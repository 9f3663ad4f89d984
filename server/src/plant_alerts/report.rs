//! The state of the rules, for pages and for operators.

use serde::Serialize;
use utoipa::ToSchema;

use super::book::{AlertCounts, Firing, Silence, WatchedRule};
use super::rules::RuleProblem;

/// What pages are told when it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertNews {
    /// Changes with everything that `/api/alerts` shows.
    pub revision: u64,
    /// Firings that last and are not silenced.
    pub firing: usize,
    /// Those of them that nobody took note of.
    pub unacknowledged: usize,
}

/// The rules and what they found.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct AlertsNow {
    /// Whether rules are watched: `ALERTS_ENABLED`.
    pub enabled: bool,
    /// Changes with everything below but the figures of the rules.
    pub revision: u64,
    /// Rules in their order.
    pub rules: Vec<WatchedRule>,
    /// Parts of the file of rules that can't be used.
    pub problems: Vec<RuleProblem>,
    /// Firings that last, newest first.
    pub firing: Vec<Firing>,
    /// Firings that ended, newest first: at most 300 with those that last.
    pub ended: Vec<Firing>,
    /// Rules that are not told.
    pub silences: Vec<Silence>,
}

/// The state of the rules, for operators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertReport {
    /// Whether rules are watched: `ALERTS_ENABLED`.
    pub enabled: bool,
    /// Rules that can be used.
    pub rules: usize,
    /// Firings that last, silenced ones too.
    pub firing: usize,
    /// Addresses that are told.
    pub webhooks: usize,
    /// Webhooks that wait to be sent.
    pub webhooks_waiting: usize,
    /// What happened since the first start.
    #[serde(flatten)]
    pub counts: AlertCounts,
    /// Why the last attempt of an address failed, by scheme, host and port.
    pub webhook_problems: Vec<String>,
    /// Parts of the file of rules that can't be used.
    pub rule_problems: Vec<String>,
    /// Whether this process watches; another one does where it is false.
    pub is_keeper: bool,
    /// Why what is known can't be read or written down; null when all is well.
    pub problem: Option<String>,
}
