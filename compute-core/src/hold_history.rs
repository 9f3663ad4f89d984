//! Holds that came and went: what was held, released and still on, by production day.
//!
//! The table of a range of days is read once; every filter is one pass over it. Rules:
//! `docs/numbers.md`, section Hold history.

mod table;
mod filter;
mod trend;
mod overview;
mod records;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod properties;

pub use filter::{HoldClass, HoldHistoryFilter, HoldKind};
pub use overview::{HoldBar, HoldClassShare, HoldHistoryOverview, HoldHours, HoldSideShare};
pub use records::{HoldRecord, HoldRecordSort, HoldRecords, HoldRecordsQuery};
pub use table::{HoldHistoryTable, HoldRange, HoldSources};
pub use trend::{HoldAverages, HoldCount, HoldCounts, HoldDay};
