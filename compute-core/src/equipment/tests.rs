//! Snapshots and deltas of the equipment's tables, sound and damaged.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::properties::{machine, mapping, status};
use super::sample::{Cells, batch, plant};
use super::*;
use crate::delta::Delta;
use crate::quality::Ledger;
use crate::site_rules::SiteRules;
use crate::source_contract::{EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS, WORKCENTER_COLUMNS};
use crate::table::{Columns, DecodeError, Frame, Layout};
use crate::workcenter::WorkcenterTable;

fn rows<S: Strategy<Value = Cells>>(row: S) -> impl Strategy<Value = Vec<Cells>> {
    prop::collection::vec(row, 0..25)
}

fn statuses_of(rows: &[Cells]) -> EquipmentStatusTable {
    let source = batch(EQUIPMENT_STATUS_COLUMNS, rows);
    EquipmentStatusTable::from_source(&source, &SiteRules::default(), &mut Ledger::default())
        .unwrap()
}

fn masters_of(rows: &[Cells]) -> ResourceTable {
    ResourceTable::from_source(
        &batch(RESOURCE_COLUMNS, rows),
        &SiteRules::default(),
        &mut Ledger::default(),
    )
    .unwrap()
}

fn mappings_of(rows: &[Cells]) -> WorkcenterTable {
    WorkcenterTable::from_source(
        &batch(WORKCENTER_COLUMNS, rows),
        &SiteRules::default(),
        &mut Ledger::default(),
    )
    .unwrap()
}

/// Old and delta are new to the byte, the bytes of a table are read back, and damage
/// is refused or changes nothing.
fn travels(
    layout: &'static Layout,
    [old, new]: [&Frame; 2],
    at: prop::sample::Index,
    bit: u8,
) -> Result<(), TestCaseError> {
    let full = new.to_ipc(Columns::Display);
    prop_assert_eq!(&Frame::from_ipc(layout, &full).unwrap(), &new.display_only());
    let sent = Delta::between(old, new).to_ipc("one", "two");
    let wire = Delta::from_ipc(layout, &sent).unwrap();
    prop_assert_eq!(wire.delta.apply(old).to_ipc(Columns::Display), full.clone());
    for sound in [full, sent] {
        let place = at.index(sound.len());
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << bit;
        // A flipped bit in padding of the schema changes nothing that is read.
        if let Ok(frame) = Frame::from_ipc(layout, &bytes) {
            prop_assert_eq!(frame.to_ipc(Columns::Display), &sound[..]);
        }
        if let Ok(read) = Delta::from_ipc(layout, &bytes) {
            prop_assert_eq!(read.delta.to_ipc(&read.base_version, &read.version), &sound[..]);
        }
        prop_assert!(Frame::from_ipc(layout, &sound[..place]).is_err());
        prop_assert!(Delta::from_ipc(layout, &sound[..place]).is_err());
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_table_of_the_equipment_travels(
        machines in [rows(machine(8)), rows(machine(8))],
        statuses in [rows(status(8)), rows(status(8))],
        mappings in [rows(mapping()), rows(mapping())],
        at in any::<prop::sample::Index>(), bit in 0_u8..8
    ) {
        let [old, new] = machines.map(|rows| masters_of(&rows));
        travels(&RESOURCE_LAYOUT, [old.frame(), new.frame()], at, bit)?;
        let [old, new] = statuses.map(|rows| statuses_of(&rows));
        travels(&STATUS_LAYOUT, [old.frame(), new.frame()], at, bit)?;
        let [old, new] = mappings.map(|rows| mappings_of(&rows));
        travels(&crate::workcenter::LAYOUT, [old.frame(), new.frame()], at, bit)?;
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(EquipmentStatusTable::from_ipc(&bytes).is_err());
        prop_assert!(Delta::from_ipc(&STATUS_LAYOUT, &bytes).is_err());
    }
}

#[test]
fn a_snapshot_cut_anywhere_is_refused() {
    let (_, statuses, _) = plant(3, 2, 1);
    let table =
        EquipmentStatusTable::from_source(&statuses, &SiteRules::default(), &mut Ledger::default())
            .unwrap();
    let bytes = table.frame().to_ipc(Columns::Display);
    assert_eq!(EquipmentStatusTable::from_ipc(&bytes).unwrap(), table);
    for length in 0..bytes.len() {
        assert!(EquipmentStatusTable::from_ipc(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_snapshot_is_refused_as_another_dataset() {
    let (resources, ..) = plant(3, 2, 1);
    let master =
        ResourceTable::from_source(&resources, &SiteRules::default(), &mut Ledger::default())
            .unwrap();
    let error = EquipmentStatusTable::from_ipc(&master.frame().to_ipc(Columns::Display));
    assert!(matches!(error, Err(DecodeError::Unexpected { .. })));
}

#[test]
fn any_arrow_reader_reads_a_snapshot() {
    let (resources, ..) = plant(200, 1, 1);
    let master =
        ResourceTable::from_source(&resources, &SiteRules::default(), &mut Ledger::default())
            .unwrap();
    let bytes = master.frame().to_ipc(Columns::Display);
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].columns(), master.frame().to_batch(Columns::Display).columns());
}

#[test]
fn the_sample_plant_is_always_the_same() {
    assert_eq!(plant(50, 2, 7), plant(50, 2, 7));
    assert_ne!(plant(50, 2, 7), plant(50, 2, 8));
    let (resources, statuses, workcenters) = plant(50, 2, 7);
    assert_eq!((resources.num_rows(), statuses.num_rows(), workcenters.num_rows()), (50, 100, 42));
    let names: BTreeSet<_> = statuses.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names.len(), EQUIPMENT_STATUS_COLUMNS.len());
}
