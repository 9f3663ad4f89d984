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

/// How a user is bound.
#[derive(Clone, Debug)]
pub enum Binding {
    /// The name in the directory follows from the user's name.
    Template(String),
    /// A service account looks it up first.
    Search {
        /// Name of the service account.
        bind_dn: String,
        password: Secret,
    },
}

#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// `ldaps://HOST:PORT` or `ldap://HOST:PORT`, in the order in which they are tried. Not empty.
    pub urls: Vec<Url>,
    /// Whether `ldap://` is upgraded by StartTLS before anything is sent. `false` in development
    /// only.
    pub start_tls: bool,
    /// Trusted certificates; those of the system by default.
    pub tls: Option<Arc<ClientConfig>>,
    /// Base of the search for users.
    pub base_dn: String,
    pub binding: Binding,
    /// Finds a user by `{user}`.
    pub user_filter: String,
    /// Base of the search for groups.
    pub group_base_dn: String,
    /// Finds groups by `{dn}` and `{user}`; empty where `memberOf` lists them all.
    pub group_filter: String,
    /// Which group gives which role.
    pub roles: RoleGroups,
    /// Timeout of one sign-in with all of its requests.
    pub limit: Duration,
}
