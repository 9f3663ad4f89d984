//! Sessions as values of a Redis that several servers share.
//!
//! Each is a value of its own with an end of its own; one sorted set lists them by that end.

use std::sync::Arc;
use std::time::Duration;

use ::redis::pipe;
use jiff::Timestamp;

use super::{Session, SessionsUnavailable};
use crate::redis::Redis;

/// Lists the ids of all sessions.
const INDEX: &str = "sessions";

#[derive(Debug)]
pub(super) struct SharedSessions {
    redis: Arc<Redis>,
    absolute: Duration,
}

impl SharedSessions {
    pub fn new(redis: Arc<Redis>, absolute: Duration) -> Self {
        Self { redis, absolute }
    }

    fn key(&self, id_hash: &str) -> String {
        self.redis.full(&format!("session:{id_hash}"))
    }

    pub async fn insert(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let keep_ms = u64::try_from(self.absolute.as_millis()).unwrap_or(u64::MAX);
        let end_ms = session.created_at.as_millisecond().saturating_add_unsigned(keep_ms);
        let value = serde_json::to_vec(session)?;
        let mut both = pipe();
        both.atomic();
        both.cmd("SET").arg(self.key(&session.id_hash)).arg(value).arg("PX").arg(keep_ms).ignore();
        both.cmd("ZADD").arg(self.redis.full(INDEX)).arg(end_ms).arg(&session.id_hash).ignore();
        Ok(self.redis.call(&both).await?)
    }

    pub async fn get(&self, id_hash: &str) -> Result<Option<Session>, SessionsUnavailable> {
        let mut one = pipe();
        one.cmd("GET").arg(self.key(id_hash));
        let (value,): (Option<Vec<u8>>,) = self.redis.call(&one).await?;
        Ok(value.and_then(|value| read(id_hash, &value)))
    }

    /// Changes nothing when the session has ended in the meantime.
    pub async fn mark_seen(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let value = serde_json::to_vec(session)?;
        let mut one = pipe();
        let key = self.key(&session.id_hash);
        one.cmd("SET").arg(key).arg(value).arg("XX").arg("KEEPTTL").ignore();
        Ok(self.redis.call(&one).await?)
    }

    pub async fn delete(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let mut both = pipe();
        both.atomic();
        both.cmd("DEL").arg(self.key(&session.id_hash)).ignore();
        both.cmd("ZREM").arg(self.redis.full(INDEX)).arg(&session.id_hash).ignore();
        Ok(self.redis.call(&both).await?)
    }

    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        let mut index = pipe();
        index.cmd("ZRANGE").arg(self.redis.full(INDEX)).arg(0).arg(-1);
        let (ids,): (Vec<String>,) = self.redis.call(&index).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = pipe();
        let keys: Vec<String> = ids.iter().map(|id| self.key(id)).collect();
        values.cmd("MGET").arg(keys);
        let (values,): (Vec<Option<Vec<u8>>>,) = self.redis.call(&values).await?;
        let pairs = ids.iter().zip(values);
        Ok(pairs.filter_map(|(id, value)| read(id, &value?)).collect())
    }

    /// The values end by themselves; only their list is to be kept in order.
    pub async fn delete_over(
        &self,
        created_before: Timestamp,
        _seen_before: Timestamp,
    ) -> Result<(), SessionsUnavailable> {
        let mut one = pipe();
        let now = created_before.saturating_add(self.absolute).unwrap_or(created_before);
        let now_ms = now.as_millisecond();
        one.cmd("ZREMRANGEBYSCORE").arg(self.redis.full(INDEX)).arg("-inf").arg(now_ms).ignore();
        Ok(self.redis.call(&one).await?)
    }
}

/// A value that is damaged, or another session's, is nobody's session.
fn read(id_hash: &str, value: &[u8]) -> Option<Session> {
    let session: Session = serde_json::from_slice(value).ok()?;
    (session.id_hash == id_hash).then_some(session)
}
