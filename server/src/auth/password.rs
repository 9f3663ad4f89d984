//! Passwords: hashed with Argon2id, off the async threads, few at a time.
//!
//! A hash takes 19 MiB and some 20 ms of a core by design. To bound the load, at most `AT_ONCE`
//! hashes are computed and `MOST_WAITING` callers wait; further ones are rejected.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::secret_key::random_text;

/// Hashes that are worked on at the same time.
const AT_ONCE: usize = 2;
/// Callers that may wait for their turn.
const MOST_WAITING: usize = 32;
/// Longest password, bytes.
pub const MOST_BYTES: usize = 1024;
/// Shortest password of a local user, characters.
pub const LEAST_CHARS: usize = 12;

/// Why a password could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many callers wait already.
    #[error("too many passwords are being checked at this time")]
    Busy,
    /// A new password is too short or too long.
    #[error("a password has {LEAST_CHARS} characters or more, and {MOST_BYTES} bytes at most")]
    Length,
    /// Hashing failed, or a stored hash can't be read.
    #[error("passwords can't be hashed: {0}")]
    Defect(String),
}

/// Checks passwords within bounds.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    callers: Arc<AtomicUsize>,
    /// Hash of a random password, checked for unknown names.
    nobody: Arc<str>,
}

/// Counts a caller for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Passwords {
    /// Ready to check. Blocks for one hash.
    pub fn new() -> Result<Self, PasswordError> {
        let random = random_text().map_err(|error| PasswordError::Defect(error.to_string()))?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            callers: Arc::default(),
            nobody: hash(&random)?.into(),
        })
    }

    /// Whether the password matches `stored`. Without a stored hash a random one is checked, so
    /// that unknown names take as long as known ones.
    ///
    /// # Errors
    /// Too many are being checked, or the stored hash can't be read.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        if password.len() > MOST_BYTES {
            return Ok(false);
        }
        let counted = Counted(&self.callers);
        if counted.0.fetch_add(1, Ordering::SeqCst) >= AT_ONCE + MOST_WAITING {
            return Err(PasswordError::Busy);
        }
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        let is_known = stored.is_some();
        let (stored, password) = (stored.unwrap_or(&self.nobody).to_owned(), password.to_owned());
        let checked = tokio::task::spawn_blocking(move || {
            // The permit ends with the work, not with the caller: a started hash continues.
            let _turn = turn;
            let stored = PasswordHash::new(&stored)
                .map_err(|error| PasswordError::Defect(error.to_string()))?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
        });
        let holds = checked.await.map_err(|error| PasswordError::Defect(error.to_string()))??;
        Ok(holds && is_known)
    }
}

/// The hash of a new password, as it is stored. Blocks.
///
/// # Errors
/// The password is too short or too long.
pub fn hash_new(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < LEAST_CHARS || password.len() > MOST_BYTES {
        return Err(PasswordError::Length);
    }
    hash(password)
}

fn hash(password: &str) -> Result<String, PasswordError> {
    // The defaults are Argon2id with 19 MiB, 2 passes, 1 lane, as OWASP advises.
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| PasswordError::Defect(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_only() {
        let passwords = Passwords::new().unwrap();
        let stored = hash_new("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(!stored.contains("horse"));
        assert_ne!(stored, hash_new("correct horse battery").unwrap(), "salted");
        assert!(passwords.check("correct horse battery", Some(&stored)).await.unwrap());
        for wrong in ["", "correct horse batterx", &"x".repeat(MOST_BYTES + 1)] {
            assert!(!passwords.check(wrong, Some(&stored)).await.unwrap(), "{wrong}");
        }
        assert!(!passwords.check("correct horse battery", None).await.unwrap());
        let damaged = passwords.check("x", Some("no hash")).await;
        assert!(matches!(damaged, Err(PasswordError::Defect(_))));
    }

    #[test]
    fn the_hash_for_unknown_names_costs_what_a_real_one_costs() {
        let passwords = Passwords::new().unwrap();
        let costs = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(costs(&passwords.nobody), costs(&hash_new("correct horse battery").unwrap()));
    }

    #[test]
    fn new_passwords_have_a_length() {
        for wrong in ["", "short", &"x".repeat(MOST_BYTES + 1)] {
            assert!(matches!(hash_new(wrong), Err(PasswordError::Length)));
        }
        assert!(hash_new("十二個中文字的密碼真的夠長").is_ok());
    }

    #[tokio::test]
    async fn an_unknown_name_takes_as_long_as_a_known_one() {
        let passwords = Passwords::new().unwrap();
        let stored = hash_new("correct horse battery").unwrap();
        let shortest = async |stored: Option<&str>| {
            let mut shortest = std::time::Duration::MAX;
            for _ in 0..5 {
                let start = std::time::Instant::now();
                assert!(!passwords.check("a wrong password", stored).await.unwrap());
                shortest = shortest.min(start.elapsed());
            }
            shortest.as_secs_f64()
        };
        let ratio = shortest(None).await / shortest(Some(&stored)).await;
        // A skipped hash would take less than 0.001 of that; load changes the ratio by some factor.
        assert!(ratio > 0.05, "{ratio}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_storm_is_turned_away_and_the_rest_is_served() {
        let passwords = Passwords::new().unwrap();
        let stored = hash_new("correct horse battery").unwrap();
        let attempts = (0..300).map(|_| passwords.check("correct horse battery", Some(&stored)));
        let verdicts = futures_util::future::join_all(attempts).await;
        let held = verdicts.iter().filter(|verdict| matches!(verdict, Ok(true))).count();
        assert_eq!(held, AT_ONCE + MOST_WAITING);
        let busy = verdicts.iter().filter(|verdict| matches!(verdict, Err(PasswordError::Busy)));
        assert_eq!(busy.count(), 300 - held);
        assert!(passwords.check("correct horse battery", Some(&stored)).await.unwrap());
    }
}
