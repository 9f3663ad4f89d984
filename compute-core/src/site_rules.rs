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
    /// Order of the parts of dates that don't begin with a year of four digits.
    pub short_dates: ShortDates,
}

/// How dates are read that don't begin with a year of four digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortDates {
    /// They are not: nothing in them tells a day from a month.
    #[default]
    None,
    /// `11/20/26`, `11/20/2026`.
    MonthFirst,
    /// `20.11.26`, `20.11.2026`.
    DayFirst,
}

/// Which spec names are meant. What is left out does not matter; a pattern
/// without any condition means no spec.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpecPattern {
    /// The whole name, to the letter.
    pub exact: Option<String>,
    /// Texts that must all occur, ignoring case.
    pub contains: Vec<String>,
}

impl SpecPattern {
    fn matches(&self, spec: &str) -> bool {
        if self.exact.is_none() && self.contains.is_empty() {
            return false;
        }
        let lower = spec.to_lowercase();
        self.exact.as_ref().is_none_or(|exact| exact == spec)
            && self.contains.iter().all(|text| lower.contains(&text.to_lowercase()))
    }
}

/// All status categories, in the order in which pages list them.
pub const STATUS_CATEGORIES: [&str; 7] =
    ["PRODUCTIVE", "STANDBY", "DOWN", "ENGINEERING", "NOT_SCHEDULED", "INACTIVE", "OTHER"];

/// The states that percentages are made of, in the order in which pages list them.
pub const E10_STATES: [&str; 6] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];

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
            short_dates: ShortDates::None,
            qc_gate_specs: vec![SpecPattern { exact: None, contains: list(&["QC", "GATE"]) }],
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

    /// The E10 state that a recorded state counts as.
    pub fn e10_state<'a>(&self, state: &'a str) -> Option<&'a str> {
        E10_STATES.contains(&state).then_some(state)
    }

    /// Whether a category is named for this asset state.
    pub fn knows_state(&self, state: &str) -> bool {
        self.status_categories.contains_key(state)
    }

    /// The status category of an asset state; missing and unknown states are `OTHER`.
    pub fn status_category(&self, state: Option<&str>) -> &str {
        state.and_then(|state| self.status_categories.get(state)).map_or("OTHER", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(site: serde_json::Value) -> SiteRules {
        serde_json::from_value(site).unwrap()
    }

    #[test]
    fn a_site_replaces_single_lists_and_keeps_the_rest() {
        let rules = rules(json!({ "excluded_locations": ["報廢"] }));
        assert_eq!(rules.excluded_locations, ["報廢"]);
        assert_eq!(
            SiteRules { excluded_locations: SiteRules::default().excluded_locations, ..rules },
            SiteRules::default()
        );
        assert!(serde_json::from_value::<SiteRules>(json!({ "locations": [] })).is_err());
        let dates = serde_json::from_value::<SiteRules>(json!({ "short_dates": "month_first" }));
        assert_eq!(dates.unwrap().short_dates, ShortDates::MonthFirst);
    }

    #[test]
    fn reasons_count_to_the_letter_and_a_missing_one_is_a_quality_hold() {
        let rules = SiteRules::default();
        assert!(!rules.is_quality_hold(Some("特殊需求管控")));
        for reason in
            [None, Some(""), Some(" 特殊需求管控"), Some("工程驗證(pe)"), Some("工程驗證")]
        {
            assert!(rules.is_quality_hold(reason), "{reason:?}");
        }
    }

    #[test]
    fn states_that_no_category_names_are_other() {
        let rules = SiteRules::default();
        for (state, category) in [
            (Some("PRD"), "PRODUCTIVE"),
            (Some("設備-RUN"), "PRODUCTIVE"),
            (Some("SDT"), "DOWN"),
            (Some("設備-LOST"), "INACTIVE"),
            (Some("prd"), "OTHER"),
            (Some(""), "OTHER"),
            (None, "OTHER"),
        ] {
            assert_eq!(rules.status_category(state), category, "{state:?}");
            assert!(STATUS_CATEGORIES.contains(&category));
        }
    }

    #[test]
    fn specs_are_gates_by_their_whole_name_or_by_what_they_contain() {
        let default = SiteRules::default();
        assert!(default.is_qc_gate("QC GATE-1") && default.is_qc_gate("final qc_gate"));
        assert!(
            !default.is_qc_gate("QC") && !default.is_qc_gate("Gate") && !default.is_qc_gate("")
        );
        let site = rules(json!({
            "qc_gate_specs": [{ "exact": "出貨檢" }, { "contains": ["OQC"] }, {}]
        }));
        assert!(site.is_qc_gate("出貨檢") && site.is_qc_gate("TMTT-oqc"));
        assert!(!site.is_qc_gate("出貨檢 2") && !site.is_qc_gate("QC GATE-1"));
    }
}
