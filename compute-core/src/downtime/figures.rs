//! Figures of a set of downtimes, in the terms of SEMI E10.

use serde::Serialize;

use super::events::Event;
use super::fragments::UNITS_PER_HOUR;
use crate::equipment::State;
use crate::metric::{round_half_even, share_of_parts};

/// Downtimes of each state that is one, UDT, SDT and EGT: how many, and their hours, 1/10,000 h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Downs([(u32, i64); 3]);

impl Downs {
    pub(super) fn add(&mut self, event: &Event) {
        let (events, units) = &mut self.0[event.state.place() - State::Udt.place()];
        *events += 1;
        *units += event.units;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for ((events, units), (more, others)) in self.0.iter_mut().zip(other.0) {
            *events += more;
            *units += others;
        }
    }

    /// Downtimes of one state; there are none of a state that is no downtime.
    pub(super) fn of(&self, state: State) -> (u32, i64) {
        let place = state.place().checked_sub(State::Udt.place());
        place.and_then(|place| self.0.get(place).copied()).unwrap_or_default()
    }

    /// All downtimes.
    pub(super) fn events(&self) -> u32 {
        self.0.iter().map(|(events, _)| events).sum()
    }

    /// All hours of downtimes.
    pub(super) fn units(&self) -> i64 {
        self.0.iter().map(|(_, units)| units).sum()
    }
}

/// Hours by state, 1/10,000 h.
pub(super) type StateUnits = [i64; State::COUNT];

/// Sums of downtimes and of the hours of their machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub downs: Downs,
    /// Hours of all states of machines, days and shifts.
    pub states: StateUnits,
}

/// Adds hours to others.
pub(super) fn add_states(sums: &mut StateUnits, states: &StateUnits) {
    for (sum, units) in sums.iter_mut().zip(states) {
        *sum += units;
    }
}

impl Tally {
    /// Hours without downtimes.
    pub(super) fn of_states(states: StateUnits) -> Self {
        Self { downs: Downs::default(), states }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.downs.merge(&other.downs);
        add_states(&mut self.states, &other.states);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.downs.events() == 0 && self.states == [0; State::COUNT]
    }
}

/// 1/10,000 h as hours with one decimal, rounded half to even.
pub(super) fn hours(units: i64) -> f64 {
    round_half_even(units as f64 / UNITS_PER_HOUR, 1)
}

/// Figures of downtimes. Hours have one decimal, MTTR two; means and percentages come from unrounded
/// hours and are null when there is nothing to divide by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DowntimeFigures {
    /// Downtimes: UDT, SDT and EGT events.
    pub events: u32,
    /// Failures: UDT events.
    pub failures: u32,
    /// Hours of all downtimes.
    pub down_hours: f64,
    /// Hours of UDT events.
    pub udt_hours: f64,
    /// Hours of SDT events.
    pub sdt_hours: f64,
    /// Hours of EGT events.
    pub egt_hours: f64,
    /// Mean time to repair: hours of UDT events / failures.
    pub mttr_hours: Option<f64>,
    /// Mean productive time between failures: PRD hours / failures.
    pub mtbf_hours: Option<f64>,
    /// Hours in which the machines produced.
    pub prd_hours: f64,
    /// (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100, as for the history.
    pub availability_pct: Option<f64>,
    /// The same without NST: of the scheduled time, the part in which the machines could work.
    pub uptime_pct: Option<f64>,
}

impl DowntimeFigures {
    pub(super) fn of(tally: &Tally) -> Self {
        let [prd, sby, udt, sdt, egt, nst, _] = tally.states;
        let down = |state: State| tally.downs.of(state).1;
        let (failures, failed) = tally.downs.of(State::Udt);
        let per_failure = |units: i64, digits: usize| {
            let mean = || units as f64 / (f64::from(failures) * UNITS_PER_HOUR);
            (failures > 0).then(|| round_half_even(mean(), digits))
        };
        Self {
            events: tally.downs.events(),
            failures,
            down_hours: hours(tally.downs.units()),
            udt_hours: hours(failed),
            sdt_hours: hours(down(State::Sdt)),
            egt_hours: hours(down(State::Egt)),
            mttr_hours: per_failure(failed, 2),
            mtbf_hours: per_failure(prd, 1),
            prd_hours: hours(prd),
            availability_pct: share_of_parts(prd + sby + egt, &[prd, sby, udt, sdt, egt, nst], 1),
            uptime_pct: share_of_parts(prd + sby + egt, &[prd, sby, udt, sdt, egt], 1),
        }
    }
}
