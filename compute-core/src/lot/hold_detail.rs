//! One hold reason: totals, distribution, lots; and the oldest lot of all that are on hold.

use serde::{Deserialize, Serialize};

use super::detail::{page_of, pages};
use super::filter::{HoldType, LotFilter};
use super::index::class;
use super::pass::Tally;
use super::selection::Selection;
use super::table::LotTable;
use crate::metric::{round_half_even, share_pct};
use crate::order;
use crate::table::{NULL_CODE, TextColumn};

/// A hold reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldQuery {
    /// The reason, exact.
    pub reason: String,
    /// Whether dummy lots count.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub include_dummy: bool,
    /// Further filters; status, hold type, reason and dummy lots in it are ignored.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<LotFilter>"))]
    pub filter: LotFilter,
    /// Age class; a missing age is 0, negative ages are in the first class.
    pub age_range: Option<AgeRange>,
}

/// Totals of a hold reason.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldSummary {
    /// Held lots.
    pub total_lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total_qty: i64,
    /// Mean age in days, one decimal; a missing age is 0.
    pub avg_age: f64,
    /// Highest age in days, two decimals.
    pub max_age: f64,
    /// Distinct groups.
    pub workcenter_count: u32,
}

/// Class of ages in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AgeRange {
    /// Below 1; in lists from 0.
    #[serde(rename = "0-1")]
    UnderOne,
    /// From 1, below 3.
    #[serde(rename = "1-3")]
    OneToThree,
    /// From 3, below 7.
    #[serde(rename = "3-7")]
    ThreeToSeven,
    /// From 7.
    #[serde(rename = "7+")]
    SevenUp,
}

impl AgeRange {
    /// All classes, youngest first.
    pub const ALL: [Self; 4] =
        [Self::UnderOne, Self::OneToThree, Self::ThreeToSeven, Self::SevenUp];

    /// The class of an age in 0.01 day; negative ages are in the first.
    pub(super) fn of(centidays: i32) -> Self {
        match centidays {
            ..100 => Self::UnderOne,
            100..300 => Self::OneToThree,
            300..700 => Self::ThreeToSeven,
            700.. => Self::SevenUp,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::UnderOne => "0-1天",
            Self::OneToThree => "1-3天",
            Self::ThreeToSeven => "3-7天",
            Self::SevenUp => "7+天",
        }
    }
}

/// A named share of a reason's lots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NameShare {
    /// Group or package.
    pub name: String,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Share of all lots of the reason, percent, one decimal.
    pub percentage: f64,
}

/// An age class's share of a reason's lots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgeShare {
    /// The class.
    pub range: AgeRange,
    /// The class as the recorded system names it.
    pub label: String,
    /// Lots.
    pub lots: u32,
    /// Pieces.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub qty: i64,
    /// Share of all lots of the reason, percent, one decimal.
    pub percentage: f64,
}

/// How a reason's lots spread; names by lots descending, then name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldDistribution {
    /// By workcenter group.
    pub by_workcenter: Vec<NameShare>,
    /// By package.
    pub by_package: Vec<NameShare>,
    /// By age, all four classes; empty when the reason holds nothing.
    pub by_age: Vec<AgeShare>,
}

/// Which lots of a reason to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldLotsQuery {
    /// The reason, exact.
    pub reason: String,
    /// Group, exact.
    pub workcenter: Option<String>,
    /// Package, exact.
    pub package: Option<String>,
    /// Age class; the first one leaves out negative ages.
    pub age_range: Option<AgeRange>,
    /// Whether dummy lots count.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub include_dummy: bool,
    /// Page from 1; smaller ones count as 1. Default 1.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: Option<i64>,
    /// Lots a page, clamped to 1..=200. Default 50.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub per_page: Option<i64>,
}

/// One page of a reason's lots, oldest first, then by LOTID.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldLots {
    /// The lots.
    pub lots: Vec<HoldLot>,
    /// Which page.
    pub pagination: HoldPagination,
    /// The filters as understood.
    pub filters: HoldLotsFilters,
}

/// A held lot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldLot {
    /// LOTID.
    pub lot_id: Option<String>,
    /// WORKORDER.
    pub workorder: Option<String>,
    /// Pieces.
    pub qty: i32,
    /// Package.
    pub package: Option<String>,
    /// Workcenter group.
    pub workcenter: Option<String>,
    /// Spec.
    pub spec: Option<String>,
    /// Age in days, one decimal; a missing age is 0.
    pub age: f64,
    /// Who held it.
    pub hold_by: Option<String>,
    /// Department of who held it.
    pub dept: Option<String>,
    /// Comment on the hold.
    pub hold_comment: Option<String>,
}

/// Which page of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldPagination {
    /// Page, from 1; may be beyond the last.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub page: i64,
    /// Lots a page.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub per_page: i64,
    /// Lots in all.
    pub total: u32,
    /// Pages, at least 1.
    pub total_pages: u32,
}

/// Filters of a list of held lots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldLotsFilters {
    /// Group.
    pub workcenter: Option<String>,
    /// Package.
    pub package: Option<String>,
    /// Age class.
    pub age_range: Option<AgeRange>,
}

/// The oldest lot on hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OldestHold {
    /// Why it is on hold.
    pub reason: Option<String>,
    /// Kind of hold.
    pub hold_type: HoldType,
    /// The lot.
    pub lot: HoldLot,
}

fn days(centidays: i64) -> f64 {
    centidays as f64 / 100.0
}

/// An age in 0.01 day as days with one decimal; a missing one is 0.
pub(super) fn age_in_days(age: Option<i32>) -> f64 {
    round_half_even(days(i64::from(age.unwrap_or(0))), 1)
}

/// Lots, pieces and ages; a missing age is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ages {
    pub tally: Tally,
    /// Sum of the ages in 0.01 day.
    sum: i64,
    oldest: Option<i64>,
}

impl Ages {
    /// Lots that are all of this age in 0.01 day.
    pub(super) fn of(tally: Tally, age: Option<i32>) -> Self {
        let age = i64::from(age.unwrap_or(0));
        Self { tally, sum: age * i64::from(tally.lots), oldest: Some(age) }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.sum += other.sum;
        self.oldest = self.oldest.max(other.oldest);
    }

    /// Mean age in days, one decimal; 0 without lots.
    pub(super) fn mean(&self) -> f64 {
        let lots = i64::from(self.tally.lots);
        if lots == 0 { 0.0 } else { round_half_even(self.sum as f64 / (100 * lots) as f64, 1) }
    }

    /// The totals of lots that are in so many groups.
    pub(super) fn summary(&self, groups: usize) -> HoldSummary {
        HoldSummary {
            total_lots: self.tally.lots,
            total_qty: self.tally.qty,
            avg_age: self.mean(),
            max_age: days(self.oldest.unwrap_or(0)),
            workcenter_count: groups as u32,
        }
    }
}

impl LotTable {
    /// The age class of a row; a missing age is 0.
    pub(super) fn age_range(&self, row: u32) -> AgeRange {
        AgeRange::of(self.age(row).unwrap_or(0))
    }

    fn held(&self, reason: &str, include_dummy: bool) -> Vec<u32> {
        let code = self.frame().text("HOLDREASONNAME").find(reason);
        let rows = code.map_or(&[][..], |code| self.index.held_rows(code));
        rows.iter().copied().filter(|row| include_dummy || !self.index.is_dummy(*row)).collect()
    }

    /// The rows of a reason that the query's filters leave.
    fn held_rows(&self, query: &HoldQuery) -> Vec<u32> {
        let filter = LotFilter {
            include_dummy: query.include_dummy,
            status: None,
            hold_type: None,
            reason: None,
            ..query.filter.clone()
        };
        let selection = Selection::new(self, &filter);
        let fails = selection.rows(self);
        let mut rows = self.held(&query.reason, query.include_dummy);
        rows.retain(|&row| {
            let age = self.age_range(row);
            fails(row) == 0 && query.age_range.is_none_or(|range| age == range)
        });
        rows
    }

    /// Totals of a reason; zeros for a reason that holds nothing.
    pub fn hold_summary(&self, query: &HoldQuery) -> HoldSummary {
        let rows = self.held_rows(query);
        let groups = self.frame().text("WORKCENTER_GROUP");
        let mut seen: Vec<u32> = rows
            .iter()
            .map(|row| groups.codes()[*row as usize])
            .filter(|code| *code != NULL_CODE)
            .collect();
        order::sort_by_key(&mut seen, |code| *code);
        seen.dedup();
        let mut all = Ages::default();
        for &row in &rows {
            let tally = Tally { lots: 1, qty: i64::from(self.qty(row)) };
            all.add(Ages::of(tally, self.age(row)));
        }
        all.summary(seen.len())
    }

    /// How a reason's lots spread over groups, packages and ages.
    pub fn hold_distribution(&self, query: &HoldQuery) -> HoldDistribution {
        let rows = self.held_rows(query);
        if rows.is_empty() {
            return HoldDistribution::default();
        }
        let all = rows.len() as i64;
        let by_age = AgeRange::ALL
            .into_iter()
            .map(|range| {
                let inside = rows.iter().filter(|row| self.age_range(**row) == range);
                let (lots, qty) = inside
                    .fold((0, 0), |(lots, qty), row| (lots + 1, qty + i64::from(self.qty(*row))));
                AgeShare {
                    range,
                    label: range.label().to_owned(),
                    lots,
                    qty,
                    percentage: share_pct(i64::from(lots), all),
                }
            })
            .collect();
        HoldDistribution {
            by_workcenter: self.shares(&rows, self.frame().text("WORKCENTER_GROUP")),
            by_package: self.shares(&rows, self.frame().text("PACKAGE_LEF")),
            by_age,
        }
    }

    fn shares(&self, rows: &[u32], column: &TextColumn) -> Vec<NameShare> {
        let mut tallies = vec![(0_u32, 0_i64); column.cardinality()];
        for &row in rows {
            if let Some(tally) = tallies.get_mut(column.codes()[row as usize] as usize) {
                tally.0 += 1;
                tally.1 += i64::from(self.qty(row));
            }
        }
        let mut shares: Vec<NameShare> = column
            .names()
            .zip(tallies)
            .filter(|(_, (lots, _))| *lots > 0)
            .map(|(name, (lots, qty))| NameShare {
                name: name.to_owned(),
                lots,
                qty,
                percentage: share_pct(i64::from(lots), rows.len() as i64),
            })
            .collect();
        order::sort_by_key(&mut shares, |share| std::cmp::Reverse(share.lots));
        shares
    }

    /// One page of a reason's lots.
    pub fn hold_lots(&self, query: &HoldLotsQuery) -> HoldLots {
        let page = query.page.unwrap_or(1).max(1);
        let size = query.per_page.unwrap_or(50).clamp(1, 200);
        let frame = self.frame();
        // A name that no lot bears must match nothing: its code is one that no row has.
        let wanted = |column: &'static str, name: &Option<String>| {
            name.as_ref().map(|name| frame.text(column).find(name).unwrap_or(NULL_CODE - 1))
        };
        let group = wanted("WORKCENTER_GROUP", &query.workcenter);
        let package = wanted("PACKAGE_LEF", &query.package);
        let (groups, packages) =
            (frame.text("WORKCENTER_GROUP").codes(), frame.text("PACKAGE_LEF").codes());
        let age = |row: u32| self.age(row).unwrap_or(0);
        let mut rows = self.held(&query.reason, query.include_dummy);
        rows.retain(|&row| {
            group.is_none_or(|code| groups[row as usize] == code)
                && package.is_none_or(|code| packages[row as usize] == code)
                && query
                    .age_range
                    .is_none_or(|range| AgeRange::of(age(row)) == range && age(row) >= 0)
        });
        // Rows ascend by LOTID, and the sort is stable.
        order::sort_by_key(&mut rows, |row| std::cmp::Reverse(age(*row)));
        HoldLots {
            lots: page_of(&rows, page, size).iter().map(|row| self.hold_lot(*row)).collect(),
            pagination: HoldPagination {
                page,
                per_page: size,
                total: rows.len() as u32,
                total_pages: pages(rows.len(), size),
            },
            filters: HoldLotsFilters {
                workcenter: query.workcenter.clone(),
                package: query.package.clone(),
                age_range: query.age_range,
            },
        }
    }

    /// The lot on hold with the highest age among the filtered lots, of equal ages the first by
    /// LOTID; a missing age is 0.
    pub fn oldest_hold(&self, filter: &LotFilter) -> Option<OldestHold> {
        let selection = Selection::new(self, filter);
        let fails = selection.rows(self);
        // Rows ascend by LOTID, and the first of equal ones is taken.
        let row = (0..self.len() as u32)
            .filter(|row| class::is_hold(self.index.class_of(*row)) && fails(*row) == 0)
            .min_by_key(|row| std::cmp::Reverse(self.age(*row).unwrap_or(0)))?;
        let is_quality = self.index.class_of(row) == class::QUALITY_HOLD;
        Some(OldestHold {
            reason: self.cell("HOLDREASONNAME", row),
            hold_type: if is_quality { HoldType::Quality } else { HoldType::NonQuality },
            lot: self.hold_lot(row),
        })
    }

    fn hold_lot(&self, row: u32) -> HoldLot {
        HoldLot {
            lot_id: self.lot_id(row).map(str::to_owned),
            workorder: self.cell("WORKORDER", row),
            qty: self.qty(row),
            package: self.cell("PACKAGE_LEF", row),
            workcenter: self.cell("WORKCENTER_GROUP", row),
            spec: self.cell("SPECNAME", row),
            age: age_in_days(self.age(row)),
            hold_by: self.cell("HOLDEMP", row),
            dept: self.cell("DEPTNAME", row),
            hold_comment: self.cell("COMMENT_HOLD", row),
        }
    }
}
