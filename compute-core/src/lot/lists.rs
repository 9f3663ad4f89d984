//! The pass's result as the lists that clients read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::filter::{HoldType, LotFilter};
use super::index::class;
use super::pass::{Tallies, Tally};
use super::table::LotTable;
use crate::order;
use crate::table::TextColumn;

/// Lots and pieces of one status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Number of lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty_pcs: i64,
}

impl Totals {
    fn of(tallies: &[Tally]) -> Self {
        Self {
            lots: tallies.iter().map(|tally| tally.lots).sum(),
            qty_pcs: tallies.iter().map(|tally| tally.qty).sum(),
        }
    }
}

/// Totals by status; `hold` is both kinds of hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusTotals {
    /// On equipment.
    pub run: Totals,
    /// Waiting.
    pub queue: Totals,
    /// On hold.
    pub hold: Totals,
    /// On quality hold.
    pub quality_hold: Totals,
    /// On non-quality hold.
    pub non_quality_hold: Totals,
}

/// Key figures of the filtered lots, whatever their status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Number of lots.
    pub total_lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total_qty_pcs: i64,
    /// By status.
    pub by_wip_status: StatusTotals,
    /// "Now" of the data, plant time: the newest plausible SYS_DATE.
    pub data_update_date: Option<String>,
}

/// Pieces per workcenter group and package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Matrix {
    /// Groups by lowest sequence, then name.
    pub workcenters: Vec<String>,
    /// Packages by pieces descending, then name.
    pub packages: Vec<String>,
    /// group → package → pieces; only populated cells.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, Record<string, number>>"))]
    pub matrix: BTreeMap<String, BTreeMap<String, i64>>,
    /// group → pieces.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub workcenter_totals: BTreeMap<String, i64>,
    /// package → pieces.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, number>"))]
    pub package_totals: BTreeMap<String, i64>,
    /// Pieces of all cells.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub grand_total: i64,
}

/// One hold reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The reason.
    pub reason: String,
    /// Kind of hold.
    pub hold_type: HoldType,
    /// Held lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// Hold reasons by lots descending, then name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holds {
    /// The reasons.
    pub items: Vec<Hold>,
}

/// One bar of a Pareto chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParetoBar {
    /// The reason.
    pub reason: String,
    /// Held lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Running share of the pieces, whole percent.
    pub cumulative_pct: i32,
}

/// Hold reasons as Pareto charts: pieces descending, then name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Pareto {
    /// Quality holds.
    pub quality: Vec<ParetoBar>,
    /// Non-quality holds.
    pub non_quality: Vec<ParetoBar>,
}

/// A Pareto chart as columns: pieces descending, then name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParetoColumns {
    /// Codes of the reasons.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub reasons: Vec<u32>,
    /// Held lots per entry of `reasons`.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub lots: Vec<u32>,
    /// Their pieces.
    #[cfg_attr(feature = "ts", ts(type = "Float64Array"))]
    pub qty: Vec<i64>,
    /// Running share of the pieces, whole percent.
    #[cfg_attr(feature = "ts", ts(type = "Float64Array"))]
    pub cumulative_pct: Vec<i32>,
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// The value.
    pub name: String,
    /// Lots that choosing it leaves.
    pub lots: u32,
    /// Their pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// Choices per dimension: lots descending, then name. The filter on a
/// dimension does not narrow the dimension itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facets {
    /// PACKAGE_LEF.
    pub package: Vec<Facet>,
    /// PJ_TYPE.
    #[serde(rename = "type")]
    pub kind: Vec<Facet>,
    /// WORKCENTER_GROUP.
    pub workcenter: Vec<Facet>,
}

/// A name and how many lots bear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedCount {
    /// The name.
    pub name: String,
    /// Number of lots.
    pub lot_count: u32,
}

/// Codes with lots, most first, then by name.
pub(super) fn ranked(column: &TextColumn, tallies: &[Tally]) -> Vec<Facet> {
    let mut facets: Vec<Facet> = column
        .names()
        .zip(tallies)
        .filter(|(_, tally)| tally.lots > 0)
        .map(|(name, tally)| Facet { name: name.to_owned(), lots: tally.lots, qty: tally.qty })
        .collect();
    // Codes ascend by name, and the sort is stable.
    order::sort_by_key(&mut facets, |facet| std::cmp::Reverse(facet.lots));
    facets
}

impl LotTable {
    /// Codes of all groups by lowest sequence (missing last), then name.
    pub fn group_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.index.group_sequence.len() as u32).collect();
        order::sort_by_key(&mut order, |&code| {
            let sequence = self.index.group_sequence[code as usize];
            (sequence.is_none(), sequence)
        });
        order
    }

    /// Key figures of the filtered lots; status, hold type and reason don't narrow them.
    pub fn summary(&self, filter: &LotFilter) -> Summary {
        self.summary_of(&self.tallies(filter))
    }

    pub(super) fn summary_of(&self, tallies: &Tallies) -> Summary {
        let by = self.by_class(tallies);
        let total = Totals::of(&by);
        Summary {
            total_lots: total.lots,
            total_qty_pcs: total.qty_pcs,
            by_wip_status: StatusTotals {
                run: Totals::of(&by[usize::from(class::RUN)..=usize::from(class::RUN)]),
                queue: Totals::of(&by[usize::from(class::QUEUE)..=usize::from(class::QUEUE)]),
                hold: Totals::of(&by[usize::from(class::QUALITY_HOLD)..]),
                quality_hold: Totals::of(
                    &by[usize::from(class::QUALITY_HOLD)..=usize::from(class::QUALITY_HOLD)],
                ),
                non_quality_hold: Totals::of(&by[usize::from(class::NON_QUALITY_HOLD)..]),
            },
            data_update_date: self.frame().sys_date().map(str::to_owned),
        }
    }

    /// Pieces per group and package.
    pub fn matrix(&self, filter: &LotFilter) -> Matrix {
        self.matrix_of(&self.tallies(filter).matrix)
    }

    /// The matrix of these tallies by cell.
    pub(super) fn matrix_of(&self, cells: &[Tally]) -> Matrix {
        let axes = self.matrix_axes(cells);
        let groups = self.frame().text("WORKCENTER_GROUP");
        let packages = self.frame().text("PACKAGE_LEF");
        let mut out = Matrix { grand_total: axes.grand_total, ..Matrix::default() };
        for (&(group, package), cell) in self.index.matrix_cells.iter().zip(cells) {
            if cell.lots > 0 {
                let row = out.matrix.entry(groups.name(group).to_owned()).or_default();
                row.insert(packages.name(package).to_owned(), cell.qty);
            }
        }
        for (&group, &total) in axes.groups.iter().zip(&axes.group_totals) {
            let name = groups.name(group).to_owned();
            out.workcenter_totals.insert(name.clone(), total);
            out.workcenters.push(name);
        }
        for (&package, &total) in axes.packages.iter().zip(&axes.package_totals) {
            let name = packages.name(package).to_owned();
            out.package_totals.insert(name.clone(), total);
            out.packages.push(name);
        }
        out
    }

    /// Rows and columns of a matrix in display order, with totals.
    pub(super) fn matrix_axes(&self, cells: &[Tally]) -> MatrixAxes {
        let none = |column| vec![Tally::default(); self.frame().text(column).cardinality()];
        let mut by_group = none("WORKCENTER_GROUP");
        let mut by_package = none("PACKAGE_LEF");
        for (&(group, package), cell) in self.index.matrix_cells.iter().zip(cells) {
            by_group[group as usize].add(*cell);
            by_package[package as usize].add(*cell);
        }
        let order: Vec<u32> = self
            .group_order()
            .into_iter()
            .filter(|code| by_group[*code as usize].lots > 0)
            .collect();
        let mut packages: Vec<u32> = (0..by_package.len() as u32)
            .filter(|code| by_package[*code as usize].lots > 0)
            .collect();
        order::sort_by_key(&mut packages, |code| std::cmp::Reverse(by_package[*code as usize].qty));
        MatrixAxes {
            group_totals: order.iter().map(|code| by_group[*code as usize].qty).collect(),
            package_totals: packages.iter().map(|code| by_package[*code as usize].qty).collect(),
            grand_total: by_group.iter().map(|tally| tally.qty).sum(),
            groups: order,
            packages,
        }
    }

    /// Holds by reason; held lots without a reason are left out.
    pub fn holds(&self, filter: &LotFilter) -> Holds {
        let reasons = self.frame().text("HOLDREASONNAME");
        let types = [HoldType::Quality, HoldType::NonQuality];
        let mut items: Vec<Hold> = reasons
            .names()
            .zip(self.by_reason(&self.tallies(filter)))
            .flat_map(|(reason, sides)| {
                sides.into_iter().zip(types).map(move |(tally, kind)| (reason, tally, kind))
            })
            .filter(|(_, tally, _)| tally.lots > 0 || tally.qty != 0)
            .map(|(reason, tally, hold_type)| Hold {
                reason: reason.to_owned(),
                hold_type,
                lots: tally.lots,
                qty: tally.qty,
            })
            .collect();
        order::sort_by_key(&mut items, |hold| std::cmp::Reverse(hold.lots));
        Holds { items }
    }

    /// Holds as Pareto charts.
    pub fn pareto(&self, filter: &LotFilter) -> Pareto {
        let reasons = self.frame().text("HOLDREASONNAME");
        let [quality, non_quality] = self.pareto_columns(&self.tallies(filter)).map(|side| {
            let numbers = side.lots.into_iter().zip(side.qty).zip(side.cumulative_pct);
            let bars = side.reasons.into_iter().zip(numbers);
            bars.map(|(code, ((lots, qty), cumulative_pct))| ParetoBar {
                reason: reasons.name(code).to_owned(),
                lots,
                qty,
                cumulative_pct,
            })
            .collect()
        });
        Pareto { quality, non_quality }
    }

    /// Quality and non-quality holds as Pareto charts.
    pub(super) fn pareto_columns(&self, tallies: &Tallies) -> [ParetoColumns; 2] {
        let holds = self.by_reason(tallies);
        [0, 1].map(|side| {
            let mut bars: Vec<(u32, Tally)> = (0_u32..)
                .zip(holds.iter().map(|sides| sides[side]))
                .filter(|(_, tally)| tally.lots > 0 || tally.qty != 0)
                .collect();
            order::sort_by_key(&mut bars, |(_, tally)| std::cmp::Reverse(tally.qty));
            let total: i64 = bars.iter().map(|(_, tally)| tally.qty).sum();
            let mut running = 0;
            let cumulative_pct = bars.iter().map(|(_, tally)| {
                running += tally.qty;
                cumulative_pct(running, total)
            });
            ParetoColumns {
                cumulative_pct: cumulative_pct.collect(),
                reasons: bars.iter().map(|(code, _)| *code).collect(),
                lots: bars.iter().map(|(_, tally)| tally.lots).collect(),
                qty: bars.iter().map(|(_, tally)| tally.qty).collect(),
            }
        })
    }

    /// Choices per dimension.
    pub fn facets(&self, filter: &LotFilter) -> Facets {
        let tallies = self.tallies(filter);
        Facets {
            package: ranked(self.frame().text("PACKAGE_LEF"), &tallies.packages),
            kind: ranked(self.frame().text("PJ_TYPE"), &tallies.types),
            workcenter: ranked(self.frame().text("WORKCENTER_GROUP"), &tallies.groups),
        }
    }

    /// Groups that have a sequence, by lowest sequence, with their lots.
    pub fn workcenters(&self, filter: &LotFilter) -> Vec<NamedCount> {
        let groups = self.frame().text("WORKCENTER_GROUP");
        let counts = self.tallies(filter).sequenced;
        self.group_order()
            .into_iter()
            .map(|code| NamedCount {
                name: groups.name(code).to_owned(),
                lot_count: counts[code as usize],
            })
            .filter(|entry| entry.lot_count > 0)
            .collect()
    }

    /// Packages by lots descending, then name.
    pub fn packages(&self, filter: &LotFilter) -> Vec<NamedCount> {
        let tallies = self.tallies(&LotFilter { packages: Vec::new(), ..filter.clone() });
        ranked(self.frame().text("PACKAGE_LEF"), &tallies.packages)
            .into_iter()
            .map(|facet| NamedCount { name: facet.name, lot_count: facet.lots })
            .collect()
    }
}

/// Display order and totals of a matrix.
pub(super) struct MatrixAxes {
    /// Group codes by lowest sequence, then name.
    pub groups: Vec<u32>,
    /// Package codes by pieces descending, then name.
    pub packages: Vec<u32>,
    /// Pieces per entry of `groups`.
    pub group_totals: Vec<i64>,
    /// Pieces per entry of `packages`.
    pub package_totals: Vec<i64>,
    /// Pieces of all cells.
    pub grand_total: i64,
}

/// `round(running / total * 100)`, ties to even; 0 without a total.
pub(crate) fn cumulative_pct(running: i64, total: i64) -> i32 {
    if total == 0 {
        return 0;
    }
    (running as f64 / total as f64 * 100.0).round_ties_even() as i32
}
