//! The OpenAPI description against the service.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::app_state::AppState;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::csrf::CsrfMode;
use mes_dashboard::auth::password::hash_new;
use mes_dashboard::auth::role::Role;
use mes_dashboard::auth::users::Users;
use mes_dashboard::kept_choices::code_of;
use mes_dashboard::log_store::{LogLimits, LogStore};
use serde_json::Value;

use crate::schema::mismatch;
use crate::service::{Service, app_store, auth_over};

async fn description(service: &Service) -> Value {
    service.get("/api/openapi.json").await.json()
}

/// Every (method, path, operation).
fn operations(api: &Value) -> Vec<(Method, &str, &Value)> {
    let mut all = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push((method, path.as_str(), operation));
        }
    }
    all
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "$ref" {
                    found.insert(field.as_str().unwrap());
                }
                references(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn it_is_complete_in_itself() {
    let api = description(&Service::cold()).await;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    references(&api, &mut found);
    for reference in found {
        assert!(api.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&api) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} twice");
        for key in ["summary", "tags"] {
            assert!(!operation[key].is_null(), "{method} {path} has no {key}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path} {parameter}");
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let named = answer["$ref"].is_string() || answer["description"].is_string();
            assert!(named, "{path} {status}");
        }
        let in_path: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let declared: Vec<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(in_path, declared, "{path}");
    }
}

#[test]
fn the_document_in_the_tree_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let mut made = Vec::new();
    mes_dashboard::routes::print_openapi(&mut made).unwrap();
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let (kept, made) = (std::fs::read_to_string(path).unwrap(), String::from_utf8(made).unwrap());
    let differing = kept.lines().zip(made.lines()).find(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "server/openapi.json is not what this build describes, first at {differing:?}; run this test \
         with UPDATE_TYPES=1, then npm run types in frontend, and look at the differences"
    );
}

#[tokio::test]
async fn it_lists_the_endpoints_of_the_contract() {
    let api = description(&Service::cold()).await;
    let listed: BTreeSet<&str> = operations(&api).iter().map(|(_, path, _)| *path).collect();
    let contract = [
        "/api/wip/overview/summary",
        "/api/wip/overview/matrix",
        "/api/wip/overview/hold",
        "/api/wip/detail/{workcenter}",
        "/api/wip/lot/{lotid}",
        "/api/wip/meta/workcenters",
        "/api/wip/meta/packages",
        "/api/wip/meta/search",
        "/api/wip/hold-detail/summary",
        "/api/wip/hold-detail/distribution",
        "/api/wip/hold-detail/lots",
        "/api/wip/qc-gate",
        "/api/hold-overview/summary",
        "/api/hold-overview/matrix",
        "/api/hold-overview/treemap",
        "/api/hold-overview/lots",
        "/api/hold-overview/export",
        "/api/hold-history/overview",
        "/api/hold-history/records",
        "/api/downtime/summary",
        "/api/downtime/machines",
        "/api/downtime/events",
        "/api/resource/status",
        "/api/resource/status/options",
        "/api/resource/status/summary",
        "/api/resource/status/matrix",
        "/api/resource/history/options",
        "/api/resource/history/summary",
        "/api/resource/history/detail",
        "/api/resource/history/export",
        "/api/dashboard/kpi",
        "/api/dashboard/workcenter_cards",
        "/api/dashboard/detail",
        "/api/dashboard/ou_trend",
        "/api/dashboard/utilization_heatmap",
        "/api/job-query/resources",
        "/api/job-query/jobs",
        "/api/job-query/txn/{job_id}",
        "/api/job-query/export",
        "/api/get_table_info",
        "/api/get_table_columns",
        "/api/query_table",
        "/api/snapshot/{dataset}",
        "/api/snapshot/history",
        "/api/snapshot/hold-history",
        "/api/snapshot/downtime",
        "/api/snapshot/downtime-jobs",
        "/api/production-day",
        "/api/memory",
        "/api/memory/shift",
        "/api/memory/{dataset}",
        "/api/alerts",
        "/api/alerts/acknowledge",
        "/api/alerts/silence",
        "/api/alerts/replay",
        "/admin/api/alert-rules",
        "/api/events",
        "/api/fields",
        "/api/data-quality",
        "/api/choices",
        "/api/choices/{code}",
        "/api/views",
        "/admin/api/views",
        "/admin/api/views/{id}",
        "/api/openapi.json",
        "/api/docs",
        "/livez",
        "/readyz",
        "/health",
        "/health/deep",
        "/metrics",
        "/admin/api/refresh",
        "/admin/api/system-status",
        "/admin/api/worker/status",
        "/admin/api/worker/restart",
        "/admin/api/circuit-breaker",
        "/admin/api/logs",
        "/admin/api/logs/cleanup",
        "/admin/api/audit",
        "/admin/api/metrics",
        "/admin/api/sessions",
        "/admin/api/sessions/{id}",
        "/api/session",
        "/api/pages",
        "/admin/api/pages",
        "/admin/login",
        "/admin/logout",
    ];
    assert_eq!(listed, contract.into());
}

/// A request for each operation that the loaded plant answers with success.
fn sample(path: &str) -> String {
    let filled = path
        .replace("{workcenter}", "%E7%84%8A%E6%8E%A5_WB")
        .replace("{lotid}", "GA261000077-A00-001")
        .replace("{dataset}", "wip")
        .replace("{code}", &code_of("package=SOT-23"))
        .replace("{job_id}", "J1");
    match path {
        "/api/wip/meta/search" => format!("{filled}?field=lotid&q=GA"),
        path if path.starts_with("/api/wip/hold-detail/") => {
            format!("{filled}?reason=%E8%87%AA%E8%A1%8C%E6%9A%AB%E5%81%9C")
        }
        "/api/resource/history/summary"
        | "/api/resource/history/detail"
        | "/api/hold-history/overview"
        | "/api/hold-history/records"
        | "/api/downtime/summary"
        | "/api/downtime/machines"
        | "/api/downtime/events" => {
            format!("{filled}?start_date=2026-10-31&end_date=2026-11-01")
        }
        _ => filled,
    }
}

/// Its body.
fn sample_body(path: &str) -> &'static str {
    match path {
        "/api/job-query/jobs" => {
            r#"{ "resource_ids": ["m1"], "start_date": "2026-11-01", "end_date": "2026-11-30" }"#
        }
        "/api/choices" => r#"{ "choices": "package=SOT-23" }"#,
        "/admin/api/views" => r#"{ "name": "Holds", "address": "/hold-overview" }"#,
        "/api/alerts/silence" => r#"{ "rule": "lots", "minutes": 10 }"#,
        "/api/alerts/replay" => {
            r#"{ "rule": { "id": "a", "name": "A", "figure": "lots", "comparison": "above",
                 "threshold": 5, "forMinutes": 0, "enabled": true } }"#
        }
        "/admin/api/alert-rules" => {
            r#"{ "revision": 1, "rules": [{ "id": "lots", "name": "Lots", "figure": "lots",
                 "comparison": "above", "threshold": 0, "forMinutes": 0, "enabled": true }] }"#
        }
        "/admin/api/logs/cleanup" => r#"{ "older_than_days": 3 }"#,
        "/admin/api/circuit-breaker" => r#"{ "action": "reset", "reason": "all is well" }"#,
        "/api/session" => r#"{ "username": "chen", "password": "correct horse battery" }"#,
        "/api/get_table_columns" | "/api/query_table" => r#"{ "table_name": "DW_MES_JOB" }"#,
        _ => "{}",
    }
}

#[tokio::test]
async fn answers_are_what_it_says() {
    let (service, folder) = crate::queries::over_sqlite().await;
    let limits = LogLimits { max_entries: 100, retention: Duration::from_secs(86_400) };
    let log = LogStore::open(&folder.path().join("log.sqlite"), limits).await.unwrap();
    let log_store = Some(Arc::new(log));
    let store = app_store();
    let hash = hash_new("correct horse battery").unwrap();
    Users::new(store.clone(), Clock::system()).add("chen", Role::Viewer, &hash).await.unwrap();
    let auth = auth_over(&store, Some(Role::Admin), CsrfMode::Enforce);
    crate::restarts::keep(folder.path(), &[]);
    let restarts = crate::restarts::restarts_in(folder.path());
    let service = Service::with(AppState { auth, log_store, restarts, ..service.state });
    let (service, firing) = crate::alerts::with_a_firing(service, &folder.path().join("alerts"));
    service.person(Role::Viewer).await;
    let sessions = service.get("/admin/api/sessions").await.json();
    let session = sessions["data"][0]["id"].as_str().unwrap().to_owned();
    let pinned = r#"{ "name": "To unpin", "address": "/qc-gate" }"#;
    let pinned = service.post("/admin/api/views", "application/json", pinned).await.json();
    let pinned = pinned["data"]["id"].as_str().unwrap();
    let mut layout = service.get("/admin/api/pages").await.json()["data"].take();
    layout["drawers"][0]["pages"][0]["state"] = "dev".into();
    let api = description(&service).await;
    let mut held = 0;
    for (method, path, operation) in operations(&api) {
        let answers = &operation["responses"];
        let mut statuses = answers.as_object().unwrap().iter();
        let Some((status, declared)) = statuses.find(|(status, _)| status.starts_with('2')) else {
            continue;
        };
        let Some(media) = declared["content"].get("application/json") else { continue };
        let id = if path.starts_with("/admin/api/views/") { pinned } else { &session };
        let mut request =
            Request::builder().method(method.clone()).uri(sample(path).replace("{id}", id));
        let has_body = method == Method::POST || method == Method::PUT;
        if has_body {
            request = request.header("content-type", "application/json");
        }
        let body = match path {
            _ if !has_body => Body::empty(),
            "/admin/api/pages" => Body::from(layout.to_string()),
            "/api/alerts/acknowledge" => Body::from(format!(r#"{{ "firing": "{firing}" }}"#)),
            _ => Body::from(sample_body(path)),
        };
        let answer = service.ask(request.body(body).unwrap()).await;
        assert_eq!(answer.status.as_str(), status, "{method} {path}");
        if path == "/api/openapi.json" {
            continue;
        }
        let wrong = mismatch(&api, &media["schema"], &answer.json(), path);
        assert_eq!(wrong, None);
        held += 1;
    }
    assert!(held >= 52, "{held}");
}

#[tokio::test]
async fn failures_are_what_it_says() {
    let service = Service::loaded();
    let cold = Service::cold();
    let api = description(&service).await;
    let cases = [
        (service.get("/api/wip/overview/matrix?status=BAD").await, "ValidationError"),
        (service.get("/api/wip/lot/NOPE").await, "NotFound"),
        (service.post("/api/wip/overview/matrix", "", "").await, "MethodNotAllowed"),
        (cold.get("/api/wip/overview/matrix").await, "ServiceUnavailable"),
        (service.post("/api/dashboard/kpi", "text/plain", "{}").await, "UnsupportedMediaType"),
    ];
    for (answer, name) in cases {
        let schema = &api["components"]["responses"][name]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{name}");
        assert_eq!(mismatch(&api, schema, &answer.json(), name), None);
    }
}
