//! Everything that MES Dashboard computes, in one pure crate.
//!
//! The server links it natively, the browser runs it as WebAssembly, and both
//! give the same bits. Modules are listed in reading order; each uses only
//! those above it.

pub mod metric;
pub mod calendar;
pub mod production_day;
pub mod blanks;
pub mod quality;
pub mod downtime_category;
pub mod site_rules;
mod rule_hints;
pub mod source_contract;
pub mod field_contract;
pub mod order;
pub(crate) mod text_pattern;
pub mod table;
pub mod delta;
pub mod workcenter;
pub mod lot;
pub mod equipment;
pub mod history;
pub mod hold_history;
pub mod downtime;
pub mod memory;
pub mod alert;
pub mod facts;
pub mod query_registry;
