//! A version as bytes for other servers, so that they need neither the MES nor their own compression.
//!
//! The table with all columns is one part, the codings of its display columns another: the second is the
//! same for as long as the version is. Who stores them proves them intact; here they are only laid out.
//!
//! | table part | codings part |
//! |---|---|
//! | u32: length of the head | 3 × u64: length of zstd, Brotli, gzip; 0 for one that is not made yet |
//! | head: JSON | zstd, Brotli, gzip |
//! | Arrow IPC stream of all columns in a zstd frame | |

use std::sync::Arc;

use axum::body::Bytes;
use compute_core::equipment::{EquipmentStatusTable, ResourceTable};
use compute_core::lot::LotTable;
use compute_core::quality::{Ledger, PlantClock};
use compute_core::table::{Columns, Dataset, Frame};
use compute_core::workcenter::WorkcenterTable;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::encode::{CompressionLevels, Encoded, Packing};
use super::plant::{AnyTable, Plant, version_of};
use super::relations::MachineIds;
use crate::data_quality::LedgerRecord;

/// Fast: the network is the slower part.
const ZSTD_LEVEL: i32 = 3;
/// Largest table that is unpacked, bytes.
const MOST_BYTES: usize = 4 << 30;

/// Why the bytes of another server make no version.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

fn unusable(why: impl std::fmt::Display) -> Unusable {
    Unusable(why.to_string())
}

/// What stands before the table.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    ledger: LedgerRecord,
    /// Of the equipment master, sorted.
    machine_ids: Option<Vec<String>>,
    /// Bytes of the unpacked stream.
    stream_bytes: u64,
}

/// The table part. Takes time: not for async threads.
///
/// # Errors
/// The table can't be compressed.
pub(super) fn table_part(
    frame: &Frame,
    ledger: &Ledger,
    machine_ids: Option<&MachineIds>,
) -> std::io::Result<Vec<u8>> {
    let stream = frame.to_ipc(Columns::All);
    let machine_ids = machine_ids.map(|ids| {
        let mut sorted: Vec<String> = ids.iter().cloned().collect();
        sorted.sort_unstable();
        sorted
    });
    let head =
        Head { ledger: LedgerRecord::of(ledger), machine_ids, stream_bytes: stream.len() as u64 };
    let head = serde_json::to_vec(&head)?;
    let length = u32::try_from(head.len()).map_err(std::io::Error::other)?;
    let mut part = length.to_le_bytes().to_vec();
    part.extend(head);
    part.extend(zstd::bulk::compress(&stream, ZSTD_LEVEL)?);
    Ok(part)
}

/// The codings part: those that are made.
pub(super) fn codings_part(encoded: &Encoded) -> Vec<u8> {
    let codings = Packing::ALL.map(|packing| encoded.made(packing).cloned().unwrap_or_default());
    let mut part = Vec::with_capacity(24 + codings.iter().map(|bytes| bytes.len()).sum::<usize>());
    for bytes in &codings {
        part.extend((bytes.len() as u64).to_le_bytes());
    }
    for bytes in codings {
        part.extend_from_slice(&bytes);
    }
    part
}

/// `plain` with the codings in a part.
fn encoded_of(plain: Vec<u8>, part: Bytes, levels: CompressionLevels) -> Option<Encoded> {
    let (lengths, _) = part.split_first_chunk::<24>()?;
    let (mut at, mut codings) = (24_usize, Vec::with_capacity(3));
    for length in lengths.chunks_exact(8) {
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let end = at.checked_add(length).filter(|end| *end <= part.len())?;
        codings.push((length > 0).then(|| part.slice(at..end)));
        at = end;
    }
    Some(Encoded::with_made(plain, levels, codings.try_into().ok()?))
}

/// Both parts of what is published; `None` before it is loaded. Takes time: not for async threads.
///
/// # Errors
/// The table can't be compressed.
pub fn parts_of(plant: &Plant, dataset: Dataset) -> std::io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let (Some(frame), Some(published)) = (plant.frame(dataset), plant.published(dataset)) else {
        return Ok(None);
    };
    let ledger = &plant.state(dataset).quality;
    let table = table_part(frame, ledger, plant.machine_ids_of(dataset))?;
    Ok(Some((table, codings_part(&published.bytes))))
}

/// What another server says of a version besides its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub dataset: Dataset,
    /// Hash of the display columns.
    pub version: String,
    /// When this content was first read.
    pub updated_at: Timestamp,
    /// The database's clock at the last read.
    pub clock: PlantClock,
}

/// What the parts of another server hold.
#[derive(Debug)]
pub(super) struct Received {
    pub table: AnyTable,
    pub bytes: Arc<Encoded>,
    pub quality: Ledger,
    pub machine_ids: Option<MachineIds>,
}

/// What parts hold. Takes time: not for async threads.
///
/// # Errors
/// The parts were written by a program with other tables, or are not what is described.
pub(super) fn received(
    described: &Described,
    table: &[u8],
    codings: Option<Bytes>,
    levels: CompressionLevels,
) -> Result<Received, Unusable> {
    let (length, rest) =
        table.split_first_chunk::<4>().ok_or_else(|| unusable("it is too short"))?;
    let (head, packed) = rest
        .split_at_checked(u32::from_le_bytes(*length) as usize)
        .ok_or_else(|| unusable("it is too short"))?;
    let head: Head = serde_json::from_slice(head).map_err(unusable)?;
    let bytes = usize::try_from(head.stream_bytes).ok().filter(|bytes| *bytes <= MOST_BYTES);
    let bytes = bytes.ok_or_else(|| unusable("it is too large"))?;
    let stream = zstd::bulk::decompress(packed, bytes).map_err(unusable)?;
    let table = match described.dataset {
        Dataset::Wip => AnyTable::Lots(Box::new(LotTable::from_ipc(&stream).map_err(unusable)?)),
        Dataset::Resource => {
            AnyTable::Resources(ResourceTable::from_ipc(&stream).map_err(unusable)?)
        }
        Dataset::Equipment => {
            AnyTable::Realtime(EquipmentStatusTable::from_ipc(&stream).map_err(unusable)?)
        }
        Dataset::Workcenter => {
            AnyTable::Workcenters(WorkcenterTable::from_ipc(&stream).map_err(unusable)?)
        }
    };
    drop(stream);
    let plain = table.frame().to_ipc(Columns::Display);
    if version_of(&plain) != described.version {
        return Err(unusable("its version is not that of its rows"));
    }
    let bytes = match codings {
        Some(part) => {
            encoded_of(plain, part, levels).ok_or_else(|| unusable("its codings are torn"))?
        }
        None => Encoded::new(plain, levels),
    };
    let quality = head.ledger.ledger(described.dataset.source_columns());
    Ok(Received {
        table,
        bytes: Arc::new(bytes),
        quality: quality.ok_or_else(|| unusable("its ledger has unknown names"))?,
        machine_ids: head.machine_ids.map(|ids| ids.into_iter().collect()),
    })
}
