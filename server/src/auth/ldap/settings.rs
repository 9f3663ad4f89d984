//! A directory as it is configured.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use url::Url;

use super::groups::RoleGroups;
use crate::secret::Secret;

/// Stands for the name in templates and filters.
pub const USER: &str = "{user}";
/// Stands for the user's distinguished name in the filter for groups.
pub const USER_DN: &str = "{dn}";

/// How the directory is told who wants in.
#[derive(Clone, Debug)]
pub enum Binding {
    /// The name in the directory follows from the user's name.
    Template(String),
    /// Somebody else looks it up first.
    Search {
        /// Name of the account that looks up.
        bind_dn: String,
        /// Its password.
        password: Secret,
    },
}

#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// `ldaps://HOST:PORT` or `ldap://HOST:PORT`; the first one is asked first. Not empty.
    pub urls: Vec<Url>,
    /// Whether `ldap://` becomes TLS before anything is said. Only development may do without.
    pub start_tls: bool,
    /// Which certificates are good; the system's where there is none.
    pub tls: Option<Arc<ClientConfig>>,
    /// Below it users are looked up.
    pub base_dn: String,
    /// How to bind.
    pub binding: Binding,
    /// Finds a user by `{user}`.
    pub user_filter: String,
    /// Below it groups are looked up.
    pub group_base_dn: String,
    /// Finds groups by `{dn}` and `{user}`; empty where `memberOf` says it all.
    pub group_filter: String,
    /// Which group gives which role.
    pub roles: RoleGroups,
    /// Time for everything that one sign-in asks.
    pub limit: Duration,
}
