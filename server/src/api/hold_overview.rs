//! `/api/hold-overview/*`: all held lots.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use compute_core::lot::{
    AgeRange, HeldFilter, HeldGroup, HeldLots, HeldLotsQuery, HeldSort, HoldSummary, HoldType,
    Matrix,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::export::{FileFormat, TableFile};
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::{CountedSuccess, Success};
use crate::http::error::ApiError;
use crate::http::failures::{BodyFailures, ReadFailures};
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::values::{Clamped, Names};

/// Which held lots.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct HeldParameters {
    /// Only this kind of hold.
    #[param(inline)]
    hold_type: Option<HoldType>,
    /// Hold reasons, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["自行暫停"]), required = false)]
    reason: Names,
    /// Departments of who held the lot, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    department: Names,
    /// Only lots of this age, in days; the first class has negative ages too.
    #[param(inline)]
    age_range: Option<AgeRange>,
    /// Workcenter groups, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    workcenter: Names,
    /// Packages, exactly; repeat it for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    package: Names,
    /// Also count lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

impl From<HeldParameters> for HeldFilter {
    fn from(asked: HeldParameters) -> Self {
        Self {
            hold_type: asked.hold_type,
            reasons: asked.reason.whole(),
            departments: asked.department.whole(),
            age_range: asked.age_range,
            workcenters: asked.workcenter.whole(),
            packages: asked.package.whole(),
            include_dummy: asked.include_dummy,
        }
    }
}

/// Totals and ages of all held lots
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/hold-overview/summary",
    tag = "WIP",
    operation_id = "hold_overview_summary",
    params(HeldParameters),
    responses(
        (status = 200, description = "The figures", body = Success<HoldSummary>),
        ReadFailures
    )
)]
pub async fn summary(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<HeldParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.hold_overview(&asked.into()).summary)).await
}

/// Held pieces by workcenter group and package
///
/// Groups in process order, packages by quantity. Lots without group or package are left out.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/hold-overview/matrix",
    tag = "WIP",
    operation_id = "hold_overview_matrix",
    params(HeldParameters),
    responses(
        (status = 200, description = "The matrix", body = Success<Matrix>),
        ReadFailures
    )
)]
pub async fn matrix(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<HeldParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.hold_overview(&asked.into()).matrix)).await
}

/// Held lots by workcenter group and reason
///
/// Groups in process order, reasons by lots. Lots without a group or reason are under null, so that
/// all parts together are all held lots.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/hold-overview/treemap",
    tag = "WIP",
    operation_id = "hold_overview_treemap",
    params(HeldParameters),
    responses(
        (status = 200, description = "The groups", body = CountedSuccess<HeldGroup>),
        ReadFailures
    )
)]
pub async fn treemap(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<HeldParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.counted(&lots.basis, || lots.table.hold_overview(&asked.into()).treemap).await
}

/// Which page of the held lots, and in which order.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// Order; oldest first when absent. Equal lots are by lot id, missing values last.
    #[param(inline)]
    sort: Option<HeldSort>,
    /// Whether the order is reversed.
    #[serde(default)]
    #[param(required = false)]
    descending: bool,
    /// From 1; less is taken as 1.
    #[serde(default)]
    #[param(required = false, default = 1, value_type = u32)]
    page: Clamped<1, 1, { u32::MAX }>,
    /// Lots per page; moved into 1 to 200.
    #[serde(default)]
    #[param(required = false, default = 50, value_type = u32)]
    per_page: Clamped<50, 1, 200>,
}

/// One page of the held lots
///
/// `age` is the age of the lot, not the time on hold.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/hold-overview/lots",
    tag = "WIP",
    operation_id = "hold_overview_lots",
    params(HeldParameters, PageParameters),
    responses(
        (status = 200, description = "The page", body = Success<HeldLots>),
        ReadFailures
    )
)]
pub async fn lots(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<HeldParameters>,
    Query(page): Query<PageParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = HeldLotsQuery {
        filter: asked.into(),
        sort: page.sort,
        descending: page.descending,
        page: Some(page.page.0.into()),
        per_page: Some(page.per_page.0.into()),
    };
    conditional.answer(&lots.basis, || Ok(lots.table.held_lots(&query))).await
}

/// Which held lots to export, and in which order.
#[derive(Debug, Deserialize, ToSchema)]
pub struct HeldQuestion {
    /// Only this kind of hold.
    #[schema(inline)]
    hold_type: Option<HoldType>,
    /// Hold reasons, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    reason: Names,
    /// Departments, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    department: Names,
    /// Only lots of this age, in days.
    #[schema(inline)]
    age_range: Option<AgeRange>,
    /// Workcenter groups, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    workcenter: Names,
    /// Packages, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    package: Names,
    /// Also lots with DUMMY in their id.
    #[serde(default)]
    #[schema(required = false)]
    include_dummy: bool,
    /// Order; oldest first when absent.
    #[schema(inline)]
    sort: Option<HeldSort>,
    /// Whether the order is reversed.
    #[serde(default)]
    #[schema(required = false)]
    descending: bool,
    /// `csv` or `xlsx`; `csv` when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: FileFormat,
}

/// All held lots as a file
///
/// # Errors
/// The body is wrong, or no lots have been loaded yet.
#[utoipa::path(
    post,
    path = "/api/hold-overview/export",
    tag = "WIP",
    operation_id = "hold_overview_export",
    request_body = HeldQuestion,
    responses(
        (
            status = 200,
            description = "The lots",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        BodyFailures
    )
)]
pub async fn export(
    State(app): State<AppState>,
    headers: HeaderMap,
    Body(asked): Body<HeldQuestion>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let HeldQuestion { hold_type, reason, department, age_range, workcenter, .. } = asked;
    let HeldQuestion { package, include_dummy, sort, descending, format, .. } = asked;
    let held = HeldParameters {
        hold_type,
        reason,
        department,
        age_range,
        workcenter,
        package,
        include_dummy,
    };
    let query = HeldLotsQuery { filter: held.into(), sort, descending, ..HeldLotsQuery::default() };
    let file = TableFile { dataset: "held_lots", name: "held-lots", format };
    file.answer(&app, &headers, lots.table.all_held_lots(&query)).await
}
