//! What holds of the past may be filtered by, and which filters a hold fails.

use serde::{Deserialize, Serialize};

use super::table::{HoldHistoryTable, NOT_RELEASED, Text};
use crate::calendar::Day;
use crate::lot::HoldType;
use crate::table::TextColumn;
use crate::text_pattern::TextPattern;

/// Which holds of a range of days are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HoldKind {
    /// Those that began.
    New,
    /// Those that were released.
    Released,
    /// Those that were on at its end.
    Held,
}

/// How long a hold lasted, or has lasted until now. Lower bounds belong to the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum HoldClass {
    /// Less than 4 hours.
    #[serde(rename = "<4h")]
    Under4Hours,
    /// From 4 to less than 24 hours.
    #[serde(rename = "4-24h")]
    Under24Hours,
    /// From 1 to less than 3 days.
    #[serde(rename = "1-3d")]
    Under3Days,
    /// 3 days and more.
    #[serde(rename = ">3d")]
    Longer,
}

impl HoldClass {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] =
        [Self::Under4Hours, Self::Under24Hours, Self::Under3Days, Self::Longer];

    /// The class of so many seconds.
    pub(super) fn of(seconds: i64) -> Self {
        match seconds / 3600 {
            ..4 => Self::Under4Hours,
            4..24 => Self::Under24Hours,
            24..72 => Self::Under3Days,
            _ => Self::Longer,
        }
    }
}

/// Filters of holds; all given ones must hold, empty lists and texts filter nothing. `day`,
/// `kind` and `durations` don't narrow the trend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldHistoryFilter {
    /// Quality or non-quality holds.
    pub hold_type: Option<HoldType>,
    /// Exact hold reasons.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub reasons: Vec<String>,
    /// Exact workcenter groups, or workcenters that have none.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub workcenters: Vec<String>,
    /// Exact packages.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub packages: Vec<String>,
    /// Exact departments of who held the lot.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub departments: Vec<String>,
    /// Whether only lots count that were held for the same reason before.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub repeats_only: bool,
    /// Texts of which one occurs in the name of the lot or its work order, as for lots.
    pub text: Option<String>,
    /// How long the hold lasted.
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<HoldClass>>"))]
    pub durations: Vec<HoldClass>,
    /// Production day, `YYYY-MM-DD`; the whole range when absent. What is no day of the range has no
    /// holds.
    pub day: Option<String>,
    /// Which holds of the day or range; those that were on at any of its moments when absent.
    pub kind: Option<HoldKind>,
}

/// Which filters a hold fails, one bit each.
pub(super) mod fails {
    pub const HOLD_TYPE: u16 = 1;
    pub const REASON: u16 = 1 << 1;
    pub const WORKCENTER: u16 = 1 << 2;
    pub const PACKAGE: u16 = 1 << 3;
    pub const DEPARTMENT: u16 = 1 << 4;
    pub const DURATION: u16 = 1 << 5;
    /// The day and the kind of holds.
    pub const SCOPE: u16 = 1 << 6;
    pub const OTHER: u16 = 1 << 7;
    /// What doesn't narrow the trend.
    pub const BESIDE_TREND: u16 = SCOPE | DURATION;
}

/// A filter as tables by code.
pub(super) struct Sieve<'a> {
    table: &'a HoldHistoryTable,
    dimensions: [Dimension<'a>; 4],
    text: Option<[Vec<bool>; 2]>,
    side: Option<HoldType>,
    durations: [bool; HoldClass::ALL.len()],
    repeats_only: bool,
    /// First and last place of the day or range.
    days: Option<(i32, i32)>,
    kind: Option<HoldKind>,
}

/// A column that is filtered by its values.
pub(super) struct Dimension<'a> {
    pub column: &'a TextColumn,
    pub bit: u16,
    /// Whether a code is wanted; `None` when all are.
    wanted: Option<Vec<bool>>,
}

impl<'a> Dimension<'a> {
    fn new(column: &'a TextColumn, wanted: &[String], bit: u16) -> Self {
        let marks = || column.names().map(|name| wanted.iter().any(|one| one == name)).collect();
        Self { column, bit, wanted: (!wanted.is_empty()).then(marks) }
    }

    /// Code of a row; one beyond all values where it has none.
    pub(super) fn code(&self, row: usize) -> usize {
        self.column.codes()[row].min(self.column.cardinality() as u32) as usize
    }

    fn fails(&self, row: usize) -> u16 {
        let is_wanted = self
            .wanted
            .as_ref()
            .is_none_or(|wanted| wanted.get(self.code(row)).copied().unwrap_or(false));
        if is_wanted { 0 } else { self.bit }
    }
}

fn marks(column: &TextColumn, pattern: &TextPattern) -> Vec<bool> {
    column.names().map(|name| pattern.is_in(name)).collect()
}

impl<'a> Sieve<'a> {
    pub(super) fn new(table: &'a HoldHistoryTable, filter: &HoldHistoryFilter) -> Self {
        let pattern = filter.text.as_deref().and_then(TextPattern::new);
        let range = table.range();
        let last = range.first.days_until(range.last);
        let days = match filter.day.as_deref() {
            None => Some((0, last)),
            Some(day) => Day::parse(day)
                .map(|day| range.first.days_until(day))
                .filter(|place| (0..=last).contains(place))
                .map(|place| (place, place)),
        };
        let all = filter.durations.is_empty();
        Self {
            table,
            dimensions: [
                Dimension::new(table.text(Text::Reason), &filter.reasons, fails::REASON),
                Dimension::new(
                    table.text(Text::Workcenter),
                    &filter.workcenters,
                    fails::WORKCENTER,
                ),
                Dimension::new(table.text(Text::Package), &filter.packages, fails::PACKAGE),
                Dimension::new(
                    table.text(Text::Department),
                    &filter.departments,
                    fails::DEPARTMENT,
                ),
            ],
            text: pattern.map(|pattern| {
                [Text::Lot, Text::Workorder].map(|text| marks(table.text(text), &pattern))
            }),
            side: filter.hold_type,
            durations: HoldClass::ALL.map(|class| all || filter.durations.contains(&class)),
            repeats_only: filter.repeats_only,
            days,
            kind: filter.kind,
        }
    }

    pub(super) fn dimensions(&self) -> &[Dimension<'a>; 4] {
        &self.dimensions
    }

    /// The filters that each hold fails.
    pub(super) fn failed(&self) -> Vec<u16> {
        (0..self.table.len()).map(|row| self.fails(row)).collect()
    }

    /// The filters that a hold fails.
    pub(super) fn fails(&self, row: usize) -> u16 {
        let (hold, table) = (&self.table.holds[row], self.table);
        let mut failed = 0;
        for dimension in &self.dimensions {
            failed |= dimension.fails(row);
        }
        if self.side.is_some_and(|side| side != table.hold_type(row)) {
            failed |= fails::HOLD_TYPE;
        }
        if !self.durations[HoldClass::of(table.seconds(hold)) as usize] {
            failed |= fails::DURATION;
        }
        if !self.is_in_scope(row) {
            failed |= fails::SCOPE;
        }
        if (self.repeats_only && hold.rank < 2) || !self.has_text(row) {
            failed |= fails::OTHER;
        }
        failed
    }

    fn is_in_scope(&self, row: usize) -> bool {
        let Some((first, last)) = self.days else { return false };
        let places = &self.table.places[row];
        let is_released = self.table.holds[row].until != NOT_RELEASED;
        match self.kind {
            None => places.from <= last && places.until >= first,
            Some(HoldKind::New) => (first..=last).contains(&places.from),
            Some(HoldKind::Released) => is_released && (first..=last).contains(&places.until),
            Some(HoldKind::Held) => places.from <= last && places.until > last,
        }
    }

    fn has_text(&self, row: usize) -> bool {
        let Some(marks) = &self.text else { return true };
        let columns = [Text::Lot, Text::Workorder].map(|text| self.table.text(text));
        marks.iter().zip(columns).any(|(marks, column)| {
            marks.get(column.codes()[row] as usize).copied().unwrap_or(false)
        })
    }
}
