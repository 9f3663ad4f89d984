//! Substring search that ignores case, over whole columns at once.
//!
//! Identifiers are ASCII in practice. Their bytes lie one after the other in
//! memory, so eight of them are compared at a time against two bytes of the
//! text; only where both fit is the text compared. Columns with other letters
//! are searched value by value under Unicode's lower-case mapping.

use arrow_array::{Array, StringArray};

use crate::order;
use crate::text_pattern::TextPattern;

const LANES: u64 = 0x0101_0101_0101_0101;
const LOW_BITS: u64 = 0x7f * LANES;

/// One byte of the text that is looked for in eight places at a time.
#[derive(Clone, Copy)]
struct Probe {
    /// Its place in the text.
    offset: usize,
    /// The byte, eight times.
    byte: u64,
    /// The bit that makes a letter lower-case, eight times; 0 for other bytes.
    fold: u64,
}

impl Probe {
    fn new(text: &[u8], offset: usize) -> Self {
        let byte = text[offset];
        let fold = if byte.is_ascii_lowercase() { 0x20 } else { 0 };
        Self { offset, byte: u64::from(byte) * LANES, fold: fold * LANES }
    }

    /// The top bit of every byte of `word` that fits.
    fn fits(self, word: u64) -> u64 {
        let differing = (word | self.fold) ^ self.byte;
        !(((differing & LOW_BITS) + LOW_BITS) | differing | LOW_BITS)
    }
}

/// Calls `found` for every row whose value has one of the pattern's texts, ascending for each text.
pub(super) fn matches(pattern: &TextPattern, values: &StringArray, mut found: impl FnMut(u32)) {
    for pieces in pattern.alternatives() {
        let (longest, is_only) = pieces.longest();
        Scanner::new(longest).matches(values, |row| {
            if is_only || pieces.are_in_order(&values.value(row as usize).to_lowercase()) {
                found(row);
            }
        });
    }
}

/// A text to look for. It must not be empty.
pub(super) struct Scanner {
    /// Lower-case.
    text: String,
}

impl Scanner {
    /// Looks for `text`, ignoring case by Unicode's lower-case mapping.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_lowercase() }
    }

    /// Whether one value contains the text.
    pub(super) fn is_in(&self, value: &str) -> bool {
        if value.is_ascii() {
            let mut found = false;
            self.positions(value.as_bytes(), |_| found = true);
            found
        } else {
            value.to_lowercase().contains(&self.text)
        }
    }

    /// Calls `found` once for every row whose value contains the text, ascending.
    pub(super) fn matches(&self, values: &StringArray, mut found: impl FnMut(u32)) {
        let offsets = values.value_offsets();
        let start = offsets[0] as usize;
        let bytes = &values.value_data()[start..offsets[values.len()] as usize];
        if !bytes.is_ascii() {
            for row in 0..values.len() {
                if values.is_valid(row) && self.is_in(values.value(row)) {
                    found(row as u32);
                }
            }
            return;
        }
        let end_of = |row: usize| offsets[row + 1] as usize - start;
        let (mut row, mut reported) = (0, None);
        self.positions(bytes, |position| {
            while end_of(row) <= position {
                row += 1;
            }
            // A match may reach into the next value, which is none.
            let inside = position + self.text.len() <= end_of(row);
            if inside && reported != Some(row) && values.is_valid(row) {
                reported = Some(row);
                found(row as u32);
            }
        });
    }

    /// Every place in ASCII bytes where the text begins, ascending.
    fn positions(&self, bytes: &[u8], mut found: impl FnMut(usize)) {
        let text = self.text.as_bytes();
        if text.is_empty() || text.len() > bytes.len() {
            return;
        }
        let places = bytes.len() - text.len() + 1;
        let mut check = |place: usize| {
            if bytes[place..place + text.len()].eq_ignore_ascii_case(text) {
                found(place);
            }
        };
        let [first, second] = probes(text, bytes);
        let words = places / 8 * 8;
        let at = |probe: Probe| bytes[probe.offset..probe.offset + words].chunks_exact(8);
        let word = |chunk: &[u8]| chunk.try_into().map_or(0, u64::from_le_bytes);
        for (index, (one, other)) in at(first).zip(at(second)).enumerate() {
            let mut fitting = first.fits(word(one)) & second.fits(word(other));
            while fitting != 0 {
                check(index * 8 + fitting.trailing_zeros() as usize / 8);
                fitting &= fitting - 1;
            }
        }
        (words..places).for_each(check);
    }
}

/// The two bytes of the text that are rarest at the beginning of the bytes to search.
fn probes(text: &[u8], bytes: &[u8]) -> [Probe; 2] {
    let mut seen = [0_u32; 256];
    for byte in &bytes[..bytes.len().min(1024)] {
        seen[usize::from(byte.to_ascii_lowercase())] += 1;
    }
    let mut rarest: Vec<usize> = (0..text.len()).collect();
    order::sort_by_key(&mut rarest, |offset| seen[usize::from(text[*offset])]);
    let second = rarest.get(1).unwrap_or(&rarest[0]);
    [Probe::new(text, rarest[0]), Probe::new(text, *second)]
}

#[cfg(test)]
mod tests {
    use arrow_array::{Array, StringArray};
    use proptest::prelude::*;

    use super::Scanner;

    proptest! {
        #[test]
        fn finds_what_lower_casing_every_value_finds(
            values in prop::collection::vec(prop::option::of("[abAB.\\-0]{0,9}|[a-zİKé]{0,3}"), 0..60),
            ascii in any::<bool>(),
            text in "[abAB.0\\-]{1,3}|[KİÉ]",
            cut in 0_usize..5,
        ) {
            let values: Vec<Option<String>> = values
                .into_iter()
                .map(|value| value.filter(|value| !ascii || value.is_ascii()))
                .collect();
            let array = StringArray::from_iter(&values);
            let array = array.slice(cut.min(array.len()), array.len() - cut.min(array.len()));
            let expected: Vec<u32> = (0..array.len() as u32)
                .filter(|row| {
                    let row = *row as usize;
                    array.is_valid(row)
                        && array.value(row).to_lowercase().contains(&text.to_lowercase())
                })
                .collect();
            let scanner = Scanner::new(&text);
            let mut found = Vec::new();
            scanner.matches(&array, |row| found.push(row));
            prop_assert_eq!(&found, &expected);
            for row in 0..array.len() {
                if array.is_valid(row) {
                    prop_assert_eq!(scanner.is_in(array.value(row)), expected.contains(&(row as u32)));
                }
            }
        }
    }

    #[test]
    fn a_match_across_two_values_is_none() {
        let array = StringArray::from(vec!["GA-12", "3-GA", "", "x123", "123123"]);
        let mut found = Vec::new();
        Scanner::new("123").matches(&array, |row| found.push(row));
        assert_eq!(found, [3, 4]);
    }

    #[test]
    fn a_text_of_special_letters_is_lower_cased_first() {
        // The Kelvin sign's lower-case form is the ASCII letter.
        assert!(Scanner::new("\u{212a}").is_in("GK1"));
        assert!(!Scanner::new("É").is_in("GE1"));
        assert!(Scanner::new("É").is_in("Gé1"));
    }
}
