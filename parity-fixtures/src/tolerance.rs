//! The tolerance contract: how far two answers may differ, metric by metric.
//!
//! `tolerance.toml` names every numeric field that any query answers. A value
//! other than 0 must carry its reason, and there are two columns: between our
//! own builds, and towards the recorded baseline.

use std::collections::BTreeMap;

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

/// The contract, by JSON field name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    #[serde(default)]
    metric: BTreeMap<String, Allowance>,
}

/// What is wrong with a contract.
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

    /// What is allowed for `metric`; `None` when the contract does not name it.
    pub fn allowance(&self, metric: &str) -> Option<&Allowance> {
        self.metric.get(metric)
    }

    /// Every metric that the contract names.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.metric.keys().map(String::as_str)
    }
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
            assert_eq!(contract.allowance(metric).unwrap().builds, 0.0, "{metric}");
        }
    }
}
