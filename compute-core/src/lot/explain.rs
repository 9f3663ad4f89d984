//! Where the lots went: what each filter takes away.

use serde::Serialize;

use super::filter::{LotFilter, TEXT_FILTERS, WipStatus};
use super::pass::{Tallies, Tally};
use super::selection::{Selection, fails};
use super::table::LotTable;

/// What one filter alone takes away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Removal {
    /// Field of [`LotFilter`], in JSON spelling.
    pub filter: &'static str,
    /// Lots that pass all other filters and fail this one.
    pub removed: u32,
}

/// Where the lots went: "0 lots, because package removed 412".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Lots of the table.
    pub rows: u32,
    /// Lots that pass every filter.
    pub remaining: u32,
    /// Remaining lots that the matrix leaves out for want of group, package or sequence.
    pub outside_matrix: u32,
    /// Each filter in use.
    pub removals: Vec<Removal>,
}

/// What one filter alone makes lots fail.
enum Part {
    /// The text filter with this index.
    Text(usize),
    /// These bits of a cell.
    Cell(u16),
}

/// Name and part of each filter in use.
fn parts(filter: &LotFilter) -> impl Iterator<Item = (&'static str, Part)> {
    let held = filter.status == Some(WipStatus::Hold);
    let reason = filter.reason.as_ref().is_some_and(|reason| !reason.is_empty());
    let texts = TEXT_FILTERS
        .iter()
        .enumerate()
        .map(|(index, text)| (text.name, text.wanted(filter).is_some(), Part::Text(index)));
    let cells = [
        ("packages", !filter.packages.is_empty(), fails::PACKAGE),
        ("types", !filter.types.is_empty(), fails::TYPE),
        ("workcenters", !filter.workcenters.is_empty(), fails::GROUP),
        ("includeDummy", !filter.include_dummy, fails::DUMMY),
        // Without a status the hold type does not count either.
        ("status", filter.status.is_some(), fails::STATUS | fails::HOLD_TYPE),
        ("holdType", held && filter.hold_type.is_some(), fails::HOLD_TYPE),
        ("reason", reason, fails::REASON),
    ];
    let cells = cells.map(|(name, in_use, bits)| (name, in_use, Part::Cell(bits)));
    texts.chain(cells).filter_map(|(name, in_use, part)| in_use.then_some((name, part)))
}

impl LotTable {
    /// What each filter takes away.
    pub fn explain(&self, filter: &LotFilter) -> Explanation {
        let selection = Selection::new(self, filter);
        self.explanation(filter, &selection, &self.tallies_of(&selection))
    }

    /// What each filter takes away, read off the tallies of its pass.
    pub(super) fn explanation(
        &self,
        filter: &LotFilter,
        selection: &Selection,
        tallies: &Tallies,
    ) -> Explanation {
        let removed = |part: Part| match part {
            Part::Text(index) => selection.removed_by_text(self, fails::text(index)),
            Part::Cell(bits @ fails::PACKAGE) => {
                failing(&tallies.packages, &selection.package, bits)
            }
            Part::Cell(bits @ fails::TYPE) => failing(&tallies.types, &selection.kind, bits),
            Part::Cell(bits @ fails::GROUP) => failing(&tallies.groups, &selection.group, bits),
            Part::Cell(fails::DUMMY) => tallies.dummies,
            Part::Cell(bits) => failing(&tallies.states, &selection.state, bits),
        };
        let passing = tallies.groups.iter().zip(&selection.group).filter(|(_, fails)| **fails == 0);
        let remaining = passing.map(|(tally, _)| tally.lots).sum();
        Explanation {
            rows: self.len() as u32,
            remaining,
            outside_matrix: remaining - tallies.matrix.iter().map(|cell| cell.lots).sum::<u32>(),
            removals: parts(filter)
                .map(|(filter, part)| Removal { filter, removed: removed(part) })
                .collect(),
        }
    }
}

/// Lots of the codes that fail some of these bits and no others.
fn failing(tallies: &[Tally], fails: &[u16], bits: u16) -> u32 {
    let codes = tallies.iter().zip(fails);
    codes
        .filter(|(_, fails)| **fails != 0 && **fails & !bits == 0)
        .map(|(tally, _)| tally.lots)
        .sum()
}
