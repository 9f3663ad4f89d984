//! `/api/fields`: the field contract.

use axum::response::Response;
use compute_core::field_contract::{FIELDS, Field};

use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ConstantFailures;
use crate::http::response::Conditional;

/// Keys, labels, export headers, meanings and units of every field
///
/// # Errors
/// The caller refuses every coding.
#[utoipa::path(
    get,
    path = "/api/fields",
    tag = "Description",
    responses(
        (status = 200, description = "The fields", body = Success<Vec<Field>>),
        ConstantFailures
    )
)]
pub async fn registry(conditional: Conditional) -> Result<Response, ApiError> {
    conditional.of_program(FIELDS).await
}
