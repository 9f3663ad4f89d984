//! Trend, totals, Paretos and hours of the holds that a filter leaves.

use std::cmp::Reverse;

use serde::Serialize;

use super::filter::{Dimension, HoldClass, HoldHistoryFilter, Sieve, fails};
use super::table::{HoldHistoryTable, NOT_RELEASED};
use super::trend::{HoldAverages, HoldCounts, HoldDay, Trend, sum};
use crate::lot::HoldType;
use crate::metric::round_half_even;
use crate::order;

/// Holds of one name, as a bar of a Pareto chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldBar {
    /// The name; null for holds without one.
    pub name: Option<String>,
    /// Holds.
    pub holds: u32,
    /// Their pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Those that were not the lot's first for their reason.
    pub repeats: u32,
    /// Mean hours on hold, one decimal.
    pub mean_hours: f64,
    /// Running share of the holds, one decimal.
    pub cumulative_pct: f64,
}

/// Holds of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldClassShare {
    /// The class.
    pub duration: HoldClass,
    /// Holds that were released.
    pub released: u32,
    /// Holds that are still on.
    pub held: u32,
}

/// Holds of one hold type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldSideShare {
    /// The hold type.
    pub hold_type: HoldType,
    /// Holds.
    pub holds: u32,
}

/// Hours on hold, one decimal; null without holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldHours {
    /// Holds.
    pub holds: u32,
    /// Mean.
    pub mean_hours: Option<f64>,
    /// Median; of an even number of holds the mean of the two in the middle.
    pub median_hours: Option<f64>,
    /// Longest.
    pub longest_hours: Option<f64>,
}

/// What became of the holds of a range of production days.
///
/// `trend`, `totals` and `averages` are of all days of the range that have begun and ignore the
/// filter's `day`, `kind` and `durations`; the other parts respect them. A Pareto and the choices of
/// types and classes ignore the filter on their own dimension.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldHistoryOverview {
    /// "Now" of the data, plant time.
    pub now: String,
    /// Time of day at which a production day begins, `HH:MM`.
    pub day_start: String,
    /// What the site doesn't have of what may be absent: columns of the table of holds, and
    /// `DW_MES_CONTAINER`; what depends on them is empty.
    pub absent: Vec<String>,
    /// Day by day.
    pub trend: Vec<HoldDay>,
    /// Newly held lots, added up over the days.
    pub new: HoldCounts,
    /// Released lots, added up over the days.
    pub released: HoldCounts,
    /// Lots on hold at the end of the last day.
    pub held: HoldCounts,
    /// Repeats, added up over the days.
    pub repeats: u32,
    /// Means per day.
    pub averages: HoldAverages,
    /// Holds that pass all filters.
    pub holds: u32,
    /// Hours of those that were released.
    pub released_hours: HoldHours,
    /// Hours until now of those that are still on.
    pub held_hours: HoldHours,
    /// By length, shortest first.
    pub durations: Vec<HoldClassShare>,
    /// By hold type, quality first.
    pub hold_types: Vec<HoldSideShare>,
    /// By reason: holds descending, then name, null last; so are the next three.
    pub reasons: Vec<HoldBar>,
    /// By workcenter group, or workcenter that has none.
    pub workcenters: Vec<HoldBar>,
    /// By package.
    pub packages: Vec<HoldBar>,
    /// By department of who held the lot.
    pub departments: Vec<HoldBar>,
}

const HOUR_SECS: f64 = 3600.0;

fn mean_hours(seconds: i64, holds: u32) -> f64 {
    round_half_even(seconds as f64 / (f64::from(holds) * HOUR_SECS), 1)
}

impl HoldHours {
    fn of(mut seconds: Vec<i64>) -> Self {
        let holds = seconds.len() as u32;
        let middle = seconds.len() / 2;
        let median = (holds > 0).then(|| {
            let (before, upper, _) = seconds.select_nth_unstable(middle);
            let upper = *upper;
            let lower = if holds % 2 == 1 { None } else { before.iter().max().copied() };
            mean_hours(lower.unwrap_or(upper) + upper, 2)
        });
        let sum: i64 = seconds.iter().sum();
        Self {
            holds,
            mean_hours: (holds > 0).then(|| mean_hours(sum, holds)),
            median_hours: median,
            longest_hours: seconds.iter().max().map(|longest| mean_hours(*longest, 1)),
        }
    }
}

/// Sums of the holds of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    holds: u32,
    repeats: u32,
    qty: i64,
    seconds: i64,
}

fn bars(dimension: &Dimension<'_>, tallies: Vec<Tally>) -> Vec<HoldBar> {
    let all: u32 = tallies.iter().map(|tally| tally.holds).sum();
    let mut tallies: Vec<(usize, Tally)> =
        tallies.into_iter().enumerate().filter(|(_, tally)| tally.holds > 0).collect();
    // Codes ascend by name and that of none is the largest; the sort is stable.
    order::sort_by_key(&mut tallies, |(_, tally)| Reverse(tally.holds));
    let mut running = 0;
    let bar = |(code, tally): (usize, Tally)| {
        running += tally.holds;
        HoldBar {
            name: (code < dimension.column.cardinality())
                .then(|| dimension.column.name(code as u32).to_owned()),
            holds: tally.holds,
            qty: tally.qty,
            repeats: tally.repeats,
            mean_hours: mean_hours(tally.seconds, tally.holds),
            cumulative_pct: round_half_even(f64::from(running) / f64::from(all) * 100.0, 1),
        }
    };
    tallies.into_iter().map(bar).collect()
}

impl HoldHistoryTable {
    /// Trend, totals, Paretos and hours.
    pub fn overview(&self, filter: &HoldHistoryFilter) -> HoldHistoryOverview {
        let sieve = Sieve::new(self, filter);
        let failed = sieve.failed();
        let trend = Trend::of(self, &failed).days(self);
        let dimensions = sieve.dimensions();
        let mut tallies = dimensions
            .each_ref()
            .map(|dimension| vec![Tally::default(); dimension.column.cardinality() + 1]);
        let mut durations =
            HoldClass::ALL.map(|duration| HoldClassShare { duration, released: 0, held: 0 });
        let mut hold_types = [HoldType::Quality, HoldType::NonQuality]
            .map(|hold_type| HoldSideShare { hold_type, holds: 0 });
        let (mut released, mut held) = (Vec::new(), Vec::new());
        for (row, (hold, failed)) in self.holds.iter().zip(&failed).enumerate() {
            if failed.count_ones() > 1 {
                continue;
            }
            let (seconds, is_released) = (self.seconds(hold), hold.until != NOT_RELEASED);
            for (dimension, tallies) in dimensions.iter().zip(&mut tallies) {
                if failed & !dimension.bit == 0 {
                    let tally = &mut tallies[dimension.code(row)];
                    tally.holds += 1;
                    tally.repeats += u32::from(hold.rank > 1);
                    tally.qty += i64::from(hold.qty);
                    tally.seconds += seconds;
                }
            }
            if failed & !fails::DURATION == 0 {
                let share = &mut durations[HoldClass::of(seconds) as usize];
                *(if is_released { &mut share.released } else { &mut share.held }) += 1;
            }
            if failed & !fails::HOLD_TYPE == 0 {
                hold_types[usize::from(self.places[row].side)].holds += 1;
            }
            if *failed == 0 {
                if is_released { &mut released } else { &mut held }.push(seconds);
            }
        }
        let mut bars = dimensions.iter().zip(tallies).map(|(one, tallies)| bars(one, tallies));
        let mut next = || bars.next().unwrap_or_default();
        HoldHistoryOverview {
            now: self.range().now.to_string(),
            day_start: self.range().plan.day_start(),
            absent: self.absent().to_vec(),
            new: sum(&trend, |day| &day.new),
            released: sum(&trend, |day| &day.released),
            held: trend.last().map(|day| day.held).unwrap_or_default(),
            repeats: trend.iter().map(|day| day.repeats).sum(),
            averages: HoldAverages::of(&trend),
            trend,
            holds: (released.len() + held.len()) as u32,
            released_hours: HoldHours::of(released),
            held_hours: HoldHours::of(held),
            durations: durations.into(),
            hold_types: hold_types.into(),
            reasons: next(),
            workcenters: next(),
            packages: next(),
            departments: next(),
        }
    }
}
