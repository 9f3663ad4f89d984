//! Choices that are too long for an address, kept under a short code.
//!
//! A code is made of the text, so that equal choices have one code. What is not used for
//! [`KEPT_DAYS`] is removed. While there are [`MOST_KEPT`], a new text takes the places of those that
//! were not used for [`IDLE_DAYS`]; without any it is refused, so that no address in use is lost.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::app_store::{AppStore, on_pool};
use crate::auth::clock::Clock;

/// Longest text, bytes.
pub const MOST_BYTES: usize = 64 * 1024;
const MOST_KEPT: i64 = 5_000;
const KEPT_DAYS: i64 = 365;
const IDLE_DAYS: i64 = 30;
/// The time of the last use is written at most so often.
const NOTED_DAYS: i64 = 1;

const CODE_CHARS: usize = 20;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The code of a text: the first 100 bits of its SHA-256 in base 32.
pub fn code_of(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let bits = hash.iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let letter = |place: usize| LETTERS[(bits >> (123 - 5 * place)) as usize % LETTERS.len()];
    (0..CODE_CHARS).map(|place| char::from(letter(place))).collect()
}

/// Why choices are not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// All places are taken by choices in use.
    #[error("{0} choices are kept, and all of them were used in the last {IDLE_DAYS} days")]
    Full(i64),
    /// The database gave no answer.
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

/// All choices, in the application's database.
#[derive(Debug)]
pub struct KeptChoices {
    store: AppStore,
    clock: Clock,
    most: i64,
}

fn days_before(now: Timestamp, days: i64) -> i64 {
    (now - SignedDuration::from_hours(24 * days)).as_millisecond()
}

impl KeptChoices {
    /// The choices in `store`.
    pub fn new(store: AppStore, clock: Clock) -> Self {
        Self { store, clock, most: MOST_KEPT }
    }

    /// Keeps a text; returns its code.
    ///
    /// # Errors
    /// There is no place, or the database gave no answer.
    pub async fn keep(&self, choices: &str) -> Result<String, KeepError> {
        let (code, now) = (code_of(choices), self.clock.now());
        if self.use_at(&code, now).await?.is_some() {
            return Ok(code);
        }
        self.make_room(now).await?;
        let sql = "insert into kept_choices (code, choices, used_at) values ($1, $2, $3) \
                   on conflict (code) do update set used_at = excluded.used_at, choices = excluded.choices";
        on_pool!(self.store, pool => {
            let adding = sqlx::query(sql).bind(&code).bind(choices).bind(now.as_millisecond());
            adding.execute(pool).await?;
        });
        Ok(code)
    }

    async fn make_room(&self, now: Timestamp) -> Result<(), KeepError> {
        self.remove_unused_since(days_before(now, KEPT_DAYS)).await?;
        if self.count().await? < self.most {
            return Ok(());
        }
        self.remove_unused_since(days_before(now, IDLE_DAYS)).await?;
        let kept = self.count().await?;
        if kept < self.most { Ok(()) } else { Err(KeepError::Full(kept)) }
    }

    async fn remove_unused_since(&self, ms: i64) -> Result<(), sqlx::Error> {
        let sql = "delete from kept_choices where used_at < $1";
        on_pool!(self.store, pool => {
            sqlx::query(sql).bind(ms).execute(pool).await?;
        });
        Ok(())
    }

    async fn count(&self) -> Result<i64, sqlx::Error> {
        let sql = "select count(*) from kept_choices";
        let (count,): (i64,) =
            on_pool!(self.store, pool => sqlx::query_as(sql).fetch_one(pool).await?);
        Ok(count)
    }

    /// The text of a code, which counts as used; `None` for one that is not kept.
    ///
    /// # Errors
    /// The database gave no answer.
    pub async fn find(&self, code: &str) -> Result<Option<String>, sqlx::Error> {
        self.use_at(code, self.clock.now()).await
    }

    async fn use_at(&self, code: &str, now: Timestamp) -> Result<Option<String>, sqlx::Error> {
        let sql = "select choices, used_at from kept_choices where code = $1 and used_at >= $2";
        let oldest = days_before(now, KEPT_DAYS);
        let found: Option<(String, i64)> = on_pool!(self.store, pool => {
            sqlx::query_as(sql).bind(code).bind(oldest).fetch_optional(pool).await?
        });
        let Some((choices, used_at)) = found else { return Ok(None) };
        if used_at < days_before(now, NOTED_DAYS) {
            let sql = "update kept_choices set used_at = $1 where code = $2";
            let noted = on_pool!(self.store, pool => {
                let noting = sqlx::query(sql).bind(now.as_millisecond()).bind(code);
                noting.execute(pool).await.map(drop)
            });
            if let Err(error) = noted {
                tracing::warn!(%error, "the use of kept choices can't be noted");
            }
        }
        Ok(Some(choices))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Choices on a day that a test sets.
    async fn kept(most: i64) -> (KeptChoices, Arc<AtomicI64>) {
        let store = AppStore::open("sqlite::memory:").await.unwrap();
        let day = Arc::new(AtomicI64::new(20_000));
        let today = day.clone();
        let clock = Clock::new(move || {
            Timestamp::from_second(today.load(Ordering::SeqCst) * 86_400).unwrap()
        });
        (KeptChoices { store, clock, most }, day)
    }

    proptest! {
        #[test]
        fn a_code_is_the_beginning_of_the_hash_in_base_32(text in any::<String>()) {
            let hash = Sha256::digest(text.as_bytes());
            let bits: String = hash.iter().map(|byte| format!("{byte:08b}")).collect();
            let naive: String = (0..CODE_CHARS)
                .map(|place| usize::from_str_radix(&bits[5 * place..5 * place + 5], 2).unwrap())
                .map(|number| char::from(LETTERS[number]))
                .collect();
            prop_assert_eq!(code_of(&text), naive);
        }
    }

    #[tokio::test]
    async fn equal_choices_have_one_code_and_come_back_letter_for_letter() {
        let (choices, _) = kept(10).await;
        let text = format!("packages={}&q='; drop table kept_choices --", "銲線'".repeat(2_000));
        let code = choices.keep(&text).await.unwrap();
        assert_eq!(choices.keep(&text).await.unwrap(), code);
        assert_eq!(choices.count().await.unwrap(), 1);
        assert_eq!(choices.find(&code).await.unwrap(), Some(text.clone()));
        assert_ne!(choices.keep(&text[1..]).await.unwrap(), code);
        for unknown in ["", "%", &code[1..], &code.to_uppercase()] {
            assert_eq!(choices.find(unknown).await.unwrap(), None, "{unknown}");
        }
    }

    #[tokio::test]
    async fn what_is_used_stays_and_what_is_not_used_for_a_year_goes() {
        let (choices, day) = kept(10).await;
        let (used, unused) =
            (choices.keep("used").await.unwrap(), choices.keep("unused").await.unwrap());
        for later in [200, 400] {
            day.store(20_000 + later, Ordering::SeqCst);
            assert!(choices.find(&used).await.unwrap().is_some(), "{later}");
        }
        assert_eq!(choices.find(&unused).await.unwrap(), None);
        choices.keep("another").await.unwrap();
        assert_eq!(choices.count().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_full_store_gives_up_idle_choices_and_never_those_in_use() {
        let (choices, day) = kept(3).await;
        let mut codes = Vec::new();
        for text in ["a", "b", "c"] {
            codes.push(choices.keep(text).await.unwrap());
        }
        assert!(matches!(choices.keep("d").await, Err(KeepError::Full(3))));
        assert_eq!(choices.keep("a").await.unwrap(), codes[0], "what is kept needs no place");
        day.store(20_000 + IDLE_DAYS + 1, Ordering::SeqCst);
        assert!(choices.find(&codes[1]).await.unwrap().is_some());
        choices.keep("d").await.unwrap();
        let left = [&codes[0], &codes[1], &codes[2]];
        let mut found = Vec::new();
        for code in left {
            found.push(choices.find(code).await.unwrap().is_some());
        }
        assert_eq!(found, [false, true, false]);
    }
}
