//! What the real-time rows lack beside the equipment master.

use std::collections::HashSet;

use arrow_array::{Array, RecordBatch, StringArray};
use compute_core::equipment::{EquipmentStatusTable, ResourceTable};
use compute_core::quality::{Ledger, Reason};
use compute_core::table::{Column, Frame};

/// Key of both tables.
const KEY: &str = "RESOURCEID";

/// Machines of the equipment master, also those that site rules leave out.
pub(super) type MachineIds = HashSet<String>;

/// The machines of a source batch.
pub(super) fn machine_ids(batch: &RecordBatch) -> MachineIds {
    let ids = batch.column_by_name(KEY).and_then(|ids| ids.as_any().downcast_ref::<StringArray>());
    ids.into_iter().flatten().flatten().map(str::to_owned).collect()
}

fn keys(frame: &Frame) -> impl Iterator<Item = &str> {
    let ids = match frame.column(KEY) {
        Some(Column::Name(ids)) => Some(ids),
        _ => None,
    };
    ids.into_iter().flatten().flatten()
}

/// Counts real-time rows of machines that the master doesn't have, and machines without such a row.
pub(super) fn compare(
    resources: &ResourceTable,
    realtime: &EquipmentStatusTable,
    known: &MachineIds,
) -> Ledger {
    let mut ledger = Ledger::default();
    let mut told: HashSet<&str> = HashSet::new();
    for id in keys(realtime.frame()) {
        if !known.contains(id) {
            ledger.note(Reason::UnknownMachine, KEY, Some(id), None);
        }
        told.insert(id);
    }
    for id in keys(resources.frame()).filter(|id| !told.contains(id)) {
        ledger.note(Reason::NoRealtimeRow, "", Some(id), None);
    }
    ledger
}
