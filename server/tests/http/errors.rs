//! Failures: one shape everywhere.

use axum::body::Body;
use axum::http::Request;

use mes_dashboard::app_state::AppState;

use crate::service::Service;

#[tokio::test]
async fn messages_are_chinese_unless_english_is_preferred() {
    let service = Service::loaded();
    let path = "/api/wip/hold-detail/summary";
    let chinese = service.get(path).await;
    assert_eq!(chinese.failure(400, "VALIDATION_ERROR"), "缺少必要參數: reason");
    assert_eq!(chinese.header("content-language"), "zh-TW");
    let english = service.get_with(path, &[("accept-language", "en-GB,zh;q=0.2")]).await;
    assert_eq!(english.failure(400, "VALIDATION_ERROR"), "Missing required parameter: reason");
    assert_eq!(english.header("content-language"), "en");
}

#[tokio::test]
async fn unknown_api_paths_are_json_and_never_the_page() {
    let service = Service::loaded();
    let hostile = [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/wip/overview/summary/",
        "/api//wip/overview/summary",
        "/api/wip/../../etc/passwd",
        "/api/wip/%2e%2e/%2e%2e/etc/passwd",
        "/api/snapshot/lots",
        "/api/snapshot/..%2f..%2fetc%2fpasswd",
        "/admin/api/nothing",
        "/health/nothing",
    ];
    for path in hostile {
        let answer = service.get_with(path, &[("accept", "text/html")]).await;
        answer.failure(404, "NOT_FOUND");
    }
    for path in
        ["/api/wip/lot/%ff%fe", "/api/wip/detail/%ff", "/api/wip/overview/summary?lotid=%ff"]
    {
        service.get(path).await.failure(400, "VALIDATION_ERROR");
    }
    let quoted = service.get("/api/wip/lot/%22%3Cscript%3E%00").await;
    assert!(quoted.failure(404, "NOT_FOUND").contains("<script>"));
    assert_eq!(quoted.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_wrong_method_is_named_with_the_right_ones() {
    let service = Service::loaded();
    let answer = service.post("/api/wip/overview/summary", "application/json", "{}").await;
    answer.failure(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "GET,HEAD");
    let answer = service.get("/api/dashboard/kpi").await;
    answer.failure(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.header("allow"), "POST");
    service.post("/wip-overview", "", "").await.failure(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let service = Service::loaded();
    let request = Request::head("/api/wip/overview/summary").body(Body::empty()).unwrap();
    let answer = service.ask(request).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.is_empty());
    assert!(!answer.header("etag").is_empty());
}

#[tokio::test]
async fn bodies_must_be_json_objects_of_bounded_size() {
    let service = Service::loaded();
    let kpi = "/api/dashboard/kpi";
    for body in ["[]", "1", "null", "\"x\"", "{", "{\"filters\":3}", "\u{feff}{}"] {
        service.post(kpi, "application/json", body).await.failure(400, "VALIDATION_ERROR");
    }
    let nested = format!("{{\"filters\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    service.post(kpi, "application/json", nested).await.failure(400, "VALIDATION_ERROR");
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded"] {
        service.post(kpi, content_type, "{}").await.failure(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let large = format!("{{\"pad\":\"{}\"}}", "x".repeat(1024 * 1024));
    service.post(kpi, "application/json", large).await.failure(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn oversized_queries_and_urls_are_refused() {
    let service = Service::loaded();
    let long = format!("/api/wip/overview/summary?lotid={}", "x".repeat(9_000));
    assert!(service.get(&long).await.failure(400, "VALIDATION_ERROR").contains("8192"));
    let longer = format!("/api/wip/lot/{}", "x".repeat(20_000));
    assert!(service.get(&longer).await.failure(400, "VALIDATION_ERROR").contains("16384"));
}

#[tokio::test]
async fn a_cold_start_says_when_to_come_back() {
    let service = Service::cold();
    let kpi = service.post("/api/dashboard/kpi", "application/json", "{}").await;
    let mut answers = vec![kpi];
    for path in
        ["/api/wip/overview/summary", "/api/resource/status", "/api/snapshot/wip", "/readyz"]
    {
        answers.push(service.get(path).await);
    }
    for answer in answers {
        answer.failure(503, "SERVICE_UNAVAILABLE");
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        assert!((5..=10).contains(&seconds), "{seconds}");
        assert_eq!(answer.json()["meta"]["retry_after_seconds"], seconds);
    }
    assert_eq!(service.get("/livez").await.status, 200);
    assert_eq!(service.get("/health").await.json()["data"]["status"], "degraded");
}

#[tokio::test]
async fn request_ids_are_kept_when_harmless() {
    let service = Service::loaded();
    let kept = service.get_with("/api/nothing", &[("x-request-id", "page-7.a_B")]).await;
    assert_eq!(kept.header("x-request-id"), "page-7.a_B");
    let replaced = service.get_with("/api/nothing", &[("x-request-id", "a b<c>")]).await;
    assert_eq!(replaced.header("x-request-id").len(), 32);
    replaced.failure(404, "NOT_FOUND");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let service = Service::loaded();
    for path in ["/", "/api/docs", "/api/wip/overview/summary", "/api/nothing", "/health"] {
        let answer = service.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "strict-origin-when-cross-origin");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
    }
}

#[tokio::test]
async fn causes_are_told_in_development_only() {
    let asked = async |shows_causes: bool| {
        let state = Service::loaded().state;
        state.database.breaker().force_open();
        let service = Service::with(AppState { shows_causes, ..state });
        let answer = service.get("/api/job-query/txn/J1").await;
        answer.failure(503, "CIRCUIT_BREAKER_OPEN");
        answer.json()["error"]["details"].clone()
    };
    assert_eq!(asked(false).await, serde_json::Value::Null);
    assert!(asked(true).await.as_str().is_some());
}
