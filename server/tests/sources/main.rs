//! Sources and refreshers on real databases: SQLite files and a real PostgreSQL.

mod postgres;
mod refresher;
#[path = "../support/postgres.rs"]
mod server;
mod sqlite;
mod tables;
