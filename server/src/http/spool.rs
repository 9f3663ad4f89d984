//! Responses that are built as a whole before they are sent, in bounded memory.
//!
//! Rows are written and compressed one by one as the database sends them; only the compressed text
//! is kept in memory. So a response is of one moment, a failure is reported before the response
//! begins, and the connection is free as early as possible, however slow the client is. All such
//! responses share one memory limit.

use std::collections::VecDeque;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::coding::Coding;
use super::error::ApiError;
use super::response::coded;

/// Codings of spooled responses besides identity.
pub const SPOOL_CODINGS: [Coding; 1] = [Coding::Zstd];

/// What is allocated and sent at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks of all responses together: 256 MiB.
const ALL_CHUNKS: usize = 4096;
/// Chunks of one response: 128 MiB.
const MOST_CHUNKS: usize = 2048;
/// Quick; its window of 512 KiB is little for both sides.
const ZSTD_LEVEL: i32 = 1;

/// The memory limit of all spooled responses.
#[derive(Clone, Debug)]
pub struct AnswerRoom {
    places: Arc<Semaphore>,
    most_chunks: usize,
}

impl Default for AnswerRoom {
    fn default() -> Self {
        Self::of(ALL_CHUNKS, MOST_CHUNKS)
    }
}

impl AnswerRoom {
    fn of(all_chunks: usize, most_chunks: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(all_chunks)), most_chunks }
    }

    /// A permit for one more chunk of a response with `held` chunks.
    fn place(&self, held: usize) -> io::Result<OwnedSemaphorePermit> {
        if held >= self.most_chunks {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.places.clone().try_acquire_owned().map_err(|_| ErrorKind::QuotaExceeded.into())
    }
}

/// The error for a response that exceeds the limit.
pub fn not_held(cause: &io::Error) -> ApiError {
    match cause.kind() {
        ErrorKind::FileTooLarge => ApiError::validation(
            "結果過大，無法一次傳回；請縮小範圍",
            "The response is too large; narrow the query",
        ),
        ErrorKind::QuotaExceeded => ApiError::answers_full(),
        _ => {
            tracing::error!(%cause, "a response can't be written");
            ApiError::internal()
        }
    }
}

#[derive(Debug)]
struct Chunk {
    bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

/// Bytes that are written to be sent later.
#[derive(Debug)]
pub struct Spool {
    room: AnswerRoom,
    full: VecDeque<Chunk>,
    open: Vec<u8>,
}

impl Spool {
    /// Nothing has been written yet.
    pub fn in_room(room: &AnswerRoom) -> Self {
        Self { room: room.clone(), full: VecDeque::new(), open: Vec::new() }
    }

    fn seal(&mut self) -> io::Result<()> {
        let place = self.room.place(self.full.len())?;
        let mut bytes = std::mem::take(&mut self.open);
        bytes.shrink_to_fit();
        self.full.push_back(Chunk { bytes: bytes.into(), _place: place });
        Ok(())
    }

    /// What has been written.
    ///
    /// # Errors
    /// There is no room.
    pub fn finish(mut self) -> io::Result<Held> {
        if !self.open.is_empty() {
            self.seal()?;
        }
        Ok(Held { chunks: self.full, at: 0 })
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.capacity() == 0 {
            self.open.reserve_exact(CHUNK_BYTES);
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.open.len());
        self.open.extend_from_slice(&bytes[..taken]);
        if self.open.len() == CHUNK_BYTES {
            self.seal()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text that is packed while it is written.
pub struct Packed(zstd::stream::write::Encoder<'static, Spool>);

impl Packed {
    /// Nothing has been written yet.
    ///
    /// # Errors
    /// There is no memory.
    pub fn in_room(room: &AnswerRoom) -> io::Result<Self> {
        zstd::stream::write::Encoder::new(Spool::in_room(room), ZSTD_LEVEL).map(Self)
    }

    /// What has been written.
    ///
    /// # Errors
    /// There is no room.
    pub fn finish(self) -> io::Result<HeldText> {
        self.0.finish()?.finish().map(HeldText)
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Bytes that wait to be sent; their room is given back as they go.
#[derive(Debug)]
pub struct Held {
    chunks: VecDeque<Chunk>,
    /// Bytes of the first chunk that were read.
    at: usize,
}

impl Held {
    /// The bytes as they are.
    pub fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self.chunks, async |mut chunks| {
            let chunk = chunks.pop_front()?;
            Some((Ok::<_, std::convert::Infallible>(chunk.bytes), chunks))
        }))
    }
}

impl Read for Held {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut found = self.fill_buf()?;
        let read = found.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Held {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunks.front().is_some_and(|chunk| self.at >= chunk.bytes.len()) {
            self.chunks.pop_front();
            self.at = 0;
        }
        Ok(self.chunks.front().map_or(&[], |chunk| &chunk.bytes[self.at..]))
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

/// Packed text that waits to be sent.
#[derive(Debug)]
pub struct HeldText(Held);

impl HeldText {
    /// It in one of [`SPOOL_CODINGS`], or unpacked as the caller reads.
    ///
    /// # Errors
    /// There is no memory.
    pub fn respond(self, content_type: &'static str, coding: Coding) -> Result<Response, ApiError> {
        if coding == Coding::Zstd {
            return Ok(coded(content_type, coding, self.0.into_body()));
        }
        let unpacking = zstd::stream::read::Decoder::with_buffer(self.0);
        let unpacking = unpacking.map_err(|cause| not_held(&cause))?;
        let pieces = stream::try_unfold(unpacking, async |mut unpacking| {
            let mut piece = vec![0; CHUNK_BYTES];
            let read = unpacking.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(piece), unpacking)))
        });
        Ok(coded(content_type, coding, Body::from_stream(pieces)))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::header;

    use super::*;

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_le_bytes()[7]
        };
        (0..bytes).map(next).collect()
    }

    #[tokio::test]
    async fn what_goes_in_comes_out_in_every_coding() {
        let room = AnswerRoom::of(8, 8);
        for plain in [Vec::new(), b"a".to_vec(), vec![b'x'; 1 << 20], noise(200_000)] {
            for coding in [Coding::Zstd, Coding::Identity] {
                let mut packed = Packed::in_room(&room).unwrap();
                packed.write_all(&plain).unwrap();
                let answer = packed.finish().unwrap().respond("text/csv", coding).unwrap();
                let declared = answer.headers().get(header::CONTENT_ENCODING).cloned();
                let sent = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                let unpacked = match declared {
                    Some(coding) => {
                        assert_eq!(coding, "zstd");
                        zstd::decode_all(&sent[..]).unwrap()
                    }
                    None => sent.to_vec(),
                };
                assert!(unpacked == plain, "{} bytes, {coding:?}", plain.len());
            }
        }
        assert_eq!(room.places.available_permits(), 8, "all of the room is free again");
    }

    #[tokio::test]
    async fn a_full_room_takes_no_more_and_is_given_back_as_answers_are_read() {
        let room = AnswerRoom::of(3, 2);
        let mut first = Spool::in_room(&room);
        first.write_all(&noise(2 * CHUNK_BYTES)).unwrap();
        let too_much = first.write_all(&noise(CHUNK_BYTES)).unwrap_err();
        assert_eq!(not_held(&too_much).code, crate::http::error::ErrorCode::ValidationError);
        let mut second = Spool::in_room(&room);
        second.write_all(&noise(CHUNK_BYTES)).unwrap();
        let full = second.write_all(&noise(CHUNK_BYTES)).unwrap_err();
        let refused = not_held(&full);
        assert_eq!(refused.code, crate::http::error::ErrorCode::ServiceUnavailable);
        assert!(refused.retry_after_secs.is_some());
        drop(second);
        let mut third = Spool::in_room(&room);
        third.write_all(&noise(CHUNK_BYTES)).unwrap();
        let read = to_bytes(third.finish().unwrap().into_body(), usize::MAX).await.unwrap();
        assert_eq!(read.len(), CHUNK_BYTES);
        assert_eq!(room.places.available_permits(), 1);
        drop(first);
        assert_eq!(room.places.available_permits(), 3);
    }
}
