//! Restarts of the worker: when one is allowed, and which there were.
//!
//! [`policy`] and [`decision`] are pure: time is an argument. An administrator's request is a flag
//! ([`request`]) that the watchdog removes; its result is in the file that the watchdog writes
//! ([`journal`]) and the server reads for its operators ([`log`]).

pub mod policy;
pub mod decision;
pub mod request;
pub mod log;
pub mod journal;

pub use decision::{Decision, Refusal, RestartSource, decide};
pub use journal::RestartJournal;
pub use log::{RestartLog, RestartRecord};
pub use policy::{Churn, PolicyState, RestartLimits, RestartOutlook};
pub use request::RestartRequest;
