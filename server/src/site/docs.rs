//! The API page: reads `/api/openapi.json` and needs nothing from elsewhere.

use axum::body::Bytes;
use axum::response::Response;

use crate::http::error::ApiError;
use crate::http::failures::ConstantFailures;
use crate::http::response::Conditional;

/// The page itself.
///
/// # Errors
/// The caller refuses every coding.
#[utoipa::path(
    get,
    path = "/api/docs",
    tag = "Description",
    summary = "This API as a page",
    responses(
        (status = 200, description = "HTML page", content_type = "text/html", body = String),
        ConstantFailures
    )
)]
pub async fn page(conditional: Conditional) -> Result<Response, ApiError> {
    let bytes = Bytes::from_static(include_bytes!("docs/page.html"));
    conditional.constant("text/html; charset=utf-8", bytes).await
}

/// The page's script. It is a file because inline scripts are not allowed to run.
///
/// # Errors
/// The caller refuses every coding.
pub async fn script(conditional: Conditional) -> Result<Response, ApiError> {
    let bytes = Bytes::from_static(include_bytes!("docs/page.js"));
    conditional.constant("text/javascript; charset=utf-8", bytes).await
}

/// The page's style sheet.
///
/// # Errors
/// The caller refuses every coding.
pub async fn style(conditional: Conditional) -> Result<Response, ApiError> {
    let bytes = Bytes::from_static(include_bytes!("docs/page.css"));
    conditional.constant("text/css; charset=utf-8", bytes).await
}
