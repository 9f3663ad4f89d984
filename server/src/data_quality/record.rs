//! Ledgers as text, for files and for other servers.

use compute_core::quality::{Ledger, Reason, RuleHint, ValueCount};
use compute_core::source_contract::SourceColumn;
use serde::{Deserialize, Serialize};

/// A [`Ledger`] that can be written and read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRecord {
    rows_read: u64,
    rows_kept: u64,
    findings: Vec<FindingRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hints: Vec<HintRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FindingRecord {
    reason: String,
    column: String,
    count: u64,
    sample_key: Option<String>,
    sample_value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HintRecord {
    rule: String,
    entries: Vec<String>,
    rows: u64,
    /// Values with the rows that have them.
    found: Vec<(String, u64)>,
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
        let hints = ledger.hints.iter().map(|hint| HintRecord {
            rule: hint.rule.to_owned(),
            entries: hint.entries.clone(),
            rows: hint.rows,
            found: hint.found.iter().map(|found| (found.value.clone(), found.rows)).collect(),
        });
        Self {
            rows_read: ledger.rows_read,
            rows_kept: ledger.rows_kept,
            findings: findings.collect(),
            hints: hints.collect(),
        }
    }

    /// The ledger of a table with these columns; `None` when it names a reason, a column or a rule
    /// that this program doesn't know.
    pub fn ledger(&self, columns: &[SourceColumn]) -> Option<Ledger> {
        let mut ledger = Ledger::default();
        (ledger.rows_read, ledger.rows_kept) = (self.rows_read, self.rows_kept);
        for finding in &self.findings {
            let reason = Reason::ALL.into_iter().find(|reason| reason.name() == finding.reason)?;
            let column = match finding.column.as_str() {
                "" => "",
                name => columns.iter().find(|column| column.name == name)?.name,
            };
            let (key, value) = (finding.sample_key.as_deref(), finding.sample_value.as_deref());
            ledger.note_many(reason, column, finding.count, key, value);
        }
        for HintRecord { rule, entries, rows, found } in &self.hints {
            let (rule, columns) = RuleHint::of_rule(rule)?;
            let found =
                found.iter().map(|(value, rows)| ValueCount { value: value.clone(), rows: *rows });
            ledger.hints.push(RuleHint {
                rule,
                entries: entries.clone(),
                columns,
                rows: *rows,
                found: found.collect(),
            });
        }
        Some(ledger)
    }
}

#[cfg(test)]
mod tests {
    use compute_core::source_contract::SHIFT_HOURS_COLUMNS;

    use super::*;

    #[test]
    fn a_ledger_survives_its_text() {
        let mut ledger = Ledger::default();
        (ledger.rows_read, ledger.rows_kept) = (9, 7);
        ledger.note_many(Reason::Unreadable, "HOURS", 3, Some("m1"), Some("?"));
        ledger.note(Reason::NoKey, "HISTORYID", None, None);
        let (rule, columns) = RuleHint::of_rule("states").unwrap();
        ledger.hints.push(RuleHint {
            rule,
            entries: vec!["PRD".to_owned()],
            columns,
            rows: 4,
            found: vec![ValueCount { value: "RUN".to_owned(), rows: 4 }],
        });
        let record = LedgerRecord::of(&ledger);
        let text = serde_json::to_string(&record).unwrap();
        let read: LedgerRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(read.ledger(SHIFT_HOURS_COLUMNS), Some(ledger));
        for (known, unknown) in
            [("unreadable", "unheard_of"), ("HOURS", "MINUTES"), ("states", "x")]
        {
            let foreign: LedgerRecord =
                serde_json::from_str(&text.replace(known, unknown)).unwrap();
            assert_eq!(foreign.ledger(SHIFT_HOURS_COLUMNS), None, "{unknown}");
        }
    }
}
