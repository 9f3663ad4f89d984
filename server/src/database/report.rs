//! The database's part of `/health`: what was configured, and what is in effect.

use serde::Serialize;
use utoipa::ToSchema;

use crate::breaker::{Forced, State};
use crate::degraded_reason::DegradedReason;

/// State of the circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// No call goes through.
    Open,
    /// A few probes go through.
    HalfOpen,
}

impl From<State> for BreakerState {
    fn from(state: State) -> Self {
        match state {
            State::Closed => Self::Closed,
            State::Open => Self::Open,
            State::HalfOpen => Self::HalfOpen,
        }
    }
}

/// An operator's order to the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BreakerForced {
    /// Forced open.
    Open,
    /// Forced closed.
    Closed,
}

impl From<Forced> for BreakerForced {
    fn from(forced: Forced) -> Self {
        match forced {
            Forced::Open => Self::Open,
            Forced::Closed => Self::Closed,
        }
    }
}

/// The circuit breaker.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BreakerHealth {
    /// State.
    pub state: BreakerState,
    /// Failed calls in the window.
    pub failure_count: u32,
    /// Calls in the window that did not fail.
    pub success_count: u32,
    /// Calls in the window.
    pub total_count: u32,
    /// Calls that the window can hold.
    pub window_size: u32,
    /// Share of failed calls in the window, 0 to 1.
    pub failure_rate: f64,
    /// When a call last failed: ISO 8601, UTC.
    pub last_failure_time: Option<String>,
    /// When the next probe may go: ISO 8601, UTC; null unless open, and while forced open.
    pub open_until: Option<String>,
    /// Whether it may open at all.
    pub enabled: bool,
    /// Forced state; null while the breaker is automatic.
    pub forced: Option<BreakerForced>,
}

/// Settings as the live pool has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PoolRuntime {
    /// Connections that stay open.
    pub pool_size: u32,
    /// Connections beyond those that a burst may open.
    pub max_overflow: u32,
    /// How long a caller waits for a connection: seconds.
    pub pool_timeout_seconds: u64,
    /// Callers that may wait.
    pub max_waiting: usize,
    /// Age at which a connection is replaced: seconds.
    pub pool_recycle_seconds: Option<u64>,
    /// How long a call may take: milliseconds.
    pub call_timeout_ms: u64,
    /// How long opening a connection may take: seconds.
    pub tcp_connect_timeout_seconds: u64,
    /// Base of `Retry-After` when the pool is exhausted: seconds.
    pub exhausted_retry_after_seconds: u32,
    /// Connections of the health pool.
    pub health_pool_size: u32,
    /// How long a health probe may take: seconds.
    pub health_pool_timeout_seconds: u64,
}

/// The pool right now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Connections in use, or reserved for a caller.
    pub checked_out: usize,
    /// Open connections beyond the pool's own size.
    pub overflow: u32,
    /// Open connections that nobody uses.
    pub checked_in: u32,
    /// Callers that wait for a connection.
    pub waiting: usize,
    /// Connections at most.
    pub max_capacity: usize,
    /// `checked_out` by `max_capacity`, 0 to 1.
    pub saturation: f64,
}

/// The request pool.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PoolHealth {
    /// Settings in effect.
    pub runtime: PoolRuntime,
    /// Use.
    pub state: PoolState,
    /// Where the database is: host and port in use, or the SQLite file; null for one in memory.
    pub place: Option<String>,
}

/// A permit that was not returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeakSuspect {
    /// The name its holder gave.
    pub holder: String,
    /// How long it has been held: whole seconds.
    pub age_seconds: u64,
}

/// The database's part of `/health`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DatabaseHealth {
    /// The circuit breaker.
    pub circuit_breaker: BreakerHealth,
    /// The request pool.
    pub database_pool: PoolHealth,
    /// Why the database can't be used, judged by calls alone.
    pub degraded_reason: Option<DegradedReason>,
    /// Permits held for longer than three call timeouts, the oldest first.
    pub leak_suspects: Vec<LeakSuspect>,
}
