//! `/api/wip/detail/{workcenter}`: one workcenter group, page by page.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{Detail, DetailQuery, HoldType, LotFilter, WipStatus};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::{Query, Segment};
use crate::http::response::Conditional;
use crate::http::values::Clamped;

/// Which lots of the group, and which page of them.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct DetailParameters {
    /// Part of a work order number, any case.
    workorder: Option<String>,
    /// Part of a lot id, any case.
    lotid: Option<String>,
    /// A package, exactly.
    package: Option<String>,
    /// A product type, exactly.
    r#type: Option<String>,
    /// Only lots in this state; the summary still counts all states.
    #[param(inline)]
    status: Option<WipStatus>,
    /// Only this kind of hold; counts with `status=HOLD`.
    #[param(inline)]
    hold_type: Option<HoldType>,
    /// Also show lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
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
        DetailParameters
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
    Query(asked): Query<DetailParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = DetailQuery {
        workcenter,
        page: Some(asked.page.0.into()),
        page_size: Some(asked.page_size.0.into()),
        filter: LotFilter {
            workorder: asked.workorder,
            lotid: asked.lotid,
            packages: asked.package.into_iter().collect(),
            types: asked.r#type.into_iter().collect(),
            status: asked.status,
            hold_type: asked.hold_type,
            include_dummy: asked.include_dummy,
            ..LotFilter::default()
        },
    };
    conditional.answer(&lots.basis, || Ok(lots.table.detail(&query))).await
}
