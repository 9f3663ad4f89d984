//! Rows of the database as a record batch in the columns of the source contract.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{Field, Schema};
use compute_core::quality::Ledger;
use compute_core::source_contract::{SourceColumn, Storage};
use jiff::Timestamp;

use super::Selected;
use crate::reading::{Decided, Raw, Reading, TableReader, Value};
use crate::snapshot::SourceRead;

/// Collects the rows of a table.
pub(super) struct BatchBuilder {
    reader: TableReader,
    columns: Vec<(SourceColumn, Cells)>,
    database_now: Timestamp,
}

enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Float64Builder),
}

impl Cells {
    fn of(storage: Storage) -> Self {
        match storage {
            Storage::Text => Self::Text(StringBuilder::new()),
            Storage::Integer => Self::Integer(Int64Builder::new()),
            Storage::Decimal => Self::Decimal(Float64Builder::new()),
        }
    }

    /// A value of another storage counts as missing; the reader gives none.
    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(cells), Value::Text(text)) => cells.append_value(text),
            (Self::Integer(cells), Value::Integer(number)) => cells.append_value(*number),
            (Self::Decimal(cells), Value::Decimal(number)) => cells.append_value(*number),
            (Self::Text(cells), _) => cells.append_null(),
            (Self::Integer(cells), _) => cells.append_null(),
            (Self::Decimal(cells), _) => cells.append_null(),
        }
    }

    /// The cells, with what the column decided at its end.
    fn finish(self, decided: &[Decided]) -> ArrayRef {
        match self {
            Self::Text(mut cells) => Arc::new(cells.finish()),
            Self::Integer(mut cells) => {
                let cells = cells.finish();
                if decided.is_empty() {
                    return Arc::new(cells);
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
                    return Arc::new(cells);
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
        }
    }
}

impl BatchBuilder {
    pub(super) fn new(
        contract: &'static [SourceColumn],
        reading: &Reading,
        database_now: Timestamp,
    ) -> Self {
        Self {
            reader: TableReader::new(contract.iter().copied(), reading).with_clock(database_now),
            columns: contract
                .iter()
                .map(|column| (*column, Cells::of(column.kind.storage())))
                .collect(),
            database_now,
        }
    }

    /// Takes the cells of a row, one for every column of the contract.
    pub(super) fn push<'a, E>(
        &mut self,
        cell: impl Fn(usize) -> Result<Raw<'a>, E>,
    ) -> Result<(), E> {
        let columns = &mut self.columns;
        self.reader.row(1, cell, |place, value| columns[place].1.push(&value))
    }

    /// The rows, without the columns that the table lacks.
    pub(super) fn finish(self, selected: &Selected) -> SourceRead {
        let mut ledger = Ledger::default();
        let decided = self.reader.finish(&mut ledger);
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        let columns = self.columns.into_iter().zip(decided).zip(selected);
        for (((column, cells), (_, decided)), (_, name)) in columns {
            if name.is_none() {
                continue;
            }
            let array = cells.finish(&decided);
            fields.push(Field::new(column.name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .expect("every column got one cell per row and makes its field's type");
        SourceRead { batch, ledger, database_now: self.database_now }
    }
}
