//! Every field of a row that an answer has is in the contract, and the contract
//! lists no field that no row has.

use std::collections::BTreeSet;
use std::sync::Arc;

use compute_core::calendar::{Day, Moment};
use compute_core::downtime::{DowntimeTable, DowntimeView, JobLink, JobTable};
use compute_core::equipment::{
    EquipmentFilter, EquipmentStatusTable, EquipmentView, ResourceTable,
};
use compute_core::field_contract::FIELDS;
use compute_core::history::{HistoryTable, HistoryView};
use compute_core::hold_history::{HoldHistoryTable, HoldRange, HoldRecordsQuery, HoldSources};
use compute_core::lot::{
    DetailQuery, HeldFilter, HeldLotsQuery, HoldLotsQuery, HoldQuery, LotFilter, LotQuery,
    LotTable, LotsQuery, QcGateQuery,
};
use compute_core::production_day::ShiftPlan;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::source_contract::{JOB_COLUMNS, JOB_TRANSACTION_COLUMNS};
use compute_core::workcenter::WorkcenterTable;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};
use serde::Serialize;
use serde_json::Value;

fn contract(dataset: &str) -> BTreeSet<String> {
    let fields = FIELDS.iter().filter(|field| field.dataset == dataset);
    fields.map(|field| field.api_key.to_owned()).collect()
}

/// Keys of the objects that these pointers lead to, without those that hold other rows.
fn keys(answer: impl Serialize, pointers: &[&str], nested: &[&str]) -> BTreeSet<String> {
    let answer = serde_json::to_value(answer).unwrap();
    let objects = pointers.iter().map(|pointer| {
        let found: Option<&Value> = answer.pointer(pointer);
        found.and_then(Value::as_object).unwrap_or_else(|| panic!("no row at {pointer}"))
    });
    let keys: BTreeSet<String> = objects.flat_map(|object| object.keys().cloned()).collect();
    keys.into_iter().filter(|key| !nested.contains(&key.as_str())).collect()
}

fn plant() -> Factory {
    Factory::new(1, MORNING, PlantSize { history_days: 3, ..PlantSize::of(2000, 50) })
}

#[test]
fn lot_answers_have_the_fields_of_the_contract() {
    let lots = plant().batch(SourceTable::Lots);
    let lots = LotTable::from_source(&lots, &SiteRules::default(), &mut Ledger::default()).unwrap();
    let all = LotFilter::default();
    let hold = lots.holds(&all).items.swap_remove(0);
    let (reason, include_dummy) = (hold.reason.clone(), true);
    let statuses = "/byWipStatus";
    let summary = keys(lots.summary(&all), &["", statuses, "/byWipStatus/run"], &["byWipStatus"]);
    assert_eq!(summary, contract("wip_summary"));
    let workcenter = lots.workcenters(&all).swap_remove(0).name;
    let detail = lots.detail(&DetailQuery { workcenter, ..DetailQuery::default() });
    let record = detail.lots[0].lot_id.clone().unwrap();
    assert_eq!(keys(detail, &["/lots/0"], &[]), contract("wip_detail"));
    let record = lots.lot(&LotQuery { lotid: record });
    assert_eq!(keys(record, &[""], &["fieldLabels"]), contract("lot"));
    assert_eq!(keys(lots.lots(&LotsQuery::default()), &["/lots/0"], &[]), contract("lot"));
    let mut holds = keys(hold, &[""], &[]);
    holds.extend(keys(lots.pareto(&all), &["/quality/0", "/nonQuality/0"], &[]));
    assert_eq!(holds, contract("holds"));
    let query = HoldQuery { reason: reason.clone(), include_dummy, ..HoldQuery::default() };
    assert_eq!(keys(lots.hold_summary(&query), &[""], &[]), contract("hold_summary"));
    let distribution = lots.hold_distribution(&query);
    let places = ["/byWorkcenter/0", "/byPackage/0", "/byAge/0"];
    assert_eq!(keys(distribution, &places, &[]), contract("hold_distribution"));
    let query = HoldLotsQuery { reason, include_dummy, ..HoldLotsQuery::default() };
    assert_eq!(keys(lots.hold_lots(&query), &["/lots/0"], &[]), contract("hold_lots"));
    let held = lots.held_lots(&HeldLotsQuery::default());
    assert_eq!(keys(held, &["/lots/0"], &[]), contract("held_lots"));
    let places = ["/treemap/0", "/treemap/0/reasons/0", "/facets/ageRange/0"];
    let held = lots.hold_overview(&HeldFilter::default());
    assert_eq!(keys(held, &places, &["reasons"]), contract("held_groups"));
    let gate = lots.qc_gate(&QcGateQuery::default());
    assert_eq!(keys(gate, &["/lots/0"], &[]), contract("qc_gate"));
}

#[test]
fn equipment_answers_have_the_fields_of_the_contract() {
    let plant = plant();
    let resources = plant.batch(SourceTable::Resources);
    let statuses = plant.batch(SourceTable::EquipmentStatus);
    let workcenters = plant.batch(SourceTable::Workcenters);
    let rules = SiteRules::default();
    let view = EquipmentView::merge(
        Arc::new(ResourceTable::from_source(&resources, &rules, &mut Ledger::default()).unwrap()),
        Arc::new(
            EquipmentStatusTable::from_source(&statuses, &rules, &mut Ledger::default()).unwrap(),
        ),
        Arc::new(
            WorkcenterTable::from_source(&workcenters, &rules, &mut Ledger::default()).unwrap(),
        ),
    );
    let view = Arc::new(view);
    let days = ["2026-11-17", "2026-11-19"].map(|date| Day::parse(date).unwrap());
    let hours = HistoryTable::from_source(
        &plant.batch(SourceTable::ShiftHours),
        days[0],
        days[1],
        &rules,
        &mut Ledger::default(),
    )
    .unwrap();
    let ledger = &mut Ledger::default();
    let plan = ShiftPlan::default();
    let fragments = plant.batch(SourceTable::ShiftHours);
    let range = (days[0], days[1]);
    let fragments = DowntimeTable::from_source(&fragments, range, &plan, &rules, ledger).unwrap();
    let jobs = JobTable::from_source(&plant.batch(SourceTable::Jobs), ledger).unwrap();
    let downtimes = DowntimeView::join(fragments.into(), jobs.into(), view.clone());
    let mut events = downtimes.events(&Default::default()).events;
    events.retain(|event| event.job_link == JobLink::Overlap);
    assert!(!events.is_empty());
    assert_eq!(keys(&events, &["/0"], &["job"]), contract("downtime_event"));
    assert_eq!(keys(&events, &["/0/job"], &[]), contract("downtime_job"));
    let machines = HistoryView::join(Arc::new(hours), view.clone()).detail(&Default::default());
    assert_eq!(keys(machines, &["/machines/0"], &[]), contract("history"));
    let all = EquipmentFilter::default();
    let mut records = view.status(&all);
    records.retain(|machine| machine.lot_details.as_ref().is_some_and(|lots| !lots.is_empty()));
    assert_eq!(keys(&records, &["/0"], &[]), contract("equipment"));
    assert_eq!(keys(&records, &["/0/LOT_DETAILS/0"], &[]), contract("machine_lot"));
    let nested = ["by_status", "by_status_category", "by_workcenter_group"];
    assert_eq!(keys(view.summary(&all), &[""], &nested), contract("equipment_summary"));
    // The states are those of the tree, in small letters.
    let nested = ["order", "original_wcs", "prd", "sby", "udt", "sdt", "egt", "nst"];
    let cards = view.workcenter_cards(&all);
    assert_eq!(keys(cards, &["/0"], &nested), contract("workcenter_card"));
    let places = ["/0", "/0/counts", "/0/families/0", "/0/families/0/counts"];
    let nested = ["counts", "families", "name", "sequence"];
    assert_eq!(keys(view.tree(&all), &places, &nested), contract("equipment_tree"));
}

#[test]
fn holds_of_the_past_have_the_fields_of_the_contract() {
    let (plant, rules) = (plant(), SiteRules::default());
    let workcenters = plant.batch(SourceTable::Workcenters);
    let workcenters = WorkcenterTable::from_source(&workcenters, &rules, &mut Ledger::default());
    let day = |date| Day::parse(date).unwrap();
    let range = HoldRange {
        plan: ShiftPlan::default(),
        first: day("2026-11-17"),
        last: day("2026-11-20"),
        now: Moment::parse("2026-11-20 08:00:00").unwrap(),
    };
    let sources = HoldSources {
        holds: &plant.batch(SourceTable::Holds),
        containers: Some(&plant.batch(SourceTable::Containers)),
        workcenters: &workcenters.unwrap(),
        lots: None,
    };
    let mut ledger = Ledger::default();
    let holds = HoldHistoryTable::from_source(sources, range, &rules, &mut ledger).unwrap();
    assert!(holds.len() > 100 && ledger.findings().next().is_none());
    let records = holds.records(&HoldRecordsQuery::default());
    assert_eq!(keys(records, &["/records/0"], &[]), contract("hold_record"));
}

#[test]
fn rows_that_are_answered_as_they_are_have_the_fields_of_the_contract() {
    let columns = [("job", JOB_COLUMNS), ("job_transaction", JOB_TRANSACTION_COLUMNS)];
    for (dataset, columns) in columns {
        let names: BTreeSet<String> = columns.iter().map(|column| column.name.to_owned()).collect();
        assert_eq!(names, contract(dataset));
    }
}

#[test]
fn every_dataset_of_the_contract_is_held_to_its_rows() {
    let datasets: BTreeSet<&str> = FIELDS.iter().map(|field| field.dataset).collect();
    let held = [
        // Held to its rows by the tests of the rules themselves.
        "alert_figures",
        "downtime_event",
        "downtime_job",
        "equipment",
        "equipment_summary",
        "equipment_tree",
        "held_groups",
        "held_lots",
        "history",
        "hold_distribution",
        "hold_lots",
        "hold_record",
        "hold_summary",
        "holds",
        "job",
        "job_transaction",
        "lot",
        "machine_lot",
        "qc_gate",
        "wip_detail",
        "wip_summary",
        "workcenter_card",
    ];
    assert_eq!(datasets, BTreeSet::from(held));
}

#[test]
fn every_field_has_both_labels_and_a_header() {
    for field in FIELDS {
        for text in [field.api_key, field.label_zh, field.label_en, field.export_header] {
            assert!(!text.trim().is_empty(), "{field:?}");
        }
    }
}
