//! Tokens of scripts: made and revoked by an administrator, bound to a role.
//!
//! A token is [`PREFIX`] and 256 random bits; the database holds its SHA-256. What was found out
//! about a token counts for [`CACHED_SECS`], so that a token that another process revokes is good
//! for as long.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use moka::future::Cache;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::clock::Clock;
use super::role::Role;
use super::secret_key::{SIGNATURE_CHARS, random_text};
use super::session::hexadecimal;
use crate::app_store::{AppStore, AppStoreError, on_pool};
use crate::user_name::{InvalidName, canonical};

/// Begins every token, so that searches for leaked secrets find it.
pub const PREFIX: &str = "mes_";
const CACHED_SECS: u64 = 10;
const MOST_CACHED: u64 = 10_000;

/// Longest wait of a request for the database.
const ASK_LIMIT: Duration = Duration::from_secs(2);

/// Whether a token is good is not known: the database gave no answer.
#[derive(Clone, Copy, Debug)]
pub struct TokensUnavailable;

/// Why a token can't be made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name can't be one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The name is taken.
    #[error("there is a token {0} already; `token revoke` removes it")]
    Exists(String),
    /// There is no token of this name.
    #[error("there is no token {0}; `token list` shows all")]
    Unknown(String),
    /// The system has no randomness.
    #[error("no random token can be made: {0}")]
    Random(#[from] getrandom::Error),
    /// The database gave no answer.
    #[error(transparent)]
    Store(#[from] AppStoreError),
}

impl From<sqlx::Error> for TokenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A token as administrators see it; times in ms since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Canonical name.
    pub name: String,
    /// What its bearer may do.
    pub role: Role,
    /// Who made it.
    pub created_by: String,
    pub created_at: i64,
    /// `None` for never.
    pub expires_at: Option<i64>,
}

/// name, role, made by, made at, expires at.
type Row = (String, String, String, i64, Option<i64>);

fn token((name, role, created_by, created_at, expires_at): Row) -> Result<ApiToken, sqlx::Error> {
    let broken = || sqlx::Error::Decode(format!("role {role}").into());
    let role = Role::named(&role).ok_or_else(broken)?;
    Ok(ApiToken { name, role, created_by, created_at, expires_at })
}

fn hash_of(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// All tokens, in the application's database.
#[derive(Debug)]
pub struct ApiTokens {
    store: AppStore,
    clock: Clock,
    cached: Cache<String, Option<Arc<ApiToken>>>,
}

impl ApiTokens {
    /// The tokens in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        let cached = Cache::builder()
            .max_capacity(MOST_CACHED)
            .time_to_live(Duration::from_secs(CACHED_SECS));
        Self { store, clock, cached: cached.build() }
    }

    /// Makes a token that expires after `days`, or never; returns its text, which is not stored.
    ///
    /// # Errors
    /// The name can't be one or is taken, or the database gave no answer.
    pub async fn add(
        &self,
        name: &str,
        role: Role,
        days: Option<u32>,
        created_by: &str,
    ) -> Result<String, TokenError> {
        let name = canonical(name)?;
        let text = format!("{PREFIX}{}", random_text()?);
        let (hash, now) = (hash_of(&text), self.clock.now());
        let life = days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let expires_at = life.map(|life| (now + life).as_millisecond());
        let sql = "insert into api_tokens (name, hash, role, created_by, created_at, expires_at) \
                   values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing";
        let added = on_pool!(self.store, pool => {
            let adding = sqlx::query(sql).bind(&name).bind(&hash).bind(role.name());
            let adding = adding.bind(created_by).bind(now.as_millisecond()).bind(expires_at);
            adding.execute(pool).await?.rows_affected()
        });
        if added == 0 { Err(TokenError::Exists(name)) } else { Ok(text) }
    }

    /// Removes a token; servers reject it within [`CACHED_SECS`].
    ///
    /// # Errors
    /// There is no token of this name, or the database gave no answer.
    pub async fn revoke(&self, name: &str) -> Result<(), TokenError> {
        let name = canonical(name)?;
        let sql = "delete from api_tokens where name = $1";
        let removed = on_pool!(self.store, pool => {
            sqlx::query(sql).bind(&name).execute(pool).await?.rows_affected()
        });
        if removed == 0 { Err(TokenError::Unknown(name)) } else { Ok(()) }
    }

    /// All tokens by name, expired ones included.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn list(&self) -> Result<Vec<ApiToken>, TokenError> {
        let sql =
            "select name, role, created_by, created_at, expires_at from api_tokens order by name";
        let rows: Vec<Row> =
            on_pool!(self.store, pool => sqlx::query_as(sql).fetch_all(pool).await?);
        Ok(rows.into_iter().map(token).collect::<Result<_, _>>()?)
    }

    /// The token with this text, unless it is revoked or has expired.
    ///
    /// # Errors
    /// It looks like a token, and the database gave no answer.
    pub async fn find(&self, text: &str) -> Result<Option<Arc<ApiToken>>, TokensUnavailable> {
        if text.len() != PREFIX.len() + SIGNATURE_CHARS {
            return Ok(None);
        }
        let hash = hash_of(text);
        let loading = self.cached.try_get_with(hash.clone(), self.load(&hash));
        let found = match timeout(ASK_LIMIT, loading).await {
            Ok(Ok(found)) => found,
            failed => {
                self.store.look_again();
                tracing::warn!(?failed, "a token can't be checked");
                return Err(TokensUnavailable);
            }
        };
        let now = self.clock.now().as_millisecond();
        Ok(found.filter(|token| token.expires_at.is_none_or(|end| now < end)))
    }

    async fn load(&self, hash: &str) -> Result<Option<Arc<ApiToken>>, TokenError> {
        let sql =
            "select name, role, created_by, created_at, expires_at from api_tokens where hash = $1";
        let row: Option<Row> = on_pool!(self.store, pool => sqlx::query_as(sql).bind(hash).fetch_optional(pool).await?);
        Ok(row.map(token).transpose()?.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_good_until_it_is_revoked_and_its_text_is_not_kept() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let tokens = ApiTokens::new(store.clone(), Clock::system());
        let text = tokens.add("Report", Role::Viewer, None, "chen").await.unwrap();
        let again = tokens.add("REPORT", Role::Admin, None, "chen").await;
        assert!(matches!(again, Err(TokenError::Exists(name)) if name == "report"));
        let found = tokens.find(&text).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.role), ("report", Role::Viewer));
        assert_eq!(tokens.list().await.unwrap(), [found.as_ref().clone()]);
        let mut other = text.clone();
        other.replace_range(5..6, if text[5..6] == *"A" { "B" } else { "A" });
        for wrong in [&other, &text[1..], "", PREFIX] {
            assert_eq!(tokens.find(wrong).await.unwrap(), None, "{wrong}");
        }
        let kept: Vec<(String,)> = on_rows(&store).await;
        assert!(kept.iter().all(|(hash,)| !hash.contains(&text[4..])));

        tokens.revoke("report").await.unwrap();
        assert!(matches!(tokens.revoke("report").await, Err(TokenError::Unknown(_))));
        // Another process has nothing cached.
        let elsewhere = ApiTokens::new(store, Clock::system());
        assert_eq!(elsewhere.find(&text).await.unwrap(), None);
    }

    async fn on_rows(store: &AppStore) -> Vec<(String,)> {
        let rows = async || -> Result<_, sqlx::Error> {
            let sql = "select hash from api_tokens";
            Ok(on_pool!(store, pool => sqlx::query_as(sql).fetch_all(pool).await?))
        };
        rows().await.unwrap()
    }

    #[tokio::test]
    async fn a_token_expires() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let day =
            |day: i64| Clock::new(move || jiff::Timestamp::from_second(day * 86_400).unwrap());
        let text = {
            let tokens = ApiTokens::new(store.clone(), day(20_000));
            tokens.add("report", Role::Engineer, Some(30), "chen").await.unwrap()
        };
        for (today, is_good) in [(20_000, true), (20_029, true), (20_030, false)] {
            let tokens = ApiTokens::new(store.clone(), day(today));
            assert_eq!(tokens.find(&text).await.unwrap().is_some(), is_good, "{today}");
        }
    }
}
