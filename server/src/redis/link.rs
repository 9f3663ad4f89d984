//! The one connection to Redis: opened and judged by probes, used by all calls at the same time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, pipe};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::Reach;
use super::address::Address;
use super::trouble::Trouble;

/// A connection, and which of all that were opened.
#[derive(Clone)]
pub(super) struct Open {
    pub connection: MultiplexedConnection,
    number: u64,
}

struct LinkState {
    open: Option<Open>,
    opened: u64,
    reach: Reach,
    trouble: Option<Trouble>,
}

/// The connection, if there is one.
pub(super) struct Link {
    address: Address,
    /// Deleted by every probe although it never exists: a read-only server returns an error for it.
    probe_key: String,
    limit: Duration,
    condition: Mutex<LinkState>,
    broke: Notify,
}

impl std::fmt::Debug for Link {
    /// Without the address, which holds the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Link").field("reach", &self.reach()).finish_non_exhaustive()
    }
}

impl Link {
    pub fn new(address: Address, probe_key: String, limit: Duration) -> Self {
        let condition = LinkState { open: None, opened: 0, reach: Reach::Unknown, trouble: None };
        Self { address, probe_key, limit, condition: Mutex::new(condition), broke: Notify::new() }
    }

    /// The connection for a call; never waits for one.
    pub fn current(&self) -> Option<Open> {
        self.lock().open.clone()
    }

    /// Drops a broken connection and requests the next probe.
    pub fn let_go(&self, broken: &Open) {
        let mut condition = self.lock();
        if condition.open.as_ref().is_some_and(|open| open.number == broken.number) {
            condition.open = None;
            self.broke.notify_one();
        }
    }

    /// Returns when a connection broke.
    pub async fn broke(&self) {
        self.broke.notified().await;
    }

    /// What the last probe found.
    pub fn reach(&self) -> Reach {
        self.lock().reach
    }

    /// Why the last probe failed, if it did.
    pub fn trouble(&self) -> Option<Trouble> {
        self.lock().trouble
    }

    /// Sends on the open connection, and on a new one if that does not respond.
    pub async fn probe(&self) -> Reach {
        let known = match self.current() {
            Some(open) => self.ping(open).await,
            None => Err(Trouble::Connection),
        };
        let probed = match known {
            Ok(open) => Ok(open),
            Err(_) => match self.connect().await {
                Ok(open) => self.ping(open).await,
                Err(cause) => Err(cause),
            },
        };
        let mut condition = self.lock();
        let before = condition.reach;
        match probed {
            Ok((open, trouble)) => {
                condition.open = Some(open);
                condition.reach = Reach::Reachable;
                let known = std::mem::replace(&mut condition.trouble, trouble);
                if let Some(trouble) = trouble.filter(|_| known != trouble) {
                    tracing::warn!(cause = trouble.words(), "Redis takes no values");
                }
                if before != Reach::Reachable {
                    tracing::info!("Redis answers");
                }
            }
            Err(trouble) => {
                condition.open = None;
                condition.reach = Reach::Unreachable;
                if condition.trouble.replace(trouble) != Some(trouble) {
                    let cause = trouble.words();
                    tracing::warn!(cause, "Redis can't be used; going on without it");
                }
            }
        }
        condition.reach
    }

    /// Whether the server responds and accepts writes. A full one responds, and is logged.
    async fn ping(&self, mut open: Open) -> Result<(Open, Option<Trouble>), Trouble> {
        let mut both = pipe();
        both.cmd("PING").ignore().cmd("SET").arg(&self.probe_key).arg("").ignore();
        both.cmd("DEL").arg(&self.probe_key).ignore();
        match timeout(self.limit, both.query_async::<()>(&mut open.connection)).await {
            Ok(Ok(())) => Ok((open, None)),
            Ok(Err(cause)) => {
                tracing::debug!(%cause, "a probe of Redis failed");
                match Trouble::of(&cause) {
                    Trouble::Full => Ok((open, Some(Trouble::Full))),
                    trouble => Err(trouble),
                }
            }
            Err(_) => Err(Trouble::Silent),
        }
    }

    async fn connect(&self) -> Result<Open, Trouble> {
        // Every call has its own timeout.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(None);
        let client = self.address.find(&config, self.limit).await?;
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        // The handshake after the connection has no timeout.
        let connected = timeout(self.limit, connecting).await.map_err(|_| Trouble::Silent)?;
        let connection = connected.map_err(|cause| {
            tracing::debug!(%cause, "no connection to Redis");
            Trouble::of(&cause)
        })?;
        let mut condition = self.lock();
        condition.opened += 1;
        Ok(Open { connection, number: condition.opened })
    }

    /// Nothing under the lock can panic halfway through a change.
    fn lock(&self) -> MutexGuard<'_, LinkState> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
