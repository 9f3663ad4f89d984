//! Results of database queries or expensive work, cached in encoded form.
//!
//! The first level is this process's memory, the second a Redis that several servers share. A key
//! names everything that an answer depends on, so that nothing has to be thrown away: a new version
//! of the data has new keys. Equal questions that come at the same time are asked once.

mod key;
mod report;
mod stored;
mod shared;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use moka::Expiry;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::redis::Redis;
pub use key::RouteKey;
use report::Counts;
pub use report::{CacheMode, RouteCacheHealth, RouteCacheLevel};
use shared::SharedLevel;

/// Memory of an entry besides its bytes: key, bookkeeping.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// Interval at which expired entries are removed; figures are up to that old.
const TIDY_EVERY: Duration = Duration::from_secs(1);

/// Cache status of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// This process's memory, or an equal question that was being asked already.
    L1,
    /// The shared Redis.
    L2,
    /// It was made for this request.
    Miss,
}

impl CacheStatus {
    /// As headers, logs and metrics write it: `l1`, `l2`, `miss`.
    pub fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::Miss => "miss",
        }
    }
}

/// What the cache may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteCacheLimits {
    /// Memory of the first level.
    pub l1_bytes: u64,
    /// Largest entry of the second level.
    pub l2_value_bytes: usize,
    /// default time to live.
    pub keep: Duration,
}

/// A result and its time to live.
#[derive(Clone)]
struct Entry {
    bytes: Bytes,
    keep: Duration,
}

/// Each entry ends in its own time.
struct Ends;

impl Expiry<RouteKey, Entry> for Ends {
    fn expire_after_create(&self, _: &RouteKey, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.keep)
    }

    fn expire_after_update(
        &self,
        _: &RouteKey,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.keep)
    }
}

/// The route cache.
#[derive(Debug)]
pub struct RouteCache {
    l1: Cache<RouteKey, Entry>,
    l2: Option<SharedLevel>,
    limits: RouteCacheLimits,
    counts: Counts,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} bytes for {:?}", self.bytes.len(), self.keep)
    }
}

impl RouteCache {
    /// An empty cache without a second level.
    pub fn new(limits: RouteCacheLimits) -> Self {
        let weight = |_: &RouteKey, entry: &Entry| {
            u32::try_from(entry.bytes.len().saturating_add(ENTRY_OVERHEAD_BYTES))
                .unwrap_or(u32::MAX)
        };
        // What was asked last is asked next (paging, drilling down), however rarely before.
        let l1 = Cache::builder()
            .max_capacity(limits.l1_bytes)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Ends)
            .build();
        Self { l1, l2: None, limits, counts: Counts::default() }
    }

    /// Shares entries through `redis` with the servers of the same `plant`: everything besides the
    /// program and the query that affects a result, such as the address of the database.
    pub fn shared_through(self, redis: Arc<Redis>, plant: &str) -> Self {
        let l2 = SharedLevel::new(redis, plant, self.limits.l2_value_bytes);
        Self { l2: Some(l2), ..self }
    }

    /// `ROUTE_CACHE_TTL`: how long an answer is kept when its endpoint has no opinion.
    pub fn keep(&self) -> Duration {
        self.limits.keep
    }

    /// The entry of `key`, made by `load` on a miss, and then kept for `keep`.
    ///
    /// Of equal concurrent queries one runs, and all get its result. When its caller goes away, the
    /// next one in the queue runs it. A result is kept no longer than `keep` in both levels
    /// together, and failures are not kept. Redis can delay a query by `REDIS_COMMAND_TIMEOUT_MS`,
    /// but can't make it fail; it is written in the background.
    ///
    /// # Errors
    /// What `load` reports, to every caller that waited for it.
    pub async fn get_or_load<E, F>(
        &self,
        key: RouteKey,
        keep: Duration,
        load: impl FnOnce() -> F,
    ) -> Result<(Bytes, CacheStatus), E>
    where
        E: Clone + Send + Sync + 'static,
        F: Future<Output = Result<Bytes, E>>,
    {
        let (asked, found) = (AtomicBool::new(false), AtomicBool::new(false));
        let asking = async {
            asked.store(true, Ordering::Relaxed);
            if let Some(l2) = &self.l2
                && let Some((bytes, left)) = l2.get(&key).await
            {
                found.store(true, Ordering::Relaxed);
                return Ok(Entry { bytes, keep: left.map_or(keep, |left| left.min(keep)) });
            }
            let bytes = load().await?;
            if let Some(l2) = &self.l2 {
                l2.put_aside(key, bytes.clone(), keep);
            }
            Ok(Entry { bytes, keep })
        };
        let answered = self.l1.try_get_with(key, asking).await;
        let status = match (asked.into_inner(), found.into_inner()) {
            (false, _) => CacheStatus::L1,
            (true, true) => CacheStatus::L2,
            (true, false) => CacheStatus::Miss,
        };
        match answered {
            Ok(entry) => {
                self.counts.answered(status);
                Ok((entry.bytes, status))
            }
            Err(error) => {
                self.counts.failed();
                Err(Arc::unwrap_or_clone(error))
            }
        }
    }

    /// Removes expired entries, and probes Redis, until `stop`.
    pub async fn look_after(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(TIDY_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let tidying = async {
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                self.l1.run_pending_tasks().await;
            }
        };
        let watching = async {
            if let Some(redis) = self.redis() {
                redis.watch(stop).await;
            }
        };
        tokio::join!(tidying, watching);
    }

    /// Waits until nothing is being written to Redis and the figures of [`Self::health`] are exact.
    pub async fn settle(&self) {
        if let Some(l2) = &self.l2 {
            l2.settle().await;
        }
        self.l1.run_pending_tasks().await;
    }

    /// Clears the memory level. Redis is unchanged.
    pub async fn forget_all(&self) {
        self.l1.invalidate_all();
        self.l1.run_pending_tasks().await;
    }

    /// The Redis behind the second level.
    pub fn redis(&self) -> Option<&Arc<Redis>> {
        self.l2.as_ref().map(SharedLevel::redis)
    }
}
