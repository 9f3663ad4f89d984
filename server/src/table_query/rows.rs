//! Rows through the reading policy into a sink.

use std::ops::ControlFlow;

use compute_core::quality::{Ledger, Reason};
use serde_json::Value as Json;

use super::{Found, RowSink, TableQuery, Undated};
use crate::reading::{Decided, Raw, TableReader, Value};

/// Hands rows on as they come. Numbers that their column decides hold them back from the first such
/// row on; only tables whose rows are limited have any.
pub(super) struct Writer<'s, S> {
    reader: TableReader,
    sink: &'s mut S,
    cells: Vec<Json>,
    rows: usize,
    held: Vec<Vec<Json>>,
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Missing | Value::Waiting => Json::Null,
        Value::Text(text) => Json::String(text.into_owned()),
        Value::Integer(number) => Json::from(number),
        Value::Decimal(number) => Json::from(number),
    }
}

impl<'s, S: RowSink> Writer<'s, S> {
    /// `None` when the sink wants no rows.
    pub(super) fn begin(query: &TableQuery, found: &[Found], sink: &'s mut S) -> Option<Self> {
        let names: Vec<&'static str> = found.iter().map(|column| column.contract.name).collect();
        if sink.begin(&names).is_break() {
            return None;
        }
        let columns = found.iter().map(|column| column.contract);
        let reader = TableReader::new(columns, &query.reading);
        Some(Self { reader, sink, cells: Vec::new(), rows: 0, held: Vec::new() })
    }

    pub(super) fn row<'a, E>(
        &mut self,
        cell: impl Fn(usize) -> Result<Raw<'a>, E>,
    ) -> Result<ControlFlow<()>, E> {
        self.cells.clear();
        let (cells, mut waits) = (&mut self.cells, false);
        self.reader.row(1, cell, |_, value| {
            waits |= value == Value::Waiting;
            cells.push(json(value));
        })?;
        self.rows += 1;
        if waits || !self.held.is_empty() {
            self.held.push(std::mem::take(&mut self.cells));
            return Ok(ControlFlow::Continue(()));
        }
        Ok(self.sink.row(&self.cells))
    }

    /// Ends the result; `undated` rows match all conditions except those about moments.
    pub(super) fn finish(mut self, undated: Option<Undated>) {
        let mut ledger = Ledger::default();
        if let Some(Undated { column, rows, key, value }) = undated {
            ledger.note_many(Reason::NoDay, column, rows, key.as_deref(), value.as_deref());
        }
        let first_held = self.rows - self.held.len();
        for (place, decided) in self.reader.finish(&mut ledger) {
            for Decided { row, value } in decided {
                self.held[row - first_held][place] = json(value);
            }
        }
        for row in &self.held {
            if self.sink.row(row).is_break() {
                return;
            }
        }
        self.sink.end(ledger.findings().cloned().collect());
    }
}
