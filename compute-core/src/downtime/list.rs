//! Downtimes and machines one by one.

use serde::{Deserialize, Serialize};

use super::events::{Event, JobLink, NO_JOB};
use super::figures::{DowntimeFigures, Tally};
use super::filter::{DowntimeFilter, Sieve};
use super::fragments::{NO_TIME, UNITS_PER_HOUR};
use super::jobs::{Job, JobText};
use super::sums::Sums;
use super::view::DowntimeView;
use crate::calendar::Moment;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::State;
use crate::metric::round_half_even;
use crate::order;
use crate::table::NULL_CODE;

/// What a list of downtimes is ordered by, named like the fields of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DowntimeSort {
    /// Name of the machine.
    ResourceName,
    /// Group of the machine, by sequence.
    Workcenter,
    /// Family of the machine.
    Family,
    /// State as recorded.
    Code,
    /// Reason.
    Reason,
    /// Category.
    Category,
    /// Begin.
    From,
    /// Hours.
    Hours,
    /// How the job was found.
    JobLink,
    /// From the creation of the job to the first clock-on.
    WaitingHours,
    /// From the first clock-on to the last clock-off.
    RepairHours,
}

impl DowntimeSort {
    /// All orders.
    pub const ALL: [Self; 11] = [
        Self::ResourceName,
        Self::Workcenter,
        Self::Family,
        Self::Code,
        Self::Reason,
        Self::Category,
        Self::From,
        Self::Hours,
        Self::JobLink,
        Self::WaitingHours,
        Self::RepairHours,
    ];
}

/// A part of the list of downtimes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DowntimeEventsQuery {
    /// Which downtimes.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<DowntimeFilter>"))]
    pub filter: DowntimeFilter,
    /// Order; longest first when absent. Equal ones are by RESOURCEID, then begin; missing values last.
    pub sort: Option<DowntimeSort>,
    /// Whether the given order is reversed.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub descending: bool,
    /// Downtimes to skip.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Downtimes at most; all when absent.
    pub limit: Option<u32>,
}

/// A part of the list of machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DowntimeMachinesQuery {
    /// Which downtimes.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<DowntimeFilter>"))]
    pub filter: DowntimeFilter,
    /// Machines to skip.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Machines at most; all when absent.
    pub limit: Option<u32>,
}

/// The job of a downtime.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventJob {
    /// JOBID.
    pub job_id: String,
    /// Number of the order.
    pub order: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// Symptom.
    pub symptom: Option<String>,
    /// Cause.
    pub cause: Option<String>,
    /// Repair.
    pub repair: Option<String>,
    /// When it was created, `YYYY-MM-DD HH:MM:SS`, plant time; null for a job that the table of jobs
    /// does not have.
    pub created: Option<String>,
    /// First clock-on − created, hours with one decimal; null when either is missing.
    pub waiting_hours: Option<f64>,
    /// Last clock-off − first clock-on, hours with one decimal; null when either is missing.
    pub repair_hours: Option<f64>,
}

/// One downtime.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeEvent {
    /// RESOURCEID.
    pub resource_id: String,
    /// RESOURCENAME.
    pub resource_name: Option<String>,
    /// Workcenter group, or the workcenter when that has none.
    pub workcenter: String,
    /// Family.
    pub family: Option<String>,
    /// UDT, SDT or EGT.
    pub state: State,
    /// The state as recorded.
    pub code: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Category of the reason.
    pub category: DowntimeCategory,
    /// Shift in which it began, from 0.
    pub shift: u8,
    /// Begin, `YYYY-MM-DD HH:MM:SS`, plant time.
    pub from: String,
    /// End; null while it goes on.
    pub until: Option<String>,
    /// Hours of its fragments, one decimal.
    pub hours: f64,
    /// Rows of the source that it is made of.
    pub fragments: u32,
    /// How the job was found.
    pub job_link: JobLink,
    /// The job.
    pub job: Option<EventJob>,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeEvents {
    /// The downtimes.
    pub events: Vec<DowntimeEvent>,
    /// Downtimes in all.
    pub total: u32,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeMachine {
    /// RESOURCEID.
    pub resource_id: String,
    /// RESOURCENAME.
    pub resource_name: Option<String>,
    /// Workcenter group, or the workcenter when that has none.
    pub workcenter: String,
    /// Family.
    pub family: Option<String>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: DowntimeFigures,
}

/// A part of the list of machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeMachines {
    /// Machines that have hours or downtimes, by sequence of the group, family, name, RESOURCEID.
    pub machines: Vec<DowntimeMachine>,
    /// Machines in all.
    pub total: u32,
}

/// Seconds between two moments of a job, hours with one decimal.
fn hours_between(from: i64, until: i64) -> Option<f64> {
    let are_known = from != NO_TIME && until != NO_TIME;
    are_known.then(|| round_half_even((until - from) as f64 / 3600.0, 1))
}

impl DowntimeView {
    /// Part of the list of downtimes.
    pub fn events(&self, query: &DowntimeEventsQuery) -> DowntimeEvents {
        let sieve = Sieve::new(self, &query.filter);
        let found = self.of_days(&sieve.days());
        let all = found.events();
        let rows: Vec<u32> = (0..)
            .zip(all.iter())
            .filter(|(_, event)| sieve.fails(event) == 0)
            .map(|(row, _)| row)
            .collect();
        let (sort, descending) = match query.sort {
            Some(sort) => (sort, query.descending),
            None => (DowntimeSort::Hours, true),
        };
        let names = self.ranks(sort);
        let value = |row: u32| {
            let event = &all[row as usize];
            let spans = |moments: fn(&Job) -> [i64; 2]| {
                let [from, until] = moments(self.jobs.jobs.get(event.job as usize)?);
                (from != NO_TIME && until != NO_TIME).then(|| until - from)
            };
            match sort {
                DowntimeSort::ResourceName | DowntimeSort::Workcenter | DowntimeSort::Family => {
                    names[event.machine as usize]
                }
                DowntimeSort::Code => {
                    Some(self.code(event)).filter(|code| *code != NULL_CODE).map(i64::from)
                }
                DowntimeSort::Reason => {
                    self.reason(event.reason).is_some().then_some(i64::from(event.reason))
                }
                DowntimeSort::Category => Some(self.category(event.reason) as i64),
                DowntimeSort::From => Some(self.begin(event)),
                DowntimeSort::Hours => Some(event.units),
                DowntimeSort::JobLink => Some(event.link as i64),
                DowntimeSort::WaitingHours => spans(|job| [job.created, job.clock_on]),
                DowntimeSort::RepairHours => spans(|job| [job.clock_on, job.clock_off]),
            }
        };
        let first = query.offset as usize;
        let end = query.limit.map_or(rows.len(), |limit| first.saturating_add(limit as usize));
        let shown = order::window_by_value(&rows, first..end, descending, value);
        DowntimeEvents {
            events: shown.into_iter().map(|row| self.event(&all[row as usize])).collect(),
            total: rows.len() as u32,
        }
    }

    /// For orders by a name of the machine: the place of each machine's name among all, `None` where it
    /// has none.
    fn ranks(&self, sort: DowntimeSort) -> Vec<Option<i64>> {
        let name = |row: usize| match sort {
            DowntimeSort::ResourceName => self.equipment.name(row),
            DowntimeSort::Family => self.equipment.family(row),
            _ => None,
        };
        if sort == DowntimeSort::Workcenter {
            let place = |row: &u32| self.groups.of_row.get(*row as usize).copied().map(i64::from);
            return self.master_rows.iter().map(place).collect();
        }
        let is_known = |row: u32| (row as usize) < self.equipment.len();
        let mut names: Vec<&str> = self
            .master_rows
            .iter()
            .filter(|row| is_known(**row))
            .filter_map(|row| name(*row as usize))
            .collect();
        names.sort_unstable();
        names.dedup();
        let place = |row: &u32| {
            let name = is_known(*row).then(|| name(*row as usize)).flatten()?;
            names.binary_search(&name).ok().map(|place| place as i64)
        };
        self.master_rows.iter().map(place).collect()
    }

    /// When a downtime began.
    fn begin(&self, event: &Event) -> i64 {
        self.table.begins[event.row as usize]
    }

    /// Code of the state of a downtime as recorded.
    fn code(&self, event: &Event) -> u32 {
        self.table.states.codes()[event.row as usize]
    }

    fn event(&self, event: &Event) -> DowntimeEvent {
        let code = self.code(event);
        let row = self.master_rows[event.machine as usize] as usize;
        let states = &self.table.states;
        DowntimeEvent {
            resource_id: self.equipment.id(row).to_owned(),
            resource_name: self.equipment.name(row).map(str::to_owned),
            workcenter: self.groups.names[self.groups.of_row[row] as usize].0.clone(),
            family: self.equipment.family(row).map(str::to_owned),
            state: event.state,
            code: (code != NULL_CODE).then(|| states.name(code).to_owned()),
            reason: self.reason(event.reason).map(str::to_owned),
            category: self.category(event.reason),
            shift: event.shift,
            from: Moment(self.begin(event)).to_string(),
            until: (!event.is_open).then(|| Moment(event.until).to_string()),
            hours: round_half_even(event.units as f64 / UNITS_PER_HOUR, 1),
            fragments: event.fragments,
            job_link: event.link,
            job: self.event_job(event),
        }
    }

    fn event_job(&self, event: &Event) -> Option<EventJob> {
        if event.job == NO_JOB {
            let id = (event.link == JobLink::Id).then(|| self.table.jobs.name(event.job_code))?;
            return Some(EventJob {
                job_id: id.to_owned(),
                order: None,
                model: None,
                status: None,
                symptom: None,
                cause: None,
                repair: None,
                created: None,
                waiting_hours: None,
                repair_hours: None,
            });
        }
        let row = event.job as usize;
        let job = &self.jobs.jobs[row];
        let text = |text: JobText| self.jobs.text(text, row);
        Some(EventJob {
            job_id: self.jobs.ids.get(row).unwrap_or_default().to_owned(),
            order: text(JobText::Order),
            model: text(JobText::Model),
            status: text(JobText::Status),
            symptom: text(JobText::Symptom),
            cause: text(JobText::Cause),
            repair: text(JobText::Repair),
            created: Some(Moment(job.created).to_string()),
            waiting_hours: hours_between(job.created, job.clock_on),
            repair_hours: hours_between(job.clock_on, job.clock_off),
        })
    }

    /// Part of the list of machines.
    pub fn machines(&self, query: &DowntimeMachinesQuery) -> DowntimeMachines {
        let sums = self.sums(&query.filter);
        let mut machines: Vec<(usize, Tally)> = Self::machines_in(&sums).collect();
        order::sort_by_key(&mut machines, |(machine, _)| {
            let row = self.master_rows[*machine] as usize;
            let family = self.equipment.family(row);
            (self.groups.of_row[row], family.is_none(), family, self.name_key(*machine))
        });
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let shown = machines.iter().skip(query.offset as usize).take(limit);
        DowntimeMachines {
            machines: shown.map(|(machine, tally)| self.machine(*machine, tally)).collect(),
            total: machines.len() as u32,
        }
    }

    /// Machines that have hours or downtimes, by RESOURCEID.
    fn machines_in(sums: &Sums) -> impl Iterator<Item = (usize, Tally)> {
        sums.machines.iter().copied().enumerate().filter(|(_, tally)| !tally.is_empty())
    }

    /// What machines are listed by: those without a name last.
    fn name_key(&self, machine: usize) -> (bool, Option<&str>) {
        let name = self.equipment.name(self.master_rows[machine] as usize);
        (name.is_none(), name)
    }

    /// The first `count` of some machines by hours of downtimes descending, then name and RESOURCEID.
    pub(super) fn worst_of(
        &self,
        sums: &Sums,
        count: usize,
        is_wanted: impl Fn(usize, &Tally) -> bool,
    ) -> Vec<(usize, Tally)> {
        let machines: Vec<(usize, Tally)> =
            Self::machines_in(sums).filter(|(machine, tally)| is_wanted(*machine, tally)).collect();
        order::window_by(&machines, 0..count, |(one, tally), (other, than)| {
            let longest_first = than.downs.units().cmp(&tally.downs.units());
            longest_first.then_with(|| self.name_key(*one).cmp(&self.name_key(*other)))
        })
    }

    pub(super) fn machine(&self, machine: usize, tally: &Tally) -> DowntimeMachine {
        let row = self.master_rows[machine] as usize;
        DowntimeMachine {
            resource_id: self.equipment.id(row).to_owned(),
            resource_name: self.equipment.name(row).map(str::to_owned),
            workcenter: self.groups.names[self.groups.of_row[row] as usize].0.clone(),
            family: self.equipment.family(row).map(str::to_owned),
            figures: DowntimeFigures::of(tally),
        }
    }
}
