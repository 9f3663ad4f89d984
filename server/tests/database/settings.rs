//! Short limits for tests, and calls to make under them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mes_dashboard::breaker::{BreakerLimits, BreakerPolicy};
use mes_dashboard::database::{Connection, Database, DatabaseFailure, PoolLimits};

/// The pool's capacity.
pub const CAPACITY: usize = 4;

pub fn limits() -> PoolLimits {
    PoolLimits {
        size: 2,
        max_overflow: 2,
        wait: Duration::from_millis(500),
        recycle: Duration::from_secs(600),
        call_timeout: Duration::from_millis(1_000),
        slow_call: Duration::from_millis(500),
        connect_timeout: Duration::from_millis(1_500),
        exhausted_retry_after_secs: 7,
        health_size: 1,
        health_timeout: Duration::from_secs(2),
    }
}

/// A breaker that never opens.
pub fn counting() -> BreakerPolicy {
    policy(false)
}

pub fn policy(enabled: bool) -> BreakerPolicy {
    BreakerPolicy::new(BreakerLimits {
        enabled,
        window_size: 10,
        failure_threshold: 3,
        failure_ratio: 0.5,
        slow_call_ratio: 1.0,
        slow_call: Duration::from_secs(60),
        recovery: Duration::from_secs(1),
        probes: 3,
        half_open_limit: Duration::from_secs(10),
    })
    .unwrap()
}

pub fn open(url: &str) -> Arc<Database> {
    Database::new(url, limits(), counting()).unwrap()
}

/// Runs statements one after the other.
pub async fn run(connection: Connection<'_>, sql: &[&'static str]) -> Result<(), sqlx::Error> {
    match connection {
        Connection::Sqlite(connection) => {
            for sql in sql {
                sqlx::query(*sql).execute(&mut *connection).await?;
            }
        }
        Connection::Postgres(connection) => {
            for sql in sql {
                sqlx::query(*sql).execute(&mut *connection).await?;
            }
        }
    }
    Ok(())
}

/// One call of one statement.
pub async fn ask(database: &Database, sql: &'static str) -> Result<(), DatabaseFailure> {
    database.call("test", |connection| Box::pin(run_one(connection, sql))).await
}

async fn run_one(connection: Connection<'_>, sql: &'static str) -> Result<(), sqlx::Error> {
    run(connection, &[sql]).await
}

/// The error code of the API that an outcome stands for.
pub fn code<T>(outcome: &Result<T, DatabaseFailure>) -> &'static str {
    match outcome {
        Ok(_) => "OK",
        Err(DatabaseFailure::PoolExhausted { .. }) => "DB_POOL_EXHAUSTED",
        Err(DatabaseFailure::BreakerOpen { .. }) => "CIRCUIT_BREAKER_OPEN",
        Err(DatabaseFailure::ConnectionFailed { .. }) => "DB_CONNECTION_FAILED",
        Err(DatabaseFailure::QueryTimeout { .. }) => "DB_QUERY_TIMEOUT",
        Err(DatabaseFailure::BrokenOff { .. }) => "SERVICE_UNAVAILABLE",
        Err(DatabaseFailure::QueryError { .. }) => "DB_QUERY_ERROR",
    }
}

/// How many times longer than usual the proofs run: `PROOF_SCALE`, 1 by default.
pub fn scale() -> usize {
    std::env::var("PROOF_SCALE").map_or(1, |scale| scale.parse().unwrap())
}

/// Waits until something is true, and fails the test when it never is.
pub async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_true().await {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until every permit is back.
pub async fn at_rest(database: &Database) {
    until("all permits are back", async || {
        let state = database.health().database_pool.state;
        state.checked_out == 0 && state.waiting == 0
    })
    .await;
}
