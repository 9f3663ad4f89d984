//! `/api/wip/lot/{lotid}`: everything about one lot.

use axum::extract::State;
use axum::response::Response;
use compute_core::lot::{LotQuery, LotRecord};

use crate::app_state::AppState;
use crate::http::envelope::Success;
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, ReadFailures};
use crate::http::query::Segment;
use crate::http::response::Conditional;

/// Every field of one lot, with their labels
///
/// # Errors
/// No lot has this id, or no lots have been loaded yet.
#[utoipa::path(
    get,
    path = "/api/wip/lot/{lotid}",
    tag = "WIP",
    params(("lotid" = String, Path, description = "Lot id, exactly", example = "GA261000075-A00-001")),
    responses(
        (status = 200, description = "The lot", body = Success<LotRecord>),
        Missing, ReadFailures
    )
)]
pub async fn record(
    State(app): State<AppState>,
    conditional: Conditional,
    Segment(lotid): Segment,
) -> Result<Response, ApiError> {
    let lots = app.lots()?;
    let found = lots.table.lot(&LotQuery { lotid: lotid.clone() }).ok_or_else(|| {
        let lotid = excerpt(&lotid);
        ApiError::not_found(format!("找不到此批號: {lotid}"), format!("No such lot: {lotid}"))
    })?;
    // Columns of this response only are not part of the snapshot's version.
    conditional.by_content(&lots.basis, found).await
}
