//! The thin server: reads the MES tables, publishes versions of them, answers over HTTP.

pub mod runtime_contract;
pub mod runtime_files;
pub mod supervisor;
pub mod restart;
pub mod secret;
pub mod resilience;
pub mod telemetry;
pub mod watchdog;
mod private_file;
pub mod log_store;
pub mod lifecycle;
pub mod snapshot;
pub mod source;
pub mod breaker;
pub mod database;
pub mod redis;
pub mod route_cache;
pub mod app_store;
pub mod auth;
pub mod audit;
pub mod config;
pub mod cli;
pub mod app;
pub mod row_query;
pub mod history;
pub mod api;
pub mod demo;
