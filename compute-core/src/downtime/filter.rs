//! What downtimes may be filtered by, and which filters an event fails.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::events::{Downtimes, Event, JobLink};
use crate::calendar::Day;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::{EquipmentFilter, State};

/// Filters of downtimes; all given ones must hold, empty lists filter nothing. Availability, uptime and
/// productive hours respect machines, days and shifts only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DowntimeFilter {
    /// Which machines.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<EquipmentFilter>"))]
    pub machines: EquipmentFilter,
    /// First day, `YYYY-MM-DD`; that of the table when absent or earlier.
    pub start_date: Option<String>,
    /// Last day; that of the table when absent or later.
    pub end_date: Option<String>,
    /// UDT, SDT or EGT; other states have no downtimes.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<State>>"))]
    pub states: Vec<State>,
    /// Exact reasons.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub reasons: Vec<String>,
    /// Categories of reasons.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<DowntimeCategory>>"))]
    pub categories: Vec<DowntimeCategory>,
    /// Shifts of the day in which the downtime began, from 0.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<u8>>"))]
    pub shifts: Vec<u8>,
    /// How the job was found.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<JobLink>>"))]
    pub job_links: Vec<JobLink>,
}

impl DowntimeFilter {
    /// The filters that hours of all states respect.
    pub(super) fn of_hours(&self) -> Self {
        let Self { machines, start_date, end_date, shifts, .. } = self.clone();
        Self { machines, start_date, end_date, shifts, ..Self::default() }
    }
}

/// Which filters an event fails, one bit each.
pub(super) mod fails {
    pub const STATE: u8 = 1;
    pub const REASON: u8 = 1 << 1;
    pub const CATEGORY: u8 = 1 << 2;
    pub const SHIFT: u8 = 1 << 3;
    pub const LINK: u8 = 1 << 4;
    pub const OTHER: u8 = 1 << 5;
}

/// A filter as tables by code, of the bits that what has the code fails.
pub(super) struct Sieve {
    /// By machine of the table.
    machines: Vec<u8>,
    days: RangeInclusive<i32>,
    states: [u8; State::COUNT],
    /// By reason, for the reason and for its category; those of none last.
    reasons: Vec<u8>,
    shifts: [u8; 256],
    links: [u8; JobLink::ALL.len()],
}

fn bit(passes: bool, bit: u8) -> u8 {
    if passes { 0 } else { bit }
}

impl Sieve {
    pub(super) fn new(view: &Downtimes, filter: &DowntimeFilter) -> Self {
        fn passes<T: PartialEq>(wanted: &[T], one: &T) -> bool {
            wanted.is_empty() || wanted.contains(one)
        }
        let table = &view.table;
        let mut rows = vec![false; view.equipment.len()];
        for row in view.equipment.select(&filter.machines) {
            rows[row as usize] = true;
        }
        let bound = |text: &Option<String>| text.as_deref().and_then(Day::parse);
        let (first, last) = table.range();
        let first = bound(&filter.start_date).map_or(first, |day| day.max(first));
        let last = bound(&filter.end_date).map_or(last, |day| day.min(last));
        let reason = |code: u32| {
            let name = view.reason(code);
            let is_wanted = name.is_some_and(|name| filter.reasons.iter().any(|it| it == name));
            bit(filter.reasons.is_empty() || is_wanted, fails::REASON)
                | bit(passes(&filter.categories, &view.category(code)), fails::CATEGORY)
        };
        Self {
            machines: view
                .master_rows
                .iter()
                .map(|row| bit(rows.get(*row as usize) == Some(&true), fails::OTHER))
                .collect(),
            days: first.0..=last.0,
            states: State::ALL.map(|state| bit(passes(&filter.states, &state), fails::STATE)),
            reasons: (0..=table.reasons.cardinality() as u32).map(reason).collect(),
            shifts: std::array::from_fn(|shift| {
                bit(passes(&filter.shifts, &(shift as u8)), fails::SHIFT)
            }),
            links: JobLink::ALL.map(|link| bit(passes(&filter.job_links, &link), fails::LINK)),
        }
    }

    /// The filters that an event of [`Self::days`] fails.
    pub(super) fn fails(&self, event: &Event) -> u8 {
        self.states[event.state.place()]
            | self.reasons[event.reason as usize]
            | self.shifts[usize::from(event.shift)]
            | self.links[event.link as usize]
            | self.machines[event.machine as usize]
    }

    /// Whether a machine of the table is wanted.
    pub(super) fn has_machine(&self, machine: usize) -> bool {
        self.machines[machine] == 0
    }

    /// Whether a shift is wanted, or hours of none.
    pub(super) fn has_shift(&self, shift: u8) -> bool {
        self.shifts[usize::from(shift)] == 0
    }

    /// Days of the range.
    pub(super) fn days(&self) -> RangeInclusive<i32> {
        self.days.clone()
    }
}

impl Downtimes {
    /// Category of a reason; what no rule names, and no reason, is other.
    pub(super) fn category(&self, reason: u32) -> DowntimeCategory {
        let known = self.table.categories.get(reason as usize).copied().flatten();
        known.unwrap_or(DowntimeCategory::Other)
    }

    /// Name of a reason, `None` for the code of none.
    pub(super) fn reason(&self, reason: u32) -> Option<&str> {
        let reasons = &self.table.reasons;
        ((reason as usize) < reasons.cardinality()).then(|| reasons.name(reason))
    }
}
