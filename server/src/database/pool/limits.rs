//! The settings of both pools.

use std::time::Duration;

/// Largest `Retry-After` in seconds: the most that the browser package accepts.
pub const LONGEST_RETRY_AFTER_SECS: u32 = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Connections that stay open.
    pub size: u32,
    /// Connections beyond those that a burst may open.
    pub max_overflow: u32,
    /// How long a caller waits for a free connection.
    pub wait: Duration,
    /// Age at which a connection is replaced.
    pub recycle: Duration,
    /// How long a call may take.
    pub call_timeout: Duration,
    /// From how long on a call is listed as slow.
    pub slow_call: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// `Retry-After` of `DB_POOL_EXHAUSTED`, in seconds.
    pub exhausted_retry_after_secs: u32,
    /// Connections of the health pool.
    pub health_size: u32,
    /// How long a health probe may take.
    pub health_timeout: Duration,
}

impl PoolLimits {
    /// Connections at most.
    pub fn capacity(&self) -> u32 {
        self.size + self.max_overflow
    }

    /// How long a call takes at most with all its waiting.
    pub fn longest_call(&self) -> Duration {
        self.wait + self.connect_timeout + self.call_timeout
    }
}
