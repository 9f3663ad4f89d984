//! The only access of requests to the database.
//!
//! request → circuit breaker → admission gate → pool → call timeout. Each step has its own error
//! code, which names the step that rejected the call; see [`DatabaseFailure`]. The refreshers of
//! [`crate::source`] use their own connections.

pub mod gate;
pub mod leak;
pub(crate) mod deadline;
pub mod address;
pub(crate) mod message;
pub mod hosts;
pub(crate) mod session;
pub mod failure;
pub mod unreadable;
mod pool;
mod health_probe;
mod lease;
mod report;
mod statistics;

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use crate::breaker::CircuitBreaker;
use crate::breaker::{BreakerPolicy, Outcome, State};
use crate::degraded_reason::DegradedReason;
pub use failure::DatabaseFailure;
pub(crate) use failure::is_passing;
use gate::Gate;
pub use health_probe::{HealthProbe, ProbeResult};
use leak::LeakDetector;
pub use lease::Connection;
use lease::Lease;
pub(crate) use message::{about_file, plain};
use pool::Pool;
pub use pool::{LONGEST_RETRY_AFTER_SECS, PoolError, PoolLimits};
pub use report::{
    BreakerForced, BreakerHealth, BreakerState, DatabaseHealth, LeakSuspect, PoolHealth,
    PoolRuntime, PoolState,
};
pub(crate) use session::{begin, end, literal};
pub use statistics::{CallFigures, CallReport, CallStatistics, SlowCall};

/// Callers that may wait per connection; further ones would exceed the timeout of browsers.
const QUEUE_PER_CONNECTION: u32 = 16;

/// Result of a call.
pub type Answer<'c, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'c>>;

/// The database, for all requests.
#[derive(Debug)]
pub struct Database {
    breaker: Arc<CircuitBreaker>,
    gate: Gate,
    pool: Pool,
    probe: Arc<HealthProbe>,
    statistics: CallStatistics,
    limits: PoolLimits,
}

impl Database {
    /// Prepares connections to `url`; nothing is opened yet.
    ///
    /// # Errors
    /// An address of another kind, or one that can't be parsed.
    pub fn new(
        url: &str,
        limits: PoolLimits,
        policy: BreakerPolicy,
    ) -> Result<Arc<Self>, PoolError> {
        Self::in_zone(url, "UTC", limits, policy)
    }

    /// Like [`Self::new`], where moments with a zone are shown in `zone`, an IANA name.
    ///
    /// # Errors
    /// An address of another kind, or one that can't be parsed.
    pub fn in_zone(
        url: &str,
        zone: &str,
        limits: PoolLimits,
        policy: BreakerPolicy,
    ) -> Result<Arc<Self>, PoolError> {
        let capacity = limits.capacity();
        let (pool, probes) = Pool::pair(url, zone, &limits)?;
        Ok(Arc::new(Self {
            breaker: CircuitBreaker::new(policy),
            gate: Gate::new(capacity, capacity * QUEUE_PER_CONNECTION, limits.wait),
            pool,
            probe: Arc::new(HealthProbe::new(probes, limits.health_timeout)),
            statistics: CallStatistics::new(limits.slow_call),
            limits,
        }))
    }

    /// Makes one call: `query` gets a connection and has `DB_CALL_TIMEOUT_MS`.
    ///
    /// `holder` names the caller where permits are listed. When the call's time is up, or the
    /// returned future is dropped, the statement is stopped in the database too.
    ///
    /// # Errors
    /// See [`DatabaseFailure`]; each is one error code of the API.
    pub async fn call<T, Q>(&self, holder: &'static str, query: Q) -> Result<T, DatabaseFailure>
    where
        Q: for<'c> FnOnce(Connection<'c>) -> Answer<'c, T> + Send,
        T: Send,
    {
        self.call_within(self.limits.call_timeout, holder, query).await
    }

    /// Like [`Self::call`], for a read that can be repeated: one that the database broke off, or
    /// whose connection broke, is tried once more in what is left of its time.
    ///
    /// # Errors
    /// See [`DatabaseFailure`]; those of the second try where there was one.
    pub async fn read<T, Q>(&self, holder: &'static str, query: Q) -> Result<T, DatabaseFailure>
    where
        Q: for<'c> Fn(Connection<'c>) -> Answer<'c, T> + Send + Sync,
        T: Send,
    {
        let began = Instant::now();
        let first = self.call(holder, &query).await;
        let Err(failure) = &first else { return first };
        match self.time_for_another_try(failure, began) {
            Some(left) => self.call_within(left, holder, &query).await,
            None => first,
        }
    }

    /// What is left of the time of a read that began then and failed like this; `None` when another
    /// try makes no sense.
    pub fn time_for_another_try(
        &self,
        failure: &DatabaseFailure,
        began: Instant,
    ) -> Option<Duration> {
        let left = self.limits.call_timeout.saturating_sub(began.elapsed());
        let is_worth_it = failure.is_worth_another_try() && left >= self.limits.call_timeout / 4;
        if is_worth_it {
            tracing::info!(%failure, "a database read is tried once more");
        }
        is_worth_it.then_some(left)
    }

    /// Like [`Self::call`] with another timeout.
    ///
    /// # Errors
    /// See [`DatabaseFailure`].
    pub async fn call_within<T, Q>(
        &self,
        limit: Duration,
        holder: &'static str,
        query: Q,
    ) -> Result<T, DatabaseFailure>
    where
        Q: for<'c> FnOnce(Connection<'c>) -> Answer<'c, T> + Send,
        T: Send,
    {
        let pass = self.breaker.admit()?;
        let retry_after_secs = self.limits.exhausted_retry_after_secs;
        let permit = self
            .gate
            .enter(holder)
            .await
            .map_err(|cause| DatabaseFailure::exhausted(cause, retry_after_secs))?;
        // Those who waited while the breaker opened must not all run into the same wall.
        let pass = pass.renewed()?;
        let began = Instant::now();
        let called = self.make(permit, limit, query).await;
        self.statistics.note(holder, began.elapsed(), called.is_err(), Timestamp::now());
        pass.finish(match &called {
            Ok(_) => Outcome::Success,
            Err(failure) => failure.outcome(),
        });
        called
    }

    /// A call that has its permit.
    async fn make<T, Q>(
        &self,
        permit: gate::Permit,
        limit: Duration,
        query: Q,
    ) -> Result<T, DatabaseFailure>
    where
        Q: for<'c> FnOnce(Connection<'c>) -> Answer<'c, T> + Send,
        T: Send,
    {
        let taken = Lease::take(&self.pool, permit, self.probe.clone(), &self.limits, limit).await;
        let mut lease = taken.map_err(|cause| DatabaseFailure::of_connecting(cause, limit))?;
        let Some(connection) = lease.connection() else {
            // A lease has its connection until it is dropped.
            return Err(DatabaseFailure::of_connecting(sqlx::Error::PoolClosed, limit));
        };
        match timeout(deadline::client_limit(limit), query(connection)).await {
            Ok(Ok(answer)) => {
                lease.is_done();
                Ok(answer)
            }
            Ok(Err(cause)) => {
                lease.is_done();
                let cause = self.pool.explained(cause);
                Err(DatabaseFailure::of_call(cause, limit, lease.was_interrupted()))
            }
            Err(_) => Err(DatabaseFailure::QueryTimeout { limit }),
        }
    }

    /// How long a call may take.
    pub fn call_timeout(&self) -> Duration {
        self.limits.call_timeout
    }

    /// The breaker, for operators.
    pub fn breaker(&self) -> &CircuitBreaker {
        &self.breaker
    }

    /// The prober.
    pub fn probe(&self) -> &HealthProbe {
        &self.probe
    }

    /// Probes the database; see [`HealthProbe::probe_within`].
    pub async fn probe_within(&self, limit: Duration) -> Option<ProbeResult> {
        self.probe.clone().probe_within(limit).await
    }

    /// How long the calls took.
    pub fn statistics(&self) -> &CallStatistics {
        &self.statistics
    }

    /// Starts the background tasks: probes, the closing of overflow connections, the leak detector.
    /// They end with `stop`.
    pub fn start(self: &Arc<Self>, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let [probing, trimming, watching] = [(); 3].map(|()| (self.clone(), stop.clone()));
        vec![
            tokio::spawn(async move { probing.0.probe.watch(&probing.1).await }),
            tokio::spawn(async move {
                let (database, stop) = trimming;
                database.pool.trim(database.limits.size, &stop).await;
            }),
            tokio::spawn(async move {
                let (database, stop) = watching;
                let detector = LeakDetector::new(database.limits.call_timeout);
                detector.watch(&database.gate, &stop).await;
            }),
        ]
    }

    /// Closes all connections. Calls that come later fail. A connection that is still in use at the
    /// end of its call's time is left to the end of the process.
    pub async fn close(&self) {
        let limit = self.limits.call_timeout + self.limits.connect_timeout;
        let closing = async { tokio::join!(self.pool.close(), self.probe.close()) };
        if timeout(limit, closing).await.is_err() {
            tracing::warn!("database connections were still in use at the stop");
        }
    }

    /// State of the access to the database, without a query or a wait.
    pub fn health(&self) -> DatabaseHealth {
        let circuit_breaker = self.breaker_health();
        let state = self.pool_state();
        let suspects = self.gate.held_longer_than(leak::limit(self.limits.call_timeout));
        let unasked = self.probe.last().and_then(|probed| probed.reason);
        let degraded_reason = if unasked.is_some() {
            unasked
        } else if circuit_breaker.state != BreakerState::Closed {
            Some(DegradedReason::CircuitBreakerOpen)
        } else if state.checked_out >= state.max_capacity {
            Some(DegradedReason::DbPoolSaturated)
        } else if !suspects.is_empty() {
            Some(DegradedReason::DbPoolLeakSuspected)
        } else {
            None
        };
        DatabaseHealth {
            circuit_breaker,
            database_pool: PoolHealth {
                runtime: self.pool_runtime(),
                state,
                place: self.pool.place(),
            },
            degraded_reason,
            leak_suspects: suspects
                .into_iter()
                .map(|held| LeakSuspect {
                    holder: held.holder.to_owned(),
                    age_seconds: held.age.as_secs(),
                })
                .collect(),
        }
    }

    fn breaker_health(&self) -> BreakerHealth {
        let look = self.breaker.look();
        let (now, clock) = (Timestamp::now(), self.breaker.now());
        let at = |moment: Duration| {
            let until = moment.as_secs_f64() - clock.as_secs_f64();
            let moment = now.saturating_add(SignedDuration::from_secs_f64(until));
            moment.map(|moment| format!("{moment:.3}")).unwrap_or_default()
        };
        BreakerHealth {
            state: look.state.into(),
            failure_count: look.failure_count,
            success_count: look.success_count,
            total_count: look.total_count,
            window_size: self.breaker.policy().limits().window_size,
            failure_rate: look.failure_ratio,
            last_failure_time: look.last_failure.map(at),
            open_until: look.open_until.filter(|_| look.state == State::Open).map(at),
            enabled: self.breaker.policy().limits().enabled,
            forced: look.forced.map(Into::into),
        }
    }

    fn pool_state(&self) -> PoolState {
        let (size, checked_out) = (self.pool.open(), self.gate.inside());
        let max_capacity = self.gate.capacity();
        PoolState {
            size,
            checked_out,
            overflow: size.saturating_sub(self.limits.size),
            checked_in: self.pool.idle(),
            waiting: self.gate.waiting(),
            max_capacity,
            saturation: checked_out as f64 / max_capacity.max(1) as f64,
        }
    }

    fn pool_runtime(&self) -> PoolRuntime {
        let (pool, probes) = (self.pool.effective(), self.probe.pool().effective());
        PoolRuntime {
            pool_size: self.limits.size,
            max_overflow: pool.max_connections.saturating_sub(self.limits.size),
            pool_timeout_seconds: self.gate.wait_limit().as_secs(),
            max_waiting: self.gate.queue_limit(),
            pool_recycle_seconds: pool.recycle.map(|age| age.as_secs()),
            call_timeout_ms: self.limits.call_timeout.as_millis() as u64,
            tcp_connect_timeout_seconds: pool.connect_timeout.as_secs(),
            exhausted_retry_after_seconds: self.limits.exhausted_retry_after_secs,
            health_pool_size: probes.max_connections,
            health_pool_timeout_seconds: probes.connect_timeout.as_secs(),
        }
    }
}
