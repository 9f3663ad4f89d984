//! The way to the database with real parts: SQLite files, a real PostgreSQL, and a proxy that breaks things.

mod matrix;
mod proxy;
#[path = "../support/postgres.rs"]
mod server;
mod settings;
#[path = "../support/signals.rs"]
mod signals;
mod sqlite;
mod storm;
