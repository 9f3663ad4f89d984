//! Source rows of tests.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use crate::source_contract::{SourceColumn, Storage};

/// One source row: text or a number by column; what is not named is NULL.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    pub texts: Vec<(&'static str, String)>,
    pub numbers: Vec<(&'static str, i64)>,
}

impl Cells {
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        self.texts.iter().find(|(name, _)| *name == column).map(|(_, text)| text.as_str())
    }

    pub(super) fn number(&self, column: &str) -> Option<i64> {
        self.numbers.iter().find(|(name, _)| *name == column).map(|(_, number)| *number)
    }
}

/// Rows in the columns of a source contract that has no decimals.
pub(super) fn batch(columns: &[SourceColumn], rows: &[Cells]) -> RecordBatch {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .iter()
        .map(|column| {
            let (kind, array): (DataType, ArrayRef) = match column.kind.storage() {
                Storage::Integer => {
                    let numbers = rows.iter().map(|row| row.number(column.name));
                    (DataType::Int64, Arc::new(numbers.collect::<Int64Array>()))
                }
                _ => {
                    let texts = rows.iter().map(|row| row.text(column.name));
                    (DataType::Utf8, Arc::new(texts.collect::<StringArray>()))
                }
            };
            (Field::new(column.name, kind, true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .expect("every array has one cell per row and the type of its field")
}
