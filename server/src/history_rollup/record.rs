//! What is kept of a day besides its hours: when it was read, its fingerprint, what was odd in it.

use std::collections::BTreeMap;

use compute_core::history::Day;
use serde::{Deserialize, Serialize};

use crate::data_quality::LedgerRecord;
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
