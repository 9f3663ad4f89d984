//! Sessions as values of a Redis that several servers share.
//!
//! Each session is one value with an expiry. Redis is not trusted: every value carries a signature
//! over all of it, its id included, so that a value that was forged, changed or moved to another
//! key is invalid. Early ends are recorded in the application's database: a Redis may restore a
//! removed value, after a failover or from a copy. Values are listed by scanning the keys, because
//! a list of them could be evicted.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::redis::pipe;
use jiff::Timestamp;

use super::SessionsUnavailable;
use crate::app_store::{AppStore, on_pool};
use crate::auth::secret_key::{SIGNATURE_CHARS, SecretKey};
use crate::auth::session::record::Session;
use crate::redis::Redis;

/// What signatures of values are for.
const PURPOSE: &str = "session record";
/// Keys looked through at a time.
const AT_A_TIME: usize = 1000;

#[derive(Debug)]
pub(super) struct SharedSessions {
    redis: Arc<Redis>,
    app: AppStore,
    key: SecretKey,
    absolute: Duration,
    refused: AtomicU64,
}

impl SharedSessions {
    pub fn new(redis: Arc<Redis>, app: AppStore, key: SecretKey, absolute: Duration) -> Self {
        Self { redis, app, key, absolute, refused: AtomicU64::new(0) }
    }

    /// Values since the start with an invalid signature.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Older versions store other values, under other keys.
    fn name(&self, id_hash: &str) -> String {
        self.redis.full(&format!("session2:{id_hash}"))
    }

    fn sealed(&self, session: &Session) -> Result<Vec<u8>, SessionsUnavailable> {
        let record = serde_json::to_vec(session)?;
        let mut value = self.key.sign(PURPOSE, &record).into_bytes();
        value.extend(record);
        Ok(value)
    }

    /// `None` for a value that was forged, changed or moved.
    fn opened(&self, id_hash: &str, value: &[u8]) -> Option<Session> {
        let session = value.split_at_checked(SIGNATURE_CHARS).and_then(|(signature, record)| {
            let signature = std::str::from_utf8(signature).ok()?;
            if !self.key.holds(PURPOSE, record, signature) {
                return None;
            }
            let session: Session = serde_json::from_slice(record).ok()?;
            (session.id_hash == id_hash).then_some(session)
        });
        if session.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                key = self.name(id_hash),
                "a session in Redis is not ours and does not count"
            );
        }
        session
    }

    pub async fn insert(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let keep_ms = u64::try_from(self.absolute.as_millis()).unwrap_or(u64::MAX);
        let (name, value) = (self.name(&session.id_hash), self.sealed(session)?);
        let mut one = pipe();
        one.cmd("SET").arg(name).arg(value).arg("PX").arg(keep_ms).ignore();
        Ok(self.redis.call(&one).await?)
    }

    pub async fn get(&self, id_hash: &str) -> Result<Option<Session>, SessionsUnavailable> {
        let mut one = pipe();
        one.cmd("GET").arg(self.name(id_hash));
        let (value,): (Option<Vec<u8>>,) = self.redis.call(&one).await?;
        let Some(session) = value.and_then(|value| self.opened(id_hash, &value)) else {
            return Ok(None);
        };
        let sql = "select count(*) from ended_sessions where id_hash = $1";
        let (ended,): (i64,) =
            on_pool!(self.app, pool => sqlx::query_as(sql).bind(id_hash).fetch_one(pool).await?);
        Ok((ended == 0).then_some(session))
    }

    /// Changes nothing when the session has ended in the meantime.
    pub async fn mark_seen(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let (name, value) = (self.name(&session.id_hash), self.sealed(session)?);
        let mut one = pipe();
        one.cmd("SET").arg(name).arg(value).arg("XX").arg("KEEPTTL").ignore();
        Ok(self.redis.call(&one).await?)
    }

    /// One of the two places suffices to end it.
    pub async fn delete(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let noted = self.note_end(session).await;
        let mut one = pipe();
        one.cmd("DEL").arg(self.name(&session.id_hash)).ignore();
        let removed: Result<(), _> = self.redis.call(&one).await;
        match (noted, removed) {
            (Ok(()), _) | (Err(_), Ok(())) => Ok(()),
            (Err(cause), Err(_)) => Err(cause),
        }
    }

    async fn note_end(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        let sql = "insert into ended_sessions (id_hash, ended_at) values ($1, $2) \
                   on conflict (id_hash) do nothing";
        // By the clock of its beginning: it is forgotten when the session would be over anyway.
        let at = session.created_at.max(session.last_seen_at).as_millisecond();
        on_pool!(self.app, pool => {
            sqlx::query(sql).bind(&session.id_hash).bind(at).execute(pool).await?;
        });
        Ok(())
    }

    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        let pattern = format!("{}*", escaped(&self.name("")));
        let (mut cursor, mut names) = (0_u64, HashSet::new());
        loop {
            let mut one = pipe();
            one.cmd("SCAN").arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(AT_A_TIME);
            let ((next, found),): ((u64, Vec<String>),) = self.redis.call(&one).await?;
            // A key may be found more than once.
            names.extend(found);
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let names: Vec<String> = names.into_iter().collect();
        let mut sessions = Vec::new();
        for names in names.chunks(AT_A_TIME) {
            let mut one = pipe();
            one.cmd("MGET").arg(names);
            let (values,): (Vec<Option<Vec<u8>>>,) = self.redis.call(&one).await?;
            let prefix = self.name("").len();
            let pairs = names.iter().zip(values);
            sessions
                .extend(pairs.filter_map(|(name, value)| self.opened(&name[prefix..], &value?)));
        }
        let ended: Vec<(String,)> = on_pool!(self.app, pool => {
            sqlx::query_as("select id_hash from ended_sessions").fetch_all(pool).await?
        });
        let ended: HashSet<String> = ended.into_iter().map(|(id_hash,)| id_hash).collect();
        sessions.retain(|session| !ended.contains(&session.id_hash));
        Ok(sessions)
    }

    /// The values expire; only the records of ended sessions are removed here.
    pub async fn delete_over(
        &self,
        created_before: Timestamp,
        _seen_before: Timestamp,
    ) -> Result<(), SessionsUnavailable> {
        let sql = "delete from ended_sessions where ended_at <= $1";
        on_pool!(self.app, pool => {
            sqlx::query(sql).bind(created_before.as_millisecond()).execute(pool).await?;
        });
        Ok(())
    }
}

/// A prefix is plain (see `REDIS_KEY_PREFIX`), but Redis matches by patterns.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| (!c.is_ascii_alphanumeric()).then_some('\\').into_iter().chain([c]))
        .collect()
}
