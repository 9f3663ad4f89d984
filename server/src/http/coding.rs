//! Content codings: negotiation, and the compression of JSON responses.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use flate2::Crc;
use std::io::{self, Write};

use super::preference::weighted_items;

/// The supported content codings, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// Zstandard.
    Zstd,
    Brotli,
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// The token of `Content-Encoding`; none for identity, which has no header.
    pub fn token(self) -> Option<&'static str> {
        match self {
            Self::Zstd => Some("zstd"),
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The acceptable coding of highest weight among `offered`, which is in order of preference.
///
/// Without the header the coding is identity. `None`: the caller rejects identity and everything
/// that is offered.
pub fn negotiate(headers: &HeaderMap, offered: &[Coding]) -> Option<Coding> {
    if !headers.contains_key(header::ACCEPT_ENCODING) {
        return Some(Coding::Identity);
    }
    let wishes: Vec<(String, u16)> = weighted_items(headers, &header::ACCEPT_ENCODING).collect();
    let weight_of =
        |name: &str| wishes.iter().find(|(item, _)| item == name).map(|&(_, weight)| weight);
    let rest = weight_of("*");
    let mut best = None;
    for &coding in offered {
        let weight = match coding.token() {
            Some("gzip") => weight_of("gzip").or(weight_of("x-gzip")).or(rest).unwrap_or(0),
            Some(token) => weight_of(token).or(rest).unwrap_or(0),
            None => continue,
        };
        if weight > best.map_or(0, |(_, found)| found) {
            best = Some((coding, weight));
        }
    }
    match (best, weight_of("identity")) {
        (Some((_, coded)), Some(plain)) if plain > coded => Some(Coding::Identity),
        (Some((coding, _)), _) => Some(coding),
        (None, Some(0)) => None,
        (None, None) if rest == Some(0) => None,
        (None, _) => Some(Coding::Identity),
    }
}

/// Compresses a response for one caller: fast settings.
///
/// # Errors
/// Errors of the encoders; writing to memory does not fail.
pub fn compress_once(coding: Coding, plain: Bytes) -> io::Result<Bytes> {
    encode(coding, plain, ONCE)
}

/// Compresses an asset that is kept and sent many times: small output before speed.
///
/// # Errors
/// Only what the encoders report.
pub fn compress_to_keep(coding: Coding, plain: Bytes) -> io::Result<Bytes> {
    encode(coding, plain, Effort { zstd: 12, brotli: 9, gzip: 9 })
}

struct Effort {
    zstd: i32,
    brotli: u32,
    gzip: u32,
}

/// Fast.
const ONCE: Effort = Effort { zstd: 3, brotli: 4, gzip: 4 };

fn encode(coding: Coding, plain: Bytes, effort: Effort) -> io::Result<Bytes> {
    Ok(match coding {
        Coding::Identity => plain,
        Coding::Zstd => zstd::bulk::compress(&plain, effort.zstd)?.into(),
        Coding::Brotli => {
            let mut writer =
                brotli::CompressorWriter::new(Vec::new(), 16 * 1024, effort.brotli, 22);
            writer.write_all(&plain)?;
            writer.into_inner().into()
        }
        Coding::Gzip => {
            let level = flate2::Compression::new(effort.gzip);
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
            writer.write_all(&plain)?;
            writer.finish()?.into()
        }
    })
}

/// Plain bytes in one block of an end.
const PIECE_BYTES: usize = 16 * 1024;

/// The beginning of a text in a coding. It takes any end, so that texts that begin alike are compressed
/// once.
#[derive(Debug)]
pub struct Beginning {
    coding: Coding,
    bytes: Bytes,
    /// Of the plain text, for gzip.
    crc: Crc,
}

impl Beginning {
    /// Compresses a beginning: fast settings.
    ///
    /// # Errors
    /// Errors of the encoders; writing to memory does not fail.
    pub fn new(coding: Coding, plain: Bytes) -> io::Result<Self> {
        let mut crc = Crc::new();
        // Flushed, the encoders end at a whole byte and a block, and any other may follow.
        let bytes = match coding {
            Coding::Identity => plain,
            Coding::Zstd => {
                let mut writer = zstd::stream::write::Encoder::new(Vec::new(), ONCE.zstd)?;
                writer.write_all(&plain)?;
                writer.flush()?;
                writer.get_ref().clone().into()
            }
            Coding::Brotli => {
                let mut writer =
                    brotli::CompressorWriter::new(Vec::new(), 16 * 1024, ONCE.brotli, 22);
                writer.write_all(&plain)?;
                writer.flush()?;
                writer.get_ref().clone().into()
            }
            Coding::Gzip => {
                crc.update(&plain);
                let level = flate2::Compression::new(ONCE.gzip);
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), level);
                writer.write_all(&plain)?;
                // While output is pending, a flush only takes that out; the next one ends the block.
                writer.flush()?;
                writer.flush()?;
                writer.get_ref().clone().into()
            }
        };
        Ok(Self { coding, bytes, crc })
    }

    pub fn coding(&self) -> Coding {
        self.coding
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// What stands behind [`Self::bytes`] for a text that ends with `plain`: blocks of plain bytes, and
    /// an empty last one.
    pub fn end(&self, plain: &[u8]) -> Vec<u8> {
        if self.coding == Coding::Identity {
            return plain.to_vec();
        }
        let mut out = Vec::with_capacity(plain.len() + 32);
        for piece in plain.chunks(PIECE_BYTES) {
            // At most `PIECE_BYTES`.
            let size = piece.len() as u32;
            match self.coding {
                // RFC 8878, 3.1.1.2: not the last, raw, 21 bits of size.
                Coding::Zstd => out.extend(&(size << 3).to_le_bytes()[..3]),
                // RFC 7932, 9.2: not the last, four nibbles of size - 1, uncompressed.
                Coding::Brotli => out.extend(&((size - 1) << 3 | 1 << 19).to_le_bytes()[..3]),
                // RFC 1951, 3.2.4: not the last, stored, size and its complement.
                Coding::Gzip => {
                    out.push(0);
                    out.extend(&size.to_le_bytes()[..2]);
                    out.extend(&(!size).to_le_bytes()[..2]);
                }
                Coding::Identity => {}
            }
            out.extend(piece);
        }
        match self.coding {
            Coding::Zstd => out.extend([1, 0, 0]),
            Coding::Brotli => out.push(3),
            Coding::Gzip => {
                out.extend([1, 0, 0, 0xff, 0xff]);
                let mut crc = Crc::new();
                crc.combine(&self.crc);
                crc.update(plain);
                out.extend(crc.sum().to_le_bytes());
                out.extend(crc.amount().to_le_bytes());
            }
            Coding::Identity => {}
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use std::io::Read;

    const ALL: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

    fn chosen(wish: &str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, wish.parse().unwrap());
        negotiate(&headers, &ALL)
    }

    #[test]
    fn the_heaviest_acceptable_coding_is_taken() {
        let cases = [
            ("", Some(Coding::Identity)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=1, br;q=0.5", Some(Coding::Gzip)),
            ("gzip;q=0.5, identity", Some(Coding::Identity)),
            ("identity;q=0.5, gzip;q=0.5", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("zstd;q=0, *;q=0.1", Some(Coding::Brotli)),
            ("x-gzip", Some(Coding::Gzip)),
            ("deflate", Some(Coding::Identity)),
            ("identity;q=0", None),
            ("identity;q=0, gzip", Some(Coding::Gzip)),
            ("*;q=0", None),
            ("*;q=0, identity", Some(Coding::Identity)),
            ("gzip;q=0", Some(Coding::Identity)),
        ];
        for (wish, expected) in cases {
            assert_eq!(chosen(wish), expected, "{wish}");
        }
        assert_eq!(negotiate(&HeaderMap::new(), &ALL), Some(Coding::Identity));
    }

    /// What another program reads; it must read to the end.
    fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let (mut out, mut rest) = (Vec::new(), bytes);
        match coding {
            Coding::Zstd => out = zstd::stream::decode_all(bytes).unwrap(),
            Coding::Brotli => {
                brotli::Decompressor::new(&mut rest, 4096).read_to_end(&mut out).unwrap();
                assert!(rest.is_empty());
            }
            Coding::Gzip => {
                // One member, with its checksum.
                flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut out).unwrap();
                assert!(rest.is_empty());
            }
            Coding::Identity => out.extend(bytes),
        }
        out
    }

    #[test]
    fn every_coding_decodes_to_what_went_in() {
        let plain = Bytes::from("焊接_WB,".repeat(3000));
        for compress in [compress_once, compress_to_keep] {
            for coding in ALL.into_iter().chain([Coding::Identity]) {
                let bytes = compress(coding, plain.clone()).unwrap();
                assert_eq!(decoded(coding, &bytes), plain, "{coding:?}");
            }
        }
    }

    /// A text of some length in which little repeats.
    fn dense(length: usize) -> Bytes {
        let mut state = length as u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_le_bytes()[7]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn a_beginning_is_whole_whatever_its_length() {
        for length in (1..16).map(|step| step * 23_456).chain([32_768, 65_536, 400_000]) {
            let plain = dense(length);
            for coding in ALL {
                let beginning = Beginning::new(coding, plain.clone()).unwrap();
                let bytes = [&beginning.bytes()[..], &beginning.end(b"end")].concat();
                let whole = [&plain[..], b"end"].concat();
                assert!(decoded(coding, &bytes) == whole, "{coding:?}, {length} bytes");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_beginning_takes_any_end(
            seed in prop::collection::vec(any::<u8>(), 1..600),
            times in 1_usize..400,
            ends in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 0..40), 0_usize..2_000), 1..4),
        ) {
            let plain = Bytes::from(seed.repeat(times));
            for coding in ALL.into_iter().chain([Coding::Identity]) {
                let beginning = Beginning::new(coding, plain.clone()).unwrap();
                prop_assert_eq!(beginning.coding(), coding);
                for (end, times) in &ends {
                    let end = end.repeat(*times);
                    let bytes = [&beginning.bytes()[..], &beginning.end(&end)].concat();
                    let whole = [&plain[..], &end].concat();
                    prop_assert!(decoded(coding, &bytes) == whole, "{:?}", coding);
                }
            }
        }
    }
}
