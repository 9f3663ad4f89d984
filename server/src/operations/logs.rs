//! `/admin/api/logs` and `/admin/api/metrics`: the log of the last days and the metrics of the last
//! hour.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::audit::Commander;
use crate::app_state::AppState;
use crate::database::CallReport;
use crate::http::body::Body;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{AdminFailures, CommandFailures, Missing};
use crate::http::query::Query;
use crate::http::values::{Bounded, Clamped, entry_id};
use crate::log_store::{LEVELS, LogEntry, LogQuery, LogStore, LogStoreState};
use crate::telemetry::MinuteFigures;

/// Longest age in a clean-up, in days.
const MOST_DAYS: i64 = 3_650;

/// Which entries to read.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct LogParameters {
    /// The least severe that counts: error, warn, info, debug or trace; all when absent.
    #[serde(default, deserialize_with = "severity")]
    #[param(required = false, value_type = Option<String>)]
    level: Option<i64>,
    /// Found literally in text, fields, module or request id; at most 200 characters.
    #[param(required = false, value_type = Option<String>)]
    text: Option<Bounded<200>>,
    /// Entries before the one with this id.
    #[serde(default, deserialize_with = "entry_id")]
    #[param(required = false)]
    before: Option<i64>,
    /// Entries at most, 1 to 500.
    #[serde(default)]
    #[param(required = false, value_type = u32)]
    limit: Clamped<100, 1, 500>,
}

/// The number of a level.
fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match LEVELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
        Some((_, severity)) => Ok(Some(*severity)),
        None => {
            let names = LEVELS.map(|(name, _)| name).join(", ");
            Err(D::Error::invalid_value(Unexpected::Str(&name), &names.as_str()))
        }
    }
}

/// Entries of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogPage {
    /// Newest first.
    entries: Vec<LogEntry>,
    /// `before` of the next page; null when this is the last.
    next_before: Option<i64>,
    /// What is kept.
    store: LogStoreState,
}

fn store(app: &AppState) -> Result<&LogStore, ApiError> {
    app.log_store.as_deref().ok_or_else(|| {
        ApiError::not_found(
            "未保存記錄檔；請設定 LOG_STORE_FILE",
            "No log is kept for reading; set LOG_STORE_FILE",
        )
    })
}

fn unreadable(cause: sqlx::Error) -> ApiError {
    tracing::error!(%cause, "the log file can't be read or written");
    ApiError::internal()
}

/// The log of the last days, newest entries first
///
/// # Errors
/// A parameter is wrong, or no log is kept.
#[utoipa::path(
    get,
    path = "/admin/api/logs",
    tag = "Operation",
    params(LogParameters),
    responses(
        (status = 200, description = "The entries", body = Success<LogPage>),
        AdminFailures,
        Missing
    )
)]
pub async fn entries(
    State(app): State<AppState>,
    Query(asked): Query<LogParameters>,
) -> Result<Response, ApiError> {
    let store = store(&app)?;
    let query = LogQuery {
        severity: asked.level,
        text: asked.text.map(|text| text.0),
        before: asked.before,
        limit: asked.limit.0,
    };
    let entries = store.read(&query).await.map_err(unreadable)?;
    let next_before =
        entries.last().filter(|_| entries.len() == query.limit as usize).map(|entry| entry.id);
    let store = store.state().await.map_err(unreadable)?;
    let data = LogPage { entries, next_before, store };
    Ok(Success::now(data).into_response())
}

/// A clean-up of the log.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CleanupCommand {
    /// Removes what is older than so many days, 0 to 3650; 0 for everything.
    older_than_days: i64,
}

/// What a clean-up did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cleanup {
    /// Entries removed.
    removed: u64,
    /// What is kept.
    store: LogStoreState,
}

/// Remove old entries of the log
///
/// # Errors
/// The number of days is wrong, or no log is kept.
#[utoipa::path(
    post,
    path = "/admin/api/logs/cleanup",
    tag = "Operation",
    request_body = CleanupCommand,
    responses(
        (status = 200, description = "It is done", body = Success<Cleanup>),
        CommandFailures,
        Missing
    )
)]
pub async fn cleanup(
    State(app): State<AppState>,
    commander: Commander,
    Body(CleanupCommand { older_than_days: days }): Body<CleanupCommand>,
) -> Result<Response, ApiError> {
    let store = store(&app)?;
    if !(0..=MOST_DAYS).contains(&days) {
        let allowed = format!("0 to {MOST_DAYS}");
        return Err(ApiError::not_allowed("older_than_days", &days.to_string(), &allowed));
    }
    commander.gives("log_cleanup", Some(&format!("older than {days} days")), None).await?;
    let before = Timestamp::now().saturating_sub(SignedDuration::from_hours(24 * days));
    let removed =
        store.remove_before(before.unwrap_or(Timestamp::MIN)).await.map_err(unreadable)?;
    let store = store.state().await.map_err(unreadable)?;
    let data = Cleanup { removed, store };
    Ok(Success::now(data).into_response())
}

/// What the server did in the last hour.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastHour {
    /// Responses per minute, oldest first; minutes without any are omitted.
    minutes: Vec<MinuteFigures>,
    /// Calls to the database.
    queries: CallReport,
}

/// Responses per minute over the last hour, and calls to the database
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/admin/api/metrics",
    tag = "Operation",
    responses((status = 200, description = "The figures", body = Success<LastHour>), AdminFailures)
)]
pub async fn last_hour(State(app): State<AppState>) -> Result<Response, ApiError> {
    let data = LastHour {
        minutes: app.requests.last_hour(Timestamp::now()),
        queries: app.database.statistics().report(),
    };
    Ok(Success::now(data).into_response())
}
