//! `/api/wip/meta/*`: what the filters can be set to.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{LotFilter, NamedCount, SearchField, SearchQuery, SearchResult};
use serde::Deserialize;
use utoipa::IntoParams;

use super::filters::{GroupParameters, LotParameters};
use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::values::Clamped;

/// Which lots to count.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct CountParameters {
    /// Also count lots with DUMMY in their id.
    #[serde(default)]
    #[param(required = false)]
    include_dummy: bool,
}

impl From<CountParameters> for LotFilter {
    fn from(asked: CountParameters) -> Self {
        Self { include_dummy: asked.include_dummy, ..Self::default() }
    }
}

/// Workcenter groups in process order, with their lots
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/meta/workcenters",
    tag = "WIP",
    params(CountParameters),
    responses(
        (status = 200, description = "The names and counts", body = Success<Vec<NamedCount>>),
        ReadFailures
    )
)]
pub async fn workcenters(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<CountParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.workcenters(&asked.into()))).await
}

/// Packages with their lots, most lots first
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/meta/packages",
    tag = "WIP",
    params(CountParameters),
    responses(
        (status = 200, description = "The names and counts", body = Success<Vec<NamedCount>>),
        ReadFailures
    )
)]
pub async fn packages(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<CountParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    conditional.answer(&lots.basis, || Ok(lots.table.packages(&asked.into()))).await
}

/// Search text.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct SearchParameters {
    /// The field to search.
    #[param(inline)]
    field: SearchField,
    /// Part of the value, any case; under two characters nothing is found.
    #[serde(default)]
    #[param(example = "GA26", required = false)]
    q: String,
    /// At most this many values; moved into 0 to 50.
    #[serde(default)]
    #[param(required = false, default = 20, value_type = u32)]
    limit: Clamped<20, 0, 50>,
}

/// Values for autocomplete, narrowed by the other filters
///
/// The searched field's own filter does not narrow it. Ascending by code point.
///
/// # Errors
/// A parameter is wrong, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/meta/search",
    tag = "WIP",
    params(SearchParameters, LotParameters, GroupParameters),
    responses(
        (status = 200, description = "The values", body = Success<SearchResult>),
        ReadFailures
    )
)]
pub async fn search(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<SearchParameters>,
    Query(others): Query<LotParameters>,
    Query(groups): Query<GroupParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = SearchQuery {
        field: asked.field,
        q: asked.q,
        limit: Some(asked.limit.0.into()),
        filter: groups.among(others),
    };
    conditional.answer(&lots.basis, || Ok(lots.table.search(&query))).await
}
