//! Error responses for callers without permission.

use super::{ApiError, ErrorCode};
use crate::auth::csrf::CsrfViolation;
use crate::auth::role::Role;
use crate::degraded_reason::DegradedReason;
use crate::user_name::InvalidName;

/// Shortest `Retry-After` while the application's database is unavailable.
const STORE_RETRY_SECS: u32 = 5;

impl ApiError {
    /// Nobody is signed in, and somebody has to be.
    pub fn unauthorized() -> Self {
        Self::new(ErrorCode::Unauthorized, "請先登入", "Sign in first")
    }

    /// A token that is revoked, has expired or never was one.
    pub fn token_refused() -> Self {
        Self::new(
            ErrorCode::Unauthorized,
            "API 權杖無效、已撤銷或已過期；請向管理員申請新的權杖",
            "The API token is not valid, revoked or expired; ask an administrator for a new one",
        )
    }

    /// A wrong name or password; the response does not tell them apart.
    pub fn wrong_credentials() -> Self {
        Self::new(ErrorCode::Unauthorized, "帳號或密碼錯誤", "The name or the password is wrong")
    }

    /// What was typed can't be the name of a user.
    pub fn not_a_name(cause: &InvalidName) -> Self {
        let zh = match cause {
            InvalidName::Empty => "缺少帳號".to_owned(),
            InvalidName::TooLong => "帳號過長；上限為 128 位元組".to_owned(),
            InvalidName::Invisible(c) => {
                format!("帳號不可含有控制字元或不可見字元: U+{:04X}", u32::from(*c))
            }
        };
        Self::validation(zh, capitalised(&cause.to_string()))
    }

    /// The caller is signed in with a lesser role.
    pub fn role_needed(needed: Role) -> Self {
        Self::new(
            ErrorCode::Forbidden,
            format!("需要 {needed} 權限"),
            format!("This needs the role {needed}"),
        )
    }

    /// A change that the caller may not have meant.
    pub fn csrf_invalid(violation: CsrfViolation) -> Self {
        let (zh, en) = match violation {
            CsrfViolation::ForeignOrigin => {
                ("此請求來自其他網站", "The request was sent by a page of another origin")
            }
            CsrfViolation::NoToken => (
                "缺少 CSRF 權杖；請以 X-CSRF-Token 標頭或 csrf_token 欄位傳送",
                "The CSRF token is missing; send it as header X-CSRF-Token or as field csrf_token",
            ),
            CsrfViolation::WrongToken => (
                "CSRF 權杖無效；請重新載入頁面",
                "The CSRF token is not that of this session; load the page again",
            ),
        };
        Self::new(ErrorCode::CsrfInvalid, zh, en)
    }

    /// The application's database is unavailable.
    fn store_silent(zh: &str, en: &str) -> Self {
        Self {
            retry_after_secs: Some(STORE_RETRY_SECS),
            ..Self::new(ErrorCode::ServiceUnavailable, zh, en)
        }
    }

    /// Sessions can't be read or created at this time.
    pub fn sessions_unavailable() -> Self {
        Self::store_silent(
            "目前無法確認登入狀態，請稍後再試",
            "Sign-in is not available at this time; try again shortly",
        )
    }

    /// The same, with the reason in the words of `/health`, where there is one.
    #[must_use]
    pub fn because(mut self, reason: Option<DegradedReason>) -> Self {
        let said = match reason {
            Some(DegradedReason::AppDatabaseFull) => {
                ("應用程式資料庫磁碟已滿", "the disk of the application's database is full")
            }
            Some(DegradedReason::AppDatabaseReadOnly) => {
                ("應用程式資料庫無法寫入", "the application's database takes no writes")
            }
            Some(DegradedReason::AppDatabaseUnavailable) => {
                ("應用程式資料庫沒有回應", "the application's database does not respond")
            }
            Some(DegradedReason::RedisUnavailable) => ("Redis 無法使用", "Redis can't be used"),
            _ => return self,
        };
        self.degraded_reason = reason;
        self.message_zh = format!("{}（{}）", self.message_zh, said.0);
        self.message_en = format!("{} ({})", self.message_en, said.1);
        self
    }

    /// A command that can't be recorded is not carried out.
    pub fn unrecorded() -> Self {
        Self::store_silent(
            "無法寫入稽核紀錄，指令未執行；請稍後再試",
            "The command can't be recorded and was not carried out; try again shortly",
        )
    }

    /// The audit log can't be read at this time.
    pub fn audit_unavailable() -> Self {
        Self::store_silent(
            "目前無法讀取稽核紀錄，請稍後再試",
            "The audit log can't be read at this time; try again shortly",
        )
    }

    /// The layout of pages can't be read or changed at this time; nothing was changed.
    pub fn layout_unavailable() -> Self {
        Self::store_silent(
            "目前無法讀取或變更頁面配置，未作任何變更；請稍後再試",
            "The layout of pages can't be read or changed at this time, and nothing was changed; try again shortly",
        )
    }

    /// Pinned views can't be read or changed at this time; nothing was changed.
    pub fn views_unavailable() -> Self {
        Self::store_silent(
            "目前無法讀取或變更共用檢視，未作任何變更；請稍後再試",
            "Pinned views can't be read or changed at this time, and nothing was changed; try again shortly",
        )
    }

    /// Kept choices can't be read or written at this time.
    pub fn choices_unavailable() -> Self {
        Self::store_silent(
            "目前無法讀取或保存篩選條件，請稍後再試",
            "Choices can't be read or kept at this time; try again shortly",
        )
    }

    /// The body is no form.
    pub fn form_needed() -> Self {
        Self::new(
            ErrorCode::UnsupportedMediaType,
            "請使用 application/x-www-form-urlencoded",
            "Use application/x-www-form-urlencoded",
        )
    }
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
