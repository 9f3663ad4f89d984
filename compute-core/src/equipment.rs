//! Equipment: the master, its real-time rows, and both merged.
//!
//! Rules: `docs/numbers.md`, section Equipment.

mod realtime;
mod resource;
mod filter;
mod view;
mod record;
mod counts;
mod tree;
mod sub_states;
mod changes;
#[cfg(test)]
mod cells;
#[cfg(test)]
mod naive;
#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod tests;

pub use changes::{
    ChangedMachine, MachineChange, MachineChangeTotal, MachineChanges, MachineChangesQuery,
    MachineState,
};
pub use counts::{
    EquipmentFacets, EquipmentSummary, GroupStates, Kpi, KpiStates, NameCount, Options,
    OptionsQuery, StateTotals, WorkcenterCard,
};
pub use filter::{CellFilter, EquipmentFilter, State};
pub use realtime::{EquipmentStatusTable, LAYOUT as STATUS_LAYOUT};
pub use record::{EquipmentList, EquipmentRecord, ListQuery, LotOnMachine, MachineQuery};
pub use resource::{LAYOUT as RESOURCE_LAYOUT, ResourceTable};
pub use sub_states::{GroupSubStates, SubState, SubStates};
pub use tree::{FamilyNode, GroupNode, MachineNode, StateColumns, TreeMachinesQuery};
pub use view::EquipmentView;
