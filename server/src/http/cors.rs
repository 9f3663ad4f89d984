//! Which pages of other origins may read the API. They send no cookies: a token, or nothing.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long browsers keep an answer about it.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Headers of answers that programs need.
const EXPOSED: [HeaderName; 7] = [
    header::ETAG,
    header::RETRY_AFTER,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-mes-version"),
    HeaderName::from_static("x-mes-rows"),
    HeaderName::from_static("x-mes-rows-left-out"),
    HeaderName::from_static("x-mes-ignored-parameters"),
];

/// The layer for these origins; `None` without any.
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.to_vec();
    let is_allowed = move |origin: &HeaderValue, request: &Parts| {
        let is_api = request.uri.path().starts_with("/api/");
        is_api && origins.iter().any(|one| one.as_bytes() == origin.as_bytes())
    };
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH])
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE);
    Some(layer)
}
