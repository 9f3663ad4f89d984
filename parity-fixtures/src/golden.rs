//! The golden set: one seeded plant as the MES tables hold it, and the
//! baseline's recorded answers on it.
//!
//! Everything is compressed inside this crate (`golden/*.zst`), so that a
//! clone proves itself. Row order is the order of the files and matters for
//! the real-time rows.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One of the four source tables of the golden plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoldenTable {
    /// Work in progress, 10,000 lots.
    Lots,
    /// Equipment master, 2,235 machines.
    Resources,
    /// Real-time equipment rows, 2,322.
    EquipmentStatus,
    /// Spec → workcenter view, 230 rows.
    Workcenters,
}

impl GoldenTable {
    fn file(self) -> &'static str {
        match self {
            Self::Lots => "lot_v.csv.zst",
            Self::Resources => "resource.csv.zst",
            Self::EquipmentStatus => "equip_status.csv.zst",
            Self::Workcenters => "spec_workcenter.csv.zst",
        }
    }
}

/// One recorded request of the baseline and what it answered.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    /// Unique name, e.g. `matrix_HOLD_quality`.
    pub id: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Path without the query string, not percent-encoded.
    pub path: String,
    /// Query parameters, decoded.
    pub query: serde_json::Map<String, Value>,
    /// Path and query string as sent.
    pub url: String,
    /// JSON body of a POST.
    pub body: Value,
    /// HTTP status.
    pub status: u16,
    /// JSON answer.
    pub answer: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn unpack(file: &str) -> std::io::Result<Vec<u8>> {
    zstd::decode_all(std::fs::File::open(folder().join(file))?)
}

/// Cells of one row as text; an empty field is NULL.
pub type TextRow = Vec<Option<String>>;

/// A source table as header and rows of text; an empty field is NULL.
///
/// # Errors
/// The packed file is missing or damaged.
pub fn rows(table: GoldenTable) -> std::io::Result<(Vec<String>, Vec<TextRow>)> {
    let bytes = unpack(table.file())?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers()?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let row = record?.iter().map(|cell| (!cell.is_empty()).then(|| cell.to_owned())).collect();
        rows.push(row);
    }
    Ok((header, rows))
}

/// All recorded answers, in recording order.
///
/// # Errors
/// The packed file is missing or damaged.
pub fn recorded() -> std::io::Result<Vec<Recorded>> {
    let bytes = unpack("answers.jsonl.zst")?;
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map_err(std::io::Error::from))
        .collect()
}

/// Writes the golden SQLite database to `path`.
///
/// # Errors
/// The packed file is missing or damaged, or `path` cannot be written.
pub fn write_sqlite(path: &Path) -> std::io::Result<()> {
    std::fs::write(path, unpack("dwh.sqlite.zst")?)
}

/// Hours of the golden machines over the turn of a year, six states a day: the recording has none.
fn hours(resources: &arrow_array::RecordBatch) -> arrow_array::RecordBatch {
    use arrow_array::cast::AsArray;
    use compute_core::source_contract::SHIFT_HOURS_COLUMNS;

    use crate::plant::{Cell, batch};

    let mut rows = Vec::new();
    let mut noise = 20_261_120_u64;
    let ids = resources.column_by_name("RESOURCEID").map(|ids| ids.as_string::<i32>());
    for id in ids.into_iter().flatten().flatten() {
        let dates = (25..32).map(|day| format!("2025-12-{day}"));
        for date in dates.chain((1..8).map(|day| format!("2026-01-{day:02}"))) {
            for state in ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"] {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let texts = [id, &format!("{date} 08:00:00"), state].map(str::to_owned);
                let mut row: Vec<Cell> = texts.into_iter().map(Cell::Text).collect();
                row.push(Cell::Decimal((noise % 800) as f64 / 100.0));
                row.extend([Cell::Null, Cell::Null, Cell::Null]);
                rows.push(row);
            }
        }
    }
    batch(SHIFT_HOURS_COLUMNS, &rows)
}

/// The golden plant as source batches.
///
/// # Errors
/// A packed file is missing or damaged.
pub fn plant() -> std::io::Result<crate::plant::PlantSource> {
    use compute_core::source_contract::{
        CONTAINER_COLUMNS, EQUIPMENT_STATUS_COLUMNS, HOLD_HISTORY_COLUMNS, JOB_COLUMNS,
        LOT_COLUMNS, RESOURCE_COLUMNS, SourceColumn, Storage, WORKCENTER_COLUMNS,
    };

    use crate::plant::{Cell, PlantSource, batch};

    fn read(
        table: GoldenTable,
        columns: &'static [SourceColumn],
    ) -> std::io::Result<arrow_array::RecordBatch> {
        let (header, rows) = rows(table)?;
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| header.iter().position(|name| name == column.name))
            .collect();
        let cell = |column: &SourceColumn, text: &str| match column.kind.storage() {
            Storage::Text => Cell::Text(text.to_owned()),
            Storage::Integer => text.parse().map_or(Cell::Null, Cell::Integer),
            Storage::Decimal => text.parse().map_or(Cell::Null, Cell::Decimal),
        };
        let rows: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| {
                columns
                    .iter()
                    .zip(&places)
                    .map(|(column, place)| {
                        let text = place.and_then(|place| row[place].as_deref());
                        text.map_or(Cell::Null, |text| cell(column, text))
                    })
                    .collect()
            })
            .collect();
        Ok(batch(columns, &rows))
    }

    let resources = read(GoldenTable::Resources, RESOURCE_COLUMNS)?;
    Ok(PlantSource {
        lots: read(GoldenTable::Lots, LOT_COLUMNS)?,
        hours: hours(&resources),
        // The replaced system's data has neither.
        holds: batch(HOLD_HISTORY_COLUMNS, &[]),
        containers: batch(CONTAINER_COLUMNS, &[]),
        jobs: batch(JOB_COLUMNS, &[]),
        resources,
        statuses: read(GoldenTable::EquipmentStatus, EQUIPMENT_STATUS_COLUMNS)?,
        workcenters: read(GoldenTable::Workcenters, WORKCENTER_COLUMNS)?,
    })
}
