//! `/api/memory/{dataset}`: kept rows for those who ask by query: DuckDB, pandas, polars.

use std::ops::Range;

use arrow_array::RecordBatch;
use axum::extract::State;
use axum::response::Response;
use compute_core::calendar::Moment;
use compute_core::memory::{RowTimes, Shift};
use compute_core::table::Dataset;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::super::snapshot::files::{PARQUET, described, parquet, stream};
use super::super::snapshot::{
    ARROW_STREAM, DatasetName, ROWS, SNAPSHOT_CODINGS, by_content_in, unknown_dataset,
};
use super::{moment_of, nothing_kept, unavailable};
use crate::app_state::AppState;
use crate::http::coding::Coding;
use crate::http::error::{ApiError, excerpt};
use crate::http::failures::{Missing, ReadFailures};
use crate::http::headers::insert;
use crate::http::query::{Query, Segment};
use crate::http::response::Conditional;
use crate::plant_memory::PlantMemory;

/// Longest time that one answer covers, seconds.
const MOST_SECS: i64 = 7 * 86_400;

/// Format of kept rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeptFormat {
    /// Arrow IPC stream: `polars.read_ipc_stream`, `pyarrow.ipc.open_stream`.
    #[default]
    Arrow,
    /// Parquet: DuckDB, Spark, `pandas.read_parquet`.
    Parquet,
}

/// Which time.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct KeptRowsParameters {
    /// First moment, `YYYY-MM-DDTHH:MM`, with seconds or without, plant time; when the shift of `to`
    /// began, when absent.
    #[param(example = "2026-11-20T07:30")]
    from: Option<String>,
    /// The moment after the last one, at most seven days later; now, when absent.
    #[param(example = "2026-11-20T19:30")]
    to: Option<String>,
    /// Which format; `arrow` when absent.
    #[serde(default)]
    #[param(value_type = Option<KeptFormat>, inline)]
    format: KeptFormat,
}

/// The rows of a table with the times in which they were so
///
/// Each row comes once for each time in which it was the same: `KEPT_FROM` and `KEPT_UNTIL` (exclusive,
/// plant time, cut at `from` and `to`), then the columns that pages show. The table of a moment are the
/// rows with `KEPT_FROM <= moment and moment < KEPT_UNTIL`. In a gap of the memory no row is so.
///
/// # Errors
/// There is no such dataset, the times make no sense, or the server keeps no versions (404).
#[utoipa::path(
    get,
    path = "/api/memory/{dataset}",
    tag = "Memory",
    operation_id = "memory_rows",
    params(
        ("dataset" = inline(DatasetName), Path, description = "Which table"),
        KeptRowsParameters
    ),
    responses(
        (
            status = 200,
            description = "The rows",
            content(
                (Vec<u8> = "application/vnd.apache.arrow.stream"),
                (Vec<u8> = "application/vnd.apache.parquet")
            ),
            headers(
                ("ETag" = String, description = "The version, with the coding when compressed"),
                ("X-Mes-Version" = String, description = "Version of the rows; it changes while the time is on"),
                ("X-Mes-Rows" = String, description = "Number of rows")
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
    Query(asked): Query<KeptRowsParameters>,
) -> Result<Response, ApiError> {
    let known = Dataset::by_name(&dataset).ok_or_else(|| unknown_dataset(&dataset))?;
    let memory = app.memory.clone().ok_or_else(nothing_kept)?;
    let range = range_of(&memory, &asked)?;
    let zone = app.reading.zone_name().to_owned();
    let made = tokio::task::spawn_blocking(move || {
        let about = [
            ("dataset", known.name().to_owned()),
            ("time_zone", zone),
            ("from", range.start.to_string()),
            ("to", range.end.to_string()),
        ];
        let describe = |batch: &RecordBatch| described(batch, about.clone());
        let batches = batches(&memory, known, range.clone())?;
        let batches = batches.iter().map(describe).collect::<Result<Vec<_>, _>>()?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let bytes = match asked.format {
            KeptFormat::Arrow => stream(&batches)?.into(),
            KeptFormat::Parquet => parquet(&batches)?,
        };
        Ok::<_, ApiError>((rows, bytes))
    });
    let (rows, bytes) = made.await.map_err(unavailable)??;
    let content: (&'static str, &[Coding]) = match asked.format {
        KeptFormat::Arrow => (ARROW_STREAM, &SNAPSHOT_CODINGS),
        // Readers seek in it, and it is compressed inside.
        KeptFormat::Parquet => (PARQUET, &[]),
    };
    let mut response = by_content_in(&app, &conditional, content, bytes).await?;
    insert(response.headers_mut(), ROWS, &rows.to_string());
    Ok(response)
}

fn range_of(memory: &PlantMemory, asked: &KeptRowsParameters) -> Result<Range<Moment>, ApiError> {
    let given = |name, text: &Option<String>| text.as_deref().map(|text| moment_of(name, text));
    let to = match given("to", &asked.to) {
        Some(to) => to?,
        None => memory.now().ok_or_else(ApiError::internal)?,
    };
    let from = match given("from", &asked.from) {
        Some(from) => from?,
        None => memory.shift_begin(to),
    };
    match from.secs_until(to) {
        1..=MOST_SECS => Ok(from..to),
        _ => {
            let allowed = "a moment after from, at most seven days later";
            Err(ApiError::not_allowed("to", &excerpt(&to.to_string()), allowed))
        }
    }
}

/// The rows of all shifts of a time. Reads files: not for async threads.
fn batches(
    memory: &PlantMemory,
    dataset: Dataset,
    range: Range<Moment>,
) -> Result<Vec<RecordBatch>, ApiError> {
    let mut times = RowTimes::new(dataset, range.clone());
    let mut batches = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let shift = memory.shift_span(at);
        if let Some(records) = memory.records(shift.start).map_err(unavailable)? {
            let mut kept = Shift::from_bytes(records).map_err(unavailable)?;
            batches.push(times.add(&mut kept).map_err(unavailable)?);
        }
        at = shift.end;
    }
    batches.push(times.finish());
    Ok(batches)
}
