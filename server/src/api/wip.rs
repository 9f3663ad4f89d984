//! `/api/wip/*`: lots. Every handler runs one query on the lot table.

pub(super) mod filters;
pub mod detail;
pub mod hold_detail;
pub mod lot;
pub mod meta;
pub mod overview;
pub mod qc_gate;
