//! Hours of the machines over ranges of days: read on demand, then cached.
//!
//! A range that was read once is kept longer than it is fresh: when the database can't be asked,
//! its last hours are still there, marked as stale.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use compute_core::history::{Day, HistoryTable};
use compute_core::quality::{Ledger, Reason};
use compute_core::site_rules::SiteRules;
use compute_core::table::{DecodeError, SourceError};
use jiff::Timestamp;
use moka::future::Cache;

use crate::database::{Database, DatabaseFailure};
use crate::reading::{self, Reading};
use crate::route_cache::{CacheStatus, RouteCache, RouteKey};
use crate::table_query::{self, HoursQuery};

/// How long the last hours of a range are kept for the time when the database can't be asked.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Memory for them.
const KEPT_BYTES: u64 = 256 * 1024 * 1024;
/// Length of the moment before the table, in ms since 1970.
const MOMENT_BYTES: usize = size_of::<i64>();

/// Days of one query, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
}

impl DayRange {
    /// The `days` days before `today`, without it.
    pub fn before(today: Day, days: u16) -> Self {
        Self { first: today.days_before(days), last: today.days_before(1) }
    }

    fn key(self) -> String {
        format!("{}/{}", self.first, self.last)
    }
}

/// Why there are no hours.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HoursFailure {
    /// The database is unavailable.
    #[error(transparent)]
    Database(Arc<DatabaseFailure>),
    /// The result has no valid hours.
    #[error(transparent)]
    Source(SourceError),
    /// The program broke off.
    #[error("the hours could not be added up: {0}")]
    Defect(Arc<str>),
}

impl HoursFailure {
    /// Whether the database is to blame and may be well again later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Database(failure) => !matches!(**failure, DatabaseFailure::QueryError { .. }),
            Self::Source(_) | Self::Defect(_) => false,
        }
    }
}

/// The hours of a range.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The table as an Arrow IPC stream.
    pub bytes: Bytes,
    /// When they were read in the database.
    pub read_at: Timestamp,
    /// The database could not be asked since.
    pub is_stale: bool,
    /// Cache status.
    pub status: CacheStatus,
}

impl Hours {
    /// The moment when they were read, then the table.
    fn packed(read_at: Timestamp, table: &[u8]) -> Bytes {
        let mut bytes = Vec::with_capacity(MOMENT_BYTES + table.len());
        bytes.extend_from_slice(&read_at.as_millisecond().to_le_bytes());
        bytes.extend_from_slice(table);
        bytes.into()
    }

    fn unpacked(mut packed: Bytes, is_stale: bool, status: CacheStatus) -> Option<Self> {
        let table = packed.split_off(packed.len().min(MOMENT_BYTES));
        let moment: [u8; MOMENT_BYTES] = packed.as_ref().try_into().ok()?;
        let read_at = Timestamp::from_millisecond(i64::from_le_bytes(moment)).ok()?;
        Some(Self { bytes: table, read_at, is_stale, status })
    }

    /// The table.
    ///
    /// # Errors
    /// The bytes are none, which would be a defect: the cache checks what it gives back.
    pub fn table(&self) -> Result<HistoryTable, DecodeError> {
        HistoryTable::from_ipc(&self.bytes)
    }
}

/// Ranges of hours, read through the route cache.
#[derive(Debug)]
pub struct HourRanges {
    database: Arc<Database>,
    rules: Arc<SiteRules>,
    /// Name of the table of hours.
    table: String,
    cache: Arc<RouteCache>,
    reading: Reading,
    /// By range, as packed.
    last_good: Cache<String, Bytes>,
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
        let weight = |_: &String, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let last_good = Cache::builder()
            .max_capacity(KEPT_BYTES)
            .weigher(weight)
            .time_to_live(KEPT_FOR)
            .build();
        Self { database, rules, table, cache, reading, last_good, newest: Mutex::default() }
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
    pub async fn hours(&self, range: DayRange) -> Result<Hours, HoursFailure> {
        // Its number grows with the format of the table, which other servers may have kept.
        let key = RouteKey::new("history 2", &[&self.table], &range.key());
        let asked = self.cache.get_or_load(key, self.cache.keep(), || self.read(range)).await;
        let (packed, is_stale, status) = match asked {
            Ok((packed, status)) => {
                self.last_good.insert(range.key(), packed.clone()).await;
                (packed, false, status)
            }
            Err(failure) if failure.is_passing() => match self.last_good.get(&range.key()).await {
                Some(packed) => (packed, true, CacheStatus::L1),
                None => return Err(failure),
            },
            Err(failure) => return Err(failure),
        };
        Hours::unpacked(packed, is_stale, status)
            .ok_or_else(|| HoursFailure::Defect("the cache holds something else".into()))
    }

    async fn read(&self, range: DayRange) -> Result<Bytes, HoursFailure> {
        let query = HoursQuery {
            table: self.table.clone(),
            first: range.first,
            end: range.last.next(),
            reading: self.reading.clone(),
        };
        let asked = self
            .database
            .read("history", |connection| table_query::read_hours(connection, query.clone()));
        let read = asked.await.map_err(|cause| HoursFailure::Database(Arc::new(cause)))?;
        for warning in reading::warnings(&read.ledger) {
            tracing::warn!(dataset = "history", warning, "cells read as missing");
        }
        let read_at = Timestamp::now();
        let rules = self.rules.clone();
        let added = tokio::task::spawn_blocking(move || {
            let mut found = read.ledger;
            let (first, last) = (range.first, range.last);
            let table = HistoryTable::from_source(&read.batch, first, last, &rules, &mut found)?;
            let machines = table.machines().map(|(machine, days)| (machine.into(), days as u64));
            let machines = machines.collect();
            let packed = Hours::packed(read_at, &table.to_ipc());
            Ok((packed, RangeReading { range, read_at, machines, ledger: found }))
        });
        match added.await {
            Ok(Ok((packed, reading))) => {
                let newest = &mut *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
                *newest = Some(Arc::new(reading));
                Ok(packed)
            }
            Ok(Err(failure)) => Err(HoursFailure::Source(failure)),
            Err(cause) => Err(HoursFailure::Defect(cause.to_string().into())),
        }
    }
}
