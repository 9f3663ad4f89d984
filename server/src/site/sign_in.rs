//! `/admin/login`: a form that the server makes, so that it works without any script.

mod destination;
mod page;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, body::Bytes};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use super::session::{self, set_cookie};
use crate::app_state::AppState;
use crate::auth::cookie::{CookieUse, Sent};
use crate::auth::csrf;
use crate::auth::secret_key::{SIGNATURE_CHARS, random_text};
use crate::degraded_reason::DegradedReason;
use crate::http::caller::Caller;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::failures::{ConstantFailures, SessionFailures};
use crate::http::form::FormFields;
use crate::http::language::Language;
use crate::http::query::Query;
use crate::http::response::Conditional;
use crate::http::visitor::Visitor;
use destination::same_origin;
use page::{Page, Said};

/// Nothing but its own style sheet, and nobody around it.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SignInParameters {
    /// Path to go to afterwards; anything but a path of this server counts as /
    #[serde(default, deserialize_with = "unambiguous")]
    next: Option<String>,
}

/// A text, or nothing where several different ones came.
fn unambiguous<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(String::deserialize(deserializer).ok())
}

/// The sign-in form
///
/// # Errors
/// The system has no randomness.
#[utoipa::path(
    get,
    path = "/admin/login",
    tag = "Session",
    params(SignInParameters),
    responses(
        (status = 200, description = "HTML page", content_type = "text/html", body = String),
        (status = 303, description = "Signed in already"),
        ConstantFailures
    )
)]
pub async fn form(
    State(app): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Query(SignInParameters { next }): Query<SignInParameters>,
) -> Result<Response, ApiError> {
    let next = same_origin(next.as_deref());
    if caller.session().is_some() {
        return Ok(see_other(next));
    }
    shown(&app, &headers, next, "", None)
}

/// What the form sends.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read field by field")]
pub struct SignInForm {
    /// Name.
    username: String,
    /// Password.
    password: String,
    /// The form's token.
    csrf_token: String,
    /// Path to go to afterwards.
    next: Option<String>,
}

/// Sign in by the form
///
/// # Errors
/// The form is incomplete or was not ours; a refused sign-in is the page again.
#[utoipa::path(
    post,
    path = "/admin/login",
    tag = "Session",
    request_body(content = SignInForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in; redirects to the requested page"),
        SessionFailures
    )
)]
pub async fn send(
    State(app): State<AppState>,
    caller: Caller,
    visitor: Visitor,
    headers: HeaderMap,
    form: Option<Extension<FormFields>>,
) -> Result<Response, ApiError> {
    let Some(Extension(form)) = form else {
        return Err(ApiError::form_needed());
    };
    let next = same_origin(form.one("next")).to_owned();
    let name = form.one("username").unwrap_or_default().trim();
    let password = form.one("password").unwrap_or_default();
    match session::begin(&app, &caller, &visitor, name, password).await {
        Ok((cookies, _)) => {
            let mut response = see_other(&next);
            for cookie in &cookies {
                set_cookie(&mut response, cookie);
            }
            set_cookie(&mut response, &app.auth.cookies.remove(CookieUse::SignInForm));
            Ok(response)
        }
        Err(refusal) => shown(&app, &headers, &next, name, Some(refusal)),
    }
}

/// Sign out by a form
///
/// # Errors
/// The form has an invalid token, or the store of sessions is unavailable.
#[utoipa::path(
    post,
    path = "/admin/logout",
    tag = "Session",
    responses(
        (status = 303, description = "Signed out; on to the first page"),
        SessionFailures
    )
)]
pub async fn leave(State(app): State<AppState>, caller: Caller) -> Result<Response, ApiError> {
    session::end(&app, &caller, false).await?;
    let mut response = see_other("/");
    set_cookie(&mut response, &app.auth.cookies.remove(CookieUse::Session));
    Ok(response)
}

/// The page's style sheet.
///
/// # Errors
/// The caller refuses every coding.
pub async fn style(conditional: Conditional) -> Result<Response, ApiError> {
    let bytes = Bytes::from_static(include_bytes!("sign_in/page.css"));
    conditional.constant("text/css; charset=utf-8", bytes).await
}

fn see_other(path: &str) -> Response {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    let headers =
        [(header::LOCATION, to), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The page, with a token bound to a cookie that the browser holds or is given now.
fn shown(
    app: &AppState,
    headers: &HeaderMap,
    next: &str,
    name: &str,
    refusal: Option<ApiError>,
) -> Result<Response, ApiError> {
    let auth = &app.auth;
    let held = match auth.cookies.sent(CookieUse::SignInForm, headers) {
        Sent::One(cookie) if cookie.len() == SIGNATURE_CHARS => Some(cookie.to_owned()),
        _ => None,
    };
    let cookie = match &held {
        Some(cookie) => cookie.clone(),
        None => random_text().map_err(|error| {
            tracing::error!(%error, "the system has no randomness");
            ApiError::internal()
        })?,
    };
    let said = refusal.as_ref().map(|refusal| match refusal.code {
        ErrorCode::Unauthorized => Said::Wrong,
        ErrorCode::ValidationError => Said::NoName,
        ErrorCode::TooManyRequests => Said::Wait(refusal.retry_after_secs.unwrap_or(1)),
        _ if refusal.degraded_reason == Some(DegradedReason::AppDatabaseFull) => Said::Full,
        _ => Said::Unavailable,
    });
    let language = Language::of(headers);
    let token = csrf::form_token(&auth.key, &cookie);
    let html = Page { language, token: &token, next, name, said }.html();
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.code.status());
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_LANGUAGE, language.tag()),
        (header::VARY, "accept-language, cookie"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(secs) = refusal.and_then(|refusal| refusal.retry_after_secs) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    if held.is_none() {
        set_cookie(&mut response, &auth.cookies.set(CookieUse::SignInForm, &cookie, None));
    }
    Ok(response)
}
