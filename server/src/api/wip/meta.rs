//! `/api/wip/meta/*`: what the filters can be set to.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{LotFilter, NamedCount, SearchField, SearchQuery, SearchResult};
use utoipa::IntoParams;

use super::include_dummy;
use crate::app_state::AppState;
use crate::http::envelope::{Conditional, Success};
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::parameters::{FromQuery, Query, QueryPairs, one_of};

/// Which lots to count.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountParameters {
    /// Also count lots with DUMMY in their id.
    #[param(required = false)]
    include_dummy: bool,
}

impl FromQuery for CountParameters {
    fn from_query(pairs: &QueryPairs) -> Result<Self, ApiError> {
        Ok(Self { include_dummy: include_dummy(pairs)? })
    }
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

const SEARCH_FIELDS: [(&str, SearchField); 4] = [
    ("workorder", SearchField::Workorder),
    ("lotid", SearchField::Lotid),
    ("package", SearchField::Package),
    ("pj_type", SearchField::PjType),
];

/// What to look for, among which lots.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParameters {
    /// The field to search.
    #[param(inline)]
    field: SearchField,
    /// Part of the value, any case; under two characters nothing is found.
    #[param(example = "GA26", required = false)]
    q: String,
    /// At most this many values; moved into 0 to 50.
    #[param(required = false, default = 20)]
    limit: u32,
    /// Only lots whose work order has this part.
    workorder: Option<String>,
    /// Only lots whose id has this part.
    lotid: Option<String>,
    /// Only lots of this package.
    package: Option<String>,
    /// Only lots of this product type.
    r#type: Option<String>,
    /// Also look at lots with DUMMY in their id.
    #[param(required = false)]
    include_dummy: bool,
}

impl FromQuery for SearchParameters {
    fn from_query(pairs: &QueryPairs) -> Result<Self, ApiError> {
        let field = pairs.required("field")?;
        Ok(Self {
            field: one_of("field", &field, &SEARCH_FIELDS)?,
            q: pairs.text("q")?.unwrap_or_default(),
            limit: pairs.clamped("limit", 20, 0, 50)?,
            workorder: pairs.text("workorder")?,
            lotid: pairs.text("lotid")?,
            package: pairs.text("package")?,
            r#type: pairs.text("type")?,
            include_dummy: include_dummy(pairs)?,
        })
    }
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
    params(SearchParameters),
    responses(
        (status = 200, description = "The values", body = Success<SearchResult>),
        ReadFailures
    )
)]
pub async fn search(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<SearchParameters>,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let query = SearchQuery {
        field: asked.field,
        q: asked.q,
        limit: Some(asked.limit.into()),
        filter: LotFilter {
            workorder: asked.workorder,
            lotid: asked.lotid,
            packages: asked.package.into_iter().collect(),
            types: asked.r#type.into_iter().collect(),
            include_dummy: asked.include_dummy,
            ..LotFilter::default()
        },
    };
    conditional.answer(&lots.basis, || Ok(lots.table.search(&query))).await
}
