//! What changed between two versions of a table.
//!
//! A delta is keyed by the dataset's key (LOTID, RESOURCEID, WORK_CENTER). When any row of a key
//! changed, the delta carries *all* rows of that key, or a removal; duplicate and missing keys need
//! no special case. On the wire it is an Arrow IPC stream like a snapshot, with one more column
//! `_OP` (0: remove every row of this key; 1: a row of a replaced key) and the versions in the
//! schema metadata.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt8Array};
use arrow_schema::{DataType, Field, Schema};

use crate::table::{Columns, DecodeError, Frame, Layout, Run};

const OP: &str = "_OP";
const REMOVE: u8 = 0;
const ROW: u8 = 1;

/// Changes from one version of a table to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// Keys without rows in the new table, in key order, NULL last.
    removed: Vec<Option<String>>,
    /// All rows of every key that is new or changed, canonical.
    rows: Frame,
}

/// A delta with the versions it leads between.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionedDelta {
    /// Version that the delta applies to.
    pub base_version: String,
    /// Version that results.
    pub version: String,
    /// The changes.
    pub delta: Delta,
}

/// Runs of equal keys of a canonical frame: `(key, first row, row after the last)`.
pub(crate) fn groups(frame: &Frame) -> impl Iterator<Item = (Option<&str>, usize, usize)> {
    let key: &StringArray = frame.key();
    let cell = |row: usize| key.is_valid(row).then(|| key.value(row));
    let mut row = 0;
    std::iter::from_fn(move || {
        if row == frame.len() {
            return None;
        }
        let (start, value) = (row, cell(row));
        while row < frame.len() && cell(row) == value {
            row += 1;
        }
        Some((value, start, row))
    })
}

/// Canonical key order: code point, NULL last.
fn rank(key: Option<&str>) -> (bool, &str) {
    (key.is_none(), key.unwrap_or_default())
}

/// How many rows from `start` on have a key of which this holds, as those that
/// follow don't. Looks in steps that double, as changes lie close together.
fn partition(frame: &Frame, start: usize, holds: impl Fn(Option<&str>) -> bool) -> usize {
    let key = frame.key();
    let left = frame.len() - start;
    let holds = |place: usize| {
        let row = start + place;
        holds(key.is_valid(row).then(|| key.value(row)))
    };
    let mut high = 1;
    while high <= left && holds(high - 1) {
        high *= 2;
    }
    let (mut low, mut high) = (high / 2, high.min(left + 1) - 1);
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

impl Delta {
    /// The changes that lead from `old` to `new`, by their display columns.
    pub fn between(old: &Frame, new: &Frame) -> Self {
        let display = new.layout().display.len();
        let same_row = |a: usize, b: usize| {
            old.columns()
                .iter()
                .zip(new.columns())
                .take(display)
                .all(|((_, left), (_, right))| left.same_cell(a, right, b))
        };
        let mut removed = Vec::new();
        let mut rows: Vec<u32> = Vec::new();
        let mut older = groups(old).peekable();
        for (key, start, end) in groups(new) {
            while let Some((gone, ..)) = older.next_if(|(other, ..)| rank(*other) < rank(key)) {
                removed.push(gone.map(str::to_owned));
            }
            let before = older.next_if(|(other, ..)| *other == key);
            let unchanged = before.is_some_and(|(_, from, to)| {
                to - from == end - start
                    && (0..end - start).all(|row| same_row(from + row, start + row))
            });
            if !unchanged {
                rows.extend(start as u32..end as u32);
            }
        }
        removed.extend(older.map(|(gone, ..)| gone.map(str::to_owned)));
        Self { removed, rows: new.display_only().take(&rows) }
    }

    /// The keys that vanish, and the rows of those that are new or changed.
    pub(crate) fn into_parts(self) -> (Vec<Option<String>>, Frame) {
        (self.removed, self.rows)
    }

    /// Number of keys that vanish.
    pub fn removed(&self) -> usize {
        self.removed.len()
    }

    /// Number of rows that the delta carries.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The new table: `old` with the changed keys replaced. Equal, to the byte, to
    /// the table that the delta was made from, when `old` is the one it was made against.
    pub fn apply(&self, old: &Frame) -> Frame {
        let mut runs: Vec<Run> = Vec::with_capacity(2 * (self.removed.len() + self.rows.len()) + 1);
        let mut removed = self.removed.iter().map(Option::as_deref).peekable();
        let mut newer = groups(&self.rows).peekable();
        let mut kept = 0;
        loop {
            let (gone, group) = (removed.peek().copied(), newer.peek().copied());
            let changed = match (gone, group) {
                (None, None) => break,
                (Some(gone), Some((key, ..))) => {
                    if rank(gone) < rank(key) {
                        gone
                    } else {
                        key
                    }
                }
                (Some(gone), None) => gone,
                (None, Some((key, ..))) => key,
            };
            let before = kept + partition(old, kept, |key| rank(key) < rank(changed));
            if before > kept {
                runs.push(Run::first(kept..before));
            }
            kept = before + partition(old, before, |key| key == changed);
            removed.next_if_eq(&changed);
            if let Some((_, from, to)) = newer.next_if(|(key, ..)| *key == changed) {
                runs.push(Run::second(from..to));
            }
        }
        if kept < old.len() {
            runs.push(Run::first(kept..old.len()));
        }
        old.display_only().interleave(&self.rows, &runs, self.rows.sys_date().map(str::to_owned))
    }

    /// The wire form.
    pub fn to_ipc(&self, base_version: &str, version: &str) -> Vec<u8> {
        // Both parts in one frame, so that they share dictionaries.
        let keys_only = self.rows.removal_rows(&self.removed);
        let (removals, rows) = (keys_only.len(), self.rows.len());
        let runs = [Run::first(0..removals), Run::second(0..rows)];
        let date = self.rows.sys_date().map(str::to_owned);
        let batch = keys_only.interleave(&self.rows, &runs, date).to_batch(Columns::Display);
        let ops = std::iter::repeat_n(REMOVE, removals).chain(std::iter::repeat_n(ROW, rows));
        let ops: UInt8Array = ops.collect::<Vec<u8>>().into();
        let schema = batch.schema();
        let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(OP, DataType::UInt8, false)));
        let mut metadata = schema.metadata().clone();
        metadata.insert("kind".to_owned(), "delta".to_owned());
        metadata.insert("base_version".to_owned(), base_version.to_owned());
        metadata.insert("version".to_owned(), version.to_owned());
        let mut arrays: Vec<ArrayRef> = batch.columns().to_vec();
        arrays.push(Arc::new(ops));
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let batch = RecordBatch::try_new(schema, arrays).expect("every array has one cell per row");
        crate::table::encode_stream(&batch)
    }

    /// Reads the wire form.
    ///
    /// # Errors
    /// Damaged bytes, another dataset, or something that is not a delta.
    pub fn from_ipc(layout: &'static Layout, bytes: &[u8]) -> Result<VersionedDelta, DecodeError> {
        let dataset = layout.dataset.name();
        let unexpected = |expected: &str, found: &str| DecodeError::Unexpected {
            dataset,
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        let batch = crate::table::decode_stream(dataset, bytes)?;
        let schema = batch.schema();
        let metadata = |key: &str| {
            schema
                .metadata()
                .get(key)
                .cloned()
                .ok_or_else(|| unexpected("a delta", &format!("no {key}")))
        };
        if metadata("kind")? != "delta" {
            return Err(unexpected("a delta", "another stream"));
        }
        let last = batch.num_columns().saturating_sub(1);
        let ops = batch
            .columns()
            .get(last)
            .filter(|_| schema.field(last).name() == OP)
            .and_then(|ops| ops.as_any().downcast_ref::<UInt8Array>())
            .filter(|ops| ops.null_count() == 0)
            .ok_or_else(|| unexpected("a last column _OP", "none"))?;
        let split = ops.values().iter().take_while(|op| **op == REMOVE).count();
        if ops.values()[split..].iter().any(|op| *op != ROW) {
            return Err(unexpected("removals before rows", "another order"));
        }
        let columns: Vec<usize> = (0..last).collect();
        let plain = batch
            .project(&columns)
            .map_err(|error| unexpected("its columns", &error.to_string()))?;
        let removals = Frame::from_batch(layout, &plain.slice(0, split))?;
        let rows = Frame::from_batch(layout, &plain.slice(split, batch.num_rows() - split))?;
        let key = removals.key();
        let removed = (0..removals.len())
            .map(|row| key.is_valid(row).then(|| key.value(row).to_owned()))
            .collect();
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        Ok(VersionedDelta {
            base_version: metadata("base_version")?,
            version: metadata("version")?,
            delta: Self { removed, rows: rows.take(&all) },
        })
    }
}
