//! Restarts of the worker: when one is allowed, and which there were.
//!
//! [`policy`] and [`decision`] judge and know no clock. An administrator's wish is a flag
//! ([`request`]) that the watchdog takes down; what became of it stands in the file that the
//! watchdog keeps ([`journal`]) and the server reads for its operators ([`log`]).

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
