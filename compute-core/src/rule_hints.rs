//! Site rules that match nothing of the table that they are about, or miss much of it.
//!
//! A list that is empty because the plant calls its gates, reasons or categories otherwise looks like
//! one that is empty today. A hint names the rule, its entries and what the table has instead.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::quality::{RuleHint, ValueCount, excerpt};
use crate::site_rules::{EquipmentKind, SiteRules, SpecPattern};

/// Values that a hint lists.
const LISTED: usize = 5;
/// Machines in states that no rule names, in percent of those that have one, from which on that is a
/// hint.
const MANY_PCT: u64 = 10;

/// The most frequent values, of equal ones the first by code point.
fn most_frequent(values: impl Iterator<Item = impl Into<String>>) -> (u64, Vec<ValueCount>) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = 0;
    for value in values {
        *counts.entry(value.into()).or_default() += 1;
        rows += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, rows)| Reverse(*rows));
    counts.truncate(LISTED);
    let found = counts.into_iter().map(|(value, rows)| ValueCount { value: excerpt(&value), rows });
    (rows, found.collect())
}

fn hint(
    rule: &'static str,
    entries: Vec<String>,
    (rows, found): (u64, Vec<ValueCount>),
) -> Option<RuleHint> {
    let (rule, columns) = RuleHint::of_rule(rule)?;
    (rows > 0).then_some(RuleHint { rule, entries, columns, rows, found })
}

fn spec_entry(SpecPattern { exact, contains }: &SpecPattern) -> String {
    exact
        .iter()
        .cloned()
        .chain(contains.iter().map(|text| format!("*{text}*")))
        .collect::<Vec<_>>()
        .join(" & ")
}

fn kind_entry(category: Option<&str>, kind: Option<&str>, missing: &str) -> String {
    format!("{} / {}", category.unwrap_or(missing), kind.unwrap_or(missing))
}

/// That there are lots with a spec, and none of the specs is a QC gate.
pub(crate) fn gates<'a>(
    rules: &SiteRules,
    specs: impl Iterator<Item = &'a str> + Clone,
) -> Option<RuleHint> {
    // A spec has many lots, and a pattern is slower than a look-up.
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    let mut is_gate = |spec| *known.entry(spec).or_insert_with(|| rules.is_qc_gate(spec));
    if specs.clone().any(&mut is_gate) {
        return None;
    }
    let entries = rules.qc_gate_specs.iter().map(spec_entry).collect();
    hint("qc_gate_specs", entries, most_frequent(specs))
}

/// That there are held lots with a reason, and none of the reasons is a non-quality one. An empty rule
/// asks for that.
pub(crate) fn reasons<'a>(
    rules: &SiteRules,
    reasons: impl Iterator<Item = &'a str> + Clone,
) -> Option<RuleHint> {
    let listed = &rules.non_quality_hold_reasons;
    if listed.is_empty() || reasons.clone().any(|reason| !rules.is_quality_hold(Some(reason))) {
        return None;
    }
    hint("non_quality_hold_reasons", listed.clone(), most_frequent(reasons))
}

/// A machine of the master, as the rules that leave machines out see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub category: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub location: Option<&'a str>,
    pub asset_state: Option<&'a str>,
}

/// Why no machine counts: the rules that leave out those that there are.
pub(crate) fn no_machine(rules: &SiteRules, machines: &[Candidate<'_>]) -> Vec<RuleHint> {
    let counts = |machine: &&Candidate<'_>| rules.counts_equipment(machine.category, machine.kind);
    let entry = |EquipmentKind { category, kind }: &EquipmentKind| {
        kind_entry(category.as_deref(), kind.as_deref(), "*")
    };
    let others = machines.iter().filter(|machine| !counts(machine));
    let others = others.map(|machine| kind_entry(machine.category, machine.kind, "–"));
    let listed = |list: &[String], text: Option<&str>| {
        text.filter(|text| list.iter().any(|entry| entry == text)).map(str::to_owned)
    };
    let locations = machines.iter().filter(counts);
    let locations =
        locations.filter_map(|machine| listed(&rules.excluded_locations, machine.location));
    let states = machines.iter().filter(counts);
    let states =
        states.filter_map(|machine| listed(&rules.excluded_asset_states, machine.asset_state));
    [
        hint(
            "counted_equipment",
            rules.counted_equipment.iter().map(entry).collect(),
            most_frequent(others),
        ),
        hint("excluded_locations", rules.excluded_locations.clone(), most_frequent(locations)),
        hint("excluded_asset_states", rules.excluded_asset_states.clone(), most_frequent(states)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// That many machines are in states that the rules don't name, so that they count as OTHER.
pub(crate) fn states<'a>(
    rules: &SiteRules,
    states: impl Iterator<Item = &'a str> + Clone,
) -> Option<RuleHint> {
    let machines = states.clone().count() as u64;
    let unnamed = most_frequent(states.filter(|state| !rules.knows_state(state)));
    if unnamed.0 * 100 < machines * MANY_PCT {
        return None;
    }
    hint("states", rules.states.keys().cloned().collect(), unnamed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn found(hint: &RuleHint) -> Vec<(&str, u64)> {
        hint.found.iter().map(|found| (found.value.as_str(), found.rows)).collect()
    }

    #[test]
    fn a_gate_rule_that_no_spec_matches_names_the_specs_that_there_are() {
        let rules = SiteRules::default();
        let specs = ["IPQC-1", "WB", "IPQC-1", "DB"];
        let hint = gates(&rules, specs.into_iter()).unwrap();
        assert_eq!((hint.rule, hint.rows), ("qc_gate_specs", 4));
        assert_eq!(hint.entries, ["*QC* & *GATE*"]);
        assert_eq!(found(&hint), [("IPQC-1", 2), ("DB", 1), ("WB", 1)]);
        assert_eq!(gates(&rules, ["WB", "QC GATE-1"].into_iter()), None);
        assert_eq!(gates(&rules, [].into_iter()), None, "no lots, nothing to say");
        let none = SiteRules { qc_gate_specs: Vec::new(), ..rules };
        assert!(gates(&none, ["QC GATE-1"].into_iter()).unwrap().entries.is_empty());
    }

    #[test]
    fn reasons_that_are_all_of_quality_are_named_unless_the_site_asks_for_that() {
        let rules = SiteRules::default();
        let hint = reasons(&rules, ["scratch", "scratch", "crack"].into_iter()).unwrap();
        assert_eq!((hint.rule, hint.entries.len()), ("non_quality_hold_reasons", 11));
        assert_eq!(found(&hint), [("scratch", 2), ("crack", 1)]);
        assert_eq!(reasons(&rules, ["scratch", "特殊需求管控"].into_iter()), None);
        let none = SiteRules { non_quality_hold_reasons: Vec::new(), ..rules };
        assert_eq!(reasons(&none, ["scratch"].into_iter()), None);
    }

    #[test]
    fn a_plant_without_machines_hears_which_rules_leave_them_out() {
        let machine = |category, location| Candidate {
            category: Some(category),
            kind: None,
            location: Some(location),
            asset_state: None,
        };
        let rules = SiteRules {
            counted_equipment: vec![EquipmentKind { category: Some("FAB".to_owned()), kind: None }],
            ..SiteRules::default()
        };
        let machines = [machine("TEST", "A"), machine("FAB", "報廢"), machine("TEST", "B")];
        let hints = no_machine(&rules, &machines);
        let rules: Vec<_> = hints.iter().map(|hint| (hint.rule, hint.rows)).collect();
        assert_eq!(rules, [("counted_equipment", 2), ("excluded_locations", 1)]);
        assert_eq!(hints[0].entries, ["FAB / *"]);
        assert_eq!(found(&hints[0]), [("TEST / –", 2)]);
        assert_eq!(found(&hints[1]), [("報廢", 1)]);
    }

    proptest! {
        #[test]
        fn states_are_a_hint_from_one_in_ten_on(named in 0_usize..100, unnamed in 0_usize..20) {
            let states = std::iter::repeat_n("PRD", named).chain(std::iter::repeat_n("RUN", unnamed));
            let hint = states_hint(states);
            prop_assert_eq!(hint.is_some(), unnamed > 0 && unnamed * 10 >= named + unnamed);
            if let Some(hint) = hint {
                prop_assert_eq!(found(&hint), [("RUN", unnamed as u64)]);
            }
        }

        #[test]
        fn what_is_found_is_what_occurs_most(values in prop::collection::vec(select(&["a", "b", "c", "d", "e", "f", "g"][..]), 0..60)) {
            let (rows, found) = most_frequent(values.iter().copied());
            prop_assert_eq!(rows, values.len() as u64);
            let count = |name: &str| values.iter().filter(|value| **value == name).count() as u64;
            prop_assert!(found.iter().all(|entry| entry.rows == count(&entry.value)));
            let ordered = |pair: &[ValueCount]| {
                (Reverse(pair[0].rows), &pair[0].value) < (Reverse(pair[1].rows), &pair[1].value)
            };
            prop_assert!(found.windows(2).all(ordered));
            let least = found.last().map_or(0, |entry| entry.rows);
            let listed = |name: &&&str| !found.iter().any(|entry| entry.value == **name);
            prop_assert!(values.iter().filter(listed).all(|name| found.len() == LISTED && count(name) <= least));
        }
    }

    fn states_hint<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<RuleHint> {
        states(&SiteRules::default(), names)
    }
}
