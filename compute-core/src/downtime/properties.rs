//! Every answer against its naive twin; what the source may do wrong; the tables' forms.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde::Serialize;
use serde_json::Value;

use super::naive::{Plant, SourceJob, SourceRow};
use super::*;
use crate::calendar::Day;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::properties::{filter as machine_filter, merged};
use crate::equipment::{EquipmentFilter, EquipmentView, State};
use crate::production_day::ShiftPlan;
use crate::quality::{Ledger, Reason};
use crate::site_rules::SiteRules;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn texts<T>(rows: &[T], cell: impl Fn(&T) -> &Option<String>) -> ArrayRef {
    Arc::new(rows.iter().map(|row| cell(row).clone()).collect::<StringArray>())
}

fn shift_batch(rows: &[SourceRow]) -> RecordBatch {
    let hours: Float64Array = rows.iter().map(|row| Some(row.units as f64 / 10_000.0)).collect();
    batch(vec![
        ("HISTORYID", texts(rows, |row| &row.machine)),
        ("TXNDATE", texts(rows, |row| &row.day)),
        ("OLDSTATUSNAME", texts(rows, |row| &row.state)),
        ("OLDREASONNAME", texts(rows, |row| &row.reason)),
        ("OLDLASTSTATUSCHANGEDATE", texts(rows, |row| &row.begin)),
        ("LASTSTATUSCHANGEDATE", texts(rows, |row| &row.end)),
        ("JOBID", texts(rows, |row| &row.job)),
        ("HOURS", Arc::new(hours)),
    ])
}

fn job_batch(jobs: &[SourceJob]) -> RecordBatch {
    let some = |cell: fn(&SourceJob) -> &String| -> ArrayRef {
        Arc::new(jobs.iter().map(|job| Some(cell(job).as_str())).collect::<StringArray>())
    };
    let none: ArrayRef = Arc::new(StringArray::new_null(jobs.len()));
    batch(vec![
        ("JOBID", some(|job| &job.id)),
        ("RESOURCEID", some(|job| &job.machine)),
        ("RESOURCENAME", none.clone()),
        ("JOBSTATUS", none),
        ("CREATEDATE", some(|job| &job.created)),
        ("COMPLETEDATE", texts(jobs, |job| &job.ended)),
        ("FIRSTCLOCKONDATE", texts(jobs, |job| &job.on)),
        ("LASTCLOCKOFFDATE", texts(jobs, |job| &job.off)),
    ])
}

fn plan_of(plant: &Plant<'_>) -> ShiftPlan {
    let shifts: Vec<String> = plant.shifts.iter().map(i64::to_string).collect();
    ShiftPlan::parse(&plant.day_start, &shifts.join(",")).unwrap()
}

fn table_of(plant: &Plant<'_>, ledger: &mut Ledger) -> DowntimeTable {
    let range = (Day::parse(&plant.first).unwrap(), Day::parse(&plant.last).unwrap());
    let rules = SiteRules::default();
    DowntimeTable::from_source(&shift_batch(&plant.rows), range, &plan_of(plant), &rules, ledger)
        .unwrap()
}

fn view_of(plant: &Plant<'_>, equipment: &Arc<EquipmentView>) -> DowntimeView {
    let table = table_of(plant, &mut Ledger::default());
    let jobs = JobTable::from_source(&job_batch(&plant.jobs), &mut Ledger::default()).unwrap();
    DowntimeView::join(table.into(), jobs.into(), equipment.clone())
}

const REASONS: [&str; 5] = ["Jam", "Motor", "DOE", "卡住", "Jam "];
const STATES: [&str; 8] = ["UDT", "UDT", "SDT", "EGT", "PM", "PRD", "NST", "gone"];
const DAYS: [&str; 6] =
    ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03", "2026-02-09"];

/// Moments that are often equal or some seconds apart.
fn moment() -> impl Strategy<Value = String> {
    let time = select(vec!["07:29:59", "07:30:00", "07:30:59", "07:31:00", "07:31:01", "19:30:00"]);
    (select(&DAYS[..5]), time).prop_map(|(day, time)| format!("{day} {time}"))
}

fn row() -> impl Strategy<Value = SourceRow> {
    let text = |text: &str| text.to_owned();
    (
        weighted(0.97, (0_u32..6).prop_map(|number| format!("m{number}"))),
        weighted(0.97, select(&DAYS[..]).prop_map(text)),
        weighted(0.97, select(&STATES[..]).prop_map(text)),
        weighted(0.9, select(&REASONS[..]).prop_map(text)),
        (weighted(0.9, moment()), weighted(0.8, moment()), any::<bool>()),
        prop_oneof![6 => 0_i64..120_000, 1 => Just(0), 1 => -900_i64..0],
        weighted(0.2, (0_u32..14).prop_map(|number| format!("J{number:02}"))),
    )
        .prop_map(|(machine, day, state, reason, (begin, end, is_short), units, job)| {
            // Of no length, reversed, without end, and whatever else two moments make.
            let end = if is_short { begin.clone() } else { end };
            SourceRow { machine, day, state, reason, begin, end, units, job }
        })
}

fn jobs() -> impl Strategy<Value = Vec<SourceJob>> {
    let machine = (0_u32..6).prop_map(|number| format!("m{number}"));
    let times =
        (moment(), weighted(0.8, moment()), weighted(0.8, moment()), weighted(0.8, moment()));
    vec((machine, times), 0..60).prop_map(|jobs| {
        (0..)
            .zip(jobs)
            .map(|(number, (machine, (created, ended, on, off)))| SourceJob {
                id: format!("J{number:02}"),
                machine,
                created,
                ended,
                on,
                off,
            })
            .collect()
    })
}

fn filter() -> impl Strategy<Value = DowntimeFilter> {
    let bound = || weighted(0.3, prop_oneof![6 => select(&DAYS[..]), 1 => Just("soon")]);
    let reasons = prop_oneof![3 => Just(vec![]), 1 => subsequence(REASONS.to_vec(), 1..3)];
    let states = subsequence(vec![State::Udt, State::Sdt, State::Egt, State::Prd], 1..3);
    let categories = subsequence(DowntimeCategory::ALL.to_vec(), 1..4);
    (
        prop_oneof![3 => Just(EquipmentFilter::default()), 1 => machine_filter()],
        (bound(), bound()),
        reasons,
        prop_oneof![3 => Just(vec![]), 1 => states],
        prop_oneof![3 => Just(vec![]), 1 => categories],
        prop_oneof![3 => Just(vec![]), 1 => subsequence(vec![0_u8, 1, 2], 1..2)],
        prop_oneof![3 => Just(vec![]), 1 => subsequence(JobLink::ALL.to_vec(), 1..3)],
    )
        .prop_map(
            |(machines, (start, end), reasons, states, categories, shifts, job_links)| {
                DowntimeFilter {
                    machines,
                    start_date: start.map(str::to_owned),
                    end_date: end.map(str::to_owned),
                    states,
                    reasons: reasons.into_iter().map(str::to_owned).collect(),
                    categories,
                    shifts,
                    job_links,
                }
            },
        )
}

fn shown(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

fn compare(
    equipment: &Arc<EquipmentView>,
    others: &Arc<EquipmentView>,
    rows: Vec<SourceRow>,
    jobs: Vec<SourceJob>,
    shifts: Vec<i64>,
    filters: [DowntimeFilter; 2],
) -> Result<(), TestCaseError> {
    let (first, last, day_start) =
        ("2026-01-31".to_owned(), "2026-02-03".to_owned(), "07:30".to_owned());
    // Cells are read without blanks at their ends.
    let rows = rows
        .into_iter()
        .map(|row| SourceRow { reason: row.reason.map(|reason| reason.trim().to_owned()), ..row });
    let rows = rows.collect();
    let plant = Plant { rows, jobs, first, last, day_start, shifts, view: equipment };
    let view = view_of(&plant, equipment);
    prop_assert_eq!(&DowntimeTable::from_ipc(&view.table().to_ipc()).unwrap(), &**view.table());
    prop_assert_eq!(&JobTable::from_ipc(&view.jobs().to_ipc()).unwrap(), &**view.jobs());
    let before = DowntimeView::join(view.table().clone(), view.jobs().clone(), others.clone());
    let replaced = before.with_machines(equipment.clone());
    for filter in [&filters[0], &DowntimeFilter::default()] {
        prop_assert_eq!(shown(view.summary(filter)), plant.summary(filter));
        prop_assert_eq!(replaced.summary(filter), view.summary(filter));
        for (offset, limit) in [(0, None), (1, Some(2)), (u32::MAX, Some(u32::MAX))] {
            let filter = filter.clone();
            let query = DowntimeMachinesQuery { filter, offset, limit };
            prop_assert_eq!(shown(view.machines(&query)), plant.machine_list(&query));
        }
        for resource_ids in [vec![], vec!["m1".to_owned(), "m3".to_owned()]] {
            let filter = filter.clone();
            let query = DowntimeTimelineQuery { filter, resource_ids, limit: Some(3) };
            prop_assert_eq!(shown(view.timeline(&query)), plant.timeline(&query));
        }
    }
    for sort in [None].into_iter().chain(DowntimeSort::ALL.map(Some)) {
        for descending in [false, true] {
            let filter = filters[0].clone();
            let query = DowntimeEventsQuery { filter, sort, descending, offset: 1, limit: Some(9) };
            prop_assert_eq!(shown(view.events(&query)), plant.event_list(&query));
        }
    }
    let [after, before] = filters;
    let query = DowntimeComparisonQuery { after, before };
    prop_assert_eq!(shown(view.compare(&query)), plant.compare(&query));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_answer_is_that_of_the_naive_twin(
        (equipment, others) in (merged(0..12, 7), merged(0..12, 7)),
        rows in vec(row(), 0..60),
        jobs in jobs(),
        shifts in select(vec![vec![12, 12], vec![24], vec![8, 8, 8]]),
        filters in [filter(), filter()],
    ) {
        compare(&equipment, &others, rows, jobs, shifts, filters)?;
    }

    #[test]
    fn days_of_a_longer_range_are_those_of_their_own_range(
        equipment in merged(1..6, 7), rows in vec(row(), 0..60), jobs in jobs(), filter in filter(),
        (first, last) in (0_usize..4, 0_usize..4),
    ) {
        let (first, last) = (DAYS[first.min(last)], DAYS[first.max(last)]);
        let whole = february(&equipment, rows.clone(), jobs.clone());
        let own = Plant { first: first.to_owned(), last: last.to_owned(), ..february(&equipment, rows, jobs) };
        let filter = DowntimeFilter { start_date: Some(first.to_owned()), end_date: Some(last.to_owned()), ..filter };
        let [of_whole, of_own] = [whole, own].map(|plant| {
            let view = view_of(&plant, &equipment);
            let query = DowntimeEventsQuery { filter: filter.clone(), ..Default::default() };
            (view.summary(&filter), view.events(&query))
        });
        prop_assert_eq!(of_whole, of_own);
    }

    #[test]
    fn an_answer_does_not_depend_on_the_ones_before_it(
        equipment in merged(1..6, 7), rows in vec(row(), 0..60), jobs in jobs(),
        filters in vec(filter(), 1..8),
    ) {
        let plant = february(&equipment, rows, jobs);
        let answers = |view: &DowntimeView, filter: &DowntimeFilter| {
            let events = DowntimeEventsQuery { filter: filter.clone(), ..Default::default() };
            let timeline = DowntimeTimelineQuery { filter: filter.clone(), ..Default::default() };
            (view.summary(filter), view.events(&events), view.timeline(&timeline))
        };
        let asked_before = view_of(&plant, &equipment);
        // Each of them twice, others between.
        for filter in filters.iter().chain(&filters) {
            let fresh = view_of(&plant, &equipment);
            prop_assert_eq!(answers(&asked_before, filter), answers(&fresh, filter));
        }
    }

    #[test]
    fn the_order_of_the_source_does_not_matter(
        equipment in merged(5, 7),
        (rows, shuffled) in vec(row(), 0..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        (jobs, mixed) in jobs().prop_flat_map(|jobs| (Just(jobs.clone()), Just(jobs).prop_shuffle())),
    ) {
        let [one, other] = [(rows, jobs), (shuffled, mixed)].map(|(rows, jobs)| {
            let plant = february(&equipment, rows, jobs);
            let view = view_of(&plant, &equipment);
            (view.table().to_ipc(), view.jobs().to_ipc())
        });
        prop_assert!(one == other);
    }

    #[test]
    fn every_hour_is_in_an_event_or_counted(equipment in merged(5, 7), rows in vec(row(), 0..60)) {
        let plant = february(&equipment, rows, vec![]);
        let mut ledger = Ledger::default();
        let table = table_of(&plant, &mut ledger);
        let dropped = ledger.count(Reason::NoKey) + ledger.count(Reason::NoDay);
        prop_assert_eq!(ledger.rows_read, ledger.rows_kept + dropped);
        prop_assert_eq!(ledger.rows_kept, table.len() as u64);
        let view = view_of(&plant, &equipment);
        let found = view.of_days(&(i32::MIN..=i32::MAX));
        let events = found.events();
        let units: i64 = events.iter().map(|event| event.units).sum();
        let fragments: u32 = events.iter().map(|event| event.fragments).sum();
        let down = |row: &usize| super::fragments::is_down(table.state(table.states.codes()[*row]));
        let rows: Vec<usize> = (0..table.len()).filter(down).collect();
        let (timed, untimed): (Vec<usize>, Vec<usize>) =
            rows.into_iter().partition(|row| table.begins[*row] != super::fragments::NO_TIME);
        let of_rows = |rows: &[usize]| rows.iter().map(|row| i64::from(table.units[*row])).sum::<i64>();
        prop_assert_eq!((timed.len() as u32, of_rows(&timed)), (fragments, units));
        let masters = |row: &&usize| (view.master_rows[table.machines.codes()[**row] as usize] as usize) < equipment.len();
        let known: Vec<usize> = untimed.iter().filter(masters).copied().collect();
        let sums = view.sums(&DowntimeFilter::default());
        prop_assert_eq!(sums.untimed, (known.len() as u32, of_rows(&known)));
    }

    #[test]
    fn damaged_bytes_are_refused(
        rows in vec(row(), 0..30), jobs in jobs(), place in any::<prop::sample::Index>(),
        bit in 0_u8..8, cut in any::<bool>(), equipment in merged(0, 1),
    ) {
        let plant = february(&equipment, rows, jobs);
        let view = view_of(&plant, &equipment);
        let damaged = |mut bytes: Vec<u8>| {
            let place = place.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] ^= 1 << bit }
            bytes
        };
        // A table that is accepted must be equal: padding bytes have no meaning.
        if let Ok(found) = DowntimeTable::from_ipc(&damaged(view.table().to_ipc())) {
            prop_assert_eq!(&found, &**view.table());
        }
        if let Ok(found) = JobTable::from_ipc(&damaged(view.jobs().to_ipc())) {
            prop_assert_eq!(&found, &**view.jobs());
        }
    }

    #[test]
    fn the_longest_overlap_wins_among_very_many_jobs(
        equipment in merged(3, 3),
        spans in vec((0_i64..500, 0_i64..60), 0..300),
        event in (0_i64..500, 1_i64..90),
    ) {
        let at = |minute: i64| {
            let begin = crate::calendar::Moment::parse("2026-02-01 00:00:00").unwrap().0;
            crate::calendar::Moment(begin + minute * 60).to_string()
        };
        let jobs = (0..).zip(&spans).map(|(number, (created, length))| SourceJob {
            id: format!("J{number:03}"),
            machine: "m1".to_owned(),
            created: at(*created),
            // A few are never closed.
            ended: (length % 17 > 0).then(|| at(created + length)),
            on: None,
            off: None,
        });
        let row = SourceRow {
            machine: Some("m1".to_owned()),
            day: Some("2026-02-01".to_owned()),
            state: Some("UDT".to_owned()),
            reason: None,
            begin: Some(at(event.0)),
            end: Some(at(event.0 + event.1)),
            units: 10_000,
            job: None,
        };
        let plant = february(&equipment, vec![row], jobs.collect());
        let query = DowntimeEventsQuery::default();
        let found = shown(view_of(&plant, &equipment).events(&query));
        prop_assert_eq!(found, plant.event_list(&query));
    }
}

fn february(equipment: &EquipmentView, rows: Vec<SourceRow>, jobs: Vec<SourceJob>) -> Plant<'_> {
    Plant {
        rows,
        jobs,
        first: "2026-01-30".to_owned(),
        last: "2026-02-09".to_owned(),
        day_start: "07:30".to_owned(),
        shifts: vec![12, 12],
        view: equipment,
    }
}

fn fragment(state: &str, reason: &str, begin: &str, end: &str) -> SourceRow {
    let at = |time: &str| (!time.is_empty()).then(|| format!("2026-02-01 {time}"));
    SourceRow {
        machine: Some("m1".to_owned()),
        day: Some("2026-02-01".to_owned()),
        state: Some(state.to_owned()),
        reason: Some(reason.to_owned()),
        begin: at(begin),
        end: at(end),
        units: 10_000,
        job: None,
    }
}

/// Begin, fragments and end of each event of machine m1.
fn events(rows: &[SourceRow]) -> Vec<(u32, String)> {
    let (first, last) = (Day::parse("2026-02-01").unwrap(), Day::parse("2026-02-03").unwrap());
    let (plan, rules) = (ShiftPlan::default(), SiteRules::default());
    let ledger = &mut Ledger::default();
    let table =
        DowntimeTable::from_source(&shift_batch(rows), (first, last), &plan, &rules, ledger);
    let table = table.unwrap();
    let mut found = Vec::new();
    super::events::stretches(&table, 0..table.len(), |stretch| {
        let [from, until] =
            [stretch.from, stretch.until].map(|secs| crate::calendar::Moment(secs).to_string());
        found.push((stretch.fragments, format!("{}–{}", &from[11..], &until[11..])));
    });
    found
}

#[test]
fn fragments_join_over_a_minute_and_over_the_end_of_a_shift() {
    let join = |begin: &str| {
        let first = fragment("UDT", "Jam", "19:00:00", "19:30:00");
        events(&[fragment("UDT", "Jam", begin, "20:00:00"), first])
    };
    assert_eq!(join("19:31:00"), [(2, "19:00:00–20:00:00".to_owned())]);
    assert_eq!(join("19:30:00").len(), 1);
    assert_eq!(join("19:31:01").len(), 2);
}

#[test]
fn what_ended_at_once_does_not_part_what_goes_on() {
    let found = events(&[
        fragment("UDT", "Jam", "10:00:00", ""),
        fragment("SDT", "PM", "10:00:00", "10:00:00"),
        fragment("UDT", "Jam", "11:00:00", "12:00:00"),
    ]);
    let expected = [(1, "10:00:00–10:00:00"), (2, "10:00:00–12:00:00")];
    assert_eq!(found, expected.map(|(fragments, span)| (fragments, span.to_owned())));
}

#[test]
fn another_reason_or_state_always_splits() {
    let with = |between: SourceRow| {
        events(&[
            fragment("UDT", "Jam", "10:00:00", "10:10:00"),
            between,
            fragment("UDT", "Jam", "10:10:30", "10:20:00"),
        ])
        .len()
    };
    assert_eq!(with(fragment("UDT", "Jam", "10:10:00", "10:10:30")), 1);
    assert_eq!(with(fragment("UDT", "Motor", "10:10:00", "10:10:30")), 3);
    assert_eq!(with(fragment("BKD", "Jam", "10:10:00", "10:10:30")), 3);
    assert_eq!(with(fragment("PRD", "", "10:10:00", "10:10:30")), 3);
}

#[test]
fn overlapping_reversed_and_endless_fragments_are_events_all_the_same() {
    let found = events(&[
        fragment("UDT", "Jam", "10:00:00", "11:00:00"),
        fragment("UDT", "Jam", "10:10:00", "10:20:00"),
        fragment("SDT", "Jam", "12:00:00", "11:00:00"),
        // One hour, as its hours say.
        fragment("EGT", "DOE", "13:00:00", ""),
        fragment("EGT", "DOE", "", "13:30:00"),
    ]);
    let expected = [(2, "10:00:00–11:00:00"), (1, "12:00:00–12:00:00"), (1, "13:00:00–14:00:00")];
    assert_eq!(found, expected.map(|(fragments, span)| (fragments, span.to_owned())));
}

#[test]
fn what_the_source_does_wrong_is_counted() {
    let mut ledger = Ledger::default();
    let day = Day::parse("2026-02-01").unwrap();
    let rows = [
        fragment("UDT", "Jam", "12:00:00", "11:00:00"),
        fragment("UDT", "卡住", "12:00:00", ""),
        fragment("SBY", "Wait Operator", "12:00:00", ""),
        fragment("gone", "Jam", "12:00:00", ""),
        SourceRow { day: None, ..fragment("UDT", "Jam", "", "") },
        SourceRow { machine: None, ..fragment("UDT", "Jam", "", "") },
        SourceRow { units: 200_000_000, ..fragment("UDT", "Jam", "", "") },
        SourceRow { day: Some("2026-02-02".to_owned()), ..fragment("UDT", "卡住", "", "") },
    ];
    let (plan, rules) = (ShiftPlan::default(), SiteRules::default());
    let table =
        DowntimeTable::from_source(&shift_batch(&rows), (day, day), &plan, &rules, &mut ledger);
    let found: Vec<_> = ledger
        .findings()
        .map(|one| (one.reason, one.column, one.count, one.sample_value.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Reason::OutOfRange, "HOURS", 1, Some("20000")),
            (Reason::NoKey, "HISTORYID", 1, Some("2026-02-01")),
            (Reason::NoDay, "TXNDATE", 1, None),
            (Reason::UnknownCode, "OLDREASONNAME", 1, Some("卡住")),
            (Reason::UnknownCode, "OLDSTATUSNAME", 1, Some("gone")),
            (Reason::ReversedSpan, "LASTSTATUSCHANGEDATE", 1, Some("2026-02-01 11:00:00")),
        ]
    );
    assert_eq!((ledger.rows_read, ledger.rows_kept, table.unwrap().len()), (7, 5, 5));
}

#[test]
fn jobs_that_cannot_be_right_are_counted() {
    let at = |time: &str| format!("2026-02-01 {time}");
    let job = |id: &str, created: &str, ended: &str, on: &str, off: &str| SourceJob {
        id: id.to_owned(),
        machine: "m1".to_owned(),
        created: at(created),
        ended: Some(at(ended)),
        on: Some(at(on)),
        off: Some(at(off)),
    };
    let jobs = [
        job("a", "10:00:00", "09:00:00", "10:10:00", "10:20:00"),
        job("b", "10:00:00", "12:00:00", "09:59:00", "10:20:00"),
        job("c", "10:00:00", "12:00:00", "10:10:00", "10:09:00"),
        job("c", "09:00:00", "12:00:00", "10:10:00", "10:20:00"),
        job("", "10:00:00", "12:00:00", "10:10:00", "10:20:00"),
        SourceJob { created: "soon".to_owned(), ..job("d", "", "", "", "") },
    ];
    let mut ledger = Ledger::default();
    let table = JobTable::from_source(&job_batch(&jobs), &mut ledger).unwrap();
    let found: Vec<_> = ledger
        .findings()
        .map(|one| (one.reason, one.column, one.count, one.sample_key.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (Reason::NoKey, "JOBID", 1, None),
            (Reason::DuplicateKey, "JOBID", 1, Some("c")),
            (Reason::NoDay, "CREATEDATE", 1, Some("d")),
            (Reason::ReversedSpan, "COMPLETEDATE", 1, Some("a")),
            (Reason::ReversedSpan, "FIRSTCLOCKONDATE", 1, Some("b")),
            (Reason::ReversedSpan, "LASTCLOCKOFFDATE", 1, Some("c")),
        ]
    );
    assert_eq!((ledger.rows_read, ledger.rows_kept, table.len()), (6, 3, 3));
}
