//! The file of a month.
//!
//! | bytes | what |
//! |---|---|
//! | … | the hours: an Arrow IPC stream, as `/api/snapshot/history` has it |
//! | … | the records of its days, as JSON |
//! | 8 | length of the hours, little endian |
//! | 8 | length of the records, little endian |
//! | 8 | XXH3 of all before, little endian |
//! | 8 | `MESROLL` and the version of this format, 1 |

use std::collections::BTreeMap;

use compute_core::history::{Day, HistoryTable};
use compute_core::source_contract::SHIFT_HOURS_COLUMNS;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::month::Month;
use super::record::{DayRecord, Records, Undated};

/// With the version of the format.
const END: [u8; 8] = *b"MESROLL1";
const FOOTER_BYTES: usize = 32;

/// A month: the hours of its days and what is kept of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MonthFile {
    pub month: Month,
    pub table: HistoryTable,
    pub records: Records,
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Torn, altered, or not ours.
    #[error("{0}")]
    Damaged(String),
    /// Of another table, or made under other rules.
    #[error("it was made under other settings")]
    OtherBasis,
}

fn damaged(why: &str) -> Refusal {
    Refusal::Damaged(why.to_owned())
}

#[derive(Serialize, Deserialize)]
struct Description {
    /// What all numbers depend on: table, rules, zone.
    basis: String,
    month: String,
    days: BTreeMap<String, DayRecord>,
    undated: Undated,
}

impl MonthFile {
    /// A month of which nothing is known.
    pub fn empty(month: Month) -> Self {
        let table = HistoryTable::assembled(month.first(), month.last(), &[]);
        Self { month, table, records: Records::default() }
    }

    /// Its bytes. JSON of texts and numbers can't fail.
    pub fn encode(&self, basis: &str) -> Result<Vec<u8>, serde_json::Error> {
        let days = self.records.days.iter();
        let description = Description {
            basis: basis.to_owned(),
            month: self.month.to_string(),
            days: days.map(|(day, record)| (day.to_string(), record.clone())).collect(),
            undated: self.records.undated.clone(),
        };
        let description = serde_json::to_vec(&description)?;
        let mut bytes = self.table.to_ipc();
        let length = bytes.len() as u64;
        bytes.extend_from_slice(&description);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(description.len() as u64).to_le_bytes());
        let checksum = xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes.extend_from_slice(&END);
        Ok(bytes)
    }

    /// Reads what [`Self::encode`] made for this month and basis.
    ///
    /// # Errors
    /// It is not that.
    pub fn decode(bytes: &[u8], month: Month, basis: &str) -> Result<Self, Refusal> {
        let body =
            bytes.len().checked_sub(FOOTER_BYTES).ok_or_else(|| damaged("it is too short"))?;
        let (body, footer) = bytes.split_at(body);
        let number = |place: usize| {
            let field = footer.get(place * 8..place * 8 + 8)?;
            Some(u64::from_le_bytes(field.try_into().ok()?))
        };
        if footer[24..] != END {
            return Err(damaged("it has no end of ours"));
        }
        if number(2) != Some(xxh3_64(&bytes[..body.len() + 16])) {
            return Err(damaged("its checksum is wrong"));
        }
        // From here on it is as it was written; what doesn't fit was written by another program.
        let (Some(hours), Some(description)) = (number(0), number(1)) else {
            return Err(damaged("it has no lengths"));
        };
        if hours.checked_add(description) != Some(body.len() as u64) {
            return Err(damaged("its lengths are wrong"));
        }
        let (hours, description) = body.split_at(hours as usize);
        let description: Description = serde_json::from_slice(description)
            .map_err(|cause| Refusal::Damaged(cause.to_string()))?;
        if description.basis != basis {
            return Err(Refusal::OtherBasis);
        }
        let table =
            HistoryTable::from_ipc(hours).map_err(|cause| Refusal::Damaged(cause.to_string()))?;
        let days: Option<BTreeMap<Day, DayRecord>> = description
            .days
            .into_iter()
            .map(|(day, record)| {
                let day = Day::parse(&day).filter(|day| Month::of(*day) == month)?;
                record.ledger.ledger(SHIFT_HOURS_COLUMNS).is_some().then_some((day, record))
            })
            .collect();
        let days = days.ok_or_else(|| damaged("its days make no sense"))?;
        if table.range() != (month.first(), month.last()) || description.month != month.to_string()
        {
            return Err(damaged("it is of another month"));
        }
        Ok(Self { month, table, records: Records { days, undated: description.undated } })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data_quality::LedgerRecord;

    fn month() -> Month {
        Month::parse("2026-11").unwrap()
    }

    fn file() -> MonthFile {
        let mut file = MonthFile::empty(month());
        let first = month().first();
        let record = DayRecord {
            read_at: 5,
            fingerprint: "0123456789abcdef".to_owned(),
            generation: 2,
            is_settled: true,
            ledger: LedgerRecord::default(),
        };
        file.records.days.insert(first, record);
        file
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let bytes = file().encode("a").unwrap();
        assert_eq!(MonthFile::decode(&bytes, month(), "a"), Ok(file()));
        assert_eq!(MonthFile::decode(&bytes, month(), "b"), Err(Refusal::OtherBasis));
        let other = Month::parse("2026-10").unwrap();
        assert!(matches!(MonthFile::decode(&bytes, other, "a"), Err(Refusal::Damaged(_))));
    }

    proptest! {
        #[test]
        fn no_torn_or_altered_file_is_taken(
            cut in any::<proptest::sample::Index>(),
            place in any::<proptest::sample::Index>(),
            flip in 1_u8..,
        ) {
            let bytes = file().encode("a").unwrap();
            let torn = &bytes[..cut.index(bytes.len())];
            prop_assert!(matches!(MonthFile::decode(torn, month(), "a"), Err(Refusal::Damaged(_))));
            let mut altered = bytes.clone();
            altered[place.index(bytes.len())] ^= flip;
            prop_assert!(matches!(MonthFile::decode(&altered, month(), "a"), Err(Refusal::Damaged(_))));
        }
    }
}
