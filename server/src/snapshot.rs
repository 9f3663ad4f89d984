//! Published versions of the MES tables.
//!
//! A [`Plant`] is everything that readers need of one moment: tables, the
//! merged equipment view and the encoded bytes. It is swapped as one pointer,
//! so a reader sees all of one version or all of another. A failed refresh
//! leaves the last good one and marks it stale.

mod clock;
mod table_source;
mod encode;
mod delta;
mod order;
mod relations;
mod plant;
mod transfer;
mod store;
mod peers;
mod refresher;

pub use compute_core::table::Dataset;
pub use delta::EncodedDelta;
pub use encode::{CompressionLevels, Encoded, Packing};
pub use order::{AsOf, Order};
pub use peers::{Done, Duty, Peers};
pub use plant::{DatasetState, Plant, Published, PublishedTable, WholeTable};
pub use refresher::{Intervals, Refresher};
pub use store::{Loaded, SnapshotStore};
pub use table_source::{Answer, SourceRead, TableSource};
pub use transfer::{Described, Unusable, parts_of};
