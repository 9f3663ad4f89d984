//! One batch as one Arrow IPC stream with a checksum.
//!
//! The stream's schema metadata carries `body_xxh3`, the XXH3-64 of everything
//! after the schema message (and of the metadata itself), so that damaged bytes are refused
//! before Arrow's reader sees them; to every other reader it is a plain stream.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::Schema;
use xxhash_rust::xxh3::Xxh3;

use super::DecodeError;

const CHECKSUM: &str = "body_xxh3";

/// Length of the first message (prefix, length and flatbuffer), if it is there.
fn schema_message_len(bytes: &[u8]) -> Option<usize> {
    let prefix: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let length: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    if prefix != [0xff; 4] {
        return None;
    }
    let end = 8 + usize::try_from(u32::from_le_bytes(length)).ok()?;
    (end <= bytes.len()).then_some(end)
}

fn checksum(schema: &Schema, body: &[u8]) -> String {
    let mut hash = Xxh3::new();
    let mut metadata: Vec<(&String, &String)> =
        schema.metadata().iter().filter(|(key, _)| *key != CHECKSUM).collect();
    metadata.sort();
    for (key, value) in metadata {
        for part in [key, value] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    for field in schema.fields() {
        hash.update(field.name().as_bytes());
        hash.update(field.data_type().to_string().as_bytes());
    }
    hash.update(body);
    format!("{:016x}", hash.digest())
}

fn write(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())
        .expect("writing a schema to memory can't fail");
    if batch.num_rows() > 0 {
        writer.write(batch).expect("writing a batch to memory can't fail");
    }
    writer.into_inner().expect("finishing a stream in memory can't fail")
}

pub(super) fn encode(batch: &RecordBatch) -> Vec<u8> {
    let plain = write(batch);
    let body = &plain[schema_message_len(&plain).unwrap_or(0)..];
    let schema = batch.schema();
    let mut metadata = schema.metadata().clone();
    metadata.insert(CHECKSUM.to_owned(), checksum(&schema, body));
    let signed = Schema::new_with_metadata(schema.fields().clone(), metadata);
    let header = write(&RecordBatch::new_empty(Arc::new(signed)));
    let mut bytes = header[..schema_message_len(&header).unwrap_or(0)].to_vec();
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn decode(dataset: &'static str, bytes: &[u8]) -> Result<RecordBatch, DecodeError> {
    let damaged = |reason: &str| DecodeError::Damaged { dataset, reason: reason.to_owned() };
    let start = schema_message_len(bytes).ok_or_else(|| damaged("not an Arrow IPC stream"))?;
    let (header, body) = bytes.split_at(start);
    // The header alone is a complete stream of no batches.
    let empty = StreamReader::try_new(header, None).map_err(|error| damaged(&error.to_string()))?;
    let schema = empty.schema();
    if schema.metadata().get(CHECKSUM) != Some(&checksum(&schema, body)) {
        return Err(damaged("the checksum does not fit"));
    }
    let mut reader =
        StreamReader::try_new(bytes, None).map_err(|error| damaged(&error.to_string()))?;
    match reader.next() {
        None => Ok(RecordBatch::new_empty(schema)),
        Some(batch) => batch.map_err(|error| damaged(&error.to_string())),
    }
}
