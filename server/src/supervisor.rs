//! The process that holds the listening socket and supervises the worker that serves.
//!
//! [`driver`] executes the decisions of [`machine`]. It starts the worker, which is the same
//! program, with the listening socket ([`program`], `process`), and exchanges messages with it
//! ([`control`], [`link`]). [`identity`] distinguishes a process from another one with its pid,
//! [`record`] is the state of the supervisor in `WATCHDOG_PID_FILE`.

pub mod identity;
pub mod record;
pub mod machine;
pub mod control;
pub mod link;
pub mod program;
mod process;
mod pid_file;
mod service_manager;
pub mod driver;
#[cfg(test)]
mod sleeper;

pub use control::SupervisorStatus;
pub use driver::{Supervisor, SupervisorError};
pub use identity::{Identity, SignalError};
pub use link::{Reporter, SupervisorView, WorkerLink};
pub use machine::SupervisorLimits;
pub use process::BESIDE;
pub use program::{Program, ProgramError};
pub use record::{ReloadRecord, SupervisorRecord, WorkerRecord};
pub(crate) use service_manager::ServiceManager;
