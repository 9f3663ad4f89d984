//! Snapshots and deltas of the equipment's tables, sound and damaged.

use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};
use proptest::prelude::*;

use super::cells::{Cells, batch};
use super::properties::{machine, mapping, status};
use super::*;
use crate::delta::Delta;
use crate::quality::{Ledger, Reason};
use crate::site_rules::{EquipmentKind, MissingFlags, SiteRules};
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

fn few_machines() -> Factory {
    Factory::new(1, MORNING, PlantSize::of(30, 16))
}

#[test]
fn a_snapshot_cut_anywhere_is_refused() {
    let statuses = few_machines().batch(SourceTable::EquipmentStatus);
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
    let resources = few_machines().batch(SourceTable::Resources);
    let master =
        ResourceTable::from_source(&resources, &SiteRules::default(), &mut Ledger::default())
            .unwrap();
    let error = EquipmentStatusTable::from_ipc(&master.frame().to_ipc(Columns::Display));
    assert!(matches!(error, Err(DecodeError::Unexpected { .. })));
}

#[test]
fn any_arrow_reader_reads_a_snapshot() {
    let resources = Factory::new(1, MORNING, PlantSize::of(0, 200)).batch(SourceTable::Resources);
    let master =
        ResourceTable::from_source(&resources, &SiteRules::default(), &mut Ledger::default())
            .unwrap();
    let bytes = master.frame().to_ipc(Columns::Display);
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].columns(), master.frame().to_batch(Columns::Display).columns());
}

fn master(id: &str, change: &[(&'static str, &str)]) -> Cells {
    let mut texts = vec![
        ("RESOURCEID", id.to_owned()),
        ("RESOURCENAME", format!("name of {id}")),
        ("OBJECTCATEGORY", "ASSEMBLY".to_owned()),
        ("OBJECTTYPE", "ASSEMBLY".to_owned()),
        ("WORKCENTERNAME", "W1".to_owned()),
        ("LASTCHANGEDATE", "2026-11-20 08:00:00".to_owned()),
    ];
    for (column, text) in change {
        texts.retain(|(name, _)| name != column);
        texts.push((column, (*text).to_owned()));
    }
    Cells { texts, numbers: Vec::new() }
}

#[test]
fn every_machine_that_does_not_count_is_counted_with_the_reason() {
    let rows = [
        master("a", &[]),
        master("", &[]),
        master("b", &[("OBJECTCATEGORY", "FAB"), ("OBJECTTYPE", "FAB")]),
        master("c", &[("WORKCENTERNAME", "")]),
        master("d", &[("LOCATIONNAME", "報廢")]),
        master("e", &[("PJ_ASSETSSTATUS", "Disapproved")]),
        // Changed later, and by then scrapped: the machine is gone.
        master("f", &[]),
        master("f", &[("LASTCHANGEDATE", "2026-11-20 09:00:00"), ("LOCATIONNAME", "報廢")]),
    ];
    let mut ledger = Ledger::default();
    let source = batch(RESOURCE_COLUMNS, &rows);
    let table = ResourceTable::from_source(&source, &SiteRules::default(), &mut ledger).unwrap();
    assert_eq!(table.frame().len(), 1);
    assert_eq!((ledger.rows_read, ledger.rows_kept), (8, 1));
    let found: Vec<_> = ledger
        .findings()
        .map(|found| (found.reason, found.count, found.sample_key.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Reason::NoKey, 1, None),
            (Reason::DuplicateKey, 1, Some("f")),
            (Reason::OtherCategory, 1, Some("b")),
            (Reason::NoWorkcenter, 1, Some("c")),
            (Reason::ExcludedLocation, 2, Some("d")),
            (Reason::ExcludedAssetState, 1, Some("e")),
        ]
    );
    let fab = SiteRules {
        counted_equipment: vec![EquipmentKind { category: Some("FAB".to_owned()), kind: None }],
        ..SiteRules::default()
    };
    let table = ResourceTable::from_source(&source, &fab, &mut Ledger::default()).unwrap();
    assert_eq!((table.frame().len(), table.frame().key().value(0)), (1, "b"));
}

#[test]
fn a_missing_flag_means_what_the_site_says() {
    let rules = SiteRules {
        missing_flags: MissingFlags { production: true, ..MissingFlags::default() },
        ..SiteRules::default()
    };
    let mut off = master("b", &[]);
    off.numbers.push(("PJ_ISPRODUCTION", 0));
    let source = batch(RESOURCE_COLUMNS, &[master("a", &[]), off]);
    let table = ResourceTable::from_source(&source, &rules, &mut Ledger::default()).unwrap();
    let flags = |column: &str| {
        let column = table.frame().column(column).unwrap();
        [column.integer(0), column.integer(1)]
    };
    assert_eq!(flags("PJ_ISPRODUCTION"), [Some(1), Some(0)]);
    assert_eq!(flags("PJ_ISKEY"), [None, None]);
}

#[test]
fn a_plant_with_its_own_states_is_counted_by_its_rules() {
    let status = |id: &str, state: &str| Cells {
        texts: vec![("RESOURCEID", id.to_owned()), ("EQUIPMENTASSETSSTATUS", state.to_owned())],
        numbers: Vec::new(),
    };
    let rules = SiteRules {
        states: [("RUN", "PRD"), ("FIX", "UDT")]
            .map(|(state, meaning)| (state.to_owned(), meaning.to_owned()))
            .into(),
        ..SiteRules::default()
    };
    let rows = [status("a", "RUN"), status("b", "FIX"), status("c", "PRD")];
    let source = batch(EQUIPMENT_STATUS_COLUMNS, &rows);
    let mut ledger = Ledger::default();
    let now = EquipmentStatusTable::from_source(&source, &rules, &mut ledger).unwrap();
    let unknown: Vec<_> = ledger.findings().map(|found| found.sample_value.as_deref()).collect();
    assert_eq!(unknown, [Some("PRD")]);
    let machines = ["a", "b", "c"].map(|id| master(id, &[]));
    let view =
        EquipmentView::merge(masters_of(&machines).into(), now.into(), mappings_of(&[]).into());
    let states = view.matrix(&EquipmentFilter::default())[0].states;
    assert_eq!((states.prd, states.udt, states.other), (1, 1, 1));
    let tree = view.tree(&EquipmentFilter::default())[0].counts;
    assert_eq!((tree.prd, tree.udt, tree.other), (1, 1, 1));
    // Machines without group stand behind all that there are, at 999 when there is none.
    assert_eq!(view.matrix(&EquipmentFilter::default())[0].workcenter_sequence, 999);
}

#[test]
fn what_has_no_sequence_comes_last_whatever_the_largest_is() {
    let mapping = |workcenter: &str, group: &str, sequence: Option<i64>| Cells {
        texts: vec![
            ("WORK_CENTER", workcenter.to_owned()),
            ("WORK_CENTER_GROUP", group.to_owned()),
        ],
        numbers: sequence.map(|number| ("WORKCENTERSEQUENCE_GROUP", number)).into_iter().collect(),
    };
    let mapped = [
        mapping("W1", "late", Some(2_000_000)),
        mapping("W2", "ZZ none", None),
        mapping("W3", "first", Some(1)),
    ];
    let machines = ["W1", "W2", "W3", "W4"].map(|name| master(name, &[("WORKCENTERNAME", name)]));
    let view = EquipmentView::merge(
        masters_of(&machines).into(),
        statuses_of(&[]).into(),
        mappings_of(&mapped).into(),
    );
    let all = EquipmentFilter::default();
    let order = [("first", 1), ("late", 2_000_000), ("ZZ none", 2_000_001), ("UNKNOWN", 2_000_001)];
    let matrix = view.matrix(&all);
    let rows = matrix.iter().map(|row| (row.workcenter_group.as_str(), row.workcenter_sequence));
    assert_eq!(rows.collect::<Vec<_>>(), order);
    let tree = view.tree(&all);
    let nodes = tree.iter().map(|node| (node.name.as_str(), node.sequence));
    assert_eq!(nodes.collect::<Vec<_>>(), order);
    let cards = view.workcenter_cards(&all);
    assert_eq!(cards.iter().map(|card| card.order).collect::<Vec<_>>(), order.map(|row| row.1));
    // A machine without any real-time row, or without a lot in it, has no lot.
    assert_eq!(view.summary(&all).with_wip, 0);
}
