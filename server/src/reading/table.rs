//! Rows of a table.

use compute_core::quality::Ledger;
use compute_core::source_contract::{SourceColumn, SourceKind, key_column};

use super::column::{ColumnReader, Decided, Value};
use super::{Raw, Reading, text};

/// The name of a row by the cell of its key; `None` where that is empty.
pub fn named(key: Raw<'_>) -> Option<String> {
    let spelled = text::spelled(key)?;
    Some(text::trimmed(&spelled).to_owned()).filter(|key| !key.is_empty())
}

/// Reads the rows of a table, in some columns of its contract.
#[derive(Debug)]
pub struct TableReader {
    reading: Reading,
    columns: Vec<ColumnReader>,
    /// Place of the column that names a row.
    key: Option<usize>,
    /// Moments after this one are suspect.
    future: Option<String>,
}

impl TableReader {
    /// No row has been read yet.
    pub fn new(columns: impl IntoIterator<Item = SourceColumn>, reading: &Reading) -> Self {
        let columns: Vec<SourceColumn> = columns.into_iter().collect();
        let key = key_column(&columns).map(|key| key.name);
        Self {
            reading: reading.clone(),
            key: columns.iter().position(|column| Some(column.name) == key),
            columns: columns.into_iter().map(ColumnReader::new).collect(),
            future: None,
        }
    }

    /// Notes moments that are more than a day ahead of the database's clock.
    #[must_use]
    pub fn with_clock(mut self, database_now: jiff::Timestamp) -> Self {
        self.future = Some(self.reading.a_day_after(database_now));
        self
    }

    /// Reads a row that stands for `weight` rows of the source.
    ///
    /// # Errors
    /// Those of `cell`, which gets a cell of the row by its place.
    pub fn row<'a, E>(
        &mut self,
        weight: u64,
        cell: impl Fn(usize) -> Result<Raw<'a>, E>,
        mut take: impl FnMut(usize, Value<'a>),
    ) -> Result<(), E> {
        let key_place = self.key;
        let key = || named(cell(key_place?).ok()?);
        for place in 0..self.columns.len() {
            take(place, self.cell(place, cell(place)?, weight, key));
        }
        Ok(())
    }

    /// Reads a cell of a row that stands for `weight` rows of the source; `key` names the row.
    pub fn cell<'a>(
        &mut self,
        place: usize,
        raw: Raw<'a>,
        weight: u64,
        key: impl FnOnce() -> Option<String>,
    ) -> Value<'a> {
        self.columns[place].read(raw, &self.reading, weight, self.future.as_deref(), key)
    }

    /// Place of the column that names a row.
    pub fn key_place(&self) -> Option<usize> {
        self.key
    }

    /// Whether a cell that is spelled like a value of its column is that value, with nothing to note: so
    /// it is in columns of text, where reading a value again changes nothing.
    pub fn is_itself(&self, place: usize, spelling: &[u8]) -> bool {
        match self.columns[place].column().kind {
            SourceKind::Key | SourceKind::Code | SourceKind::Text => true,
            SourceKind::Moment => {
                self.future.as_ref().is_none_or(|future| spelling <= future.as_bytes())
            }
            _ => false,
        }
    }

    /// Puts what was odd into the ledger. Returns the values that waited, by column.
    pub fn finish(self, ledger: &mut Ledger) -> Vec<(usize, Vec<Decided>)> {
        let decided = |(place, column): (usize, ColumnReader)| (place, column.finish(ledger));
        self.columns.into_iter().enumerate().map(decided).collect()
    }
}
