//! Where the records of sessions are, with the time limit and the cooldown of that store.

mod database;
mod shared;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::record::{Session, SessionLimits};
use crate::app_store::{AppStore, AppStoreError};
use crate::auth::secret_key::SecretKey;
use crate::auth::users::UserError;
use crate::redis::{Redis, RedisFailure};
use database::DatabaseSessions;
use shared::SharedSessions;

/// Longest wait of a request for the store.
const STORE_LIMIT: Duration = Duration::from_secs(1);
/// After a failure, requests do not ask the store for this long.
const STORE_COOLDOWN: Duration = Duration::from_secs(2);

/// The store of sessions is unavailable.
#[derive(Clone, Debug, thiserror::Error)]
#[error("sessions can't be read or written: {0}")]
pub struct SessionsUnavailable(Arc<str>);

macro_rules! unavailable {
    ($($cause:ty),*) => {
        $(impl From<$cause> for SessionsUnavailable {
            fn from(cause: $cause) -> Self {
                Self(cause.to_string().into())
            }
        })*
    };
}
unavailable!(
    AppStoreError,
    RedisFailure,
    UserError,
    sqlx::Error,
    getrandom::Error,
    serde_json::Error
);

#[derive(Debug)]
enum Records {
    Database(DatabaseSessions),
    Shared(SharedSessions),
}

macro_rules! in_records {
    ($store:expr, $records:ident => $ask:expr) => {
        match &$store.records {
            Records::Database($records) => $ask,
            Records::Shared($records) => $ask,
        }
    };
}

/// The records, with the time limit and the cooldown of their store.
#[derive(Debug)]
pub struct Store {
    records: Records,
    app: AppStore,
    cooldown_until: Mutex<Option<Instant>>,
}

impl Store {
    /// Records in Redis where there is one, else in the application's database.
    pub fn new(
        app: &AppStore,
        redis: Option<Arc<Redis>>,
        key: SecretKey,
        limits: SessionLimits,
    ) -> Self {
        let records = match redis {
            Some(redis) => {
                Records::Shared(SharedSessions::new(redis, app.clone(), key, limits.absolute))
            }
            None => Records::Database(DatabaseSessions::new(app.clone())),
        };
        Self { records, app: app.clone(), cooldown_until: Mutex::new(None) }
    }

    /// Records in Redis since the start whose signature was invalid.
    pub fn refused(&self) -> u64 {
        match &self.records {
            Records::Database(_) => 0,
            Records::Shared(records) => records.refused(),
        }
    }

    pub async fn insert(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        in_records!(self, records => records.insert(session).await)
    }

    pub async fn get(&self, id_hash: &str) -> Result<Option<Session>, SessionsUnavailable> {
        in_records!(self, records => records.get(id_hash).await)
    }

    pub async fn mark_seen(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        in_records!(self, records => records.mark_seen(session).await)
    }

    pub async fn delete(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        in_records!(self, records => records.delete(session).await)
    }

    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        in_records!(self, records => records.list().await)
    }

    pub async fn delete_over(
        &self,
        created: Timestamp,
        seen: Timestamp,
    ) -> Result<(), SessionsUnavailable> {
        in_records!(self, records => records.delete_over(created, seen).await)
    }

    /// Runs `asking` unless the store failed within the cooldown.
    pub async fn unless_cooling_down<T>(
        &self,
        asking: impl Future<Output = Result<T, SessionsUnavailable>>,
    ) -> Result<T, SessionsUnavailable> {
        let until = *self.cooldown_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| Instant::now() < until) {
            return Err(SessionsUnavailable("the store has just failed".into()));
        }
        let answer = self.within_limit(asking).await;
        let until = answer.is_err().then(|| Instant::now() + STORE_COOLDOWN);
        *self.cooldown_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        answer
    }

    /// Runs `asking` within the time that a request may wait for the store.
    pub async fn within_limit<T>(
        &self,
        asking: impl Future<Output = Result<T, SessionsUnavailable>>,
    ) -> Result<T, SessionsUnavailable> {
        self.within(STORE_LIMIT, asking).await
    }

    pub async fn within<T>(
        &self,
        limit: Duration,
        asking: impl Future<Output = Result<T, SessionsUnavailable>>,
    ) -> Result<T, SessionsUnavailable> {
        let answer = timeout(limit, asking).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(SessionsUnavailable(format!("no answer within {} s", limit.as_secs()).into()))
        });
        if let Err(error) = &answer {
            self.app.look_again();
            tracing::warn!(%error, "the store of sessions failed");
        }
        answer
    }
}
