//! Rows of a snapshot in the format of a script or spreadsheet, filtered like the pages.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{Field, Metadata, Schema};
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use compute_core::field_contract::column_unit;
use compute_core::lot::LotFilter;
use compute_core::table::{Columns, Dataset, Frame};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::super::export::FileFormat;
use super::super::rows::{CsvRows, XlsxRows, nothing};
use super::{ARROW_STREAM, LEFT_OUT, ROWS, SNAPSHOT_CODINGS};
use crate::app_state::AppState;
use crate::http::coding::{self, Coding};
use crate::http::envelope::version_of;
use crate::http::error::ApiError;
use crate::http::headers::insert;
use crate::http::response::{Conditional, cache_headers, coded, compression_failed, entity_tag};
use crate::http::spool::SPOOL_CODINGS;
use crate::snapshot::Plant;
use crate::table_query::RowSink;

pub(in crate::api) const PARQUET: &str = "application/vnd.apache.parquet";
const ARROW_FILE: &str = "application/vnd.apache.arrow.file";

/// Format of a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotFormat {
    /// Arrow IPC stream: `polars.read_ipc_stream`, `pyarrow.ipc.open_stream`.
    #[default]
    Arrow,
    /// Arrow IPC file, also known as Feather: `pandas.read_feather`, `polars.read_ipc`.
    ArrowFile,
    /// Parquet: DuckDB, Spark, `pandas.read_parquet`.
    Parquet,
    /// UTF-8 with a byte order mark; texts that a spreadsheet would take for a formula are led by
    /// an apostrophe.
    Csv,
    /// Excel workbook of one sheet.
    Xlsx,
}

/// Which rows in which form.
#[derive(Debug)]
pub(super) struct Wanted {
    pub dataset: Dataset,
    /// Of lots; other datasets have all of their rows.
    pub filter: LotFilter,
    pub columns: Columns,
    pub format: SnapshotFormat,
}

/// The rows that pass, with the number of those left out in a header.
///
/// # Errors
/// There is no room for the response.
pub(super) async fn answer(
    app: &AppState,
    conditional: &Conditional,
    plant: Arc<Plant>,
    version: &str,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let version = version_of(format!("{version} {wanted:?}").as_bytes());
    if let Some(unchanged) = conditional.not_modified(&version) {
        return Ok(unchanged);
    }
    let offered: &[Coding] = match wanted.format {
        SnapshotFormat::Arrow => &SNAPSHOT_CODINGS,
        SnapshotFormat::Csv => &SPOOL_CODINGS,
        // Readers seek in these, and they are compressed inside or small.
        SnapshotFormat::ArrowFile | SnapshotFormat::Parquet | SnapshotFormat::Xlsx => &[],
    };
    let coding = conditional.coding(offered)?;
    let zone = app.reading.zone_name().to_owned();
    let (room, dataset) = (app.answer_room.clone(), wanted.dataset);
    let made = tokio::task::spawn_blocking(move || {
        let frame = plant.frame(wanted.dataset).ok_or_else(ApiError::internal)?;
        let filtered = match (&plant.lots, wanted.dataset) {
            (Some(lots), Dataset::Wip) => Some(lots.table.filtered(&wanted.filter)),
            _ => None,
        };
        let shown = filtered.as_ref().unwrap_or(frame);
        let counts = (shown.len(), frame.len() - shown.len());
        let filter = serde_json::to_string(&wanted.filter).map_err(|_| ApiError::internal())?;
        let about = [("time_zone", zone), ("filter", filter)];
        let table = [described(&shown.to_batch(wanted.columns), about)?];
        let content = match wanted.format {
            SnapshotFormat::Arrow => {
                Content::Bytes(ARROW_STREAM, compressed(coding, stream(&table)?)?)
            }
            SnapshotFormat::ArrowFile => Content::Bytes(ARROW_FILE, file(&table[0])?),
            SnapshotFormat::Parquet => Content::Bytes(PARQUET, parquet(&table)?),
            SnapshotFormat::Csv => {
                let mut rows = CsvRows::in_room(&room)?;
                write(shown, wanted.columns, &mut rows);
                Content::Csv(rows)
            }
            SnapshotFormat::Xlsx => {
                let mut rows = XlsxRows::default();
                write(shown, wanted.columns, &mut rows);
                Content::Xlsx(Box::new(rows))
            }
        };
        Ok::<_, ApiError>((counts, content))
    });
    let ((rows, left_out), content) = made.await.map_err(compression_failed)??;
    let stem = dataset.name();
    let mut response = match content {
        Content::Bytes(kind, bytes) => coded(kind, coding, bytes.into()),
        Content::Csv(rows) => rows.answer(coding, FileFormat::Csv.headers(stem), nothing)?,
        Content::Xlsx(rows) => {
            let held = rows.finish(&app.answer_room, nothing).await?;
            (FileFormat::Xlsx.headers(stem), held.into_body()).into_response()
        }
    };
    let headers = response.headers_mut();
    cache_headers(headers, &entity_tag(&version, coding));
    insert(headers, ROWS, &rows.to_string());
    headers.insert(LEFT_OUT, HeaderValue::from(left_out as u64));
    Ok(response)
}

enum Content {
    Bytes(&'static str, Bytes),
    Csv(CsvRows),
    Xlsx(Box<XlsxRows>),
}

/// The batch with the units of its columns, and `about` what it is, in its metadata.
pub(in crate::api) fn described<const N: usize>(
    batch: &RecordBatch,
    about: [(&str, String); N],
) -> Result<RecordBatch, ApiError> {
    let schema = batch.schema();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match column_unit(field.name()) {
            "" => field.as_ref().clone(),
            unit => {
                let mut metadata = Metadata::new();
                metadata.insert("unit", unit);
                field.as_ref().clone().with_metadata(metadata)
            }
        })
        .collect();
    let mut metadata = schema.metadata().clone();
    for (key, value) in about {
        metadata.insert(key, value);
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    RecordBatch::try_new(schema, batch.columns().to_vec()).map_err(not_written)
}

/// Batches of one schema, of which there is at least one, as an Arrow stream.
pub(in crate::api) fn stream(batches: &[RecordBatch]) -> Result<Vec<u8>, ApiError> {
    let schema = batches.first().ok_or_else(ApiError::internal)?.schema();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(not_written)?;
    for batch in batches {
        writer.write(batch).map_err(not_written)?;
    }
    writer.into_inner().map_err(not_written)
}

fn file(batch: &RecordBatch) -> Result<Bytes, ApiError> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).map_err(not_written)?;
    writer.write(batch).map_err(not_written)?;
    Ok(writer.into_inner().map_err(not_written)?.into())
}

/// Batches of one schema, of which there is at least one, as Parquet.
pub(in crate::api) fn parquet(batches: &[RecordBatch]) -> Result<Bytes, ApiError> {
    let schema = batches.first().ok_or_else(ApiError::internal)?.schema();
    let level = ZstdLevel::try_new(3).map_err(not_written)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties));
    let mut writer = writer.map_err(not_written)?;
    for batch in batches {
        writer.write(batch).map_err(not_written)?;
    }
    Ok(writer.into_inner().map_err(not_written)?.into())
}

fn compressed(coding: Coding, plain: Vec<u8>) -> Result<Bytes, ApiError> {
    coding::compress_once(coding, plain.into()).map_err(compression_failed)
}

/// The writers fail on columns that no frame has.
fn not_written(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "a snapshot could not be written");
    ApiError::internal()
}

/// Every row of a frame, until the sink has no room.
fn write(frame: &Frame, columns: Columns, sink: &mut impl RowSink) {
    let (names, values): (Vec<_>, Vec<_>) = frame.named_columns(columns).unzip();
    if sink.begin(&names).is_break() {
        return;
    }
    let mut cells = Vec::with_capacity(values.len());
    for row in 0..frame.len() {
        cells.clear();
        cells.extend(values.iter().map(|column| {
            let text = column.text(row).map(Value::from);
            let number = || column.integer(row).map(Value::from);
            text.or_else(number)
                .or_else(|| column.decimal(row).map(Value::from))
                .unwrap_or_default()
        }));
        if let ControlFlow::Break(()) = sink.row(&cells) {
            return;
        }
    }
}
