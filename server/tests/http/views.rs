//! Pinned views, and choices under a short code.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::app_state::AppState;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::audit::Audit;
use mes_dashboard::auth::clock::Clock;
use mes_dashboard::auth::csrf::CsrfMode;
use mes_dashboard::auth::role::Role;
use mes_dashboard::kept_choices::KeptChoices;
use mes_dashboard::pinned_views::PinnedViews;
use serde_json::{Value, json};

use crate::postgres::Server;
use crate::service::{Answer, Person, Service, app_store, auth_over};

/// The tiny plant over one database of its own.
fn plant(store: &AppStore) -> Service {
    let (clock, state) = (Clock::system(), Service::loaded().state);
    Service::with(AppState {
        auth: auth_over(store, Some(Role::Viewer), CsrfMode::Enforce),
        audit: Arc::new(Audit::new(store.clone(), clock.clone())),
        pinned_views: Arc::new(PinnedViews::new(store.clone(), clock.clone())),
        kept_choices: Arc::new(KeptChoices::new(store.clone(), clock)),
        ..state
    })
}

async fn send(service: &Service, method: Method, path: &str, by: &Person, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("cookie", &by.cookie)
        .header("x-csrf-token", &by.token);
    service.ask(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn pin(service: &Service, by: &Person, name: &str, address: &str) -> Answer {
    let view = json!({ "name": name, "address": address });
    send(service, Method::POST, "/admin/api/views", by, &view).await
}

async fn pinned(service: &Service) -> Vec<Value> {
    let answer = service.get("/api/views").await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    answer.json()["data"]["views"].as_array().unwrap().clone()
}

/// Pins and unpins, and what that leaves in the audit log.
async fn check_pinning(store: &AppStore) {
    let service = plant(store);
    let admin = service.person(Role::Admin).await;
    assert_eq!(pinned(&service).await, Vec::<Value>::new());
    let name = "早會 </script>'; drop table pinned_views --";
    let address = "/wip-overview?package=SOT-23&v=abc";
    let view = pin(&service, &admin, name, address).await.json()["data"].clone();
    assert_eq!((&view["name"], &view["address"]), (&json!(name), &json!(address)));
    assert_eq!(pinned(&service).await, std::slice::from_ref(&view));
    let again = pin(&service, &admin, &format!(" {name} "), "/").await;
    assert!(again.failure(400, "VALIDATION_ERROR").contains(name), "a name is pinned once");
    for (name, address) in [("x", "https://example.org/"), ("x", "//example.org"), ("", "/")] {
        pin(&service, &admin, name, address).await.failure(400, "VALIDATION_ERROR");
    }

    let path = format!("/admin/api/views/{}", view["id"].as_str().unwrap());
    assert_eq!(send(&service, Method::DELETE, &path, &admin, &json!({})).await.status, 200);
    send(&service, Method::DELETE, &path, &admin, &json!({})).await.failure(404, "NOT_FOUND");
    assert_eq!(pinned(&service).await, Vec::<Value>::new());
    let audit = service.get_with("/admin/api/audit", &[("cookie", &admin.cookie)]).await.json();
    let entries = audit["data"]["entries"].as_array().unwrap().clone();
    let told: Vec<_> = entries.iter().map(|entry| (&entry["action"], &entry["target"])).collect();
    let target = json!(format!("{name}: {address}"));
    assert_eq!(told, [(&json!("unpin_view"), &target), (&json!("pin_view"), &target)]);
}

#[tokio::test]
async fn an_administrator_pins_a_view_for_everybody_and_takes_it_back() {
    check_pinning(&app_store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_choices_are_kept_in_postgresql_as_well() {
    let server = Server::start();
    drop(server.connect().await);
    let store = AppStore::open(&server.url()).await.unwrap();
    check_pinning(&store).await;
    check_choices(&store).await;
}

#[tokio::test]
async fn only_administrators_pin_and_only_with_their_token() {
    let service = plant(&app_store());
    let admin = service.person(Role::Admin).await;
    let engineer = service.person(Role::Engineer).await;
    pin(&service, &engineer, "x", "/").await.failure(403, "FORBIDDEN");
    let forged = Person { token: engineer.token, cookie: admin.cookie };
    pin(&service, &forged, "x", "/").await.failure(403, "CSRF_INVALID");
    assert_eq!(pinned(&service).await, Vec::<Value>::new());
}

async fn keep(service: &Service, choices: &str) -> Answer {
    let body = json!({ "choices": choices }).to_string();
    service.post("/api/choices", "application/json", body).await
}

/// Keeps choices and gets them back.
async fn check_choices(store: &AppStore) {
    let service = plant(store);
    let lots: Vec<String> = (0..700).map(|n| format!("packages=銲線-{n}'%26")).collect();
    let choices = lots.join("&");
    let code = keep(&service, &choices).await.json()["data"]["code"].clone();
    let code = code.as_str().unwrap();
    assert_eq!(code.len(), 20);
    // Another browser, another server over the same database.
    let found = plant(store).get(&format!("/api/choices/{code}")).await;
    assert_eq!(found.json()["data"]["choices"], json!(choices));
    assert_eq!(keep(&service, &choices).await.json()["data"]["code"], json!(code));
}

#[tokio::test]
async fn visitors_keep_choices_under_a_code_that_leads_back_to_them() {
    let store = app_store();
    check_choices(&store).await;
    let service = plant(&store);
    for unknown in ["nothing", "..%2F..", "%27"] {
        service.get(&format!("/api/choices/{unknown}")).await.failure(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn choices_have_a_bound() {
    let service = plant(&app_store());
    assert_eq!(keep(&service, &"a".repeat(64 * 1024)).await.status, 200);
    for wrong in ["", &"a".repeat(64 * 1024 + 1)] {
        keep(&service, wrong).await.failure(400, "VALIDATION_ERROR");
    }
}
