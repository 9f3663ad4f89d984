//! From a name and a password to somebody with a role.
//!
//! A name of a local user is that user and nobody else; any other is asked of the directory, where
//! there is one. Whatever is wrong with a name or a password, the answer and the time are the same.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::ldap::Directory;
use super::password::{PasswordError, Passwords};
use super::role::Role;
use super::session::Source;
use super::throttle::Throttle;
use super::users::{Users, canonical};

/// Longest wait for our own database.
const STORE_LIMIT: Duration = Duration::from_secs(3);

/// Somebody whose password was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Canonical name.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
    /// Who vouched for them.
    pub source: Source,
    /// Before they were looked up: a change of the user since then is not in this answer.
    pub as_of: Timestamp,
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Name or password are wrong, the user is disabled, or has no role here.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many attempts; again after this time.
    #[error("too many attempts; again in {} s", .0.as_secs())]
    Wait(Duration),
    /// Whoever could tell gives no answer.
    #[error("sign-in is not available: {0}")]
    Unavailable(String),
}

/// Checks names and passwords.
#[derive(Debug)]
pub struct SignIn {
    users: Users,
    passwords: Passwords,
    directory: Option<Directory>,
    throttle: Mutex<Throttle>,
}

impl SignIn {
    /// Over local users and, where there is one, a directory.
    pub fn new(users: Users, passwords: Passwords, directory: Option<Directory>) -> Self {
        Self { users, passwords, directory, throttle: Mutex::default() }
    }

    /// Who this is. `address` is the network that counts as one client.
    ///
    /// # Errors
    /// They are not let in; see [`SignInError`].
    pub async fn check(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<Known, SignInError> {
        let canonical = canonical(name);
        let counted = canonical.as_deref().unwrap_or("\0no name");
        self.throttle().attempt(counted, address, Instant::now()).map_err(SignInError::Wait)?;
        let known = match &canonical {
            Ok(name) => {
                let known = self.known(name, password).await;
                known.inspect_err(|_| self.throttle().not_judged(name, address))?
            }
            Err(_) => None,
        };
        let known = known.ok_or(SignInError::Wrong)?;
        self.throttle().succeeded(&known.user_name, address);
        Ok(known)
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn known(&self, name: &str, password: &str) -> Result<Option<Known>, SignInError> {
        let unavailable = |cause: &dyn std::fmt::Display| {
            tracing::warn!(%cause, "sign-in is not available");
            SignInError::Unavailable(cause.to_string())
        };
        let as_of = self.users.now();
        let asking = tokio::time::timeout(STORE_LIMIT, self.users.with_hash(name)).await;
        let local = asking.map_err(|cause| unavailable(&cause))?;
        let local = local.map_err(|cause| unavailable(&cause))?;
        let hash = local.as_ref().map(|(_, hash)| hash.as_str());
        let holds = match self.passwords.check(password, hash).await {
            Ok(holds) => holds,
            Err(busy @ PasswordError::Busy) => return Err(unavailable(&busy)),
            Err(error) => {
                tracing::error!(%error, user = name, "a password can't be checked");
                false
            }
        };
        if let Some((user, _)) = local {
            let (user_name, role, source) = (user.name, user.role, Source::Local);
            return Ok((holds && user.enabled).then_some(Known { user_name, role, source, as_of }));
        }
        let Some(directory) = &self.directory else { return Ok(None) };
        let role = directory.role_of(name, password).await.map_err(|cause| unavailable(&cause))?;
        let (user_name, source) = (name.to_owned(), Source::Ldap);
        Ok(role.map(|role| Known { user_name, role, source, as_of }))
    }
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
        (SignIn::new(users.clone(), Passwords::new().unwrap(), None), users)
    }

    #[tokio::test]
    async fn a_right_password_says_who_it_is_and_everything_else_is_wrong_alike() {
        let (sign_in, users) = sign_in().await;
        let known = sign_in.check(" CHEN ", PASSWORD, HERE).await.unwrap();
        assert_eq!((known.user_name.as_str(), known.role), ("chen", Role::Engineer));
        for (name, password) in [
            ("chen", ""),
            ("chen", "correct horse batterx"),
            ("lin", PASSWORD),
            ("", PASSWORD),
            ("chen' --", PASSWORD),
            ("ch\0en", PASSWORD),
        ] {
            let refused = sign_in.check(name, password, HERE).await;
            assert_eq!(refused, Err(SignInError::Wrong), "{name}");
        }
        users.set_enabled("chen", false).await.unwrap();
        assert_eq!(sign_in.check("chen", PASSWORD, HERE).await, Err(SignInError::Wrong));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_storm_on_one_name_is_mostly_told_to_wait() {
        let (sign_in, _) = sign_in().await;
        let attempts = (0..500).map(|_| sign_in.check("chen", "a wrong password", HERE));
        let verdicts = futures_util::future::join_all(attempts).await;
        let checked = verdicts.iter().filter(|verdict| **verdict == Err(SignInError::Wrong));
        assert_eq!(checked.count() as u32, BY_NAME.free_attempts + 1);
        assert!(matches!(sign_in.check("chen", PASSWORD, HERE).await, Err(SignInError::Wait(_))));
    }

    #[tokio::test]
    async fn a_database_that_is_gone_is_not_a_wrong_password() {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let users = Users::new(store.clone(), Clock::system());
        let sign_in = SignIn::new(users, Passwords::new().unwrap(), None);
        store.close().await;
        for attempt in 0..100 {
            let refused = sign_in.check("chen", PASSWORD, HERE).await;
            assert!(matches!(refused, Err(SignInError::Unavailable(_))), "{attempt}: {refused:?}");
        }
    }
}
