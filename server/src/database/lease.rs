//! A leased connection and its return.
//!
//! A caller that is dropped leaves a statement running. The permit is returned only after that
//! statement has been stopped and sqlx has the connection again; otherwise the gate would admit a
//! caller without a connection, which would look like a dead database.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::time::timeout;

use super::failure::is_refusal;
use super::gate::Permit;
use super::health_probe::HealthProbe;
use super::message::plain;
use super::pool::{Leased, Pool, PoolLimits};
use super::session;

/// Responses that an interrupted connection may still have to read before it is ready: the error of
/// the cancelled statement, and one for a transaction that is rolled back.
const LEFTOVERS: usize = 3;

/// A connection for the length of a call.
#[derive(Debug)]
pub enum Connection<'c> {
    /// To a SQLite file.
    Sqlite(&'c mut SqliteConnection),
    /// To a PostgreSQL server, inside the read-only transaction of the call; see
    /// `super::session`. Don't begin or end another one on it, and run statements with
    /// `.persistent(false)`: a prepared statement with a name would not survive the transaction
    /// behind a pooler.
    Postgres(&'c mut PgConnection),
}

/// A leased connection; returned when dropped, wherever the caller stopped.
#[derive(Debug)]
pub(super) struct Lease {
    leased: Option<Leased>,
    permit: Option<Permit>,
    /// Cancels statements of dropped callers.
    probe: Arc<HealthProbe>,
    /// How long the return may take before the connection is closed.
    limit: Duration,
    /// Something may still be running on the connection.
    is_busy: bool,
}

impl Lease {
    /// Takes a connection that is alive. Dead ones, which idled while the server was restarted, are
    /// thrown away on the way.
    ///
    /// # Errors
    /// sqlx's; `PoolTimedOut` when there was none within the connect timeout.
    pub async fn take(
        pool: &Pool,
        permit: Permit,
        probe: Arc<HealthProbe>,
        limits: &PoolLimits,
        call_timeout: Duration,
    ) -> Result<Self, sqlx::Error> {
        let limit = limits.call_timeout + limits.connect_timeout;
        let mut lease = Self { leased: None, permit: Some(permit), probe, limit, is_busy: true };
        // The lease closes a connection that is still silent after the timeout: sqlx would wait
        // without end, and count it as in use.
        let limit = limits.connect_timeout;
        let filling = async {
            tokio::select! {
                filled = lease.fill(pool, limits, call_timeout) => filled,
                refusal = refused(pool, limit) => Err(refusal),
            }
        };
        timeout(limit, filling).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        Ok(lease)
    }

    async fn fill(
        &mut self,
        pool: &Pool,
        limits: &PoolLimits,
        call_timeout: Duration,
    ) -> Result<(), sqlx::Error> {
        // An idle connection that no longer responds must leave time for a new one.
        let patience = limits.connect_timeout / 3;
        for tries_left in (0..=limits.capacity()).rev() {
            let leased = self.leased.insert(pool.acquire().await?);
            match timeout(patience, leased.prove(call_timeout)).await {
                Ok(Ok(())) => return Ok(()),
                // A new connection would be refused as well.
                Ok(Err(cause)) if tries_left == 0 || is_refusal(&cause) => return Err(cause),
                Ok(Err(_)) => {}
                Err(_) => pool.close_idle(patience),
            }
            if let Some(dead) = self.leased.take() {
                dead.close().await;
            }
        }
        Err(sqlx::Error::PoolTimedOut)
    }

    /// The connection; `None` never comes between [`Self::take`] and the drop.
    pub fn connection(&mut self) -> Option<Connection<'_>> {
        self.leased.as_mut().map(|leased| match leased {
            Leased::Sqlite(connection, _) => Connection::Sqlite(connection),
            Leased::Postgres { connection, .. } => Connection::Postgres(connection),
        })
    }

    /// The call came to its end; nothing runs any more.
    pub fn is_done(&mut self) {
        self.is_busy = false;
    }

    /// Whether our deadline stopped a SQLite step.
    pub fn was_interrupted(&self) -> bool {
        match &self.leased {
            Some(Leased::Sqlite(_, Some(deadline))) => deadline.has_struck(),
            _ => false,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(leased), permit) = (self.leased.take(), self.permit.take()) else { return };
        let (probe, limit, is_busy) = (self.probe.clone(), self.limit, self.is_busy);
        tokio::spawn(async move {
            give_back(leased, &probe, is_busy, limit).await;
            drop(permit);
        });
    }
}

/// Why the server rejects connections, after most of `limit`: sqlx retries silently until the
/// timeout. Never returns while the server accepts connections.
async fn refused(pool: &Pool, limit: Duration) -> sqlx::Error {
    tokio::time::sleep(limit.mul_f64(0.7)).await;
    match pool.refusal(limit.mul_f64(0.3)).await {
        refusal @ sqlx::Error::Database(_) => refusal,
        _ => std::future::pending().await,
    }
}

/// Brings the connection to rest and puts it back into the pool, or closes it.
///
/// Not simply dropped: sqlx would wait for it without end and count it as in use.
async fn give_back(mut leased: Leased, probe: &HealthProbe, is_busy: bool, limit: Duration) {
    let resting = timeout(limit, async {
        if is_busy { is_stopped(&mut leased, probe).await } else { leased.is_at_rest().await }
    });
    let closing = match resting.await {
        Ok(true) => timeout(limit, leased.return_to_pool()).await,
        Ok(false) | Err(_) => {
            tracing::warn!("a database connection is closed: it did not become ready in time");
            timeout(limit, leased.close()).await
        }
    };
    if closing.is_err() {
        tracing::warn!("a database connection was thrown away: it did not close in time");
    }
}

/// Stops what runs on the connection; returns whether it can be reused.
async fn is_stopped(leased: &mut Leased, probe: &HealthProbe) -> bool {
    match leased {
        Leased::Sqlite(connection, Some(deadline)) => {
            deadline.cancel();
            // Completes only when the interrupted step has ended.
            let is_ready = connection.ping().await.is_ok();
            deadline.lift();
            is_ready
        }
        Leased::Postgres { connection, host, process: Some(process), .. } => {
            // The order keeps the cancellation from hitting the next user of the connection: it has
            // been delivered before the connection is returned, or the connection is not returned.
            if let Err(cause) = probe.cancel(*process, *host).await {
                let cause = plain(&cause);
                tracing::warn!(cause, process, "a statement could not be cancelled");
                return false;
            }
            for _ in 0..LEFTOVERS {
                match session::end(connection).await {
                    Ok(()) => return true,
                    Err(sqlx::Error::Database(_)) => {}
                    Err(_) => return false,
                }
            }
            false
        }
        // It never proved to be alive.
        Leased::Sqlite(_, None) | Leased::Postgres { process: None, .. } => false,
    }
}
