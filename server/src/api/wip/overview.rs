//! `/api/wip/overview/*`: the plant's WIP in figures.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{HoldType, Holds, LotFilter, Matrix, Summary, WipStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;

/// Which lots to count.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct SummaryParameters {
    /// Part of a work order number, any case.
    #[param(example = "GA2610")]
    workorder: Option<String>,
    /// Part of a lot id, any case.
    #[param(example = "A01-00")]
    lotid: Option<String>,
    /// A package, exactly.
    #[param(example = "SOT-23")]
    package: Option<String>,
    /// A product type, exactly.
    r#type: Option<String>,
    /// Also count lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

impl From<SummaryParameters> for LotFilter {
    fn from(asked: SummaryParameters) -> Self {
        Self {
            workorder: asked.workorder,
            lotid: asked.lotid,
            packages: asked.package.into_iter().collect(),
            types: asked.r#type.into_iter().collect(),
            include_dummy: asked.include_dummy,
            ..Self::default()
        }
    }
}

/// Lots and pieces in total and by state
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/overview/summary",
    tag = "WIP",
    params(SummaryParameters),
    responses(
        (status = 200, description = "The figures", body = Success<Summary>),
        ReadFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<SummaryParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.summary(&asked.into()))).await
}

/// Which lots the matrix counts.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct MatrixParameters {
    /// Only lots in this state.
    #[param(inline)]
    status: Option<WipStatus>,
    /// Only this kind of hold; counts with `status=HOLD`.
    #[param(inline)]
    hold_type: Option<HoldType>,
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
    params(SummaryParameters, MatrixParameters),
    responses(
        (status = 200, description = "The matrix", body = Success<Matrix>),
        ReadFailures
    )
)]
pub async fn matrix(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<SummaryParameters>,
    Query(state): Query<MatrixParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let filter = LotFilter { status: state.status, hold_type: state.hold_type, ..asked.into() };
    conditional.answer(&lots.basis, || Ok(lots.table.matrix(&filter))).await
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
    params(SummaryParameters),
    responses(
        (status = 200, description = "The reasons", body = Success<Holds>),
        ReadFailures
    )
)]
pub async fn hold(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<SummaryParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.holds(&asked.into()))).await
}
