//! Clients that ask too often, as each of them sees it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use mes_dashboard::http::rate_limit::RateBudget;
use mes_dashboard::http::rate_limit::RateBudgets;
use mes_dashboard::http::rate_limit::RateLimits;

use crate::service::{Answer, Service};

const TWO: RateBudget = RateBudget { max_requests: 2, window_secs: 3600 };

/// Two reads an hour for each client.
fn service() -> Service {
    let budgets = RateBudgets { read: TWO, query: TWO, export: TWO, command: TWO };
    let rate_limits = Arc::new(RateLimits::new(&budgets, 0));
    let loaded = Service::loaded();
    Service::with(mes_dashboard::app_state::AppState { rate_limits, ..loaded.state })
}

async fn ask(service: &Service, peer: &str, path: &str) -> Answer {
    let peer: SocketAddr = peer.parse().unwrap();
    let request = Request::builder().uri(path).extension(ConnectInfo(peer));
    service.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_client_without_places_is_told_when_to_come_back() {
    let service = service();
    let summary = "/api/wip/overview/summary";
    for _ in 0..2 {
        assert_eq!(ask(&service, "10.0.0.1:1", summary).await.status, 200);
    }
    // Another port is the same client.
    let refused = ask(&service, "10.0.0.1:2", summary).await;
    refused.failure(429, "TOO_MANY_REQUESTS");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1800..=3600).contains(&wait), "{wait}");
    assert_eq!(refused.json()["meta"]["retry_after_seconds"], wait);
    assert_eq!(ask(&service, "10.0.0.2:1", summary).await.status, 200);
}

#[tokio::test]
async fn probes_and_pages_are_never_refused() {
    let service = service();
    for path in ["/health", "/livez", "/wip-overview"] {
        for _ in 0..5 {
            assert_ne!(ask(&service, "10.0.0.1:1", path).await.status, 429, "{path}");
        }
    }
}
