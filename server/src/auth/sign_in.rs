//! From a name and a password to somebody with a role.
//!
//! A name of a local user is always checked locally; any other name is checked by the directory, if
//! there is one. The directory determines the account, and an account with the name of a local user
//! can't sign in under another spelling. For every wrong name or password, the response and the
//! time are the same.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::device;
use super::ldap::Directory;
use super::password::{PasswordError, Passwords};
use super::role::Role;
use super::secret_key::SecretKey;
use super::session::Source;
use super::throttle::{Origin, Throttle};
use super::users::{UserError, Users};
use crate::user_name::{InvalidName, NameReader, UserName};

/// Longest wait for our own database.
const STORE_LIMIT: Duration = Duration::from_secs(3);

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Name as it was typed.
    pub name: &'a str,
    /// Password as it was typed.
    pub password: &'a str,
    /// The network that counts as one client.
    pub network: IpAddr,
    /// The device cookie as it was sent.
    pub device: Option<&'a str>,
}

/// Somebody whose password was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Canonical name.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// Who vouched for them.
    pub source: Source,
    /// The generation of their sessions before their password was checked: a change of the user since
    /// then ends what begins now.
    pub generation: i64,
    /// For which their device is known from now on.
    pub attempts_key: String,
}

/// Why a sign-in failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Name or password are wrong, the user is disabled, or has no role here.
    #[error("the name or the password is wrong")]
    Wrong,
    /// What was typed can't be a name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Too many attempts; again after this time.
    #[error("too many attempts; again in {} s", .0.as_secs())]
    Wait(Duration),
    /// The database or the directory is unavailable.
    #[error("sign-in is not available: {0}")]
    Unavailable(String),
}

/// A monotonic clock.
#[derive(Clone)]
struct Ticks(Arc<dyn Fn() -> Instant + Send + Sync>);

impl std::fmt::Debug for Ticks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Ticks")
    }
}

/// Checks names and passwords.
#[derive(Debug)]
pub struct SignIn {
    users: Users,
    passwords: Passwords,
    directory: Option<Directory>,
    names: NameReader,
    key: SecretKey,
    throttle: Mutex<Throttle>,
    ticks: Ticks,
}

impl SignIn {
    /// Over local users and, where there is one, a directory. `key` signs device cookies.
    pub fn new(
        users: Users,
        passwords: Passwords,
        directory: Option<Directory>,
        names: NameReader,
        key: SecretKey,
    ) -> Self {
        let (throttle, ticks) = (Mutex::default(), Ticks(Arc::new(Instant::now)));
        Self { users, passwords, directory, names, key, throttle, ticks }
    }

    /// The same, with another clock for the waits between attempts.
    #[must_use]
    pub fn with_ticks(self, tell: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { ticks: Ticks(Arc::new(tell)), ..self }
    }

    /// Who this is.
    ///
    /// # Errors
    /// The sign-in failed; see [`SignInError`].
    pub async fn check(&self, attempt: Attempt<'_>) -> Result<Known, SignInError> {
        let Attempt { name, password, network, device } = attempt;
        let now = (self.ticks.0)();
        let name = match self.names.read(name) {
            Ok(name) => name,
            Err(cause) => {
                self.throttle().nameless(network, now).map_err(SignInError::Wait)?;
                return Err(cause.into());
            }
        };
        let counted = name.attempts_key();
        let device = device.and_then(|cookie| device::known(&self.key, cookie, &counted));
        let from = device.map_or(Origin::Network(network), |id| Origin::Device(id.to_owned()));
        self.throttle().attempt(&counted, &from, now).map_err(SignInError::Wait)?;
        let known = self.known(&name, password).await;
        let known = known.inspect_err(|_| self.throttle().not_judged(&counted, &from))?;
        let known = known.ok_or(SignInError::Wrong)?;
        self.throttle().succeeded(&counted, &from);
        Ok(known)
    }

    /// The canonical name of an attempt, where it can be one.
    pub fn canonical(&self, typed: &str) -> Option<String> {
        self.names.read(typed).ok().map(|name| name.canonical)
    }

    /// Whether a canonical name is that of a local administrator.
    pub async fn is_local_administrator(&self, name: &str) -> Result<bool, UserError> {
        Ok(self.users.get(name).await?.is_some_and(|user| user.role == Role::Admin))
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn known(&self, name: &UserName, password: &str) -> Result<Option<Known>, SignInError> {
        let attempts_key = name.attempts_key();
        // First: what changes from here on is not in what is looked up.
        let generation = self.asked(self.users.standing(&name.canonical)).await?.generation;
        let local = self.asked(self.users.with_hash(&name.canonical)).await?;
        let hash = local.as_ref().map(|(_, hash)| hash.as_str());
        let holds = match self.passwords.check(password, hash).await {
            Ok(holds) => holds,
            Err(busy @ PasswordError::Busy) => return Err(unavailable(&busy)),
            Err(error) => {
                tracing::error!(%error, user = name.canonical, "a password can't be checked");
                false
            }
        };
        if let Some((user, _)) = local {
            let (user_name, role, source) = (user.name, user.role, Source::Local);
            let known = Known { user_name, role, source, generation, attempts_key };
            return Ok((holds && user.enabled).then_some(known));
        }
        let Some(directory) = &self.directory else { return Ok(None) };
        let found = directory.user_of(name, password).await.map_err(|cause| unavailable(&cause))?;
        let Some(found) = found else { return Ok(None) };
        let mut generations = Vec::new();
        for known in &found.names {
            let standing = self.asked(self.users.standing(known)).await?;
            if standing.user.is_some() {
                tracing::warn!(
                    user = known,
                    typed = name.canonical,
                    "an account of the directory has the name of a local user and doesn't get in by another spelling"
                );
                return Ok(None);
            }
            generations.push(standing.generation);
        }
        let (Some(user_name), Some(generation)) =
            (found.names.into_iter().next(), generations.first())
        else {
            return Ok(None);
        };
        let (generation, role, source) = (*generation, found.role, Source::Ldap);
        Ok(Some(Known { user_name, role, source, generation, attempts_key }))
    }

    async fn asked<T>(
        &self,
        asking: impl Future<Output = Result<T, UserError>>,
    ) -> Result<T, SignInError> {
        let answer = tokio::time::timeout(STORE_LIMIT, asking).await;
        answer.map_err(|cause| unavailable(&cause))?.map_err(|cause| unavailable(&cause))
    }
}

fn unavailable(cause: &dyn std::fmt::Display) -> SignInError {
    tracing::warn!(%cause, "sign-in is not available");
    SignInError::Unavailable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app_store::AppStore;
    use crate::auth::clock::Clock;
    use crate::auth::password::hash_new;
    use crate::auth::throttle::BY_NAME;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const PASSWORD: &str = "correct horse battery";

    async fn sign_in() -> (SignIn, Users) {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let users = Users::new(store, Clock::system());
        users.add("chen", Role::Engineer, &hash_new(PASSWORD).unwrap()).await.unwrap();
        (over(users.clone()), users)
    }

    fn over(users: Users) -> SignIn {
        let key = SecretKey::random().unwrap();
        SignIn::new(users, Passwords::new().unwrap(), None, NameReader::default(), key)
    }

    fn attempt<'a>(name: &'a str, password: &'a str) -> Attempt<'a> {
        Attempt { name, password, network: HERE, device: None }
    }

    #[tokio::test]
    async fn a_right_password_says_who_it_is_and_everything_else_is_wrong_alike() {
        let (sign_in, users) = sign_in().await;
        for spelling in ["chen", " CHEN ", "ｃｈｅｎ", "𝐜𝐡𝐞𝐧"] {
            let known = sign_in.check(attempt(spelling, PASSWORD)).await.unwrap();
            assert_eq!((known.user_name.as_str(), known.role), ("chen", Role::Engineer));
        }
        for (name, password) in [
            ("chen", ""),
            ("chen", "correct horse batterx"),
            ("lin", PASSWORD),
            ("chen' --", PASSWORD),
            ("o'neil", PASSWORD),
        ] {
            let refused = sign_in.check(attempt(name, password)).await;
            assert_eq!(refused, Err(SignInError::Wrong), "{name}");
        }
        for name in ["", "\u{3000}", "ch\0en", "ch\u{200b}en"] {
            let refused = sign_in.check(attempt(name, PASSWORD)).await;
            assert!(matches!(refused, Err(SignInError::Name(_))), "{name:?}: {refused:?}");
        }
        users.set_enabled("chen", false).await.unwrap();
        for spelling in ["chen", "CHEN", "ｃｈｅｎ", "𝐜𝐡𝐞𝐧"] {
            let refused = sign_in.check(attempt(spelling, PASSWORD)).await;
            assert_eq!(refused, Err(SignInError::Wrong), "{spelling}");
        }
    }

    #[tokio::test]
    async fn spellings_of_a_name_share_its_attempts() {
        let (sign_in, _) = sign_in().await;
        let mut judged = 0;
        for spelling in ["chen", "CHEN", "ｃｈｅｎ", "𝐜𝐡𝐞𝐧", "chén", "ⓒhen", " chen "].repeat(3)
        {
            match sign_in.check(attempt(spelling, "a wrong password")).await {
                Err(SignInError::Wrong) => judged += 1,
                other => assert!(matches!(other, Err(SignInError::Wait(_))), "{other:?}"),
            }
        }
        assert_eq!(judged, BY_NAME.free_attempts + 1);
        // Another name is not slowed down by it, nor two names by each other.
        for name in ["o'neil", "chen wei", "a+b", "PLANT\\chen"] {
            let other = sign_in.check(attempt(name, "a wrong password")).await;
            assert_eq!(other, Err(SignInError::Wrong), "{name}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_storm_on_one_name_is_mostly_told_to_wait() {
        let (sign_in, _) = sign_in().await;
        // All concurrently, the right password last: the duration of checks decides nothing.
        let wrong = (0..500).map(|_| "a wrong password");
        let attempts = wrong.chain([PASSWORD]).map(|password| attempt("chen", password));
        let checks = attempts.map(|attempt| sign_in.check(attempt));
        let mut verdicts = futures_util::future::join_all(checks).await;
        assert!(matches!(verdicts.pop(), Some(Err(SignInError::Wait(_)))));
        let checked = verdicts.iter().filter(|verdict| **verdict == Err(SignInError::Wrong));
        assert_eq!(checked.count() as u32, BY_NAME.free_attempts + 1);
    }

    #[tokio::test]
    async fn a_database_that_is_gone_is_not_a_wrong_password() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let users = Users::new(store.clone(), Clock::system());
        let sign_in = over(users);
        store.close().await;
        for number in 0..100 {
            let refused = sign_in.check(attempt("chen", PASSWORD)).await;
            assert!(matches!(refused, Err(SignInError::Unavailable(_))), "{number}: {refused:?}");
        }
    }
}
