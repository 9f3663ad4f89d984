//! The optional Redis that several servers share: values by key that can always be made again.
//!
//! A call needs the connection that `link` keeps, a permit of the circuit breaker, and a response
//! within `REDIS_COMMAND_TIMEOUT_MS`. An unreachable Redis therefore costs a caller nothing, and
//! one that hangs costs a few timeouts until the breaker opens. A server that rejects commands
//! because of its role (a replica after a failover, one that is loading) counts as a broken
//! connection: host names and sentinels are resolved again.

mod trouble;
mod address;
mod link;

use std::sync::Arc;
use std::time::Duration;

use ::redis::{FromRedisValue, Pipeline, RedisError, pipe};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::breaker::{BreakerPolicy, CircuitBreaker, Outcome, Refused, State};
use crate::secret::Secret;
use address::Address;
use link::Link;
pub use trouble::Trouble;

/// Time between two probes while all is well.
const PROBE_EVERY: Duration = Duration::from_secs(5);
/// Time between two probes while something is wrong.
const PROBE_SOON: Duration = Duration::from_secs(1);
/// Read to see whether reads work, removed to see whether writes do; never written.
const PROBE_KEY: &str = "probe";

/// How long Redis may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedisLimits {
    /// For opening a connection, and for a probe.
    pub connect_timeout: Duration,
    /// For any other command.
    pub command_timeout: Duration,
}

/// The address can't be used.
#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL can't be used, give redis://USER:PASSWORD@HOST:PORT/DATABASE: {0}")]
pub struct InvalidAddress(String);

/// What is needed besides the address to believe a Redis and its sentinels.
#[derive(Clone, Debug, Default)]
pub struct RedisTrust {
    /// Trusted CA certificates for `rediss://`, PEM; those of the system by default.
    pub ca: Option<Vec<u8>>,
    pub sentinel_password: Option<Secret>,
}

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum RedisFailure {
    /// There is no connection; nothing was asked.
    #[error("there is no connection to Redis")]
    NotConnected,
    /// The circuit breaker is open; nothing was asked.
    #[error("the circuit breaker in front of Redis is open for another {} ms", .0.retry_after.as_millis())]
    BreakerOpen(Refused),
    /// No response within the timeout.
    #[error("Redis did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// It refused, or the connection broke.
    #[error("Redis: {0}")]
    Refused(RedisError),
}

impl RedisFailure {
    /// Whether Redis was asked at all.
    pub fn was_asked(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Refused(_))
    }

    /// What the breaker learns from it.
    fn outcome(&self) -> Outcome {
        match self {
            // Another program's value under our key is no failure of Redis.
            Self::Refused(cause) if cause.code() == Some("WRONGTYPE") => Outcome::Neither,
            // The next server is asked as soon as there is a connection to it.
            Self::Refused(cause) if Trouble::of(cause).is_elsewhere() => Outcome::Neither,
            Self::TimedOut(_) | Self::Refused(_) => Outcome::Failure,
            Self::NotConnected | Self::BreakerOpen(_) => Outcome::Neither,
        }
    }
}

/// How Redis is, as the last probe found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not probed yet.
    Unknown,
    /// It responded.
    Reachable,
    /// It did not.
    Unreachable,
}

/// A value and the time that Redis will still keep it; `None` for ever.
pub type Found = (Vec<u8>, Option<Duration>);

/// Redis, for all requests.
#[derive(Debug)]
pub struct Redis {
    link: Link,
    breaker: Arc<CircuitBreaker>,
    limits: RedisLimits,
    key_prefix: String,
}

impl Redis {
    /// Prepares a connection to `url`; [`Self::probe`] opens it. All keys begin with `key_prefix`.
    ///
    /// # Errors
    /// The address can't be used.
    pub fn new(
        url: &str,
        trust: &RedisTrust,
        key_prefix: &str,
        limits: RedisLimits,
        policy: BreakerPolicy,
    ) -> Result<Arc<Self>, InvalidAddress> {
        let address = Address::parse(url, trust)?;
        let probe_key = format!("{key_prefix}{PROBE_KEY}");
        Ok(Arc::new(Self {
            link: Link::new(address, probe_key, limits.connect_timeout),
            breaker: CircuitBreaker::new(policy),
            limits,
            key_prefix: key_prefix.to_owned(),
        }))
    }

    /// The value under a key, if there is one.
    ///
    /// # Errors
    /// See [`RedisFailure`].
    pub async fn get(&self, key: &str) -> Result<Option<Found>, RedisFailure> {
        let key = self.full(key);
        let mut both = pipe();
        both.cmd("GET").arg(&key).cmd("PTTL").arg(&key);
        let (value, left_ms): (Option<Vec<u8>>, i64) = self.call(&both).await?;
        // Negative: it has no end, or went away between the two commands.
        Ok(value.map(|value| (value, u64::try_from(left_ms).ok().map(Duration::from_millis))))
    }

    /// Keeps a value under a key for some time, whatever was there before.
    ///
    /// # Errors
    /// See [`RedisFailure`]; whether the value is kept is then not known.
    pub async fn set(&self, key: &str, value: &[u8], keep: Duration) -> Result<(), RedisFailure> {
        let keep_ms = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut one = pipe();
        one.cmd("SET").arg(self.full(key)).arg(value).arg("PX").arg(keep_ms).ignore();
        self.call(&one).await
    }

    /// Runs commands whose keys are [`Self::full`] ones.
    ///
    /// # Errors
    /// See [`RedisFailure`].
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
    ) -> Result<T, RedisFailure> {
        let mut open = self.link.current().ok_or(RedisFailure::NotConnected)?;
        let pass = self.breaker.admit().map_err(RedisFailure::BreakerOpen)?;
        let limit = self.limits.command_timeout;
        let called = match timeout(limit, commands.query_async(&mut open.connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(cause)) => {
                if cause.is_unrecoverable_error() || Trouble::of(&cause).is_elsewhere() {
                    self.link.let_go(&open);
                }
                Err(RedisFailure::Refused(cause))
            }
            Err(_) => Err(RedisFailure::TimedOut(limit)),
        };
        pass.finish(match &called {
            Ok(_) => Outcome::Success,
            Err(failure) => failure.outcome(),
        });
        called
    }

    /// A key as it is in Redis.
    pub(crate) fn full(&self, key: &str) -> String {
        format!("{}{key}", self.key_prefix)
    }

    /// Probes Redis, opening a connection if there is none. Takes up to three times
    /// `REDIS_CONNECT_TIMEOUT`, and once more per sentinel that does not respond.
    ///
    /// While the breaker is not closed a read goes through it as well: it must also close when no
    /// request comes by.
    pub async fn probe(&self) -> Reach {
        let reach = self.link.probe().await;
        if reach == Reach::Reachable
            && self.breaker_state() != State::Closed
            && let Err(failure) = self.get(PROBE_KEY).await
        {
            tracing::debug!(%failure, "Redis answers probes only");
        }
        reach
    }

    /// Probes at an interval until `stop`, and immediately when a connection broke.
    pub async fn watch(&self, stop: &CancellationToken) {
        let watching = async {
            loop {
                let is_well =
                    self.probe().await == Reach::Reachable && self.breaker_state() == State::Closed;
                let pause = if is_well { PROBE_EVERY } else { PROBE_SOON };
                // Probes after the interval or after a broken connection.
                let _ = timeout(pause, self.link.broke()).await;
            }
        };
        stop.run_until_cancelled(watching).await;
    }

    /// The result of the last probe, without a command.
    pub fn reach(&self) -> Reach {
        self.link.reach()
    }

    /// Why the last probe failed, if it did, without a command.
    pub fn trouble(&self) -> Option<Trouble> {
        self.link.trouble()
    }

    /// State of the circuit breaker.
    pub fn breaker_state(&self) -> State {
        self.breaker.look().state
    }
}
