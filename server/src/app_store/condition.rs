//! Whether the application's database can be read and written, from the last check.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::AppStoreError;
use crate::degraded_reason::DegradedReason;

/// Time between two looks while all is well: each writes a little.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Time between two looks while something is wrong.
pub(super) const LOOK_SOON: Duration = Duration::from_secs(2);
/// Longest look.
pub(super) const LOOK_LIMIT: Duration = Duration::from_secs(4);

/// A problem of the application's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreTrouble {
    /// It can't be reached, read, or brought up to date.
    Unavailable,
    /// Its disk is full.
    Full,
    /// It takes no writes.
    ReadOnly,
}

impl StoreTrouble {
    pub fn reason(self) -> DegradedReason {
        match self {
            Self::Unavailable => DegradedReason::AppDatabaseUnavailable,
            Self::Full => DegradedReason::AppDatabaseFull,
            Self::ReadOnly => DegradedReason::AppDatabaseReadOnly,
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unavailable => "the application's database does not respond",
            Self::Full => "the disk of the application's database is full",
            Self::ReadOnly => "the application's database takes no writes",
        }
    }

    /// What a failure of a write means.
    pub(super) fn of(error: &AppStoreError) -> Self {
        let cause = match error {
            AppStoreError::Query(cause) => cause,
            AppStoreError::Migration(
                sqlx::migrate::MigrateError::Execute(cause)
                | sqlx::migrate::MigrateError::ExecuteMigration(cause, _),
            ) => cause,
            AppStoreError::File { cause, .. } => {
                return match cause.kind() {
                    std::io::ErrorKind::StorageFull => Self::Full,
                    std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
                    _ => Self::Unavailable,
                };
            }
            AppStoreError::Address(_) | AppStoreError::Migration(_) => return Self::Unavailable,
        };
        let sqlx::Error::Database(cause) = cause else { return Self::Unavailable };
        let code = cause.code().unwrap_or_default();
        match code.as_ref() {
            "53100" => return Self::Full,
            "25006" => return Self::ReadOnly,
            _ => {}
        }
        // SQLite: the low byte is the kind. PostgreSQL's codes have five characters.
        match code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff) {
            Some(13) => Self::Full,
            Some(8) => Self::ReadOnly,
            _ => Self::Unavailable,
        }
    }
}

/// The result of the last check, and requests for another one.
#[derive(Debug, Default)]
pub(super) struct StoreHealth {
    /// `None` before the first look.
    found: Mutex<Option<Result<(), StoreTrouble>>>,
    look: Notify,
}

impl StoreHealth {
    pub fn found(&self) -> Option<Result<(), StoreTrouble>> {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the result of a check; returns the previous one.
    pub fn note(&self, found: Result<(), StoreTrouble>) -> Option<Result<(), StoreTrouble>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).replace(found)
    }

    pub fn wanted(&self) {
        self.look.notify_one();
    }

    pub async fn until_wanted(&self) {
        self.look.notified().await;
    }
}
