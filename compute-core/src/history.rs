//! Hours of the machines by E10 state, a row per machine and day.
//!
//! The table of a range of days is read once; every granularity, filter and
//! narrower range is computed from it. Rules: `docs/numbers.md`, section History.

mod tally;
mod table;
mod assemble;
mod view;
mod figures;
mod summary;
mod machines;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod properties;

pub use crate::calendar::{Day, Granularity};
pub use crate::table::MOST_DAYS;
pub use assemble::DaysOf;
pub use figures::HoursFigures;
pub use machines::{
    FamilyHours, FamilyMachinesQuery, GroupHours, HistoryDetail, HistoryDetailQuery, MachineHours,
};
pub use summary::{
    HistoryHeatmap, HistoryQuery, HistorySummary, OuPoint, TrendPoint, WorkcenterHours,
    WorkcenterName,
};
pub use table::{HistoryTable, ROWS};
pub use view::HistoryView;
pub(crate) use view::Workcenters;
