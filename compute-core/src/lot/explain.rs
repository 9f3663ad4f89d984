//! Where the lots went: what each filter takes away.

use serde::Serialize;

use super::filter::{LotFilter, WipStatus};
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

/// A filter's name, whether it is in use, and what it alone makes lots fail.
fn parts(filter: &LotFilter) -> [(&'static str, bool, u16); 9] {
    let held = filter.status == Some(WipStatus::Hold);
    let reason = filter.reason.as_ref().is_some_and(|reason| !reason.is_empty());
    [
        ("workorder", filter.workorder_text().is_some(), fails::WORKORDER),
        ("lotid", filter.lotid_text().is_some(), fails::LOTID),
        ("packages", !filter.packages.is_empty(), fails::PACKAGE),
        ("types", !filter.types.is_empty(), fails::TYPE),
        ("workcenters", !filter.workcenters.is_empty(), fails::GROUP),
        ("includeDummy", !filter.include_dummy, fails::DUMMY),
        // Without a status the hold type does not count either.
        ("status", filter.status.is_some(), fails::STATUS | fails::HOLD_TYPE),
        ("holdType", held && filter.hold_type.is_some(), fails::HOLD_TYPE),
        ("reason", reason, fails::REASON),
    ]
}

impl LotTable {
    /// What each filter takes away.
    pub fn explain(&self, filter: &LotFilter) -> Explanation {
        let selection = Selection::new(self, filter);
        let fails = selection.rows(self);
        let parts = parts(filter);
        let mut removed = [0; 9];
        let mut remaining = 0;
        for row in 0..self.len() as u32 {
            let failed = fails(row);
            if failed == 0 {
                remaining += 1;
                continue;
            }
            for (removed, (.., bits)) in removed.iter_mut().zip(&parts) {
                *removed += u32::from(failed & !bits == 0);
            }
        }
        let inside = self.overview(filter).matrix.iter().map(|cell| cell.lots).sum::<u32>();
        Explanation {
            rows: self.len() as u32,
            remaining,
            outside_matrix: remaining - inside,
            removals: parts
                .iter()
                .zip(removed)
                .filter(|((_, in_use, _), _)| *in_use)
                .map(|((filter, ..), removed)| Removal { filter, removed })
                .collect(),
        }
    }
}
