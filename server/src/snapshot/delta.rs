//! Differences to versions that clients may still have.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use compute_core::delta::Delta;
use compute_core::table::{Dataset, Frame};
use moka::future::Cache;

use super::encode::{CompressionLevels, Encoded};

/// A difference, encoded.
#[derive(Debug)]
pub struct EncodedDelta {
    /// Version that it applies to.
    pub base_version: String,
    /// Version that results.
    pub version: String,
    pub bytes: Arc<Encoded>,
}

type Key = (Dataset, String, String);
/// Versions of one dataset, oldest first.
type Versions = VecDeque<(String, Frame)>;

/// The last few versions of every dataset and the requested differences.
///
/// A difference is computed on the first request; concurrent requests wait for it.
#[derive(Debug)]
pub(super) struct DeltaLog {
    held: Mutex<Vec<(Dataset, Versions)>>,
    depth: usize,
    encoded: Cache<Key, Option<Arc<EncodedDelta>>>,
    levels: CompressionLevels,
}

impl DeltaLog {
    pub(super) fn new(depth: usize, levels: CompressionLevels) -> Self {
        let held = Dataset::ALL.map(|dataset| (dataset, VecDeque::new())).to_vec();
        Self { held: Mutex::new(held), depth, encoded: Cache::new(256), levels }
    }

    /// Remembers a version.
    pub(super) fn hold(&self, version: &str, frame: &Frame) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, versions)) = held.iter_mut().find(|(dataset, _)| *dataset == frame.dataset())
        else {
            return;
        };
        versions.retain(|(known, _)| known != version);
        versions.push_back((version.to_owned(), frame.clone()));
        while versions.len() > self.depth {
            versions.pop_front();
        }
    }

    fn frame(&self, dataset: Dataset, version: &str) -> Option<Frame> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, versions) = held.iter().find(|(other, _)| *other == dataset)?;
        versions.iter().find(|(known, _)| known == version).map(|(_, frame)| frame.clone())
    }

    /// The difference from `since` to `current`; `None` when `since` is no longer
    /// held, or when the difference would be larger than the full table.
    pub(super) async fn between(
        &self,
        dataset: Dataset,
        since: &str,
        current: &str,
        full_bytes: usize,
    ) -> Option<Arc<EncodedDelta>> {
        let key = (dataset, since.to_owned(), current.to_owned());
        let (old, new) = (self.frame(dataset, since)?, self.frame(dataset, current)?);
        let levels = self.levels;
        let (base_version, version) = (since.to_owned(), current.to_owned());
        self.encoded
            .get_with(key, async move {
                let made = tokio::task::spawn_blocking(move || {
                    let plain = Delta::between(&old, &new).to_ipc(&base_version, &version);
                    if plain.len() >= full_bytes {
                        return None;
                    }
                    let bytes = Arc::new(Encoded::new(plain, levels));
                    Some(Arc::new(EncodedDelta { base_version, version, bytes }))
                });
                made.await.ok().flatten()
            })
            .await
    }
}
