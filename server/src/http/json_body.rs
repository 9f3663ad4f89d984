//! Request bodies: bounded in size and time, JSON objects.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::{Map, Value};

use super::body::kind_of;
use super::error::ApiError;
use super::ignored;

/// Largest request body.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;
/// A body that has not come by then is given up.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Extractor: a JSON object of at most 1 MiB. An empty body counts as `{}`.
#[derive(Debug)]
pub struct JsonObject(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let declared = request.headers().get(header::CONTENT_TYPE).cloned();
        let bytes = limited_body(request.into_body(), BODY_LIMIT_BYTES).await?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        let declared = declared.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(ApiError::unsupported_media_type(declared));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => {
                ignored::look_at(&object);
                Ok(Self(object))
            }
            Ok(other) => Err(ApiError::validation(
                format!("請求內容必須是 JSON 物件，卻收到 {}", kind_of(&other)),
                format!("The body must be a JSON object, but {} came", kind_of(&other)),
            )),
            Err(error) => Err(ApiError::validation(
                format!("請求內容不是有效的 JSON: {error}"),
                format!("The body is not valid JSON: {error}"),
            )),
        }
    }
}

/// A body of at most `limit` bytes that arrives in time.
///
/// # Errors
/// It is longer, broke off, or took more than 10 s.
pub async fn limited_body(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let read = to_bytes(body, limit);
    match tokio::time::timeout(BODY_TIME_LIMIT, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(ApiError::payload_too_large(limit)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "request body broke off");
            Err(ApiError::validation("請求內容傳送中斷", "The request body broke off"))
        }
        Err(_) => {
            let limit = BODY_TIME_LIMIT.as_secs();
            Err(ApiError::validation(
                format!("請求內容未在 {limit} 秒內送達"),
                format!("The request body did not arrive within {limit} seconds"),
            ))
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if cause.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = cause.source();
    }
    false
}
