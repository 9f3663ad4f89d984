//! Answers out of the route cache, and what operators see of it and of Redis.

use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

use compute_core::table::Dataset;
use mes_dashboard::app_state::AppState;
use mes_dashboard::breaker::{BreakerLimits, BreakerPolicy};
use mes_dashboard::hour_ranges::HourRanges;
use mes_dashboard::redis::{Redis, RedisLimits};
use mes_dashboard::route_cache::{RouteCache, RouteCacheLimits};
use serde_json::{Value, json};

use crate::queries::over_sqlite;
use crate::redis_server::Server;
use crate::service::{Answer, Service, tables};
use crate::signals;

async fn columns(service: &Service, table: &str) -> Answer {
    let body = json!({ "table_name": table }).to_string();
    service.post("/api/get_table_columns", "application/json", body).await
}

async fn health(service: &Service) -> Value {
    let answer = service.get("/health").await;
    assert_eq!(answer.status, 200);
    answer.json()["data"].clone()
}

/// Another server process over the same plant, with a cache of its own over the Redis.
fn with_redis(state: &AppState, server: &Server) -> Service {
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
        recovery: Duration::from_secs(60),
        probes: 3,
        half_open_limit: Duration::from_secs(60),
    });
    let redis =
        Redis::new(&server.url(), &Default::default(), "test:", limits, policy.unwrap()).unwrap();
    let limits = RouteCacheLimits {
        l1_bytes: 1 << 20,
        l2_value_bytes: 1 << 20,
        keep: Duration::from_secs(300),
    };
    let cache = Arc::new(RouteCache::new(limits).shared_through(redis, "plant"));
    let (database, table) = (state.database.clone(), tables().shift_hours);
    let history = Arc::new(HourRanges::new(
        database,
        Arc::default(),
        table,
        cache.clone(),
        state.reading.clone(),
    ));
    Service::with(AppState { route_cache: cache, history, ..state.clone() })
}

#[tokio::test]
async fn an_answer_is_asked_for_once_and_says_where_it_came_from() {
    let (service, _folder) = over_sqlite().await;
    let first = columns(&service, "DW_MES_JOB").await;
    assert_eq!((first.status.as_u16(), first.header("x-mes-cache")), (200, "miss"));
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(first.json()["data"]["columns"][0], "JOBID");
    // From here on nothing can be asked of the database.
    service.state.database.breaker().force_open();
    let second = columns(&service, "dw_mes_job").await;
    assert_eq!((second.status.as_u16(), second.header("x-mes-cache")), (200, "l1"));
    assert_eq!(second.json()["data"], first.json()["data"]);
    assert!(second.json()["meta"]["timestamp"].as_str().unwrap().ends_with('Z'));
    let other = columns(&service, "DW_MES_JOBTXNHISTORY").await;
    other.failure(503, "CIRCUIT_BREAKER_OPEN");
    assert_eq!(other.header("x-mes-cache"), "");

    service.state.route_cache.settle().await;
    let cache = &health(&service).await["route_cache"];
    assert_eq!((&cache["mode"], &cache["degraded"]), (&json!("l1_only"), &json!(false)));
    assert_eq!(cache["l1"], json!({ "hits": 1, "misses": 1, "hit_rate": 0.5 }));
    assert_eq!((&cache["l2"], &cache["entries"]), (&Value::Null, &json!(1)));
    let metrics = service.get("/metrics").await;
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    for line in [
        "mes_route_cache_answers_total{name=\"l1\"} 1",
        "mes_route_cache_answers_total{name=\"miss\"} 1",
        "mes_route_cache_failures_total{name=\"load\"} 1",
        "mes_route_cache_entries 1.0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("mes_redis_up"), "there is no Redis");
}

#[tokio::test]
async fn servers_share_answers_and_say_how_redis_is() {
    let mut server = Server::start().await;
    let (plant, _folder) = over_sqlite().await;
    assert_eq!(health(&plant).await["services"]["redis"], "disabled");
    let (here, there) = (with_redis(&plant.state, &server), with_redis(&plant.state, &server));
    assert_eq!(health(&here).await["services"]["redis"], "unknown");
    let probe = async |service: &Service| service.state.route_cache.redis().unwrap().probe().await;
    probe(&here).await;
    probe(&there).await;
    assert_eq!(columns(&here, "DW_MES_JOB").await.header("x-mes-cache"), "miss");
    here.state.route_cache.settle().await;
    assert_eq!(columns(&there, "DW_MES_JOB").await.header("x-mes-cache"), "l2");
    // So do hours of a range; both servers name the same version and the same moment.
    let range = "/api/snapshot/history?start_date=2026-11-01&end_date=2026-11-02";
    let read = here.get(range).await;
    assert_eq!((read.status.as_u16(), read.header("x-mes-cache")), (200, "miss"));
    here.state.route_cache.settle().await;
    let shared = there.get(range).await;
    assert_eq!((shared.status.as_u16(), shared.header("x-mes-cache")), (200, "l2"));
    assert_eq!(shared.body, read.body);
    for header in ["etag", "x-mes-version", "x-mes-updated-at"] {
        assert_eq!(shared.header(header), read.header(header), "{header}");
    }
    let well = health(&there).await;
    assert_eq!(
        (&well["status"], &well["services"]["redis"]),
        (&json!("healthy"), &json!("healthy"))
    );
    let cache = &well["route_cache"];
    assert_eq!((&cache["mode"], &cache["l2"]["hits"]), (&json!("l1_l2"), &json!(2)));

    // Calls fail, the probe has not noticed yet; then it has.
    signals::freeze(&server.process);
    for table in ["DW_MES_LOT_V", "DW_MES_RESOURCE", "DW_MES_JOBTXNHISTORY"] {
        columns(&there, table).await;
    }
    there.state.route_cache.settle().await;
    let reason = async || health(&there).await["degraded_reason"].clone();
    assert_eq!(reason().await, "route_cache_degraded");
    probe(&there).await;
    let gone = health(&there).await;
    assert_eq!(gone["status"], "degraded");
    assert_eq!(
        gone["services"],
        json!({ "database": "healthy", "redis": "unhealthy", "app_database": "unknown" })
    );
    assert_eq!(gone["degraded_reason"], "redis_unavailable");
    assert_eq!(gone["route_cache"]["degraded"], true);
    let action = &gone["resilience"]["recovery_recommendation"]["action"];
    assert_eq!(action, "continue_degraded_mode");
    let text = String::from_utf8(there.get("/metrics").await.body.to_vec()).unwrap();
    for line in ["mes_redis_up 0.0", "mes_degraded{name=\"redis_unavailable\"} 1.0"] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
    // Stale data is the lesser trouble, the way to the database the graver one.
    there.state.snapshots.fail(Dataset::Wip, "away".to_owned(), Timestamp::now());
    assert_eq!(reason().await, "redis_unavailable");
    there.state.database.breaker().force_open();
    assert_eq!(reason().await, "circuit_breaker_open");
    there.state.database.breaker().reset();
    signals::thaw(&server.process);
    let redis = async || {
        probe(&there).await;
        health(&there).await["services"]["redis"].clone()
    };
    assert_eq!(redis().await, "healthy");
    signals::kill(&mut server.process);
    assert_eq!(redis().await, "unhealthy");
    server.start_again().await;
    assert_eq!(redis().await, "healthy");
}
