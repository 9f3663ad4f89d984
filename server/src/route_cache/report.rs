//! The cache's part of `/health` and `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use utoipa::ToSchema;

use super::{CacheStatus, RouteCache};
use crate::breaker::State;
use crate::degraded_reason::DegradedReason;
use crate::redis::Reach;

/// Results since the start, by cache status.
#[derive(Debug, Default)]
pub(super) struct Counts {
    l1: AtomicU64,
    l2: AtomicU64,
    misses: AtomicU64,
    failures: AtomicU64,
}

impl Counts {
    pub fn answered(&self, status: CacheStatus) {
        let count = match status {
            CacheStatus::L1 => &self.l1,
            CacheStatus::L2 => &self.l2,
            CacheStatus::Miss => &self.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }
}

/// Levels in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheMode {
    /// Memory only: no Redis is configured.
    L1Only,
    /// Memory, and the Redis that servers share.
    #[serde(rename = "l1_l2")]
    L1L2,
}

/// Use of one level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct RouteCacheLevel {
    /// Hits.
    pub hits: u64,
    /// Misses, which went to the next level or to the database.
    pub misses: u64,
    /// `hits` by both, 0 to 1; 0 before the first question.
    pub hit_rate: f64,
}

impl RouteCacheLevel {
    fn new(hits: u64, misses: u64) -> Self {
        let asked = hits + misses;
        let hit_rate = if asked == 0 { 0.0 } else { hits as f64 / asked as f64 };
        Self { hits, misses, hit_rate }
    }
}

/// The route cache.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RouteCacheHealth {
    /// Levels in use.
    pub mode: CacheMode,
    /// Redis is configured and can't be used now.
    pub degraded: bool,
    /// Memory of this process. An equal question that was being asked already counts as a hit.
    pub l1: RouteCacheLevel,
    /// Redis; null without one.
    pub l2: Option<RouteCacheLevel>,
    /// Failed queries, which are not cached.
    pub load_failures: u64,
    /// Entries in memory.
    pub entries: u64,
    /// Their bytes, with the bookkeeping.
    pub bytes: u64,
    /// Bytes at most.
    pub max_bytes: u64,
    /// Calls to Redis that timed out or were rejected.
    pub l2_failures: u64,
    /// Values in Redis that were torn or not ours.
    pub l2_refused_values: u64,
}

impl RouteCache {
    /// State of the cache, without a call to Redis.
    pub fn health(&self) -> RouteCacheHealth {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (l1, l2, misses) = (read(&counts.l1), read(&counts.l2), read(&counts.misses));
        let troubles = self.l2.as_ref().map(|level| level.troubles());
        RouteCacheHealth {
            mode: if self.l2.is_some() { CacheMode::L1L2 } else { CacheMode::L1Only },
            degraded: self.degraded_reason().is_some(),
            l1: RouteCacheLevel::new(l1, l2 + misses),
            l2: troubles.map(|_| RouteCacheLevel::new(l2, misses)),
            load_failures: read(&counts.failures),
            entries: self.l1.entry_count(),
            bytes: self.l1.weighted_size(),
            max_bytes: self.limits.l1_bytes,
            l2_failures: troubles.map_or(0, |troubles| read(&troubles.failures)),
            l2_refused_values: troubles.map_or(0, |troubles| read(&troubles.refused_values)),
        }
    }

    /// `RedisUnavailable` when the last probe found no Redis, `RouteCacheDegraded` when it did but
    /// calls fail all the same; nothing where no Redis is configured.
    pub fn degraded_reason(&self) -> Option<DegradedReason> {
        let redis = self.redis()?;
        match redis.reach() {
            Reach::Unreachable => Some(DegradedReason::RedisUnavailable),
            _ if redis.breaker_state() != State::Closed => Some(DegradedReason::RouteCacheDegraded),
            Reach::Unknown | Reach::Reachable => None,
        }
    }
}
