//! `/livez`, `/readyz`, `/health`, `/health/deep`: is it alive, can it answer, how is it.

mod report;

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::{AppState, HealthStatus, cold_start};
use crate::database::CallReport;
use crate::http::caller::Caller;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{AdminFailures, NotReady, ProbeFailures};
use crate::http::rate_limit::ClientAddress;
use crate::redis::{Reach, Redis};
use report::{Health, report};

/// How long `/health/deep` waits for a service. What it answers later is in the next `/health`.
const DEEP_WAIT: Duration = Duration::from_millis(400);

/// Answer of `/livez` and `/readyz`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Probe {
    /// `alive` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// The process runs
#[utoipa::path(
    get,
    path = "/livez",
    tag = "Operation",
    responses((status = 200, description = "It runs", body = Success<Probe>), ProbeFailures)
)]
pub async fn live() -> Response {
    uncached(StatusCode::OK, Success::now(Probe { status: "alive" }))
}

/// Every dataset is loaded
///
/// # Errors
/// A dataset has not been loaded yet, or the server is about to stop.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Operation",
    responses(
        (status = 200, description = "Every dataset can be asked", body = Success<Probe>),
        ProbeFailures,
        NotReady
    )
)]
pub async fn ready(State(app): State<AppState>) -> Result<Response, ApiError> {
    let plant = app.snapshots.current();
    if let Some(missing) = Dataset::ALL.iter().find(|dataset| plant.published(**dataset).is_none())
    {
        return Err(cold_start(&app, &plant, missing.name()));
    }
    if app.draining.is_cancelled() {
        return Err(ApiError::draining());
    }
    let data = Probe { status: "ready" };
    Ok(uncached(StatusCode::OK, Success::now(data)))
}

/// Condition of the server and its data
///
/// Asks nothing of the database: it reports what the last refreshes and the last probe found, at most
/// a second ago. 503 only when there is neither a snapshot nor a database; `success` is then false,
/// with `data`. Where visitors may not see the dashboards, those without a role are told `status` only,
/// unless they come from an address of `METRICS_ALLOWED_ADDRESSES`.
#[utoipa::path(
    get,
    path = "/health",
    tag = "Operation",
    responses(
        (status = 200, description = "Healthy or degraded", body = Success<HealthAnswer>),
        (status = 503, description = "Unhealthy: `success` is false", body = Success<HealthAnswer>),
        ProbeFailures
    )
)]
pub async fn health(
    State(app): State<AppState>,
    caller: Caller,
    client: ClientAddress,
) -> Response {
    if !may_read_figures(&app, &caller, client) {
        let (status, _) = app.health_status(&app.snapshots.current());
        let success = status != HealthStatus::Unhealthy;
        let code = if success { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        return uncached(code, Success { success, ..Success::now(HealthWord { status }) });
    }
    let (is_able, body) = app.health_memo.get(Instant::now(), || {
        let data = report(&app, &app.snapshots.current(), Timestamp::now());
        let success = data.status != HealthStatus::Unhealthy;
        let body = Success { success, ..Success::now(data) };
        // Numbers, texts and lists: nothing in it that JSON can't say.
        (success, serde_json::to_vec(&body).unwrap_or_default().into())
    });
    let status = if is_able { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    const TYPE: HeaderValue = HeaderValue::from_static("application/json");
    const FRESH: HeaderValue = HeaderValue::from_static("no-store");
    (status, [(header::CONTENT_TYPE, TYPE), (header::CACHE_CONTROL, FRESH)], body).into_response()
}

/// Whether a caller may see figures of the server: with any role, which visitors may have as well, or from
/// an address that may.
pub(super) fn may_read_figures(
    app: &AppState,
    caller: &Caller,
    ClientAddress(client): ClientAddress,
) -> bool {
    let is_allowed = |address| app.exposure.may_read_figures(address);
    caller.role().is_some() || client.is_some_and(is_allowed)
}

/// All that a stranger is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthWord {
    /// Overall condition.
    status: HealthStatus,
}

/// How the server is, or the word for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two answers")]
pub enum HealthAnswer {
    /// For those who may see the dashboards.
    Full(Box<Health>),
    /// For strangers.
    Word(HealthWord),
}

/// How long the services take to answer now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Latencies {
    /// The MES database: milliseconds; null when it gave no answer within 400 ms.
    database_ms: Option<f64>,
    /// Redis: milliseconds; null when it gave no answer within 400 ms, or there is none.
    redis_ms: Option<f64>,
}

/// How the server is, and what its calls take.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeepHealth {
    /// What `/health` says, made now.
    #[serde(flatten)]
    health: Health,
    /// How long the services take to answer now.
    latencies: Latencies,
    /// How long calls to the database took.
    queries: CallReport,
}

/// Condition of the server, with its services asked now
///
/// Takes half a second at most, also when a service does not answer.
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/health/deep",
    tag = "Operation",
    responses(
        (status = 200, description = "Whatever it found", body = Success<DeepHealth>),
        AdminFailures
    )
)]
pub async fn deep(State(app): State<AppState>) -> Result<Response, ApiError> {
    let data = deep_report(&app).await;
    Ok(uncached(StatusCode::OK, Success::now(data)))
}

/// Asks the services, then reports.
pub async fn deep_report(app: &AppState) -> DeepHealth {
    let redis = async {
        match app.route_cache.redis() {
            Some(redis) => redis_ms(redis).await,
            None => None,
        }
    };
    let (probed, redis_ms) = tokio::join!(app.database.probe_within(DEEP_WAIT), redis);
    let database_ms = probed
        .filter(|probed| probed.error.is_none())
        .map(|probed| probed.latency.as_secs_f64() * 1e3);
    DeepHealth {
        health: report(app, &app.snapshots.current(), Timestamp::now()),
        latencies: Latencies { database_ms, redis_ms },
        queries: app.database.statistics().report(),
    }
}

async fn redis_ms(redis: &Redis) -> Option<f64> {
    let began = Instant::now();
    let reach = tokio::time::timeout(DEEP_WAIT, redis.probe()).await.ok()?;
    (reach == Reach::Reachable).then(|| began.elapsed().as_secs_f64() * 1e3)
}

fn uncached<T: Serialize>(status: StatusCode, body: Success<T>) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
