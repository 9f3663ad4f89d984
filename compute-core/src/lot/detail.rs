//! One workcenter group: counts, specs and a page of lots.

use std::ops::Range;

use arrow_array::Array;
use serde::{Deserialize, Serialize};

use super::filter::{LotFilter, WipStatus};
use super::index::class;
use super::selection::{Selection, fails};
use super::table::LotTable;
use crate::order;

/// What to show of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DetailQuery {
    /// The group, exact.
    pub workcenter: String,
    /// Filters; `workcenters` is ignored.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
    /// Page from 1; smaller ones count as 1. Default 1.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: Option<i64>,
    /// Lots a page, clamped to 1..=500. Default 100.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page_size: Option<i64>,
}

/// A group's lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Detail {
    /// The group asked for.
    pub workcenter: String,
    /// Counts before the status filter.
    pub summary: DetailSummary,
    /// Specs of the filtered lots by sequence (missing last), then name; a name
    /// with several sequences repeats.
    pub specs: Vec<String>,
    /// One page of lots by LOTID.
    pub lots: Vec<DetailLot>,
    /// Which page.
    pub pagination: Pagination,
    /// "Now" of the data, plant time: the newest plausible SYS_DATE.
    pub sys_date: Option<String>,
}

/// Lots by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DetailSummary {
    /// All.
    pub total_lots: u32,
    /// On equipment.
    pub run_lots: u32,
    /// Waiting.
    pub queue_lots: u32,
    /// On hold.
    pub hold_lots: u32,
    /// On quality hold.
    pub quality_hold_lots: u32,
    /// On non-quality hold.
    pub non_quality_hold_lots: u32,
}

/// A lot in the list of its group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DetailLot {
    /// LOTID.
    pub lot_id: Option<String>,
    /// Equipment that runs it.
    pub equipment: Option<String>,
    /// Status.
    pub wip_status: WipStatus,
    /// Recorded reason, whatever the status.
    pub hold_reason: Option<String>,
    /// Pieces.
    pub qty: i32,
    /// Package.
    pub package: Option<String>,
    /// Spec.
    pub spec: Option<String>,
}

/// Which page of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pagination {
    /// Page, from 1; may be beyond the last.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: i64,
    /// Lots a page.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page_size: i64,
    /// Lots in all.
    pub total_count: u32,
    /// Pages, at least 1.
    pub total_pages: u32,
}

/// The part of `rows` on a page, from 1.
pub(super) fn page_of(rows: &[u32], page: i64, size: i64) -> &[u32] {
    &rows[window(rows.len(), page, size)]
}

/// Places of the rows of a page.
pub(super) fn window(rows: usize, page: i64, size: i64) -> Range<usize> {
    let start = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX).min(rows);
    start..rows.min(start.saturating_add(size as usize))
}

/// Number of pages, at least 1.
pub(super) fn pages(rows: usize, size: i64) -> u32 {
    rows.div_ceil(size as usize).max(1) as u32
}

pub(super) fn status_of(code: u8) -> WipStatus {
    match code {
        class::RUN => WipStatus::Run,
        class::QUEUE => WipStatus::Queue,
        _ => WipStatus::Hold,
    }
}

impl LotTable {
    /// Counts, specs and one page of lots of a group; an unknown group is empty.
    pub fn detail(&self, query: &DetailQuery) -> Detail {
        let page = query.page.unwrap_or(1).max(1);
        let size = query.page_size.unwrap_or(100).clamp(1, 500);
        let filter = LotFilter { workcenters: Vec::new(), ..query.filter.clone() };
        let selection = Selection::new(self, &filter);
        let fails = selection.rows(self);
        let group = self.frame().text("WORKCENTER_GROUP").find(&query.workcenter);
        let all = group.map_or(&[][..], |code| self.index.rows_of_group(code));

        let mut by = [0_u32; class::COUNT];
        let mut rows: Vec<u32> = Vec::new();
        for &row in all {
            let failed = fails(row);
            if failed & !(fails::STATUS | fails::HOLD_TYPE) == 0 {
                by[usize::from(self.index.class_of(row))] += 1;
            }
            if failed == 0 {
                rows.push(row);
            }
        }
        let [run, queue, quality, non_quality] = by;
        Detail {
            workcenter: query.workcenter.clone(),
            summary: DetailSummary {
                total_lots: by.iter().sum(),
                run_lots: run,
                queue_lots: queue,
                hold_lots: quality + non_quality,
                quality_hold_lots: quality,
                non_quality_hold_lots: non_quality,
            },
            specs: self.specs(&rows),
            lots: page_of(&rows, page, size).iter().map(|row| self.detail_lot(*row)).collect(),
            pagination: Pagination {
                page,
                page_size: size,
                total_count: rows.len() as u32,
                total_pages: pages(rows.len(), size),
            },
            sys_date: self.frame().sys_date().map(str::to_owned),
        }
    }

    fn detail_lot(&self, row: u32) -> DetailLot {
        DetailLot {
            lot_id: self.lot_id(row).map(str::to_owned),
            equipment: self.cell("EQUIPMENTS", row),
            wip_status: status_of(self.index.class_of(row)),
            hold_reason: self.cell("HOLDREASONNAME", row),
            qty: self.qty(row),
            package: self.cell("PACKAGE_LEF", row),
            spec: self.cell("SPECNAME", row),
        }
    }

    fn specs(&self, rows: &[u32]) -> Vec<String> {
        let names = self.frame().text("SPECNAME");
        let sequences = self.frame().int("SPECSEQUENCE");
        let mut specs: Vec<(bool, i32, u32)> = rows
            .iter()
            .map(|row| *row as usize)
            .filter(|row| names.get(*row).is_some())
            .map(|row| {
                let missing = sequences.is_null(row);
                (missing, if missing { 0 } else { sequences.value(row) }, names.codes()[row])
            })
            .collect();
        order::sort_by_key(&mut specs, |spec| *spec);
        specs.dedup();
        specs.into_iter().map(|(.., code)| names.name(code).to_owned()).collect()
    }
}
