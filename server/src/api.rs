//! The plant over HTTP: lots, equipment, jobs, tables, snapshots.

pub(crate) mod rows;
pub(crate) mod file_footer;
pub(crate) mod export;
pub(crate) mod wip;
pub(crate) mod hold_overview;
pub(crate) mod resource;
pub(crate) mod snapshot;
pub(crate) mod history;
pub(crate) mod production_day;
pub(crate) mod hold_history;
pub(crate) mod downtime;
pub(crate) mod memory;
pub(crate) mod alerts;
pub(crate) mod dashboard;
pub(crate) mod job_query;
pub(crate) mod table_browser;
pub(crate) mod fields;
pub(crate) mod data_quality;
pub(crate) mod monotonic_reads;
pub(crate) mod events;
