//! Tables that are no snapshot, such as hours or holds of a range of days: named columns and schema
//! metadata in one Arrow IPC stream.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{Field, Metadata, Schema};

use super::{Column, DecodeError, Kind, ipc};
use crate::calendar::Day;
use crate::production_day::ShiftPlan;

/// Days that one table may span.
pub const MOST_DAYS: i32 = 731;

/// The stream of a table; equal tables give equal bytes. `metadata` is beside `dataset`.
///
/// # Panics
/// Columns of different lengths are a bug.
pub(crate) fn encode_named<const N: usize>(
    dataset: &'static str,
    columns: Vec<(&str, ArrayRef)>,
    metadata: [(&'static str, String); N],
) -> Vec<u8> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let metadata: Metadata = [("dataset", dataset.to_owned())]
        .into_iter()
        .chain(metadata)
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    let batch = RecordBatch::try_new(schema, arrays).expect("columns have one cell per row");
    ipc::encode(&batch)
}

/// What [`encode_named`] wrote, read.
pub(crate) struct NamedStream {
    dataset: &'static str,
    batch: RecordBatch,
}

impl NamedStream {
    /// Reads the stream of a table of this name.
    ///
    /// # Errors
    /// Damaged bytes, or another table.
    pub(crate) fn decode(dataset: &'static str, bytes: &[u8]) -> Result<Self, DecodeError> {
        let stream = Self { dataset, batch: ipc::decode(dataset, bytes)? };
        match stream.named("dataset") {
            found if found == dataset => Ok(stream),
            found => Err(stream.unexpected(dataset, found)),
        }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The metadata of that name, empty where there is none.
    pub(crate) fn named(&self, key: &str) -> &str {
        self.batch.schema_ref().metadata().get(key).map_or("", String::as_str)
    }

    /// The error for something else than was expected.
    pub(crate) fn unexpected(&self, expected: &str, found: &str) -> DecodeError {
        DecodeError::Unexpected {
            dataset: self.dataset,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// First and last day: `start_date` and `end_date`.
    ///
    /// # Errors
    /// They are no days, or more than [`MOST_DAYS`] lie between them.
    pub(crate) fn days(&self) -> Result<(Day, Day), DecodeError> {
        let date = |key: &str| {
            Day::parse(self.named(key))
                .ok_or_else(|| self.unexpected("a range of days", self.named(key)))
        };
        let (first, last) = (date("start_date")?, date("end_date")?);
        if !(0..MOST_DAYS).contains(&first.days_until(last)) {
            return Err(self.unexpected("at most 731 days", self.named("end_date")));
        }
        Ok((first, last))
    }

    /// When days and shifts begin: `day_start` and `shifts`.
    ///
    /// # Errors
    /// They are no plan.
    pub(crate) fn plan(&self) -> Result<ShiftPlan, DecodeError> {
        ShiftPlan::parse(self.named("day_start"), self.named("shifts"))
            .map_err(|cause| self.unexpected("a plan of shifts", &cause.to_string()))
    }

    /// What the site doesn't have: `absent`.
    pub(crate) fn absent(&self) -> Vec<String> {
        let names = self.named("absent").split(',').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The column of that name, if it is of that kind.
    pub(crate) fn column(&self, name: &str, kind: Kind) -> Option<Column> {
        self.batch.column_by_name(name).and_then(|array| Column::from_array(kind, array))
    }
}
