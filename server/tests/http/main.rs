//! The HTTP service as its callers meet it: the real router, in process, over small tables.

mod assets;
mod commands;
mod description;
mod errors;
mod events;
mod freshness;
mod hostile;
mod plant;
mod questions;
mod rate_limits;
mod schema;
mod service;
mod snapshots;
