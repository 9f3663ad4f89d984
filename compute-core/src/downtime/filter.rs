//! What downtimes may be filtered by, and which filters an event fails.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::events::{Cell, DowntimeView, Event, JobLink};
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

/// Which filters an event fails, one bit each.
pub(super) mod fails {
    pub const STATE: u8 = 1;
    pub const REASON: u8 = 1 << 1;
    pub const CATEGORY: u8 = 1 << 2;
    pub const SHIFT: u8 = 1 << 3;
    pub const LINK: u8 = 1 << 4;
    pub const OTHER: u8 = 1 << 5;
}

/// A filter as tables by code.
pub(super) struct Sieve {
    /// By machine of the table.
    pub machines: Vec<bool>,
    days: RangeInclusive<i32>,
    states: [bool; State::COUNT],
    /// By reason; that of none last.
    reasons: Vec<bool>,
    categories: Vec<bool>,
    shifts: [bool; 256],
    links: [bool; JobLink::ALL.len()],
}

impl Sieve {
    pub(super) fn new(view: &DowntimeView, filter: &DowntimeFilter) -> Self {
        fn marks<T, const N: usize>(all: [T; N], wanted: &[T]) -> [bool; N]
        where
            T: PartialEq,
        {
            all.map(|one| wanted.is_empty() || wanted.contains(&one))
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
        let reason = |name: &str| {
            filter.reasons.is_empty() || filter.reasons.iter().any(|wanted| wanted == name)
        };
        let categories = marks(DowntimeCategory::ALL, &filter.categories);
        Self {
            machines: view
                .master_rows
                .iter()
                .map(|row| rows.get(*row as usize).copied().unwrap_or(false))
                .collect(),
            days: first.0..=last.0,
            states: marks(State::ALL, &filter.states),
            reasons: table.reasons.names().map(reason).chain([filter.reasons.is_empty()]).collect(),
            categories: (0..=table.reasons.cardinality())
                .map(|code| categories[view.category(code as u32) as usize])
                .collect(),
            shifts: std::array::from_fn(|shift| {
                filter.shifts.is_empty() || filter.shifts.contains(&(shift as u8))
            }),
            links: marks(JobLink::ALL, &filter.job_links),
        }
    }

    /// The filters that an event fails.
    pub(super) fn fails(&self, event: &Event) -> u8 {
        let bit = |passes: bool, bit: u8| if passes { 0 } else { bit };
        let is_there = self.machines[event.machine as usize] && self.days.contains(&event.day);
        bit(self.states[event.state.place()], fails::STATE)
            | bit(self.reasons[event.reason as usize], fails::REASON)
            | bit(self.categories[event.reason as usize], fails::CATEGORY)
            | bit(self.shifts[usize::from(event.shift)], fails::SHIFT)
            | bit(self.links[event.link as usize], fails::LINK)
            | bit(is_there, fails::OTHER)
    }

    /// The filters on machine, day and shift that a sum of hours fails.
    pub(super) fn fails_cell(&self, cell: &Cell) -> u8 {
        let bit = |passes: bool, bit: u8| if passes { 0 } else { bit };
        let is_there = self.machines[cell.machine as usize] && self.days.contains(&cell.day);
        bit(self.shifts[usize::from(cell.shift)], fails::SHIFT) | bit(is_there, fails::OTHER)
    }

    /// Days of the range.
    pub(super) fn days(&self) -> RangeInclusive<i32> {
        self.days.clone()
    }
}

impl DowntimeView {
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
