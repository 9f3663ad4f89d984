//! All held lots: totals, matrix, tree of groups and reasons, and choices.
//!
//! Department and age are no dimensions of the cube, so that the pass goes over the held rows. Those
//! that pass are counted into the cube's cells again, from which the matrix follows.

use serde::Serialize;

use super::explain::{Explanation, Removal};
use super::filter::HoldType;
use super::held_filter::{FILTERS, HeldFilter, SIDES, Sieve, fails, in_use};
use super::hold_detail::{AgeRange, Ages, HoldSummary};
use super::index::CellTotals;
use super::lists::{Facet, Matrix, ranked};
use super::pass::Tally;
use super::table::LotTable;
use crate::order;
use crate::table::TextColumn;

/// Held lots of one hold type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldTypeShare {
    /// The hold type.
    pub hold_type: HoldType,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// Held lots of one age class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AgeRangeShare {
    /// The class.
    pub age_range: AgeRange,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
}

/// Choices per dimension; the filter on a dimension does not narrow the dimension itself. Names by
/// lots descending, then name; lots without a value are in none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldFacets {
    /// Both hold types, quality first.
    pub hold_type: Vec<HoldTypeShare>,
    /// Hold reasons.
    pub reason: Vec<Facet>,
    /// Departments.
    pub department: Vec<Facet>,
    /// All four age classes, youngest first.
    pub age_range: Vec<AgeRangeShare>,
    /// Workcenter groups.
    pub workcenter: Vec<Facet>,
    /// Packages.
    pub package: Vec<Facet>,
}

/// Lots of a workcenter group that are held for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldReason {
    /// The reason; null for lots without one.
    pub reason: Option<String>,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Mean age in days, one decimal; a missing age is 0.
    pub avg_age: f64,
}

/// Held lots of a workcenter group, by reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldGroup {
    /// The group; null for lots without one.
    pub workcenter: Option<String>,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Mean age in days, one decimal; a missing age is 0.
    pub avg_age: f64,
    /// Its reasons by lots descending, then name; lots without a reason last among equals.
    pub reasons: Vec<HeldReason>,
}

/// All held lots that pass a filter.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HoldOverview {
    /// Totals and ages.
    pub summary: HoldSummary,
    /// Pieces per workcenter group and package.
    pub matrix: Matrix,
    /// Groups by lowest sequence (missing last), then name; lots without a group last. Together they
    /// are all lots of the summary.
    pub treemap: Vec<HeldGroup>,
    /// What can be chosen.
    pub facets: HeldFacets,
    /// What each filter takes away; `rows` are all held lots.
    pub explanation: Explanation,
}

/// What a filter leaves of the held lots, by code; the last entry is that of lots without a value.
struct HeldTallies {
    rows: u32,
    all: Ages,
    /// Per cell of the cube.
    cells: CellTotals,
    /// Per group and reason, only those with lots; by reason.
    blocks: Vec<(u32, u32, Ages)>,
    sides: [Tally; 2],
    ages: [Tally; 4],
    reasons: Vec<Tally>,
    departments: Vec<Tally>,
    groups: Vec<Tally>,
    packages: Vec<Tally>,
    /// Per filter: lots that fail nothing else.
    removed: [u32; FILTERS.len()],
}

impl HeldTallies {
    fn new(sieve: &Sieve<'_>) -> Self {
        let none = |dimension: &[u16]| vec![Tally::default(); dimension.len()];
        let table = sieve.table;
        let mut out = Self {
            rows: 0,
            all: Ages::default(),
            cells: CellTotals::zero(table.index.cells()),
            blocks: Vec::new(),
            sides: Default::default(),
            ages: Default::default(),
            reasons: none(&sieve.reason),
            departments: none(&sieve.department.failing),
            groups: none(&sieve.group.failing),
            packages: none(&sieve.package.failing),
            removed: [0; FILTERS.len()],
        };
        let mut by_group = vec![Ages::default(); out.groups.len()];
        for reason in 0..out.reasons.len() as u32 {
            for &row in table.index.held_rows(reason) {
                out.rows += 1;
                out.add(sieve, reason, row, &mut by_group);
            }
            for (group, ages) in (0..).zip(&mut by_group) {
                if ages.tally.lots > 0 {
                    out.blocks.push((group, reason, std::mem::take(ages)));
                }
            }
        }
        out
    }

    fn add(&mut self, sieve: &Sieve<'_>, reason: u32, row: u32, by_group: &mut [Ages]) {
        let failed = sieve.fails(reason, row);
        if failed.count_ones() > 1 {
            return;
        }
        let table = sieve.table;
        let tally = Tally { lots: 1, qty: i64::from(table.qty(row)) };
        let group = sieve.group.code(row) as usize;
        let add = |own: u16, tallies: &mut [Tally], code: usize| {
            if failed & !own == 0 {
                tallies[code].add(tally);
            }
        };
        add(fails::HOLD_TYPE, &mut self.sides, table.side(row));
        add(fails::AGE, &mut self.ages, table.age_range(row) as usize);
        add(fails::REASON, &mut self.reasons, reason as usize);
        add(fails::DEPARTMENT, &mut self.departments, sieve.department.code(row) as usize);
        add(fails::GROUP, &mut self.groups, group);
        add(fails::PACKAGE, &mut self.packages, sieve.package.code(row) as usize);
        if failed == 0 {
            let ages = Ages::of(tally, table.age(row));
            self.all.add(ages);
            by_group[group].add(ages);
            self.cells.add(table.index.cell_of_row[row as usize], table.qty(row));
        } else {
            self.removed[failed.trailing_zeros() as usize] += 1;
        }
    }
}

impl LotTable {
    /// Totals, matrix, tree, choices and explanation of the held lots, in one pass.
    pub fn hold_overview(&self, filter: &HeldFilter) -> HoldOverview {
        let tallies = HeldTallies::new(&Sieve::new(self, filter));
        let frame = self.frame();
        let matrix = self.matrix_of_cells(&tallies.cells);
        let treemap = self.tree(&tallies.blocks);
        let groups = treemap.iter().filter(|group| group.workcenter.is_some()).count();
        let remaining = tallies.all.tally.lots;
        HoldOverview {
            summary: tallies.all.summary(groups),
            facets: HeldFacets {
                hold_type: SIDES
                    .into_iter()
                    .zip(tallies.sides)
                    .map(|(hold_type, Tally { lots, qty })| HoldTypeShare { hold_type, lots, qty })
                    .collect(),
                reason: ranked(frame.text("HOLDREASONNAME"), &tallies.reasons),
                department: ranked(frame.text("DEPTNAME"), &tallies.departments),
                age_range: AgeRange::ALL
                    .into_iter()
                    .zip(tallies.ages)
                    .map(|(age_range, Tally { lots, qty })| AgeRangeShare { age_range, lots, qty })
                    .collect(),
                workcenter: ranked(frame.text("WORKCENTER_GROUP"), &tallies.groups),
                package: ranked(frame.text("PACKAGE_LEF"), &tallies.packages),
            },
            explanation: Explanation {
                rows: tallies.rows,
                remaining,
                outside_matrix: remaining - matrix.iter().map(|cell| cell.lots).sum::<u32>(),
                removals: in_use(filter)
                    .into_iter()
                    .zip(FILTERS.into_iter().zip(tallies.removed))
                    .filter(|(is_used, _)| *is_used)
                    .map(|(_, (filter, removed))| Removal { filter, removed })
                    .collect(),
            },
            matrix: self.matrix_of(&matrix),
            treemap,
        }
    }

    /// Tallies of the cube's cells as those of the matrix.
    fn matrix_of_cells(&self, cells: &CellTotals) -> Vec<Tally> {
        let mut matrix = vec![Tally::default(); self.index.matrix_cells.len()];
        for run in &self.index.runs {
            if let Some(place) = run.matrix_cell {
                matrix[place as usize].add(Tally {
                    lots: cells.lots[run.cells.clone()].iter().sum(),
                    qty: cells.qty[run.cells.clone()].iter().sum(),
                });
            }
        }
        matrix
    }

    fn tree(&self, blocks: &[(u32, u32, Ages)]) -> Vec<HeldGroup> {
        let (groups, reasons) =
            (self.frame().text("WORKCENTER_GROUP"), self.frame().text("HOLDREASONNAME"));
        let name = |column: &TextColumn, code: u32| {
            ((code as usize) < column.cardinality()).then(|| column.name(code).to_owned())
        };
        let mut rank = vec![groups.cardinality(); groups.cardinality() + 1];
        for (place, code) in self.group_order().into_iter().enumerate() {
            rank[code as usize] = place;
        }
        // Blocks ascend by reason, and the sort is stable.
        let mut blocks = blocks.to_vec();
        order::sort_by_key(&mut blocks, |(group, _, ages)| {
            (rank[*group as usize], std::cmp::Reverse(ages.tally.lots))
        });
        blocks
            .chunk_by(|one, other| one.0 == other.0)
            .map(|blocks| {
                let mut all = Ages::default();
                for (.., ages) in blocks {
                    all.add(*ages);
                }
                HeldGroup {
                    workcenter: name(groups, blocks[0].0),
                    lots: all.tally.lots,
                    qty: all.tally.qty,
                    avg_age: all.mean(),
                    reasons: blocks
                        .iter()
                        .map(|&(_, reason, ages)| HeldReason {
                            reason: name(reasons, reason),
                            lots: ages.tally.lots,
                            qty: ages.tally.qty,
                            avg_age: ages.mean(),
                        })
                        .collect(),
                }
            })
            .collect()
    }
}
