//! A running server held against the baseline's recorded answers.
//!
//! The baseline sorts with an unstable algorithm whose order among equal keys depends on the
//! processor; lists with such keys are therefore compared as "same order of keys, same set among
//! equals". Every other value must be equal, numbers as IEEE doubles (`32882` equals `32882.0`),
//! except for metrics with a tolerance in the contract. `meta` exists only in this system.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::golden::{self, GoldenTable, Recorded};
use crate::tolerance::Contract;

/// Intended differences, by request id or `prefix*`, with the numbers of the rules that they
/// follow: `N: why; M: why`.
pub type Deviations = BTreeMap<String, String>;

/// What one comparison run found.
#[derive(Debug, Default)]
pub struct Report {
    /// Requests answered like the baseline.
    pub same: usize,
    /// Requests that differ in fields that the contract names for them and nowhere else.
    pub by_field: usize,
    /// `(id, difference, rule)` of requests that are listed as a whole.
    pub deviating: Vec<(String, String, String)>,
    /// `(id, difference)` of differences that are not listed: bugs.
    pub different: Vec<(String, String)>,
    /// Listed deviations that did not occur: the list is out of date.
    pub idle: Vec<String>,
}

impl Report {
    /// Whether nothing differs but what is listed, and everything listed does.
    pub fn agrees(&self) -> bool {
        self.different.is_empty() && self.idle.is_empty()
    }
}

/// Reads `deviations.json` of this crate.
///
/// # Errors
/// The file is not an object of strings.
pub fn shipped_deviations() -> serde_json::Result<Deviations> {
    serde_json::from_str(include_str!("../deviations.json"))
}

/// Sends every recorded request to the server at `origin` and compares.
///
/// # Errors
/// The packed golden set can't be read.
pub fn compare(
    origin: &str,
    deviations: &Deviations,
    contract: &Contract,
) -> std::io::Result<Report> {
    let sequences = Sequences::read()?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(std::time::Duration::from_secs(30)))
        .build()
        .into();
    let mut report = Report::default();
    let (mut seen, mut fields_seen) = (BTreeSet::new(), BTreeSet::new());
    for request in golden::recorded()? {
        let listed = deviations.iter().find(|(pattern, _)| matches(pattern, &request.id));
        let changed = listed.and_then(|(_, rule)| contract.changed(rule));
        let is_by_field = changed.is_some();
        let mut comparison = Comparison::new(contract, &request.path, changed.unwrap_or_default());
        let outcome = ask(&agent, origin, &request).and_then(|(status, answer)| {
            judge(&request, status, answer, &sequences, &mut comparison)
        });
        let Comparison { added_seen, changed_seen, .. } = comparison;
        match (outcome, listed) {
            (Ok(()), listed) => {
                match added_seen.is_empty() && changed_seen.is_empty() {
                    true => report.same += 1,
                    false => report.by_field += 1,
                }
                if let Some((pattern, _)) = listed.filter(|_| !changed_seen.is_empty()) {
                    seen.insert(pattern.clone());
                }
                fields_seen.extend(added_seen.into_iter().chain(changed_seen));
            }
            (Err(difference), Some((pattern, rule))) if !is_by_field => {
                seen.insert(pattern.clone());
                report.deviating.push((request.id, difference, rule.clone()));
            }
            (Err(difference), _) => report.different.push((request.id, difference)),
        }
    }
    report.idle = deviations.keys().filter(|key| !seen.contains(*key)).cloned().collect();
    let fields = contract.fields().filter(|field| !fields_seen.contains(*field));
    report.idle.extend(fields.map(|field| format!("field {field}")));
    Ok(report)
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => id.starts_with(prefix),
        None => pattern == id,
    }
}

fn ask(agent: &ureq::Agent, origin: &str, request: &Recorded) -> Result<(u16, Value), String> {
    let url = format!("{origin}{}", request.url);
    let sent = if request.method == "POST" {
        agent
            .post(&url)
            .header("content-type", "application/json")
            .send(request.body.to_string().as_bytes())
    } else {
        agent.get(&url).call()
    };
    let mut response = sent.map_err(|error| format!("no answer: {error}"))?;
    let status = response.status().as_u16();
    let bytes = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_vec()
        .map_err(|error| format!("broken answer: {error}"))?;
    let answer = serde_json::from_slice(&bytes).map_err(|error| format!("not JSON: {error}"))?;
    Ok((status, answer))
}

fn judge(
    request: &Recorded,
    status: u16,
    mut answer: Value,
    sequences: &Sequences,
    comparison: &mut Comparison<'_>,
) -> Result<(), String> {
    if status != request.status {
        return Err(format!("status {status} instead of {}", request.status));
    }
    if status >= 400 {
        return Ok(());
    }
    let mut expected = request.answer.clone();
    for body in [&mut expected, &mut answer] {
        if let Some(object) = body.as_object_mut() {
            object.remove("meta");
        }
        settle_ties(&request.path, body, sequences)?;
    }
    comparison.same(&expected, &answer, "", "")
}

/// Sequence numbers by name, which decide where equal keys may swap.
struct Sequences {
    specs: BTreeMap<(String, String), BTreeSet<i64>>,
    groups: BTreeMap<String, i64>,
}

impl Sequences {
    fn read() -> std::io::Result<Self> {
        const LAST: i64 = i64::MAX;
        let (header, rows) = golden::rows(GoldenTable::Lots)?;
        let column = |name: &str| header.iter().position(|h| h == name).unwrap_or(usize::MAX);
        let number = |cell: Option<&Option<String>>| {
            cell.and_then(|text| text.as_ref()?.parse::<i64>().ok()).unwrap_or(LAST)
        };
        let (workorder, group, group_sequence, spec, spec_sequence) = (
            column("WORKORDER"),
            column("WORKCENTER_GROUP"),
            column("WORKCENTERSEQUENCE_GROUP"),
            column("SPECNAME"),
            column("SPECSEQUENCE"),
        );
        let mut found = Self { specs: BTreeMap::new(), groups: BTreeMap::new() };
        for row in rows.iter().filter(|row| row.get(workorder).is_some_and(Option::is_some)) {
            let Some(Some(name)) = row.get(group) else { continue };
            let sequence = number(row.get(group_sequence));
            let lowest = found.groups.entry(name.clone()).or_insert(LAST);
            *lowest = sequence.min(*lowest);
            if let Some(Some(spec)) = row.get(spec) {
                found
                    .specs
                    .entry((name.clone(), spec.clone()))
                    .or_default()
                    .insert(number(row.get(spec_sequence)));
            }
        }
        Ok(found)
    }

    fn group(&self, name: &str) -> i64 {
        self.groups.get(name).copied().unwrap_or(i64::MAX)
    }

    /// The sequence of a spec inside a group, `None` when it has several.
    fn spec(&self, group: &str, spec: &str) -> Option<i64> {
        let all = self.specs.get(&(group.to_owned(), spec.to_owned()))?;
        (all.len() == 1).then(|| all.first().copied())?
    }
}

/// Puts lists whose order among equals is unspecified into one agreed order,
/// after checking that their keys ascend.
fn settle_ties(path: &str, body: &mut Value, sequences: &Sequences) -> Result<(), String> {
    let Some(data) = body.get_mut("data") else { return Ok(()) };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value, field: &str| value[field].as_i64().unwrap_or(0);
    if path.ends_with("/overview/hold") {
        settle(&mut data["items"], "items", |row| -number(row, "lots"))?;
    } else if path.ends_with("/meta/packages") {
        settle(data, "packages", |row| -number(row, "lot_count"))?;
    } else if path.ends_with("/meta/workcenters") {
        settle(data, "workcenters", |row| sequences.group(&text(&row["name"])))?;
    } else if path.ends_with("/overview/matrix") {
        let totals = data["package_totals"].clone();
        settle(&mut data["workcenters"], "workcenters", |name| sequences.group(&text(name)))?;
        settle(&mut data["packages"], "packages", |name| -number(&totals, &text(name)))?;
    } else if path.ends_with("/hold-detail/distribution") {
        for list in ["byWorkcenter", "byPackage"] {
            settle(&mut data[list], list, |row| -number(row, "lots"))?;
        }
    } else if path.contains("/wip/detail/") {
        let group = text(&data["workcenter"]);
        let names: Vec<String> = data["specs"].as_array().into_iter().flatten().map(text).collect();
        let distinct: BTreeSet<&String> = names.iter().collect();
        let keyed = distinct.len() == names.len()
            && names.iter().all(|name| sequences.spec(&group, name).is_some());
        // A name with several sequences repeats in the list; then only the set can be compared.
        settle(&mut data["specs"], "specs", |name| {
            if keyed { sequences.spec(&group, &text(name)).unwrap_or(0) } else { 0 }
        })?;
    }
    Ok(())
}

fn settle(list: &mut Value, what: &str, key: impl Fn(&Value) -> i64) -> Result<(), String> {
    let Some(rows) = list.as_array_mut() else { return Ok(()) };
    if !rows.is_sorted_by_key(&key) {
        return Err(format!("{what} are not in order"));
    }
    rows.sort_by_cached_key(|row| (key(row), by_name(row)));
    Ok(())
}

/// The value with its fields in order of their names, as text to sort by.
fn by_name(value: &Value) -> String {
    let Value::Object(fields) = value else { return value.to_string() };
    let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
    format!("{sorted:?}")
}

/// Deep equality under a contract.
struct Comparison<'a> {
    contract: &'a Contract,
    changed: BTreeSet<&'a str>,
    added: BTreeSet<&'a str>,
    /// Fields whose values differed and may.
    changed_seen: BTreeSet<String>,
    /// Fields that the recorded answer lacks and may.
    added_seen: BTreeSet<String>,
}

impl<'a> Comparison<'a> {
    fn new(contract: &'a Contract, path: &str, changed: BTreeSet<&'a str>) -> Self {
        let added = contract.added(path);
        Self {
            contract,
            changed,
            added,
            changed_seen: BTreeSet::new(),
            added_seen: BTreeSet::new(),
        }
    }

    /// Compares two values; the error names the first differing place.
    fn same(
        &mut self,
        expected: &Value,
        actual: &Value,
        place: &str,
        metric: &str,
    ) -> Result<(), String> {
        match (expected, actual) {
            (Value::Number(a), Value::Number(b)) => {
                let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
                if a == b || (a - b).abs() <= self.contract.allowance(metric).baseline {
                    return Ok(());
                }
                Err(format!("{place}: {b} instead of {a}"))
            }
            (Value::Object(a), Value::Object(b)) => self.same_fields(a, b, place),
            (Value::Array(a), Value::Array(b)) => {
                if a.len() != b.len() {
                    return Err(format!("{place}: {} entries instead of {}", b.len(), a.len()));
                }
                a.iter().zip(b).enumerate().try_for_each(|(index, (a, b))| {
                    self.same(a, b, &format!("{place}[{index}]"), metric)
                })
            }
            _ if expected == actual => Ok(()),
            _ => Err(format!("{place}: {actual} instead of {expected}")),
        }
    }

    fn same_fields(
        &mut self,
        expected: &Map<String, Value>,
        actual: &Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        if let Some(key) = expected.keys().find(|key| !actual.contains_key(*key)) {
            return Err(format!("{place}.{key} is missing"));
        }
        for (key, value) in actual {
            let place = format!("{place}.{key}");
            let Some(expected) = expected.get(key) else {
                if !self.added.contains(key.as_str()) {
                    return Err(format!("{place} is too much"));
                }
                self.added_seen.insert(key.clone());
                continue;
            };
            let outcome = self.same(expected, value, &place, key);
            if outcome.is_err() && self.changed.contains(key.as_str()) {
                self.changed_seen.insert(key.clone());
            } else {
                outcome?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(path: &str, expected: Value, actual: Value) -> Result<(), String> {
        let request = Recorded {
            id: "x".into(),
            method: "GET".into(),
            path: path.into(),
            query: serde_json::Map::new(),
            url: path.into(),
            body: Value::Null,
            status: 200,
            answer: expected,
        };
        let sequences = Sequences { specs: BTreeMap::new(), groups: BTreeMap::new() };
        let contract = Contract::shipped().unwrap();
        judge(
            &request,
            200,
            actual,
            &sequences,
            &mut Comparison::new(&contract, path, BTreeSet::new()),
        )
    }

    fn items(list: Value) -> Value {
        json!({"success": true, "data": {"items": list}})
    }

    #[test]
    fn equals_may_swap_but_keys_may_not() {
        let path = "/api/wip/overview/hold";
        let (a, b, c) = (
            json!({"reason": "a", "lots": 2}),
            json!({"reason": "b", "lots": 2}),
            json!({"reason": "c", "lots": 1}),
        );
        let recorded = items(json!([a, b, c]));
        assert!(judged(path, recorded.clone(), items(json!([b, a, c]))).is_ok());
        let turned = json!({"lots": 2, "reason": "a"});
        assert!(judged(path, recorded.clone(), items(json!([b, turned, c]))).is_ok());
        assert!(judged(path, recorded.clone(), items(json!([c, a, b]))).is_err());
        assert!(judged(path, recorded, items(json!([a, a, c]))).is_err());
    }

    #[test]
    fn values_types_and_keys_all_count() {
        let path = "/api/x";
        let body = |value: Value| json!({"data": value});
        assert!(judged(path, body(json!(1)), body(json!(1.0))).is_ok());
        assert!(judged(path, body(json!(1)), body(json!(1.1))).is_err());
        assert!(judged(path, body(json!(1)), body(json!("1"))).is_err());
        assert!(judged(path, body(json!(null)), body(json!(0))).is_err());
        assert!(judged(path, body(json!({"a": 1})), body(json!({"a": 1, "b": 2}))).is_err());
        assert!(judged(path, body(json!({"a": 1})), body(json!({}))).is_err());
    }

    #[test]
    fn a_listed_field_may_differ_and_no_other() {
        let contract = "[rule.1]\nchanged = [\"lots\"]\n[added]\n\"/api/x\" = [\"new\"]";
        let contract = Contract::parse(contract).unwrap();
        let compared = |actual: Value| {
            let changed = contract.changed("1: why").unwrap();
            let mut comparison = Comparison::new(&contract, "/api/x", changed);
            let expected = json!([{ "id": "a", "lots": 1 }]);
            comparison
                .same(&expected, &actual, "", "")
                .map(|()| comparison.changed_seen.len() + comparison.added_seen.len())
        };
        assert_eq!(compared(json!([{ "id": "a", "lots": 1 }])), Ok(0));
        assert_eq!(compared(json!([{ "id": "a", "lots": null, "new": 3 }])), Ok(2));
        assert!(compared(json!([{ "id": "b", "lots": 0 }])).is_err());
        assert!(compared(json!([{ "id": "a", "lots": 0, "other": 1 }])).is_err());
        assert!(compared(json!([{ "id": "a", "new": 1 }])).is_err());
    }

    #[test]
    fn prefixes_cover_ids() {
        assert!(matches("hold*", "holdsum_top"));
        assert!(!matches("hold", "holdsum_top"));
    }
}
