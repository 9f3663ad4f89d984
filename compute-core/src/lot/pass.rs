//! The dense pass behind summary, matrix, holds, Pareto and facets.

use super::filter::LotFilter;
use super::index::class;
use super::selection::{Selection, fails};
use super::table::LotTable;

/// Lots and pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of lots.
    pub lots: u32,
    /// Pieces.
    pub qty: i64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.lots += other.lots;
        self.qty += other.qty;
    }
}

/// One facet: a tally per dictionary code of its column.
pub type FacetCounts = Vec<Tally>;

/// Everything that one change of the filter needs, by dictionary code.
///
/// Codes are those of the table's dictionaries: groups of `WORKCENTER_GROUP`,
/// packages of `PACKAGE_LEF`, types of `PJ_TYPE`, reasons of `HOLDREASONNAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Run, queue, quality hold, non-quality hold; ignores status, hold type and reason.
    pub summary: [Tally; class::COUNT],
    /// The cells of the matrix, see [`LotTable::matrix_cells`]; lots without group, package or
    /// sequence are left out.
    pub matrix: Vec<Tally>,
    /// Quality and non-quality tallies per reason; ignores status, hold type and
    /// reason, and counts as lots those that have an id.
    pub holds: Vec<[Tally; 2]>,
    /// Per group, under all filters but that on groups.
    pub groups_facet: FacetCounts,
    /// Per package, under all filters but that on packages.
    pub packages_facet: FacetCounts,
    /// Per type, under all filters but that on types.
    pub types_facet: FacetCounts,
    /// Lots per group that know the group's sequence, under all filters.
    pub sequenced: Vec<u32>,
}

impl LotTable {
    /// Summary, matrix, holds and facets of the filtered lots in one pass.
    pub fn overview(&self, filter: &LotFilter) -> Overview {
        let selection = Selection::new(self, filter);
        match selection.recount(self) {
            None => self.pass(&selection, &self.index.totals.lots, &self.index.totals.qty),
            Some(totals) => self.pass(&selection, &totals.lots, &totals.qty),
        }
    }

    fn pass(&self, selection: &Selection, lots: &[u32], qty: &[i64]) -> Overview {
        let index = &self.index;
        let size = |column: &'static str| self.frame().text(column).cardinality() + 1;
        let (groups, packages) = (size("WORKCENTER_GROUP"), size("PACKAGE_LEF"));
        let mut matrix = vec![Tally::default(); index.matrix_cells.len()];
        let mut states = vec![Tally::default(); index.states.len()];
        let mut groups_facet = vec![Tally::default(); groups];
        let mut packages_facet = vec![Tally::default(); packages];
        let mut types_facet = vec![Tally::default(); size("PJ_TYPE")];
        let mut sequenced = vec![0; groups];
        for run in &index.runs {
            let (group, package) = (run.group as usize, run.package as usize);
            let outer = selection.run(run);
            if outer & !(fails::GROUP | fails::PACKAGE) != 0
                || outer == fails::GROUP | fails::PACKAGE
            {
                continue;
            }
            // Slices of one length, so that the loops need no bounds checks.
            let cells = run.cells.clone();
            let cells = index.kind[cells.clone()]
                .iter()
                .zip(&index.state[cells.clone()])
                .zip(lots[cells.clone()].iter().zip(&qty[cells]));
            let mut passing = Tally::default();
            if outer != 0
                && let Some((lots, qty)) = selection.passing(run)
            {
                passing = Tally { lots, qty };
            } else if outer != 0 {
                for ((&kind, &state), (&lots, &qty)) in cells {
                    if selection.kind(kind) | selection.state(state) == 0 {
                        passing.add(Tally { lots, qty });
                    }
                }
            } else {
                for ((&kind, &state), (&lots, &qty)) in cells {
                    let tally = Tally { lots, qty };
                    let wanted_kind = selection.kind(kind) == 0;
                    if wanted_kind {
                        states[state as usize].add(tally);
                    }
                    if selection.state(state) == 0 {
                        types_facet[kind as usize].add(tally);
                        if wanted_kind {
                            passing.add(tally);
                        }
                    }
                }
                if let Some(cell) = run.matrix_cell {
                    matrix[cell as usize].add(passing);
                }
                if run.sequenced {
                    sequenced[group] += passing.lots;
                }
            }
            if outer & fails::PACKAGE == 0 {
                groups_facet[group].add(passing);
            }
            if outer & fails::GROUP == 0 {
                packages_facet[package].add(passing);
            }
        }
        let (summary, holds) = self.by_state(&states);
        // The last code stands for NULL, which no list shows.
        for facet in [&mut groups_facet, &mut packages_facet, &mut types_facet] {
            facet.pop();
        }
        sequenced.pop();
        Overview { summary, matrix, holds, groups_facet, packages_facet, types_facet, sequenced }
    }

    /// Totals by class and by reason out of totals by state.
    fn by_state(&self, states: &[Tally]) -> ([Tally; class::COUNT], Vec<[Tally; 2]>) {
        let mut summary = [Tally::default(); class::COUNT];
        let reasons = self.frame().text("HOLDREASONNAME").cardinality();
        let mut holds = vec![[Tally::default(); 2]; reasons];
        for (state, &tally) in self.index.states.iter().zip(states) {
            summary[usize::from(state.class)].add(tally);
            if let Some(sides) = holds.get_mut(state.reason as usize)
                && class::is_hold(state.class)
            {
                let lots = if state.named { tally.lots } else { 0 };
                let side = usize::from(state.class - class::QUALITY_HOLD);
                sides[side].add(Tally { lots, ..tally });
            }
        }
        (summary, holds)
    }
}
