//! Published versions of the MES tables.
//!
//! A [`Plant`] is everything that readers need of one moment: tables, the
//! merged equipment view and the encoded bytes. It is swapped as one pointer,
//! so a reader sees all of one version or all of another. A failed refresh
//! leaves the last good one and marks it stale.

mod clock;
mod delta;
mod encode;
mod refresher;
mod relations;
mod store;

pub use compute_core::table::Dataset;
pub use delta::EncodedDelta;
pub use encode::{CompressionLevels, Encoded, zstd_frame};
pub use refresher::{Answer, Intervals, Refresher, SourceRead, TableSource};
pub use store::{DatasetState, Live, Loaded, Plant, Published, SnapshotStore, WholeTable};
