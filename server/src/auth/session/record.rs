//! A session and how long it lives.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::role::Role;

/// Where a user is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The list of local users.
    Local,
    /// The directory.
    Ldap,
}

impl Source {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Ldap => "ldap",
        }
    }
}

/// A user who is signed in with one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the id in the cookie, hexadecimal.
    pub id_hash: String,
    /// Identifies the session to administrators; grants no access.
    pub public_id: String,
    pub user_name: String,
    pub role: Role,
    /// Where the user is known.
    pub source: Source,
    /// When they signed in, before their password was checked.
    pub created_at: Timestamp,
    /// Last use, to the minute.
    pub last_seen_at: Timestamp,
    /// Network address at sign-in.
    pub address: String,
    /// User agent at sign-in, shortened.
    pub user_agent: String,
    /// The generation of the user's sessions; the session ends with it.
    pub generation: i64,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: Duration,
    /// In any case.
    pub absolute: Duration,
}

impl SessionLimits {
    /// When a session ends without further use.
    pub fn end_of(&self, session: &Session) -> Timestamp {
        let later = |from: Timestamp, limit: Duration| from.saturating_add(limit);
        let idle = later(session.last_seen_at, self.idle).unwrap_or(Timestamp::MAX);
        idle.min(later(session.created_at, self.absolute).unwrap_or(Timestamp::MAX))
    }
}

/// A sign-in: the user and the origin.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Canonical name.
    pub user_name: String,
    pub role: Role,
    /// Where the user is known.
    pub source: Source,
    /// Network address.
    pub address: String,
    /// User agent as it was sent.
    pub user_agent: String,
    /// The generation of the user's sessions, read before the password was checked: a change of the
    /// user since then ends the session.
    pub generation: i64,
}
