//! Two moments side by side.

use std::sync::Arc;

use crate::equipment::{EquipmentView, MachineChanges, MachineChangesQuery};
use crate::lot::{LotChanges, LotChangesQuery, LotTable};

/// The plant at one moment and at a later one.
#[derive(Clone, Debug)]
pub struct PlantChanges {
    /// Lots at the first moment.
    pub lots_before: Arc<LotTable>,
    /// Lots at the second one.
    pub lots_now: Arc<LotTable>,
    /// Machines at the first moment.
    pub machines_before: Arc<EquipmentView>,
    /// Machines at the second one.
    pub machines_now: Arc<EquipmentView>,
}

impl PlantChanges {
    /// Lots that came, left, moved, were held or released, or aged.
    pub fn lots(&self, query: &LotChangesQuery) -> LotChanges {
        self.lots_now.changes_since(&self.lots_before, query)
    }

    /// Machines that are in another state, came or left.
    pub fn machines(&self, query: &MachineChangesQuery) -> MachineChanges {
        self.machines_now.changes_since(&self.machines_before, query)
    }
}
