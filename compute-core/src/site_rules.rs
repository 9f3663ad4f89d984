//! What differs from plant to plant, as data.
//!
//! The defaults are those of the plant that the recorded answers come from; a
//! site replaces single rules and keeps the rest. Table: `docs/site-rules.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blanks;
use crate::downtime_category::DowntimeCategory;

/// What decides numbers and belongs to the site: which rows count, and what codes mean.
///
/// Names and codes match to the letter, case included, once blanks at both ends are taken off,
/// which happens to cells as well. A list may be empty: it then asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteRules {
    /// Machines that count, by category and type. Empty: all.
    pub counted_equipment: Vec<EquipmentKind>,
    /// Locations whose machines don't count.
    pub excluded_locations: Vec<String>,
    /// Asset states whose machines don't count.
    pub excluded_asset_states: Vec<String>,
    /// What a missing flag of a machine means.
    pub missing_flags: MissingFlags,
    /// State of a machine → what it counts as, one of [`MEANINGS`]; states that are not named are
    /// `OTHER`.
    pub states: BTreeMap<String, String>,
    /// Workcenter group → sequence, for groups that the source has no sequence of.
    pub group_sequences: BTreeMap<String, i32>,
    /// Hold reasons that are not quality holds.
    pub non_quality_hold_reasons: Vec<String>,
    /// Specs at which lots wait for quality inspection.
    pub qc_gate_specs: Vec<SpecPattern>,
    /// Reason of a downtime → its category; reasons that are not named are `other`.
    pub downtime_categories: BTreeMap<String, DowntimeCategory>,
    /// Order of the parts of dates that don't begin with a year of four digits.
    pub short_dates: ShortDates,
}

/// How dates are read that don't begin with a year of four digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortDates {
    /// They are rejected, because day and month are ambiguous.
    #[default]
    None,
    /// `11/20/26`, `11/20/2026`.
    MonthFirst,
    /// `20.11.26`, `20.11.2026`.
    DayFirst,
}

/// Machines of a category and type. What is left out, or `*`, is any, also none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EquipmentKind {
    /// OBJECTCATEGORY.
    pub category: Option<String>,
    /// OBJECTTYPE.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Whether a missing flag counts as set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MissingFlags {
    /// PJ_ISPRODUCTION.
    pub production: bool,
    /// PJ_ISKEY.
    pub key: bool,
    /// PJ_ISMONITOR.
    pub monitor: bool,
}

/// Why a site's rules are invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteRuleError {
    /// An entry is empty or blank.
    #[error("{rule}: entry {place} is empty")]
    Empty {
        /// Name of the rule.
        rule: &'static str,
        /// Place of the entry, from 1.
        place: usize,
    },
    /// Two entries have the same name once blanks are taken off.
    #[error("{rule}: \"{name}\" is named twice")]
    Twice {
        /// Name of the rule.
        rule: &'static str,
        /// The name.
        name: String,
    },
    /// A state is mapped to what no machine counts as.
    #[error("states: \"{state}\" can't be \"{found}\"; allowed: {allowed}", allowed = MEANINGS.join(", "))]
    NoMeaning {
        /// The state.
        state: String,
        /// What it is mapped to.
        found: String,
    },
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

/// A status category and its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StatusCategory {
    /// Code in data and filters.
    pub code: &'static str,
    /// Label in Traditional Chinese.
    pub label_zh: &'static str,
    /// Label in English.
    pub label_en: &'static str,
}

const fn category(
    code: &'static str,
    label_zh: &'static str,
    label_en: &'static str,
) -> StatusCategory {
    StatusCategory { code, label_zh, label_en }
}

/// The usual status categories, in the order in which pages list them.
pub const STATUS_CATEGORIES: [StatusCategory; 7] = [
    category("PRODUCTIVE", "生產", "Productive"),
    category("STANDBY", "待機", "Standby"),
    category("DOWN", "停機", "Down"),
    category("ENGINEERING", "工程", "Engineering"),
    category("NOT_SCHEDULED", "未排程", "Not scheduled"),
    category("INACTIVE", "停用", "Inactive"),
    category("OTHER", "其他", "Other"),
];

/// The states that percentages are made of, in the order in which pages list them.
pub const E10_STATES: [&str; 6] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];

/// What a state can count as. `INACTIVE` and `OTHER` are no E10 states: both count as OTHER, and
/// `INACTIVE` is a category of its own.
pub const MEANINGS: [&str; 8] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "INACTIVE", "OTHER"];

/// Stands for any category or type.
const ANY: &str = "*";

/// The rules of the plant that the recorded answers come from.
impl Default for SiteRules {
    fn default() -> Self {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
        };
        let kind = |name: &str| EquipmentKind {
            category: Some(name.to_owned()),
            kind: Some(name.to_owned()),
        };
        Self {
            counted_equipment: vec![kind("ASSEMBLY"), kind("WAFERSORT")],
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
            missing_flags: MissingFlags::default(),
            states: map(&[
                ("PRD", "PRD"),
                ("設備-RUN", "PRD"),
                ("SBY", "SBY"),
                ("UDT", "UDT"),
                ("PM", "UDT"),
                ("BKD", "UDT"),
                ("SDT", "SDT"),
                ("EGT", "EGT"),
                ("ENG", "EGT"),
                ("NST", "NST"),
                ("OFF", "NST"),
                ("SCRAP", "INACTIVE"),
                ("設備-LOST", "INACTIVE"),
            ]),
            group_sequences: BTreeMap::new(),
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
            downtime_categories: default_downtime_categories(),
            short_dates: ShortDates::None,
            qc_gate_specs: vec![SpecPattern { exact: None, contains: list(&["QC", "GATE"]) }],
        }
    }
}

fn default_downtime_categories() -> BTreeMap<String, DowntimeCategory> {
    use DowntimeCategory::{
        Changeover, Engineering, Inspection, Maintenance, Repair, Teaching, Tooling, Waiting,
    };
    let listed = [
        ("Jam", Repair),
        ("Sensor Error", Repair),
        ("Vacuum Fail", Repair),
        ("Bond Off", Repair),
        ("EE Repair", Repair),
        ("Main Board", Repair),
        ("Motor", Repair),
        ("PM", Maintenance),
        ("Weekly PM", Maintenance),
        ("Monthly PM", Maintenance),
        ("年度保養", Maintenance),
        ("Change Kit", Changeover),
        ("Set Up", Changeover),
        ("換線", Changeover),
        ("Tool Change", Tooling),
        ("Teaching", Teaching),
        ("Calibration", Inspection),
        ("Wait Part", Waiting),
        ("待零件", Waiting),
        ("DOE", Engineering),
        ("Engineering RUN", Engineering),
        ("Recipe Tuning", Engineering),
    ];
    listed.into_iter().map(|(reason, category)| (reason.to_owned(), category)).collect()
}

/// A list without blanks around its entries.
fn trimmed(rule: &'static str, list: Vec<String>) -> Result<Vec<String>, SiteRuleError> {
    let entry = |(place, text): (usize, String)| match blanks::trimmed(&text) {
        "" => Err(SiteRuleError::Empty { rule, place: place + 1 }),
        text => Ok(text.to_owned()),
    };
    list.into_iter().enumerate().map(entry).collect()
}

/// Names without blanks around them.
fn trimmed_names<T>(
    rule: &'static str,
    map: BTreeMap<String, T>,
) -> Result<BTreeMap<String, T>, SiteRuleError> {
    let mut names = BTreeMap::new();
    for (place, (name, value)) in map.into_iter().enumerate() {
        let name = blanks::trimmed(&name).to_owned();
        if name.is_empty() {
            return Err(SiteRuleError::Empty { rule, place: place + 1 });
        }
        if names.insert(name.clone(), value).is_some() {
            return Err(SiteRuleError::Twice { rule, name });
        }
    }
    Ok(names)
}

/// States and what they count as, without blanks around either.
fn meanings(states: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, SiteRuleError> {
    let mut states = trimmed_names("states", states)?;
    for (place, (state, meaning)) in states.iter_mut().enumerate() {
        *meaning = blanks::trimmed(meaning).to_owned();
        if meaning.is_empty() {
            return Err(SiteRuleError::Empty { rule: "states", place: place + 1 });
        }
        if !MEANINGS.contains(&meaning.as_str()) {
            let (state, found) = (state.clone(), meaning.clone());
            return Err(SiteRuleError::NoMeaning { state, found });
        }
    }
    Ok(states)
}

fn trimmed_text(
    rule: &'static str,
    place: usize,
    text: Option<String>,
) -> Result<Option<String>, SiteRuleError> {
    let trimmed = |text: String| blanks::trimmed(&text).to_owned();
    match text.map(trimmed) {
        Some(text) if text.is_empty() => Err(SiteRuleError::Empty { rule, place }),
        text => Ok(text),
    }
}

impl SiteRules {
    /// These rules as they are used: without blanks around names, and every entry checked.
    ///
    /// # Errors
    /// An entry is empty or named twice, or a state is mapped to what is none.
    pub fn checked(self) -> Result<Self, SiteRuleError> {
        let equipment = |(place, kind): (usize, EquipmentKind)| {
            Ok(EquipmentKind {
                category: trimmed_text("counted_equipment", place + 1, kind.category)?,
                kind: trimmed_text("counted_equipment", place + 1, kind.kind)?,
            })
        };
        let pattern = |(place, pattern): (usize, SpecPattern)| {
            Ok(SpecPattern {
                exact: trimmed_text("qc_gate_specs", place + 1, pattern.exact)?,
                contains: trimmed("qc_gate_specs", pattern.contains)?,
            })
        };
        let equipment = self.counted_equipment.into_iter().enumerate().map(equipment);
        let patterns = self.qc_gate_specs.into_iter().enumerate().map(pattern);
        Ok(Self {
            counted_equipment: equipment.collect::<Result<_, _>>()?,
            excluded_locations: trimmed("excluded_locations", self.excluded_locations)?,
            excluded_asset_states: trimmed("excluded_asset_states", self.excluded_asset_states)?,
            missing_flags: self.missing_flags,
            states: meanings(self.states)?,
            group_sequences: trimmed_names("group_sequences", self.group_sequences)?,
            non_quality_hold_reasons: trimmed(
                "non_quality_hold_reasons",
                self.non_quality_hold_reasons,
            )?,
            qc_gate_specs: patterns.collect::<Result<_, _>>()?,
            downtime_categories: trimmed_names("downtime_categories", self.downtime_categories)?,
            short_dates: self.short_dates,
        })
    }

    /// Whether machines of this category and type count.
    pub fn counts_equipment(&self, category: Option<&str>, kind: Option<&str>) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| match wanted.as_deref() {
            None | Some(ANY) => true,
            wanted => wanted == found,
        };
        let counted = &self.counted_equipment;
        counted.is_empty()
            || counted.iter().any(|entry| is(&entry.category, category) && is(&entry.kind, kind))
    }

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

    /// The E10 state that a machine's state counts as; `None` is OTHER.
    pub fn e10_state(&self, state: &str) -> Option<&str> {
        let meaning = self.states.get(state).map(String::as_str);
        meaning.filter(|meaning| E10_STATES.contains(meaning))
    }

    /// What a downtime of this reason is; `None` when the rules don't name it.
    pub fn downtime_category(&self, reason: &str) -> Option<DowntimeCategory> {
        self.downtime_categories.get(reason).copied()
    }

    /// Whether the rules name this state of a machine.
    pub fn knows_state(&self, state: &str) -> bool {
        self.states.contains_key(state)
    }

    /// The status category of a machine's state; missing and unknown states are `OTHER`.
    pub fn status_category(&self, state: Option<&str>) -> &'static str {
        match state.and_then(|state| self.states.get(state)).map_or("OTHER", String::as_str) {
            "PRD" => "PRODUCTIVE",
            "SBY" => "STANDBY",
            "UDT" | "SDT" => "DOWN",
            "EGT" => "ENGINEERING",
            "NST" => "NOT_SCHEDULED",
            "INACTIVE" => "INACTIVE",
            _ => "OTHER",
        }
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
            (Some("PM"), "DOWN"),
            (Some("OFF"), "NOT_SCHEDULED"),
            (Some("設備-LOST"), "INACTIVE"),
            (Some("prd"), "OTHER"),
            (Some(""), "OTHER"),
            (None, "OTHER"),
        ] {
            assert_eq!(rules.status_category(state), category, "{state:?}");
            assert!(STATUS_CATEGORIES.iter().any(|known| known.code == category));
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

    #[test]
    fn machines_count_by_category_and_type_and_a_star_is_any() {
        let default = SiteRules::default();
        for (category, kind, counts) in [
            (Some("ASSEMBLY"), Some("ASSEMBLY"), true),
            (Some("WAFERSORT"), Some("WAFERSORT"), true),
            (Some("ASSEMBLY"), Some("WAFERSORT"), false),
            (Some("FAB"), Some("FAB"), false),
            (None, None, false),
        ] {
            assert_eq!(default.counts_equipment(category, kind), counts, "{category:?}/{kind:?}");
        }
        let fab = rules(json!({ "counted_equipment": [
            { "category": " FAB\u{3000}" }, { "category": "*", "type": "TESTER" }
        ] }));
        let fab = fab.checked().unwrap();
        assert!(fab.counts_equipment(Some("FAB"), None));
        assert!(fab.counts_equipment(Some("FAB"), Some("CVD")));
        assert!(fab.counts_equipment(None, Some("TESTER")));
        assert!(!fab.counts_equipment(Some("fab"), Some("CVD")));
        for all in [json!([]), json!([{}]), json!([{ "category": "*" }])] {
            assert!(rules(json!({ "counted_equipment": all })).counts_equipment(None, Some("X")));
        }
    }

    #[test]
    fn a_plant_with_its_own_states_names_what_they_are() {
        let site = rules(json!({
            "states": { "RUN": "PRD", "IDLE ": " SBY", "SCRAPPED": "INACTIVE", "TEST": "OTHER" },
        }));
        let site = site.checked().unwrap();
        for (state, e10, category) in [
            ("RUN", Some("PRD"), "PRODUCTIVE"),
            ("IDLE", Some("SBY"), "STANDBY"),
            ("SCRAPPED", None, "INACTIVE"),
            ("TEST", None, "OTHER"),
        ] {
            assert_eq!(site.e10_state(state), e10);
            assert_eq!(site.status_category(Some(state)), category);
            assert!(site.knows_state(state));
        }
        assert_eq!(site.e10_state("PRD"), None, "the table replaces the built-in one");
        assert!(!site.knows_state("PRD") && !site.knows_state("run"));
    }

    #[test]
    fn downtimes_are_of_the_category_that_the_site_lists_their_reason_under() {
        let default = SiteRules::default();
        assert_eq!(default.downtime_category("Jam"), Some(DowntimeCategory::Repair));
        assert_eq!(default.downtime_category("換線"), Some(DowntimeCategory::Changeover));
        assert_eq!(default.downtime_category("jam"), None);
        let site =
            rules(json!({ "downtime_categories": { " 卡料 ": "repair" } })).checked().unwrap();
        assert_eq!(site.downtime_category("卡料"), Some(DowntimeCategory::Repair));
        assert_eq!(site.downtime_category("Jam"), None, "the table replaces the built-in one");
        let wrong = json!({ "downtime_categories": { "Jam": "broken" } });
        let error = serde_json::from_value::<SiteRules>(wrong).unwrap_err().to_string();
        assert!(error.contains("unknown variant `broken`, expected one of `repair`"), "{error}");
        let twice = json!({ "downtime_categories": { "Jam": "repair", "Jam ": "other" } });
        let error = rules(twice).checked().unwrap_err().to_string();
        assert_eq!(error, "downtime_categories: \"Jam\" is named twice");
    }

    #[test]
    fn a_rule_that_cannot_be_meant_is_rejected_with_its_name() {
        for (site, message) in [
            (json!({ "excluded_locations": ["A", " "] }), "excluded_locations: entry 2 is empty"),
            (json!({ "states": { "PRD": "" } }), "states: entry 1 is empty"),
            (
                json!({ "group_sequences": { "A": 1, " A": 2 } }),
                "group_sequences: \"A\" is named twice",
            ),
            (
                json!({ "states": { "RUN": "prd" } }),
                "states: \"RUN\" can't be \"prd\"; allowed: PRD, SBY, UDT, SDT, EGT, NST, INACTIVE, OTHER",
            ),
            (
                json!({ "counted_equipment": [{ "type": "" }] }),
                "counted_equipment: entry 1 is empty",
            ),
            (json!({ "qc_gate_specs": [{ "contains": [""] }] }), "qc_gate_specs: entry 1 is empty"),
        ] {
            assert_eq!(rules(site).checked().unwrap_err().to_string(), message);
        }
        let empty = json!({
            "counted_equipment": [], "excluded_locations": [], "excluded_asset_states": [],
            "states": {}, "group_sequences": {}, "non_quality_hold_reasons": [], "qc_gate_specs": [],
            "downtime_categories": {},
        });
        assert!(rules(empty).checked().is_ok());
        assert_eq!(SiteRules::default().checked().unwrap(), SiteRules::default());
    }
}
