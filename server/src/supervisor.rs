//! The process that holds the port and looks after the worker that answers.
//!
//! [`identity`] tells one process from another that has its pid, [`record`] is what the supervisor
//! tells about itself in `WATCHDOG_PID_FILE`.

pub mod identity;
pub mod record;

pub use identity::{Identity, SignalError};
pub use record::{ReloadRecord, SupervisorRecord, WorkerRecord};
