//! Answers that cost a query, out of the route cache where it has them.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use serde::Serialize;

use super::envelope::{Meta, json_bytes};
use super::error::ApiError;
use crate::route_cache::{RouteCache, RouteKey};

/// Says where an answer came from: `l1`, `l2` or `miss`.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("x-mes-cache");

/// Answers with the data under `key` in the envelope; `ask` finds it where the cache has none, and
/// it is then kept for `ROUTE_CACHE_TTL`. `meta` is of this moment.
///
/// # Errors
/// What `ask` reports.
pub async fn cached<T, F>(
    cache: &RouteCache,
    key: RouteKey,
    ask: impl FnOnce() -> F,
) -> Result<Response, ApiError>
where
    T: Serialize,
    F: Future<Output = Result<T, ApiError>>,
{
    let load = || async { Ok(json_bytes(&ask().await?)?.into()) };
    let keep = cache.keep();
    let (data, status) = cache.get_or_load::<ApiError, _>(key, keep, load).await?;
    // The frame of `Success`, around data that is written already.
    let mut body = Vec::with_capacity(data.len() + 100);
    body.extend(b"{\"success\":true,\"data\":");
    body.extend(&data[..]);
    body.extend(b",\"meta\":");
    body.extend(json_bytes(&Meta::now())?);
    body.push(b'}');
    let mut response = Response::new(Body::from(body));
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(CACHE_STATUS, HeaderValue::from_static(status.name()));
    Ok(response)
}
