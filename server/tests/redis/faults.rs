//! What a Redis costs that is gone, hangs or refuses, and that it is used again after it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mes_dashboard::degraded_reason::DegradedReason;
use mes_dashboard::redis::{Reach, Trouble};
use mes_dashboard::route_cache::{CacheStatus, RouteCache};
use tokio_util::sync::CancellationToken;

use crate::server::Server;
use crate::shared::{ask, cache, redis};
use crate::signals;

/// Waits until something is true, and fails the test when it never is.
async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_true().await {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Asks new questions, one after the other; every one is answered. Gives the time it took.
async fn ask_many(cache: &RouteCache, name: &str, count: usize) -> Duration {
    let began = Instant::now();
    for number in 0..count {
        let (bytes, status) = ask(cache, &format!("{name} {number}"), "answer").await;
        assert_eq!((bytes, status), ("answer".into(), CacheStatus::Miss));
    }
    began.elapsed()
}

/// A probe finds Redis well, and what one server asks another one finds.
async fn is_used_again(cache: &RouteCache, server: &Server, question: &str) {
    until("all is well", async || {
        cache.redis().unwrap().probe().await;
        cache.degraded_reason().is_none()
    })
    .await;
    assert_eq!(ask(cache, question, "answer").await.1, CacheStatus::Miss);
    let other = crate::shared::cache(server).await;
    assert_eq!(ask(&other, question, "answer").await.1, CacheStatus::L2);
}

#[tokio::test]
async fn a_frozen_redis_costs_a_few_timeouts_and_then_nothing() {
    let server = Server::start().await;
    let cache = cache(&server).await;
    for round in 0..2 {
        // A full window of calls that went well.
        ask_many(&cache, &format!("well {round}"), 10).await;
        let failures = cache.health().l2_failures;
        signals::freeze(&server.process);
        ask_many(&cache, &format!("frozen {round}"), 2).await;
        // The third timeout opened the breaker; the probe has not run yet.
        assert_eq!(cache.health().l2_failures - failures, 3);
        assert_eq!(cache.degraded_reason(), Some(DegradedReason::RouteCacheDegraded));
        let took = ask_many(&cache, &format!("free {round}"), 300).await;
        assert!(took < Duration::from_secs(2), "300 answers took {took:?}");
        assert_eq!(cache.health().l2_failures - failures, 3);
        assert_eq!(cache.redis().unwrap().probe().await, Reach::Unreachable);
        assert_eq!(cache.degraded_reason(), Some(DegradedReason::RedisUnavailable));
        // In any state of the breaker, nothing is sent without a connection.
        tokio::time::sleep(Duration::from_millis(2_300)).await;
        ask_many(&cache, &format!("gone {round}"), 300).await;
        assert_eq!(cache.health().l2_failures - failures, 3);
        signals::thaw(&server.process);
        is_used_again(&cache, &server, &format!("thawed {round}")).await;
    }
}

#[tokio::test]
async fn many_questions_at_once_wait_for_one_timeout() {
    let server = Server::start().await;
    let cache = Arc::new(cache(&server).await);
    signals::freeze(&server.process);
    let began = Instant::now();
    let asking: Vec<_> = (0..1_000)
        .map(|number| {
            let cache = cache.clone();
            tokio::spawn(async move { ask(&cache, &number.to_string(), "answer").await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), ("answer".into(), CacheStatus::Miss));
    }
    // One read and one write at most, and what 1,000 answers take besides.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    signals::thaw(&server.process);
}

#[tokio::test]
async fn a_killed_redis_costs_nothing_and_its_successor_is_found() {
    let mut server = Server::start().await;
    let cache = Arc::new(cache(&server).await);
    let stop = CancellationToken::new();
    let looking_after = {
        let (cache, stop) = (cache.clone(), stop.clone());
        tokio::spawn(async move { cache.look_after(&stop).await })
    };
    for round in 0..2 {
        ask_many(&cache, &format!("well {round}"), 10).await;
        let failures = cache.health().l2_failures;
        signals::kill(&mut server.process);
        let took = ask_many(&cache, &format!("killed {round}"), 300).await;
        assert!(took < Duration::from_secs(2), "300 answers took {took:?}");
        assert!(cache.health().l2_failures - failures <= 3);
        until("it is missed", async || {
            cache.degraded_reason() == Some(DegradedReason::RedisUnavailable)
        })
        .await;
        server.start_again().await;
        // Nobody asks it to.
        until("all is well", async || cache.degraded_reason().is_none()).await;
        assert_eq!(cache.redis().unwrap().reach(), Reach::Reachable);
        is_used_again(&cache, &server, &format!("again {round}")).await;
    }
    stop.cancel();
    looking_after.await.unwrap();
}

#[tokio::test]
async fn a_redis_that_answers_probes_only_is_told_apart() {
    let server = Server::start().await;
    let cache = cache(&server).await;
    let mut raw = server.connect().await;
    let mut set = async |setting: &str, value: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg(setting).arg(value);
        command.query_async::<()>(&mut raw).await.unwrap();
    };
    // Full: reads work, writes are refused.
    set("maxmemory", "1").await;
    ask_many(&cache, "full", 8).await;
    assert_eq!(cache.health().l2_failures, 3);
    assert_eq!(cache.redis().unwrap().reach(), Reach::Reachable);
    assert_eq!(cache.degraded_reason(), Some(DegradedReason::RouteCacheDegraded));
    let told = cache.redis().unwrap();
    assert_eq!((told.probe().await, told.trouble()), (Reach::Reachable, Some(Trouble::Full)));
    set("maxmemory", "0").await;
    assert_eq!((told.probe().await, told.trouble()), (Reach::Reachable, None));
    is_used_again(&cache, &server, "room").await;

    set("requirepass", "s3cret").await;
    let with = |user: &str| redis(&format!("redis://{user}127.0.0.1:{}/0", server.port));
    assert_eq!(with("").probe().await, Reach::Unreachable);
    assert_eq!(with(":wrong@").probe().await, Reach::Unreachable);
    let right = with(":s3cret@");
    assert_eq!((right.reach(), right.probe().await), (Reach::Unknown, Reach::Reachable));
    assert!(!format!("{right:?}").contains("s3cret"), "{right:?}");
}
