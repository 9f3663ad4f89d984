//! Downtimes and hours added up in one pass.

use std::ops::RangeInclusive;

use super::events::{Downtimes, JobLink, NO_SHIFT};
use super::figures::{Downs, StateUnits, Tally};
use super::filter::{DowntimeFilter, Sieve, fails};
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

impl Sums {
    pub(super) fn new(view: &Downtimes, filter: &DowntimeFilter) -> Self {
        let sieve = Sieve::new(view, filter);
        let days = sieve.days();
        let shifts = usize::from(view.table.plan.shift_count());
        let mut sums = Self {
            machines: vec![Tally::default(); view.rows.len()],
            reasons: vec![Downs::default(); view.table.reasons.cardinality() + 1],
            categories: Default::default(),
            states: Downs::default(),
            links: Default::default(),
            shifts: vec![Tally::default(); shifts + 1],
            dates: days.clone(),
            days: vec![Tally::default(); days.count()],
            unlisted: 0,
            untimed: (0, 0),
            unknown: (0, 0),
        };
        sums.add_events(view, &sieve);
        sums.add_hours(view, &sieve);
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
        view.each_event(&sieve.days(), &mut |event| {
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
        });
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

    /// Adds up the hours of all states of the machines.
    fn add_hours(&mut self, view: &Downtimes, sieve: &Sieve) {
        let (table, days) = (&view.table, sieve.days());
        let codes = table.states.codes();
        let last_shift = self.shifts.len() - 1;
        let inside = |rows: &std::ops::Range<usize>| {
            rows.clone().filter(|row| days.contains(&table.days[*row]))
        };
        let mut by_shift = vec![StateUnits::default(); self.shifts.len()];
        for (machine, rows) in view.rows.iter().enumerate() {
            if !sieve.has_machine(machine) {
                if view.equipment.len() <= view.master_rows[machine] as usize {
                    for row in inside(rows).filter(|row| is_down(table.state(codes[*row]))) {
                        self.unknown.0 += 1;
                        self.unknown.1 += i64::from(table.units[row]);
                    }
                }
                continue;
            }
            by_shift.fill(StateUnits::default());
            for row in inside(rows) {
                let (state, shift) = (table.state(codes[row]), view.shifts[row]);
                let units = i64::from(table.units[row]);
                by_shift[usize::from(shift).min(last_shift)][state.place()] += units;
                if sieve.has_shift(shift) {
                    let day = self.day_place(table.days[row]);
                    self.days[day].states[state.place()] += units;
                    if shift == NO_SHIFT && is_down(state) {
                        self.untimed = (self.untimed.0 + 1, self.untimed.1 + units);
                    }
                }
            }
            for (shift, states) in by_shift.iter().enumerate() {
                self.shifts[shift].add_states(states);
                let number = if shift < last_shift { shift as u8 } else { NO_SHIFT };
                if sieve.has_shift(number) {
                    self.machines[machine].add_states(states);
                }
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
