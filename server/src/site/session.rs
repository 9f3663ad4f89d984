//! Signing in and out, and who is signed in.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app_state::AppState;
use crate::audit::{Act, announce};
use crate::auth::cookie::CookieUse;
use crate::auth::csrf;
use crate::auth::device;
use crate::auth::role::Role;
use crate::auth::session::{Newcomer, Session, SignedOut, Source};
use crate::auth::sign_in::{Attempt, Known, SignInError};
use crate::http::body::Body;
use crate::http::caller::Caller;
use crate::http::envelope::{CountedSuccess, Meta, Success, written};
use crate::http::error::ApiError;
use crate::http::failures::{ConstantFailures, Missing, SessionFailures};
use crate::http::query::{Query, Segment};
use crate::http::values::Verbatim;
use crate::http::visitor::Visitor;
use crate::operations::audit::Commander;
use crate::serving::client_key;

/// Somebody who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInUser {
    /// Name.
    #[schema(example = "chen")]
    name: String,
    /// Who vouched for them.
    source: Source,
}

impl SignedInUser {
    pub(super) fn of(session: &Session) -> Self {
        Self { name: session.user_name.clone(), source: session.source }
    }
}

/// The caller's own session.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSession {
    /// Who is signed in; null for nobody.
    user: Option<SignedInUser>,
    /// What the caller may do; null for nothing but signing in.
    role: Option<Role>,
    /// To be sent as `X-CSRF-Token` with what changes something; null without a session.
    csrf_token: Option<String>,
    /// When the session ends without further use: ISO 8601, UTC.
    #[schema(example = "2026-11-20T16:00:03.120Z")]
    expires_at: Option<String>,
}

impl OwnSession {
    fn of(app: &AppState, session: Option<&Session>, role: Option<Role>) -> Self {
        let limits = app.auth.sessions.limits();
        Self {
            user: session.map(SignedInUser::of),
            role,
            csrf_token: session.map(|session| csrf::session_token(&app.auth.key, session)),
            expires_at: session.map(|session| written(limits.end_of(session))),
        }
    }
}

/// Sessions that ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// How many.
    ended: usize,
    /// Whether they have ended on all servers. False while the store of sessions is unavailable:
    /// the session has ended on this server, and the removal of its record is retried.
    complete: bool,
}

/// Who the caller is
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/api/session",
    tag = "Session",
    responses(
        (status = 200, description = "Name, role and CSRF token; nulls for nobody", body = Success<OwnSession>),
        ConstantFailures
    )
)]
pub async fn show(State(app): State<AppState>, caller: Caller) -> Response {
    Success::now(OwnSession::of(&app, caller.session().map(AsRef::as_ref), caller.role()))
        .into_response()
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// Name.
    #[schema(example = "chen")]
    username: String,
    /// Password, as it was typed.
    #[schema(value_type = String)]
    password: Verbatim,
}

/// Sign in
///
/// The response sets the session's cookie. It is the same for every wrong name or password.
///
/// # Errors
/// The name or the password is wrong, too many attempts, or sign-in is not available.
#[utoipa::path(
    post,
    path = "/api/session",
    tag = "Session",
    request_body(content = Credentials, content_type = "application/json"),
    responses(
        (status = 200, description = "Signed in", body = Success<OwnSession>),
        SessionFailures
    )
)]
pub async fn sign_in(
    State(app): State<AppState>,
    caller: Caller,
    visitor: Visitor,
    Body(Credentials { username, password }): Body<Credentials>,
) -> Result<Response, ApiError> {
    let (cookies, session) = begin(&app, &caller, &visitor, &username, &password.0).await?;
    let role = Some(session.role).max(app.auth.anonymous);
    let mut response = Success::now(OwnSession::of(&app, Some(&session), role)).into_response();
    for cookie in &cookies {
        set_cookie(&mut response, cookie);
    }
    Ok(response)
}

/// Which sessions to end.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SignOutParameters {
    /// Also end all other sessions of the user
    everywhere: Option<bool>,
}

/// Sign out
///
/// # Errors
/// The store of sessions gives no answer.
#[utoipa::path(
    delete,
    path = "/api/session",
    tag = "Session",
    params(SignOutParameters),
    responses(
        (status = 200, description = "Signed out; the cookie is taken away", body = Success<Ended>),
        SessionFailures
    )
)]
pub async fn sign_out(
    State(app): State<AppState>,
    caller: Caller,
    Query(SignOutParameters { everywhere }): Query<SignOutParameters>,
) -> Result<Response, ApiError> {
    let ended = end(&app, &caller, everywhere.unwrap_or(false)).await?;
    let mut response = Success::now(ended).into_response();
    set_cookie(&mut response, &app.auth.cookies.remove(CookieUse::Session));
    Ok(response)
}

/// A session, as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionEntry {
    /// Names the session; of no use for getting in.
    #[schema(example = "5f0c2a9d1b7e4c83a6d9e0f1b2c3d4e5")]
    id: String,
    /// Who.
    user: String,
    /// What they may do.
    role: Role,
    /// Who vouched for them.
    source: Source,
    /// Whether it is the caller's own.
    current: bool,
    /// When they signed in: ISO 8601, UTC.
    signed_in_at: String,
    /// When they were last seen, within a minute: ISO 8601, UTC.
    last_seen_at: String,
    /// When it ends without further use: ISO 8601, UTC.
    expires_at: String,
    /// Network address at sign-in.
    address: String,
    /// User agent at sign-in.
    user_agent: String,
}

/// Who is signed in
///
/// # Errors
/// The store of sessions gives no answer.
#[utoipa::path(
    get,
    path = "/admin/api/sessions",
    tag = "Session",
    responses(
        (status = 200, description = "All sessions, latest sign-in first", body = CountedSuccess<SessionEntry>),
        ConstantFailures
    )
)]
pub async fn list(State(app): State<AppState>, caller: Caller) -> Result<Response, ApiError> {
    let sessions = &app.auth.sessions;
    let all = sessions.list().await.map_err(|_| ApiError::sessions_unavailable())?;
    let own = caller.session().map(|session| session.public_id.clone());
    let limits = sessions.limits();
    let entry = |session: Session| SessionEntry {
        current: own.as_ref() == Some(&session.public_id),
        signed_in_at: written(session.created_at),
        last_seen_at: written(session.last_seen_at),
        expires_at: written(limits.end_of(&session)),
        id: session.public_id,
        user: session.user_name,
        role: session.role,
        source: session.source,
        address: session.address,
        user_agent: session.user_agent,
    };
    let data: Vec<SessionEntry> = all.into_iter().map(entry).collect();
    Ok(CountedSuccess::new(data, Meta::now()).into_response())
}

/// End somebody's session
///
/// # Errors
/// There is no session of this id, or the store of sessions is unavailable.
#[utoipa::path(
    delete,
    path = "/admin/api/sessions/{id}",
    tag = "Session",
    params(("id" = String, Path, description = "Id from the list")),
    responses(
        (status = 200, description = "It has ended", body = Success<Ended>),
        Missing,
        SessionFailures
    )
)]
pub async fn revoke(
    State(app): State<AppState>,
    commander: Commander,
    Segment(id): Segment,
) -> Result<Response, ApiError> {
    let sessions = &app.auth.sessions;
    let unknown = || ApiError::not_found("找不到此工作階段", "There is no such session");
    let all = sessions.list().await.map_err(|_| ApiError::sessions_unavailable())?;
    let named = all.iter().find(|session| session.public_id == id).ok_or_else(unknown)?;
    commander.gives("end_session", Some(&format!("{} {id}", named.user_name)), None).await?;
    let ended = sessions.end_named(&id).await;
    ended.map_err(|_| ApiError::sessions_unavailable())?.ok_or_else(unknown)?;
    Ok(Success::now(Ended { ended: 1, complete: true }).into_response())
}

/// What sign-ins of administrators are in the audit log.
const SIGN_IN: &str = "sign_in";
/// What failed ones are.
const SIGN_IN_FAILED: &str = "sign_in_failed";

/// Signs a user in; returns the `Set-Cookie`s and the session.
pub(super) async fn begin(
    app: &AppState,
    caller: &Caller,
    visitor: &Visitor,
    name: &str,
    password: &str,
) -> Result<(Vec<String>, Session), ApiError> {
    let auth = &app.auth;
    let (network, device) = (client_key(visitor.address), visitor.device.as_deref());
    let known = match auth.sign_in.check(Attempt { name, password, network, device }).await {
        Ok(known) => known,
        Err(refusal) => {
            tracing::warn!(%refusal, name = name.chars().take(64).collect::<String>(), address = %visitor.address, "sign-in refused");
            return Err(match refusal {
                SignInError::Wrong => {
                    note_failure(app, visitor, name);
                    ApiError::wrong_credentials()
                }
                SignInError::Name(cause) => ApiError::not_a_name(&cause),
                SignInError::Wait(wait) => {
                    let secs = wait.as_millis().div_ceil(1000);
                    ApiError::too_many_requests(u32::try_from(secs).unwrap_or(u32::MAX))
                }
                SignInError::Unavailable(_) => app.sign_in_unavailable().await,
            });
        }
    };
    if known.role == Role::Admin {
        note_success(app, visitor, &known).await?;
    }
    let device = device::after_sign_in(&auth.key, device, &known.attempts_key);
    let newcomer = Newcomer {
        user_name: known.user_name,
        role: known.role,
        source: known.source,
        address: visitor.address.to_string(),
        user_agent: visitor.user_agent.clone(),
        generation: known.generation,
    };
    let before = caller.session().map(AsRef::as_ref);
    let (value, session) = match auth.sessions.begin(newcomer, before).await {
        Ok(begun) => begun,
        Err(_) => return Err(app.sign_in_unavailable().await),
    };
    tracing::info!(user = session.user_name, role = %session.role, address = %visitor.address, "signed in");
    let max_age = auth.sessions.limits().absolute.as_secs();
    let mut cookies = vec![auth.cookies.set(CookieUse::Session, &value, Some(max_age))];
    if let Ok(device) = device {
        cookies.push(auth.cookies.set(CookieUse::Device, &device, Some(device::KEPT_SECS)));
    }
    Ok((cookies, session))
}

/// Records the sign-in of an administrator; without the record it fails.
async fn note_success(app: &AppState, visitor: &Visitor, known: &Known) -> Result<(), ApiError> {
    let address = visitor.address.to_string();
    let act = Act {
        actor: &known.user_name,
        address: &address,
        action: SIGN_IN,
        target: Some(known.source.name()),
        reason: None,
    };
    announce(&act);
    let Err(cause) = app.audit.record(act).await else { return Ok(()) };
    tracing::error!(%cause, "the sign-in of an administrator can't be recorded");
    Err(app.sign_in_unavailable().await)
}

/// Records a wrong password for an administrator: a local one, or one of the directory who has
/// signed in before. In the background: the response time must not reveal whose name it is.
fn note_failure(app: &AppState, visitor: &Visitor, typed: &str) {
    let Some(name) = app.auth.sign_in.canonical(typed) else { return };
    let (auth, audit, address) = (app.auth.clone(), app.audit.clone(), visitor.address.to_string());
    tokio::spawn(async move {
        let is_local = auth.sign_in.is_local_administrator(&name).await.unwrap_or(false);
        if !is_local && !audit.has(&name, SIGN_IN).await.unwrap_or(false) {
            return;
        }
        let act = Act {
            actor: &name,
            address: &address,
            action: SIGN_IN_FAILED,
            target: None,
            reason: None,
        };
        announce(&act);
        if let Err(cause) = audit.record(act).await {
            tracing::error!(%cause, "a failed sign-in of an administrator can't be recorded");
        }
    });
}

/// Ends the caller's session, or all of the same user.
pub(super) async fn end(
    app: &AppState,
    caller: &Caller,
    everywhere: bool,
) -> Result<Ended, ApiError> {
    let Some(session) = caller.session() else { return Ok(Ended { ended: 0, complete: true }) };
    let sessions = &app.auth.sessions;
    let ended = if everywhere {
        let ended = sessions.end_all_of(&session.user_name).await;
        // The caller's own session has ended in any case, although the others are unknown.
        if ended.is_err() {
            sessions.sign_out(session).await;
        }
        match ended {
            Ok(ended) => Ended { ended, complete: true },
            Err(_) => return Err(app.sign_in_unavailable().await),
        }
    } else {
        let complete = sessions.sign_out(session).await == SignedOut::Everywhere;
        Ended { ended: 1, complete }
    };
    tracing::info!(user = session.user_name, ended = ended.ended, "signed out");
    Ok(ended)
}

/// Adds a `Set-Cookie`; ours are made of plain characters only.
pub(super) fn set_cookie(response: &mut Response, cookie: &str) {
    let headers: &mut HeaderMap = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}
