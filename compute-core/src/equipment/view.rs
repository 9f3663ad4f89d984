//! Master and real-time rows merged, once per version.
//!
//! Both tables ascend by RESOURCEID, so that the merge is one walk. Per machine
//! only codes and numbers are kept; text stays in the tables' dictionaries and
//! is looked up when a record is asked for.

use std::sync::Arc;

use arrow_array::Array;

use super::filter::{EquipmentFilter, State};
use super::realtime::EquipmentStatusTable;
use super::resource::ResourceTable;
use crate::order;
#[cfg(test)]
use crate::table::Frame;
use crate::table::NULL_CODE;
use crate::text_pattern::TextPattern;
use crate::workcenter::{Mapping, WorkcenterTable};

/// The least sequence that machines without group, and groups without sequence, are shown with.
const LEAST_UNKNOWN_SEQUENCE: i32 = 999;
/// The name under which counts show what has no name.
pub(super) const UNKNOWN: &str = "UNKNOWN";

/// Row of a machine that the master lacks.
pub(crate) const UNKNOWN_MACHINE: u32 = u32::MAX;

/// What the dense passes need of one machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    /// Real-time rows `from..to`; empty when there is none.
    pub from: u32,
    pub to: u32,
    /// Code of the group in the workcenter table, or that of "none", the one after the last.
    pub group: u32,
    /// Code of the family in the master, or that of "none", the one after the last.
    pub family: u32,
    /// Code of the status category in the real-time table.
    pub category: u32,
    pub state: State,
    pub is_production: bool,
    pub is_key: bool,
    pub is_monitor: bool,
    pub has_job: bool,
    pub lot_count: u32,
    pub track_in_qty: i64,
    /// Code of the latest track-in time in the real-time table.
    pub latest: u32,
}

impl Machine {
    pub(super) fn has_realtime(&self) -> bool {
        self.from < self.to
    }
}

/// Every machine of the master with what it is doing.
#[derive(Clone, Debug)]
pub struct EquipmentView {
    pub(super) resources: Arc<ResourceTable>,
    pub(super) realtime: Arc<EquipmentStatusTable>,
    pub(super) workcenters: Arc<WorkcenterTable>,
    pub(super) machines: Vec<Machine>,
    /// Mapping of each workcenter name of the master, by code.
    pub(super) sequences: Vec<Option<i32>>,
    pub(super) shorts: Vec<Option<String>>,
    /// The sequence shown for a missing one: behind all others.
    unknown_sequence: i32,
}

impl EquipmentView {
    /// Merges one version of each table.
    pub fn merge(
        resources: Arc<ResourceTable>,
        realtime: Arc<EquipmentStatusTable>,
        workcenters: Arc<WorkcenterTable>,
    ) -> Self {
        let master = resources.frame();
        let names = master.text("WORKCENTERNAME");
        let mappings: Vec<Option<Mapping<'_>>> =
            names.names().map(|name| workcenters.find(name)).collect();
        let no_group = workcenters.group_names().count() as u32;
        let groups: Vec<u32> = mappings
            .iter()
            .map(|mapping| mapping.and_then(|mapping| mapping.group).unwrap_or(no_group))
            .collect();
        let sequences =
            mappings.iter().map(|mapping| mapping.and_then(|mapping| mapping.sequence)).collect();
        let shorts = mappings
            .iter()
            .map(|mapping| mapping.and_then(|mapping| mapping.short).map(str::to_owned))
            .collect();

        let families = master.text("RESOURCEFAMILYNAME");
        let no_family = families.cardinality() as u32;
        let ids = master.key();
        let (production, key, monitor) =
            (master.int("PJ_ISPRODUCTION"), master.int("PJ_ISKEY"), master.int("PJ_ISMONITOR"));
        let flag = |column: &arrow_array::Int32Array, row: usize| {
            column.is_valid(row) && column.value(row) != 0
        };
        let mut rows = RealtimeRows::new(&realtime);
        let mut machines = Vec::with_capacity(master.len());
        for row in 0..master.len() {
            let workcenter = names.codes()[row] as usize;
            let family = families.codes()[row];
            machines.push(Machine {
                group: groups.get(workcenter).copied().unwrap_or(no_group),
                family: if family == NULL_CODE { no_family } else { family },
                is_production: flag(production, row),
                is_key: flag(key, row),
                is_monitor: flag(monitor, row),
                ..rows.aggregate(ids.value(row))
            });
        }
        drop(rows);
        let largest = workcenters.group_sequences().into_iter().flatten().max();
        let unknown_sequence = largest
            .map_or(LEAST_UNKNOWN_SEQUENCE, |largest| largest.saturating_add(1))
            .max(LEAST_UNKNOWN_SEQUENCE);
        Self { resources, realtime, workcenters, machines, sequences, shorts, unknown_sequence }
    }

    /// The mapping that was merged.
    #[cfg(test)]
    pub(crate) fn workcenters(&self) -> &WorkcenterTable {
        &self.workcenters
    }

    /// Master, real-time rows and mapping that were merged.
    #[cfg(test)]
    pub(crate) fn frames(&self) -> [&Frame; 3] {
        [self.resources.frame(), self.realtime.frame(), self.workcenters.frame()]
    }

    /// Number of machines.
    pub fn len(&self) -> usize {
        self.machines.len()
    }

    /// Whether there is no machine.
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    /// Bytes held, with the three tables.
    pub fn memory_bytes(&self) -> usize {
        self.resources.frame().memory_bytes()
            + self.realtime.frame().memory_bytes()
            + self.workcenters.frame().memory_bytes()
            + self.machines.len() * size_of::<Machine>()
    }

    /// Name of a group code, `None` for machines without one.
    pub(super) fn group_name(&self, code: u32) -> Option<&str> {
        let groups = self.workcenters.frame().text("WORK_CENTER_GROUP");
        ((code as usize) < groups.cardinality()).then(|| groups.name(code))
    }

    /// Whether there is a group of this name.
    pub fn knows_group(&self, name: &str) -> bool {
        self.workcenters.frame().text("WORK_CENTER_GROUP").find(name).is_some()
    }

    /// Whether there is a family of this name.
    pub fn knows_family(&self, name: &str) -> bool {
        self.resources.frame().text("RESOURCEFAMILYNAME").find(name).is_some()
    }

    /// Name of a family code, `None` for machines without one.
    pub(super) fn family_name(&self, code: u32) -> Option<&str> {
        let families = self.resources.frame().text("RESOURCEFAMILYNAME");
        ((code as usize) < families.cardinality()).then(|| families.name(code))
    }

    /// Group codes by sequence, then name; groups without sequence come behind them, and machines
    /// without group last.
    pub(super) fn group_order(&self) -> Vec<(u32, i32)> {
        let mut order: Vec<(u32, i32)> = self
            .workcenters
            .group_sequences()
            .into_iter()
            .enumerate()
            .map(|(code, sequence)| (code as u32, sequence.unwrap_or(self.unknown_sequence)))
            .collect();
        let no_group = order.len() as u32;
        order.push((no_group, self.unknown_sequence));
        order::sort_by_key(&mut order, |(code, sequence)| {
            (*sequence, *code == no_group, self.group_name(*code).unwrap_or(UNKNOWN))
        });
        order
    }

    /// RESOURCEID of a machine; ids ascend.
    pub(crate) fn id(&self, row: usize) -> &str {
        self.resources.frame().key().value(row)
    }

    /// Row of each machine of a list of ids that ascends, [`UNKNOWN_MACHINE`] where the master lacks
    /// it.
    pub(crate) fn rows_of<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<u32> {
        let mut next = 0;
        ids.map(|id| {
            while next < self.len() && self.id(next) < id {
                next += 1;
            }
            let is_known = next < self.len() && self.id(next) == id;
            if is_known { next as u32 } else { UNKNOWN_MACHINE }
        })
        .collect()
    }

    /// RESOURCENAME of a machine.
    pub(crate) fn name(&self, row: usize) -> Option<&str> {
        let names = self.resources.frame().name("RESOURCENAME");
        names.is_valid(row).then(|| names.value(row))
    }

    /// Family of a machine.
    pub(crate) fn family(&self, row: usize) -> Option<&str> {
        self.family_name(self.machines[row].family)
    }

    /// Workcenter of a machine.
    pub(crate) fn workcenter(&self, row: usize) -> &str {
        self.resources.frame().text("WORKCENTERNAME").get(row).unwrap_or(UNKNOWN)
    }

    /// What each machine's hours are counted under: its group with the lowest sequence of that, or
    /// the workcenter itself, behind all groups, when that has no group.
    pub(crate) fn counted_under(&self) -> Vec<(&str, i32)> {
        let sequences = self.workcenters.group_sequences();
        let under = |row: usize| {
            let group = self.machines[row].group;
            let sequence = sequences.get(group as usize).copied().flatten();
            let name = self.group_name(group).unwrap_or_else(|| self.workcenter(row));
            (name, sequence.unwrap_or(self.unknown_sequence))
        };
        (0..self.len()).map(under).collect()
    }

    /// Machines that pass a filter, in RESOURCEID order.
    pub(crate) fn select(&self, filter: &EquipmentFilter) -> Vec<u32> {
        let wanted = Wanted::new(self, filter);
        (0..self.machines.len() as u32).filter(|row| wanted.keeps(self, *row)).collect()
    }
}

/// Walks the real-time rows along with the master.
struct RealtimeRows<'a> {
    table: &'a EquipmentStatusTable,
    /// E10 state and job flag of each dictionary code, decided once.
    states: Vec<State>,
    jobs: Vec<bool>,
    next: usize,
    lots: Vec<&'a str>,
}

impl<'a> RealtimeRows<'a> {
    fn new(table: &'a EquipmentStatusTable) -> Self {
        let frame = table.frame();
        let states = frame.text("E10_STATE").names().map(|code| State::exact(Some(code)));
        let states = states.collect();
        let jobs = frame.text("JOBORDER").names().map(|order| !order.trim().is_empty()).collect();
        Self { table, states, jobs, next: 0, lots: Vec::new() }
    }

    /// Real-time part of the machine `id`; ids must ascend from call to call.
    fn aggregate(&mut self, id: &str) -> Machine {
        let frame = self.table.frame();
        let ids = frame.key();
        while self.next < frame.len() && ids.value(self.next) < id {
            self.next += 1;
        }
        let from = self.next;
        let mut to = from;
        while to < frame.len() && ids.value(to) == id {
            to += 1;
        }
        let mut machine = Machine {
            from: from as u32,
            to: to as u32,
            group: 0,
            family: 0,
            category: NULL_CODE,
            state: State::Other,
            is_production: false,
            is_key: false,
            is_monitor: false,
            has_job: false,
            lot_count: 0,
            track_in_qty: 0,
            latest: NULL_CODE,
        };
        if from == to {
            return machine;
        }
        let code = |column: &'static str| frame.text(column).codes()[from] as usize;
        machine.state = self.states.get(code("E10_STATE")).copied().unwrap_or(State::Other);
        machine.has_job = self.jobs.get(code("JOBORDER")).copied().unwrap_or(false);
        machine.category = code("STATUS_CATEGORY") as u32;
        let lots = frame.name("RUNCARDLOTID");
        let qty = frame.int("LOTTRACKINQTY_PCS");
        let times = &frame.text("LOTTRACKINTIME").codes()[from..to];
        self.lots.clear();
        for row in from..to {
            if lots.is_valid(row) && !lots.value(row).is_empty() {
                self.lots.push(lots.value(row));
            }
            machine.track_in_qty += if qty.is_valid(row) { i64::from(qty.value(row)) } else { 0 };
        }
        self.lots.sort_unstable();
        self.lots.dedup();
        machine.lot_count = self.lots.len() as u32;
        // Codes ascend with time; one missing time hides the latest.
        machine.latest = if times.contains(&NULL_CODE) {
            NULL_CODE
        } else {
            times.iter().copied().max().unwrap_or(NULL_CODE)
        };
        machine
    }
}

/// A filter as codes.
struct Wanted<'a> {
    filter: &'a EquipmentFilter,
    groups: Option<Vec<bool>>,
    families: Option<Vec<bool>>,
    categories: Option<Vec<bool>>,
    text: Option<TextPattern>,
}

impl<'a> Wanted<'a> {
    fn new(view: &EquipmentView, filter: &'a EquipmentFilter) -> Self {
        fn marks<'n>(names: impl Iterator<Item = &'n str>, wanted: &[String]) -> Option<Vec<bool>> {
            (!wanted.is_empty())
                .then(|| names.map(|name| wanted.iter().any(|other| other == name)).collect())
        }
        Self {
            filter,
            groups: marks(view.workcenters.group_names(), &filter.workcenter_groups),
            families: marks(
                view.resources.frame().text("RESOURCEFAMILYNAME").names(),
                &filter.families,
            ),
            categories: marks(
                view.realtime.frame().text("STATUS_CATEGORY").names(),
                &filter.status_categories,
            ),
            text: filter.text.as_deref().and_then(TextPattern::new),
        }
    }

    fn keeps(&self, view: &EquipmentView, row: u32) -> bool {
        let machine = &view.machines[row as usize];
        let marked = |marks: &Option<Vec<bool>>, code: u32| {
            marks.as_ref().is_none_or(|marks| marks.get(code as usize).copied().unwrap_or(false))
        };
        let flagged = |wanted: Option<bool>, flag: bool| wanted.is_none_or(|wanted| wanted == flag);
        marked(&self.groups, machine.group)
            && marked(&self.families, machine.family)
            && marked(&self.categories, machine.category)
            && flagged(self.filter.is_production, machine.is_production)
            && flagged(self.filter.is_key, machine.is_key)
            && flagged(self.filter.is_monitor, machine.is_monitor)
            && flagged(self.filter.has_job, machine.has_job)
            && self.in_cell(view, row)
            && self.has_text(view, row)
    }

    fn in_cell(&self, view: &EquipmentView, row: u32) -> bool {
        let Some(cell) = &self.filter.cell else { return true };
        let machine = &view.machines[row as usize];
        let named = |wanted: &Option<String>, name: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| wanted == name.unwrap_or(UNKNOWN))
        };
        named(&cell.group, view.group_name(machine.group))
            && named(&cell.family, view.family_name(machine.family))
            && cell.column.is_none_or(|column| column == machine.state)
            && cell
                .resource_id
                .as_ref()
                .is_none_or(|id| view.resources.frame().key().value(row as usize) == id)
    }

    fn has_text(&self, view: &EquipmentView, row: u32) -> bool {
        let Some(text) = &self.text else { return true };
        let frame = view.resources.frame();
        let names = frame.name("RESOURCENAME");
        let row = row as usize;
        (names.is_valid(row) && text.is_in(names.value(row))) || text.is_in(frame.key().value(row))
    }
}
