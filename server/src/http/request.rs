//! What happens around every request: an id, a span, a language, a bounded URL, the error object,
//! the security headers and one log line.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use super::error::{ApiError, ErrorCode, Failure, FailureMeta, FailureReason};
use super::exposure::Exposure;
use super::failure_page::{self, Shown};
use super::language::Language;
use super::mount::BasePath;
use super::response::CACHE_STATUS;
use super::{envelope, security_headers};
use crate::telemetry::RequestMetrics;

/// Carries the id of a request, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a caller.
const ID_LIMIT: usize = 64;
/// Longest path and query together.
const URL_LIMIT_BYTES: usize = 16 * 1024;

/// First path segments that belong to programs: never a page there.
const NOT_PAGES: [&str; 6] = ["/api", "/admin/api", "/health", "/livez", "/readyz", "/metrics"];

/// Whether a path is for programs and never a page.
pub fn belongs_to_programs(path: &str) -> bool {
    let belongs_to = |root: &&str| {
        path.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    NOT_PAGES.iter().any(belongs_to)
}

/// The id of the current request.
#[derive(Debug, Clone)]
pub struct RequestId(String);

impl RequestId {
    /// The caller's own id when it is harmless, else a new random one.
    fn of(headers: &HeaderMap) -> Self {
        let sane = |id: &&str| {
            (1..=ID_LIMIT).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane);
        Self(given.map_or_else(|| format!("{:032x}", fastrand::u128(..)), str::to_owned))
    }
}

/// State of the layers around requests.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// Response counters.
    pub metrics: RequestMetrics,
    /// Whether error responses contain their cause.
    pub shows_causes: bool,
    /// What strangers and proxies see.
    pub exposure: Arc<Exposure>,
    /// The policy of pages that other origins may show in a frame.
    pub framed: Option<HeaderValue>,
}

/// Puts the routes of `router` inside of what happens around every request.
pub fn surround<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    surroundings: Surroundings,
) -> Router<S> {
    router
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn_with_state(surroundings, around))
}

async fn around(
    State(Surroundings { metrics, shows_causes, exposure, framed }): State<Surroundings>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let language = Language::of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id.0, %method, %route);
    // A caller may invent methods; figures must not grow with them.
    let usual = [Method::GET, Method::POST, Method::HEAD, Method::PUT, Method::DELETE];
    let counted = if usual.contains(&method) { method.to_string() } else { "OTHER".to_owned() };
    request.extensions_mut().insert(id.clone());

    let url_bytes = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    // A page reads its own address: what was chosen there may be long, and a reload must keep it.
    let too_long = url_bytes > URL_LIMIT_BYTES && (belongs_to_programs(&path) || path.len() > 1024);
    let shown = shown_as(&method, &path, request.headers());
    let answer = async {
        let mut response =
            if too_long { url_too_long().into_response() } else { next.run(request).await };
        if let Some(mut error) = response.extensions_mut().remove::<ApiError>() {
            error.cause = error.cause.filter(|_| shows_causes);
            let shown = shown.map(|shown| (shown, &exposure.base_path));
            response = failure(&error, &id, language, response, shown);
        }
        let status = response.status().as_u16();
        let is_rejected = response.headers().contains_key(header::RETRY_AFTER);
        metrics.answered(&counted, &route, status, is_rejected, started.elapsed());
        let cache = response.headers().get(&CACHE_STATUS).and_then(|value| value.to_str().ok());
        let latency_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        // A rejection with `Retry-After` is expected and not logged as an error.
        if response.status().is_server_error() && !is_rejected {
            tracing::warn!(status, latency_us, cache, "answered");
        } else {
            tracing::info!(status, latency_us, cache, "answered");
        }
        response
    };
    let mut response = answer.instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    security_headers::add(response.headers_mut(), exposure.hsts_max_age, framed.as_ref());
    response
}

/// The page that shows a failure to a person; `None` for programs.
fn shown_as(method: &Method, path: &str, headers: &HeaderMap) -> Option<Shown> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if !text(header::ACCEPT).is_some_and(|accepted| accepted.contains("text/html")) {
        return None;
    }
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match *method {
        Method::GET | Method::HEAD if !belongs_to_programs(path) => Some(Shown::Address),
        Method::POST if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
            Some(Shown::Form)
        }
        _ => None,
    }
}

fn url_too_long() -> ApiError {
    ApiError::validation(
        format!("網址過長；上限為 {URL_LIMIT_BYTES} 位元組"),
        format!("The URL is too long; the limit is {URL_LIMIT_BYTES} bytes"),
    )
}

/// Writes the error object into the empty response of the failure, keeping its headers (`Allow`); a
/// page for a person.
fn failure(
    error: &ApiError,
    id: &RequestId,
    language: Language,
    carrier: Response,
    shown: Option<(Shown, &BasePath)>,
) -> Response {
    let retry_after_seconds = error.retry_after_secs.map(|secs| secs.max(1));
    if error.code == ErrorCode::InternalError {
        tracing::error!(message = error.message(Language::English), "internal error");
    }
    if let Some((shown, base)) = shown {
        return failure_page::show(
            shown,
            error,
            &id.0,
            retry_after_seconds,
            language,
            base,
            carrier,
        );
    }
    let body = Json(Failure {
        success: false,
        error: FailureReason {
            code: error.code,
            message: error.message(language),
            details: error.cause.as_deref(),
        },
        meta: FailureMeta {
            timestamp: envelope::timestamp(),
            request_id: &id.0,
            retry_after_seconds,
            current_revision: error.current_revision,
            days_pending: error.pending.as_ref().map(|pending| pending.days_pending),
            rolled_up_from: error
                .pending
                .as_ref()
                .and_then(|pending| pending.rolled_up_from.as_deref()),
            degraded_reason: error.degraded_reason,
        },
    });
    let (carrier, _) = carrier.into_parts();
    let mut response = (carrier.status, body).into_response();
    let headers = response.headers_mut();
    for (name, value) in &carrier.headers {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            headers.append(name, value.clone());
        }
    }
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    if let Some(seconds) = retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A handler panicked: the text is logged and not sent.
fn after_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "handler panicked");
    ApiError::internal().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_panic_is_answered_without_its_text() {
        let router: Router =
            Router::new().route("/", get(async || -> &str { panic!("in /etc/secret") }));
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = surround(router, Surroundings::default()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key(&REQUEST_ID));
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["code"], "INTERNAL_ERROR");
        assert!(!body.to_string().contains("secret"));
    }

    fn id_for(given: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(given).unwrap());
        RequestId::of(&headers).0
    }

    #[test]
    fn a_harmless_id_is_kept_and_any_other_replaced() {
        assert_eq!(id_for("web-1.2_A"), "web-1.2_A");
        for hostile in ["", "a b", "x\"y", "<script>", &"a".repeat(ID_LIMIT + 1)] {
            let replaced = id_for(hostile);
            assert_ne!(replaced, hostile);
            assert_eq!(replaced.len(), 32, "{hostile}");
        }
    }
}
