//! Records of shifts: what was published is what is read, and damage is noticed.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::*;
use crate::calendar::Moment;
use crate::delta::Delta;
use crate::lot::properties::tables as lot_tables;
use crate::lot::{LotFilter, LotTable};
use crate::table::{Column, Columns, Dataset, Frame, Kind, TextColumn};
use crate::workcenter;

/// What a server does next with one of two tables.
#[derive(Clone, Debug)]
enum Step {
    /// Publishes other rows: names and groups.
    Publish(Dataset, Vec<(u8, u8)>),
    /// Begins again, as after a restart.
    Whole(Dataset),
    /// Notes that nothing changed.
    Same(Vec<Dataset>),
}

const DATASETS: [Dataset; 2] = [Dataset::Workcenter, Dataset::Equipment];

/// Steps with the seconds since the step before; now and then a clock is set back.
fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let dataset = || prop::sample::select(&DATASETS[..]);
    let step = prop_oneof![
        5 => (dataset(), vec((0_u8..9, 0_u8..4), 0..12)).prop_map(|(table, rows)| Step::Publish(table, rows)),
        1 => dataset().prop_map(Step::Whole),
        3 => prop::sample::subsequence(&DATASETS[..], 0..=2).prop_map(Step::Same),
    ];
    let pause = prop_oneof![8 => 0_i64..100, 2 => 100_i64..2000, 1 => -500_i64..0];
    vec((pause, step), 0..40)
}

fn frame(dataset: Dataset, rows: &[(u8, u8)]) -> Frame {
    let layout = match dataset {
        Dataset::Equipment => &crate::equipment::STATUS_LAYOUT,
        _ => &workcenter::LAYOUT,
    };
    let names: Vec<String> = rows.iter().map(|(name, _)| format!("name {name}")).collect();
    let groups: Vec<String> = rows.iter().map(|(_, group)| format!("group {group}")).collect();
    let columns = layout.columns(Columns::Display).map(|spec| {
        let column = match spec.kind {
            Kind::Name if spec.name == layout.key => Column::Name(names.iter().map(Some).collect()),
            Kind::Name => Column::Name(StringArray::new_null(rows.len())),
            Kind::Int => Column::Int(Int32Array::new_null(rows.len())),
            Kind::Text => {
                let groups = groups.iter().map(|group| Some(group.as_str()));
                Column::Text(TextColumn::from_values(groups))
            }
            other => panic!("{other:?} is in neither table"),
        };
        (spec, column)
    });
    Frame::canonical(layout, columns.collect(), Some(format!("2026-11-20 08:00:{:02}", rows.len())))
}

/// What was true, told as it happened.
#[derive(Default)]
struct Told {
    stream: Vec<u8>,
    /// Time, dataset, version and rows of each version.
    versions: Vec<(Moment, Dataset, String, Frame)>,
    /// Times at which a dataset was known.
    known: Vec<(Moment, Dataset)>,
    moments: Vec<Moment>,
    /// Time of the last record.
    latest: i64,
}

fn put(stream: &mut Vec<u8>, record: &Record<'_>) {
    let bytes = record.to_bytes();
    assert_eq!(Record::from_bytes(&bytes).as_ref(), Ok(record));
    stream.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    stream.extend_from_slice(&bytes);
}

/// A clock of the tests.
const NOON: i64 = 1_795_000_000;

fn told(steps: &[(i64, Step)]) -> Told {
    told_after(i64::MIN, NOON, steps)
}

/// Told from `clock` on, after what is known until `latest`.
fn told_after(mut latest: i64, mut clock: i64, steps: &[(i64, Step)]) -> Told {
    let mut told = Told { stream: BEGIN.to_vec(), ..Told::default() };
    for (pause, step) in steps {
        clock += pause;
        latest = latest.max(clock);
        let (at_ms, moment, time) = (clock * 1000, Moment(clock), Moment(latest));
        let last = |told: &Told, dataset| {
            let found = told.versions.iter().rev().find(|(_, other, ..)| *other == dataset);
            found.map(|(.., version, frame)| (version.clone(), frame.clone()))
        };
        let mut publish = |dataset, frame: Frame, begins: bool| {
            let version = format!("v{}", told.versions.len());
            let before = last(&told, dataset).filter(|_| !begins);
            let table = frame.to_ipc(Columns::Display);
            let delta =
                before.map(|(base, old)| Delta::between(&old, &frame).to_ipc(&base, &version));
            let content = match &delta {
                Some(delta) => Content::Delta { dataset, version: &version, delta },
                None => Content::Whole { dataset, version: &version, table: &table },
            };
            put(&mut told.stream, &Record { at_ms, moment, content });
            told.moments.push(time);
            told.known.push((time, dataset));
            told.versions.push((time, dataset, version, frame));
        };
        match step {
            Step::Publish(dataset, rows) => publish(*dataset, frame(*dataset, rows), false),
            Step::Whole(dataset) => publish(*dataset, frame(*dataset, &[(1, 1)]), true),
            Step::Same(datasets) => {
                let set = datasets.iter().fold(DatasetSet::default(), |set, one| set.with(*one));
                put(&mut told.stream, &Record { at_ms, moment, content: Content::Same(set) });
                let there = datasets.iter().filter(|one| last(&told, **one).is_some());
                let known: Vec<_> = there.map(|dataset| (time, *dataset)).collect();
                told.known.extend(known);
            }
        }
    }
    told.moments.dedup();
    told.latest = latest;
    told
}

proptest! {
    #[test]
    fn every_version_is_read_as_it_was_published(steps in steps(), asked in vec(any::<Index>(), 0..30)) {
        let told = told(&steps);
        let mut shift = Shift::from_bytes(told.stream.clone()).unwrap();
        prop_assert_eq!(shift.moments(), told.moments.clone());
        for dataset in DATASETS {
            let of_table: Vec<_> = told.versions.iter().filter(|(_, other, ..)| *other == dataset).collect();
            prop_assert_eq!(shift.versions(dataset), of_table.len());
            for index in &asked {
                if of_table.is_empty() {
                    continue;
                }
                let place = index.index(of_table.len());
                let (time, _, version, frame) = of_table[place];
                let kept = shift.version(dataset, place).unwrap();
                prop_assert_eq!((&kept.version, kept.moment), (version, *time));
                prop_assert_eq!(kept.frame.to_ipc(Columns::Display), frame.to_ipc(Columns::Display));
                let at = of_table.iter().rposition(|(other, ..)| other <= time);
                prop_assert_eq!(shift.place_at(dataset, *time), at);
            }
            prop_assert!(shift.version(dataset, of_table.len()).is_err());
        }
    }

    #[test]
    fn the_first_versions_are_those_that_came_first(steps in steps()) {
        let told = told(&steps);
        let mut shift = Shift::from_bytes(first_versions(&told.stream)).unwrap();
        for dataset in DATASETS {
            let first = told.versions.iter().find(|(_, other, ..)| *other == dataset);
            prop_assert_eq!(shift.versions(dataset), usize::from(first.is_some()));
            if let Some((_, _, version, frame)) = first {
                let kept = shift.version(dataset, 0).unwrap();
                prop_assert_eq!(&kept.version, version);
                prop_assert_eq!(kept.frame.to_ipc(Columns::Display), frame.to_ipc(Columns::Display));
            }
        }
    }

    #[test]
    fn a_moment_is_known_when_a_record_of_the_table_is_not_long_before(steps in steps(), asked in any::<Index>(), beside in -400_i64..400) {
        let told = told(&steps);
        let shift = Shift::from_bytes(told.stream.clone()).unwrap();
        let Some(near) = (!told.moments.is_empty()).then(|| told.moments[asked.index(told.moments.len())]) else {
            return Ok(());
        };
        let moment = Moment(near.0 + beside);
        for dataset in DATASETS {
            let near = |known: &Moment| (0..=LONGEST_SILENCE_S).contains(&known.secs_until(moment));
            let expected = told.known.iter().any(|(known, other)| *other == dataset && near(known));
            prop_assert_eq!(shift.knows(dataset, moment), expected);
            let spans = shift.spans(dataset);
            prop_assert!(spans.iter().all(|span| span.from <= span.until));
            prop_assert!(spans.is_sorted_by(|one, next| one.until < next.from));
        }
    }

    #[test]
    fn rows_have_the_times_in_which_they_were_so(
        both in [steps(), steps()], pause in 0_i64..400,
        asked in vec((any::<Index>(), -200_i64..200), 1..20), (from, until) in (-50_i64..900, 0_i64..3000),
    ) {
        let first = told(&both[0]);
        let end = first.latest;
        let second = told_after(end, end.max(NOON) + pause, &both[1]);
        let range = Moment(NOON + from)..Moment(NOON + from + until);
        for dataset in DATASETS {
            let mut times = RowTimes::new(dataset, range.clone());
            let mut batches = Vec::new();
            for told in [&first, &second] {
                batches.push(times.add(&mut Shift::from_bytes(told.stream.clone()).unwrap()).unwrap());
            }
            batches.push(times.finish());
            let known: Vec<i64> = [&first, &second].into_iter().flat_map(|told| &told.known)
                .filter(|(_, other)| *other == dataset).map(|(time, _)| time.0).collect();
            for (index, beside) in &asked {
                let Some(near) = (!known.is_empty()).then(|| known[index.index(known.len())]) else { break };
                let moment = Moment(near + beside);
                let at = known.iter().rposition(|time| *time <= moment.0);
                let is_known = at.is_some_and(|at| {
                    known[at] == moment.0
                        || known.get(at + 1).is_some_and(|next| next - known[at] <= LONGEST_SILENCE_S)
                });
                let version = [&first, &second].into_iter().flat_map(|told| &told.versions)
                    .rfind(|(time, other, ..)| *other == dataset && *time <= moment);
                let mut expected = match version {
                    Some((.., frame)) if is_known && range.contains(&moment) => frame_rows(frame),
                    _ => Vec::new(),
                };
                let mut found = rows_at(&batches, moment);
                expected.sort();
                found.sort();
                prop_assert_eq!(found, expected, "{} at {}", dataset.name(), moment);
            }
        }
    }

    #[test]
    fn a_stream_that_ends_early_or_says_something_else_is_refused_or_whole(steps in steps(), at in any::<Index>()) {
        let told = told(&steps);
        let ends: Vec<usize> = records(&told.stream).unwrap().map(|record| record.unwrap().0).collect();
        let cut = at.index(told.stream.len());
        let short = Shift::from_bytes(told.stream[..cut].to_vec());
        // A whole record ends where the next one's length begins.
        let is_whole = cut == BEGIN.len() || ends.contains(&(cut + 4)) ;
        prop_assert_eq!(short.is_ok(), is_whole);
        let mut other = told.stream;
        other[cut] ^= 1;
        // Whatever it is now: it is no panic.
        if let Ok(mut shift) = Shift::from_bytes(other) {
            for dataset in DATASETS {
                for place in 0..shift.versions(dataset) {
                    let _ = shift.version(dataset, place);
                }
            }
        }
    }
}

/// The texts of each row.
fn frame_rows(frame: &Frame) -> Vec<Vec<Option<String>>> {
    let text = |row: usize| {
        frame.columns().iter().map(move |(_, column)| column.text(row).map(str::to_owned)).collect()
    };
    (0..frame.len()).map(text).collect()
}

/// The texts of each row that was so at a moment.
fn rows_at(batches: &[RecordBatch], moment: Moment) -> Vec<Vec<Option<String>>> {
    let mut found = Vec::new();
    for batch in batches {
        let time = |column: usize, row: usize| {
            batch.column(column).as_primitive::<TimestampMillisecondType>().value(row) / 1000
        };
        for row in
            (0..batch.num_rows()).filter(|row| (time(0, *row)..time(1, *row)).contains(&moment.0))
        {
            let text = |array: &ArrayRef| {
                let texts = array.as_string_opt::<i32>()?;
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            };
            found.push(batch.columns()[2..].iter().map(text).collect());
        }
    }
    found
}

/// A lot of one version, as its columns say.
#[derive(Clone, Debug, PartialEq)]
struct Lot {
    group: Option<String>,
    spec: Option<String>,
    held_for: Option<Option<String>>,
    status: String,
    kind: Option<String>,
    qty: i64,
    passes: bool,
}

/// Lots by id, several of one id in order; those without an id apart.
fn lots_of(table: &LotTable, groups: &[String]) -> (BTreeMap<String, Vec<Lot>>, Vec<Lot>) {
    let frame = table.frame();
    let (mut named, mut unnamed) = (BTreeMap::<String, Vec<Lot>>::new(), Vec::new());
    for row in 0..table.len() {
        let text = |column: &str| frame.column(column).unwrap().text(row).map(str::to_owned);
        let (group, status) = (text("WORKCENTER_GROUP"), text("WIPSTATUS").unwrap());
        let lot = Lot {
            passes: groups.is_empty() || group.as_ref().is_some_and(|group| groups.contains(group)),
            group,
            spec: text("SPECNAME"),
            held_for: (status == "HOLD").then(|| text("HOLDREASONNAME")),
            kind: text("HOLDTYPE"),
            status,
            qty: frame.column("QTY").unwrap().integer(row).unwrap(),
        };
        match text("LOTID") {
            Some(id) => named.entry(id).or_default().push(lot),
            None => unnamed.push(lot),
        }
    }
    (named, unnamed)
}

/// Lots and pieces that moved, left and entered.
type Counts = [(u32, i64); 3];

/// The flow once more, as plain loops over plain lots. Times are seconds from the first version on.
fn naive_flow(tables: &[(i64, i64, LotTable)], groups: &[String]) -> serde_json::Value {
    let mut counts: BTreeMap<&str, (u32, i64)> = BTreeMap::new();
    let mut of_groups: BTreeMap<(bool, Option<String>), Counts> = BTreeMap::new();
    let mut weights: BTreeMap<Option<String>, i64> = BTreeMap::new();
    let mut known = 0;
    let mut points = Vec::new();
    let mut before: Option<BTreeMap<String, Vec<Lot>>> = None;
    for (_, seconds, table) in tables {
        let (named, unnamed) = lots_of(table, groups);
        known += seconds;
        let all = named.values().flatten().chain(&unnamed).filter(|lot| lot.passes);
        let all: Vec<&Lot> = all.collect();
        let qty = |status: &str, kind: Option<&str>| -> i64 {
            let of = |lot: &&&Lot| {
                lot.status == status && kind.is_none_or(|kind| lot.kind.as_deref() == Some(kind))
            };
            all.iter().filter(of).map(|lot| lot.qty).sum()
        };
        points.push(json!([
            all.len(),
            qty("RUN", None),
            qty("QUEUE", None),
            qty("HOLD", Some("quality")),
            qty("HOLD", Some("non-quality"))
        ]));
        for lot in all.iter().filter(|lot| lot.qty != 0) {
            *weights.entry(lot.group.clone()).or_default() += lot.qty * seconds;
        }
        for (id, olds) in before.iter().flatten() {
            let news = named.get(id).map(Vec::as_slice).unwrap_or_default();
            for (at, old) in olds.iter().enumerate().filter(|(_, old)| old.passes) {
                let mut count = |what, qty: i64| {
                    let sums = counts.entry(what).or_default();
                    *sums = (sums.0 + 1, sums.1 + qty);
                };
                let Some(new) = news.get(at) else {
                    count("left", old.qty);
                    continue;
                };
                if new.held_for.is_some() && new.held_for != old.held_for {
                    count("held", new.qty);
                }
                if new.held_for.is_none() && old.held_for.is_some() {
                    count("released", new.qty);
                }
                if (&old.group, &old.spec) != (&new.group, &new.spec) {
                    count("moves", new.qty);
                    let mut add = |group: &Option<String>, place: usize| {
                        let sums = of_groups.entry((group.is_none(), group.clone())).or_default();
                        sums[place] = (sums[place].0 + 1, sums[place].1 + new.qty);
                    };
                    add(&old.group, 0);
                    if old.group != new.group {
                        add(&old.group, 1);
                        add(&new.group, 2);
                    }
                }
            }
        }
        if let Some(before) = &before {
            for (id, news) in &named {
                let known = before.get(id).map_or(0, Vec::len);
                for new in news.iter().skip(known).filter(|new| new.passes) {
                    let mut count = |what| {
                        let sums = counts.entry(what).or_default();
                        *sums = (sums.0 + 1, sums.1 + new.qty);
                    };
                    count("came");
                    if new.held_for.is_some() {
                        count("held");
                    }
                }
            }
        }
        before = Some(named);
    }
    for group in weights.keys() {
        of_groups.entry((group.is_none(), group.clone())).or_default();
    }
    let sums = ["moves", "came", "left", "held", "released"]
        .map(|what| counts.get(what).copied().unwrap_or_default());
    let flows = of_groups.iter().map(|((_, name), sums)| {
        let mean = weights.get(name).copied().unwrap_or_default() as f64 / known as f64;
        json!({ "name": name, "sums": sums, "mean": (known > 0).then(|| crate::metric::round_half_even(mean, 1)) })
    });
    let mut flows: Vec<_> = flows.collect();
    flows.sort_by_key(|flow| (flow["name"].is_null(), -flow["sums"][0][1].as_i64().unwrap()));
    json!({
        "points": points, "groups": flows, "known": known,
        "sums": sums,
    })
}

proptest! {
    #[test]
    fn what_flowed_is_what_plain_loops_count(tables in lot_tables(), pauses in vec(prop_oneof![3 => 1_i64..180, 1 => 181_i64..4000], 8), groups in vec(prop::sample::select(&["點測", "焊接_DB", "no such"][..]).prop_map(str::to_owned), 0..2), most in prop::sample::select(&[1_usize, 2, 3, 144][..])) {
        let mut stream = BEGIN.to_vec();
        let mut told: Vec<(i64, i64, LotTable)> = Vec::new();
        let mut clock = 1_795_000_000_i64;
        for (place, (table, pause)) in tables.into_iter().zip(&pauses).enumerate() {
            if let Some((_, known, _)) = told.last_mut() {
                clock += pause;
                *known = if *pause <= LONGEST_SILENCE_S { *pause } else { 0 };
            }
            let bytes = table.frame().to_ipc(Columns::Display);
            let content = Content::Whole { dataset: Dataset::Wip, version: &place.to_string(), table: &bytes };
            put(&mut stream, &Record { at_ms: clock * 1000, moment: Moment(clock), content });
            told.push((clock, 0, table));
        }
        let filter = LotFilter { workcenters: groups.clone(), include_dummy: true, ..LotFilter::default() };
        let flow = Shift::from_bytes(stream).unwrap().flow_of(&FlowQuery { filter }, most).unwrap();
        let totals = |of: FlowTotals| (of.lots, of.qty);
        let sums = [flow.moves, flow.came, flow.left, flow.held, flow.released].map(totals);
        let found = json!({
            "points": flow.points.iter().map(|point| json!([point.lots, point.run_qty, point.queue_qty, point.quality_hold_qty, point.non_quality_hold_qty])).collect::<Vec<_>>(),
            "groups": flow.groups.iter().map(|group| json!({
                "name": group.name, "sums": [totals(group.moves), totals(group.left), totals(group.entered)], "mean": group.mean_qty,
            })).collect::<Vec<_>>(),
            "known": flow.known_secs,
            "sums": sums,
        });
        let every = told.len().div_ceil(most).max(1);
        let is_looked_at = |place: usize| place.is_multiple_of(every) || place + 1 == told.len();
        let places: Vec<usize> = (0..told.len()).filter(|place| is_looked_at(*place)).collect();
        let looked_at: Vec<_> = places.iter().enumerate().map(|(number, &place)| {
            let end = places.get(number + 1).copied().unwrap_or(told.len());
            // A gap ends what is known.
            let known = told[place..end].iter().map(|(_, known, _)| *known);
            let known: i64 = known.take_while(|known| *known > 0).sum();
            (told[place].0, known, told[place].2.clone())
        }).collect();
        prop_assert_eq!(found, naive_flow(&looked_at, &groups));
        for group in &flow.groups {
            let turns = group.mean_qty.filter(|mean| *mean >= 5.0).map(|mean| group.moves.qty as f64 / mean);
            if let (Some(turns), Some(found)) = (turns, group.turns) {
                prop_assert!((turns - found).abs() <= 0.01 + turns * 0.06 / group.mean_qty.unwrap(), "{} {}", turns, found);
            }
        }
    }
}

#[test]
fn clocks_that_are_set_back_are_counted() {
    let same = Step::Same(Vec::new());
    let told = told(&[(10, same.clone()), (-5, same.clone()), (2, same.clone()), (9, same)]);
    assert_eq!(Shift::from_bytes(told.stream).unwrap().clock_steps(), 2);
}
