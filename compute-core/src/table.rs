//! Canonical columnar tables and their Arrow IPC form.
//!
//! A [`Frame`] holds rows in one agreed order, text as dictionaries that are
//! sorted by code point and contain exactly the values in use, and the
//! narrowest dictionary keys that fit. Equal content therefore has equal
//! bytes, which is what versions, deltas and parity rest on.

mod ipc;
#[cfg(test)]
pub(crate) mod tests;
mod runs;
mod text;
mod source;
mod named_stream;

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{Field, Metadata, Schema};

use crate::source_contract::{
    EQUIPMENT_STATUS_COLUMNS, LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, WORKCENTER_COLUMNS,
};

pub use named_stream::MOST_DAYS;
pub(crate) use named_stream::{NamedStream, encode_named};
pub(crate) use runs::Run;
pub use source::SourceError;
pub(crate) use source::{SourceReader, Texts};
pub use text::{NULL_CODE, TextColumn};

/// The datasets that are published as snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "lowercase"))]
pub enum Dataset {
    /// Lots.
    Wip,
    /// Equipment master.
    Resource,
    /// Real-time equipment rows.
    Equipment,
    /// Workcenter mapping.
    Workcenter,
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Wip, Self::Resource, Self::Equipment, Self::Workcenter];

    /// Name in URLs, schema metadata and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wip => "wip",
            Self::Resource => "resource",
            Self::Equipment => "equipment",
            Self::Workcenter => "workcenter",
        }
    }

    /// The column that names its rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Wip => "LOTID",
            Self::Resource | Self::Equipment => "RESOURCEID",
            Self::Workcenter => "WORK_CENTER",
        }
    }

    /// Columns that its source table must or may have.
    pub fn source_columns(self) -> &'static [SourceColumn] {
        match self {
            Self::Wip => LOT_COLUMNS,
            Self::Resource => RESOURCE_COLUMNS,
            Self::Equipment => EQUIPMENT_STATUS_COLUMNS,
            Self::Workcenter => WORKCENTER_COLUMNS,
        }
    }

    /// The dataset of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == name)
    }
}

/// How a column is held and encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text with repeating values: a dictionary.
    Text,
    /// Text that is mostly distinct, such as an identifier.
    Name,
    /// 32-bit integer.
    Int,
    /// 64-bit integer.
    Long,
    /// Double.
    Decimal,
}

/// One column of a dataset's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Column name, upper case as in the source.
    pub name: &'static str,
    /// How it is held.
    pub kind: Kind,
}

/// Short form of a [`Spec`] for layout tables.
pub(crate) const fn spec(name: &'static str, kind: Kind) -> Spec {
    Spec { name, kind }
}

/// What a dataset's frames look like.
#[derive(Debug)]
pub struct Layout {
    /// The dataset.
    pub dataset: Dataset,
    /// The column that rows are ordered by and deltas are keyed by; of kind [`Kind::Name`].
    pub key: &'static str,
    /// Columns that every frame of the dataset has, in order.
    pub display: &'static [Spec],
    /// Columns that only a complete frame has, after the others.
    pub record: &'static [Spec],
}

impl Layout {
    /// The columns of a frame.
    pub fn columns(&self, columns: Columns) -> impl Iterator<Item = Spec> + '_ {
        let record = if columns == Columns::All { self.record } else { &[] };
        self.display.iter().chain(record).copied()
    }
}

/// Which columns a frame or its encoding has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Those that pages show and compute with.
    Display,
    /// Also those that only a record look-up shows.
    All,
}

/// Why bytes can't become a snapshot or a delta.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not an Arrow IPC stream, cut off, or changed on the way.
    #[error("{dataset}: damaged bytes: {reason}; load the full snapshot again")]
    Damaged {
        /// Dataset name.
        dataset: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A sound stream that holds something else.
    #[error("{dataset}: expected {expected}, found {found}")]
    Unexpected {
        /// Dataset name.
        dataset: &'static str,
        /// What the reader wanted.
        expected: String,
        /// What came.
        found: String,
    },
    /// A delta for another version than the one that is held.
    #[error(
        "{dataset}: the delta starts at version {base}, held is {held}; load the full snapshot"
    )]
    DeltaBase {
        /// Dataset name.
        dataset: &'static str,
        /// Base of the delta.
        base: String,
        /// Version that is held.
        held: String,
    },
}

/// Values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Dictionary text.
    Text(TextColumn),
    /// Plain text.
    Name(StringArray),
    /// 32-bit integers.
    Int(Int32Array),
    /// 64-bit integers.
    Long(Int64Array),
    /// Doubles.
    Decimal(Float64Array),
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(column) => column.len(),
            Self::Name(column) => column.len(),
            Self::Int(column) => column.len(),
            Self::Long(column) => column.len(),
            Self::Decimal(column) => column.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell as text; `None` for NULL and for numbers.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(column) => column.get(row),
            Self::Name(column) => column.is_valid(row).then(|| column.value(row)),
            _ => None,
        }
    }

    /// The cell as whole number; `None` for NULL, text and decimals.
    pub fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(column) => column.is_valid(row).then(|| i64::from(column.value(row))),
            Self::Long(column) => column.is_valid(row).then(|| column.value(row)),
            _ => None,
        }
    }

    /// The cell as double; `None` for NULL and other kinds.
    pub fn decimal(&self, row: usize) -> Option<f64> {
        match self {
            Self::Decimal(column) => column.is_valid(row).then(|| column.value(row)),
            _ => None,
        }
    }

    fn to_array(&self) -> ArrayRef {
        match self {
            Self::Text(column) => column.to_array(),
            Self::Name(column) => Arc::new(column.clone()),
            Self::Int(column) => Arc::new(column.clone()),
            Self::Long(column) => Arc::new(column.clone()),
            Self::Decimal(column) => Arc::new(column.clone()),
        }
    }

    pub(crate) fn from_array(kind: Kind, array: &ArrayRef) -> Option<Self> {
        let any = array.as_any();
        Some(match kind {
            Kind::Text => Self::Text(TextColumn::from_array(array)?),
            Kind::Name => Self::Name(any.downcast_ref::<StringArray>()?.clone()),
            Kind::Int => Self::Int(any.downcast_ref::<Int32Array>()?.clone()),
            Kind::Long => Self::Long(any.downcast_ref::<Int64Array>()?.clone()),
            Kind::Decimal => Self::Decimal(any.downcast_ref::<Float64Array>()?.clone()),
        })
    }

    /// Runs of cells of two columns of one kind, one after the other.
    fn interleave(sides: [&Self; 2], runs: &[Run]) -> Option<Self> {
        Some(match sides {
            [Self::Text(a), Self::Text(b)] => Self::Text(TextColumn::interleave([a, b], runs)),
            [Self::Name(a), Self::Name(b)] => Self::Name(runs::texts([a, b], runs)),
            [Self::Int(a), Self::Int(b)] => Self::Int(runs::numbers([a, b], runs)),
            [Self::Long(a), Self::Long(b)] => Self::Long(runs::numbers([a, b], runs)),
            [Self::Decimal(a), Self::Decimal(b)] => Self::Decimal(runs::numbers([a, b], runs)),
            _ => return None,
        })
    }

    /// Whether two cells hold the same, NULL equal to NULL and doubles by bits.
    pub(crate) fn same_cell(&self, row: usize, other: &Self, other_row: usize) -> bool {
        match (self, other) {
            (Self::Decimal(_), Self::Decimal(_)) => {
                self.decimal(row).map(f64::to_bits) == other.decimal(other_row).map(f64::to_bits)
            }
            (Self::Text(_) | Self::Name(_), _) => self.text(row) == other.text(other_row),
            _ => self.integer(row) == other.integer(other_row),
        }
    }

    /// Bytes of the cells; decoded columns share one buffer, of which each counts its part.
    fn memory_bytes(&self) -> usize {
        match self {
            Self::Text(column) => column.memory_bytes(),
            Self::Name(column) => text::bytes_of(column),
            Self::Int(column) => column.len() * size_of::<i32>(),
            Self::Long(column) => column.len() * size_of::<i64>(),
            Self::Decimal(column) => column.len() * size_of::<f64>(),
        }
    }
}

/// A canonical table.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    layout: &'static Layout,
    columns: Vec<(Spec, Column)>,
    rows: usize,
    sys_date: Option<String>,
}

impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        self.dataset == other.dataset
    }
}

impl Frame {
    /// Joins columns of equal length, ordering rows by key (code point, NULL
    /// last, equal keys in the order given).
    ///
    /// # Panics
    /// Never with columns that the layout's loader made; a length mismatch is a bug.
    pub(crate) fn canonical(
        layout: &'static Layout,
        columns: Vec<(Spec, Column)>,
        sys_date: Option<String>,
    ) -> Self {
        let count = columns.first().map_or(0, |(_, column)| column.len());
        debug_assert!(columns.iter().all(|(_, column)| column.len() == count));
        let frame = Self { layout, columns, rows: count, sys_date };
        let keys = frame.key().iter().map(|key| (key.is_none(), key.unwrap_or_default()));
        let mut order: Vec<((bool, &str), u32)> = keys.zip(0..).collect();
        if order.is_sorted() {
            return frame;
        }
        order.sort_unstable();
        let rows: Vec<u32> = order.into_iter().map(|(_, row)| row).collect();
        let runs = runs::runs_of(&rows);
        // Column by column, so that the table isn't held twice.
        let ordered = |(spec, column): (Spec, Column)| {
            Some((spec, Column::interleave([&column, &column], &runs)?))
        };
        let columns = frame.columns.into_iter().filter_map(ordered).collect();
        Self { columns, ..frame }
    }

    /// The rows named, in this order, canonical again.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        self.interleave(self, &runs::runs_of(rows), self.sys_date.clone())
    }

    /// Runs of rows of this frame (first) and `other` (second), which has the same
    /// columns; in key order, if the runs are.
    pub(crate) fn interleave(&self, other: &Self, runs: &[Run], sys_date: Option<String>) -> Self {
        let columns = self
            .columns
            .iter()
            .zip(&other.columns)
            .filter_map(|((spec, a), (_, b))| Some((*spec, Column::interleave([a, b], runs)?)))
            .collect();
        Self { layout: self.layout, columns, rows: runs::rows_of(runs), sys_date }
    }

    /// This frame without its record columns.
    pub fn display_only(&self) -> Self {
        let columns = self.columns.iter().take(self.layout.display.len()).cloned().collect();
        Self { columns, sys_date: self.sys_date.clone(), ..*self }
    }

    /// Rows with these keys, in key order, and no other values.
    pub(crate) fn removal_rows(&self, keys: &[Option<String>]) -> Self {
        let columns = self
            .layout
            .display
            .iter()
            .map(|spec| {
                let column = match spec.kind {
                    _ if spec.name == self.layout.key => Column::Name(keys.iter().collect()),
                    Kind::Text => Column::Text(TextColumn::from_values(keys.iter().map(|_| None))),
                    Kind::Name => Column::Name(StringArray::new_null(keys.len())),
                    Kind::Int => Column::Int(Int32Array::new_null(keys.len())),
                    Kind::Long => Column::Long(Int64Array::new_null(keys.len())),
                    Kind::Decimal => Column::Decimal(Float64Array::new_null(keys.len())),
                };
                (*spec, column)
            })
            .collect();
        Self { layout: self.layout, columns, rows: keys.len(), sys_date: None }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The dataset.
    pub fn dataset(&self) -> Dataset {
        self.layout.dataset
    }

    /// The layout.
    pub(crate) fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// "Now" of the data, `YYYY-MM-DD HH:MM:SS`, plant time: the newest plausible `SYS_DATE`.
    pub fn sys_date(&self) -> Option<&str> {
        self.sys_date.as_deref()
    }

    /// All columns in order.
    pub(crate) fn columns(&self) -> &[(Spec, Column)] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(spec, _)| spec.name == name).map(|(_, column)| column)
    }

    /// Names and columns in order, as far as the frame has them.
    pub fn named_columns(&self, columns: Columns) -> impl Iterator<Item = (&'static str, &Column)> {
        let wanted = match columns {
            Columns::Display => self.layout.display.len(),
            Columns::All => usize::MAX,
        };
        self.columns.iter().take(wanted).map(|(spec, column)| (spec.name, column))
    }

    /// A dictionary column of the layout's display columns.
    ///
    /// # Panics
    /// When the layout has no such text column: a bug in the layout.
    pub(crate) fn text(&self, name: &'static str) -> &TextColumn {
        match self.column(name) {
            Some(Column::Text(column)) => column,
            _ => panic!("{} has no text column {name}", self.dataset().name()),
        }
    }

    /// A plain text column of the layout's display columns.
    ///
    /// # Panics
    /// When the layout has no such column: a bug in the layout.
    pub(crate) fn name(&self, name: &'static str) -> &StringArray {
        match self.column(name) {
            Some(Column::Name(column)) => column,
            _ => panic!("{} has no name column {name}", self.dataset().name()),
        }
    }

    /// A 32-bit column of the layout's display columns.
    ///
    /// # Panics
    /// When the layout has no such column: a bug in the layout.
    pub(crate) fn int(&self, name: &'static str) -> &Int32Array {
        match self.column(name) {
            Some(Column::Int(column)) => column,
            _ => panic!("{} has no integer column {name}", self.dataset().name()),
        }
    }

    /// The key column.
    pub(crate) fn key(&self) -> &StringArray {
        self.name(self.layout.key)
    }

    /// Bytes held, without indexes.
    pub fn memory_bytes(&self) -> usize {
        self.columns.iter().map(|(_, column)| column.memory_bytes()).sum()
    }

    /// The frame as record batch; schema metadata: `dataset`, `sys_date`.
    pub fn to_batch(&self, columns: Columns) -> RecordBatch {
        let wanted: Vec<&(Spec, Column)> = self
            .columns
            .iter()
            .take(if columns == Columns::Display { self.layout.display.len() } else { usize::MAX })
            .collect();
        let arrays: Vec<ArrayRef> = wanted.iter().map(|(_, column)| column.to_array()).collect();
        let fields: Vec<Field> = wanted
            .iter()
            .zip(&arrays)
            .map(|((spec, _), array)| Field::new(spec.name, array.data_type().clone(), true))
            .collect();
        let named = ("dataset".to_owned(), self.dataset().name().to_owned());
        let dated = self.sys_date.clone().map(|date| ("sys_date".to_owned(), date));
        let metadata: Metadata = [named].into_iter().chain(dated).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        RecordBatch::try_new(schema, arrays).expect("a frame's columns have equal length")
    }

    /// One uncompressed Arrow IPC stream; equal frames give equal bytes.
    pub fn to_ipc(&self, columns: Columns) -> Vec<u8> {
        encode_stream(&self.to_batch(columns))
    }

    /// Reads what [`Frame::to_ipc`] wrote, with the layout's display columns and,
    /// if the stream has them, its record columns.
    ///
    /// # Errors
    /// Damaged bytes, another dataset, or columns that are not the layout's.
    pub fn from_ipc(layout: &'static Layout, bytes: &[u8]) -> Result<Self, DecodeError> {
        let batch = decode_stream(layout.dataset.name(), bytes)?;
        Self::from_batch(layout, &batch)
    }

    pub(crate) fn from_batch(
        layout: &'static Layout,
        batch: &RecordBatch,
    ) -> Result<Self, DecodeError> {
        let dataset = layout.dataset.name();
        let schema = batch.schema();
        let unexpected =
            |expected: String, found: String| DecodeError::Unexpected { dataset, expected, found };
        let named = schema.metadata().get("dataset").map_or("", String::as_str);
        if named != dataset {
            return Err(unexpected(format!("dataset {dataset}"), format!("dataset {named}")));
        }
        let which = if batch.num_columns() > layout.display.len() {
            Columns::All
        } else {
            Columns::Display
        };
        let specs: Vec<Spec> = layout.columns(which).collect();
        if batch.num_columns() != specs.len() {
            return Err(unexpected(
                format!("{} columns", specs.len()),
                format!("{} columns", batch.num_columns()),
            ));
        }
        let mut columns = Vec::with_capacity(specs.len());
        for (spec, (field, array)) in specs.iter().zip(schema.fields().iter().zip(batch.columns()))
        {
            let found = || format!("{} {}", field.name(), field.data_type());
            let column = (field.name() == spec.name)
                .then(|| Column::from_array(spec.kind, array))
                .flatten()
                .ok_or_else(|| unexpected(format!("{} as {:?}", spec.name, spec.kind), found()))?;
            columns.push((*spec, column));
        }
        let frame = Self {
            layout,
            columns,
            rows: batch.num_rows(),
            sys_date: schema.metadata().get("sys_date").cloned(),
        };
        let key = frame.key();
        let ordered = (0..frame.rows).is_sorted_by_key(|row| {
            (key.is_null(row), if key.is_null(row) { "" } else { key.value(row) })
        });
        if !ordered {
            return Err(unexpected(
                format!("rows ordered by {}", layout.key),
                "another order".to_owned(),
            ));
        }
        Ok(frame)
    }
}

/// One batch as an Arrow IPC stream with a checksum; equal batches give equal bytes.
pub(crate) fn encode_stream(batch: &RecordBatch) -> Vec<u8> {
    ipc::encode(batch)
}

/// Reads what [`encode_stream`] wrote.
pub(crate) fn decode_stream(
    dataset: &'static str,
    bytes: &[u8],
) -> Result<RecordBatch, DecodeError> {
    ipc::decode(dataset, bytes)
}
