//! `APP_DATABASE_URL`: which database, opened how.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::database::address::sqlite_file;
use crate::database::hosts::Hosts;

/// Longest wait for another writer of the same file.
const BUSY: Duration = Duration::from_secs(3);

/// `APP_DATABASE_URL` can't be used. The address itself may hold a password and is not repeated.
#[derive(Debug, thiserror::Error)]
#[error(
    "APP_DATABASE_URL can't be used: {0}; give sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"
)]
pub struct InvalidAddress(String);

/// A database, ready to be opened.
#[derive(Debug)]
pub(super) enum Address {
    /// A file, or memory without one.
    Sqlite {
        options: Box<SqliteConnectOptions>,
        file: Option<PathBuf>,
    },
    Postgres(Arc<Hosts>),
}

impl Address {
    pub fn parse(url: &str) -> Result<Self, InvalidAddress> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let (options, file) = sqlite_file(url)
                .map_err(|_| InvalidAddress("it is no address of an SQLite file".to_owned()))?;
            if rest.trim_start_matches('/').is_empty() {
                return Err(InvalidAddress("the file has no name".to_owned()));
            }
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY);
            return Ok(Self::Sqlite { options: Box::new(options), file });
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The parser's own message may repeat parts of the address.
            let hosts = Hosts::writable(url, "mes-dashboard")
                .map_err(|_| InvalidAddress("it is no address of a PostgreSQL".to_owned()))?;
            return Ok(Self::Postgres(Arc::new(hosts)));
        }
        Err(InvalidAddress("it begins with neither sqlite: nor postgres://".to_owned()))
    }
}
