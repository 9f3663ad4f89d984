//! The hours of a range of days as Arrow IPC, for the browser's own computation.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::Response;

use super::joined::tell;
use super::parameters::RangeParameters;
use crate::api::snapshot::{SNAPSHOT_CODINGS, arrow};
use crate::app_state::AppState;
use crate::http::coding::{self, Coding};
use crate::http::envelope::{version_of, written};
use crate::http::error::ApiError;
use crate::http::failures::HistoryFailures;
use crate::http::headers::insert;
use crate::http::query::Query;
use crate::http::response::{CACHE_STATUS, Conditional, compression_failed};
use crate::route_cache::RouteKey;

/// Hours of a range of days as an Arrow IPC stream
///
/// One row per machine and day: HISTORYID, TXNDATE and one column per state (PRD, SBY, UDT, SDT,
/// EGT, NST, OTHER) with the hours in 1/10,000 h. Machines that the equipment master lacks are
/// included.
///
/// Past days come out of the roll-up, days that it doesn't have from the database. While too many of
/// them are not rolled up yet, the answer is 503 `HISTORY_PENDING` with their number.
///
/// # Errors
/// A parameter is wrong, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/snapshot/history",
    tag = "Snapshots",
    operation_id = "history_snapshot",
    params(RangeParameters),
    responses(
        (
            status = 200,
            description = "The hours",
            content_type = "application/vnd.apache.arrow.stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the hours"),
                ("X-Mes-Kind" = String, description = "`full`"),
                ("X-Mes-Updated-At" = String, description = "When the hours were read: ISO 8601, UTC"),
                ("X-Mes-Stale" = String, description = "`true` when the database was unavailable"),
                ("X-Mes-Cache" = String, description = "`miss` when the hours were put together for this response, else `l1` or `l2`"),
                ("X-Mes-Days-Rolled-Up" = u32, description = "Days out of the roll-up"),
                ("X-Mes-Days-Read" = u32, description = "Days that were read from the database")
            )
        ),
        HistoryFailures
    )
)]
pub async fn snapshot(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(range): Query<RangeParameters>,
) -> Result<Response, ApiError> {
    let hours = app.history.hours(range.range()?).await?;
    let version = version_of(&hours.bytes);
    let mut response = match conditional.not_modified(&version) {
        Some(unchanged) => unchanged,
        None => {
            let coding = conditional.coding(&SNAPSHOT_CODINGS)?;
            arrow(&version, coding, encoded(&app, &version, coding, hours.bytes).await?)
        }
    };
    let headers = response.headers_mut();
    insert(headers, HeaderName::from_static("x-mes-version"), &version);
    insert(headers, HeaderName::from_static("x-mes-kind"), "full");
    insert(headers, HeaderName::from_static("x-mes-updated-at"), &written(hours.read_at));
    insert(
        headers,
        HeaderName::from_static("x-mes-stale"),
        if hours.is_stale { "true" } else { "false" },
    );
    insert(headers, CACHE_STATUS, hours.status.name());
    tell(headers, hours.made_of);
    Ok(response)
}

/// The bytes in a coding, compressed once per version.
async fn encoded(
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
