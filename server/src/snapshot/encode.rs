//! Bytes in every coding, made once per version.

use std::io::{ErrorKind, Write};
use std::sync::Arc;

use axum::body::Bytes;
use serde::Deserialize;
use tokio::sync::{OnceCell, Semaphore};
use zstd::zstd_safe::CParameter;

use crate::background;

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

/// Codings that bodies are kept in, smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Zstd,
    Brotli,
    Gzip,
}

impl Packing {
    pub const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];
}

/// A body longer than this is compressed one at a time, off the way of its readers: it would make them
/// wait for tens of milliseconds.
const LONG_BYTES: usize = 1 << 20;
/// The turn to compress a long body.
static TURN: Semaphore = Semaphore::const_new(1);

/// A body with its codings, each of which is made once, when it is first needed.
#[derive(Debug)]
pub struct Encoded {
    /// As it is.
    pub identity: Bytes,
    levels: CompressionLevels,
    packed: [OnceCell<Bytes>; Packing::ALL.len()],
}

impl Encoded {
    /// A body that is in no coding yet.
    pub fn new(plain: Vec<u8>, levels: CompressionLevels) -> Self {
        Self { identity: plain.into(), levels, packed: Default::default() }
    }

    /// A body with the codings that another server has made.
    pub fn with_made(plain: Vec<u8>, levels: CompressionLevels, made: [Option<Bytes>; 3]) -> Self {
        let packed = made.map(OnceCell::new_with);
        Self { identity: plain.into(), levels, packed }
    }

    /// Whether readers are not to wait for its compression.
    pub fn is_long(&self) -> bool {
        self.identity.len() > LONG_BYTES
    }

    /// The body in a coding, where that has been made.
    pub fn made(&self, packing: Packing) -> Option<&Bytes> {
        self.packed[packing as usize].get()
    }

    /// The body in a coding. Callers at the same time wait for one compression.
    ///
    /// # Errors
    /// The level is outside the coding's range.
    pub async fn packed(&self, packing: Packing) -> std::io::Result<Bytes> {
        let (plain, levels) = (self.identity.clone(), self.levels);
        let pack = move || pack(&plain, packing, levels);
        let make = || async {
            let made = if self.is_long() {
                let _turn = TURN.acquire().await;
                background::run("compress", pack).await
            } else {
                tokio::task::spawn_blocking(pack).await.ok()
            };
            made.unwrap_or_else(|| Err(ErrorKind::Other.into())).map(Bytes::from)
        };
        self.packed[packing as usize].get_or_try_init(make).await.cloned()
    }

    /// Makes a coding in the background.
    pub fn pack_ahead(self: &Arc<Self>, packing: Packing) {
        let body = self.clone();
        tokio::spawn(async move {
            if let Err(error) = body.packed(packing).await {
                tracing::warn!(%error, ?packing, "a snapshot was not compressed");
            }
        });
    }
}

fn pack(plain: &[u8], packing: Packing, levels: CompressionLevels) -> std::io::Result<Vec<u8>> {
    match packing {
        Packing::Zstd => zstd_frame(plain, levels.zstd),
        Packing::Brotli => {
            let mut packed = Vec::new();
            let params = brotli::enc::BrotliEncoderParams {
                quality: levels.brotli as i32,
                lgwin: 22,
                size_hint: plain.len(),
                ..Default::default()
            };
            brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)?;
            Ok(packed)
        }
        Packing::Gzip => {
            let level = flate2::Compression::new(levels.gzip);
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
            gzip.write_all(plain)?;
            gzip.finish()
        }
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
