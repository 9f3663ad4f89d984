//! All held lots: totals, matrix, tree of groups and reasons, choices, and a page of lots.
//!
//! Department and age are no dimensions of the cube, so that the pass goes over the held rows. Those
//! that pass are counted into the cube's cells again, from which the matrix follows.

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::detail::{page_of, pages};
use super::explain::{Explanation, Removal};
use super::filter::HoldType;
use super::hold_detail::{AgeRange, Ages, HoldPagination, HoldSummary, age_in_days};
use super::index::{CellTotals, class};
use super::lists::{Facet, Matrix, ranked};
use super::pass::Tally;
use super::selection::failing;
use super::table::LotTable;
use crate::order;
use crate::table::{NULL_CODE, TextColumn};

/// Filters of held lots; all given ones must hold, empty lists filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldFilter {
    /// Hold type.
    pub hold_type: Option<HoldType>,
    /// Exact hold reasons.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub reasons: Vec<String>,
    /// Exact departments of who held the lot.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub departments: Vec<String>,
    /// Class of the lot's age; the first one has negative ages too.
    pub age_range: Option<AgeRange>,
    /// Exact WORKCENTER_GROUP values.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub workcenters: Vec<String>,
    /// Exact PACKAGE_LEF values.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub packages: Vec<String>,
    /// Whether lots count whose LOTID contains DUMMY.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub include_dummy: bool,
}

/// The filters in JSON spelling; the place of one is its bit in what a lot fails.
const FILTERS: [&str; 7] =
    ["holdType", "reasons", "departments", "ageRange", "workcenters", "packages", "includeDummy"];

/// Which filters a held lot fails, one bit each.
mod fails {
    pub const HOLD_TYPE: u16 = 1;
    pub const REASON: u16 = 1 << 1;
    pub const DEPARTMENT: u16 = 1 << 2;
    pub const AGE: u16 = 1 << 3;
    pub const GROUP: u16 = 1 << 4;
    pub const PACKAGE: u16 = 1 << 5;
    pub const DUMMY: u16 = 1 << 6;
}

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

/// What a list of held lots is ordered by, named like the fields of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum HeldSort {
    /// LOTID.
    LotId,
    /// WORKORDER.
    Workorder,
    /// Quality holds, then others.
    HoldType,
    /// Hold reason.
    Reason,
    /// Age of the lot.
    Age,
    /// Pieces.
    Qty,
    /// Package.
    Package,
    /// Name of the workcenter group.
    Workcenter,
    /// Spec.
    Spec,
    /// Who held it.
    HoldBy,
    /// Department of who held it.
    Dept,
    /// Comment on the hold.
    HoldComment,
}

impl HeldSort {
    /// All orders.
    pub const ALL: [Self; 12] = [
        Self::LotId,
        Self::Workorder,
        Self::HoldType,
        Self::Reason,
        Self::Age,
        Self::Qty,
        Self::Package,
        Self::Workcenter,
        Self::Spec,
        Self::HoldBy,
        Self::Dept,
        Self::HoldComment,
    ];

    /// The column whose dictionary decides.
    fn column(self) -> Option<&'static str> {
        Some(match self {
            Self::LotId | Self::HoldType | Self::Age | Self::Qty => return None,
            Self::Workorder => "WORKORDER",
            Self::Reason => "HOLDREASONNAME",
            Self::Package => "PACKAGE_LEF",
            Self::Workcenter => "WORKCENTER_GROUP",
            Self::Spec => "SPECNAME",
            Self::HoldBy => "HOLDEMP",
            Self::Dept => "DEPTNAME",
            Self::HoldComment => "COMMENT_HOLD",
        })
    }
}

/// A page of the held lots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HeldLotsQuery {
    /// Which lots.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<HeldFilter>"))]
    pub filter: HeldFilter,
    /// Order; oldest first when not given. Equal lots are by LOTID, missing values last.
    pub sort: Option<HeldSort>,
    /// Whether the given order is reversed.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub descending: bool,
    /// Page from 1; smaller ones count as 1. Default 1.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: Option<i64>,
    /// Lots per page, clamped to 1..=200. Default 50.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub per_page: Option<i64>,
}

/// A held lot with what it is held for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldLot {
    /// LOTID.
    pub lot_id: Option<String>,
    /// WORKORDER.
    pub workorder: Option<String>,
    /// Kind of hold.
    pub hold_type: HoldType,
    /// The reason.
    pub reason: Option<String>,
    /// Age of the lot in days, one decimal; a missing age is 0. It is not the time on hold, which
    /// the source does not have.
    pub age: f64,
    /// Pieces.
    pub qty: i32,
    /// Package.
    pub package: Option<String>,
    /// Workcenter group.
    pub workcenter: Option<String>,
    /// Spec.
    pub spec: Option<String>,
    /// Who held it.
    pub hold_by: Option<String>,
    /// Department of who held it.
    pub dept: Option<String>,
    /// Comment on the hold.
    pub hold_comment: Option<String>,
}

/// One page of the held lots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldLots {
    /// The lots.
    pub lots: Vec<HeldLot>,
    /// Which page.
    pub pagination: HoldPagination,
}

/// A filter as tables by code.
struct Sieve<'a> {
    table: &'a LotTable,
    group: Dimension<'a>,
    package: Dimension<'a>,
    department: Dimension<'a>,
    reason: Vec<u16>,
    sides: [u16; 2],
    ages: [u16; 4],
    dummy: u16,
}

/// Codes of a column's rows, and what lots of each code fail; NULL is the last code.
struct Dimension<'a> {
    codes: &'a [u32],
    null: u32,
    failing: Vec<u16>,
}

impl<'a> Dimension<'a> {
    fn new(column: &'a TextColumn, wanted: &[String], bit: u16) -> Self {
        let null = column.cardinality() as u32;
        Self { codes: column.codes(), null, failing: failing(column, wanted, bit) }
    }

    fn code(&self, row: u32) -> u32 {
        self.codes[row as usize].min(self.null)
    }

    fn fails(&self, row: u32) -> u16 {
        self.failing[self.code(row) as usize]
    }
}

impl<'a> Sieve<'a> {
    fn new(table: &'a LotTable, filter: &HeldFilter) -> Self {
        let frame = table.frame();
        let dimension = |column, wanted, bit| Dimension::new(frame.text(column), wanted, bit);
        let side = |kind| match filter.hold_type {
            Some(wanted) if wanted != kind => fails::HOLD_TYPE,
            _ => 0,
        };
        let age = |range| match filter.age_range {
            Some(wanted) if wanted != range => fails::AGE,
            _ => 0,
        };
        Self {
            table,
            group: dimension("WORKCENTER_GROUP", &filter.workcenters, fails::GROUP),
            package: dimension("PACKAGE_LEF", &filter.packages, fails::PACKAGE),
            department: dimension("DEPTNAME", &filter.departments, fails::DEPARTMENT),
            reason: failing(frame.text("HOLDREASONNAME"), &filter.reasons, fails::REASON),
            sides: SIDES.map(side),
            ages: AgeRange::ALL.map(age),
            dummy: if filter.include_dummy { 0 } else { fails::DUMMY },
        }
    }

    /// What a held row with this reason fails.
    fn fails(&self, reason: u32, row: u32) -> u16 {
        self.reason[reason as usize]
            | self.sides[self.table.side(row)]
            | self.ages[self.table.age_range(row) as usize]
            | self.group.fails(row)
            | self.package.fails(row)
            | self.department.fails(row)
            | if self.table.index.is_dummy(row) { self.dummy } else { 0 }
    }
}

/// Hold types in the order of the status classes.
const SIDES: [HoldType; 2] = [HoldType::Quality, HoldType::NonQuality];

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

    /// One page of the held lots.
    pub fn held_lots(&self, query: &HeldLotsQuery) -> HeldLots {
        let page = query.page.unwrap_or(1).max(1);
        let size = query.per_page.unwrap_or(50).clamp(1, 200);
        let rows = self.held_in_order(query);
        HeldLots {
            lots: page_of(&rows, page, size).iter().map(|row| self.held_lot(*row)).collect(),
            pagination: HoldPagination {
                page,
                per_page: size,
                total: rows.len() as u32,
                total_pages: pages(rows.len(), size),
            },
        }
    }

    /// All held lots of a query in its order, whatever its page.
    pub fn all_held_lots(&self, query: &HeldLotsQuery) -> impl Iterator<Item = HeldLot> + use<'_> {
        self.held_in_order(query).into_iter().map(|row| self.held_lot(row))
    }

    fn held_in_order(&self, query: &HeldLotsQuery) -> Vec<u32> {
        let sieve = Sieve::new(self, &query.filter);
        let mut rows = Vec::new();
        for reason in 0..sieve.reason.len() as u32 {
            let held = self.index.held_rows(reason).iter().copied();
            rows.extend(held.filter(|row| sieve.fails(reason, *row) == 0));
        }
        order::sort_by_key(&mut rows, |row| *row);
        let (sort, descending) = match query.sort {
            Some(sort) => (sort, query.descending),
            None => (HeldSort::Age, true),
        };
        let codes = sort.column().map(|column| self.frame().text(column).codes());
        let value = |row: u32| match (sort, codes) {
            (_, Some(codes)) => {
                Some(codes[row as usize]).filter(|code| *code != NULL_CODE).map(i64::from)
            }
            (HeldSort::HoldType, _) => Some(self.side(row) as i64),
            (HeldSort::Age, _) => Some(i64::from(self.age(row).unwrap_or(0))),
            (HeldSort::Qty, _) => Some(i64::from(self.qty(row))),
            // Rows ascend by LOTID; equal ids are one after the other.
            _ => self.frame().key().is_valid(row as usize).then(|| self.first_of_lot(row)),
        };
        order::sort_by_key(&mut rows, |row| {
            let value = value(*row);
            (value.is_none(), value.map(|value| if descending { -value } else { value }))
        });
        rows
    }

    /// The first row with the LOTID of this one.
    fn first_of_lot(&self, row: u32) -> i64 {
        let lot = self.lot_id(row);
        let mut first = row;
        while first > 0 && self.lot_id(first - 1) == lot {
            first -= 1;
        }
        i64::from(first)
    }

    fn held_lot(&self, row: u32) -> HeldLot {
        HeldLot {
            lot_id: self.lot_id(row).map(str::to_owned),
            workorder: self.cell("WORKORDER", row),
            hold_type: SIDES[self.side(row)],
            reason: self.cell("HOLDREASONNAME", row),
            age: age_in_days(self.age(row)),
            qty: self.qty(row),
            package: self.cell("PACKAGE_LEF", row),
            workcenter: self.cell("WORKCENTER_GROUP", row),
            spec: self.cell("SPECNAME", row),
            hold_by: self.cell("HOLDEMP", row),
            dept: self.cell("DEPTNAME", row),
            hold_comment: self.cell("COMMENT_HOLD", row),
        }
    }

    /// Place of a held row's hold type in [`SIDES`].
    fn side(&self, row: u32) -> usize {
        usize::from(self.index.class_of(row) == class::NON_QUALITY_HOLD)
    }

    fn age_range(&self, row: u32) -> AgeRange {
        AgeRange::of(self.age(row).unwrap_or(0))
    }
}

/// Whether each of [`FILTERS`] is in use.
fn in_use(filter: &HeldFilter) -> [bool; FILTERS.len()] {
    [
        filter.hold_type.is_some(),
        !filter.reasons.is_empty(),
        !filter.departments.is_empty(),
        filter.age_range.is_some(),
        !filter.workcenters.is_empty(),
        !filter.packages.is_empty(),
        !filter.include_dummy,
    ]
}
