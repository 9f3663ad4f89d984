//! Rows of a day, as they were read, to its hours.

use compute_core::history::{Day, HistoryTable};
use compute_core::quality::Ledger;
use compute_core::site_rules::SiteRules;
use compute_core::table::SourceError;

use crate::table_query::{DayRead, Fingerprint, HoursRead};

/// The hours of one day.
#[derive(Clone, Debug)]
pub struct DayHours {
    pub table: HistoryTable,
    /// What was odd in its rows.
    pub ledger: Ledger,
    pub fingerprint: Fingerprint,
}

impl DayHours {
    /// Of the rows that were found; of a day without rows, `None`.
    ///
    /// # Errors
    /// A column is missing or of another type.
    pub fn of(day: Day, found: Option<DayRead>, rules: &SiteRules) -> Result<Self, SourceError> {
        let Some(DayRead { hours, fingerprint }) = found else {
            let table = HistoryTable::assembled(day, day, &[]);
            let (ledger, fingerprint) = (Ledger::default(), Fingerprint::default());
            return Ok(Self { table, ledger, fingerprint });
        };
        let mut ledger = hours.ledger;
        let table = HistoryTable::from_source(&hours.batch, day, day, rules, &mut ledger)?;
        Ok(Self { table, ledger, fingerprint })
    }
}

/// What was odd in rows without a day.
///
/// # Errors
/// A column is missing or of another type.
pub fn of_undated(read: HoursRead, day: Day, rules: &SiteRules) -> Result<Ledger, SourceError> {
    let mut ledger = read.ledger;
    // They have no hours; they are counted.
    HistoryTable::from_source(&read.batch, day, day, rules, &mut ledger)?;
    Ok(ledger)
}
