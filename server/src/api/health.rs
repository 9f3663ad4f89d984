//! `/livez`, `/readyz`, `/health`: is it alive, can it answer, how is it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use compute_core::table::Dataset;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::envelope::{Meta, Success, written};
use super::error::ApiError;
use super::failures::NotReady;
use super::live::{AppState, cold_start};
use crate::database::{BreakerHealth, DatabaseHealth, PoolHealth};
use crate::redis::Reach;
use crate::resilience::Resilience;
use crate::route_cache::{RouteCache, RouteCacheHealth};
use crate::snapshot::Plant;

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
    responses((status = 200, description = "It runs", body = Success<Probe>))
)]
pub async fn live() -> Response {
    uncached(
        StatusCode::OK,
        Success { success: true, data: Probe { status: "alive" }, meta: Meta::now() },
    )
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
        NotReady
    )
)]
pub async fn ready(State(app): State<AppState>) -> Result<Response, ApiError> {
    let plant = app.snapshots.current();
    if let Some(missing) = Dataset::ALL.iter().find(|dataset| plant.published(**dataset).is_none())
    {
        return Err(cold_start(&plant, missing.name()));
    }
    if app.draining.is_cancelled() {
        return Err(ApiError::draining());
    }
    let data = Probe { status: "ready" };
    Ok(uncached(StatusCode::OK, Success { success: true, data, meta: Meta::now() }))
}

/// Overall condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// All is well.
    Healthy,
    /// It answers, but something is wrong; see `degraded_reason`.
    Degraded,
    /// It cannot do its job: no snapshot and no database.
    Unhealthy,
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Overall condition.
    status: Condition,
    /// Program version.
    version: &'static str,
    /// Condition of what the server depends on.
    services: Services,
    /// The first that holds of `database_unreachable`, `circuit_breaker_open`, `db_pool_saturated`,
    /// `db_pool_leak_suspected`, `redis_unavailable`, `route_cache_degraded` and `cache_stale`; null
    /// when all is well.
    degraded_reason: Option<&'static str>,
    /// The circuit breaker in front of the database.
    circuit_breaker: BreakerHealth,
    /// Connections for requests.
    database_pool: PoolHealth,
    /// Answers that cost a query.
    route_cache: RouteCacheHealth,
    /// What the trouble means to an operator.
    resilience: Resilience,
    /// By dataset: `wip`, `resource`, `equipment`, `workcenter`.
    datasets: BTreeMap<&'static str, DatasetHealth>,
    /// What is wrong.
    errors: Vec<String>,
    /// What to look at.
    warnings: Vec<String>,
}

/// Condition of what the server depends on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Services {
    /// The MES database, as the last probe and the last refreshes found it.
    database: ServiceState,
    /// The shared Redis, as the last probe found it.
    redis: ServiceState,
}

/// Condition of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// Every last call went well.
    Healthy,
    /// Some last call failed.
    Unhealthy,
    /// Not called yet.
    Unknown,
    /// Not configured.
    Disabled,
}

impl ServiceState {
    fn of_redis(cache: &RouteCache) -> Self {
        match cache.redis().map(|redis| redis.reach()) {
            None => Self::Disabled,
            Some(Reach::Unknown) => Self::Unknown,
            Some(Reach::Reachable) => Self::Healthy,
            Some(Reach::Unreachable) => Self::Unhealthy,
        }
    }
}

/// One dataset.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatasetHealth {
    /// Version; null before the first load.
    version: Option<String>,
    /// When this version was first read: ISO 8601, UTC.
    updated_at: Option<String>,
    /// When the data was last found current: ISO 8601, UTC.
    checked_at: Option<String>,
    /// Whole seconds since `checked_at`.
    age_seconds: Option<u64>,
    /// The last refresh failed.
    stale: bool,
    /// Newest SYS_DATE, plant time.
    sys_date: Option<String>,
    /// Rows.
    rows: usize,
    /// Bytes of the table and its indexes in memory.
    table_bytes: usize,
    /// Bytes of the snapshot on the wire, by coding.
    wire_bytes: WireBytes,
}

/// Bytes of a snapshot by content coding.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct WireBytes {
    /// As it is.
    identity: usize,
    /// gzip.
    gzip: usize,
    /// Brotli.
    br: usize,
    /// zstd.
    zstd: usize,
}

/// Condition of the server and its data
///
/// Asks nothing of the database: it reports what the last refreshes and the last probe found. 503
/// only when there is neither a snapshot nor a database; `success` is then false, with `data`.
#[utoipa::path(
    get,
    path = "/health",
    tag = "Operation",
    responses(
        (status = 200, description = "Healthy or degraded", body = Success<Health>),
        (status = 503, description = "Unhealthy: `success` is false", body = Success<Health>)
    )
)]
pub async fn health(State(app): State<AppState>) -> Response {
    let (plant, database) = (app.snapshots.current(), app.database.health());
    let data = report(&app, &plant, database, Timestamp::now());
    let is_able = data.status != Condition::Unhealthy;
    let status = if is_able { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    uncached(status, Success { success: is_able, data, meta: Meta::now() })
}

/// Datasets whose last refresh failed, and those that are loaded.
fn counts(plant: &Plant) -> (usize, usize) {
    let count = |holds: &dyn Fn(Dataset) -> bool| {
        Dataset::ALL.iter().filter(|dataset| holds(**dataset)).count()
    };
    (
        count(&|dataset| plant.state(dataset).is_stale()),
        count(&|dataset| plant.published(dataset).is_some()),
    )
}

/// Overall condition, and why it is not the best; `trouble` is that of [`AppState::trouble`].
pub fn condition(
    plant: &Plant,
    trouble: Option<&'static str>,
) -> (Condition, Option<&'static str>) {
    let (failed, loaded) = counts(plant);
    let reason = match failed {
        all if all == Dataset::ALL.len() => Some("database_unreachable"),
        0 => trouble,
        _ => trouble.or(Some("cache_stale")),
    };
    let status = match (loaded, failed) {
        (0, failed) if failed > 0 => Condition::Unhealthy,
        (loaded, 0) if loaded == Dataset::ALL.len() && reason.is_none() => Condition::Healthy,
        _ => Condition::Degraded,
    };
    (status, reason)
}

fn report(app: &AppState, plant: &Plant, way: DatabaseHealth, now: Timestamp) -> Health {
    let (failed, loaded) = counts(plant);
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    for dataset in Dataset::ALL {
        let (name, state) = (dataset.name(), plant.state(dataset));
        match &state.error {
            Some(cause) if app.shows_causes => {
                errors.push(format!("{name}: refresh failed: {cause}"))
            }
            Some(_) => errors.push(format!("{name}: refresh failed, the cause is in the log")),
            None if plant.published(dataset).is_none() => {
                warnings.push(format!("{name}: not loaded yet"));
            }
            None => {}
        }
        warnings.extend(state.warnings.iter().map(|warning| format!("{name}: {warning}")));
    }
    for suspect in &way.leak_suspects {
        errors.push(format!(
            "database: {} has held a connection for {} s",
            suspect.holder, suspect.age_seconds
        ));
    }
    let (status, degraded_reason) = condition(plant, app.trouble());
    let is_unreachable = degraded_reason == Some("database_unreachable");
    let database = match (failed, loaded) {
        _ if is_unreachable => ServiceState::Unhealthy,
        (0, 0) => ServiceState::Unknown,
        (0, _) => ServiceState::Healthy,
        _ => ServiceState::Unhealthy,
    };
    Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        services: Services { database, redis: ServiceState::of_redis(&app.route_cache) },
        degraded_reason,
        circuit_breaker: way.circuit_breaker,
        route_cache: app.route_cache.health(),
        resilience: app.thresholds.judge(
            degraded_reason,
            way.database_pool.state.saturation,
            app.degraded.since(),
            now,
        ),
        database_pool: way.database_pool,
        datasets: Dataset::ALL
            .map(|dataset| (dataset.name(), of_dataset(plant, dataset, now)))
            .into(),
        errors,
        warnings,
    }
}

fn of_dataset(plant: &Plant, dataset: Dataset, now: Timestamp) -> DatasetHealth {
    let state = plant.state(dataset);
    let published = plant.published(dataset);
    let age = |moment: Timestamp| {
        u64::try_from(now.as_second().saturating_sub(moment.as_second())).unwrap_or(0)
    };
    DatasetHealth {
        version: published.map(|published| published.version.clone()),
        updated_at: published.map(|published| written(published.updated_at)),
        checked_at: state.checked_at.map(written),
        age_seconds: state.checked_at.map(age),
        stale: state.is_stale(),
        sys_date: published.and_then(|published| published.sys_date.clone()),
        rows: published.map_or(0, |published| published.rows),
        table_bytes: published.map_or(0, |published| published.table_bytes),
        wire_bytes: published.map_or_else(WireBytes::default, |published| WireBytes {
            identity: published.bytes.identity.len(),
            gzip: published.bytes.gzip.len(),
            br: published.bytes.brotli.len(),
            zstd: published.bytes.zstd.len(),
        }),
    }
}

fn uncached<T: Serialize>(status: StatusCode, body: Success<T>) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
