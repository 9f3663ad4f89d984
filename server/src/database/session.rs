//! The transaction of every query to PostgreSQL.
//!
//! One read-only transaction per call. A pooler in transaction mode then keeps one server process
//! for all of it, so that its limits, its number for cancellation and its unnamed statements hold;
//! and all that a call reads is of one moment. Limits and formats are local to the transaction:
//! parameters at the connection's start are refused by such poolers, and settings of a session would
//! be another client's next.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::hosts::Role;

/// How long a transaction may idle beyond the call timeout before the server ends it. Otherwise a
/// client that vanished would hold it open until the network reports it.
const IDLE_GRACE: Duration = Duration::from_secs(1);

/// Result of the start of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Number of the server process that runs the transaction.
    pub process: i32,
    /// Role of the server.
    pub role: Role,
}

/// A text as SQL literal; the transaction has `standard_conforming_strings`.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Begins a read-only transaction that sees one moment, in one round trip.
///
/// Each of its statements may take `limit`; times are shown in `zone`. No statement is compiled first: for
/// one day of 75 million shift rows that took 1.4 s of the 7 s.
///
/// # Errors
/// The connection is dead, or the zone is unknown to the server.
pub async fn begin(
    connection: &mut PgConnection,
    limit: Duration,
    zone: &str,
) -> Result<Begun, sqlx::Error> {
    // 0 would mean no limit.
    let longest = i32::MAX as u128;
    let idle = (limit + IDLE_GRACE).as_millis().min(longest);
    let limit = limit.as_millis().clamp(1, longest);
    let sql = format!(
        "begin isolation level repeatable read, read only; \
         set local standard_conforming_strings = on; \
         select pg_backend_pid(), pg_is_in_recovery(), \
         current_setting('default_transaction_read_only') = 'on', \
         set_config('statement_timeout', '{limit}', true), \
         set_config('idle_in_transaction_session_timeout', '{idle}', true), \
         set_config('TimeZone', {}, true), \
         set_config('DateStyle', 'ISO, YMD', true), \
         set_config('IntervalStyle', 'postgres', true), \
         set_config('extra_float_digits', '1', true), \
         set_config('bytea_output', 'hex', true), \
         case when current_setting('jit', true) is not null then set_config('jit', 'off', true) end",
        literal(zone)
    );
    // The zone is quoted, the rest are constants.
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(connection).await?;
    Ok(Begun {
        process: row.try_get(0)?,
        role: Role { is_standby: row.try_get(1)?, is_read_only: row.try_get(2)? },
    })
}

/// Ends the transaction, also one that failed.
///
/// # Errors
/// The connection is dead.
pub async fn end(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("rollback").execute(connection).await.map(drop)
}
