//! Every answer against its naive twin; what the source may do wrong; the table's forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde::Serialize;
use serde_json::Value;

use super::naive::{Plant, SourceRow};
use super::*;
use crate::calendar::{Day, Moment};
use crate::lot::{HoldType, LotTable};
use crate::production_day::ShiftPlan;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;
use crate::source_contract::{CONTAINER_COLUMNS, HOLD_HISTORY_COLUMNS, LOT_COLUMNS, SourceColumn};
use crate::source_contract::{Storage, WORKCENTER_COLUMNS};
use crate::workcenter::WorkcenterTable;

/// Rows as a batch of all columns of a contract; numbers are read from text.
fn batch(columns: &[SourceColumn], rows: &[BTreeMap<&str, Option<String>>]) -> RecordBatch {
    let arrays = columns.iter().map(|column| {
        let cell = |row: &BTreeMap<&str, Option<String>>| row.get(column.name).cloned().flatten();
        let cells = rows.iter().map(cell);
        let array: ArrayRef = match column.kind.storage() {
            Storage::Text => Arc::new(cells.collect::<StringArray>()),
            Storage::Integer => {
                let numbers = cells.map(|cell| cell.map(|cell| cell.parse::<i64>().unwrap()));
                Arc::new(numbers.collect::<Int64Array>())
            }
            Storage::Decimal => Arc::new(arrow_array::Float64Array::new_null(rows.len())),
        };
        (column.name, array, true)
    });
    RecordBatch::try_from_iter_with_nullable(arrays.collect::<Vec<_>>()).unwrap()
}

fn pairs(
    columns: &[SourceColumn],
    names: [&'static str; 3],
    rows: impl Iterator<Item = [String; 3]>,
) -> RecordBatch {
    let rows: Vec<_> =
        rows.map(|row| names.into_iter().zip(row.map(Some)).collect::<BTreeMap<_, _>>()).collect();
    batch(columns, &rows)
}

fn hold_batch(rows: &[SourceRow]) -> RecordBatch {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            BTreeMap::from([
                ("CONTAINERID", row.container.clone()),
                ("HOLDTXNDATE", row.from.clone()),
                ("RELEASETXNDATE", row.until.clone()),
                ("HOLDREASONID", row.reason_id.clone()),
                ("HOLDREASONNAME", row.reason.clone()),
                ("QTY", row.qty.map(|qty| qty.to_string())),
                ("WORKCENTERNAME", row.workcenter.clone()),
                ("HOLDEMP", row.person.clone()),
                ("PJ_WORKORDER", row.workorder.clone()),
            ])
        })
        .collect();
    batch(HOLD_HISTORY_COLUMNS, &rows)
}

fn range_of(plant: &Plant) -> HoldRange {
    HoldRange {
        plan: ShiftPlan::parse(&plant.day_start, "24").unwrap(),
        first: Day::parse(&plant.first).unwrap(),
        last: Day::parse(&plant.last).unwrap(),
        now: Moment::parse(&plant.now).unwrap(),
    }
}

fn table_of(plant: &Plant, ledger: &mut Ledger) -> HoldHistoryTable {
    let rules = SiteRules::default();
    let containers = plant.containers.iter();
    let containers = containers.map(|(id, (lot, line))| [id.clone(), lot.clone(), line.clone()]);
    let names = ["CONTAINERID", "CONTAINERNAME", "PRODUCTLINENAME"];
    let containers = pairs(CONTAINER_COLUMNS, names, containers);
    let groups = plant.groups.iter();
    let groups = groups.map(|(name, group)| [name.clone(), group.clone(), "1".to_owned()]);
    let names = ["WORK_CENTER", "WORK_CENTER_GROUP", "WORKCENTERSEQUENCE_GROUP"];
    let groups = pairs(WORKCENTER_COLUMNS, names, groups);
    let people = plant.departments.iter();
    let people = people.enumerate().flat_map(|(number, (person, department))| {
        // The department that most of a person's lots have is theirs.
        [(0, department.as_str()), (1, department.as_str()), (2, "another")].map(
            |(lot, department)| {
                BTreeMap::from([
                    ("LOTID", Some(format!("L{number}-{lot}"))),
                    ("WORKORDER", Some("W".to_owned())),
                    ("HOLDEMP", Some(person.clone())),
                    ("DEPTNAME", Some(department.to_owned())),
                ])
            },
        )
    });
    let lots = batch(LOT_COLUMNS, &people.collect::<Vec<_>>());
    let unused = &mut Ledger::default();
    let sources = HoldSources {
        holds: &hold_batch(&plant.rows),
        containers: Some(&containers),
        workcenters: &WorkcenterTable::from_source(&groups, &rules, unused).unwrap(),
        lots: Some(&LotTable::from_source(&lots, &rules, unused).unwrap()),
    };
    HoldHistoryTable::from_source(sources, range_of(plant), &rules, ledger).unwrap()
}

const REASONS: [&str; 4] = ["R1", "R2", "特殊需求管控", "工程驗證(PE)"];

fn moment() -> impl Strategy<Value = String> {
    let date = prop_oneof![
        // Around the range, which goes over the end of a month, and far away.
        8 => (25_u32..32).prop_map(|day| format!("2026-01-{day}")),
        8 => (1_u32..9).prop_map(|day| format!("2026-02-{day:02}")),
        1 => select(vec!["2024-06-01", "2026-03-05", "2027-12-01"]).prop_map(str::to_owned),
    ];
    let time = select(vec!["07:29:59", "07:30:00", "07:30:01", "00:00:00", "23:59:59", "13:05:07"]);
    (date, time).prop_map(|(date, time)| format!("{date} {time}"))
}

fn row() -> impl Strategy<Value = SourceRow> {
    let until = prop_oneof![3 => Just(0), 1 => Just(1), 4 => Just(2), 1 => Just(3)];
    let qty = prop_oneof![6 => 0_i64..90, 1 => Just(-3), 1 => Just(3_000_000_000)];
    (
        weighted(0.97, (0_u32..6).prop_map(|number| format!("c{number}"))),
        (
            weighted(0.98, prop_oneof![40 => moment(), 1 => Just("soon".to_owned())]),
            moment(),
            until,
        ),
        (weighted(0.7, select(vec!["r1", "r2"])), weighted(0.9, select(&REASONS[..]))),
        weighted(0.9, qty),
        weighted(0.9, select(vec!["焊接_WB", "焊_WB_料", "成型"])),
        weighted(0.9, select(vec!["Ann", "Bob", "Eve"])),
        weighted(0.9, select(vec!["W-1", "W-2"])),
    )
        .prop_map(
            |(container, (from, other, until), reason, qty, workcenter, person, workorder)| {
                // A hold of no length, one that is still on, any two moments in any order, and no moment.
                let until = match until {
                    0 => from.clone(),
                    1 => None,
                    2 => Some(other),
                    _ => Some("later".to_owned()),
                };
                let text = |text: Option<&str>| text.map(str::to_owned);
                SourceRow {
                    container,
                    from,
                    until,
                    reason_id: text(reason.0),
                    reason: text(reason.1),
                    qty,
                    workcenter: text(workcenter),
                    person: text(person),
                    workorder: text(workorder),
                }
            },
        )
}

fn plant(most: usize) -> impl Strategy<Value = Plant> {
    let days = select(vec![
        ("2026-01-29", "2026-02-04", "2026-02-04 12:00:00"),
        ("2026-01-29", "2026-02-04", "2026-03-01 00:00:00"),
        // Some of the range's days have not begun, or none has.
        ("2026-01-29", "2026-02-06", "2026-02-02 07:29:59"),
        ("2026-02-03", "2026-02-06", "2026-02-02 07:30:00"),
        ("2026-02-01", "2026-02-01", "2026-02-01 07:30:00"),
    ]);
    let day_start = select(vec!["07:30", "00:00", "23:59"]);
    (vec(row(), 0..most), days, day_start).prop_map(|(rows, (first, last, now), day_start)| {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
        };
        let container = |number: u32| {
            let package = ["QFN", "SOT"][number as usize % 2].to_owned();
            (format!("c{number}"), (format!("LOT-{number}"), package))
        };
        Plant {
            rows,
            containers: (0..5).map(container).collect(),
            groups: map(&[("焊接_WB", "焊接_WB"), ("焊_WB_料", "焊接_WB")]),
            departments: map(&[("Ann", "QC"), ("Bob", "PE")]),
            day_start: day_start.to_owned(),
            first: first.to_owned(),
            last: last.to_owned(),
            now: now.to_owned(),
        }
    })
}

fn some(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let chosen = subsequence(from, 0..=2)
        .prop_map(|names| names.into_iter().map(str::to_owned).collect::<Vec<String>>());
    prop_oneof![3 => Just(Vec::new()), 1 => chosen]
}

fn filter() -> impl Strategy<Value = HoldHistoryFilter> {
    let days = vec!["2026-01-29", "2026-02-01", "2026-02-04", "2026-02-09", "2026-02-30", "soon"];
    (
        weighted(0.2, select(vec![HoldType::Quality, HoldType::NonQuality])),
        some(&REASONS),
        some(&["焊接_WB", "成型", "none"]),
        some(&["QFN", "SOT"]),
        some(&["QC", "PE"]),
        (weighted(0.2, select(vec!["lot-1", "w-2", "zzz", " "])), any::<bool>(), any::<bool>()),
        prop_oneof![3 => Just(vec![]), 1 => subsequence(HoldClass::ALL.to_vec(), 1..3)],
        weighted(0.3, select(days)),
        weighted(0.5, select(vec![HoldKind::New, HoldKind::Released, HoldKind::Held])),
    )
        .prop_map(
            |(
                hold_type,
                reasons,
                workcenters,
                packages,
                departments,
                other,
                durations,
                day,
                kind,
            )| {
                let (text, repeats, too) = other;
                HoldHistoryFilter {
                    hold_type,
                    reasons,
                    workcenters,
                    packages,
                    departments,
                    repeats_only: repeats && too,
                    text: text.map(str::to_owned),
                    durations,
                    day: day.map(str::to_owned),
                    kind,
                }
            },
        )
}

fn query() -> impl Strategy<Value = HoldRecordsQuery> {
    let limit = weighted(0.5, prop_oneof![0_u32..9, Just(u32::MAX)]);
    let offset = prop_oneof![3 => Just(0), 2 => 0_u32..9, 1 => Just(u32::MAX)];
    (filter(), weighted(0.8, select(&HoldRecordSort::ALL[..])), any::<bool>(), offset, limit)
        .prop_map(|(filter, sort, descending, offset, limit)| HoldRecordsQuery {
            filter,
            sort,
            descending,
            offset,
            limit,
        })
}

fn shown(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_answer_is_that_of_the_naive_twin(plant in plant(60), query in query()) {
        let table = table_of(&plant, &mut Ledger::default());
        prop_assert_eq!(&HoldHistoryTable::from_ipc(&table.to_ipc()).unwrap(), &table);
        prop_assert_eq!(shown(table.overview(&query.filter)), plant.overview(&query.filter));
        prop_assert_eq!(shown(table.records(&query)), plant.records(&query));
        let all = HoldRecordsQuery { sort: query.sort, ..HoldRecordsQuery::default() };
        prop_assert_eq!(shown(table.overview(&all.filter)), plant.overview(&all.filter));
        prop_assert_eq!(shown(table.records(&all)), plant.records(&all));
    }

    #[test]
    fn the_order_of_the_source_does_not_matter(
        (plant, shuffled) in plant(40).prop_flat_map(|plant| {
            let rows = Just(plant.rows.clone()).prop_shuffle();
            (Just(plant.rows), rows, Just(plant.first), Just(plant.last), Just(plant.now))
        }).prop_map(|(rows, shuffled, first, last, now)| {
            let plant = |rows| Plant {
                rows,
                containers: BTreeMap::new(),
                groups: BTreeMap::new(),
                departments: BTreeMap::new(),
                day_start: "07:30".to_owned(),
                first: first.clone(),
                last: last.clone(),
                now: now.clone(),
            };
            (plant(rows), plant(shuffled))
        })
    ) {
        let [one, other] = [&plant, &shuffled].map(|plant| table_of(plant, &mut Ledger::default()));
        prop_assert_eq!(one.to_ipc(), other.to_ipc());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_is_on_changes_by_what_comes_and_goes(rows in vec(row(), 0..40), plant in plant(1)) {
        // With one hold per lot, so that lots are holds.
        let numbered = rows.into_iter().enumerate().map(|(number, row)| SourceRow {
            container: Some(format!("c{number}")),
            ..row
        });
        let plant = Plant { rows: numbered.collect(), ..plant };
        let days = table_of(&plant, &mut Ledger::default()).overview(&Default::default()).trend;
        for pair in days.windows(2) {
            for count in [
                |counts: &HoldCounts| (i64::from(counts.all.lots), counts.all.qty),
                |counts: &HoldCounts| (i64::from(counts.quality.lots), counts.quality.qty),
                |counts: &HoldCounts| (i64::from(counts.non_quality.lots), counts.non_quality.qty),
            ] {
                let (before, after) = (count(&pair[0].held), count(&pair[1].held));
                let (new, released) = (count(&pair[1].new), count(&pair[1].released));
                prop_assert_eq!(before.0 + new.0 - released.0, after.0);
                prop_assert_eq!(before.1 + new.1 - released.1, after.1);
            }
        }
    }

    #[test]
    fn every_row_of_the_range_counts_or_is_counted(plant in plant(60)) {
        let mut ledger = Ledger::default();
        let table = table_of(&plant, &mut ledger);
        let dropped = ledger.count(Reason::NoKey) + ledger.count(Reason::NoDay);
        prop_assert_eq!(ledger.rows_read, ledger.rows_kept + dropped);
        prop_assert_eq!(ledger.rows_kept, table.len() as u64);
        let everything = table.records(&HoldRecordsQuery::default());
        prop_assert_eq!(everything.total as usize, table.len());
        let overview = table.overview(&HoldHistoryFilter::default());
        let bars = [&overview.reasons, &overview.workcenters, &overview.packages, &overview.departments];
        for bars in bars {
            prop_assert_eq!(bars.iter().map(|bar| bar.holds).sum::<u32>(), overview.holds);
            prop_assert!(bars.last().is_none_or(|bar| bar.cumulative_pct == 100.0));
        }
    }

    #[test]
    fn a_chosen_day_never_narrows_the_trend(plant in plant(40), filter in filter()) {
        let table = table_of(&plant, &mut Ledger::default());
        let without = HoldHistoryFilter {
            day: None, kind: None, durations: vec![], ..filter.clone()
        };
        let (with, without) = (table.overview(&filter), table.overview(&without));
        prop_assert_eq!(with.trend, without.trend);
        prop_assert_eq!(shown(with.averages), shown(without.averages));
    }

    #[test]
    fn damaged_bytes_are_refused(
        plant in plant(30), place in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()
    ) {
        let whole = table_of(&plant, &mut Ledger::default());
        let mut bytes = whole.to_ipc();
        let place = place.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= 1 << bit }
        // A table that is accepted must be equal: padding bytes have no meaning.
        if let Ok(found) = HoldHistoryTable::from_ipc(&bytes) {
            prop_assert_eq!(found, whole);
        }
    }
}

/// A plant with these holds: lot, begin, end, on 3 to 5 February.
fn february(rows: &[(&str, &str, Option<&str>)]) -> Plant {
    let rows = rows.iter().map(|(container, from, until)| SourceRow {
        container: Some((*container).to_owned()),
        from: Some((*from).to_owned()),
        until: until.map(str::to_owned),
        reason: Some("R1".to_owned()),
        qty: Some(10),
        ..SourceRow::default()
    });
    Plant {
        rows: rows.collect(),
        containers: BTreeMap::new(),
        groups: BTreeMap::new(),
        departments: BTreeMap::new(),
        day_start: "07:30".to_owned(),
        first: "2026-02-03".to_owned(),
        last: "2026-02-05".to_owned(),
        now: "2026-02-05 12:00:00".to_owned(),
    }
}

#[test]
fn a_lot_with_overlapping_holds_is_one_lot_on_hold() {
    let plant = february(&[
        ("a", "2026-02-03 08:00:00", Some("2026-02-04 08:00:00")),
        ("a", "2026-02-03 09:00:00", None),
        ("a", "2026-02-04 09:00:00", Some("2026-02-04 10:00:00")),
    ]);
    let overview = table_of(&plant, &mut Ledger::default()).overview(&Default::default());
    let lots = |counts: &HoldCounts| (counts.all.lots, counts.all.qty);
    let days: Vec<_> = overview
        .trend
        .iter()
        .map(|day| (lots(&day.new), lots(&day.released), lots(&day.held), day.repeats))
        .collect();
    assert_eq!(
        days,
        [
            ((1, 10), (0, 0), (1, 10), 1),
            ((1, 10), (1, 10), (1, 10), 1),
            ((0, 0), (0, 0), (1, 10), 0),
        ]
    );
    assert_eq!(overview.holds, 3);
    assert_eq!(
        (overview.released_hours.mean_hours, overview.held_hours.mean_hours),
        (Some(12.5), Some(51.0))
    );
}

#[test]
fn days_without_activity_count_in_the_average() {
    let plant = february(&[
        ("a", "2026-02-03 07:30:00", Some("2026-02-03 07:30:00")),
        ("b", "2026-02-04 07:29:59", Some("2026-02-04 07:30:00")),
    ]);
    let averages = table_of(&plant, &mut Ledger::default()).overview(&Default::default()).averages;
    assert_eq!((averages.new_lots, averages.new_qty), (0.7, 6.7));
    assert_eq!((averages.released_lots, averages.held_lots), (0.7, 0.3));
}

#[test]
fn what_the_source_does_wrong_is_counted() {
    let plant = february(&[
        ("a", "2026-02-03 08:00:00", Some("2026-02-03 07:59:59")),
        ("b", "2026-02-03 08:00:00", Some("never")),
        ("c", "tomorrow", None),
        ("", "2026-02-03 08:00:00", None),
        ("d", "2026-02-06 12:00:01", Some("2026-02-06 12:00:01")),
        // Of other days: it is there for the rank only.
        ("b", "2026-01-03 08:00:00", Some("2026-01-03 07:59:59")),
    ]);
    let plant = Plant { last: "2026-02-06".to_owned(), ..plant };
    let mut ledger = Ledger::default();
    let table = table_of(&plant, &mut ledger);
    let found: Vec<_> = ledger
        .findings()
        .map(|one| (one.reason, one.column, one.count, one.sample_key.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Reason::Unreadable, "RELEASETXNDATE", 1, Some("b")),
            (Reason::NoKey, "CONTAINERID", 1, None),
            (Reason::NoDay, "HOLDTXNDATE", 1, Some("c")),
            (Reason::FutureMoment, "HOLDTXNDATE", 1, Some("d")),
            (Reason::FutureMoment, "RELEASETXNDATE", 1, Some("d")),
            (Reason::ReversedSpan, "RELEASETXNDATE", 1, Some("a")),
        ]
    );
    assert_eq!((ledger.rows_read, ledger.rows_kept, table.len()), (5, 3, 3));
    let hours: Vec<_> = table
        .records(&HoldRecordsQuery::default())
        .records
        .into_iter()
        .map(|one| (one.container_id, one.hours, one.rank))
        .collect();
    let expected = [("d", 0.0, 1), ("a", 0.0, 1), ("b", 52.0, 2)]
        .map(|(id, hours, rank)| (id.to_owned(), hours, rank));
    assert_eq!(hours, expected);
}

#[test]
fn optional_tables_and_columns_may_be_absent() {
    let rules = SiteRules::default();
    let plant = february(&[("a", "2026-02-03 08:00:00", None)]);
    let whole = hold_batch(&plant.rows);
    let required: Vec<usize> = (0..HOLD_HISTORY_COLUMNS.len())
        .filter(|place| HOLD_HISTORY_COLUMNS[*place].required)
        .collect();
    let none = WorkcenterTable::from_source(
        &batch(WORKCENTER_COLUMNS, &[]),
        &rules,
        &mut Ledger::default(),
    );
    let sources = HoldSources {
        holds: &whole.project(&required).unwrap(),
        containers: None,
        workcenters: &none.unwrap(),
        lots: None,
    };
    let ledger = &mut Ledger::default();
    let table = HoldHistoryTable::from_source(sources, range_of(&plant), &rules, ledger);
    let table = table.unwrap();
    let absent = table.overview(&HoldHistoryFilter::default()).absent;
    assert_eq!((absent.len(), absent[0].as_str()), (10, "PJ_WORKORDER"));
    assert_eq!(absent[9], "DW_MES_CONTAINER");
    assert_eq!(HoldHistoryTable::from_ipc(&table.to_ipc()).as_ref(), Ok(&table));
    let record = table.records(&HoldRecordsQuery::default()).records.remove(0);
    assert_eq!((record.container_id.as_str(), record.lot_id, record.hours), ("a", None, 52.0));
}
