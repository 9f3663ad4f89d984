//! The file of rules: read leniently, written only when every rule can be used.

use std::collections::BTreeSet;

use compute_core::alert::AlertRule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Rules at most.
pub const MOST_RULES: usize = 100;

/// A part of the rules that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleProblem {
    /// Where: a field, or a line of the file.
    #[schema(example = "rules[2].figure")]
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for RuleProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.place, self.reason)
    }
}

/// The rules of a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleBook {
    /// Grows by one with every change; 0 is none yet.
    pub revision: i64,
    /// Those that can be used, in their order.
    pub rules: Vec<AlertRule>,
    /// Those that can't.
    pub problems: Vec<RuleProblem>,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<R> {
    revision: i64,
    rules: Vec<R>,
}

/// Reads the rule at a place.
///
/// # Errors
/// The first field of it that can't be used.
pub fn read_rule(place: &str, value: &Value) -> Result<AlertRule, RuleProblem> {
    let at = |field: &str| match field {
        "." | "" => place.to_owned(),
        field => format!("{place}.{field}"),
    };
    let read: Result<AlertRule, _> = serde_path_to_error::deserialize(value);
    let read = read.map_err(|error| RuleProblem {
        place: at(&error.path().to_string()),
        reason: error.inner().to_string(),
    })?;
    read.checked()
        .map_err(|error| RuleProblem { place: at(error.field), reason: error.to_string() })
}

/// Reads rules one by one: those that can be used, and what is wrong with the others.
pub fn read_rules(values: &[Value]) -> (Vec<AlertRule>, Vec<RuleProblem>) {
    let (mut rules, mut problems, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (number, value) in values.iter().enumerate() {
        let place = format!("rules[{number}]");
        match read_rule(&place, value) {
            Ok(_) if number >= MOST_RULES => problems.push(RuleProblem {
                place,
                reason: format!(
                    "there are {} rules; at most {MOST_RULES} are allowed",
                    values.len()
                ),
            }),
            Ok(rule) if !ids.insert(rule.id.clone()) => problems.push(RuleProblem {
                place: format!("{place}.id"),
                reason: format!("another rule has the id \"{}\"", rule.id),
            }),
            Ok(rule) => rules.push(rule),
            Err(problem) => problems.push(problem),
        }
    }
    (rules, problems)
}

impl RuleBook {
    /// Reads a file. Of rules that can't be used the others stay.
    ///
    /// # Errors
    /// It is no such file at all.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, RuleProblem> {
        let file: File<Value> = serde_json::from_slice(bytes).map_err(|error| RuleProblem {
            place: format!("line {}, column {}", error.line(), error.column()),
            reason: error.to_string(),
        })?;
        let (rules, problems) = read_rules(&file.rules);
        Ok(Self { revision: file.revision, rules, problems })
    }

    /// The file of these rules.
    pub(super) fn file(&self) -> impl Serialize {
        File { revision: self.revision, rules: self.rules.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{ "id": "a", "name": "A", "figure": "lots", "comparison": "above",
        "threshold": 5, "forMinutes": 10, "enabled": true }"#;

    fn parsed(rules: &str) -> RuleBook {
        RuleBook::parse(format!("{{ \"revision\": 3, \"rules\": [{rules}] }}").as_bytes()).unwrap()
    }

    #[test]
    fn a_rule_that_can_not_be_used_is_named_and_the_others_stay() {
        for (wrong, place, reason) in [
            (GOOD.replace("\"lots\"", "\"lotz\""), "rules[1].figure", "unknown variant `lotz`"),
            (
                GOOD.replace("\"id\"", "\"lotFilter\": { \"pakages\": [] }, \"id\""),
                "rules[1].lotFilter.pakages",
                "unknown field `pakages`",
            ),
            (
                GOOD.replace("\"id\"", "\"machineFilter\": { \"isKey\": true }, \"id\""),
                "rules[1].machineFilter",
                "none for a figure of lots",
            ),
            (GOOD.replace("5,", "\"5\","), "rules[1].threshold", "expected f64"),
            (GOOD.replace("10,", "-1,"), "rules[1].forMinutes", "expected u32"),
            (GOOD.replace("\"a\"", "\"A b\""), "rules[1].id", "letters a to z"),
            (GOOD.to_owned(), "rules[1].id", "another rule"),
            ("7".to_owned(), "rules[1]", "invalid type"),
        ] {
            let book = parsed(&format!("{GOOD}, {wrong}, {}", GOOD.replace("\"a\"", "\"b\"")));
            let ids: Vec<&str> = book.rules.iter().map(|rule| rule.id.as_str()).collect();
            assert_eq!(ids, ["a", "b"], "{wrong}");
            let [problem] = &book.problems[..] else { panic!("{:?}", book.problems) };
            assert!(problem.place == place && problem.reason.contains(reason), "{problem}");
        }
    }

    #[test]
    fn a_damaged_file_is_named_with_the_place() {
        for (text, place) in [
            ("", "line 1, column 0"),
            ("{\n  \"revision\": 1,\n  \"rules\": [", "line 3, column 12"),
            ("{ \"revision\": 1, \"rules\": [], \"x\": 1 }", "line 1"),
            ("[]", "line 1"),
        ] {
            let problem = RuleBook::parse(text.as_bytes()).unwrap_err();
            assert!(problem.place.starts_with(place), "{problem}");
        }
    }

    #[test]
    fn there_is_a_bound_on_rules() {
        let all: Vec<String> = (0..=MOST_RULES)
            .map(|number| GOOD.replace("\"a\"", &format!("\"a{number}\"")))
            .collect();
        let book = parsed(&all.join(","));
        assert_eq!((book.rules.len(), book.problems.len()), (MOST_RULES, 1));
        let again = RuleBook::parse(&serde_json::to_vec(&book.file()).unwrap()).unwrap();
        assert_eq!(again, RuleBook { problems: Vec::new(), ..book });
    }
}
