//! The dense pass behind the overview, its parts, and the lists of groups and packages.

use super::filter::LotFilter;
use super::index::class;
use super::selection::{Selection, fails};
use super::table::LotTable;

/// Lots and pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
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

/// What a filter leaves, by dictionary code: groups of `WORKCENTER_GROUP`, packages of
/// `PACKAGE_LEF`, types of `PJ_TYPE`; the last entry is that of lots without a value.
pub(super) struct Tallies {
    /// Per state of the index; ignores status, hold type and reason.
    pub states: Vec<Tally>,
    /// Per cell of the index's matrix; lots without group, package or sequence are left out.
    pub matrix: Vec<Tally>,
    /// Per group, under all filters but that on groups.
    pub groups: Vec<Tally>,
    /// Per package, under all filters but that on packages.
    pub packages: Vec<Tally>,
    /// Per type, under all filters but that on types.
    pub types: Vec<Tally>,
    /// Lots per group that have the group's sequence, under all filters.
    pub sequenced: Vec<u32>,
    /// Dummy lots that only the filter on dummy lots removes.
    pub dummies: u32,
}

impl LotTable {
    /// What the filter leaves, in one pass.
    pub(super) fn tallies(&self, filter: &LotFilter) -> Tallies {
        self.tallies_of(&Selection::new(self, filter))
    }

    /// What a compiled filter leaves, in one pass.
    pub(super) fn tallies_of(&self, selection: &Selection) -> Tallies {
        match selection.recount(self) {
            None => self.pass(selection, &self.index.totals.lots, &self.index.totals.qty),
            Some(totals) => self.pass(selection, &totals.lots, &totals.qty),
        }
    }

    fn pass(&self, selection: &Selection, lots: &[u32], qty: &[i64]) -> Tallies {
        let index = &self.index;
        let size = |column: &'static str| self.frame().text(column).cardinality() + 1;
        let none = |size: usize| vec![Tally::default(); size];
        let mut out = Tallies {
            states: none(index.states.len()),
            matrix: none(index.matrix_cells.len()),
            groups: none(size("WORKCENTER_GROUP")),
            packages: none(size("PACKAGE_LEF")),
            types: none(size("PJ_TYPE")),
            sequenced: vec![0; size("WORKCENTER_GROUP")],
            dummies: 0,
        };
        for run in &index.runs {
            let (group, package) = (run.group as usize, run.package as usize);
            let outer = selection.run(run);
            if outer.count_ones() > 1 {
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
                        out.states[state as usize].add(tally);
                    }
                    if selection.state(state) == 0 {
                        out.types[kind as usize].add(tally);
                        if wanted_kind {
                            passing.add(tally);
                        }
                    }
                }
                if let Some(cell) = run.matrix_cell {
                    out.matrix[cell as usize].add(passing);
                }
                if run.sequenced {
                    out.sequenced[group] += passing.lots;
                }
            }
            if outer == fails::DUMMY {
                out.dummies += passing.lots;
                continue;
            }
            if outer & fails::PACKAGE == 0 {
                out.groups[group].add(passing);
            }
            if outer & fails::GROUP == 0 {
                out.packages[package].add(passing);
            }
        }
        out
    }

    /// Lots and pieces by status class.
    pub(super) fn by_class(&self, tallies: &Tallies) -> [Tally; class::COUNT] {
        let mut classes = [Tally::default(); class::COUNT];
        for (state, &tally) in self.index.states.iter().zip(&tallies.states) {
            classes[usize::from(state.class)].add(tally);
        }
        classes
    }

    /// Quality and non-quality tallies per reason; only lots that have an id count as lots.
    pub(super) fn by_reason(&self, tallies: &Tallies) -> Vec<[Tally; 2]> {
        let reasons = self.frame().text("HOLDREASONNAME").cardinality();
        let mut holds = vec![[Tally::default(); 2]; reasons];
        for (state, &tally) in self.index.states.iter().zip(&tallies.states) {
            if let Some(sides) = holds.get_mut(state.reason as usize)
                && class::is_hold(state.class)
            {
                let lots = if state.named { tally.lots } else { 0 };
                let side = usize::from(state.class - class::QUALITY_HOLD);
                sides[side].add(Tally { lots, ..tally });
            }
        }
        holds
    }
}
