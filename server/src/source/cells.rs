//! Rows of the database as a record batch in the columns of the source contract.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use compute_core::quality::Ledger;
use compute_core::source_contract::{SourceColumn, SourceKind, Storage};
use jiff::Timestamp;

use super::Selected;
use super::texts::Texts;
use crate::raw_cells::Declared;
use crate::reading::{Decided, Raw, Reading, TableReader, Value, named};
use crate::snapshot::SourceRead;

/// A cell as it arrives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// With its type.
    Raw(Raw<'a>),
    /// As bytes that need not be text, of a column that is declared like this.
    Bytes(Declared, &'a [u8]),
}

impl<'a> Cell<'a> {
    /// Its bytes, where they are to be read as text.
    fn spelling(self) -> Option<&'a [u8]> {
        match self {
            Self::Raw(Raw::Text(text) | Raw::Number(text)) => Some(text.as_bytes()),
            Self::Raw(_) | Self::Bytes(Declared::Bytes, _) => None,
            Self::Bytes(_, bytes) => Some(bytes),
        }
    }

    fn raw(self) -> Raw<'a> {
        match self {
            Self::Raw(raw) => raw,
            Self::Bytes(declared, bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => declared.raw(Some(text)),
                Err(_) => Raw::Bytes,
            },
        }
    }
}

/// Collects the rows of a table.
pub(super) struct BatchBuilder {
    reader: TableReader,
    columns: Vec<(SourceColumn, Cells)>,
    database_now: Timestamp,
}

enum Cells {
    /// Of a column that the table lacks, or that no table uses.
    Dropped,
    /// Names of rows, which hardly repeat.
    Key(StringBuilder),
    /// Other texts: each is held once, so that a table in reading takes less than its text.
    Text(Texts),
    Integer(Int64Builder),
    Decimal(Float64Builder),
}

impl Cells {
    fn of(kind: SourceKind) -> Self {
        match kind.storage() {
            Storage::Text => Self::Text(Texts::default()),
            Storage::Integer => Self::Integer(Int64Builder::new()),
            Storage::Decimal => Self::Decimal(Float64Builder::new()),
        }
    }

    /// A value of another storage counts as missing; the reader gives none.
    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Dropped, _) => {}
            (Self::Key(cells), Value::Text(text)) => cells.append_value(text),
            (Self::Text(cells), Value::Text(text)) => cells.push(text),
            (Self::Integer(cells), Value::Integer(number)) => cells.append_value(*number),
            (Self::Decimal(cells), Value::Decimal(number)) => cells.append_value(*number),
            (Self::Key(cells), _) => cells.append_null(),
            (Self::Text(cells), _) => cells.push_null(),
            (Self::Integer(cells), _) => cells.append_null(),
            (Self::Decimal(cells), _) => cells.append_null(),
        }
    }

    /// The cells, with what the column decided at its end; `None` where there are none.
    fn finish(self, decided: &[Decided]) -> Option<ArrayRef> {
        Some(match self {
            Self::Dropped => return None,
            Self::Key(mut cells) => Arc::new(cells.finish()),
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Integer(mut cells) => {
                let cells = cells.finish();
                if decided.is_empty() {
                    return Some(Arc::new(cells));
                }
                let mut values: Vec<Option<i64>> = cells.iter().collect();
                for Decided { row, value } in decided {
                    values[*row] = match value {
                        Value::Integer(number) => Some(*number),
                        _ => None,
                    };
                }
                Arc::new(Int64Array::from(values))
            }
            Self::Decimal(mut cells) => {
                let cells = cells.finish();
                if decided.is_empty() {
                    return Some(Arc::new(cells));
                }
                let mut values: Vec<Option<f64>> = cells.iter().collect();
                for Decided { row, value } in decided {
                    values[*row] = match value {
                        Value::Decimal(number) => Some(*number),
                        _ => None,
                    };
                }
                Arc::new(Float64Array::from(values))
            }
        })
    }
}

impl BatchBuilder {
    /// Of a table that has the columns with a name.
    pub(super) fn new(selected: &Selected, reading: &Reading, database_now: Timestamp) -> Self {
        let contract = selected.iter().map(|(column, _)| *column);
        let reader = TableReader::new(contract, reading).with_clock(database_now);
        let columns = selected.iter().enumerate().map(|(place, (column, name))| {
            let cells = match name {
                Some(_) if reader.key_place() == Some(place) => Cells::Key(StringBuilder::new()),
                Some(_) if column.is_kept => Cells::of(column.kind),
                _ => Cells::Dropped,
            };
            (*column, cells)
        });
        Self { columns: columns.collect(), reader, database_now }
    }

    /// Takes the cells of a row, one for every column of the contract.
    pub(super) fn push<'a, E>(
        &mut self,
        cell: impl Fn(usize) -> Result<Cell<'a>, E>,
    ) -> Result<(), E> {
        let key_place = self.reader.key_place();
        let key = || named(cell(key_place?).ok()?.raw());
        for (place, (_, cells)) in self.columns.iter_mut().enumerate() {
            let found = cell(place)?;
            if let (Cells::Text(texts), Some(spelling)) = (&mut *cells, found.spelling())
                && self.reader.is_itself(place, spelling)
                && texts.push_known(spelling)
            {
                continue;
            }
            cells.push(&self.reader.cell(place, found.raw(), 1, key));
        }
        Ok(())
    }

    /// The rows, in the columns that the table has and that are kept.
    pub(super) fn finish(self) -> SourceRead {
        let mut ledger = Ledger::default();
        let decided = self.reader.finish(&mut ledger);
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for ((column, cells), (_, decided)) in self.columns.into_iter().zip(decided) {
            let Some(array) = cells.finish(&decided) else { continue };
            fields.push(Field::new(column.name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .expect("every column got one cell per row and makes its field's type");
        SourceRead { batch, ledger, database_now: self.database_now }
    }
}
