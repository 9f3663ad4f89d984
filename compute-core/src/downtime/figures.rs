//! Figures of a set of downtimes, in the terms of SEMI E10.

use serde::Serialize;

use super::events::{Cell, Event};
use super::fragments::UNITS_PER_HOUR;
use crate::equipment::State;
use crate::metric::{round_half_even, share_of_parts};

/// Sums of downtimes and of the hours of their machines, 1/10,000 h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub events: u32,
    /// UDT events.
    pub failures: u32,
    /// UDT, SDT, EGT.
    pub down: [i64; 3],
    /// Hours of all states of machines, days and shifts.
    pub states: [i64; State::COUNT],
}

impl Tally {
    pub(super) fn add(&mut self, event: &Event) {
        self.events += 1;
        self.failures += u32::from(event.state == State::Udt);
        self.down[event.state.place() - State::Udt.place()] += event.units;
    }

    pub(super) fn add_cell(&mut self, cell: &Cell) {
        for (sum, units) in self.states.iter_mut().zip(cell.units) {
            *sum += units;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.failures += other.failures;
        for (sum, units) in self.down.iter_mut().zip(other.down) {
            *sum += units;
        }
        for (sum, units) in self.states.iter_mut().zip(other.states) {
            *sum += units;
        }
    }

    /// All hours of downtimes.
    pub(super) fn units(&self) -> i64 {
        self.down.iter().sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events == 0 && self.states == [0; State::COUNT]
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
        let per_failure = |units: i64, digits: usize| {
            let mean = || units as f64 / (f64::from(tally.failures) * UNITS_PER_HOUR);
            (tally.failures > 0).then(|| round_half_even(mean(), digits))
        };
        Self {
            events: tally.events,
            failures: tally.failures,
            down_hours: hours(tally.units()),
            udt_hours: hours(tally.down[0]),
            sdt_hours: hours(tally.down[1]),
            egt_hours: hours(tally.down[2]),
            mttr_hours: per_failure(tally.down[0], 2),
            mtbf_hours: per_failure(prd, 1),
            prd_hours: hours(prd),
            availability_pct: share_of_parts(prd + sby + egt, &[prd, sby, udt, sdt, egt, nst], 1),
            uptime_pct: share_of_parts(prd + sby + egt, &[prd, sby, udt, sdt, egt], 1),
        }
    }
}
