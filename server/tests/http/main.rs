//! The HTTP service as its callers meet it: the real router, in process, over small tables.

mod access;
mod alerts;
mod answers;
mod any_plant;
mod assets;
mod commands;
mod data_quality;
mod description;
mod downtime;
mod errors;
mod events;
mod exposure;
mod freshness;
mod fuzz;
mod health;
mod history;
mod holds;
mod hostile;
mod keeping;
mod memory;
mod pages;
mod plant;
#[path = "../support/postgres.rs"]
mod postgres;
mod queries;
mod questions;
mod rate_limits;
mod reading;
#[path = "../support/redis.rs"]
mod redis_server;
mod restarts;
mod route_cache;
mod schema;
mod service;
mod settings;
mod shared_answers;
mod sign_in;
#[path = "../support/signals.rs"]
mod signals;
#[path = "../support/small_plant.rs"]
mod small_plant;
mod snapshots;
mod tokens;
mod trials;
mod views;
