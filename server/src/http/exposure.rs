//! What strangers and proxies see of the server.

use std::net::IpAddr;

use ipnet::IpNet;

use super::mount::BasePath;
use crate::serving::Places;

/// How the server is exposed: proxies, allowed addresses, HTTPS.
#[derive(Clone, Debug, Default)]
pub struct Exposure {
    /// Path of its host below which it is.
    pub base_path: BasePath,
    /// `max-age` of `Strict-Transport-Security` in seconds; 0 omits the header.
    pub hsts_max_age: u32,
    /// Origins whose pages may read the API.
    pub cors_origins: Vec<String>,
    /// Origins whose pages may show ours in a frame.
    pub frame_ancestors: Vec<String>,
    /// Who may read figures without a role.
    pub metrics_addresses: Vec<IpNet>,
    /// Settings that are weaker than their defaults.
    pub weakened: Vec<String>,
}

impl Exposure {
    /// Whether an address may read figures without a role.
    pub fn may_read_figures(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.metrics_addresses.iter().any(|network| network.contains(&address))
    }
}

/// Whose event streams are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StreamHolder {
    /// Somebody who is signed in.
    User(String),
    /// All other clients, by address.
    Address(IpAddr),
}

/// Event streams by visitor.
pub type EventStreams = Places<StreamHolder>;
