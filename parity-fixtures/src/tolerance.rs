//! The tolerance contract: how far two answers may differ, field by field.
//!
//! `tolerance.toml` names the metrics that may differ at all, with two columns: between our own
//! builds, and from the recorded baseline. A value other than 0 must carry its reason. It also
//! names the fields that a rule changes and those that recorded answers lack, so that all others stay
//! compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Allowed absolute differences of one metric.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Between the native and the wasm build.
    #[serde(default)]
    pub builds: f64,
    /// Towards the baseline's recorded answers.
    #[serde(default)]
    pub baseline: f64,
    /// Why a value is not 0.
    #[serde(default)]
    pub reason: String,
}

/// Fields whose values a rule changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFields {
    changed: BTreeSet<String>,
}

/// The contract: metrics by JSON field name, changed fields by the number of their rule, added ones
/// by path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    #[serde(default)]
    metric: BTreeMap<String, Allowance>,
    #[serde(default)]
    rule: BTreeMap<String, RuleFields>,
    #[serde(default)]
    added: BTreeMap<String, BTreeSet<String>>,
}

/// Why a contract is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// Not the expected TOML.
    #[error("tolerance.toml can't be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A difference is allowed without saying why.
    #[error("tolerance.toml allows {metric} to differ without a reason")]
    NoReason {
        /// The metric's field name.
        metric: String,
    },
}

impl Contract {
    /// Reads and checks a contract.
    ///
    /// # Errors
    /// Malformed TOML, or a tolerance other than 0 without a reason.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let contract: Self = toml::from_str(text)?;
        for (metric, allowance) in &contract.metric {
            let exact = allowance.builds == 0.0 && allowance.baseline == 0.0;
            if !exact && allowance.reason.trim().is_empty() {
                return Err(ContractError::NoReason { metric: metric.clone() });
            }
        }
        Ok(contract)
    }

    /// The contract of this repository.
    ///
    /// # Errors
    /// See [`Contract::parse`].
    pub fn shipped() -> Result<Self, ContractError> {
        Self::parse(include_str!("../tolerance.toml"))
    }

    /// What is allowed for `metric`; nothing when the contract does not name it.
    pub fn allowance(&self, metric: &str) -> Allowance {
        self.metric.get(metric).cloned().unwrap_or_default()
    }

    /// The fields in which a deviation may show, `N: why; M: why`; `None` when one of its rules
    /// concerns more than fields.
    pub fn changed(&self, deviation: &str) -> Option<BTreeSet<&str>> {
        let mut all = BTreeSet::new();
        for rule in rules(deviation) {
            all.extend(self.rule.get(rule)?.changed.iter().map(String::as_str));
        }
        Some(all)
    }

    /// The fields that answers of this path have and recorded ones lack.
    pub fn added(&self, path: &str) -> BTreeSet<&str> {
        let concerned = self.added.iter().filter(|(start, _)| {
            path.strip_prefix(start.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        concerned.flat_map(|(_, fields)| fields).map(String::as_str).collect()
    }

    /// Every field that the contract names apart from metrics.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let changed = self.rule.values().map(|rule| &rule.changed);
        changed.chain(self.added.values()).flatten().map(String::as_str)
    }

    /// Every metric that the contract names.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.metric.keys().map(String::as_str)
    }
}

/// The numbers of a deviation's rules.
fn rules(deviation: &str) -> impl Iterator<Item = &str> {
    let numbers = deviation.split("; ").filter_map(|part| Some(part.split_once(':')?.0));
    numbers.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_without_reason_is_refused() {
        let error = Contract::parse("[metric.qty]\nbuilds = 0.1").unwrap_err();
        assert!(matches!(error, ContractError::NoReason { metric } if metric == "qty"));
    }

    #[test]
    fn our_own_builds_never_differ() {
        let contract = Contract::shipped().unwrap();
        for metric in contract.metrics() {
            assert_eq!(contract.allowance(metric).builds, 0.0, "{metric}");
        }
    }

    #[test]
    fn a_deviation_is_by_field_when_all_of_its_rules_are() {
        let contract = "[rule.13]\nchanged = [\"a\"]\n[rule.14]\nchanged = [\"b\"]";
        let contract = Contract::parse(contract).unwrap();
        let fields = contract.changed("13: lots, not rows; and more; 14: a time").unwrap();
        assert_eq!(fields, BTreeSet::from(["a", "b"]));
        assert!(contract.changed("4: a flag is false; 13: lots").is_none());
        assert_eq!(contract.allowance("unnamed").baseline, 0.0);
    }

    #[test]
    fn added_fields_belong_to_a_path_and_what_is_below_it() {
        let contract = Contract::parse("[added]\n\"/api/wip\" = [\"new\"]").unwrap();
        assert_eq!(contract.added("/api/wip"), BTreeSet::from(["new"]));
        assert_eq!(contract.added("/api/wip/detail/A"), BTreeSet::from(["new"]));
        assert!(contract.added("/api/wipe").is_empty());
    }
}
