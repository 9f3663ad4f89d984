//! Responses to equal questions about one version of the data, encoded once.
//!
//! What a response says about itself (its time, the age of the data, parameters without effect) stands
//! behind the data and is added for every caller, so that it is true for each of them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use super::coding::{Beginning, Coding};
use super::error::ApiError;
use crate::route_cache::RouteKey;

/// Memory of an entry besides its bytes: key, bookkeeping.
const ENTRY_OVERHEAD_BYTES: usize = 256;
/// Memory for all of them.
const MOST_BYTES: u64 = 64 << 20;
/// How long an entry is kept without a request; old versions are not requested any more.
const KEEP_UNUSED: Duration = Duration::from_secs(60);
/// From here on compression leaves the async threads.
const COMPRESS_ASIDE_FROM_BYTES: usize = 64 * 1024;
/// Below this size compression is not worth its time.
const COMPRESS_FROM_BYTES: usize = 1024;

/// Beginnings of responses within a memory limit.
#[derive(Debug)]
pub struct SharedAnswers(Cache<RouteKey, Arc<Beginning>>);

impl Default for SharedAnswers {
    fn default() -> Self {
        Self::within(MOST_BYTES)
    }
}

impl SharedAnswers {
    /// Keeps at most this many bytes, those that were asked for last; with 0 nothing is kept.
    pub fn within(most_bytes: u64) -> Self {
        let weight = |_: &RouteKey, beginning: &Arc<Beginning>| {
            let bytes = beginning.bytes().len().saturating_add(ENTRY_OVERHEAD_BYTES);
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder()
            .max_capacity(most_bytes)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(KEEP_UNUSED)
            .build();
        Self(kept)
    }

    /// The beginning of the response to `question`, which names everything that it depends on, also the
    /// version of the data; made by `make` unless it is there. Of equal concurrent questions one is made.
    ///
    /// # Errors
    /// Those of `make`, to everyone who waited for it.
    pub(super) async fn get(
        &self,
        question: &[&str],
        coding: Coding,
        make: impl FnOnce() -> Result<Vec<u8>, ApiError>,
    ) -> Result<Arc<Beginning>, ApiError> {
        let key = RouteKey::new(coding.token().unwrap_or_default(), question, "");
        let made = self.0.try_get_with(key, async {
            let plain = make()?;
            encoded(coding, plain.into()).await.map(Arc::new)
        });
        made.await.map_err(Arc::unwrap_or_clone)
    }

    /// Bytes that are kept now.
    pub async fn bytes(&self) -> u64 {
        self.0.run_pending_tasks().await;
        self.0.weighted_size()
    }
}

/// A text in `coding`, or as it is where that is not worth it.
pub(super) async fn encoded(mut coding: Coding, plain: Bytes) -> Result<Beginning, ApiError> {
    if plain.len() < COMPRESS_FROM_BYTES {
        coding = Coding::Identity;
    }
    let encoded = if plain.len() < COMPRESS_ASIDE_FROM_BYTES || coding == Coding::Identity {
        Beginning::new(coding, plain)
    } else {
        let encoding = tokio::task::spawn_blocking(move || Beginning::new(coding, plain));
        encoding.await.map_err(not_compressed)?
    };
    encoded.map_err(not_compressed)
}

fn not_compressed(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "a response can't be compressed");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn equal_questions_are_made_once_and_each_version_and_coding_anew() {
        let (answers, made) = (SharedAnswers::default(), AtomicUsize::new(0));
        let ask = async |question: &[&str], coding| {
            let make = || {
                made.fetch_add(1, Ordering::Relaxed);
                Ok(question.join(" ").repeat(1_000).into_bytes())
            };
            answers.get(question, coding, make).await.unwrap()
        };
        for _ in 0..3 {
            let both =
                tokio::join!(ask(&["v1", "/a"], Coding::Zstd), ask(&["v1", "/a"], Coding::Zstd));
            assert_eq!(both.0.bytes(), both.1.bytes());
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
        for (question, coding) in [
            (["v2", "/a"], Coding::Zstd),
            (["v1", "/b"], Coding::Zstd),
            (["v1", "/a"], Coding::Gzip),
            (["v1", "/a"], Coding::Identity),
            (["v1/", "a"], Coding::Zstd),
        ] {
            ask(&question, coding).await;
        }
        assert_eq!(made.load(Ordering::Relaxed), 6);
    }

    #[tokio::test]
    async fn the_memory_limit_holds_and_failures_are_not_kept() {
        let most = 100_000;
        let answers = SharedAnswers::within(most);
        for number in 0..500 {
            let text = number.to_string();
            let plain = || Ok(vec![b'x'; 5_000]);
            answers.get(&[&text], Coding::Identity, plain).await.unwrap();
        }
        let bytes = answers.bytes().await;
        assert!((most / 2..=most).contains(&bytes), "{bytes}");
        // Larger than all of it: made, and not kept.
        let huge = || Ok(vec![b'x'; 200_000]);
        assert_eq!(
            answers.get(&["huge"], Coding::Identity, huge).await.unwrap().bytes().len(),
            200_000
        );
        assert!(answers.bytes().await <= most);
        let failing = || Err(ApiError::internal());
        assert!(answers.get(&["new"], Coding::Identity, failing).await.is_err());
        let sound = || Ok(b"sound".to_vec());
        assert_eq!(answers.get(&["new"], Coding::Identity, sound).await.unwrap().bytes(), "sound");
    }
}
