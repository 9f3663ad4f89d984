//! Error responses for failures of the database access.

use super::{ApiError, ErrorCode};
use crate::database::DatabaseFailure;
use crate::database::failure::reason;
use crate::database::unreadable::{Unreadable, unreadable};
use crate::degraded_reason::DegradedReason;

impl ApiError {
    /// Our own gate let nobody in.
    fn pool_exhausted() -> Self {
        Self {
            degraded_reason: Some(DegradedReason::DbPoolSaturated),
            ..Self::new(
                ErrorCode::DbPoolExhausted,
                "資料庫連線已滿，請稍後再試",
                "All database connections are busy; try again shortly",
            )
        }
    }

    /// The circuit breaker is open.
    fn circuit_breaker_open() -> Self {
        Self {
            degraded_reason: Some(DegradedReason::CircuitBreakerOpen),
            ..Self::new(
                ErrorCode::CircuitBreakerOpen,
                "資料庫服務暫時停用以利恢復，請稍後再試",
                "The database is given time to recover; try again shortly",
            )
        }
    }

    /// No connection to the database.
    fn database_unreachable() -> Self {
        Self {
            degraded_reason: Some(DegradedReason::DatabaseUnreachable),
            ..Self::new(
                ErrorCode::DbConnectionFailed,
                "無法連線至資料庫，請稍後再試",
                "The database can't be reached; try again shortly",
            )
        }
    }

    /// The database broke the query off for the sake of others.
    fn broken_off() -> Self {
        Self::new(
            ErrorCode::ServiceUnavailable,
            "資料庫為了其他作業中斷了此查詢，請稍後再試",
            "The database broke the query off for the sake of other work; try again shortly",
        )
    }

    /// The query was cancelled after `seconds`.
    fn query_timeout(seconds: f64) -> Self {
        Self::new(
            ErrorCode::DbQueryTimeout,
            format!("資料庫查詢超過 {seconds} 秒，已取消；請縮小查詢範圍或稍後再試"),
            format!(
                "The database query took longer than {seconds} s and was cancelled; \
                 narrow it down or try again shortly"
            ),
        )
    }

    /// A table that the question needs can't be read as it is. Its name is public: the source contract
    /// lists it.
    fn unreadable(cause: &Unreadable) -> Self {
        let (zh_tw, en) = match cause {
            Unreadable::Missing(table) => (
                format!("資料庫中看不到資料表 {table}；請管理員建立它、設定其名稱或給予權限"),
                format!(
                    "The database has no table {table} that this server can see; \
                     an administrator can create it, set its name or grant access to it"
                ),
            ),
            Unreadable::MissingColumns { table, columns } => (
                format!("資料表 {table} 缺少來源規格要求的欄位 {columns}；請管理員補上"),
                format!(
                    "The table {table} lacks {columns}, which the source contract requires; \
                     an administrator can add what is missing"
                ),
            ),
            Unreadable::Hidden { table, columns, .. } => (
                format!("無權讀取資料表 {table} 的欄位 {columns}；請管理員給予權限"),
                format!(
                    "This server may not read {columns} of the table {table}; \
                     an administrator can grant access"
                ),
            ),
        };
        Self::new(ErrorCode::DbQueryError, zh_tw, en)
    }

    /// The site doesn't have a table that may be absent, or not what the answer needs of it.
    pub(crate) fn absent(cause: &Unreadable) -> Self {
        Self { code: ErrorCode::NotFound, ..Self::unreadable(cause) }
    }

    /// The database refused the statement. The cause goes to the log only.
    pub(crate) fn query_error() -> Self {
        Self::new(
            ErrorCode::DbQueryError,
            "資料庫無法執行此查詢，請提供 request_id 給管理員",
            "The database refused the query; give the request_id to an administrator",
        )
    }
}

impl From<DatabaseFailure> for ApiError {
    fn from(failure: DatabaseFailure) -> Self {
        (&failure).into()
    }
}

impl From<&DatabaseFailure> for ApiError {
    fn from(failure: &DatabaseFailure) -> Self {
        let answer = match failure {
            DatabaseFailure::PoolExhausted { .. } => Self::pool_exhausted(),
            DatabaseFailure::BreakerOpen { .. } => Self::circuit_breaker_open(),
            DatabaseFailure::ConnectionFailed { cause } => {
                Self { degraded_reason: Some(reason(cause)), ..Self::database_unreachable() }
            }
            DatabaseFailure::BrokenOff { .. } => Self::broken_off(),
            DatabaseFailure::QueryTimeout { limit } => Self::query_timeout(limit.as_secs_f64()),
            DatabaseFailure::QueryError { cause, .. } => {
                unreadable(cause).map_or_else(Self::query_error, Self::unreadable)
            }
        };
        // Outside of development the response omits the cause.
        match failure {
            // Rejected without a call and in large numbers: counted in metrics instead of logged.
            DatabaseFailure::PoolExhausted { .. } | DatabaseFailure::BreakerOpen { .. } => {
                tracing::debug!(code = ?answer.code, %failure, "a database call was refused");
            }
            _ => tracing::warn!(code = ?answer.code, %failure, "a database call failed"),
        }
        let cause = Some(failure.to_string());
        Self { retry_after_secs: failure.retry_after_secs(), cause, ..answer }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::database::gate::Exhausted;
    use crate::http::language::Language;

    #[test]
    fn each_failure_has_its_code_status_wait_and_reason() {
        let limit = Duration::from_millis(1_500);
        let lost = || sqlx::Error::PoolTimedOut;
        let cases = [
            (
                DatabaseFailure::exhausted(Exhausted::QueueFull { waiting: 9 }, 7),
                ("\"DB_POOL_EXHAUSTED\"", 503, Some(7), Some(DegradedReason::DbPoolSaturated)),
            ),
            (
                DatabaseFailure::BreakerOpen { retry_after: Duration::from_millis(12_001) },
                (
                    "\"CIRCUIT_BREAKER_OPEN\"",
                    503,
                    Some(13),
                    Some(DegradedReason::CircuitBreakerOpen),
                ),
            ),
            (
                DatabaseFailure::ConnectionFailed { cause: lost() },
                (
                    "\"DB_CONNECTION_FAILED\"",
                    503,
                    Some(5),
                    Some(DegradedReason::DatabaseUnreachable),
                ),
            ),
            (DatabaseFailure::QueryTimeout { limit }, ("\"DB_QUERY_TIMEOUT\"", 504, Some(5), None)),
            (
                DatabaseFailure::BrokenOff { cause: lost() },
                ("\"SERVICE_UNAVAILABLE\"", 503, Some(5), None),
            ),
            (
                DatabaseFailure::QueryError { cause: lost(), is_trouble: false },
                ("\"DB_QUERY_ERROR\"", 500, None, None),
            ),
        ];
        for (failure, (code, status, retry, reason)) in cases {
            let cause = failure.to_string();
            let error = ApiError::from(failure);
            assert_eq!(serde_json::to_string(&error.code).unwrap(), code);
            assert_eq!(error.code.status().as_u16(), status, "{code}");
            assert_eq!(error.retry_after_secs, retry, "{code}");
            assert_eq!(error.degraded_reason, reason, "{code}");
            assert!(error.message(Language::English).is_ascii(), "{code}");
            assert!(!error.message(Language::TraditionalChinese).is_ascii(), "{code}");
            assert!(!error.message(Language::English).contains(&cause), "{code} shows its cause");
        }
    }

    #[test]
    fn a_table_that_is_not_there_or_lacks_a_column_is_named() {
        let (table, columns) = ("DW_MES_JOB".to_owned(), "JOBID".to_owned());
        let hidden = Unreadable::Hidden {
            table: table.clone(),
            sql: "mes.dw_mes_job".to_owned(),
            columns: columns.clone(),
            role: "reader".to_owned(),
            grantee: "reader".to_owned(),
        };
        let lacking = Unreadable::MissingColumns { table: table.clone(), columns };
        for cause in [Unreadable::Missing(table), lacking, hidden] {
            let failure = DatabaseFailure::QueryError { cause: cause.into(), is_trouble: false };
            let error = ApiError::from(failure);
            assert_eq!(error.code, ErrorCode::DbQueryError);
            for language in [Language::English, Language::TraditionalChinese] {
                let message = error.message(language);
                assert!(message.contains("DW_MES_JOB") && !message.contains("reader"), "{message}");
            }
        }
    }

    #[test]
    fn the_time_that_was_too_long_is_told_in_seconds() {
        let error =
            ApiError::from(DatabaseFailure::QueryTimeout { limit: Duration::from_millis(1_500) });
        assert!(error.message(Language::English).contains("longer than 1.5 s"));
    }
}
