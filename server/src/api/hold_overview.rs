//! `/api/hold-overview/*`: all held lots.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use compute_core::lot::{
    AgeRange, HeldFilter, HeldGroup, HeldLots, HeldLotsQuery, HeldSort, HoldSummary, HoldType,
    Matrix,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::export::{FileParameters, FileResponse, TableFile};
use super::file_footer::{FileFooter, Label};
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::envelope::{CountedSuccess, Success};
use crate::http::error::ApiError;
use crate::http::failures::{BodyFailures, ReadFailures};
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::values::{Clamped, Names};

/// Which held lots.
#[derive(Debug, IntoParams, ToSchema, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct HeldParameters {
    /// Only this kind of hold.
    #[param(inline)]
    #[schema(inline)]
    hold_type: Option<HoldType>,
    /// Hold reasons, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["自行暫停"]), required = false)]
    #[schema(value_type = Option<Vec<String>>)]
    reason: Names,
    /// Departments of who held the lot, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    #[schema(value_type = Option<Vec<String>>)]
    department: Names,
    /// Only lots of this age, in days; the first class has negative ages too.
    #[param(inline)]
    #[schema(inline)]
    age_range: Option<AgeRange>,
    /// Workcenter groups, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    #[schema(value_type = Option<Vec<String>>)]
    workcenter: Names,
    /// Packages, exactly; in an address it is repeated for several.
    #[serde(default)]
    #[param(value_type = Vec<String>, required = false)]
    #[schema(value_type = Option<Vec<String>>)]
    package: Names,
    /// Also count lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    #[schema(required = false)]
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

/// In which order.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct OrderParameters {
    /// Order; oldest first when absent. Equal lots are by lot id, missing values last.
    #[param(inline)]
    sort: Option<HeldSort>,
    /// Whether the order is reversed.
    #[serde(default)]
    #[param(required = false)]
    descending: bool,
}

/// Which page of the held lots.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
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
    params(HeldParameters, OrderParameters, PageParameters),
    responses(
        (status = 200, description = "The page", body = Success<HeldLots>),
        ReadFailures
    )
)]
pub async fn lots(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<HeldParameters>,
    Query(OrderParameters { sort, descending }): Query<OrderParameters>,
    Query(page): Query<PageParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = HeldLotsQuery {
        filter: asked.into(),
        sort,
        descending,
        page: Some(page.page.0.into()),
        per_page: Some(page.per_page.0.into()),
    };
    conditional.answer(&lots.basis, || Ok(lots.table.held_lots(&query))).await
}

/// What the filters are called in files.
const LABELS: [(&str, Label); 7] = [
    ("holdType", Label::Field("held_lots", "holdType")),
    ("reasons", Label::Field("held_lots", "reason")),
    ("departments", Label::Field("held_lots", "dept")),
    ("ageRange", Label::Field("held_groups", "ageRange")),
    ("workcenters", Label::Field("held_lots", "workcenter")),
    ("packages", Label::Field("held_lots", "package")),
    ("includeDummy", Label::Switch(("含 Dummy 批", "Dummy lots"))),
];

/// All held lots as a file
///
/// The filters are a body, because an address has no room for many names.
///
/// # Errors
/// The body is wrong, or no lots have been loaded yet.
#[utoipa::path(
    post,
    path = "/api/hold-overview/export",
    tag = "WIP",
    operation_id = "hold_overview_export",
    params(OrderParameters, FileParameters),
    request_body = HeldParameters,
    responses(FileResponse, BodyFailures)
)]
pub async fn export(
    State(app): State<AppState>,
    headers: HeaderMap,
    Query(OrderParameters { sort, descending }): Query<OrderParameters>,
    Query(FileParameters { format, footer }): Query<FileParameters>,
    Body(asked): Body<HeldParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let filter = HeldFilter::from(asked);
    let footer = footer.then(|| {
        let sums = lots.table.hold_overview(&filter).summary;
        FileFooter::of(&headers, &app.reading, &lots.basis)
            .filtered(&filter, &LABELS)
            .with_totals(json!({ "qty": sums.total_qty }))
    });
    let query = HeldLotsQuery { filter, sort, descending, ..HeldLotsQuery::default() };
    let file =
        TableFile { dataset: "held_lots", name: "held-lots", format, footer, more: Vec::new() };
    file.answer(&app, &headers, lots.table.all_held_lots(&query)).await
}
