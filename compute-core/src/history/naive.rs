//! The same answers from rows of text, one question at a time, without a thought for speed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{FamilyMachinesQuery, Granularity, HistoryDetailQuery, HistoryQuery};
use crate::equipment::{EquipmentFilter, EquipmentRecord, EquipmentView};

/// A source row: machine, `YYYY-MM-DD`, state, hours in 1/10,000 h.
pub(super) type SourceRow = (String, String, String, i64);

pub(super) struct Plant<'a> {
    pub rows: Vec<SourceRow>,
    pub first: String,
    pub last: String,
    pub view: &'a EquipmentView,
    pub calendar: Vec<String>,
}

/// A machine as its hours are listed.
struct Machine {
    record: EquipmentRecord,
    group: String,
    sequence: i32,
}

const SIX: [&str; 6] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];
const SEVEN: [&str; 7] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "other"];

fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$}").parse().unwrap()
}

/// The share of `parts` of the hours of `whole`; none without a whole, or when a state is negative.
fn share(rows: &[&SourceRow], parts: &[&str], whole: &[&str], digits: usize) -> Option<f64> {
    let all = units(rows, whole);
    let is_negative = whole.iter().any(|state| units(rows, &[state]) < 0);
    let pct = || rounded(units(rows, parts) as f64 / all as f64 * 100.0, digits);
    (all != 0 && !is_negative).then(pct)
}

/// One of the six by the default rules, or "other".
fn state(row: &SourceRow) -> &str {
    match row.2.as_str() {
        "PM" => "UDT",
        state if SIX.contains(&state) => state,
        _ => "other",
    }
}

fn units(rows: &[&SourceRow], states: &[&str]) -> i64 {
    rows.iter().filter(|row| states.contains(&state(row))).map(|row| row.3).sum()
}

fn all_units(rows: &[&SourceRow]) -> i64 {
    rows.iter().map(|row| row.3).sum()
}

fn ou(rows: &[&SourceRow], digits: usize) -> Option<f64> {
    share(rows, &["PRD"], &SIX[..5], digits)
}

fn machine_count(rows: &[&SourceRow]) -> usize {
    rows.iter().map(|row| &row.0).collect::<BTreeSet<_>>().len()
}

fn figures(rows: &[&SourceRow], whole: &[&str]) -> Value {
    let mut out = json!({
        "ou_pct": ou(rows, 1),
        "availability_pct": share(rows, &["PRD", "SBY", "EGT"], &SIX, 1),
        "total_hours": rounded(all_units(rows) as f64 / 10_000.0, 1),
        "machine_count": machine_count(rows),
    });
    for state in SEVEN {
        let (name, units) = (state.to_lowercase(), units(rows, &[state]));
        let whole = if state == "other" { &SEVEN } else { whole };
        out[format!("{name}_hours")] = json!(rounded(units as f64 / 10_000.0, 1));
        out[format!("{name}_pct")] = json!(share(rows, &[state], whole, 1));
    }
    out
}

fn merged(mut object: Value, other: Value) -> Value {
    object.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    object
}

impl Plant<'_> {
    /// Machines of a filter by id: the first row of an id stands for it.
    fn machines(&self, filter: &EquipmentFilter) -> BTreeMap<String, Machine> {
        let kept: BTreeSet<u32> = self.view.select(filter).into_iter().collect();
        let records = self.view.status(&EquipmentFilter::default());
        let behind = self.behind();
        let mut lowest: BTreeMap<&str, i32> = BTreeMap::new();
        for (name, sequence) in self.view.workcenters().groups() {
            lowest.insert(name, sequence.unwrap_or(behind));
        }
        let mut machines = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (row, record) in (0..).zip(&records) {
            if !seen.insert(record.resourceid.clone()) || !kept.contains(&row) {
                continue;
            }
            let group = record.workcenter_group.clone();
            let sequence = group.as_ref().map_or(behind, |group| lowest[group.as_str()]);
            let group = group.or(record.workcentername.clone()).unwrap();
            let machine = Machine { record: record.clone(), group, sequence };
            machines.insert(record.resourceid.clone(), machine);
        }
        // A workcenter of the name of a group counts under that, at its sequence.
        let names: Vec<(String, i32)> =
            self.machines_of_all(&records, &lowest).into_iter().collect();
        for machine in machines.values_mut() {
            let at = names.iter().find(|(name, _)| *name == machine.group).unwrap();
            machine.sequence = at.1;
        }
        machines
    }

    /// The sequence of what has none: behind all others, and at least 999.
    fn behind(&self) -> i32 {
        let groups = self.view.workcenters().groups();
        groups
            .iter()
            .filter_map(|(_, sequence)| *sequence)
            .max()
            .map_or(999, |most| 999.max(most + 1))
    }

    fn machines_of_all(
        &self,
        records: &[EquipmentRecord],
        lowest: &BTreeMap<&str, i32>,
    ) -> BTreeMap<String, i32> {
        let mut names: BTreeMap<String, i32> = BTreeMap::new();
        for record in records {
            let (name, sequence) = match &record.workcenter_group {
                Some(group) => (group.clone(), lowest[group.as_str()]),
                None => (record.workcentername.clone().unwrap(), self.behind()),
            };
            let known = names.entry(name).or_insert(sequence);
            *known = sequence.min(*known);
        }
        names
    }

    fn period(&self, granularity: Granularity, date: &str) -> String {
        let place = self.calendar.iter().position(|other| other == date).unwrap();
        match granularity {
            Granularity::Day => date.to_owned(),
            Granularity::Week => self.calendar[place / 7 * 7].clone(),
            Granularity::Month => date[..7].to_owned(),
            Granularity::Year => date[..4].to_owned(),
        }
    }

    fn rows(&self, query: &HistoryQuery) -> (Vec<&SourceRow>, BTreeMap<String, Machine>) {
        let machines = self.machines(&query.filter);
        let bound =
            |date: &Option<String>| date.clone().filter(|date| self.calendar.contains(date));
        let first = bound(&query.start_date).unwrap_or_default().max(self.first.clone());
        let last =
            bound(&query.end_date).map_or(self.last.clone(), |date| date.min(self.last.clone()));
        let rows = self
            .rows
            .iter()
            .filter(|row| machines.contains_key(&row.0) && row.1 >= first && row.1 <= last)
            .collect();
        (rows, machines)
    }

    fn of_period<'r>(
        &self,
        rows: &[&'r SourceRow],
        granularity: Granularity,
    ) -> BTreeMap<String, Vec<&'r SourceRow>> {
        let mut periods: BTreeMap<String, Vec<&SourceRow>> = BTreeMap::new();
        for row in rows {
            periods.entry(self.period(granularity, &row.1)).or_default().push(row);
        }
        periods
    }

    fn heatmap(
        &self,
        rows: &[&SourceRow],
        granularity: Granularity,
        digits: usize,
        named: impl Fn(&SourceRow) -> (i32, String),
    ) -> Value {
        let dates: Vec<String> = self.of_period(rows, granularity).into_keys().collect();
        let mut places: BTreeMap<(i32, String), Vec<&SourceRow>> = BTreeMap::new();
        for row in rows {
            places.entry(named(row)).or_default().push(row);
        }
        let cells: Vec<Vec<Option<f64>>> = places
            .values()
            .map(|rows| {
                let periods = self.of_period(rows, granularity);
                dates
                    .iter()
                    .map(|date| periods.get(date).and_then(|rows| ou(rows, digits)))
                    .collect()
            })
            .collect();
        let names = places
            .keys()
            .map(|(sequence, name)| json!({"workcenter": name, "workcenter_seq": sequence}));
        json!({"workcenters": names.collect::<Vec<_>>(), "dates": dates, "ou_pct": cells})
    }

    pub(super) fn summary(&self, query: &HistoryQuery) -> Value {
        let (rows, machines) = self.rows(query);
        let of_six = |rows: &[&SourceRow]| figures(rows, &SIX);
        let trend: Vec<Value> = self
            .of_period(&rows, query.granularity)
            .into_iter()
            .map(|(date, rows)| merged(json!({"date": date}), of_six(&rows)))
            .collect();
        let place = |row: &SourceRow| (machines[&row.0].sequence, machines[&row.0].group.clone());
        let mut groups: BTreeMap<String, Vec<&SourceRow>> = BTreeMap::new();
        for row in &rows {
            groups.entry(machines[&row.0].group.clone()).or_default().push(row);
        }
        let mut comparison: Vec<Value> = groups
            .into_iter()
            .map(|(group, rows)| {
                json!({
                    "workcenter": group,
                    "ou_pct": ou(&rows, 1),
                    "prd_hours": rounded(units(&rows, &["PRD"]) as f64 / 10_000.0, 1),
                    "machine_count": machine_count(&rows),
                })
            })
            .collect();
        comparison.sort_by(|a, b| {
            let pct = |row: &Value| row["ou_pct"].as_f64().unwrap_or(-1.0);
            pct(b).total_cmp(&pct(a))
        });
        json!({
            "kpi": of_six(&rows),
            "trend": trend,
            "heatmap": self.heatmap(&rows, query.granularity, 1, place),
            "workcenter_comparison": comparison,
        })
    }

    pub(super) fn ou_trend(&self, query: &HistoryQuery) -> Value {
        let (rows, _) = self.rows(query);
        self.of_period(&rows, query.granularity)
            .into_iter()
            .map(|(date, rows)| json!({"date": date, "ou_pct": ou(&rows, 2)}))
            .collect()
    }

    pub(super) fn utilization_heatmap(&self, query: &HistoryQuery) -> Value {
        let (rows, _) = self.rows(query);
        let everyone = self.machines(&EquipmentFilter::default());
        // A workcenter stands at the lowest sequence of its machines' groups.
        let records = self.view.status(&EquipmentFilter::default());
        let under = self.view.counted_under();
        let mut lowest: BTreeMap<String, i32> = BTreeMap::new();
        for (record, (_, sequence)) in records.iter().zip(under) {
            let name = record.workcentername.clone().unwrap();
            let known = lowest.entry(name).or_insert(sequence);
            *known = sequence.min(*known);
        }
        self.heatmap(&rows, query.granularity, 2, |row| {
            let name = everyone[&row.0].record.workcentername.clone().unwrap();
            (lowest[&name], name)
        })
    }

    /// Machines with their rows, in the order of lists.
    fn listed(&self, query: &HistoryQuery) -> Vec<(Machine, Vec<&SourceRow>)> {
        let (rows, machines) = self.rows(query);
        let mut listed: Vec<(Machine, Vec<&SourceRow>)> = Vec::new();
        for (id, machine) in machines {
            let own: Vec<&SourceRow> = rows.iter().copied().filter(|row| row.0 == id).collect();
            if !own.is_empty() {
                listed.push((machine, own));
            }
        }
        let last = |text: &Option<String>| (text.is_none(), text.clone());
        listed.sort_by_key(|(machine, _)| {
            (
                machine.sequence,
                machine.group.clone(),
                last(&machine.record.resourcefamilyname),
                last(&machine.record.resourcename),
                machine.record.resourceid.clone(),
            )
        });
        listed
    }

    fn shown((machine, rows): &(Machine, Vec<&SourceRow>)) -> Value {
        merged(
            json!({
                "workcenter": machine.group,
                "workcenter_seq": machine.sequence,
                "family": machine.record.resourcefamilyname,
                "resource": machine.record.resourcename,
                "resource_id": machine.record.resourceid,
            }),
            figures(rows, &SEVEN),
        )
    }

    pub(super) fn detail(&self, query: &HistoryDetailQuery) -> Value {
        let listed = self.listed(&query.hours);
        let limit = query.limit.unwrap_or(u32::MAX) as usize;
        let page: Vec<Value> =
            listed.iter().skip(query.offset as usize).take(limit).map(Self::shown).collect();
        json!({"total": listed.len(), "machines": page})
    }

    pub(super) fn family_machines(&self, query: &FamilyMachinesQuery) -> Value {
        self.listed(&query.hours)
            .iter()
            .filter(|(machine, _)| {
                machine.group == query.group && machine.record.resourcefamilyname == query.family
            })
            .map(Self::shown)
            .collect()
    }

    pub(super) fn tree(&self, query: &HistoryQuery) -> Value {
        type Families<'r> = BTreeMap<(bool, Option<String>), Vec<&'r SourceRow>>;
        let mut groups: BTreeMap<(i32, String), Families<'_>> = BTreeMap::new();
        for (machine, rows) in self.listed(query) {
            let family = machine.record.resourcefamilyname;
            let families = groups.entry((machine.sequence, machine.group)).or_default();
            families.entry((family.is_none(), family)).or_default().extend(rows);
        }
        groups
            .into_iter()
            .map(|((sequence, group), families)| {
                let all: Vec<&SourceRow> = families.values().flatten().copied().collect();
                let families: Vec<Value> = families
                    .into_iter()
                    .map(|((_, family), rows)| {
                        merged(json!({"family": family}), figures(&rows, &SEVEN))
                    })
                    .collect();
                merged(
                    json!({
                        "workcenter": group, "workcenter_seq": sequence, "families": families,
                    }),
                    figures(&all, &SEVEN),
                )
            })
            .collect()
    }
}
