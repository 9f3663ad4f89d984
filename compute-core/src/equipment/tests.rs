//! Machine counts against plain loops, and damaged snapshots and deltas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::sample::{Cells, batch, plant};
use super::*;
use crate::delta::Delta;
use crate::metric::share_pct;
use crate::site_rules::SiteRules;
use crate::source_contract::{EQUIPMENT_STATUS_COLUMNS, RESOURCE_COLUMNS, WORKCENTER_COLUMNS};
use crate::table::{Columns, DecodeError};
use crate::workcenter::WorkcenterTable;

const IDS: [&str; 5] = ["m1", "m2", "機台3", "M4", "m5"];
const CODES: [&str; 9] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "PM", "prd", "SCRAP"];
const SIX: [&str; 6] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];

fn cells(
    texts: Vec<(&'static str, Option<&'static str>)>,
    numbers: Vec<(&'static str, Option<i64>)>,
) -> Cells {
    Cells {
        texts: texts.into_iter().filter_map(|(n, v)| Some((n, v?.to_owned()))).collect(),
        numbers: numbers.into_iter().filter_map(|(n, v)| Some((n, v?))).collect(),
    }
}

fn cell(from: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    weighted(0.85, select(from))
}

prop_compose! {
    fn machine()(
        id in cell(&IDS), name in cell(&["Alpha", "alpha", "乙"]),
        kind in select(&["ASSEMBLY", "ASSEMBLY", "WAFERSORT", "OTHER"][..]),
        workcenter in cell(&["W1", "W2", "W3", "W9"]), location in cell(&["A區", "報廢"]),
        family in cell(&["F1", "F2"]), flag in weighted(0.8, 0_i64..2)
    ) -> Cells {
        cells(
            vec![
                ("RESOURCEID", id), ("RESOURCENAME", name), ("OBJECTCATEGORY", Some(kind)),
                ("OBJECTTYPE", Some(kind)), ("WORKCENTERNAME", workcenter),
                ("LOCATIONNAME", location), ("RESOURCEFAMILYNAME", family),
            ],
            vec![("PJ_ISPRODUCTION", flag)],
        )
    }
}

prop_compose! {
    fn status()(
        id in cell(&IDS), state in cell(&CODES), job in cell(&["", "  ", "J1"]),
        lot in cell(&["", "L1", "L2"]), qty in weighted(0.8, -5_i64..50)
    ) -> Cells {
        cells(
            vec![
                ("RESOURCEID", id), ("EQUIPMENTASSETSSTATUS", state), ("JOBORDER", job),
                ("RUNCARDLOTID", lot),
            ],
            vec![("LOTTRACKINQTY_PCS", qty)],
        )
    }
}

prop_compose! {
    fn mapping()(
        workcenter in cell(&["W1", "W2", "W3"]), group in cell(&["甲", "乙"]),
        sequence in weighted(0.9, 1_i64..4)
    ) -> Cells {
        cells(
            vec![("WORK_CENTER", workcenter), ("WORK_CENTER_GROUP", group)],
            vec![("WORKCENTERSEQUENCE_GROUP", sequence)],
        )
    }
}

fn rows<S: Strategy<Value = Cells>>(row: S) -> impl Strategy<Value = Vec<Cells>> {
    prop::collection::vec(row, 0..25)
}

fn view(machines: &[Cells], statuses: &[Cells], mappings: &[Cells]) -> EquipmentView {
    let rules = SiteRules::default();
    let master = ResourceTable::from_source(&batch(RESOURCE_COLUMNS, machines), &rules).unwrap();
    let now = statuses_of(statuses);
    let mapped =
        WorkcenterTable::from_source(&batch(WORKCENTER_COLUMNS, mappings), &rules).unwrap();
    EquipmentView::merge(Arc::new(master), Arc::new(now), Arc::new(mapped))
}

fn statuses_of(rows: &[Cells]) -> EquipmentStatusTable {
    let source = batch(EQUIPMENT_STATUS_COLUMNS, rows);
    EquipmentStatusTable::from_source(&source, &SiteRules::default()).unwrap()
}

/// The summary as the rules say it, row by row.
fn summary(
    machines: &[Cells],
    statuses: &[Cells],
    mappings: &[Cells],
    production: Option<bool>,
) -> Value {
    let mut by_status: BTreeMap<&str, i64> = BTreeMap::new();
    let mut by_category: BTreeMap<String, i64> = BTreeMap::new();
    let mut by_group: BTreeMap<&str, i64> = BTreeMap::new();
    let (mut total, mut jobs, mut wip) = (0, 0, 0);
    let rules = SiteRules::default();
    for machine in machines {
        let kind = machine.text("OBJECTCATEGORY").unwrap();
        let flag = machine.number("PJ_ISPRODUCTION").unwrap_or(0) != 0;
        let (Some(id), Some(workcenter)) =
            (machine.text("RESOURCEID"), machine.text("WORKCENTERNAME"))
        else {
            continue;
        };
        if kind == "OTHER"
            || machine.text("LOCATIONNAME") == Some("報廢")
            || production.is_some_and(|wanted| wanted != flag)
        {
            continue;
        }
        let own: Vec<&Cells> =
            statuses.iter().filter(|row| row.text("RESOURCEID") == Some(id)).collect();
        let state = own.first().and_then(|row| row.text("EQUIPMENTASSETSSTATUS"));
        let column = state.filter(|state| SIX.contains(state)).unwrap_or("OTHER");
        let category = if own.is_empty() { "UNKNOWN" } else { rules.status_category(state) };
        let group = mappings
            .iter()
            .filter(|row| row.text("WORK_CENTER") == Some(workcenter))
            .filter_map(|row| {
                let sequence = row.number("WORKCENTERSEQUENCE_GROUP").unwrap_or(i64::MAX);
                Some((sequence, row.text("WORK_CENTER_GROUP")?))
            })
            .min()
            .map(|(_, group)| group);
        total += 1;
        *by_status.entry(column).or_default() += 1;
        *by_category.entry(category.to_owned()).or_default() += 1;
        *by_group.entry(group.unwrap_or("UNKNOWN")).or_default() += 1;
        let job = own.first().and_then(|row| row.text("JOBORDER"));
        jobs += i64::from(job.is_some_and(|job| !job.trim().is_empty()));
        wip += i64::from(!own.is_empty());
    }
    if total > 0 {
        for code in SIX.into_iter().chain(["OTHER"]) {
            by_status.entry(code).or_default();
        }
    }
    let count = |codes: &[&str]| codes.iter().filter_map(|code| by_status.get(code)).sum::<i64>();
    json!({
        "total_count": total,
        "by_status": by_status,
        "by_status_category": by_category,
        "by_workcenter_group": by_group,
        "with_active_job": jobs,
        "with_wip": wip,
        "ou_pct": share_pct(count(&["PRD"]), count(&SIX[..5])),
        "availability_pct": share_pct(count(&["PRD", "SBY", "EGT"]), total),
    })
}

proptest! {
    #[test]
    fn the_summary_is_that_of_plain_loops(
        machines in rows(machine()), statuses in rows(status()), mappings in rows(mapping()),
        production in weighted(0.5, any::<bool>())
    ) {
        let filter = EquipmentFilter { is_production: production, ..EquipmentFilter::default() };
        let found = view(&machines, &statuses, &mappings).summary(&filter);
        let expected = summary(&machines, &statuses, &mappings, production);
        prop_assert_eq!(serde_json::to_value(found).unwrap(), expected);
    }

    #[test]
    fn matrix_cards_tree_and_kpi_count_the_same_machines(
        machines in rows(machine()), statuses in rows(status()), mappings in rows(mapping())
    ) {
        let all = EquipmentFilter::default();
        let view = view(&machines, &statuses, &mappings);
        let expected = summary(&machines, &statuses, &mappings, None);
        let groups: BTreeMap<String, i64> = view
            .matrix(&all)
            .into_iter()
            .map(|group| (group.workcenter_group, group.total))
            .collect();
        prop_assert_eq!(&json!(groups), &expected["by_workcenter_group"]);
        let cards: BTreeMap<String, i64> =
            view.workcenter_cards(&all).into_iter().map(|card| (card.workcenter, card.total)).collect();
        prop_assert_eq!(&json!(cards), &expected["by_workcenter_group"]);
        let mut listed = 0;
        for group in view.tree(&all) {
            for family in group.families {
                let query = TreeMachinesQuery {
                    filter: all.clone(), group: group.name.clone(), family: family.name,
                };
                listed += view.tree_machines(&query).len();
            }
        }
        prop_assert_eq!(&json!(listed), &expected["total_count"]);
        prop_assert_eq!(&json!(view.kpi(&all).total), &expected["total_count"]);
        prop_assert_eq!(&json!(view.kpi(&all).ou_pct), &expected["ou_pct"]);
    }

    #[test]
    fn a_delta_leads_to_the_full_rows_to_the_byte(old in rows(status()), new in rows(status())) {
        let (old, new) = (statuses_of(&old), statuses_of(&new));
        let bytes = Delta::between(old.frame(), new.frame()).to_ipc("one", "two");
        let wire = Delta::from_ipc(&STATUS_LAYOUT, &bytes).unwrap();
        prop_assert_eq!(
            old.apply(&wire.delta).frame().to_ipc(Columns::Display),
            new.frame().to_ipc(Columns::Display)
        );
    }

    #[test]
    fn damaged_deltas_are_refused(
        old in rows(status()), new in rows(status()), at in any::<prop::sample::Index>(),
        bit in 0_u8..8, cut in any::<bool>()
    ) {
        let delta = Delta::between(statuses_of(&old).frame(), statuses_of(&new).frame());
        let sound = delta.to_ipc("one", "two");
        let mut bytes = sound.clone();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        // A flipped bit in padding of the schema changes nothing that is read.
        if let Ok(wire) = Delta::from_ipc(&STATUS_LAYOUT, &bytes) {
            prop_assert!(!cut);
            prop_assert_eq!(wire, Delta::from_ipc(&STATUS_LAYOUT, &sound).unwrap());
        }
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
    let table = EquipmentStatusTable::from_source(&statuses, &SiteRules::default()).unwrap();
    let bytes = table.frame().to_ipc(Columns::Display);
    assert_eq!(EquipmentStatusTable::from_ipc(&bytes).unwrap(), table);
    for length in 0..bytes.len() {
        assert!(EquipmentStatusTable::from_ipc(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_snapshot_is_refused_as_another_dataset() {
    let (resources, ..) = plant(3, 2, 1);
    let master = ResourceTable::from_source(&resources, &SiteRules::default()).unwrap();
    let error = EquipmentStatusTable::from_ipc(&master.frame().to_ipc(Columns::Display));
    assert!(matches!(error, Err(DecodeError::Unexpected { .. })));
}

#[test]
fn any_arrow_reader_reads_a_snapshot() {
    let (resources, ..) = plant(200, 1, 1);
    let master = ResourceTable::from_source(&resources, &SiteRules::default()).unwrap();
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
