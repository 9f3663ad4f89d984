//! `MesApi`: requests with timeout, abort, backoff and one breaker an origin.
//!
//! The first modules decide, without I/O, clock or randomness of their own; the later ones send
//! requests, exchange messages with other tabs, and wait.

pub mod retry_after;
pub mod breaker;
pub mod budget;
pub mod policy;
pub mod origin;
pub mod tabs;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
pub(crate) use fetch::{Download, DownloadKind, MesApi};
