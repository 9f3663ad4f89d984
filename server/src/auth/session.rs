//! Who is signed in: records on the server, found by the random id in a cookie.
//!
//! A cookie holds 256 random bits and a signature over them; the record is stored under the SHA-256
//! of those bits, so that whoever reads the store can't use what stands there, and a forged cookie
//! costs a hash and no question to the store. Records live in the application's database or, where
//! `REDIS_URL` is set, in Redis, and in neither case in both. What was found is kept for
//! `KEPT_SECS`, so that reads cost no question; ending a session here forgets it at once, and on
//! other servers within that time.
//!
//! A session ends when it has been idle or has lived for too long, by sign-out, by an administrator,
//! and when its local user is disabled or gets another role or password. Every sign-in makes a new
//! id and ends the session that the visitor had before. What ends sessions before their time is in the
//! application's database in any case: a Redis may forget records, or have them again after they were
//! removed. All sessions of a user end by a number that is counted up, not by a date: clocks are set.

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

/// How long what the store said is believed, s.
const KEPT_SECS: u64 = 5;
/// Sessions, and ids without one, that are kept at most.
const MOST_KEPT: u64 = 20_000;
/// Longest wait of somebody who wants to see or end several sessions.
const LIST_LIMIT: Duration = Duration::from_secs(10);
/// A session is marked as seen at most once in this time.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Time between two removals of sessions that are over.
const CLEAN_EVERY: Duration = Duration::from_secs(600);
/// Longest user agent that is kept, characters.
const MOST_AGENT_CHARS: usize = 200;
/// Sessions that are over in this process only, at most.
const MOST_OVER_HERE: usize = 10_000;
/// What signatures of ids are for.
const PURPOSE: &str = "session cookie";
/// Length of what a cookie holds: id, dot, signature.
const COOKIE_CHARS: usize = 2 * SIGNATURE_CHARS + 1;

/// How far a sign-out went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// The session is over.
    Everywhere,
    /// No store could be told: it is over in this process, and tried again.
    HereOnly,
}

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    store: Store,
    app: AppStore,
    users: Users,
    key: SecretKey,
    limits: SessionLimits,
    clock: Clock,
    kept: Cache<String, Option<Arc<Session>>>,
    /// Grows with every end of a session, so that an answer from before it is not kept.
    ended: watch::Sender<u64>,
    /// Signed out, while the store could not be told.
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
        let kept =
            Cache::builder().max_capacity(MOST_KEPT).time_to_live(Duration::from_secs(KEPT_SECS));
        Self {
            store: Store::new(app, redis, key.clone(), limits),
            app: app.clone(),
            users: Users::new(app.clone(), clock.clone()),
            key,
            limits,
            clock,
            kept: kept.build(),
            ended: watch::Sender::new(0),
            over_here: Mutex::default(),
        }
    }

    /// The application's database, without which nobody signs in.
    pub fn app_store(&self) -> &AppStore {
        &self.app
    }

    /// Records in Redis since the start that this plant's servers did not write as they are.
    pub fn refused_records(&self) -> u64 {
        self.store.refused()
    }

    /// How long sessions live.
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// Signs somebody in; answers what the cookie is to hold. The session they had `before` ends.
    ///
    /// # Errors
    /// The store gave no answer; nobody is signed in then.
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
        // Somebody may have tried this very id, however unlikely.
        self.kept.invalidate(&session.id_hash).await;
        let signature = self.key.sign(PURPOSE, id.as_bytes());
        Ok((format!("{id}.{signature}"), session))
    }

    /// Whose cookie this is; nobody's when it is forged, unknown, or of a session that is over.
    ///
    /// # Errors
    /// The cookie is ours, and the store gave no answer.
    pub async fn find(&self, cookie: &str) -> Result<Option<Arc<Session>>, SessionsUnavailable> {
        match self.peek(cookie).await? {
            Some(session) => Ok(Some(self.seen(session, self.clock.now()).await)),
            None => Ok(None),
        }
    }

    /// [`Self::find`] for somebody who only wants to know: the session is in use no longer for it.
    ///
    /// # Errors
    /// The cookie is ours, and the store gave no answer.
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
        let loading = self.kept.try_get_with(hash.clone(), self.load(&hash));
        let found = loading.await.map_err(|error| (*error).clone())?;
        if *self.ended.borrow() != ended {
            self.kept.invalidate(&hash).await;
        }
        let now = self.clock.now();
        let is_over = |session: &Session| {
            now >= self.limits.end_of(session) || self.over_here().contains_key(&session.id_hash)
        };
        Ok(found.filter(|session| !is_over(session)))
    }

    /// Whether a session's time is over, as far as it was used when it was read.
    pub fn is_expired(&self, session: &Session) -> bool {
        self.clock.now() >= self.limits.end_of(session)
    }

    /// Changes whenever a session ends in this process.
    pub fn ends(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    /// Tells those who wait for the end of a session to look again.
    fn tell_of_end(&self) {
        self.ended.send_modify(|_| {});
    }

    fn over_here(&self) -> std::sync::MutexGuard<'_, HashMap<String, Session>> {
        self.over_here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store has, if its user may still come in.
    async fn load(&self, hash: &str) -> Result<Option<Arc<Session>>, SessionsUnavailable> {
        let loading = self.store.unless_cooling_down(async {
            let Some(session) = self.store.get(hash).await? else { return Ok(None) };
            if !self.may_stay(&session).await? {
                // It is over whether or not the record goes away.
                if let Err(error) = self.store.delete(&session).await {
                    tracing::debug!(%error, "the record of a session that is over stays");
                }
                return Ok(None);
            }
            Ok(Some(Arc::new(session)))
        });
        loading.await
    }

    /// Whether nothing has ended a session before its time.
    async fn may_stay(&self, session: &Session) -> Result<bool, SessionsUnavailable> {
        let standing = self.users.standing(&session.user_name).await?;
        let has_account = match (session.source, standing.user) {
            (Source::Local, Some(user)) => user.enabled && user.role == session.role,
            // A name of a local user is that user and nobody else.
            (Source::Local, None) | (Source::Ldap, Some(_)) => false,
            (Source::Ldap, None) => true,
        };
        Ok(has_account && standing.generation == session.generation)
    }

    /// Notes now and then that a session is in use.
    async fn seen(&self, session: Arc<Session>, now: Timestamp) -> Arc<Session> {
        // Several marks must fit into the idle time.
        let idle = SignedDuration::try_from(self.limits.idle).unwrap_or(SignedDuration::MAX);
        if now.duration_since(session.last_seen_at) < SEEN_EVERY.min(idle / 4) {
            return session;
        }
        let session = Session { last_seen_at: now, ..(*session).clone() };
        let marking = self.store.within_limit(self.store.mark_seen(&session));
        // A failure was logged; the next request tries again.
        if marking.await.is_ok() {
            // Kept anew, it would be believed for longer, and in steady use for ever.
            self.kept.invalidate(&session.id_hash).await;
        }
        Arc::new(session)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The store gave no answer.
    pub async fn end(&self, session: &Session) -> Result<(), SessionsUnavailable> {
        self.store.within_limit(self.store.delete(session)).await?;
        self.ended.send_modify(|count| *count += 1);
        self.kept.invalidate(&session.id_hash).await;
        self.tell_of_end();
        Ok(())
    }

    /// Signs somebody out: their session is over here whatever happens to the store.
    pub async fn sign_out(&self, session: &Session) -> SignedOut {
        if self.end(session).await.is_ok() {
            return SignedOut::Everywhere;
        }
        let mut over_here = self.over_here();
        if over_here.len() < MOST_OVER_HERE {
            over_here.insert(session.id_hash.clone(), session.clone());
        }
        drop(over_here);
        self.tell_of_end();
        SignedOut::HereOnly
    }

    /// Ends all sessions of a user; answers how many were found. Also those are over whose records
    /// can't be found.
    ///
    /// # Errors
    /// The application's database gave no answer; they go on then.
    pub async fn end_all_of(&self, user_name: &str) -> Result<usize, SessionsUnavailable> {
        // Before the next generation begins, which is not in the list.
        let listed = self.list().await;
        self.store.within_limit(async { Ok(self.users.end_sessions(user_name).await?) }).await?;
        self.ended.send_modify(|count| *count += 1);
        self.kept.invalidate_all();
        self.tell_of_end();
        let Ok(listed) = listed else { return Ok(0) };
        let mut count = 0;
        for session in listed.iter().filter(|session| session.user_name == user_name) {
            count += 1;
            // A record that stays is of no use, and ends by itself.
            let _ = self.end(session).await;
        }
        Ok(count)
    }

    /// Ends the session that administrators know by this id; answers it, if there is one.
    ///
    /// # Errors
    /// The store gave no answer.
    pub async fn end_named(&self, public_id: &str) -> Result<Option<Session>, SessionsUnavailable> {
        let found = self.list().await?.into_iter().find(|session| session.public_id == public_id);
        if let Some(session) = &found {
            self.end(session).await?;
        }
        Ok(found)
    }

    /// Everybody who is signed in, latest sign-in first.
    ///
    /// # Errors
    /// The store gave no answer.
    pub async fn list(&self) -> Result<Vec<Session>, SessionsUnavailable> {
        let listing = self.store.within(LIST_LIMIT, async {
            let all = self.store.list().await?;
            let mut listed = Vec::new();
            let mut standings = HashMap::new();
            for session in all {
                let name = session.user_name.clone();
                let known = (name, session.source, session.role, session.generation);
                // Asked once for each user, however many sessions they have.
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

    /// Removes records of sessions that are over, now and again, until `stop`.
    pub async fn look_after(&self, stop: &CancellationToken) {
        let mut every = tokio::time::interval(CLEAN_EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            // It was logged; the next time does it.
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
