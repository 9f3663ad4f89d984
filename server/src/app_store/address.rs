//! `APP_DATABASE_URL`: which database, opened how.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

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
    /// A file, or memory where there is none.
    Sqlite {
        options: Box<SqliteConnectOptions>,
        file: Option<PathBuf>,
    },
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    pub fn parse(url: &str) -> Result<Self, InvalidAddress> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)
                .map_err(|_| InvalidAddress("it is no address of an SQLite file".to_owned()))?;
            if rest.trim_start_matches('/').is_empty() {
                return Err(InvalidAddress("the file has no name".to_owned()));
            }
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY);
            let in_memory = rest.contains(":memory:") || rest.contains("mode=memory");
            let file = (!in_memory).then(|| options.get_filename().to_owned());
            return Ok(Self::Sqlite { options: Box::new(options), file });
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The parser's own message may repeat parts of the address.
            let options = PgConnectOptions::from_str(url)
                .map_err(|_| InvalidAddress("it is no address of a PostgreSQL".to_owned()))?;
            return Ok(Self::Postgres(Box::new(options.application_name("mes-dashboard"))));
        }
        Err(InvalidAddress("it begins with neither sqlite: nor postgres://".to_owned()))
    }
}
