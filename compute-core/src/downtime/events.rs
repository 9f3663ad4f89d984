//! Fragments put together to events, each with its job.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::fragments::{DowntimeTable, NO_TIME, is_down};
use super::jobs::{Job, JobTable};
use super::recent::Recent;
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

/// A downtime: fragments of one machine, state and reason without a pause of more than a minute. What
/// its first fragment says is read there: a year has a million of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub until: i64,
    /// Hours of its fragments, 1/10,000 h.
    pub units: i64,
    /// Code in the table.
    pub machine: u32,
    /// Its first fragment.
    pub row: u32,
    pub fragments: u32,
    /// Code in the table, that of none the one after the last.
    pub reason: u32,
    /// Code of its JOBID in the table of fragments, or [`NULL_CODE`].
    pub job_code: u32,
    /// Row in the table of jobs, or [`NO_JOB`].
    pub job: u32,
    /// Day of its first fragment.
    pub day: i32,
    pub state: State,
    /// Shift in which it began.
    pub shift: u8,
    pub link: JobLink,
    pub is_open: bool,
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

/// Fragments put together, each downtime with its job and its machine in the master.
#[derive(Clone, Debug)]
pub struct Downtimes {
    pub(super) table: Arc<DowntimeTable>,
    pub(super) jobs: Arc<JobTable>,
    pub(super) equipment: Arc<EquipmentView>,
    /// Row in the master of each machine of the table.
    pub(super) master_rows: Vec<u32>,
    /// Rows of each machine of the table.
    pub(super) rows: Arc<[Range<usize>]>,
    /// Those of them whose begin is known.
    timed: Arc<[Timed]>,
    /// Where a master row is counted: under its group, or its workcenter when that has none.
    pub(super) groups: Workcenters,
    /// By machine, then begin.
    events: Arc<Vec<Event>>,
    /// Where in [`Self::events`] those of each machine of the table end.
    event_ends: Arc<[usize]>,
    /// The filters of a page share their days.
    recent: Recent<RangeInclusive<i32>, OfDays>,
    /// Shift of each fragment, [`NO_SHIFT`] where its begin is not known.
    pub(super) shifts: Arc<Vec<u8>>,
    /// Row in the table of jobs of each JOBID that fragments name.
    named: Arc<[u32]>,
    /// Rows in the table of jobs of each machine of the table.
    job_rows: Arc<[Range<usize>]>,
}

/// Rows of one machine whose begin is known; they stand before the others.
#[derive(Clone, Debug)]
struct Timed {
    end: usize,
    /// Whether their days ascend as their begins do.
    ascend: bool,
}

impl Timed {
    fn of(table: &DowntimeTable, rows: &Range<usize>) -> Self {
        let known = table.begins[rows.clone()].partition_point(|begin| *begin != NO_TIME);
        let end = rows.start + known;
        Self { end, ascend: table.days[rows.start..end].is_sorted() }
    }
}

/// Downtimes and rows of some days.
#[derive(Debug)]
pub(super) struct OfDays {
    days: RangeInclusive<i32>,
    /// Rows of each machine whose begin is known; none where their days don't ascend.
    timed: Vec<Option<Range<usize>>>,
    /// Downtimes of these days, as if only their rows had been read.
    events: Arc<Vec<Event>>,
}

impl OfDays {
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }
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
        if secs == NO_TIME {
            return NO_SHIFT;
        }
        let since = secs.saturating_sub(self.day_begin);
        // WebAssembly divides 32 bits far faster.
        let of_day = match u32::try_from(since) {
            Ok(since) => since % 86_400,
            Err(_) => since.rem_euclid(86_400) as u32,
        };
        self.of_minute[(of_day / 60) as usize]
    }
}

/// Jobs of one machine beside its fragments, both in the order of time.
struct MachineJobs<'a> {
    first: u32,
    /// By creation.
    jobs: &'a [Job],
    /// The first that was created after all spans so far.
    next: usize,
    /// Those before it that may not have ended yet.
    live: Vec<u32>,
    /// How often one that had ended was looked at.
    ended: usize,
}

impl<'a> MachineJobs<'a> {
    fn new(first: usize, jobs: &'a [Job]) -> Self {
        Self { first: first as u32, jobs, next: 0, live: Vec::new(), ended: 0 }
    }

    /// The job that overlaps a span longest; of equal ones the one created first, then by JOBID. A span
    /// does not begin before the one that was asked for before it.
    fn longest(&mut self, from: i64, until: i64) -> Option<(u32, JobLink)> {
        while self.jobs.get(self.next).is_some_and(|job| job.created < until) {
            self.live.push(self.next as u32);
            self.next += 1;
        }
        let is_close = |second: i64, best: i64| second.saturating_mul(5) >= best.saturating_mul(4);
        let whole = until.saturating_sub(from);
        let (mut best, mut second, mut found) = (0, 0, 0);
        for place in &self.live {
            let job = &self.jobs[*place as usize];
            self.ended += usize::from(job.ended <= from);
            let overlap = job.ended.min(until).saturating_sub(job.created.max(from));
            if overlap > best {
                (second, best, found) = (best, overlap, *place);
            } else if overlap > second {
                second = overlap;
            }
            // No other one changes the answer.
            if best == whole && is_close(second, best) {
                break;
            }
        }
        if self.ended > self.live.len() {
            self.live.retain(|place| self.jobs[*place as usize].ended > from);
            self.ended = 0;
        }
        let link = if is_close(second, best) { JobLink::Ambiguous } else { JobLink::Overlap };
        (best > 0).then_some((self.first + found, link))
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

impl Downtimes {
    /// Puts fragments together, finds the jobs and joins the machines.
    pub fn join(
        table: Arc<DowntimeTable>,
        jobs: Arc<JobTable>,
        equipment: Arc<EquipmentView>,
    ) -> Self {
        let rows: Arc<[Range<usize>]> = table.rows_by_machine().collect();
        let timed = rows.iter().map(|rows| Timed::of(&table, rows)).collect();
        let master_rows = equipment.rows_of(table.machines.names());
        let groups = Workcenters::of(&equipment.counted_under());
        let shifts = Shifts::new(&table.plan);
        let shifts: Vec<u8> = table.begins.iter().map(|begin| shifts.of(*begin)).collect();
        let named = rows_of_ids(&table.jobs, &jobs);
        let job_rows = jobs_by_machine(&jobs, table.machines.names());
        let mut view = Self {
            table,
            jobs,
            equipment,
            master_rows,
            rows,
            timed,
            groups,
            events: Arc::default(),
            event_ends: Arc::default(),
            recent: Recent::default(),
            shifts: shifts.into(),
            named: named.into(),
            job_rows: job_rows.into(),
        };
        let down =
            view.table.states.codes().iter().filter(|code| is_down(view.table.state(**code)));
        let mut events = Vec::with_capacity(down.count());
        let mut ends = Vec::with_capacity(view.rows.len());
        for (machine, rows) in (0..).zip(&*view.rows) {
            view.each_of(machine, rows.clone(), &mut |event| events.push(*event));
            ends.push(events.len());
        }
        view.events = events.into();
        view.event_ends = ends.into();
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

    /// Calls `each` with the downtimes that some rows of a machine are put together to.
    fn each_of(
        &self,
        machine: u32,
        rows: impl Iterator<Item = usize>,
        each: &mut impl FnMut(&Event),
    ) {
        let table = &self.table;
        let reasons = table.reasons.cardinality() as u32;
        let own = self.job_rows[machine as usize].clone();
        let mut jobs = MachineJobs::new(own.start, &self.jobs.jobs[own]);
        stretches(table, rows, |stretch| {
            let state = table.state(table.states.codes()[stretch.row]);
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
            each(&Event {
                until: stretch.until,
                units: stretch.units,
                machine,
                row: stretch.row as u32,
                fragments: stretch.fragments,
                reason: table.reasons.codes()[stretch.row].min(reasons),
                job_code: stretch.job_code,
                job,
                day: table.days[stretch.row],
                state,
                shift: self.shifts[stretch.row],
                link,
                is_open: stretch.is_open,
            });
        });
    }

    /// Downtimes and rows of some days.
    pub(super) fn of_days(&self, days: &RangeInclusive<i32>) -> Arc<OfDays> {
        self.recent.get(days, || {
            let timed: Vec<Option<Range<usize>>> =
                (0..self.rows.len()).map(|machine| self.timed_rows(machine, days)).collect();
            let (first, last) = self.table.range();
            let is_whole = *days.start() <= first.0 && last.0 <= *days.end();
            let events =
                if is_whole { self.events.clone() } else { self.events_in(days, &timed).into() };
            OfDays { days: days.clone(), timed, events }
        })
    }

    fn events_in(&self, days: &RangeInclusive<i32>, timed: &[Option<Range<usize>>]) -> Vec<Event> {
        let mut found = Vec::new();
        let mut begin = 0;
        for ((machine, all), end) in (0..).zip(&*self.rows).zip(&*self.event_ends) {
            let own = &self.events[begin..*end];
            begin = *end;
            let Some(inside) = &timed[machine as usize] else {
                let rows = all.clone().filter(|row| days.contains(&self.table.days[*row]));
                self.each_of(machine, rows, &mut |event| found.push(*event));
                continue;
            };
            let rows_of =
                |event: &Event| event.row as usize..(event.row + event.fragments) as usize;
            let own = &own[own.partition_point(|event| rows_of(event).end <= inside.start)..];
            let own = &own[..own.partition_point(|event| rows_of(event).start < inside.end)];
            for event in own {
                let rows = rows_of(event);
                if inside.start <= rows.start && rows.end <= inside.end {
                    found.push(*event);
                } else {
                    let part = rows.start.max(inside.start)..rows.end.min(inside.end);
                    self.each_of(machine, part, &mut |event| found.push(*event));
                }
            }
        }
        found
    }

    fn timed_rows(&self, machine: usize, days: &RangeInclusive<i32>) -> Option<Range<usize>> {
        let (start, timed) = (self.rows[machine].start, &self.timed[machine]);
        let row_days = &self.table.days[start..timed.end];
        timed.ascend.then(|| {
            let first = row_days.partition_point(|day| day < days.start());
            let end = row_days.partition_point(|day| day <= days.end());
            start + first..start + end
        })
    }

    /// Rows of a machine of some days.
    pub(super) fn rows_of(&self, machine: usize, found: &OfDays) -> impl Iterator<Item = usize> {
        let all = self.rows[machine].clone();
        let (timed, others) = match &found.timed[machine] {
            Some(timed) => (timed.clone(), self.timed[machine].end..all.end),
            None => (0..0, all),
        };
        timed.chain(others.filter(|row| found.days.contains(&self.table.days[*row])))
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
