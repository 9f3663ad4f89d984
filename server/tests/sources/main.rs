//! Sources and refreshers on real databases: SQLite files and a real PostgreSQL.

mod postgres;
mod refresher;
mod sqlite;
mod tables;
