//! Typed columns of a source batch.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_schema::{Field, Schema};

use super::{Column, Dataset, Kind, Spec, TextColumn};
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

/// Text cells of a source column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Texts<'a> {
    /// Written out.
    Plain(&'a StringArray),
    /// As codes into a dictionary, which takes a fraction of the memory where texts repeat.
    Coded { codes: &'a Int32Array, values: &'a StringArray },
}

impl<'a> Texts<'a> {
    /// `None` for an array of another type.
    pub(super) fn of(array: &'a dyn Array) -> Option<Self> {
        if let Some(texts) = array.as_any().downcast_ref() {
            return Some(Self::Plain(texts));
        }
        let coded: &DictionaryArray<Int32Type> = array.as_any().downcast_ref()?;
        let values = coded.values().as_any().downcast_ref()?;
        Some(Self::Coded { codes: coded.keys(), values })
    }

    /// The cell of a row; `None` where it is NULL.
    pub(crate) fn cell(self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Coded { codes, values } => {
                codes.is_valid(row).then(|| values.value(codes.value(row) as usize))
            }
        }
    }

    /// All cells.
    pub(crate) fn iter(self) -> impl Iterator<Item = Option<&'a str>> {
        (0..self.len()).map(move |row| self.cell(row))
    }

    fn len(self) -> usize {
        match self {
            Self::Plain(texts) => texts.len(),
            Self::Coded { codes, .. } => codes.len(),
        }
    }

    /// What `of` gives for the cell of a row, found once per text where texts are coded.
    pub(crate) fn each<T: Copy>(self, of: impl Fn(&'a str) -> T) -> impl Fn(usize) -> Option<T> {
        let of_codes: Vec<T> = match self {
            Self::Plain(_) => Vec::new(),
            Self::Coded { values, .. } => {
                (0..values.len()).map(|code| of(values.value(code))).collect()
            }
        };
        move |row| match self {
            Self::Plain(texts) => texts.is_valid(row).then(|| of(texts.value(row))),
            Self::Coded { codes, .. } => {
                codes.is_valid(row).then(|| of_codes[codes.value(row) as usize])
            }
        }
    }

    /// The texts of some rows, in any order; each once where texts are coded.
    pub(crate) fn distinct(self, rows: impl Iterator<Item = usize>) -> Vec<&'a str> {
        match self {
            Self::Plain(_) => rows.filter_map(|row| self.cell(row)).collect(),
            Self::Coded { codes, values } => {
                let mut is_used = vec![false; values.len()];
                for row in rows.filter(|row| codes.is_valid(*row)) {
                    is_used[codes.value(row) as usize] = true;
                }
                let used = (0..values.len()).filter(|code| is_used[*code]);
                used.map(|code| values.value(code)).collect()
            }
        }
    }

    /// The cells of some rows as a column of a frame.
    pub(crate) fn column(self, rows: impl Iterator<Item = usize>) -> TextColumn {
        match self {
            Self::Plain(_) => TextColumn::from_values(rows.map(|row| self.cell(row))),
            Self::Coded { codes, values } => {
                let code = |row| codes.is_valid(row).then(|| codes.value(row) as usize);
                TextColumn::from_codes(rows.map(code), values)
            }
        }
    }
}

/// The batch with a column of NULLs for every column that the contract lets be absent, and with
/// NULL for every empty text: what is empty is missing, in every column.
fn completed<'a>(columns: &'static [SourceColumn], batch: &'a RecordBatch) -> Cow<'a, RecordBatch> {
    let absent: Vec<&SourceColumn> = columns
        .iter()
        .filter(|column| column.is_kept && !column.required)
        .filter(|column| batch.column_by_name(column.name).is_none())
        .collect();
    let texts = |array: &ArrayRef| {
        let texts = Texts::of(array)?;
        let has_empty = match texts {
            Texts::Plain(texts) | Texts::Coded { values: texts, .. } => {
                texts.iter().any(|text| text == Some(""))
            }
        };
        has_empty.then(|| {
            let cells = texts.iter().map(|text| text.filter(|text| !text.is_empty()));
            Arc::new(cells.collect::<StringArray>()) as ArrayRef
        })
    };
    let filled: Vec<Option<ArrayRef>> = batch.columns().iter().map(texts).collect();
    if absent.is_empty() && filled.iter().all(Option::is_none) {
        return Cow::Borrowed(batch);
    }
    let mut arrays: Vec<ArrayRef> = filled
        .into_iter()
        .zip(batch.columns())
        .map(|(filled, array)| filled.unwrap_or_else(|| array.clone()))
        .collect();
    let schema = batch.schema();
    let mut fields: Vec<_> = schema
        .fields()
        .iter()
        .zip(&arrays)
        .map(|(field, array)| Arc::new(Field::new(field.name(), array.data_type().clone(), true)))
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
        self.text(self.key).ok()?.cell(row)
    }

    fn array<'s, T>(
        &'s self,
        column: &'static str,
        expected: &'static str,
        of: impl Fn(&'s dyn Array) -> Option<T>,
    ) -> Result<T, SourceError> {
        let array = self
            .batch
            .column_by_name(column)
            .ok_or(SourceError::MissingColumn { dataset: self.dataset, column })?;
        of(array).ok_or_else(|| SourceError::WrongType {
            dataset: self.dataset,
            column,
            expected,
            found: array.data_type().to_string(),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<Texts<'_>, SourceError> {
        self.array(column, "Utf8", Texts::of)
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<&Int64Array, SourceError> {
        self.array(column, "Int64", |array| array.as_any().downcast_ref())
    }

    pub(crate) fn decimal(&self, column: &'static str) -> Result<&Float64Array, SourceError> {
        self.array(column, "Float64", |array| array.as_any().downcast_ref())
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
            Kind::Text => Column::Text(self.text(spec.name)?.column(cells)),
            Kind::Name => {
                let source = self.text(spec.name)?;
                Column::Name(cells.map(|row| source.cell(row)).collect())
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
