//! The server: reads the MES tables, publishes versions of them and serves them over HTTP.
//!
//! Modules stand in reading order: each uses only modules above it (`tests/layering.rs`).

#![allow(
    missing_docs,
    reason = "an application: a doc comment is written where a name is not enough"
)]

pub mod secret;
pub mod degraded_reason;
mod private_file;
pub mod runtime_files;
pub mod runtime_contract;
pub mod http_probe;
pub mod supervisor;
pub mod restart;
pub mod watchdog;
pub mod telemetry;
pub mod log_store;
pub mod serving;
pub mod breaker;
pub mod reading;
mod charset;
mod raw_cells;
mod background;
pub mod data_quality;
pub mod alerts;
pub mod snapshot;
pub mod database;
pub mod catalogue;
pub mod source;
pub mod table_query;
pub mod redis;
pub mod route_cache;
pub mod plant_memory;
pub mod day_ranges;
pub mod history_rollup;
pub mod hour_ranges;
pub mod hold_ranges;
pub mod downtime_ranges;
pub mod user_name;
pub mod app_store;
pub mod auth;
pub mod audit;
pub mod sharing;
pub mod plant_alerts;
pub mod pages;
pub mod kept_choices;
pub mod pinned_views;
pub mod install;
pub mod http;
pub mod config;
pub mod app_state;
pub mod api;
pub mod operations;
pub mod site;
pub mod routes;
pub mod app;
pub mod cli;
pub mod demo;
