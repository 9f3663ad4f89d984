//! What stood still, why, and for how long: fragments of states as events, with their jobs.
//!
//! Fragments and jobs of a range of days are read once and joined with the machines; every filter
//! is one pass over the events. Rules: `docs/numbers.md`, section Downtime.

mod fragments;
mod jobs;
mod recent;
mod events;
mod filter;
mod figures;
mod sums;
mod view;
mod list;
mod summary;
mod timeline;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod properties;

pub use events::JobLink;
pub use figures::DowntimeFigures;
pub use filter::DowntimeFilter;
pub use fragments::DowntimeTable;
pub use jobs::JobTable;
pub use list::{
    DowntimeEvent, DowntimeEvents, DowntimeEventsQuery, DowntimeMachine, DowntimeMachines,
    DowntimeMachinesQuery, DowntimeSort, EventJob,
};
pub use summary::{
    CategoryDowntime, DowntimeChange, DowntimeComparison, DowntimeComparisonQuery, DowntimeDay,
    DowntimeSummary, FamilyDowntime, GroupDowntime, LeftOut, LinkDowntime, ReasonDowntime,
    ShiftDowntime, StateDowntime,
};
pub use timeline::{DowntimeTimelineQuery, MachineTimeline, TimelineSegment};
pub use view::DowntimeView;
