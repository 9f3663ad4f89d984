//! The three tables of states that the rule `states` replaces, and how to write them now.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Names of the tables.
const CATEGORIES: &str = "status_categories";
const E10: &str = "e10_states";
const TREE: &str = "tree_states";

/// Pairs of a table of the site's file; the former default where it has none.
fn pairs(site: &toml::Table, name: &str, usual: &[(&str, &str)]) -> Vec<(String, String)> {
    match site.get(name).and_then(toml::Value::as_table) {
        None => usual.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
        Some(table) => {
            let text = |(name, value): (&String, &toml::Value)| {
                Some((name.clone(), value.as_str()?.to_owned()))
            };
            table.iter().filter_map(text).collect()
        }
    }
}

/// What a state of this category counts as where no other table names it.
fn meaning(category: &str) -> &'static str {
    match category {
        "PRODUCTIVE" => "PRD",
        "STANDBY" => "SBY",
        "DOWN" => "UDT",
        "ENGINEERING" => "EGT",
        "NOT_SCHEDULED" => "NST",
        "OTHER" => "OTHER",
        _ => "INACTIVE",
    }
}

/// The tables that the file has, and the one that replaces them; `None` when it has none of them.
pub(super) fn rewritten(site: &toml::Table) -> Option<(String, String)> {
    let named: Vec<&str> =
        [CATEGORIES, E10, TREE].into_iter().filter(|name| site.contains_key(*name)).collect();
    if named.is_empty() {
        return None;
    }
    let six = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"].map(|state| (state, state));
    let categories = [("設備-RUN", "PRODUCTIVE"), ("SCRAP", "INACTIVE"), ("設備-LOST", "INACTIVE")];
    let tree = [("PM", "UDT"), ("BKD", "UDT"), ("ENG", "EGT"), ("OFF", "NST")];
    let categories = pairs(site, CATEGORIES, &categories).into_iter();
    let mut states: BTreeMap<String, String> =
        categories.map(|(state, category)| (state, meaning(&category).to_owned())).collect();
    states.extend(pairs(site, E10, &six));
    states.extend(pairs(site, TREE, &tree));
    let mut table = "[states]".to_owned();
    for (state, meaning) in states {
        let (state, meaning) = (toml::Value::from(state), toml::Value::from(meaning));
        let _ = write!(table, "\n{state} = {meaning}");
    }
    Some((named.join(", "), table))
}
