//! `/api/wip/overview/*`: the plant's WIP in figures.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{Holds, Matrix, Summary};

use super::filters::{GroupParameters, LotParameters, StateParameters};
use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;

/// Lots and pieces in total and by state
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/overview/summary",
    tag = "WIP",
    params(LotParameters, GroupParameters),
    responses(
        (status = 200, description = "The figures", body = Success<Summary>),
        ReadFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<LotParameters>,
    Query(groups): Query<GroupParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.summary(&groups.among(asked)))).await
}

/// Pieces by workcenter group and package
///
/// Groups in process order, packages by quantity. Lots without group or package are left out.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/overview/matrix",
    tag = "WIP",
    params(LotParameters, GroupParameters, StateParameters),
    responses(
        (status = 200, description = "The matrix", body = Success<Matrix>),
        ReadFailures
    )
)]
pub async fn matrix(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<LotParameters>,
    Query(groups): Query<GroupParameters>,
    Query(state): Query<StateParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional
        .answer(&lots.basis, || Ok(lots.table.matrix(&groups.among(state.among(asked)))))
        .await
}

/// Lots on hold by reason
///
/// Most lots first. Lots on hold without a reason are left out.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/overview/hold",
    tag = "WIP",
    params(LotParameters, GroupParameters),
    responses(
        (status = 200, description = "The reasons", body = Success<Holds>),
        ReadFailures
    )
)]
pub async fn hold(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<LotParameters>,
    Query(groups): Query<GroupParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.holds(&groups.among(asked)))).await
}
