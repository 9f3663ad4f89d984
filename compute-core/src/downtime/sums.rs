//! Downtimes and hours added up in one pass.

use std::ops::RangeInclusive;

use super::events::{DowntimeView, JobLink};
use super::figures::Tally;
use super::filter::{DowntimeFilter, Sieve, fails};
use super::fragments::is_down;
use crate::downtime_category::DowntimeCategory;
use crate::equipment::State;

/// States that are downtimes, in the order of [`Tally::down`].
pub(super) const DOWN: [State; 3] = [State::Udt, State::Sdt, State::Egt];

/// Sums of one pass.
pub(super) struct Sums {
    /// By machine of the table.
    pub machines: Vec<Tally>,
    /// By reason; none last.
    pub reasons: Vec<Tally>,
    pub categories: [Tally; DowntimeCategory::ALL.len()],
    pub states: [Tally; DOWN.len()],
    pub links: [Tally; JobLink::ALL.len()],
    /// By shift; the one of none last.
    pub shifts: Vec<Tally>,
    /// Days of the range since 1970.
    pub dates: RangeInclusive<i32>,
    /// By day of the range.
    pub days: Vec<Tally>,
    /// Downtimes of reasons that no rule names.
    pub unlisted: u32,
    /// Fragments of downtimes whose begin is not known, and their hours.
    pub untimed: (u32, i64),
    /// Fragments of downtimes of machines that the master doesn't have, and their hours.
    pub unknown: (u32, i64),
}

impl Sums {
    pub(super) fn new(view: &DowntimeView, filter: &DowntimeFilter) -> Self {
        let sieve = Sieve::new(view, filter);
        let (days, table) = (sieve.days(), &view.table);
        let shifts = usize::from(table.plan.shift_count());
        let mut sums = Self {
            machines: vec![Tally::default(); view.rows.len()],
            reasons: vec![Tally::default(); table.reasons.cardinality() + 1],
            categories: Default::default(),
            states: Default::default(),
            links: Default::default(),
            shifts: vec![Tally::default(); shifts + 1],
            dates: days.clone(),
            days: vec![Tally::default(); days.clone().count()],
            unlisted: 0,
            untimed: (0, 0),
            unknown: (0, 0),
        };
        let day_place = |day: i32| (day - days.start()) as usize;
        let shift_place = |shift: u8| usize::from(shift).min(shifts);
        for event in view.events_of(&days).iter() {
            let failed = sieve.fails(event);
            if failed.count_ones() > 1 {
                continue;
            }
            let add = |own: u8, tally: &mut Tally| {
                if failed & !own == 0 {
                    tally.add(event);
                }
            };
            let reason = event.reason as usize;
            add(fails::REASON, &mut sums.reasons[reason]);
            add(fails::CATEGORY, &mut sums.categories[view.category(event.reason) as usize]);
            add(fails::STATE, &mut sums.states[event.state.place() - State::Udt.place()]);
            add(fails::LINK, &mut sums.links[event.link as usize]);
            add(fails::SHIFT, &mut sums.shifts[shift_place(event.shift)]);
            if failed == 0 {
                sums.machines[event.machine as usize].add(event);
                sums.days[day_place(event.day)].add(event);
                let is_listed = table.categories.get(reason).is_some_and(Option::is_some);
                sums.unlisted += u32::from(!is_listed);
            }
        }
        for cell in view.cells.iter() {
            let failed = sieve.fails_cell(cell);
            if failed & !fails::SHIFT == 0 {
                sums.shifts[shift_place(cell.shift)].add_cell(cell);
            }
            if failed == 0 {
                sums.machines[cell.machine as usize].add_cell(cell);
                sums.days[day_place(cell.day)].add_cell(cell);
                sums.untimed.0 += cell.untimed.0;
                sums.untimed.1 += cell.untimed.1;
            }
        }
        let is_known = |machine: usize| (view.master_rows[machine] as usize) < view.equipment.len();
        let unknown = view.rows.iter().enumerate().filter(|(machine, _)| !is_known(*machine));
        for row in unknown.flat_map(|(_, rows)| rows.clone()) {
            if days.contains(&table.days[row]) && is_down(table.state(table.states.codes()[row])) {
                sums.unknown.0 += 1;
                sums.unknown.1 += i64::from(table.units[row]);
            }
        }
        sums
    }

    pub(super) fn all(&self) -> Tally {
        let mut all = Tally::default();
        for tally in &self.machines {
            all.merge(tally);
        }
        all
    }
}
