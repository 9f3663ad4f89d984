//! What flowed through the plant in a shift: moves, turns, holds in and out, and the course of WIP.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shift::{LONGEST_SILENCE_S, Shift};
use crate::calendar::Moment;
use crate::lot::{LotFilter, LotStep, LotTable};
use crate::metric::round_half_even;
use crate::order;
use crate::table::{Dataset, DecodeError};

/// Versions that are looked at: of more, every second, third and so on, and the last.
const MOST_VERSIONS: usize = 144;

/// Which lots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct FlowQuery {
    /// Lots that pass it, whatever their status; of a step, those that pass before it.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
}

/// WIP at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct WipPoint {
    /// `YYYY-MM-DD HH:MM:SS`, plant time.
    pub moment: String,
    /// Whether nothing is known of the time right before.
    pub is_after_gap: bool,
    /// Lots.
    pub lots: u32,
    /// Pieces of lots on equipment.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub run_qty: i64,
    /// Pieces of lots that wait.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub queue_qty: i64,
    /// Pieces on quality hold.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub quality_hold_qty: i64,
    /// Pieces on non-quality hold.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub non_quality_hold_qty: i64,
}

/// Lots and their pieces, each as often as it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FlowTotals {
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

impl FlowTotals {
    fn add(&mut self, qty: i32) {
        self.lots += 1;
        self.qty += i64::from(qty);
    }
}

/// What flowed through one workcenter group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct GroupFlow {
    /// Its name; absent of lots without one.
    pub name: Option<String>,
    /// Lots that left a step of it: another spec, or another group.
    pub moves: FlowTotals,
    /// Of these, lots that went to another group.
    pub left: FlowTotals,
    /// Lots that came from another group.
    pub entered: FlowTotals,
    /// Mean pieces over the time of which the lots are known, one decimal; absent where that has no
    /// length.
    pub mean_qty: Option<f64>,
    /// Pieces moved / mean pieces, two decimals; absent without mean pieces.
    pub turns: Option<f64>,
}

/// What flowed through the plant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ShiftFlow {
    /// One per version of the lots that is looked at, ascending: at most 144 and the last.
    pub points: Vec<WipPoint>,
    /// Moves of all groups. A lot that moves twice between two points is seen once.
    pub moves: FlowTotals,
    /// Lots that were not there before.
    pub came: FlowTotals,
    /// Lots that are not there any more.
    pub left: FlowTotals,
    /// Lots that went on hold.
    pub held: FlowTotals,
    /// Lots that were released and are still there.
    pub released: FlowTotals,
    /// Groups by pieces moved descending, then name, lots without a group last.
    pub groups: Vec<GroupFlow>,
    /// Seconds of which the lots are known.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub known_secs: i64,
}

/// Sums of one group.
#[derive(Default)]
struct Sums {
    moves: FlowTotals,
    left: FlowTotals,
    entered: FlowTotals,
    /// Pieces × seconds.
    piece_seconds: i128,
}

impl Shift {
    /// What flowed through the plant between the first and the last version of the lots.
    ///
    /// # Errors
    /// What was recorded is damaged.
    pub fn flow(&mut self, query: &FlowQuery) -> Result<ShiftFlow, DecodeError> {
        self.flow_of(query, MOST_VERSIONS)
    }

    /// The same, of at most so many versions and the last.
    pub(super) fn flow_of(
        &mut self,
        query: &FlowQuery,
        most: usize,
    ) -> Result<ShiftFlow, DecodeError> {
        // All lots, whatever their status: a step changes it.
        let filter =
            LotFilter { status: None, hold_type: None, reason: None, ..query.filter.clone() };
        let mut flow = ShiftFlow::default();
        let mut groups: BTreeMap<(bool, Option<String>), Sums> = BTreeMap::new();
        let mut before: Option<(LotTable, Moment)> = None;
        let versions = self.versions(Dataset::Wip);
        let every = versions.div_ceil(most.max(1)).max(1);
        let last = versions.checked_sub(1);
        let mut places: Vec<usize> = (0..versions).step_by(every).chain(last).collect();
        places.dedup();
        for (number, &place) in places.iter().enumerate() {
            let kept = self.version(Dataset::Wip, place)?;
            let now = LotTable::from_frame(kept.frame)?;
            // To the next version, or as long as it was known to be the same.
            let next = places.get(number + 1).copied();
            let until = self.known_until(Dataset::Wip, place, next);
            let seconds = kept.moment.secs_until(until).max(0);
            flow.known_secs += seconds;
            let summary = now.summary(&filter);
            let of = &summary.by_wip_status;
            flow.points.push(WipPoint {
                moment: kept.moment.to_string(),
                is_after_gap: before
                    .as_ref()
                    .is_some_and(|(_, then)| then.secs_until(kept.moment) > LONGEST_SILENCE_S),
                lots: summary.total_lots,
                run_qty: of.run.qty_pcs,
                queue_qty: of.queue.qty_pcs,
                quality_hold_qty: of.quality_hold.qty_pcs,
                non_quality_hold_qty: of.non_quality_hold.qty_pcs,
            });
            for (group, qty) in now.pieces_by_group(&filter) {
                groups.entry((group.is_none(), group)).or_default().piece_seconds +=
                    i128::from(qty) * i128::from(seconds);
            }
            if let Some((then, _)) = &before {
                now.steps_since(then, &filter, |step| flow.take(step, &mut groups));
            }
            before = Some((now, until));
        }
        let known = flow.known_secs;
        flow.groups = groups
            .into_iter()
            .map(|((_, name), sums)| {
                let mean = (known > 0).then(|| sums.piece_seconds as f64 / known as f64);
                let turns =
                    mean.filter(|mean| *mean > 0.0).map(|mean| sums.moves.qty as f64 / mean);
                GroupFlow {
                    name,
                    moves: sums.moves,
                    left: sums.left,
                    entered: sums.entered,
                    mean_qty: mean.map(|mean| round_half_even(mean, 1)),
                    turns: turns.map(|turns| round_half_even(turns, 2)),
                }
            })
            .collect();
        order::sort_by_key(&mut flow.groups, |group| (group.name.is_none(), -group.moves.qty));
        Ok(flow)
    }
}

impl ShiftFlow {
    fn take(&mut self, step: LotStep<'_>, groups: &mut BTreeMap<(bool, Option<String>), Sums>) {
        let of = |name: Option<&str>| (name.is_none(), name.map(str::to_owned));
        match step {
            LotStep::Came { qty } => self.came.add(qty),
            LotStep::Left { qty } => self.left.add(qty),
            LotStep::Held { qty } => self.held.add(qty),
            LotStep::Released { qty } => self.released.add(qty),
            LotStep::Moved { from, to, qty } => {
                self.moves.add(qty);
                let source = groups.entry(of(from)).or_default();
                source.moves.add(qty);
                if from != to {
                    source.left.add(qty);
                    groups.entry(of(to)).or_default().entered.add(qty);
                }
            }
        }
    }
}
