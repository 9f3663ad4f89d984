//! Every query of the hours against its naive twin, as whole answers; the table's forms.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Serialize;
use serde_json::Value;

use super::naive::{Plant, SourceRow};
use super::*;
use crate::calendar::tests::dates;
use crate::equipment::properties::{filter, merged, rules};
use crate::equipment::{EquipmentView, State};
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;

type Cells<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<f64>);

fn batch(rows: &[Cells<'_>]) -> RecordBatch {
    let text = |cells: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(cells)) };
    let hours: Float64Array = rows.iter().map(|row| row.3).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("HISTORYID", text(rows.iter().map(|row| row.0).collect()), true),
        ("TXNDATE", text(rows.iter().map(|row| row.1).collect()), true),
        ("OLDSTATUSNAME", text(rows.iter().map(|row| row.2).collect()), true),
        ("HOURS", Arc::new(hours), true),
    ])
    .unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn table(rows: &[SourceRow], first: &str, last: &str) -> HistoryTable {
    let times: Vec<String> = rows.iter().map(|row| format!("{} 07:30:00", row.1)).collect();
    let cells: Vec<_> = rows
        .iter()
        .zip(&times)
        .map(|(row, time)| {
            let hours = row.3 as f64 / 10_000.0;
            (Some(row.0.as_str()), Some(time.as_str()), Some(row.2.as_str()), Some(hours))
        })
        .collect();
    HistoryTable::from_source(
        &batch(&cells),
        day(first),
        day(last),
        &SiteRules::default(),
        &mut Ledger::default(),
    )
    .unwrap()
}

const STATES: [&str; 10] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "PM", "SCRAP", "prd", ""];
const FIRST: &str = "2025-11-27";
const LAST: &str = "2027-01-05";

fn date() -> impl Strategy<Value = String> {
    let dates = dates();
    let begin = dates.iter().position(|date| date == "2025-11-20").unwrap();
    prop_oneof![
        // Around the turn of two years, in one place, and anywhere.
        3 => begin..begin + 60,
        1 => begin + 400..begin + 420,
        1 => 0..dates.len(),
    ]
    .prop_map(move |place| dates[place].clone())
}

fn rows(ids: u32, most: usize) -> impl Strategy<Value = Vec<SourceRow>> {
    let units = prop_oneof![6 => 0_i64..240_000, 1 => Just(0), 1 => -500_i64..0];
    let id = (0..ids + 2).prop_map(|number| format!("m{number}"));
    let state = select(&STATES[..]).prop_map(str::to_owned);
    vec((id, date(), state, units), 0..most)
}

fn query() -> impl Strategy<Value = HistoryQuery> {
    use Granularity::{Day, Month, Week, Year};
    let bound = || {
        weighted(
            0.3,
            prop_oneof![6 => date(), 1 => Just("2026-02-30".to_owned()), 1 => Just(String::new())],
        )
    };
    (filter(), select(vec![Day, Week, Month, Year]), bound(), bound()).prop_map(
        |(filter, granularity, start_date, end_date)| HistoryQuery {
            filter,
            granularity,
            start_date,
            end_date,
        },
    )
}

fn shown(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

fn compare(
    equipment: &Arc<EquipmentView>,
    rows: &[SourceRow],
    query: &HistoryQuery,
) -> Result<(), TestCaseError> {
    let table = table(rows, FIRST, LAST);
    prop_assert_eq!(&HistoryTable::from_ipc(&table.to_ipc()).unwrap(), &table);
    let view = HistoryView::join(Arc::new(table), equipment.clone());
    let inside = |row: &&SourceRow| row.1.as_str() >= FIRST && row.1.as_str() <= LAST;
    let naive = Plant {
        rows: rows.iter().filter(inside).cloned().collect(),
        first: FIRST.to_owned(),
        last: LAST.to_owned(),
        view: equipment,
        calendar: dates().to_vec(),
    };
    prop_assert_eq!(shown(view.summary(query)), naive.summary(query));
    prop_assert_eq!(shown(view.ou_trend(query)), naive.ou_trend(query));
    prop_assert_eq!(shown(view.utilization_heatmap(query)), naive.utilization_heatmap(query));
    prop_assert_eq!(shown(view.tree(query)), naive.tree(query));
    for (offset, limit) in [(0, None), (1, Some(2)), (u32::MAX, Some(u32::MAX)), (0, Some(0))] {
        let detail = HistoryDetailQuery { hours: query.clone(), offset, limit };
        prop_assert_eq!(shown(view.detail(&detail)), naive.detail(&detail));
    }
    for group in ["甲", "UNKNOWN", "W9"] {
        for family in [None, Some("F1".to_owned()), Some("none".to_owned())] {
            let machines =
                FamilyMachinesQuery { hours: query.clone(), group: group.to_owned(), family };
            let expected = naive.family_machines(&machines);
            prop_assert_eq!(shown(view.family_machines(&machines)), expected);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_range_put_together_from_parts_is_that_of_all_its_rows(
        rows in rows(6, 200),
        part_of_day in vec(0_usize..4, 405),
    ) {
        let (first, last) = (day(FIRST), day(LAST));
        let whole = table(&rows, FIRST, LAST);
        let days: Vec<Day> = std::iter::successors(Some(first), |day| Some(day.next()))
            .take_while(|day| day.days_until(last) >= 0)
            .collect();
        // Every part has all rows, and is asked for its days only.
        let parts: Vec<DaysOf<'_>> = (0..4)
            .map(|part| {
                let of_part = days.iter().zip(&part_of_day).filter(|(_, its)| **its == part);
                DaysOf { table: &whole, days: of_part.map(|(day, _)| *day).collect() }
            })
            .collect();
        let assembled = HistoryTable::assembled(first, last, &parts);
        prop_assert_eq!(assembled.to_ipc(), whole.to_ipc());
        prop_assert_eq!(assembled, whole);
    }

    #[test]
    fn every_answer_is_that_of_the_naive_twin(
        equipment in merged(0..25, 8), rows in rows(8, 120), query in query()
    ) {
        compare(&equipment, &rows, &query)?;
        let everything = HistoryQuery { granularity: query.granularity, ..HistoryQuery::default() };
        compare(&equipment, &rows, &everything)?;
    }

    #[test]
    fn the_order_of_the_source_does_not_matter(
        (rows, shuffled) in rows(5, 60).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        prop_assert_eq!(table(&rows, FIRST, LAST), table(&shuffled, FIRST, LAST));
    }

    #[test]
    fn damaged_bytes_are_refused(
        rows in rows(5, 40), place in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()
    ) {
        let whole = table(&rows, FIRST, LAST);
        let mut bytes = whole.to_ipc();
        let place = place.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= 1 << bit }
        // A table that is accepted must be equal: padding bytes have no meaning.
        if let Ok(found) = HistoryTable::from_ipc(&bytes) {
            prop_assert_eq!(found, whole);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn so_it_is_in_plants_of_any_size(
        plants in (merged(0, 1), merged(1, 1), merged(5, 4), merged(300, 250)),
        rows in rows(250, 3_000), query in query()
    ) {
        for equipment in [plants.0, plants.1, plants.2, plants.3] {
            compare(&equipment, &rows, &query)?;
        }
    }
}

#[test]
fn hours_are_rounded_row_by_row_and_missing_ones_are_none() {
    let rows = [
        (Some("a"), Some("2026-01-01 00:00:00"), Some("PRD"), Some(0.00005)),
        (Some("a"), Some("2026-01-01T08:00:00"), Some("PRD"), Some(0.00005)),
        (Some("a"), Some("2026-01-01"), None, Some(1.0)),
        (Some("a"), Some("2026-01-02"), Some("PRD"), None),
        (None, Some("2026-01-01"), Some("PRD"), Some(1.0)),
        (Some("a"), None, Some("PRD"), Some(1.0)),
        (Some("a"), Some("2026-01-04"), Some("PRD"), Some(1.0)),
    ];
    let (first, last) = (day("2026-01-01"), day("2026-01-03"));
    let table = HistoryTable::from_source(
        &batch(&rows),
        first,
        last,
        &SiteRules::default(),
        &mut Ledger::default(),
    )
    .unwrap();
    assert_eq!(table.len(), 1);
    assert_eq!(table.hours[0], [2, 0, 0, 0, 0, 0, 10_000]);
}

#[test]
fn a_defect_of_the_source_is_counted_and_costs_its_own_row_only() {
    let (first, last) = (day("2026-01-01"), day("2026-01-03"));
    for (machine, time, hours, reason) in [
        (Some("b"), Some("01/02/2026"), 1.0, Reason::NoDay),
        (Some("b"), None, 1.0, Reason::NoDay),
        (None, Some("2026-01-01"), 1.0, Reason::NoKey),
        (Some(""), Some("2026-01-01"), 1.0, Reason::NoKey),
        (Some("b"), Some("2026-01-01"), f64::NAN, Reason::OutOfRange),
        (Some("b"), Some("2026-01-01"), f64::INFINITY, Reason::OutOfRange),
        (Some("b"), Some("2026-01-01"), 1e9, Reason::OutOfRange),
    ] {
        let rows = [
            (Some("a"), Some("2026-01-01"), Some("PRD"), Some(1.0)),
            (machine, time, Some("PRD"), Some(hours)),
            (Some("b"), Some("2026-02-01"), Some("PRD"), Some(1.0)),
        ];
        let mut ledger = Ledger::default();
        let table = HistoryTable::from_source(
            &batch(&rows),
            first,
            last,
            &SiteRules::default(),
            &mut ledger,
        )
        .unwrap();
        assert_eq!((table.len(), table.hours[0][0]), (1, 10_000), "{reason:?}");
        let found: Vec<_> = ledger.findings().collect();
        assert_eq!((found.len(), found[0].reason, found[0].count), (1, reason, 1));
        assert_eq!(found[0].sample_key.as_deref(), machine.filter(|name| !name.is_empty()));
        let kept = if reason == Reason::OutOfRange { 2 } else { 1 };
        assert_eq!((ledger.rows_read, ledger.rows_kept), (2, kept));
    }
}

#[test]
fn days_that_cannot_be_right_are_counted() {
    let rows = [
        (Some("a"), Some("2026-01-01"), Some("PRD"), Some(20.0)),
        (Some("a"), Some("2026-01-01"), Some("SBY"), Some(4.01)),
        (Some("b"), Some("2026-01-01"), Some("PRD"), Some(20.0)),
        (Some("b"), Some("2026-01-01"), Some("UNAVAILABLE"), Some(5.0)),
        (Some("c"), Some("2026-01-01"), Some("PRD"), Some(20.0)),
        (Some("c"), Some("2026-01-01"), Some("SBY"), Some(-18.0)),
        (Some("d"), Some("2026-01-01"), Some("SBY"), Some(-1.0)),
        (Some("d"), Some("2026-01-01"), Some("SBY"), Some(2.0)),
    ];
    let (first, last) = (day("2026-01-01"), day("2026-01-03"));
    let mut ledger = Ledger::default();
    HistoryTable::from_source(&batch(&rows), first, last, &SiteRules::default(), &mut ledger)
        .unwrap();
    let shown = |reason| {
        let found = ledger.findings().find(|found| found.reason == reason).unwrap();
        (found.count, found.sample_key.as_deref().unwrap(), found.sample_value.as_deref().unwrap())
    };
    assert_eq!(shown(Reason::DayOver24Hours), (1, "b", "25 h on 2026-01-01"));
    assert_eq!(shown(Reason::NegativeHours), (1, "c", "-18 h on 2026-01-01"));
    assert_eq!(shown(Reason::UnknownCode), (1, "b", "UNAVAILABLE"));
}

/// A few machines.
fn few_machines() -> Arc<EquipmentView> {
    use plant_simulator::source::SourceTable::{EquipmentStatus, Resources, Workcenters};
    use plant_simulator::{Factory, MORNING, PlantSize};

    use crate::equipment::{EquipmentStatusTable, ResourceTable};
    use crate::workcenter::WorkcenterTable;
    let plant = Factory::new(1, MORNING, PlantSize::of(0, 16));
    let [resources, statuses, workcenters] =
        [Resources, EquipmentStatus, Workcenters].map(|table| plant.batch(table));
    let (rules, ledger) = (SiteRules::default(), &mut Ledger::default());
    Arc::new(EquipmentView::merge(
        ResourceTable::from_source(&resources, &rules, ledger).unwrap().into(),
        EquipmentStatusTable::from_source(&statuses, &rules, ledger).unwrap().into(),
        WorkcenterTable::from_source(&workcenters, &rules, ledger).unwrap().into(),
    ))
}

#[test]
fn percentages_are_between_0_and_100_or_absent_and_parts_add_up() {
    let equipment = few_machines();
    let id = equipment.id(0).to_owned();
    let summary = |hours: &[(&str, i64)]| {
        let rows: Vec<SourceRow> = hours
            .iter()
            .map(|(state, hours)| {
                (id.clone(), "2026-01-05".to_owned(), (*state).to_owned(), hours * 10_000)
            })
            .collect();
        let view = HistoryView::join(Arc::new(table(&rows, FIRST, LAST)), equipment.clone());
        let query = HistoryQuery::default();
        let days = view.detail(&HistoryDetailQuery::default()).machines;
        (view.summary(&query), view.ou_trend(&query)[0].ou_pct, days[0].figures)
    };
    // A correction of -18 h on a day that has 6 h of standby.
    let (all, ou, machine) = summary(&[("PRD", 17), ("SBY", 6), ("SBY", -18), ("UDT", 1)]);
    let absent = (None, None, None, None);
    let figures = all.kpi;
    assert_eq!((figures.ou_pct, figures.availability_pct, figures.prd_pct, ou), absent);
    assert_eq!((machine.ou_pct, machine.sby_pct), (None, None));
    assert_eq!((figures.sby_hours, figures.total_hours), (-12.0, 6.0));
    assert_eq!((all.heatmap.ou_pct[0][0], all.workcenter_comparison[0].ou_pct), (None, None));
    // Nothing but another state: nothing to divide by, and its own part of the total.
    let (all, ou, machine) = summary(&[("UNAVAILABLE", 24)]);
    assert_eq!((all.kpi.ou_pct, all.kpi.availability_pct, ou), (None, None, None));
    assert_eq!((machine.other_hours, machine.other_pct), (24.0, Some(100.0)));
    assert_eq!((machine.total_hours, machine.prd_pct), (24.0, Some(0.0)));
    assert_eq!((all.trend[0].figures.other_hours, all.trend[0].figures.total_hours), (24.0, 24.0));
    // A computed 0 is 0 %.
    let (all, ..) = summary(&[("SBY", 12), ("OTHER", 12)]);
    assert_eq!((all.kpi.ou_pct, all.kpi.sby_pct), (Some(0.0), Some(100.0)));
    assert_eq!((all.kpi.other_pct, all.kpi.total_hours), (Some(50.0), 24.0));
}

proptest! {
    #[test]
    fn hours_count_as_the_site_maps_their_state(rules in rules(), state in select(&STATES[..])) {
        let rows = [(Some("m1"), Some("2026-11-20 07:30:00"), Some(state), Some(8.0))];
        let (day, ledger) = (day("2026-11-20"), &mut Ledger::default());
        let table = HistoryTable::from_source(&batch(&rows), day, day, &rules, ledger).unwrap();
        let place = State::exact(rules.e10_state(state)).place();
        prop_assert_eq!(table.hours[0][place], 80_000);
        prop_assert_eq!(ledger.count(Reason::UnknownCode) == 0, rules.knows_state(state));
    }
}
