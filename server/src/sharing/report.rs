//! This server among the others, for `/health` and `/metrics`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use compute_core::table::Dataset;
use serde::Serialize;
use utoipa::ToSchema;

use super::member::{Sharing, lock};
use super::policy::Role;

/// What a server is among those that share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SharingRole {
    /// Nothing is shared: no Redis is configured, or it is switched off.
    #[default]
    Off,
    /// It doesn't know the others yet.
    Joining,
    /// It reads the MES for all of them.
    Leading,
    /// It loads what the leader read.
    Following,
    /// It reads the MES for itself: Redis, or the leader, is of no use.
    Alone,
}

impl SharingRole {
    pub const ALL: [Self; 5] =
        [Self::Off, Self::Joining, Self::Leading, Self::Following, Self::Alone];

    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Joining => "joining",
            Self::Leading => "leading",
            Self::Following => "following",
            Self::Alone => "alone",
        }
    }
}

/// A version that the servers share.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FollowedVersion {
    /// The version that this server shows; null before the first.
    version: Option<String>,
    /// The version that the leader published last; null where there is none.
    newest: Option<String>,
    /// Place of the shown content in the sequence of contents: µs since 1970 of the MES database's clock.
    changed_as_of: Option<i64>,
    /// The shown content was found current at least then, by the same clock.
    confirmed_as_of: Option<i64>,
}

/// This server among those that share what one of them reads.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ServersReport {
    /// What this server is.
    pub role: SharingRole,
    /// Its name; null where nothing is shared.
    server: Option<String>,
    /// The server that reads for all; null where there is none.
    leader: Option<String>,
    /// The servers that gave a sign of life in the last 10 s.
    pub servers: Vec<String>,
    /// By dataset.
    versions: BTreeMap<&'static str, FollowedVersion>,
    /// Versions that this server published for the others.
    pub published: u64,
    /// Versions that Redis had lost and this server stored again.
    pub restored: u64,
    /// Writes that didn't count, because another server had taken over.
    pub void: u64,
    /// Versions of other servers that were loaded.
    pub loaded: u64,
    /// Versions of other servers that could not be loaded.
    pub load_failures: u64,
    /// Requests that were put off, because their client had seen newer data elsewhere.
    pub behind: u64,
    /// What is wrong; null when all is well.
    pub trouble: Option<String>,
}

impl Sharing {
    /// How it is now, without a call to Redis.
    pub fn report(&self) -> ServersReport {
        let (view, plant) = (self.view.load_full(), self.store.current());
        let version = |dataset: &Dataset| {
            let order = plant.state(*dataset).order;
            let entry = view.entries[*dataset as usize].as_ref();
            let newest = entry.and_then(|entry| entry.pointer.as_ref());
            let version = FollowedVersion {
                version: plant.published(*dataset).map(|published| published.version.clone()),
                newest: newest.map(|pointer| pointer.version.clone()),
                changed_as_of: order.map(|order| order.changed.0),
                confirmed_as_of: order.map(|order| order.confirmed.0),
            };
            (dataset.name(), version)
        };
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        ServersReport {
            role: match self.role() {
                Role::Joining => SharingRole::Joining,
                Role::Leading { .. } => SharingRole::Leading,
                Role::Following => SharingRole::Following,
                Role::Alone => SharingRole::Alone,
            },
            server: Some(self.board.server().to_owned()),
            leader: view.leader.clone(),
            servers: self.servers.load().to_vec(),
            versions: Dataset::ALL.iter().map(version).collect(),
            published: count(&self.counts.published),
            restored: count(&self.counts.restored),
            void: count(&self.counts.void),
            loaded: count(&self.counts.loaded),
            load_failures: count(&self.counts.load_failures),
            behind: count(&self.counts.behind),
            trouble: lock(&self.trouble).clone(),
        }
    }
}
