//! Sessions: records on the server, found by the random id in a cookie.
//!
//! A cookie holds 256 random bits and a signature over them; the record is stored under the SHA-256
//! of those bits, so that a reader of the store can't make cookies, and a forged cookie costs a
//! hash and no query. Records are stored in the application's database or, where `REDIS_URL` is
//! set, in Redis, never in both. A lookup is cached for `CACHED_SECS`; ending a session invalidates
//! the cache of this process immediately, and other servers notice within that time.
//!
//! A session ends by the idle and the absolute timeout, by sign-out, by an administrator, and when
//! its local user is disabled or gets another role or password. Every sign-in makes a new id and
//! ends the session that the browser had before. Early ends are recorded in the application's
//! database in any case: a Redis may lose records, or restore them after they were removed. All
//! sessions of a user end by a counter, not by a date, because clocks are set.

mod record;
mod store;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::secret_key::{SIGNATURE_CHARS, SecretKey, random_bytes, random_text};
use super::users::Users;
use crate::app_store::AppStore;
use crate::redis::Redis;
pub use record::{Newcomer, Session, SessionLimits, Source};
pub use store::SessionsUnavailable;
use store::Store;

/// How long a session is cached, in seconds.
const CACHED_SECS: u64 = 5;
/// Largest number of cached ids, with or without a session.
const MOST_CACHED: u64 = 20_000;
/// Timeout of a request that lists or ends several sessions.
const LIST_LIMIT: Duration = Duration::from_secs(10);
/// A session is marked as seen at most once in this time.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Interval at which records of ended sessions are removed.
const CLEAN_EVERY: Duration = Duration::from_secs(600);
/// Longest user agent that is kept, characters.
const MOST_AGENT_CHARS: usize = 200;
/// Largest number of sessions that are ended in this process only.
const MOST_OVER_HERE: usize = 10_000;
/// What signatures of ids are for.
const PURPOSE: &str = "session cookie";
/// Length of what a cookie holds: id, dot, signature.
const COOKIE_CHARS: usize = 2 * SIGNATURE_CHARS + 1;

/// The extent of a sign-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// The session has ended on all servers.
    Everywhere,
    /// The store is unavailable: the session has ended in this process, and the removal is retried.
    HereOnly,
}

#[derive(Debug)]
pub struct Sessions {
    store: Store,
    app: AppStore,
    users: Users,
    key: SecretKey,
    limits: SessionLimits,
    clock: Clock,
    cached: Cache<String, Option<Arc<Session>>>,
    /// Incremented when a session ends, so that an earlier lookup is not cached.
    ended: watch::Sender<u64>,
    /// Sessions that were signed out while the store was unavailable.
    over_here: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    /// Sessions in Redis where there is one, else in the application's database.
    pub fn new(
        app: &AppStore,
        redis: Option<Arc<Redis>>,
        key: SecretKey,
        limits: SessionLimits,
        clock: Clock,
    ) -> Self {
        let cached = Cache::builder()
            .max_capacity(MOST_CACHED)
            .time_to_live(Duration::from_secs(CACHED_SECS));
        Self {
            store: Store::new(app, redis, key.clone(), limits),
            app: app.clone(),
            users: Users::new(app.clone(), clock.clone()),
            key,
            limits,
            clock,
            cached: cached.build(),
            ended: watch::Sender::new(0),
            over_here: Mutex::default(),
        }
    }

    /// The application's database, which sign-in needs.
    pub fn app_store(&self) -> &AppStore {
        &self.app
    }

    /// Records in Redis since the start whose signature was invalid.
    pub fn refused_records(&self) -> u64 {
        self.store.refused()
    }

    /// How long sessions live.
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// Begins a session and ends the one `before`; returns the value of the cookie.
    ///
    /// # Errors
    /// The store is unavailable; no session has begun.
    pub async fn begin(
        &self,
        newcomer: Newcomer,
        before: Option<&Session>,
    ) -> Result<(String, Session), SessionsUnavailable> {
        let (id, now) = (random_text()?, self.clock.now());
        let plain = newcomer.user_agent.chars().filter(|c| !c.is_control());
        let session = Session {
            id_hash: id_hash(&id),
            public_id: hexadecimal(&random_bytes()?[..16]),
            user_name: newcomer.user_name,
            role: newcomer.role,
            source: newcomer.source,
            created_at: now,
            last_seen_at: now,
            address: newcomer.address,
            user_agent: plain.take(MOST_AGENT_CHARS).collect(),
            generation: newcomer.generation,
        };
        self.store.within_limit(self.store.insert(&session)).await?;
        if let Some(before) = before {
            self.end(before).await?;
        }
        // A lookup of this id may be cached, however unlikely.
        self.cached.invalidate(&session.id_hash).await;
        let signature = self.key.sign(PURPOSE, id.as_bytes());
        Ok((format!("{id}.{signature}"), session))
    }

    /// The session of a cookie; `None` when it is forged, unknown, or the session has ended.
    ///
    /// # Errors
    /// The signature is valid, and the store is unavailable.
    pub async fn find(&self, cookie: &str) -> Result<Option<Arc<Session>>, SessionsUnavailable> {
        match self.peek(cookie).await? {
            Some(session) => Ok(Some(self.seen(session, self.clock.now()).await)),
            None => Ok(None),
        }
    }

    /// Like [`Self::find`], without counting as use of the session.
    ///
    /// # Errors
    /// The signature is valid, and the store is unavailable.
    pub async fn peek(&self, cookie: &str) -> Result<Option<Arc<Session>>, SessionsUnavailable> {
        if cookie.len() != COOKIE_CHARS {
            return Ok(None);
        }
        let Some((id, signature)) = cookie.split_once('.') else { return Ok(None) };
        if !self.key.holds(PURPOSE, id.as_bytes(), signature) {
            return Ok(None);
        }
        let hash = id_hash(id);
        let ended = *self.ended.borrow();
        let loading = self.cached.try_get_with(hash.clone(), self.load(&hash));
        let found = loading.await.map_err(|error| (*error).clone())?;
        if *self.ended.borrow() != ended {
            self.cached.invalidate(&hash).await;
        }
        let now = self.clock.now();
        let is_over = |session: &Session| {
            now >= self.limits.end_of(session) || self.over_here().contains_key(&session.id_hash)
        };
        Ok(found.filter(|session| !is_over(session)))
    }

    /// Whether a session has expired, judged by the last use that its record has.
    pub fn is_expired(&self, session: &Session) -> bool {
        self.clock.now() >= self.limits.end_of(session)
    }

    /// Changes whenever a session ends in this process.
    pub fn ends(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Wakes the waiters of [`Self::ends`].
    fn wake_waiters(&self) {
        self.ended.send_modify(|_| {});
    }

    fn over_here(&self) -> std::sync::MutexGuard<'_, HashMap<String, Session>> {
        self.over_here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record, if its user may still sign in.
    async fn load(&self, hash: &str) -> Result<Option<Arc<Session>>, SessionsUnavailable> {
        let loading = self.store.unless_cooling_down(async {
            let Some(session) = self.store.get(hash).await? else { return Ok(None) };
            if !self.may_stay(&session).await? {
                // The session has ended even if the record stays.
                if let Err(error) = self.store.delete(&session).await {
                    tracing::debug!(%error, "the record of an ended session can't be deleted");
                }
                return Ok(None);
            }
            Ok(Some(Arc::new(session)))
        });
        loading.await
    }

    /// Whether a session was not ended early.
    async fn may_stay(&self, session: &Session) -> Result<bool, SessionsUnavailable> {
        let standing = self.users.standing(&session.user_name).await?;
        let has_account = match (session.source, standing.user) {
            (Source::Local, Some(user)) => user.enabled && user.role == session.role,
            // The name of a local user never belongs to a user of the directory.
            (Source::Local, None) | (Source::Ldap, Some(_)) => false,
            (Source::Ldap, None) => true,
        };
        Ok(has_account && standing.generation == session.generation)
    }

    /// Records from time to time that a session is in use.
    async fn seen(&self, session: Arc<Session>, now: Timestamp) -> Arc<Session> {
        // Several marks must fit into the idle time.
        let idle = SignedDuration::try_from(self.limits.idle).unwrap_or(SignedDuration::MAX);
        if now.duration_since(session.last_seen_at) < SEEN_EVERY.min(idle / 4) {
            return session;
        }
        let session = Session { last_seen_at: now, ..(*session).clone() };
        let marking = self.store.within_limit(self.store.mark_seen(&session));
        // A failure was logged; the next request retries.
        if marking.await.is_ok() {
            // Caching the new record would extend the cache time with every use.
            self.cached.invalidate(&session.id_hash).await;
        }
        Arc::new(session)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn end(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        self.store.within_limit(self.store.delete(session)).await?;
        self.ended.send_modify(|count| *count += 1);
        self.cached.invalidate(&session.id_hash).await;
        self.wake_waiters();
        Ok(())
    }

    /// Signs out: the session has ended in this process even when the store is unavailable.
    pub async fn sign_out(&self, session: &Session) -> SignedOut {
        if self.end(session).await.is_ok() {
            return SignedOut::Everywhere;
        }
        let mut over_here = self.over_here();
        if over_here.len() < MOST_OVER_HERE {
            over_here.insert(session.id_hash.clone(), session.clone());
        }
        drop(over_here);
        self.wake_waiters();
        SignedOut::HereOnly
    }

    /// Ends all sessions of a user, also those without a readable record; returns how many were
    /// found.
    ///
    /// # Errors
    /// The application's database is unavailable; the sessions continue.
    pub async fn end_all_of(&self, user_name: &str) -> Result<usize, SessionsUnavailable> {
        // Before the next generation begins, which is not in the list.
        let listed = self.list().await;
        self.store.within_limit(async { Ok(self.users.end_sessions(user_name).await?) }).await?;
        self.ended.send_modify(|count| *count += 1);
        self.cached.invalidate_all();
        self.wake_waiters();
        let Ok(listed) = listed else { return Ok(0) };
        let mut count = 0;
        for session in listed.iter().filter(|session| session.user_name == user_name) {
            count += 1;
            // A record that stays is invalid and expires.
            let _ = self.end(session).await;
        }
        Ok(count)
    }

    /// Ends the session with this public id and returns it, if it exists.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn end_named(&self, public_id: &str) -> Result<Option<Session>, SessionsUnavailable> {
        let found = self.list().await?.into_iter().find(|session| session.public_id == public_id);
        if let Some(session) = &found {
            self.end(session).await?;
        }
        Ok(found)
    }

    /// All sessions, latest sign-in first.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        let listing = self.store.within(LIST_LIMIT, async {
            let all = self.store.list().await?;
            let mut listed = Vec::new();
            let mut standings = HashMap::new();
            for session in all {
                let name = session.user_name.clone();
                let known = (name, session.source, session.role, session.generation);
                // Queried once per user, however many sessions they have.
                let stays = match standings.get(&known) {
                    Some(stays) => *stays,
                    None => {
                        let stays = self.may_stay(&session).await?;
                        standings.insert(known, stays);
                        stays
                    }
                };
                if stays {
                    listed.push(session);
                }
            }
            Ok(listed)
        });
        let (mut all, now) = (listing.await?, self.clock.now());
        let over_here: HashSet<String> = self.over_here().keys().cloned().collect();
        all.retain(|session| {
            now < self.limits.end_of(session) && !over_here.contains(&session.id_hash)
        });
        all.sort_by(|a, b| (b.created_at, &a.public_id).cmp(&(a.created_at, &b.public_id)));
        Ok(all)
    }

    /// Removes records of ended sessions at an interval, until `stop`.
    pub async fn look_after(&self, stop: &CancellationToken) {
        let mut every = tokio::time::interval(CLEAN_EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            // The failure was logged; the next run retries.
            let _ = self.clean().await;
        }
    }

    async fn clean(&self) -> Result<(), SessionsUnavailable> {
        let now = self.clock.now();
        let before = |limit: Duration| now.saturating_sub(limit).unwrap_or(Timestamp::MIN);
        let (created, seen) = (before(self.limits.absolute), before(self.limits.idle));
        let waiting: Vec<Session> = self.over_here().values().cloned().collect();
        for session in waiting {
            if now >= self.limits.end_of(&session) || self.end(&session).await.is_ok() {
                self.over_here().remove(&session.id_hash);
            }
        }
        self.store.within_limit(self.store.delete_over(created, seen)).await
    }
}

fn id_hash(id: &str) -> String {
    hexadecimal(&Sha256::digest(id.as_bytes()))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
