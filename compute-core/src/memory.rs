//! The plant's memory: the versions of a shift, one after the other.
//!
//! A server records the versions that it publishes. From the records each version can be read as it
//! was published, to the byte. `records` is their form, [`Shift`] reads them.
//!
//! Rules: `docs/numbers.md`, section Memory.

mod records;
mod shift;
mod changes;
mod flow;
mod row_times;
#[cfg(test)]
mod properties;

pub use changes::PlantChanges;
pub use flow::{FlowQuery, FlowTotals, GroupFlow, ShiftFlow, WipPoint};
pub use records::{BEGIN, Content, DatasetSet, Record, RecordError, first_versions, records};
pub use row_times::RowTimes;
pub use shift::{Kept, LONGEST_SILENCE_S, Shift, Span, layout};
