//! Bytes in every coding, made once per version.

use std::io::Write;

use axum::body::Bytes;
use serde::Deserialize;

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

/// One body in all codings.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// As it is.
    pub identity: Bytes,
    /// zstd.
    pub zstd: Bytes,
    /// Brotli.
    pub brotli: Bytes,
    /// gzip.
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
            zstd: zstd::encode_all(plain.as_slice(), levels.zstd)?.into(),
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
