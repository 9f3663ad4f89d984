//! The shared cache and sessions over a real Redis that is frozen, killed, filled up and lied to.

mod failover;
mod faults;
#[path = "../support/redis.rs"]
mod server;
mod sessions;
mod shared;
#[path = "../support/signals.rs"]
mod signals;
