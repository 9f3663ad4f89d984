//! Sorting the lists of answers.
//!
//! The standard sorts are compiled for every element type and key: about 5 KB of WebAssembly each,
//! a quarter of the package before this module. Here one compiled sort orders places, and only the
//! moves depend on the type. Loading a table sorts whole columns and keeps the standard sorts.

use std::cmp::Ordering;

/// Sorts by `compare`; equal items keep their order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut order = sorted_places(items.len(), &|a, b| compare(&items[a], &items[b]));
    // Walks each cycle of the permutation once; a place that is done names itself.
    for start in 0..items.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place as u32) as usize;
            if from == start {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

/// Sorts by `key`; equal items keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// For each place, where its item stands now.
#[inline(never)]
fn sorted_places(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    order.sort_by(|a, b| compare(*a as usize, *b as usize));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_like_the_standard_stable_sort(keys in prop::collection::vec(0_u8..20, 0..300)) {
            let mut ours: Vec<(u8, String)> =
                keys.iter().enumerate().map(|(place, key)| (*key, place.to_string())).collect();
            let mut standard = ours.clone();
            sort_by_key(&mut ours, |(key, _)| std::cmp::Reverse(*key));
            standard.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            prop_assert_eq!(ours, standard);
        }
    }
}
