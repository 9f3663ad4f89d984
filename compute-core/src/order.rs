//! Sorting the lists of answers.
//!
//! The standard sorts are compiled for every element type and key: about 5 KB of WebAssembly each,
//! a quarter of the package before this module. Here one compiled sort orders places, and only the
//! moves depend on the type. Loading a table sorts whole columns and keeps the standard sorts.

use std::cmp::Ordering;
use std::ops::Range;

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

/// The items that are in `window` once all are sorted by `compare`; equal items keep their order.
/// Items outside the window are not sorted: the cost is one pass over all and a sort of the window.
pub fn window_by<T: Copy>(
    items: &[T],
    window: Range<usize>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let places = places_in(items.len(), window, &|a, b| compare(&items[a], &items[b]));
    places.into_iter().map(|place| items[place as usize]).collect()
}

/// What a whole number is ordered by; a missing one comes last, in both directions.
type Key = (bool, i64);

/// The key of a value.
fn key(value: Option<i64>, descending: bool) -> Key {
    // The complement of the smallest number exists, its negation does not.
    (value.is_none(), value.map_or(0, |value| if descending { !value } else { value }))
}

/// As [`window_by`], by a whole number of each item, missing ones last.
pub fn window_by_value<T: Copy>(
    items: &[T],
    window: Range<usize>,
    descending: bool,
    value: impl Fn(T) -> Option<i64>,
) -> Vec<T> {
    let mut first = FirstKeys::new(window.end.min(items.len()));
    for (item, place) in items.iter().zip(0..) {
        first.offer((key(value(*item), descending), place));
    }
    first.sorted_from(window.start).iter().map(|(_, place)| items[*place as usize]).collect()
}

/// The first keys of a list in order, found in one pass: those that are too many are let go at times.
struct FirstKeys {
    wanted: usize,
    kept: Vec<(Key, u32)>,
    /// The last of the first ones so far, once there are enough.
    last: Option<(Key, u32)>,
}

impl FirstKeys {
    fn new(wanted: usize) -> Self {
        Self { wanted, kept: Vec::new(), last: None }
    }

    fn offer(&mut self, key: (Key, u32)) {
        if self.last.is_none_or(|last| key < last) {
            self.kept.push(key);
            if self.kept.len() > 2 * self.wanted {
                self.let_go();
            }
        }
    }

    #[inline(never)]
    fn let_go(&mut self) {
        if self.wanted > 0 && self.wanted < self.kept.len() {
            let (_, last, _) = self.kept.select_nth_unstable(self.wanted - 1);
            self.last = Some(*last);
        }
        self.kept.truncate(self.wanted);
    }

    /// The wanted ones in order, without the first `start`.
    #[inline(never)]
    fn sorted_from(&mut self, start: usize) -> &[(Key, u32)] {
        self.let_go();
        let start = start.min(self.kept.len());
        if start > 0 && start < self.kept.len() {
            self.kept.select_nth_unstable(start);
        }
        let shown = &mut self.kept[start..];
        shown.sort_unstable();
        shown
    }
}

type Compare<'a> = &'a dyn Fn(usize, usize) -> Ordering;

/// For each place, where its item stands now.
fn sorted_places(len: usize, compare: Compare) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    sort_places(&mut order, compare);
    order
}

#[inline(never)]
fn sort_places(places: &mut [u32], compare: Compare) {
    places.sort_by(|a, b| compare(*a as usize, *b as usize));
}

fn places_in(len: usize, window: Range<usize>, compare: Compare) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect();
    let first = window.start.min(len);
    let count = window.end.clamp(first, len) - first;
    put_nth(&mut order, first, compare);
    let rest = &mut order[first..];
    put_nth(rest, count, compare);
    // Telling apart has mixed equal items.
    let shown = &mut rest[..count];
    shown.sort_unstable();
    sort_places(shown, compare);
    shown.to_vec()
}

/// Puts the item of the `nth` place there, smaller ones before it and larger ones behind it; of
/// equal items the first ones are the smaller ones.
#[inline(never)]
fn put_nth(places: &mut [u32], nth: usize, compare: Compare) {
    if nth > 0 && nth < places.len() {
        places.select_nth_unstable_by(nth, |a, b| compare(*a as usize, *b as usize).then(a.cmp(b)));
    }
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

        #[test]
        fn a_window_is_a_part_of_the_sorted_items(
            keys in prop::collection::vec(0_u8..20, 0..300),
            start in 0_usize..320,
            count in 0_usize..80,
        ) {
            let items: Vec<(u8, usize)> =
                keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
            let shown = window_by(&items, start..start + count, |(a, _), (b, _)| b.cmp(a));
            let mut sorted = items;
            sorted.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            let expected: Vec<(u8, usize)> =
                sorted.into_iter().skip(start).take(count).collect();
            prop_assert_eq!(shown, expected);
        }

        #[test]
        fn a_window_by_value_has_missing_values_last(
            values in prop::collection::vec(prop::option::of(-3_i64..3), 0..300),
            descending in any::<bool>(),
            start in 0_usize..320,
            count in 0_usize..80,
        ) {
            let items: Vec<(usize, Option<i64>)> = values.into_iter().enumerate().collect();
            let mut sorted = items.clone();
            sorted.sort_by(|(_, a), (_, b)| {
                let order = if descending { b.cmp(a) } else { a.cmp(b) };
                a.is_none().cmp(&b.is_none()).then(order)
            });
            let expected: Vec<_> = sorted.into_iter().skip(start).take(count).collect();
            let shown = window_by_value(&items, start..start + count, descending, |(_, value)| value);
            prop_assert_eq!(shown, expected);
        }

        #[test]
        fn the_ends_of_numbers_have_keys(descending in any::<bool>()) {
            let mut values = [Some(i64::MIN), Some(0), Some(i64::MAX), None];
            values.sort_by_key(|value| key(*value, descending));
            let expected = if descending { [i64::MAX, 0, i64::MIN] } else { [i64::MIN, 0, i64::MAX] };
            prop_assert_eq!(&values[..3], &expected.map(Some)[..]);
            prop_assert_eq!(values[3], None);
        }
    }
}
