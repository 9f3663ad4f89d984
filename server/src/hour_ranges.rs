//! Hours of the machines over ranges of days: out of the roll-up, else read on demand, then cached.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use compute_core::history::{Day, DaysOf, HistoryTable};
use compute_core::quality::{Ledger, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::table::DecodeError;
use jiff::Timestamp;

use crate::database::Database;
use crate::day_ranges::{DayRange, RangeCache, RangeFailure, RangeRead, packed};
use crate::history_rollup::{Cover, DayHours, HistoryRollup, of_undated};
use crate::reading::{self, Reading};
use crate::route_cache::{CacheStatus, RouteCache, RouteKey};
use crate::table_query::{self, DaysRead, HoursQuery};

/// Length of what is before the table: days from files, days from the database.
const HEAD_BYTES: usize = 2 * size_of::<u32>();
/// Spans of days that are read one by one; more are read as one, with the days in between.
const MOST_SPANS: usize = 3;
/// Days that are not rolled up yet are read for a question while that takes this part of the timeout.
const BUDGET_OF_TIMEOUT: u32 = 8;

/// Where the days of an answer come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MadeOf {
    /// Days out of the roll-up.
    pub rolled_up: u32,
    /// Days that were read from the database for it.
    pub read: u32,
}

/// The hours of a range.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The table, and how it was read.
    pub read: RangeRead,
    /// What they were made of.
    pub made_of: MadeOf,
}

impl Hours {
    /// What they are made of, then the table.
    fn of(mut read: RangeRead) -> Option<Self> {
        let table = read.bytes.split_off(read.bytes.len().min(HEAD_BYTES));
        let (rolled_up, days) = read.bytes.split_first_chunk()?;
        let (days, _) = days.split_first_chunk()?;
        let made_of =
            MadeOf { rolled_up: u32::from_le_bytes(*rolled_up), read: u32::from_le_bytes(*days) };
        Some(Self { read: RangeRead { bytes: table, ..read }, made_of })
    }

    /// The table.
    ///
    /// # Errors
    /// The bytes are none, which would be a defect: the cache checks what it gives back.
    pub fn table(&self) -> Result<HistoryTable, DecodeError> {
        HistoryTable::from_ipc(&self.read.bytes)
    }
}

/// Ranges of hours, read through the route cache.
#[derive(Debug)]
pub struct HourRanges {
    database: Arc<Database>,
    rules: Arc<SiteRules>,
    /// Name of the table of hours.
    table: String,
    cache: RangeCache,
    reading: Reading,
    /// The roll-up; `None` where every range is read from the database.
    rollup: Option<Arc<HistoryRollup>>,
    /// What the newest read left out, could not read or found suspect.
    newest: Mutex<Option<Arc<RangeReading>>>,
}

/// What one read of a range counted.
#[derive(Debug)]
pub struct RangeReading {
    pub range: DayRange,
    /// When it was read.
    pub read_at: Timestamp,
    /// Machines with hours, and their days.
    machines: Vec<(Box<str>, u64)>,
    ledger: Ledger,
}

impl RangeReading {
    /// The counts, with the days of machines that the equipment master doesn't have.
    pub fn ledger(&self, is_known: impl Fn(&str) -> bool) -> Ledger {
        let mut ledger = self.ledger.clone();
        for (machine, days) in self.machines.iter().filter(|(machine, _)| !is_known(machine)) {
            ledger.note_many(Reason::UnknownMachine, "HISTORYID", *days, Some(machine), None);
        }
        ledger
    }
}

impl HourRanges {
    /// No range has been read yet.
    pub fn new(
        database: Arc<Database>,
        rules: Arc<SiteRules>,
        table: String,
        cache: Arc<RouteCache>,
        reading: Reading,
    ) -> Self {
        let (cache, rollup, newest) = (RangeCache::new(cache), None, Mutex::default());
        Self { database, rules, table, cache, reading, rollup, newest }
    }

    /// Reads the days that a roll-up has from it.
    #[must_use]
    pub fn with_rollup(mut self, rollup: Option<Arc<HistoryRollup>>) -> Self {
        self.rollup = rollup;
        self
    }

    /// The roll-up.
    pub fn rollup(&self) -> Option<&Arc<HistoryRollup>> {
        self.rollup.as_ref()
    }

    /// Name of the table of hours.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What the newest read of a range counted; `None` before the first.
    pub fn newest(&self) -> Option<Arc<RangeReading>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The hours of a range, from the cache while they are fresh (`ROUTE_CACHE_TTL`), else from the
    /// database, else as they last were.
    ///
    /// # Errors
    /// The database is unavailable and the range was not read before, or the result has no valid
    /// hours.
    pub async fn hours(&self, range: DayRange) -> Result<Hours, RangeFailure> {
        // Its number grows with the format of the table, which other servers may have kept.
        let key = RouteKey::new("history 3", &[&self.table], &range.key());
        // On the heap: it holds the way through the files and through the database.
        let read = match self.cache.get(key, range, || Box::pin(self.read(range))).await {
            // Nothing is kept of files as good: they may have changed since.
            Err(failure) if failure.is_passing() => {
                Box::pin(self.of_files(range)).await.ok_or(failure)?
            }
            read => read?,
        };
        Hours::of(read).ok_or_else(|| RangeFailure::defect("the cache holds something else"))
    }

    fn query(&self, range: DayRange) -> HoursQuery {
        HoursQuery {
            table: self.table.clone(),
            first: range.first,
            end: range.last.next(),
            reading: self.reading.clone(),
        }
    }

    async fn read(&self, range: DayRange) -> Result<Bytes, RangeFailure> {
        let Some(rollup) = &self.rollup else { return self.read_rows(range).await };
        let files = rollup.clone();
        let cover = blocking(move || Ok(files.cover(range, false))).await?;
        let missing = cover.missing.len();
        let budget = self.database.call_timeout() / BUDGET_OF_TIMEOUT;
        if !rollup.reads_at_once(&cover, budget) {
            let days = missing + cover.days();
            let answered_from = rollup.answered_from(range, &cover, budget);
            return Err(RangeFailure::Pending { missing, days, answered_from });
        }
        if cover.days() == 0 {
            return self.read_rows(range).await;
        }
        let mut reads = Vec::new();
        for span in spans(&cover.missing) {
            let query = self.query(span);
            let asked = self
                .database
                .read("history", |connection| table_query::read_days(connection, query.clone()));
            reads.push(asked.await.map_err(|cause| RangeFailure::Database(Arc::new(cause)))?);
        }
        self.assemble(range, cover, reads).await
    }

    /// The hours as files have them, of any age; `None` where a day is in none.
    async fn of_files(&self, range: DayRange) -> Option<RangeRead> {
        let files = self.rollup.clone()?;
        let cover = blocking(move || Ok(files.cover(range, true))).await.ok()?;
        if !cover.missing.is_empty() {
            return None;
        }
        let packed = self.assemble(range, cover, Vec::new()).await.ok()?;
        RangeRead::unpacked(packed, true, CacheStatus::L1)
    }

    /// Puts days of files and days of the database together.
    async fn assemble(
        &self,
        range: DayRange,
        cover: Cover,
        reads: Vec<DaysRead>,
    ) -> Result<Bytes, RangeFailure> {
        let now = Timestamp::now();
        let read_at = cover.checked_at.map_or(now, |checked| checked.min(now));
        let rules = self.rules.clone();
        let (packed, reading) = blocking(move || {
            let mut ledger = cover.ledger.clone();
            let mut undated = cover.undated.clone();
            let mut read = Vec::new();
            for mut of_span in reads {
                for day in &cover.missing {
                    if let Some(found) = of_span.days.remove(day) {
                        let hours = DayHours::of(*day, Some(found), &rules);
                        let hours = hours.map_err(RangeFailure::Source)?;
                        reading::warn_of("history", &hours.ledger);
                        ledger.merge(&hours.ledger);
                        read.push((*day, hours.table));
                    }
                }
                undated = of_undated(of_span.undated, range.first, &rules)
                    .map_err(RangeFailure::Source)?;
            }
            ledger.merge(&undated);
            let of_days = read.iter().map(|(day, table)| DaysOf { table, days: vec![*day] });
            let parts: Vec<DaysOf<'_>> = cover.parts().chain(of_days).collect();
            let table = HistoryTable::assembled(range.first, range.last, &parts);
            let made_of =
                MadeOf { rolled_up: cover.days() as u32, read: cover.missing.len() as u32 };
            Ok(finished(range, read_at, made_of, &table, ledger))
        })
        .await?;
        self.note(reading);
        Ok(packed)
    }

    /// Reads all days of a range from the database.
    async fn read_rows(&self, range: DayRange) -> Result<Bytes, RangeFailure> {
        let query = self.query(range);
        let asked = self
            .database
            .read("history", |connection| table_query::read_hours(connection, query.clone()));
        let read = asked.await.map_err(|cause| RangeFailure::Database(Arc::new(cause)))?;
        reading::warn_of("history", &read.ledger);
        let read_at = Timestamp::now();
        let rules = self.rules.clone();
        let (packed, reading) = blocking(move || {
            let mut found = read.ledger;
            let (first, last) = (range.first, range.last);
            let table = HistoryTable::from_source(&read.batch, first, last, &rules, &mut found)
                .map_err(RangeFailure::Source)?;
            let read = first.days_until(last).unsigned_abs() + 1;
            let made_of = MadeOf { rolled_up: 0, read };
            Ok(finished(range, read_at, made_of, &table, found))
        })
        .await?;
        self.note(reading);
        Ok(packed)
    }

    fn note(&self, reading: RangeReading) {
        let newest = &mut *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = Some(Arc::new(reading));
    }
}

fn finished(
    range: DayRange,
    read_at: Timestamp,
    made_of: MadeOf,
    table: &HistoryTable,
    ledger: Ledger,
) -> (Bytes, RangeReading) {
    let machines = table.machines().map(|(machine, days)| (machine.into(), days as u64));
    let machines = machines.collect();
    let days = [made_of.rolled_up.to_le_bytes(), made_of.read.to_le_bytes()];
    let packed = packed(read_at, &[days.as_flattened(), &table.to_ipc()]);
    (packed, RangeReading { range, read_at, machines, ledger })
}

/// Runs work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RangeFailure> + Send + 'static,
) -> Result<T, RangeFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|cause| Err(RangeFailure::defect(cause)))
}

/// Runs of days that follow each other; one from the first to the last where there are many.
fn spans(days: &[Day]) -> Vec<DayRange> {
    let runs = days.chunk_by(|day, later| day.next() == *later);
    let of = |days: &[Day]| Some(DayRange { first: *days.first()?, last: *days.last()? });
    let spans: Vec<DayRange> = runs.filter_map(of).collect();
    if spans.len() > MOST_SPANS { of(days).into_iter().collect() } else { spans }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_days_are_read_in_few_statements() {
        let day = |text| Day::parse(text).unwrap();
        let days = |texts: &[&'static str]| texts.iter().map(|text| day(text)).collect::<Vec<_>>();
        let range = |first, last| DayRange { first: day(first), last: day(last) };
        assert_eq!(spans(&[]), []);
        assert_eq!(
            spans(&days(&["2026-10-31", "2026-11-01", "2026-11-05"])),
            [range("2026-10-31", "2026-11-01"), range("2026-11-05", "2026-11-05")]
        );
        let apart = ["2026-11-01", "2026-11-03", "2026-11-05", "2026-11-07"];
        assert_eq!(spans(&days(&apart)), [range("2026-11-01", "2026-11-07")]);
    }
}
