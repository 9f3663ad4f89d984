//! `/admin/api/*` for operators: everything at a glance, the worker, the circuit breaker.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::Commander;
use super::health::{DeepHealth, deep_report};
use crate::app_state::AppState;
use crate::database::{BreakerHealth, CircuitBreaker};
use crate::http::body::Body;
use crate::http::envelope::{Success, written};
use crate::http::error::ApiError;
use crate::http::failures::{AdminFailures, CommandFailures};
use crate::http::values::Bounded;
use crate::restart::{Churn, PolicyState, RestartRecord};
use crate::supervisor::SupervisorStatus;

/// The process that serves.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worker {
    /// Process id.
    pid: u32,
    /// When it started: ISO 8601, UTC.
    started_at: String,
    /// Whole seconds since.
    uptime_seconds: u64,
    /// Program version.
    version: &'static str,
}

/// The worker and its restarts.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerStatus {
    /// The process that serves.
    worker: Worker,
    /// Whether it may be restarted.
    policy_state: PolicyState,
    /// How often it was restarted.
    restart_churn: Churn,
    /// The restarts in the window, newest first.
    restart_history: Vec<RestartRecord>,
    /// Why the restarts are not known; null when they are.
    restart_history_problem: Option<String>,
    /// Whether the watchdog runs that carries restarts out.
    watchdog_running: bool,
    /// The supervisor; null where the server runs without one.
    supervisor: Option<SupervisorStatus>,
    /// The files that supervisor, watchdog and worker share.
    watchdog: WatchdogFiles,
}

/// The files that supervisor, watchdog and worker share.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchdogFiles {
    /// Folder of the others.
    runtime_dir: String,
    /// Who the supervisor is.
    pid_file: String,
    /// The pending restart request.
    restart_flag: String,
    /// The restarts that there were.
    state_file: String,
}

/// Everything at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemStatus {
    /// Response of `/health/deep`.
    #[serde(flatten)]
    health: DeepHealth,
    /// The worker and its restarts.
    worker_status: WorkerStatus,
}

async fn worker_status(app: &AppState) -> WorkerStatus {
    // Read now, so that the end of a restart is visible before the next read of the file.
    let restarts = app.restarts.clone();
    if let Err(error) = tokio::task::spawn_blocking(move || restarts.refresh()).await {
        tracing::error!(%error, "the restarts can't be read");
    }
    let now = Timestamp::now();
    let outlook = app.restarts.outlook(now);
    let uptime = now.as_second().saturating_sub(app.started_at.as_second());
    WorkerStatus {
        worker: Worker {
            pid: std::process::id(),
            started_at: written(app.started_at),
            uptime_seconds: u64::try_from(uptime).unwrap_or(0),
            version: env!("CARGO_PKG_VERSION"),
        },
        policy_state: outlook.policy_state,
        restart_churn: outlook.restart_churn,
        restart_history: app.restarts.in_window(now),
        restart_history_problem: app.restarts.problem(),
        watchdog_running: app.restarts.is_kept(),
        supervisor: app.supervisor.load().as_deref().cloned(),
        watchdog: watchdog_files(app),
    }
}

/// The files that supervisor, watchdog and worker share.
pub(super) fn watchdog_files(app: &AppState) -> WatchdogFiles {
    let contract = &app.contract.contract;
    WatchdogFiles {
        runtime_dir: contract.runtime_dir.clone(),
        pid_file: contract.pid_file.clone(),
        restart_flag: contract.restart_flag.clone(),
        state_file: contract.state_file.clone(),
    }
}

/// Everything at a glance: condition, latencies, queries, worker
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/admin/api/system-status",
    tag = "Operation",
    responses((status = 200, description = "As it is", body = Success<SystemStatus>), AdminFailures)
)]
pub async fn status(State(app): State<AppState>) -> Result<Response, ApiError> {
    let health = deep_report(&app).await;
    let data = SystemStatus { health, worker_status: worker_status(&app).await };
    Ok(Success::now(data).into_response())
}

/// The worker and its restarts
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/admin/api/worker/status",
    tag = "Operation",
    responses((status = 200, description = "As it is", body = Success<WorkerStatus>), AdminFailures)
)]
pub async fn worker(State(app): State<AppState>) -> Result<Response, ApiError> {
    let data = worker_status(&app).await;
    Ok(Success::now(data).into_response())
}

/// What to do with the circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerAction {
    /// Force the breaker open.
    ForceOpen,
    /// Force the breaker closed.
    ForceClosed,
    /// Forget all calls and follow its own judgement again.
    Reset,
}

impl BreakerAction {
    fn name(self) -> &'static str {
        match self {
            Self::ForceOpen => "force_open",
            Self::ForceClosed => "force_closed",
            Self::Reset => "reset",
        }
    }

    fn apply(self, breaker: &CircuitBreaker) {
        match self {
            Self::ForceOpen => breaker.force_open(),
            Self::ForceClosed => breaker.force_closed(),
            Self::Reset => breaker.reset(),
        }
    }
}

/// A command to the circuit breaker.
#[derive(Debug, Deserialize, ToSchema)]
pub struct BreakerCommand {
    /// What to do.
    action: BreakerAction,
    /// Why; goes to the audit log.
    #[schema(value_type = String, max_length = 500)]
    reason: Bounded<REASON_LIMIT>,
}

/// Longest reason, in characters.
pub(super) const REASON_LIMIT: usize = 500;

/// Force the circuit breaker open or closed, or return it to automatic
///
/// # Errors
/// The action is unknown, or there is no reason.
#[utoipa::path(
    post,
    path = "/admin/api/circuit-breaker",
    tag = "Operation",
    request_body = BreakerCommand,
    responses(
        (status = 200, description = "The breaker afterwards", body = Success<BreakerHealth>),
        CommandFailures
    )
)]
pub async fn breaker(
    State(app): State<AppState>,
    commander: Commander,
    Body(BreakerCommand { action, reason }): Body<BreakerCommand>,
) -> Result<Response, ApiError> {
    commander.gives("circuit_breaker", Some(action.name()), Some(&reason.0)).await?;
    action.apply(app.database.breaker());
    let data = app.database.health().circuit_breaker;
    Ok(Success::now(data).into_response())
}
