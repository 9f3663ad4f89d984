//! `/api/memory/*`: the versions that were published, shift by shift.

pub mod kept_rows;

use axum::extract::State;
use axum::response::Response;
use compute_core::calendar::Moment;
use compute_core::memory::LONGEST_SILENCE_S;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::snapshot::by_content;
use crate::app_state::AppState;
use crate::data_quality::Level;
use crate::http::envelope::{Basis, Success};
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, ReadFailures};
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::plant_memory::{KeptShift, PlantMemory};

/// Media type of records.
const RECORDS: &str = "application/octet-stream";

/// The shifts that are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemoryIndex {
    /// Whether published versions are kept here.
    enabled: bool,
    /// Seconds without a record after which nothing is known of a table.
    longest_silence_s: i64,
    /// Oldest first.
    shifts: Vec<KeptShift>,
}

/// Which shift.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct ShiftParameters {
    /// A moment of the shift, `YYYY-MM-DDTHH:MM`, with seconds or without, plant time.
    #[param(example = "2026-11-20T07:30")]
    at: String,
    /// Whether only the first version of each table is wanted: the plant as the shift began.
    #[serde(default)]
    #[param(required = false)]
    first_only: bool,
}

fn unavailable(cause: impl std::fmt::Display) -> ApiError {
    ApiError::internal().caused_by(cause)
}

/// The shifts of which versions are kept, and what is known of each
///
/// Between the times of which a table is known nothing is: the server or the database was away.
///
/// # Errors
/// The files can't be read.
#[utoipa::path(
    get,
    path = "/api/memory",
    tag = "Memory",
    operation_id = "memory_index",
    responses(
        (status = 200, description = "The shifts", body = Success<MemoryIndex>),
        ReadFailures
    )
)]
pub async fn index(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let enabled = app.memory.is_some();
    let shifts = match app.memory.clone() {
        None => Vec::new(),
        Some(memory) => {
            let told = tokio::task::spawn_blocking(move || memory.shifts()).await;
            told.map_err(unavailable)?.map_err(unavailable)?
        }
    };
    let basis = Basis {
        version: String::new(),
        updated_at: Timestamp::now(),
        stale: false,
        quality: Level::Ok,
    };
    let index = MemoryIndex { enabled, longest_silence_s: LONGEST_SILENCE_S, shifts };
    conditional.by_content(&basis, index).await
}

/// All versions of one shift, as records
///
/// A stream of `MESSHFT1` and records, each after its length (4 bytes, little endian): a table as a
/// whole, a change of a table (both Arrow IPC streams), or that tables are the same.
///
/// # Errors
/// The moment makes no sense, or no version of its shift is kept (404).
#[utoipa::path(
    get,
    path = "/api/memory/shift",
    tag = "Memory",
    operation_id = "memory_shift",
    params(ShiftParameters),
    responses(
        (
            status = 200,
            description = "The records",
            content_type = "application/octet-stream",
            body = Vec<u8>,
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the records; it changes while the shift is on")
            )
        ),
        Missing,
        ReadFailures
    )
)]
pub async fn shift(
    State(app): State<AppState>,
    conditional: Conditional,
    Query(asked): Query<ShiftParameters>,
) -> Result<Response, ApiError> {
    let at = moment_of("at", &asked.at)?;
    let memory = app.memory.clone().ok_or_else(nothing_kept)?;
    let read = move |memory: &PlantMemory| match asked.first_only {
        false => memory.records(memory.shift_begin(at)),
        true => memory.first_records(memory.shift_begin(at)),
    };
    let read = tokio::task::spawn_blocking(move || read(&memory)).await;
    let records = read.map_err(unavailable)?.map_err(unavailable)?;
    let records = records.ok_or_else(|| not_kept(at))?;
    by_content(&app, &conditional, RECORDS, records.into()).await
}

fn moment_of(name: &str, text: &str) -> Result<Moment, ApiError> {
    Moment::parse(text)
        .ok_or_else(|| ApiError::not_allowed(name, &excerpt(text), "YYYY-MM-DDTHH:MM"))
}

fn nothing_kept() -> ApiError {
    ApiError::not_found(
        "這台伺服器不保存過去的版本 (PLANT_MEMORY_DIR)",
        "This server keeps no versions of the past (PLANT_MEMORY_DIR)",
    )
}

fn not_kept(at: Moment) -> ApiError {
    ApiError::not_found(
        format!("沒有保存「{at}」所在班別的版本"),
        format!("No version of the shift of \"{at}\" is kept; /api/memory lists the shifts"),
    )
}
