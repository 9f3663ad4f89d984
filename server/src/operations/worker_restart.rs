//! `POST /admin/api/worker/restart`: has the watchdog restart the worker.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::audit::Commander;
use super::system::{REASON_LIMIT, WatchdogFiles, watchdog_files};
use crate::app_state::AppState;
use crate::auth::secret_key::random_text;
use crate::http::body::Body;
use crate::http::envelope::{Success, written};
use crate::http::error::ApiError;
use crate::http::failures::{CommandFailures, Conflicting};
use crate::http::values::Bounded;
use crate::restart::decision::Ask;
use crate::restart::{Decision, PolicyState, Refusal, RestartRequest, RestartSource, decide};
use crate::runtime_contract;

/// A restart request.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RestartCommand {
    /// Whether to override a rejection by the policy.
    #[serde(default)]
    #[schema(required = false)]
    manual_override: bool,
    /// Whether the caller has confirmed the consequences; required for an override.
    #[serde(default)]
    #[schema(required = false)]
    override_acknowledged: bool,
    /// Why; an override needs it. Goes to the audit log.
    #[schema(value_type = Option<String>, max_length = 500, required = false)]
    override_reason: Option<Bounded<REASON_LIMIT>>,
}

/// A restart that the watchdog will carry out.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestartAnswer {
    /// Names it in the `restart_history` of `/admin/api/worker/status`.
    request_id: String,
    /// Who asked.
    requested_by: String,
    /// When: ISO 8601, UTC.
    requested_at: String,
    /// The policy's state now.
    policy_state: PolicyState,
    /// `allowed` or `overridden`.
    decision: String,
    /// The one address that old and new worker serve on.
    single_port_bind: String,
    /// The files that it is carried out by.
    watchdog: WatchdogFiles,
}

/// Restart the worker
///
/// The watchdog has the supervisor start a new worker, which takes over when it is ready; no
/// request is lost. `GET /admin/api/worker/status` shows the result.
///
/// # Errors
/// The policy rejects it, an override lacks its confirmation or reason, a restart is in progress,
/// or no watchdog runs.
#[utoipa::path(
    post,
    path = "/admin/api/worker/restart",
    tag = "Operation",
    request_body = RestartCommand,
    responses(
        (status = 202, description = "It will be carried out", body = Success<RestartAnswer>),
        CommandFailures,
        Conflicting
    )
)]
pub async fn restart(
    State(app): State<AppState>,
    commander: Commander,
    Body(asked): Body<RestartCommand>,
) -> Result<Response, ApiError> {
    let RestartCommand { manual_override, override_acknowledged, override_reason } = asked;
    let override_reason = override_reason.map(|reason| reason.0);
    let restarts = app.restarts.clone();
    let is_read = tokio::task::spawn_blocking(move || {
        restarts.refresh();
        restarts.is_kept()
    });
    let is_kept = is_read.await.unwrap_or(false);
    let now = Timestamp::now();
    let state = app.restarts.outlook(now).policy_state;
    let ask = Ask {
        source: RestartSource::Manual,
        manual_override,
        override_acknowledged,
        override_reason: override_reason.as_deref(),
    };
    let decision = decide(state, ask);
    let told = format!("{}, {}", decision.word(), state.word());
    commander.gives("worker_restart", Some(&told), override_reason.as_deref()).await?;
    match decision {
        Decision::Refused(Refusal::ReasonRequired) => return Err(ApiError::no_override_reason()),
        Decision::Refused(Refusal::Cooldown { seconds_left }) => {
            return Err(ApiError::restart_cooldown(seconds_left));
        }
        Decision::Refused(Refusal::Blocked) => return Err(ApiError::restart_blocked()),
        Decision::Allowed | Decision::Overridden => {}
    }
    if !is_kept {
        return Err(ApiError::no_watchdog());
    }
    let request = RestartRequest {
        id: random_text().map_err(|error| ApiError::restart_failed(&error.to_string()))?,
        user: commander.name().to_owned(),
        ip: Some(commander.address().to_owned()),
        timestamp: now,
        source: RestartSource::Manual,
        manual_override,
        override_acknowledged,
        override_reason,
        policy_state: state.word().to_owned(),
        decision: decision.word().to_owned(),
        contract_version: runtime_contract::VERSION.to_owned(),
    };
    let (flag, raised) = (app.restarts.flag().to_owned(), request.clone());
    let raising = tokio::task::spawn_blocking(move || raised.raise(&flag));
    let is_raised = match raising.await {
        Ok(Ok(is_raised)) => is_raised,
        Ok(Err(error)) => return Err(ApiError::restart_failed(&error.to_string())),
        Err(error) => return Err(ApiError::restart_failed(&error.to_string())),
    };
    if !is_raised {
        return Err(ApiError::restart_pending());
    }
    let data = RestartAnswer {
        request_id: request.id,
        requested_by: request.user,
        requested_at: written(now),
        policy_state: state,
        decision: request.decision,
        single_port_bind: app.contract.contract.bind_addr.clone(),
        watchdog: watchdog_files(&app),
    };
    let answer = Success::now(data);
    Ok((StatusCode::ACCEPTED, answer).into_response())
}
