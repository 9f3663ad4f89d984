//! Holds by production day.

use std::collections::BTreeMap;

use serde::Serialize;

use super::filter::fails;
use super::table::{HoldHistoryTable, Places, Text};
use crate::metric::round_half_even;

/// Lots and their pieces; a lot that is counted for several holds counts once, with the most pieces of
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldCount {
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

impl HoldCount {
    fn add(&mut self, other: Self) {
        self.lots += other.lots;
        self.qty += other.qty;
    }
}

/// The same by hold type; a lot that is held for both counts as quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldCounts {
    /// Both.
    pub all: HoldCount,
    /// Quality holds.
    pub quality: HoldCount,
    /// Non-quality holds.
    pub non_quality: HoldCount,
}

impl HoldCounts {
    fn of([quality, non_quality]: Sides) -> Self {
        let mut all = quality;
        all.add(non_quality);
        Self { all, quality, non_quality }
    }

    fn add(&mut self, other: &Self) {
        self.all.add(other.all);
        self.quality.add(other.quality);
        self.non_quality.add(other.non_quality);
    }
}

/// One production day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldDay {
    /// `YYYY-MM-DD`, the calendar day on which it begins.
    pub date: String,
    /// Lots of which a hold began.
    pub new: HoldCounts,
    /// Lots of which a hold was released.
    pub released: HoldCounts,
    /// Lots on hold at its end; of the day that has begun, now.
    pub held: HoldCounts,
    /// Holds that began and were not the lot's first for their reason.
    pub repeats: u32,
}

/// Means per production day, one decimal; days without activity count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldAverages {
    /// Newly held lots per day.
    pub new_lots: f64,
    /// Their pieces.
    pub new_qty: f64,
    /// Released lots per day.
    pub released_lots: f64,
    /// Their pieces.
    pub released_qty: f64,
    /// Lots on hold at the end of a day.
    pub held_lots: f64,
    /// Their pieces.
    pub held_qty: f64,
}

/// Quality, then non-quality.
type Sides = [HoldCount; 2];

/// Counts by day of a range.
pub(super) struct Trend {
    new: Vec<Sides>,
    released: Vec<Sides>,
    /// What `held` of a day differs from that of the day before; lots as numbers of either sign.
    steps: Vec<[(i32, i64); 2]>,
    repeats: Vec<u32>,
}

impl Trend {
    /// Counts the holds that pass all filters but those that don't narrow the trend; `failed` has what
    /// each hold fails.
    pub(super) fn of(table: &HoldHistoryTable, failed: &[u16]) -> Self {
        let days = table.day_count();
        let mut trend = Self {
            new: vec![Sides::default(); days],
            released: vec![Sides::default(); days],
            steps: vec![Default::default(); days + 1],
            repeats: vec![0; days],
        };
        let lots = table.text(Text::Container).codes();
        let mut kept: Vec<(Places, i32)> = Vec::new();
        let mut row = 0;
        while row < lots.len() {
            kept.clear();
            let lot = lots[row];
            while row < lots.len() && lots[row] == lot {
                if failed[row] & !fails::BESIDE_TREND == 0 {
                    let (hold, places) = (&table.holds[row], table.places[row]);
                    kept.push((places, hold.qty));
                    if hold.rank > 1
                        && let Some(repeats) = place_of(places.from, &mut trend.repeats)
                    {
                        *repeats += 1;
                    }
                }
                row += 1;
            }
            trend.add_lot(&kept);
        }
        trend
    }

    fn add_lot(&mut self, holds: &[(Places, i32)]) {
        add_days(holds, &mut self.new, |places| places.from);
        add_days(holds, &mut self.released, |places| places.until);
        match holds {
            [] => {}
            [(places, qty)] => self.add_span(places.from, places.until, places.side, *qty),
            _ => self.add_overlapping(holds),
        }
    }

    /// A lot is on hold at the ends of the days from `from` to before `until`.
    fn add_span(&mut self, from: i32, until: i32, side: u8, qty: i32) {
        let days = self.new.len();
        let place = |day: i32| usize::try_from(day).unwrap_or(0).min(days);
        let (from, until) = (place(from), place(until));
        let side = usize::from(side);
        for (place, sign) in [(from, 1), (until, -1)] {
            let step = &mut self.steps[place][side];
            step.0 += sign;
            step.1 += i64::from(sign) * i64::from(qty);
        }
    }

    /// The same of a lot that has several holds, which may overlap.
    fn add_overlapping(&mut self, holds: &[(Places, i32)]) {
        let mut changes: Vec<(i32, bool, usize)> = Vec::with_capacity(holds.len() * 2);
        for (number, (places, _)) in holds.iter().enumerate() {
            changes.push((places.from, true, number));
            changes.push((places.until, false, number));
        }
        changes.sort_unstable();
        // How many holds of each side and quantity are on.
        let mut on: [BTreeMap<i32, u32>; 2] = Default::default();
        let mut since = 0;
        for of_day in changes.chunk_by(|one, other| one.0 == other.0) {
            let day = of_day[0].0;
            let most = |on: &BTreeMap<i32, u32>| on.last_key_value().map(|(qty, _)| *qty);
            let (quality, non_quality) = (most(&on[0]), most(&on[1]));
            if let Some(qty) = quality.max(non_quality) {
                self.add_span(since, day, u8::from(quality.is_none()), qty);
            }
            for (_, begins, number) in of_day {
                let (places, qty) = &holds[*number];
                // What begins and ends on one day is on at the end of none.
                if places.from == places.until {
                    continue;
                }
                let count = on[usize::from(places.side)].entry(*qty).or_default();
                *count = if *begins { *count + 1 } else { *count - 1 };
                if *count == 0 {
                    on[usize::from(places.side)].remove(qty);
                }
            }
            since = day;
        }
    }

    /// The days of a range that begins with that of the table.
    pub(super) fn days(&self, table: &HoldHistoryTable) -> Vec<HoldDay> {
        let first = table.range().first;
        let mut held = [(0_i32, 0_i64); 2];
        let mut date = first;
        (0..self.new.len())
            .map(|place| {
                for (held, step) in held.iter_mut().zip(self.steps[place]) {
                    held.0 += step.0;
                    held.1 += step.1;
                }
                let day = HoldDay {
                    date: date.to_string(),
                    new: HoldCounts::of(self.new[place]),
                    released: HoldCounts::of(self.released[place]),
                    held: HoldCounts::of(
                        held.map(|(lots, qty)| HoldCount { lots: lots.unsigned_abs(), qty }),
                    ),
                    repeats: self.repeats[place],
                };
                date = date.next();
                day
            })
            .collect()
    }
}

/// The cell of a day, `None` for a day outside.
fn place_of<T>(day: i32, cells: &mut [T]) -> Option<&mut T> {
    usize::try_from(day).ok().and_then(|day| cells.get_mut(day))
}

/// Counts a lot on each day that `day` gives for one of its holds, once.
fn add_days(holds: &[(Places, i32)], cells: &mut [Sides], day: impl Fn(&Places) -> i32) {
    let mut add = |place: i32, side: u8, qty: i32| {
        if let Some(cell) = place_of(place, cells) {
            cell[usize::from(side)].add(HoldCount { lots: 1, qty: i64::from(qty) });
        }
    };
    if let [(places, qty)] = holds {
        return add(day(places), places.side, *qty);
    }
    let mut by_day: Vec<(i32, u8, i32)> =
        holds.iter().map(|(places, qty)| (day(places), places.side, *qty)).collect();
    by_day.sort_unstable();
    for of_day in by_day.chunk_by(|one, other| one.0 == other.0) {
        let most = of_day.iter().map(|(.., qty)| *qty).max().unwrap_or(0);
        add(of_day[0].0, of_day[0].1, most);
    }
}

/// Sums of days: lots and pieces that came and went.
pub(super) fn sum(days: &[HoldDay], counts: impl Fn(&HoldDay) -> &HoldCounts) -> HoldCounts {
    let mut all = HoldCounts::default();
    for day in days {
        all.add(counts(day));
    }
    all
}

impl HoldAverages {
    /// Of all days; 0 when there is none.
    pub(super) fn of(days: &[HoldDay]) -> Self {
        let mean = |sum: i64| round_half_even(sum as f64 / days.len().max(1) as f64, 1);
        let [new, released, held] =
            [sum(days, |day| &day.new), sum(days, |day| &day.released), sum(days, |day| &day.held)];
        Self {
            new_lots: mean(new.all.lots.into()),
            new_qty: mean(new.all.qty),
            released_lots: mean(released.all.lots.into()),
            released_qty: mean(released.all.qty),
            held_lots: mean(held.all.lots.into()),
            held_qty: mean(held.all.qty),
        }
    }
}
