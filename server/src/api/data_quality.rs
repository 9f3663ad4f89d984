//! `/api/data-quality`: what was left out, unreadable, repaired or suspect in the source tables.

use axum::extract::State;
use axum::response::Response;
use compute_core::source_contract::{HOLD_HISTORY_COLUMNS, JOB_COLUMNS, SHIFT_HOURS_COLUMNS};
use compute_core::table::Dataset;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::data_quality::{DatasetQuality, Level, QualityThresholds, TableReading};
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::ReadFailures;
use crate::http::response::Conditional;

/// What was found in all source tables.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataQuality {
    /// The gravest level of all datasets.
    pub level: Level,
    /// Cases of all findings that no rule requires.
    pub cases: u64,
    /// From when on findings are a warning.
    pub thresholds: QualityThresholds,
    /// One entry per table that was read; `history`, `hold_history` and `downtime` have the range
    /// that was read last, `jobs` the jobs that were asked for last, once there are any.
    pub datasets: Vec<DatasetQuality>,
}

impl DataQuality {
    /// What is known now.
    pub fn of(app: &AppState) -> Self {
        let plant = app.snapshots.current();
        let thresholds = app.config.resilience.thresholds().data_quality();
        let tables = Dataset::ALL.map(|dataset| {
            let reading = TableReading {
                dataset: dataset.name(),
                table: app.tables.of(dataset),
                columns: dataset.source_columns(),
                range: None,
                read_at: plant.state(dataset).read_at,
                ledger: &plant.ledger(dataset),
            };
            DatasetQuality::of(&reading, thresholds)
        });
        let mut datasets = Vec::from(tables);
        datasets.extend(app.history.newest().map(|newest| {
            let reading = TableReading {
                dataset: "history",
                table: app.history.table(),
                columns: SHIFT_HOURS_COLUMNS,
                range: Some((newest.range.first.to_string(), newest.range.last.to_string())),
                read_at: Some(newest.read_at),
                ledger: &newest.ledger(|machine| plant.has_machine(machine)),
            };
            DatasetQuality::of(&reading, thresholds)
        }));
        datasets.extend(app.holds.newest().map(|newest| {
            let reading = TableReading {
                dataset: "hold_history",
                table: app.holds.table(),
                columns: HOLD_HISTORY_COLUMNS,
                range: Some((newest.range.first.to_string(), newest.range.last.to_string())),
                read_at: Some(newest.read_at),
                ledger: &newest.ledger,
            };
            DatasetQuality::of(&reading, thresholds)
        }));
        datasets.extend(app.downtime.newest().map(|newest| {
            let reading = TableReading {
                dataset: "downtime",
                table: app.downtime.table(),
                columns: SHIFT_HOURS_COLUMNS,
                range: Some((newest.range.first.to_string(), newest.range.last.to_string())),
                read_at: Some(newest.read_at),
                ledger: &newest.ledger(|machine| plant.has_machine(machine)),
            };
            DatasetQuality::of(&reading, thresholds)
        }));
        datasets.extend(app.jobs_read.get().map(|newest| {
            let reading = TableReading {
                dataset: "jobs",
                table: &app.tables.jobs,
                columns: JOB_COLUMNS,
                range: None,
                read_at: Some(newest.read_at),
                ledger: &newest.ledger,
            };
            DatasetQuality::of(&reading, thresholds)
        }));
        Self {
            level: datasets.iter().map(|quality| quality.level).max().unwrap_or_default(),
            cases: datasets.iter().map(|quality| quality.cases).sum(),
            thresholds,
            datasets,
        }
    }
}

/// What was left out, unreadable, repaired or suspect in the source tables
///
/// Nothing is dropped or repaired without being counted here, with the key and the value of the first
/// case. `level` is `warning` when a threshold is exceeded, so that numbers may be wrong; answers made
/// from such a dataset carry `meta.data_quality`. The findings of the equipment's real-time rows also
/// compare them with the equipment master, and so do those of the history.
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/api/data-quality",
    tag = "Operation",
    operation_id = "data_quality",
    responses(
        (status = 200, description = "The report", body = Success<DataQuality>),
        ReadFailures
    )
)]
pub async fn report(
    State(app): State<AppState>,
    conditional: Conditional,
) -> Result<Response, ApiError> {
    let quality = DataQuality::of(&app);
    match app.read_basis() {
        Some(basis) => conditional.by_content(&basis, quality).await,
        None => conditional.of_program(quality).await,
    }
}
