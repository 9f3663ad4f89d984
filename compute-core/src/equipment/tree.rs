//! Group → family → machine.

use std::collections::BTreeMap;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::filter::{EquipmentFilter, State};
use super::view::{EquipmentView, UNKNOWN};
use crate::metric::StateCounts;
use crate::order;

/// Machines per column of the tree, which is their E10 state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the fields are the E10 codes themselves")]
pub struct StateColumns {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub prd: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sby: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub udt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub sdt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub egt: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub nst: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub other: i64,
    /// All of them.
    #[serde(rename = "total")]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
}

impl From<StateCounts> for StateColumns {
    fn from(counts: StateCounts) -> Self {
        let StateCounts { prd, sby, udt, sdt, egt, nst, other } = counts;
        Self { prd, sby, udt, sdt, egt, nst, other, total: counts.total() }
    }
}

/// A family within its group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FamilyNode {
    /// Family, UNKNOWN for machines without one.
    pub name: String,
    /// Machines by column.
    pub counts: StateColumns,
    /// OU %, one decimal; null when no machine is in a state that counts.
    pub ou_pct: Option<f64>,
    /// Availability % over machines, one decimal.
    pub availability_pct: f64,
}

/// A workcenter group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct GroupNode {
    /// Group, UNKNOWN for machines without one.
    pub name: String,
    /// Its sequence; when unknown, one behind all others and at least 999.
    pub sequence: i32,
    /// Machines by column.
    pub counts: StateColumns,
    /// OU %, one decimal; null when no machine is in a state that counts.
    pub ou_pct: Option<f64>,
    /// Availability % over machines, one decimal.
    pub availability_pct: f64,
    /// Families by machines descending, then name.
    pub families: Vec<FamilyNode>,
}

/// A machine as a row of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MachineNode {
    /// RESOURCEID.
    pub resource_id: String,
    /// RESOURCENAME.
    pub name: Option<String>,
    /// Column of the tree.
    pub column: State,
    /// State as recorded.
    pub status: Option<String>,
    /// Its reason.
    pub reason: Option<String>,
    /// Lots on it.
    pub lot_count: u32,
    /// Whether a job is open.
    pub has_job: bool,
}

/// Machines of one family of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct TreeMachinesQuery {
    /// Which machines at all.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<EquipmentFilter>"))]
    pub filter: EquipmentFilter,
    /// Group, or UNKNOWN.
    pub group: String,
    /// Family, or UNKNOWN.
    pub family: String,
}

/// OU % where there is something to divide by: "no data" is not 0 %.
fn ou_pct(counts: StateCounts) -> Option<f64> {
    let StateCounts { prd, sby, udt, sdt, egt, .. } = counts;
    (prd + sby + udt + sdt + egt > 0).then(|| counts.ou_pct())
}

impl EquipmentView {
    /// Groups by sequence with their families; only those with machines.
    pub fn tree(&self, filter: &EquipmentFilter) -> Vec<GroupNode> {
        let mut families: BTreeMap<(u32, u32), StateCounts> = BTreeMap::new();
        for row in self.select(filter) {
            let machine = &self.machines[row as usize];
            families.entry((machine.group, machine.family)).or_default().count(machine.state);
        }
        self.group_order()
            .into_iter()
            .filter_map(|(group, sequence)| {
                let members: Vec<(u32, StateCounts)> = families
                    .range((group, 0)..=(group, u32::MAX))
                    .map(|((_, family), counts)| (*family, *counts))
                    .collect();
                (!members.is_empty()).then(|| self.group_node(group, sequence, &members))
            })
            .collect()
    }

    fn group_node(&self, group: u32, sequence: i32, members: &[(u32, StateCounts)]) -> GroupNode {
        let mut counts = StateCounts::default();
        for (_, family) in members {
            counts += *family;
        }
        let mut families: Vec<FamilyNode> = members
            .iter()
            .map(|(code, counts)| FamilyNode {
                name: self.family_name(*code).unwrap_or(UNKNOWN).to_owned(),
                counts: (*counts).into(),
                ou_pct: ou_pct(*counts),
                availability_pct: counts.availability_pct(),
            })
            .collect();
        order::sort_by(&mut families, |a, b| {
            b.counts.total.cmp(&a.counts.total).then_with(|| a.name.cmp(&b.name))
        });
        GroupNode {
            name: self.group_name(group).unwrap_or(UNKNOWN).to_owned(),
            sequence,
            counts: counts.into(),
            ou_pct: ou_pct(counts),
            availability_pct: counts.availability_pct(),
            families,
        }
    }

    /// Machines of one family of one group, by name, then RESOURCEID.
    pub fn tree_machines(&self, query: &TreeMachinesQuery) -> Vec<MachineNode> {
        let master = self.resources.frame();
        let now = self.realtime.frame();
        let names = master.name("RESOURCENAME");
        let mut nodes: Vec<MachineNode> = self
            .select(&query.filter)
            .into_iter()
            .filter(|row| {
                let machine = &self.machines[*row as usize];
                self.group_name(machine.group).unwrap_or(UNKNOWN) == query.group
                    && self.family_name(machine.family).unwrap_or(UNKNOWN) == query.family
            })
            .map(|row| {
                let machine = &self.machines[row as usize];
                let row = row as usize;
                let live = |column: &'static str| {
                    let cell = machine
                        .has_realtime()
                        .then(|| now.text(column).get(machine.from as usize))
                        .flatten();
                    cell.map(str::to_owned)
                };
                MachineNode {
                    resource_id: master.key().value(row).to_owned(),
                    name: names.is_valid(row).then(|| names.value(row).to_owned()),
                    column: machine.state,
                    status: live("EQUIPMENTASSETSSTATUS"),
                    reason: live("EQUIPMENTASSETSSTATUSREASON"),
                    lot_count: machine.lot_count,
                    has_job: machine.has_job,
                }
            })
            .collect();
        order::sort_by(&mut nodes, |a, b| a.name.cmp(&b.name));
        nodes
    }
}
