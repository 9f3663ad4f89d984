//! `/api/snapshot/{dataset}`: a whole table, or what changed in it, as an Arrow IPC stream.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::Response;
use compute_core::table::Dataset;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app_state::{AppState, cold_start};
use crate::http::coding::{self, Coding};
use crate::http::envelope::written;
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, ReadFailures};
use crate::http::headers::insert;
use crate::http::query::{Query, Segment};
use crate::http::response::{Conditional, cache_headers, coded, compression_failed, entity_tag};
use crate::snapshot::{Encoded, Plant};

/// Media type of an Arrow IPC stream.
const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// Codings that a snapshot is kept in, smallest first.
pub(super) const SNAPSHOT_CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

const VERSION: HeaderName = HeaderName::from_static("x-mes-version");
const KIND: HeaderName = HeaderName::from_static("x-mes-kind");
const BASE_VERSION: HeaderName = HeaderName::from_static("x-mes-base-version");
const UPDATED_AT: HeaderName = HeaderName::from_static("x-mes-updated-at");
const ROWS: HeaderName = HeaderName::from_static("x-mes-rows");
const SYS_DATE: HeaderName = HeaderName::from_static("x-mes-sys-date");
const CHECKED_AT: HeaderName = HeaderName::from_static("x-mes-checked-at");
const STALE: HeaderName = HeaderName::from_static("x-mes-stale");

/// The tables, as the path spells them.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the spellings, which `table` reads")]
pub enum DatasetName {
    /// Lots.
    Wip,
    /// Equipment master.
    Resource,
    /// Real-time rows of the machines.
    Equipment,
    /// Workcenter to group, sequence and short name.
    Workcenter,
}

/// Which columns a snapshot has, as the parameter spells them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnSet {
    /// What the pages show.
    #[default]
    Display,
    /// Every column of the source table that is known.
    All,
}

/// Which form of the table.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct SnapshotParameters {
    /// A version that the caller holds: the response is the difference from it while the server
    /// still keeps that version, else the full table. Ignored with `columns=all`.
    since: Option<String>,
    /// Which columns; `display` when absent.
    #[serde(default)]
    #[param(value_type = Option<ColumnSet>, inline)]
    columns: ColumnSet,
}

/// A table as an Arrow IPC stream
///
/// The full table, or with `since` what changed since that version (`X-Mes-Kind` is `full` or
/// `delta`). pandas, polars and DuckDB read the URL directly.
///
/// # Errors
/// There is no such dataset, a parameter is wrong, or the dataset has not been loaded yet.
#[utoipa::path(
    get,
    path = "/api/snapshot/{dataset}",
    tag = "Snapshots",
    params(
        ("dataset" = inline(DatasetName), Path, description = "Which table"),
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
                ("X-Mes-Sys-Date" = String, description = "Newest plausible SYS_DATE of the data, else the database's clock; plant time"),
                ("X-Mes-Checked-At" = String, description = "When it was last found current: ISO 8601, UTC"),
                ("X-Mes-Stale" = String, description = "`true` when the last refresh failed")
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
    let plant = app.snapshots.current();
    let Some(known) = Dataset::by_name(&dataset) else { return Err(unknown_dataset(&dataset)) };
    let Some(published) = plant.published(known) else {
        return Err(cold_start(&app, &plant, known.name()));
    };
    let delta = match (asked.columns, &asked.since) {
        (ColumnSet::Display, Some(since)) => app.snapshots.delta_since(&plant, known, since).await,
        _ => None,
    };
    let mut response = match (&delta, asked.columns) {
        (Some(delta), _) => kept(&conditional, &published.version, &delta.bytes)?,
        (None, ColumnSet::Display) => kept(&conditional, &published.version, &published.bytes)?,
        (None, ColumnSet::All) => every_column(&conditional, plant.clone(), known).await?,
    };
    let headers = response.headers_mut();
    insert(headers, KIND, if delta.is_some() { "delta" } else { "full" });
    if let Some(delta) = &delta {
        insert(headers, BASE_VERSION, &delta.base_version);
    }
    insert(headers, VERSION, &published.version);
    insert(headers, ROWS, &published.rows.to_string());
    insert(headers, UPDATED_AT, &written(published.updated_at));
    insert(headers, SYS_DATE, published.sys_date.as_deref().unwrap_or_default());
    let state = plant.state(known);
    insert(headers, CHECKED_AT, &written(state.checked_at.unwrap_or(published.updated_at)));
    insert(headers, STALE, if state.is_stale() { "true" } else { "false" });
    Ok(response)
}

/// Bytes that are kept in every coding.
fn kept(conditional: &Conditional, version: &str, bytes: &Encoded) -> Result<Response, ApiError> {
    if let Some(unchanged) = conditional.not_modified(version) {
        return Ok(unchanged);
    }
    let coding = conditional.coding(&SNAPSHOT_CODINGS)?;
    let bytes = match coding {
        Coding::Zstd => &bytes.zstd,
        Coding::Brotli => &bytes.brotli,
        Coding::Gzip => &bytes.gzip,
        Coding::Identity => &bytes.identity,
    };
    Ok(arrow(version, coding, bytes.clone()))
}

/// All columns of the source. The version of the snapshot does not cover the additional columns;
/// the tag is a hash of the whole content.
async fn every_column(
    conditional: &Conditional,
    plant: Arc<Plant>,
    dataset: Dataset,
) -> Result<Response, ApiError> {
    let coding = conditional.coding(&SNAPSHOT_CODINGS)?;
    let made = tokio::task::spawn_blocking(move || {
        let (version, plain) = plant.all_columns(dataset)?;
        let bytes = match SNAPSHOT_CODINGS.iter().position(|offered| *offered == coding) {
            None => plain,
            Some(place) => {
                let compress = || coding::compress_once(coding, plain).ok();
                plant.whole(dataset).coded(place, compress)?
            }
        };
        Some((version, bytes))
    });
    let made = made.await.map_err(compression_failed)?;
    let (version, bytes) = made.ok_or_else(ApiError::internal)?;
    let unchanged = conditional.not_modified(&version);
    Ok(unchanged.unwrap_or_else(|| arrow(&version, coding, bytes)))
}

/// A whole table in a coding.
pub(super) fn arrow(version: &str, coding: Coding, bytes: Bytes) -> Response {
    let mut response = coded(ARROW_STREAM, coding, bytes.into());
    cache_headers(response.headers_mut(), &entity_tag(version, coding));
    response
}

fn unknown_dataset(got: &str) -> ApiError {
    let (got, known) = (excerpt(got), Dataset::ALL.map(Dataset::name).join(", "));
    ApiError::not_found(
        format!("沒有「{got}」資料集；可用的資料集: {known}"),
        format!("No dataset \"{got}\"; there are: {known}"),
    )
}
