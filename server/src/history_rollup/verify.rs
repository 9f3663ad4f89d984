//! Compares the files with the rows of the database, day by day.

use std::sync::Arc;

use compute_core::history::{Day, DaysOf, HistoryTable};

use super::days::DayHours;
use super::keeper::{HistoryRollup, StepFailure};
use super::month::Month;
use crate::day_ranges::DayRange;
use crate::table_query;

/// What the comparison of a day found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The file has the sums of the rows.
    Same,
    /// Rows changed since the day was read; the keeper notices, and reads it again.
    Changed,
    /// The sums differ although no row changed.
    Wrong,
}

/// A day that was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedDay {
    pub day: Day,
    pub verdict: Verdict,
    /// Rows that the database has.
    pub rows: u64,
    /// Machines that have hours.
    pub machines: usize,
}

impl HistoryRollup {
    /// Compares every rolled-up day, newest month first.
    ///
    /// # Errors
    /// The database can't be asked, or a file can't be read.
    pub async fn verify(
        self: &Arc<Self>,
        mut tell: impl FnMut(VerifiedDay),
    ) -> Result<(), StepFailure> {
        let months = self.blocking(|rollup| Ok(rollup.store.months()?)).await?;
        for month in months.into_iter().rev() {
            for day in self.verify_month(month).await? {
                tell(day);
            }
        }
        Ok(())
    }

    async fn verify_month(self: &Arc<Self>, month: Month) -> Result<Vec<VerifiedDay>, StepFailure> {
        let generation = self.blocking(|rollup| Ok(rollup.store.generation()?)).await?;
        let loaded = self.blocking(move |rollup| Ok(rollup.store.load(month)?)).await?;
        let Some(file) = loaded else { return Ok(Vec::new()) };
        let query = self.query(DayRange { first: month.first(), last: month.last() });
        let mut read = self
            .reader
            .read("history verify", |connection| table_query::read_days(connection, query.clone()))
            .await?;
        let compare = move |rollup: &Self| {
            let mut verified = Vec::new();
            let current = |generation_of: u64| generation_of >= generation;
            let records = file.records.days.iter().rev();
            for (&day, record) in records.filter(|(_, record)| current(record.generation)) {
                let found = DayHours::of(day, read.days.remove(&day), &rollup.setup.rules)
                    .map_err(|cause| StepFailure::Source(cause.to_string()))?;
                let kept = [DaysOf { table: &file.table, days: vec![day] }];
                let is_same = HistoryTable::assembled(day, day, &kept) == found.table;
                let verdict = match (is_same, record.is_of(found.fingerprint)) {
                    (true, true) => Verdict::Same,
                    (false, true) => Verdict::Wrong,
                    (_, false) => Verdict::Changed,
                };
                let (rows, machines) = (found.ledger.rows_read, found.table.machines().count());
                verified.push(VerifiedDay { day, verdict, rows, machines });
            }
            Ok(verified)
        };
        self.blocking(compare).await
    }
}
