//! What changed between two versions of the machines.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::filter::{EquipmentFilter, State};
use super::view::EquipmentView;
use crate::order;

/// One way in which a machine changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum MachineChange {
    /// It is in the master and was not.
    Came,
    /// It was in the master and is not.
    Left,
    /// It is down, unscheduled (UDT) or scheduled (SDT), and was not.
    WentDown,
    /// It was down, unscheduled or scheduled, and is not.
    CameUp,
    /// It is in another E10 state, and neither of the above.
    OtherState,
}

impl MachineChange {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::WentDown, Self::CameUp, Self::OtherState, Self::Came, Self::Left];
}

/// Which changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MachineChangesQuery {
    /// Machines that pass it before or now.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<EquipmentFilter>"))]
    pub filter: EquipmentFilter,
    /// Only machines that changed in this way are listed; the totals have all.
    pub change: Option<MachineChange>,
    /// First machine of the list, from 0.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Most machines of the list; none when absent.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub limit: u32,
}

/// Machines that changed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineChangeTotal {
    /// The way.
    pub change: MachineChange,
    /// Machines.
    pub machines: u32,
}

/// How a machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MachineState {
    /// E10 state by the site's rules.
    pub state: State,
    /// The state's code of the MES.
    pub status: Option<String>,
    /// Its reason.
    pub reason: Option<String>,
}

/// A machine that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangedMachine {
    /// RESOURCEID.
    pub resource_id: String,
    /// RESOURCENAME.
    pub name: Option<String>,
    /// Workcenter group.
    pub group: Option<String>,
    /// In which way.
    pub change: MachineChange,
    /// How it was; absent of a machine that came.
    pub before: Option<MachineState>,
    /// How it is; absent of a machine that left.
    pub now: Option<MachineState>,
}

/// What changed between two versions of the machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineChanges {
    /// One entry per way, in the order of [`MachineChange::ALL`].
    pub totals: Vec<MachineChangeTotal>,
    /// Machines of the whole list.
    pub total: u32,
    /// The list's window: in the order of the ways, then by RESOURCEID.
    pub machines: Vec<ChangedMachine>,
}

type Rows = (Option<usize>, Option<usize>);

fn is_down(state: State) -> bool {
    matches!(state, State::Udt | State::Sdt)
}

/// In which way a machine changed, if it did.
fn change(before: Option<State>, now: Option<State>) -> Option<MachineChange> {
    match (before, now) {
        (None, None) => None,
        (None, Some(_)) => Some(MachineChange::Came),
        (Some(_), None) => Some(MachineChange::Left),
        (Some(before), Some(now)) if before == now => None,
        (Some(before), Some(now)) => Some(match (is_down(before), is_down(now)) {
            (false, true) => MachineChange::WentDown,
            (true, false) => MachineChange::CameUp,
            _ => MachineChange::OtherState,
        }),
    }
}

impl EquipmentView {
    /// What changed since `before`.
    pub fn changes_since(&self, before: &Self, query: &MachineChangesQuery) -> MachineChanges {
        let mut passes = vec![false; self.len()];
        let mut passed = vec![false; before.len()];
        for (view, marks) in [(self, &mut passes), (before, &mut passed)] {
            for row in view.select(&query.filter) {
                marks[row as usize] = true;
            }
        }
        let mut found: Vec<(MachineChange, Rows)> = Vec::new();
        let (mut old, mut new) = (0, 0);
        while old < before.len() || new < self.len() {
            let order = match (old < before.len(), new < self.len()) {
                (true, true) => before.id(old).cmp(self.id(new)),
                (true, false) => Ordering::Less,
                (false, _) => Ordering::Greater,
            };
            let rows = (order.is_le().then_some(old), order.is_ge().then_some(new));
            old += usize::from(rows.0.is_some());
            new += usize::from(rows.1.is_some());
            let is_asked =
                rows.0.is_some_and(|row| passed[row]) || rows.1.is_some_and(|row| passes[row]);
            let state = |view: &Self, row: Option<usize>| row.map(|row| view.machines[row].state);
            if let Some(change) = change(state(before, rows.0), state(self, rows.1))
                && is_asked
            {
                found.push((change, rows));
            }
        }
        let totals = MachineChange::ALL.map(|change| MachineChangeTotal {
            change,
            machines: found.iter().filter(|(other, _)| *other == change).count() as u32,
        });
        found.retain(|(change, _)| query.change.is_none_or(|wanted| wanted == *change));
        let place = |change| MachineChange::ALL.iter().position(|other| *other == change);
        // Machines ascend by id, and the order of equal ones stays.
        order::sort_by_key(&mut found, |(change, _)| place(*change));
        let window = found.iter().skip(query.offset as usize).take(query.limit as usize);
        let machines = window.filter_map(|(change, rows)| self.changed(before, *change, *rows));
        MachineChanges {
            totals: totals.into(),
            total: found.len() as u32,
            machines: machines.collect(),
        }
    }

    fn changed(&self, before: &Self, change: MachineChange, rows: Rows) -> Option<ChangedMachine> {
        let (view, row) = match rows {
            (_, Some(row)) => (self, row),
            (Some(row), None) => (before, row),
            (None, None) => return None,
        };
        Some(ChangedMachine {
            resource_id: view.id(row).to_owned(),
            name: view.name(row).map(str::to_owned),
            group: view.group_name(view.machines[row].group).map(str::to_owned),
            change,
            before: rows.0.map(|row| before.how(row)),
            now: rows.1.map(|row| self.how(row)),
        })
    }

    fn how(&self, row: usize) -> MachineState {
        let machine = &self.machines[row];
        let cell = |column: &'static str| {
            let cells = self.realtime.frame().text(column);
            machine.has_realtime().then(|| cells.get(machine.from as usize)).flatten()
        };
        MachineState {
            state: machine.state,
            status: cell("EQUIPMENTASSETSSTATUS").map(str::to_owned),
            reason: cell("EQUIPMENTASSETSSTATUSREASON").map(str::to_owned),
        }
    }
}
