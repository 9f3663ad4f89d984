//! What went wrong with a call, in the words of the HTTP contract.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use super::gate::Exhausted;
use super::message::plain;
use crate::breaker::{Outcome, Refused};
use crate::degraded_reason::DegradedReason;

/// Shortest wait that makes sense after an unreachable or slow database, in seconds.
const RETRY_SECS: u32 = 5;

/// Why a call gave no result. Each variant is one error code of the API.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFailure {
    /// `DB_POOL_EXHAUSTED`: our own gate is full.
    #[error("the database pool is exhausted: {cause}")]
    PoolExhausted {
        /// Cause in the gate.
        cause: Exhausted,
        /// `DB_POOL_EXHAUSTED_RETRY_AFTER_SECONDS`.
        retry_after_secs: u32,
    },
    /// `CIRCUIT_BREAKER_OPEN`: no query was sent.
    #[error("the circuit breaker is open for another {} ms", retry_after.as_millis())]
    BreakerOpen {
        /// Time until the next probe.
        retry_after: Duration,
    },
    /// `DB_CONNECTION_FAILED`: no connection could be opened, or it broke.
    #[error("no connection to the database: {}", plain(cause))]
    ConnectionFailed {
        /// Error of sqlx.
        cause: sqlx::Error,
    },
    /// `SERVICE_UNAVAILABLE`: the database broke the call off for the sake of others; a standby that
    /// replays what the query still reads, a deadlock. The same call may succeed a moment later.
    #[error("the database broke the call off: {}", plain(cause))]
    BrokenOff {
        /// Error of sqlx.
        cause: sqlx::Error,
    },
    /// `DB_QUERY_TIMEOUT`: the call took too long and was cancelled in the database.
    #[error("the database did not answer within {} ms", limit.as_millis())]
    QueryTimeout {
        /// The call timeout.
        limit: Duration,
    },
    /// `DB_QUERY_ERROR`: the database rejected the statement, or its result can't be read.
    #[error("the database refused the statement: {}", plain(cause))]
    QueryError {
        /// Error of sqlx.
        cause: sqlx::Error,
        /// The database itself is in trouble: no memory, no disk, damaged.
        is_trouble: bool,
    },
}

/// Classification of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Connection,
    Timeout,
    /// Broken off for the sake of others.
    BrokenOff,
    /// The database can't do its work.
    Trouble,
    Statement,
}

impl DatabaseFailure {
    /// The gate let nobody in.
    pub fn exhausted(cause: Exhausted, retry_after_secs: u32) -> Self {
        Self::PoolExhausted { cause, retry_after_secs }
    }

    /// No connection behind a granted permit. A pool timeout is one too: the permit promised that a
    /// connection is free or can be opened.
    pub fn of_connecting(cause: sqlx::Error, limit: Duration) -> Self {
        match class(&cause) {
            // A SQLite file may be locked by another program already at its opening.
            Class::Timeout => Self::QueryTimeout { limit },
            _ => Self::ConnectionFailed { cause },
        }
    }

    /// The call's own error. `is_interrupted` when our deadline stopped a SQLite step.
    pub fn of_call(cause: sqlx::Error, limit: Duration, is_interrupted: bool) -> Self {
        match class(&cause) {
            _ if is_interrupted && is_sqlite_interrupt(&cause) => Self::QueryTimeout { limit },
            Class::Timeout => Self::QueryTimeout { limit },
            Class::Connection => Self::ConnectionFailed { cause },
            Class::BrokenOff => Self::BrokenOff { cause },
            class => Self::QueryError { cause, is_trouble: class == Class::Trouble },
        }
    }

    /// What the breaker learns from it: nothing from a bad statement, from our own gate or from a
    /// pool that we closed.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::ConnectionFailed { cause: sqlx::Error::PoolClosed } => Outcome::Neither,
            Self::ConnectionFailed { .. } | Self::QueryTimeout { .. } => Outcome::Failure,
            Self::QueryError { is_trouble: true, .. } => Outcome::Failure,
            Self::QueryError { .. }
            | Self::BrokenOff { .. }
            | Self::PoolExhausted { .. }
            | Self::BreakerOpen { .. } => Outcome::Neither,
        }
    }

    /// Whether the same read may succeed when it is retried immediately.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Self::BrokenOff { .. } => true,
            Self::ConnectionFailed { cause } => is_passing(cause),
            _ => false,
        }
    }

    /// Seconds before asking again makes sense; `None` where it makes none.
    pub fn retry_after_secs(&self) -> Option<u32> {
        match self {
            Self::PoolExhausted { retry_after_secs, .. } => Some(*retry_after_secs),
            Self::BreakerOpen { retry_after } => {
                let whole = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Some(u32::try_from(whole).unwrap_or(u32::MAX).max(1))
            }
            Self::ConnectionFailed { .. } | Self::BrokenOff { .. } | Self::QueryTimeout { .. } => {
                Some(RETRY_SECS)
            }
            Self::QueryError { .. } => None,
        }
    }
}

impl From<Refused> for DatabaseFailure {
    fn from(refused: Refused) -> Self {
        Self::BreakerOpen { retry_after: refused.retry_after }
    }
}

/// Whether to retry an idempotent read that failed like this on another connection.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(cause) => cause.kind() != std::io::ErrorKind::TimedOut,
        sqlx::Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            cause.try_downcast_ref::<PgDatabaseError>().is_some()
                && (of_postgres(&code) == Class::BrokenOff
                    || code == "53300"
                    || code.starts_with("57P")
                    || code.starts_with("08"))
        }
        _ => false,
    }
}

/// Whether the server itself rejected the connection: every other connection would be rejected too.
pub(crate) fn is_refusal(error: &sqlx::Error) -> bool {
    matches!(class(error), Class::Statement | Class::Trouble)
}

/// Why the database can't be reached.
pub fn reason(error: &sqlx::Error) -> DegradedReason {
    let sqlx::Error::Database(cause) = error else { return DegradedReason::DatabaseUnreachable };
    let code = cause.code().unwrap_or_default();
    if cause.try_downcast_ref::<PgDatabaseError>().is_none() {
        let is_locked = matches!(code.parse().map(|code: i32| code & 0xff), Ok(5 | 6));
        return if is_locked {
            DegradedReason::DatabaseBusy
        } else {
            DegradedReason::DatabaseUnreachable
        };
    }
    match code.as_ref() {
        // The password, the user, the database or the right to connect.
        "3D000" | "42501" => DegradedReason::DatabaseLoginRefused,
        _ if code.starts_with("28") => DegradedReason::DatabaseLoginRefused,
        "53300" => DegradedReason::DatabaseBusy,
        // Messages of poolers that have no connection left.
        "08P01" if cause.message().contains("no more connections") => DegradedReason::DatabaseBusy,
        _ => DegradedReason::DatabaseUnreachable,
    }
}

fn class(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::Database(error) => of_database(error.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Class::Connection,
        _ => Class::Statement,
    }
}

fn of_database(error: &dyn DatabaseError) -> Class {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        of_postgres(&code)
    } else {
        code.parse().map_or(Class::Statement, of_sqlite)
    }
}

/// SQLSTATE codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Class {
    match code {
        // Cancelled by statement_timeout or by us; a lock that did not come.
        "57014" | "55P03" => Class::Timeout,
        // A standby replayed what the query still reads; a deadlock; written to on a standby; in use.
        "40001" | "40P01" | "25006" | "55006" => Class::BrokenOff,
        // Too many connections; no such database; an idle session that was thrown out.
        "53300" | "3D000" | "25P03" => Class::Connection,
        // 57P…: shutting down, crashed, starting up, dropped, idle. 08: lost. 28: refused.
        _ if code.starts_with("57P") || code.starts_with("08") || code.starts_with("28") => {
            Class::Connection
        }
        // 53: no disk, no memory. 58: the system below. F0: its files. XX: damaged or a defect.
        _ if ["53", "58", "F0", "XX"].iter().any(|class| code.starts_with(class)) => Class::Trouble,
        _ => Class::Statement,
    }
}

/// Result codes: <https://www.sqlite.org/rescode.html>; the low byte is the primary one.
fn of_sqlite(code: i32) -> Class {
    match code & 0xff {
        // BUSY and LOCKED: another writer held the file for longer than the whole call timeout, which
        // is how long SQLite waits for it. The file is there, it only took too long.
        5 | 6 => Class::Timeout,
        // PERM, CANTOPEN, AUTH, NOTADB: there is nothing to talk to.
        3 | 14 | 23 | 26 => Class::Connection,
        // INTERNAL, NOMEM, IOERR, CORRUPT, FULL, PROTOCOL.
        2 | 7 | 10 | 11 | 13 | 15 => Class::Trouble,
        _ => Class::Statement,
    }
}

fn is_sqlite_interrupt(error: &sqlx::Error) -> bool {
    const INTERRUPT: &str = "9";
    error.as_database_error().is_some_and(|error| {
        error.try_downcast_ref::<PgDatabaseError>().is_none()
            && error.code().as_deref() == Some(INTERRUPT)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_states_are_sorted_by_what_they_say_about_the_database() {
        let cases = [
            ("57014", Class::Timeout),
            ("55P03", Class::Timeout),
            ("57P01", Class::Connection),
            ("57P02", Class::Connection),
            ("57P03", Class::Connection),
            ("53300", Class::Connection),
            ("08006", Class::Connection),
            ("28P01", Class::Connection),
            ("28000", Class::Connection),
            ("3D000", Class::Connection),
            ("53100", Class::Trouble),
            ("53200", Class::Trouble),
            ("58030", Class::Trouble),
            ("XX001", Class::Trouble),
            ("42P01", Class::Statement),
            ("42501", Class::Statement),
            ("40001", Class::BrokenOff),
            ("40P01", Class::BrokenOff),
            ("25006", Class::BrokenOff),
            ("55006", Class::BrokenOff),
            ("22012", Class::Statement),
            ("", Class::Statement),
        ];
        for (code, class) in cases {
            assert_eq!(of_postgres(code), class, "{code}");
        }
    }

    #[test]
    fn sqlite_codes_are_sorted_by_their_primary_code() {
        let cases = [
            (5, Class::Timeout),
            (261, Class::Timeout),
            (6, Class::Timeout),
            (14, Class::Connection),
            (26, Class::Connection),
            (10, Class::Trouble),
            (266, Class::Trouble),
            (11, Class::Trouble),
            (1, Class::Statement),
            (9, Class::Statement),
            (8, Class::Statement),
        ];
        for (code, class) in cases {
            assert_eq!(of_sqlite(code), class, "{code}");
        }
    }

    #[test]
    fn the_breaker_counts_only_what_speaks_against_the_database() {
        let limit = Duration::from_secs(1);
        let refused = |error| DatabaseFailure::of_call(error, limit, false).outcome();
        assert_eq!(refused(sqlx::Error::PoolTimedOut), Outcome::Failure);
        assert_eq!(refused(sqlx::Error::PoolClosed), Outcome::Neither);
        assert_eq!(refused(sqlx::Error::RowNotFound), Outcome::Neither);
        assert_eq!(DatabaseFailure::QueryTimeout { limit }.outcome(), Outcome::Failure);
        let full = DatabaseFailure::exhausted(Exhausted::QueueFull { waiting: 3 }, 5);
        assert_eq!((full.outcome(), full.retry_after_secs()), (Outcome::Neither, Some(5)));
    }

    #[test]
    fn the_wait_for_an_open_breaker_is_rounded_up_and_never_zero() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (29_999, 30)] {
            let failure =
                DatabaseFailure::BreakerOpen { retry_after: Duration::from_millis(millis) };
            assert_eq!(failure.retry_after_secs(), Some(seconds), "{millis} ms");
        }
    }
}
