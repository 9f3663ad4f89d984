//! What was made last, for questions that share it.

use std::sync::{Arc, Mutex, PoisonError};

/// A question and what it is compared with.
const KEPT: usize = 2;

/// Values, the latest first, each with what it was made of.
type Values<K, V> = Vec<(K, Arc<V>)>;

/// The last values. Clones share them.
#[derive(Debug)]
pub(super) struct Recent<K, V>(Arc<Mutex<Values<K, V>>>);

impl<K, V> Clone for Recent<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + PartialEq, V> Recent<K, V> {
    /// The value of `key`, made unless it was one of the last ones.
    pub(super) fn get(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = kept().iter().find(|(known, _)| known == key) {
            return known.clone();
        }
        // Others may ask meanwhile.
        let made = Arc::new(make());
        let mut kept = kept();
        kept.insert(0, (key.clone(), made.clone()));
        kept.truncate(KEPT);
        made
    }
}
