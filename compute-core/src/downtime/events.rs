//! Fragments put together to events, each with its job.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::fragments::{DowntimeTable, NO_TIME, is_down};
use super::jobs::{Job, JobTable};
use crate::calendar::Moment;
use crate::equipment::{EquipmentView, State};
use crate::history::Workcenters;
use crate::production_day::ShiftPlan;
use crate::table::{NULL_CODE, TextColumn};
use serde::{Deserialize, Serialize};

/// Longest pause between two fragments of one event.
const PAUSE_SECS: i64 = 60;
/// Shift of what has no begin.
pub(super) const NO_SHIFT: u8 = u8::MAX;
/// Row of no job.
pub(super) const NO_JOB: u32 = u32::MAX;
/// Jobs whose latest end is known together.
const BLOCK: usize = 32;

/// How the job of an event was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobLink {
    /// The event names it.
    Id,
    /// It overlaps the event longest.
    Overlap,
    /// It overlaps the event longest, and another one at least 80 % as long.
    Ambiguous,
    /// No job overlaps the event.
    None,
}

impl JobLink {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Id, Self::Overlap, Self::Ambiguous, Self::None];
}

/// A downtime: fragments of one machine, state and reason without a pause of more than a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Code in the table.
    pub machine: u32,
    pub state: State,
    /// Code in the table.
    pub code: u32,
    /// Code in the table, that of none the one after the last.
    pub reason: u32,
    /// Day of its first fragment.
    pub day: i32,
    /// Shift in which it began.
    pub shift: u8,
    pub from: i64,
    pub until: i64,
    pub is_open: bool,
    /// Hours of its fragments, 1/10,000 h.
    pub units: i64,
    pub fragments: u32,
    /// Its first fragment.
    pub row: u32,
    pub link: JobLink,
    /// Code of its JOBID in the table of fragments, or [`NULL_CODE`].
    pub job_code: u32,
    /// Row in the table of jobs, or [`NO_JOB`].
    pub job: u32,
}

/// Hours of a machine, day and shift by state, 1/10,000 h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub machine: u32,
    pub day: i32,
    pub shift: u8,
    pub units: [i64; State::COUNT],
    /// Of them, hours of downtimes whose begin is not known, and their fragments.
    pub untimed: (u32, i64),
}

/// A run of fragments of one state and reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub from: i64,
    pub until: i64,
    pub units: i64,
    pub is_open: bool,
    /// Its first fragment.
    pub row: usize,
    pub fragments: u32,
    /// JOBID of the first fragment that has one.
    pub job_code: u32,
}

/// Calls `each` with the stretches of rows of one machine, in order.
pub(super) fn stretches(
    table: &DowntimeTable,
    rows: impl Iterator<Item = usize>,
    mut each: impl FnMut(&Stretch),
) {
    let (states, reasons, jobs) = (table.states.codes(), table.reasons.codes(), table.jobs.codes());
    let mut current: Option<Stretch> = None;
    for row in rows {
        let (from, until) = (table.begins[row], table.ends[row]);
        if from == NO_TIME {
            break;
        }
        if let Some(stretch) = &mut current {
            let is_same =
                (states[stretch.row], reasons[stretch.row]) == (states[row], reasons[row]);
            if is_same && from.saturating_sub(stretch.until) <= PAUSE_SECS {
                if until >= stretch.until {
                    stretch.is_open = table.open[row];
                }
                stretch.until = stretch.until.max(until);
                stretch.units += i64::from(table.units[row]);
                stretch.fragments += 1;
                if stretch.job_code == NULL_CODE {
                    stretch.job_code = jobs[row];
                }
                continue;
            }
            each(stretch);
        }
        current = Some(Stretch {
            from,
            until,
            units: i64::from(table.units[row]),
            is_open: table.open[row],
            row,
            fragments: 1,
            job_code: jobs[row],
        });
    }
    if let Some(stretch) = &current {
        each(stretch);
    }
}

/// Downtimes of a range of days with their jobs and one version of the machines. What belongs to a
/// machine that the master does not have is left out.
#[derive(Clone, Debug)]
pub struct DowntimeView {
    pub(super) table: Arc<DowntimeTable>,
    pub(super) jobs: Arc<JobTable>,
    pub(super) equipment: Arc<EquipmentView>,
    /// Row in the master of each machine of the table.
    pub(super) master_rows: Vec<u32>,
    /// Rows of each machine of the table.
    pub(super) rows: Arc<[Range<usize>]>,
    /// Where a master row is counted: under its group, or its workcenter when that has none.
    pub(super) groups: Workcenters,
    /// By machine, then begin.
    pub(super) events: Arc<[Event]>,
    pub(super) cells: Arc<[Cell]>,
    shifts: Arc<Shifts>,
    /// Row in the table of jobs of each JOBID that fragments name.
    named: Arc<[u32]>,
    /// Rows in the table of jobs of each machine of the table.
    job_rows: Arc<[Range<usize>]>,
}

/// Number of the shift of each minute after the day's begin.
#[derive(Clone, Debug)]
struct Shifts {
    day_begin: i64,
    of_minute: Vec<u8>,
}

impl Shifts {
    fn new(plan: &ShiftPlan) -> Self {
        let day_begin = plan.begin(crate::calendar::Day(0)).0;
        let of_minute = (0..1_440)
            .map(|minute| plan.shift_of(Moment(day_begin + minute * 60)).number)
            .collect();
        Self { day_begin, of_minute }
    }

    fn of(&self, secs: i64) -> u8 {
        let minute = secs.saturating_sub(self.day_begin).rem_euclid(86_400) / 60;
        self.of_minute[minute as usize]
    }
}

/// Jobs of one machine, in the order of their creation.
struct MachineJobs<'a> {
    first: u32,
    jobs: &'a [Job],
    /// Of each block of jobs: the latest end in it, and in it and all before it.
    ends: Vec<(i64, i64)>,
}

impl<'a> MachineJobs<'a> {
    fn new(first: usize, jobs: &'a [Job]) -> Self {
        let mut latest = i64::MIN;
        let ends = jobs.chunks(BLOCK).map(|block| {
            let of_block = block.iter().map(|job| job.ended).max().unwrap_or(i64::MIN);
            latest = latest.max(of_block);
            (of_block, latest)
        });
        Self { first: first as u32, jobs, ends: ends.collect() }
    }

    /// The job that overlaps a span longest; of equal ones the one created first, then by JOBID.
    fn longest(&self, from: i64, until: i64) -> Option<(u32, JobLink)> {
        let created_before = self.jobs.partition_point(|job| job.created < until);
        let (mut best, mut second, mut found) = (0, 0, 0);
        for (number, (of_block, latest)) in self.ends.iter().enumerate().rev() {
            if *latest <= from {
                break;
            }
            let begin = number * BLOCK;
            if *of_block <= from || begin >= created_before {
                continue;
            }
            let end = (begin + BLOCK).min(created_before);
            for (place, job) in self.jobs[begin..end].iter().enumerate().rev() {
                let overlap = job.ended.min(until).saturating_sub(job.created.max(from));
                // Jobs are seen from the last to the first, so that an equal one comes first.
                if overlap > 0 && overlap >= best {
                    (second, best, found) = (best, overlap, begin + place);
                } else if overlap > second {
                    second = overlap;
                }
            }
        }
        let link = if second.saturating_mul(5) >= best.saturating_mul(4) {
            JobLink::Ambiguous
        } else {
            JobLink::Overlap
        };
        (best > 0).then_some((self.first + found as u32, link))
    }
}

/// Row in the table of jobs of each JOBID that fragments name.
fn rows_of_ids(named: &TextColumn, jobs: &JobTable) -> Vec<u32> {
    let mut row_of = vec![NO_JOB; jobs.ids.cardinality()];
    for (row, code) in jobs.ids.codes().iter().enumerate() {
        if let Some(found) = row_of.get_mut(*code as usize) {
            *found = row as u32;
        }
    }
    // Both lists of ids ascend.
    let mut next = 0;
    named
        .names()
        .map(|id| {
            while next < row_of.len() && jobs.ids.name(next as u32) < id {
                next += 1;
            }
            let is_known = next < row_of.len() && jobs.ids.name(next as u32) == id;
            if is_known { row_of[next] } else { NO_JOB }
        })
        .collect()
}

/// Rows of the jobs of each machine of a list of ids that ascends.
fn jobs_by_machine<'a>(
    jobs: &JobTable,
    machines: impl Iterator<Item = &'a str>,
) -> Vec<Range<usize>> {
    let codes = jobs.machines.codes();
    let mut next = 0;
    machines
        .map(|id| {
            let name = |row: usize| jobs.machines.name(codes[row]);
            while next < codes.len() && name(next) < id {
                next += 1;
            }
            let begin = next;
            while next < codes.len() && name(next) == id {
                next += 1;
            }
            begin..next
        })
        .collect()
}

impl DowntimeView {
    /// Puts fragments together, finds the jobs and joins the machines.
    pub fn join(
        table: Arc<DowntimeTable>,
        jobs: Arc<JobTable>,
        equipment: Arc<EquipmentView>,
    ) -> Self {
        let rows: Arc<[Range<usize>]> = table.rows_by_machine().collect();
        let master_rows = equipment.rows_of(table.machines.names());
        let groups = Workcenters::of(&equipment.counted_under());
        let shifts = Shifts::new(&table.plan);
        let named = rows_of_ids(&table.jobs, &jobs);
        let job_rows = jobs_by_machine(&jobs, table.machines.names());
        let mut cells: Vec<Cell> = Vec::new();
        for (machine, rows) in (0..).zip(&*rows) {
            add_cells(&table, machine, rows.clone(), &shifts, &mut cells);
        }
        let mut view = Self {
            table,
            jobs,
            equipment,
            master_rows,
            rows,
            groups,
            events: Arc::default(),
            cells: cells.into(),
            shifts: shifts.into(),
            named: named.into(),
            job_rows: job_rows.into(),
        };
        let mut events = Vec::new();
        for (machine, rows) in (0..).zip(&*view.rows) {
            view.add_events(machine, rows.clone(), &view.jobs_of(machine), &mut events);
        }
        view.events = events.into();
        view
    }

    /// The same downtimes with another version of the machines.
    pub fn with_machines(&self, equipment: Arc<EquipmentView>) -> Self {
        Self {
            master_rows: equipment.rows_of(self.table.machines.names()),
            groups: Workcenters::of(&equipment.counted_under()),
            equipment,
            ..self.clone()
        }
    }

    fn jobs_of(&self, machine: u32) -> MachineJobs<'_> {
        let rows = self.job_rows[machine as usize].clone();
        MachineJobs::new(rows.start, &self.jobs.jobs[rows])
    }

    /// Adds the downtimes that some rows of a machine are put together to.
    fn add_events(
        &self,
        machine: u32,
        rows: impl Iterator<Item = usize>,
        jobs: &MachineJobs<'_>,
        events: &mut Vec<Event>,
    ) {
        let table = &self.table;
        let reasons = table.reasons.cardinality() as u32;
        stretches(table, rows, |stretch| {
            let code = table.states.codes()[stretch.row];
            let state = table.state(code);
            if !is_down(state) {
                return;
            }
            let by_id = self.named.get(stretch.job_code as usize).copied();
            let (job, link) = match by_id {
                Some(job) => (job, JobLink::Id),
                None => {
                    jobs.longest(stretch.from, stretch.until).unwrap_or((NO_JOB, JobLink::None))
                }
            };
            events.push(Event {
                machine,
                state,
                code,
                reason: table.reasons.codes()[stretch.row].min(reasons),
                day: table.days[stretch.row],
                shift: self.shifts.of(stretch.from),
                from: stretch.from,
                until: stretch.until,
                is_open: stretch.is_open,
                units: stretch.units,
                fragments: stretch.fragments,
                row: stretch.row as u32,
                link,
                job_code: stretch.job_code,
                job,
            });
        });
    }

    /// The downtimes of some days, as if only the rows of these days had been read.
    pub(super) fn events_of(&self, days: &RangeInclusive<i32>) -> Cow<'_, [Event]> {
        let (first, last) = self.table.range();
        if *days.start() <= first.0 && last.0 <= *days.end() {
            return Cow::Borrowed(&self.events);
        }
        let table = &self.table;
        let mut events = Vec::with_capacity(self.events.len());
        for own in self.events.chunk_by(|one, other| one.machine == other.machine) {
            let machine = own[0].machine;
            let all = self.rows[machine as usize].clone();
            let timed = table.begins[all.clone()].partition_point(|begin| *begin != NO_TIME);
            let row_days = &table.days[all.clone()][..timed];
            if !row_days.is_sorted() {
                let inside = all.filter(|row| days.contains(&table.days[*row]));
                self.add_events(machine, inside, &self.jobs_of(machine), &mut events);
                continue;
            }
            let first = all.start + row_days.partition_point(|day| day < days.start());
            let end = all.start + row_days.partition_point(|day| day <= days.end());
            for event in own {
                let rows = event.row as usize..(event.row + event.fragments) as usize;
                if first <= rows.start && rows.end <= end {
                    events.push(*event);
                } else if rows.start.max(first) < rows.end.min(end) {
                    let inside = rows.start.max(first)..rows.end.min(end);
                    self.add_events(machine, inside, &self.jobs_of(machine), &mut events);
                }
            }
        }
        Cow::Owned(events)
    }

    /// The fragments that were joined.
    pub fn table(&self) -> &Arc<DowntimeTable> {
        &self.table
    }

    /// The jobs that were joined.
    pub fn jobs(&self) -> &Arc<JobTable> {
        &self.jobs
    }
}

/// Adds up the hours of one machine; rows of one day and shift mostly follow one another.
fn add_cells(
    table: &DowntimeTable,
    machine: u32,
    rows: Range<usize>,
    shifts: &Shifts,
    cells: &mut Vec<Cell>,
) {
    let begin = cells.len();
    let states = table.states.codes();
    for row in rows {
        let (day, is_timed) = (table.days[row], table.begins[row] != NO_TIME);
        let shift = if is_timed { shifts.of(table.begins[row]) } else { NO_SHIFT };
        if cells[begin..].last().is_none_or(|cell| (cell.day, cell.shift) != (day, shift)) {
            let units = [0; State::COUNT];
            cells.push(Cell { machine, day, shift, units, untimed: (0, 0) });
        }
        let Some(cell) = cells.last_mut() else { continue };
        let state = table.state(states[row]);
        let units = i64::from(table.units[row]);
        cell.units[state.place()] += units;
        if !is_timed && is_down(state) {
            cell.untimed = (cell.untimed.0 + 1, cell.untimed.1 + units);
        }
    }
}
