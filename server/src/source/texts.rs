//! Cells of a text column while they arrive: each text is held once.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{DictionaryArray, Int32Array};
use arrow_buffer::NullBuffer;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Stands for NULL.
const NULL: i32 = -1;

/// Codes of cells, and the texts that they stand for.
#[derive(Default)]
pub(super) struct Texts {
    codes: Vec<i32>,
    values: StringBuilder,
    /// Codes by their texts.
    known: HashTable<i32>,
    hasher: DefaultHashBuilder,
    /// Code of the text that was pushed last: many columns repeat themselves.
    last: Option<i32>,
}

impl Texts {
    /// Adds a cell with these bytes, if an earlier one has them.
    pub(super) fn push_known(&mut self, bytes: &[u8]) -> bool {
        if let Some(last) = self.last
            && value(&self.values, last) == bytes
        {
            self.codes.push(last);
            return true;
        }
        let found = self.known.find(self.hash(bytes), |code| value(&self.values, *code) == bytes);
        let Some(&code) = found else { return false };
        self.last = Some(code);
        self.codes.push(code);
        true
    }

    /// Adds a cell.
    pub(super) fn push(&mut self, text: &str) {
        if self.push_known(text.as_bytes()) {
            return;
        }
        let code = self.known.len() as i32;
        self.values.append_value(text);
        let hash = |code: &i32| hashed(&self.hasher, value(&self.values, *code));
        self.known.insert_unique(hash(&code), code, hash);
        self.last = Some(code);
        self.codes.push(code);
    }

    pub(super) fn push_null(&mut self) {
        self.codes.push(NULL);
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        hashed(&self.hasher, bytes)
    }

    pub(super) fn finish(mut self) -> DictionaryArray<Int32Type> {
        // It grew by doubling.
        self.codes.shrink_to_fit();
        let has_null = self.codes.contains(&NULL);
        let valid = has_null.then(|| self.codes.iter().map(|code| *code != NULL).collect());
        let codes = Int32Array::new(self.codes.into(), valid.map(NullBuffer::new));
        DictionaryArray::new(codes, Arc::new(self.values.finish()))
    }
}

fn hashed(hasher: &DefaultHashBuilder, bytes: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

fn value(values: &StringBuilder, code: i32) -> &[u8] {
    let offsets = &values.offsets_slice()[code as usize..];
    &values.values_slice()[offsets[0] as usize..offsets[1] as usize]
}

#[cfg(test)]
mod tests {
    use arrow_array::{Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_cell_stays_and_every_text_is_held_once(
            cells in prop::collection::vec(prop::option::of("[ab]{0,2}"), 0..40),
        ) {
            let mut texts = Texts::default();
            for cell in &cells {
                match cell {
                    None => texts.push_null(),
                    Some(text) if texts.push_known(text.as_bytes()) => {}
                    Some(text) => texts.push(text),
                }
            }
            let array = texts.finish();
            let values = array.values().as_any().downcast_ref::<StringArray>().unwrap();
            let distinct: std::collections::BTreeSet<_> = values.iter().collect();
            prop_assert_eq!(distinct.len(), values.len());
            let text = |code: Option<i32>| code.map(|code| values.value(code as usize).to_owned());
            prop_assert_eq!(array.keys().iter().map(text).collect::<Vec<_>>(), cells);
        }
    }
}
