//! Bytes of a shift's file.
//!
//! It begins with [`BEGIN`]. A frame follows with its length (4 bytes) and the XXH3 of its content (8
//! bytes), both little endian; the content is a record ([`compute_core::memory::Record`]), compressed
//! with Zstandard.

use xxhash_rust::xxh3::xxh3_64;

/// With the version of the format.
pub(super) const BEGIN: [u8; 8] = *b"MESMEM1\n";
const HEAD: usize = 12;
/// A record is mostly small; a high level would delay the next one.
const LEVEL: i32 = 3;
/// Longest record that is read: a table of a million lots has a tenth of it.
const MOST_BYTES: usize = 1 << 30;

/// A record as it is appended.
///
/// # Errors
/// The compressor fails, or the record is too long for its length.
pub(super) fn frame(record: &[u8]) -> std::io::Result<Vec<u8>> {
    let packed = zstd::bulk::compress(record, LEVEL)?;
    let length = u32::try_from(packed.len()).map_err(std::io::Error::other)?;
    let mut bytes = Vec::with_capacity(HEAD + packed.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&xxh3_64(&packed).to_le_bytes());
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

/// The next frame of a file and what is behind it; `None` where no whole frame of ours is next.
fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<8>()?;
    let (packed, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    (xxh3_64(packed) == u64::from_le_bytes(*checksum)).then_some((packed, rest))
}

/// Bytes of a file up to the end of its last whole frame; 0 of one that is not ours.
pub(super) fn whole_bytes(bytes: &[u8]) -> usize {
    let Some(mut rest) = bytes.strip_prefix(&BEGIN) else { return 0 };
    while let Some((_, behind)) = next(rest) {
        rest = behind;
    }
    bytes.len() - rest.len()
}

/// The records of a file as clients read them ([`compute_core::memory::records`]), up to the last
/// whole one or the first for which `is_enough` holds.
///
/// # Errors
/// A frame whose checksum is right can't be read.
pub(super) fn stream(
    bytes: &[u8],
    mut is_enough: impl FnMut(&[u8]) -> bool,
) -> std::io::Result<Vec<u8>> {
    let mut out = compute_core::memory::BEGIN.to_vec();
    let mut rest = bytes.strip_prefix(&BEGIN).unwrap_or_default();
    while let Some((packed, behind)) = next(rest) {
        let size = zstd::bulk::Decompressor::upper_bound(packed).unwrap_or(MOST_BYTES);
        let record = zstd::bulk::decompress(packed, size.min(MOST_BYTES))?;
        let length = u32::try_from(record.len()).map_err(std::io::Error::other)?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&record);
        if is_enough(&record) {
            break;
        }
        rest = behind;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use compute_core::calendar::Moment;
    use compute_core::memory::{Content, DatasetSet, Record, records};
    use compute_core::table::Dataset;
    use proptest::prelude::*;

    use super::*;

    fn record(second: i64) -> Vec<u8> {
        let moment = Moment::parse("2026-11-20 07:30:00").unwrap();
        let datasets = DatasetSet::default().with(Dataset::Wip);
        Record { at_ms: second * 1000, moment, content: Content::Same(datasets) }.to_bytes()
    }

    fn times(stream: &[u8]) -> Vec<i64> {
        records(stream).unwrap().map(|record| record.unwrap().1.at_ms / 1000).collect()
    }

    proptest! {
        #[test]
        fn what_is_torn_or_altered_ends_the_file_before_it(count in 0_i64..8, at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let mut bytes = BEGIN.to_vec();
            let mut ends = vec![bytes.len()];
            for second in 0..count {
                bytes.extend(frame(&record(second)).unwrap());
                ends.push(bytes.len());
            }
            prop_assert_eq!(whole_bytes(&bytes), bytes.len());
            prop_assert_eq!(times(&stream(&bytes, |_| false).unwrap()), (0..count).collect::<Vec<_>>());
            let place = at.index(bytes.len());
            let whole = ends.iter().filter(|end| **end <= place).count();
            let torn = &bytes[..place];
            prop_assert_eq!(whole_bytes(torn), if whole == 0 { 0 } else { ends[whole - 1] });
            prop_assert_eq!(times(&stream(torn, |_| false).unwrap()).len(), whole.saturating_sub(1));
            let mut altered = bytes.clone();
            altered[place] ^= 1 << bit;
            prop_assert_eq!(times(&stream(&altered, |_| false).unwrap()).len(), whole.saturating_sub(1));
        }
    }
}
