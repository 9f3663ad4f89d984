//! The tolerance contract: how far two answers may differ, field by field.
//!
//! `tolerance.toml` names the metrics that may differ at all, with two columns: between our own
//! builds, and from the recorded baseline. A value other than 0 must carry its reason. It also
//! names the fields that a rule changes or adds, so that requests that deviate by that rule stay
//! compared in all others.

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

/// Fields in which a rule makes our answers differ.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFields {
    /// Fields whose values differ.
    #[serde(default)]
    pub changed: BTreeSet<String>,
    /// Fields that the recorded answers don't have.
    #[serde(default)]
    pub added: BTreeSet<String>,
}

/// The contract: metrics by JSON field name, fields by the number of their rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    #[serde(default)]
    metric: BTreeMap<String, Allowance>,
    #[serde(default)]
    rule: BTreeMap<String, RuleFields>,
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
    pub fn fields(&self, deviation: &str) -> Option<RuleFields> {
        let mut all = RuleFields::default();
        for rule in rules(deviation) {
            let RuleFields { changed, added } = self.rule.get(rule)?.clone();
            all.changed.extend(changed);
            all.added.extend(added);
        }
        Some(all)
    }

    /// Every field that a rule names.
    pub fn rule_fields(&self) -> impl Iterator<Item = &str> {
        self.rule
            .values()
            .flat_map(|fields| fields.changed.iter().chain(&fields.added))
            .map(String::as_str)
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
        let contract = "[rule.13]\nchanged = [\"a\"]\n[rule.18]\nadded = [\"b\"]";
        let contract = Contract::parse(contract).unwrap();
        let fields = contract.fields("13: lots, not rows; and more; 18: a field is new").unwrap();
        assert_eq!((fields.changed.len(), fields.added.len()), (1, 1));
        assert!(contract.fields("4: a flag is false; 13: lots").is_none());
        assert_eq!(contract.allowance("unnamed").baseline, 0.0);
    }
}
