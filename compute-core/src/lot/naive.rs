//! The WIP rules once more, as plain loops over plain rows.
//!
//! Slow and obvious on purpose: strings, maps and no index. It answers in the
//! JSON of the API, and the property tests hold the kernels against it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Value, json};

use super::{
    AgeRange, DetailQuery, HeldFilter, HeldLotsQuery, HeldSort, HoldLotsQuery, HoldQuery, HoldType,
    LotChange, LotChangesQuery, LotFilter, LotQuery, LotsQuery, QcGateQuery, SearchField,
    SearchQuery, WipStatus,
};
use crate::source_contract::{LOT_COLUMNS, Storage};
use crate::text_pattern::{naive_fits, naive_is_blank};

/// One row of the lot view.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub lotid: Option<String>,
    pub workorder: Option<String>,
    pub qty: Option<i64>,
    pub equipment_count: Option<i64>,
    pub hold_count: Option<i64>,
    pub reason: Option<String>,
    /// In 0.01 day.
    pub age: Option<i64>,
    pub equipments: Option<String>,
    pub package: Option<String>,
    pub kind: Option<String>,
    pub spec: Option<String>,
    pub spec_sequence: Option<i64>,
    pub group: Option<String>,
    pub group_sequence: Option<i64>,
    pub employee: Option<String>,
    pub department: Option<String>,
    pub move_in: Option<String>,
    pub sys_date: Option<String>,
}

/// Non-quality hold reasons among those that the properties use.
const NON_QUALITY: [&str; 2] = ["特殊需求管控", "指定機台生產"];

impl Row {
    fn pieces(&self) -> i64 {
        self.qty.unwrap_or(0).max(0)
    }

    fn days(&self) -> i64 {
        self.age.unwrap_or(0)
    }

    fn status(&self) -> &'static str {
        if self.equipment_count.unwrap_or(0) > 0 {
            "RUN"
        } else if self.hold_count.unwrap_or(0) > 0 {
            "HOLD"
        } else {
            "QUEUE"
        }
    }

    fn hold_type(&self) -> Option<&'static str> {
        let listed = self.reason.as_deref().is_some_and(|reason| NON_QUALITY.contains(&reason));
        match (self.status(), listed) {
            ("HOLD", true) => Some("non-quality"),
            ("HOLD", false) => Some("quality"),
            _ => None,
        }
    }

    fn is_dummy(&self) -> bool {
        self.lotid.as_ref().is_some_and(|lot| lot.to_uppercase().contains("DUMMY"))
    }

    fn in_matrix(&self) -> bool {
        self.group.is_some() && self.package.is_some() && self.group_sequence.is_some()
    }

    /// Whether the row passes the filter of that name (in JSON spelling).
    fn passes(&self, name: &str, filter: &LotFilter) -> bool {
        let contains = |cell: &Option<String>, text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            naive_is_blank(text) || cell.as_ref().is_some_and(|cell| naive_fits(text, cell))
        };
        let among = |cell: &Option<String>, list: &Vec<String>| {
            list.is_empty() || cell.as_ref().is_some_and(|cell| list.contains(cell))
        };
        match name {
            "workorder" => contains(&self.workorder, &filter.workorder),
            "lotid" => contains(&self.lotid, &filter.lotid),
            "packages" => among(&self.package, &filter.packages),
            "types" => among(&self.kind, &filter.types),
            "workcenters" => among(&self.group, &filter.workcenters),
            "includeDummy" => filter.include_dummy || !self.is_dummy(),
            "status" => match filter.status {
                None => true,
                Some(WipStatus::Run) => self.status() == "RUN",
                Some(WipStatus::Queue) => self.status() == "QUEUE",
                Some(WipStatus::Hold) => self.status() == "HOLD",
            },
            "holdType" => match (filter.status, filter.hold_type) {
                (Some(WipStatus::Hold), Some(HoldType::Quality)) => {
                    self.hold_type() == Some("quality")
                }
                (Some(WipStatus::Hold), Some(HoldType::NonQuality)) => {
                    self.hold_type() == Some("non-quality")
                }
                _ => true,
            },
            "reason" => match filter.reason.as_deref() {
                None | Some("") => true,
                wanted => self.status() == "HOLD" && self.reason.as_deref() == wanted,
            },
            other => panic!("there is no filter {other}"),
        }
    }
}

const FILTERS: [&str; 9] = [
    "workorder",
    "lotid",
    "packages",
    "types",
    "workcenters",
    "includeDummy",
    "status",
    "holdType",
    "reason",
];

/// Filters of held lots.
const HELD_FILTERS: [&str; 7] =
    ["holdType", "reasons", "departments", "ageRange", "workcenters", "packages", "includeDummy"];

/// The filters that summary and holds ignore.
const OF_STATE: [&str; 3] = ["status", "holdType", "reason"];

/// `round(value, 1)` as Python does it.
fn one_decimal(value: f64) -> f64 {
    format!("{value:.1}").parse().unwrap()
}

fn percentage(part: usize, whole: usize) -> f64 {
    one_decimal(part as f64 / whole as f64 * 100.0)
}

fn sum(rows: &[&Row]) -> i64 {
    rows.iter().map(|row| row.pieces()).sum()
}

fn hold_lot(row: &Row) -> Value {
    json!({
        "lotId": row.lotid,
        "workorder": row.workorder,
        "qty": row.pieces(),
        "package": row.package,
        "workcenter": row.group,
        "spec": row.spec,
        "age": one_decimal(row.days() as f64 / 100.0),
        "holdBy": row.employee,
        "dept": row.department,
        "holdComment": null,
    })
}

fn totals(rows: &[&Row], wanted: impl Fn(&Row) -> bool) -> Value {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| wanted(row)).collect();
    json!({ "lots": rows.len(), "qtyPcs": sum(&rows) })
}

fn page<T: Clone>(rows: &[T], page: i64, size: i64) -> Vec<T> {
    let skipped = usize::try_from(i128::from(page - 1) * i128::from(size)).unwrap_or(usize::MAX);
    rows.iter().skip(skipped).take(size as usize).cloned().collect()
}

fn pages(rows: usize, size: i64) -> usize {
    rows.div_ceil(size as usize).max(1)
}

/// An empty text is none.
fn without_empty(row: &Row) -> Row {
    let mut row = row.clone();
    for text in [
        &mut row.lotid,
        &mut row.workorder,
        &mut row.reason,
        &mut row.equipments,
        &mut row.package,
        &mut row.kind,
        &mut row.spec,
        &mut row.group,
        &mut row.employee,
        &mut row.department,
    ] {
        text.take_if(|text| text.is_empty());
    }
    row
}

/// All lots of a version.
pub(super) struct Model {
    rows: Vec<Row>,
    sys_date: Option<String>,
}

impl Model {
    /// Loads what the view returns.
    pub(super) fn new(view: &[Row]) -> Self {
        let mut rows: Vec<Row> =
            view.iter().map(without_empty).filter(|row| row.workorder.is_some()).collect();
        rows.sort_by_key(|row| (row.lotid.is_none(), row.lotid.clone()));
        let sys_date = rows.iter().filter_map(|row| row.sys_date.clone()).max();
        Self { rows, sys_date }
    }

    /// Rows that pass every filter but the named ones.
    fn without(&self, filter: &LotFilter, ignored: &[&str]) -> Vec<&Row> {
        let passes = |row: &&Row| {
            FILTERS.iter().all(|name| ignored.contains(name) || row.passes(name, filter))
        };
        self.rows.iter().filter(passes).collect()
    }

    /// Groups by their lowest sequence (missing last), then name.
    fn rank(&self, group: &str) -> (bool, Option<i64>, String) {
        let of_group = self.rows.iter().filter(|row| row.group.as_deref() == Some(group));
        let lowest = of_group.filter_map(|row| row.group_sequence).min();
        (lowest.is_none(), lowest, group.to_owned())
    }

    pub(super) fn summary(&self, filter: &LotFilter) -> Value {
        let rows = self.without(filter, &OF_STATE);
        json!({
            "totalLots": rows.len(),
            "totalQtyPcs": sum(&rows),
            "byWipStatus": {
                "run": totals(&rows, |row| row.status() == "RUN"),
                "queue": totals(&rows, |row| row.status() == "QUEUE"),
                "hold": totals(&rows, |row| row.status() == "HOLD"),
                "qualityHold": totals(&rows, |row| row.hold_type() == Some("quality")),
                "nonQualityHold": totals(&rows, |row| row.hold_type() == Some("non-quality")),
            },
            "dataUpdateDate": self.sys_date,
        })
    }

    pub(super) fn matrix(&self, filter: &LotFilter) -> Value {
        self.matrix_of(&self.without(filter, &[]))
    }

    fn matrix_of(&self, rows: &[&Row]) -> Value {
        let mut cells: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.in_matrix()) {
            let (group, package) = (row.group.clone().unwrap(), row.package.clone().unwrap());
            *cells.entry(group).or_default().entry(package).or_default() += row.pieces();
        }
        let mut by_group: BTreeMap<&str, i64> = BTreeMap::new();
        let mut by_package: BTreeMap<&str, i64> = BTreeMap::new();
        for (group, packages) in &cells {
            for (package, qty) in packages {
                *by_group.entry(group).or_default() += qty;
                *by_package.entry(package).or_default() += qty;
            }
        }
        let mut groups: Vec<&String> = cells.keys().collect();
        groups.sort_by_key(|group| self.rank(group));
        let mut packages: Vec<&str> = by_package.keys().copied().collect();
        packages.sort_by_key(|package| (Reverse(by_package[package]), *package));
        json!({
            "workcenters": groups,
            "packages": packages,
            "matrix": cells,
            "workcenter_totals": by_group,
            "package_totals": by_package,
            "grand_total": by_group.values().sum::<i64>(),
        })
    }

    /// Reason and hold type with the rows that are held for it.
    fn held(&self, filter: &LotFilter) -> BTreeMap<(String, &'static str), Vec<&Row>> {
        let mut held: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in self.without(filter, &OF_STATE) {
            if let (Some(kind), Some(reason)) = (row.hold_type(), row.reason.clone()) {
                held.entry((reason, kind)).or_default().push(row);
            }
        }
        held.retain(|_, rows| named(rows) > 0 || sum(rows) != 0);
        held
    }

    pub(super) fn holds(&self, filter: &LotFilter) -> Value {
        let held = self.held(filter);
        let mut items: Vec<_> = held.iter().collect();
        items.sort_by_key(|((reason, _), rows)| (Reverse(named(rows)), reason.clone()));
        let items: Vec<Value> = items
            .into_iter()
            .map(|((reason, kind), rows)| {
                json!({ "reason": reason, "holdType": kind, "lots": named(rows), "qty": sum(rows) })
            })
            .collect();
        json!({ "items": items })
    }

    pub(super) fn pareto(&self, filter: &LotFilter) -> Value {
        let held = self.held(filter);
        let bars = |wanted: &str| {
            let mut side: Vec<_> = held.iter().filter(|((_, kind), _)| *kind == wanted).collect();
            side.sort_by_key(|((reason, _), rows)| (Reverse(sum(rows)), reason.clone()));
            let all: i64 = side.iter().map(|(_, rows)| sum(rows)).sum();
            let mut bars = Vec::new();
            let mut running = 0;
            for ((reason, _), rows) in side {
                running += sum(rows);
                let share = if all == 0 { 0.0 } else { running as f64 / all as f64 * 100.0 };
                bars.push(json!({
                    "reason": reason,
                    "lots": named(rows),
                    "qty": sum(rows),
                    "cumulativePct": share.round_ties_even() as i64,
                }));
            }
            bars
        };
        json!({ "quality": bars("quality"), "nonQuality": bars("non-quality") })
    }

    pub(super) fn facets(&self, filter: &LotFilter) -> Value {
        let facet = |own: &str, cell: fn(&Row) -> &Option<String>| {
            let mut values: BTreeMap<&String, (usize, i64)> = BTreeMap::new();
            for row in self.without(filter, &[own]) {
                if let Some(name) = cell(row) {
                    let tally = values.entry(name).or_default();
                    *tally = (tally.0 + 1, tally.1 + row.pieces());
                }
            }
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|(name, (lots, _))| (Reverse(*lots), *name));
            let facet = |(name, (lots, qty))| json!({ "name": name, "lots": lots, "qty": qty });
            values.into_iter().map(facet).collect::<Vec<Value>>()
        };
        json!({
            "package": facet("packages", |row| &row.package),
            "type": facet("types", |row| &row.kind),
            "workcenter": facet("workcenters", |row| &row.group),
        })
    }

    pub(super) fn workcenters(&self, filter: &LotFilter) -> Value {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for row in self.without(filter, &[]) {
            if let (Some(group), Some(_)) = (row.group.clone(), row.group_sequence) {
                *counts.entry(group).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(group, _)| self.rank(group));
        named_counts(counts)
    }

    pub(super) fn packages(&self, filter: &LotFilter) -> Value {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for package in
            self.without(filter, &["packages"]).iter().filter_map(|row| row.package.clone())
        {
            *counts.entry(package).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(name, lots)| (Reverse(*lots), name.clone()));
        named_counts(counts)
    }

    pub(super) fn search(&self, query: &SearchQuery) -> Value {
        let text = query.q.trim().to_lowercase();
        let limit = query.limit.unwrap_or(20).clamp(0, 50) as usize;
        if query.q.trim().chars().count() < 2 {
            return json!({ "items": [] });
        }
        let (own, cell): (_, fn(&Row) -> &Option<String>) = match query.field {
            SearchField::Workorder => ("workorder", |row| &row.workorder),
            SearchField::Lotid => ("lotid", |row| &row.lotid),
            SearchField::Package => ("packages", |row| &row.package),
            SearchField::PjType => ("types", |row| &row.kind),
        };
        let found: BTreeSet<String> = self
            .without(&query.filter, &[own])
            .into_iter()
            .filter_map(|row| cell(row).clone())
            .filter(|value| value.to_lowercase().contains(&text))
            .collect();
        json!({ "items": found.into_iter().take(limit).collect::<Vec<_>>() })
    }

    pub(super) fn detail(&self, query: &DetailQuery) -> Value {
        let in_group = |row: &&Row| row.group.as_ref() == Some(&query.workcenter);
        let ignored = ["workcenters", "status", "holdType"];
        let counted: Vec<&Row> =
            self.without(&query.filter, &ignored).into_iter().filter(in_group).collect();
        let listed: Vec<&Row> =
            self.without(&query.filter, &["workcenters"]).into_iter().filter(in_group).collect();
        let count =
            |wanted: &dyn Fn(&Row) -> bool| counted.iter().filter(|row| wanted(row)).count();
        let specs: BTreeSet<(bool, Option<i64>, &String)> = listed
            .iter()
            .filter_map(|row| {
                Some((row.spec_sequence.is_none(), row.spec_sequence, row.spec.as_ref()?))
            })
            .collect();
        let number = query.page.unwrap_or(1).max(1);
        let size = query.page_size.unwrap_or(100).clamp(1, 500);
        let lots: Vec<Value> = page(&listed, number, size)
            .into_iter()
            .map(|row| {
                json!({
                    "lotId": row.lotid,
                    "equipment": row.equipments,
                    "wipStatus": row.status(),
                    "holdReason": row.reason,
                    "qty": row.pieces(),
                    "package": row.package,
                    "spec": row.spec,
                })
            })
            .collect();
        json!({
            "workcenter": query.workcenter,
            "summary": {
                "totalLots": counted.len(),
                "runLots": count(&|row| row.status() == "RUN"),
                "queueLots": count(&|row| row.status() == "QUEUE"),
                "holdLots": count(&|row| row.status() == "HOLD"),
                "qualityHoldLots": count(&|row| row.hold_type() == Some("quality")),
                "nonQualityHoldLots": count(&|row| row.hold_type() == Some("non-quality")),
            },
            "specs": specs.into_iter().map(|(.., name)| name).collect::<Vec<_>>(),
            "lots": lots,
            "pagination": {
                "page": number,
                "page_size": size,
                "total_count": listed.len(),
                "total_pages": pages(listed.len(), size),
            },
            "sys_date": self.sys_date,
        })
    }

    fn held_for(&self, reason: &str, include_dummy: bool) -> Vec<&Row> {
        self.rows
            .iter()
            .filter(|row| row.status() == "HOLD" && row.reason.as_deref() == Some(reason))
            .filter(|row| include_dummy || !row.is_dummy())
            .collect()
    }

    /// The rows of a reason that the query's filters leave.
    fn held_rows(&self, query: &HoldQuery) -> Vec<&Row> {
        let own = |name: &str| OF_STATE.contains(&name) || name == "includeDummy";
        let mut rows = self.held_for(&query.reason, query.include_dummy);
        rows.retain(|row| {
            FILTERS.iter().all(|name| own(name) || row.passes(name, &query.filter))
                && in_class(row, query.age_range)
        });
        rows
    }

    pub(super) fn hold_summary(&self, query: &HoldQuery) -> Value {
        totals_of_held(&self.held_rows(query))
    }

    /// Held rows that pass every filter but the named one.
    fn held_without(&self, filter: &HeldFilter, ignored: &str) -> Vec<&Row> {
        let among = |cell: &Option<String>, list: &Vec<String>| {
            list.is_empty() || cell.as_ref().is_some_and(|cell| list.contains(cell))
        };
        let passes = |row: &Row, name: &str| match name {
            "holdType" => {
                filter.hold_type.is_none_or(|kind| row.hold_type() == Some(kind_name(kind)))
            }
            "reasons" => among(&row.reason, &filter.reasons),
            "departments" => among(&row.department, &filter.departments),
            "ageRange" => {
                filter.age_range.is_none_or(|range| age_range(row.days()) == range_name(range))
            }
            "workcenters" => among(&row.group, &filter.workcenters),
            "packages" => among(&row.package, &filter.packages),
            _ => filter.include_dummy || !row.is_dummy(),
        };
        self.rows
            .iter()
            .filter(|row| row.status() == "HOLD")
            .filter(|row| HELD_FILTERS.iter().all(|name| *name == ignored || passes(row, name)))
            .collect()
    }

    pub(super) fn hold_overview(&self, filter: &HeldFilter) -> Value {
        let rows = self.held_without(filter, "");
        let facet = |own: &str, cell: fn(&Row) -> &Option<String>| {
            let mut values: BTreeMap<&String, Vec<&Row>> = BTreeMap::new();
            for row in self.held_without(filter, own) {
                if let Some(name) = cell(row) {
                    values.entry(name).or_default().push(row);
                }
            }
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|(name, inside)| (Reverse(inside.len()), *name));
            let facet = |(name, inside): (&String, Vec<&Row>)| json!({ "name": name, "lots": inside.len(), "qty": sum(&inside) });
            values.into_iter().map(facet).collect::<Vec<Value>>()
        };
        let classes = |own: &str, names: &[&str], class: fn(&Row) -> &'static str| {
            let rows = self.held_without(filter, own);
            let class = |name: &&str| {
                let inside: Vec<&Row> =
                    rows.iter().copied().filter(|row| class(row) == *name).collect();
                json!({ own: name, "lots": inside.len(), "qty": sum(&inside) })
            };
            names.iter().map(class).collect::<Vec<Value>>()
        };
        let mut groups: BTreeMap<_, BTreeMap<_, Vec<&Row>>> = BTreeMap::new();
        for row in &rows {
            let rank = row.group.as_ref().map(|group| self.rank(group));
            let group = groups.entry((rank.is_none(), rank, &row.group)).or_default();
            group.entry((row.reason.is_none(), &row.reason)).or_default().push(row);
        }
        let treemap: Vec<Value> = groups
            .into_iter()
            .map(|((.., group), reasons)| {
                let all: Vec<&Row> = reasons.values().flatten().copied().collect();
                let mut reasons: Vec<_> = reasons.into_iter().collect();
                reasons.sort_by_key(|(_, inside)| Reverse(inside.len()));
                let block = |((_, reason), inside): ((bool, &Option<String>), Vec<&Row>)| {
                    json!({
                        "reason": reason,
                        "lots": inside.len(),
                        "qty": sum(&inside),
                        "avgAge": mean_age(&inside),
                    })
                };
                json!({
                    "workcenter": group,
                    "lots": all.len(),
                    "qty": sum(&all),
                    "avgAge": mean_age(&all),
                    "reasons": reasons.into_iter().map(block).collect::<Vec<_>>(),
                })
            })
            .collect();
        let is_used = |name: &str| match name {
            "holdType" => filter.hold_type.is_some(),
            "reasons" => !filter.reasons.is_empty(),
            "departments" => !filter.departments.is_empty(),
            "ageRange" => filter.age_range.is_some(),
            "workcenters" => !filter.workcenters.is_empty(),
            "packages" => !filter.packages.is_empty(),
            _ => !filter.include_dummy,
        };
        let removals: Vec<Value> = HELD_FILTERS
            .into_iter()
            .filter(|name| is_used(name))
            .map(|name| {
                let removed = self.held_without(filter, name).len() - rows.len();
                json!({ "filter": name, "removed": removed })
            })
            .collect();
        json!({
            "summary": totals_of_held(&rows),
            "matrix": self.matrix_of(&rows),
            "treemap": treemap,
            "facets": {
                "holdType": classes("holdType", &["quality", "non-quality"], |row| {
                    row.hold_type().unwrap()
                }),
                "reason": facet("reasons", |row| &row.reason),
                "department": facet("departments", |row| &row.department),
                "ageRange": classes("ageRange", &["0-1", "1-3", "3-7", "7+"], |row| {
                    age_range(row.days())
                }),
                "workcenter": facet("workcenters", |row| &row.group),
                "package": facet("packages", |row| &row.package),
            },
            "explanation": {
                "rows": self.rows.iter().filter(|row| row.status() == "HOLD").count(),
                "remaining": rows.len(),
                "outsideMatrix": rows.iter().filter(|row| !row.in_matrix()).count(),
                "removals": removals,
            },
        })
    }

    pub(super) fn held_lots(&self, query: &HeldLotsQuery) -> Value {
        let mut rows = self.held_without(&query.filter, "");
        let text = |row: &Row| match query.sort {
            Some(HeldSort::LotId) => row.lotid.clone(),
            Some(HeldSort::Workorder) => row.workorder.clone(),
            Some(HeldSort::HoldType) => {
                Some(if row.hold_type() == Some("quality") { "1" } else { "2" }.to_owned())
            }
            Some(HeldSort::Reason) => row.reason.clone(),
            Some(HeldSort::Package) => row.package.clone(),
            Some(HeldSort::Workcenter) => row.group.clone(),
            Some(HeldSort::Spec) => row.spec.clone(),
            Some(HeldSort::HoldBy) => row.employee.clone(),
            Some(HeldSort::Dept) => row.department.clone(),
            _ => None,
        };
        let number = |row: &Row| match query.sort {
            None | Some(HeldSort::Age) => row.days(),
            Some(HeldSort::Qty) => row.pieces(),
            _ => 0,
        };
        rows.sort_by(|a, b| {
            let missing = text(a).is_none().cmp(&text(b).is_none());
            let values = (number(a), text(a)).cmp(&(number(b), text(b)));
            let descending = query.sort.is_none() || query.descending;
            missing.then(if descending { values.reverse() } else { values })
        });
        let number = query.page.unwrap_or(1).max(1);
        let size = query.per_page.unwrap_or(50).clamp(1, 200);
        let lots: Vec<Value> = page(&rows, number, size)
            .into_iter()
            .map(|row| {
                json!({
                    "lotId": row.lotid,
                    "workorder": row.workorder,
                    "holdType": row.hold_type(),
                    "reason": row.reason,
                    "age": one_decimal(row.days() as f64 / 100.0),
                    "qty": row.pieces(),
                    "package": row.package,
                    "workcenter": row.group,
                    "spec": row.spec,
                    "holdBy": row.employee,
                    "dept": row.department,
                    "holdComment": null,
                })
            })
            .collect();
        json!({
            "lots": lots,
            "pagination": {
                "page": number,
                "perPage": size,
                "total": rows.len(),
                "totalPages": pages(rows.len(), size),
            },
        })
    }

    pub(super) fn hold_distribution(&self, query: &HoldQuery) -> Value {
        let rows = self.held_rows(query);
        if rows.is_empty() {
            return json!({ "byWorkcenter": [], "byPackage": [], "byAge": [] });
        }
        let by = |cell: fn(&Row) -> &Option<String>| {
            let mut values: BTreeMap<&String, Vec<&Row>> = BTreeMap::new();
            for row in &rows {
                if let Some(name) = cell(row) {
                    values.entry(name).or_default().push(row);
                }
            }
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|(name, inside)| (Reverse(inside.len()), *name));
            let share = |(name, inside): (&String, Vec<&Row>)| {
                json!({
                    "name": name,
                    "lots": inside.len(),
                    "qty": sum(&inside),
                    "percentage": percentage(inside.len(), rows.len()),
                })
            };
            values.into_iter().map(share).collect::<Vec<Value>>()
        };
        let by_age: Vec<Value> = ["0-1", "1-3", "3-7", "7+"]
            .into_iter()
            .map(|range| {
                let inside: Vec<&Row> =
                    rows.iter().copied().filter(|row| age_range(row.days()) == range).collect();
                json!({
                    "range": range,
                    "label": format!("{range}天"),
                    "lots": inside.len(),
                    "qty": sum(&inside),
                    "percentage": percentage(inside.len(), rows.len()),
                })
            })
            .collect();
        json!({
            "byWorkcenter": by(|row| &row.group),
            "byPackage": by(|row| &row.package),
            "byAge": by_age,
        })
    }

    pub(super) fn hold_lots(&self, query: &HoldLotsQuery) -> Value {
        let range = query.age_range.map(range_name);
        let mut rows: Vec<&Row> = self
            .held_for(&query.reason, query.include_dummy)
            .into_iter()
            .filter(|row| query.workcenter.is_none() || row.group == query.workcenter)
            .filter(|row| query.package.is_none() || row.package == query.package)
            .filter(|row| {
                range.is_none_or(|range| age_range(row.days()) == range && row.days() >= 0)
            })
            .collect();
        rows.sort_by_key(|row| Reverse(row.days()));
        let number = query.page.unwrap_or(1).max(1);
        let size = query.per_page.unwrap_or(50).clamp(1, 200);
        let lots: Vec<Value> = page(&rows, number, size).into_iter().map(hold_lot).collect();
        json!({
            "lots": lots,
            "pagination": {
                "page": number,
                "perPage": size,
                "total": rows.len(),
                "totalPages": pages(rows.len(), size),
            },
            "filters": {
                "workcenter": query.workcenter,
                "package": query.package,
                "ageRange": range,
            },
        })
    }

    pub(super) fn oldest_hold(&self, filter: &LotFilter) -> Value {
        let mut held = self.without(filter, &[]);
        held.retain(|row| row.status() == "HOLD");
        held.sort_by_key(|row| Reverse(row.days()));
        let found = held.first();
        found.map_or(Value::Null, |row| {
            json!({ "reason": row.reason, "holdType": row.hold_type(), "lot": hold_lot(row) })
        })
    }

    /// Times are of one day, `2026-11-20 HH:MM:SS`, or a whole number of days before it.
    pub(super) fn qc_gate(&self, query: &QcGateQuery) -> Value {
        let seconds = |text: &str| {
            let number = |from: usize| text[from..from + 2].parse::<i64>().unwrap();
            ((number(8) * 24 + number(11)) * 60 + number(14)) * 60 + number(17)
        };
        let at_gate = |row: &&Row| {
            row.spec.as_ref().is_some_and(|spec| {
                let spec = spec.to_uppercase();
                spec.contains("QC") && spec.contains("GATE")
            })
        };
        let mut waiting: Vec<(i64, &Row)> = Vec::new();
        for row in
            self.rows.iter().filter(|row| query.include_dummy || !row.is_dummy()).filter(at_gate)
        {
            if let (Some(now), Some(since)) = (&self.sys_date, &row.move_in) {
                waiting.push(((seconds(now) - seconds(since)).max(0), row));
            }
        }
        waiting.sort_by_key(|(wait, _)| Reverse(*wait));
        let range = |wait: i64| match wait as f64 / 3600.0 {
            hours if hours < 6.0 => "<6h",
            hours if hours < 12.0 => "6-12h",
            hours if hours <= 24.0 => "12-24h",
            _ => ">24h",
        };
        let classes: Vec<Value> = ["<6h", "6-12h", "12-24h", ">24h"]
            .into_iter()
            .map(|class| {
                let inside: Vec<&Row> = waiting
                    .iter()
                    .filter(|(wait, _)| range(*wait) == class)
                    .map(|(_, row)| *row)
                    .collect();
                json!({ "range": class, "lots": inside.len(), "qty": sum(&inside) })
            })
            .collect();
        let lots: Vec<Value> = waiting
            .iter()
            .map(|(wait, row)| {
                json!({
                    "lotId": row.lotid,
                    "qty": row.pieces(),
                    "package": row.package,
                    "workcenter": row.group,
                    "spec": row.spec,
                    "wipStatus": row.status(),
                    "since": row.move_in,
                    "waitSecs": wait,
                    "range": range(*wait),
                })
            })
            .collect();
        json!({ "classes": classes, "lots": lots, "sysDate": self.sys_date })
    }

    /// The record of a lot, as far as the rows of the model go.
    pub(super) fn lot(&self, query: &LotQuery) -> Option<BTreeMap<&'static str, Value>> {
        let lot = query.lotid.trim();
        let row = self.rows.iter().find(|row| row.lotid.as_deref() == Some(lot))?;
        Some(self.record(row))
    }

    fn record(&self, row: &Row) -> BTreeMap<&'static str, Value> {
        BTreeMap::from([
            ("lotId", json!(row.lotid)),
            ("workorder", json!(row.workorder)),
            ("wipStatus", json!(row.status())),
            ("qty", json!(row.pieces())),
            ("holdReason", json!(row.reason)),
            ("holdEmp", json!(row.employee)),
            ("holdDept", json!(row.department)),
            ("workcenterGroup", json!(row.group)),
            ("spec", json!(row.spec)),
            ("specSequence", json!(row.spec_sequence)),
            ("equipment", json!(row.equipments)),
            ("ageByDays", json!(row.age.map(|age| age as f64 / 100.0))),
            ("packageLef", json!(row.package)),
            ("pjType", json!(row.kind)),
            ("dataUpdateDate", json!(self.sys_date)),
        ])
    }

    /// One page of lots with the fields of [`Self::lot`].
    pub(super) fn lots(&self, query: &LotsQuery) -> Value {
        let mut rows = self.without(&query.filter, &[]);
        rows.retain(|row| in_class(row, query.age_range));
        let mut specs: BTreeMap<(bool, Option<i64>, &String), Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            if let Some(spec) = &row.spec {
                let place = (row.spec_sequence.is_none(), row.spec_sequence, spec);
                specs.entry(place).or_default().push(row);
            }
        }
        let specs: Vec<Value> = specs
            .into_iter()
            .map(|((_, sequence, spec), at)| {
                json!({ "spec": spec, "sequence": sequence, "lots": at.len(), "qty": sum(&at) })
            })
            .collect();
        let mut records: Vec<_> = rows.iter().map(|row| self.record(row)).collect();
        if let Some(field) = &query.sort {
            // Of a field that is the same everywhere, or that there is none of, all values are equal.
            let value = |record: &BTreeMap<&'static str, Value>| {
                record.get(field.as_str()).cloned().unwrap_or(Value::Null)
            };
            records.sort_by(|a, b| {
                let (a, b) = (value(a), value(b));
                a.is_null().cmp(&b.is_null()).then_with(|| {
                    let order = match (a.as_f64(), b.as_f64()) {
                        (Some(a), Some(b)) => a.total_cmp(&b),
                        _ => a.as_str().cmp(&b.as_str()),
                    };
                    if query.descending { order.reverse() } else { order }
                })
            });
        }
        let number = query.page.unwrap_or(1).max(1);
        let size = query.page_size.unwrap_or(100).clamp(1, 500);
        json!({
            "totals": totals(&rows, |_| true),
            "specs": specs,
            "lots": page(&records, number, size),
            "pagination": {
                "page": number,
                "page_size": size,
                "total_count": records.len(),
                "total_pages": pages(records.len(), size),
            },
        })
    }

    /// LOTIDs of the lots that pass.
    pub(super) fn filtered(&self, filter: &LotFilter) -> Vec<Option<String>> {
        self.without(filter, &[]).into_iter().map(|row| row.lotid.clone()).collect()
    }

    /// In which ways the first row became the second.
    fn ways(before: Option<&Row>, now: Option<&Row>) -> Vec<LotChange> {
        let held = |row: &Row| row.status() == "HOLD";
        let class = |row: &Row| {
            row.age.map(|age| [100, 300, 700].iter().filter(|from| age >= **from).count())
        };
        let is = |way| match (way, before, now) {
            (LotChange::Came, None, Some(_)) | (LotChange::Left, Some(_), None) => true,
            (LotChange::Held, None, Some(now)) => held(now),
            (LotChange::Moved, Some(before), Some(now)) => {
                before.group != now.group || before.spec != now.spec
            }
            (LotChange::Held, Some(before), Some(now)) => {
                held(now) && (!held(before) || before.reason != now.reason)
            }
            (LotChange::Released, Some(before), Some(now)) => held(before) && !held(now),
            (LotChange::Aged, Some(before), Some(now)) => match (class(before), class(now)) {
                (Some(before), Some(now)) => now > before,
                _ => false,
            },
            _ => false,
        };
        LotChange::ALL.into_iter().filter(|way| is(*way)).collect()
    }

    pub(super) fn changes_since(&self, before: &Self, query: &LotChangesQuery) -> Value {
        let mut sides: BTreeMap<&str, [Vec<&Row>; 2]> = BTreeMap::new();
        let mut unnamed = 0;
        for (side, model) in [before, self].into_iter().enumerate() {
            for row in &model.rows {
                match &row.lotid {
                    Some(id) => sides.entry(id).or_default()[side].push(row),
                    None => unnamed += 1,
                }
            }
        }
        let place = |row: Option<&Row>| {
            row.map(|row| {
                let held = row.status() == "HOLD";
                json!({
                    "workcenter": row.group, "spec": row.spec, "status": row.status(),
                    "reason": row.reason.as_ref().filter(|_| held), "qty": row.pieces(),
                })
            })
        };
        let mut found = Vec::new();
        for (id, [before, now]) in &sides {
            for at in 0..before.len().max(now.len()) {
                let (before, now) = (before.get(at).copied(), now.get(at).copied());
                let asked = |row: &Row| FILTERS.iter().all(|name| row.passes(name, &query.filter));
                let ways = Self::ways(before, now);
                if ways.is_empty() || ![before, now].into_iter().flatten().any(asked) {
                    continue;
                }
                let row = now.or(before).unwrap();
                let shown = json!({
                    "lotId": id, "changes": ways, "package": row.package,
                    "before": place(before), "now": place(now),
                });
                found.push((row.pieces(), ways, shown));
            }
        }
        let totals = LotChange::ALL.map(|way| {
            let of_way = found.iter().filter(|(_, ways, _)| ways.contains(&way));
            let pieces: Vec<i64> = of_way.map(|(pieces, ..)| *pieces).collect();
            json!({ "change": way, "lots": pieces.len(), "qty": pieces.iter().sum::<i64>() })
        });
        found.retain(|(_, ways, _)| query.change.is_none_or(|way| ways.contains(&way)));
        found.sort_by_key(|(pieces, ..)| Reverse(*pieces));
        let lots = found.iter().skip(query.offset as usize).take(query.limit as usize);
        json!({
            "totals": totals, "unnamed": unnamed, "total": found.len(),
            "lots": lots.map(|(.., shown)| shown).collect::<Vec<_>>(),
        })
    }

    pub(super) fn explain(&self, filter: &LotFilter) -> Value {
        let left = self.without(filter, &[]);
        let held = filter.status == Some(WipStatus::Hold);
        let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !naive_is_blank(text));
        let removal = |name: &str| {
            let in_use = match name {
                "workorder" => given(&filter.workorder),
                "lotid" => given(&filter.lotid),
                "packages" => !filter.packages.is_empty(),
                "types" => !filter.types.is_empty(),
                "workcenters" => !filter.workcenters.is_empty(),
                "includeDummy" => !filter.include_dummy,
                "status" => filter.status.is_some(),
                "holdType" => held && filter.hold_type.is_some(),
                "reason" => filter.reason.as_ref().is_some_and(|reason| !reason.is_empty()),
                other => panic!("there is no filter {other}"),
            };
            let ignored = if name == "status" { vec!["status", "holdType"] } else { vec![name] };
            let removed = self.without(filter, &ignored).len() - left.len();
            in_use.then(|| json!({ "filter": name, "removed": removed }))
        };
        json!({
            "rows": self.rows.len(),
            "remaining": left.len(),
            "outsideMatrix": left.iter().filter(|row| !row.in_matrix()).count(),
            "removals": FILTERS.into_iter().filter_map(removal).collect::<Vec<_>>(),
        })
    }
}

fn range_name(range: AgeRange) -> &'static str {
    match range {
        AgeRange::UnderOne => "0-1",
        AgeRange::OneToThree => "1-3",
        AgeRange::ThreeToSeven => "3-7",
        AgeRange::SevenUp => "7+",
    }
}

fn kind_name(kind: HoldType) -> &'static str {
    match kind {
        HoldType::Quality => "quality",
        HoldType::NonQuality => "non-quality",
    }
}

fn totals_of_held(rows: &[&Row]) -> Value {
    let groups: BTreeSet<&String> = rows.iter().filter_map(|row| row.group.as_ref()).collect();
    let oldest = rows.iter().map(|row| row.days()).max().unwrap_or(0);
    json!({
        "totalLots": rows.len(),
        "totalQty": sum(rows),
        "avgAge": mean_age(rows),
        "maxAge": oldest as f64 / 100.0,
        "workcenterCount": groups.len(),
    })
}

/// Mean age in days, one decimal.
fn mean_age(rows: &[&Row]) -> f64 {
    let all: i64 = rows.iter().map(|row| row.days()).sum();
    if rows.is_empty() { 0.0 } else { one_decimal(all as f64 / (rows.len() * 100) as f64) }
}

fn named(rows: &[&Row]) -> usize {
    rows.iter().filter(|row| row.lotid.is_some()).count()
}

fn named_counts(counts: Vec<(String, usize)>) -> Value {
    let entry = |(name, lots)| json!({ "name": name, "lot_count": lots });
    counts.into_iter().map(entry).collect()
}

fn age_range(centidays: i64) -> &'static str {
    match centidays as f64 / 100.0 {
        days if days < 1.0 => "0-1",
        days if days < 3.0 => "1-3",
        days if days < 7.0 => "3-7",
        _ => "7+",
    }
}

/// Whether a row is in the age class that is asked for.
fn in_class(row: &Row, range: Option<AgeRange>) -> bool {
    range.is_none_or(|range| age_range(row.days()) == range_name(range))
}

/// The rows as the server reads them.
pub(super) fn source(rows: &[Row]) -> RecordBatch {
    let texts = |cell: fn(&Row) -> &Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| cell(row).as_deref()).collect::<StringArray>())
    };
    let integers = |cell: fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(cell).collect::<Int64Array>())
    };
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = LOT_COLUMNS
        .iter()
        .map(|column| {
            let array: ArrayRef = match column.name {
                "LOTID" => texts(|row| &row.lotid),
                "WORKORDER" => texts(|row| &row.workorder),
                "QTY" => integers(|row| row.qty),
                "EQUIPMENTCOUNT" => integers(|row| row.equipment_count),
                "CURRENTHOLDCOUNT" => integers(|row| row.hold_count),
                "HOLDREASONNAME" => texts(|row| &row.reason),
                "AGEBYDAYS" => Arc::new(
                    rows.iter()
                        .map(|row| row.age.map(|age| age as f64 / 100.0))
                        .collect::<Float64Array>(),
                ),
                "EQUIPMENTS" => texts(|row| &row.equipments),
                "PACKAGE_LEF" => texts(|row| &row.package),
                "PJ_TYPE" => texts(|row| &row.kind),
                "SPECNAME" => texts(|row| &row.spec),
                "SPECSEQUENCE" => integers(|row| row.spec_sequence),
                "WORKCENTER_GROUP" => texts(|row| &row.group),
                "WORKCENTERSEQUENCE_GROUP" => integers(|row| row.group_sequence),
                "HOLDEMP" => texts(|row| &row.employee),
                "DEPTNAME" => texts(|row| &row.department),
                "MOVEINTIMESTAMP" => texts(|row| &row.move_in),
                "SYS_DATE" => texts(|row| &row.sys_date),
                _ => match column.kind.storage() {
                    Storage::Text => Arc::new(StringArray::new_null(rows.len())),
                    Storage::Integer => Arc::new(Int64Array::new_null(rows.len())),
                    Storage::Decimal => Arc::new(Float64Array::new_null(rows.len())),
                },
            };
            let kind = match column.kind.storage() {
                Storage::Text => DataType::Utf8,
                Storage::Integer => DataType::Int64,
                Storage::Decimal => DataType::Float64,
            };
            (Field::new(column.name, kind, true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}
