//! What a request can fail with, and how the failure looks on the wire.
//!
//! A handler returns [`ApiError`]; the outermost layer (`request`) turns it into the error object,
//! because the request id and the language are available there.

mod access;
mod database;

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::language::Language;
use crate::degraded_reason::DegradedReason;

/// Stable, machine-readable reason of a failure. Clients branch on this, never on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// 400: a parameter or body is invalid; the message contains its name, the value and what is
    /// allowed.
    ValidationError,
    /// 401: the caller has to sign in first, or the name or the password is wrong.
    Unauthorized,
    /// 403: the caller may not do this here.
    Forbidden,
    /// 403: a change came without the session's CSRF token, or from a page of another origin.
    CsrfInvalid,
    /// 404: no such path, or no such lot or dataset.
    NotFound,
    /// 409: somebody else has changed it since; `meta.current_revision` is what is in force.
    Conflict,
    /// 405: the path exists, the method does not; `Allow` lists the ones that do.
    MethodNotAllowed,
    /// 429: too many requests; retry after `Retry-After`.
    TooManyRequests,
    /// 413: the body is larger than 1 MiB.
    PayloadTooLarge,
    /// 415: the body is not declared as JSON.
    UnsupportedMediaType,
    /// 503: no snapshot has been loaded yet, or sessions can't be read; retry after `Retry-After`.
    ServiceUnavailable,
    /// 503: too many days of the range are not rolled up yet. `meta.days_pending` is their number,
    /// `meta.rolled_up_from` the first day from which on the range can be had now; retry this range after
    /// `Retry-After`. Nothing else has to wait.
    HistoryPending,
    /// 503: all database connections are busy; retry after `Retry-After`.
    DbPoolExhausted,
    /// 503: the circuit breaker is open; retry after `Retry-After`.
    CircuitBreakerOpen,
    /// 503: the database can't be reached; retry after `Retry-After`.
    DbConnectionFailed,
    /// 504: the database took too long and the query was cancelled there.
    DbQueryTimeout,
    /// 500: the database refused the query; the cause is logged under the request id.
    DbQueryError,
    /// 409: the worker was restarted too often, or is being restarted; the former can be overridden.
    RestartPolicyBlocked,
    /// 400: an override lacks its confirmation or its reason.
    RestartOverrideReasonRequired,
    /// 500: the restart request can't be written for the watchdog; the message contains the next
    /// step.
    RestartFailed,
    /// 500: a defect of the server, logged under the request id.
    InternalError,
}

impl ErrorCode {
    /// The HTTP status that always goes with this code.
    pub fn status(self) -> StatusCode {
        match self {
            Self::ValidationError | Self::RestartOverrideReasonRequired => StatusCode::BAD_REQUEST,
            Self::RestartPolicyBlocked => StatusCode::CONFLICT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CsrfInvalid => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ServiceUnavailable
            | Self::HistoryPending
            | Self::DbPoolExhausted
            | Self::CircuitBreakerOpen
            | Self::DbConnectionFailed => StatusCode::SERVICE_UNAVAILABLE,
            Self::DbQueryTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::DbQueryError | Self::RestartFailed | Self::InternalError => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

/// One failed request: a code, a sentence in both languages, and when to retry.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The stable reason.
    pub code: ErrorCode,
    message_zh: String,
    message_en: String,
    /// Seconds before which a retry is useless; clients add their own jitter.
    pub retry_after_secs: Option<u32>,
    pub degraded_reason: Option<DegradedReason>,
    /// What is in force instead of what the caller has seen.
    pub current_revision: Option<i64>,
    /// What of a range of history is there.
    pub pending: Option<Box<PendingDays>>,
    /// The cause, which may name hosts and files: shown in development only.
    pub cause: Option<String>,
}

/// What of a range of history is there and what is not.
#[derive(Debug, Clone)]
pub struct PendingDays {
    /// Days that are not there yet.
    pub days_pending: usize,
    /// First day of the newest part that is there.
    pub rolled_up_from: Option<String>,
}

/// When a range of history that is pending is worth another try, in seconds: a few days are rolled up in
/// this time.
const HISTORY_RETRY_SECS: u32 = 5;

/// Longest excerpt of a caller's value that a message repeats, in characters.
const ECHO_CHARS: usize = 80;

/// A caller's value, shortened for repeating it in a message.
pub fn excerpt(value: &str) -> String {
    let mut chars = value.chars();
    let mut shown: String = chars.by_ref().take(ECHO_CHARS).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            message_zh: zh.into(),
            message_en: en.into(),
            retry_after_secs: None,
            degraded_reason: None,
            current_revision: None,
            pending: None,
            cause: None,
        }
    }

    /// The same, to be retried after at least this long.
    #[must_use]
    pub fn retry_after(self, secs: u32) -> Self {
        Self { retry_after_secs: Some(secs), ..self }
    }

    /// The same with its cause, which is shown in development only.
    #[must_use]
    pub fn caused_by(self, cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// A parameter is invalid; both sentences contain its name, the value and what is allowed.
    pub fn validation(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationError, zh, en)
    }

    /// A required parameter did not come, or came empty.
    pub fn missing(name: &str) -> Self {
        Self::validation(
            format!("缺少必要參數: {name}"),
            format!("Missing required parameter: {name}"),
        )
    }

    /// A parameter holds a value outside its set.
    pub fn not_allowed(name: &str, got: &str, allowed: &str) -> Self {
        let got = excerpt(got);
        Self::validation(
            format!("參數 {name} 的值「{got}」無效；可用的值: {allowed}"),
            format!("Parameter {name} has the invalid value \"{got}\"; allowed: {allowed}"),
        )
    }

    /// The named object does not exist.
    pub fn not_found(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, zh, en)
    }

    /// No route has this path.
    pub fn unknown_path(path: &str) -> Self {
        let path = excerpt(path);
        Self::not_found(format!("找不到路徑: {path}"), format!("No such path: {path}"))
    }

    /// Somebody else has changed since what the caller wants to change.
    pub fn conflict(current_revision: i64) -> Self {
        Self {
            current_revision: Some(current_revision),
            ..Self::new(
                ErrorCode::Conflict,
                format!("已有其他人變更；目前版本為 {current_revision}，請重新載入後再試"),
                format!(
                    "Somebody else has changed it; revision {current_revision} is in force now, load it again"
                ),
            )
        }
    }

    /// The path exists, but not for this method.
    pub fn method_not_allowed(method: &Method) -> Self {
        let method = excerpt(method.as_str());
        Self::new(
            ErrorCode::MethodNotAllowed,
            format!("此路徑不支援 {method} 方法"),
            format!("This path does not support the method {method}"),
        )
    }

    /// The caller has used up its places for a while.
    pub fn too_many_requests(retry_after_secs: u32) -> Self {
        Self::new(
            ErrorCode::TooManyRequests,
            format!("請求過於頻繁；請於 {retry_after_secs} 秒後再試"),
            format!("Too many requests; try again in {retry_after_secs} s"),
        )
        .retry_after(retry_after_secs)
    }

    /// The body is longer than `limit_bytes`.
    pub fn payload_too_large(limit_bytes: usize) -> Self {
        Self::new(
            ErrorCode::PayloadTooLarge,
            format!("請求內容過大；上限為 {limit_bytes} 位元組"),
            format!("The request body is too large; the limit is {limit_bytes} bytes"),
        )
    }

    /// The body is not declared as JSON.
    pub fn unsupported_media_type(got: &str) -> Self {
        let got = excerpt(got);
        Self::new(
            ErrorCode::UnsupportedMediaType,
            format!("不支援的 Content-Type「{got}」；請使用 application/json"),
            format!("Unsupported Content-Type \"{got}\"; use application/json"),
        )
    }

    /// The required data has not been loaded since the start.
    pub fn cold_start(
        dataset: &str,
        retry_after_secs: u32,
        degraded_reason: Option<DegradedReason>,
    ) -> Self {
        Self {
            retry_after_secs: Some(retry_after_secs),
            degraded_reason,
            ..Self::new(
                ErrorCode::ServiceUnavailable,
                format!("資料尚未載入（{dataset}），請稍後再試"),
                format!("The {dataset} data has not been loaded yet; try again shortly"),
            )
        }
    }

    /// Too many days of a range are still to be rolled up; from `rolled_up_from` on they are there.
    pub fn history_pending(missing: usize, days: usize, rolled_up_from: Option<String>) -> Self {
        let (mut zh, mut en) = (
            format!("歷史資料彙整中：{days} 天中尚有 {missing} 天未完成，請稍後再試"),
            format!(
                "The history is being rolled up: {missing} of {days} days are pending; try again later"
            ),
        );
        match &rolled_up_from {
            Some(day) => {
                zh.push_str(&format!("，或查詢 {day} 起的日期"));
                en.push_str(&format!(", or ask for the days from {day} on"));
            }
            None => {
                zh.push_str("，或縮短日期區間");
                en.push_str(", or ask for fewer days");
            }
        }
        let pending = Some(Box::new(PendingDays { days_pending: missing, rolled_up_from }));
        Self { pending, ..Self::new(ErrorCode::HistoryPending, zh, en) }
            .retry_after(HISTORY_RETRY_SECS)
    }

    /// The client has seen newer data on another server than this one has.
    pub fn behind() -> Self {
        Self::new(
            ErrorCode::ServiceUnavailable,
            "此伺服器的資料比您已看到的舊，正在更新，請稍後再試",
            "This server's data is older than what you have seen; it is being updated, try again shortly",
        )
        .retry_after(1)
    }

    /// The memory limit of large responses is reached.
    pub fn answers_full() -> Self {
        Self::new(
            ErrorCode::ServiceUnavailable,
            "目前有過多大量查詢結果正在傳送，請稍後再試",
            "Too many large responses are being sent at this moment; try again shortly",
        )
        .retry_after(5)
    }

    /// The server is about to stop and accepts no more requests.
    pub fn draining() -> Self {
        Self::new(
            ErrorCode::ServiceUnavailable,
            "伺服器即將停止，請稍後再試",
            "The server is about to stop; try again shortly",
        )
        .retry_after(1)
    }

    /// A defect. The cause goes to the log only.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::InternalError,
            "系統發生未預期的錯誤，請提供 request_id 給管理員",
            "Unexpected server error; give the request_id to an administrator",
        )
    }

    /// The sentence for a reader of `language`.
    pub fn message(&self, language: Language) -> &str {
        match language {
            Language::TraditionalChinese => &self.message_zh,
            Language::English => &self.message_en,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(self);
        response
    }
}

/// Body of every failed request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure<'a> {
    /// Always `false`.
    #[schema(example = false)]
    pub success: bool,
    /// What failed.
    pub error: FailureReason<'a>,
    /// When it failed and under which id it is in the log.
    pub meta: FailureMeta<'a>,
}

/// Code and sentence of a failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureReason<'a> {
    /// Stable reason.
    pub code: ErrorCode,
    /// For people: zh-TW, or English when `Accept-Language` prefers it.
    #[schema(example = "缺少必要參數: reason")]
    pub message: &'a str,
    /// The cause, with `APP_ENV=development` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub details: Option<&'a str>,
}

/// Circumstances of a failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureMeta<'a> {
    /// ISO 8601, UTC.
    #[schema(example = "2026-11-20T08:00:00.000Z")]
    pub timestamp: String,
    /// The id in the `X-Request-Id` header and in the log.
    pub request_id: &'a str,
    /// Seconds; equals the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_seconds: Option<u32>,
    /// Revision that is in force, where the caller's is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub current_revision: Option<i64>,
    /// Days of the range that are not rolled up yet, with `HISTORY_PENDING`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub days_pending: Option<usize>,
    /// `YYYY-MM-DD`: the range can be had from this day on, with `HISTORY_PENDING`; absent while no part
    /// of it is rolled up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub rolled_up_from: Option<&'a str>,
    /// Why the service is degraded, in the words of `/health`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub degraded_reason: Option<DegradedReason>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_not_repeated_in_full() {
        let shown = excerpt(&"批".repeat(500));
        assert_eq!(shown.chars().count(), ECHO_CHARS + 1);
        assert!(shown.ends_with('…'));
        assert_eq!(excerpt("RUN"), "RUN");
    }

    #[test]
    fn codes_are_written_as_the_contract_spells_them() {
        let written = serde_json::to_string(&ErrorCode::ServiceUnavailable).unwrap();
        assert_eq!(written, "\"SERVICE_UNAVAILABLE\"");
    }
}
