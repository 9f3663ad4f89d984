//! Tokens of scripts, and pages of other origins.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::app_state::AppState;
use mes_dashboard::app_store::AppStore;
use mes_dashboard::auth::csrf::CsrfMode;
use mes_dashboard::auth::role::Role;
use mes_dashboard::http::exposure::Exposure;

use crate::service::{Answer, Service, app_store, auth_over};

const FIGURES: &str = "/api/wip/overview/summary";

async fn with_token(role: Role, anonymous: Option<Role>) -> (Service, AppStore, String) {
    let store = app_store();
    let auth = auth_over(&store, anonymous, CsrfMode::Enforce);
    let token = auth.tokens.add("report", role, None, "chen").await.unwrap();
    (Service::with(AppState { auth, ..Service::loaded().state }), store, token)
}

async fn bearing(service: &Service, path: &str, credentials: &str) -> Answer {
    service.get_with(path, &[("authorization", credentials)]).await
}

#[tokio::test]
async fn a_script_reads_with_a_token_what_its_role_may() {
    let (service, _store, token) = with_token(Role::Engineer, None).await;
    assert_eq!(service.get(FIGURES).await.status, 401);
    for scheme in ["Bearer", "bearer"] {
        assert_eq!(bearing(&service, FIGURES, &format!("{scheme} {token}")).await.status, 200);
    }
    let tables = bearing(&service, "/api/get_table_info", &format!("Bearer {token}")).await;
    assert_eq!(tables.status, 200);
    let admin = bearing(&service, "/admin/api/system-status", &format!("Bearer {token}")).await;
    admin.failure(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_token_that_is_none_is_refused_even_where_visitors_may_read() {
    let (service, store, token) = with_token(Role::Viewer, Some(Role::Viewer)).await;
    let wrong = format!("Bearer {}x", &token[..token.len() - 1]);
    bearing(&service, FIGURES, &wrong).await.failure(401, "UNAUTHORIZED");
    // What a proxy in front sends is not ours.
    for other in ["Basic Y2hlbjp4", "Bearer eyJhbGciOi", "mes_x", ""] {
        assert_eq!(bearing(&service, FIGURES, other).await.status, 200, "{other}");
    }
    let elsewhere = auth_over(&store, Some(Role::Viewer), CsrfMode::Enforce);
    elsewhere.tokens.revoke("report").await.unwrap();
    let fresh = Service::with(AppState { auth: elsewhere, ..service.state });
    bearing(&fresh, FIGURES, &format!("Bearer {token}")).await.failure(401, "UNAUTHORIZED");
}

async fn from_origin(service: &Service, method: Method, path: &str, origin: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    service.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn only_pages_of_listed_origins_read_the_api_and_never_with_cookies() {
    const PORTAL: &str = "https://portal.plant.example";
    let service = Service::loaded();
    let closed = from_origin(&service, Method::GET, FIGURES, PORTAL).await;
    assert_eq!(closed.header("access-control-allow-origin"), "");

    let exposure = Arc::new(Exposure {
        cors_origins: vec![PORTAL.to_owned()],
        frame_ancestors: vec![PORTAL.to_owned()],
        ..Exposure::default()
    });
    let service = Service::with(AppState { exposure, ..service.state });
    for method in [Method::GET, Method::OPTIONS] {
        let open = from_origin(&service, method, FIGURES, PORTAL).await;
        assert_eq!(open.header("access-control-allow-origin"), PORTAL);
        assert_eq!(open.header("access-control-allow-credentials"), "");
    }
    let preflight = from_origin(&service, Method::OPTIONS, FIGURES, PORTAL).await;
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
    for (path, origin) in [
        (FIGURES, "https://other.example"),
        (FIGURES, "https://portal.plant.example.evil"),
        (FIGURES, "null"),
        ("/admin/api/system-status", PORTAL),
    ] {
        let other = from_origin(&service, Method::GET, path, origin).await;
        assert_eq!(other.header("access-control-allow-origin"), "", "{path} {origin}");
    }
    let page = service.get("/wip-overview").await;
    let ancestors = format!("frame-ancestors 'self' {PORTAL}");
    assert!(page.header("content-security-policy").ends_with(&ancestors));
    assert_eq!(page.header("x-frame-options"), "");
    // Passwords are typed there.
    assert_eq!(service.get("/admin/login").await.header("x-frame-options"), "DENY");
}
