//! `/api/snapshot/{dataset}`: a whole table, or what changed in it, as an Arrow IPC stream.

pub(super) mod files;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use compute_core::lot::LotFilter;
use compute_core::table::{Columns, Dataset};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use self::files::{SnapshotFormat, Wanted};
use super::wip::filters::{GroupParameters, LotParameters, StateParameters};
use crate::app_state::{AppState, cold_start};
use crate::day_ranges::RangeRead;
use crate::http::coding::{self, Coding};
use crate::http::envelope::{version_of, written};
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, ReadFailures};
use crate::http::headers::insert;
use crate::http::query::{Query, Segment};
use crate::http::response::{
    CACHE_STATUS, Conditional, cache_headers, coded, compression_failed, entity_tag,
};
use crate::route_cache::RouteKey;
use crate::snapshot::{Encoded, Packing, Plant, Published};

/// Media type of an Arrow IPC stream.
pub(super) const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// Codings that a snapshot is kept in, smallest first.
pub(super) const SNAPSHOT_CODINGS: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

const VERSION: HeaderName = HeaderName::from_static("x-mes-version");
const KIND: HeaderName = HeaderName::from_static("x-mes-kind");
const BASE_VERSION: HeaderName = HeaderName::from_static("x-mes-base-version");
const UPDATED_AT: HeaderName = HeaderName::from_static("x-mes-updated-at");
pub(super) const ROWS: HeaderName = HeaderName::from_static("x-mes-rows");
const SYS_DATE: HeaderName = HeaderName::from_static("x-mes-sys-date");
const CHECKED_AT: HeaderName = HeaderName::from_static("x-mes-checked-at");
const STALE: HeaderName = HeaderName::from_static("x-mes-stale");
const LEFT_OUT: HeaderName = HeaderName::from_static("x-mes-rows-left-out");

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
    /// A version of the whole table that the caller holds: the response is the difference from it
    /// while the server still keeps that version, else the full table. Ignored with `columns=all`,
    /// with filters and in other formats.
    since: Option<String>,
    /// Which columns; `display` when absent.
    #[serde(default)]
    #[param(value_type = Option<ColumnSet>, inline)]
    columns: ColumnSet,
    /// Which format; `arrow` when absent.
    #[serde(default)]
    #[param(value_type = Option<SnapshotFormat>, inline)]
    format: SnapshotFormat,
}

/// Rows of a table as a file
///
/// Lots pass the filters of the pages and are without DUMMY lots unless `include_dummy=true`; the
/// metadata of Arrow and Parquet has the filter, the time zone and the units. Other tables are whole.
///
/// The whole table as an Arrow stream (lots: `include_dummy=true` and no filter) is kept compressed
/// and has differences: with `since` what changed since that version (`X-Mes-Kind` is `full` or
/// `delta`).
///
/// # Errors
/// There is no such dataset, a parameter is wrong, filters are given for another table than lots, or
/// the dataset has not been loaded yet.
#[utoipa::path(
    get,
    path = "/api/snapshot/{dataset}",
    tag = "Snapshots",
    params(
        ("dataset" = inline(DatasetName), Path, description = "Which table"),
        SnapshotParameters,
        LotParameters,
        GroupParameters,
        StateParameters
    ),
    responses(
        (
            status = 200,
            description = "The rows or the difference",
            content(
                (Vec<u8> = "application/vnd.apache.arrow.stream"),
                (Vec<u8> = "application/vnd.apache.arrow.file"),
                (Vec<u8> = "application/vnd.apache.parquet"),
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            ),
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "The version that the caller then has"),
                ("X-Mes-Kind" = String, description = "`full` or `delta`"),
                ("X-Mes-Base-Version" = String, description = "Of a delta: the version it applies to"),
                ("X-Mes-Updated-At" = String, description = "When the data was read: ISO 8601, UTC"),
                ("X-Mes-Rows" = String, description = "Rows of the full table, or of the file"),
                ("X-Mes-Rows-Left-Out" = String, description = "Of a file: rows that did not pass the filters"),
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
    Query(lots): Query<LotParameters>,
    Query(groups): Query<GroupParameters>,
    Query(state): Query<StateParameters>,
) -> Result<Response, ApiError> {
    let plant = app.snapshots.current();
    let Some(known) = Dataset::by_name(&dataset) else { return Err(unknown_dataset(&dataset)) };
    let Some(published) = plant.published(known) else {
        return Err(cold_start(&app, &plant, known.name()));
    };
    let filter = groups.among(state.among(lots));
    let whole = LotFilter { include_dummy: true, ..LotFilter::default() };
    let is_filtered = match known {
        Dataset::Wip => filter != whole,
        _ if filter == whole || filter == LotFilter::default() => false,
        other => return Err(no_filters(other)),
    };
    if is_filtered || asked.format != SnapshotFormat::Arrow {
        let columns = match asked.columns {
            ColumnSet::Display => Columns::Display,
            ColumnSet::All => Columns::All,
        };
        let wanted = Wanted { dataset: known, filter, columns, format: asked.format };
        let mut response =
            files::answer(&app, &conditional, plant.clone(), &published.version, wanted).await?;
        insert(response.headers_mut(), KIND, "file");
        freshness(response.headers_mut(), &plant, known, published);
        return Ok(response);
    }
    let delta = match (asked.columns, &asked.since) {
        (ColumnSet::Display, Some(since)) => app.snapshots.delta_since(&plant, known, since).await,
        _ => None,
    };
    let mut response = match (&delta, asked.columns) {
        (Some(delta), _) => kept(&conditional, &published.version, &delta.bytes).await?,
        (None, ColumnSet::Display) => {
            kept(&conditional, &published.version, &published.bytes).await?
        }
        (None, ColumnSet::All) => every_column(&conditional, plant.clone(), known).await?,
    };
    let headers = response.headers_mut();
    insert(headers, KIND, if delta.is_some() { "delta" } else { "full" });
    if let Some(delta) = &delta {
        insert(headers, BASE_VERSION, &delta.base_version);
    }
    insert(headers, ROWS, &published.rows.to_string());
    freshness(headers, &plant, known, published);
    Ok(response)
}

/// The headers with version and age.
fn freshness(headers: &mut HeaderMap, plant: &Plant, dataset: Dataset, published: &Published) {
    insert(headers, VERSION, &published.version);
    insert(headers, UPDATED_AT, &written(published.updated_at));
    insert(headers, SYS_DATE, published.sys_date.as_deref().unwrap_or_default());
    let state = plant.state(dataset);
    insert(headers, CHECKED_AT, &written(state.checked_at.unwrap_or(published.updated_at)));
    insert(headers, STALE, if state.is_stale() { "true" } else { "false" });
}

fn packing_of(coding: Coding) -> Option<Packing> {
    match coding {
        Coding::Zstd => Some(Packing::Zstd),
        Coding::Brotli => Some(Packing::Brotli),
        Coding::Gzip => Some(Packing::Gzip),
        Coding::Identity => None,
    }
}

/// Bytes that are kept in every coding. While the wanted coding of a long body is being made, the
/// caller gets what is there: another coding that it takes, else the bytes as they are.
async fn kept(
    conditional: &Conditional,
    version: &str,
    bytes: &Arc<Encoded>,
) -> Result<Response, ApiError> {
    if let Some(unchanged) = conditional.not_modified(version) {
        return Ok(unchanged);
    }
    let mut coding = conditional.coding(&SNAPSHOT_CODINGS)?;
    let is_made = |coding| packing_of(coding).is_none_or(|packing| bytes.made(packing).is_some());
    if bytes.is_long() && !is_made(coding) {
        packing_of(coding).into_iter().for_each(|wanted| bytes.pack_ahead(wanted));
        let made: Vec<Coding> = SNAPSHOT_CODINGS.into_iter().filter(|one| is_made(*one)).collect();
        // A caller that refuses all of them waits.
        coding = conditional.coding(&made).unwrap_or(coding);
    }
    let body = match packing_of(coding) {
        Some(packing) => bytes.packed(packing).await.map_err(compression_failed)?,
        None => bytes.identity.clone(),
    };
    Ok(arrow(version, coding, body))
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
fn arrow(version: &str, coding: Coding, bytes: Bytes) -> Response {
    let mut response = coded(ARROW_STREAM, coding, bytes.into());
    cache_headers(response.headers_mut(), &entity_tag(version, coding));
    response
}

/// The table of a range of days in the coding that the caller takes.
pub(super) async fn range_table(
    app: &AppState,
    conditional: &Conditional,
    read: RangeRead,
) -> Result<Response, ApiError> {
    let mut response = by_content(app, conditional, ARROW_STREAM, read.bytes).await?;
    let headers = response.headers_mut();
    insert(headers, KIND, "full");
    insert(headers, UPDATED_AT, &written(read.read_at));
    insert(headers, STALE, if read.is_stale { "true" } else { "false" });
    insert(headers, CACHE_STATUS, read.status.name());
    Ok(response)
}

/// Bytes whose version is their hash, in the coding that the caller takes.
pub(super) async fn by_content(
    app: &AppState,
    conditional: &Conditional,
    content_type: &'static str,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    by_content_in(app, conditional, (content_type, &SNAPSHOT_CODINGS), bytes).await
}

/// [`by_content`] of a type that is offered in some codings.
pub(super) async fn by_content_in(
    app: &AppState,
    conditional: &Conditional,
    (content_type, codings): (&'static str, &[Coding]),
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let version = version_of(&bytes);
    let mut response = match conditional.not_modified(&version) {
        Some(unchanged) => unchanged,
        None => {
            let coding = conditional.coding(codings)?;
            let bytes = in_coding(app, &version, coding, bytes).await?;
            let mut response = coded(content_type, coding, bytes.into());
            cache_headers(response.headers_mut(), &entity_tag(&version, coding));
            response
        }
    };
    insert(response.headers_mut(), VERSION, &version);
    Ok(response)
}

/// The bytes in a coding, compressed once per version.
async fn in_coding(
    app: &AppState,
    version: &str,
    coding: Coding,
    plain: Bytes,
) -> Result<Bytes, ApiError> {
    let Some(token) = coding.token() else { return Ok(plain) };
    let cache = &app.route_cache;
    let compress = || async move {
        tokio::task::spawn_blocking(move || coding::compress_once(coding, plain))
            .await
            .map_err(compression_failed)?
            .map_err(compression_failed)
    };
    let key = RouteKey::new("history in a coding", &[version], token);
    cache.get_or_load(key, cache.keep(), compress).await.map(|(bytes, _)| bytes)
}

fn no_filters(dataset: Dataset) -> ApiError {
    let name = dataset.name();
    ApiError::validation(
        format!("篩選條件只適用於 wip；請移除「{name}」的篩選條件"),
        format!("Filters are for wip only; remove them from the request for {name}"),
    )
}

pub(super) fn unknown_dataset(got: &str) -> ApiError {
    let (got, known) = (excerpt(got), Dataset::ALL.map(Dataset::name).join(", "));
    ApiError::not_found(
        format!("沒有「{got}」資料集；可用的資料集: {known}"),
        format!("No dataset \"{got}\"; there are: {known}"),
    )
}
