//! The caller of a request: the session that its cookie names, and the role that follows.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::error::ApiError;
use crate::auth::Auth;
use crate::auth::cookie::{CookieKind, CookieUse, Sent};
use crate::auth::role::Role;
use crate::auth::session::Session;

/// Identity of a caller.
#[derive(Clone, Debug)]
pub enum Who {
    /// No cookie, or an invalid one.
    Anonymous,
    /// A valid session.
    SignedIn(Arc<Session>),
    /// A cookie with a valid signature, while the store of sessions is unavailable.
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
            Who::Anonymous | Who::Unknown => None,
        }
    }

    /// How cookies are read and written.
    pub fn cookies(&self) -> CookieKind {
        self.auth.cookies
    }

    /// The caller's name for logs.
    pub fn name(&self) -> &str {
        self.session().map_or("anonymous", |session| &session.user_name)
    }

    /// What the caller may do.
    pub fn role(&self) -> Option<Role> {
        self.session().map(|session| session.role).max(self.auth.anonymous)
    }

    /// Rejects a caller without the role.
    pub(super) fn hold_to(&self, needed: Role) -> Result<(), ApiError> {
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
