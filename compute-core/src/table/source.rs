//! Typed columns of a source batch.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{Field, Schema};

use super::{Column, Dataset, Kind, Spec, TextColumn, cell};
use crate::quality::{Ledger, Reason};
use crate::source_contract::{SourceColumn, Storage};

/// Why a source table can't become a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The batch lacks a column.
    #[error("{dataset}: the source has no column {column}")]
    MissingColumn {
        /// Dataset name.
        dataset: &'static str,
        /// Column name.
        column: &'static str,
    },
    /// A column has another type than in the source contract.
    #[error("{dataset}.{column}: expected {expected}, found {found}")]
    WrongType {
        /// Dataset name.
        dataset: &'static str,
        /// Column name.
        column: &'static str,
        /// Type of the contract.
        expected: &'static str,
        /// Actual type.
        found: String,
    },
}

/// The batch with a column of NULLs for every column that the contract lets be absent, and with
/// NULL for every empty text: what is empty is missing, in every column.
fn completed<'a>(columns: &'static [SourceColumn], batch: &'a RecordBatch) -> Cow<'a, RecordBatch> {
    let absent: Vec<&SourceColumn> = columns
        .iter()
        .filter(|column| !column.required && batch.column_by_name(column.name).is_none())
        .collect();
    let texts = |array: &ArrayRef| {
        let texts = array.as_any().downcast_ref::<StringArray>()?;
        texts.iter().any(|text| text == Some("")).then(|| {
            let cells = texts.iter().map(|text| text.filter(|text| !text.is_empty()));
            Arc::new(cells.collect::<StringArray>()) as ArrayRef
        })
    };
    let filled: Vec<Option<ArrayRef>> = batch.columns().iter().map(texts).collect();
    if absent.is_empty() && filled.iter().all(Option::is_none) {
        return Cow::Borrowed(batch);
    }
    let mut fields: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
        .collect();
    let mut arrays: Vec<ArrayRef> = filled
        .into_iter()
        .zip(batch.columns())
        .map(|(filled, array)| filled.unwrap_or_else(|| array.clone()))
        .collect();
    for column in absent {
        let array: ArrayRef = match column.kind.storage() {
            Storage::Text => Arc::new(StringArray::new_null(batch.num_rows())),
            Storage::Integer => Arc::new(Int64Array::new_null(batch.num_rows())),
            Storage::Decimal => Arc::new(Float64Array::new_null(batch.num_rows())),
        };
        fields.push(Arc::new(Field::new(column.name, array.data_type().clone(), true)));
        arrays.push(array);
    }
    let completed = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
    Cow::Owned(completed.expect("every column has one cell per row"))
}

/// Reads typed columns out of a source batch.
pub(crate) struct SourceReader<'a> {
    dataset: &'static str,
    key: &'static str,
    batch: Cow<'a, RecordBatch>,
}

impl<'a> SourceReader<'a> {
    pub(crate) fn new(dataset: Dataset, batch: &'a RecordBatch) -> Self {
        Self::of(dataset.name(), dataset.key(), dataset.source_columns(), batch)
    }

    /// Of a table that is no dataset.
    pub(crate) fn of(
        name: &'static str,
        key: &'static str,
        columns: &'static [SourceColumn],
        batch: &'a RecordBatch,
    ) -> Self {
        Self { dataset: name, key, batch: completed(columns, batch) }
    }

    /// The key of a row; `None` where it has none.
    pub(crate) fn key(&self, row: usize) -> Option<&str> {
        cell(self.text(self.key).ok()?, row)
    }

    fn array<T: 'static>(
        &self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<&T, SourceError> {
        let array = self
            .batch
            .column_by_name(column)
            .ok_or(SourceError::MissingColumn { dataset: self.dataset, column })?;
        array.as_any().downcast_ref::<T>().ok_or_else(|| SourceError::WrongType {
            dataset: self.dataset,
            column,
            expected,
            found: array.data_type().to_string(),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<&StringArray, SourceError> {
        self.array(column, "Utf8")
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<&Int64Array, SourceError> {
        self.array(column, "Int64")
    }

    pub(crate) fn decimal(&self, column: &'static str) -> Result<&Float64Array, SourceError> {
        self.array(column, "Float64")
    }

    /// An integer column narrowed to 32 bits for the rows given; what does not fit is missing.
    pub(crate) fn int(
        &self,
        column: &'static str,
        rows: &[u32],
        ledger: &mut Ledger,
    ) -> Result<Int32Array, SourceError> {
        let source = self.integer(column)?;
        Ok(rows
            .iter()
            .map(|&row| {
                let row = row as usize;
                let found = source.is_valid(row).then(|| source.value(row))?;
                let fits = i32::try_from(found).ok();
                if fits.is_none() {
                    let found = found.to_string();
                    ledger.note(Reason::OutOfRange, column, self.key(row), Some(&found));
                }
                fits
            })
            .collect())
    }

    /// Any column of the source contract as a frame column for the rows given.
    pub(crate) fn column(
        &self,
        spec: Spec,
        rows: &[u32],
        ledger: &mut Ledger,
    ) -> Result<Column, SourceError> {
        let cells = rows.iter().map(|&row| row as usize);
        Ok(match spec.kind {
            Kind::Text => {
                let source = self.text(spec.name)?;
                Column::Text(TextColumn::from_values(
                    cells.map(|row| source.is_valid(row).then(|| source.value(row))),
                ))
            }
            Kind::Name => {
                let source = self.text(spec.name)?;
                Column::Name(
                    cells.map(|row| source.is_valid(row).then(|| source.value(row))).collect(),
                )
            }
            Kind::Int => Column::Int(self.int(spec.name, rows, ledger)?),
            Kind::Long => {
                let source = self.integer(spec.name)?;
                Column::Long(
                    cells.map(|row| source.is_valid(row).then(|| source.value(row))).collect(),
                )
            }
            Kind::Decimal => {
                let source = self.decimal(spec.name)?;
                Column::Decimal(
                    cells.map(|row| source.is_valid(row).then(|| source.value(row))).collect(),
                )
            }
        })
    }
}
