//! A session and how long it lives.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::role::Role;

/// Who vouched for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Our own list of users.
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

/// Somebody who is signed in somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of the id in the cookie, hexadecimal.
    pub id_hash: String,
    /// Names the session to administrators; of no use for getting in.
    pub public_id: String,
    /// Who.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// Who vouched for them.
    pub source: Source,
    /// When they signed in, before their password was checked.
    pub created_at: Timestamp,
    /// When they were last seen, within a minute.
    pub last_seen_at: Timestamp,
    /// Network address at sign-in.
    pub address: String,
    /// User agent at sign-in, shortened.
    pub user_agent: String,
    /// The generation of the user's sessions that it belongs to; it is over with that.
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
    /// When a session is over if nothing more is heard of it.
    pub fn end_of(&self, session: &Session) -> Timestamp {
        let later = |from: Timestamp, limit: Duration| from.saturating_add(limit);
        let idle = later(session.last_seen_at, self.idle).unwrap_or(Timestamp::MAX);
        idle.min(later(session.created_at, self.absolute).unwrap_or(Timestamp::MAX))
    }
}

/// Somebody who signs in, and from where.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Canonical name.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// Who vouched for them.
    pub source: Source,
    /// Network address.
    pub address: String,
    /// User agent as it came.
    pub user_agent: String,
    /// The generation of their sessions when they were looked up, before their password was checked:
    /// what changed about them meanwhile ends the session.
    pub generation: i64,
}
