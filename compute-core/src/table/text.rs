//! Text columns as codes into a sorted dictionary.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray, StringArray};

/// The code of NULL.
pub const NULL_CODE: u32 = u32::MAX;

/// Text cells as codes; code order is code point order of the values, and
/// every value is used by some row.
#[derive(Clone, Debug, PartialEq)]
pub struct TextColumn {
    codes: Vec<u32>,
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

    /// Sorts the dictionary; every value must be in use and distinct.
    fn sorted(mut codes: Vec<u32>, values: &[&str]) -> Self {
        if !values.is_sorted() {
            let mut order: Vec<u32> = (0..values.len() as u32).collect();
            order.sort_unstable_by_key(|&code| values[code as usize]);
            let mut rank = vec![0; values.len()];
            for (new, &old) in order.iter().enumerate() {
                rank[old as usize] = new as u32;
            }
            for code in codes.iter_mut().filter(|code| **code != NULL_CODE) {
                *code = rank[*code as usize];
            }
            let values = order.iter().map(|&code| Some(values[code as usize])).collect();
            return Self { codes, values };
        }
        Self { codes, values: values.iter().copied().map(Some).collect() }
    }

    /// Reads a plain or dictionary text array; `None` for other types, codes
    /// outside the dictionary, or a dictionary that is not sorted and distinct.
    pub(super) fn from_array(array: &ArrayRef) -> Option<Self> {
        fn dictionary<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> Option<TextColumn>
        where
            K::Native: Into<u32>,
        {
            let array = array.as_any().downcast_ref::<DictionaryArray<K>>()?;
            let values = array.values().as_any().downcast_ref::<StringArray>()?;
            let keys = array.keys();
            let size = values.len() as u32;
            let codes: Option<Vec<u32>> = if keys.null_count() == 0 {
                keys.values()
                    .iter()
                    .map(|&key| Some(key.into()).filter(|code| *code < size))
                    .collect()
            } else {
                keys.iter()
                    .map(|key| match key {
                        None => Some(NULL_CODE),
                        Some(key) => Some(key.into()).filter(|code| *code < size),
                    })
                    .collect()
            };
            let strictly_sorted = values.null_count() == 0
                && (1..values.len()).all(|code| values.value(code - 1) < values.value(code));
            strictly_sorted.then_some(TextColumn { codes: codes?, values: values.clone() })
        }
        dictionary::<UInt8Type>(array)
            .or_else(|| dictionary::<UInt16Type>(array))
            .or_else(|| dictionary::<UInt32Type>(array))
    }

    /// A dictionary array with the narrowest unsigned keys.
    pub(super) fn to_array(&self) -> ArrayRef {
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
            0..=0x100 => encode::<UInt8Type>(self, |code| code as u8),
            0x101..=0x1_0000 => encode::<UInt16Type>(self, |code| code as u16),
            _ => encode::<UInt32Type>(self, |code| code),
        }
    }

    /// Cells picked from two columns.
    pub(super) fn interleave(sides: [&Self; 2], picks: &[(u8, u32)]) -> Self {
        // Mark what is used, then merge the two sorted dictionaries.
        let mut used = sides.map(|side| vec![false; side.values.len()]);
        for &(side, row) in picks {
            let code = sides[usize::from(side)].codes[row as usize];
            if code != NULL_CODE {
                used[usize::from(side)][code as usize] = true;
            }
        }
        let mut map = sides.map(|side| vec![NULL_CODE; side.values.len()]);
        let mut merged: Vec<&str> = Vec::new();
        let [left, right] = sides;
        let (mut a, mut b) = (0, 0);
        loop {
            while a < used[0].len() && !used[0][a] {
                a += 1;
            }
            while b < used[1].len() && !used[1][b] {
                b += 1;
            }
            let next = (
                (a < used[0].len()).then(|| left.values.value(a)),
                (b < used[1].len()).then(|| right.values.value(b)),
            );
            let code = merged.len() as u32;
            let (take_left, take_right) = match next {
                (None, None) => break,
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (Some(x), Some(y)) => (x <= y, y <= x),
            };
            if take_left {
                merged.push(left.values.value(a));
                map[0][a] = code;
                a += 1;
            }
            if take_right {
                if !take_left {
                    merged.push(right.values.value(b));
                }
                map[1][b] = code;
                b += 1;
            }
        }
        let codes = picks
            .iter()
            .map(|&(side, row)| {
                let side = usize::from(side);
                match sides[side].codes[row as usize] {
                    NULL_CODE => NULL_CODE,
                    code => map[side][code as usize],
                }
            })
            .collect();
        Self { codes, values: merged.into_iter().map(Some).collect() }
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
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle as u32),
                std::cmp::Ordering::Greater => high = middle,
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

    pub(super) fn memory_bytes(&self) -> usize {
        self.codes.len() * 4 + bytes_of(&self.values)
    }
}

/// Bytes of an array's texts and their offsets.
pub(super) fn bytes_of(texts: &StringArray) -> usize {
    let offsets = texts.value_offsets();
    let texts = offsets.first().zip(offsets.last()).map_or(0, |(first, last)| last - first);
    size_of_val(offsets) + texts as usize
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
