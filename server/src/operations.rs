//! The server for its operators: health, figures, log, audit, restarts.

pub(crate) mod audit;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod logs;
pub(crate) mod system;
mod restart_refusals;
pub(crate) mod worker_restart;
pub(crate) mod refresh;
pub(crate) mod alert_commands;
