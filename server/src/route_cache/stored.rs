//! An entry in Redis: a header that proves it intact and of this plant, and the bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `MESR` |
//! | 1 | format, 1 |
//! | 1 | coding of the answer: 0 as it is, 1 zstd |
//! | 8 | length of the answer, little endian |
//! | 8 | XXH3 of key, coding, length and what follows, little endian |
//! | … | the answer |

use axum::body::Bytes;
use xxhash_rust::xxh3::Xxh3;

use super::key::RouteKey;

const MAGIC: [u8; 4] = *b"MESR";
const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 22;
/// Fast: the network is the slower part.
const ZSTD_LEVEL: i32 = 1;

/// Why a value is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// No header of ours.
    #[error("it is not ours")]
    Foreign,
    /// Another version of this format.
    #[error("its format is {0}")]
    Format(u8),
    /// It is longer than any that we write.
    #[error("it claims {0} bytes")]
    TooLong(u64),
    /// Torn, altered, or written under another key.
    #[error("its checksum is wrong")]
    Checksum,
    /// The checksum holds and it can't be read all the same.
    #[error("it can't be decoded")]
    Coding,
}

fn checksum(key: &RouteKey, coding: u8, length: u64, body: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(key.bytes());
    hash.update(&[coding]);
    hash.update(&length.to_le_bytes());
    hash.update(body);
    hash.digest()
}

/// The value of an entry; compressed where that makes it smaller.
pub(super) fn encode(key: &RouteKey, answer: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::compress(answer, ZSTD_LEVEL).ok();
    let packed = packed.filter(|packed| packed.len() < answer.len());
    let (coding, body) = packed.as_deref().map_or((0, answer), |packed| (1, packed));
    let length = answer.len() as u64;
    let mut value = Vec::with_capacity(HEADER_BYTES + body.len());
    value.extend(MAGIC);
    value.extend([FORMAT, coding]);
    value.extend(length.to_le_bytes());
    value.extend(checksum(key, coding, length, body).to_le_bytes());
    value.extend(body);
    value
}

/// The entry in a value of `most_bytes` at most.
///
/// # Errors
/// The value is not one that [`encode`] made for this key.
pub(super) fn decode(key: &RouteKey, value: Vec<u8>, most_bytes: usize) -> Result<Bytes, Refusal> {
    let value = Bytes::from(value);
    let (header, body) = value.split_at_checked(HEADER_BYTES).ok_or(Refusal::Foreign)?;
    let (magic, header) = header.split_at(MAGIC.len());
    let ([format, coding], numbers) = header.split_at(2) else { return Err(Refusal::Foreign) };
    if magic != MAGIC {
        return Err(Refusal::Foreign);
    }
    if *format != FORMAT {
        return Err(Refusal::Format(*format));
    }
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&numbers[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    let (length, sum) = (number(0), number(8));
    let fitting = usize::try_from(length).ok().filter(|length| *length <= most_bytes);
    let length_bytes = fitting.ok_or(Refusal::TooLong(length))?;
    if checksum(key, *coding, length, body) != sum {
        return Err(Refusal::Checksum);
    }
    let answer = match coding {
        0 => value.slice(HEADER_BYTES..),
        1 => zstd::bulk::decompress(body, length_bytes).map_err(|_| Refusal::Coding)?.into(),
        _ => return Err(Refusal::Coding),
    };
    if answer.len() == length_bytes { Ok(answer) } else { Err(Refusal::Coding) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(question: &str) -> RouteKey {
        RouteKey::new("test", &[], question)
    }

    #[test]
    fn what_is_put_in_comes_out_and_repetition_takes_little() {
        for answer in [&b""[..], b"{}", &[7; 100_000], &(0..=255).collect::<Vec<u8>>()] {
            let value = encode(&key("a"), answer);
            assert!(value.len() <= HEADER_BYTES + answer.len());
            assert_eq!(decode(&key("a"), value, 100_000).unwrap(), answer);
        }
        assert!(encode(&key("a"), &[7; 100_000]).len() < 1_000);
    }

    #[test]
    fn values_of_others_are_named_and_refused() {
        let sound = encode(&key("a"), b"answer");
        let with = |at: usize, byte: u8| {
            let mut value = sound.clone();
            value[at] = byte;
            decode(&key("a"), value, 100)
        };
        assert_eq!(decode(&key("a"), b"PONG".to_vec(), 100), Err(Refusal::Foreign));
        assert_eq!(with(0, b'X'), Err(Refusal::Foreign));
        assert_eq!(with(4, 2), Err(Refusal::Format(2)));
        assert_eq!(decode(&key("b"), sound.clone(), 100), Err(Refusal::Checksum));
        assert_eq!(decode(&key("a"), sound.clone(), 5), Err(Refusal::TooLong(6)));
        assert!(matches!(with(13, 255), Err(Refusal::TooLong(_))));
    }

    proptest! {
        #[test]
        fn no_torn_or_altered_value_is_taken(
            answer in proptest::collection::vec(any::<u8>(), 0..600),
            cut in any::<prop::sample::Index>(),
            flip in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let sound = encode(&key("a"), &answer);
            let torn = sound[..cut.index(sound.len())].to_vec();
            prop_assert!(decode(&key("a"), torn, 600).is_err());
            let mut altered = sound.clone();
            let at = flip.index(altered.len());
            altered[at] ^= 1 << bit;
            prop_assert!(decode(&key("a"), altered, 600).is_err());
            prop_assert_eq!(decode(&key("a"), sound, 600).unwrap(), answer);
        }

        #[test]
        fn nothing_panics(value in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(decode(&key("a"), value, 600).is_err());
        }
    }
}
