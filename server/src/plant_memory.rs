//! The plant's memory: every published version, kept in one file per shift.
//!
//! The keeper ([`PlantMemory::keep`]) follows the snapshot store from beside: it writes the first
//! version of each table as a whole and then what changed, and once a minute that a table is still
//! the same. A failed refresh writes nothing, so that a time of which nothing is known is a gap.
//! Files grow by whole frames with checksums: what a killed writer left of one is cut off by the
//! next writer and skipped by readers. A full disk stops the memory and nothing else.

mod file;
mod folder;
mod report;
mod keeper;

pub use folder::{Bounds, Folder};
pub use keeper::{MemorySetup, PlantMemory};
pub use report::{KeptShift, MemoryReport, ShiftSummary};
