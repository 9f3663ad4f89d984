//! Probes the database on separate connections: a full request pool can't hide its state.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::pool::PoolConnection;
use tokio_util::sync::CancellationToken;

use super::failure::reason;
use super::hosts::role;
use super::message::plain;
use super::pool::{Leased, Pool};
use crate::degraded_reason::DegradedReason;

/// Time between two probes: the state in `/health` is at most this and one probe old.
const EVERY: Duration = Duration::from_secs(5);

/// What the last probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// When it ended.
    pub checked_at: Timestamp,
    /// How long it took.
    pub latency: Duration,
    /// The failure; `None` when the database responded.
    pub error: Option<String>,
    /// The same for `/health`.
    pub reason: Option<DegradedReason>,
}

/// The prober and its pool.
#[derive(Debug)]
pub struct HealthProbe {
    pool: Pool,
    timeout: Duration,
    last: Mutex<Option<ProbeResult>>,
    /// Held while somebody's [`Self::probe_within`] runs.
    asking: tokio::sync::Mutex<()>,
}

impl HealthProbe {
    pub(super) fn new(pool: Pool, timeout: Duration) -> Self {
        Self { pool, timeout, last: Mutex::new(None), asking: tokio::sync::Mutex::new(()) }
    }

    /// What the last probe found; `None` before the first. Never waits for the database.
    pub fn last(&self) -> Option<ProbeResult> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Probes now, and stores the result. Takes `DB_HEALTH_POOL_TIMEOUT` at most.
    pub async fn probe(&self) -> ProbeResult {
        let began = tokio::time::Instant::now();
        let failed = match self.execute("select 1", None).await {
            // sqlx retries a host that rejects connections, and drops the cause.
            Err(sqlx::Error::PoolTimedOut) if began.elapsed() < self.timeout.mul_f64(0.8) => {
                Some(self.pool.refusal(self.timeout / 2).await)
            }
            asked => asked.err(),
        };
        let result = ProbeResult {
            checked_at: Timestamp::now(),
            latency: began.elapsed(),
            error: failed.as_ref().map(plain),
            reason: failed.as_ref().map(reason),
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.clone());
        result
    }

    /// Probes now and waits up to `limit` for the result; `None` after that, or while another
    /// caller waits. The probe itself continues: an abort would damage its connection.
    pub async fn probe_within(self: Arc<Self>, limit: Duration) -> Option<ProbeResult> {
        let probing = tokio::spawn(async move {
            let _turn = self.asking.try_lock().ok()?;
            Some(self.probe().await)
        });
        tokio::time::timeout(limit, probing).await.ok()?.ok()?
    }

    /// Probes at an interval, until `stop`.
    pub async fn watch(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if stop.run_until_cancelled(self.pool.look()).await.is_none() {
                return;
            }
            if stop.run_until_cancelled(self.probe()).await.is_none() {
                return;
            }
        }
    }

    /// Cancels what a server process of ours is running. Nothing happens to an idle one.
    ///
    /// # Errors
    /// Whether it was cancelled is not known.
    pub(super) async fn cancel(&self, process: i32, host: usize) -> Result<(), sqlx::Error> {
        self.execute(&format!("select pg_cancel_backend({process})"), Some(host)).await
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Runs a statement on the host with this number, or on the one in use.
    async fn execute(&self, statement: &str, host: Option<usize>) -> Result<(), sqlx::Error> {
        match self.execute_once(statement, host).await {
            // The connection may have idled during a restart of the server; a new one shows the
            // current state.
            Err(sqlx::Error::Io(_) | sqlx::Error::Database(_)) => {
                self.execute_once(statement, host).await
            }
            told => told,
        }
    }

    async fn execute_once(&self, statement: &str, on: Option<usize>) -> Result<(), sqlx::Error> {
        // A constant, or one with a number in it.
        let statement = AssertSqlSafe(statement.to_owned());
        match self.limited(self.pool.acquire()).await? {
            Leased::Sqlite(mut connection, _) => {
                let asked = self.limited(sqlx::raw_sql(statement).execute(&mut *connection)).await;
                kept_if_good(connection, asked)
            }
            Leased::Postgres { mut connection, pools, host, .. } => {
                if on.is_some_and(|on| on != host) {
                    return Err(sqlx::Error::Io(std::io::Error::other(
                        "another host is in use now",
                    )));
                }
                let asking = async {
                    if !pools.hosts().is_plain() {
                        pools.hosts().check(role(&mut connection).await?)?;
                    }
                    sqlx::raw_sql(statement).execute(&mut *connection).await
                };
                let asked = self.limited(asking).await;
                if asked.is_err() {
                    pools.doubt();
                }
                kept_if_good(connection, asked)
            }
        }
    }

    async fn limited<T>(
        &self,
        asking: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let half = self.timeout / 2;
        tokio::time::timeout(half, asking).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }
}

/// A connection that failed, or that may wait without end, must not affect the next probe.
fn kept_if_good<DB: sqlx::Database, T>(
    mut connection: PoolConnection<DB>,
    asked: Result<T, sqlx::Error>,
) -> Result<(), sqlx::Error> {
    if asked.is_err() {
        connection.close_on_drop();
    }
    asked.map(drop)
}
