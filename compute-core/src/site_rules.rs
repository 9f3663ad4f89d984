//! What differs from plant to plant, as data.
//!
//! The defaults are those of the plant that the recorded answers come from; a
//! site replaces single lists and keeps the rest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lists that decide numbers and belong to the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteRules {
    /// Hold reasons, exact text, that are not quality holds.
    pub non_quality_hold_reasons: Vec<String>,
    /// Locations whose machines are not loaded.
    pub excluded_locations: Vec<String>,
    /// Asset states whose machines are not loaded.
    pub excluded_asset_states: Vec<String>,
    /// Asset state of a machine → status category; states that are not named are `OTHER`.
    pub status_categories: BTreeMap<String, String>,
    /// Specs at which lots wait for quality inspection.
    pub qc_gate_specs: Vec<SpecPattern>,
}

/// A spec name that contains all of some texts, ignoring case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecPattern {
    /// Texts that must all occur.
    pub contains: Vec<String>,
}

impl SpecPattern {
    fn matches(&self, spec: &str) -> bool {
        let spec = spec.to_lowercase();
        !self.contains.is_empty()
            && self.contains.iter().all(|text| spec.contains(&text.to_lowercase()))
    }
}

/// All status categories, in the order in which pages list them.
pub const STATUS_CATEGORIES: [&str; 7] =
    ["PRODUCTIVE", "STANDBY", "DOWN", "ENGINEERING", "NOT_SCHEDULED", "INACTIVE", "OTHER"];

impl Default for SiteRules {
    fn default() -> Self {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let categories = [
            ("PRD", "PRODUCTIVE"),
            ("設備-RUN", "PRODUCTIVE"),
            ("SBY", "STANDBY"),
            ("UDT", "DOWN"),
            ("SDT", "DOWN"),
            ("EGT", "ENGINEERING"),
            ("NST", "NOT_SCHEDULED"),
            ("SCRAP", "INACTIVE"),
            ("設備-LOST", "INACTIVE"),
        ];
        Self {
            non_quality_hold_reasons: list(&[
                "IQC檢驗(久存品驗證)(QC)",
                "大中/安波幅50pcs樣品留樣(PD)",
                "工程驗證(PE)",
                "工程驗證(RD)",
                "指定機台生產",
                "特殊需求(X-Ray全檢)",
                "特殊需求管控",
                "第一次量產QC品質確認(QC)",
                "需綁尾數(PD)",
                "樣品需求留存打樣(樣品)",
                "盤點(收線)需求",
            ]),
            excluded_locations: list(&[
                "ATEC",
                "F區",
                "F區焊接站",
                "報廢",
                "實驗室",
                "山東",
                "成型站_F區",
                "焊接F區",
                "無錫",
                "熒茂",
            ]),
            excluded_asset_states: list(&["Disapproved"]),
            status_categories: categories
                .into_iter()
                .map(|(state, category)| (state.to_owned(), category.to_owned()))
                .collect(),
            qc_gate_specs: vec![SpecPattern { contains: vec!["QC".to_owned(), "GATE".to_owned()] }],
        }
    }
}

impl SiteRules {
    /// Whether a held lot with this reason is on quality hold. A missing reason is one.
    pub fn is_quality_hold(&self, reason: Option<&str>) -> bool {
        reason.is_none_or(|reason| {
            self.non_quality_hold_reasons.iter().all(|listed| listed != reason)
        })
    }

    /// Whether lots at this spec wait at a QC gate.
    pub fn is_qc_gate(&self, spec: &str) -> bool {
        self.qc_gate_specs.iter().any(|pattern| pattern.matches(spec))
    }

    /// The status category of an asset state; missing and unknown states are `OTHER`.
    pub fn status_category(&self, state: Option<&str>) -> &str {
        state.and_then(|state| self.status_categories.get(state)).map_or("OTHER", String::as_str)
    }
}
