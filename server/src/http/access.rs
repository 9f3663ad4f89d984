//! What each route needs from its caller, and the guard that checks it.
//!
//! The guard checks in this order: the role of the caller; for a request that changes something,
//! the origin of the page that sent it; and the CSRF token of the session.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::body::limited_body;
use super::caller::{Caller, Who, caller_of};
use super::error::ApiError;
use super::form::{FormFields, is_form};
use super::forwarded;
use super::rate_limit::{ClientAddress, RateClass, RateLimits};
use crate::auth::Auth;
use crate::auth::cookie::{CookieUse, Sent};
use crate::auth::csrf::{self, CsrfMode, CsrfViolation, OwnNames};
use crate::auth::role::Role;

/// Carries the CSRF token of programs and scripts.
const CSRF_HEADER: &str = "x-csrf-token";
/// Carries it in a form.
pub const CSRF_FIELD: &str = "csrf_token";
/// Largest form, bytes.
const FORM_LIMIT_BYTES: usize = 64 * 1024;

/// What a request to a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing, whatever its method.
    Reads,
    /// It changes something: the session's CSRF token is needed.
    Changes,
    /// It begins a session, so that no session token exists yet. A form carries a token bound to a
    /// cookie instead; JSON from another origin needs a CORS preflight.
    SignsIn,
}

/// What a route needs from its caller, and what a caller can expect from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// The least role; `None` for everyone.
    pub role: Option<Role>,
    pub effect: Effect,
    /// The budget that requests count against; `None` for no limit.
    pub rate: Option<RateClass>,
    /// Responses contain personal or administrative data: no cache may store them.
    pub is_private: bool,
}

impl Access {
    /// Everyone may read.
    pub const PUBLIC: Self = Self::new(None, Effect::Reads);
    /// Everyone may sign in.
    pub const SIGN_IN: Self = Self::new(None, Effect::SignsIn);
    /// Everyone may end their own session.
    pub const OWN_SESSION: Self = Self::new(None, Effect::Changes);

    const fn new(role: Option<Role>, effect: Effect) -> Self {
        let rate = match effect {
            Effect::Reads => RateClass::Read,
            Effect::Changes | Effect::SignsIn => RateClass::Command,
        };
        Self { role, effect, rate: Some(rate), is_private: false }
    }

    /// Reading, from a role on.
    pub const fn reads(role: Role) -> Self {
        Self::new(Some(role), Effect::Reads)
    }

    /// Changing, from a role on.
    pub const fn changes(role: Role) -> Self {
        Self::new(Some(role), Effect::Changes)
    }

    /// The same, counted against another budget.
    pub const fn counted_as(self, rate: RateClass) -> Self {
        Self { rate: Some(rate), ..self }
    }

    /// The same, without a rate limit.
    pub const fn unlimited(self) -> Self {
        Self { rate: None, ..self }
    }

    /// The same, with responses that no cache may store.
    pub const fn private(self) -> Self {
        Self { is_private: true, ..self }
    }
}

/// What requests are checked with.
pub struct Guard {
    pub auth: Arc<Auth>,
    pub rate_limits: Arc<RateLimits>,
}

/// Makes the guard and the client's address known to everything further in.
pub async fn equip(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let client = ClientAddress::of(&guard.rate_limits, request.headers(), request.extensions());
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(guard);
    next.run(request).await
}

/// Keeps a response out of every cache, on the way and in the browser.
pub(super) fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(header::ETAG);
}

/// Takes a place of the client in the route's budget.
fn count(access: Access, guard: &Guard, request: &Request) -> Result<(), ApiError> {
    let client = request.extensions().get().and_then(|ClientAddress(client)| *client);
    let (Some(class), Some(client)) = (access.rate, client) else { return Ok(()) };
    guard.rate_limits.take(class, client).map_err(|retry_after_secs| {
        tracing::warn!(%client, ?class, retry_after_secs, "rate limit");
        ApiError::too_many_requests(retry_after_secs)
    })
}

/// Checks a request to a route that needs `access`.
pub(super) async fn admit(access: Access, mut request: Request) -> Result<Request, ApiError> {
    let guard = request.extensions().get::<Arc<Guard>>().cloned();
    let guard = guard.ok_or_else(ApiError::internal)?;
    count(access, &guard, &request)?;
    let caller = caller_of(&guard.auth, request.headers()).await;
    request.extensions_mut().insert(caller.clone());
    if let Some(needed) = access.role {
        caller.hold_to(needed)?;
    }
    if access.effect == Effect::Reads {
        return Ok(request);
    }
    if matches!(caller.who, Who::Unknown) {
        return Err(ApiError::sessions_unavailable());
    }
    let form = if is_form(request.headers()) {
        let (parts, body) = request.into_parts();
        let bytes = limited_body(body, FORM_LIMIT_BYTES).await?;
        let form = FormFields::parse(&bytes);
        request = Request::from_parts(parts, Body::from(bytes));
        request.extensions_mut().insert(form.clone());
        Some(form)
    } else {
        None
    };
    let names = own_names(&caller, request.headers());
    let checked = csrf::check_origin(request.headers(), &names)
        .and_then(|()| check_token(access.effect, &caller, request.headers(), form.as_ref()));
    let Err(violation) = checked else { return Ok(request) };
    tracing::warn!(%violation, user = caller.name(), path = request.uri().path(), "CSRF check failed");
    match caller.auth.csrf {
        CsrfMode::Enforce => Err(ApiError::csrf_invalid(violation)),
        CsrfMode::Report => Ok(request),
    }
}

/// The hosts and ports that trusted proxies forward.
fn own_names<'a>(caller: &Caller, headers: &'a HeaderMap) -> OwnNames<'a> {
    if !caller.auth.behind_proxy {
        return OwnNames::default();
    }
    OwnNames {
        forwarded_hosts: forwarded::hosts(headers),
        forwarded_ports: forwarded::ports(headers),
        behind_proxy: true,
    }
}

fn check_token(
    effect: Effect,
    caller: &Caller,
    headers: &HeaderMap,
    form: Option<&FormFields>,
) -> Result<(), CsrfViolation> {
    let auth = &caller.auth;
    let in_form = form.and_then(|form| form.one(CSRF_FIELD));
    if effect == Effect::SignsIn {
        // JSON needs none: see `Effect::SignsIn`.
        if form.is_none() {
            return Ok(());
        }
        let cookie = match auth.cookies.sent(CookieUse::SignInForm, headers) {
            Sent::One(cookie) => Some(cookie),
            Sent::Nothing | Sent::Several => None,
        };
        return csrf::check_form_token(&auth.key, cookie, in_form);
    }
    // Without a session a forged request gains nothing.
    let Some(session) = caller.session() else { return Ok(()) };
    let mut sent = headers.get_all(CSRF_HEADER).iter();
    let in_header = match (sent.next(), sent.next()) {
        (Some(token), None) => token.to_str().ok(),
        (Some(_), Some(_)) => Some("several"),
        (None, _) => None,
    };
    csrf::check_session_token(&auth.key, session, in_header.or(in_form))
}
