//! The process that holds the port and looks after the worker that answers.
//!
//! [`driver`] carries out what [`machine`] decides. It starts the worker, which is the same program, with
//! the listening socket ([`program`], `process`), and talks to it ([`control`], [`link`]).
//! [`identity`] tells one process from another that has its pid, [`record`] is what the supervisor
//! tells about itself in `WATCHDOG_PID_FILE`.

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
