//! `/api/wip/qc-gate`: lots waiting at QC gates.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{QcGate, QcGateQuery};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;

/// Which lots to show.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct QcGateParameters {
    /// Also show lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

/// Lots at QC-gate specs by how long they wait
///
/// Classes of waiting time: under 6 hours, 6 to 12, 12 to 24, over 24.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/qc-gate",
    tag = "WIP",
    params(QcGateParameters),
    responses(
        (status = 200, description = "The lots by gate and class", body = Success<QcGate>),
        ReadFailures
    )
)]
pub async fn waiting(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<QcGateParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = QcGateQuery { include_dummy: asked.include_dummy };
    conditional.answer(&lots.basis, || Ok(lots.table.qc_gate(&query))).await
}
