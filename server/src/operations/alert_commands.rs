//! Commands about the alert rules of the plant: replacing them, taking note of a firing, silence.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use compute_core::alert::AlertRule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::audit::Commander;
use crate::api::alerts::{fresh, refused, watched, wrong};
use crate::app_state::AppState;
use crate::http::body::{Body, JsonObject};
use crate::http::envelope::Success;
use crate::http::error::ApiError;
use crate::http::failures::{AdminFailures, CommandFailures, Conflicting, Missing, NotReady};
use crate::http::values::Bounded;
use crate::plant_alerts::{
    AlertError, AlertsNow, MOST_RULES, MOST_SILENCE_MINUTES, RuleBook, RuleProblem, read_rules,
};

/// The rules with their revision.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertRules {
    /// To be sent back with a change.
    revision: i64,
    /// Rules that can be used, in their order.
    rules: Vec<AlertRule>,
    /// Parts of the file that can't be used. A change replaces them.
    problems: Vec<RuleProblem>,
    /// Rules at most.
    most_rules: usize,
}

/// Runs what reads or writes files.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AlertError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| ApiError::internal().caused_by(cause))?.map_err(refused)
}

fn shown(book: RuleBook) -> Response {
    let RuleBook { revision, rules, problems } = book;
    let most_rules = MOST_RULES;
    Success::now(AlertRules { revision, rules, problems, most_rules }).into_response()
}

/// The alert rules and their revision
///
/// # Errors
/// No rules are watched here.
#[utoipa::path(
    get,
    path = "/admin/api/alert-rules",
    tag = "Operation",
    responses(
        (status = 200, description = "The rules", body = Success<AlertRules>),
        AdminFailures,
        Missing
    )
)]
pub async fn show(State(app): State<AppState>) -> Result<Response, ApiError> {
    Ok(shown(watched(&app)?.rules()))
}

/// Rules in the place of others.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AlertRulesChange {
    /// The revision that they were made from.
    revision: i64,
    /// All rules, in their order.
    #[schema(value_type = Vec<AlertRule>)]
    rules: Vec<Value>,
}

/// Replace the alert rules
///
/// All or none: a rule that can't be used is refused with its place. What fires of a rule that is
/// changed, switched off or removed ends.
///
/// # Errors
/// A rule can't be used, somebody else changed them in the meantime, another process watches (503), or
/// they can't be written.
#[utoipa::path(
    put,
    path = "/admin/api/alert-rules",
    tag = "Operation",
    request_body = AlertRulesChange,
    responses(
        (status = 200, description = "The rules as they are now", body = Success<AlertRules>),
        CommandFailures,
        Conflicting,
        Missing,
        NotReady
    )
)]
pub async fn replace(
    State(app): State<AppState>,
    commander: Commander,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let change: AlertRulesChange = body.read()?;
    let (rules, problems) = read_rules(&change.rules);
    if let Some(problem) = problems.first() {
        return Err(wrong(problem));
    }
    let alerts = watched(&app)?;
    let revision = change.revision;
    alerts.may_replace(revision).map_err(refused)?;
    let target =
        format!("revision {}: {}", revision + 1, difference(&alerts.rules().rules, &rules));
    commander.gives("alert_rules", Some(&target), None).await?;
    let done = alerts.clone();
    let book = aside(move || done.replace_rules(revision, rules)).await?;
    app.snapshots.wake();
    Ok(shown(book))
}

/// What is different, in words.
fn difference(before: &[AlertRule], now: &[AlertRule]) -> String {
    let of = |rules: &[AlertRule], id: &str| rules.iter().find(|rule| rule.id == id).cloned();
    let came = now.iter().filter_map(|rule| match of(before, &rule.id) {
        None => Some(format!("added {}", rule.id)),
        Some(other) if other != *rule => Some(format!("changed {}", rule.id)),
        Some(_) => None,
    });
    let left = before.iter().filter(|rule| of(now, &rule.id).is_none());
    let all: Vec<String> = came.chain(left.map(|rule| format!("removed {}", rule.id))).collect();
    if all.is_empty() { "the same rules".to_owned() } else { all.join(", ") }
}

/// A firing that somebody takes note of.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Acknowledgement {
    /// Its id.
    #[schema(example = "old-holds.1795000000000.1")]
    firing: String,
}

/// Take note of a firing
///
/// The first one counts; webhooks are sent all the same.
///
/// # Errors
/// There is no such firing, or another process watches (503).
#[utoipa::path(
    post,
    path = "/api/alerts/acknowledge",
    tag = "Alerts",
    operation_id = "alerts_acknowledge",
    request_body = Acknowledgement,
    responses(
        (status = 200, description = "It is noted", body = Success<AlertsNow>),
        CommandFailures,
        Missing,
        NotReady
    )
)]
pub async fn acknowledge(
    State(app): State<AppState>,
    commander: Commander,
    Body(Acknowledgement { firing }): Body<Acknowledgement>,
) -> Result<Response, ApiError> {
    let alerts = watched(&app)?;
    alerts.may_acknowledge(&firing).map_err(refused)?;
    commander.gives("acknowledge_alert", Some(&firing), None).await?;
    let by = commander.name().to_owned();
    let done = alerts.clone();
    aside(move || done.acknowledge(&firing, &by)).await?;
    app.snapshots.wake();
    Ok(fresh(alerts.shown()))
}

/// A time in which a rule is not to be told.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SilenceAsked {
    /// The rule's id.
    #[schema(example = "old-holds")]
    rule: String,
    /// Minutes from now on, up to 43200; 0 ends the silence that there is.
    minutes: u32,
    /// Why, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Option<Bounded<200>>,
}

/// Silence a rule
///
/// It is watched all the same. What still fires at the end of the silence is told then.
///
/// # Errors
/// There is no such rule, the time is too long, or another process watches (503).
#[utoipa::path(
    post,
    path = "/api/alerts/silence",
    tag = "Alerts",
    operation_id = "alerts_silence",
    request_body = SilenceAsked,
    responses(
        (status = 200, description = "It is silent", body = Success<AlertsNow>),
        CommandFailures,
        Missing,
        NotReady
    )
)]
pub async fn silence(
    State(app): State<AppState>,
    commander: Commander,
    Body(asked): Body<SilenceAsked>,
) -> Result<Response, ApiError> {
    let SilenceAsked { rule, minutes, reason } = asked;
    if minutes > MOST_SILENCE_MINUTES {
        let allowed = format!("0–{MOST_SILENCE_MINUTES}");
        return Err(ApiError::not_allowed("minutes", &minutes.to_string(), &allowed));
    }
    let alerts = watched(&app)?;
    alerts.may_silence(&rule).map_err(refused)?;
    let reason = reason.map(|reason| reason.0).unwrap_or_default();
    let target = format!("{rule}: {minutes} min");
    let why = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    commander.gives("silence_alert", Some(&target), why).await?;
    let (by, done) = (commander.name().to_owned(), alerts.clone());
    aside(move || done.silence(&rule, minutes, &reason, &by)).await?;
    app.snapshots.wake();
    Ok(fresh(alerts.shown()))
}
