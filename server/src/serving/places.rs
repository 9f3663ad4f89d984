//! How many things each holder has at one time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Places by holder.
#[derive(Debug)]
pub struct Places<K: Eq + Hash> {
    most: usize,
    held: Mutex<HashMap<K, usize>>,
}

/// A place that counts until it is dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash> {
    places: Arc<Places<K>>,
    holder: Option<K>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// Each holder may have `most`; any number for 0.
    pub fn new(most: usize) -> Arc<Self> {
        let most = if most == 0 { usize::MAX } else { most };
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// Takes another place; `None` for one too many.
    pub fn enter(self: &Arc<Self>, holder: K) -> Option<Place<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(holder.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), holder: Some(holder) })
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let Some(holder) = self.holder.take() else { return };
        let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = held.entry(holder) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holder_has_its_own_places_and_gets_them_back() {
        let places = Places::new(2);
        let first = places.enter("a").unwrap();
        let _second = places.enter("a").unwrap();
        assert!(places.enter("a").is_none());
        assert!(places.enter("b").is_some());
        drop(first);
        assert!(places.enter("a").is_some());
        assert_eq!(places.taken(), 1);
    }

    #[test]
    fn zero_is_no_limit_and_no_holder_is_remembered() {
        let places = Places::new(0);
        let held: Vec<_> = (0..1_000).map(|_| places.enter(1).unwrap()).collect();
        assert_eq!(places.taken(), 1_000);
        drop(held);
        assert!(places.held.lock().unwrap().is_empty());
    }
}
