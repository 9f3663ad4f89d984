//! One batch as one Arrow IPC stream with a checksum.
//!
//! Writing is Arrow's. Reading is ours, for the few column types that frames
//! have: Arrow's reader carries code for every type there is, which a browser
//! would have to download, and it trusts its input. To every other reader the
//! stream is a plain one; its schema metadata carries `body_xxh3`, the XXH3-64
//! of all that follows the schema message, of the column names and types, and
//! of the other metadata, so that bytes that changed on the way are refused.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type};
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, PrimitiveArray, RecordBatch,
    StringArray, UInt8Array,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer,
};
use arrow_ipc::writer::StreamWriter;
use arrow_ipc::{
    DictionaryBatch, Message, Precision, RecordBatch as BatchHeader, Type, root_as_message,
};
use arrow_schema::{DataType, Field, Metadata, Schema};
use xxhash_rust::xxh3::Xxh3;

use super::DecodeError;

const CHECKSUM: &str = "body_xxh3";
/// Every message starts with this; a length of 0 after it ends the stream.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// Buffers of a message start at multiples of this.
const ALIGNMENT: usize = 8;

/// Column types that frames and deltas have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Utf8,
    Dictionary8,
    Dictionary16,
    Dictionary32,
    UInt8,
    Int32,
    Int64,
    Float64,
}

impl Wire {
    fn of(kind: &DataType) -> Option<Self> {
        Some(match kind {
            DataType::Utf8 => Self::Utf8,
            DataType::Dictionary(keys, values) if **values == DataType::Utf8 => match **keys {
                DataType::Int8 => Self::Dictionary8,
                DataType::Int16 => Self::Dictionary16,
                DataType::Int32 => Self::Dictionary32,
                _ => return None,
            },
            DataType::UInt8 => Self::UInt8,
            DataType::Int32 => Self::Int32,
            DataType::Int64 => Self::Int64,
            DataType::Float64 => Self::Float64,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Dictionary8 => "dictionary8",
            Self::Dictionary16 => "dictionary16",
            Self::Dictionary32 => "dictionary32",
            Self::UInt8 => "uint8",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
        }
    }

    fn data_type(self) -> DataType {
        let dictionary = |keys| DataType::Dictionary(Box::new(keys), Box::new(DataType::Utf8));
        match self {
            Self::Utf8 => DataType::Utf8,
            Self::Dictionary8 => dictionary(DataType::Int8),
            Self::Dictionary16 => dictionary(DataType::Int16),
            Self::Dictionary32 => dictionary(DataType::Int32),
            Self::UInt8 => DataType::UInt8,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
        }
    }
}

impl Wire {
    /// No rows. Arrow's own function for that brings along every array type.
    fn empty(self) -> ArrayRef {
        fn keyed<K: ArrowDictionaryKeyType>() -> ArrayRef {
            let keys = PrimitiveArray::<K>::from_iter_values([]);
            Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::new_null(0))))
        }
        match self {
            Self::Utf8 => Arc::new(StringArray::new_null(0)),
            Self::Dictionary8 => keyed::<Int8Type>(),
            Self::Dictionary16 => keyed::<Int16Type>(),
            Self::Dictionary32 => keyed::<Int32Type>(),
            Self::UInt8 => Arc::new(UInt8Array::new_null(0)),
            Self::Int32 => Arc::new(Int32Array::new_null(0)),
            Self::Int64 => Arc::new(Int64Array::new_null(0)),
            Self::Float64 => Arc::new(Float64Array::new_null(0)),
        }
    }
}

/// Length of the first message (prefix, length and flatbuffer), if it is there.
fn schema_message_len(bytes: &[u8]) -> Option<usize> {
    let length: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let end = 8_usize.checked_add(usize::try_from(u32::from_le_bytes(length)).ok()?)?;
    (bytes.starts_with(&CONTINUATION) && end <= bytes.len()).then_some(end)
}

fn checksum<'a>(
    metadata: impl Iterator<Item = (&'a str, &'a str)>,
    columns: impl Iterator<Item = (&'a str, Wire)>,
    body: &[u8],
) -> String {
    let mut hash = Xxh3::new();
    let mut text = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    let mut metadata: Vec<(&str, &str)> = metadata.filter(|(key, _)| *key != CHECKSUM).collect();
    metadata.sort_unstable();
    for (key, value) in metadata {
        text(key);
        text(value);
    }
    for (name, wire) in columns {
        text(name);
        text(wire.name());
    }
    hash.update(body);
    let digest = hash.digest();
    let mut out = String::with_capacity(16);
    for shift in (0..16).rev() {
        let digit = (digest >> (shift * 4) & 0xf) as u32;
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
    out
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
    let columns = schema.fields().iter().map(|field| {
        (field.name().as_str(), Wire::of(field.data_type()).expect("frames have wire types only"))
    });
    let metadata = schema.metadata().iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let sum = checksum(metadata, columns, body);
    let mut metadata = schema.metadata().clone();
    metadata.insert(CHECKSUM.to_owned(), sum);
    let signed = Schema::new_with_metadata(schema.fields().clone(), metadata);
    let header = write(&RecordBatch::new_empty(Arc::new(signed)));
    let mut bytes = header[..schema_message_len(&header).unwrap_or(0)].to_vec();
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn decode(dataset: &'static str, bytes: &[u8]) -> Result<RecordBatch, DecodeError> {
    read(bytes).map_err(|reason| DecodeError::Damaged { dataset, reason: reason.to_owned() })
}

/// What does not fit, for a person.
type Reason = &'static str;

/// The schema message: columns with the ids of their dictionaries, and metadata.
struct Header {
    columns: Vec<(String, Wire, Option<i64>)>,
    metadata: Vec<(String, String)>,
}

impl Header {
    fn read(message: &Message<'_>) -> Result<Self, Reason> {
        let schema = message.header_as_schema().ok_or("the first message is no schema")?;
        let mut columns = Vec::new();
        let mut next_dictionary = 0;
        for field in schema.fields().ok_or("the schema has no columns")? {
            let dictionary = field.dictionary();
            let wire = match (field.type_type(), dictionary) {
                (Type::Utf8, None) => Some(Wire::Utf8),
                (Type::Utf8, Some(dictionary)) => dictionary.indexType().and_then(|keys| {
                    match (keys.bitWidth(), keys.is_signed()) {
                        (8, true) => Some(Wire::Dictionary8),
                        (16, true) => Some(Wire::Dictionary16),
                        (32, true) => Some(Wire::Dictionary32),
                        _ => None,
                    }
                }),
                (Type::Int, None) => {
                    field.type_as_int().and_then(|int| match (int.bitWidth(), int.is_signed()) {
                        (8, false) => Some(Wire::UInt8),
                        (32, true) => Some(Wire::Int32),
                        (64, true) => Some(Wire::Int64),
                        _ => None,
                    })
                }
                (Type::FloatingPoint, None) => field
                    .type_as_floating_point()
                    .filter(|float| float.precision() == Precision::DOUBLE)
                    .map(|_| Wire::Float64),
                _ => None,
            };
            let wire = wire.ok_or("a column has a type that no table has")?;
            // Writers count dictionaries in column order. The checksum does not cover the ids, and
            // one that was damaged would lend a column the words of another.
            if let Some(entry) = dictionary {
                if entry.id() != next_dictionary {
                    return Err("a column names the wrong dictionary");
                }
                next_dictionary += 1;
            }
            columns.push((
                field.name().unwrap_or_default().to_owned(),
                wire,
                dictionary.map(|entry| entry.id()),
            ));
        }
        let metadata = schema
            .custom_metadata()
            .into_iter()
            .flatten()
            .map(|entry| {
                (
                    entry.key().unwrap_or_default().to_owned(),
                    entry.value().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        Ok(Self { columns, metadata })
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
    }
}

fn read(bytes: &[u8]) -> Result<RecordBatch, Reason> {
    let start = schema_message_len(bytes).ok_or("not an Arrow IPC stream")?;
    let message = root_as_message(&bytes[8..start]).map_err(|_| "the schema can't be read")?;
    let header = Header::read(&message)?;
    let body = &bytes[start..];
    let metadata = header.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let columns = header.columns.iter().map(|(name, wire, _)| (name.as_str(), *wire));
    if header.metadata(CHECKSUM) != Some(checksum(metadata, columns, body).as_str()) {
        return Err("the checksum does not fit");
    }
    // One copy gives every buffer the alignment that typed access needs.
    let mut rest = Rest { body: Buffer::from_slice_ref(body), at: 0 };
    let mut dictionaries: Vec<(i64, StringArray)> = Vec::new();
    let mut rows = None;
    while let Some((flat, data)) = rest.next()? {
        let message = root_as_message(flat.as_slice()).map_err(|_| "a message can't be read")?;
        if let Some(batch) = message.header_as_dictionary_batch() {
            dictionaries.push(dictionary(&batch, &data)?);
        } else if let (Some(batch), None) = (message.header_as_record_batch(), &rows) {
            rows = Some((flat.clone(), data));
            if batch.compression().is_some() {
                return Err("the batch is compressed inside the stream");
            }
        } else {
            return Err("a message that does not belong here");
        }
    }
    let arrays = match &rows {
        None => header.columns.iter().map(|(_, wire, _)| wire.empty()).collect(),
        Some((flat, data)) => {
            let message =
                root_as_message(flat.as_slice()).map_err(|_| "a message can't be read")?;
            let batch =
                message.header_as_record_batch().ok_or("a message that does not belong here")?;
            arrays(&header, &batch, data, &dictionaries)?
        }
    };
    let fields: Vec<Field> = header
        .columns
        .iter()
        .map(|(name, wire, _)| Field::new(name, wire.data_type(), true))
        .collect();
    let metadata: Metadata = header.metadata.into_iter().collect();
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), arrays)
        .map_err(|_| "columns differ in length")
}

/// The messages after the schema.
struct Rest {
    body: Buffer,
    at: usize,
}

impl Rest {
    /// The next message's flatbuffer and data; `None` at the end of the stream.
    fn next(&mut self) -> Result<Option<(Buffer, Buffer)>, Reason> {
        let left = &self.body.as_slice()[self.at..];
        let Some(prefix) = left.get(..8) else { return Err("the stream has no end") };
        let length = u32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]) as usize;
        if !prefix.starts_with(&CONTINUATION) {
            return Err("a message has no beginning");
        }
        if length == 0 {
            return Ok(None);
        }
        let flat =
            left.get(8..).and_then(|rest| rest.get(..length)).ok_or("a message is cut off")?;
        let message = root_as_message(flat).map_err(|_| "a message can't be read")?;
        let size = usize::try_from(message.bodyLength()).map_err(|_| "a message has no size")?;
        let start = self.at + 8 + length;
        let end = start
            .checked_add(size)
            .filter(|end| *end <= self.body.len())
            .ok_or("a message is cut off")?;
        if !start.is_multiple_of(ALIGNMENT) {
            return Err("a message is not aligned");
        }
        let found = (
            self.body.slice_with_length(self.at + 8, length),
            self.body.slice_with_length(start, size),
        );
        self.at = end;
        Ok(Some(found))
    }
}

/// Reads the columns of a batch one after the other.
struct Parts<'a> {
    batch: &'a BatchHeader<'a>,
    data: &'a Buffer,
    node: usize,
    buffer: usize,
}

impl Parts<'_> {
    fn buffer(&mut self) -> Result<Buffer, Reason> {
        let buffers = self.batch.buffers().ok_or("a batch without buffers")?;
        if self.buffer >= buffers.len() {
            return Err("a buffer is missing");
        }
        let place = buffers.get(self.buffer);
        self.buffer += 1;
        let (offset, length) = (usize::try_from(place.offset()), usize::try_from(place.length()));
        let (Ok(offset), Ok(length)) = (offset, length) else {
            return Err("a buffer has no place");
        };
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.data.len());
        if !inside || !offset.is_multiple_of(ALIGNMENT) {
            return Err("a buffer is out of place");
        }
        Ok(self.data.slice_with_length(offset, length))
    }

    /// Rows and validity of the next column.
    fn node(&mut self) -> Result<(usize, Option<NullBuffer>), Reason> {
        let nodes = self.batch.nodes().ok_or("a batch without columns")?;
        if self.node >= nodes.len() {
            return Err("a column is missing");
        }
        let node = nodes.get(self.node);
        self.node += 1;
        let rows = usize::try_from(node.length()).map_err(|_| "a column has no length")?;
        let bits = self.buffer()?;
        if node.null_count() == 0 {
            return Ok((rows, None));
        }
        if bits.len() < rows.div_ceil(8) {
            return Err("a column's validity is cut off");
        }
        Ok((rows, Some(NullBuffer::new(BooleanBuffer::new(bits, 0, rows)))))
    }

    fn values<T: ArrowNativeType>(&mut self, rows: usize) -> Result<ScalarBuffer<T>, Reason> {
        let values = self.buffer()?;
        let fits = rows.checked_mul(size_of::<T>()).is_some_and(|bytes| bytes <= values.len());
        if !fits {
            return Err("a column is cut off");
        }
        Ok(ScalarBuffer::new(values, 0, rows))
    }

    fn text(&mut self) -> Result<StringArray, Reason> {
        let (rows, nulls) = self.node()?;
        if rows == 0 {
            self.buffer()?;
            self.buffer()?;
            return Ok(StringArray::new_null(0));
        }
        let offsets = self.values::<i32>(rows + 1)?;
        let ordered = offsets.first().is_some_and(|first| *first >= 0) && offsets.is_sorted();
        let values = self.buffer()?;
        let inside = offsets
            .last()
            .is_some_and(|last| usize::try_from(*last).is_ok_and(|end| end <= values.len()));
        if !ordered || !inside {
            return Err("texts are out of place");
        }
        StringArray::try_new(OffsetBuffer::new(offsets), values, nulls)
            .map_err(|_| "a text is not UTF-8")
    }
}

fn dictionary(batch: &DictionaryBatch<'_>, data: &Buffer) -> Result<(i64, StringArray), Reason> {
    let values = batch.data().ok_or("a dictionary without values")?;
    if batch.isDelta() || values.compression().is_some() {
        return Err("a dictionary that no table has");
    }
    Ok((batch.id(), Parts { batch: &values, data, node: 0, buffer: 0 }.text()?))
}

fn arrays(
    header: &Header,
    batch: &BatchHeader<'_>,
    data: &Buffer,
    dictionaries: &[(i64, StringArray)],
) -> Result<Vec<ArrayRef>, Reason> {
    fn keyed<K: ArrowDictionaryKeyType>(
        parts: &mut Parts<'_>,
        values: StringArray,
    ) -> Result<ArrayRef, Reason> {
        let (rows, nulls) = parts.node()?;
        let keys = PrimitiveArray::<K>::try_new(parts.values(rows)?, nulls)
            .map_err(|_| "keys differ in length")?;
        let array =
            DictionaryArray::try_new(keys, Arc::new(values)).map_err(|_| "a key without a text")?;
        Ok(Arc::new(array))
    }
    let mut parts = Parts { batch, data, node: 0, buffer: 0 };
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(header.columns.len());
    for (_, wire, id) in &header.columns {
        let values = || {
            let found = dictionaries.iter().find(|(other, _)| Some(*other) == *id);
            found.map(|(_, values)| values.clone()).ok_or("a dictionary is missing")
        };
        let unequal = |_| "a column's validity differs in length";
        arrays.push(match wire {
            Wire::Utf8 => Arc::new(parts.text()?),
            Wire::Dictionary8 => keyed::<Int8Type>(&mut parts, values()?)?,
            Wire::Dictionary16 => keyed::<Int16Type>(&mut parts, values()?)?,
            Wire::Dictionary32 => keyed::<Int32Type>(&mut parts, values()?)?,
            Wire::UInt8 => {
                let (rows, nulls) = parts.node()?;
                Arc::new(UInt8Array::try_new(parts.values(rows)?, nulls).map_err(unequal)?)
            }
            Wire::Int32 => {
                let (rows, nulls) = parts.node()?;
                Arc::new(Int32Array::try_new(parts.values(rows)?, nulls).map_err(unequal)?)
            }
            Wire::Int64 => {
                let (rows, nulls) = parts.node()?;
                Arc::new(Int64Array::try_new(parts.values(rows)?, nulls).map_err(unequal)?)
            }
            Wire::Float64 => {
                let (rows, nulls) = parts.node()?;
                Arc::new(Float64Array::try_new(parts.values(rows)?, nulls).map_err(unequal)?)
            }
        });
    }
    Ok(arrays)
}
