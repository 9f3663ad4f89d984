//! `/api/alerts`: the alert rules of the plant, what fires, and what a rule would have done.
//! `operations::alert_commands` changes them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use compute_core::alert::{AlertReplay, AlertRule, replay};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::http::body::JsonObject;
use crate::http::envelope::Success;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::failures::{BodyFailures, Missing, ReadFailures};
use crate::plant_alerts::{AlertError, AlertsNow, PlantAlerts, RuleProblem, read_rule};
use crate::plant_memory::PlantMemory;

/// Retry-After while another process watches, s: about the time of a reload.
const NOT_KEEPER_SECS: u32 = 5;
/// Shifts that a rule is replayed over at most.
const MOST_SHIFTS: u8 = 14;
/// A replay decodes whole shifts: one at a time.
static REPLAYS: Semaphore = Semaphore::const_new(1);

/// The rules where they are watched.
pub fn watched(app: &AppState) -> Result<Arc<PlantAlerts>, ApiError> {
    app.alerts.clone().ok_or_else(|| {
        ApiError::not_found(
            "這台伺服器不監看警示規則 (ALERTS_DIR)",
            "This server watches no alert rules (ALERTS_DIR)",
        )
    })
}

/// What a failure means to a caller.
pub fn refused(error: AlertError) -> ApiError {
    match error {
        AlertError::Conflict { current } => ApiError::conflict(current),
        AlertError::Unknown(what) => {
            ApiError::not_found(format!("找不到此項目 ({what})"), format!("There is no {what}"))
        }
        AlertError::NotKeeper => ApiError::new(
            ErrorCode::ServiceUnavailable,
            "警示規則目前由另一個程序監看，請稍後再試",
            "Another process watches the alert rules now, as during a reload; try again shortly",
        )
        .retry_after(NOT_KEEPER_SECS),
        AlertError::File(cause) => {
            tracing::error!(%cause, "alert rules can't be written");
            ApiError::internal().caused_by(cause)
        }
    }
}

/// A part of a rule that can't be used.
pub fn wrong(problem: &RuleProblem) -> ApiError {
    ApiError::validation(
        format!("欄位 {} 無效: {}", problem.place, problem.reason),
        format!("Field {} is invalid: {}", problem.place, problem.reason),
    )
}

/// What pages show, kept by no cache.
pub fn fresh(data: AlertsNow) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Success::now(data)).into_response()
}

/// The alert rules, what fires, and what fired
///
/// An event named `alerts` of `/api/events` tells when it changes.
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/api/alerts",
    tag = "Alerts",
    operation_id = "alerts_show",
    responses(
        (status = 200, description = "Rules, firings and silences", body = Success<AlertsNow>),
        ReadFailures
    )
)]
pub async fn show(State(app): State<AppState>) -> Response {
    fresh(app.alerts.as_ref().map(|alerts| alerts.shown()).unwrap_or_default())
}

/// A rule to be tried.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReplayAsked {
    /// The rule, which need not be saved.
    #[schema(value_type = AlertRule)]
    rule: Value,
    /// Newest kept shifts that it is tried over, 1 to 14; 2 by default.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 14)]
    shifts: Option<u8>,
}

/// What a rule did in the replay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// Shifts that were replayed.
    shifts: usize,
    /// The course and the firings.
    replay: AlertReplay,
}

/// Try a rule over kept shifts
///
/// Kept versions are those of the plant's memory, at most one per `PLANT_MEMORY_INTERVAL`.
///
/// # Errors
/// The rule can't be used, no shift is kept, or a kept shift can't be read.
#[utoipa::path(
    post,
    path = "/api/alerts/replay",
    tag = "Alerts",
    operation_id = "alerts_replay",
    request_body = ReplayAsked,
    responses(
        (status = 200, description = "When it would have fired", body = Success<Replayed>),
        BodyFailures,
        Missing
    )
)]
pub async fn try_rule(State(app): State<AppState>, body: JsonObject) -> Result<Response, ApiError> {
    let asked: ReplayAsked = body.read()?;
    let rule = read_rule("rule", &asked.rule).map_err(|problem| wrong(&problem))?;
    let shifts = asked.shifts.unwrap_or(2);
    if !(1..=MOST_SHIFTS).contains(&shifts) {
        let allowed = format!("1–{MOST_SHIFTS}");
        return Err(ApiError::not_allowed("shifts", &shifts.to_string(), &allowed));
    }
    let memory = app.memory.clone().ok_or_else(|| {
        ApiError::not_found(
            "這台伺服器不保存過去的版本 (PLANT_MEMORY_DIR)",
            "This server keeps no versions of the past (PLANT_MEMORY_DIR)",
        )
    })?;
    let _turn = REPLAYS.acquire().await.map_err(|cause| ApiError::internal().caused_by(cause))?;
    let replayed = tokio::task::spawn_blocking(move || replayed(&memory, &rule, shifts)).await;
    let replayed = replayed.map_err(|cause| ApiError::internal().caused_by(cause))??;
    Ok(Success::now(replayed).into_response())
}

fn replayed(memory: &PlantMemory, rule: &AlertRule, shifts: u8) -> Result<Replayed, ApiError> {
    let unreadable = |cause: &dyn std::fmt::Display| {
        tracing::error!(%cause, "a kept shift can't be replayed");
        ApiError::internal().caused_by(cause)
    };
    let kept = memory.newest(usize::from(shifts)).map_err(|cause| unreadable(&cause))?;
    let mut problem = None;
    let records = kept.iter().map_while(|begin| match memory.records(*begin) {
        Ok(records) => Some(records.unwrap_or_else(|| compute_core::memory::BEGIN.into())),
        Err(cause) => {
            problem = Some(unreadable(&cause));
            None
        }
    });
    let replay = replay(rule, records).map_err(|cause| unreadable(&cause))?;
    problem.map_or(Ok(Replayed { shifts: kept.len(), replay }), Err)
}
