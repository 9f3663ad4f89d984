//! The steps that bring the tables up to date, once per dialect. A published step is never edited:
//! a database that has applied it rejects a changed text.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, name, text for SQLite, text for PostgreSQL.
const STEPS: [(i64, &str, &str, &str); 6] = [
    (
        1,
        "users and sessions",
        include_str!("../../migrations/sqlite/0001_users_and_sessions.sql"),
        include_str!("../../migrations/postgres/0001_users_and_sessions.sql"),
    ),
    (
        2,
        "audit",
        include_str!("../../migrations/sqlite/0002_audit.sql"),
        include_str!("../../migrations/postgres/0002_audit.sql"),
    ),
    (
        3,
        "page layout",
        include_str!("../../migrations/sqlite/0003_page_layout.sql"),
        include_str!("../../migrations/postgres/0003_page_layout.sql"),
    ),
    (
        4,
        "ends of sessions",
        include_str!("../../migrations/sqlite/0004_ends_of_sessions.sql"),
        include_str!("../../migrations/postgres/0004_ends_of_sessions.sql"),
    ),
    (
        5,
        "tokens of scripts",
        include_str!("../../migrations/sqlite/0005_api_tokens.sql"),
        include_str!("../../migrations/postgres/0005_api_tokens.sql"),
    ),
    (
        6,
        "views and choices",
        include_str!("../../migrations/sqlite/0006_views_and_choices.sql"),
        include_str!("../../migrations/postgres/0006_views_and_choices.sql"),
    ),
];

fn migrator(
    text: impl Fn(&(i64, &'static str, &'static str, &'static str)) -> &'static str,
) -> Migrator {
    let steps = STEPS.iter().map(|step| {
        let sql = text(step).into_sql_str();
        Migration::new(step.0, step.1.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(steps.collect())
}

/// The steps for SQLite.
pub(super) fn sqlite() -> Migrator {
    migrator(|step| step.2)
}

/// The steps for PostgreSQL.
pub(super) fn postgres() -> Migrator {
    migrator(|step| step.3)
}
