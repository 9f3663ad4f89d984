//! `/api/wip/detail/{workcenter}`: one workcenter group, page by page.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{Detail, DetailQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use super::filters::{LotParameters, StateParameters};
use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::{Query, Segment};
use crate::http::response::Conditional;
use crate::http::values::Clamped;

/// Which page of the lots.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// From 1; less is taken as 1.
    #[serde(default)]
    #[param(required = false, default = 1, value_type = u32)]
    page: Clamped<1, 1, { u32::MAX }>,
    /// Lots a page; moved into 1 to 500.
    #[serde(default)]
    #[param(required = false, default = 100, value_type = u32)]
    page_size: Clamped<100, 1, 500>,
}

/// Summary, specs and one page of lots of a workcenter group
///
/// An unknown group has zeros and no lots.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/detail/{workcenter}",
    tag = "WIP",
    params(
        ("workcenter" = String, Path, description = "Workcenter group; `/` in it as `%2F`", example = "焊接_WB"),
        LotParameters,
        StateParameters,
        PageParameters
    ),
    responses(
        (status = 200, description = "The page", body = Success<Detail>),
        ReadFailures
    )
)]
pub async fn page(
    State(app): State<AppState>,
    conditional: Conditional,
    Segment(workcenter): Segment,
    Query(asked): Query<LotParameters>,
    Query(state): Query<StateParameters>,
    Query(page): Query<PageParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = DetailQuery {
        workcenter,
        page: Some(page.page.0.into()),
        page_size: Some(page.page_size.0.into()),
        filter: state.among(asked),
    };
    conditional.answer(&lots.basis, || Ok(lots.table.detail(&query))).await
}
