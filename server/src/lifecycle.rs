//! How the process takes connections, and how it lets go of everything in order.

mod connections;
mod shutdown;

pub use connections::{ConnectionLimits, serve_connections};
pub use shutdown::{Outcome, ShutdownRegistry};
