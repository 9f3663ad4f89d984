//! Figures of a sum of hours.

use serde::Serialize;

use super::tally::{Tally, UNITS_PER_HOUR};
use crate::equipment::State;
use crate::metric::{round_half_even, share_of_parts};

/// Of what a state's percentage is a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Of the six E10 states together.
    SixStates,
    /// Of all hours, also those of other states.
    AllHours,
}

/// Hours by state with their shares. Hours and percentages have one decimal, rounded half to even;
/// percentages come from the unrounded hours. A percentage is null when there is nothing to
/// divide by, or when one of the hours that it is a share of is below 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "hours and shares are named by their E10 codes")]
pub struct HoursFigures {
    /// PRD / (PRD + SBY + UDT + SDT + EGT) × 100.
    pub ou_pct: Option<f64>,
    /// (PRD + SBY + EGT) / (PRD + SBY + EGT + SDT + UDT + NST) × 100.
    pub availability_pct: Option<f64>,
    pub prd_hours: f64,
    pub prd_pct: Option<f64>,
    pub sby_hours: f64,
    pub sby_pct: Option<f64>,
    pub udt_hours: f64,
    pub udt_pct: Option<f64>,
    pub sdt_hours: f64,
    pub sdt_pct: Option<f64>,
    pub egt_hours: f64,
    pub egt_pct: Option<f64>,
    pub nst_hours: f64,
    pub nst_pct: Option<f64>,
    /// Hours of every state that is none of the six.
    pub other_hours: f64,
    /// Their share of all hours.
    pub other_pct: Option<f64>,
    /// All hours: the seven parts together.
    pub total_hours: f64,
    /// Machines with hours.
    pub machine_count: u32,
}

impl HoursFigures {
    pub(super) fn of(tally: &Tally, whole: Whole) -> Self {
        let counts = tally.counts();
        let six = &tally.units[..State::Other.place()];
        let whole = if whole == Whole::SixStates { six } else { &tally.units[..] };
        let hours = |units: i64| round_half_even(units as f64 / UNITS_PER_HOUR, 1);
        let share = |units: i64| share_of_parts(units, whole, 1);
        Self {
            ou_pct: tally.ou_pct(1),
            availability_pct: share_of_parts(counts.prd + counts.sby + counts.egt, six, 1),
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
            other_hours: hours(counts.other),
            other_pct: share_of_parts(counts.other, &tally.units, 1),
            total_hours: hours(counts.total()),
            machine_count: tally.machines,
        }
    }
}
