//! `/api/wip/hold-detail/*`: one hold reason.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{
    AgeRange, HoldDistribution, HoldLots, HoldLotsQuery, HoldQuery, HoldSummary,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::values::Clamped;

/// Hold reason.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct ReasonParameters {
    /// The hold reason, exactly.
    #[param(example = "自行暫停")]
    reason: String,
    /// Also count lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

impl From<ReasonParameters> for HoldQuery {
    fn from(asked: ReasonParameters) -> Self {
        Self { reason: asked.reason, include_dummy: asked.include_dummy, ..Self::default() }
    }
}

/// Totals and ages of the lots held for a reason
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/hold-detail/summary",
    tag = "WIP",
    params(ReasonParameters),
    responses(
        (status = 200, description = "The figures", body = Success<HoldSummary>),
        ReadFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<ReasonParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.hold_summary(&asked.into()))).await
}

/// Where the lots held for a reason are, and how old
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/hold-detail/distribution",
    tag = "WIP",
    params(ReasonParameters),
    responses(
        (status = 200, description = "The distributions", body = Success<HoldDistribution>),
        ReadFailures
    )
)]
pub async fn distribution(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<ReasonParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.hold_distribution(&asked.into()))).await
}

/// Which lots of the reason, and which page of them.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct LotsParameters {
    /// The hold reason, exactly.
    #[param(example = "自行暫停")]
    reason: String,
    /// Only lots in this workcenter group.
    workcenter: Option<String>,
    /// Only lots of this package.
    package: Option<String>,
    /// Only lots of this age.
    #[param(inline)]
    age_range: Option<AgeRange>,
    /// Also show lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
    /// From 1; less is taken as 1.
    #[serde(default)]
    #[param(required = false, default = 1, value_type = u32)]
    page: Clamped<1, 1, { u32::MAX }>,
    /// Lots a page; moved into 1 to 200.
    #[serde(default)]
    #[param(required = false, default = 50, value_type = u32)]
    per_page: Clamped<50, 1, 200>,
}

/// One page of the lots held for a reason, oldest first
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/hold-detail/lots",
    tag = "WIP",
    params(LotsParameters),
    responses(
        (status = 200, description = "The page", body = Success<HoldLots>),
        ReadFailures
    )
)]
pub async fn lots(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<LotsParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = HoldLotsQuery {
        reason: asked.reason,
        workcenter: asked.workcenter,
        package: asked.package,
        age_range: asked.age_range,
        include_dummy: asked.include_dummy,
        page: Some(asked.page.0.into()),
        per_page: Some(asked.per_page.0.into()),
    };
    conditional.answer(&lots.basis, || Ok(lots.table.hold_lots(&query))).await
}
