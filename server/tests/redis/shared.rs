//! What goes into Redis and comes out of it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use mes_dashboard::breaker::{BreakerLimits, BreakerPolicy};
use mes_dashboard::redis::{Reach, Redis, RedisLimits, RedisTrust};
use mes_dashboard::route_cache::{CacheStatus, RouteCache, RouteCacheLimits, RouteKey};
use redis::AsyncCommands;

use crate::server::Server;

pub const KEEP: Duration = Duration::from_secs(60);
/// Largest answer that goes to Redis.
pub const MOST_BYTES: usize = 1 << 20;

/// The way to a Redis, not opened yet. The breaker opens with the third failure, for two seconds.
pub fn redis(url: &str) -> Arc<Redis> {
    redis_trusting(url, &RedisTrust::default())
}

/// The same, with certificates and passwords besides the address.
pub fn redis_trusting(url: &str, trust: &RedisTrust) -> Arc<Redis> {
    let limits = RedisLimits {
        connect_timeout: Duration::from_millis(500),
        command_timeout: Duration::from_millis(200),
    };
    let policy = BreakerPolicy::new(BreakerLimits {
        enabled: true,
        window_size: 10,
        failure_threshold: 3,
        failure_ratio: 0.3,
        slow_call_ratio: 1.0,
        slow_call: Duration::from_secs(60),
        recovery: Duration::from_secs(2),
        probes: 3,
        half_open_limit: Duration::from_secs(5),
    });
    Redis::new(url, trust, "test:", limits, policy.unwrap()).unwrap()
}

/// The cache of one server process over the Redis.
pub async fn cache(server: &Server) -> RouteCache {
    cache_of(server, "plant").await
}

async fn cache_of(server: &Server, plant: &str) -> RouteCache {
    let redis = redis(&server.url());
    assert_eq!(redis.probe().await, Reach::Reachable);
    let limits = RouteCacheLimits { l1_bytes: 64 << 20, l2_value_bytes: MOST_BYTES, keep: KEEP };
    RouteCache::new(limits).shared_through(redis, plant)
}

pub fn key(question: &str) -> RouteKey {
    RouteKey::new("test", &["v1"], question)
}

/// Asks a question whose answer is made from `answer` where it is not cached.
pub async fn ask(cache: &RouteCache, question: &str, answer: &str) -> (Bytes, CacheStatus) {
    let load = async || Ok::<_, String>(Bytes::copy_from_slice(answer.as_bytes()));
    let asked = cache.get_or_load(key(question), KEEP, load).await.unwrap();
    cache.settle().await;
    asked
}

#[tokio::test]
async fn servers_share_their_answers() {
    let server = Server::start().await;
    let (here, there) = (cache(&server).await, cache(&server).await);
    assert_eq!(ask(&here, "a", "made here").await, ("made here".into(), CacheStatus::Miss));
    assert_eq!(ask(&there, "a", "made there").await, ("made here".into(), CacheStatus::L2));
    assert_eq!(ask(&there, "a", "made there").await, ("made here".into(), CacheStatus::L1));
    assert_eq!(ask(&there, "b", "made there").await, ("made there".into(), CacheStatus::Miss));
    // A server of another plant has nothing to do with it.
    let elsewhere = cache_of(&server, "other plant").await;
    assert_eq!(ask(&elsewhere, "a", "other").await, ("other".into(), CacheStatus::Miss));
    // Large enough to be packed and unpacked aside.
    let large: String = (0..100_000_u32).map(|number| number.to_string()).collect();
    assert_eq!(ask(&here, "large", &large).await.1, CacheStatus::Miss);
    assert_eq!(ask(&there, "large", "other").await, (large.into(), CacheStatus::L2));
    let health = there.health();
    let l2 = health.l2.unwrap();
    assert_eq!((health.l1.hits, l2.hits, l2.misses), (1, 2, 1));
    assert_eq!((health.degraded, health.l2_failures, health.l2_refused_values), (false, 0, 0));

    let mut raw = server.connect().await;
    let keys: Vec<String> = raw.keys("*").await.unwrap();
    assert!(keys.len() == 4 && keys.iter().all(|key| key.starts_with("test:route:")), "{keys:?}");
}

#[tokio::test]
async fn an_answer_ends_at_the_same_time_everywhere() {
    let server = Server::start().await;
    let (here, there) = (cache(&server).await, cache(&server).await);
    ask(&here, "a", "made here").await;
    let mut raw = server.connect().await;
    let keys: Vec<String> = raw.keys("*").await.unwrap();
    let left_ms: u64 = raw.pttl(&keys[0]).await.unwrap();
    assert!((1..=60_000).contains(&left_ms), "{left_ms}");
    // Redis is about to let go of it: nobody may keep it for another minute.
    let _: bool = raw.pexpire(&keys[0], 300).await.unwrap();
    let began = std::time::Instant::now();
    let (_, status) = ask(&there, "a", "made there").await;
    assert!(status == CacheStatus::L2 || began.elapsed() > Duration::from_millis(250));
    while ask(&there, "a", "made there").await.1 == CacheStatus::L1 {
        assert!(began.elapsed() < Duration::from_secs(30), "it outlived its time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn values_that_are_torn_or_not_ours_are_refused_and_replaced() {
    let server = Server::start().await;
    ask(&cache(&server).await, "a", "sound").await;
    let mut raw = server.connect().await;
    let keys: Vec<String> = raw.keys("*").await.unwrap();
    let sound: Vec<u8> = raw.get(&keys[0]).await.unwrap();
    let torn = sound[..sound.len() - 1].to_vec();
    let mut altered = sound.clone();
    *altered.last_mut().unwrap() ^= 1;
    for wrong in [torn, altered, b"{}".to_vec(), Vec::new()] {
        let _: () = raw.set(&keys[0], &wrong).await.unwrap();
        let cache = cache(&server).await;
        assert_eq!(ask(&cache, "a", "sound").await, ("sound".into(), CacheStatus::Miss));
        let health = cache.health();
        assert_eq!((health.l2_refused_values, health.degraded), (1, false));
        assert_eq!(raw.get::<_, Vec<u8>>(&keys[0]).await.unwrap(), sound);
    }
    // Not even a text.
    let _: () = raw.del(&keys[0]).await.unwrap();
    let _: () = raw.lpush(&keys[0], "entry").await.unwrap();
    let cache = cache(&server).await;
    assert_eq!(ask(&cache, "a", "sound").await.1, CacheStatus::Miss);
    assert_eq!(raw.get::<_, Vec<u8>>(&keys[0]).await.unwrap(), sound);
    assert_eq!(cache.degraded_reason(), None);
}

#[tokio::test]
async fn answers_that_are_too_large_stay_at_home() {
    let server = Server::start().await;
    let (here, there) = (cache(&server).await, cache(&server).await);
    let fitting = "x".repeat(MOST_BYTES);
    let large = "x".repeat(MOST_BYTES + 1);
    for (question, answer, status) in
        [("fits", &fitting, CacheStatus::L2), ("large", &large, CacheStatus::Miss)]
    {
        assert_eq!(ask(&here, question, answer).await.1, CacheStatus::Miss);
        assert_eq!(ask(&here, question, answer).await.1, CacheStatus::L1);
        assert_eq!(ask(&there, question, answer).await.1, status, "{question}");
    }
}

#[tokio::test]
async fn failures_are_not_shared() {
    let server = Server::start().await;
    let (here, there) = (cache(&server).await, cache(&server).await);
    let failing = async || Err::<Bytes, String>("refused".to_owned());
    let asked = here.get_or_load(key("a"), KEEP, failing).await;
    assert_eq!(asked, Err("refused".to_owned()));
    here.settle().await;
    assert_eq!(ask(&there, "a", "made there").await.1, CacheStatus::Miss);
    assert_eq!(ask(&here, "a", "made here").await, ("made there".into(), CacheStatus::L2));
}
