//! What was left out, unreadable, repaired or suspect in a source table: counted, never silent.
//!
//! Readers and tables note each case in a [`Ledger`]; the server publishes it as the data-quality
//! report. A ledger holds counts and one sample per reason and column, so that a table in which
//! every cell is wrong costs no more than one in which a single cell is.

use std::collections::BTreeMap;

use serde::Serialize;

/// The database's clock when a table was read; moments are `YYYY-MM-DD HH:MM:SS`, plant time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantClock {
    /// What it showed.
    pub now: String,
    /// A day later: what is beyond it is never "now".
    pub latest: String,
}

impl PlantClock {
    /// Whether a moment can be right.
    pub fn is_plausible(&self, moment: &str) -> bool {
        moment <= self.latest.as_str()
    }
}

/// What a finding means for the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The cell counts as missing; its row counts.
    CellMissing,
    /// The row doesn't count.
    RowLeftOut,
    /// The value was repaired without loss, such as blanks around a key.
    Repaired,
    /// The value counts as it is, but is probably wrong.
    Suspect,
}

/// Why something was counted. The order is the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The cell can't be read as its column's kind.
    Unreadable,
    /// The cell is beyond the range of its column.
    OutOfRange,
    /// The row has no key.
    NoKey,
    /// Another row has the same key, and the rule of the table takes that one.
    DuplicateKey,
    /// The row has no day that can be read, so that its hours have no place.
    NoDay,
    /// The lot has no work order.
    NoWorkOrder,
    /// The machine is of a category and type that doesn't count (site rule).
    OtherCategory,
    /// The machine has no workcenter.
    NoWorkcenter,
    /// The machine is at an excluded location (site rule).
    ExcludedLocation,
    /// The machine is in an excluded asset state (site rule).
    ExcludedAssetState,
    /// The row belongs to a machine that the equipment master doesn't have.
    UnknownMachine,
    /// The machine has no real-time row.
    NoRealtimeRow,
    /// The lot is in no cell of the matrix: it has no group, package or sequence.
    NotInMatrix,
    /// The row has no key and counts; look-ups don't find it.
    Unnamed,
    /// Other rows have the same key, and all of them count.
    RepeatedKey,
    /// The state, flag or category is not in the site rules.
    UnknownCode,
    /// Whether a comma or dot is the decimal sign was decided against other cells of the column.
    Ambiguous,
    /// Blanks at the ends were removed.
    Trimmed,
    /// The number was limited to what can be right, such as a negative count to 0.
    Clamped,
    /// The moment is more than a day ahead of the database's clock.
    FutureMoment,
    /// The end lies before the beginning; the span counts as empty.
    ReversedSpan,
    /// A machine's hours of a day add up to more than 24.
    DayOver24Hours,
    /// A machine's hours of a state and day are below 0.
    NegativeHours,
    /// The table has no rows.
    EmptyTable,
}

impl Reason {
    /// Every reason, in the order of the report.
    pub const ALL: [Self; 24] = [
        Self::Unreadable,
        Self::OutOfRange,
        Self::NoKey,
        Self::DuplicateKey,
        Self::NoDay,
        Self::NoWorkOrder,
        Self::OtherCategory,
        Self::NoWorkcenter,
        Self::ExcludedLocation,
        Self::ExcludedAssetState,
        Self::UnknownMachine,
        Self::NoRealtimeRow,
        Self::NotInMatrix,
        Self::Unnamed,
        Self::RepeatedKey,
        Self::UnknownCode,
        Self::Ambiguous,
        Self::Trimmed,
        Self::Clamped,
        Self::FutureMoment,
        Self::ReversedSpan,
        Self::DayOver24Hours,
        Self::NegativeHours,
        Self::EmptyTable,
    ];

    /// Its name in JSON and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::OutOfRange => "out_of_range",
            Self::NoKey => "no_key",
            Self::DuplicateKey => "duplicate_key",
            Self::NoDay => "no_day",
            Self::NoWorkOrder => "no_work_order",
            Self::OtherCategory => "other_category",
            Self::NoWorkcenter => "no_workcenter",
            Self::ExcludedLocation => "excluded_location",
            Self::ExcludedAssetState => "excluded_asset_state",
            Self::UnknownMachine => "unknown_machine",
            Self::NoRealtimeRow => "no_realtime_row",
            Self::NotInMatrix => "not_in_matrix",
            Self::Unnamed => "unnamed",
            Self::RepeatedKey => "repeated_key",
            Self::UnknownCode => "unknown_code",
            Self::Ambiguous => "ambiguous",
            Self::Trimmed => "trimmed",
            Self::Clamped => "clamped",
            Self::FutureMoment => "future_moment",
            Self::ReversedSpan => "reversed_span",
            Self::DayOver24Hours => "day_over24_hours",
            Self::NegativeHours => "negative_hours",
            Self::EmptyTable => "empty_table",
        }
    }

    /// What it means for the numbers.
    pub fn effect(self) -> Effect {
        match self {
            Self::Unreadable | Self::OutOfRange => Effect::CellMissing,
            Self::NoKey
            | Self::DuplicateKey
            | Self::NoDay
            | Self::NoWorkOrder
            | Self::OtherCategory
            | Self::NoWorkcenter
            | Self::ExcludedLocation
            | Self::ExcludedAssetState
            | Self::UnknownMachine => Effect::RowLeftOut,
            Self::Trimmed => Effect::Repaired,
            Self::NoRealtimeRow
            | Self::NotInMatrix
            | Self::Unnamed
            | Self::RepeatedKey
            | Self::UnknownCode
            | Self::Ambiguous
            | Self::Clamped
            | Self::FutureMoment
            | Self::ReversedSpan
            | Self::DayOver24Hours
            | Self::NegativeHours
            | Self::EmptyTable => Effect::Suspect,
        }
    }

    /// Whether a rule about machines asks for it, so that it is no defect of the data.
    pub fn is_expected(self) -> bool {
        matches!(
            self,
            Self::OtherCategory
                | Self::NoWorkcenter
                | Self::ExcludedLocation
                | Self::ExcludedAssetState
        )
    }
}

/// All cases of one reason in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Why.
    pub reason: Reason,
    /// Column of the source; empty where the whole row is meant.
    pub column: &'static str,
    /// Number of cases.
    pub count: u64,
    /// Key of the first case; absent where its row has none.
    pub sample_key: Option<String>,
    /// Value of the first case, at most 40 characters.
    pub sample_value: Option<String>,
}

/// A value of a table, and how many rows have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValueCount {
    /// The value, at most 40 characters.
    pub value: String,
    /// Rows that have it.
    pub rows: u64,
}

/// A site rule that matches nothing of its table, or misses much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleHint {
    /// Name of the rule in the site's file.
    #[cfg_attr(feature = "openapi", schema(example = "qc_gate_specs"))]
    pub rule: &'static str,
    /// Its entries as they are in force; empty when it has none.
    pub entries: Vec<String>,
    /// Columns of the source table that the rule looks at.
    #[cfg_attr(feature = "openapi", schema(example = "SPECNAME"))]
    pub columns: &'static str,
    /// Rows that no entry names.
    pub rows: u64,
    /// What those rows have instead, most frequent first, at most five.
    pub found: Vec<ValueCount>,
}

impl RuleHint {
    /// Every rule that hints are about, with the columns that it looks at.
    const RULES: [(&'static str, &'static str); 6] = [
        ("qc_gate_specs", "SPECNAME"),
        ("non_quality_hold_reasons", "HOLDREASONNAME"),
        ("counted_equipment", "OBJECTCATEGORY / OBJECTTYPE"),
        ("excluded_locations", "LOCATIONNAME"),
        ("excluded_asset_states", "PJ_ASSETSSTATUS"),
        ("states", "EQUIPMENTASSETSSTATUS"),
    ];

    /// A rule's name and columns; `None` for a name that no rule has.
    pub fn of_rule(name: &str) -> Option<(&'static str, &'static str)> {
        Self::RULES.into_iter().find(|(rule, _)| *rule == name)
    }
}

/// Counts of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Rows that the source has.
    pub rows_read: u64,
    /// Rows that count.
    pub rows_kept: u64,
    findings: BTreeMap<(Reason, &'static str), Finding>,
    /// Site rules that match nothing, or miss much.
    pub hints: Vec<RuleHint>,
}

/// Longest sample value, in characters.
const SAMPLE_CHARS: usize = 40;

/// The beginning of a value that is shown as a sample.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(SAMPLE_CHARS).collect()
}

impl Ledger {
    /// Notes one case. The first case of a reason and column is the sample.
    pub fn note(
        &mut self,
        reason: Reason,
        column: &'static str,
        key: Option<&str>,
        value: Option<&str>,
    ) {
        self.note_many(reason, column, 1, key, value);
    }

    /// Notes `count` cases with one sample; none when `count` is 0.
    pub fn note_many(
        &mut self,
        reason: Reason,
        column: &'static str,
        count: u64,
        key: Option<&str>,
        value: Option<&str>,
    ) {
        if count == 0 {
            return;
        }
        self.findings
            .entry((reason, column))
            .and_modify(|finding| finding.count += count)
            .or_insert_with(|| Finding {
                reason,
                column,
                count,
                sample_key: key.map(excerpt),
                sample_value: value.map(excerpt),
            });
    }

    /// Adds the counts of another ledger of the same table.
    pub fn merge(&mut self, other: &Self) {
        self.rows_read += other.rows_read;
        self.rows_kept += other.rows_kept;
        self.hints.extend_from_slice(&other.hints);
        for finding in other.findings() {
            self.note_many(
                finding.reason,
                finding.column,
                finding.count,
                finding.sample_key.as_deref(),
                finding.sample_value.as_deref(),
            );
        }
    }

    /// All findings, by reason, then column.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// Cases of a reason, over all columns.
    pub fn count(&self, reason: Reason) -> u64 {
        self.findings().filter(|finding| finding.reason == reason).map(|found| found.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_case_is_the_sample_and_all_are_counted() {
        let mut ledger = Ledger::default();
        ledger.note(Reason::Unreadable, "QTY", Some("LOT-1"), Some("many"));
        ledger.note(Reason::Unreadable, "QTY", Some("LOT-2"), Some("few"));
        ledger.note(Reason::NoKey, "", None, None);
        let found: Vec<_> = ledger.findings().cloned().collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].count, found[0].sample_key.as_deref()), (2, Some("LOT-1")));
        assert_eq!(found[0].sample_value.as_deref(), Some("many"));
        assert_eq!(ledger.count(Reason::Unreadable), 2);
        assert_eq!(ledger.count(Reason::Trimmed), 0);
    }

    #[test]
    fn names_are_those_of_the_json() {
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }

    #[test]
    fn merged_ledgers_add_up() {
        let mut first = Ledger { rows_read: 3, rows_kept: 2, ..Ledger::default() };
        first.note(Reason::Trimmed, "LOTID", Some("A"), Some("A "));
        let mut second = Ledger { rows_read: 1, rows_kept: 1, ..Ledger::default() };
        second.note_many(Reason::Trimmed, "LOTID", 4, Some("B"), None);
        second.note_many(Reason::NoWorkOrder, "WORKORDER", 0, Some("C"), None);
        first.merge(&second);
        assert_eq!((first.rows_read, first.rows_kept), (4, 3));
        let found: Vec<_> = first.findings().cloned().collect();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].sample_key.as_deref()), (5, Some("A")));
    }
}
