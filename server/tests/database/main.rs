//! The way to the database with real parts: SQLite files, a real PostgreSQL, and a proxy that breaks things.

#[path = "../support/cluster.rs"]
mod cluster;
mod copies;
mod failover;
mod kinds;
mod letters;
mod matrix;
mod pooler;
mod proxy;
mod rollup;
mod row_counts;
#[path = "../support/postgres.rs"]
mod server;
mod settings;
#[path = "../support/signals.rs"]
mod signals;
mod sqlite;
mod storm;
#[path = "../sources/tables.rs"]
mod tables;

/// The plant's zone.
fn reading() -> mes_dashboard::reading::Reading {
    mes_dashboard::reading::Reading::new(jiff::tz::TimeZone::UTC)
}
