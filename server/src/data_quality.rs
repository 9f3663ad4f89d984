//! What was left out, unreadable, repaired or suspect in the source tables, as people see it.
//!
//! Readers and tables count in a [`Ledger`]; a [`DatasetQuality`] is such a ledger with the table's
//! name, the moment of its reading and a verdict. Trouble with data never makes the server unhealthy.

mod wording;
mod record;

use std::sync::{Arc, Mutex, PoisonError};

use compute_core::quality::{Effect, Finding, Ledger, Reason, RuleHint};
use compute_core::source_contract::SourceColumn;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use record::LedgerRecord;
pub use wording::{Wording, advice, label};

/// How far numbers made from a dataset can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing was found but repairs without loss and rows that rules leave out.
    #[default]
    Ok,
    /// Single cells or rows are missing or suspect.
    Notice,
    /// A threshold is exceeded: numbers may be wrong.
    Warning,
}

impl Level {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Notice => "notice",
            Self::Warning => "warning",
        }
    }
}

/// From when on findings are an alert.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityThresholds {
    /// Share of the rows, 0 to 1, in which a required column can't be read.
    pub unreadable_share: f64,
    /// Share of the rows, 0 to 1, that are left out without a rule that asks for it.
    pub left_out_share: f64,
}

/// A threshold that is exceeded.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityAlert {
    /// `data_quality_unreadable` or `data_quality_left_out`.
    pub name: &'static str,
    /// The dataset.
    #[schema(example = "wip")]
    pub dataset: &'static str,
    /// The column; absent where whole rows are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<&'static str>,
    /// Share of the rows, 0 to 1.
    pub measured: f64,
    /// From when on that is an alert.
    pub threshold: f64,
}

impl QualityAlert {
    /// What it is about: dataset, and column where it has one.
    pub fn subject(&self) -> String {
        match self.column {
            Some(column) => format!("{} {column}", self.dataset),
            None => self.dataset.to_owned(),
        }
    }
}

/// A source table as it was last read.
#[derive(Clone, Debug)]
pub struct TableReading<'a> {
    /// Name in URLs and events.
    pub dataset: &'static str,
    /// Name of the table or view.
    pub table: &'a str,
    /// Its columns in the source contract.
    pub columns: &'static [SourceColumn],
    /// First and last day, where a range of days was read.
    pub range: Option<(String, String)>,
    /// When the whole table, or the range, was last read; `None` before the first time.
    pub read_at: Option<Timestamp>,
    /// What was counted.
    pub ledger: &'a Ledger,
}

/// What the newest read of rows counted that no snapshot holds; nothing before the first.
#[derive(Debug, Default)]
pub struct NewestRows(Mutex<Option<Arc<RowsRead>>>);

/// Rows that a question read.
#[derive(Debug)]
pub struct RowsRead {
    /// When.
    pub read_at: Timestamp,
    /// What was counted.
    pub ledger: Ledger,
}

impl NewestRows {
    /// Notes a read of some rows.
    pub fn note(&self, rows: usize, findings: &[Finding], read_at: Timestamp) {
        let mut ledger = Ledger::default();
        let left_out = findings.iter().filter(|found| found.reason.effect() == Effect::RowLeftOut);
        let left_out: u64 = left_out.map(|found| found.count).sum();
        (ledger.rows_read, ledger.rows_kept) = (rows as u64 + left_out, rows as u64);
        for found in findings {
            let (key, value) = (found.sample_key.as_deref(), found.sample_value.as_deref());
            ledger.note_many(found.reason, found.column, found.count, key, value);
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Arc::new(RowsRead { read_at, ledger }));
    }

    /// The newest read.
    pub fn get(&self) -> Option<Arc<RowsRead>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All cases of one reason in one column.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QualityFinding {
    /// Why.
    pub reason: Reason,
    /// What it means for the numbers.
    pub effect: Effect,
    /// Whether a rule asks for it, so that it is no defect of the data.
    pub expected: bool,
    /// Column of the source table; empty where the whole row is meant.
    #[schema(example = "QTY")]
    pub column: &'static str,
    /// Number of cases.
    #[schema(example = 1)]
    pub count: u64,
    /// Key of the first case; null where its row has none.
    #[schema(example = "GA261000075-A00-001")]
    pub sample_key: Option<String>,
    /// Value of the first case, at most 40 characters.
    #[schema(example = "3000000000")]
    pub sample_value: Option<String>,
    /// The reason in a few words.
    pub label: Wording,
    /// What to do about it.
    pub advice: Wording,
}

impl From<&Finding> for QualityFinding {
    fn from(found: &Finding) -> Self {
        Self {
            reason: found.reason,
            effect: found.reason.effect(),
            expected: found.reason.is_expected(),
            column: found.column,
            count: found.count,
            sample_key: found.sample_key.clone(),
            sample_value: found.sample_value.clone(),
            label: label(found.reason),
            advice: advice(found.reason),
        }
    }
}

/// What was found in one source table.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DatasetQuality {
    /// `wip`, `resource`, `equipment`, `workcenter`, `history` or `jobs`.
    #[schema(example = "wip")]
    pub dataset: &'static str,
    /// Name of the table or view.
    #[schema(example = "DW_MES_LOT_V")]
    pub table: String,
    /// First day of the range that was read; null where tables are read whole.
    pub first_day: Option<String>,
    /// Last day of the range that was read; null where tables are read whole.
    pub last_day: Option<String>,
    /// When it was last read: ISO 8601, UTC; null before the first time.
    pub read_at: Option<String>,
    /// Rows that the source has.
    pub rows_read: u64,
    /// Rows that count.
    pub rows_kept: u64,
    /// How far numbers made from it can be trusted.
    pub level: Level,
    /// Cases of all findings that no rule asks for.
    pub cases: u64,
    /// Thresholds that are exceeded.
    pub alerts: Vec<QualityAlert>,
    /// By reason, then column.
    pub findings: Vec<QualityFinding>,
    /// Site rules that match nothing of the table, or miss much of it.
    pub hints: Vec<RuleHint>,
}

impl DatasetQuality {
    /// Words and judges what was counted.
    pub fn of(reading: &TableReading<'_>, thresholds: QualityThresholds) -> Self {
        let TableReading { dataset, table, columns, range, read_at, ledger } = reading;
        let alerts = alerts(dataset, columns, ledger, thresholds);
        let (first_day, last_day) = range.clone().unzip();
        Self {
            dataset,
            table: (*table).to_owned(),
            first_day,
            last_day,
            read_at: read_at.map(|at| format!("{at:.3}")),
            rows_read: ledger.rows_read,
            rows_kept: ledger.rows_kept,
            level: level(&alerts, ledger),
            cases: unexpected(ledger).map(|found| found.count).sum(),
            alerts,
            findings: ledger.findings().map(QualityFinding::from).collect(),
            hints: ledger.hints.clone(),
        }
    }
}

/// Findings that no rule asks for.
fn unexpected(ledger: &Ledger) -> impl Iterator<Item = &Finding> {
    ledger.findings().filter(|found| !found.reason.is_expected())
}

/// The thresholds that a table exceeds.
pub fn alerts(
    dataset: &'static str,
    columns: &[SourceColumn],
    ledger: &Ledger,
    thresholds: QualityThresholds,
) -> Vec<QualityAlert> {
    if ledger.rows_read == 0 {
        return Vec::new();
    }
    let share = |count: u64| count as f64 / ledger.rows_read as f64;
    let unreadable = columns.iter().filter(|column| column.required).filter_map(|column| {
        let found = ledger.findings().filter(|found| {
            let is_missing = found.reason.effect() == Effect::CellMissing;
            found.column == column.name && (is_missing || found.reason == Reason::NoWorkcenter)
        });
        let measured = share(found.map(|found| found.count).sum());
        (measured > thresholds.unreadable_share).then_some(QualityAlert {
            name: "data_quality_unreadable",
            dataset,
            column: Some(column.name),
            measured,
            threshold: thresholds.unreadable_share,
        })
    });
    let mut alerts: Vec<QualityAlert> = unreadable.collect();
    let left_out = unexpected(ledger).filter(|found| found.reason.effect() == Effect::RowLeftOut);
    // Rules that leave nothing are hardly meant.
    let left_out: u64 = match ledger.rows_kept {
        0 => ledger.rows_read,
        _ => left_out.map(|found| found.count).sum(),
    };
    let measured = share(left_out).min(1.0);
    if measured > thresholds.left_out_share {
        alerts.push(QualityAlert {
            name: "data_quality_left_out",
            dataset,
            column: None,
            measured,
            threshold: thresholds.left_out_share,
        });
    }
    alerts
}

/// The verdict on a table with these alerts.
pub fn level(alerts: &[QualityAlert], ledger: &Ledger) -> Level {
    if !alerts.is_empty() {
        return Level::Warning;
    }
    let is_loss = |found: &Finding| found.reason.effect() != Effect::Repaired;
    if unexpected(ledger).any(is_loss) { Level::Notice } else { Level::Ok }
}

#[cfg(test)]
mod tests {
    use compute_core::source_contract::{LOT_COLUMNS, RESOURCE_COLUMNS};

    use super::*;

    const THRESHOLDS: QualityThresholds =
        QualityThresholds { unreadable_share: 0.5, left_out_share: 0.01 };

    fn lots(rows: u64, cases: &[(Reason, &'static str, u64)]) -> DatasetQuality {
        let mut ledger = Ledger::default();
        (ledger.rows_read, ledger.rows_kept) = (rows, rows);
        for (reason, column, count) in cases {
            ledger.note_many(*reason, column, *count, Some("L1"), Some("x"));
        }
        let reading = TableReading {
            dataset: "wip",
            table: "DW_MES_LOT_V",
            columns: LOT_COLUMNS,
            range: None,
            read_at: None,
            ledger: &ledger,
        };
        DatasetQuality::of(&reading, THRESHOLDS)
    }

    #[test]
    fn repairs_and_site_rules_are_shown_and_are_no_trouble() {
        let quality = lots(
            100,
            &[(Reason::Trimmed, "LOTID", 100), (Reason::ExcludedLocation, "LOCATIONNAME", 90)],
        );
        assert_eq!((quality.level, quality.cases, quality.findings.len()), (Level::Ok, 100, 2));
    }

    #[test]
    fn a_required_column_is_an_alert_above_its_share_of_unreadable_rows() {
        let half = lots(100, &[(Reason::Unreadable, "QTY", 50)]);
        assert_eq!((half.level, half.alerts.len()), (Level::Notice, 0));
        let more = lots(100, &[(Reason::Unreadable, "QTY", 30), (Reason::OutOfRange, "QTY", 21)]);
        assert_eq!(more.level, Level::Warning);
        assert_eq!(more.alerts[0].subject(), "wip QTY");
        assert_eq!((more.alerts[0].measured, more.alerts[0].threshold), (0.51, 0.5));
        let optional = lots(100, &[(Reason::Unreadable, "QTY2", 100)]);
        assert_eq!(optional.level, Level::Notice, "nothing depends on it");
    }

    #[test]
    fn rows_left_out_are_an_alert_above_one_in_a_hundred() {
        let one = lots(100, &[(Reason::NoKey, "LOTID", 1)]);
        assert_eq!(one.level, Level::Notice);
        let two = lots(100, &[(Reason::NoKey, "LOTID", 1), (Reason::UnknownMachine, "", 1)]);
        assert_eq!((two.level, two.alerts[0].name), (Level::Warning, "data_quality_left_out"));
        assert_eq!(two.alerts[0].subject(), "wip");
    }

    #[test]
    fn rules_that_leave_nothing_are_a_warning() {
        let mut ledger = Ledger::default();
        ledger.rows_read = 100;
        ledger.note_many(Reason::OtherCategory, "OBJECTCATEGORY", 99, Some("m"), Some("FAB"));
        ledger.rows_kept = 1;
        assert!(alerts("resource", RESOURCE_COLUMNS, &ledger, THRESHOLDS).is_empty());
        ledger.note(Reason::OtherCategory, "OBJECTCATEGORY", Some("n"), Some("FAB"));
        ledger.rows_kept = 0;
        let found = alerts("resource", RESOURCE_COLUMNS, &ledger, THRESHOLDS);
        assert_eq!((found[0].name, found[0].measured), ("data_quality_left_out", 1.0));
    }

    #[test]
    fn an_empty_table_has_no_shares() {
        assert_eq!(lots(0, &[(Reason::NoKey, "LOTID", 1)]).level, Level::Notice);
        let none = Ledger::default();
        assert!(alerts("resource", RESOURCE_COLUMNS, &none, THRESHOLDS).is_empty());
    }
}
