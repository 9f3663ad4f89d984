//! What strangers and proxies see: quiet probes, and the service below a path of its host.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mes_dashboard::app_state::AppState;
use mes_dashboard::auth::Auth;
use mes_dashboard::auth::cookie::CookieKind;
use mes_dashboard::auth::role::Role;
use mes_dashboard::http::exposure::Exposure;
use serde_json::json;

use crate::service::{Answer, Service, auth};

fn with(service: Service, exposure: Exposure) -> Service {
    Service::with(AppState { exposure: Arc::new(exposure), ..service.state })
}

async fn ask(service: &Service, peer: &str, path: &str, cookie: &str) -> Answer {
    let peer: SocketAddr = peer.parse().unwrap();
    let request = Request::get(path).header("cookie", cookie).extension(ConnectInfo(peer));
    service.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn strangers_are_told_a_word_where_visitors_are_not_allowed() {
    let exposure = Exposure {
        metrics_addresses: vec!["10.1.0.0/16".parse().unwrap(), "2001:db8::5/128".parse().unwrap()],
        ..Exposure::default()
    };
    let service = with(Service::loaded().open_to(None), exposure);
    for (peer, may) in [
        ("10.0.0.1:1", false),
        ("127.0.0.1:1", false),
        ("10.1.2.3:1", true),
        ("[::ffff:10.1.2.3]:1", true),
        ("[2001:db8::5]:1", true),
        ("[2001:db8::6]:1", false),
    ] {
        let health = ask(&service, peer, "/health", "").await;
        assert_eq!(health.status, 200);
        let data = &health.json()["data"];
        assert_eq!(data["status"], "healthy");
        assert_eq!(data.as_object().unwrap().len() > 1, may, "{peer}: {data}");
        let metrics = ask(&service, peer, "/metrics", "").await;
        assert_eq!(metrics.status, if may { 200 } else { 401 }, "{peer}");
    }
    let person = service.person(Role::Viewer).await;
    assert_eq!(ask(&service, "10.0.0.1:1", "/metrics", &person.cookie).await.status, 200);
    let health = ask(&service, "10.0.0.1:1", "/health", &person.cookie).await.json();
    assert!(health["data"]["cache"]["rows"].is_u64());
    // Where dashboards are public, these are public as well.
    let open = Service::loaded();
    assert_eq!(ask(&open, "10.0.0.1:1", "/metrics", "").await.status, 200);
    assert!(open.get("/health").await.json()["data"]["cache"]["rows"].is_u64());
}

#[tokio::test]
async fn weakened_settings_are_told() {
    let exposure = Exposure {
        weakened: vec!["security: CSRF_ENFORCE is report".to_owned()],
        ..Exposure::default()
    };
    let service = with(Service::loaded(), exposure);
    let health = service.get("/health").await.json()["data"].clone();
    assert_eq!(health["status"], "healthy");
    let told = health["warnings"].as_array().unwrap();
    assert!(told.contains(&json!("security: CSRF_ENFORCE is report")), "{told:?}");
}

/// The service below `/plant/mes`, with cookies as in production.
fn below() -> Service {
    let exposure = Exposure { base_path: "/plant/mes/".parse().unwrap(), ..Exposure::default() };
    let service = with(Service::loaded(), exposure);
    let auth = Arc::into_inner(auth(Some(Role::Viewer))).unwrap();
    let auth = Arc::new(Auth { cookies: CookieKind::Secure, ..auth });
    Service::with(AppState { auth, ..service.state })
}

#[tokio::test]
async fn everything_is_found_below_the_base_path_and_without_it() {
    let service = below();
    for path in ["/api/wip/overview/summary", "/health", "/livez", "/metrics", "/api/docs"] {
        let here = service.get(&format!("/plant/mes{path}")).await;
        assert_eq!(here.status, 200, "{path}");
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    let filtered = service.get("/plant/mes/api/wip/overview/summary?package=QFN").await.json();
    assert_eq!(
        filtered["data"],
        service.get("/api/wip/overview/summary?package=QFN").await.json()["data"]
    );
    let slash = service.get("/plant/mes?next=x").await;
    assert_eq!((slash.status.as_u16(), slash.header("location")), (308, "/plant/mes/?next=x"));
    for path in ["/plant/mess/api/wip/overview/summary", "/plant/api/wip/overview/summary"] {
        service.get(path).await.failure(404, "NOT_FOUND");
    }
    let api = service.get("/plant/mes/api/openapi.json").await.json();
    assert_eq!(api["servers"], json!([{ "url": "/plant/mes" }]));
    let page = service.get("/plant/mes/api/docs").await;
    let page = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(!page.contains("\"/api"), "addresses are relative: {page}");
}

#[tokio::test]
async fn the_pages_of_a_base_path_lead_to_it() {
    let service = below();
    let shell = service.get_with("/plant/mes/wip-overview", &[("accept", "text/html")]).await;
    let html = String::from_utf8(shell.body.to_vec()).unwrap();
    assert_eq!(shell.status, 200);
    // A server that was built without its front end has a page without data.
    if html.contains("id=\"initial-data\"") {
        assert!(html.contains("\"base_path\":\"/plant/mes\""), "{html}");
    }
    for attribute in ["href=\"", "src=\""] {
        for rest in html.split(attribute).skip(1) {
            assert!(rest.starts_with("/plant/mes/"), "{attribute}{rest}");
        }
    }
    let form = service.get("/plant/mes/admin/login").await;
    let html = String::from_utf8(form.body.to_vec()).unwrap();
    for attribute in ["href", "src", "action"] {
        assert!(!html.contains(&format!("{attribute}=\"/")), "addresses are relative: {html}");
    }
    let cookie = form.header("set-cookie");
    assert!(cookie.starts_with("__Secure-mes_sign_in="), "{cookie}");
    assert!(cookie.contains("; Path=/plant/mes;") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn a_session_below_a_base_path_is_known_by_its_own_cookie() {
    let service = below();
    let person = service.person(Role::Admin).await;
    let cookie = person.cookie.replace("mes_session", "__Secure-mes_session");
    let cookie = format!("other=1; {cookie}");
    let asked = async |path: &str| ask(&service, "10.0.0.1:1", path, &cookie).await;
    assert_eq!(asked("/plant/mes/admin/api/sessions").await.status, 200);
    // Signed in already: on to where the form would lead.
    let next = asked("/plant/mes/admin/login?next=/plant/mes/tables").await;
    assert_eq!((next.status.as_u16(), next.header("location")), (303, "/plant/mes/tables"));
    let next = asked("/plant/mes/admin/login?next=/tables").await;
    assert_eq!(next.header("location"), "/plant/mes/tables");
}
