//! The log of the last days in a separate file, for reading it in the browser.
//!
//! Standard error remains the log that operators collect; this is a bounded copy of the relevant
//! part: everything that passes `LOG_LEVEL` except the line per request, which would displace
//! everything else. Writing never blocks a caller: entries that exceed the writer's rate are
//! counted and dropped. Repeated entries are counted. When the file is full, the kind of entry that
//! uses more than its share is removed first, so that a flood of one kind does not displace the
//! others.

mod repeats;
mod layer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, QueryBuilder};
use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::private_file;
pub use layer::LogLayer;

/// Entries that may wait for the writer.
const WAITING: usize = 4_096;
/// Entries that are written together.
const TOGETHER: usize = 512;
/// Time between two clean-ups.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// Time between two looks for repeated entries.
const REPEATED_EVERY: Duration = Duration::from_secs(5);
/// Number of an entry's share: audit and errors, warnings, the rest.
const SHARE: &str =
    "case when target = 'audit' or severity <= 1 then 0 when severity = 2 then 1 else 2 end";
/// Shares of the file. Unused shares may be used by others.
const SHARES: [f64; 3] = [0.25, 0.25, 0.5];
/// Longest wait for another process that writes the file.
const BUSY: Duration = Duration::from_secs(2);

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Entries.
    pub max_entries: u64,
    /// Age.
    pub retention: Duration,
}

/// What was logged, on its way into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When: ms since 1970.
    pub at_ms: i64,
    /// 1 error, 2 warning, 3 information, 4 debug, 5 trace.
    pub severity: i64,
    /// Module, or `audit`.
    pub target: String,
    /// The request that it happened in.
    pub request_id: Option<String>,
    /// Its text.
    pub message: String,
    /// Its other fields as a JSON object.
    pub fields: String,
}

/// Words of the severities.
pub const LEVELS: [(&str, i64); 5] =
    [("error", 1), ("warn", 2), ("info", 3), ("debug", 4), ("trace", 5)];

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogEntry {
    /// Grows with every entry.
    pub id: i64,
    /// When: ISO 8601, UTC.
    pub at: String,
    #[schema(schema_with = level_schema)]
    pub level: &'static str,
    /// Module, or `audit`.
    pub target: String,
    /// The request that it happened in.
    pub request_id: Option<String>,
    /// Its text.
    pub message: String,
    /// Its other fields.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub fields: serde_json::Value,
}

fn level_schema() -> Object {
    let words = LEVELS.map(|(word, _)| word);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .description(Some("How severe it is."))
        .build()
}

/// id, time, severity, target, request, text, fields.
type Row = (i64, i64, i64, String, Option<String>, String, String);

impl From<Row> for LogEntry {
    fn from((id, at_ms, severity, target, request_id, message, fields): Row) -> Self {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let level = LEVELS.iter().find(|(_, number)| *number == severity);
        Self {
            id,
            at: format!("{at:.3}"),
            level: level.map_or("trace", |(word, _)| word),
            target,
            request_id,
            message,
            fields: serde_json::from_str(&fields).unwrap_or_default(),
        }
    }
}

/// Which entries to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// The least severe that counts, 1 to 5.
    pub severity: Option<i64>,
    /// Found literally in text, fields, module or request id, in whatever case of A to Z.
    pub text: Option<String>,
    /// Entries before this one.
    pub before: Option<i64>,
    /// Entries at most.
    pub limit: u32,
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogStoreState {
    /// Entries.
    pub entries: u64,
    /// Entries at most.
    pub max_entries: u64,
    /// Oldest age: days.
    pub retention_days: u64,
    /// Entries since the start that could not be written.
    pub left_out: u64,
}

/// The file.
#[derive(Debug)]
pub struct LogStore {
    pool: SqlitePool,
    limits: LogLimits,
    left_out: Arc<AtomicU64>,
}

/// Why there is no log to read.
#[derive(Debug, thiserror::Error)]
#[error(
    "LOG_STORE_FILE {path} can't be used: {cause}; give a file in a folder that may be written to"
)]
pub struct LogStoreError {
    path: String,
    cause: sqlx::Error,
}

const TABLE: &str = "
create table if not exists log (
  id integer primary key autoincrement,
  at_ms integer not null,
  severity integer not null,
  target text not null,
  request_id text,
  message text not null,
  fields text not null
);
create index if not exists log_by_time on log (at_ms);
create index if not exists log_by_share on log (
  case when target = 'audit' or severity <= 1 then 0 when severity = 2 then 1 else 2 end, id
);
";

impl LogStore {
    /// Opens the file, making it where it is missing, readable by its owner only.
    ///
    /// # Errors
    /// It can't be opened, or is something else.
    pub async fn open(path: &Path, limits: LogLimits) -> Result<Self, LogStoreError> {
        let failed = |cause| LogStoreError { path: path.display().to_string(), cause };
        private_file::make(path).map_err(|cause| failed(cause.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // The last entries may be lost with the machine, never the file.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            // Logging its own writes would never end.
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await
            .map_err(failed)?;
        sqlx::raw_sql(TABLE).execute(&pool).await.map_err(failed)?;
        Ok(Self { pool, limits, left_out: Arc::default() })
    }

    /// Takes what [`LogLayer`] sees from now on, and writes it until `stop`.
    pub fn start(self: &Arc<Self>, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
        let (sender, receiver) = mpsc::channel(WAITING);
        layer::send_to(sender, self.left_out.clone());
        let (store, stop) = (self.clone(), stop.clone());
        tokio::spawn(async move { store.write_all(receiver, &stop).await })
    }

    async fn write_all(&self, mut receiver: Receiver<Logged>, stop: &CancellationToken) {
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        let mut repeated = tokio::time::interval(REPEATED_EVERY);
        let mut batch = Vec::with_capacity(TOGETHER);
        loop {
            tokio::select! {
                _ = receiver.recv_many(&mut batch, TOGETHER) => self.keep(&mut batch).await,
                _ = repeated.tick() => {
                    batch.extend(layer::repeated(Some(Timestamp::now())));
                    self.keep(&mut batch).await;
                }
                _ = tidy.tick() => {
                    // A file that can't be written shows as entries left out.
                    let _ = self.tidy(Timestamp::now()).await;
                }
                () = stop.cancelled() => break,
            }
        }
        receiver.close();
        while receiver.recv_many(&mut batch, TOGETHER).await > 0 {
            self.keep(&mut batch).await;
        }
        batch.extend(layer::repeated(None));
        self.keep(&mut batch).await;
    }

    async fn keep(&self, batch: &mut Vec<Logged>) {
        if self.write(batch).await.is_err() {
            self.left_out.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        batch.clear();
    }

    /// Writes entries together.
    ///
    /// # Errors
    /// The file can't be written; none of them is.
    pub async fn write(&self, entries: &[Logged]) -> Result<(), sqlx::Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut insert = QueryBuilder::new(
            "insert into log (at_ms, severity, target, request_id, message, fields) ",
        );
        insert.push_values(entries, |mut row, entry| {
            row.push_bind(entry.at_ms)
                .push_bind(entry.severity)
                .push_bind(&entry.target)
                .push_bind(&entry.request_id)
                .push_bind(&entry.message)
                .push_bind(&entry.fields);
        });
        insert.build().execute(&self.pool).await.map(drop)
    }

    /// The newest entries that a question is about, newest first.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn read(&self, query: &LogQuery) -> Result<Vec<LogEntry>, sqlx::Error> {
        let mut select = QueryBuilder::new(
            "select id, at_ms, severity, target, request_id, message, fields from log where 1 = 1",
        );
        if let Some(severity) = query.severity {
            select.push(" and severity <= ").push_bind(severity);
        }
        if let Some(before) = query.before {
            select.push(" and id < ").push_bind(before);
        }
        if let Some(text) = &query.text {
            select
                .push(
                    " and instr(lower(message || ' ' || fields || ' ' || target || ' ' || \
                     coalesce(request_id, '')), lower(",
                )
                .push_bind(text)
                .push(")) > 0");
        }
        select.push(" order by id desc limit ").push_bind(query.limit);
        let rows: Vec<Row> = select.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(LogEntry::from).collect())
    }

    /// Removes entries older than `before`; returns how many.
    ///
    /// # Errors
    /// The file can't be written.
    pub async fn remove_before(&self, before: Timestamp) -> Result<u64, sqlx::Error> {
        let removed = sqlx::query("delete from log where at_ms < ?1")
            .bind(before.as_millisecond())
            .execute(&self.pool)
            .await?;
        Ok(removed.rows_affected())
    }

    /// Removes what is too old or too much.
    ///
    /// # Errors
    /// The file can't be written.
    pub async fn tidy(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let age = SignedDuration::try_from(self.limits.retention).unwrap_or(SignedDuration::MAX);
        self.remove_before(now.saturating_sub(age).unwrap_or(Timestamp::MIN)).await?;
        let most = i64::try_from(self.limits.max_entries).unwrap_or(i64::MAX);
        let mut count = QueryBuilder::new(format!("select {SHARE}, count(*) from log group by 1"));
        let counts: Vec<(i64, i64)> = count.build_query_as().fetch_all(&self.pool).await?;
        let mut excess = counts.iter().map(|(_, count)| count).sum::<i64>() - most;
        // The newest of each share stay.
        for (share, part) in SHARES.iter().enumerate().rev() {
            let held = counts.iter().find(|(number, _)| *number == share as i64);
            let beyond = held.map_or(0, |(_, count)| count - (most as f64 * part) as i64);
            let removed = beyond.min(excess);
            if removed <= 0 {
                continue;
            }
            let mut delete =
                QueryBuilder::new("delete from log where id in (select id from log where ");
            delete.push(SHARE).push(" = ").push_bind(share as i64);
            delete.push(" order by id limit ").push_bind(removed).push(")");
            delete.build().execute(&self.pool).await?;
            excess -= removed;
        }
        Ok(())
    }

    /// What it holds.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn state(&self) -> Result<LogStoreState, sqlx::Error> {
        let count = sqlx::query_scalar("select count(*) from log");
        let entries: i64 = count.fetch_one(&self.pool).await?;
        Ok(LogStoreState {
            entries: u64::try_from(entries).unwrap_or(0),
            max_entries: self.limits.max_entries,
            retention_days: self.limits.retention.as_secs() / 86_400,
            left_out: self.left_out(),
        })
    }

    /// Entries since the start that could not be written.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[cfg(test)]
mod tests;
