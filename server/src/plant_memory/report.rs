//! The state of the memory, for operators and for pages.

use compute_core::memory::Span;
use serde::Serialize;
use utoipa::ToSchema;

/// The plant's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemoryReport {
    /// Whether versions are kept: `PLANT_MEMORY_ENABLED`.
    pub enabled: bool,
    /// Begin of the oldest shift that is kept, plant time; null before the first.
    pub kept_from: Option<String>,
    /// Time of the last record, plant time; null before the first.
    pub kept_to: Option<String>,
    /// Shifts that are kept.
    pub shifts: usize,
    /// Bytes of their files.
    pub bytes: u64,
    /// Versions of tables recorded since the start.
    pub versions: u64,
    /// Bytes of records that killed writers left unfinished, cut off since the start.
    pub cut_off_bytes: u64,
    /// Whether this process writes the files; another one does where it is false.
    pub is_keeper: bool,
    /// Why the memory can't go on; null when all is well.
    pub problem: Option<String>,
}

/// What is known of a shift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShiftSummary {
    /// Times of which the lots are known; between them is a gap.
    pub lots: Vec<Span>,
    /// Times of which the real-time rows of the machines are known.
    pub machines: Vec<Span>,
    /// Versions of all tables.
    pub versions: usize,
    /// Records whose clock was earlier than that of the record before them.
    pub clock_steps: u32,
}

/// A shift that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeptShift {
    /// Its first moment, `YYYY-MM-DD HH:MM:SS`, plant time.
    #[schema(example = "2026-11-20 07:30:00")]
    pub from: String,
    /// The moment when it is over.
    #[schema(example = "2026-11-20 19:30:00")]
    pub until: String,
    /// Bytes of its file.
    pub bytes: u64,
    /// Why its file can't be read; null when all is well.
    pub problem: Option<String>,
    #[serde(flatten)]
    pub known: ShiftSummary,
}
