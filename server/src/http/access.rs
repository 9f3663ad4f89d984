//! What each route needs from its caller, and the guard that holds every caller to it.
//!
//! A route can only be put into the table together with its [`Access`], so that none is without one.
//! The guard asks three things in this order: may a caller of this role come here; did a page of this
//! origin send what changes something; does it carry the session's CSRF token.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Ref, RefOr};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::body::limited_body;
use super::error::ApiError;
use super::forwarded;
use super::ignored::{self, Known, known_for};
use super::rate_limit::{ClientAddress, RateClass, RateLimits};
use crate::auth::Auth;
use crate::auth::cookie::{CookieKind, CookieUse, Sent};
use crate::auth::csrf::{self, CsrfMode, CsrfViolation, OwnNames};
use crate::auth::role::Role;
use crate::auth::session::Session;

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
    /// It begins a session: there is none yet that a token could belong to. A form carries a token
    /// bound to a cookie instead; JSON can't be sent by a foreign page without being asked first.
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
    /// Responses say who someone is, or are for administrators: no cache may store them.
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

/// The table of routes while it is being filled.
pub struct Routes<S> {
    router: OpenApiRouter<S>,
    declared: HashMap<(Method, String), Access>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: OpenApiRouter::default(), declared: HashMap::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Adds routes that need `access`.
    pub fn with<const N: usize>(
        mut self,
        access: Access,
        routes: [UtoipaMethodRouter<S>; N],
    ) -> Self {
        for (schemas, mut paths, methods) in routes {
            // All handlers of one entry have one path.
            let mut known = Vec::new();
            for (path, item) in &mut paths.paths {
                for (method, operation) in operations(item) {
                    describe(operation, access);
                    known.push((method.clone(), Arc::new(Known::of(operation, &schemas))));
                    self.declared.insert((method, path.clone()), access);
                }
            }
            let guarded = methods.route_layer(from_fn(move |request: Request, next: Next| {
                let known = known_for(&known, request.method()).cloned().unwrap_or_default();
                async move {
                    let mut response = match admit(access, request).await {
                        Ok(request) => ignored::told(known, request, next).await,
                        Err(error) => error.into_response(),
                    };
                    if access.is_private {
                        forbid_storing(response.headers_mut());
                    }
                    response
                }
            }));
            self.router = self.router.routes((schemas, paths, guarded));
        }
        self
    }

    /// Router and description.
    pub fn into_router(self) -> OpenApiRouter<S> {
        self.router
    }

    /// Every route and what it needs.
    pub fn declared(self) -> HashMap<(Method, String), Access> {
        self.declared
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
        (Method::OPTIONS, item.options.as_mut()),
        (Method::HEAD, item.head.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
        (Method::TRACE, item.trace.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Says in the description what the guard will say.
fn describe(operation: &mut Operation, access: Access) {
    let mut refusals = Vec::new();
    if access.role.is_some() {
        refusals.extend([("401", "Unauthorized"), ("403", "Forbidden")]);
        refusals.push(("503", "ServiceUnavailable"));
    }
    if access.effect != Effect::Reads {
        refusals.extend([("403", "Forbidden"), ("413", "PayloadTooLarge")]);
        refusals.push(("503", "ServiceUnavailable"));
    }
    for (status, name) in refusals {
        let reference = RefOr::Ref(Ref::new(format!("#/components/responses/{name}")));
        operation.responses.responses.entry(status.to_owned()).or_insert(reference);
    }
    let role = access.role.map_or("anyone", Role::name);
    let effect = match access.effect {
        Effect::Reads => "reads",
        Effect::Changes => "changes",
        Effect::SignsIn => "signs in",
    };
    let said = ExtensionsBuilder::new().add("x-role", role).add("x-effect", effect).build();
    operation.extensions.get_or_insert_default().merge(said);
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Who {
    /// Nobody in particular: no cookie, or one that is worth nothing.
    Anonymous,
    /// Somebody who is signed in.
    SignedIn(Arc<Session>),
    /// Somebody with a cookie of ours, while the store of sessions gives no answer.
    Unknown,
}

/// The caller of a request, as handlers see it.
#[derive(Clone, Debug)]
pub struct Caller {
    auth: Arc<Auth>,
    /// Who asks.
    pub who: Who,
}

impl Caller {
    /// The session, if there is one.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match &self.who {
            Who::SignedIn(session) => Some(session),
            Who::Anonymous | Who::Unknown => None,
        }
    }

    /// How cookies are read and written.
    pub fn cookies(&self) -> CookieKind {
        self.auth.cookies
    }

    /// The caller's name for logs.
    pub fn name(&self) -> &str {
        self.session().map_or("nobody", |session| &session.user_name)
    }

    /// What the caller may do.
    pub fn role(&self) -> Option<Role> {
        self.session().map(|session| session.role).max(self.auth.anonymous)
    }

    /// Holds the caller to a role.
    fn hold_to(&self, needed: Role) -> Result<(), ApiError> {
        if self.role() >= Some(needed) {
            return Ok(());
        }
        Err(match self.who {
            Who::Anonymous => ApiError::unauthorized(),
            Who::SignedIn(_) => ApiError::role_needed(needed),
            Who::Unknown => ApiError::sessions_unavailable(),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a route outside of the table has no caller");
            ApiError::internal()
        })
    }
}

/// Resolves the caller. An invalid cookie means anonymous.
pub async fn caller_of(auth: &Arc<Auth>, headers: &HeaderMap) -> Caller {
    let who = match auth.cookies.sent(CookieUse::Session, headers) {
        Sent::Nothing => Who::Anonymous,
        Sent::Several => {
            tracing::warn!("a request has several session cookies; none of them counts");
            Who::Anonymous
        }
        Sent::One(cookie) => match auth.sessions.find(cookie).await {
            Ok(Some(session)) => Who::SignedIn(session),
            Ok(None) => Who::Anonymous,
            Err(_) => Who::Unknown,
        },
    };
    Caller { auth: auth.clone(), who }
}

/// Fields of a form, which the guard has read already.
#[derive(Clone, Debug, Default)]
pub struct FormFields(Arc<Vec<(String, String)>>);

impl FormFields {
    fn parse(body: &[u8]) -> Self {
        Self(Arc::new(url::form_urlencoded::parse(body).into_owned().collect()))
    }

    /// The one value of a field; `None` also when it came twice.
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        first.filter(|_| values.next().is_none())
    }
}

/// Keeps a response out of every cache, on the way and in the browser.
fn forbid_storing(headers: &mut HeaderMap) {
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

async fn admit(access: Access, mut request: Request) -> Result<Request, ApiError> {
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

/// What trusted proxies say of the origin that the browser asked.
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
    // Without a session there is nothing that a foreign page could make use of.
    let Some(session) = caller.session() else { return Ok(()) };
    let mut sent = headers.get_all(CSRF_HEADER).iter();
    let in_header = match (sent.next(), sent.next()) {
        (Some(token), None) => token.to_str().ok(),
        (Some(_), Some(_)) => Some("several"),
        (None, _) => None,
    };
    csrf::check_session_token(&auth.key, session, in_header.or(in_form))
}

fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
