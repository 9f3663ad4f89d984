//! Content codings: negotiation, and the compression of JSON responses.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
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
    encode(coding, plain, Effort { zstd: 3, brotli: 4, gzip: 4 })
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

#[cfg(test)]
mod tests {
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

    #[test]
    fn every_coding_decodes_to_what_went_in() {
        let plain = Bytes::from("焊接_WB,".repeat(3000));
        for compress in [compress_once, compress_to_keep] {
            let zstd = compress(Coding::Zstd, plain.clone()).unwrap();
            assert_eq!(zstd::stream::decode_all(&zstd[..]).unwrap(), plain);
            let mut out = Vec::new();
            let br = compress(Coding::Brotli, plain.clone()).unwrap();
            brotli::Decompressor::new(&br[..], 4096).read_to_end(&mut out).unwrap();
            assert_eq!(out, plain);
            out.clear();
            let gzip = compress(Coding::Gzip, plain.clone()).unwrap();
            flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut out).unwrap();
            assert_eq!(out, plain);
            assert_eq!(compress(Coding::Identity, plain.clone()).unwrap(), plain);
        }
    }
}
