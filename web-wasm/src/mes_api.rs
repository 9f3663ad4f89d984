//! `MesApi`: requests with timeout, abort and backoff.
//!
//! [`policy`] decides, without I/O, clock or randomness of its own; the fetch
//! module is the only place that talks to the network and waits.

pub mod policy;
#[cfg(target_arch = "wasm32")]
mod fetch;
