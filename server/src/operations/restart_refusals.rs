//! Error responses for rejected restarts.

use crate::http::error::{ApiError, ErrorCode};

impl ApiError {
    /// The last restart was too short a time ago.
    pub fn restart_cooldown(seconds_left: u64) -> Self {
        let seconds = u32::try_from(seconds_left).unwrap_or(u32::MAX).max(1);
        Self::new(
            ErrorCode::TooManyRequests,
            format!("剛重新啟動過；請等候 {seconds} 秒，或填寫原因後強制執行"),
            format!(
                "The worker was restarted a moment ago; wait {seconds} s, or override with a reason"
            ),
        )
        .retry_after(seconds)
    }

    /// There were too many restarts.
    pub fn restart_blocked() -> Self {
        Self::new(
            ErrorCode::RestartPolicyBlocked,
            "短時間內重新啟動過於頻繁，已進入保護模式；請先查明原因，或填寫原因後強制執行",
            "The worker was restarted too often and is guarded; find the cause first, or override with a reason",
        )
    }

    /// Somebody else's restart has not been carried out yet.
    pub fn restart_pending() -> Self {
        Self::new(
            ErrorCode::RestartPolicyBlocked,
            "已有重新啟動要求等待執行；請查看重新啟動紀錄",
            "A restart is under way already; see the list of restarts",
        )
    }

    /// An override lacks what it needs.
    pub fn no_override_reason() -> Self {
        Self::new(
            ErrorCode::RestartOverrideReasonRequired,
            "強制重新啟動需要勾選確認並填寫原因",
            "An override needs the confirmation and a reason",
        )
    }

    /// Nobody would carry it out.
    pub fn no_watchdog() -> Self {
        Self::new(
            ErrorCode::RestartFailed,
            "看門狗程式未執行；請先啟動: systemctl start mes-dashboard-watchdog",
            "The watchdog isn't running; start it first: systemctl start mes-dashboard-watchdog",
        )
    }

    /// The restart request can't be written.
    pub fn restart_failed(cause: &str) -> Self {
        Self::new(
            ErrorCode::RestartFailed,
            "無法通知看門狗程式；請檢查 WATCHDOG_RUNTIME_DIR 的權限",
            "The restart request can't be written; check the permissions of WATCHDOG_RUNTIME_DIR",
        )
        .caused_by(cause)
    }
}
