//! Machines straight from the rules: slow, plain, and sharing nothing with the
//! kernels but the source rows. Answers are JSON, as clients get them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::cells::Cells;
use super::changes::MachineChangesQuery;
use super::filter::{EquipmentFilter, State};
use super::record::ListQuery;
use crate::text_pattern::naive_fits;

const SIX: [&str; 6] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];
/// E10 state → category.
const CATEGORIES: [(&str, &str); 6] = [
    ("PRD", "PRODUCTIVE"),
    ("SBY", "STANDBY"),
    ("UDT", "DOWN"),
    ("SDT", "DOWN"),
    ("EGT", "ENGINEERING"),
    ("NST", "NOT_SCHEDULED"),
];
const CATEGORY_ORDER: [&str; 7] =
    ["PRODUCTIVE", "STANDBY", "DOWN", "ENGINEERING", "NOT_SCHEDULED", "INACTIVE", "OTHER"];

/// One machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    id: String,
    name: Option<String>,
    group: Option<String>,
    family: Option<String>,
    flags: [bool; 3],
    state: Option<String>,
    category: Option<String>,
    has_job: bool,
    lots: u64,
    record: Value,
}

/// A whole plant.
pub(super) struct Plant {
    machines: Vec<Machine>,
    /// Groups in use by the mapping, with their lowest sequence.
    groups: BTreeMap<String, Option<i64>>,
}

fn owned(row: &Cells, column: &str) -> Option<String> {
    row.text(column).map(str::to_owned)
}

fn iso(time: Option<&str>) -> Option<String> {
    time.map(|time| time.replacen(' ', "T", 1))
}

/// Python's `round(part / whole * 100, 1)`.
fn pct(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    format!("{:.1}", part as f64 / whole as f64 * 100.0).parse().unwrap()
}

/// Group, sequence and short name of a workcenter.
type Mapped = (Option<String>, Option<i64>, Option<String>);

/// The one row of each workcenter that counts.
fn mapping(rows: &[Cells]) -> BTreeMap<String, Mapped> {
    let mut by_workcenter: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in rows {
        let Some(workcenter) = row.text("WORK_CENTER") else { continue };
        by_workcenter.entry(workcenter.to_owned()).or_default().push((
            owned(row, "WORK_CENTER_GROUP"),
            row.number("WORKCENTERSEQUENCE_GROUP"),
            owned(row, "WORK_CENTER_SHORT"),
        ));
    }
    let best = |rows: Vec<Mapped>| {
        let rank = |row: &Mapped| {
            let (group, sequence, short) = row.clone();
            (group.is_none(), sequence.is_none(), sequence, group, short.is_none(), short)
        };
        rows.into_iter().min_by_key(rank).unwrap()
    };
    by_workcenter.into_iter().map(|(name, rows)| (name, best(rows))).collect()
}

/// An empty text is none.
fn without_empty(rows: &[Cells]) -> Vec<Cells> {
    let filled = |row: &Cells| {
        let texts = row.texts.iter().filter(|(_, text)| !text.is_empty()).cloned().collect();
        Cells { texts, numbers: row.numbers.clone() }
    };
    rows.iter().map(filled).collect()
}

/// Of several rows of a machine the one that was changed last, then the first by content.
fn one_a_machine(rows: Vec<Cells>) -> Vec<Cells> {
    let mut by_id: BTreeMap<Option<String>, Vec<Cells>> = BTreeMap::new();
    for row in rows {
        by_id.entry(owned(&row, "RESOURCEID")).or_default().push(row);
    }
    let content = |row: &Cells| -> Vec<_> {
        let none_last = |text: Option<String>| (text.is_none(), text);
        let texts = [
            "RESOURCENAME",
            "OBJECTCATEGORY",
            "OBJECTTYPE",
            "WORKCENTERNAME",
            "LOCATIONNAME",
            "PJ_ASSETSSTATUS",
            "RESOURCEFAMILYNAME",
            "VENDORNAME",
            "VENDORMODEL",
            "PJ_DEPARTMENT",
        ];
        let flags = ["PJ_ISPRODUCTION", "PJ_ISKEY", "PJ_ISMONITOR"];
        let texts = texts.iter().map(|column| none_last(owned(row, column)));
        // One digit each, so that text compares as number.
        let flags = flags.iter().map(|flag| none_last(row.number(flag).map(|n| n.to_string())));
        texts.chain(flags).collect()
    };
    let best = |rows: Vec<Cells>| {
        let rank = |row: &Cells| (Reverse(owned(row, "LASTCHANGEDATE")), content(row));
        rows.into_iter().min_by_key(rank)
    };
    by_id.into_values().filter_map(best).collect()
}

fn is_kept(machine: &Cells) -> bool {
    let kind = (machine.text("OBJECTCATEGORY"), machine.text("OBJECTTYPE"));
    [(Some("ASSEMBLY"), Some("ASSEMBLY")), (Some("WAFERSORT"), Some("WAFERSORT"))].contains(&kind)
        && machine.text("RESOURCEID").is_some()
        && machine.text("WORKCENTERNAME").is_some()
        && machine.text("LOCATIONNAME") != Some("報廢")
        && machine.text("PJ_ASSETSSTATUS") != Some("Disapproved")
}

/// The entries of the lots on a machine: the first row of each id.
fn lot_details(rows: &[&Cells]) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut details = Vec::new();
    for row in rows {
        let id = row.text("RUNCARDLOTID").unwrap_or("");
        if !id.is_empty() && seen.insert(id) {
            details.push(json!({
                "RUNCARDLOTID": id,
                "LOTTRACKINQTY_PCS": row.number("LOTTRACKINQTY_PCS"),
                "LOTTRACKINTIME": iso(row.text("LOTTRACKINTIME")),
                "LOTTRACKINEMPLOYEE": row.text("LOTTRACKINEMPLOYEE"),
            }));
        }
    }
    details
}

impl Plant {
    pub(super) fn new(machines: &[Cells], statuses: &[Cells], mappings: &[Cells]) -> Self {
        let (machines, statuses, mappings) =
            (without_empty(machines), without_empty(statuses), without_empty(mappings));
        let machines = one_a_machine(machines);
        let mapping = mapping(&mappings);
        let mut groups: BTreeMap<String, Option<i64>> = BTreeMap::new();
        for (group, sequence, _) in mapping.values() {
            let Some(group) = group else { continue };
            let known = groups.entry(group.clone()).or_default();
            *known = [*known, *sequence].into_iter().flatten().min();
        }
        let mut kept: Vec<&Cells> = machines.iter().filter(|row| is_kept(row)).collect();
        kept.sort_by_key(|row| row.text("RESOURCEID"));
        let machines =
            kept.into_iter().map(|row| Self::machine(row, &statuses, &mapping)).collect();
        Self { machines, groups }
    }

    fn machine(row: &Cells, statuses: &[Cells], mapping: &BTreeMap<String, Mapped>) -> Machine {
        let id = owned(row, "RESOURCEID").unwrap();
        let live: Vec<&Cells> =
            statuses.iter().filter(|other| other.text("RESOURCEID") == Some(&id)).collect();
        let first = live.first();
        let of_first = |column: &str| first.and_then(|first| owned(first, column));
        let unmapped = (None, None, None);
        let (group, sequence, short) =
            mapping.get(row.text("WORKCENTERNAME").unwrap()).unwrap_or(&unmapped).clone();
        let state = of_first("EQUIPMENTASSETSSTATUS");
        let category = first.map(|_| category_of(state.as_deref()).to_owned());
        let details = lot_details(&live);
        let lots = details.len() as u64;
        let qty: i64 = live.iter().filter_map(|row| row.number("LOTTRACKINQTY_PCS")).sum();
        let times: Vec<Option<String>> =
            live.iter().map(|row| iso(row.text("LOTTRACKINTIME"))).collect();
        let latest = if times.contains(&None) { None } else { times.into_iter().flatten().max() };
        let mut record = Map::new();
        for column in [
            "RESOURCEID",
            "RESOURCENAME",
            "WORKCENTERNAME",
            "LOCATIONNAME",
            "RESOURCEFAMILYNAME",
            "VENDORNAME",
            "VENDORMODEL",
            "PJ_DEPARTMENT",
            "PJ_ASSETSSTATUS",
        ] {
            record.insert(column.to_owned(), json!(row.text(column)));
        }
        for column in ["PJ_ISPRODUCTION", "PJ_ISKEY", "PJ_ISMONITOR"] {
            record.insert(column.to_owned(), json!(row.number(column)));
        }
        for column in [
            "EQUIPMENTASSETSSTATUS",
            "EQUIPMENTASSETSSTATUSREASON",
            "JOBORDER",
            "JOBMODEL",
            "JOBSTAGE",
            "JOBID",
            "JOBSTATUS",
            "CREATEUSERNAME",
            "CREATEUSER",
            "TECHNICIANUSERNAME",
            "TECHNICIANUSER",
            "SYMPTOMCODE",
            "CAUSECODE",
            "REPAIRCODE",
        ] {
            record.insert(column.to_owned(), json!(of_first(column)));
        }
        let is_live = first.is_some();
        let of_live = |value: Value| if is_live { value } else { Value::Null };
        for (column, value) in [
            ("WORKCENTER_GROUP", json!(group)),
            ("WORKCENTER_GROUP_SEQ", json!(sequence)),
            ("WORKCENTER_SHORT", json!(short)),
            ("STATUS_CATEGORY", json!(category)),
            ("E10_STATE", json!(column_of(state.as_deref()))),
            ("CREATEDATE", json!(iso(of_first("CREATEDATE").as_deref()))),
            ("LOT_COUNT", of_live(json!(lots))),
            ("TOTAL_TRACKIN_QTY", of_live(json!(qty))),
            ("LATEST_TRACKIN_TIME", json!(latest)),
            ("LOT_DETAILS", of_live(json!(details))),
        ] {
            record.insert(column.to_owned(), value);
        }
        let job = of_first("JOBORDER");
        Machine {
            id,
            name: owned(row, "RESOURCENAME"),
            group,
            family: owned(row, "RESOURCEFAMILYNAME"),
            flags: ["PJ_ISPRODUCTION", "PJ_ISKEY", "PJ_ISMONITOR"]
                .map(|column| row.number(column).is_some_and(|flag| flag != 0)),
            state,
            category,
            has_job: job.is_some_and(|job| !job.trim().is_empty()),
            lots,
            record: Value::Object(record),
        }
    }

    fn selected(&self, filter: &EquipmentFilter) -> Vec<&Machine> {
        self.machines.iter().filter(|machine| machine.passes(filter)).collect()
    }

    /// Where a group stands: by sequence, none behind all, the nameless last, then by name.
    fn place(&self, group: &Option<String>) -> (i64, bool, String) {
        let behind = self.groups.values().flatten().max().map_or(999, |most| (most + 1).max(999));
        let sequence = group.as_ref().and_then(|name| self.groups[name]).unwrap_or(behind);
        (sequence, group.is_none(), named(group))
    }

    pub(super) fn changes_since(&self, before: &Self, query: &MachineChangesQuery) -> Value {
        let mut sides: BTreeMap<&str, [Option<&Machine>; 2]> = BTreeMap::new();
        for (side, plant) in [before, self].into_iter().enumerate() {
            for machine in &plant.machines {
                sides.entry(&machine.id).or_default()[side] = Some(machine);
            }
        }
        let down = |machine: &Machine| ["UDT", "SDT"].contains(&column(machine));
        let how = |machine: Option<&Machine>| {
            machine.map(|machine| {
                let record = &machine.record;
                json!({
                    "state": record["E10_STATE"], "status": record["EQUIPMENTASSETSSTATUS"],
                    "reason": record["EQUIPMENTASSETSSTATUSREASON"],
                })
            })
        };
        let ways = ["wentDown", "cameUp", "otherState", "came", "left"];
        let mut found: Vec<(usize, Value)> = Vec::new();
        for (id, [before, now]) in sides {
            let way = match (before, now) {
                (None, Some(_)) => "came",
                (Some(_), None) => "left",
                (Some(before), Some(now)) if column(before) == column(now) => continue,
                (Some(before), Some(now)) if down(now) && !down(before) => "wentDown",
                (Some(before), Some(now)) if down(before) && !down(now) => "cameUp",
                _ => "otherState",
            };
            if ![before, now].into_iter().flatten().any(|machine| machine.passes(&query.filter)) {
                continue;
            }
            let shown = now.or(before).unwrap();
            let place = ways.iter().position(|other| *other == way).unwrap();
            found.push((
                place,
                json!({
                    "resourceId": id, "name": shown.name, "group": shown.group, "change": way,
                    "before": how(before), "now": how(now),
                }),
            ));
        }
        let totals: Vec<Value> = ways
            .iter()
            .enumerate()
            .map(|(place, way)| {
                let machines = found.iter().filter(|(other, _)| *other == place).count();
                json!({ "change": way, "machines": machines })
            })
            .collect();
        let wanted = serde_json::to_value(query.change).unwrap();
        found.retain(|(place, _)| wanted.is_null() || wanted == ways[*place]);
        found.sort_by_key(|(place, _)| *place);
        let machines = found.iter().skip(query.offset as usize).take(query.limit as usize);
        json!({
            "totals": totals, "total": found.len(),
            "machines": machines.map(|(_, shown)| shown).collect::<Vec<_>>(),
        })
    }

    pub(super) fn status(&self, filter: &EquipmentFilter) -> Value {
        self.selected(filter).iter().map(|machine| machine.record.clone()).collect()
    }

    pub(super) fn list(&self, query: &ListQuery) -> Value {
        let mut machines = self.selected(&query.filter);
        if let Some(field) = &query.sort {
            machines.sort_by(|a, b| {
                let (a, b) = (self.rank(a, field), self.rank(b, field));
                let missing = a.is_none().cmp(&b.is_none());
                missing.then(if query.descending { b.cmp(&a) } else { a.cmp(&b) })
            });
        }
        let limit = query.limit.unwrap_or(100).min(500) as usize;
        let window = machines.iter().skip(query.offset as usize).take(limit);
        let rows: Vec<Value> = window.map(|machine| machine.record.clone()).collect();
        json!({ "total": machines.len(), "rows": rows })
    }

    /// What a machine is ordered by, as a number and a text.
    fn rank(&self, machine: &Machine, field: &str) -> Option<(i64, bool, String)> {
        match machine.record.get(field)? {
            Value::String(_) if field == "WORKCENTER_GROUP" => Some(self.place(&machine.group)),
            Value::String(state) if field == "E10_STATE" => {
                let place = SIX.iter().position(|six| six == state).unwrap_or(SIX.len());
                Some((place as i64, false, String::new()))
            }
            Value::String(text) => Some((0, false, text.clone())),
            Value::Number(number) => Some((number.as_i64()?, false, String::new())),
            _ => None,
        }
    }

    pub(super) fn machine_of(&self, id: &str) -> Value {
        let found = self.machines.iter().find(|machine| machine.id == id);
        found.map_or(Value::Null, |machine| machine.record.clone())
    }

    pub(super) fn summary(&self, filter: &EquipmentFilter) -> Value {
        let machines = self.selected(filter);
        let counts = Counts::of(&machines, column);
        let mut by_category: BTreeMap<String, u64> = BTreeMap::new();
        let mut by_group: BTreeMap<String, u64> = BTreeMap::new();
        for machine in &machines {
            *by_category.entry(named(&machine.category)).or_default() += 1;
            *by_group.entry(named(&machine.group)).or_default() += 1;
        }
        json!({
            "total_count": machines.len(),
            "by_status": if machines.is_empty() { json!({}) } else { json!(counts.0) },
            "by_status_category": by_category,
            "by_workcenter_group": by_group,
            "with_active_job": machines.iter().filter(|machine| machine.has_job).count(),
            "with_wip": machines.iter().filter(|machine| machine.lots > 0).count(),
            "ou_pct": counts.ou(),
            "availability_pct": counts.availability(),
        })
    }

    /// Machines by group, in the order of the groups.
    fn by_group<'a>(&self, machines: Vec<&'a Machine>) -> Vec<(Option<String>, Vec<&'a Machine>)> {
        let mut groups: BTreeMap<(i64, bool, String), Vec<&Machine>> = BTreeMap::new();
        for machine in machines {
            groups.entry(self.place(&machine.group)).or_default().push(machine);
        }
        groups.into_values().map(|members| (members[0].group.clone(), members)).collect()
    }

    pub(super) fn matrix(&self, filter: &EquipmentFilter) -> Value {
        let groups = self.by_group(self.selected(filter)).into_iter();
        let row = |(group, members): (Option<String>, Vec<&Machine>)| {
            let mut row = json!(Counts::of(&members, column).0);
            row["workcenter_group"] = json!(named(&group));
            row["workcenter_sequence"] = json!(self.place(&group).0);
            row["total"] = json!(members.len());
            row
        };
        groups.map(row).collect()
    }

    pub(super) fn sub_states(&self, filter: &EquipmentFilter) -> Value {
        let parts = |members: &[&Machine]| -> Vec<Value> {
            let mut counts: BTreeMap<(usize, bool, Option<String>), u64> = BTreeMap::new();
            for machine in members {
                let place = SIX.iter().position(|code| *code == column(machine)).unwrap_or(6);
                let code = machine.state.clone();
                *counts.entry((place, code.is_none(), code)).or_default() += 1;
            }
            let mut parts: Vec<_> = counts.into_iter().collect();
            parts.sort_by_key(|((place, none, code), machines)| {
                (*place, *none, Reverse(*machines), code.clone())
            });
            let named = |place: usize| SIX.get(place).copied().unwrap_or("OTHER");
            let part = |((place, _, code), machines)| json!({ "state": named(place), "code": code, "machines": machines });
            parts.into_iter().map(part).collect()
        };
        let machines = self.selected(filter);
        let all = parts(&machines);
        let groups = self.by_group(machines).into_iter();
        let group = |(group, members): (Option<String>, Vec<&Machine>)| json!({ "workcenter_group": named(&group), "states": parts(&members) });
        json!({ "all": all, "groups": groups.map(group).collect::<Vec<_>>() })
    }

    pub(super) fn kpi(&self, filter: &EquipmentFilter) -> Value {
        let counts = Counts::of(&self.selected(filter), column);
        let mut kpi = counts.dashboard();
        kpi["run"] = kpi["prd"].clone();
        kpi["other"] = json!(counts.0["OTHER"]);
        kpi
    }

    pub(super) fn workcenter_cards(&self, filter: &EquipmentFilter) -> Value {
        let mut cards: Vec<(i64, Reverse<usize>, Value)> = Vec::new();
        for (group, members) in self.by_group(self.selected(filter)) {
            let mut card = Counts::of(&members, column).dashboard();
            let order = self.place(&group).0;
            card["workcenter"] = json!(named(&group));
            card["order"] = json!(order);
            card["original_wcs"] = json!([]);
            cards.push((order, Reverse(members.len()), card));
        }
        cards.sort_by_key(|(order, size, _)| (*order, *size));
        cards.into_iter().map(|(.., card)| card).collect()
    }

    pub(super) fn options(&self) -> Value {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(name, sequence)| (sequence.is_none(), **sequence, (*name).clone()));
        let groups: Vec<&String> = groups.into_iter().map(|(name, _)| name).collect();
        json!({ "workcenter_groups": groups, "status_categories": CATEGORY_ORDER })
    }

    pub(super) fn facets(&self, filter: &EquipmentFilter) -> Value {
        let entry = |name: &String, count: &usize| json!({ "name": name, "count": count });
        let count = |filter: EquipmentFilter, name: fn(&Machine) -> &Option<String>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for machine in self.selected(&filter) {
                if let Some(name) = name(machine) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
            counts
        };
        let groups =
            count(EquipmentFilter { workcenter_groups: Vec::new(), ..filter.clone() }, |machine| {
                &machine.group
            });
        let families =
            count(EquipmentFilter { families: Vec::new(), ..filter.clone() }, |machine| {
                &machine.family
            });
        let categories =
            count(EquipmentFilter { status_categories: Vec::new(), ..filter.clone() }, |machine| {
                &machine.category
            });
        let mut by_place: Vec<_> = groups.iter().collect();
        by_place.sort_by_key(|(name, _)| self.place(&Some((*name).clone())));
        let mut by_size: Vec<_> = families.iter().collect();
        by_size.sort_by_key(|(name, count)| (Reverse(**count), (*name).clone()));
        let in_order = CATEGORY_ORDER.iter().filter_map(|name| categories.get_key_value(*name));
        let list = |entries: Vec<(&String, &usize)>| -> Vec<Value> {
            entries.into_iter().map(|(name, count)| entry(name, count)).collect()
        };
        json!({
            "workcenterGroups": list(by_place),
            "families": list(by_size),
            "statusCategories": list(in_order.collect()),
        })
    }

    pub(super) fn tree(&self, filter: &EquipmentFilter) -> Value {
        let mut groups = Vec::new();
        for (group, members) in self.by_group(self.selected(filter)) {
            let mut families: BTreeMap<(String, bool), Vec<&Machine>> = BTreeMap::new();
            for machine in &members {
                let family = &machine.family;
                families.entry((named(family), family.is_none())).or_default().push(machine);
            }
            let mut families: Vec<_> = families.into_iter().collect();
            families.sort_by_key(|(name, members)| (Reverse(members.len()), name.clone()));
            let families: Vec<Value> =
                families.iter().map(|((name, _), members)| node(name, members)).collect();
            let mut shown = node(&named(&group), &members);
            shown["sequence"] = json!(self.place(&group).0);
            shown["families"] = json!(families);
            groups.push(shown);
        }
        json!(groups)
    }

    pub(super) fn tree_machines(
        &self,
        filter: &EquipmentFilter,
        group: &str,
        family: &str,
    ) -> Value {
        let mut machines = self.selected(filter);
        machines
            .retain(|machine| named(&machine.group) == group && named(&machine.family) == family);
        machines.sort_by_key(|machine| machine.name.clone());
        let row = |machine: &&Machine| {
            json!({
                "resourceId": machine.id,
                "name": machine.name,
                "column": column(machine),
                "status": machine.state,
                "reason": machine.record["EQUIPMENTASSETSSTATUSREASON"],
                "lotCount": machine.lots,
                "hasJob": machine.has_job,
            })
        };
        machines.iter().map(row).collect()
    }
}

fn named(name: &Option<String>) -> String {
    name.clone().unwrap_or("UNKNOWN".to_owned())
}

/// The E10 state.
fn column(machine: &Machine) -> &'static str {
    column_of(machine.state.as_deref())
}

fn column_of(state: Option<&str>) -> &'static str {
    match state {
        Some("設備-RUN") => "PRD",
        Some("PM" | "BKD") => "UDT",
        Some("ENG") => "EGT",
        Some("OFF") => "NST",
        _ => SIX.into_iter().find(|code| Some(*code) == state).unwrap_or("OTHER"),
    }
}

fn category_of(state: Option<&str>) -> &'static str {
    match state {
        Some("SCRAP" | "設備-LOST") => "INACTIVE",
        _ => {
            let found = CATEGORIES.iter().find(|(code, _)| *code == column_of(state));
            found.map_or("OTHER", |(_, category)| category)
        }
    }
}

/// A row of the tree.
fn node(name: &str, members: &[&Machine]) -> Value {
    let counts = Counts::of(members, column);
    let mut columns = json!(counts.0);
    columns["total"] = json!(members.len());
    let divisor: i64 = SIX[..5].iter().map(|code| counts.0[code]).sum();
    json!({
        "name": name,
        "counts": columns,
        "ouPct": (divisor > 0).then(|| counts.ou()),
        "availabilityPct": counts.availability(),
    })
}

/// Machines by state.
struct Counts(BTreeMap<&'static str, i64>);

impl Counts {
    fn of(machines: &[&Machine], state: fn(&Machine) -> &'static str) -> Self {
        let mut counts: BTreeMap<&str, i64> =
            SIX.into_iter().chain(["OTHER"]).map(|code| (code, 0)).collect();
        for machine in machines {
            *counts.get_mut(state(machine)).unwrap() += 1;
        }
        Self(counts)
    }

    fn sum(&self, codes: &[&str]) -> i64 {
        codes.iter().map(|code| self.0[code]).sum()
    }

    fn total(&self) -> i64 {
        self.0.values().sum()
    }

    fn ou(&self) -> f64 {
        pct(self.0["PRD"], self.sum(&SIX[..5]))
    }

    fn availability(&self) -> f64 {
        pct(self.sum(&["PRD", "SBY", "EGT"]), self.total())
    }

    /// What the dashboard shows of them.
    fn dashboard(&self) -> Value {
        json!({
            "total": self.total(),
            "prd": self.0["PRD"], "sby": self.0["SBY"], "udt": self.0["UDT"],
            "sdt": self.0["SDT"], "egt": self.0["EGT"], "nst": self.0["NST"],
            "down": self.sum(&["UDT", "SDT"]),
            "idle": self.sum(&["SBY", "NST"]),
            "eng": self.0["EGT"],
            "ou_pct": self.ou(),
            "run_pct": pct(self.0["PRD"], self.total()),
        })
    }
}

impl Machine {
    fn passes(&self, filter: &EquipmentFilter) -> bool {
        let listed = |list: &[String], name: &Option<String>| {
            list.is_empty() || name.as_ref().is_some_and(|name| list.contains(name))
        };
        let flags = [filter.is_production, filter.is_key, filter.is_monitor];
        let wanted = filter.text.as_deref().unwrap_or("");
        let texts = [self.name.clone().unwrap_or_default(), self.id.clone()];
        listed(&filter.workcenter_groups, &self.group)
            && listed(&filter.families, &self.family)
            && listed(&filter.status_categories, &self.category)
            && flags.iter().zip(self.flags).all(|(want, flag)| want.is_none_or(|want| want == flag))
            && filter.has_job.is_none_or(|want| want == self.has_job)
            && texts.iter().any(|text| naive_fits(wanted, text))
            && filter.cell.as_ref().is_none_or(|cell| {
                let same = |wanted: &Option<String>, found: String| {
                    wanted.as_ref().is_none_or(|wanted| *wanted == found)
                };
                same(&cell.group, named(&self.group))
                    && same(&cell.family, named(&self.family))
                    && same(&cell.resource_id, self.id.clone())
                    && cell.column.is_none_or(|state| state_name(state) == column(self))
            })
    }
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Prd => "PRD",
        State::Sby => "SBY",
        State::Udt => "UDT",
        State::Sdt => "SDT",
        State::Egt => "EGT",
        State::Nst => "NST",
        State::Other => "OTHER",
    }
}
