//! The hours of every machine as a CSV or Excel file.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use compute_core::equipment::EquipmentFilter;
use compute_core::history::Day;
use serde::Deserialize;
use utoipa::ToSchema;

use super::joined::machines_of;
use super::parameters::{MachineParameters, RangeParameters, day, filter};
use crate::api::export::{FileFormat, FileParameters, TableFile};
use crate::api::resource::FlagParameters;
use crate::app_state::AppState;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::failures::{HistoryFailures, QueryFailures};
use crate::http::query::Query;
use crate::http::values::Names;

/// Hours of every machine as a file
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    get,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export",
    params(RangeParameters, MachineParameters, FlagParameters, FileParameters),
    responses(
        (
            status = 200,
            description = "The machines",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        HistoryFailures
    )
)]
pub async fn export(
    State(app): State<AppState>,
    Query(range): Query<RangeParameters>,
    Query(machines): Query<MachineParameters>,
    Query(flags): Query<FlagParameters>,
    Query(FileParameters { format }): Query<FileParameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    file(&app, range, filter(&app, machines, flags)?, format, &headers).await
}

/// Which hours, for an export whose parameters are too long for an address.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExportQuestion {
    /// First day.
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    start_date: Day,
    /// Last day, at most 730 days later.
    #[serde(deserialize_with = "day")]
    #[schema(value_type = String, format = Date, example = "2026-11-20")]
    end_date: Day,
    /// Workcenter groups, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    workcenter_groups: Names,
    /// Families, each as it is written.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    families: Names,
    /// Parts of the machine's name or id, any case: one of them has to occur. Commas separate them, `*` stands for anything.
    text: Option<String>,
    /// Only production machines, or only others.
    is_production: Option<bool>,
    /// Only key machines, or only others.
    is_key: Option<bool>,
    /// Only monitored machines, or only others.
    is_monitor: Option<bool>,
    /// `csv` or `xlsx`; `csv` when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: FileFormat,
}

/// Hours of every machine as a file, for many names
///
/// As with GET, with the parameters in a body, which has no limit of an address.
///
/// # Errors
/// A parameter is wrong, no equipment has been loaded yet, or the database can't be asked.
#[utoipa::path(
    post,
    path = "/api/resource/history/export",
    tag = "Equipment history",
    operation_id = "history_export_by_body",
    request_body = ExportQuestion,
    responses(
        (
            status = 200,
            description = "The machines",
            content(
                (String = "text/csv"),
                (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            )
        ),
        QueryFailures
    )
)]
pub async fn export_by_body(
    State(app): State<AppState>,
    headers: HeaderMap,
    Body(asked): Body<ExportQuestion>,
) -> Result<Response, ApiError> {
    let ExportQuestion { start_date, end_date, workcenter_groups, families, text, .. } = asked;
    let ExportQuestion { is_production, is_key, is_monitor, format, .. } = asked;
    let machines = MachineParameters { workcenter_groups, families, text };
    let flags = FlagParameters { is_production, is_key, is_monitor };
    let range = RangeParameters { start_date, end_date };
    file(&app, range, filter(&app, machines, flags)?, format, &headers).await
}

async fn file(
    app: &AppState,
    range: RangeParameters,
    filter: EquipmentFilter,
    format: FileFormat,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let name = format!("resource-history_{}_{}", range.start_date, range.end_date);
    let (machines, joined) = machines_of(app, range, filter).await?;
    let file = TableFile { dataset: "history", name: &name, format };
    Ok(joined.marked(file.answer(app, headers, machines.into_iter()).await?))
}
