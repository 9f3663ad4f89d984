//! The second level: Redis. Whatever goes wrong with it is a miss, never a failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::key::RouteKey;
use super::stored;
use crate::redis::{Redis, RedisFailure};

/// Pending writes to Redis; further ones are dropped.
const MOST_WRITES: usize = 8;
/// From here on (de)compression leaves the async threads.
const ASIDE_FROM_BYTES: usize = 64 * 1024;

/// Redis as the second level.
#[derive(Debug)]
pub(super) struct SharedLevel {
    redis: Arc<Redis>,
    /// Prefix of the keys.
    scope: String,
    most_bytes: usize,
    free_writes: Arc<Semaphore>,
    writes: TaskTracker,
    troubles: Arc<Troubles>,
}

/// What went wrong since the start.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Calls to Redis that timed out or were rejected.
    pub failures: AtomicU64,
    /// Values that were torn or not ours.
    pub refused_values: AtomicU64,
}

impl Troubles {
    fn note(&self, failure: &RedisFailure) {
        // A call that was not made is no news: the one before it was.
        if failure.was_asked() {
            self.failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%failure, "the shared cache failed; going on without it");
        }
    }
}

impl SharedLevel {
    /// Entries of servers with another `plant` are not used.
    pub fn new(redis: Arc<Redis>, plant: &str, most_bytes: usize) -> Self {
        let scope = format!("route:{:016x}:", xxhash_rust::xxh3::xxh3_64(plant.as_bytes()));
        let writes = TaskTracker::new();
        // It takes tasks all the same, and can then be waited for at any time.
        writes.close();
        let free_writes = Arc::new(Semaphore::new(MOST_WRITES));
        Self { redis, scope, most_bytes, free_writes, writes, troubles: Arc::default() }
    }

    pub fn redis(&self) -> &Arc<Redis> {
        &self.redis
    }

    pub fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// The result and its remaining time, if Redis has it intact and responds in time.
    pub async fn get(&self, key: &RouteKey) -> Option<(Bytes, Option<Duration>)> {
        let (value, left) = match self.redis.get(&self.name(key)).await {
            Ok(found) => found?,
            Err(failure) => {
                self.troubles.note(&failure);
                return None;
            }
        };
        let (name, key, most_bytes) = (self.name(key), *key, self.most_bytes);
        let decoded = if value.len() < ASIDE_FROM_BYTES {
            stored::decode(&key, value, most_bytes)
        } else {
            let decoding =
                tokio::task::spawn_blocking(move || stored::decode(&key, value, most_bytes));
            decoding.await.ok()?
        };
        match decoded {
            Ok(bytes) => Some((bytes, left)),
            Err(refusal) => {
                self.troubles.refused_values.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(name, %refusal, "a value in Redis was refused");
                None
            }
        }
    }

    /// Writes a result in the background.
    pub fn put_aside(&self, key: RouteKey, bytes: Bytes, keep: Duration) {
        if bytes.len() > self.most_bytes {
            return;
        }
        // Redis is slower than the results arrive: this one is dropped to save memory.
        let Ok(turn) = self.free_writes.clone().try_acquire_owned() else { return };
        let (redis, troubles) = (self.redis.clone(), self.troubles.clone());
        let name = self.name(&key);
        self.writes.spawn(async move {
            let _turn = turn;
            let encoding = tokio::task::spawn_blocking(move || stored::encode(&key, &bytes));
            let Ok(value) = encoding.await else { return };
            if let Err(failure) = redis.set(&name, &value, keep).await {
                troubles.note(&failure);
            }
        });
    }

    /// The key of an entry in Redis, below the configured prefix.
    fn name(&self, key: &RouteKey) -> String {
        format!("{}{}", self.scope, key.hex())
    }

    /// Waits until nothing is being written.
    pub async fn settle(&self) {
        self.writes.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::{BreakerLimits, BreakerPolicy};
    use crate::redis::RedisLimits;

    const SECOND: Duration = Duration::from_secs(1);

    fn level(most_bytes: usize) -> SharedLevel {
        let limits = RedisLimits { connect_timeout: SECOND, command_timeout: SECOND };
        let policy = BreakerPolicy::new(BreakerLimits {
            enabled: true,
            window_size: 1,
            failure_threshold: 1,
            failure_ratio: 1.0,
            slow_call_ratio: 1.0,
            slow_call: SECOND,
            recovery: SECOND,
            probes: 1,
            half_open_limit: SECOND,
        });
        // Never connected.
        let redis = Redis::new(
            "redis://127.0.0.1:1",
            &Default::default(),
            "test:",
            limits,
            policy.unwrap(),
        );
        SharedLevel::new(redis.unwrap(), "plant", most_bytes)
    }

    #[tokio::test]
    async fn what_waits_to_be_written_is_bounded() {
        let level = level(100);
        let key = RouteKey::new("test", &[], "a");
        let put = |bytes| level.put_aside(key, Bytes::from(vec![7; bytes]), SECOND);
        // Nothing can end before this test waits: its runtime has one thread.
        put(101);
        assert_eq!(level.writes.len(), 0);
        for _ in 0..3 * MOST_WRITES {
            put(100);
        }
        assert_eq!(level.writes.len(), MOST_WRITES);
        level.settle().await;
        put(100);
        assert_eq!(level.writes.len(), 1);
    }

    #[tokio::test]
    async fn without_a_connection_everything_is_a_miss_and_nothing_is_a_failure() {
        let level = level(100);
        let key = RouteKey::new("test", &[], "a");
        level.put_aside(key, Bytes::from("answer"), SECOND);
        level.settle().await;
        assert_eq!(level.get(&key).await, None);
        assert_eq!(level.troubles.failures.load(Ordering::Relaxed), 0);
    }
}
