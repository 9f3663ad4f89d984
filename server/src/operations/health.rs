//! `/livez`, `/readyz`, `/health`, `/health/deep`: liveness, readiness and state.

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

/// Timeout of `/health/deep` for a service. A later result is in the next `/health`.
const DEEP_WAIT: Duration = Duration::from_millis(400);

/// Response of `/livez` and `/readyz`.
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

/// State of the server and its data
///
/// Sends no query: reports the last refreshes and the last probe, at most a second old. 503 only
/// when there is neither a snapshot nor a database; `success` is then false, with `data`. Where
/// dashboards need a role, callers without one receive `status` only, unless their address is in
/// `METRICS_ALLOWED_ADDRESSES`.
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
        // Serialization of numbers, texts and lists does not fail.
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

/// The part for callers without a role.
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

/// Current response times of the services.
#[derive(Debug, Serialize, ToSchema)]
pub struct Latencies {
    /// The MES database: milliseconds; null without a response within 400 ms.
    database_ms: Option<f64>,
    /// Redis: milliseconds; null without a response within 400 ms, or without Redis.
    redis_ms: Option<f64>,
}

/// How the server is, and what its calls take.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeepHealth {
    /// Makes the report of `/health`.
    #[serde(flatten)]
    health: Health,
    /// Current response times of the services.
    latencies: Latencies,
    /// How long calls to the database took.
    queries: CallReport,
}

/// State of the server, with its services asked now
///
/// Takes half a second at most, also when a service does not respond.
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

/// Probes the services, then reports.
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
