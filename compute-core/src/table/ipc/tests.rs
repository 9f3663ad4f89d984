//! Streams that were changed and got a valid checksum: the reader itself must reject them.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::table::tests::{ALL_KINDS, frame, rows};
use crate::table::{Columns, Frame};

/// The stream with a checksum that fits its body; `None` when its schema can't be read.
fn signed(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = schema_message_len(bytes)?;
    let header = Header::read(&root_as_message(&bytes[8..start]).ok()?).ok()?;
    let body = &bytes[start..];
    let metadata = header.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let columns = header.columns.iter().map(|(name, wire, _)| (name.as_str(), *wire));
    let sum = checksum(metadata, columns, body);
    let old = header.metadata(CHECKSUM)?;
    // Both are 16 letters, so the message keeps its length.
    let place = bytes[..start].windows(old.len()).position(|text| text == old.as_bytes())?;
    let mut signed = bytes.to_vec();
    signed[place..place + sum.len()].copy_from_slice(sum.as_bytes());
    Some(signed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn signed_damage_gives_an_error_or_a_sound_table(
        rows in rows(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), 0_u8..4), 1..6),
        cut in prop::option::weighted(0.1, any::<Index>()),
    ) {
        let mut bytes = frame(&rows, None).to_ipc(Columns::All);
        let start = schema_message_len(&bytes).unwrap();
        for (at, value, how) in changes {
            // Mostly lengths, offsets and counts matter: small numbers and all ones.
            let at = start + at.index(bytes.len() - start);
            bytes[at] = match how { 0 => value, 1 => value % 8, 2 => 0xff, _ => bytes[at] ^ 1 };
        }
        if let Some(cut) = cut {
            bytes.truncate(start + cut.index(bytes.len() - start));
        }
        if let Some(bytes) = signed(&bytes) && let Ok(read) = Frame::from_ipc(&ALL_KINDS, &bytes) {
            // Whatever is accepted can be read in every cell and written again.
            for (spec, column) in read.columns() {
                prop_assert_eq!(column.len(), read.len(), "{}", spec.name);
                for row in 0..read.len() {
                    let _ = (column.text(row), column.integer(row), column.decimal(row));
                }
            }
            let again = Frame::from_ipc(&ALL_KINDS, &read.to_ipc(Columns::All)).unwrap();
            prop_assert_eq!(again.to_ipc(Columns::All), read.to_ipc(Columns::All));
        }
    }
}

#[test]
fn a_stream_signed_again_is_the_same() {
    let bytes = frame(&[], Some("2026-11-20 08:00:00")).to_ipc(Columns::Display);
    assert_eq!(signed(&bytes), Some(bytes));
}
