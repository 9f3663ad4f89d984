//! The shared cache, sessions and versions over a real Redis that is frozen, killed, filled up and lied to.

mod failover;
mod faults;
#[path = "../support/redis.rs"]
mod server;
#[path = "../http/plant.rs"]
#[allow(dead_code, reason = "the tiny plant of the tests over HTTP")]
mod plant;
#[path = "../http/service.rs"]
#[allow(dead_code, reason = "the service of the tests over HTTP")]
mod service;
mod sessions;
mod several;
mod shared;
#[path = "../support/signals.rs"]
mod signals;
