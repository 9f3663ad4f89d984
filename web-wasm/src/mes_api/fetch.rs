//! The one module that fetches and waits.

mod options;
mod wait;
mod channel;
mod attempt;
mod flight;
mod site;

use std::rc::Rc;

use gloo_net::http::{Method, Response};
use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use self::attempt::{Call, Failure, aborted, attempt, unreadable};
use self::options::{millis, option, query_string};
use self::site::{Site, controller};
use self::wait::{now_ms, wait};
use super::breaker::Pause;
use super::origin::Attempt;
use super::policy::{Decision, Outcome, RetryPolicy, left_ms};
use crate::error::error;

/// A snapshot as the server sent it.
pub(crate) struct Download {
    pub(crate) kind: DownloadKind,
    pub(crate) version: String,
    /// When the server read the data: ISO 8601, UTC.
    pub(crate) updated_at: Option<String>,
    /// Whether the server's last attempt to read it again failed.
    pub(crate) stale: bool,
    /// An uncompressed Arrow IPC stream; empty when unchanged.
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DownloadKind {
    Full,
    Delta,
    Unchanged,
}

const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// Requests to the server: timeout, abort, backoff, and pauses while it is degraded.
#[wasm_bindgen]
#[derive(Clone)]
pub struct MesApi {
    base_url: String,
    timeout_ms: u32,
    policy: RetryPolicy,
    csrf_token: Option<Function>,
    site: Rc<Site>,
}

#[wasm_bindgen]
impl MesApi {
    /// A client; see `MesApiOptions`. Clients of one origin share its pauses and its budget.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "MesApiOptions | undefined")] options: JsValue,
    ) -> Self {
        let retries = option(&options, "maxRetries").as_f64();
        let base_url = option(&options, "baseUrl").as_string().unwrap_or_default();
        Self {
            site: Site::of(&base_url),
            base_url,
            timeout_ms: millis(&option(&options, "timeoutMs")).unwrap_or(DEFAULT_TIMEOUT_MS),
            policy: RetryPolicy {
                max_retries: retries.map_or(RetryPolicy::default().max_retries, |count| {
                    count.clamp(0.0, 10.0) as u32
                }),
                ..RetryPolicy::default()
            },
            csrf_token: option(&options, "csrfToken").dyn_into().ok(),
        }
    }

    /// Returns the JSON body of a successful response. Identical concurrent reads share one
    /// request.
    ///
    /// # Errors
    /// A `MesError`: the server's code, NETWORK_ERROR, TIMEOUT, ABORTED or INVALID_RESPONSE.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub async fn get(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "GetOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let mut call = self.call(&path, &options);
        let (site, policy, own) = (self.site.clone(), self.policy, call.signal.take());
        let key = format!("json {} {}", call.timeout_ms, call.url);
        let text = flight::join(&self.site.flights, key, own.as_ref(), |signal| {
            call.signal = Some(signal);
            Box::pin(async move {
                let response = send(&site, &policy, &call).await?;
                response.text().await.map(JsValue::from).map_err(|cause| unreadable(&call, &cause))
            })
        })
        .await?;
        parsed(&text)
    }

    /// Sends a JSON body and returns the JSON body of a successful response. Retried only when the
    /// server rejected the request with a `Retry-After`; never paused.
    ///
    /// # Errors
    /// See `get`.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub async fn post(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "unknown")] body: JsValue,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        self.send_body(Method::POST, &path, &body, &options).await
    }

    /// Replaces a resource by a JSON body and returns the JSON body of a successful response.
    /// Retried as `post` is.
    ///
    /// # Errors
    /// See `get`.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub async fn put(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "unknown")] body: JsValue,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        self.send_body(Method::PUT, &path, &body, &options).await
    }

    /// Deletes a resource and returns the JSON body of a successful response. Retried as `post` is.
    ///
    /// # Errors
    /// See `get`.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub async fn delete(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "RequestOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let call = self.call(&path, &options);
        self.change(Call { method: Method::DELETE, ..call }).await
    }

    /// Ends our own wait of a pause: the probe goes as soon as the server allows it, and
    /// never beside one that is under way. Answers when, in ms since 1970; undefined when
    /// nothing waits for a time.
    #[wasm_bindgen(js_name = retryNow)]
    pub fn retry_now(&self) -> Option<f64> {
        let at = self.site.update(|origin| origin.breaker.retry_now(now_ms()));
        at.map(|ms| ms as f64)
    }

    /// Calls back for everything that happens to requests of this origin, until the
    /// function that it answers is called. During a pause it starts with `degraded`.
    #[wasm_bindgen(js_name = onEvent, unchecked_return_type = "() => void")]
    pub fn on_event(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(event: MesEvent) => void")] callback: Function,
    ) -> JsValue {
        self.site.listen(callback.clone());
        let site = self.site.clone();
        Closure::<dyn FnMut()>::new(move || site.unlisten(&callback)).into_js_value()
    }

    /// Downloads a snapshot; `held` is the version that the caller has.
    ///
    /// # Errors
    /// See `get`.
    pub(crate) async fn download(
        &self,
        path: &str,
        held: Option<String>,
        options: &JsValue,
    ) -> Result<Download, JsValue> {
        let call = Call { if_none_match: held, ..self.call(path, options) };
        let response = send(&self.site, &self.policy, &call).await?;
        let header = |name: &str| response.headers().get(name);
        let kind = match (response.status(), header("x-mes-kind").as_deref()) {
            (304, _) => DownloadKind::Unchanged,
            (_, Some("delta")) => DownloadKind::Delta,
            _ => DownloadKind::Full,
        };
        let bytes = match kind {
            DownloadKind::Unchanged => Vec::new(),
            _ => response.binary().await.map_err(|cause| unreadable(&call, &cause))?,
        };
        match aborted(&call) {
            Some(error) => Err(error),
            None => Ok(Download {
                kind,
                version: header("x-mes-version").unwrap_or_default(),
                updated_at: header("x-mes-updated-at"),
                stale: header("x-mes-stale").as_deref() == Some("true"),
                bytes,
            }),
        }
    }

    async fn send_body(
        &self,
        method: Method,
        path: &str,
        body: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        let body = js_sys::JSON::stringify(body)
            .map_err(|_| error("INVALID_QUERY", "the body can't be written as JSON"))?;
        let call = self.call(path, options);
        self.change(Call { method, body: Some(body.into()), ..call }).await
    }

    /// Sends what changes something, with the session's token.
    async fn change(&self, mut call: Call) -> Result<JsValue, JsValue> {
        if let Some(token) = &self.csrf_token {
            call.csrf_token = token.call0(&JsValue::UNDEFINED)?.as_string();
        }
        let response = send(&self.site, &self.policy, &call).await?;
        let text = response.text().await.map_err(|cause| unreadable(&call, &cause))?;
        parsed(&text.into())
    }

    fn call(&self, path: &str, options: &JsValue) -> Call {
        Call {
            method: Method::GET,
            url: format!("{}{path}{}", self.base_url, query_string(&option(options, "query"))),
            body: None,
            if_none_match: None,
            csrf_token: None,
            timeout_ms: millis(&option(options, "timeoutMs")).unwrap_or(self.timeout_ms),
            signal: option(options, "signal").dyn_into().ok(),
        }
    }
}

/// Sends a call with all of its retries, and notifies the listeners.
async fn send(site: &Rc<Site>, policy: &RetryPolicy, call: &Call) -> Result<Response, JsValue> {
    site.loading(&call.url, 1);
    let result = persist(site, policy, call).await;
    site.loading(&call.url, -1);
    if let Err(error) = &result
        && aborted(call).is_none()
    {
        site.emit("failed", &[("url", call.url.as_str().into()), ("error", error.clone())]);
    }
    result
}

async fn persist(site: &Rc<Site>, policy: &RetryPolicy, call: &Call) -> Result<Response, JsValue> {
    let safe = call.is_safe();
    let mut pause = Pause::default();
    let mut retries = 0;
    site.update(|origin| origin.budget.request());
    loop {
        let permit = site.admitted(call, &mut pause).await;
        let tried = Attempt { retries, safe, was_probe: permit.is_some() };
        let failure = match watched(site, call).await {
            Ok(response) => {
                site.update(|origin| origin.succeeded(tried, now_ms()));
                return Ok(response);
            }
            Err(failure) => failure,
        };
        let outcome = failure.outcome;
        if outcome.is_degraded() {
            site.blame(&failure.error);
        }
        let decision = site
            .update(|origin| origin.failed(policy, tried, outcome, now_ms(), js_sys::Math::random));
        drop(permit);
        match decision {
            Decision::GiveUp => return Err(failure.error),
            Decision::RetryAfterMs(ms) => {
                retries += 1;
                count_down(site, call, retries, ms).await?;
            }
        }
    }
}

/// One attempt; while it waits, an origin that responds to nothing is announced.
async fn watched(site: &Rc<Site>, call: &Call) -> Result<Response, Failure> {
    let (ended, watching, sent_ms) = (controller(), site.clone(), now_ms());
    let signal = ended.signal();
    spawn_local(async move { watching.watch(sent_ms, &signal).await });
    let result = attempt(call).await;
    ended.abort();
    // A connection that fails is not silent either.
    let is_silent = result
        .as_ref()
        .is_err_and(|failure| matches!(failure.outcome, Outcome::Timeout | Outcome::Aborted));
    if !is_silent {
        site.responded();
    }
    result
}

/// Waits for a retry and emits the remaining time every second.
async fn count_down(site: &Site, call: &Call, retry: u32, wait_ms: u64) -> Result<(), JsValue> {
    let until_ms = now_ms() + wait_ms;
    let (mut left, mut step) = (wait_ms, 0);
    loop {
        left = left_ms(until_ms, now_ms(), left, step);
        if left == 0 {
            return Ok(());
        }
        let seconds = left.div_ceil(1000);
        step = left - (seconds - 1) * 1000;
        let details = [
            ("url", call.url.as_str().into()),
            ("retry", retry.into()),
            ("seconds", (seconds as f64).into()),
        ];
        site.emit("retrying", &details);
        let signals: Vec<_> = call.signal.iter().collect();
        wait(step, &signals).await;
        if let Some(error) = aborted(call) {
            return Err(error);
        }
    }
}

fn parsed(text: &JsValue) -> Result<JsValue, JsValue> {
    js_sys::JSON::parse(&text.as_string().unwrap_or_default())
        .map_err(|_| error("INVALID_RESPONSE", "the answer is not JSON"))
}
