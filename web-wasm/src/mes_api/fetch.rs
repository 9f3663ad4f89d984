//! The one module that fetches and waits.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::AbortSignal;

use super::policy::{Condition, Decision, Outcome, RetryPolicy};
use super::retry_after::hint_secs;
use crate::error::{error, set};

const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// Requests to the server: timeout, abort and backoff.
#[wasm_bindgen]
pub struct MesApi {
    base_url: String,
    timeout_ms: u32,
    policy: RetryPolicy,
}

/// One request, ready to be sent as often as it takes.
struct Call {
    url: String,
    body: Option<String>,
    if_none_match: Option<String>,
    timeout_ms: u32,
    signal: Option<AbortSignal>,
}

/// A failed attempt: what the policy needs, and the error if it gives up.
struct Failure {
    outcome: Outcome,
    error: JsValue,
}

fn option(options: &JsValue, name: &str) -> JsValue {
    if options.is_object() {
        return js_sys::Reflect::get(options, &name.into()).unwrap_or(JsValue::UNDEFINED);
    }
    JsValue::UNDEFINED
}

fn millis(value: &JsValue) -> Option<u32> {
    value.as_f64().filter(|ms| *ms >= 1.0).map(|ms| ms.min(f64::from(i32::MAX)) as u32)
}

/// `?a=1&b=2` of an object, without undefined and null values.
fn query_string(query: &JsValue) -> String {
    if !query.is_object() {
        return String::new();
    }
    let pairs: Vec<String> = js_sys::Object::entries(query.unchecked_ref())
        .iter()
        .filter_map(|entry| {
            let entry: js_sys::Array = entry.unchecked_into();
            let (name, value) = (entry.get(0), entry.get(1));
            if value.is_undefined() || value.is_null() {
                return None;
            }
            let encode = |part: &JsValue| {
                js_sys::encode_uri_component(
                    &js_sys::JsString::from(part.clone()).as_string().unwrap_or_default(),
                )
            };
            let value = value
                .as_string()
                .map_or_else(|| js_sys::Object::from(value).to_string().into(), JsValue::from);
            Some(format!("{}={}", encode(&name), encode(&value)))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

#[wasm_bindgen]
impl MesApi {
    /// A client; see `MesApiOptions`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "MesApiOptions | undefined")] options: JsValue,
    ) -> Self {
        let retries = option(&options, "maxRetries").as_f64();
        Self {
            base_url: option(&options, "baseUrl").as_string().unwrap_or_default(),
            timeout_ms: millis(&option(&options, "timeoutMs")).unwrap_or(DEFAULT_TIMEOUT_MS),
            policy: RetryPolicy {
                max_retries: retries.map_or(RetryPolicy::default().max_retries, |count| {
                    count.clamp(0.0, 10.0) as u32
                }),
                ..RetryPolicy::default()
            },
        }
    }

    fn call(&self, path: &str, options: &JsValue, body: Option<String>) -> Call {
        Call {
            url: format!("{}{path}{}", self.base_url, query_string(&option(options, "query"))),
            body,
            if_none_match: option(options, "ifNoneMatch").as_string(),
            timeout_ms: millis(&option(options, "timeoutMs")).unwrap_or(self.timeout_ms),
            signal: option(options, "signal").dyn_into().ok(),
        }
    }

    /// Answers the JSON body of a success.
    ///
    /// # Errors
    /// A `MesError`: the server's code, NETWORK_ERROR, TIMEOUT, ABORTED or INVALID_RESPONSE.
    #[wasm_bindgen(unchecked_return_type = "any")]
    pub async fn get(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "GetOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let response = self.send(&self.call(&path, &options, None)).await?;
        json(&response).await
    }

    /// Sends a JSON body and answers the JSON body of a success. Repeated only when the
    /// server refused the request with a `Retry-After`.
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
        let body = js_sys::JSON::stringify(&body)
            .map_err(|_| error("INVALID_QUERY", "the body can't be written as JSON"))?;
        let response = self.send(&self.call(&path, &options, Some(body.into()))).await?;
        json(&response).await
    }

    /// Downloads a snapshot: full, the difference to what is held, or nothing new.
    ///
    /// # Errors
    /// See `get`.
    #[wasm_bindgen(js_name = getBytes, unchecked_return_type = "SnapshotBytes")]
    pub async fn get_bytes(
        &self,
        path: String,
        #[wasm_bindgen(unchecked_param_type = "BytesOptions | undefined")] options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let call = self.call(&path, &options, None);
        let response = self.send(&call).await?;
        let header = |name: &str| response.headers().get(name).map_or(JsValue::NULL, JsValue::from);
        let unchanged = response.status() == 304;
        let bytes = if unchanged {
            Vec::new()
        } else {
            let read = response.binary().await;
            read.map_err(|cause| {
                aborted(&call).unwrap_or_else(|| error("NETWORK_ERROR", &cause.to_string()))
            })?
        };
        let kind = match response.headers().get("x-mes-kind").as_deref() {
            _ if unchanged => "not-modified",
            Some("delta") => "delta",
            _ => "full",
        };
        let out = js_sys::Object::new();
        set(&out, "status", &response.status().into());
        set(&out, "kind", &kind.into());
        set(&out, "etag", &header("etag"));
        set(&out, "version", &header("x-mes-version"));
        set(&out, "bytes", &js_sys::Uint8Array::from(bytes.as_slice()).into());
        Ok(out.into())
    }

    async fn send(&self, call: &Call) -> Result<Response, JsValue> {
        let mut retries = 0;
        loop {
            let failure = match attempt(call).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let safe = call.body.is_none();
            match self.policy.decide(failure.outcome, retries, safe, js_sys::Math::random()) {
                Decision::GiveUp => return Err(failure.error),
                Decision::RetryAfterMs(ms) => {
                    pause(call, ms.min(u64::from(u32::MAX)) as u32).await?
                }
            }
            retries += 1;
        }
    }
}

/// The caller's abort as error.
fn aborted(call: &Call) -> Option<JsValue> {
    let signal = call.signal.as_ref()?;
    signal.aborted().then(|| error("ABORTED", "the request was aborted"))
}

async fn attempt(call: &Call) -> Result<Response, Failure> {
    let give_up = |error| Failure { outcome: Outcome::Aborted, error };
    if let Some(error) = aborted(call) {
        return Err(give_up(error));
    }
    let deadline = AbortSignal::timeout_with_u32(call.timeout_ms);
    let either = js_sys::Array::of1(&deadline);
    if let Some(signal) = &call.signal {
        either.push(signal);
    }
    let method = if call.body.is_some() { Method::POST } else { Method::GET };
    let builder: RequestBuilder = RequestBuilder::new(&call.url)
        .method(method)
        .abort_signal(Some(&AbortSignal::any(&either)));
    let builder = match &call.if_none_match {
        Some(version) => builder.header("If-None-Match", &format!("\"{version}\"")),
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
                error: error("TIMEOUT", &format!("no answer within {} ms", call.timeout_ms)),
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
    if let Some(id) = option(&meta, "request_id").as_string() {
        set(&failure, "requestId", &id.into());
    }
    let condition = Condition::of(code.as_deref().unwrap_or_default());
    let outcome = Outcome::Status { status, condition, retry_after_secs: hint };
    Failure { outcome, error: failure }
}

async fn json(response: &Response) -> Result<JsValue, JsValue> {
    let text = response.text().await.map_err(|cause| error("NETWORK_ERROR", &cause.to_string()))?;
    js_sys::JSON::parse(&text).map_err(|_| error("INVALID_RESPONSE", "the answer is not JSON"))
}

/// Waits, or ends at once with ABORTED when the caller gives up.
async fn pause(call: &Call, ms: u32) -> Result<(), JsValue> {
    let over = future_to_promise(async move {
        TimeoutFuture::new(ms).await;
        Ok(JsValue::UNDEFINED)
    });
    let race = js_sys::Array::of1(&over);
    if let Some(signal) = call.signal.clone() {
        race.push(&js_sys::Promise::new(&mut |resolve, _| {
            // A signal that can't be listened to is noticed after the wait.
            let _ = signal.add_event_listener_with_callback("abort", &resolve);
        }));
    }
    JsFuture::from(js_sys::Promise::race(&race)).await?;
    aborted(call).map_or(Ok(()), Err)
}
