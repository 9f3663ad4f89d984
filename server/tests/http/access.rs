//! Who may do what: every route of the description × every kind of caller × every CSRF token.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::auth::role::Role;
use mes_dashboard::http::access::Access;
use mes_dashboard::http::access::Effect;
use mes_dashboard::http::rate_limit::RateClass;
use mes_dashboard::routes::declared_access;
use serde_json::Value;

use crate::service::{Person, Service};

/// Public routes, listed independently of the route table.
const PUBLIC: [&str; 9] = [
    "/api/session",
    "/api/pages",
    "/admin/login",
    "/api/openapi.json",
    "/api/docs",
    "/livez",
    "/readyz",
    "/health",
    "/metrics",
];
const ENGINEERS: [&str; 6] = [
    "/api/get_table_info",
    "/api/get_table_columns",
    "/api/query_table",
    "/api/alerts/acknowledge",
    "/api/alerts/silence",
    "/api/alerts/replay",
];
const ADMINS: [&str; 2] = ["/admin/api/", "/health/deep"];
/// POSTs that change nothing: their question is too long for an address.
const READING_POSTS: [&str; 12] = [
    "/api/alerts/replay",
    "/api/dashboard/kpi",
    "/api/dashboard/workcenter_cards",
    "/api/dashboard/detail",
    "/api/dashboard/ou_trend",
    "/api/dashboard/utilization_heatmap",
    "/api/resource/history/export",
    "/api/hold-overview/export",
    "/api/job-query/jobs",
    "/api/job-query/export",
    "/api/get_table_columns",
    "/api/query_table",
];

/// Whose requests are not limited: probes, figures and the sign-in form.
const UNLIMITED: [&str; 6] =
    ["/health", "/health/deep", "/livez", "/readyz", "/metrics", "/admin/login"];

/// Whose reads query the database, or unpack what is kept.
const QUERIES: [&str; 14] = [
    "/api/alerts/replay",
    "/api/memory/{dataset}",
    "/api/snapshot/history",
    "/api/snapshot/hold-history",
    "/api/hold-history/",
    "/api/snapshot/downtime",
    "/api/downtime/",
    "/api/resource/history/",
    "/api/job-query/",
    "/api/get_table_",
    "/api/query_table",
    "/api/dashboard/detail",
    "/api/dashboard/ou_trend",
    "/api/dashboard/utilization_heatmap",
];

fn expected(method: &Method, path: &str) -> Access {
    let effect = match (method.as_str(), path) {
        ("POST", "/api/session" | "/admin/login") => Effect::SignsIn,
        ("GET", _) => Effect::Reads,
        ("POST", path) if READING_POSTS.contains(&path) => Effect::Reads,
        _ => Effect::Changes,
    };
    let role = if PUBLIC.contains(&path) || path == "/admin/logout" {
        None
    } else if ENGINEERS.contains(&path) {
        Some(Role::Engineer)
    } else if ADMINS.iter().any(|prefix| path.starts_with(prefix)) {
        Some(Role::Admin)
    } else {
        Some(Role::Viewer)
    };
    let rate = match effect {
        Effect::Changes | Effect::SignsIn => Some(RateClass::Command),
        Effect::Reads if UNLIMITED.contains(&path) => None,
        Effect::Reads if path.ends_with("/export") => Some(RateClass::Export),
        Effect::Reads if QUERIES.iter().any(|prefix| path.starts_with(prefix)) => {
            Some(RateClass::Query)
        }
        Effect::Reads => Some(RateClass::Read),
    };
    let is_private = path.starts_with("/admin/api/") || path == "/api/session";
    Access { role, effect, rate, is_private }
}

async fn described() -> HashMap<(Method, String), (String, String)> {
    let api = Service::cold().get("/api/openapi.json").await.json();
    let text = |value: &Value| value.as_str().expect("declared").to_owned();
    let mut all = HashMap::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let said = (text(&operation["x-role"]), text(&operation["x-effect"]));
            all.insert((method, path.clone()), said);
        }
    }
    all
}

#[tokio::test]
async fn every_route_declares_what_it_needs_and_describes_it() {
    let (declared, described) = (declared_access(), described().await);
    assert_eq!(declared.len(), described.len());
    for ((method, path), (role, effect)) in described {
        let access = declared[&(method.clone(), path.clone())];
        assert_eq!(access, expected(&method, &path), "{method} {path}");
        assert_eq!(role, access.role.map_or("anyone", Role::name), "{path}");
        let words = match access.effect {
            Effect::Reads => "reads",
            Effect::Changes => "changes",
            Effect::SignsIn => "signs in",
        };
        assert_eq!(effect, words, "{path}");
    }
}

#[test]
fn no_route_changes_anything_without_protection() {
    for ((method, path), access) in declared_access() {
        let is_safe = method == Method::GET || method == Method::HEAD;
        let reads_by_declaration =
            access.effect == Effect::Reads && READING_POSTS.contains(&path.as_str());
        assert!(
            is_safe || access.effect != Effect::Reads || reads_by_declaration,
            "{method} {path} changes something and asks for no CSRF token; if it only reads, \
             declare that here as well"
        );
        if is_safe {
            assert_eq!(access.effect, Effect::Reads, "{method} {path} must change nothing");
        }
    }
}

/// What comes with a request to prove that it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Token,
    WrongToken,
    TokenFromElsewhere,
}

/// Why the guard refuses; `None` when the handler is reached.
fn refusal(
    access: Access,
    role: Option<Role>,
    signed_in: bool,
    proof: Proof,
) -> Option<&'static str> {
    if access.role.is_some_and(|needed| role < Some(needed)) {
        return Some(if signed_in { "FORBIDDEN" } else { "UNAUTHORIZED" });
    }
    match access.effect {
        Effect::Reads => None,
        _ if proof == Proof::TokenFromElsewhere => Some("CSRF_INVALID"),
        Effect::Changes if signed_in && proof != Proof::Token => Some("CSRF_INVALID"),
        Effect::Changes | Effect::SignsIn => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_holds_every_caller_to_it() {
    let open = Service::loaded();
    let closed = Service::loaded().open_to(None);
    let foreign = open.person(Role::Admin).await.token;
    let mut asked = 0;
    for ((method, path), access) in declared_access() {
        let uri = path.replace("{dataset}", "wip").replace(['{', '}'], "");
        for (service, anonymous) in [(&open, Some(Role::Viewer)), (&closed, None)] {
            for signed_in in [None, Some(Role::Viewer), Some(Role::Engineer), Some(Role::Admin)] {
                for proof in
                    [Proof::Nothing, Proof::Token, Proof::WrongToken, Proof::TokenFromElsewhere]
                {
                    // A new one for each request: some end their session.
                    let person = match signed_in {
                        Some(role) => service.person(role).await,
                        None => Person { cookie: "other=1".to_owned(), token: foreign.clone() },
                    };
                    let mut request = Request::builder().method(method.clone()).uri(&uri);
                    request = request.header("cookie", &person.cookie);
                    request = match proof {
                        Proof::Nothing => request,
                        Proof::Token => request.header("x-csrf-token", &person.token),
                        Proof::WrongToken => request.header("x-csrf-token", &foreign),
                        Proof::TokenFromElsewhere => request
                            .header("x-csrf-token", &person.token)
                            .header("sec-fetch-site", "cross-site"),
                    };
                    if method != Method::GET {
                        request = request.header("content-type", "application/json");
                    }
                    let answer = service.send(request.body(Body::from("{}")).unwrap()).await;
                    let status = answer.status().as_u16();
                    let role = signed_in.max(anonymous);
                    let case = format!("{method} {path} {signed_in:?} {anonymous:?} {proof:?}");
                    let refusal = match path.as_str() {
                        // Public as long as visitors may see the dashboards.
                        "/metrics" if role.is_none() => Some("UNAUTHORIZED"),
                        _ => refusal(access, role, signed_in.is_some(), proof),
                    };
                    match refusal {
                        None => assert!(![401, 403].contains(&status), "{case}: {status}"),
                        Some(code) => {
                            let bytes = axum::body::to_bytes(answer.into_body(), 100_000).await;
                            let body: Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
                            assert_eq!(body["error"]["code"], code, "{case}");
                        }
                    }
                    asked += 1;
                }
            }
        }
    }
    assert_eq!(asked, declared_access().len() * 2 * 4 * 4);
}
