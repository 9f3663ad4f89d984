//! Bytes in every coding, made once per version.

use std::io::Write;

use axum::body::Bytes;
use serde::Deserialize;
use zstd::zstd_safe::CParameter;

/// How hard to compress; higher is smaller and slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CompressionLevels {
    /// zstd, 1 to 22.
    pub zstd: i32,
    /// Brotli, 0 to 11.
    pub brotli: u32,
    /// gzip, 0 to 9.
    pub gzip: u32,
}

impl Default for CompressionLevels {
    fn default() -> Self {
        Self { zstd: 9, brotli: 5, gzip: 6 }
    }
}

/// Largest zstd window: 2^23 bytes. Browsers reject a larger one, as in RFC 9659.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Up to this level zstd stays within that on its own.
const MODEST_ZSTD_LEVEL: i32 = 19;

/// Compresses with zstd so that every browser takes it, at any level.
///
/// # Errors
/// The level is outside of 1 to 22.
fn zstd_frame(plain: &[u8], level: i32) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::bulk::Compressor::new(level)?;
    if level > MODEST_ZSTD_LEVEL {
        encoder.set_parameter(CParameter::WindowLog(ZSTD_WINDOW_LOG))?;
    }
    encoder.compress(plain)
}

/// One body in all codings.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// As it is.
    pub identity: Bytes,
    pub zstd: Bytes,
    pub brotli: Bytes,
    pub gzip: Bytes,
}

impl Encoded {
    /// Compresses `plain` in every coding. Takes time: not for async threads.
    ///
    /// # Errors
    /// A level is outside its coding's range.
    pub fn new(plain: Vec<u8>, levels: CompressionLevels) -> std::io::Result<Self> {
        let mut gzip =
            flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(levels.gzip));
        gzip.write_all(&plain)?;
        let mut brotli = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            quality: levels.brotli as i32,
            lgwin: 22,
            size_hint: plain.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut plain.as_slice(), &mut brotli, &params)?;
        Ok(Self {
            zstd: zstd_frame(&plain, levels.zstd)?.into(),
            brotli: brotli.into(),
            gzip: gzip.finish()?.into(),
            identity: plain.into(),
        })
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.identity.len() + self.zstd.len() + self.brotli.len() + self.gzip.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a reader of the frame has to keep: RFC 8878, 3.1.1.1.
    fn window_bytes(frame: &[u8]) -> u64 {
        let descriptor = frame[4];
        if descriptor & 0x20 == 0 {
            let (exponent, mantissa) = (frame[5] >> 3, u64::from(frame[5] & 7));
            let base = 1_u64 << (10 + exponent);
            return base + base / 8 * mantissa;
        }
        // A single segment: as long as its content.
        let mut size = [0; 8];
        let bytes = [1, 2, 4, 8][usize::from(descriptor >> 6)];
        size[..bytes].copy_from_slice(&frame[5..5 + bytes]);
        u64::from_le_bytes(size) + if bytes == 2 { 256 } else { 0 }
    }

    #[test]
    fn no_level_needs_a_longer_window_than_browsers_have() {
        // A little more than the window, of which hardly anything repeats nearby.
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_le_bytes()[7]
        };
        let piece: Vec<u8> = (0..100_000).map(|_| random()).collect();
        let long: Vec<u8> = piece.iter().copied().cycle().take(17 << 20).collect();
        for level in [1, 3, 9, 12, 17, 19, 20, 21, 22] {
            for plain in [&long[..], &piece[..]] {
                let packed = zstd_frame(plain, level).unwrap();
                assert_eq!(&packed[..4], &[0x28, 0xb5, 0x2f, 0xfd]);
                let window = window_bytes(&packed);
                assert!(window <= 8 << 20, "level {level}: {window} bytes");
                assert!(window <= (plain.len() as u64).max(1 << 10), "level {level}: {window}");
                if level == 22 {
                    assert_eq!(zstd::decode_all(&packed[..]).unwrap(), plain);
                }
            }
        }
    }
}
