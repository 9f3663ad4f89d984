//! Sources and refreshers on real databases: SQLite files and a real PostgreSQL.

mod postgres;
mod refresher;
#[path = "../support/postgres.rs"]
mod server;
mod simulated;
mod spellings;
mod sqlite;
mod stamps;
mod tables;

/// The plant's zone.
fn reading() -> mes_dashboard::reading::Reading {
    mes_dashboard::reading::Reading::new(jiff::tz::TimeZone::get("Asia/Taipei").unwrap())
}

/// How long a database may work on an answer.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
