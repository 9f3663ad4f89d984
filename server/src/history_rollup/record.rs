//! What is kept of a day besides its hours: when it was read, its fingerprint, what was odd in it.

use std::collections::BTreeMap;

use compute_core::history::Day;
use compute_core::quality::{Ledger, Reason};
use compute_core::source_contract::SHIFT_HOURS_COLUMNS;
use serde::{Deserialize, Serialize};

use crate::table_query::Fingerprint;

/// A rolled-up day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DayRecord {
    /// When it was read, ms since 1970. Only shown: clocks step.
    pub read_at: i64,
    /// Of its rows, as 16 hexadecimal digits.
    pub fingerprint: String,
    /// The request for a rebuild that it was read after.
    pub generation: u64,
    /// It counts as final.
    pub is_settled: bool,
    pub ledger: LedgerRecord,
}

impl DayRecord {
    pub fn fingerprint_text(fingerprint: Fingerprint) -> String {
        format!("{:016x}", fingerprint.0)
    }

    pub fn is_of(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprint == Self::fingerprint_text(fingerprint)
    }
}

/// What was found in rows without a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Undated {
    /// When they were read, ms since 1970.
    pub read_at: i64,
    pub ledger: LedgerRecord,
}

/// The records of a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub days: BTreeMap<Day, DayRecord>,
    pub undated: Undated,
}

/// A [`Ledger`] in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LedgerRecord {
    rows_read: u64,
    rows_kept: u64,
    findings: Vec<FindingRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FindingRecord {
    reason: String,
    column: String,
    count: u64,
    sample_key: Option<String>,
    sample_value: Option<String>,
}

impl LedgerRecord {
    pub fn of(ledger: &Ledger) -> Self {
        let findings = ledger.findings().map(|finding| FindingRecord {
            reason: finding.reason.name().to_owned(),
            column: finding.column.to_owned(),
            count: finding.count,
            sample_key: finding.sample_key.clone(),
            sample_value: finding.sample_value.clone(),
        });
        Self {
            rows_read: ledger.rows_read,
            rows_kept: ledger.rows_kept,
            findings: findings.collect(),
        }
    }

    /// The ledger; `None` when it names a reason or a column that this program doesn't know.
    pub fn ledger(&self) -> Option<Ledger> {
        let mut ledger = Ledger::default();
        (ledger.rows_read, ledger.rows_kept) = (self.rows_read, self.rows_kept);
        for finding in &self.findings {
            let reason = Reason::ALL.into_iter().find(|reason| reason.name() == finding.reason)?;
            let column = match finding.column.as_str() {
                "" => "",
                name => SHIFT_HOURS_COLUMNS.iter().find(|column| column.name == name)?.name,
            };
            let (key, value) = (finding.sample_key.as_deref(), finding.sample_value.as_deref());
            ledger.note_many(reason, column, finding.count, key, value);
        }
        Some(ledger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_survives_its_file() {
        let mut ledger = Ledger::default();
        (ledger.rows_read, ledger.rows_kept) = (9, 7);
        ledger.note_many(Reason::Unreadable, "HOURS", 3, Some("m1"), Some("?"));
        ledger.note(Reason::NoKey, "HISTORYID", None, None);
        let record = LedgerRecord::of(&ledger);
        let text = serde_json::to_string(&record).unwrap();
        let read: LedgerRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(read.ledger(), Some(ledger));
        let foreign: LedgerRecord =
            serde_json::from_str(&text.replace("unreadable", "unheard_of")).unwrap();
        assert_eq!(foreign.ledger(), None);
    }
}
