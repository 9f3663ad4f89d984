//! `POST /admin/api/refresh`: read the tables again now.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::audit::Commander;
use crate::app_state::AppState;
use crate::http::body::JsonObject;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::CommandFailures;

/// Response of a command that continues in the background.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Always `true`.
    accepted: bool,
}

/// Read every table again, even without a detected change
///
/// Returns immediately; `/api/events` announces new versions.
///
/// # Errors
/// The body is no JSON object, or nothing here reads tables.
#[utoipa::path(
    post,
    path = "/admin/api/refresh",
    tag = "Operation",
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 202, description = "It will be done", body = Success<Accepted>),
        CommandFailures
    )
)]
pub async fn now(
    State(app): State<AppState>,
    commander: Commander,
    headers: HeaderMap,
    JsonObject(_body): JsonObject,
) -> Result<Response, ApiError> {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if declared.is_none() {
        return Err(ApiError::unsupported_media_type(""));
    }
    if let Some(refresher) = &app.refresher {
        commander.gives("refresh", None, None).await?;
        match &app.sharing {
            Some(sharing) => sharing.refresh_now(refresher).await,
            None => refresher.refresh_now(),
        }
    }
    let body = Success::now(Accepted { accepted: true });
    Ok((StatusCode::ACCEPTED, body).into_response())
}
