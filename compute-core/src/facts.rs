//! Constants that pages need and only the core decides. Rules: `docs/numbers.md`.

use serde::Serialize;

use crate::equipment::State;
use crate::history::MOST_DAYS;
use crate::metric::OU_LEVELS_PCT;
use crate::site_rules::{STATUS_CATEGORIES, StatusCategory};

/// What no query answers, because it doesn't depend on data.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// OU % from which a figure is high.
    pub ou_high_pct: f64,
    /// OU % from which a figure is medium; below it is low.
    pub ou_medium_pct: f64,
    /// E10 states in their order; their labels are those of the fields of `equipment_tree`.
    pub states: Vec<State>,
    /// The usual status categories in their order.
    pub status_categories: Vec<StatusCategory>,
    /// Most days of a range.
    pub longest_range_days: i32,
}

/// The facts of this version of the core.
pub fn facts() -> Facts {
    let [ou_high_pct, ou_medium_pct] = OU_LEVELS_PCT;
    Facts {
        ou_high_pct,
        ou_medium_pct,
        states: State::ALL.to_vec(),
        status_categories: STATUS_CATEGORIES.to_vec(),
        longest_range_days: MOST_DAYS,
    }
}

#[cfg(test)]
mod tests {
    use crate::field_contract::FIELDS;

    use super::facts;

    #[test]
    fn the_page_on_numbers_says_the_same() {
        let page = include_str!("../../docs/numbers.md");
        let facts = facts();
        for sentence in [
            format!("high from {} % and medium from {} %", facts.ou_high_pct, facts.ou_medium_pct),
            format!("at most {} days", facts.longest_range_days),
        ] {
            assert!(page.contains(&sentence), "docs/numbers.md lacks: {sentence}");
        }
    }

    #[test]
    fn every_state_has_a_label_in_the_contract() {
        for state in facts().states {
            let code = format!("{state:?}").to_uppercase();
            let mut fields = FIELDS.iter().filter(|field| field.dataset == "equipment_tree");
            assert!(fields.any(|field| field.api_key == code), "{code}");
        }
    }
}
