//! Restarts of the worker: when one is allowed, and which there were.
//!
//! [`policy`] decides and knows no clock; [`history`] is the file that the watchdog keeps
//! (`WATCHDOG_STATE_FILE`), as the server reads it for its operators.

pub mod history;
pub mod policy;

pub use history::{RestartHistory, RestartRecord};
pub use policy::{Churn, PolicyState, RestartLimits, RestartOutlook};
