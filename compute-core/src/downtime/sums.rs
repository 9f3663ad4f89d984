//! Downtimes and hours added up in one pass.

use std::ops::RangeInclusive;

use super::events::{Downtimes, JobLink, NO_SHIFT};
use super::figures::{Downs, StateUnits, Tally, add_states};
use super::filter::{Sieve, fails};
use super::fragments::is_down;
use crate::downtime_category::DowntimeCategory;

/// Sums of one pass.
#[derive(Debug)]
pub(super) struct Sums {
    /// By machine of the table.
    pub machines: Vec<Tally>,
    /// By reason; none last.
    pub reasons: Vec<Downs>,
    pub categories: [Downs; DowntimeCategory::ALL.len()],
    pub states: Downs,
    pub links: [Downs; JobLink::ALL.len()],
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

/// Hours of all states of the machines, days and shifts that a filter leaves.
#[derive(Debug)]
pub(super) struct HourSums {
    /// By machine of the table.
    machines: Vec<StateUnits>,
    /// By shift; the one of none last.
    shifts: Vec<StateUnits>,
    /// By day of the range.
    days: Vec<StateUnits>,
    untimed: (u32, i64),
    unknown: (u32, i64),
}

impl HourSums {
    pub(super) fn new(view: &Downtimes, sieve: &Sieve) -> Self {
        let (table, dates) = (&view.table, sieve.days());
        let shifts = usize::from(table.plan.shift_count()) + 1;
        let mut sums = Self {
            machines: vec![StateUnits::default(); view.rows.len()],
            shifts: vec![StateUnits::default(); shifts],
            days: vec![StateUnits::default(); dates.clone().count()],
            untimed: (0, 0),
            unknown: (0, 0),
        };
        let codes = table.states.codes();
        let last_shift = shifts - 1;
        let found = view.of_days(&dates);
        let mut by_shift = vec![StateUnits::default(); shifts];
        for machine in 0..view.rows.len() {
            let rows = view.rows_of(machine, &found);
            if !sieve.has_machine(machine) {
                if view.equipment.len() <= view.master_rows[machine] as usize {
                    for row in rows.filter(|row| is_down(table.state(codes[*row]))) {
                        sums.unknown.0 += 1;
                        sums.unknown.1 += i64::from(table.units[row]);
                    }
                }
                continue;
            }
            by_shift.fill(StateUnits::default());
            for row in rows {
                let (state, shift) = (table.state(codes[row]), view.shifts[row]);
                let units = i64::from(table.units[row]);
                by_shift[usize::from(shift).min(last_shift)][state.place()] += units;
                if sieve.has_shift(shift) {
                    let day = (table.days[row] - dates.start()) as usize;
                    sums.days[day][state.place()] += units;
                    if shift == NO_SHIFT && is_down(state) {
                        sums.untimed = (sums.untimed.0 + 1, sums.untimed.1 + units);
                    }
                }
            }
            for (shift, states) in by_shift.iter().enumerate() {
                add_states(&mut sums.shifts[shift], states);
                let number = if shift < last_shift { shift as u8 } else { NO_SHIFT };
                if sieve.has_shift(number) {
                    add_states(&mut sums.machines[machine], states);
                }
            }
        }
        sums
    }
}

impl Sums {
    pub(super) fn new(view: &Downtimes, sieve: &Sieve, hours: &HourSums) -> Self {
        let only = |states: &[StateUnits]| states.iter().copied().map(Tally::of_states).collect();
        let mut sums = Self {
            machines: only(&hours.machines),
            reasons: vec![Downs::default(); view.table.reasons.cardinality() + 1],
            categories: Default::default(),
            states: Downs::default(),
            links: Default::default(),
            shifts: only(&hours.shifts),
            dates: sieve.days(),
            days: only(&hours.days),
            unlisted: 0,
            untimed: hours.untimed,
            unknown: hours.unknown,
        };
        sums.add_events(view, sieve);
        sums
    }

    fn day_place(&self, day: i32) -> usize {
        (day - self.dates.start()) as usize
    }

    /// Adds up the downtimes. What fails one filter counts in the list that ignores this filter; what
    /// fails none counts in every list, which is found out from few sums.
    fn add_events(&mut self, view: &Downtimes, sieve: &Sieve) {
        let mut by_reason = vec![Downs::default(); self.reasons.len()];
        let mut by_shift = vec![<[Downs; JobLink::ALL.len()]>::default(); self.shifts.len()];
        let category = |reason: u32| view.category(reason) as usize;
        for event in view.of_days(&sieve.days()).events() {
            let (reason, link) = (event.reason as usize, event.link as usize);
            let shift = usize::from(event.shift);
            match sieve.fails(event) {
                0 => {
                    let day = self.day_place(event.day);
                    by_reason[reason].add(event);
                    by_shift[shift][link].add(event);
                    self.machines[event.machine as usize].downs.add(event);
                    self.days[day].downs.add(event);
                }
                fails::REASON => self.reasons[reason].add(event),
                fails::CATEGORY => self.categories[category(event.reason)].add(event),
                fails::STATE => self.states.add(event),
                fails::LINK => self.links[link].add(event),
                fails::SHIFT => self.shifts[shift].downs.add(event),
                _ => {}
            }
        }
        for (reason, downs) in (0..).zip(&by_reason) {
            self.reasons[reason as usize].merge(downs);
            self.categories[category(reason)].merge(downs);
            self.states.merge(downs);
            let listed = view.table.categories.get(reason as usize).copied().flatten();
            self.unlisted += if listed.is_none() { downs.events() } else { 0 };
        }
        for (shift, by_link) in self.shifts.iter_mut().zip(&by_shift) {
            for (link, downs) in self.links.iter_mut().zip(by_link) {
                shift.downs.merge(downs);
                link.merge(downs);
            }
        }
    }

    pub(super) fn all(&self) -> Tally {
        let mut all = Tally::default();
        for tally in &self.machines {
            all.merge(tally);
        }
        all
    }
}
