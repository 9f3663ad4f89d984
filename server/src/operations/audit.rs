//! Recording what administrators do, and `/admin/api/audit`.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app_state::AppState;
use crate::audit::{Act, Audit, AuditEntry, announce};
use crate::http::caller::Caller;
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{AdminFailures, NotReady};
use crate::http::query::Query;
use crate::http::values::{Clamped, entry_id};
use crate::http::visitor::Visitor;

/// Extractor: the administrator who gives a command.
pub struct Commander {
    audit: Arc<Audit>,
    name: String,
    address: String,
}

impl FromRequestParts<AppState> for Commander {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let (name, address) = (caller.name().to_owned(), visitor.address.to_string());
        Ok(Self { audit: app.audit.clone(), name, address })
    }
}

impl Commander {
    /// Who.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Network address that the command comes from.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// An action of the caller, to be recorded together with its effect.
    pub fn act<'a>(
        &'a self,
        action: &'a str,
        target: Option<&'a str>,
        reason: Option<&'a str>,
    ) -> Act<'a> {
        Act { actor: &self.name, address: &self.address, action, target, reason }
    }

    /// Records a command that is about to be carried out.
    ///
    /// # Errors
    /// It can't be recorded and must not be carried out.
    pub async fn gives(
        &self,
        action: &'static str,
        target: Option<&str>,
        reason: Option<&str>,
    ) -> Result<(), ApiError> {
        let act = self.act(action, target, reason);
        announce(&act);
        self.audit.record(act).await.map_err(|cause| {
            tracing::error!(%cause, action, "a command can't be recorded and is not carried out");
            ApiError::unrecorded()
        })
    }
}

/// Which entries to read.
#[derive(Debug, IntoParams, Deserialize)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// Entries before the one with this id.
    #[serde(default, deserialize_with = "entry_id")]
    #[param(required = false)]
    before: Option<i64>,
    /// Entries at most, 1 to 500.
    #[serde(default)]
    #[param(required = false, value_type = u32)]
    limit: Clamped<100, 1, 500>,
}

/// Entries of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// Newest first.
    entries: Vec<AuditEntry>,
    /// `before` of the next page; null when this is the last.
    next_before: Option<i64>,
}

/// What administrators did, newest first
///
/// # Errors
/// A parameter is wrong, or the application's database gives no answer.
#[utoipa::path(
    get,
    path = "/admin/api/audit",
    tag = "Operation",
    params(AuditParameters),
    responses(
        (status = 200, description = "The entries", body = Success<AuditPage>),
        AdminFailures,
        NotReady
    )
)]
pub async fn entries(
    State(app): State<AppState>,
    Query(asked): Query<AuditParameters>,
) -> Result<Response, ApiError> {
    let entries = app.audit.read(asked.before, asked.limit.0).await.map_err(|cause| {
        tracing::error!(%cause, "the audit log can't be read");
        ApiError::audit_unavailable()
    })?;
    let is_full = entries.len() == asked.limit.0 as usize;
    let next_before = entries.last().filter(|_| is_full).map(AuditEntry::id);
    let data = AuditPage { entries, next_before };
    Ok(Success::now(data).into_response())
}
