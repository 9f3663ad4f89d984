//! The hours of a range of days as Arrow IPC, for the browser's own computation.

use axum::extract::State;
use axum::response::Response;

use super::joined::tell;
use super::parameters::RangeParameters;
use crate::api::snapshot::range_table;
use crate::app_state::AppState;
use crate::http::error::ApiError;
use crate::http::failures::HistoryFailures;
use crate::http::query::Query;
use crate::http::response::Conditional;

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
    let mut response = range_table(&app, &conditional, hours.read).await?;
    tell(response.headers_mut(), hours.made_of);
    Ok(response)
}
