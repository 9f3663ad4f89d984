//! `/api/wip/*`: lots. Every handler asks the lot table one question.

pub mod detail;
pub mod hold_detail;
pub mod lot;
pub mod meta;
pub mod overview;
pub mod qc_gate;
