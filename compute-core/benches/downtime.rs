//! `cargo bench -p compute-core --bench downtime [-- FOLDER]`: a million fragments and 100,000 jobs, put
//! together, matched and charted.
//!
//! The limit is a pass that reads the begin and the state of every fragment once. Times are medians. With
//! a folder, the tables are written there for the browser's build.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures and reports"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use compute_core::calendar::Day;
use compute_core::downtime::{
    DowntimeEventsQuery, DowntimeFilter, DowntimeTable, DowntimeTimelineQuery, DowntimeView,
    JobTable,
};
use compute_core::equipment::{EquipmentStatusTable, EquipmentView, ResourceTable};
use compute_core::production_day::ShiftPlan;
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::Columns;
use compute_core::workcenter::WorkcenterTable;
use plant_simulator::source::SourceTable;
use plant_simulator::{Factory, MORNING, PlantSize};

const SEED: u64 = 20_261_120;
const FRAGMENTS: usize = 1_000_000;
const JOBS: usize = 100_000;
const DAYS: u16 = 90;
const STATES: [(&str, &str); 6] = [
    ("PRD", "Production RUN"),
    ("UDT", "Jam"),
    ("SBY", "Wait Material"),
    ("PM", "Weekly PM"),
    ("SDT", "換線"),
    ("EGT", "DOE"),
];

/// Steps of a fixed sequence.
struct Steps(u64);

impl Steps {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

fn texts(cells: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(cells))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns have equal length")
}

/// `YYYY-MM-DD HH:MM:SS`, so many seconds after the first day.
fn moment(first: Day, secs: u64) -> String {
    let mut day = first;
    for _ in 0..secs / 86_400 {
        day = day.next();
    }
    let of_day = secs % 86_400;
    format!("{day} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Each machine's states without a gap, cut at the ends of shifts.
fn fragments(ids: &[String], first: Day) -> RecordBatch {
    let mut steps = Steps(SEED);
    let per_machine = FRAGMENTS / ids.len();
    let span = u64::from(DAYS) * 86_400;
    let (mut machines, mut days, mut states, mut reasons) = (vec![], vec![], vec![], vec![]);
    let (mut begins, mut ends, mut hours) = (vec![], vec![], vec![]);
    for id in ids {
        let mut at = 0;
        for number in 0..per_machine as u64 {
            let left = per_machine as u64 - number;
            let length = (1 + steps.below(2 * (span - at) / left)).min(span - at);
            let (state, reason) =
                STATES[(number as usize / 2 + number as usize % 5) % STATES.len()];
            let begin = moment(first, at);
            machines.push(Some(id.clone()));
            days.push(Some(begin[..10].to_owned()));
            states.push(Some(state.to_owned()));
            reasons.push(Some(reason.to_owned()));
            begins.push(Some(begin));
            ends.push(Some(moment(first, at + length)));
            hours.push(length as f64 / 3600.0);
            at += length;
        }
    }
    batch(vec![
        ("HISTORYID", texts(machines)),
        ("TXNDATE", texts(days)),
        ("OLDSTATUSNAME", texts(states)),
        ("OLDREASONNAME", texts(reasons)),
        ("OLDLASTSTATUSCHANGEDATE", texts(begins)),
        ("LASTSTATUSCHANGEDATE", texts(ends)),
        ("HOURS", Arc::new(Float64Array::from(hours))),
    ])
}

fn jobs(ids: &[String], first: Day) -> RecordBatch {
    let mut steps = Steps(SEED + 1);
    let span = u64::from(DAYS) * 86_400;
    let mut columns: [Vec<Option<String>>; 6] = Default::default();
    for number in 0..JOBS {
        let created = steps.below(span);
        let on = created + steps.below(3_600);
        let off = on + steps.below(40_000);
        let row = [
            format!("J{number:06}"),
            ids[steps.below(ids.len() as u64) as usize].clone(),
            moment(first, created),
            moment(first, off),
            moment(first, on),
            moment(first, off),
        ];
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(Some(cell));
        }
    }
    let none: ArrayRef = Arc::new(StringArray::new_null(JOBS));
    let [id, machine, created, completed, on, off] = columns.map(texts);
    batch(vec![
        ("JOBID", id),
        ("RESOURCEID", machine),
        ("RESOURCENAME", none.clone()),
        ("JOBSTATUS", none),
        ("CREATEDATE", created),
        ("COMPLETEDATE", completed),
        ("FIRSTCLOCKONDATE", on),
        ("LASTCLOCKOFFDATE", off),
    ])
}

fn median(turns: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..turns)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let rules = SiteRules::default();
    let plant = Factory::new(SEED, MORNING, PlantSize::of(0, 2_000));
    let [resources, statuses, workcenters] =
        [SourceTable::Resources, SourceTable::EquipmentStatus, SourceTable::Workcenters]
            .map(|table| plant.batch(table));
    let ledger = &mut Ledger::default();
    let sound = "the plant follows the source contract";
    let resources = ResourceTable::from_source(&resources, &rules, ledger).expect(sound);
    let statuses = EquipmentStatusTable::from_source(&statuses, &rules, ledger).expect(sound);
    let workcenters = WorkcenterTable::from_source(&workcenters, &rules, ledger).expect(sound);
    let frames = [
        ("resource", resources.frame().to_ipc(Columns::Display)),
        ("equipment", statuses.frame().to_ipc(Columns::Display)),
        ("workcenter", workcenters.frame().to_ipc(Columns::Display)),
    ];
    let equipment =
        Arc::new(EquipmentView::merge(resources.into(), statuses.into(), workcenters.into()));
    let records = equipment.status(&Default::default());
    let ids: Vec<String> = records.into_iter().map(|machine| machine.resourceid).collect();
    let first = Day::parse("2026-08-01").expect("the constant is a date");
    let mut last = first;
    for _ in 1..DAYS {
        last = last.next();
    }
    let source = fragments(&ids, first);
    let plan = ShiftPlan::default();
    let table = DowntimeTable::from_source(&source, (first, last), &plan, &rules, ledger);
    let (table, jobs) = (table.expect(sound), JobTable::from_source(&jobs(&ids, first), ledger));
    let jobs = jobs.expect(sound);
    let (bytes, job_bytes) = (table.to_ipc(), jobs.to_ipc());
    if let Some(folder) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) {
        let folder = std::path::Path::new(&folder);
        for (name, bytes) in frames
            .iter()
            .map(|(name, bytes)| (*name, bytes))
            .chain([("fragments", &bytes), ("jobs", &job_bytes)])
        {
            std::fs::write(folder.join(format!("{name}.arrow")), bytes).expect("writable folder");
        }
    }
    println!(
        "{} fragments {} bytes, {} jobs {} bytes",
        table.len(),
        bytes.len(),
        jobs.len(),
        job_bytes.len()
    );
    let (table, jobs) = (Arc::new(table), Arc::new(jobs));
    let join = || DowntimeView::join(table.clone(), jobs.clone(), equipment.clone());
    let view = join();
    // The sums of the last filter are kept: two filters take turns.
    let all = [None, Some("2026-08-01".to_owned())];
    let all = all.map(|start_date| DowntimeFilter { start_date, ..DowntimeFilter::default() });
    let some = ["Jam", "DOE"].map(|reason| DowntimeFilter {
        reasons: vec![reason.to_owned()],
        start_date: Some("2026-08-20".to_owned()),
        ..DowntimeFilter::default()
    });
    let summary = |filters: &[DowntimeFilter; 2], turn: &mut usize| {
        *turn += 1;
        drop(black_box(view.summary(black_box(&filters[*turn % 2]))));
    };
    let mut turn = 0;
    let list = DowntimeEventsQuery { limit: Some(50), ..DowntimeEventsQuery::default() };
    for (name, time) in [
        ("decode", median(5, || drop(black_box(DowntimeTable::from_ipc(&bytes))))),
        ("decode jobs", median(5, || drop(black_box(JobTable::from_ipc(&job_bytes))))),
        ("join", median(7, || drop(black_box(join())))),
        ("other machines", median(7, || drop(black_box(view.with_machines(equipment.clone()))))),
        ("summary", median(21, || summary(&all, &mut turn))),
        ("summary, filtered", median(21, || summary(&some, &mut turn))),
        ("50 longest", median(21, || drop(black_box(view.events(black_box(&list)))))),
        (
            "timeline",
            median(21, || drop(black_box(view.timeline(&DowntimeTimelineQuery::default())))),
        ),
    ] {
        println!("  {name:<20} {time:>9.3} ms");
    }
}
