//! What operators and their programs read.

use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

use compute_core::table::Dataset;
use mes_dashboard::app_state::AppState;
use mes_dashboard::audit::Audit;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::role::Role;
use mes_dashboard::log_store::{LogLimits, LogStore, Logged};
use serde_json::{Value, json};

use crate::service::Service;

/// The service, asked by an administrator.
pub fn administered(service: Service) -> Service {
    service.open_to(Some(Role::Admin))
}

#[tokio::test]
async fn health_says_what_to_do_and_since_when() {
    let service = Service::loaded();
    let resilience = async || service.get("/health").await.json()["data"]["resilience"].clone();
    let well = resilience().await;
    assert_eq!(well["recovery_recommendation"]["action"], "none");
    assert_eq!((&well["degraded_since"], &well["sustained"]), (&Value::Null, &false.into()));
    service.state.snapshots.fail(Dataset::Wip, "away".to_owned(), Timestamp::now());
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(400);
    service.state.degraded.note(true, long_ago);
    let trouble = resilience().await;
    assert_eq!(trouble["recovery_recommendation"]["action"], "observe_and_retry");
    assert_eq!(trouble["recovery_recommendation"]["reason"], "cache_stale");
    assert_eq!(trouble["sustained"], true);
    assert_eq!(trouble["alerts"][0]["name"], "sustained_degradation");
    assert!(trouble["degraded_since"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn metrics_count_answers_by_route_and_show_the_plant() {
    let service = Service::loaded();
    service.get("/api/wip/lot/NOPE").await;
    service.get("/api/wip/lot/ALSO-NOPE").await;
    service.get("/no/such/page").await;
    service.state.snapshots.fail(Dataset::Equipment, "away".to_owned(), Timestamp::now());
    let answer = service.get("/metrics").await;
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    for line in [
        "mes_http_requests_total{method=\"GET\",route=\"/api/wip/lot/{lotid}\",status=\"404\"} 2",
        "mes_dataset_rows{name=\"wip\"} 6.0",
        "mes_dataset_stale{name=\"equipment\"} 1.0",
        "mes_dataset_stale{name=\"wip\"} 0.0",
        "mes_degraded{name=\"cache_stale\"} 1.0",
        "mes_circuit_breaker_state{name=\"closed\"} 1.0",
        "mes_database_pool_connections{name=\"capacity\"} 30.0",
        "mes_worker_restart_policy{name=\"allowed\"} 1.0",
        "mes_runtime_contract_valid 1.0",
        "mes_retry_pressure 0.0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("no/such"), "routes are ours: {text}");
}

const ADMINISTRATION: [&str; 6] = [
    "/health/deep",
    "/admin/api/system-status",
    "/admin/api/worker/status",
    "/admin/api/logs",
    "/admin/api/metrics",
    "/admin/api/audit",
];

#[tokio::test]
async fn what_names_calls_and_files_is_for_administrators() {
    let service = Service::loaded();
    for path in ADMINISTRATION {
        service.get(path).await.failure(401, "UNAUTHORIZED");
    }
    let body = r#"{ "action": "force_open", "reason": "maintenance" }"#;
    let answer = service.post("/admin/api/circuit-breaker", "application/json", body).await;
    answer.failure(401, "UNAUTHORIZED");
    assert_eq!(service.get("/health").await.json()["data"]["circuit_breaker"]["state"], "CLOSED");
}

#[tokio::test]
async fn deep_health_asks_the_services_and_tells_what_calls_took() {
    let (service, _folder) = crate::queries::over_sqlite().await;
    let service = administered(service);
    service.get("/api/job-query/txn/J1").await;
    service.get("/api/job-query/txn/J9").await;
    let deep = service.get("/health/deep").await.json()["data"].clone();
    assert!(deep["latencies"]["database_ms"].as_f64().unwrap() > 0.0, "{deep}");
    assert_eq!(deep["latencies"]["redis_ms"], Value::Null, "there is none");
    let calls = &deep["queries"]["calls"]["job_history"];
    assert_eq!((&calls["count"], &calls["failed"]), (&2.into(), &0.into()));
    assert!(calls["p99_ms"].as_f64().unwrap() >= calls["p50_ms"].as_f64().unwrap());
    assert_eq!(deep["status"], "healthy", "the rest is that of /health");
}

#[tokio::test]
async fn every_cache_says_what_it_holds_and_what_was_built_from_it() {
    let service = Service::loaded();
    let health = service.get("/health").await.json()["data"].clone();
    for cache in ["cache", "resource_cache", "equipment_status_cache", "workcenter_cache"] {
        let cache = &health[cache];
        assert_eq!(cache["derived_index"]["fresh"], true);
        for (name, least) in [("rows", 1.0), ("table_bytes", 1.0), ("amplification_ratio", 0.01)] {
            assert!(cache[name].as_f64().unwrap() >= least, "{name} of {cache}");
        }
        assert!(cache["derived_index"]["bytes"].as_u64().unwrap() > 0, "{cache}");
    }
    let cold = Service::cold().get("/health").await.json()["data"].clone();
    assert_eq!(cold["cache"]["derived_index"]["fresh"], false);
    assert_eq!(cold["resource_cache"]["derived_index"]["fresh"], false);
}

#[tokio::test]
async fn the_breaker_obeys_an_administrator_who_says_why() {
    let service = administered(Service::loaded());
    let command = async |action: Value, reason: &str| {
        let body = json!({ "action": action, "reason": reason }).to_string();
        service.post("/admin/api/circuit-breaker", "application/json", body).await
    };
    let state = async |action: &str| {
        let answer = command(action.into(), "maintenance of the database").await;
        assert_eq!(answer.status, 200);
        answer.json()["data"]["state"].clone()
    };
    assert_eq!(state("force_open").await, "OPEN");
    let refused = service.get("/api/job-query/txn/J1").await;
    refused.failure(503, "CIRCUIT_BREAKER_OPEN");
    assert_eq!(state("reset").await, "CLOSED");
    assert_eq!(state("force_closed").await, "CLOSED");
    for (action, reason) in [
        ("open".into(), "why"),
        (Value::Null, "why"),
        (json!(["reset"]), "why"),
        ("reset".into(), " "),
    ] {
        command(action, reason).await.failure(400, "VALIDATION_ERROR");
    }
    command("reset".into(), &"x".repeat(501)).await.failure(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_log_is_read_page_by_page_and_cleaned_up() {
    let folder = tempfile::tempdir().unwrap();
    let limits = LogLimits { max_entries: 1_000, retention: Duration::from_secs(86_400) };
    let store = LogStore::open(&folder.path().join("log.sqlite"), limits).await.unwrap();
    let entry = |n: i64| Logged {
        at_ms: jiff::Timestamp::now().as_millisecond() - n * 86_400_000,
        severity: 1 + n % 3,
        target: "mes_dashboard::test".to_owned(),
        request_id: Some(format!("r-{n}")),
        message: format!("entry {n}"),
        fields: "{}".to_owned(),
    };
    store.write(&(0..9).map(entry).collect::<Vec<_>>()).await.unwrap();
    let state = administered(Service::loaded()).state;
    let service = Service::with(AppState { log_store: Some(Arc::new(store)), ..state });
    let asked = async |query: &str| {
        let data = service.get(&format!("/admin/api/logs?{query}")).await.json()["data"].clone();
        let entries = data["entries"].as_array().unwrap().iter();
        let found: Vec<String> =
            entries.map(|entry| entry["message"].as_str().unwrap().to_owned()).collect();
        (found, data["next_before"].clone())
    };
    let (first, next) = asked("limit=2&level=error").await;
    assert_eq!(first, ["entry 6", "entry 3"]);
    assert_eq!(asked(&format!("limit=2&level=error&before={next}")).await.0, ["entry 0"]);
    assert_eq!(asked("text=R-4").await.0, ["entry 4"]);
    for wrong in ["level=loud", "before=x", "limit=x", &format!("text={}", "x".repeat(201))] {
        let answer = service.get(&format!("/admin/api/logs?{wrong}")).await;
        answer.failure(400, "VALIDATION_ERROR");
    }
    let clean = async |body: &str| {
        service.post("/admin/api/logs/cleanup", "application/json", body.to_owned()).await
    };
    for wrong in [
        "{}",
        r#"{"older_than_days":-1}"#,
        r#"{"older_than_days":"7"}"#,
        r#"{"older_than_days":1e9}"#,
    ] {
        clean(wrong).await.failure(400, "VALIDATION_ERROR");
    }
    let done = clean(r#"{"older_than_days":5}"#).await.json()["data"].clone();
    assert_eq!((&done["removed"], &done["store"]["entries"]), (&4.into(), &5.into()));
    let none = administered(Service::loaded());
    none.get("/admin/api/logs").await.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn the_last_hour_is_told_by_the_minute() {
    let service = administered(Service::loaded());
    service.get("/api/wip/overview/summary").await;
    let data = service.get("/admin/api/metrics").await.json()["data"].clone();
    let counted: u64 = data["minutes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 1);
}

#[tokio::test]
async fn commands_are_recorded_before_they_are_carried_out_and_not_without() {
    let service = administered(Service::loaded());
    let command = async |service: &Service, action: &str| {
        let body = json!({ "action": action, "reason": "維護 <b>" }).to_string();
        service.post("/admin/api/circuit-breaker", "application/json", body).await
    };
    assert_eq!(command(&service, "force_open").await.status, 200);
    assert_eq!(command(&service, "reset").await.status, 200);
    command(&service, "explode").await.failure(400, "VALIDATION_ERROR");
    let page = service.get("/admin/api/audit?limit=1").await.json()["data"].clone();
    let newest = &page["entries"][0];
    assert_eq!(
        (&newest["action"], &newest["target"]),
        (&"circuit_breaker".into(), &"reset".into())
    );
    assert_eq!((&newest["reason"], &newest["actor"]), (&"維護 <b>".into(), &"anonymous".into()));
    let rest = service.get(&format!("/admin/api/audit?before={}", page["next_before"])).await;
    let rest = rest.json()["data"].clone();
    assert_eq!(rest["entries"].as_array().unwrap().len(), 1, "what was refused is no command");
    assert_eq!(rest["next_before"], Value::Null);
    service.get("/admin/api/audit?before=x").await.failure(400, "VALIDATION_ERROR");

    let store = crate::service::app_store();
    let audit = Arc::new(Audit::new(store.clone(), Clock::system()));
    let service = Service::with(AppState { audit, ..service.state });
    store.close().await;
    command(&service, "force_open").await.failure(503, "SERVICE_UNAVAILABLE");
    let unread = service.get("/admin/api/audit").await;
    unread.failure(503, "SERVICE_UNAVAILABLE");
    assert!(unread.header("retry-after").parse::<u32>().unwrap() >= 5);
    let health = service.get("/health").await.json();
    assert_eq!(health["data"]["circuit_breaker"]["state"], "CLOSED", "it was not carried out");
}
