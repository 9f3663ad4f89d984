//! One attempt: sending the request, and reading a rejection.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::super::policy::{ErrorClass, Outcome};
use super::super::retry_after::hint_secs;
use super::options::option;
use crate::error::{error, set};

/// One request, ready to be sent as often as it takes.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Option<String>,
    pub(super) if_none_match: Option<String>,
    pub(super) csrf_token: Option<String>,
    pub(super) timeout_ms: u32,
    pub(super) signal: Option<AbortSignal>,
}

impl Call {
    /// Whether the request is idempotent.
    pub(super) fn is_safe(&self) -> bool {
        self.method == Method::GET
    }
}

/// A failed attempt: the input of the policy, and the error if it is final.
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    pub(super) error: JsValue,
}

/// The caller's abort as error.
pub(super) fn aborted(call: &Call) -> Option<JsValue> {
    let signal = call.signal.as_ref()?;
    signal.aborted().then(|| error("ABORTED", "the request was aborted"))
}

/// Sends the request once; [`unreadable`] is the error of a body that can't be read.
pub(super) async fn attempt(call: &Call) -> Result<Response, Failure> {
    let give_up = |error| Failure { outcome: Outcome::Aborted, error };
    if let Some(error) = aborted(call) {
        return Err(give_up(error));
    }
    let deadline = AbortSignal::timeout_with_u32(call.timeout_ms);
    let either = js_sys::Array::of1(&deadline);
    if let Some(signal) = &call.signal {
        either.push(signal);
    }
    let builder: RequestBuilder = RequestBuilder::new(&call.url)
        .method(call.method.clone())
        .abort_signal(Some(&AbortSignal::any(&either)));
    let builder = match &call.if_none_match {
        Some(version) => builder.header("If-None-Match", &format!("\"{version}\"")),
        None => builder,
    };
    let builder = match &call.csrf_token {
        Some(token) => builder.header("X-CSRF-Token", token),
        None => builder,
    };
    let request: Result<Request, _> = match &call.body {
        Some(body) => builder.header("Content-Type", "application/json").body(body),
        None => builder.build(),
    };
    let request = request.map_err(|cause| give_up(error("INVALID_QUERY", &cause.to_string())))?;
    match request.send().await {
        Ok(response) if response.ok() || response.status() == 304 => Ok(response),
        Ok(response) => Err(refused(response).await),
        Err(cause) => Err(match aborted(call) {
            Some(error) => give_up(error),
            None if deadline.aborted() => Failure {
                outcome: Outcome::Timeout,
                error: error("TIMEOUT", &format!("no response within {} ms", call.timeout_ms)),
            },
            None => Failure {
                outcome: Outcome::Network,
                error: error("NETWORK_ERROR", &cause.to_string()),
            },
        }),
    }
}

/// The server's error body and headers as error.
async fn refused(response: Response) -> Failure {
    let status = response.status();
    let header = response.headers().get("retry-after");
    let text = response.text().await.unwrap_or_default();
    let body = js_sys::JSON::parse(&text).unwrap_or(JsValue::UNDEFINED);
    let (reported, meta) = (option(&body, "error"), option(&body, "meta"));
    let in_body = option(&meta, "retry_after_seconds").as_f64();
    let hint = hint_secs(header.as_deref(), in_body, js_sys::Date::now());
    let code = option(&reported, "code").as_string();
    let message = option(&reported, "message").as_string();
    let failure = error(
        code.as_deref().unwrap_or("HTTP_ERROR"),
        &message.unwrap_or_else(|| format!("HTTP status {status}")),
    );
    set(&failure, "status", &status.into());
    if let Some(seconds) = hint {
        set(&failure, "retryAfterSeconds", &(seconds as f64).into());
    }
    if let Some(reason) = option(&meta, "degraded_reason").as_string() {
        set(&failure, "degradedReason", &reason.into());
    }
    if let Some(days) = option(&meta, "days_pending").as_f64() {
        set(&failure, "daysPending", &days.into());
    }
    if let Some(day) = option(&meta, "rolled_up_from").as_string() {
        set(&failure, "rolledUpFrom", &day.into());
    }
    if let Some(id) = option(&meta, "request_id").as_string() {
        set(&failure, "requestId", &id.into());
    }
    let class = ErrorClass::of(code.as_deref().unwrap_or_default());
    let outcome = Outcome::Status { status, class, retry_after_secs: hint };
    Failure { outcome, error: failure }
}

/// Why a body could not be read to its end.
pub(super) fn unreadable(call: &Call, cause: &gloo_net::Error) -> JsValue {
    aborted(call).unwrap_or_else(|| error("NETWORK_ERROR", &cause.to_string()))
}
