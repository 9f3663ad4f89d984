//! `/api/snapshot/{dataset}`: a whole table, or what changed in it, as an Arrow IPC stream.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use utoipa::{IntoParams, ToSchema};

use super::coding::{self, Coding};
use super::envelope::{Conditional, cache_headers, entity_tag, written};
use super::error::{ApiError, excerpt};
use super::failures::{Missing, ReadFailures};
use super::live::AppState;
use super::parameters::{FromQuery, Query, QueryPairs, Segment};
use crate::snapshot::Dataset;

/// Media type of an Arrow IPC stream.
const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// Codings that a snapshot is kept in, smallest first.
const SNAPSHOT_CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

const VERSION: HeaderName = HeaderName::from_static("x-mes-version");
const KIND: HeaderName = HeaderName::from_static("x-mes-kind");
const BASE_VERSION: HeaderName = HeaderName::from_static("x-mes-base-version");
const UPDATED_AT: HeaderName = HeaderName::from_static("x-mes-updated-at");
const ROWS: HeaderName = HeaderName::from_static("x-mes-rows");
const SYS_DATE: HeaderName = HeaderName::from_static("x-mes-sys-date");

/// Which columns a snapshot has, as the `columns` parameter spells it.
#[derive(Debug, ToSchema)]
#[schema(as = ColumnsParameter, rename_all = "lowercase")]
pub enum ColumnSet {
    /// What the pages show.
    Display,
    /// Every column of the source table.
    All,
}

/// Which form of the table.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SnapshotParameters {
    /// A version the caller has: the answer is the difference from it while the server still
    /// knows that version, else the full table. Not with `columns=all`.
    since: Option<String>,
    /// Which columns.
    #[param(value_type = Option<ColumnSet>)]
    columns: Option<&'static str>,
}

impl FromQuery for SnapshotParameters {
    fn from_query(pairs: &QueryPairs) -> Result<Self, ApiError> {
        Ok(Self {
            since: pairs.text("since")?,
            columns: pairs.choice("columns", &["display", "all"])?,
        })
    }
}

/// A table as an Arrow IPC stream
///
/// The full table, or with `since` what changed since that version (`X-Mes-Kind` says which).
/// pandas, polars and DuckDB read the URL as it is.
///
/// # Errors
/// There is no such dataset, a parameter is wrong, or the dataset has not been loaded yet.
#[utoipa::path(
    get,
    path = "/api/snapshot/{dataset}",
    tag = "Snapshots",
    params(
        ("dataset" = DatasetName, Path, description = "Which table"),
        SnapshotParameters
    ),
    responses(
        (
            status = 200,
            description = "The table or the difference",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "The version that the caller then has"),
                ("X-Mes-Kind" = String, description = "`full` or `delta`"),
                ("X-Mes-Base-Version" = String, description = "Of a delta: the version it applies to"),
                ("X-Mes-Updated-At" = String, description = "When the data was read: ISO 8601, UTC"),
                ("X-Mes-Rows" = String, description = "Rows of the full table"),
                ("X-Mes-Sys-Date" = String, description = "Newest SYS_DATE of the data, plant time")
            )
        ),
        Missing,
        ReadFailures
    )
)]
pub async fn table(
    State(app): State<AppState>,
    conditional: Conditional,
    Segment(dataset): Segment,
    Query(asked): Query<SnapshotParameters>,
) -> Result<Response, ApiError> {
