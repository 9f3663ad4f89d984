//! What a sum of hours says.

use serde::Serialize;

use super::table::{Hours, UNITS_PER_HOUR};
use crate::equipment::State;
use crate::metric::{StateCounts, round_half_even, share_pct};

/// Hours by state, summed, in units of 1/10,000 h, and the machines that they are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub units: [i64; State::COUNT],
    pub machines: u32,
}

impl Tally {
    /// The rows of one machine.
    pub(super) fn of_machine(rows: &[Hours]) -> Self {
        let mut tally = Self { machines: 1, ..Self::default() };
        for hours in rows {
            tally.add(hours);
        }
        tally
    }

    pub(super) fn add(&mut self, hours: &Hours) {
        for (sum, hours) in self.units.iter_mut().zip(hours) {
            *sum += i64::from(*hours);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, other) in self.units.iter_mut().zip(other.units) {
            *sum += other;
        }
        self.machines += other.machines;
    }

    pub(super) fn counts(&self) -> StateCounts {
        let [prd, sby, udt, sdt, egt, nst, other] = self.units;
        StateCounts { prd, sby, udt, sdt, egt, nst, other }
    }
}

/// Of what a state's percentage is a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Of the six E10 states together.
    SixStates,
    /// Of all hours, also those of unknown states.
    AllHours,
}

/// Hours by state with their shares. Hours and percentages have one decimal, rounded half to even;
/// percentages come from the unrounded hours, and are 0 without a denominator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "hours and shares are named by their E10 codes")]
pub struct HoursFigures {
    /// PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
    pub ou_pct: f64,
    /// (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
    pub availability_pct: f64,
    pub prd_hours: f64,
    pub prd_pct: f64,
    pub sby_hours: f64,
    pub sby_pct: f64,
    pub udt_hours: f64,
    pub udt_pct: f64,
    pub sdt_hours: f64,
    pub sdt_pct: f64,
    pub egt_hours: f64,
    pub egt_pct: f64,
    pub nst_hours: f64,
    pub nst_pct: f64,
    /// All hours, those of unknown states included.
    pub total_hours: f64,
    /// Machines with hours.
    pub machine_count: u32,
}

impl HoursFigures {
    pub(super) fn of(tally: &Tally, whole: Whole) -> Self {
        let counts = tally.counts();
        let six = counts.total() - counts.other;
        let whole = if whole == Whole::SixStates { six } else { counts.total() };
        let hours = |units: i64| round_half_even(units as f64 / UNITS_PER_HOUR, 1);
        let share = |units: i64| share_pct(units, whole);
        Self {
            ou_pct: counts.ou_pct(),
            availability_pct: share_pct(counts.prd + counts.sby + counts.egt, six),
            prd_hours: hours(counts.prd),
            prd_pct: share(counts.prd),
            sby_hours: hours(counts.sby),
            sby_pct: share(counts.sby),
            udt_hours: hours(counts.udt),
            udt_pct: share(counts.udt),
            sdt_hours: hours(counts.sdt),
            sdt_pct: share(counts.sdt),
            egt_hours: hours(counts.egt),
            egt_pct: share(counts.egt),
            nst_hours: hours(counts.nst),
            nst_pct: share(counts.nst),
            total_hours: hours(counts.total()),
            machine_count: tally.machines,
        }
    }
}
