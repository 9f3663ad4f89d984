//! `mes-compute`: what the server computes, in the browser.
//!
//! [`store`] holds snapshots and mirrors every query of `compute-core`;
//! [`mes_api`] fetches with timeouts, aborts and retries. No rule of the
//! business lives here.

#[cfg(target_arch = "wasm32")]
mod error;
pub mod mes_api;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod types;
