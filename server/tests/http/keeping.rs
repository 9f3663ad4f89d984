//! What nobody may keep: answers about who somebody is, and what administrators see.

use axum::body::Body;
use axum::http::{Method, Request};
use mes_dashboard::auth::role::Role;
use mes_dashboard::routes::declared_access;

use crate::service::Service;

#[tokio::test]
async fn no_answer_about_sessions_or_for_administrators_is_kept() {
    let service = Service::loaded().open_to(Some(Role::Admin));
    let mut routes: Vec<(Method, String)> = declared_access().into_keys().collect();
    routes.retain(|(_, path)| path.starts_with("/admin/api/") || path == "/api/session");
    assert!(routes.len() >= 15, "{routes:?}");
    let paths: Vec<String> = routes.iter().map(|(_, path)| path.clone()).collect();
    routes.extend(paths.into_iter().map(|path| (Method::PATCH, path)));
    routes.push((Method::GET, "/admin/api/nothing".to_owned()));
    for (method, path) in routes {
        let request = Request::builder().method(&method).uri(path.replace(['{', '}'], ""));
        let request = request.header("content-type", "application/json");
        let answer = service.ask(request.body(Body::from("{}")).unwrap()).await;
        let (kept, status) = (answer.header("cache-control"), answer.status);
        assert_eq!(kept, "no-store", "{method} {path}: {status}");
        assert_eq!(answer.header("etag"), "", "{method} {path}");
    }
}
