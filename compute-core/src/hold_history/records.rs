//! The holds that a filter leaves, with both sides: hold and release.

use serde::{Deserialize, Serialize};

use super::filter::{HoldHistoryFilter, Sieve};
use super::table::{HoldHistoryTable, NOT_RELEASED, Text};
use crate::calendar::Moment;
use crate::lot::HoldType;
use crate::metric::round_half_even;
use crate::order;
use crate::table::NULL_CODE;

/// What a list of holds is ordered by, named like the fields of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are those of the fields")]
pub enum HoldRecordSort {
    LotId,
    Workorder,
    Product,
    Package,
    Workcenter,
    HoldType,
    Reason,
    Qty,
    HeldAt,
    HeldBy,
    Department,
    HoldComment,
    ReleasedAt,
    ReleasedBy,
    ReleaseComment,
    Ncr,
    Hours,
    Rank,
}

impl HoldRecordSort {
    /// All orders.
    pub const ALL: [Self; 18] = [
        Self::LotId,
        Self::Workorder,
        Self::Product,
        Self::Package,
        Self::Workcenter,
        Self::HoldType,
        Self::Reason,
        Self::Qty,
        Self::HeldAt,
        Self::HeldBy,
        Self::Department,
        Self::HoldComment,
        Self::ReleasedAt,
        Self::ReleasedBy,
        Self::ReleaseComment,
        Self::Ncr,
        Self::Hours,
        Self::Rank,
    ];

    /// The column whose dictionary decides.
    fn text(self) -> Option<Text> {
        Some(match self {
            Self::LotId => Text::Lot,
            Self::Workorder => Text::Workorder,
            Self::Product => Text::Product,
            Self::Package => Text::Package,
            Self::Workcenter => Text::Workcenter,
            Self::Reason => Text::Reason,
            Self::HeldBy => Text::HoldBy,
            Self::Department => Text::Department,
            Self::HoldComment => Text::HoldComment,
            Self::ReleasedBy => Text::ReleaseBy,
            Self::ReleaseComment => Text::ReleaseComment,
            Self::Ncr => Text::Ncr,
            Self::HoldType
            | Self::Qty
            | Self::HeldAt
            | Self::ReleasedAt
            | Self::Hours
            | Self::Rank => return None,
        })
    }
}

/// A part of the list of holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldRecordsQuery {
    /// Which holds.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<HoldHistoryFilter>"))]
    pub filter: HoldHistoryFilter,
    /// Order; newest first when absent. Equal holds are by CONTAINERID, then begin; missing values
    /// last.
    pub sort: Option<HoldRecordSort>,
    /// Whether the given order is reversed.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub descending: bool,
    /// Holds to skip.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<u32>"))]
    pub offset: u32,
    /// Holds at most; all when absent.
    pub limit: Option<u32>,
}

/// One hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HoldRecord {
    /// CONTAINERID.
    pub container_id: String,
    /// Name of the lot; null where the site has no `DW_MES_CONTAINER` with it.
    pub lot_id: Option<String>,
    /// Work order.
    pub workorder: Option<String>,
    /// Product.
    pub product: Option<String>,
    /// Package.
    pub package: Option<String>,
    /// Workcenter group, or the workcenter when that has none.
    pub workcenter: Option<String>,
    /// Kind of hold.
    pub hold_type: HoldType,
    /// The reason.
    pub reason: Option<String>,
    /// Pieces.
    pub qty: i32,
    /// When it was held, `YYYY-MM-DD HH:MM:SS`, plant time.
    pub held_at: String,
    /// Who held it.
    pub held_by: Option<String>,
    /// Department of who held it.
    pub department: Option<String>,
    /// Comment on the hold.
    pub hold_comment: Option<String>,
    /// When it was released; null for one that is still on.
    pub released_at: Option<String>,
    /// Who released it.
    pub released_by: Option<String>,
    /// Comment on the release.
    pub release_comment: Option<String>,
    /// NCR.
    pub ncr: Option<String>,
    /// Comment on a future hold; the MES empties it at the release.
    pub future_comment: Option<String>,
    /// Hours on hold, until now when it is still on; one decimal.
    pub hours: f64,
    /// 1 for the lot's first hold for this reason; a repeat above.
    pub rank: i32,
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldRecords {
    /// The holds.
    pub records: Vec<HoldRecord>,
    /// Holds in all.
    pub total: u32,
}

impl HoldHistoryTable {
    /// Part of the list of holds.
    pub fn records(&self, query: &HoldRecordsQuery) -> HoldRecords {
        let sieve = Sieve::new(self, &query.filter);
        let rows: Vec<u32> =
            (0..self.len() as u32).filter(|row| sieve.fails(*row as usize) == 0).collect();
        let (sort, descending) = match query.sort {
            Some(sort) => (sort, query.descending),
            None => (HoldRecordSort::HeldAt, true),
        };
        let codes = sort.text().map(|text| self.text(text).codes());
        let value = |row: u32| {
            let row = row as usize;
            let hold = &self.holds[row];
            match (codes, sort) {
                (Some(codes), _) => {
                    Some(codes[row]).filter(|code| *code != NULL_CODE).map(i64::from)
                }
                (_, HoldRecordSort::HoldType) => Some(i64::from(self.places[row].side)),
                (_, HoldRecordSort::Qty) => Some(i64::from(hold.qty)),
                (_, HoldRecordSort::Rank) => Some(i64::from(hold.rank)),
                (_, HoldRecordSort::Hours) => Some(self.seconds(hold)),
                (_, HoldRecordSort::ReleasedAt) => {
                    (hold.until != NOT_RELEASED).then_some(hold.until)
                }
                _ => Some(hold.from),
            }
        };
        let first = query.offset as usize;
        let end = query.limit.map_or(rows.len(), |limit| first.saturating_add(limit as usize));
        let shown = order::window_by_value(&rows, first..end, descending, value);
        HoldRecords {
            records: shown.into_iter().map(|row| self.record(row as usize)).collect(),
            total: rows.len() as u32,
        }
    }

    fn record(&self, row: usize) -> HoldRecord {
        let hold = &self.holds[row];
        let text = |text: Text| self.text(text).get(row).map(str::to_owned);
        HoldRecord {
            container_id: text(Text::Container).unwrap_or_default(),
            lot_id: text(Text::Lot),
            workorder: text(Text::Workorder),
            product: text(Text::Product),
            package: text(Text::Package),
            workcenter: text(Text::Workcenter),
            hold_type: self.hold_type(row),
            reason: text(Text::Reason),
            qty: hold.qty,
            held_at: Moment(hold.from).to_string(),
            held_by: text(Text::HoldBy),
            department: text(Text::Department),
            hold_comment: text(Text::HoldComment),
            released_at: (hold.until != NOT_RELEASED).then(|| Moment(hold.until).to_string()),
            released_by: text(Text::ReleaseBy),
            release_comment: text(Text::ReleaseComment),
            ncr: text(Text::Ncr),
            future_comment: text(Text::FutureComment),
            hours: round_half_even(self.seconds(hold) as f64 / 3600.0, 1),
            rank: hold.rank,
        }
    }
}
