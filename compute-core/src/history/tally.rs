//! Sums of hours by state, as integers.

use crate::equipment::State;
use crate::metric::{StateCounts, share_of_parts};

/// Units of an hour: hours are whole numbers of 0.36 seconds, so that no sum depends on its order.
pub(super) const UNITS_PER_HOUR: f64 = 10_000.0;

/// Hours by state, in [`UNITS_PER_HOUR`], in the order of [`State::place`].
pub(super) type Hours = [i32; State::COUNT];

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

    /// OU %; null as in [`super::HoursFigures::ou_pct`].
    pub(super) fn ou_pct(&self, digits: usize) -> Option<f64> {
        let [prd, sby, udt, sdt, egt, ..] = self.units;
        share_of_parts(prd, &[prd, sby, udt, sdt, egt], digits)
    }

    pub(super) fn counts(&self) -> StateCounts {
        let [prd, sby, udt, sdt, egt, nst, other] = self.units;
        StateCounts { prd, sby, udt, sdt, egt, nst, other }
    }
}
