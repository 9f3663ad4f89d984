//! What held lots may be filtered by, and which filters a held row fails.

use serde::{Deserialize, Serialize};

use super::filter::HoldType;
use super::hold_detail::AgeRange;
use super::index::class;
use super::selection::failing;
use super::table::LotTable;
use crate::table::TextColumn;

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
pub(super) const FILTERS: [&str; 7] =
    ["holdType", "reasons", "departments", "ageRange", "workcenters", "packages", "includeDummy"];

/// Which filters a held lot fails, one bit each.
pub(super) mod fails {
    pub const HOLD_TYPE: u16 = 1;
    pub const REASON: u16 = 1 << 1;
    pub const DEPARTMENT: u16 = 1 << 2;
    pub const AGE: u16 = 1 << 3;
    pub const GROUP: u16 = 1 << 4;
    pub const PACKAGE: u16 = 1 << 5;
    pub const DUMMY: u16 = 1 << 6;
}

/// Whether each of [`FILTERS`] is in use.
pub(super) fn in_use(filter: &HeldFilter) -> [bool; FILTERS.len()] {
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

/// A filter as tables by code.
pub(super) struct Sieve<'a> {
    pub(super) table: &'a LotTable,
    pub(super) group: Dimension<'a>,
    pub(super) package: Dimension<'a>,
    pub(super) department: Dimension<'a>,
    pub(super) reason: Vec<u16>,
    sides: [u16; 2],
    ages: [u16; 4],
    dummy: u16,
}

/// Codes of a column's rows, and what lots of each code fail; NULL is the last code.
pub(super) struct Dimension<'a> {
    codes: &'a [u32],
    null: u32,
    pub(super) failing: Vec<u16>,
}

impl<'a> Dimension<'a> {
    fn new(column: &'a TextColumn, wanted: &[String], bit: u16) -> Self {
        let null = column.cardinality() as u32;
        Self { codes: column.codes(), null, failing: failing(column, wanted, bit) }
    }

    pub(super) fn code(&self, row: u32) -> u32 {
        self.codes[row as usize].min(self.null)
    }

    fn fails(&self, row: u32) -> u16 {
        self.failing[self.code(row) as usize]
    }
}

impl<'a> Sieve<'a> {
    pub(super) fn new(table: &'a LotTable, filter: &HeldFilter) -> Self {
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
    pub(super) fn fails(&self, reason: u32, row: u32) -> u16 {
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
pub(super) const SIDES: [HoldType; 2] = [HoldType::Quality, HoldType::NonQuality];

impl LotTable {
    /// Place of a held row's hold type in [`SIDES`].
    pub(super) fn side(&self, row: u32) -> usize {
        usize::from(self.index.class_of(row) == class::NON_QUALITY_HOLD)
    }
}
