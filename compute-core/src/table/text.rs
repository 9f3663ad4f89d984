//! Text columns as codes into a sorted dictionary.
#![expect(clippy::disallowed_types, reason = "only looked up, and sorted before anything is read")]

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{ArrowNativeType, ScalarBuffer};

use super::runs::{Run, rows_of};

/// The code of NULL.
pub const NULL_CODE: u32 = u32::MAX;

/// Text cells as codes; code order is code point order of the values, and
/// every value is used by some row.
#[derive(Clone, Debug, PartialEq)]
pub struct TextColumn {
    codes: ScalarBuffer<u32>,
    values: StringArray,
}

impl TextColumn {
    /// Builds the column from cells.
    pub fn from_values<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut seen: HashMap<&'a str, u32, BuildHasherDefault<Fnv>> = HashMap::default();
        let mut values: Vec<&'a str> = Vec::new();
        let codes = cells
            .map(|cell| {
                let Some(text) = cell else { return NULL_CODE };
                *seen.entry(text).or_insert_with(|| {
                    values.push(text);
                    values.len() as u32 - 1
                })
            })
            .collect();
        Self::sorted(codes, &values)
    }

    /// Builds the column from codes into any dictionary, which may hold values that no cell has and
    /// values that are equal.
    pub(super) fn from_codes(
        cells: impl Iterator<Item = Option<usize>>,
        dictionary: &StringArray,
    ) -> Self {
        let mut places = vec![NULL_CODE; dictionary.len()];
        let mut values: Vec<&str> = Vec::new();
        let codes = cells
            .map(|cell| {
                let Some(code) = cell else { return NULL_CODE };
                let place = &mut places[code];
                if *place == NULL_CODE {
                    *place = values.len() as u32;
                    values.push(dictionary.value(code));
                }
                *place
            })
            .collect();
        Self::sorted(codes, &values)
    }

    /// Sorts the dictionary, in which every value must be in use, and leaves equal ones out.
    fn sorted(mut codes: Vec<u32>, values: &[&str]) -> Self {
        if !values.is_sorted_by(|one, next| one < next) {
            let mut order: Vec<u32> = (0..values.len() as u32).collect();
            order.sort_unstable_by_key(|&code| values[code as usize]);
            let mut rank = vec![0; values.len()];
            let mut sorted: Vec<&str> = Vec::with_capacity(values.len());
            for &code in &order {
                let value = values[code as usize];
                if sorted.last() != Some(&value) {
                    sorted.push(value);
                }
                rank[code as usize] = sorted.len() as u32 - 1;
            }
            for code in codes.iter_mut().filter(|code| **code != NULL_CODE) {
                *code = rank[*code as usize];
            }
            return Self { codes: codes.into(), values: StringArray::from_iter_values(sorted) };
        }
        Self { codes: codes.into(), values: StringArray::from_iter_values(values) }
    }

    /// Reads a dictionary array; `None` for other types, or a dictionary that is
    /// not sorted and distinct.
    pub(super) fn from_array(array: &ArrayRef) -> Option<Self> {
        fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> Option<TextColumn> {
            let array = array.as_any().downcast_ref::<DictionaryArray<K>>()?;
            let values = array.values().as_any().downcast_ref::<StringArray>()?;
            let keys = array.keys();
            // Every key that is not NULL is inside the dictionary: the array saw to that.
            let code = |key: K::Native| key.as_usize() as u32;
            let codes: Vec<u32> = match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
                None => keys.values().iter().map(|&key| code(key)).collect(),
                Some(nulls) => {
                    let cells = keys.values().iter().zip(nulls.iter());
                    cells.map(|(&key, valid)| if valid { code(key) } else { NULL_CODE }).collect()
                }
            };
            let strictly_sorted = values.null_count() == 0
                && (1..values.len()).all(|code| values.value(code - 1) < values.value(code));
            strictly_sorted.then(|| TextColumn { codes: codes.into(), values: values.clone() })
        }
        dictionary::<Int8Type>(array)
            .or_else(|| dictionary::<Int16Type>(array))
            .or_else(|| dictionary::<Int32Type>(array))
    }

    /// A dictionary array with the narrowest signed keys: pandas takes no unsigned ones.
    pub(crate) fn to_array(&self) -> ArrayRef {
        fn encode<K: ArrowDictionaryKeyType>(
            column: &TextColumn,
            narrow: impl Fn(u32) -> K::Native,
        ) -> ArrayRef {
            let keys: PrimitiveArray<K> = if column.codes.contains(&NULL_CODE) {
                column.codes.iter().map(|&code| (code != NULL_CODE).then(|| narrow(code))).collect()
            } else {
                PrimitiveArray::from_iter_values(column.codes.iter().map(|&code| narrow(code)))
            };
            let values: ArrayRef = Arc::new(column.values.clone());
            Arc::new(DictionaryArray::new(keys, values))
        }
        match self.values.len() {
            0..=0x80 => encode::<Int8Type>(self, |code| code as i8),
            0x81..=0x8000 => encode::<Int16Type>(self, |code| code as i16),
            _ => encode::<Int32Type>(self, |code| code as i32),
        }
    }

    /// Runs of cells of two columns, one after the other.
    pub(super) fn interleave(sides: [&Self; 2], runs: &[Run]) -> Self {
        let mut used = sides.map(|side| vec![false; side.values.len()]);
        for run in runs {
            let used = &mut used[run.side()];
            for &code in &sides[run.side()].codes[run.range()] {
                if code != NULL_CODE {
                    used[code as usize] = true;
                }
            }
        }
        let (values, new_codes) = merged(sides, &used);
        let unchanged = new_codes
            .each_ref()
            .map(|codes| codes.iter().enumerate().all(|(old, &new)| old == new as usize));
        let mut codes: Vec<u32> = Vec::with_capacity(rows_of(runs));
        for run in runs {
            let cells = &sides[run.side()].codes[run.range()];
            if unchanged[run.side()] {
                codes.extend_from_slice(cells);
                continue;
            }
            let new_codes = &new_codes[run.side()];
            codes.extend(cells.iter().map(|&code| match code {
                NULL_CODE => NULL_CODE,
                code => new_codes[code as usize],
            }));
        }
        Self { codes: codes.into(), values }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Code of each row, [`NULL_CODE`] for NULL.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of distinct values.
    pub fn cardinality(&self) -> usize {
        self.values.len()
    }

    /// The value of a code.
    ///
    /// # Panics
    /// When there is no such code.
    pub fn name(&self, code: u32) -> &str {
        self.values.value(code as usize)
    }

    /// All values, by code.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.values.len()).map(|code| self.values.value(code))
    }

    /// The values as an array, by code.
    pub(crate) fn values(&self) -> &StringArray {
        &self.values
    }

    /// The code of a value.
    pub fn find(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.values.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.values.value(middle).cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle as u32),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The cell, `None` for NULL.
    pub fn get(&self, row: usize) -> Option<&str> {
        match self.codes[row] {
            NULL_CODE => None,
            code => Some(self.name(code)),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.codes.len() * 4 + bytes_of(&self.values)
    }
}

/// Bytes of an array's texts and their offsets.
pub(super) fn bytes_of(texts: &StringArray) -> usize {
    let offsets = texts.value_offsets();
    let texts = offsets.first().zip(offsets.last()).map_or(0, |(first, last)| last - first);
    size_of_val(offsets) + texts as usize
}

/// The values of two sorted dictionaries that are in use, sorted, and the new
/// code of each old one; unused values have [`NULL_CODE`].
fn merged(sides: [&TextColumn; 2], used: &[Vec<bool>; 2]) -> (StringArray, [Vec<u32>; 2]) {
    let [left, right] = sides;
    let next = |side: usize, from: usize| {
        (from..used[side].len()).find(|&code| used[side][code]).unwrap_or(usize::MAX)
    };
    let mut new_codes = sides.map(|side| vec![NULL_CODE; side.values.len()]);
    let mut values: Vec<&str> = Vec::new();
    let (mut a, mut b) = (next(0, 0), next(1, 0));
    while a != usize::MAX || b != usize::MAX {
        let order = if b == usize::MAX {
            Ordering::Less
        } else if a == usize::MAX {
            Ordering::Greater
        } else {
            left.values.value(a).cmp(right.values.value(b))
        };
        let new = values.len() as u32;
        values.push(if order.is_le() { left.values.value(a) } else { right.values.value(b) });
        if order.is_le() {
            new_codes[0][a] = new;
            a = next(0, a + 1);
        }
        if order.is_ge() {
            new_codes[1][b] = new;
            b = next(1, b + 1);
        }
    }
    (StringArray::from_iter_values(values), new_codes)
}

/// FNV-1a: the dictionary is sorted afterwards, so nothing depends on the hash.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
