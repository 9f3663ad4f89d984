//! Choices that are too long for an address, kept under a short code.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{BodyFailures, Missing, ReadFailures};
use crate::http::query::Segment;
use crate::kept_choices::MOST_BYTES;

/// Choices of a page.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Choices {
    /// The query of the page's address, without `?`; 1 to 65,536 bytes.
    #[schema(example = "packages=SOT-23&packages=DFN5060-8L")]
    choices: String,
}

/// The code of choices.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceCode {
    /// Equal choices have one code. `?v=CODE` is the address of the page with these choices.
    #[schema(example = "mfzwizltoqqgs43unb2s")]
    code: String,
}

/// Kept choices.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptText {
    /// The query of the page's address, without `?`.
    choices: String,
}

fn unavailable(cause: impl std::fmt::Display) -> ApiError {
    tracing::error!(%cause, "choices can't be read or kept");
    ApiError::choices_unavailable()
}

/// Keep choices under a short code
///
/// Choices that are not used for a year are removed.
///
/// # Errors
/// They are empty or too long, or can't be stored.
#[utoipa::path(
    post,
    path = "/api/choices",
    tag = "Description",
    request_body = Choices,
    responses(
        (status = 200, description = "They are kept", body = Success<ChoiceCode>),
        BodyFailures
    )
)]
pub async fn keep(
    State(app): State<AppState>,
    Body(Choices { choices }): Body<Choices>,
) -> Result<Response, ApiError> {
    let bytes = choices.len();
    if bytes == 0 || bytes > MOST_BYTES {
        return Err(ApiError::validation(
            format!("choices 有 {bytes} 位元組；可用 1 至 {MOST_BYTES}"),
            format!("choices has {bytes} bytes; allowed: 1 to {MOST_BYTES}"),
        ));
    }
    let code = app.kept_choices.keep(&choices).await.map_err(unavailable)?;
    Ok(Success::now(ChoiceCode { code }).into_response())
}

/// The choices of a code
///
/// # Errors
/// The code is not kept, or the application's database gives no answer.
#[utoipa::path(
    get,
    path = "/api/choices/{code}",
    tag = "Description",
    params(("code" = String, Path, description = "The code")),
    responses(
        (status = 200, description = "The choices", body = Success<KeptText>),
        ReadFailures,
        Missing
    )
)]
pub async fn show(
    State(app): State<AppState>,
    Segment(code): Segment,
) -> Result<Response, ApiError> {
    let choices = app.kept_choices.find(&code).await.map_err(unavailable)?;
    let choices = choices.ok_or_else(|| {
        ApiError::not_found(
            "找不到此代碼的篩選條件，可能已超過保存期限",
            "There are no choices of this code; they may not be kept any more",
        )
    })?;
    let body = Success::now(KeptText { choices });
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}
