//! How the process takes connections, and how it lets go of everything in order.

mod clients;
mod phase;
mod places;
mod transport;
mod connections;
mod shutdown;

pub use clients::client_key;
pub use connections::{ConnectionLimits, Drain, DrainTimes, serve_connections};
pub use places::{Place, Places};
pub use shutdown::{Outcome, ShutdownRegistry};
