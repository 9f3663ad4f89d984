//! The one connection to Redis: opened and judged by probes, used by all calls at the same time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, RedisError, cmd};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::Reach;

/// A connection, and which of all that were opened.
#[derive(Clone)]
pub(super) struct Open {
    pub connection: MultiplexedConnection,
    number: u64,
}

struct Condition {
    open: Option<Open>,
    opened: u64,
    reach: Reach,
}

/// The connection, if there is one.
pub(super) struct Link {
    client: Client,
    limit: Duration,
    condition: Mutex<Condition>,
    broke: Notify,
}

impl std::fmt::Debug for Link {
    /// Without the address, which holds the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Link").field("reach", &self.reach()).finish_non_exhaustive()
    }
}

impl Link {
    pub fn new(url: &str, limit: Duration) -> Result<Self, RedisError> {
        Ok(Self {
            client: Client::open(url)?,
            limit,
            condition: Mutex::new(Condition { open: None, opened: 0, reach: Reach::Unknown }),
            broke: Notify::new(),
        })
    }

    /// The connection for a call; never waits for one.
    pub fn current(&self) -> Option<Open> {
        self.lock().open.clone()
    }

    /// Uses a broken connection no more and asks for the next probe.
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

    /// Asks on the connection that is there, and on a new one where that gives no answer.
    pub async fn probe(&self) -> Reach {
        let known = match self.current() {
            Some(open) => self.ping(open).await,
            None => Err("there is no connection".to_owned()),
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
            Ok(open) => {
                condition.open = Some(open);
                condition.reach = Reach::Reachable;
                if before != Reach::Reachable {
                    tracing::info!("Redis answers");
                }
            }
            Err(cause) => {
                condition.open = None;
                condition.reach = Reach::Unreachable;
                if before != Reach::Unreachable {
                    tracing::warn!(cause, "Redis does not answer; going on without it");
                }
            }
        }
        condition.reach
    }

    async fn ping(&self, mut open: Open) -> Result<Open, String> {
        let ping = cmd("PING");
        match timeout(self.limit, ping.query_async::<()>(&mut open.connection)).await {
            Ok(Ok(())) => Ok(open),
            Ok(Err(cause)) => Err(cause.to_string()),
            Err(_) => Err(format!("no answer within {} ms", self.limit.as_millis())),
        }
    }

    async fn connect(&self) -> Result<Open, String> {
        // Every call has a limit of its own.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(None);
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let connection = connecting.await.map_err(|cause| cause.to_string())?;
        let mut condition = self.lock();
        condition.opened += 1;
        Ok(Open { connection, number: condition.opened })
    }

    /// Nothing under the lock can panic halfway through a change.
    fn lock(&self) -> MutexGuard<'_, Condition> {
        self.condition.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
