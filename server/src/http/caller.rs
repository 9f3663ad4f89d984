//! The caller of a request: the session that its cookie names or the token that it bears, and the role
//! that follows.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::error::ApiError;
use crate::auth::Auth;
use crate::auth::cookie::{CookieKind, CookieUse, Sent};
use crate::auth::role::Role;
use crate::auth::session::Session;
use crate::auth::tokens::{ApiToken, PREFIX, TokensUnavailable};

/// Identity of a caller.
#[derive(Clone, Debug)]
pub enum Who {
    /// No cookie, or an invalid one.
    Anonymous,
    /// A valid session.
    SignedIn(Arc<Session>),
    /// A script with a good token.
    Bearer(Arc<ApiToken>),
    /// A token that is revoked, has expired or never was one. It does not count as a visitor, so
    /// that a script notices.
    Refused,
    /// A cookie with a valid signature or a token, while the store that knows it is unavailable.
    Unknown,
}

/// The caller of a request, as handlers see it.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(super) auth: Arc<Auth>,
    /// Identity of a caller.
    pub who: Who,
}

impl Caller {
    /// The session, if there is one.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match &self.who {
            Who::SignedIn(session) => Some(session),
            Who::Anonymous | Who::Bearer(_) | Who::Refused | Who::Unknown => None,
        }
    }

    /// How cookies are read and written.
    pub fn cookies(&self) -> CookieKind {
        self.auth.cookies
    }

    /// The caller's name for logs.
    pub fn name(&self) -> &str {
        match &self.who {
            Who::SignedIn(session) => &session.user_name,
            Who::Bearer(token) => &token.name,
            Who::Anonymous | Who::Refused | Who::Unknown => "anonymous",
        }
    }

    /// What the caller may do.
    pub fn role(&self) -> Option<Role> {
        match &self.who {
            Who::SignedIn(session) => Some(session.role).max(self.auth.anonymous),
            Who::Bearer(token) => Some(token.role).max(self.auth.anonymous),
            Who::Refused => None,
            Who::Anonymous | Who::Unknown => self.auth.anonymous,
        }
    }

    /// Rejects a caller without the role.
    pub(super) fn hold_to(&self, needed: Role) -> Result<(), ApiError> {
        if self.role() >= Some(needed) {
            return Ok(());
        }
        Err(match self.who {
            Who::Anonymous => ApiError::unauthorized(),
            Who::SignedIn(_) | Who::Bearer(_) => ApiError::role_needed(needed),
            Who::Refused => ApiError::token_refused(),
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

/// The token that a request bears. Other credentials are those of a proxy in front.
pub fn borne(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = text.split_once(' ')?;
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && text.trim().starts_with(PREFIX);
    is_ours.then(|| text.trim())
}

/// Resolves the caller. An invalid cookie means anonymous; a token comes before a cookie.
pub async fn caller_of(auth: &Arc<Auth>, headers: &HeaderMap) -> Caller {
    if let Some(text) = borne(headers) {
        let who = match auth.tokens.find(text).await {
            Ok(Some(token)) => Who::Bearer(token),
            Ok(None) => Who::Refused,
            Err(TokensUnavailable) => Who::Unknown,
        };
        return Caller { auth: auth.clone(), who };
    }
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
