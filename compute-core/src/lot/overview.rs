//! Everything that the overview page needs for one change of its filter, in one pass.

use serde::Serialize;

use super::explain::Explanation;
use super::filter::LotFilter;
use super::lists::{ParetoColumns, Summary};
use super::pass::{Tallies, Tally};
use super::selection::Selection;
use super::table::LotTable;

/// Cells of a matrix that a page gets as one block.
const MOST_BLOCK_CELLS: usize = 4_000_000;

/// Answer to one change of the filter; codes are those of the table's dictionaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OverviewColumns {
    /// Key figures.
    pub summary: Summary,
    /// Pieces per group and package.
    pub matrix: MatrixColumns,
    /// Holds as Pareto charts.
    pub pareto: OverviewPareto,
    /// Choices per dimension.
    pub facets: OverviewFacets,
    /// What each filter takes away.
    pub explanation: Explanation,
}

/// The matrix as columns. Of one that no page could hold, the last packages are left out; totals
/// stay those of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MatrixColumns {
    /// Groups by lowest sequence, then name.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub groups: Vec<u32>,
    /// Packages by pieces descending, then name.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub packages: Vec<u32>,
    /// Pieces, groups × packages, row by row.
    #[cfg_attr(feature = "ts", ts(type = "Float64Array"))]
    pub qty: Vec<i64>,
    /// Pieces per entry of `groups`.
    #[cfg_attr(feature = "ts", ts(type = "Float64Array"))]
    pub group_totals: Vec<i64>,
    /// Pieces per entry of `packages`.
    #[cfg_attr(feature = "ts", ts(type = "Float64Array"))]
    pub package_totals: Vec<i64>,
    /// Pieces of all cells.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub grand_total: i64,
}

/// Hold reasons as Pareto charts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OverviewPareto {
    /// Quality holds.
    pub quality: ParetoColumns,
    /// Non-quality holds.
    pub non_quality: ParetoColumns,
}

/// Choices per dimension; the filter on a dimension does not narrow the dimension itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OverviewFacets {
    /// PACKAGE_LEF.
    pub package: FacetColumns,
    /// PJ_TYPE.
    #[serde(rename = "type")]
    pub kind: FacetColumns,
    /// WORKCENTER_GROUP.
    pub workcenter: FacetColumns,
}

/// Values that have lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FacetColumns {
    /// Codes, ascending.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub codes: Vec<u32>,
    /// Lots per entry of `codes`.
    #[cfg_attr(feature = "ts", ts(type = "Uint32Array"))]
    pub lots: Vec<u32>,
}

impl FacetColumns {
    fn of(tallies: &[Tally]) -> Self {
        // The last entry is that of lots without a value.
        let named = &tallies[..tallies.len() - 1];
        let (codes, lots) = (0_u32..)
            .zip(named)
            .filter(|(_, tally)| tally.lots > 0)
            .map(|(code, tally)| (code, tally.lots))
            .unzip();
        Self { codes, lots }
    }
}

impl LotTable {
    /// Summary, matrix, Pareto charts, facets and explanation of the filtered lots in one pass.
    pub fn overview(&self, filter: &LotFilter) -> OverviewColumns {
        let selection = Selection::new(self, filter);
        let tallies = self.tallies_of(&selection);
        let [quality, non_quality] = self.pareto_columns(&tallies);
        OverviewColumns {
            summary: self.summary_of(&tallies),
            matrix: self.matrix_columns(&tallies),
            pareto: OverviewPareto { quality, non_quality },
            facets: OverviewFacets {
                package: FacetColumns::of(&tallies.packages),
                kind: FacetColumns::of(&tallies.types),
                workcenter: FacetColumns::of(&tallies.groups),
            },
            explanation: self.explanation(filter, &selection, &tallies),
        }
    }

    fn matrix_columns(&self, tallies: &Tallies) -> MatrixColumns {
        let axes = self.matrix_axes(&tallies.matrix);
        let width = axes.packages.len().min(MOST_BLOCK_CELLS / axes.groups.len().max(1));
        let (packages, package_totals) = (&axes.packages[..width], &axes.package_totals[..width]);
        let places = |codes: &[u32], size: usize| {
            let mut places = vec![None; size];
            for (place, code) in codes.iter().enumerate() {
                places[*code as usize] = Some(place);
            }
            places
        };
        let rows = places(&axes.groups, tallies.groups.len());
        let columns = places(packages, tallies.packages.len());
        let mut qty = vec![0; axes.groups.len() * width];
        for (&(group, package), cell) in self.index.matrix_cells.iter().zip(&tallies.matrix) {
            if let (Some(row), Some(column)) = (rows[group as usize], columns[package as usize]) {
                qty[row * width + column] = cell.qty;
            }
        }
        MatrixColumns {
            qty,
            packages: packages.to_vec(),
            package_totals: package_totals.to_vec(),
            groups: axes.groups,
            group_totals: axes.group_totals,
            grand_total: axes.grand_total,
        }
    }
}
