//! The held lots that a filter leaves, in any order.

use std::ops::Range;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::detail::{pages, window};
use super::filter::HoldType;
use super::held_filter::{HeldFilter, SIDES, Sieve};
use super::hold_detail::{HoldPagination, age_in_days};
use super::table::LotTable;
use crate::order;
use crate::table::NULL_CODE;

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

impl LotTable {
    /// One page of the held lots.
    pub fn held_lots(&self, query: &HeldLotsQuery) -> HeldLots {
        let page = query.page.unwrap_or(1).max(1);
        let size = query.per_page.unwrap_or(50).clamp(1, 200);
        let rows = self.rows_of_list(query);
        let shown = self.held_in_order(&rows, query, window(rows.len(), page, size));
        HeldLots {
            lots: shown.into_iter().map(|row| self.held_lot(row)).collect(),
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
        let rows = self.rows_of_list(query);
        let all = 0..rows.len();
        self.held_in_order(&rows, query, all).into_iter().map(|row| self.held_lot(row))
    }

    /// The rows that pass, ascending.
    fn rows_of_list(&self, query: &HeldLotsQuery) -> Vec<u32> {
        let sieve = Sieve::new(self, &query.filter);
        let mut rows = Vec::new();
        for reason in 0..sieve.reason.len() as u32 {
            let held = self.index.held_rows(reason).iter().copied();
            rows.extend(held.filter(|row| sieve.fails(reason, *row) == 0));
        }
        // One reason after the other: as places of the whole table they need no comparisons.
        rows.sort_unstable();
        rows
    }

    /// The rows in a window once `rows`, which ascend, are ordered.
    fn held_in_order(&self, rows: &[u32], query: &HeldLotsQuery, window: Range<usize>) -> Vec<u32> {
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
        order::window_by_value(rows, window, descending, value)
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
}
