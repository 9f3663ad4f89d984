//! States as recorded inside the E10 states that they count as.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::filter::{EquipmentFilter, State};
use super::view::{EquipmentView, UNKNOWN};
use crate::order;
use crate::table::NULL_CODE;

/// Machines in one state as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SubState {
    /// The E10 state that it counts as.
    pub state: State,
    /// The state as recorded; null for machines without one.
    pub code: Option<String>,
    /// Machines.
    pub machines: u32,
}

/// The same of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GroupSubStates {
    /// Group, UNKNOWN for machines without one.
    pub workcenter_group: String,
    /// By E10 state; inside it by machines descending, then code, machines without state last.
    pub states: Vec<SubState>,
}

/// States as recorded, of all machines and by group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SubStates {
    /// By E10 state; inside it by machines descending, then code, machines without state last.
    pub all: Vec<SubState>,
    /// Groups by sequence; only those with machines.
    pub groups: Vec<GroupSubStates>,
}

/// Machines by E10 state and code of the state as recorded; the code of none is the largest.
type Counts = BTreeMap<(usize, u32), u32>;

impl EquipmentView {
    /// States as recorded inside their E10 states, of the filtered machines.
    pub fn sub_states(&self, filter: &EquipmentFilter) -> SubStates {
        let recorded = self.realtime.frame().text("EQUIPMENTASSETSSTATUS");
        let mut all = Counts::new();
        let mut by_group = vec![Counts::new(); self.workcenters.group_names().count() + 1];
        for row in self.select(filter) {
            let machine = &self.machines[row as usize];
            let code = match machine.has_realtime() {
                true => recorded.codes()[machine.from as usize],
                false => NULL_CODE,
            };
            let key = (machine.state.place(), code);
            *all.entry(key).or_default() += 1;
            *by_group[machine.group as usize].entry(key).or_default() += 1;
        }
        let parts = |counts: &Counts| {
            let part = |(&(place, code), &machines): (&(usize, u32), &u32)| SubState {
                state: State::ALL[place],
                code: (code != NULL_CODE).then(|| recorded.name(code).to_owned()),
                machines,
            };
            let mut parts: Vec<SubState> = counts.iter().map(part).collect();
            // Codes ascend by name, so that a stable order keeps equal ones by name.
            order::sort_by_key(&mut parts, |part| {
                (part.state.place(), part.code.is_none(), Reverse(part.machines))
            });
            parts
        };
        let groups = self.group_order().into_iter();
        let groups = groups.filter(|(group, _)| !by_group[*group as usize].is_empty());
        SubStates {
            all: parts(&all),
            groups: groups
                .map(|(group, _)| GroupSubStates {
                    workcenter_group: self.group_name(group).unwrap_or(UNKNOWN).to_owned(),
                    states: parts(&by_group[group as usize]),
                })
                .collect(),
        }
    }
}
