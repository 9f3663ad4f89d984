//! Tables of ranges of days: read on demand, then cached.
//!
//! A range that was read once is kept longer than it is fresh: when the database can't be asked,
//! its last table is still there, marked as stale.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use compute_core::calendar::Day;
use compute_core::table::SourceError;
use jiff::Timestamp;
use moka::future::Cache;

use crate::database::unreadable::{Unreadable, unreadable};
use crate::database::{Database, DatabaseFailure};
use crate::route_cache::{CacheStatus, RouteCache, RouteKey};
use crate::snapshot::SourceRead;
use crate::source::{self, WholeTable};

/// How long the last table of a range is kept for the time when the database can't be asked.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Memory for the tables of one kind.
const KEPT_BYTES: u64 = 256 * 1024 * 1024;
/// Length of the moment before the table, in ms since 1970.
const MOMENT_BYTES: usize = size_of::<i64>();

/// Days, from the first to the last.
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

    /// The range in keys of caches.
    pub fn key(self) -> String {
        format!("{}/{}", self.first, self.last)
    }

    /// Its days, ascending.
    pub fn days(self) -> impl DoubleEndedIterator<Item = Day> {
        let mut days = Vec::new();
        let mut day = self.first;
        while day.days_until(self.last) >= 0 {
            days.push(day);
            day = day.next();
        }
        days.into_iter()
    }
}

/// Why there is no table.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RangeFailure {
    /// The database is unavailable.
    #[error(transparent)]
    Database(Arc<DatabaseFailure>),
    /// The result is no valid table.
    #[error(transparent)]
    Source(SourceError),
    /// Too many of the days are still to be rolled up.
    #[error("{missing} of {days} days are not rolled up yet")]
    Pending {
        missing: usize,
        days: usize,
        /// First day of the newest part that is answered at once.
        answered_from: Option<Day>,
    },
    /// The program broke off.
    #[error("the table could not be made: {0}")]
    Defect(Arc<str>),
}

impl RangeFailure {
    /// A defect of the program.
    pub fn defect(cause: impl ToString) -> Self {
        Self::Defect(cause.to_string().into())
    }

    /// Which table or column is not there, where that is why a read failed.
    pub fn absent(&self) -> Option<&Unreadable> {
        match self {
            Self::Database(cause) => match &**cause {
                DatabaseFailure::QueryError { cause, .. } => unreadable(cause),
                _ => None,
            },
            Self::Source(_) | Self::Pending { .. } | Self::Defect(_) => None,
        }
    }

    /// Whether the same question may be answered later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(failure) => !matches!(**failure, DatabaseFailure::QueryError { .. }),
            Self::Pending { .. } => true,
            Self::Source(_) | Self::Defect(_) => false,
        }
    }
}

/// The table of a range.
#[derive(Clone, Debug)]
pub struct RangeRead {
    /// An Arrow IPC stream.
    pub bytes: Bytes,
    /// When its rows were read in the database.
    pub read_at: Timestamp,
    /// The database could not be asked since.
    pub is_stale: bool,
    /// Cache status.
    pub status: CacheStatus,
}

/// Reads a table of the source, or some days of it; `holder` names the read among the calls to the
/// database.
///
/// # Errors
/// The database can't be asked, or the table is not there.
pub async fn read_whole(
    database: &Database,
    holder: &'static str,
    query: WholeTable,
) -> Result<SourceRead, RangeFailure> {
    let asked =
        database.read(holder, |connection| source::read_whole(connection, query.clone())).await;
    asked.map_err(|cause| RangeFailure::Database(Arc::new(cause)))
}

/// The moment when a table was read, then the table, which may be in parts.
pub fn packed(read_at: Timestamp, table: &[&[u8]]) -> Bytes {
    let mut bytes = read_at.as_millisecond().to_le_bytes().to_vec();
    bytes.reserve_exact(table.iter().map(|part| part.len()).sum());
    table.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes.into()
}

impl RangeRead {
    /// A packed table; `None` when the bytes are none.
    pub fn unpacked(mut packed: Bytes, is_stale: bool, status: CacheStatus) -> Option<Self> {
        let table = packed.split_off(packed.len().min(MOMENT_BYTES));
        let moment = packed.as_ref().try_into().ok()?;
        let read_at = Timestamp::from_millisecond(i64::from_le_bytes(moment)).ok()?;
        Some(Self { bytes: table, read_at, is_stale, status })
    }
}

/// Tables of one kind, read through the route cache.
#[derive(Debug)]
pub struct RangeCache {
    cache: Arc<RouteCache>,
    /// By range, as packed.
    last_good: Cache<String, Bytes>,
}

impl RangeCache {
    /// Nothing has been read yet.
    pub fn new(cache: Arc<RouteCache>) -> Self {
        let weight = |_: &String, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let last_good = Cache::builder()
            .max_capacity(KEPT_BYTES)
            .weigher(weight)
            .time_to_live(KEPT_FOR)
            .build();
        Self { cache, last_good }
    }

    /// The table of a range, from the cache while it is fresh (`ROUTE_CACHE_TTL`), else from `read`,
    /// which packs it ([`packed`]), else as it last was.
    ///
    /// # Errors
    /// The database is unavailable and the range was not read before, or the result is no valid table.
    pub async fn get<F>(
        &self,
        key: RouteKey,
        range: DayRange,
        read: impl FnOnce() -> F,
    ) -> Result<RangeRead, RangeFailure>
    where
        F: Future<Output = Result<Bytes, RangeFailure>>,
    {
        let asked = self.cache.get_or_load(key, self.cache.keep(), read).await;
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
        RangeRead::unpacked(packed, is_stale, status)
            .ok_or_else(|| RangeFailure::defect("the cache holds something else"))
    }
}
